"""Loops: lowered again until the types of what they carry no longer change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from s2s.frontend.avals import UNBOUND, AVal
from s2s.frontend.lowering import Dead, Exit, Key, Lowering, Slot, State, _keeps_state
from s2s.frontend.names import assigned_names, is_private
from s2s.frontend.scope import Scope
from s2s.frontend.templates import (
    Template,
    build,
    conform,
    leaf_types,
    template_of,
)
from s2s.ir.core import Block, Value
from s2s.ir.types import BOOL, INT
from s2s.pyast import gast

_TRIES = 40


@dataclass(eq=False)
class LoopFrame:
    """A loop being lowered: the target of `break` and `continue`."""

    key: object
    scope: Scope
    is_unrolled: bool = False


@dataclass
class LoopSpec:
    """What distinguishes one kind of loop from another.

    bounds: lo, hi, step of a counted loop, None for `while`;  begin: what happens at the start of
    each iteration, given the index;  body, orelse: the rest.
    """

    node: gast.AST
    bounds: tuple[Value, Value, Value] | None
    begin: Callable[[Value], None]
    body: Callable[[], None]
    orelse: Callable[[], None] | None = None
    index_name: str | None = None
    extra_keys: tuple[Key, ...] = ()
    endless: bool = False


def carried_keys(lo: Lowering, node: gast.AST) -> list[Key]:
    """Variables that a loop assigns and that its next iteration, or what follows, may read."""
    keys = []
    function = lo.scope.code.node
    if isinstance(node, gast.comprehension):  # of its targets only what functions inside keep
        names = set(assigned_names([node.target]) & lo.scope.code.shared)
    else:
        names = assigned_names([node])
    for name in sorted(names):
        owner = lo.scope.owner(name)
        if owner is None:
            continue
        bound = lo.state.get((owner, name), UNBOUND) is not UNBOUND
        kept = bound or name in owner.code.shared
        if not kept and owner is lo.scope and is_private(name, node, function):
            continue
        keys.append((owner, name))
    return [*keys, *consumed_keys(lo, keys)]


def consumed_keys(lo: Lowering, known: Sequence[Key]) -> list[Key]:
    """Variables that loops over the generators that run here assign: these loops are in ours."""
    keys = []
    for node, scope in lo.consumers:
        if not isinstance(node, gast.For):
            continue
        for name in sorted(assigned_names([node])):
            owner = scope.owner(name)
            if owner is scope and not is_private(name, node, scope.code.node):
                keys.append((owner, name))
    return [key for key in keys if key not in known]


def lower_loop(lo: Lowering, spec: LoopSpec) -> None:
    """Lower a loop; afterwards the state is that after the loop."""
    frame = LoopFrame((lo.scope.path, id(spec.node)), lo.scope)
    keys = [*carried_keys(lo, spec.node), *spec.extra_keys]
    for _ in range(_TRIES):
        heads = lo.templates_at_head(frame, keys)
        root, head_state = lower_body(lo, spec, frame, heads)
        if not learn(lo, frame, heads, root, head_state):
            close_loop(lo, spec, frame, heads, root)
            return
    names = ", ".join(f"`{k[1]}`" for k in keys if not k[1].startswith("$"))
    lo.cannot_infer(
        f"a variable of this loop ({names}) has another type after each iteration",
        "keep values of one type in it, or append to a list",
    )


def lower_body(
    lo: Lowering, spec: LoopSpec, frame: LoopFrame, heads: dict[Key, Template]
) -> tuple[Slot, State]:
    """One iteration, from the state at the loop's head."""
    index = Value(INT, spec.index_name)
    args = [Value(t, key[1]) for key, head in heads.items() for t in leaf_types(head)]
    head_state: State = {}

    def run() -> None:
        values = iter(args)
        for key, head in heads.items():
            aval = build(lo, head, values)
            lo.state[key] = aval
        head_state.update(lo.state)
        spec.begin(index)
        spec.body()

    lo.loops.append(frame)
    try:
        root = lo.subtree(run, (index, *args))
    finally:
        lo.loops.pop()
    return root, head_state


def learn(
    lo: Lowering, frame: LoopFrame, heads: dict[Key, Template], root: Slot, head_state: State
) -> bool:
    """Compare what iterations leave behind with what the head assumed; True if that must widen."""
    known = lo.facts.carried[frame.key]
    changed = False
    for leaf in root.leaves():
        if not _keeps_state(leaf):
            continue
        for key, aval in leaf.state.items():
            if aval is head_state.get(key) or not lo.is_live(key):
                continue
            if key not in heads:
                if _wanted(lo, key, frame):
                    known[(key[0].path, key[1])] = None
                    changed = True
                continue
            mine = template_of(lo, aval, loop=True)
            wider = lo.join_loosely(heads[key], mine, key)
            if wider != heads[key]:
                known[(key[0].path, key[1])] = wider
                changed = True
    return changed


def _wanted(lo: Lowering, key: Key, frame: LoopFrame) -> bool:
    """Whether a variable that changes in the loop was bound before it (others are private to it)."""
    return lo.state.get(key, UNBOUND) is not UNBOUND


def close_loop(
    lo: Lowering, spec: LoopSpec, frame: LoopFrame, heads: dict[Key, Template], root: Slot
) -> None:
    """Write the loop operation and go on behind it."""
    groups, codes = number_exits(root, frame)
    payloads: dict[Any, list[Template]] = {}
    for leaf in root.exits():
        assert leaf.exit is not None
        if leaf.exit.group in groups:
            payloads[leaf.exit.group] = lo.join_payloads(payloads.get(leaf.exit.group), leaf)
    payload_types = [t for ts in payloads.values() for p in ts for t in leaf_types(p)]
    payload_args = [Value(t) for t in payload_types]
    root.pending.args = (*root.pending.args, *payload_args)
    inits = [v for k, head in heads.items() for v in conform(lo, lo.state.get(k, UNBOUND), head)]
    inits += [lo.b.value("undef", (), t) for t in payload_types]

    def values_of(leaf: Slot) -> list[Value]:
        keeps = _keeps_state(leaf)
        values = []
        for key, head in heads.items():
            values += conform(lo, leaf.state.get(key, UNBOUND), head) if keeps else lo.nothing(head)
        args = iter(payload_args)
        for group, templates in payloads.items():
            for k, template in enumerate(templates):
                mine = [next(args) for _ in leaf_types(template)]
                if leaf.exit is not None and leaf.exit.group == group:
                    mine = conform(lo, leaf.exit.payload[k], template)
                values += mine
        return values

    types = [t for head in heads.values() for t in leaf_types(head)] + payload_types
    body = close_tree(lo, root, frame, codes, values_of, types)
    operands = [*(spec.bounds or ()), *inits]
    op = lo.b.emit(
        "loop", operands, [*types, INT, INT], regions=[body], bounded=spec.bounds is not None
    )
    results = iter(op.results)
    for key, head in heads.items():
        lo.state[key] = lo.named(build(lo, head, results), key[1])
    built = {g: tuple(build(lo, p, results) for p in ts) for g, ts in payloads.items()}
    _, exit_code = op.results[-2:]
    go_on(lo, spec, frame, groups, built, exit_code, root)


def number_exits(root: Slot, frame: LoopFrame) -> tuple[dict[Any, int], dict[Slot, int]]:
    """A code for each leaf that leaves the loop, contiguous within a group of exits.

    Returns the first code of each group other than this loop's own, and the code of each leaf.
    """
    mine = [s for s in root.exits() if s.exit and s.exit.group == ("break", frame)]
    done = [s for s in root.exits() if s.exit and s.exit.group == ("done", frame)]
    codes: dict[Slot, int] = dict.fromkeys(done, 0)
    codes.update({leaf: k + 1 for k, leaf in enumerate(mine)})
    groups: dict[Any, int] = {}
    others: dict[Any, list[Slot]] = {}
    for leaf in root.exits():
        assert leaf.exit is not None
        if leaf.exit.group not in (("break", frame), ("done", frame), ("continue", frame)):
            others.setdefault(leaf.exit.group, []).append(leaf)
    number = len(mine) + 1
    for group, leaves in others.items():
        groups[group] = number
        for leaf in leaves:
            codes[leaf] = number
            number += 1
    return groups, codes


def close_tree(
    lo: Lowering,
    slot: Slot,
    frame: LoopFrame,
    codes: dict[Slot, int],
    values_of: Callable[[Slot], list[Value]],
    types: Sequence[Any],
) -> Block:
    """Write a loop body's decision tree: branches above breaks, `if` operations elsewhere."""
    leaves = list(slot.leaves())
    if any(leaf in codes for leaf in leaves) and slot.test is not None:
        regions = [close_tree(lo, s, frame, codes, values_of, types) for s in slot.sides]
        with lo.into(slot):
            lo.b.emit("branch", (slot.test,), (), regions=regions)
        return slot.pending.finish()
    if not leaves:
        if slot.test is not None:
            lo.close_as_if(slot, {}, [])
            with lo.into(slot):
                lo.b.emit("unreachable")
        return slot.pending.finish()
    yields: dict[Slot, list[Value]] = {}
    for leaf in leaves:
        with lo.into(leaf):
            yields[leaf] = values_of(leaf)
            if leaf in codes:
                lo.b.emit("break", yields[leaf], code=codes[leaf])
    if slot in codes:
        return slot.pending.finish()
    values = lo.close_as_if(slot, yields, list(types))
    return lo.close_block(slot, values)


def go_on(
    lo: Lowering,
    spec: LoopSpec,
    frame: LoopFrame,
    groups: dict[Any, int],
    payloads: dict[Any, tuple[AVal, ...]],
    exit_code: Value,
    root: Slot,
) -> None:
    """What follows a loop: exits to places further out, then `else`."""
    breaks = any(s.exit and s.exit.group == ("break", frame) for s in root.exits())
    never_ends = spec.endless and not breaks
    ordered = sorted(groups.items(), key=lambda item: -item[1])
    for position, (group, first) in enumerate(ordered):
        exit_ = Exit(*group, payload=payloads[group])
        if never_ends and position == len(ordered) - 1:
            lo.leave(exit_)
        test = lo.b.value("greater_equal", (exit_code, lo.b.const(first)), BOOL, via=">=")
        lo.split(test, exit_)
    if never_ends:
        lo.leave(Exit("unreachable"))
    if spec.orelse is not None:
        if breaks:
            test = lo.b.value("equal", (exit_code, lo.b.const(0)), BOOL, via="==")
            lo.conditional(test, spec.orelse, lambda: None)
        else:
            spec.orelse()


def lower_unrolled(
    lo: Lowering,
    node: gast.AST,
    items: Sequence[Callable[[], None]],
    body: Callable[[], None],
    orelse: Callable[[], None] | None,
) -> None:
    """A loop over a known number of different things: its body once for each."""
    frame = LoopFrame((lo.scope.path, id(node)), lo.scope, is_unrolled=True)
    start, state = lo.slot, lo.state
    path = lo.scope.path
    lo.loops.append(frame)
    try:
        for k, begin in enumerate(items):
            lo.scope.path = (*path, id(node), k)
            try:
                begin()
                body()
            except Dead:
                lo.slot.state = lo.state
            resume(lo, start, state, ("continue", frame))
    except Dead:
        pass
    else:
        if orelse is not None:
            try:
                orelse()
            except Dead:
                lo.slot.state = lo.state
    finally:
        lo.loops.pop()
        lo.scope.path = path
    resume(lo, start, state, ("break", frame))


def resume(lo: Lowering, start: Slot, state: State, group: tuple[str, object]) -> None:
    """Let leaves below ``start`` that left with ``group`` fall through; go on behind them.

    Raises Dead if nothing falls through.
    """
    if lo.slot.test is None and lo.slot.exit is None:
        lo.slot.state = lo.state
    for leaf in start.exits():
        assert leaf.exit is not None
        if leaf.exit.group == group:
            leaf.exit = None
    rejoin(lo, start, state)


def rejoin(lo: Lowering, start: Slot, state: State) -> None:
    """Go on where leaves below ``start`` fall through.  Raises Dead if none does."""
    falling = start.open()
    if not falling:
        raise Dead
    leaves = start.exits()
    if len(falling) == 1 and (leaves or falling[0] is start):
        lo.go_on_in(falling[0])
        return
    lo.go_on_in(start)  # where all others raise, too: nothing will come back to close the tree
    lo.state = dict(state)
    if leaves:
        lo.collapse(start)
    else:
        lo.merge(start, {})
