"""Which variables may not share a name, from one walk backwards over the layout of a function.

Sets of variables are ints used as sets of bits.  A variable that is assigned where another is alive
interferes with that one, unless it is assigned just that one's value.  What a branch assigns does
not concern the other branch: a line-by-line view of the text would not see that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from s2s.codegen.python.layout import (
    Choice,
    Guarded,
    Item,
    Layout,
    Leave,
    Let,
    Move,
    Note,
    Repeat,
)
from s2s.ir.core import Value


class Liveness:
    """`conflicts[k]`: what is alive where variable k is assigned, as a set of bits."""

    def __init__(
        self, layout: Layout, params: Sequence[Value], maybe_unbound: Collection[Value] = ()
    ) -> None:
        self.number = layout.variables
        self.conflicts = [0] * len(layout.variables)
        self.caught = 0  # alive after the `attempt` that we are inside of
        self._touched: dict[Repeat, tuple[int, int]] = {}
        self._next: dict[str, int] = {}
        self.assign(params, self.walk(layout.items, 0))
        if maybe_unbound:
            self.reach(layout.items, self.bits(params))

    def bits(self, values: Iterable[Value]) -> int:
        """The set of those of ``values`` that have variables."""
        found, number = 0, self.number
        for value in values:
            if value in number:
                found |= 1 << number[value]
        return found

    def assign(self, targets: Iterable[Value], live: int, source: Value | None = None) -> int:
        """What is alive before ``targets`` are assigned at once."""
        targets = list(targets)
        mine = self.bits(targets)
        for target in targets:
            k = self.number[target]
            self.conflicts[k] |= (live | mine) & ~(1 << k)
        return live & ~mine

    def walk(self, items: Sequence[Item], live: int) -> int:
        """What is alive before ``items``, given what is alive after them."""
        for item in reversed(items):
            live = self.item(item, live)
        return live

    def item(self, item: Item, live: int) -> int:
        """What is alive before one item."""
        match item:
            case Let():
                live = self.assign([value for value in item.targets if value is not None], live)
                return live | self.bits(item.reads)
            case Move():
                return self.move(item, live)
            case Choice(sides=(yes, no)):
                return self.walk(yes, live) | self.walk(no, live) | self.bits(item.reads)
            case Repeat():
                return self.repeat(item, live)
            case Guarded():
                return self.guarded(item, live)
            case Leave():
                return self.leave(item)
            case Note():
                return live
        raise AssertionError(item)

    def move(self, item: Move, live: int) -> int:
        """A parallel assignment; a target does not interfere with the variable it copies."""
        targets = [target for target, _ in item.pairs]
        mine = self.bits([*targets, *item.unbound])
        for target in item.unbound:
            k = self.number[target]
            self.conflicts[k] |= (live | mine) & ~(1 << k)
        for target, source in item.pairs:
            k = self.number[target]
            same = self.bits([source]) & ~mine
            self.conflicts[k] |= (live | mine) & ~(1 << k | same)
        return live & ~mine | self.bits(item.reads)

    def repeat(self, item: Repeat, live: int) -> int:
        """A loop: what it uses from outside and its carried values are alive all through it."""
        bounded = item.op.attrs["bounded"]
        after = self.move(item.after, live)
        index = item.op.regions[0].args[0]
        starts = [target for target, _ in item.init.pairs]
        carried = self.bits([*starts, *item.init.unbound])
        counters = self.bits(item.counters)
        reads, defined = self.touched(item)
        held = reads & ~defined | counters | self.bits([index, *item.reads])
        saved = self._next
        self._next = {"yield": held | carried | after, "break": held | after}
        head = self.walk(item.body, 0) | held | (after if bounded else 0)
        self._next = saved
        if bounded and index in self.number:
            head = self.assign([index], head)
        head = self.assign(item.counters, head | carried)
        return self.move(item.init, head)

    def guarded(self, item: Guarded, live: int) -> int:
        """A `try`: an exception leads from anywhere in it to what follows."""
        outcome = self.bits(item.outcome)
        self.assign(item.lost, live)
        otherwise = live & ~self.bits(item.op.results) | outcome
        saved, self.caught = self.caught, self.caught | otherwise
        self.assign(item.outcome, live)
        inside = self.walk(item.body, live | outcome)
        self.caught = saved
        return self.assign(item.outcome, inside | otherwise)

    def leave(self, item: Leave) -> int:
        """The end of a path."""
        if item.op.kind in self._next:
            return self._next[item.op.kind]
        if item.op.kind == "return":
            return self.bits(item.reads)
        return self.caught

    # ------------------------------------------------------------------------- what a loop touches
    def touched(self, loop: Repeat) -> tuple[int, int]:
        """What the body of a loop reads and what it defines; found once."""
        if loop not in self._touched:
            args = self.bits(loop.op.regions[0].args) | self.bits(loop.counters)
            reads, defined = self._all_touched(loop.body)
            self._touched[loop] = reads, defined | args
        return self._touched[loop]

    def _all_touched(self, items: Sequence[Item]) -> tuple[int, int]:
        reads: list[Value] = []
        defined: list[Value] = []
        inner_reads = inner_defined = 0
        for item in items:
            match item:
                case Let():
                    reads += item.reads
                    defined += [value for value in item.targets if value is not None]
                case Move():
                    reads += item.reads
                    defined += [target for target, _ in item.pairs] + [*item.unbound]
                case Leave():
                    reads += item.reads
                case Choice() | Repeat() | Guarded():
                    more, new = self._inner_touched(item)
                    inner_reads |= more
                    inner_defined |= new
        return self.bits(reads) | inner_reads, self.bits(defined) | inner_defined

    def _inner_touched(self, item: Choice | Repeat | Guarded) -> tuple[int, int]:
        match item:
            case Choice(sides=(yes, no)):
                parts = [self._all_touched(yes), self._all_touched(no)]
                own = self.bits(item.reads), 0
            case Repeat():
                parts = [self.touched(item), self._all_touched([item.init, item.after])]
                own = self.bits(item.reads), 0
            case Guarded():
                parts = [self._all_touched(item.body)]
                own = 0, self.bits(item.outcome)
        reads, defined = own
        for more, new in parts:
            reads |= more
            defined |= new
        return reads, defined

    # ------------------------------------------------------------------ what must not seem assigned
    def reach(self, items: Sequence[Item], before: int) -> int:
        """A variable that is unbound may not share a name with what was assigned before.

        before: what may have been assigned when ``items`` begin, in this iteration of loops around.
        """
        for item in items:
            match item:
                case Let():
                    before |= self.bits(value for value in item.targets if value is not None)
                case Move():
                    for target in item.unbound:
                        k = self.number[target]
                        self.conflicts[k] |= before & ~(1 << k)
                    before |= self.bits(target for target, _ in item.pairs)
                case Choice(sides=(yes, no)):
                    before = self.reach(yes, before) | self.reach(no, before)
                case Repeat():
                    before = self.reach([item.init], before) | self.bits(item.counters)
                    before |= self.bits(item.op.regions[0].args[:1])
                    before = self.reach([item.after], self.reach(item.body, before))
                case Guarded():
                    before = self.reach(item.body, before | self.bits(item.outcome))
        return before
