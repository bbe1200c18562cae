"""Value and gradient over the primal, as generated Python, each program in a process of its own.

python -m benchmarks gradients, or the names of programs

Every gradient is compared with JAX's.  One thread, process time, the least of several interleaved runs.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import s2s
from benchmarks.programs import NAMES

BUDGET = 1.5  # seconds of measuring for each program
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def seconds(f: Callable[[], Any]) -> float:
    """Process time of one call."""
    start = time.process_time()
    f()
    return time.process_time() - start


def measure(name: str) -> dict[str, Any]:
    """The times of one program, and how far its gradient is from JAX's."""
    module = importlib.import_module(f"benchmarks.programs.{name}")
    args = module.inputs("XS" if module.LOOPY else "S")
    gradient = s2s.value_and_grad(module.kernel, module.ARGNUMS)
    first = seconds(lambda: gradient(*args))
    primal, reverse = [], []
    end = time.perf_counter() + BUDGET
    while time.perf_counter() < end or len(primal) < 5:
        primal.append(seconds(lambda: module.kernel(*args)))
        reverse.append(seconds(lambda: gradient(*args)))
    error = difference(module, args, *gradient(*args))
    times = {"primal": min(primal), "gradient": min(reverse), "first": first}
    return {"loopy": module.LOOPY, "error": error, **times}


def difference(module: Any, args: Sequence[Any], value: float, bars: Sequence[Any]) -> float:
    """The relative distance of value and cotangents from JAX's."""
    import jax

    jax.config.update("jax_enable_x64", True)
    oracle = jax.value_and_grad(module.jax_kernel, module.ARGNUMS)
    floats = [float(a) if isinstance(a, float) else a for a in args]
    expected, expected_bars = jax.jit(oracle, static_argnums=module.STATIC)(*floats)
    pairs = [(value, expected), *zip(bars, expected_bars, strict=True)]
    return max(distance(np.asarray(a), np.asarray(b)) for a, b in pairs)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The norm of the difference over the norm."""
    assert a.shape == b.shape
    return float(np.linalg.norm(a - b) / max(float(np.linalg.norm(b)), 1e-300))


def run(name: str) -> dict[str, Any]:
    """Measure in a process of its own, with one thread."""
    env = os.environ | dict.fromkeys(THREADS, "1") | {"JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "benchmarks.gradients", name]
    found = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if found.returncode:
        return {"failure": found.stderr.strip().splitlines()[-1]}
    return dict(json.loads(found.stdout.splitlines()[-1]))


def main(names: Sequence[str] = ()) -> None:
    """Print a table; a gradient that is wrong, or cannot be made, is said to be."""
    print(
        f"{'program':>12} {'primal ms':>10} {'both ms':>9} {'ratio':>6} {'first s':>8} {'error':>8}"
    )
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for name in names or NAMES:
        row = run(name)
        if "failure" in row:
            print(f"{name:>12} {row['failure']}")
            continue
        ratio = row["gradient"] / row["primal"]
        ratios[row["loopy"]].append(ratio)
        wrong = "" if row["error"] < 1e-8 else "  WRONG"
        print(
            f"{name:>12} {1e3 * row['primal']:>10.2f} {1e3 * row['gradient']:>9.2f} {ratio:>6.2f} "
            f"{row['first']:>8.2f} {row['error']:>8.1e}{wrong}",
            flush=True,
        )
    for loopy, what in ((False, "arrays"), (True, "loops over elements")):
        if found := ratios[loopy]:
            mean = math.exp(sum(map(math.log, found)) / len(found))
            print(f"{what}: geometric mean {mean:.2f}, greatest {max(found):.2f}")


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
