"""Structured control flow as basic blocks, and the small operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from s2s.codegen.llvm.arithmetic import convert
from s2s.codegen.llvm.values import I64, NotNative, components, const, flatten, rebuild, register
from s2s.ir.core import Op, Value
from s2s.ir.types import NONE, Array, Scalar, Tuple, Type

if TYPE_CHECKING:
    from s2s.codegen.llvm.lowering import Lowering


class Carried:
    """Values that cross the border of a region, in stack slots."""

    def __init__(self, low: Lowering, values: Sequence[Value]) -> None:
        self.low, self.types = low, [v.type for v in values]
        kinds = [kind for t in self.types for kind in components(t, low.heap)]
        self.slots = [low.slot(kind, ir.Constant(kind, ir.Undefined)) for kind in kinds]

    def put(self, values: Sequence[Value]) -> None:
        """All at once: a swap is a swap."""
        held = [widened(self.low, v, t) for v, t in zip(values, self.types, strict=True)]
        parts = [part for h in held for part in flatten(h)]
        for part, slot in zip(parts, self.slots, strict=True):
            self.low.builder.store(part, slot)

    def get(self, values: Sequence[Value]) -> None:
        """Define values as what the slots hold."""
        kinds = [kind for t in self.types for kind in components(t, self.low.heap)]
        loads = zip(self.slots, kinds, strict=True)
        parts = iter([self.low.builder.load(slot, typ=kind) for slot, kind in loads])
        for value, t in zip(values, self.types, strict=True):
            self.low.define(value, rebuild(t, self.low.heap, parts))


def widened(low: Lowering, value: Value, wide: Type) -> Any:
    """A settled value as one of a wider type."""
    return _widened(low, low.settled(value), value.type, wide)


def _widened(low: Lowering, held: Any, narrow: Type, wide: Type) -> Any:
    if narrow == wide:
        return held
    match narrow, wide:
        case Scalar(a), Scalar(b):
            return convert(low, held, a, b)
        case Tuple(a), Tuple(b):
            parts = zip(held, a, b, strict=True)
            return tuple(_widened(low, h, s, t) for h, s, t in parts)
    raise NotNative(f"{narrow} as {wide}")


def if_(low: Lowering, op: Op) -> None:
    """Both sides put what they yield into the same slots."""
    b, carried = low.builder, Carried(low, op.results)
    sides = [low.function.append_basic_block() for _ in op.regions]
    after = low.function.append_basic_block()
    b.cbranch(low.value(op.operands[0]), *sides)

    def leave(last: Op) -> None:
        carried.put(last.operands)
        b.branch(after)

    for side, region in zip(sides, op.regions, strict=True):
        low.region(side, region, leave)
    b.position_at_end(after)
    carried.get(op.results)


def loop(low: Lowering, op: Op) -> None:
    """``r..., trips, exit = loop``: the number of the iteration is counted, the index follows."""
    b, (body,) = low.builder, op.regions
    bounds: Any = [low.value(v) for v in op.operands[:3]] if op.attrs["bounded"] else []
    carried = Carried(low, op.results[:-2])
    carried.put(op.operands[len(bounds) :])
    trips, code = low.slot(I64, const(0)), low.slot(I64, const(0))
    head, inside, after = (low.function.append_basic_block() for _ in range(3))
    count = low.range_length(*bounds, op) if bounds else None
    b.branch(head)
    b.position_at_end(head)
    trip = b.load(trips, typ=I64)
    if count is None:
        b.branch(inside)
    else:
        b.cbranch(b.icmp_signed("<", trip, count), inside, after)
    b.position_at_end(inside)
    index = trip
    if bounds:
        turn = b.sub(b.sub(count, const(1)), trip) if op.attrs.get("reversed") else trip
        index = b.add(bounds[0], b.mul(turn, bounds[2], flags=("nsw",)), flags=("nsw",))
    low.define(body.args[0], index)
    carried.get(body.args[1:])

    def leave(last: Op) -> None:
        carried.put(last.operands)
        if last.kind == "yield":
            b.store(b.add(trip, const(1), flags=("nsw",)), trips)
            b.branch(head)
        else:
            b.store(const(last.attrs["code"]), code)
            b.branch(after)

    low.region(inside, body, leave)
    b.position_at_end(after)
    carried.get(op.results[:-2])
    low.define(op.results[-2], b.load(trips, typ=I64))
    low.define(op.results[-1], b.load(code, typ=I64))


# ------------------------------------------------------------------------------- small operations
def const_(low: Lowering, op: Op) -> Any:
    """A literal; None has no components."""
    return constant(op.attrs["value"], op.result.type)


def constant(value: Any, t: Type) -> Any:
    """A known value of type ``t``."""
    match t:
        case Scalar(name):
            return ir.Constant(register(name), value)
        case Tuple(items):
            return tuple(map(constant, value, items))
    if t == NONE:
        return None
    raise NotNative(f"a constant of type {t}")


def widen(low: Lowering, op: Op) -> Any:
    """A value as one of a wider type."""
    (value,) = op.operands
    if isinstance(value.type, Array) or isinstance(op.result.type, Array):
        raise NotNative(f"{value.type} as {op.result.type}")
    return _widened(low, low.value(value), value.type, op.result.type)


def bool_of(low: Lowering, op: Op) -> Any:
    """Truth of a number."""
    t = op.operands[0].type
    if not isinstance(t, Scalar):
        raise NotNative(f"the truth of {t}")
    return convert(low, low.value(op.operands[0]), t.name, "bool")


def select(low: Lowering, op: Op) -> Any:
    """One of two numbers."""
    if not isinstance(op.result.type, Scalar):
        raise NotNative("a choice between values that are no numbers")
    return low.builder.select(*(low.value(v) for v in op.operands))


def extreme(low: Lowering, op: Op) -> Any:
    """The smaller or larger of two ints."""
    b, (x, y) = low.builder, [low.number(v, "int") for v in op.operands]
    return b.select(b.icmp_signed("<" if op.kind == "int_min" else ">", x, y), x, y)


def nothing(low: Lowering, op: Op) -> None:
    """A mark, or a value without components."""
    for value in op.results:
        low.define(value, None)


OPS: Mapping[str, Callable[[Any, Op], Any]] = {
    "const": const_,
    "widen": widen,
    "tuple": lambda low, op: tuple(low.value(v) for v in op.operands),
    "item": lambda low, op: low.value(op.operands[0])[op.attrs["index"]],
    "bool_of": bool_of,
    "not": lambda low, op: low.builder.not_(low.number(op.operands[0], "bool")),
    "select": select,
    "range_len": lambda low, op: low.range_length(*(low.value(v) for v in op.operands), op),
    "int_max": extreme,
    "int_min": extreme,
}
CONTROL: Mapping[str, Callable[[Any, Op], None]] = {
    "if": if_,
    "loop": loop,
    "reverse": nothing,
    "shadows": nothing,
    "comment": nothing,
}
