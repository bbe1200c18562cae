"""Functions of the user and their activations."""

from __future__ import annotations

import builtins
import itertools
import sys
import types
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from s2s.frontend.names import assigned_names, declared, free_names, rebound_captures
from s2s.pyast import FunctionSource, gast
from s2s.runtime import library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s2s.frontend.avals import AVal

_numbers = itertools.count()
LIBRARY = library.__file__


@dataclass(frozen=True, eq=False)
class Code:
    """A function's tree: a Python function's own, or that of a `def` or `lambda` inside one."""

    node: gast.AST
    source: FunctionSource
    function: types.FunctionType | None = None

    @property
    def name(self) -> str:
        """The function's name."""
        return getattr(self.node, "name", "<lambda>")

    @cached_property
    def nonlocals(self) -> frozenset[str]:
        """Names declared `nonlocal`."""
        return declared(self.node, gast.Nonlocal)

    @cached_property
    def globals_written(self) -> frozenset[str]:
        """Names declared `global`."""
        return declared(self.node, gast.Global)

    @cached_property
    def locals(self) -> frozenset[str]:
        """Names that belong to this function: parameters and all that it assigns."""
        args = self.node.args
        params = [a.id for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
        params += [a.id for a in (args.vararg, args.kwarg) if a is not None]
        body = self.node.body if isinstance(self.node.body, list) else [self.node.body]
        found = set(params) | assigned_names(body)
        return frozenset(found - self.nonlocals - self.globals_written)

    @cached_property
    def shared(self) -> frozenset[str]:
        """Locals that functions inside read and that may change after those are made."""
        return rebound_captures(self.node, self.locals)

    @cached_property
    def rebound_inside(self) -> frozenset[str]:
        """Locals that functions inside declare `nonlocal`."""
        found = {
            n
            for node in gast.walk(self.node)
            if isinstance(node, gast.Nonlocal)
            for n in node.names
        }
        return frozenset(found) & self.locals

    @cached_property
    def free(self) -> frozenset[str]:
        """Names that it reads (a superset of its free variables)."""
        return frozenset(free_names(self.node))

    @property
    def is_library(self) -> bool:
        """Whether this is no code of the user's, but of the library that stands for Python's own."""
        return self.source.file == LIBRARY

    @cached_property
    def is_generator(self) -> bool:
        """Whether the body yields."""
        return any(isinstance(n, gast.Yield | gast.YieldFrom) for n in own_nodes(self.node))


def own_nodes(node: gast.AST) -> list[gast.AST]:
    """The nodes of a function without those of functions inside it."""
    found: list[gast.AST] = []
    body = node.body if isinstance(node.body, list) else [node.body]
    stack = list(body)
    while stack:
        current = stack.pop()
        found.append(current)
        if not isinstance(current, gast.FunctionDef | gast.Lambda | gast.AsyncFunctionDef):
            stack.extend(gast.iter_child_nodes(current))
    return found


@dataclass(eq=False)
class Scope:
    """One activation of a function while its body is being inlined.

    ``path`` names the activation: the call sites that lead to it.  ``parent`` is the activation that
    a nested function was defined in.  ``is_single``: it runs once at most while the function runs,
    so that its variables are told apart by their names.  ``is_boundary``: values known outside are
    no values of the function that is being lowered.
    """

    code: Code
    path: tuple[object, ...]
    parent: Scope | None = None
    captured: Mapping[str, AVal] = field(default_factory=dict)
    caller: Scope | None = None
    number: int = field(default_factory=lambda: next(_numbers))
    is_comprehension: bool = False
    cleans_up: bool = False  # something runs after `return`: a `finally`, an `__exit__`
    is_single: bool = True
    is_boundary: bool = False
    consumer: Callable[[AVal], None] | None = None

    def owner(self, name: str) -> Scope | None:
        """The activation whose variable ``name`` is, None for a global."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.code.globals_written:
                return None
            if name in scope.code.locals:
                return scope
            scope = scope.parent
        return None

    @cached_property
    def is_row(self) -> bool:
        """Whether this is the definition of a row: what it does happens at the place of its
        call."""
        return self.function is not None and self.function.__module__.startswith("s2s.kernels")

    @cached_property
    def is_foreign(self) -> bool:
        """Whether this is no code of the user's: what is wrong in it is said of its call."""
        if self.is_row or self.function is None:
            return self.is_row
        if self.code.is_library:
            return True
        return self.function.__module__.partition(".")[0] in sys.stdlib_module_names - {"__main__"}

    @property
    def function(self) -> types.FunctionType | None:
        """The Python function this activation, or one around it, runs."""
        scope: Scope | None = self
        while scope is not None and scope.code.function is None:
            scope = scope.parent
        return scope.code.function if scope is not None else None

    def visible_names(self) -> set[str]:
        """All names that could have been meant here."""
        found: set[str] = set(dir(builtins))
        scope: Scope | None = self
        while scope is not None:
            found |= scope.code.locals
            scope = scope.parent
        return found | set(self.function.__globals__ if self.function is not None else ())

    def outside(self, name: str) -> tuple[str, Any]:
        """What a name that is no local variable means: (origin, object).

        Raises KeyError if nothing has this name.
        """
        function = self.function
        if function is not None:
            if name in function.__code__.co_freevars and function.__closure__:
                cell = function.__closure__[function.__code__.co_freevars.index(name)]
                return "cell", cell.cell_contents
            if name in function.__globals__:
                return "global", function.__globals__[name]
        return "builtin", vars(builtins)[name]
