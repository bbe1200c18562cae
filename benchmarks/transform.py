"""Time to make a gradient over the length of the function.

python -m benchmarks transform
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

import numpy as np

import s2s


def program(lines: int) -> str:
    """A function of about ``lines`` lines: scalars, elements, a loop in every ten lines."""
    body = ["import numpy as np", "", "", "def f(x, w):", "    s = 0.0"]
    while len(body) < lines:
        k = len(body)
        body += [
            f"    a{k} = np.sin(x[{k % 5}]) * w",
            f"    b{k} = a{k} * s + np.exp(-a{k} * a{k})",
            "    for i in range(3):",
            f"        b{k} = b{k} * 0.5 + x[i]",
            f"    if b{k} > 0.0:",
            f"        s = s + 0.1 * b{k}",
            "    else:",
            f"        s = s - 0.2 * b{k}",
            f"    c{k} = s / (1.0 + b{k} * b{k})",
            f"    s = np.tanh(c{k} + s)",
        ]
    return "\n".join([*body, "    return s", ""])


def load(text: str, folder: str, name: str) -> ModuleType:
    """Import a program from a file."""
    file = Path(folder) / f"{name}.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Print a table; time per line must not grow."""
    print(f"{'lines':>8} {'seconds':>9} {'ms per line':>12}")
    x = np.linspace(0.1, 0.5, 5)
    with tempfile.TemporaryDirectory() as folder:
        warm = load(program(20), folder, "warm")
        s2s.grad(warm.f).source(x, 0.3)
        for lines in (50, 200, 800, 2000):
            module = load(program(lines), folder, f"program{lines}")
            start = time.perf_counter()
            s2s.grad(module.f).source(x, 0.3)
            seconds = time.perf_counter() - start
            print(f"{lines:>8} {seconds:>9.3f} {1e3 * seconds / lines:>12.2f}")
