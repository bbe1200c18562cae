"""A `return` inside of a loop, in the place of a `break` after which the function returns.

before:  for i in range(n):             after:  for i in range(n):
             if x[i] < 0.0:                         if x[i] < 0.0:
                 r = x[i]                               return x[i]
                 exit = 1                           s += x[i]
                 break                          return s
             s += x[i]
         if exit >= 1:
             return r
         return s
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from s2s.codegen.python.layout import (
    Choice,
    Guarded,
    Item,
    Layout,
    Leave,
    Move,
    Note,
    Pairs,
    Repeat,
)
from s2s.codegen.python.uses import TRANSPARENT
from s2s.ir.core import Op, Value

SIMPLE = TRANSPARENT | {"tuple", "const", "symbol", "undef"}
TESTS = {">=": operator.ge, ">": operator.gt, "==": operator.eq, "!=": operator.ne}


def return_from_loops(layout: Layout, count: Mapping[Value, int]) -> None:
    """Rewrite a layout; ``count`` says how often each value is used."""
    _Rewriter(layout, count).items(layout.items)


class _Rewriter:
    def __init__(self, layout: Layout, count: Mapping[Value, int]) -> None:
        self.layout = layout
        self.count = count

    def items(self, items: list[Item]) -> None:
        """Rewrite loops in ``items``, outer before inner."""
        k = 0
        while k < len(items):
            item, behind = items[k], items[k + 1] if k + 1 < len(items) else None
            if isinstance(item, Repeat) and isinstance(behind, Choice) and self.joins(item, behind):
                items[k + 1 : k + 2] = behind.sides[1]
            match items[k]:
                case Repeat(body=body) | Guarded(body=body):
                    self.items(body)
                case Choice(sides=(yes, no)):
                    self.items(yes)
                    self.items(no)
            k += 1

    def joins(self, loop: Repeat, behind: Choice) -> bool:
        """Put the `return` of ``behind`` into the loop, if that is all it does there."""
        yes = [item for item in behind.sides[0] if not isinstance(item, Note)]
        test = self.test(loop, behind)
        if test is None or len(yes) != 1 or not _is_return(yes[0]):
            return False
        leaves = [
            items for items in _leaves(loop.body, "break") if test(items[-1].op.attrs["code"])
        ]
        gone = self.returned(loop, yes[0].op)
        if gone is None or not all(self.may_return(items, _args(loop, gone)) for items in leaves):
            return False
        for items in leaves:
            self.put(items, loop, yes[0].op)
        left = loop.op.results[-1]
        loop.counters = tuple(value for value in loop.counters if value is not left)
        dead = gone | _args(loop, gone)
        for move in (loop.init, loop.after, *_moves(loop.body)):
            move.pairs = [pair for pair in move.pairs if pair[0] not in dead]
            move.unbound = [target for target in move.unbound if target not in dead]
            self.refresh(move)
        return True

    def test(self, loop: Repeat, behind: Choice) -> Callable[[int], bool] | None:
        """What the code of an exit must be for ``behind`` to hold; None if it asks for more."""
        op, left = self.layout.made.get(behind.test), loop.op.results[-1]
        if op is None or behind.test in self.layout.variables or self.count[left] != 1:
            return None
        compare = TESTS.get(op.attrs.get("via", ""))
        if compare is None or op.operands[0] is not left:
            return None
        limit = self.layout.made.get(op.operands[1])
        if limit is None or limit.kind != "const" or compare(0, limit.attrs["value"]):
            return None
        value = limit.attrs["value"]
        return lambda code: bool(compare(code, value))

    def returned(self, loop: Repeat, op: Op) -> set[Value] | None:
        """The results of the loop that are only returned; None if others are, too."""
        if not all(map(self.is_simple, op.operands)):
            return None
        used = Counter(value for operand in op.operands for value in self.parts(operand))
        results = {value for value in used if value in loop.op.results}
        carried = dict(zip(loop.op.results[:-2], loop.op.regions[0].args[1:], strict=True))
        alone = all(
            value in carried
            and self.count[value] == used[value] == 1
            and self.is_handed_on(loop, carried[value])
            for value in results
        )
        return results if alone else None

    def is_simple(self, value: Value) -> bool:
        """Whether the rest of an expression can stand elsewhere."""
        if value in self.layout.variables:
            return True
        op = self.layout.made[value]
        return op.kind in SIMPLE and all(map(self.is_simple, op.operands))

    def is_handed_on(self, loop: Repeat, arg: Value) -> bool:
        """Whether nothing reads ``arg``, and what is assigned to it may be forgotten."""
        inside = [pair for move in _moves(loop.body) for pair in move.pairs if pair[0] is arg]
        sources = [pair[1] for pair in loop.init.pairs if pair[0] is arg]
        sources += [source for _, source in inside if source is not arg]
        own = sum(source is arg for _, source in inside)
        breaks = [pair for items in _leaves(loop.body, "break") for pair in _pairs(items)]
        given = {source for target, source in breaks if target is arg}
        return self.count[arg] == own and all(
            source in given or source in self.layout.variables or self.is_simple(source)
            for source in sources
        )

    def parts(self, value: Value) -> Iterator[Value]:
        """The variables that an expression reads."""
        if value in self.layout.variables:
            yield value
            return
        op = self.layout.made[value]
        for operand in (*op.operands, *(v for r in op.regions for v in r.terminator.operands)):
            yield from self.parts(operand)

    def refresh(self, move: Move) -> None:
        """Find anew what a copy reads."""
        move.reads = [part for _, source in move.pairs for part in self.parts(source)]

    def may_return(self, items: Sequence[Item], gone: set[Value]) -> bool:
        """Whether a path that breaks does nothing else after its last statement."""
        pairs = _pairs(items)
        return all(
            target in gone or source in self.layout.variables or self.is_simple(source)
            for target, source in pairs
        )

    def put(self, items: list[Item], loop: Repeat, op: Op) -> None:
        """Let a path end in the `return` ``op``."""
        goals = dict(zip(loop.op.regions[0].args[1:], loop.op.results[:-2], strict=True))
        values = {goals[target]: source for target, source in _pairs(items)}
        if values:
            del items[-2]
        operands = tuple(self.replaced(value, values) for value in op.operands)
        reads = [part for value in operands for part in self.parts(value)]
        items[-1] = Leave(replace(op, operands=operands), reads)

    def replaced(self, value: Value, values: Mapping[Value, Value]) -> Value:
        """``value`` with the results of the loop replaced by what a `break` hands on."""
        if value in values or value in self.layout.variables:
            return values.get(value, value)
        op = self.layout.made[value]
        operands = tuple(self.replaced(operand, values) for operand in op.operands)
        if operands == op.operands:
            return value
        copy = Value(value.type, value.name)
        self.layout.made[copy] = replace(op, operands=operands, results=(copy,))
        return copy


def _is_return(item: Item) -> bool:
    return isinstance(item, Leave) and item.op.kind == "return"


def _leaves(items: list[Item], kind: str) -> Iterator[list[Item]]:
    """The blocks of a decision tree that end in ``kind``."""
    last = items[-1] if items else None
    if isinstance(last, Leave) and last.op.kind == kind:
        yield items
    elif isinstance(last, Choice):
        for side in last.sides:
            yield from _leaves(side, kind)


def _pairs(items: Sequence[Item]) -> Pairs:
    """What a path copies at its end."""
    move = items[-2] if len(items) > 1 else None
    return move.pairs if isinstance(move, Move) else []


def _args(loop: Repeat, results: set[Value]) -> set[Value]:
    """The carried values that become ``results``."""
    pairs = zip(loop.op.regions[0].args[1:], loop.op.results[:-2], strict=True)
    return {arg for arg, result in pairs if result in results}


def _moves(items: Sequence[Item]) -> Iterator[Move]:
    """The copies at the leaves of a decision tree."""
    last = items[-1] if items else None
    if isinstance(last, Leave) and len(items) > 1 and isinstance(items[-2], Move):
        yield items[-2]
    elif isinstance(last, Choice):
        for side in last.sides:
            yield from _moves(side)
