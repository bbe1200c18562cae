"""Whether arrays of whole numbers may lie where the types say floats.

In:   a program.
Out:  True if some array is made of whole numbers, and joined with arrays of floats.
Cost: one walk.

An array that is made of ints on one path and of floats on another has the type of the floats.  What is
made "like" it must then say its dtype.
"""

from __future__ import annotations

from s2s.ir.core import Program, Value, walk
from s2s.ir.types import Array, Ref, Type, is_float


def has_mixed_kinds(program: Program) -> bool:
    """The analysis."""
    return any(
        op.kind in ("alloc", "widen")
        and len(op.operands) == 1
        and is_whole(op.operands[0])
        and is_float(seen(program, op.result.type))
        for function in program.functions.values()
        for op in walk(function.body)
    )


def is_whole(value: Value) -> bool:
    """Whether a value is an array of whole numbers."""
    return isinstance(value.type, Array) and not is_float(value.type)


def seen(program: Program, t: Type) -> Type | None:
    """The array that a type is or addresses."""
    content = program.heap.get(t.cls) if isinstance(t, Ref) else t
    return content if isinstance(content, Array) else None
