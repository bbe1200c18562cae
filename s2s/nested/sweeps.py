"""Derivatives of a block: both sweeps at once, the sweeps apart, or the tangent beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from s2s.analysis.activity import Activity
from s2s.errors import NonScalarOutput
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.frontend.lowering import Lowering
from s2s.frontend.templates import TLeaf, TNode, leaf_types
from s2s.ir.core import Block, Function, Op, Program, Value
from s2s.ir.rewrite import clone, free_values, substitute
from s2s.ir.types import OPAQUE, Array, Ref, Scalar, Type, is_complex, is_float
from s2s.nested.heap import SharedHeap
from s2s.nested.inner import Inner, Name, leaves_of, rebox, results
from s2s.nested.structures import Shadowing, cotangent
from s2s.transform.gradient import Request, gradient
from s2s.transform.pipeline import split_functions
from s2s.transform.plan_storage import plan_storage
from s2s.transform.reverse import Reverse


def both_sweeps(lo: Lowering, inner: Inner, aux: bool) -> tuple[AVal, dict[Name, AVal]]:
    """The result of the inner function, and the cotangents of what is differentiated.

    aux: the result is (number, anything).
    """
    check_scalar(lo, inner, aux)
    request = Request(tuple(inner.active), "first", True, nested=True)
    made = Swept(lo, inner, request)
    stands = dict(zip(made.params, inner.actual, strict=True))
    body = substitute(made.body, stands)
    append(lo, body.ops[:-1])
    values = iter(body.terminator.operands)
    value = results(lo, inner, values)
    return value, made.cotangents(inner, values, stands)


def plain(lo: Lowering, inner: Inner) -> AVal:
    """The result of the inner function alone, which changes nothing of what it is given."""
    body = substitute(inner.block, dict(zip(inner.inputs, inner.actual, strict=True)))
    append(lo, body.ops[:-1])
    return results(lo, inner, iter(body.terminator.operands))


def check_scalar(lo: Lowering, inner: Inner, aux: bool) -> None:
    """The first result must be one real number.  Raises NonScalarOutput."""
    template = inner.result
    if aux and isinstance(template, TNode) and len(template.parts) == 2:
        template = template.parts[0]
    types = list(leaf_types(template))
    t: object = types[0] if types else None
    if isinstance(t, Ref):
        t = lo.heap.of(t)
    real = isinstance(t, Scalar | Array) and is_float(t) and not is_complex(t)
    if not isinstance(template, TLeaf) or not real or (isinstance(t, Array) and t.rank != 0):
        shown = ", ".join(map(str, types)) or "None"
        raise NonScalarOutput.of("the inner function", shown, lo.b.span)


def append(lo: Lowering, ops: Sequence[Op]) -> None:
    """Put the operations of sweeps where the call stands."""
    for op in ops:
        if op.kind != "reverse":
            lo.b.append(op)


class Swept:
    """Both sweeps of a block."""

    def __init__(self, lo: Lowering, inner: Inner, request: Request) -> None:
        self.lo, self.heap = lo, SharedHeap(lo)
        program = unique_names(lo, inner.program(self.heap))
        self.classes: dict[int, int] = {}
        made = gradient(program, request, self.heap, self.classes)
        made = split_functions(plan_storage(made, self.heap), program)
        for name, function in made.functions.items():
            if name != made.entry:
                lo.functions[name] = function
        self.program = program
        self.body = made.main.body
        self.params = made.main.body.args[: len(inner.inputs)]

    def shadowing(self, shadow_map: Value | None) -> Shadowing:
        """Reads shadows of what the block differentiated."""
        lo = self.lo
        if shadow_map is None:
            shadow_map = lo.b.value("shadows", (), OPAQUE, "shadow")
        reverse = Reverse(self.program, Activity(), self.heap, self.classes, explicit=True)
        reverse.b, reverse.shadow_map = lo.b, shadow_map
        return Shadowing(lo, reverse)

    def cotangents(
        self, inner: Inner, values: Iterator[Value], actual: dict[Value, Value]
    ) -> dict[Name, AVal]:
        """The cotangents of the differentiated arguments, in their structure."""
        stands = dict(zip(inner.inputs, self.params, strict=True))
        found = [op.result for op in self.body.ops if op.kind == "shadows"]
        shadows = self.shadowing(actual.get(found[0], found[0]) if found else None)
        return {
            name: self.one(aval, values, shadows, lambda v: actual[stands[v]])
            for name, aval in inner.given.items()
        }

    def one(self, aval: AVal, values: Iterator[Value], shadows: Shadowing, actual: object) -> AVal:
        """The cotangent of one argument."""
        if isinstance(aval, TupleA):
            items = tuple(self.one(item, values, shadows, actual) for item in aval.items)
            return TupleA(items, aval.cls)
        if not isinstance(aval, Leaf):
            return Static(None)
        if isinstance(aval.type, Scalar) and not is_float(aval.type):
            return Static(None)
        bar = next(values)
        t = aval.type
        if isinstance(t, Ref) and not isinstance(self.lo.heap.of(t), Array):
            return cotangent(shadows, actual(aval.value))  # type: ignore[operator]
        if isinstance(bar.type, Array):
            bar = self.lo.b.value("copy", (bar,), bar.type, bar.name)
            return rebox(self.lo, Leaf(bar), shadows.kind("cotangent"))
        return self.lo.aval(bar)


def unique_names(lo: Lowering, program: Program) -> Program:
    """A program whose functions have names that no function here has, nor its sweeps."""
    number = 1 + sum(name.startswith("inner") for name in lo.functions)
    renamed = {name: f"inner{number}_{name}" for name in program.functions if name != program.entry}

    def rename(block: Block) -> Block:
        return Block(block.args, tuple(map(op_of, block.ops)))

    def op_of(op: Op) -> Op:
        regions = tuple(map(rename, op.regions))
        attrs = op.attrs
        if op.kind == "call":
            attrs = {**attrs, "callee": renamed[attrs["callee"]]}
        return replace(op, regions=regions, attrs=attrs) if regions or op.kind == "call" else op

    functions = {
        renamed.get(name, name): Function(renamed.get(name, name), rename(f.body), (), f.span)
        for name, f in program.functions.items()
    }
    return replace(program, functions=functions)


# ------------------------------------------------------------------------------------ sweeps apart
@dataclass(frozen=True, eq=False)
class Residuals:
    """The reverse sweep of a block that stands further up, and what it needs from there.

    reverse: arguments are what was handed over, then the cotangents of the result
    """

    reverse: Block
    handed: tuple[AVal, ...]
    swept: Swept
    inner: Inner


def forward_sweep(lo: Lowering, inner: Inner, seeded: int) -> tuple[AVal, Residuals]:
    """The result of the inner function, and what its pullback needs.

    seeded: how many values of the result have cotangents, counted from the first
    """
    request = Request(tuple(inner.active), "given", True, nested=True, seeded=seeded)
    made = Swept(lo, inner, request)
    at = next(k for k, op in enumerate(made.body.ops) if op.kind == "reverse")
    before, after, last = made.body.ops[:at], made.body.ops[at + 1 : -1], made.body.terminator
    kept = len(inner.program(made.heap).main.body.terminator.operands)
    seeds = made.body.args[len(inner.inputs) :]
    stands = dict(zip(made.params, inner.actual, strict=True))
    append(lo, substitute(Block((), before), stands).ops)
    value = results(lo, inner, iter(substitute(Block((), (last,)), stands).ops[0].operands[:kept]))
    end = Op("return", last.operands[kept:], (), {}, (), last.span)
    reverse = Block(seeds, (*after, end))
    params = [p for p in made.params if holds_container(lo, p.type)]
    handed = list(dict.fromkeys([*free_values(reverse), *params]))
    local = {v: Value(v.type, v.name) for v in handed}
    reverse = Block((*handed, *seeds), reverse.ops)
    reverse = substitute(Block((*local.values(), *seeds), reverse.ops), local)
    made.params = tuple(local.get(p, p) for p in made.params)
    given = private(lo, [stands.get(v, v) for v in handed])
    return value, Residuals(reverse, tuple(map(Leaf, given)), made, inner)


def holds_container(lo: Lowering, t: Type) -> bool:
    """Whether a parameter is a list, a dict or an object, whose shadow is read at the end."""
    return isinstance(t, Ref) and not isinstance(lo.heap.of(t), Array)


def private(lo: Lowering, values: Sequence[Value]) -> list[Value]:
    """Values of which nobody else can change anything: objects among them are copied."""
    refs = [v for v in values if any(isinstance(leaf.type, Ref) for leaf in leaves_of(Leaf(v)))]
    if not refs:
        return list(values)
    copies = lo.b.emit("private", refs, [v.type for v in refs], inner=True).results
    for old, new in zip(refs, copies, strict=True):
        new.name = old.name
    own = dict(zip(refs, copies, strict=True))
    return [own.get(v, v) for v in values]


def reverse_sweep(
    lo: Lowering, residuals: Residuals, handed_over: Sequence[AVal], seeds: Sequence[Value]
) -> dict[Name, AVal]:
    """The cotangents of what is differentiated; what was handed over stays as it is."""
    handed = private(lo, [lo.value(a) for a in handed_over])
    mapping: dict[Value, Value] = {}
    body = clone(residuals.reverse, mapping)
    actual = dict(zip(body.args, [*handed, *seeds], strict=True))
    body = substitute(body, actual)
    append(lo, body.ops[:-1])
    swept = residuals.swept
    at = {p: actual.get(mapping.get(p, p), p) for p in swept.params}
    at |= {old: new for old, new in mapping.items() if old not in at}
    return swept.cotangents(residuals.inner, iter(body.terminator.operands), at)
