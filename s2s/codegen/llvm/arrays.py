"""Array values: broadcasting, elementwise expressions, reductions, subscripts.

An elementwise operation that is used once becomes part of the expression that uses it: one loop nest,
no temporary.  Everything that changes only how memory is seen is a descriptor, and costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from s2s.codegen.llvm.arithmetic import compute, convert, is_floating, name_of
from s2s.codegen.llvm.values import (
    Lazy,
    NotNative,
    Strided,
    const,
    rank_of,
    register,
)
from s2s.ir.core import Op, Value
from s2s.ir.paths import steps
from s2s.ir.types import NONE, Array, Scalar

if TYPE_CHECKING:
    from s2s.codegen.llvm.lowering import Lowering

Sizes = tuple[ir.Value, ...]
LICENCE = ("reassoc", "nsz", "contract", "arcp")  # NumPy leaves the order of a sum open


# ------------------------------------------------------------------------------------ broadcasting
def broadcast(low: Lowering, shapes: Sequence[Sizes], op: Op) -> Sizes:
    """The shape that operands of these shapes have together; fails where they do not fit."""
    b, rank = low.builder, max(map(len, shapes))
    found: list[ir.Value] = []
    for axis in range(-rank, 0):
        sizes = [shape[axis] for shape in shapes if len(shape) >= -axis]
        size = sizes[0]
        for other in sizes[1:]:
            if other is not size:
                size = b.select(b.icmp_signed("==", size, const(1)), other, size)
        for other in sizes:
            if other is not size:
                fits = b.icmp_signed("==", other, size)
                fits = b.or_(fits, b.icmp_signed("==", other, const(1)))
                low.check(fits, "ValueError", "operands could not be broadcast together", op)
        found.append(size)
    return tuple(found)


def stretched(low: Lowering, held: Any, shape: Sizes) -> Strided | Lazy:
    """The array ``held``, or the number, as one of this shape that it broadcasts to."""
    b = low.builder
    if isinstance(held, ir.Value):
        return Lazy("", shape, lambda _: held)
    extra, own = shape[: len(shape) - len(held.shape)], held.shape
    inner = shape[len(extra) :]
    if isinstance(held, Strided):
        strides = tuple(
            s if n is m else b.select(b.icmp_signed("==", n, const(1)), const(0), s)
            for s, n, m in zip(held.strides, own, inner, strict=True)
        )
        return replace(held, shape=shape, strides=(const(0),) * len(extra) + strides)

    def element(indices: Sequence[ir.Value]) -> ir.Value:
        inside = [
            i if n is m else low.builder.select(
                low.builder.icmp_signed("==", n, const(1)), const(0), i
            )
            for i, n, m in zip(indices[len(extra) :], own, inner, strict=True)
        ]  # fmt: skip
        return held.element(inside)

    return replace(held, shape=shape, element=element)


def element_of(low: Lowering, held: Strided | Lazy, indices: Sequence[ir.Value]) -> ir.Value:
    """The element at these indices, which are in range."""
    if isinstance(held, Lazy):
        return held.element(indices)
    return low.load_number(address(low, held, indices), held.dtype)


def address(low: Lowering, array: Strided, indices: Sequence[ir.Value]) -> ir.Value:
    """Where an element lies."""
    b, offset = low.builder, const(0)
    for index, stride in zip(indices, array.strides, strict=True):
        offset = b.add(offset, b.mul(index, stride, flags=("nsw",)), flags=("nsw",))
    return low.offset(array.pointer, offset)


# ------------------------------------------------------------------------------------- elementwise
def elementwise(low: Lowering, op: Op) -> Any:
    """A number, or an expression over arrays."""
    held = [low.value(v) for v in op.operands]
    if isinstance(op.result.type, Scalar):
        return compute(low, op, [as_number(low, h) for h in held])
    shapes = [h.shape for h in held if isinstance(h, Strided | Lazy)]
    shape = broadcast(low, shapes, op)
    operands = [stretched(low, h, shape) for h in held]
    reads = frozenset[int]().union(*(h.reads for h in operands))

    def element(indices: Sequence[ir.Value]) -> ir.Value:
        return compute(low, op, [element_of(low, h, indices) for h in operands])

    return low.lazy(op.result, Lazy(name_of(op.result.type), shape, element, reads))


def as_number(low: Lowering, held: Any) -> ir.Value:
    """A number; an array without axes has one element."""
    return element_of(low, held, ()) if isinstance(held, Strided | Lazy) else held


def filled(low: Lowering, op: Op, number: float, shape: Sizes) -> Lazy:
    """An array of equal numbers."""
    dtype = name_of(op.result.type)
    return Lazy(dtype, shape, lambda _: ir.Constant(register(dtype), number))


def zeros_like(low: Lowering, op: Op) -> Any:
    """Zeros of the shape of the operand."""
    if isinstance(op.result.type, Scalar):
        return ir.Constant(register(op.result.type.name), 0)
    return filled(low, op, 0, low.value(op.operands[0]).shape)


def broadcast_to(low: Lowering, op: Op) -> Any:
    """The operand seen in a larger shape."""
    held, shape = low.value(op.operands[0]), low.value(op.operands[1])
    shape = shape if isinstance(shape, tuple) else (shape,)
    if isinstance(held, ir.Value):
        dtype = name_of(op.result.type)
        return Lazy(dtype, shape, lambda _: held)
    fits = broadcast(low, [held.shape, shape], op)
    for wanted, found in zip(shape, fits, strict=True):
        if wanted is not found:
            same = low.builder.icmp_signed("==", wanted, found)
            low.check(same, "ValueError", "could not be broadcast", op)
    return stretched(low, held, shape)


def transpose(low: Lowering, op: Op) -> Strided:
    """The axes in the opposite order."""
    held = low.stored(op.operands[0])
    if any(op.attrs.get(k) is not None for k in op.attrs if k != "via") or len(op.operands) > 1:
        raise NotNative("a transposition with axes")
    return replace(held, shape=held.shape[::-1], strides=held.strides[::-1])


def expand_dims(low: Lowering, op: Op) -> Strided:
    """New axes of size 1."""
    held, axes = low.stored(op.operands[0]), op.attrs["axis"]
    rank = rank_of(op.result.type)  # type: ignore[arg-type]
    new = {a % rank for a in (axes if isinstance(axes, tuple) else (axes,))}
    pairs = iter(zip(held.shape, held.strides, strict=True))
    rows = [(const(1), const(0)) if k in new else next(pairs) for k in range(rank)]
    return replace(held, shape=tuple(n for n, _ in rows), strides=tuple(s for _, s in rows))


# -------------------------------------------------------------------------------------- reductions
def reduction(low: Lowering, op: Op) -> Any:
    """A sum, mean, product or extreme over all axes or some."""
    held = low.value(op.operands[0])
    if op.attrs.get("dtype") is not None:
        raise NotNative("a reduction with a dtype")
    if isinstance(held, ir.Value):
        return convert(low, held, name_of(op.operands[0].type), name_of(op.result.type))
    rank, axis = len(held.shape), op.attrs.get("axis")
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {a % rank for a in axes}
    count = low.product([held.shape[k] for k in sorted(gone)])
    if op.kind in ("max", "min"):
        fine = low.builder.icmp_signed(">", count, const(0))
        low.check(fine, "ValueError", "reduction of an empty array", op)
    kept = [k for k in range(rank) if k not in gone]

    def element(outer: Sequence[ir.Value]) -> ir.Value:
        return _reduced(low, op, held, dict(zip(kept, outer, strict=True)), count)

    if isinstance(op.result.type, Scalar):
        return element(())
    shape = tuple(held.shape[k] for k in kept)
    found = low.materialised(Lazy(name_of(op.result.type), shape, element))
    return expanded(low, found, sorted(gone), rank) if op.attrs.get("keepdims") else found


def expanded(low: Lowering, held: Strided, axes: Sequence[int], rank: int) -> Strided:
    """The axes that a reduction took away, kept with size 1."""
    pairs = iter(zip(held.shape, held.strides, strict=True))
    rows = [(const(1), const(0)) if k in axes else next(pairs) for k in range(rank)]
    return replace(held, shape=tuple(n for n, _ in rows), strides=tuple(s for _, s in rows))


def _reduced(
    low: Lowering, op: Op, held: Any, outer: dict[int, ir.Value], count: ir.Value
) -> ir.Value:
    b, dtype = low.builder, name_of(op.result.type)
    kind = register(dtype)
    total = low.slot(kind, ir.Constant(kind, _start(op.kind, dtype)))
    inner = [k for k in range(len(held.shape)) if k not in outer]

    def body(indices: Sequence[ir.Value]) -> None:
        at = outer | dict(zip(inner, indices, strict=True))
        x = element_of(low, held, [at[k] for k in range(len(held.shape))])
        x = convert(low, x, name_of(op.operands[0].type), dtype)
        b.store(_combined(low, op.kind, dtype, b.load(total, typ=kind), x), total)

    low.nest([held.shape[k] for k in inner], body)
    found = b.load(total, typ=kind)
    return b.fdiv(found, b.sitofp(count, kind)) if op.kind == "mean" else found


def _start(kind: str, dtype: str) -> float:
    if kind in ("max", "min"):
        if not is_floating(dtype):
            raise NotNative(f"the {kind} of {dtype}")
        return -math.inf if kind == "max" else math.inf
    return 1 if kind == "prod" else 0


def _combined(low: Lowering, kind: str, dtype: str, a: ir.Value, x: ir.Value) -> ir.Value:
    b = low.builder
    if kind in ("max", "min"):
        return b.call(low.intrinsic(f"llvm.{kind}imum", a.type, 2), [a, x])
    if is_floating(dtype):
        return (b.fmul if kind == "prod" else b.fadd)(a, x, flags=LICENCE)
    return (b.mul if kind == "prod" else b.add)(a, x)


def sum_to(low: Lowering, op: Op) -> Any:
    """The operand summed over the axes along which something of the given shape was stretched."""
    held, shape = low.value(op.operands[0]), low.value(op.operands[1])
    if isinstance(held, ir.Value):
        return held
    if isinstance(op.result.type, Scalar) and not shape:
        whole = Op("sum", op.operands[:1], op.results, {}, (), op.span)
        return reduction(low, whole)
    if len(shape) == len(held.shape) and all(map(_is, shape, held.shape)):
        return held
    dtype = name_of(op.result.type)
    zero = ir.Constant(register(dtype), 0)
    target = low.materialised(Lazy(dtype, shape, lambda _: zero))
    into = stretched(low, target, held.shape)
    assert isinstance(into, Strided)
    low.nest(
        held.shape, lambda at: low.add_at(address(low, into, at), element_of(low, held, at), dtype)
    )
    return target


def _is(a: Any, b: Any) -> bool:
    return a is b


# -------------------------------------------------------------------------------------- subscripts
def subscript(low: Lowering, array: Strided, op: Op, operands: Sequence[Value]) -> Strided:
    """``array[...]`` by the path of an operation: rank 0 where an element is meant."""
    path = steps(op.attrs["path"], operands)
    taken = sum(token in ("int", "slice") for token, _ in path)
    pointer, axis = array.pointer, 0
    shape: list[ir.Value] = []
    strides: list[ir.Value] = []

    def whole(until: int) -> None:
        shape.extend(array.shape[axis:until])
        strides.extend(array.strides[axis:until])

    for token, given in path:
        if token == "new":
            shape.append(const(1))
            strides.append(const(0))
        elif token == "ellipsis":
            until = axis + len(array.shape) - taken
            whole(until)
            axis = until
        elif token == "int":
            index = index_in(low, low.number(given[0], "i64"), array.shape[axis], op)
            pointer = low.offset(pointer, low.builder.mul(index, array.strides[axis]))
            axis += 1
        elif token == "slice":
            start, size, step = _slice(low, array.shape[axis], given, op)
            pointer = low.offset(pointer, low.builder.mul(start, array.strides[axis]))
            shape.append(size)
            strides.append(low.builder.mul(array.strides[axis], const(step)))
            axis += 1
        else:
            raise NotNative(f"an index of kind {token!r}")
    whole(len(array.shape))
    return replace(array, pointer=pointer, shape=tuple(shape), strides=tuple(strides))


def index_in(low: Lowering, index: ir.Value, size: ir.Value, op: Op) -> ir.Value:
    """An index from the front; fails where it is out of bounds."""
    b = low.builder
    index = b.select(b.icmp_signed("<", index, const(0)), b.add(index, size), index)
    low.check(b.icmp_unsigned("<", index, size), "IndexError", "index out of bounds", op)
    return index


def _slice(
    low: Lowering, n: ir.Value, given: Sequence[Value], op: Op
) -> tuple[ir.Value, ir.Value, int]:
    """First index, number of elements, step: what ``range(*slice(...).indices(n))`` is."""
    b = low.builder
    step = 1 if given[2].type == NONE else low.constant(given[2])
    if not isinstance(step, int) or step == 0:
        raise NotNative("a slice whose step is not known")
    lowest, highest = (const(0), n) if step > 0 else (const(-1), b.sub(n, const(1)))

    def bound(value: Value, default: ir.Value) -> ir.Value:
        if value.type == NONE:
            return default
        at = low.number(value, "i64")
        at = b.select(b.icmp_signed("<", at, const(0)), b.add(at, n), at)
        at = b.select(b.icmp_signed("<", at, lowest), lowest, at)
        return b.select(b.icmp_signed(">", at, highest), highest, at)

    ends = (lowest, highest) if step > 0 else (highest, lowest)
    start, stop = bound(given[0], ends[0]), bound(given[1], ends[1])
    if given[0].type == NONE and given[1].type == NONE and step == 1:
        return const(0), n, 1
    length = low.range_length(start, stop, const(step), op)
    empty = b.icmp_signed("==", length, const(0))
    return b.select(empty, const(0), start), length, step


def getitem(low: Lowering, op: Op) -> Any:
    """Part of an array value."""
    held = low.value(op.operands[0])
    if not isinstance(held, Strided | Lazy):
        raise NotNative(f"an index into {op.operands[0].type}")
    found = subscript(low, low.stored(op.operands[0]), op, op.operands[1:])
    if isinstance(op.result.type, Array):
        return found
    return low.load_number(found.pointer, found.dtype)


def size(low: Lowering, op: Op) -> ir.Value:
    """The number of elements."""
    held = low.value(op.operands[0])
    if op.attrs.get("axis") is not None:
        raise NotNative("the size along an axis")
    return const(1) if isinstance(held, ir.Value) else low.product(held.shape)


def shape(low: Lowering, op: Op) -> Sizes:
    """The sizes of all axes."""
    held = low.value(op.operands[0])
    return () if isinstance(held, ir.Value) else held.shape


OPS = {
    **dict.fromkeys(("sum", "mean", "prod", "max", "min"), reduction),
    "zeros_like": zeros_like,
    "ones_like": lambda low, op: filled(low, op, 1, low.value(op.operands[0]).shape),
    "zeros": lambda low, op: filled(low, op, 0, low.sizes(op.operands[0])),
    "ones": lambda low, op: filled(low, op, 1, low.sizes(op.operands[0])),
    "broadcast_to": broadcast_to,
    "transpose": transpose,
    "expand_dims": expand_dims,
    "sum_to": sum_to,
    "getitem": getitem,
    "size": size,
    "shape": shape,
    "dim": lambda low, op: low.value(op.operands[0]).shape[op.attrs["axis"]],
}
