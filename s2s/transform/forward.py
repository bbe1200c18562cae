"""Forward mode: a program and its tangent, side by side.

In:   a program, promoted or not; gradient programs, too.
Out:  ``f_jvp``: takes the parameters of ``f`` and a tangent of each active one, returns the results
      and a tangent of each that can have one.  Every operation is followed by its tangent.
Cost: one walk.

before:  %0 = sin %x                     after:  %0 = sin %x
         return %0                               %1 = cos %x
                                                 %2 = multiply %1, %x_dot
                                                 return %0, %2

A tangent parameter is a number of the same kind, an array of the same shape and dtype, or a structure
of the same form with None where nothing is active.  What lies in memory has its tangent in shadows,
which are written to whenever the memory is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from s2s import kernels
from s2s.analysis.activity import Activity, classes_of, parts_of, reachable
from s2s.ir.core import Block, Function, Op, Program, Value, walk
from s2s.ir.types import OPAQUE, Array, Ref, Tuple, Type, carries_derivative
from s2s.transform import tangents, tangents_adjoint, tangents_memory, tangents_regions
from s2s.transform.gradient import is_floating
from s2s.transform.heap import HeapTable
from s2s.transform.reverse import bar_type
from s2s.transform.tangent_analysis import READS, local_arrays, touched, varied
from s2s.transform.tangent_types import dot_name, has_array
from s2s.transform.tangent_writer import Writer

# Imported for the handlers that they register.
REGISTERED = (tangents_adjoint, tangents_memory, tangents_regions)

# Operations that give an operand, or part of it, back.
SHARING = frozenset({"widen", "unwrap", "select", "getitem", "item", "call"})


def tangent_program(
    program: Program,
    active: tuple[int, ...],
    value: bool = True,
    nested: Nested | None = None,
) -> Program:
    """The program that computes ``program`` and its tangent.

    active: indices of the parameters to differentiate with respect to
    value:  whether the results of the primal are returned first
    nested: set where the program becomes part of another one
    Raises NotDifferentiable at the operation that has no tangent.
    """
    act = varied(program, [program.main.body.args[k] for k in active])
    pushed = touched(program, act)
    heap = HeapTable(program.heap) if nested is None else nested.heap
    writer = Forward(program, act, heap, pushed)
    if nested is not None:
        writer.explicit, writer.shadow_classes = True, nested.shadow_classes
        writer.shadow_map = nested.shadow_map
    main = writer.main(active, value)
    functions = {main.name: main}
    symbols = {**program.symbols, **writer.symbols}
    for name, function in program.functions.items():
        if name == program.entry:
            continue
        if name in pushed:
            inner = Forward(program, act, writer.heap, pushed)
            inner.shadow_classes, inner.mixed = writer.shadow_classes, writer.mixed
            inner.explicit = writer.explicit
            function = inner.inner(function)
            symbols |= inner.symbols
        functions[function.name] = function
    return Program(main.name, functions, writer.heap, symbols)


@dataclass
class Nested:
    """Where the tangent of a program goes that becomes part of another one.

    Tangents of lists, dicts and objects lie in the shadows already, and stay there.
    """

    heap: HeapTable
    shadow_map: Value
    shadow_classes: dict[int, int] = field(default_factory=dict)


class Forward(Writer):
    """Writes one function."""

    def __init__(
        self,
        program: Program,
        act: Activity,
        heap: HeapTable,
        pushed: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(program, act, heap)
        self.pushed = pushed

    def main(self, active: Sequence[int], value: bool) -> Function:
        """The entry function."""
        main = self.program.main
        params = main.body.args
        dots = {
            params[k]: Value(self.given_type(params[k].type), dot_name(params[k])) for k in active
        }
        self.local = local_arrays(main.body, self.heap, ("shadow", "return"))
        with self.b.block((*params, *dots.values())) as pending:
            self.b.span = main.span
            self.define(params)
            if self.shadow_map is None:
                self.shadow_map = self.b.value("shadows", (), OPAQUE, "tangent")
            for param, dot in dots.items():
                self.seed(param, dot)
            self.block(main.body)
            last = main.body.terminator
            if last.kind == "return":
                self.b.span = last.span
                kept = last.operands if value else ()
                last = replace(last, operands=(*kept, *self.results(last.operands)))
            self.b.append(last)
        return Function(f"{main.name}_jvp", pending.finish(), (), main.span)

    def inner(self, function: Function) -> Function:
        """A function that calls itself: takes shadows and tangents, and returns tangents."""
        body = function.body
        given = [p for p in body.args if p in self.activity.values]
        self.shadow_map = Value(OPAQUE, "tangent")
        dots = tangents_regions.fresh_dots(self, given)
        self.local = local_arrays(body, self.heap, ("shadow",))
        with self.b.block((*body.args, self.shadow_map, *dots)) as pending:
            self.define(body.args)
            self.block(body)
            last = body.terminator
            if last.kind == "return":
                moved = [v for v in last.operands if v in self.activity.values]
                dots = [self.dot_or_zero(v) for v in moved]
                last = replace(last, operands=(*last.operands, *dots))
            self.b.append(last)
        return Function(f"{function.name}_jvp", pending.finish(), (), function.span)

    def block(self, block: Block) -> None:
        """The operations of a block, without its terminator."""
        for op in block.ops[:-1]:
            self.b.span = op.span
            tangents.TANGENTS.get(op.kind, tangents.push_kernel)(self, op)

    def type_of_dot(self, value: Value) -> Type:
        """The type of the tangent of ``value``; in a tuple or list, None where there is none."""
        return bar_type(value.type) if carries_derivative(value.type) else OPAQUE

    # ------------------------------------------------------------------------------- parameters
    def given_type(self, t: Type) -> Type:
        """The type of the tangent that a caller gives for a parameter."""
        match t:
            case Ref(cls, rank):
                content = self.heap[cls]
                return Array(content.dtype, rank) if isinstance(content, Array) else OPAQUE
            case Tuple(items, cls):
                return Tuple(tuple(map(self.given_type, items)), cls)
        return bar_type(t) if carries_derivative(t) else OPAQUE

    def seed(self, value: Value, dot: Value) -> None:
        """Start from the tangent that a caller gives."""
        match value.type:
            case Tuple():
                self.seed_tuple(value, dot)
            case Ref():
                self.seed_object(value, value.type, dot)
            case _:
                self.dots[value] = dot

    def seed_tuple(self, value: Value, dot: Value) -> None:
        """A tuple is taken apart; objects in it have shadows."""
        assert isinstance(value.type, Tuple)
        parts = self.items(dot)
        for k, (t, part) in enumerate(zip(value.type.items, parts, strict=True)):
            if classes_of(t):
                item = self.b.value("item", (value,), t, index=k)
                self.define((item,))
                self.seed(item, part)
                parts[k] = self.dots.get(item, part)
        if carries_derivative(value.type):
            wanted = bar_type(value.type)
            assert isinstance(wanted, Tuple)
            self.dots[value] = dot if dot.type == wanted else self.tuple(value, wanted, parts)

    def seed_object(self, ref: Value, t: Ref, dot: Value) -> None:
        """The tangent of an object goes into its shadow."""
        content = self.heap[t.cls]
        if not isinstance(content, Array) and self.explicit:
            return
        if not isinstance(content, Array):
            held = [self.heap[c] for c in reachable(self.program, {t.cls})]
            parts = [part for c in held if not isinstance(c, Array) for part in parts_of(c)]
            arrays = any(map(has_array, parts))
            self.mixed |= arrays and any(isinstance(c, Array) for c in held)
            assert self.shadow_map is not None
            self.helper("seed_tangent", self.shadow_map, ref, dot, self.b.const(arrays))
        elif self.is_varied(ref):
            if self.is_only_read(ref):
                self.inputs[ref] = dot
            else:
                self.b.emit("store", (self.shadow(ref), dot), (), path=())

    def is_only_read(self, ref: Value) -> bool:
        """Whether nothing is done with an array but to read it: then it needs no shadow."""
        body = self.program.main.body
        uses = (op for op in walk(body) if ref in op.operands)
        return ref in body.args and all(op.kind in READS for op in uses)

    # ---------------------------------------------------------------------------------- results
    def results(self, values: Sequence[Value]) -> list[Value]:
        """The tangents of what the function returns, where there can be one."""
        program = replace(self.program, heap=self.heap)
        return [self.result(v) for v in values if v in self.dots or is_floating(program, v.type)]

    def result(self, value: Value) -> Value:
        """The tangent of one result, which shares its memory with nothing."""
        match value.type:
            case Ref(cls, rank):
                content = self.heap[cls]
                if isinstance(content, Array):
                    return self.result_array(value, Array(content.dtype, rank))
                assert self.shadow_map is not None
                if self.explicit:
                    return self.b.const(None)
                return self.helper("tangent_of", self.shadow_map, value, result=OPAQUE)
            case Tuple():
                return self.result_tuple(value)
        if not carries_derivative(value.type) and value not in self.dots:
            return self.b.const(None)
        dot = self.dot_or_zero(value)
        if isinstance(dot.type, Array) and self.is_given(dot):
            return self.b.value("copy", (dot,), dot.type, dot.name)
        return dot

    def result_array(self, ref: Value, t: Array) -> Value:
        """The tangent of an array object."""
        if t.dtype[0] not in "fc":
            return self.b.const(None)
        if ref in self.inputs:
            return self.b.value("copy", (self.inputs[ref],), t)
        if self.is_varied(ref):
            return self.b.value("load", (self.shadow(ref),), t, dot_name(ref), path=())
        return self.kernel("zeros_like", self.b.value("load", (ref,), t, path=()))

    def result_tuple(self, value: Value) -> Value:
        """The tangent of a tuple: a tuple with the tangents of its items."""
        assert isinstance(value.type, Tuple)
        dot = self.dots.get(value)
        given = self.items(dot) if dot is not None else [None] * len(value.type.items)
        parts = []
        for k, (t, part) in enumerate(zip(value.type.items, given, strict=True)):
            item = self.b.value("item", (value,), t, index=k)
            self.define((item,))
            if part is not None and carries_derivative(t):
                self.dots[item] = part
            parts.append(self.result(item))
        return self.b.value(
            "tuple", parts, Tuple(tuple(p.type for p in parts), value.type.cls), dot_name(value)
        )

    def is_given(self, dot: Value) -> bool:
        """Whether an array value may share memory with what the caller gave, or be read-only."""
        op: Op | None = self.b.defining.get(dot)
        if op is None or op.regions or op.kind in SHARING:
            return True
        row = kernels.row(op.kind)
        return row is not None and not row.is_fresh
