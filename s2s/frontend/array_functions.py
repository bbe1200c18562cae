"""NumPy functions that make, read and write arrays in ways that no kernel does."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.arrays import (
    apply_row,
    array_type,
    box,
    dims,
    emit_row,
    get_array_item,
    infer,
    read,
    set_array_item,
    shape_or_value,
)
from s2s.frontend.avals import NONE_A, AVal, Leaf, SliceA, Static, TupleA
from s2s.frontend.containers import unwrap
from s2s.frontend.lowering import Lowering
from s2s.frontend.meanings import Handler, means, takes
from s2s.ir.core import Value
from s2s.ir.types import DTYPES, INT, Array, Scalar

EVERYTHING = SliceA(NONE_A, NONE_A, NONE_A)


# ----------------------------------------------------------------------------------- arrays made
def fresh_copy(lo: Lowering, obj: AVal) -> AVal:
    """A copy of an array."""
    value = read(lo, obj)
    return box(lo, lo.b.value("copy", (value,), value.type), "copy")


def array_maker(copies: bool, name: str) -> Handler:
    """np.array, np.asarray and their like."""

    def handler(
        lo: Lowering,
        object: AVal,  # NumPy's name
        dtype: AVal | None = None,
        *,
        copy: AVal | None = None,
        order: AVal | None = None,
        ndmin: AVal | None = None,
    ) -> Any:
        obj = unwrap(lo, object)
        seen = array_type(lo, obj)
        wanted = dtype_name(lo, dtype) if dtype is not None else None
        if order is not None:
            need_plain_order(lo, order, ("C", "K", "A"))
        copies_now = copies and not (isinstance(copy, Static) and not copy.obj)
        if seen is not None and (wanted is None or DTYPES[seen.dtype] == wanted):
            made = fresh_copy(lo, obj) if copies_now else obj
        else:
            made = converted(lo, read(lo, obj), wanted, name)
        return made if ndmin is None else with_axes(lo, made, ndmin)

    return handler  # type: ignore[return-value]


def converted(lo: Lowering, value: Any, wanted: str | None, name: str) -> AVal:
    """A number or an array value as an array object of a dtype."""
    if not isinstance(value.type, Array):
        row, _ = kernels.lookup(np.asarray)
        t = infer(lo, row, "np.asarray", (value.type,), {})
        value = lo.b.value(row.name, (value,), t, via=name)
    if wanted is not None and DTYPES[value.type.dtype] != wanted:
        row, via = kernels.method("astype")
        return apply_row(lo, row, via, [Leaf(value)], {"dtype": wanted})
    return box(lo, value, "array")


def with_axes(lo: Lowering, array: AVal, ndmin: AVal) -> AVal:
    """`ndmin`: axes of length 1 in front."""
    seen = array_type(lo, array)
    if not isinstance(ndmin, Static) or seen is None or seen.rank is None:
        return lo.cannot_infer("`ndmin` and the number of axes must be known")
    missing = ndmin.obj - seen.rank
    if missing <= 0:
        return array
    new = (*(Static(None) for _ in range(missing)), Static(Ellipsis))
    return get_array_item(lo, array, TupleA(new))  # type: ignore[arg-type]


def need_plain_order(lo: Lowering, order: AVal, allowed: tuple[str, ...]) -> None:
    """Memory order is not followed; where it would change what is computed it is refused."""
    if not isinstance(order, Static) or order.obj not in (None, *allowed):
        lo.unsupported("this memory order", "leave `order` out")


for _function, _copies in ((np.array, True), (np.asarray, False), (np.asanyarray, False),
                           (np.ascontiguousarray, False)):  # fmt: skip
    takes(_function)(array_maker(_copies, f"np.{_function.__name__}"))


def dtype_name(lo: Lowering, aval: AVal) -> str | None:
    """NumPy's name of a dtype argument."""
    if isinstance(aval, Static):
        return None if aval.obj is None else np.dtype(aval.obj).name
    return lo.cannot_infer("a dtype must be known")


@takes(np.copy)
def np_copy(lo: Lowering, a: AVal, order: AVal = Static("K")) -> AVal:  # noqa: B008
    """np.copy(a)."""
    need_plain_order(lo, order, ("C", "K", "A"))
    return fresh_copy(lo, a)


# ------------------------------------------------------------------------------------------- sizes
@takes(np.shape)
def np_shape(lo: Lowering, a: AVal) -> AVal:
    """np.shape(a)."""
    return as_array(lo, a, "shape")


@takes(np.ndim)
def np_ndim(lo: Lowering, a: AVal) -> AVal:
    """np.ndim(a)."""
    return as_array(lo, a, "ndim")


@takes(np.size)
def np_size(lo: Lowering, a: AVal, axis: AVal = NONE_A) -> AVal:
    """np.size(a), np.size(a, axis)."""
    from s2s.frontend.containers import get_item

    if isinstance(axis, Static) and axis.obj is None:
        return as_array(lo, a, "size")
    return get_item(lo, as_array(lo, a, "shape"), axis)


def as_array(lo: Lowering, a: AVal, name: str) -> AVal:
    """An attribute of what becomes an array: lists and tuples do."""
    from s2s.frontend.objects import get_attribute

    obj = unwrap(lo, a)
    value = obj if array_type(lo, obj) is not None else Leaf(read(lo, obj))
    if array_type(lo, value) is None:
        return {"shape": TupleA(()), "ndim": Static(0), "size": Static(1)}[name]
    return get_attribute(lo, value, name)


@takes(np.isscalar)
def np_isscalar(lo: Lowering, element: AVal) -> AVal:
    """np.isscalar(a)."""
    if isinstance(element, Static):
        return Static(np.isscalar(element.obj))
    return Static(isinstance(element, Leaf) and isinstance(element.type, Scalar))


def kind_of_number(is_complex: bool) -> Handler:
    """np.iscomplexobj and np.isrealobj: known from the type."""

    def handler(lo: Lowering, x: AVal) -> AVal:
        t = read(lo, x).type
        name = t.dtype if isinstance(t, Array) else getattr(t, "name", "")
        return Static((name[:1] == "c") == is_complex)

    return handler  # type: ignore[return-value]


takes(np.iscomplexobj)(kind_of_number(True))
takes(np.isrealobj)(kind_of_number(False))


# --------------------------------------------------------------------------------- arrays written to
def writable(lo: Lowering, a: AVal, what: str) -> Leaf:
    """An array object that a function writes to."""
    a = unwrap(lo, a)
    if array_type(lo, a) is None or not isinstance(a, Leaf):
        return lo.raise_error(TypeError, f"{what} needs an array")
    return a


@takes(np.copyto)
def copyto(
    lo: Lowering, dst: AVal, src: AVal, casting: AVal = NONE_A, where: AVal | None = None
) -> AVal:
    """`dst[...] = src`; with a mask, only there."""
    array = writable(lo, dst, "copyto()")
    if where is None:
        set_array_item(lo, array, Static(Ellipsis), src)
    else:
        masked_store(lo, array, where, src)
    return NONE_A


@takes(np.putmask)
def putmask(lo: Lowering, a: AVal, mask: AVal, values: AVal) -> AVal:
    """`a[mask] = values[mask]`, for values of the array's shape or one number."""
    masked_store(lo, writable(lo, a, "putmask()"), mask, values)
    return NONE_A


@takes(np.place)
def place(lo: Lowering, arr: AVal, mask: AVal, vals: AVal) -> AVal:
    """`arr[mask] = vals`, one value for each place."""
    set_array_item(lo, writable(lo, arr, "place()"), mask_array(lo, mask), vals)
    return NONE_A


def mask_array(lo: Lowering, mask: AVal) -> AVal:
    """A mask as an array: lists of bool become one."""
    return mask if array_type(lo, unwrap(lo, mask)) is not None else Leaf(read(lo, mask))


def masked_store(lo: Lowering, array: Leaf, mask: AVal, source: AVal) -> None:
    """Write the elements of ``source`` where the mask holds."""
    mask = spread(lo, mask_array(lo, mask), array)
    set_array_item(lo, array, mask, picked(lo, source, mask, array))


def spread(lo: Lowering, a: AVal, like: Leaf) -> AVal:
    """`a` broadcast to the shape of ``like``."""
    seen = array_type(lo, like)
    assert seen is not None
    return value_of(lo, np.broadcast_to, read(lo, a), shape_or_value(lo, dims(lo, like, seen)))


def value_of(lo: Lowering, function: Any, *operands: Value) -> Leaf:
    """What a kernel gives, as a value: nobody writes to it."""
    row, via = kernels.lookup(function)  # type: ignore[misc]
    return Leaf(emit_row(lo, row, via, operands, {}))


def picked(lo: Lowering, source: AVal, mask: AVal, like: Leaf) -> AVal:
    """The elements of an operand where the mask holds; a number is one for all."""
    value = read(lo, source)
    if isinstance(value.type, Scalar):
        return Leaf(value)
    return get_array_item(lo, spread(lo, Leaf(value), like), mask)  # type: ignore[arg-type]


@takes(np.fill_diagonal)
def fill_diagonal(lo: Lowering, a: AVal, val: AVal, wrap: AVal = Static(False)) -> AVal:  # noqa: B008
    """`a[i, i] = val` for the main diagonal of a matrix."""
    from s2s.frontend.calls import call

    array = writable(lo, a, "fill_diagonal()")
    seen = array_type(lo, array)
    assert seen is not None
    if seen.rank != 2 or not isinstance(wrap, Static) or wrap.obj:
        lo.unsupported("`fill_diagonal` of this array", "write a[i, i] in a loop")
    rows, columns = (Leaf(lo.b.value("dim", (array.value,), INT, axis=k)) for k in range(2))
    count = Leaf(lo.b.value("int_min", (rows.value, columns.value), INT))
    index = call(lo, Static(np.arange), [count], {})
    set_array_item(lo, array, TupleA((index, index)), val)
    return NONE_A


@takes(np.put)
def put(lo: Lowering, a: AVal, ind: AVal, v: AVal, mode: AVal = Static("raise")) -> AVal:  # noqa: B008
    """`a.flat[ind] = v`."""
    if not isinstance(mode, Static) or mode.obj != "raise":
        lo.unsupported("the argument 'mode' of np.put", "leave it out")
    set_flat_item(lo, writable(lo, a, "put()"), ind, v)
    return NONE_A


def set_flat_item(lo: Lowering, array: Leaf, key: AVal, value: AVal) -> None:
    """`a.flat[key] = value`: wherever the elements lie, not as in a flattened copy."""
    set_array_item(lo, array, flat_index(lo, array, key), value)


def get_flat_item(lo: Lowering, array: Leaf, key: AVal) -> AVal:
    """`a.flat[key]`."""
    return get_array_item(lo, array, flat_index(lo, array, key))


def flat_index(lo: Lowering, array: Leaf, key: AVal) -> AVal:
    """The index of an array for a position, or positions, in its flattened form."""
    from s2s.frontend.calls import call
    from s2s.frontend.containers import get_item

    seen = array_type(lo, array)
    assert seen is not None
    if seen.rank is None:
        lo.cannot_infer("the number of axes must be known to write through `.flat`")
    shape = dims(lo, array, seen)
    size = Leaf(lo.b.value("size", (array.value,), INT))
    positions = get_item(lo, call(lo, Static(np.arange), [size], {}), key)
    return call(lo, Static(np.unravel_index), [positions, shape], {})


# --------------------------------------------------------------------------------- index arrays
@means(np.ix_)
def ix_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """`np.ix_(rows, columns)`: index arrays that span a grid."""
    found = []
    for k, arg in enumerate(args):
        index = Leaf(read(lo, unwrap(lo, arg)))
        if array_type(lo, index).dtype == "b1":  # type: ignore[union-attr]
            index = value_of(lo, np.flatnonzero, index.value)
        axes = [Static(None)] * len(args)
        found.append(get_array_item(lo, index, TupleA((*axes[:k], EVERYTHING, *axes[k + 1 :]))))  # type: ignore[arg-type]
    return TupleA(tuple(found))
