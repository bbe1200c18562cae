"""Tangents of control flow: what a region hands on is followed by its tangents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from s2s.ir.builder import Pending
from s2s.ir.core import Block, Op, Value
from s2s.transform.tangent_types import dot_name
from s2s.transform.tangents import pushes

if TYPE_CHECKING:
    from s2s.transform.forward import Forward


def fresh_dots(f: Forward, values: Sequence[Value]) -> list[Value]:
    """New values that are the tangents of ``values``."""
    dots = [Value(f.type_of_dot(v), dot_name(v)) for v in values]
    f.dots.update(zip(values, dots, strict=True))
    return dots


def opened(f: Forward, region: Block) -> Pending:
    """A region with its tangents, still without terminator."""
    with f.b.block(region.args) as pending:
        f.define(region.args)
        f.block(region)
    return pending


def closed(f: Forward, pending: Pending, last: Op, moved: Sequence[int]) -> Block:
    """A region whose terminator hands on tangents of the values number ``moved``."""
    f.b.stack.append(pending)
    f.b.span = last.span
    hand_on(f, last, moved)
    f.b.stack.pop()
    return pending.finish()


def hand_on(f: Forward, last: Op, moved: Sequence[int]) -> None:
    """A `yield` or `break` with tangents behind its values; other terminators as they are."""
    if last.kind in ("yield", "break"):
        dots = [f.dot_or_zero(last.operands[k]) for k in moved]
        last = Op(last.kind, (*last.operands, *dots), (), last.attrs, (), last.span)
    f.b.append(last)


@pushes("if", "attempt")
def choice(f: Forward, op: Op) -> None:
    """Results with a tangent on any side get one; `attempt` has two results behind the values."""
    count = len(op.results) - (2 if op.kind == "attempt" else 0)
    pending = [opened(f, region) for region in op.regions]
    ends = [region.terminator for region in op.regions]
    given = [last.operands for last in ends if last.kind == "yield"]
    moved = [k for k in range(count) if any(values[k] in f.dots for values in given)]
    regions = [closed(f, p, last, moved) for p, last in zip(pending, ends, strict=True)]
    f.b.span = op.span
    values, rest = op.results[:count], op.results[count:]
    results = (*values, *fresh_dots(f, [values[k] for k in moved]), *rest)
    f.keep(Op(op.kind, op.operands, results, op.attrs, tuple(regions), op.span))


@pushes("loop")
def loop(f: Forward, op: Op) -> None:
    """Varied carried values carry their tangents along."""
    first = 3 if op.attrs["bounded"] else 0
    bounds, inits = op.operands[:first], op.operands[first:]
    body = op.regions[0]
    index, *carried = body.args
    *finals, trips, code = op.results
    varied = f.activity.values
    moved = [k for k, v in enumerate(finals) if v in varied or carried[k] in varied]
    start = [f.dot_or_zero(inits[k]) for k in moved]
    args = (index, *carried, *fresh_dots(f, [carried[k] for k in moved]))
    region = tree(f, body, args, moved)
    f.b.span = op.span
    results = (*finals, *fresh_dots(f, [finals[k] for k in moved]), trips, code)
    operands = (*bounds, *inits, *start)
    f.keep(Op("loop", operands, results, op.attrs, (region,), op.span))


def tree(f: Forward, block: Block, args: Sequence[Value], moved: Sequence[int]) -> Block:
    """A block of a loop's decision tree."""
    with f.b.block(args) as pending:
        f.define(args)
        f.block(block)
        last = block.terminator
        if last.kind == "branch":
            sides = tuple(tree(f, side, side.args, moved) for side in last.regions)
            last = Op("branch", last.operands, (), last.attrs, sides, last.span)
        hand_on(f, last, moved)
    return pending.finish()


@pushes("call")
def call(f: Forward, op: Op) -> None:
    """A function that calls itself: its tangent takes tangents and returns them."""
    name = op.attrs["callee"]
    if name not in f.pushed:
        f.keep(op)
        return
    assert f.shadow_map is not None
    callee = f.program.functions[name]
    varied = f.activity.values
    given = [v for v, p in zip(op.operands, callee.body.args, strict=True) if p in varied]
    operands = (*op.operands, f.shadow_map, *map(f.dot_or_zero, given))
    returned = callee.body.terminator.operands if op.results else ()
    moved = [r for r, v in zip(op.results, returned, strict=True) if v in varied]
    results = (*op.results, *fresh_dots(f, moved))
    f.keep(Op("call", operands, results, {"callee": f"{name}_jvp"}, (), op.span))
