"""Forward mode of a block: the tangent beside the primal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s2s.analysis.activity import Activity
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.frontend.containers import get_item
from s2s.frontend.lowering import Lowering
from s2s.frontend.templates import Template, TLeaf, TNode
from s2s.ir.core import Program, Value
from s2s.ir.rewrite import substitute
from s2s.ir.types import OPAQUE, Array, Ref
from s2s.nested.heap import SharedHeap
from s2s.nested.inner import Inner, floating, rebox, results
from s2s.nested.seeds import as_seed
from s2s.nested.structures import Shadowing, cotangent, put
from s2s.nested.sweeps import append, unique_names
from s2s.transform.forward import Nested, tangent_program
from s2s.transform.tangent_writer import Writer


def push(lo: Lowering, inner: Inner, given: dict[int, AVal]) -> tuple[AVal, AVal]:
    """The result of the inner function and its tangent; ``given``: tangents of its arguments."""
    heap = SharedHeap(lo)
    nested = Nested(heap, lo.b.value("shadows", (), OPAQUE, "tangent"))
    program = unique_names(lo, inner.program(heap))
    shadows = Shadowing(lo, writer(lo, program, nested))
    body_args = list(inner.inputs)
    seeds = seeds_of(shadows, inner, given)
    made = tangent_program(program, tuple(inner.active), True, nested)
    for name, function in made.functions.items():
        if name != made.entry:
            lo.functions[name] = function
    lo.symbols.update({k: v for k, v in made.symbols.items() if k not in lo.symbols})
    body = made.main.body
    dots = body.args[len(body_args) :]
    stands = dict(zip(body_args, inner.actual, strict=True)) | dict(zip(dots, seeds, strict=True))
    body = substitute(body, stands)
    append(lo, body.ops[:-1])
    count = len(inner.block.terminator.operands)
    returned = body.terminator.operands
    value = results(lo, inner, iter(returned[:count]))
    tangent = tangent_of(
        shadows, inner.result, iter(inner.block.terminator.operands), iter(returned[:count]),
        iter(returned[count:]),
    )  # fmt: skip
    return value, tangent


def writer(lo: Lowering, program: Program, nested: Nested) -> Writer:
    """Writes shadows into the program around."""
    made = Writer(program, Activity(), nested.heap)
    made.b, made.shadow_map = lo.b, nested.shadow_map
    made.shadow_classes, made.explicit = nested.shadow_classes, True
    return made


def seeds_of(s: Shadowing, inner: Inner, given: dict[int, AVal]) -> list[Value]:
    """Tangents of the differentiated inputs; those of containers are put into their shadows."""
    lo = s.lo
    stands = dict(zip(inner.inputs, inner.actual, strict=True))
    found: dict[Value, Value] = {}

    def visit(aval: AVal, dot: AVal) -> None:
        if isinstance(aval, TupleA):
            for k, item in enumerate(aval.items):
                visit(item, get_item(lo, dot, Static(k)))
        elif isinstance(aval, Leaf) and aval.value in stands:
            found[aval.value] = seed_of(s, aval.value, stands[aval.value], dot)

    for k, aval in inner.given.items():
        visit(aval, given[k])  # type: ignore[index]
    return [found[inner.inputs[k]] for k in inner.active]


def seed_of(s: Shadowing, value: Value, actual: Value, dot: AVal) -> Value:
    """The tangent of one input."""
    lo, t = s.lo, value.type
    if isinstance(t, Ref):
        content = lo.heap.of(t)
        if not isinstance(content, Array):
            put(s, actual, dot)
            return lo.b.const(None)
        t = content
    return as_seed(lo, dot, t, actual)


def tangent_of(
    s: Shadowing,
    template: Template,
    types: Iterator[Value],
    values: Iterator[Value],
    dots: Iterator[Value],
) -> AVal:
    """The tangent of the result, in its structure."""
    lo = s.lo
    if isinstance(template, TNode):
        parts: Sequence[AVal] = [tangent_of(s, p, types, values, dots) for p in template.parts]
        return TupleA(tuple(parts), getattr(template.example, "cls", None))
    if not isinstance(template, TLeaf):
        return Static(None)
    t, value = next(types).type, next(values)
    if not floating(lo, t):
        return Static(None)
    dot = next(dots)
    if isinstance(t, Ref) and not isinstance(lo.heap.of(t), Array):
        return cotangent(s, value)
    return rebox(lo, lo.aval(dot), s.kind("tangent"))
