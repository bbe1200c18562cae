"""Calls that write their result: `out=`, `where=`; the methods of universal functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.array_functions import mask_array, picked, spread, writable
from s2s.frontend.arrays import (
    Index,
    apply_operator,
    array_type,
    before_write,
    check_kind,
    parse_index,
    read,
    set_array_item,
    store,
)
from s2s.frontend.avals import NONE_A, AVal, Leaf, Static, TupleA
from s2s.frontend.lowering import Lowering
from s2s.ir.types import Ref

Matches = Sequence[Any]


def takes_output(obj: Any, args: Sequence[AVal], kwargs: Mapping[str, AVal]) -> bool:
    """Whether a call says where its result goes, or which elements are computed."""
    positional = isinstance(obj, np.ufunc) and len(args) > obj.nin
    return positional or "out" in kwargs or (isinstance(obj, np.ufunc) and "where" in kwargs)


def call_with_output(
    lo: Lowering, obj: Any, matches: Matches, args: Sequence[AVal], kwargs: Mapping[str, AVal]
) -> AVal:
    """`np.add(a, b, out=c)`: the result is stored, and what the call gives is `c`."""
    from s2s.frontend.calls import call_row

    named = dict(kwargs)
    out, where = named.pop("out", NONE_A), named.pop("where", None)
    casting = named.pop("casting", Static("same_kind"))
    if not isinstance(casting, Static) or casting.obj != "same_kind":
        lo.unsupported("the argument 'casting'", "leave it out, or convert with astype")
    operands = list(args)
    if isinstance(obj, np.ufunc) and len(operands) > obj.nin:
        operands, extra = operands[: obj.nin], operands[obj.nin :]
        out = extra[0] if len(extra) == 1 else TupleA(tuple(extra))
    if isinstance(obj, np.ufunc) and isinstance(out, TupleA) and len(out.items) > obj.nout:
        most = obj.nin + obj.nout
        message = f"{obj.__name__}() takes from {obj.nin} to {most} positional arguments"
        return lo.raise_error(TypeError, f"{message} but {len(args)} were given")
    if isinstance(out, TupleA):
        if len(out.items) != 1:
            lo.unsupported("writing several outputs", "assign the results")
        (out,) = out.items
    if isinstance(where, Static) and where.obj is True:
        where = None
    if isinstance(out, Static) and out.obj is None:
        if where is None:
            return call_row(lo, matches, operands, named)
        lo.unsupported(
            "`where=` without `out=` (the other elements would have no value)", "give `out`"
        )
    target = writable(lo, out, "out=")
    if where is not None and not isinstance(obj, np.ufunc):
        lo.unsupported("`where=` here", "select the elements before")
    if where is None:
        put_result(lo, target, call_row(lo, matches, operands, named))
        return target
    mask = spread(lo, mask_array(lo, where), target)
    chosen = [picked(lo, operand, mask, target) for operand in operands]
    found = call_row(lo, matches, chosen, named)
    check_output(lo, target, found)
    set_array_item(lo, target, mask, found)
    return target


def put_result(lo: Lowering, target: Leaf, found: AVal) -> None:
    """`out[...] = result`."""
    check_output(lo, target, found)
    seen = array_type(lo, target)
    assert seen is not None
    store(lo, target, Index(), read(lo, found), seen)


def check_output(lo: Lowering, target: Leaf, found: AVal) -> None:
    """The result must be one array of a kind that fits."""
    if isinstance(found, TupleA):
        lo.unsupported("`out=` of a function with several results", "assign the results")
    seen = array_type(lo, target)
    assert seen is not None
    check_kind(lo, "the result", seen, read(lo, found).type)


# ------------------------------------------------------------------------------- methods of ufuncs
REDUCTIONS = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.logical_and, "reduce"): np.all,
    (np.logical_or, "reduce"): np.any,
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
}


def ufunc_method(
    lo: Lowering, ufunc: np.ufunc, name: str, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """np.add.at, np.add.reduce and their like."""
    from s2s.frontend.calls import call, call_row
    from s2s.frontend.outside_calls import no_rule

    if name == "at" and ufunc in (np.add, np.subtract):
        return accumulate_at(lo, ufunc, *args)
    instead: Any = REDUCTIONS.get((ufunc, name))
    if instead is not None:
        first = {} if len(args) > 1 else {"axis": Static(0)}
        named = {**first, **kwargs}
        matches = kernels.lookup_all(instead)
        if takes_output(instead, args, named):
            return call_with_output(lo, instead, matches, args, named)
        return call_row(lo, matches, args, named)
    if name == "outer":
        left, right = args
        return call(lo, Static(ufunc), [with_axes_of(lo, left, right), right], kwargs)
    raise no_rule(lo, f"np.{ufunc.__name__}.{name}")


def accumulate_at(lo: Lowering, ufunc: np.ufunc, array: AVal, key: AVal, value: AVal) -> AVal:
    """`np.add.at(a, key, value)`: elements that the key names twice get both."""
    target = writable(lo, array, f"np.{ufunc.__name__}.at")
    seen = array_type(lo, target)
    assert seen is not None and isinstance(target.type, Ref)
    index = parse_index(lo, key, seen.rank)
    if ufunc is np.subtract:
        value = apply_operator(lo, "u-", [value])
    number = read(lo, value)
    check_kind(lo, "the value", seen, number.type)
    lo.heap.mark_mutated(target.type)
    before_write(lo, target)
    lo.b.emit("accum_at", (target.value, *index.operands, number), (), path=tuple(index.path))
    return NONE_A


def with_axes_of(lo: Lowering, left: AVal, right: AVal) -> AVal:
    """`left` with an axis behind its own for each axis of ``right``."""
    from s2s.frontend.arrays import get_array_item

    array = left if array_type(lo, left) is not None else Leaf(read(lo, left))
    other = array_type(lo, right if array_type(lo, right) is not None else Leaf(read(lo, right)))
    if array_type(lo, array) is None or other is None:
        return array
    if other.rank is None:
        lo.cannot_infer("the number of axes must be known")
    new = (Static(Ellipsis), *(Static(None) for _ in range(other.rank or 0)))
    return get_array_item(lo, array, TupleA(new))
