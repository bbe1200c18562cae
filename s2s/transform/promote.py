"""Promotion: arrays that are never written to become values.

In:   a program.
Out:  the same program, in which references to arrays of classes that nobody writes to, and whose
      identity nobody asks for, are array values: their allocations and whole loads vanish, elements and views are read with `getitem`.
Cost: one walk.

before:  %2 = alloc %1               after:  (%1)
         %3 = load %2, %i                    %3 = getitem %1, %i
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s.ir.core import Block, Function, Op, Program, Value, walk
from s2s.ir.rewrite import Rewriter, clone
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
)

WRITES = frozenset({"store", "accum", "accum_at"})
# Programs that hold a reverse sweep find shadows by the identity of objects.
BY_IDENTITY = frozenset(
    {"shadow", "same", "array_back", "list_back", "unview", "seed", "cotangent"}
)


def promote(program: Program) -> Program:
    """The pass."""
    kept = {
        value.type.cls
        for f in program.functions.values()
        for op in walk(f.body)
        if op.kind in WRITES or op.kind in BY_IDENTITY
        for value in ((*op.operands, *op.results) if op.kind in BY_IDENTITY else op.operands[:1])
        if isinstance(value.type, Ref)
    }
    dtypes = {
        cls: content.dtype
        for cls, content in program.heap.items()
        if isinstance(content, Array) and cls not in kept
    }
    heap = {
        c: promoted_content(content, dtypes)
        for c, content in program.heap.items()
        if c not in dtypes
    }
    functions = {}
    for name, function in program.functions.items():
        body = clone(function.body)
        retype(body, dtypes)
        functions[name] = Promoter().function(Function(name, body, function.sources, function.span))
    return replace(program, functions=functions, heap=heap)


def promoted(t: Type, dtypes: dict[int, str]) -> Type:
    """A type with promoted references as arrays."""
    match t:
        case Ref(cls, rank) if cls in dtypes:
            return Array(dtypes[cls], rank)
        case Tuple(items, cls):
            return Tuple(tuple(promoted(i, dtypes) for i in items), cls)
        case Optional(item):
            return Optional(promoted(item, dtypes))
    return t


def promoted_content(content: Content | Type, dtypes: dict[int, str]) -> Content | Type:
    """As `promoted`, for what lies in objects."""

    def of(t: Type | None) -> Type | None:
        return None if t is None else promoted(t, dtypes)

    match content:
        case ListOf(item):
            return ListOf(of(item))
        case Cell(item):
            return Cell(of(item))
        case Fixed(items):
            return Fixed(tuple(promoted(i, dtypes) for i in items))
        case DictOf(key, value):
            return DictOf(of(key), of(value))
        case Record(_, fields):
            return replace(content, fields=tuple((k, promoted(t, dtypes)) for k, t in fields))
    return content


def retype(block: Block, dtypes: dict[int, str]) -> None:
    """Narrow the types of all values of a block that belongs to nobody else."""

    def each(values: Sequence[Value]) -> None:
        for value in values:
            value.type = promoted(value.type, dtypes)

    each(block.args)
    for op in walk(block):
        each(op.results)
        for region in op.regions:
            each(region.args)


class Promoter(Rewriter):
    """Replaces operations on memory by operations on values."""

    def op(self, op: Op) -> Sequence[Value] | None:
        """What an operation is when its object is a value."""
        match op.kind:
            case "alloc" if isinstance(op.result.type, Array):
                (made,) = op.operands
                if getattr(made.type, "dtype", "") == op.result.type.dtype:
                    return op.operands
                return (self.value("widen", (made,), op.result.type, op.result.name),)
            case "load" if isinstance(op.operands[0].type, Array):
                if not op.attrs["path"]:
                    return op.operands[:1]
                return (self.getitem(op),)
            case "view" if isinstance(op.operands[0].type, Array):
                return (self.getitem(op),)
            case "view_as" if isinstance(op.operands[0].type, Array):
                attrs = {k: v for k, v in op.attrs.items() if k != "fn"}
                kind = op.attrs["fn"]
                return (self.value(kind, op.operands, op.result.type, op.result.name, **attrs),)
            case "private" if all(isinstance(v.type, Array) for v in op.operands):
                return op.operands
        return None

    def getitem(self, op: Op) -> Value:
        """The same place of an array value."""
        t, name = op.result.type, op.result.name
        return self.value("getitem", op.operands, t, name, path=op.attrs["path"])
