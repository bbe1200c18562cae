"""Where values are used: how often, in which block, until when.

Positions number operations in program order; a loop has one more for its end.  A value that a loop
uses but does not define is used until the end of that loop.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from s2s.codegen.python.effects import NO_EFFECT, STORES, Effect, Memory
from s2s.ir.core import Block, Function, Op, Value, leaves

TRANSPARENT = frozenset({"widen", "unwrap"})


class Site(NamedTuple):
    """A use: the operation, its block, and the innermost loop or `attempt` around it."""

    op: Op
    block: Block
    home: Op | None


class Kept(NamedTuple):
    """Which carried values of a loop are worth writing: at the end of an iteration, at a break."""

    carried: tuple[bool, ...]
    results: tuple[bool, ...]


class Uses:
    """Facts about the values of one function."""

    def __init__(self, function: Function, memory: Memory) -> None:
        self.memory = memory
        self.position: dict[Op, int] = {}
        self.effect: dict[Op, Effect] = {}
        self.last: dict[Value, int] = {}
        self.count: Counter[Value] = Counter()
        self.site: dict[Value, Site] = {}
        self.computed_with: set[Value] = set()
        self.dead: set[Op] = set()
        self.kept: dict[Op, Kept] = {}
        self.items: dict[Value, list[tuple[Op, Block]]] = {}
        self._raw: Counter[Value] = Counter()
        self._own: Counter[Value] = Counter()
        self._writes: dict[int, list[int]] = {}
        self._depth: dict[Value, int] = {}
        self._loops: list[set[Value]] = []
        self._now = 0
        self._enter(function.body.args)
        self._forward(function.body)
        self._see_through()
        self._backward(function.body, None, None)

    def is_overwritten(self, op: Op) -> bool:
        """Whether memory that the result of ``op`` is a view of changes while it is in use."""
        value = op.results[0]
        classes = self.memory.alias.get(value, 0)
        start, end = self.position[op], self.last.get(value, 0)
        return bool(classes) and any(
            _has_between(positions, start, end)
            for written, positions in self._writes.items()
            if written & classes
        )

    def adopt(self, copy: Op, original: Op, site: Site) -> None:
        """Learn about a copy of a harmless operation."""
        self.effect[copy] = self.effect[original]
        self.position[copy] = self.position[original]
        for value, old in zip(copy.results, original.results, strict=True):
            self.count[value] = self.count[old]
            self.site[value] = site

    # ------------------------------------------------------------------------------ program order
    def _enter(self, values: Sequence[Value]) -> None:
        for value in values:
            self._depth[value] = len(self._loops)

    def _touch(self, values: Sequence[Value]) -> None:
        depth = len(self._loops)
        for value in values:
            self._raw[value] += 1
            self.last[value] = self._now
            defined = self._depth.get(value, depth)
            if defined < depth:
                self._loops[defined].add(value)

    def _forward(self, block: Block) -> Effect:
        total = NO_EFFECT
        for op in block.ops:
            self._now += 1
            self.position[op] = self._now
            self._touch(op.operands)
            own = self.memory.effect(op)
            if own.writes:
                self._writes.setdefault(own.writes, []).append(self._now)
            if op.regions:
                own = self._regions(op, own)
            else:
                self.memory.aliases(op)
            self.effect[op] = own
            if own is not NO_EFFECT:
                total = total | own
            self._enter(op.results)
        return total

    def _regions(self, op: Op, own: Effect) -> Effect:
        if op.kind != "loop":
            for region in op.regions:
                own = own | self._forward(region)
            return own
        (body,) = op.regions
        used: set[Value] = set()
        self._loops.append(used)
        self._enter(body.args)
        own = own | self._forward(body)
        self._loops.pop()
        self._now += 1
        self.last.update(dict.fromkeys(used, self._now))
        for leaf in leaves(body):
            if leaf.kind == "yield":
                pairs = zip(body.args[1:], leaf.operands, strict=True)
                self._own.update([arg for arg, value in pairs if arg is value])
        return own

    def _see_through(self) -> None:
        """A value that only wraps another is the other, as far as memory is concerned."""
        for op in reversed(self.position):
            if op.kind in TRANSPARENT:
                inner, outer = op.operands[0], op.results[0]
                self.last[inner] = max(self.last[inner], self.last.get(outer, 0))

    # ------------------------------------------------------------------------------ from the end
    def _backward(self, block: Block, op: Op | None, home: Op | None) -> None:
        for inner in reversed(block.ops):
            if self._is_dead(inner):
                self.dead.add(inner)
                continue
            if inner.kind in ("yield", "break") and op is not None:
                self._use_kept(inner, block, op, home)
            else:
                if inner.kind == "item":
                    self.items.setdefault(inner.operands[0], []).append((inner, block))
                self._use(inner, self._wanted(inner), block, home)
                self._use_regions(inner, op, home)

    def _wanted(self, op: Op) -> Sequence[Value]:
        if op.kind != "loop":
            return op.operands
        kept = self.kept[op] = self._kept(op)
        bounds = 3 if op.attrs["bounded"] else 0
        inits = zip(op.operands[bounds:], kept.carried, strict=True)
        return [*op.operands[:bounds], *(value for value, wanted in inits if wanted)]

    def _use_regions(self, op: Op, outer: Op | None, home: Op | None) -> None:
        for region in reversed(op.regions):
            around = outer if op.kind == "branch" else op
            self._backward(region, around, op if op.kind in ("loop", "attempt") else home)

    def _is_dead(self, op: Op) -> bool:
        if op.regions or not op.results or any(self.count[value] for value in op.results):
            return False
        effect = self.effect[op]
        return not (effect.writes or effect.outside or effect.raises)

    def _kept(self, op: Op) -> Kept:
        args = op.regions[0].args[1:]
        results = tuple(self.count[value] > 0 for value in op.results[:-2])
        ends = op.attrs["bounded"]  # without a break, that is
        pairs = zip(args, results, strict=True)
        carried = tuple((ends and used) or self._raw[arg] > self._own[arg] for arg, used in pairs)
        return Kept(carried, results)

    def _use_kept(self, leaf: Op, block: Block, op: Op, home: Op | None) -> None:
        if op.kind == "loop":
            mask = self.kept[op].carried if leaf.kind == "yield" else self.kept[op].results
        else:
            mask = tuple(self.count[value] > 0 for value in op.results[: len(leaf.operands)])
        wanted = [v for v, kept in zip(leaf.operands, mask, strict=True) if kept]
        self._use(leaf, wanted, block, home)

    def _use(self, op: Op, operands: Sequence[Value], block: Block, home: Op | None) -> None:
        site = Site(op, block, home)
        indices = set(indices_of(op))
        for value in operands:
            self.count[value] += 1
            self.site[value] = site
            if value not in indices:
                self.computed_with.add(value)


def indices_of(op: Op) -> Sequence[Value]:
    """The operands that stand in a subscript or a range."""
    if op.kind in STORES:
        return op.operands[1:-1]
    if op.kind in ("load", "view", "getitem"):
        return op.operands[1:]
    if op.kind == "loop" and op.attrs["bounded"]:
        return op.operands[:3]
    return ()


def kept_pairs(
    targets: Sequence[Value], sources: Sequence[Value], kept: Sequence[bool]
) -> Iterator[tuple[Value, Value]]:
    """Targets and sources of those that are kept."""
    for target, source, wanted in zip(targets, sources, kept, strict=True):
        if wanted:
            yield target, source


def _has_between(positions: list[int], start: int, end: int) -> bool:
    k = bisect_right(positions, start)
    return k < len(positions) and positions[k] < end
