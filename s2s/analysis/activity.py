"""Activity: which values and objects depend on the active inputs.

Forward data flow to a fixpoint over the whole program.  A value is *varied* if its type carries a
derivative and something it is computed from is varied; an object class is varied if a varied value is
ever put into one of its objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from s2s.ir.core import Block, Op, Program, Value, leaves
from s2s.ir.types import (
    Array,
    Cell,
    Content,
    DictOf,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Tuple,
    Type,
    carries_derivative,
)

# Operations that put their last operand into the object that their first one addresses.
PUTS = frozenset({"store", "accum", "accum_at", "append", "list_insert", "list_unpop"})
COPIES = frozenset({"list_concat", "list_repeat", "list_slice", "private", "copy_object"})
NEVER = frozenset({"recall_shape", "shape", "dim", "len", "is_none", "same", "is_array", "list_of",
                   "stop", "sort_order"})  # fmt: skip


@dataclass
class Activity:
    """Varied values and varied object classes."""

    values: set[Value] = field(default_factory=set)
    classes: set[int] = field(default_factory=set)

    def is_varied(self, value: Value) -> bool:
        """Whether a value, or the object it addresses, carries a derivative."""
        return value in self.values or classes_of(value.type) & self.classes != set()


def classes_of(t: Type) -> set[int]:
    """Object classes that a value of this type addresses directly."""
    match t:
        case Ref(cls):
            return {cls}
        case Tuple(items):
            return set().union(*map(classes_of, items))
        case Optional(item):
            return classes_of(item)
    return set()


def parts_of(content: Content | Type) -> Iterable[Type]:
    """Types of what lies in an object."""
    match content:
        case ListOf(item) | Cell(item):
            return () if item is None else (item,)
        case DictOf(_, value):
            return () if value is None else (value,)
        case Fixed(items):
            return items
        case Record(_, fields):
            return tuple(t for _, t in fields)
        case Type():
            return (content,)
    return ()


def reachable(program: Program, classes: Iterable[int]) -> set[int]:
    """Classes of all objects that can be reached from objects of ``classes``."""
    found: set[int] = set()
    pending = list(classes)
    while pending:
        cls = pending.pop()
        if cls in found:
            continue
        found.add(cls)
        for part in parts_of(program.heap[cls]):
            pending += classes_of(part)
    return found


def holds_float(program: Program, cls: int) -> bool:
    """Whether objects of a class hold numbers that can carry a derivative themselves."""
    return any(carries_derivative(t) for t in parts_of(program.heap[cls]))


def holds_array(t: Type) -> bool:
    """Whether a value of this type is, or holds, an array value."""
    match t:
        case Tuple(items):
            return any(map(holds_array, items))
        case Optional(item):
            return holds_array(item)
    return isinstance(t, Array)


def activity(program: Program, active: Iterable[Value]) -> Activity:
    """What depends on the parameters ``active`` of the entry function."""
    found = Activity()
    for value in active:
        if carries_derivative(value.type):
            found.values.add(value)
        for cls in reachable(program, classes_of(value.type)):
            if holds_float(program, cls):
                found.classes.add(cls)
    walker = _Walker(program, found)
    while walker.changed:
        walker.changed = False
        for function in program.functions.values():
            walker.block(function.body)
    return found


class _Walker:
    def __init__(self, program: Program, found: Activity) -> None:
        self.program, self.found, self.changed = program, found, True

    def vary(self, value: Value) -> None:
        """Note that a value is varied."""
        if carries_derivative(value.type) and value not in self.found.values:
            self.found.values.add(value)
            self.changed = True

    def vary_class(self, cls: int) -> None:
        """Note that a class is varied."""
        if cls not in self.found.classes:
            self.found.classes.add(cls)
            self.changed = True

    def flow(self, sources: Iterable[Value], targets: Iterable[Value]) -> None:
        """Each target is varied if its source is."""
        for source, target in zip(sources, targets, strict=True):
            if source in self.found.values:
                self.vary(target)

    def block(self, block: Block) -> None:
        """One pass over a block."""
        for op in block.ops:
            self.op(op)

    def op(self, op: Op) -> None:
        """One operation."""
        for region in op.regions:
            self.block(region)
        varied = any(v in self.found.values for v in op.operands)
        match op.kind:
            case "if":
                for region in op.regions:
                    if region.terminator.kind == "yield":
                        self.flow(region.terminator.operands, op.results)
            case "attempt":
                self.flow(op.regions[0].terminator.operands, op.results[:-2])
            case "loop":
                first = 3 if op.attrs["bounded"] else 0
                args = op.regions[0].args[1:]
                self.flow(op.operands[first:], args)
                for leaf in leaves(op.regions[0]):
                    if leaf.kind == "yield":
                        self.flow(leaf.operands, args)
                    if leaf.kind in ("yield", "break"):
                        self.flow(leaf.operands, op.results[:-2])
                self.flow(op.operands[first:], op.results[:-2])
            case "call":
                callee = self.program.functions[op.attrs["callee"]]
                self.flow(op.operands, callee.body.args)
                if callee.body.terminator.kind == "return":
                    self.flow(callee.body.terminator.operands, op.results)
            case kind if kind in PUTS:
                target = op.operands[0].type
                assert isinstance(target, Ref)
                if op.operands[-1] in self.found.values:
                    self.vary_class(target.cls)
            case "alloc":
                if varied:
                    assert isinstance(op.result.type, Ref)
                    self.vary_class(op.result.type.cls)
            case "load" | "pop" | "list_uninsert" | "dict_pop" | "array_of":
                target = op.operands[0].type
                assert isinstance(target, Ref)
                classes = {target.cls}
                if op.kind == "array_of":
                    classes = reachable(self.program, classes)
                if classes & self.found.classes:
                    for result in op.results:
                        self.vary(result)
            case kind if kind in COPIES or kind == "list_extend":
                sources = set().union(*(classes_of(v.type) for v in op.operands))
                if sources & self.found.classes:
                    targets = op.results or op.operands[:1]
                    for cls in set().union(*(classes_of(v.type) for v in targets)):
                        if holds_float(self.program, cls):
                            self.vary_class(cls)
            case kind if kind in NEVER:
                pass
            case _:
                if varied:
                    for result in op.results:
                        self.vary(result)
