"""What operations do besides computing: what they read and write in memory, whether they may raise.

Memory is told apart by the object classes of the heap table, sets of which are ints used as sets of
bits.  An array *value* that NumPy gives as a view of memory (a snapshot that was loaded, its
transpose) is an *alias* of the classes it looks at, as long as the program writes to these at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from s2s.codegen.python import rows
from s2s.ir.core import Block, Function, Op, Program, Value, walk
from s2s.ir.types import (
    ANY,
    NONE,
    SHAPE,
    STR,
    Array,
    Cell,
    DictOf,
    Fixed,
    Known,
    ListOf,
    Optional,
    Record,
    Ref,
    Scalar,
    Tuple,
    Type,
)

EVERYTHING = -1  # all bits
STORES = frozenset({"store", "accum", "accum_at"})
DIRECT = STORES | {"load", "dim", "shape", "len", "ndim", "size"}
GROWING = frozenset({"append", "pop", "list_insert", "list_extend", "list_reverse", "list_unpop",
                     "list_uninsert", "dict_pop"})  # fmt: skip
READERS = frozenset({"load", "len", "array_of", "contains", "list_of", "list_concat", "list_repeat",
                     "list_slice", "list_index", "list_count", "sort_order"})  # fmt: skip
# Helpers of the run-time library that change objects found by identity.
HELPERS = frozenset({"list_back", "array_back", "unview", "seed"})
# Operations of docs/ir.md that neither raise nor touch memory.
HARMLESS = frozenset(
    "const symbol undef widen unwrap is_none tuple item select bool_of not dim shape copy "
    "is_array same exception shadows shadow alloc yield range_len int_max int_min str_equal "
    "str_concat ndim size zeros_of last_writes add_bars stop slice_item".split()
)
OUTSIDE = frozenset({"call", "pycall", "print", "raise", "comment"})
OPAQUE_KINDS = (
    OUTSIDE
    | HELPERS
    | {
        "private",
        "cotangent",
        "str_method",
        "array_item",
        "view",
        "view_as",
        "getitem",
        "format",
        "if",
        "loop",
        "attempt",
    }
)
KNOWN = STORES | GROWING | READERS | HARMLESS | OPAQUE_KINDS
KNOWN |= {"break", "branch", "return", "unreachable"}


class Effect(NamedTuple):
    """What happens besides a result: classes read and written, the outside world, exceptions."""

    reads: int = 0
    writes: int = 0
    outside: bool = False
    raises: bool = False

    def __or__(self, other: tuple) -> Effect:
        """Both."""
        return Effect(*(a | b for a, b in zip(self, other, strict=True)))

    def before(self, other: Effect, caught: bool, visible: int) -> bool:
        """Whether this must stay before ``other``.

        caught:  an exception may be caught around both
        visible: classes of memory that an exception leaves behind for others to see
        """
        if self.writes & (other.reads | other.writes) or self.reads & other.writes:
            return True
        if self.raises and other.writes & visible:
            return True
        if caught:
            mine, theirs = bool(self.writes or self.outside), bool(other.writes or other.outside)
            return (self.raises and (other.raises or theirs)) or (mine and other.raises)
        return other.outside and (self.outside or self.raises)


NO_EFFECT = Effect()


class Memory:
    """What is known of the memory of a program."""

    def __init__(self, program: Program) -> None:
        self.heap = program.heap
        self.writes = _summaries(program)
        self.written = 0
        for writes in self.writes.values():
            self.written |= writes
        self.alias: dict[Value, int] = {}
        self.final = {op for f in program.functions.values() for op in final_loads(f, self.heap)}

    # ------------------------------------------------------------------------------------ aliases
    def aliases(self, op: Op) -> int:
        """The classes of which the only result is a view; to be asked in program order, once."""
        found = self._aliases(op) & self.written
        if found:
            self.alias[op.results[0]] = found
        return found

    def _aliases(self, op: Op) -> int:
        if len(op.results) != 1 or not _may_be_array(op.results[0].type):
            return 0
        match op.kind:
            case "load":
                return 0 if op in self.final else self._loaded(op)
            case "widen" | "unwrap" | "select":
                return self.alias_of(op.operands)
            case "getitem":
                return 0 if "array" in op.attrs["path"] else self.alias_of(op.operands[:1])
        if op.kind in KNOWN or not rows.is_view(op):
            return 0
        return self.alias_of(op.operands)

    def alias_of(self, values: Iterable[Value]) -> int:
        """The classes of which any of ``values`` is a view."""
        found = 0
        for value in values:
            found |= self.alias.get(value, 0)
        return found

    def _loaded(self, op: Op) -> int:
        ref, path = op.operands[0].type, op.attrs["path"]
        if not isinstance(ref, Ref):
            return EVERYTHING
        if isinstance(self.heap.get(ref.cls), Array):
            return 0 if "array" in path else 1 << ref.cls
        return EVERYTHING if len(path) > 1 else 0  # what a container holds is never changed

    # ------------------------------------------------------------------------------------ effects
    def effect(self, op: Op) -> Effect:
        """The effect of one operation, without that of its regions."""
        kind = op.kind
        reads = self.alias_of(op.operands) if self.alias else 0
        if kind in HARMLESS:
            return Effect(reads) if reads else NO_EFFECT
        if kind in READERS:
            return Effect(reads | self._touched(op), raises=True)
        if kind in STORES or kind in GROWING:
            touched = self._touched(op)
            return Effect(reads | touched, touched, raises=True)
        if kind == "call":
            return Effect(EVERYTHING, self.writes[op.attrs["callee"]], True, True)
        if kind in HELPERS:
            return Effect(EVERYTHING, EVERYTHING, True, True)
        if kind in OUTSIDE:
            return Effect(EVERYTHING, own_writes(op, self.heap), True, True)
        if kind in ("private", "cotangent"):
            return Effect(EVERYTHING)
        raises = kind in KNOWN or not rows.is_total(op)
        return Effect(reads, raises=raises)

    def _touched(self, op: Op) -> int:
        found = 0
        for value in op.operands:
            if isinstance(value.type, Ref):
                found |= self._place(value.type, op)
            elif value is op.operands[0] and value.type == ANY:
                found = EVERYTHING
        return found

    def _place(self, ref: Ref, op: Op) -> int:
        far = len(op.attrs.get("path", ())) > 1 and not isinstance(self.heap.get(ref.cls), Array)
        return EVERYTHING if far else 1 << ref.cls

    def reachable(self, types: Iterable[Type | None]) -> int:
        """The classes that can be reached from values of these types."""
        found, todo = 0, list(types)
        while todo:
            match todo.pop():
                case Ref(cls) if not found >> cls & 1:
                    found |= 1 << cls
                    todo += _parts(self.heap.get(cls))
                case Tuple(items):
                    todo += items
                case Optional(item):
                    todo.append(item)
        return found


def _may_be_array(t: Type) -> bool:
    return isinstance(t, Array) or t == ANY


def _parts(content: object) -> list[Type | None]:
    match content:
        case ListOf(item) | Cell(item):
            return [item]
        case Fixed(items):
            return list(items)
        case Record(_, fields):
            return [t for _, t in fields]
        case DictOf(key, value):
            return [key, value]
    return []


def own_writes(op: Op, heap: Mapping[int, object]) -> int:
    """The classes that an operation itself may write; a call's are not known here."""
    if op.kind in HELPERS or (op.kind == "pycall" and _passes_memory(op)):
        return EVERYTHING
    if op.kind not in STORES and op.kind not in GROWING:
        return 0
    ref = op.operands[0].type
    if not isinstance(ref, Ref):
        return EVERYTHING
    far = len(op.attrs.get("path", ())) > 1 and not isinstance(heap.get(ref.cls), Array)
    return EVERYTHING if far else 1 << ref.cls


def _passes_memory(op: Op) -> bool:
    """Whether a foreign function is handed anything that it could write to."""
    harmless = (STR, NONE, SHAPE)
    return any(
        not isinstance(value.type, Scalar | Array | Known) and value.type not in harmless
        for value in op.operands
    )


def _summaries(program: Program) -> dict[str, int]:
    """What each function may write, its callees included."""
    writes: dict[str, int] = {}
    callers: dict[str, list[str]] = {name: [] for name in program.functions}
    for name, function in program.functions.items():
        writes[name] = 0
        for op in walk(function.body):
            if op.kind == "call":
                callers[op.attrs["callee"]].append(name)
            elif op.kind != "comment":
                writes[name] |= own_writes(op, program.heap)
    todo = list(writes)
    while todo:
        callee = todo.pop()
        for caller in callers[callee]:
            if writes[callee] & ~writes[caller]:
                writes[caller] |= writes[callee]
                todo.append(caller)
    return writes


def local_classes(memory: Memory, function: Function, returned: Iterable[Value]) -> int:
    """The classes that nobody can reach any more once ``function`` has returned."""
    types: list[Type | None] = [value.type for value in (*function.body.args, *returned)]
    types += [op.result.type for op in walk(function.body) if op.kind == "symbol"]
    return ~memory.reachable(types)


def final_loads(function: Function, heap: Mapping[int, object]) -> set[Op]:
    """Loads of a whole array that was made in the same block, after which nobody can change it.

    Its reference is used for nothing but direct reads and writes, and there is no write behind the load.
    """
    home: dict[Value, Block] = {}
    last_write: dict[Value, int] = {}
    escaped: set[Value] = set()
    loads: list[tuple[Op, Block, int]] = []
    position = 0

    def visit(block: Block) -> None:
        nonlocal position
        for op in block.ops:
            position += 1
            for k, value in enumerate(op.operands):
                if not isinstance(value.type, Ref):
                    continue
                if k or op.kind not in DIRECT:
                    escaped.add(value)
                elif op.kind in STORES:
                    last_write[value] = position
            if op.kind == "alloc" and isinstance(heap.get(op.result.type.cls), Array):  # type: ignore[attr-defined]
                home[op.result] = block
            if op.kind == "load" and not op.attrs["path"]:
                loads.append((op, block, position))
            for region in op.regions:
                visit(region)

    visit(function.body)
    return {
        op
        for op, block, at in loads
        if home.get(op.operands[0]) is block
        and op.operands[0] not in escaped
        and last_write.get(op.operands[0], 0) < at
    }
