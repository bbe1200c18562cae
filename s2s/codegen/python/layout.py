"""What placement makes of a function: statements, still in terms of values.

`reads` are the variables that the expressions of an item read; values without a variable print as
expressions in their places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from s2s.ir.core import Op, Value

Pairs = list[tuple[Value, Value]]


@dataclass(slots=True, eq=False)
class Let:
    """An operation as a statement: its results get variables.

    targets: one for each result, or for each item where the result is a tuple that is taken apart
    at once; None where nobody wants it.  source: what stands on the right if not the operation.
    """

    op: Op
    reads: Sequence[Value]
    targets: tuple[Value | None, ...] = ()
    source: Value | None = None


@dataclass(slots=True, eq=False)
class Move:
    """A parallel assignment of carried values; those `unbound` get none.

    again: what was unbound may hold a value of an earlier iteration.
    """

    op: Op
    pairs: Pairs
    reads: Sequence[Value] = ()
    unbound: Sequence[Value] = ()
    again: bool = False


@dataclass(slots=True, eq=False)
class Choice:
    """An `if`, or a `branch` of a loop's decision tree."""

    op: Op
    test: Value
    reads: Sequence[Value]
    sides: tuple[list[Item], list[Item]]


@dataclass(slots=True, eq=False)
class Repeat:
    """A loop.  counters: variables besides the carried ones, alive all through the loop."""

    op: Op
    init: Move
    reads: Sequence[Value]
    body: list[Item]
    after: Move
    counters: tuple[Value, ...]


@dataclass(slots=True, eq=False)
class Guarded:
    """An `attempt`.

    outcome: those of its last two results that are used;  lost: other results that may be read even
    though an exception was caught, and are None then.
    """

    op: Op
    body: list[Item]
    outcome: tuple[Value, ...]
    lost: tuple[Value, ...]


@dataclass(slots=True, eq=False)
class Leave:
    """The end of a path: `yield` of an iteration, `break`, `return`, `unreachable`."""

    op: Op
    reads: Sequence[Value] = ()


@dataclass(slots=True, eq=False)
class Note:
    """A comment."""

    op: Op


Item = Let | Move | Choice | Repeat | Guarded | Leave | Note


@dataclass(slots=True)
class Layout:
    """A function in statements.

    variables: the values that have a variable, numbered in order of definition
    made:      which operation makes a value
    copied:    views that print as copies
    owned:     `alloc` operations that take their operand as it is
    hints:     names that values may take if they have none
    indices:   of loops, with the number of loops around
    """

    items: list[Item]
    variables: Mapping[Value, int]
    made: dict[Value, Op]
    copied: set[Value] = field(default_factory=set)
    owned: set[Op] = field(default_factory=set)
    hints: dict[Value, str] = field(default_factory=dict)
    indices: dict[Value, int] = field(default_factory=dict)
