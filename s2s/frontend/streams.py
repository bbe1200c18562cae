"""Iterables that are run rather than indexed: generators, generator expressions, filters.

The consumer's body stands in place of each `yield`; no object is made.  `break` in the body leaves the
generator, whose remaining code is never reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from s2s.frontend.avals import AVal, Iter, Static, Structure
from s2s.frontend.loops import LoopFrame, resume
from s2s.frontend.lowering import Dead, Exit, Lowering
from s2s.frontend.names import used_once
from s2s.frontend.scope import Code, Scope

Each = Callable[[AVal], None]


class Stream(Structure):
    """An iterable that can only be run."""

    may_be_kept = False

    def drive(self, lo: Lowering, each: Each) -> None:
        """Run it, calling ``each`` where an item comes out."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Generator(Stream):
    """A call of a generator function, which runs where it is consumed."""

    code: Code
    bound: Mapping[str, AVal]
    parent: Scope | None
    captured: Mapping[str, AVal]

    def drive(self, lo: Lowering, each: Each) -> None:
        """The body of the generator, with ``each`` for `yield`."""
        from s2s.frontend.calls import inline

        inline(lo, self.code, self.bound, self.parent, self.captured, consumer=each)

    def form(self) -> tuple[object, ...]:
        """Its code, and the names of its arguments and of what it captured."""
        where = self.parent.path if self.parent is not None else None
        return "generator", self.code, tuple(self.bound), tuple(self.captured), where

    def parts(self) -> tuple[AVal, ...]:
        """Its arguments and what it captured."""
        return (*self.bound.values(), *self.captured.values())

    def with_parts(self, parts: Iterator[AVal]) -> Generator:
        """The same generator of other arguments."""
        bound = {name: next(parts) for name in self.bound}
        return replace(self, bound=bound, captured={name: next(parts) for name in self.captured})


@dataclass(frozen=True, eq=False)
class Expression(Stream):
    """A generator expression; its first iterable was evaluated where it stands."""

    node: Any
    scope: Scope
    first: AVal

    def drive(self, lo: Lowering, each: Each) -> None:
        """Its clauses as loops."""
        from s2s.frontend.comprehensions import run_clauses
        from s2s.frontend.expressions import evaluate

        caller = lo.scope
        lo.scope = self.scope
        self.scope.caller = caller
        try:
            run_clauses(lo, self.node, self.first, lambda: each(evaluate(lo, self.node.elt)))
        finally:
            lo.scope = caller

    def known_items(self, lo: Lowering) -> list[AVal] | None:
        """The items one by one, where it runs over known ones; it is run by this."""
        from s2s.frontend.comprehensions import known_results

        return known_results(lo, self.node, self.scope, self.first)

    def form(self) -> tuple[object, ...]:
        """Its place."""
        return "expression", self.node, self.scope.path

    def parts(self) -> tuple[AVal, ...]:
        """What it runs over."""
        return (self.first,)

    def with_parts(self, parts: Iterator[AVal]) -> Expression:
        """The same over other items."""
        return replace(self, first=next(parts))


def is_stream(aval: AVal) -> bool:
    """Whether an iterable can only be run, from its first item to its last."""
    if isinstance(aval, Iter):
        return aval.kind == "filter" or any(map(is_stream, aval.parts))
    return isinstance(aval, Stream)


def is_used_up(aval: AVal) -> bool:
    """Whether an iterable is empty once it was run over: Python's iterators."""
    return isinstance(aval, Stream) or (
        isinstance(aval, Iter) and aval.kind not in ("items", "keys", "values")
    )


def check_used_once(lo: Lowering, body: Any, name: str, aval: AVal) -> None:
    """Refuse an iterator under a name that is read more than once: the second time it is empty."""
    if is_used_up(aval) and not used_once(name, body):
        lo.refuse(
            f"{name!r} is an iterator, which is used up when something runs over it",
            f"make a list of it: `{name} = list(...)`",
        )


def run_stream(
    lo: Lowering,
    node: Any,
    stream: AVal,
    bind: Each,
    body: Callable[[], None],
    orelse: Callable[[], None] | None,
) -> None:
    """A loop over a stream: its body wherever an item comes out."""
    frame = LoopFrame((lo.scope.path, id(node)), lo.scope, is_unrolled=True)
    start, state = lo.slot, lo.state
    outside = lo.scope, [*lo.loops, frame], lo.tries, lo.consumers
    lo.consumers = [*lo.consumers, (node, lo.scope)]

    def each(item: AVal) -> None:
        here, before = lo.slot, lo.state
        with at_consumer(lo, outside):
            try:
                bind(item)
                body()
            except Dead:
                lo.slot.state = lo.state
            resume(lo, here, before, ("continue", frame))

    try:
        drive(lo, stream, each)
    except Dead:
        pass
    else:
        if orelse is not None:
            try:
                orelse()
            except Dead:
                lo.slot.state = lo.state
    finally:
        lo.consumers = outside[3]
    resume(lo, start, state, ("break", frame))


@contextmanager
def at_consumer(lo: Lowering, place: tuple[Any, ...]) -> Iterator[None]:
    """Names, loops and handlers are those of the consumer."""
    before = lo.scope, lo.loops, lo.tries, lo.consumers
    span = lo.b.span
    lo.scope, lo.loops, lo.tries, lo.consumers = place
    path = lo.scope.path
    lo.scope.path = (*path, "each", before[0].path, lo.place)
    try:
        yield
    finally:
        lo.scope.path = path
        lo.scope, lo.loops, lo.tries, lo.consumers = before
        lo.b.span = span


def drive(lo: Lowering, iterable: AVal, each: Each) -> None:
    """Call ``each`` for every item of any iterable."""
    from s2s.frontend.builtins import fold_node
    from s2s.frontend.calls import call
    from s2s.frontend.expressions import truth
    from s2s.frontend.iterate import for_each, indexable

    match iterable:
        case Stream():
            iterable.drive(lo, each)
        case Iter("filter", (items, function)):

            def passed(item: AVal) -> None:
                known = isinstance(function, Static) and function.obj is None
                test = truth(lo, item if known else call(lo, function, [item], {}))
                if isinstance(test, Static):
                    if test.obj:
                        each(item)
                    return
                lo.conditional(lo.value(test), lambda: each(item), lambda: None)

            drive(lo, items, passed)
        case Iter("map", (items, function)) if is_stream(items):
            drive(lo, items, lambda item: each(call(lo, function, [item], {})))
        case Iter("enumerate", (items,), start) if is_stream(items):
            counted(lo, items, Static(0) if start is None else start, each)
        case Iter("zip", parts) if is_stream(iterable):
            zipped(lo, parts, each)
        case Iter(kind, parts, start) if is_stream(iterable):
            listed = tuple(indexable(lo, part) for part in parts)
            drive(lo, Iter(kind, listed, start), each)
        case _:
            found: list[AVal] = []

            def keep(item: AVal) -> None:
                found[:] = [item]

            for_each(lo, fold_node(lo), iterable, keep, lambda: each(found[0]))


def zipped(lo: Lowering, parts: Sequence[AVal], each: Each) -> None:
    """zip of a stream, which is run, and of others, whose items are found by position."""
    from s2s.frontend.avals import Leaf, TupleA
    from s2s.frontend.iterate import indexable, minimum, sequence
    from s2s.ir.types import BOOL

    driver = next(k for k, part in enumerate(parts) if is_stream(part))
    others = [None if k == driver else sequence(lo, indexable(lo, p)) for k, p in enumerate(parts)]
    if others.count(None) > 1:
        lo.cannot_infer("this value cannot be iterated over")
    limit: AVal | None = None
    for other in others:
        if other is not None and other.count is not None:
            limit = other.count if limit is None else minimum(lo, limit, other.count)
    frame = LoopFrame((lo.scope.path, "zip", lo.here), lo.scope, is_unrolled=True)
    start, state = lo.slot, lo.state

    def row(numbered: AVal) -> None:
        assert isinstance(numbered, TupleA)
        k, item = numbered.items
        if limit is not None:
            test = Leaf(lo.b.value("less", (lo.value(k), lo.value(limit)), BOOL, via="<"))
            lo.conditional(test.value, lambda: None, lambda: lo.leave(Exit("break", frame)))
        each(TupleA(tuple(item if other is None else other.item(k) for other in others)))

    with suppress(Dead):
        counted(lo, parts[driver], Static(0), row)
    resume(lo, start, state, ("break", frame))


def counted(lo: Lowering, items: AVal, start: AVal, each: Each) -> None:
    """The items of a stream with their numbers."""
    from s2s.frontend.arrays import apply_operator
    from s2s.frontend.avals import TupleA

    key = (lo.scope, f"$count{len(lo.loops)}_{lo.b.span.line}_{lo.b.span.col}")
    lo.state[key] = start

    def numbered(item: AVal) -> None:
        number = lo.state[key]
        one = isinstance(number, Static)
        following = Static(number.obj + 1) if one else apply_operator(lo, "+", [number, Static(1)])  # type: ignore[attr-defined]
        lo.state[key] = following
        each(TupleA((number, item)))

    drive(lo, items, numbered)
    lo.state.pop(key, None)


def yielded(lo: Lowering, value: AVal) -> AVal:
    """`yield value` where a generator runs."""
    scope: Scope | None = lo.scope
    if scope is None or scope.consumer is None:
        return lo.unsupported("`yield` here", "return a list")
    scope.consumer(value)
    return Static(None)
