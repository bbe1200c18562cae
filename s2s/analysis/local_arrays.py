"""Local arrays: those that one operation makes and that only this value and views of it address.

In:   a program.
Out:  the object classes of such arrays.  Which array a reference of such a class addresses is known, so
      its cotangent needs no look-up by identity: it is an array made beside it.
Cost: one walk.
"""

from __future__ import annotations

from s2s.analysis.activity import classes_of, parts_of
from s2s.ir.core import Op, Program, Value, walk
from s2s.ir.types import Array, Ref

# Helpers of the run-time library find shadows by themselves.
BY_IDENTITY = frozenset({"array_back", "list_back", "unview", "seed", "cotangent", "shadow", "private",
                         "same"})  # fmt: skip


def local_arrays(program: Program) -> set[int]:
    """The analysis."""
    makers: dict[int, list[Op]] = {}
    shared: set[int] = set()
    for content in program.heap.values():
        if not isinstance(content, Array):
            for part in parts_of(content):
                shared |= classes_of(part)
    for function in program.functions.values():
        share(function.body.args, shared)
        returned = function.body.terminator.operands
        if function.name != program.entry:
            share(returned, shared)
        for op in walk(function.body):
            if op.kind == "alloc" and isinstance(op.result.type, Ref):
                makers.setdefault(op.result.type.cls, []).append(op)
            elif op.kind != "view":
                share(op.results, shared)
            if op.kind in BY_IDENTITY or op.kind in ("call", "tuple"):
                share(op.operands, shared)
            for region in op.regions:
                share(region.args, shared)
    return {
        cls
        for cls, found in makers.items()
        if len(found) == 1 and isinstance(program.heap[cls], Array) and cls not in shared
    }


def share(values: tuple[Value, ...], shared: set[int]) -> None:
    """Note the classes of objects that values address."""
    for value in values:
        shared |= classes_of(value.type)
