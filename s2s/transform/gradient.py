"""Gradient programs: a forward sweep, a reverse sweep, and what the caller wants of both.

`gradient` writes both sweeps into one function with `recall` where the reverse sweep reads primal
values.  After storage planning `split` cuts such a function in two at the mark between the sweeps: what
crosses the cut is what is handed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from s2s import runtime
from s2s.analysis.activity import (
    Activity,
    activity,
    classes_of,
    holds_array,
    parts_of,
    reachable,
)
from s2s.analysis.useful import useful_part
from s2s.errors import NotDifferentiable
from s2s.ir.builder import Builder
from s2s.ir.core import Block, Function, Op, Program, Value, walk
from s2s.ir.rewrite import clone, substitute
from s2s.ir.types import (
    NONE,
    OPAQUE,
    Array,
    ListOf,
    Optional,
    Ref,
    Scalar,
    Tuple,
    Type,
    carries_derivative,
)
from s2s.transform.heap import HeapTable
from s2s.transform.reverse import Frame, Reverse, bar_name, bar_type


@dataclass(frozen=True)
class Request:
    """What a gradient program is to compute.

    active    indices of the parameters to differentiate with respect to
    seeds     "one": the only result is a number, whose cotangent is 1; "first": so is the first of
              several; "given": further parameters
    value     whether the results of the primal are returned first
    seeded    how many of the results, counted from the first, have cotangents; None: all
    nested    the program becomes part of another one, which is differentiated again: no helpers of
              the run-time library; containers have no cotangents, the caller reads their shadows
    """

    active: tuple[int, ...]
    seeds: str = "one"
    value: bool = True
    nested: bool = False
    seeded: int | None = None


def gradient(
    program: Program,
    request: Request,
    heap: HeapTable | None = None,
    shadow_classes: dict[int, int] | None = None,
) -> Program:
    """Forward and reverse sweep of every function, with `recall` and `undo` still in them.

    heap: where new object classes are entered;  shadow_classes: receives the class of the shadows of
    each class.
    """
    program = clone_program(program)
    main = program.main
    varied = activity(program, [main.body.args[k] for k in request.active])
    act = useful_part(program, varied, seeded(main, request))
    heap = HeapTable(program.heap) if heap is None else heap
    classes = {} if shadow_classes is None else shadow_classes
    recursive = [name for name in program.functions if name != program.entry]
    tape_classes: dict[str, int] = {}
    for name in recursive:
        tape_classes[name] = heap.add(ListOf(None))
    functions: dict[str, Function] = {}
    for name in recursive:
        inner = Writer(program, act, heap, tape_classes, classes, request.nested)
        functions[name] = recursive_function(inner, name)
    writer = Writer(program, act, heap, tape_classes, classes, request.nested)
    functions[f"{main.name}_grad"] = writer.main(request)
    symbols = {**program.symbols, **writer.symbols}
    return Program(f"{main.name}_grad", functions, heap, symbols)


def seeded(main: Function, request: Request) -> tuple[Value, ...]:
    """The results that have a cotangent."""
    results = main.body.terminator.operands if main.body.terminator.kind == "return" else ()
    return results if request.seeds == "given" else results[:1]


def clone_program(program: Program) -> Program:
    """A program with values of its own, so that types may be narrowed in place."""
    functions = {name: replace(f, body=clone(f.body)) for name, f in program.functions.items()}
    return replace(program, functions=functions)


class Writer:
    """Writes the two sweeps of one function."""

    def __init__(
        self,
        program: Program,
        act: Activity,
        heap: HeapTable,
        tapes: Mapping[str, int],
        shadow_classes: dict[int, int],
        nested: bool,
    ) -> None:
        self.r = Reverse(program, act, heap, shadow_classes, nested)
        self.program, self.tape_classes = program, tapes
        self.symbols: dict[str, object] = {}  # of the run-time library

    def main(self, request: Request) -> Function:
        """The entry: results and cotangents of the active parameters."""
        r, main = self.r, self.program.main
        results = main.body.terminator.operands if main.body.terminator.kind == "return" else ()
        seeded = results[: request.seeded]
        seeds = [Value(seed_type(r, v), bar_name(v) or "y_bar") for v in seeded
                 if request.seeds == "given" and is_differentiable(r, v)]  # fmt: skip
        params = main.body.args
        r.number(main.body, len(self.tape_classes))
        with r.b.block((*params, *seeds)) as pending:
            r.tapes = self.allocate_tapes()
            self.forward(main.body)
            if not results and main.body.terminator.kind == "unreachable":
                r.b.append(main.body.terminator)
                return replace(main, name=f"{main.name}_grad", body=pending.finish())
            kept = [self.kept(v) for v in results] if request.value else []
            self.begin_reverse(pending, main.body)
            self.seed(seeded, seeds, request)
            r.reverse_ops(main.body)
            r.b.span = main.span
            copies = private_copies(main.body)
            bars = [self.cotangent(copies.get(params[k], params[k])) for k in request.active]
            r.b.emit("return", (*kept, *bars))
        return replace(main, name=f"{main.name}_grad", body=pending.finish())

    def allocate_tapes(self) -> tuple[Value, ...]:
        """One tape for each recursive function, handed down."""
        return tuple(
            self.r.b.value("alloc", (), Ref(cls), f"tape_{name}")
            for name, cls in self.tape_classes.items()
        )

    def forward(self, body: Block) -> None:
        """The forward sweep: the primal, except that recursive functions push their tapes."""
        for op in body.ops[:-1]:
            self.r.b.append(self.forward_op(op))

    def forward_op(self, op: Op) -> Op:
        """One operation of the forward sweep; keeps its identity for positions."""
        if op.kind == "call":
            new = Op(
                "call",
                (*op.operands, *self.r.tapes),
                op.results,
                {"callee": f"{op.attrs['callee']}_fwd"},
                (),
                op.span,
            )
            self.r.positions[id(new)] = self.r.positions[id(op)]
            return new
        if not op.regions or not any(inner.kind == "call" for inner in walk_op(op)):
            return op
        regions = []
        for region in op.regions:
            block = Block(region.args, tuple(self.forward_op(inner) for inner in region.ops))
            self.r.numbers[id(block)] = self.r.numbers[id(region)]
            regions.append(block)
        new = Op(op.kind, op.operands, op.results, op.attrs, tuple(regions), op.span)
        self.r.positions[id(new)] = self.r.positions[id(op)]
        return new

    def begin_reverse(self, pending: object, body: Block) -> None:
        """The mark between the sweeps."""
        r = self.r
        r.b.emit("reverse", ())
        r.frames.append(Frame(pending))
        if r.shadow_map is None:
            r.shadow_map = r.b.value("shadows", (), OPAQUE, "shadow")
        r.enter(body)
        r.frame.now = len(r.positions)

    def kept(self, value: Value) -> Value:
        """A result as it is at the end of the forward sweep: the reverse sweep may undo it."""
        b = self.r.b
        if isinstance(value.type, Ref):
            content = self.r.heap[value.type.cls]
            if isinstance(content, Array):
                t = Array(content.dtype, value.type.rank)
                loaded = b.value("load", (value,), t, value.name, path=())
                return b.value("copy", (loaded,), t, value.name)
            attrs = {"inner": True} if self.r.explicit else {}
            return b.value("private", (value,), value.type, value.name, **attrs)
        return value

    # --------------------------------------------------------------------------------- seeds
    def seed(self, results: Sequence[Value], seeds: Sequence[Value], request: Request) -> None:
        """Where the reverse sweep starts from."""
        r = self.r
        if request.seeds in ("one", "first"):
            result = results[0]
            if isinstance(result.type, Array | Ref) and result.type.rank is None:
                self.symbols["rt.require_scalar"] = runtime.require_scalar
                r.b.emit("pycall", (r.recall(result),), (), symbol="rt.require_scalar")
            if r.is_active(result):
                r.contribute(result, self.one(result))
            elif r.is_varied_class(result):
                r.b.emit("accum", (r.shadow(result), r.b.const(1.0)), (), path=())
            return
        rest = iter(seeds)
        for value in results:
            if is_differentiable(r, value):
                self.seed_with(value, next(rest))

    def one(self, result: Value) -> Value:
        """The cotangent 1 of a number, or of an array without axes."""
        from s2s.transform.adjoints import kernel

        if isinstance(result.type, Array):
            return kernel(self.r, "ones_like", self.r.recall(result))
        return self.r.fit(self.r.b.const(1.0), bar_type(result.type))

    def seed_with(self, value: Value, seed: Value) -> None:
        """The cotangent that the caller gives for one result."""
        r = self.r
        if not isinstance(value.type, Ref):
            if r.is_active(value):
                r.contribute(value, seed)
            return
        if isinstance(r.heap[value.type.cls], Array):
            if r.is_varied_class(value):
                r.b.emit("accum", (r.shadow(value), seed), (), path=())
            return
        if r.explicit:
            hint = "return the arrays in a tuple"
            raise NotDifferentiable("a container as result of a pullback inside", r.b.span, hint)
        program = replace(r.program, heap=r.heap)
        held = [r.heap[c] for c in reachable(program, classes_of(value.type))]
        arrays = any(holds_array(t) for c in held if not isinstance(c, Array) for t in parts_of(c))
        if arrays and any(isinstance(c, Array) for c in held):
            raise NotDifferentiable(
                "a result that holds both arrays that are written to and arrays that are not",
                r.b.span,
                "return the arrays in a tuple",
            )
        operands = (r.shadow_map, r.recall(value), seed, r.b.const(arrays))
        r.b.emit("seed", operands, ())  # type: ignore[arg-type]

    # ---------------------------------------------------------------------------- cotangents
    def cotangent(self, value: Value) -> Value:
        """What the caller gets for an active parameter."""
        r = self.r
        t = value.type
        if not isinstance(t, Ref | Tuple):
            if not carries_derivative(t):
                return r.b.const(None)
            return r.bar_or_zero(value)
        if isinstance(t, Tuple):
            return self.tuple_cotangent(value, t)
        content = r.heap[t.cls]
        if isinstance(content, Array):
            if content.dtype[0] not in "fc":
                return r.b.const(None)
            shadow = r.shadow(value)
            loaded = r.b.value(
                "load", (shadow,), Array(content.dtype, t.rank), shadow.name, path=()
            )
            return loaded
        if r.explicit:
            r.b.emit("walks", (r.recall(value),), ())
            return r.b.const(None)
        return r.b.value("cotangent", (r.shadow_map, r.recall(value)), OPAQUE, bar_name(value))  # type: ignore[arg-type]

    def tuple_cotangent(self, value: Value, t: Tuple) -> Value:
        """A tuple of cotangents."""
        return self.parts_cotangent(self.r.recall(value), t, self.r.bar(value))

    def parts_cotangent(self, value: Value, t: Tuple, bar: Value | None) -> Value:
        """Cotangents of the items of a tuple, out of those that were collected in ``bar``."""
        b = self.r.b
        parts: list[Value] = []
        for k, part in enumerate(t.items):
            found = None
            if bar is not None and isinstance(bar.type, Tuple):
                if bar.type.items[k] not in (NONE, OPAQUE):
                    found = b.value("item", (bar,), bar.type.items[k], index=k)
            item = b.value("item", (value,), part, index=k)
            if isinstance(part, Tuple):
                parts.append(self.parts_cotangent(item, part, found))
            elif isinstance(part, Ref):
                parts.append(self.item_cotangent(item))
            elif not carries_derivative(part):
                parts.append(b.const(None))
            else:
                parts.append(found if found is not None else zero_like(self.r, item))
        like = Tuple(tuple(p.type for p in parts), t.cls)
        return b.value("tuple", parts, like, bar_name(value))

    def item_cotangent(self, item: Value) -> Value:
        """The cotangent of an object inside a tuple."""
        r = self.r
        assert isinstance(item.type, Ref)
        content = r.heap[item.type.cls]
        if isinstance(content, Array):
            if content.dtype[0] not in "fc":
                return r.b.const(None)
            made = replace(r.shadow_type(item.type), rank=item.type.rank)
            shadow = r.b.value("shadow", (r.shadow_map, item), made)  # type: ignore[arg-type]
            return r.b.value("load", (shadow,), Array(content.dtype, item.type.rank), path=())
        return r.b.value("cotangent", (r.shadow_map, item), OPAQUE)  # type: ignore[arg-type]


def private_copies(body: Block) -> dict[Value, Value]:
    """The copies that stand for parameters: what happens to them happens to the argument."""
    return {
        value: copy
        for op in body.ops
        if op.kind == "private" and not op.attrs.get("inner")
        for value, copy in zip(op.operands, op.results, strict=True)
    }


def zero_like(r: Reverse, item: Value) -> Value:
    """A zero of the kind of a value that is at hand."""
    if isinstance(item.type, Array):
        from s2s.transform.adjoints import kernel

        return kernel(r, "zeros_like", item)
    return r.fit(r.b.const(0.0), bar_type(item.type))


def walk_op(op: Op) -> list[Op]:
    """All operations inside of ``op``."""
    return [inner for region in op.regions for inner in walk(region)]


def is_floating(program: Program, t: Type) -> bool:
    """Whether a value of this type holds a floating-point number anywhere."""
    from s2s.analysis.activity import holds_float

    if any(holds_float(program, cls) for cls in reachable(program, classes_of(t))):
        return True
    return carries_derivative(t)


def seeded_results(program: Program) -> list[bool]:
    """For each result of the entry function whether a caller gives a cotangent for it."""
    last = program.main.body.terminator
    return [is_floating(program, v.type) for v in last.operands] if last.kind == "return" else []


def is_differentiable(r: Reverse, value: Value) -> bool:
    """Whether a caller may give a cotangent for this result."""
    return is_floating(replace(r.program, heap=r.heap), value.type)


def seed_type(r: Reverse, value: Value) -> Type:
    """The type of the cotangent that a caller gives for a result."""
    t = value.type
    if isinstance(t, Ref):
        content = r.heap[t.cls]
        if isinstance(content, Array):
            return Array(content.dtype, t.rank)
        return OPAQUE
    return bar_type(t)


def is_real_number(heap: Any, t: Type) -> bool:
    """Whether a value of this type is one real number; an array of unknown rank is asked at run time."""
    t = t.item if isinstance(t, Optional) else t
    if isinstance(t, Ref) and isinstance(content := heap[t.cls], Array):
        t = Array(content.dtype, t.rank)
    if isinstance(t, Scalar):
        return t.name == "float" or t.name[0] == "f"
    return isinstance(t, Array) and not t.rank and t.dtype[0] == "f"


# --------------------------------------------------------------------------------------- recursion
def recursive_function(writer: Writer, name: str) -> Function:
    """Both sweeps of a recursive function, still in one piece.

    Parameters: its own, the tapes, the shadows, cotangents of its varied results.  Returns its
    results, then cotangents of its varied parameters.
    """
    r, function, tapes = writer.r, writer.program.functions[name], writer.tape_classes
    body = function.body
    returned = body.terminator.operands
    seeds = [Value(bar_type(v.type), bar_name(v) or "y_bar") for v in returned if r.is_active(v)]
    tape_values = [Value(Ref(cls), f"tape_{n}") for n, cls in tapes.items()]
    shadow_map = Value(OPAQUE, "shadow")
    r.number(body)
    with r.b.block((*body.args, *tape_values, shadow_map, *seeds)) as pending:
        r.tapes = tuple(tape_values)
        r.shadow_map = shadow_map
        writer.forward(body)
        writer.begin_reverse(pending, body)
        for value, seed in zip([v for v in returned if r.is_active(v)], seeds, strict=True):
            r.contribute(value, seed)
        r.reverse_ops(body)
        bars = [r.bar_or_zero(p) for p in body.args if r.is_active(p)]
        r.b.emit("return", (*returned, *bars))
    return replace(function, body=pending.finish())


def split_recursive(
    program: Program, name: str, count: int, results_count: int
) -> dict[str, Function]:
    """Cut a recursive function: ``f_fwd`` pushes what ``f_rev`` pops.

    count, results_count: parameters and results of the function itself.
    """
    function = program.functions[name]
    before, after, crossing = cut(function)
    own, rest = function.body.args[:count], function.body.args[count:]
    tapes = [v for v in rest if isinstance(v.type, Ref)]
    others = [v for v in rest if not isinstance(v.type, Ref)]
    handed = [v for v in crossing if v not in rest]
    mine = next(t for t in tapes if t.name == f"tape_{name}")
    returned = function.body.terminator.operands
    results = returned[:results_count]
    entry = Tuple(tuple(v.type for v in handed))
    heap: Any = program.heap
    heap[mine.type.cls] = ListOf(entry)  # type: ignore[attr-defined]
    b = Builder()
    with b.block((*own, *tapes)) as pending:
        for op in before:
            b.append(op)
        packed = b.value("tuple", handed, entry)
        b.emit("append", (mine, packed), ())
        b.emit("return", results)
    forward = Function(f"{name}_fwd", pending.finish(), (), function.span)
    b = Builder()
    with b.block((others[0], *tapes, *others[1:])) as pending:
        packed = b.value("pop", (mine,), entry)
        mapping: dict[Value, Value] = {}
        for k, v in enumerate(handed):
            mapping[v] = b.value("item", (packed,), v.type, v.name, index=k)
        for op in after:
            b.append(op)
        b.emit("return", returned[len(results) :])
    body = clone(substitute(pending.finish(), mapping))
    reverse = Function(f"{name}_rev", body, (), function.span)
    return {forward.name: forward, reverse.name: reverse}


def cut(function: Function) -> tuple[list[Op], list[Op], list[Value]]:
    """The sweeps of a planned function, and the values that cross from one to the other."""
    ops = list(function.body.ops)
    at = next(k for k, op in enumerate(ops) if op.kind == "reverse")
    before, after = ops[:at], ops[at + 1 : -1]
    defined = set(function.body.args) | {v for op in before for v in op.results}
    crossing: dict[Value, None] = {}
    inner: set[Value] = set()
    for op in walk(Block((), tuple(after))):
        inner.update(op.results)
        for region in op.regions:
            inner.update(region.args)
        for value in op.operands:
            if value in defined and value not in inner:
                crossing[value] = None
    return before, after, list(crossing)
