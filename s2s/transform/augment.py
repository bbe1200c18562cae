"""Augmented assignment: what is read, added to and written back is added to in place.

In:   a function.
Out:  the same function with ``a[i] = a[i] + x`` as ``a[i] += x``; its reverse keeps the cotangent where it
      is.  Only floating-point arrays, where nothing may have written to the object in between, and where
      the sum has no other use.  Licence: exact.
Cost: one walk to count uses, one to rebuild.

before:  %1 = load %a, %i             after:  accum %a, %i, %x
         %2 = add %1, %x
         store %a, %i, %2
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from s2s import kernels
from s2s.ir.core import Op, Program, Value
from s2s.ir.rewrite import Rewriter, uses
from s2s.ir.types import Array, Scalar, is_float
from s2s.transform.dce import is_pure


def augment(program: Program) -> Program:
    """The pass, on every function."""
    functions = {
        name: Augmenter(program, uses(f.body)).function(f) for name, f in program.functions.items()
    }
    return replace(program, functions=functions)


class Augmenter(Rewriter):
    """Counts writes as it goes: a load is current while nothing was written after it."""

    def __init__(self, program: Program, uses: Counter[Value]) -> None:
        super().__init__()
        self.heap, self.uses = program.heap, uses
        self.written = 0
        self.loaded: dict[Value, int] = {}  # how much was written when a value was loaded

    def visit(self, op: Op) -> None:
        """A region is entered any number of times, and may write."""
        self.written += bool(op.regions)
        super().visit(op)
        self.written += bool(op.regions) or not is_pure(op)

    def op(self, op: Op) -> Sequence[Value] | None:
        """A store of a sum becomes an addition."""
        if op.kind == "load":
            self.loaded[op.result] = self.written
        if op.kind != "store" or "array" in op.attrs["path"]:
            return None
        content = self.heap.get(op.operands[0].type.cls)  # type: ignore[attr-defined]
        added = self.added(op) if isinstance(content, Array) and is_float(content) else None
        if added is None or self.dtype(added) != content.dtype:  # type: ignore[union-attr]
            return None
        self.append(Op("accum", (*op.operands[:-1], added), (), op.attrs, (), op.span))
        return ()

    def added(self, op: Op) -> Value | None:
        """x where ``op`` stores what lies in its place, plus x."""
        total = self.defining.get(op.operands[-1])
        if total is None or total.kind not in ("add", "subtract") or self.uses[total.result] != 1:
            return None
        a, b = total.operands
        if self.is_place(a, op):
            return b if total.kind == "add" else self.negative(b)
        return a if total.kind == "add" and self.is_place(b, op) else None

    def is_place(self, value: Value, op: Op) -> bool:
        """Whether a value is what lies where ``op`` stores."""
        load = self.defining.get(value)
        return (
            load is not None
            and load.kind == "load"
            and self.loaded.get(value) == self.written
            and load.operands == op.operands[:-1]
            and load.attrs["path"] == op.attrs["path"]
        )

    def negative(self, value: Value) -> Value | None:
        """-x, of the type of x."""
        row, via = kernels.operator_row("u-")
        if not isinstance(value.type, Scalar | Array) or not is_float(value.type):
            return None
        return self.value(row.name, (value,), value.type, via=via)

    def dtype(self, value: Value) -> str | None:
        """The elements of a floating-point array or of one of NumPy's or Python's numbers."""
        if isinstance(value.type, Scalar):
            python = {"float": "f64", "complex": "c128"}
            return python.get(value.type.name, value.type.name)
        return value.type.dtype if isinstance(value.type, Array) else None
