"""Assignments: in which order copies are made, and in which form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s2s.codegen.python import nodes, rows
from s2s.codegen.python.expressions import Expressions
from s2s.codegen.python.nodes import Node
from s2s.ir.core import Op, Value
from s2s.ir.types import STR, Scalar
from s2s.pyast import gast

Pair = tuple[Value, Value]


def assign(e: Expressions, target: Value, op: Op | None, right: Node) -> Node | None:
    """``x = right``, as ``x += e`` if that is what ``op`` computes; None if it is ``x = x``."""
    name = e.names[target]
    if isinstance(right, gast.Name) and right.id == name:
        return None
    if op is not None and isinstance(right, gast.BinOp) and _is_immutable(target, op):
        left = right.left
        symbol = next(s for s, kind in rows.BINARY.items() if kind == type(right.op).__name__)
        if isinstance(left, gast.Name) and left.id == name:
            return nodes.augment(left, symbol, right.right)
    return nodes.assign(nodes.load(name), right)


def _is_immutable(target: Value, op: Op) -> bool:
    """Whether ``x += e`` makes a new object, for a number or a string."""
    types = [target.type, *(value.type for value in op.operands)]
    return all(isinstance(t, Scalar) or t == STR for t in types)


def assign_tuple(left: Sequence[Node], right: Node) -> Node:
    """``a, b = right``."""
    names = nodes.target(nodes.tuple_of([nodes.target(node) for node in left]))
    return gast.Assign([names], right, None)


def in_order(e: Expressions, pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Copies so that each comes before what it reads is overwritten; cycles are one assignment."""
    rest = [pair for pair in pairs if not _is_nothing(e, pair)]
    if len(rest) < 2:
        yield from ([pair] for pair in rest)
        return
    last = len(e.order)
    given = {pair: k for k, pair in enumerate(rest)}
    rest.sort(key=lambda pair: last if pair[1] in e.names else e.order.get(pair[1], last))
    writer = {e.names[target]: k for k, (target, _) in enumerate(rest)}
    before: list[set[int]] = [set() for _ in rest]  # those that must wait for k
    for k, (_, source) in enumerate(rest):
        for name in _read(e, source):
            later = writer.get(name)
            if later is not None and later != k:
                before[later].add(k)
    for component in _components(before):
        yield sorted((rest[k] for k in component), key=given.__getitem__)


def _is_nothing(e: Expressions, pair: Pair) -> bool:
    target, source = pair
    node = e.kept(source)
    return isinstance(node, gast.Name) and node.id == e.names[target]


def _read(e: Expressions, value: Value) -> Iterator[str]:
    """The variables that a value's expression reads."""
    for node in gast.walk(e.value(value)):
        if isinstance(node, gast.Name):
            yield node.id


def _components(before: Sequence[set[int]]) -> Iterator[list[int]]:
    """Strongly connected components, what must come before first (Tarjan)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []

    def visit(k: int) -> Iterator[list[int]]:
        number[k] = low[k] = len(number)
        stack.append(k)
        for other in sorted(before[k]):
            if other not in number:
                yield from visit(other)
                low[k] = min(low[k], low[other])
            elif other in stack:
                low[k] = min(low[k], number[other])
        if low[k] == number[k]:
            component = stack[stack.index(k) :]
            del stack[stack.index(k) :]
            yield component

    for k in range(len(before)):
        if k not in number:
            yield from visit(k)
