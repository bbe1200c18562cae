"""Folding what is known: branches on constants, branches whose sides agree, tuples taken apart.

In:   a function.
Out:  the same function; licence: exact.
Cost: one walk.

before:  %1 = tuple %a, %b            after:  (%a)
         %2 = item %1 [index=0]
"""

from __future__ import annotations

from collections.abc import Sequence

from s2s.ir.core import Op, Program, Value
from s2s.ir.rewrite import Rewriter


def fold(program: Program) -> Program:
    """The pass, on every function."""
    return Folder().program(program)


class Folder(Rewriter):
    """Replaces operations whose results are at hand."""

    def op(self, op: Op) -> Sequence[Value] | None:
        """What an operation is, if that is known."""
        match op.kind:
            case "if":
                return self.branch(op)
            case "item":
                made = self.defining.get(op.operands[0])
                if made is not None and made.kind == "tuple":
                    return (made.operands[op.attrs["index"]],)
            case "widen" if op.operands[0].type == op.result.type:
                return op.operands
        return None

    def branch(self, op: Op) -> Sequence[Value] | None:
        """An `if` on a constant is its side."""
        known = self.constant_of(op.operands[0])
        if known is None:
            return None
        side = op.regions[0 if known.attrs["value"] else 1]
        if side.terminator.kind != "yield":
            return None
        for inner in side.ops[:-1]:
            self.append(inner)
        return side.terminator.operands
