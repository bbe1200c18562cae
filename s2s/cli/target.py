"""Finding the function that a command line names: ``FILE.py:FUNC`` or ``pkg.mod:FUNC``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from s2s.cli.usage import UsageError, did_you_mean


def load_target(target: str) -> Callable[..., Any]:
    """Import the file or module before the colon and return the function after it.

    ``FUNC`` may be dotted, for a function inside a class. Errors of the user's module pass through;
    what does not exist is a `UsageError` that names the nearest thing that does.
    """
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise UsageError(f"{target!r} names no function; write FILE.py:FUNC or pkg.mod:FUNC")
    module = _from_file(Path(place)) if place.endswith(".py") else _from_path(place)
    return _function(module, name, place)


def _from_file(path: Path) -> ModuleType:
    """Import a file under its own name, its neighbours importable, as ``python FILE`` would."""
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*.py")) if path.parent.is_dir() else []
        raise UsageError(f"there is no file {path}{did_you_mean(path.name, near)}")
    sys.path.insert(0, str(path.parent.resolve()))
    name = path.stem if path.stem not in sys.modules else f"_s2s_target_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _from_path(name: str) -> ModuleType:
    """Import a module by its dotted name, the current folder first."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        file = name.replace(".", "/") + ".py"
        hint = f"; for a file write {file}:FUNC" if Path(file).is_file() else ""
        raise UsageError(f"there is no module {error.name!r}{hint}") from None


def _function(module: ModuleType, name: str, place: str) -> Callable[..., Any]:
    """Return the function `name`; one that s2s has transformed stands for what it was before."""
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{place} has no {part!r}{did_you_mean(part, _callables(found))}")
        found = getattr(found, part)
    if not callable(found) or isinstance(found, type):
        raise UsageError(
            f"{name!r} in {place} is no function{did_you_mean('', _callables(module))}"
        )
    is_transformed = hasattr(found, "source") and hasattr(found, "ssa")
    return getattr(found, "__wrapped__", found) if is_transformed else found


def _callables(owner: object) -> list[str]:
    """Names of the functions that `owner` defines itself, imported ones left out."""
    home = getattr(owner, "__name__", None)
    own = {name: value for name, value in vars(owner).items() if not name.startswith("__")}
    is_module = isinstance(owner, ModuleType)
    return [
        name
        for name, value in own.items()
        if callable(value) and not (is_module and getattr(value, "__module__", home) != home)
    ]
