"""The README runs: its Python, pasted into one file from top to bottom."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
FENCE = re.compile(r"^```(\w*)$")


def python_of(text: str) -> str:
    """All Python blocks of a page; other lines are empty, so that line numbers are the page's."""
    lines, inside, language = [], False, ""
    for line in text.splitlines():
        if fence := FENCE.match(line):
            inside, language = not inside, fence[1]
            lines.append("")
        else:
            lines.append(line if inside and language == "python" else "")
    assert not inside, "a block is not closed"
    return "\n".join(lines) + "\n"


def test_blocks_keep_their_lines() -> None:
    page = "# Title\n```python\nx = 1\n```\ntext\n```\nshell\n```\n```python\ny = x\n```\n"
    assert python_of(page).splitlines() == ["", "", "x = 1", "", "", "", "", "", "", "y = x", ""]


def test_the_readme_has_the_commands_on_top() -> None:
    top = README.read_text().splitlines()[:8]
    assert any(line.startswith("make demo") for line in top)
    assert any(line.startswith("make test") for line in top)


def test_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Functions need a file to stand in: their source is read from it."""
    path = tmp_path / "readme.py"
    path.write_text(python_of(README.read_text()))
    spec = importlib.util.spec_from_file_location("readme", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "readme", module)
    spec.loader.exec_module(module)
    assert "def " in capsys.readouterr().out
