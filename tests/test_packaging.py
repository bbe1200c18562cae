"""What is installed, and who imports whom."""

from __future__ import annotations

import ast
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
TOP = {"s2s": ROOT / "s2s", "s2s.runtime": ROOT / "runtime", "s2s.kernels": ROOT / "kernels"}

# Who may import whom, by the first name below `s2s` (DESIGN: dependencies flow one way). Every part
# may import itself; `errors` names `ir` for type checkers only. Rules of `kernels` are Python that
# `transform` reads with the front end; the meaning of some of their operations is in `runtime`.
COMMON = {"errors", "pyast", "ir", "kernels"}
MAY_IMPORT = {
    "linewrap": set[str](),
    "errors": {"ir"},
    "pyast": {"errors", "ir", "linewrap"},
    "ir": {"errors"},
    "kernels": {"errors", "ir", "pyast", "runtime"},
    "analysis": COMMON,
    "frontend": COMMON | {"analysis", "runtime"},  # which objects are code
    "transform": COMMON | {"analysis", "frontend", "runtime"},
    "codegen": COMMON | {"analysis"},
    "runtime": {"errors"},
    "nested": COMMON | {"analysis", "frontend", "transform"},
    "compiled": COMMON | {"frontend", "transform", "codegen", "runtime"},
    "tapes": COMMON | {"analysis", "compiled", "transform", "codegen"},
    "traceback": COMMON | {"compiled"},
    "derivatives": set[str](),
    "api": COMMON
    | {"frontend", "transform", "codegen", "runtime"}
    | {"compiled", "derivatives", "nested", "tapes", "traceback"},
    "batching": {"nested", "runtime"},
    "checking": {"api", "runtime"},
    "__init__": COMMON | {"api", "batching", "checking", "runtime"},
    "inspect": COMMON | {"api", "analysis", "frontend", "transform", "codegen", "runtime"},
    "cli": COMMON | {"api", "inspect", "analysis", "frontend", "transform", "codegen", "runtime"},
}
TREES = {"ast", "gast", "astor"}


def packages(folder: Path, name: str) -> Iterator[str]:
    """All packages in `folder`, links not followed."""
    yield name
    for init in sorted(folder.glob("*/__init__.py")):
        if not init.parent.is_symlink():
            yield from packages(init.parent, f"{name}.{init.parent.name}")


def modules() -> list[tuple[str, Path]]:
    """Every module with its dotted name and file."""
    found = []
    for name, folder in TOP.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            if folder.name != "s2s" or parts[0] not in ("runtime", "kernels"):
                found.append((".".join([name, *parts]), path))
    return found


def imported(path: Path) -> set[str]:
    """The dotted names that a file imports, wherever in the file it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def parts_of_s2s(names: set[str]) -> set[str]:
    """The first name below `s2s` of each import: ``s2s.ir.core.Op`` -> ``ir``."""
    return {name.split(".")[1] for name in names if name.startswith("s2s.")}


def test_every_package_is_listed() -> None:
    listed = CONFIG["tool"]["setuptools"]["packages"]
    found = [package for name, folder in TOP.items() for package in packages(folder, name)]
    assert listed == sorted(found)


@pytest.mark.parametrize("package", CONFIG["tool"]["setuptools"]["packages"])
def test_every_package_can_be_imported(package: str) -> None:
    importlib.import_module(package)


def test_links_for_type_checkers_are_in_place() -> None:
    for part in ("runtime", "kernels"):
        link = ROOT / "s2s" / part
        assert link.is_symlink()
        assert link.resolve() == ROOT / part
        assert CONFIG["tool"]["setuptools"]["package-dir"][f"s2s.{part}"] == part


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: str(value))
def test_imports_flow_one_way(name: str, path: Path) -> None:
    part = name.split(".")[1]
    used = parts_of_s2s(imported(path))
    assert part in MAY_IMPORT, f"say in this file what `s2s.{part}` may import"
    assert used <= MAY_IMPORT[part] | {part, "__init__"}


def test_the_directions_form_no_circle() -> None:
    left = {part: used - {"ir"} if part == "errors" else used for part, used in MAY_IMPORT.items()}
    while free := {part for part, used in left.items() if not used & left.keys()}:
        left = {part: used for part, used in left.items() if part not in free}
    assert not left


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: str(value))
def test_trees_come_from_one_module(name: str, path: Path) -> None:
    """Only `s2s.pyast` imports ast, gast and astor, and nobody takes the top folders."""
    roots = {module.split(".")[0] for module in imported(path)}
    assert not roots & {"runtime", "kernels"}
    assert name == "s2s.pyast" or not roots & TREES


def test_the_command_exists() -> None:
    module, function = CONFIG["project"]["scripts"]["s2s"].split(":")
    assert callable(getattr(importlib.import_module(module), function))
