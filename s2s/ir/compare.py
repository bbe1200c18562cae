"""Structural equality of programs: the same up to the identity and the names of values.

Spans, the order of functions and the names of values do not count.  Kinds, operands, attributes,
types, regions, parameter sources, heap classes and symbols do.  Constants are equal if their bits
are: ``nan`` equals ``nan``, ``0.0`` does not equal ``-0.0``, ``1`` does not equal ``1.0``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from s2s.ir.core import Attr, Block, Function, Op, Program, Value
from s2s.ir.parse import Unresolved
from s2s.ir.text import op_text

T = TypeVar("T", Program, Function, Block)


def equal(p: T, q: T) -> bool:
    """True if ``p`` and ``q`` differ in nothing but names and spans."""
    return difference(p, q) is None


def difference(p: T, q: T) -> str | None:
    """The first difference in words, or None."""
    try:
        if isinstance(p, Program):
            _same_program(p, q)
        elif isinstance(p, Function):
            _same_function(p, q)
        else:
            _Comparison().blocks(p, q)
    except _Different as found:
        return str(found)
    return None


def same_attr(a: Attr, b: Attr) -> bool:
    """True if two attribute values have the same type and the same bits."""
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same_attr, a, b))
    if isinstance(a, float | complex):
        return repr(a) == repr(b)
    return bool(a == b)


class _Different(Exception):
    """Carries the first difference out of the walk."""


class _Comparison:
    """Walks two blocks side by side; ``partner`` pairs their values both ways."""

    def __init__(self) -> None:
        self.partner: dict[Value, Value] = {}

    def blocks(self, p: Block, q: Block) -> None:
        self.define(p.args, q.args, "block arguments")
        for a, b in zip(p.ops, q.ops, strict=False):
            self.ops(a, b)
        if len(p.ops) != len(q.ops):
            longer = max(p.ops, q.ops, key=len)
            extra = longer[min(len(p.ops), len(q.ops))]
            raise _Different(f"only one side has `{op_text(extra)}`")

    def ops(self, a: Op, b: Op) -> None:
        alike = (
            a.kind == b.kind
            and len(a.regions) == len(b.regions)
            and _same_attrs(a.attrs, b.attrs)
            and self.same_operands(a.operands, b.operands)
        )
        if not alike:
            raise _Different(f"`{op_text(a)}` is not `{op_text(b)}`")
        for p, q in zip(a.regions, b.regions, strict=True):
            self.blocks(p, q)
        self.define(a.results, b.results, f"results of `{op_text(a)}`")

    def same_operands(self, these: Sequence[Value], those: Sequence[Value]) -> bool:
        """True if the operands are partners; a value from outside is its own partner."""
        return len(these) == len(those) and all(
            self.partner.get(a, a) is b and self.partner.get(b, b) is a
            for a, b in zip(these, those, strict=True)
        )

    def define(self, these: Sequence[Value], those: Sequence[Value], what: str) -> None:
        left, right = [v.type for v in these], [v.type for v in those]
        if left != right:
            raise _Different(f"{what}: ({_listed(left)}) is not ({_listed(right)})")
        self.partner.update(zip(these, those, strict=True))
        self.partner.update(zip(those, these, strict=True))


def _same_program(p: Program, q: Program) -> None:
    _require(p.entry == q.entry, f"entry @{p.entry} is not @{q.entry}")
    _require(p.heap == q.heap, "the heap tables differ")
    _require(
        p.symbols.keys() == q.symbols.keys()
        and all(_same_object(obj, q.symbols[name]) for name, obj in p.symbols.items()),
        "the symbol tables differ",
    )
    _require(
        p.functions.keys() == q.functions.keys(),
        f"functions {_listed(sorted(p.functions))} are not {_listed(sorted(q.functions))}",
    )
    for name, function in p.functions.items():
        _same_function(function, q.functions[name])


def _same_function(p: Function, q: Function) -> None:
    _require(p.name == q.name, f"@{p.name} is not @{q.name}")
    _require(p.sources == q.sources, f"the sources of the parameters of @{p.name} differ")
    try:
        _Comparison().blocks(p.body, q.body)
    except _Different as found:
        raise _Different(f"in @{p.name}: {found}") from None


def _same_attrs(a: Mapping[str, Attr], b: Mapping[str, Attr]) -> bool:
    return a.keys() == b.keys() and all(same_attr(value, b[key]) for key, value in a.items())


def _same_object(a: object, b: object) -> bool:
    """True for one object; an object that was only named may be any."""
    return a is b or isinstance(a, Unresolved) or isinstance(b, Unresolved)


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise _Different(otherwise)


def _listed(things: Sequence[object]) -> str:
    return ", ".join(map(str, things))
