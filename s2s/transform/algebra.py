"""Algebra: identities that hold for every number, to the bit.

In:   a function.
Out:  the same function with neutral elements, double signs and sums of equal terms simplified.
      Licence: exact (nan, inf and signed zeros included; hence no ``x + 0`` and no ``0 * x``).
Cost: one walk.

before:  %1 = const 1.0               after:  %2 = negative %y
         %2 = negative %y                     %3 = subtract %x, %y
         %3 = add %x, %2
         %4 = multiply %3, %1                 (%3)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s2s import kernels
from s2s.ir.core import Op, Program, Value
from s2s.ir.rewrite import Rewriter
from s2s.ir.types import Array, Scalar, Type, is_float

SIGNS = {"add": "-", "subtract": "+"}


def simplify_algebra(program: Program) -> Program:
    """The pass, on every function."""
    return Simplifier().program(program)


def is_number(value: Value) -> bool:
    """Whether a value is a floating-point number or an array of them, of a known kind."""
    return isinstance(value.type, Scalar | Array) and is_float(value.type)


class Simplifier(Rewriter):
    """Replaces an operation by what it is equal to."""

    def op(self, op: Op) -> Sequence[Value] | None:
        """What an operation is equal to, if that is simpler."""
        rewrite = REWRITES.get(op.kind)
        if rewrite is None or not all(map(is_number, op.results)):
            return None
        return rewrite(self, op)

    def is_constant(self, value: Value, number: float) -> bool:
        """Whether a value is a known number."""
        found = self.constant_of(self.unwidened(value))
        return found is not None and found.attrs["value"] == number

    def unwidened(self, value: Value) -> Value:
        """What was widened to ``value``."""
        op = self.defining.get(value)
        while op is not None and op.kind == "widen":
            value = op.operands[0]
            op = self.defining.get(value)
        return value

    def as_type(self, value: Value, wanted: Type) -> Sequence[Value] | None:
        """``value`` if it is of that type already, or a scalar that can be seen as such."""
        if value.type == wanted:
            return (value,)
        if isinstance(wanted, Scalar) and isinstance(value.type, Scalar) and is_float(value.type):
            return (self.value("widen", (value,), wanted, value.name),)
        return None

    def sign_removed(self, value: Value) -> Value | None:
        """x where ``value`` is -x."""
        op = self.defining.get(value)
        return op.operands[0] if op is not None and op.kind == "negative" else None

    def made(self, via: str, operands: Sequence[Value], like: Op) -> Sequence[Value] | None:
        """An operator in the place of ``like``, where that gives the same type."""
        row, via = kernels.operator_row(via)
        result = like.result
        if kernels.infer(row, via, tuple(v.type for v in operands), {}) != result.type:
            return None
        return (self.value(row.name, operands, result.type, result.name, via=via),)


def multiply(s: Simplifier, op: Op) -> Sequence[Value] | None:
    """``1 * x`` is x,  ``-1 * x`` is -x."""
    a, b = op.operands
    for one, other in ((a, b), (b, a)):
        if s.is_constant(one, 1.0):
            return s.as_type(other, op.result.type)
        if s.is_constant(one, -1.0) and other.type == op.result.type:
            return s.made("u-", (other,), op)
    return None


def divide(s: Simplifier, op: Op) -> Sequence[Value] | None:
    """``x / 1`` is x."""
    a, b = op.operands
    return s.as_type(a, op.result.type) if s.is_constant(b, 1.0) and is_number(a) else None


def negative(s: Simplifier, op: Op) -> Sequence[Value] | None:
    """``-(-x)`` is x."""
    inner = s.sign_removed(op.operands[0])
    return None if inner is None else s.as_type(inner, op.result.type)


def add(s: Simplifier, op: Op) -> Sequence[Value] | None:
    """``x + (-y)`` is x - y,  ``(-x) + y`` is y - x,  ``x + x`` is 2 x."""
    a, b = op.operands
    minus_b, minus_a = s.sign_removed(b), s.sign_removed(a)
    if minus_b is not None:
        return s.made("-", (a, minus_b), op)
    if minus_a is not None:
        return s.made("-", (b, minus_a), op)
    return s.made("*", (s.const(2), a), op) if a is b and a.type == op.result.type else None


def subtract(s: Simplifier, op: Op) -> Sequence[Value] | None:
    """``x - (-y)`` is x + y."""
    a, b = op.operands
    minus_b = s.sign_removed(b)
    return None if minus_b is None else s.made("+", (a, minus_b), op)


def power(s: Simplifier, op: Op) -> Sequence[Value] | None:
    """``x ** 1`` is x."""
    a, b = op.operands
    return s.as_type(a, op.result.type) if s.is_constant(b, 1.0) and is_number(a) else None


REWRITES: dict[str, Callable[[Simplifier, Op], Sequence[Value] | None]] = {
    "multiply": multiply,
    "divide": divide,
    "negative": negative,
    "add": add,
    "subtract": subtract,
    "power": power,
}
