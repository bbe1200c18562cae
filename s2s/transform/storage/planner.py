"""The plan of one function: its demands, the choice, the fates."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from s2s.analysis.counters import counters
from s2s.analysis.dependence import Dependence
from s2s.analysis.shapes import shapes
from s2s.analysis.survey import Survey
from s2s.ir.core import Block, Function, Op, Program, Value
from s2s.ir.types import Ref
from s2s.transform.storage.costs import Costs
from s2s.transform.storage.cut import choose
from s2s.transform.storage.fates import FROM_THE_START, Choice, Demand, Fates
from s2s.transform.storage.memory import Heap, Memory
from s2s.transform.storage.outlines import Outlines

WALKS = frozenset({"cotangent", "array_back", "list_back", "walks"})
SHAPES = frozenset({"shape", "dim", "ndim", "size"})
LIKE = frozenset({"zeros_like", "ones_like", "empty_like"})

ROUNDS = 4  # so often a plan is made anew because something is saved that seemed to be at hand


@dataclass(frozen=True)
class Callees:
    """Classes of the objects to which recursive functions store, that they change in any way, that they
    read."""

    stored: frozenset[int] = frozenset()
    written: frozenset[int] = frozenset()
    read: frozenset[int] = frozenset()


class Planner:
    """Decides the fate of each recalled value of one function.

    callees: what recursive functions do to which classes of objects
    """

    def __init__(self, function: Function, heap: Heap, callees: Callees) -> None:
        ops = function.body.ops
        at = next(k for k, op in enumerate(ops) if op.kind == "reverse")
        self.function, self.heap, self.callees = function, heap, callees
        self.forward, self.backward = ops[:at], ops[at + 1 :]
        self.survey = Survey(function.body.args, self.forward)
        block = Block(function.body.args, self.forward)
        known = shapes(Program("f", {"f": replace(function, body=block)}, heap))
        self.shapes = known
        self.counters = counters(self.survey, known)
        dependence = Dependence(self.survey, known, self.counters)
        self.memory = Memory(self.survey, known, dependence, heap, callees.stored, callees.written)
        self.costs = Costs(self.survey, known, heap)
        self.recalls: list[Op] = []
        self.walked: set[int] = set()
        self.consumers: dict[Value, set[str]] = {}
        self.threads: dict[Value, list[Demand]] = {}
        self.collect(self.backward)

    # ------------------------------------------------------------------------------ demands
    def collect(self, ops: Iterable[Op]) -> None:
        """What the reverse sweep reads, and for what."""
        for op in ops:
            if op.kind == "recall" and "thread" in op.attrs:
                self.note_thread(op)
            elif op.kind == "recall":
                self.consumers[op.result] = set()
                self.recalls.append(op)
            for value in op.operands:
                if value in self.consumers and op.kind != "mirror":
                    self.consumers[value].add(op.kind)
            if op.kind in WALKS:
                for value in op.operands:
                    if isinstance(value.type, Ref):
                        self.walked |= self.memory.containers(value.type.cls)
            for region in op.regions:
                self.collect(region.ops)

    def note_thread(self, op: Op) -> None:
        """What is carried backwards starts from what the loop gave; only where it is read."""
        demand = Demand(op.operands[0], op.attrs["at"], op.attrs["block"])
        body = self.survey.places[op.attrs["thread"]].block
        for k in op.attrs["args"]:
            self.threads.setdefault(body.args[k], []).append(demand)

    def is_shape_only(self, recall: Op) -> bool:
        """Whether only the shape of a recalled array is asked for."""
        found = self.consumers[recall.result]
        return bool(found) and found <= SHAPES | LIKE

    def plan(self) -> Fates:
        """The fates of all values."""
        choice = Choice()
        demands = [
            Demand(op.operands[0], op.attrs["at"], op.attrs["block"])
            for op in self.recalls
            if not self.is_shape_only(op)
        ]
        probe = self.fates(choice)
        choice.saved = choose(probe, demands, self.costs)
        for number in itertools.count():
            fates = self.fates(choice)
            for cls in self.walked:
                fates.rely_on(FROM_THE_START, cls)
            for position in self.memory.calls:  # a callee reloads what it read when it was called
                for cls in self.callees.read:
                    for store in self.memory.stores.get(cls, ()):
                        if self.survey.may_follow(store, position):
                            fates.undo(store)
            for cls in self.memory.always:
                fates.rely_on(FROM_THE_START, cls)
            for demand in demands:
                fates.demand(demand.value, demand.at, demand.block)
            fates.settle()
            self.outlines = Outlines(self.survey, self.shapes, fates)
            shape_only = [op for op in self.recalls if self.is_shape_only(op)]
            self.outlines.settle(shape_only, self.consumers)
            if not fates.mend(patient=number < ROUNDS):
                return fates
        raise AssertionError("the plan does not settle")

    def fates(self, choice: Choice) -> Fates:
        """Fates, still without demands."""
        return Fates(self.survey, self.memory, self.counters, self.threads, choice)
