"""Writing a row's derivative into a program: its text is read by the front end itself."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.arrays import read
from s2s.frontend.avals import AVal, RowA, Static, TupleA
from s2s.frontend.calls import bind_parameters, code_of, inline
from s2s.frontend.expressions import evaluate
from s2s.frontend.facts import Facts
from s2s.frontend.lowering import Lowering, Slot
from s2s.frontend.scope import Code, Scope
from s2s.ir.builder import Builder
from s2s.ir.core import Value
from s2s.pyast import FunctionSource, gast, parse_expression

MODULES = {"np": np, "math": math, "cmath": cmath}


@lru_cache(maxsize=4096)
def parsed(text: str) -> Any:
    """The tree of a rule's text; parsed once."""
    return parse_expression(text)


class RuleLowering(Lowering):
    """Lowers rules: arrays are values, names are operands and rows, places are the primal's."""

    def __init__(self, builder: Builder, facts: Facts) -> None:
        super().__init__(facts)
        self.b = builder
        self.values_only = True
        self.via = ""
        self.names: Mapping[str, Callable[[], AVal]] = {}
        source = FunctionSource("<rule>", "<rule>", 1, None, ())
        node = parse_expression("lambda: 0")
        self.base = Scope(Code(node, source), ("rule",))
        self.scope = self.base

    @contextmanager
    def at(self, node: gast.AST) -> Iterator[None]:
        """Operations keep the place of what is differentiated."""
        yield

    def lookup(self, name: str) -> AVal:
        """Operands and cotangents first, then rows of the table."""
        if self.scope is not self.base:
            owner = self.scope.owner(name)
            if owner is not None:
                return self.state[(owner, name)]
        if name in self.names and self.scope is self.base:
            return self.names[name]()
        row = kernels.resolve(name, self.via)
        if row is not None:
            return RowA(*row)
        if name in MODULES:
            return Static(MODULES[name])
        return self.facts.outside(self, name)

    def text(self, text: str, names: Mapping[str, Callable[[], AVal]], via: str) -> AVal:
        """Write the expression ``text``, in the derivative of an operation called as ``via``."""
        before, self.names = self.names, names
        self.via = via
        try:
            return evaluate(self, parsed(text))
        finally:
            self.names = before

    def function(self, function: Any, args: Sequence[AVal], attrs: Mapping[str, Any]) -> AVal:
        """Write what a rule that is a Python function does."""
        code = code_of(function)
        named = {k: _static(v) for k, v in attrs.items()}
        defaults = tuple(_static(d) for d in function.__defaults__ or ())
        kw = function.__kwdefaults__ or {}
        kw_defaults = tuple(
            _static(kw[a.id]) if a.id in kw else None for a in code.node.args.kwonlyargs
        )
        bound = bind_parameters(self, code, defaults, kw_defaults, args, named)
        self.slot = Slot()
        self.slot.pending = self.b.here
        return inline(self, code, bound, None, {})


def _static(value: Any) -> AVal:
    return TupleA(tuple(map(_static, value))) if isinstance(value, tuple) else Static(value)


def number(lo: Lowering, aval: AVal) -> Value:
    """The value that a rule gave."""
    return read(lo, aval)
