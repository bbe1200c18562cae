"""The fate of each primal value that the reverse sweep reads.

Demands are followed to what they rest on.  Whatever was chosen beforehand, the fate that a value gets here is
right: it is saved unless it is at hand, or can be had again where it is demanded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s2s import kernels
from s2s.analysis.counters import Counters
from s2s.analysis.survey import Place, Survey
from s2s.ir.core import Op, Value
from s2s.ir.types import Array, Ref
from s2s.transform.storage.costs import can_repeat
from s2s.transform.storage.memory import Memory, is_entry, is_undone

CONSTANT = frozenset({"const", "symbol", "undef"})
FROM_THE_START = -1  # a position before all others


@dataclass(frozen=True)
class Demand:
    """A value is read by the adjoint of the operation at a position, in the mirror of a block."""

    value: Value
    at: int
    block: int


@dataclass
class Choice:
    """What was decided before fates are found."""

    saved: set[Value] = field(default_factory=set)
    homeless: set[Value] = field(default_factory=set)  # not read back from where they were stored


class Fates:
    """Follows demands; afterwards it holds the plan."""

    def __init__(
        self,
        survey: Survey,
        memory: Memory,
        counters: Counters,
        threads: dict[Value, list[Demand]],
        choice: Choice,
    ) -> None:
        self.survey, self.memory, self.counters = survey, memory, counters
        self.threads, self.choice = threads, choice
        self.saved: set[Value] = set()
        self.homes: dict[
            Value, dict[Place, None]
        ] = {}  # in which blocks a value is put on the tape
        self.sources: dict[Value, Op] = {}  # by what a value is found again
        self.undone: set[int] = set()
        self.pinned: dict[
            int, set[Value]
        ] = {}  # stores that must stay, and whose values rest on it
        self.relied: set[int] = set()  # lists of stores, all of which are undone
        self.threaded: set[Value] = set()
        self.demands: dict[Value, set[Demand]] = {}
        self.queue: list[Demand] = []
        self.reloads: dict[tuple[Value, int], Op] = {}
        self.torn: set[Value] = set()  # still at home for one demand, but not for another
        self.late: set[Value] = set()  # saved, though at first they seemed to be at hand

    # --------------------------------------------------------------------------------- demands
    def demand(self, value: Value, at: int, block: int) -> None:
        """Note a demand."""
        demand = Demand(value, at, block)
        known = self.demands.setdefault(value, set())
        if demand not in known:
            known.add(demand)
            self.queue.append(demand)

    def settle(self) -> None:
        """Follow demands to what they rest on, until nothing new is needed."""
        while self.queue:
            self.follow(self.queue.pop())

    def follow(self, demand: Demand) -> None:
        """Decide on one value, as demanded at one place."""
        value = demand.value
        if value in self.saved:
            self.save(demand)
            return
        source = self.source(value, demand.at)
        if source == "save":
            if value in self.sources:
                self.late.add(value)
            self.saved.add(value)
            for other in list(self.demands[value]):
                self.save(other)
        elif isinstance(source, Op):
            if self.sources.setdefault(value, source) is not source:
                self.torn.add(value)
            if source.kind == "load":
                self.rely(value, source, demand.at)
            for operand in source.operands:
                self.demand(operand, demand.at, demand.block)
        elif source == "thread":
            self.threaded.add(value)
            for thread in self.threads[value]:
                self.demand(thread.value, thread.at, thread.block)
        elif source == "count":
            self.demand(self.counters[value][0], demand.at, demand.block)

    def save(self, demand: Demand) -> None:
        """Record in which block a value is put on the tape for this demand."""
        home = self.survey.place_of[demand.value]
        chain = self.survey.places[demand.block].chain()
        assert home in chain, f"{demand.value} is recalled outside of the mirror of its block"
        below = chain[: chain.index(home)]  # from the demand outwards to just below the home
        place = chain[0]
        for k, inner in enumerate(below):
            if inner.is_loop_body:
                place = chain[k + 1]
        self.homes.setdefault(demand.value, {})[place] = None

    # ----------------------------------------------------------------------------------- fates
    def source(self, value: Value, at: int) -> Op | str:
        """By what a value is found at one place: an operation to repeat, or "kept", "thread" (it is carried
        backwards), "count" (it follows from the number of the iteration), "save"."""
        survey = self.survey
        place = survey.place_of.get(value)
        if place is None:  # of the function around
            return "kept"
        op = survey.defining.get(value)
        if op is None:  # a parameter, or an argument of a region
            return self.argument(value, place)
        if op.kind in CONSTANT:
            return op
        if value in self.choice.saved:
            return "save"
        if is_entry(op) and place.number > 0:  # stores of entries are not undone
            return "save"
        if self.is_reload(value):
            load = self.reload(value)
            return load if self.is_legal(load, self.load_position(value), at) else "save"
        if self.is_alias(op):
            return op
        if place.number == 0:
            return "kept"
        home = self.home(value, at)
        if home is not None:
            return home
        return op if can_repeat(op) else "save"

    def argument(self, value: Value, place: Place) -> str:
        """The same, of what no operation defines."""
        if place.number == 0 or self.survey.is_index(value):
            return "kept"
        if value in self.threads and value not in self.choice.saved:
            return "thread"
        return "count" if self.is_count(value, place) else "save"

    def is_count(self, value: Value, place: Place) -> bool:
        """Whether a value is its first one and so many times the number of the iteration, which is the
        index of the loop."""
        if value not in self.counters:
            return False
        op = place.holder
        assert op is not None
        if not op.attrs["bounded"]:
            return True
        found = [self.survey.defining.get(v) for v in op.operands[:3:2]]
        return [f and f.attrs.get("value") for f in found] == [0, 1]

    # ---------------------------------------------------------------------------------- memory
    def is_reload(self, value: Value) -> bool:
        """Whether a value is what memory holds: a load, or an array that became an object."""
        op = self.survey.defining[value]
        if op.kind == "load":
            inner = self.survey.place_of[value].number > 0
            return not is_entry(op) and (inner or self.memory.is_unstable(op))
        return self.memory.is_rebound(value)

    def reload(self, value: Value) -> Op:
        """The load by which a value is found again."""
        op = self.survey.defining[value]
        if op.kind == "load":
            return op
        ref = self.memory.allocs[value][0]
        return self.load_of(value, self.load_position(value), (ref,), ())

    def load_of(self, value: Value, position: int, operands: tuple[Value, ...], path: Any) -> Op:
        """A load that is not in the program; the same one each time."""
        if (value, position) not in self.reloads:
            span = self.survey.op_at[position].span
            self.reloads[value, position] = Op("load", operands, (value,), {"path": path}, (), span)
        return self.reloads[value, position]

    def load_position(self, value: Value) -> int:
        """From where on memory must not have changed."""
        op = self.survey.defining[value]
        if op.kind != "load":
            op = self.survey.defining[self.memory.allocs[value][0]]
        return self.survey.position[id(op)]

    def is_legal(self, load: Op, position: int, at: int) -> bool:
        """Whether no store lies between a load and the operation whose adjoint reads it."""
        ref = load.operands[0].type
        assert isinstance(ref, Ref)
        if self.memory.is_lost(position, ref.cls):
            return False
        if position > at or at not in self.survey.place_at:
            return position <= at
        last = self.survey.last_with(self.survey.loops_around(position), at)
        return not self.memory.is_changed_before(position, ref.cls, last)

    def home(self, value: Value, at: int) -> Op | None:
        """A load of the element into which a value was stored, if it is still there."""
        if value in self.choice.homeless:
            return None
        for position in self.memory.homes(value):
            store = self.survey.op_at[position]
            load = self.load_of(value, position, store.operands[:-1], store.attrs["path"])
            if at >= position:
                legal = self.is_legal(load, position, at)
            else:
                legal = self.is_there_before(value, position)
            if legal:
                return load
        return None

    def is_there_before(self, value: Value, store: int) -> bool:
        """Whether the reverse sweep finds a value where it was stored also before that store's time: the
        store is not undone, nor is any other between the two."""
        op = self.survey.op_at[store]
        cls = op.operands[0].type.cls  # type: ignore[attr-defined]
        defined = self.survey.position[id(self.survey.defining[value])]
        between = self.memory.within(cls, defined, store - 1)
        lost = self.memory.is_lost(store, cls)
        stays = (
            not lost
            and store not in self.undone
            and store not in self.memory.changed_after(store, cls)
        )
        return not between and stays and cls not in self.memory.always

    def rely(self, value: Value, load: Op, at: int) -> None:
        """Stores that may come after what is read again must be undone."""
        ref = load.operands[0].type
        assert isinstance(ref, Ref)
        position = self.survey.position.get(id(load))
        if position is None:
            position = (
                self.load_position(value) if self.is_reload(value) else self.home_of(value, load)
            )
            if position > at:
                self.pinned.setdefault(position, set()).add(value)
        self.rely_on(position, ref.cls)

    def home_of(self, value: Value, load: Op) -> int:
        """The store to which a load of a home belongs."""
        for position in self.memory.stored[value]:
            if self.survey.op_at[position].operands[:-1] == load.operands:
                return position
        raise AssertionError("no store puts the value there")

    def rely_on(self, position: int, cls: int) -> None:
        """What lay in objects of a class at a position is read again."""
        stores = self.memory.stores.get(cls, ())
        if position != FROM_THE_START:
            stores = self.memory.changed_after(position, cls)
        if id(stores) in self.relied:
            return
        self.relied.add(id(stores))
        for store in stores:
            self.undo(store)

    def undo(self, store: int) -> None:
        """A store is undone: where it wrote to must be known."""
        op = self.survey.op_at[store]
        if store in self.undone or not is_undone(op) or self.memory.is_initial(store):
            return
        self.undone.add(store)
        block = self.survey.place_at[store].number
        for operand in op.operands[:-1]:
            self.demand(operand, store, block)

    def is_alias(self, op: Op) -> bool:
        """Whether the result shares memory with an operand that a later store may change."""
        row = kernels.row(op.kind)
        if op.kind not in ("getitem", "widen", "unwrap") and not (row is not None and row.is_view):
            return False
        if not op.operands or not isinstance(op.result.type, Array):
            return False
        source = op.operands[0]
        definition = self.survey.defining.get(source)
        if definition is None:
            return False
        return self.is_reload(source) or self.is_alias(definition)

    def mend(self, *, patient: bool) -> bool:
        """Change the choice where some decision was overtaken by a later one; whether that was so.

        patient: also where the plan is right, but does more than it would have to
        """
        broken = self.undone & self.pinned.keys()
        self.choice.homeless |= self.torn
        for store in broken:
            self.choice.homeless |= self.pinned[store]
        if patient:
            self.choice.saved |= self.late
        return bool(broken or self.torn) or (patient and bool(self.late))
