"""What memory holds at each point of the reverse sweep.

A load may be repeated where an adjoint reads it if no store that may hit its elements lies between the two,
and if every store that may hit them later is undone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from s2s.analysis.activity import classes_of, parts_of
from s2s.analysis.dependence import Dependence
from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Survey
from s2s.ir.core import Op, Value
from s2s.ir.paths import steps, subscript
from s2s.ir.types import Array, Content, Ref, Scalar, Type

WRITES = frozenset({"store", "accum", "accum_at", "append", "pop", "list_insert", "list_extend",
                    "list_reverse", "list_unpop", "list_uninsert", "dict_pop", "array_back", "list_back",
                    "unview", "seed"})  # fmt: skip
UNDONE = frozenset({"store", "accum", "accum_at"})
# These are not undone; all other kinds are by their own adjoints.
LASTING = frozenset({"array_back", "list_back", "unview", "seed"})
READS = frozenset({"load", "array_of", "len"})
CROWDED = 100  # so many stores to one class are not told apart: all may hit, in near-linear time
Heap = Mapping[int, Content | Type]


def is_entry(op: Op) -> bool:
    """Whether an operation reads or writes the entry of a dict at a computed key."""
    return "item" in op.attrs.get("path", ())


def is_undone(op: Op) -> bool:
    """Whether a store may be undone: not that of an entry of a dict, which may make a new key."""
    return op.kind in UNDONE and not is_entry(op)


class Memory:
    """The stores of one forward sweep, and which of them matter to which load.

    always: classes to whose objects recursive functions store: all stores to them are undone
    by_callees: classes that they write to in any way: calls are stores to them
    """

    def __init__(
        self,
        survey: Survey,
        shapes: Shapes,
        dependence: Dependence,
        heap: Heap,
        always: frozenset[int] = frozenset(),
        by_callees: frozenset[int] = frozenset(),
    ) -> None:
        self.survey, self.shapes, self.dependence = survey, shapes, dependence
        self.heap, self.always = heap, always
        self.stores: dict[int, list[int]] = {}
        self.calls: list[int] = []
        self.allocs: dict[Value, list[Value]] = {}
        self.stored: dict[Value, list[int]] = {}  # where a value is put into an array
        self.made: set[int] = set()  # classes of which objects are made
        self.undoable: dict[int, tuple[int, ...]] = {}  # by the id of a list of `later`
        self.later: dict[tuple[object, int], list[int]] = {}
        for position, op in survey.op_at.items():
            self.note(position, op)
        for cls in always | by_callees:
            self.stores[cls] = sorted([*self.stores.get(cls, ()), *self.calls])

    def note(self, position: int, op: Op) -> None:
        """Enter one operation."""
        if op.kind in WRITES and op.operands and isinstance(op.operands[0].type, Ref):
            self.stores.setdefault(op.operands[0].type.cls, []).append(position)
        if op.kind == "store":
            self.stored.setdefault(op.operands[-1], []).append(position)
        if op.kind == "call":
            self.calls.append(position)
        if op.kind == "alloc" and isinstance(op.result.type, Ref):
            self.made.add(op.result.type.cls)
        if op.kind == "alloc" and op.operands and isinstance(op.operands[0].type, Array):
            self.allocs.setdefault(op.operands[0], []).append(op.result)

    # ----------------------------------------------------------------------------- questions
    def may_hit(self, first: int, store: int, fixed: int = 0) -> bool:
        """Whether a store may change, after the operation at ``first``, what that reads or writes."""
        if is_undone(self.survey.op_at[store]):
            return self.dependence.may_hit(first, store, fixed)
        return self.survey.may_follow(store, first)

    def is_changed_before(self, position: int, cls: int, last: int) -> bool:
        """Whether a store may hit what the operation at ``position`` reads or writes, before the end of
        what is at ``last`` in the same iteration."""
        if len(self.stores.get(cls, ())) > CROWDED:
            return bool(self.within(cls, position, last))
        fixed = len(self.survey.loops_around(position))
        return any(self.may_hit(position, s, fixed) for s in self.within(cls, position, last))

    def within(self, cls: int, position: int, last: int) -> list[int]:
        """Stores behind one position, up to another."""
        found = self.stores.get(cls, [])
        return found[bisect_right(found, position) : bisect_right(found, last)]

    def changed_after(self, position: int, cls: int) -> list[int]:
        """Stores that may hit later what the operation at ``position`` reads or writes."""
        found = self.stores.get(cls, [])
        key: tuple[object, int] = (position, cls)
        if len(found) > CROWDED:
            loops = self.survey.loops_around(position)
            key = (loops[0] if loops else position, cls)
            position = loops[0].first - 1 if loops else position
        if key not in self.later:
            late = [s for s in found if s > position]
            self.later[key] = late if len(found) > CROWDED else [
                s for s in found if self.may_hit(position, s)
            ]  # fmt: skip
        return self.later[key]

    def undone_after(self, position: int, cls: int) -> tuple[int, ...]:
        """Of `changed_after` those that can be undone."""
        later = self.changed_after(position, cls)
        if id(later) not in self.undoable:
            chosen = tuple(s for s in later if is_undone(self.survey.op_at[s]))
            self.undoable[id(later)] = chosen
        return self.undoable[id(later)]

    def is_lost(self, position: int, cls: int) -> bool:
        """Whether something that cannot be undone may change what was read or written at a position."""
        return any(
            self.survey.op_at[s].kind in LASTING and self.survey.may_follow(s, position)
            for s in self.stores.get(cls, ())
        )

    def is_initial(self, s: int) -> bool:
        """Whether a store gives a new object an attribute for the first time."""
        survey, op = self.survey, self.survey.op_at[s]
        ref = op.operands[0]
        made = survey.defining.get(ref)
        if made is None or made.kind != "alloc" or "symbol" not in made.attrs:
            return False
        start = survey.position[id(made)]
        if survey.loops_around(start) != survey.loops_around(s):
            return False
        assert isinstance(ref.type, Ref)
        return not any(
            start < p < s
            and survey.op_at[p].attrs.get("path", op.attrs["path"]) == op.attrs["path"]
            and not survey.exclude(p, s)
            for p in self.stores.get(ref.type.cls, ())
        )

    def may_be_new(self, op: Op) -> bool:
        """Whether a store may be the first to an attribute of its object."""
        return sets_attribute(op) and op.operands[0].type.cls in self.made  # type: ignore[attr-defined]

    def is_rebound(self, value: Value) -> bool:
        """Whether an array value became an object that is written to later."""
        return any(
            self.stores.get(ref.type.cls)  # type: ignore[attr-defined]
            for ref in self.allocs.get(value, ())
        )

    def is_unstable(self, load: Op) -> bool:
        """Whether what a load of an array gave may be changed by a later store."""
        if not isinstance(load.result.type, Array):
            return False
        ref = load.operands[0].type
        assert isinstance(ref, Ref)
        return bool(self.changed_after(self.survey.position[id(load)], ref.cls))

    def containers(self, cls: int) -> set[int]:
        """Classes of the lists, dicts and objects that can be reached from a class."""
        found: set[int] = set()
        pending = [cls]
        while pending:
            here = pending.pop()
            if here in found or isinstance(self.heap[here], Array):
                continue
            found.add(here)
            for part in parts_of(self.heap[here]):
                pending += classes_of(part)
        return found

    def homes(self, value: Value) -> Iterable[int]:
        """Stores, beside the definition of a value, that put it into an array as it is."""
        for position in self.stored.get(value, ()):
            op = self.survey.op_at[position]
            if self.survey.place_at[position] is not self.survey.place_of[value]:
                continue
            target = stored_type(op, self.heap)
            if target != value.type or "array" in op.attrs["path"]:
                continue
            if isinstance(target, Scalar) or self.shapes.fills(op):
                yield position


def sets_attribute(op: Op) -> bool:
    """`obj.name = value`."""
    path = op.attrs.get("path")
    return (
        op.kind == "store" and isinstance(path, tuple) and len(path) == 1 and path[0][0] == "attr"
    )


def stored_type(op: Op, heap: Heap) -> Type:
    """The type of what a store overwrites."""
    ref = op.operands[0].type
    assert isinstance(ref, Ref)
    content = heap[ref.cls]
    if not isinstance(content, Array):
        return op.operands[-1].type
    if ref.rank is None:
        return Array(content.dtype, None)
    found = subscript(Array(content.dtype, ref.rank), steps(op.attrs["path"], op.operands[1:-1]))
    return found or Array(content.dtype, None)
