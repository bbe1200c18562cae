"""Which values may be those of a variable without a value, and what to do about it.

Python raises UnboundLocalError where such a variable is read.  A copy to another variable reads,
too, and would raise too early; so what is copied, though it may be unbound, is None instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from s2s.codegen.python.layout import Choice, Guarded, Item, Layout, Leave, Move, Repeat
from s2s.codegen.python.uses import TRANSPARENT
from s2s.ir.core import Value

Copy = tuple[Value, Value]


def maybe_unbound(layout: Layout) -> set[Value]:
    """Values that may be unbound: assigned nothing, or such a value, on some path."""
    copies: dict[Value, list[Value]] = {}
    todo: list[Value] = []
    for target, source in _copies(layout.items, {}):
        if source is None:
            todo.append(target)
        else:
            copies.setdefault(seen_through(source, layout), []).append(target)
    found: set[Value] = set()
    while todo:
        value = todo.pop()
        if value not in found:
            found.add(value)
            todo += copies.get(value, ())
    return found


def seen_through(value: Value, layout: Layout) -> Value:
    """The variable that ``value`` prints as, if it does."""
    while value not in layout.variables and layout.made[value].kind in TRANSPARENT:
        (value,) = layout.made[value].operands
    return value


def must_be_none(layout: Layout, maybe: set[Value], names: Mapping[Value, str]) -> set[Value]:
    """The variables that must be None where they are unbound, for they are copied."""
    if not maybe:
        return set()
    copied = {
        names[source]
        for target, given in _copies(layout.items, {})
        if given is not None
        and (source := seen_through(given, layout)) in maybe
        and names[target] != names[source]
    }
    return {value for value, name in names.items() if name in copied}


def mark_repeated(items: Sequence[Item], inside: bool = False) -> None:
    """Find copies inside of loops after which a variable must not keep what it held before."""
    for item in items:
        match item:
            case Move(op=op, unbound=unbound):
                item.again = inside and bool(unbound) and op.kind == "yield"
            case Choice(sides=sides):
                for side in sides:
                    mark_repeated(side[:-2] if _is_leaf(side) else side, inside)
            case Guarded(body=body):
                mark_repeated(body, inside)
            case Repeat(init=init, body=body):
                init.again = inside and bool(init.unbound)
                mark_repeated(body[:-2] if _is_leaf(body) else body, True)


def _is_leaf(items: Sequence[Item]) -> bool:
    """Whether the last two items copy what a loop carries and end the iteration."""
    return len(items) > 1 and isinstance(items[-1], Leave) and isinstance(items[-2], Move)


def _copies(
    items: Sequence[Item], results: Mapping[Value, Value]
) -> Iterator[tuple[Value, Value | None]]:
    """All copies, None for what is unbound; what a `break` assigns goes to the loop's results."""
    for item in items:
        match item:
            case Move(op=op, pairs=pairs, unbound=unbound):
                goal = results if op.kind == "break" else {}
                yield from ((goal.get(target, target), source) for target, source in pairs)
                yield from ((goal.get(target, target), None) for target in unbound)
            case Choice(sides=sides):
                for side in sides:
                    yield from _copies(side, results)
            case Guarded(body=body, lost=lost):
                yield from _copies(body, results)
                yield from ((target, None) for target in lost)
            case Repeat(op=op, init=init, body=body, after=after):
                yield from _copies([init, after], {})
                goals = zip(op.regions[0].args[1:], op.results[:-2], strict=True)
                yield from _copies(body, dict(goals))
