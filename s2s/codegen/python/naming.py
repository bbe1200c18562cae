"""Out of SSA: variables that copy each other become one, and each gets a name.

1. Classes: the two sides of a copy unite if they do not interfere and do not have different names
   of the user's; first those that have the same name, then the others.
2. Names: classes that do not interfere share the name that they wish for; otherwise a number is
   appended.  Names that the function uses for something else are never taken.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from s2s.codegen.python.hints import temporary_name
from s2s.codegen.python.layout import Choice, Guarded, Item, Layout, Let, Move, Pairs, Repeat
from s2s.codegen.python.liveness import Liveness
from s2s.codegen.python.unbound import maybe_unbound, must_be_none
from s2s.ir.core import Value


@dataclass(slots=True, eq=False)
class Group:
    """Variables with one name.  may_be_unbound: there is a path on which nothing is assigned."""

    members: int
    conflicts: int
    name: str | None
    values: list[Value]
    fixed: bool = False
    may_be_unbound: bool = False

    def interferes(self, other: Group) -> bool:
        """Whether the two may not share a name."""
        return bool(self.conflicts & other.members or other.conflicts & self.members)

    def add(self, other: Group) -> None:
        """Unite with ``other``."""
        self.members |= other.members
        self.conflicts |= other.conflicts
        self.name = self.name or other.name
        self.values += other.values
        self.fixed |= other.fixed
        self.may_be_unbound |= other.may_be_unbound


def name_variables(
    layout: Layout, params: Sequence[Value], reserved: Collection[str]
) -> tuple[dict[Value, str], set[Value]]:
    """The Python name of each variable; and those that must be None where they are unbound."""
    maybe = maybe_unbound(layout)
    groups = _groups(layout, params, Liveness(layout, params, maybe), maybe)
    _coalesce(groups, [*_copies(layout.items)])
    names = _named(layout, groups, params, reserved)
    return names, must_be_none(layout, maybe, names)


# --------------------------------------------------------------------------------------- classes
def _groups(
    layout: Layout, params: Sequence[Value], liveness: Liveness, maybe: Collection[Value]
) -> dict[Value, Group]:
    fixed = set(params)
    groups = {}
    for value, k in layout.variables.items():
        name = clean(value.name or layout.hints.get(value) or "")
        groups[value] = Group(1 << k, liveness.conflicts[k], name or None, [value], value in fixed)
    for value in maybe:
        groups[value].may_be_unbound = True
    return groups


def _copies(items: Sequence[Item]) -> Iterator[Pairs]:
    """All copies, loops' results and arguments first."""
    for item in items:
        match item:
            case Move(pairs=pairs):
                yield pairs
            case Let(op=op, targets=(target,)) if op.kind == "alloc" and target is not None:
                yield [(target, op.operands[0])] if len(op.operands) == 1 else []
            case Choice(sides=(yes, no)):
                yield from _copies(yes)
                yield from _copies(no)
            case Guarded(body=body):
                yield from _copies(body)
            case Repeat(init=init, body=body, after=after):
                yield after.pairs
                yield from _copies(body)
                yield init.pairs


def _coalesce(groups: dict[Value, Group], copies: Sequence[Pairs]) -> None:
    """Unite both sides of copies; what may be unbound must not be copied, whatever its name."""
    for same_name in (True, False):
        for pairs in copies:
            for target, source in pairs:
                if source not in groups:
                    continue
                a, b = groups[target], groups[source]
                if a is b or (a.name != b.name if same_name else _differ(a, b)):
                    continue
                if a.interferes(b) or (a.fixed and b.fixed):
                    continue
                if len(a.values) < len(b.values):
                    a, b = b, a
                a.add(b)
                for value in b.values:
                    groups[value] = a


def _differ(a: Group, b: Group) -> bool:
    """Whether the user has two names."""
    known = a.name and b.name and not (a.may_be_unbound or b.may_be_unbound)
    return bool(known) and a.name != b.name


# ------------------------------------------------------------------------------------------ names
def _named(
    layout: Layout,
    groups: Mapping[Value, Group],
    params: Sequence[Value],
    reserved: Collection[str],
) -> dict[Value, str]:
    classes = list(dict.fromkeys(groups.values()))
    users = {group.name for group in classes if group.name}
    taken: dict[str, Group] = {}
    names: dict[Value, str] = {}

    def settle(group: Group, wish: str, first: Sequence[str]) -> None:
        for name in chain(first, _candidates(wish, users)):
            holder = taken.get(name)
            if name in reserved or (holder is not None and _clash(holder, group)):
                continue
            for value in group.values:
                names[value] = name
            if holder is None:
                taken[name] = group
                return
            values = holder.values
            holder.add(group)
            holder.values = values
            return

    for value in params:
        name = groups[value].name or "x"
        settle(groups[value], name, [name])
    for group in classes:
        if group.values[0] not in names and group.name:
            settle(group, group.name, [group.name])
    for group in classes:
        if group.values[0] not in names:
            wish = temporary_name(group.values, layout, names)
            settle(group, wish, [wish] if wish not in users else [])
    return names


def _clash(holder: Group, group: Group) -> bool:
    return (holder.fixed and group.fixed) or holder.interferes(group)


def _candidates(wish: str, users: Collection[str]) -> Iterator[str]:
    """The name wished for with numbers, as long as that is no name of the user's."""
    stem = wish + "_" if wish[-1].isdigit() else wish
    number = 2
    while True:
        if f"{stem}{number}" not in users:
            yield f"{stem}{number}"
        number += 1


def clean(name: str) -> str:
    """``name`` as an identifier; empty where nothing is left."""
    word = re.sub(r"\W+", "_", name).strip("_") if not name.isidentifier() else name
    if word and word[0].isdigit():
        word = "_" + word
    return word + "_" if keyword.iskeyword(word) else word
