"""Generated sources: as reviewed, and clean."""

import ast
import re
import subprocess
import sys

import pytest

import s2s
from tests.golden import FOLDER, HELD
from tests.zoo import all_programs

PROGRAMS = {p.name: p for p in all_programs()}


def generated(name: str) -> str:
    """The source of the gradient of a program, without line numbers of the zoo."""
    program = PROGRAMS[name]
    source = s2s.value_and_grad(program.function, program.argnums).source(*program.make_args())
    return re.sub(r"(# \w+\.py):\d+", r"\1", source)


@pytest.mark.parametrize("name", HELD)
def test_source_is_as_reviewed(name: str, request: pytest.FixtureRequest) -> None:
    file = FOLDER / f"{name}.py"
    source = generated(name)
    if request.config.getoption("--bless"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(source)
    assert source == file.read_text(), f"pytest --bless rewrites {file.name}"


def test_no_golden_is_left_over() -> None:
    assert {f.stem for f in FOLDER.glob("*.py")} == set(HELD)


def test_goldens_pass_the_linter() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", HELD)
def test_a_golden_assigns_nothing_to_itself(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            assert ast.dump(node.targets[0]).replace("Store", "Load") != ast.dump(node.value)


def test_generation_is_deterministic() -> None:
    assert generated(HELD[0]) == generated(HELD[0])
