"""Which values to save: one minimum cut.

Each demanded value is a node with the cost of saving it; what it rests on when it is found again (operands;
for a load the stores that must be undone) leads to it.  What cannot be found again, and doing an operation
again, is fed by the source; what adjoints read leads to the sink.  Each path from source to sink must be cut:
where a value is saved, a store undone, or an operation repeated.  Of several least cuts the one nearest to the
sink is taken.

The result is advice: `Fates` decides, and is right whatever is chosen here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from s2s.ir.core import Op, Value
from s2s.ir.types import Ref
from s2s.transform.storage.costs import Costs
from s2s.transform.storage.fates import Demand, Fates

ROUNDS = 2
ENDLESS = 1_000_000_000
MOST = 10_000_000  # flows are 32-bit numbers
SOURCE, SINK = 0, 1


@dataclass
class Need:
    """What one value rests on if it is not saved."""

    at: int
    source: Op | str
    values: tuple[Value, ...] = ()
    stores: tuple[int, ...] = ()


def choose(probe: Fates, demands: Iterable[Demand], costs: Costs) -> set[Value]:
    """The values that are best saved."""
    demands = list(demands)
    chosen: set[Value] = set()
    for _ in range(ROUNDS):
        needs = closure(probe, demands, chosen)
        if not is_open(probe, needs, costs):
            return chosen
        network = Network(needs, {d.value for d in demands}, costs)
        chosen = network.cut()
    return chosen


def closure(probe: Fates, demands: list[Demand], chosen: set[Value]) -> dict[Value, Need]:
    """All values that may be needed, each with its latest demand."""
    needs: dict[Value, Need] = {}
    pending = [(d.value, d.at) for d in demands]
    while pending:
        value, at = pending.pop()
        found = needs.get(value)
        if found is not None and not is_later(probe, value, at, found.at):
            continue
        need = Need(at, "save") if value in chosen else need_of(probe, value, at)
        needs[value] = need
        pending += [(v, at) for v in need.values]
    return needs


def is_later(probe: Fates, value: Value, at: int, other: int) -> bool:
    """Whether one demand looks at memory after another."""
    survey = probe.survey
    if value not in survey.place_of or at == other:
        return False
    if at not in survey.place_at or other not in survey.place_at:
        return at > other
    loops = survey.loops_of(value)
    return survey.last_with(loops, at) > survey.last_with(loops, other)


def need_of(probe: Fates, value: Value, at: int) -> Need:
    """What a value rests on, demanded at one place."""
    source = probe.source(value, at)
    if not isinstance(source, Op):
        extra = (probe.counters[value][0],) if source == "count" else ()
        return Need(at, source, extra)
    stores: tuple[int, ...] = ()
    if source.kind == "load":
        ref = source.operands[0].type
        assert isinstance(ref, Ref)
        position = probe.survey.position.get(id(source))
        if position is None:
            reload = probe.is_reload(value)
            position = probe.load_position(value) if reload else probe.home_of(value, source)
        if ref.cls not in probe.memory.always:
            stores = probe.memory.undone_after(position, ref.cls)
    return Need(at, source, source.operands, stores)


def is_open(probe: Fates, needs: Mapping[Value, Need], costs: Costs) -> bool:
    """Whether there is anything to choose: something that is found again at a price."""
    return any(
        isinstance(need.source, Op)
        and probe.survey.place_of[value].number > 0
        and (need.stores or need.values)
        and need.source.kind not in ("const", "symbol", "undef")
        for value, need in needs.items()
    )


class Network:
    """The graph of one function."""

    def __init__(self, needs: Mapping[Value, Need], demanded: set[Value], costs: Costs) -> None:
        self.edges: dict[tuple[int, int], int] = {}
        self.count = 2
        self.enter: dict[Value, int] = {}
        self.stores: dict[int, int] = {}
        self.groups: dict[tuple[int, ...], int] = {}
        self.costs = costs
        self.needs = {v: n for v, n in needs.items() if not is_free(v, n)}
        for value in self.needs:
            self.enter[value] = self.node(2)
        for value, need in self.needs.items():
            self.connect(value, need, value in demanded)

    def node(self, count: int = 1) -> int:
        """New nodes; the number of the first."""
        self.count += count
        return self.count - count

    def edge(self, tail: int, head: int, capacity: int) -> None:
        """An edge, stronger if there is one already."""
        before = self.edges.get((tail, head), 0)
        self.edges[tail, head] = min(before + capacity, ENDLESS)

    def connect(self, value: Value, need: Need, demanded: bool) -> None:
        """The edges of one value."""
        node = self.enter[value]
        self.edge(node, node + 1, min(self.costs.save(value), MOST))
        if demanded:
            self.edge(node + 1, SINK, ENDLESS)
        if not isinstance(need.source, Op) and need.source != "count":
            self.edge(SOURCE, node, ENDLESS)
            return
        if isinstance(need.source, Op):
            self.edge(SOURCE, node, min(self.costs.compute(value, need.source), MOST))
        for operand in need.values:
            if operand in self.enter:
                self.edge(self.enter[operand] + 1, node, ENDLESS)
        if need.stores:
            self.edge(self.group(need.stores), node, ENDLESS)

    def group(self, stores: tuple[int, ...]) -> int:
        """The node of stores that are undone together."""
        if stores not in self.groups:
            self.groups[stores] = self.node()
            for store in stores:
                if store not in self.stores:
                    self.stores[store] = self.node()
                    self.edge(SOURCE, self.stores[store], min(self.costs.undo(store), MOST))
                self.edge(self.stores[store], self.groups[stores], ENDLESS)
        return self.groups[stores]

    def cut(self) -> set[Value]:
        """The values at which the least cut nearest to the sink goes through."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import breadth_first_order, maximum_flow

        edges = [(t, h, c) for (t, h), c in self.edges.items() if c > 0]
        tails, heads, capacities = map(np.array, zip(*edges, strict=True))
        shape = (self.count, self.count)
        graph = csr_array((capacities.astype(np.int32), (tails, heads)), shape=shape)
        left = graph - maximum_flow(graph, SOURCE, SINK).flow
        left = csr_array(left > 0).astype(np.int32)
        below = set(breadth_first_order(left.T.tocsr(), SINK, return_predecessors=False).tolist())
        return {v for v, n in self.enter.items() if n not in below and n + 1 in below}


def is_free(value: Value, need: Need) -> bool:
    """Whether a value costs nothing."""
    if isinstance(need.source, Op):
        return need.source.kind in ("const", "symbol", "undef")
    return need.source in ("kept", "thread")
