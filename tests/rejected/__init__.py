"""A zoo of programs that are refused, or that fail, each with what a user must read then.

A comment on the offending line says what is underlined, and the message without its code::

    y = {v for v in x}  # error at {v for v in x} -> a set comprehension has no derivative; use a list

``error`` is an error of s2s, found while the gradient is made; ``raises`` an exception of Python's
that comes when it runs, with its class before the message. Several comments: all come at once.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rejected:
    """One program: a function, example arguments, options of `grad`."""

    function: Callable[..., Any]
    make_args: Callable[[], tuple[Any, ...]]
    options: dict[str, Any]

    @property
    def name(self) -> str:
        """``module.function``."""
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"

    def __repr__(self) -> str:
        return self.name


_PROGRAMS: list[Rejected] = []


def vector() -> tuple[Any, ...]:
    """One array of three numbers."""
    return (np.array([0.7, 1.2, 0.4]),)


def rejected(args: Callable[[], tuple[Any, ...]] = vector, **options: Any) -> Callable[[F], F]:
    """Register the decorated function, which stays as it is."""

    def register(function: F) -> F:
        _PROGRAMS.append(Rejected(function, args, options))
        return function

    return register


def all_rejected() -> tuple[Rejected, ...]:
    """Every program of the zoo."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return tuple(_PROGRAMS)
