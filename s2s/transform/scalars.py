"""Scalar replacement: a list, dict or tuple that is made, read at known places and never seen again.

In:   a function.
Out:  the same function, in which what such an object holds is used directly.  An object is left alone
      if anything but a load at a known place, or `len`, uses its reference.  Licence: exact.
Cost: one walk to count uses, one to rebuild.

before:  %r = alloc %a, %b            after:  %2 = add %a, %b
         %0 = load %r, %zero
         %1 = load %r, %one
         %2 = add %0, %1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from s2s.ir.core import Block, Op, Program, Value, walk
from s2s.ir.rewrite import Rewriter
from s2s.ir.types import Content, Fixed, ListOf, Record, Ref, Type


def replace_by_scalars(program: Program) -> Program:
    """The pass, on every function."""
    functions = {
        name: Replacer(program.heap, local_objects(f.body)).function(f)
        for name, f in program.functions.items()
    }
    return replace(program, functions=functions)


def local_objects(body: Block) -> set[Value]:
    """References whose only uses are loads and `len`."""
    made: set[Value] = set()
    escaped: set[Value] = set()
    for op in walk(body):
        if op.kind == "alloc":
            made.add(op.result)
        seen = op.operands[1:] if op.kind in ("load", "len") else op.operands
        escaped.update(v for v in seen if isinstance(v.type, Ref))
    return made - escaped


class Replacer(Rewriter):
    """Loads from such objects become what was put in."""

    def __init__(self, heap: Mapping[int, Content | Type], local: set[Value]) -> None:
        super().__init__()
        self.heap, self.local = heap, local

    def op(self, op: Op) -> Sequence[Value] | None:
        """The value that lies where an operation reads."""
        if op.kind not in ("load", "len") or op.operands[0] not in self.local:
            return None
        made = self.defining[op.operands[0]]
        ref = made.result.type
        assert isinstance(ref, Ref)
        if op.kind == "len":
            return (self.const(len(made.operands)),)
        content = self.heap[ref.cls]
        position = self.position(content, op, len(made.operands))
        if position is None or made.operands[position].type != op.result.type:
            return None
        return (made.operands[position],)

    def position(self, content: Content | Type, op: Op, count: int) -> int | None:
        """Which of the parts of an object a load reads."""
        path = op.attrs["path"]
        if len(path) != 1:
            return None
        (token,) = path
        if isinstance(content, Fixed | ListOf) and token == "int":
            index = self.constant_of(op.operands[1])
            k = None if index is None else index.attrs["value"]
            return k % count if isinstance(k, int) and -count <= k < count else None
        if isinstance(content, Record) and content.cls == "dict" and token[0] == "key":
            keys = [key for key, _ in content.fields[:count]]
            return keys.index(token[1]) if token[1] in keys else None
        return None
