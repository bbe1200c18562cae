"""Methods of arrays that are no kernel: those that copy, write, or answer in Python.

One function for each method; its parameters are those of NumPy, so that no argument is overlooked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.array_functions import (
    dtype_name,
    fresh_copy,
    need_plain_order,
    set_flat_item,
)
from s2s.frontend.arrays import Index, apply_row, array_type, box, infer, is_int, read, store
from s2s.frontend.avals import NONE_A, AVal, Leaf, Static, TupleA
from s2s.frontend.containers import get_item
from s2s.frontend.lowering import Lowering
from s2s.frontend.meanings import bound
from s2s.ir.types import DTYPES, Array, Scalar

METHODS: dict[str, Callable[..., Any]] = {}
PYTHON = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}


def array_method(
    lo: Lowering, obj: Leaf, name: str, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal | None:
    """What a method gives; None if it is a kernel or unknown."""
    method = METHODS.get(name)
    if method is None:
        return None
    form = inspect.signature(method)
    found = bound(method, form, f"ndarray.{name}")(lo, [obj, *args], kwargs)
    return None if found is NotImplemented else found


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a method under the function's name."""
    METHODS[function.__name__.rstrip("_")] = function
    return function


def type_of(lo: Lowering, a: Leaf) -> Array:
    """The type of the array."""
    seen = array_type(lo, a)
    assert seen is not None
    return seen


@method
def copy(lo: Lowering, a: Leaf, order: AVal = Static("C")) -> AVal:  # noqa: B008
    """A new array."""
    need_plain_order(lo, order, ("C", "K", "A"))
    return fresh_copy(lo, a)


@method
def flatten(lo: Lowering, a: Leaf, order: AVal = Static("C")) -> AVal:  # noqa: B008
    """All elements in a row, as a new array."""
    row, via = kernels.method("ravel")  # type: ignore[misc]
    attrs = {"order": order.obj} if isinstance(order, Static) else {}
    value = read(lo, a)
    t = infer(lo, row, via, (value.type,), attrs)
    flat = lo.b.value(row.name, (value,), t, via=via, **attrs)
    return box(lo, lo.b.value("copy", (flat,), t), "flatten")


@method
def view(lo: Lowering, a: Leaf, dtype: AVal = NONE_A) -> AVal:
    """The same memory."""
    if not isinstance(dtype, Static) or dtype.obj is not None:
        lo.unsupported("a view with another dtype", "use astype")
    return get_item(lo, a, Static(Ellipsis))


@method
def item(lo: Lowering, a: Leaf, *index: AVal) -> AVal:
    """An element as a Python number."""
    if not index:
        t = Scalar(PYTHON[type_of(lo, a).dtype[0]])
        return Leaf(lo.b.value("array_item", (read(lo, a),), t, via=".item"))
    key = index[0] if len(index) == 1 else TupleA(tuple(index))
    if len(index) == 1 and type_of(lo, a).rank != 1 and not isinstance(key, TupleA):
        from s2s.frontend.array_functions import get_flat_item

        return get_flat_item(lo, a, key)
    return get_item(lo, a, key)


@method
def tolist(lo: Lowering, a: Leaf) -> AVal:
    """A list, of lists where there are several axes."""
    from s2s.frontend.comprehensions import listed

    if type_of(lo, a).rank != 1:
        lo.unsupported("`tolist` of an array of several axes", "use the array")
    return listed(lo, a)


@method
def astype(lo: Lowering, a: Leaf, dtype: AVal, *, copy: AVal | None = None) -> AVal:
    """Another dtype; with `copy=False` the same array where it has that already."""
    same = DTYPES[type_of(lo, a).dtype] == dtype_name(lo, dtype)
    if same and isinstance(copy, Static) and not copy.obj:
        return a
    row, via = kernels.method("astype")  # type: ignore[misc]
    return apply_row(lo, row, via, [a], {"dtype": dtype_name(lo, dtype)})


@method
def reshape(lo: Lowering, a: Leaf, *shape: AVal, order: AVal | None = None) -> AVal:
    """`a.reshape(2, 3)`, `a.reshape((2, 3))`."""
    row, via = kernels.method("reshape")  # type: ignore[misc]
    sizes = TupleA(tuple(shape)) if len(shape) != 1 or is_int(lo, shape[0]) else shape[0]
    attrs = {"order": order.obj} if isinstance(order, Static) else {}
    return apply_row(lo, row, via, [a, sizes], attrs)


@method
def transpose(lo: Lowering, a: Leaf, *axes: AVal) -> Any:
    """`a.transpose(1, 0)`; the other forms are a kernel."""
    if not axes or not all(isinstance(k, Static) and type(k.obj) is int for k in axes):
        return NotImplemented
    row, via = kernels.method("transpose")  # type: ignore[misc]
    return apply_row(lo, row, via, [a], {"axes": tuple(k.obj for k in axes)})  # type: ignore[attr-defined]


@method
def conjugate(lo: Lowering, a: Leaf) -> AVal:
    """`a.conj()`: the array itself where it is real."""
    if type_of(lo, a).dtype[0] != "c":
        return a
    return apply_row(lo, *kernels.lookup(np.conj), [a], {})  # type: ignore[misc]


METHODS["conj"] = conjugate


# ------------------------------------------------------------------------------------------ writing
@method
def fill(lo: Lowering, a: Leaf, value: AVal) -> AVal:
    """`a[...] = value`."""
    store(lo, a, Index(), read(lo, value), type_of(lo, a))
    return NONE_A


@method
def sort(lo: Lowering, a: Leaf, axis: AVal = Static(-1), kind: AVal = NONE_A) -> AVal:  # noqa: B008
    """Sort in place."""
    if not isinstance(axis, Static):
        lo.cannot_infer("the axis must be known")
    row, via = kernels.lookup(np.sort)  # type: ignore[misc]
    value = read(lo, a)
    ordered = lo.b.value(row.name, (value,), value.type, via=via, axis=axis.obj)  # type: ignore[attr-defined]
    store(lo, a, Index(), ordered, type_of(lo, a))
    return NONE_A


@method
def put(lo: Lowering, a: Leaf, indices: AVal, values: AVal) -> AVal:
    """`a.flat[indices] = values`."""
    set_flat_item(lo, a, indices, values)
    return NONE_A


@method
def setflags(lo: Lowering, a: Leaf, write: AVal = NONE_A) -> AVal:
    """Whether the array may be written to: here that changes nothing that is computed."""
    return lo.unsupported("`setflags`", "leave it out")
