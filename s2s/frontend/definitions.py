"""Rows that are defined by other rows: the definition stands in place of the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from s2s.frontend.arrays import array_type, box, is_shape, named, read
from s2s.frontend.avals import AVal, Leaf, TupleA
from s2s.frontend.facts import static_value
from s2s.frontend.lowering import Lowering


def define(lo: Lowering, row: Any, operands: Sequence[AVal], attrs: Mapping[str, Any]) -> AVal:
    """What a row means, written here; operations keep the place of the call."""
    from s2s.frontend.calls import code_of, inline

    bound = arguments(lo, row, operands, attrs)
    with values_only(lo, row):
        found = inline(lo, code_of(row.definition), bound, None, {})
    return named(row, found if row.in_memory else boxed(lo, found, row.name))


def arguments(
    lo: Lowering, row: Any, operands: Sequence[AVal], attrs: Mapping[str, Any]
) -> dict[str, AVal]:
    """The parameters of the definition."""
    bound: dict[str, AVal] = {}
    rest = list(operands)
    for p in row.signature.parameters:
        if p.star:
            bound[p.name] = TupleA(tuple(argument(lo, row, p, operand) for operand in rest))
            rest = []
        elif p.is_operand and rest:
            bound[p.name] = argument(lo, row, p, rest.pop(0))
        else:
            bound[p.name] = static_value(attrs.get(p.name, p.default))
    return bound


def argument(lo: Lowering, row: Any, p: Any, aval: AVal) -> AVal:
    """An operand as the definition sees it: lists of numbers are arrays there."""
    from s2s.frontend.containers import list_content
    from s2s.frontend.iterate import known_items

    if p.is_list:
        items = known_items(lo, aval)
        if items is None:
            return aval
        if row.in_memory:
            return TupleA(tuple(items))
        return TupleA(tuple(argument(lo, row, p, item) for item in items))
    seen = array_type(lo, aval)
    if seen is not None:
        return aval if row.in_memory else Leaf(read(lo, aval))
    is_list = isinstance(aval, Leaf) and list_content(lo, aval) is not None
    if is_list or (isinstance(aval, TupleA) and not is_shape(lo, aval)):
        value = read(lo, aval)
        return box(lo, value, p.name) if row.in_memory else Leaf(value)
    return aval


@contextmanager
def values_only(lo: Lowering, row: Any) -> Iterator[None]:
    """While a definition is read arrays are values, unless it is about objects."""
    before = lo.values_only
    lo.values_only = before or not row.in_memory
    try:
        yield
    finally:
        lo.values_only = before


def boxed(lo: Lowering, found: AVal, name: str) -> AVal:
    """Arrays that a definition made become objects of the caller."""
    match found:
        case Leaf(value):
            return box(lo, value, name)
        case TupleA(items, cls):
            parts = (boxed(lo, item, f"{name}{k}") for k, item in enumerate(items))
            return TupleA(tuple(parts), cls)
    return found
