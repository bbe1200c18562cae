"""Stretched arrays: what meets arrays of the shape that it is stretched to needs no stretching.

In:   a function.
Out:  the same function with fewer `broadcast_to`: not where what is stretched is stored, added to memory, or
      combined with an array that has the result's shape for every input; and numbers are stretched after
      arithmetic with other numbers.  Licence: exact (where the dtypes agree: no number decides the result's).
Cost: one walk.

before:  %1 = broadcast_to %y, %s      after:  %2 = multiply %a, %y
         %2 = multiply %a, %1
"""

from __future__ import annotations

from collections.abc import Sequence

from s2s import kernels
from s2s.analysis.shapes import Shapes, shapes
from s2s.ir.core import Op, Program, Value
from s2s.ir.rewrite import Rewriter
from s2s.ir.types import Array, Scalar

STORES = frozenset({"store", "accum", "accum_at"})
COMBINING = frozenset({"add", "subtract", "multiply", "divide"})
PUSHED = frozenset({"add", "subtract", "multiply", "negative"})  # they never raise
REAL = (Scalar("f64"), Scalar("float"))


def unstretch(program: Program) -> Program:
    """The pass, on every function."""
    return Unstretcher(shapes(program)).program(program)


class Unstretcher(Rewriter):
    """Replaces what is stretched by what it is made of."""

    def __init__(self, known: Shapes) -> None:
        super().__init__()
        self.shapes = known

    def unstretched(self, value: Value) -> Value | None:
        """x where ``value`` is x, stretched: a number, or an array with elements of the same dtype."""
        op = self.defining.get(value)
        if op is None or op.kind != "broadcast_to":
            return None
        t, wide = op.operands[0].type, value.type
        if isinstance(t, Array) and isinstance(wide, Array) and t.dtype != wide.dtype:
            return None
        return op.operands[0] if isinstance(t, Scalar | Array) else None

    def op(self, op: Op) -> Sequence[Value] | None:
        """The operation on numbers instead of arrays of equal numbers."""
        numbers = [self.unstretched(v) for v in op.operands]
        if all(n is None for n in numbers):
            return None
        if op.kind in STORES:
            return self.stored(op, numbers[-1])
        if op.kind in PUSHED and (pushed := self.pushed(op, numbers)):
            return pushed
        if op.kind in COMBINING and isinstance(op.result.type, Array):
            return self.combined(op, numbers)
        return None

    def stored(self, op: Op, number: Value | None) -> Sequence[Value] | None:
        """What is stored or added is stretched to its place anyway."""
        ref = op.operands[0].type
        if number is None or getattr(ref, "rank", None) is None:
            return None
        self.append(Op(op.kind, (*op.operands[:-1], number), (), op.attrs, (), op.span))
        return ()

    def combined(self, op: Op, numbers: Sequence[Value | None]) -> Sequence[Value] | None:
        """With an array that has the shape of the result."""
        (a, b), (x, y) = op.operands, numbers
        if y is not None and self.decides(a, op):
            return self.again(op, (a, y))
        if x is not None and self.decides(b, op):
            return self.again(op, (x, b))
        return None

    def decides(self, array: Value, op: Op) -> bool:
        """Whether an operand alone says what shape and dtype the result has."""
        return array.type == op.result.type and self.shapes.same(array, op.result)

    def again(self, op: Op, operands: Sequence[Value]) -> Sequence[Value] | None:
        """The same operation on other operands, if its result has the same type."""
        row, via = kernels.resolve(op.kind, ""), op.attrs.get("via", "")
        types = tuple(v.type for v in operands)
        if kernels.infer(row[0], via, types, {}) != op.result.type:
            return None
        result = op.result
        return (self.value(op.kind, operands, result.type, result.name, **op.attrs),)

    def pushed(self, op: Op, numbers: Sequence[Value | None]) -> Sequence[Value] | None:
        """Arithmetic on numbers comes first, then the result is stretched."""
        made = [
            self.defining[v] for v, n in zip(op.operands, numbers, strict=True) if n is not None
        ]
        given = [v if n is None else n for v, n in zip(op.operands, numbers, strict=True)]
        if len(made) != 1 or any(v.type not in REAL for v in given):
            return None
        if op.result.type != made[0].result.type:
            return None
        t = Scalar("f64") if any(v.type == Scalar("f64") for v in given) else Scalar("float")
        number = self.value(op.kind, given, t, **op.attrs)
        result, stretch = op.result, made[0]
        operands = (number, *stretch.operands[1:])
        found = self.value(stretch.kind, operands, result.type, result.name, **stretch.attrs)
        return (found,)
