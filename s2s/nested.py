"""Gradients inside of functions that are lowered: `grad(grad(f))`, `g = grad(f)` called by the user's code.

The inner function is lowered in place, into a block whose arguments stand for what it is differentiated
with respect to; that block is differentiated at once, with everything around it as constants, and the result
takes the place of the call.  So captured variables are in scope, and the outer transformation sees one
ordinary program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from s2s.errors import NonScalarOutput
from s2s.frontend.arrays import array_type, box, read
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.frontend.calls import call
from s2s.frontend.heap import Heap
from s2s.frontend.lowering import Lowering
from s2s.frontend.templates import build, conform, leaf_types, template_of
from s2s.ir.core import Block, Function, Program, Value, walk
from s2s.ir.rewrite import substitute
from s2s.ir.types import NONE, OPAQUE, Array, Content, Ref, Scalar, Type, is_float
from s2s.transform.gradient import HeapTable, Request, gradient
from s2s.transform.plan_storage import plan_storage


class SharedHeap(HeapTable):
    """The heap of a function that is being lowered: new classes are allocation sites of it."""

    def __init__(self, lo: Lowering) -> None:
        heap: Heap = lo.heap
        super().__init__(
            {n: heap.resolve_content(c) for n, c in heap.content.items() if heap.find(n) == n}
        )
        self.lo, self.count = lo, 0

    def add(self, content: Content | Type) -> int:
        """A new class; the same one when the function is lowered again."""
        self.count += 1
        key = (self.lo.scope.path, self.lo.b.span, "nested", self.count)
        if key in self.lo.heap.sites:
            number = self.lo.heap.find(self.lo.heap.sites[key])
            self.lo.heap.content[number] = content
        else:
            number = self.lo.heap.site(key, content).cls
        self[number] = content
        return number


def lower_gradient(
    lo: Lowering,
    function: AVal,
    argnums: Sequence[int],
    args: Sequence[AVal],
    kwargs: dict[str, AVal],
) -> tuple[AVal, list[AVal]]:
    """The value of ``function(*args)`` and its cotangents with respect to some arguments."""
    inner_args = list(args)
    inputs: list[Value] = []
    actual: list[Value] = []
    for k in argnums:
        inner_args[k] = fresh(lo, args[k], inputs, actual)
    found: list[AVal] = []
    root = lo.subtree(lambda: found.append(call(lo, function, inner_args, kwargs)), inputs)
    if not found or len(root.open()) != 1 or root.test is not None:
        lo.unsupported("a gradient of a function that is left by an exception")
    template = template_of(lo, found[0])
    with lo.into(root):
        values = conform(lo, found[0], template)
        lo.b.emit("return", values)
    check(lo, values)
    block = root.pending.finish()
    if any(op.kind == "call" for op in walk(block)):
        lo.unsupported("a gradient of a recursive function inside of a function")
    settle(lo, block)
    body = differentiated(lo, block, tuple(range(len(inputs))))
    body = substitute(body, dict(zip(body.args, actual, strict=True)))
    for op in body.ops[:-1]:
        if op.kind != "reverse":
            lo.b.append(op)
    returned = iter(body.terminator.operands)
    leaves = [next(returned) for _ in leaf_types(template)]
    value = build(lo, template, iter(leaves))
    bars = [boxed(lo, bar) for bar in returned]
    return rebox(lo, value), bars


def fresh(lo: Lowering, aval: AVal, inputs: list[Value], actual: list[Value]) -> AVal:
    """An argument of its own for the inner function: it is not what the outer one calls by its name."""
    if isinstance(aval, TupleA):
        return TupleA(tuple(fresh(lo, item, inputs, actual) for item in aval.items), aval.cls)
    seen = array_type(lo, aval)
    if seen is not None:
        value = read(lo, aval)
        copied = lo.b.value("copy", (value,), value.type, value.name)
        boxed_ = box(lo, copied, f"argument{len(inputs)}", value.name)
        assert isinstance(boxed_, Leaf)
        given = Value(boxed_.type, value.name)
        inputs.append(given)
        actual.append(boxed_.value)
        return Leaf(given)
    if isinstance(aval, Static) and isinstance(aval.obj, bool | str | type(None)):
        return aval
    value = lo.value(aval)
    if isinstance(value.type, Scalar) and value.type.name in ("int", "bool"):
        return aval
    if isinstance(value.type, Ref):
        lo.unsupported(
            "a gradient with respect to a container inside of a function", "pass its arrays"
        )
    given = Value(value.type, value.name)
    inputs.append(given)
    actual.append(value)
    return Leaf(given)


def check(lo: Lowering, values: Sequence[Value]) -> None:
    """The inner function must give one real number."""
    t = values[0].type if values else NONE
    if isinstance(t, Ref):
        t = lo.heap.of(t)  # type: ignore[assignment]
    real = is_float(t) and not str(getattr(t, "name", getattr(t, "dtype", ""))).startswith("c")
    if len(values) != 1 or not real or (isinstance(t, Array) and t.rank != 0):
        shown = ", ".join(str(v.type) for v in values) or "None"
        raise NonScalarOutput.of("the inner function", shown, lo.b.span)


def settle(lo: Lowering, block: Block) -> None:
    """Let all types of a block name the representatives of their classes."""
    values = list(block.args)
    for op in walk(block):
        values += op.results
        for region in op.regions:
            values += region.args
    for value in values:
        value.type = lo.heap.resolve(value.type)


def differentiated(lo: Lowering, block: Block, active: tuple[int, ...]) -> Block:
    """Both sweeps of a block."""
    heap = SharedHeap(lo)
    program = Program("inner", {"inner": Function("inner", block)}, heap, lo.symbols)
    made = plan_storage(gradient(program, Request(active, "one", True), heap), heap)
    return made.main.body


def boxed(lo: Lowering, bar: Value) -> AVal:
    """A cotangent as the user's code sees it."""
    if isinstance(bar.type, Array):
        copied = lo.b.value("copy", (bar,), bar.type, bar.name)
        return box(lo, copied, f"cotangent{bar.name or ''}", bar.name)
    if bar.type == OPAQUE:
        lo.unsupported("the gradient of a container inside of a function", "pass its arrays")
    return lo.aval(bar)


def rebox(lo: Lowering, value: AVal) -> AVal:
    """Results that the reverse sweep gave back as values are objects again."""
    if isinstance(value, Leaf) and isinstance(value.type, Array):
        return box(lo, value.value, "value")
    return value


@dataclass(frozen=True, eq=False)
class GradientA(AVal):
    """`grad(f)` of a function that the user's code made: called, it is lowered in place."""

    function: AVal
    argnums: Any
    with_value: bool

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """A call of the gradient."""
        numbers = (self.argnums,) if isinstance(self.argnums, int) else tuple(self.argnums)
        numbers = tuple(k if k >= 0 else k + len(args) for k in numbers)
        value, bars = lower_gradient(lo, self.function, numbers, args, kwargs)
        bars = regrouped(args, numbers, bars)
        gradient_ = bars[0] if isinstance(self.argnums, int) else TupleA(tuple(bars))
        return TupleA((value, gradient_)) if self.with_value else gradient_


def lower_transformed(
    lo: Lowering, transformed: Any, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """A call of a transformed function in the user's code."""
    from s2s.frontend.facts import static_value
    from s2s.frontend.program import parameter_names

    if transformed.mode != "grad" or transformed.has_aux:
        return lo.unsupported(f"{type(transformed).__name__.lower()} inside of a function")
    names = parameter_names(transformed.__s2s_function__)
    numbers = tuple(k if isinstance(k, int) else names.index(k) for k in transformed._numbers())
    single = isinstance(transformed.argnums, int | str)
    function = static_value(transformed.__s2s_function__)
    made = GradientA(function, numbers[0] if single else numbers, transformed.with_value)
    return made.lower_call(lo, args, kwargs)


def lower_transformation(with_value: bool) -> Any:
    """What `grad` and `value_and_grad` are in code that is lowered."""

    def lower(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        argnums = args[1] if len(args) > 1 else kwargs.pop("argnums", Static(0))
        known = kwargs.keys() <= {"pipeline"}
        if isinstance(argnums, TupleA):
            numbers: Any = tuple(getattr(item, "obj", None) for item in argnums.items)
        else:
            numbers = getattr(argnums, "obj", None)
        if not args or not known or numbers is None or isinstance(numbers, str):
            return lo.unsupported("this use of a transformation inside of a function")
        return GradientA(args[0], numbers, with_value)

    return lower


def refuse(name: str) -> Any:
    """What the other transformations are in code that is lowered."""

    def lower(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        return lo.unsupported(f"`{name}` inside of a function", "use `grad` or `value_and_grad`")

    return lower


def regrouped(args: Sequence[AVal], numbers: Sequence[int], bars: Sequence[AVal]) -> list[AVal]:
    """Cotangents in the structure of the arguments."""
    rest = iter(bars)

    def one(aval: AVal) -> AVal:
        if isinstance(aval, TupleA):
            return TupleA(tuple(map(one, aval.items)), aval.cls)
        if isinstance(aval, Static) and isinstance(aval.obj, int | str | type(None)):
            return Static(None)
        if isinstance(aval, Leaf) and aval.type in (Scalar("int"), Scalar("bool")):
            return Static(None)
        return next(rest)

    return [one(args[k]) for k in numbers]
