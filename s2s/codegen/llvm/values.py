"""How values of the program are held while it is lowered.

scalar        one LLVM value (Python's int as i64: what overflows fails)
array value   `Strided` (in memory) or `Lazy` (an expression that nobody has computed yet)
reference     to an array: `Strided` with the header of the object; to a list: a pointer
tuple, shape  a Python tuple of these
None          None

An object's header is a row of slots: first byte, bytes, then its shadow's header for each `shadows`
operation of the program.  So the shadow of any view, view of a view or alias is two loads away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llvmlite import ir

from s2s.ir.types import NONE, OPAQUE, Array, Content, ListOf, Ref, Scalar, Tuple, Type

I1, I8, I32, I64 = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64)
F32, F64 = ir.FloatType(), ir.DoubleType()
PTR = ir.PointerType()
SLOT = 8  # bytes: every component of a value takes one slot in arguments, results, lists

REGISTERS = {
    "bool": I1, "b1": I1, "int": I64, "i64": I64, "i32": I32, "float": F64, "f64": F64, "f32": F32,
}  # fmt: skip
BYTES = {"b1": 1, "i64": 8, "i32": 4, "f64": 8, "f32": 4}

Nothing: frozenset[int] = frozenset()
Heap = Mapping[int, Content | Type]


class NotNative(Exception):
    """A program holds something that has no lowering to native code."""


@dataclass(frozen=True, slots=True)
class Strided:
    """An array in memory: the descriptor {pointer, shape, strides in bytes}.

    reads:  object classes whose memory this looks at; a store to one of them must copy it first
    header: of references, the object that owns the memory
    """

    dtype: str
    pointer: ir.Value
    shape: tuple[ir.Value, ...]
    strides: tuple[ir.Value, ...]
    reads: frozenset[int] = Nothing
    header: ir.Value | None = None


@dataclass(frozen=True, slots=True)
class Lazy:
    """An array that is not computed yet: ``element`` emits the code for one element."""

    dtype: str
    shape: tuple[ir.Value, ...]
    element: Callable[[Sequence[ir.Value]], ir.Value]
    reads: frozenset[int] = Nothing


def register(name: str) -> ir.Type:
    """The LLVM type of a scalar of this name."""
    if name not in REGISTERS:
        raise NotNative(f"numbers of type {name}")
    return REGISTERS[name]


def width(dtype: str) -> ir.Constant:
    """The bytes of an element, as an i64."""
    if dtype not in BYTES:
        raise NotNative(f"arrays of {dtype}")
    return const(BYTES[dtype])


def const(n: int) -> ir.Constant:
    """An i64."""
    return ir.Constant(I64, n)


def rank_of(t: Array | Ref) -> int:
    """The number of axes, which native code must know."""
    if t.rank is None:
        raise NotNative(f"an array of unknown rank ({t})")
    return t.rank


def components(t: Type, heap: Heap) -> list[ir.Type]:
    """The LLVM types of the slots that a value of type ``t`` takes."""
    match t:
        case Scalar(name):
            return [register(name)]
        case Array():
            return [PTR] + [I64] * 2 * rank_of(t)
        case Ref(cls):
            if isinstance(heap[cls], ListOf):
                return [PTR]
            if isinstance(heap[cls], Array):
                return [PTR, PTR] + [I64] * 2 * rank_of(t)
        case Tuple(items):
            return [c for item in items for c in components(item, heap)]
    if t in (NONE, OPAQUE):
        return []
    raise NotNative(f"values of type {heap[t.cls] if isinstance(t, Ref) else t}")


def flatten(held: Any) -> list[ir.Value]:
    """The components of a value; arrays must be in memory."""
    match held:
        case None:
            return []
        case tuple():
            return [c for item in held for c in flatten(item)]
        case Strided(_, pointer, shape, strides, _, header):
            return [*([header] if header is not None else []), pointer, *shape, *strides]
    return [held]


def rebuild(t: Type, heap: Heap, given: Iterator[ir.Value]) -> Any:
    """The value of type ``t`` from its components."""
    match t:
        case Tuple(items):
            return tuple(rebuild(item, heap, given) for item in items)
        case Array(dtype):
            return strided(dtype, rank_of(t), given)
        case Ref(cls):
            content = heap[cls]
            if isinstance(content, Array):
                header = next(given)
                return replace(strided(content.dtype, rank_of(t), given), header=header)
    return None if t in (NONE, OPAQUE) else next(given)


def strided(dtype: str, rank: int, given: Iterator[ir.Value]) -> Strided:
    """A descriptor from its components."""
    pointer = next(given)
    shape = tuple(next(given) for _ in range(rank))
    return Strided(dtype, pointer, shape, tuple(next(given) for _ in range(rank)))
