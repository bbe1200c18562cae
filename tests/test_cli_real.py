"""The `s2s` command with the compiler behind it: as the README and `--help` show it."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from s2s.cli import main as cli

README = Path(__file__).parent.parent / "README.md"
MODEL = """\
import numpy as np

def loss(w, x, b=0.5, k=2):
    s = 0.0
    for i in range(len(x)):
        s = np.tanh(w * s + b * x[i]) ** k
    return s

def energy(q, p):
    return np.sum(q * q) + 0.5 * np.sum(p**2)
"""
COMMANDS = sorted({
    re.split(r"  |#| with respect", line)[0].strip()
    for line in (*README.read_text().splitlines(), *cli.EXAMPLES.splitlines())
    for line in [line.strip()]
    if line.startswith(("s2s grad", "s2s ssa"))
})  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "model.py").write_text(MODEL)
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "physics.py").write_text(MODEL)
    for name in ("model", "pkg", "pkg.physics"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_we_show_work(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(command)[1:]
    if "--args" in words:  # an example of its own
        (folder / "model.py").write_text(
            "import numpy as np\ndef loss(x, w=None, k=1):\n    return np.sum(x**2) * k\n"
        )
        spec = words.index("--args") + 1
        words[spec] = words[spec].replace("w: float64[n, m], ", "")
    assert cli.main(words) == 0, capsys.readouterr().err
    printed = capsys.readouterr().out
    if "-o" not in words:
        assert re.search(r"def |func @|frontend", printed)


def central_difference(f: Callable[[float], float], at: float, step: float = 1e-6) -> float:
    return (f(at + step) - f(at - step)) / (2 * step)


def test_a_written_gradient_is_right(folder: Path) -> None:
    assert cli.main(["grad", "model.py:loss", "--argnums", "w", "-o", "out.py"]) == 0
    model, out = loaded(folder / "model.py"), loaded(folder / "out.py")
    x = np.linspace(0.1, 1.0, 7)
    value, w_bar = out.loss_grad(0.3, x, 0.5, 2)
    assert value == model.loss(0.3, x)
    expected = central_difference(lambda w: model.loss(w, x), 0.3)
    assert w_bar == pytest.approx(expected, rel=1e-6)


def test_a_written_tangent_is_right(folder: Path) -> None:
    arguments = ["--args", "q: float64[n], p: float64[n]", "--mode", "forward", "-o", "out.py"]
    assert cli.main(["grad", "model.py:energy", *arguments]) == 0
    out = loaded(folder / "out.py")
    q, p, d = np.arange(3.0), np.ones(3), np.array([1.0, -1.0, 2.0])
    value, tangent = out.energy_jvp(q, p, d)
    assert value == pytest.approx(6.5)
    assert tangent == pytest.approx(2 * q @ d)


def test_a_written_gradient_checks_what_it_was_made_for(folder: Path) -> None:
    arguments = ["--args", "q: float64[n], p: float64[n]", "-o", "out.py"]
    assert cli.main(["grad", "model.py:energy", *arguments]) == 0
    out = loaded(folder / "out.py")
    with pytest.raises(AssertionError, match=r"p must be float64\[m\]"):
        out.energy_grad(np.ones(3), np.ones((3, 3)))
    with pytest.raises(AssertionError, match=r"q must be float64\[n\]"):
        out.energy_grad(np.ones(3, np.float32), np.ones(3))
