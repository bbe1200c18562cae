"""Useful values: those on which what the function returns depends.

Backward data flow to a fixpoint over the whole program, the mirror image of activity: an object class is
useful if a useful value may be read out of one of its objects.  What is varied but not useful has a zero
cotangent; nothing is emitted for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from s2s import kernels
from s2s.analysis.activity import (
    COPIES,
    NEVER,
    PUTS,
    Activity,
    classes_of,
    reachable,
)
from s2s.ir.core import Block, Op, Program, Value, leaves

# Helpers that walk through objects: what they reach is taken to be useful.
HELPERS = frozenset({"array_back", "list_back", "seed", "cotangent", "list_unpop", "list_uninsert",
                     "unview", "private", "list_reverse"})  # fmt: skip
READS = frozenset({"load", "pop", "array_of", "list_uninsert"})


def useful_part(program: Program, found: Activity, results: Sequence[Value]) -> Activity:
    """What of an activity also has an influence on ``results`` of the entry function."""
    walker = _Walker(program)
    walker.need(results)
    while walker.changed:
        walker.changed = False
        for function in program.functions.values():
            walker.block(function.body)
    return Activity(found.values & walker.values, found.classes & walker.classes)


class _Walker:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: set[Value] = set()
        self.classes: set[int] = set()
        self.changed = True

    # ------------------------------------------------------------------------------- marking
    def need(self, values: Iterable[Value]) -> None:
        """Values are useful, and so are the objects that can be reached from them."""
        for value in values:
            if value not in self.values:
                self.values.add(value)
                self.changed = True
            self.need_classes(classes_of(value.type))

    def need_classes(self, classes: set[int]) -> None:
        """Objects are useful, and those that can be reached from them."""
        if not classes <= self.classes:
            self.classes |= reachable(self.program, classes)
            self.changed = True

    def flow(self, results: Iterable[Value], sources: Iterable[Value]) -> None:
        """Each source is useful if its result is."""
        for result, source in zip(results, sources, strict=False):
            if result in self.values:
                self.need((source,))

    # ------------------------------------------------------------------------------- walking
    def block(self, block: Block) -> None:
        """One pass over a block, last operation first."""
        for op in reversed(block.ops):
            self.op(op)

    def op(self, op: Op) -> None:
        """One operation."""
        match op.kind:
            case "if":
                for region in op.regions:
                    if region.terminator.kind == "yield":
                        self.flow(op.results, region.terminator.operands)
            case "attempt":
                self.flow(op.results, op.regions[0].terminator.operands)
            case "loop":
                self.loop(op)
            case "call":
                self.call(op)
            case kind if kind in PUTS:
                if classes_of(op.operands[0].type) & self.classes:
                    self.need(op.operands[-1:])
            case kind if kind in HELPERS:
                self.need(op.operands)
            case kind if kind in READS or kind in COPIES or kind in ("alloc", "list_extend"):
                self.memory(op)
            case kind if kind in NEVER or is_inactive(kind):
                pass
            case _:
                if any(r in self.values for r in op.results):
                    self.need(op.operands)
        for region in reversed(op.regions):
            self.block(region)

    def memory(self, op: Op) -> None:
        """What comes out of an object, or is put into a new one."""
        targets = set().union(*(classes_of(v.type) for v in (op.results or op.operands[:1])))
        if targets & self.classes or any(r in self.values for r in op.results):
            self.need(op.operands)

    def loop(self, op: Op) -> None:
        """What is carried is useful if its result is, or if an iteration uses it."""
        first = 3 if op.attrs["bounded"] else 0
        args = op.regions[0].args[1:]
        self.flow(op.results[:-2], op.operands[first:])
        self.flow(args, op.operands[first:])
        for leaf in leaves(op.regions[0]):
            if leaf.kind in ("yield", "break"):
                self.flow(op.results[:-2], leaf.operands)
            if leaf.kind == "yield":
                self.flow(args, leaf.operands)

    def call(self, op: Op) -> None:
        """A recursive function."""
        callee = self.program.functions[op.attrs["callee"]].body
        if callee.terminator.kind == "return":
            self.flow(op.results, callee.terminator.operands)
        self.flow(callee.args, op.operands)


def is_inactive(kind: str) -> bool:
    """Whether nothing flows through a row of the table."""
    row = kernels.row(kind)
    return row is not None and row.form == "inactive"
