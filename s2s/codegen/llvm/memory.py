"""Memory: arrays that are written to, growing lists (tapes), shadows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from s2s.codegen.llvm.arithmetic import convert, name_of
from s2s.codegen.llvm.arrays import (
    address,
    element_of,
    index_in,
    stretched,
    subscript,
)
from s2s.codegen.llvm.values import (
    I64,
    PTR,
    SLOT,
    NotNative,
    Strided,
    components,
    const,
    flatten,
    rebuild,
)
from s2s.ir.core import Op
from s2s.ir.paths import SUBSCRIPT
from s2s.ir.types import Array, Content, ListOf, Ref, Scalar, Type

if TYPE_CHECKING:
    from s2s.codegen.llvm.lowering import Lowering

DATA, LENGTH, CAPACITY = range(3)  # slots of a list
BASE, EXTENT, SHADOW = range(3)  # slots of an array object; its shadows follow


def content_of(low: Lowering, op: Op) -> Content | Type:
    """What the first operand addresses."""
    t = op.operands[0].type
    assert isinstance(t, Ref)
    return low.heap[t.cls]


def class_of(op: Op) -> int:
    """The object class of the first operand."""
    t = op.operands[0].type
    assert isinstance(t, Ref)
    return t.cls


# ------------------------------------------------------------------------------------------ arrays
def alloc(low: Lowering, op: Op) -> Any:
    """A new array, or a new list."""
    t = op.result.type
    assert isinstance(t, Ref)
    content = low.heap[t.cls]
    if isinstance(content, Array):
        held = low.value(op.operands[0])
        if isinstance(held, ir.Value):
            raise NotNative("an array without axes")
        made = low.materialised(held)
        return replace(made, header=header(low, made.pointer, low.extent(made)))
    if isinstance(content, ListOf):
        made = low.allocate(const(3 * SLOT))
        capacity = const(max(8, len(op.operands)))
        put(low, made, LENGTH, const(0))
        put(low, made, CAPACITY, capacity)
        width = const(_width(low, op.result.type))
        put(low, made, DATA, low.allocate(low.builder.mul(capacity, width)))
        for item in op.operands:
            push(low, made, low.settled(item), op.result.type)
        return made
    raise NotNative(f"an object of class {content}")


def header(low: Lowering, base: ir.Value, extent: ir.Value) -> ir.Value:
    """The header of a new array object without shadows."""
    made = low.allocate(const((SHADOW + low.sweeps) * SLOT))
    put(low, made, BASE, base)
    put(low, made, EXTENT, extent)
    for k in range(low.sweeps):
        put(low, made, SHADOW + k, const(0))
    return made


def put(low: Lowering, row: ir.Value, slot: int, value: ir.Value) -> None:
    """Write one slot."""
    low.builder.store(value, low.offset(row, const(slot * SLOT)))


def get(low: Lowering, row: ir.Value, slot: int, kind: ir.Type = I64) -> ir.Value:
    """Read one slot."""
    return low.builder.load(low.offset(row, const(slot * SLOT)), typ=kind)


def load(low: Lowering, op: Op) -> Any:
    """An element, or a snapshot: it is copied only if the memory changes while it is needed."""
    content = content_of(low, op)
    if isinstance(content, ListOf):
        return _list_item(low, op)
    found = _place(low, op, op.operands[1:])
    if isinstance(op.result.type, Scalar):
        return low.load_number(found.pointer, found.dtype)
    return replace(found, reads=frozenset({class_of(op)}), header=None)


def _place(low: Lowering, op: Op, indices: Any) -> Strided:
    if not isinstance(content_of(low, op), Array) or any(
        not isinstance(token, str) or token not in SUBSCRIPT for token in op.attrs["path"]
    ):
        raise NotNative(f"the path {op.attrs['path']}")
    return subscript(low, low.value(op.operands[0]), op, indices)


def store(low: Lowering, op: Op) -> None:
    """``r[path] = v``, or for `accum` ``r[path] += v``."""
    place = _place(low, op, op.operands[1:-1])
    last = op.operands[-1]
    held, dtype = low.value(last), name_of(last.type)
    if not isinstance(held, ir.Value) and class_of(op) in held.reads:
        held = low.materialised(held)
    low.before_writing({class_of(op)})

    def write(pointer: ir.Value, value: ir.Value) -> None:
        value = convert(low, value, dtype, place.dtype)
        if op.kind == "accum":
            low.add_at(pointer, value, place.dtype)
        else:
            low.store_number(pointer, value, place.dtype)

    if not place.shape:
        value = held if isinstance(held, ir.Value) else element_of(low, held, ())
        write(place.pointer, value)
        return
    if not isinstance(held, ir.Value):
        fits(low, held, place, op)
    source = stretched(low, held, place.shape)
    low.nest(place.shape, lambda at: write(address(low, place, at), element_of(low, source, at)))


def fits(low: Lowering, held: Any, place: Strided, op: Op) -> None:
    """A value may be stretched to the place, but not the other way round."""
    b = low.builder
    if len(held.shape) > len(place.shape):
        raise NotNative("a value with more axes than the place")
    inner = place.shape[len(place.shape) - len(held.shape) :]
    for n, m in zip(held.shape, inner, strict=True):
        if n is not m:
            same = b.or_(b.icmp_signed("==", n, m), b.icmp_signed("==", n, const(1)))
            low.check(same, "ValueError", "could not broadcast input array", op)


def view(low: Lowering, op: Op) -> Strided:
    """A reference to part of an array: the object stays the same."""
    return _place(low, op, op.operands[1:])


def shadow(low: Lowering, op: Op) -> Strided:
    """The cotangent of what a reference addresses: same offset and strides in the shadow's bytes."""
    if not isinstance(low.heap[op.operands[1].type.cls], Array):  # type: ignore[attr-defined]
        raise NotNative("the shadow of something that is no array")
    b, array = low.builder, low.value(op.operands[1])
    slot = SHADOW + low.sweep_of(op.operands[0])
    found = low.slot(I64, get(low, array.header, slot))
    missing = b.icmp_signed("==", b.load(found, typ=I64), const(0))
    with b.if_then(missing):
        extent = get(low, array.header, EXTENT)
        memory = low.allocate(extent)
        low.zero(memory, extent)
        made = header(low, memory, extent)
        put(low, array.header, slot, made)
        b.store(b.ptrtoint(made, I64), found)
    own = b.inttoptr(b.load(found, typ=I64), PTR)
    base = get(low, array.header, BASE)
    distance = b.sub(b.ptrtoint(array.pointer, I64), base)
    pointer = low.offset(get(low, own, BASE, PTR), distance)
    return replace(array, pointer=pointer, header=own)


# ------------------------------------------------------------------------------------------- lists
def _item_type(low: Lowering, t: Type) -> Type:
    assert isinstance(t, Ref)
    content = low.heap[t.cls]
    if not isinstance(content, ListOf) or content.item is None:
        raise NotNative(f"items of {content}")
    return content.item


def _width(low: Lowering, t: Type) -> int:
    """The bytes of an item of a list; of one that never holds anything, a slot."""
    content = low.heap[t.cls] if isinstance(t, Ref) else t
    item = content.item if isinstance(content, ListOf) else None
    return SLOT * max(1, len(components(item, low.heap))) if item else SLOT


def append(low: Lowering, op: Op) -> None:
    """``r.append(v)``."""
    low.before_writing({class_of(op)})
    push(low, low.value(op.operands[0]), low.settled(op.operands[1]), op.operands[0].type)


def push(low: Lowering, row: ir.Value, held: Any, t: Type) -> None:
    """Put an item at the end; where there is no room, into memory of twice the size."""
    b, width = low.builder, const(_width(low, t))
    length, capacity = get(low, row, LENGTH), get(low, row, CAPACITY)
    with b.if_then(b.icmp_signed("==", length, capacity), likely=False):
        larger = b.mul(capacity, const(2))
        memory = low.allocate(b.mul(larger, width))
        low.copy_bytes(memory, get(low, row, DATA, PTR), b.mul(length, width))
        put(low, row, DATA, memory)
        put(low, row, CAPACITY, larger)
    at = low.offset(get(low, row, DATA, PTR), b.mul(length, width))
    for k, part in enumerate(flatten(held)):
        put(low, at, k, part)
    put(low, row, LENGTH, b.add(length, const(1)))


def pop(low: Lowering, op: Op) -> Any:
    """``r.pop()``."""
    if len(op.operands) > 1:
        raise NotNative("a pop that is not at the end")
    low.before_writing({class_of(op)})
    b, row = low.builder, low.value(op.operands[0])
    length = get(low, row, LENGTH)
    low.check(b.icmp_signed(">", length, const(0)), "IndexError", "pop from empty list", op)
    length = b.sub(length, const(1))
    put(low, row, LENGTH, length)
    return _item_at(low, op, row, length)


def _list_item(low: Lowering, op: Op) -> Any:
    if op.attrs["path"] != ("int",):
        raise NotNative(f"the path {op.attrs['path']} in a list")
    row = low.value(op.operands[0])
    index = index_in(low, low.number(op.operands[1], "i64"), get(low, row, LENGTH), op)
    return _item_at(low, op, row, index)


def _item_at(low: Lowering, op: Op, row: ir.Value, index: ir.Value) -> Any:
    width = const(_width(low, op.operands[0].type))
    at = low.offset(get(low, row, DATA, PTR), low.builder.mul(index, width))
    item = _item_type(low, op.operands[0].type)
    kinds = components(item, low.heap)
    return rebuild(item, low.heap, iter([get(low, at, k, kind) for k, kind in enumerate(kinds)]))


def length(low: Lowering, op: Op) -> ir.Value:
    """``len(r)`` of a list."""
    if not isinstance(content_of(low, op), ListOf):
        raise NotNative(f"the length of {op.operands[0].type}")
    return get(low, low.value(op.operands[0]), LENGTH)


OPS = {
    "alloc": alloc,
    "load": load,
    "store": store,
    "accum": store,
    "view": view,
    "shadow": shadow,
    "append": append,
    "pop": pop,
    "len": length,
}
