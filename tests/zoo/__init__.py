"""A zoo of small programs as users write them, each with example arguments.

A program is a plain Python function; :func:`program` only writes it down and returns it unchanged::

    @program(args=lambda: (uniform(4), 0.3), argnums=(0, 1))
    def damped_sum(x, w):
        s = 0.0
        for v in x:
            s = w * s + np.sin(v)
        return s

Adding a function to a module of ``tests.zoo.programs`` adds it to every test of
``tests/test_zoo.py``. The example point lies away from kinks, so that finite differences are an
oracle there: ``python -m tests.zoo`` checks that for every program, without s2s.

Tags
----
nonscalar   returns something other than one real number (tested through ``vjp``)
complex     has complex values inside, in its arguments or in its result
second      second derivatives are tested too
thirteen    one of the thirteen hard programs of ``tests.zoo.thirteen``
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

TAGS = frozenset({"nonscalar", "complex", "second", "thirteen"})


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the zoo.

    name:       ``module.function``, with ``-case`` where one function is registered several times
    function:   the user's function
    make_args:  returns new, equal arguments at each call
    argnums:    positions of the arguments to differentiate
    tags:       see the module
    """

    name: str
    function: Callable[..., Any]
    make_args: Callable[[], tuple[Any, ...]]
    argnums: tuple[int, ...]
    tags: frozenset[str]

    def __repr__(self) -> str:
        return self.name


_PROGRAMS: dict[str, Program] = {}


def program(
    args: Callable[[], tuple[Any, ...]],
    argnums: tuple[int, ...] = (0,),
    tags: tuple[str, ...] = (),
    case: str = "",
) -> Callable[[F], F]:
    """Register the decorated function, which stays as it is, with example arguments.

    case: a suffix that tells several registrations of one function apart
    """
    if unknown := set(tags) - TAGS:
        raise ValueError(f"unknown tags {sorted(unknown)}")

    def register(function: F) -> F:
        module = function.__module__.rpartition(".")[2]
        name = f"{module}.{function.__name__}" + (f"-{case}" if case else "")
        if name in _PROGRAMS:
            raise ValueError(f"two programs are called {name}")
        _PROGRAMS[name] = Program(name, function, args, argnums, frozenset(tags))
        return function

    return register


def all_programs() -> tuple[Program, ...]:
    """Every program, the thirteen first."""
    importlib.import_module("tests.zoo.thirteen")
    package = importlib.import_module("tests.zoo.programs")
    for module in pkgutil.iter_modules(package.__path__, "tests.zoo.programs."):
        importlib.import_module(module.name)
    return tuple(_PROGRAMS.values())


def uniform(*shape: int, low: float = 0.5, high: float = 1.5, seed: int = 0) -> NDArray[np.float64]:
    """An array of float64 between low and high, the same for equal arguments."""
    return np.random.default_rng(seed).uniform(low, high, shape)


def complex_uniform(*shape: int, seed: int = 0) -> NDArray[np.complex128]:
    """An array of complex128 with both parts between 0.5 and 1.5."""
    return uniform(*shape, seed=seed) + 1j * uniform(*shape, seed=seed + 1)
