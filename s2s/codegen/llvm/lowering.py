"""One function of structured SSA becomes one LLVM function.

Regions become basic blocks by one walk; what they carry lives in stack slots, which LLVM turns into
registers.  Memory of a call comes from `allocate` and is never freed before the call ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from llvmlite import ir

from s2s import kernels
from s2s.codegen.llvm import arrays, memory
from s2s.codegen.llvm.arithmetic import convert, name_of
from s2s.codegen.llvm.control import CONTROL
from s2s.codegen.llvm.control import OPS as SMALL
from s2s.codegen.llvm.values import (
    F32,
    F64,
    I1,
    I8,
    I64,
    PTR,
    Lazy,
    NotNative,
    Strided,
    components,
    const,
    flatten,
    rebuild,
    register,
    width,
)
from s2s.ir.core import Block, Op, Program, Value, walk
from s2s.ir.span import Span
from s2s.ir.types import Array, Ref, Scalar, Tuple, Type

WRITES = frozenset({"store", "accum", "append", "pop"})
OPS: dict[str, Callable[..., Any]] = {**SMALL, **arrays.OPS, **memory.OPS}


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that native code ends with."""

    exception: str
    message: str
    span: Span


@dataclass(frozen=True)
class NativeCode:
    """LLVM IR as text, with what a caller must know."""

    text: str
    name: str
    parameters: tuple[Any, ...]
    results: tuple[Any, ...]
    failures: tuple[Failure, ...]


def lower(program: Program) -> NativeCode:
    """The entry function of ``program``.  Raises `NotNative` for what has no lowering."""
    if len(program.functions) > 1:
        raise NotNative("functions that call each other")
    return Lowering(program).run()


def described(t: Type, heap: Any) -> Any:
    """How a value of type ``t`` is passed, in plain words for the run time."""
    match t:
        case Scalar(name):
            return ("number", name)
        case Array(dtype, rank):
            return ("array", dtype, rank)
        case Ref(cls, rank) if isinstance(heap[cls], Array):
            return ("object", heap[cls].dtype, rank)
        case Tuple(items):
            return ("tuple", *(described(item, heap) for item in items))
    raise NotNative(f"{t} as argument or result")


@dataclass
class Lowering:
    """The function that is being written."""

    program: Program
    values: dict[Value, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heap = self.program.heap
        body = self.program.main.body
        self.numbers: dict[int, int] = {}  # of each operation, in the order of the program
        self.last_use: dict[Value, int] = {}
        self.single: set[Value] = set()
        self.constants: dict[Value, Any] = {}
        self.pending: dict[Value, Strided | Lazy] = {}
        self._survey(body)
        made = [op for op in walk(body) if op.kind == "shadows"]
        if any(op not in body.ops for op in made):
            raise NotNative("shadows that are made more than once")
        self._sweeps = {op.result: k for k, op in enumerate(made)}
        self.sweeps = len(made)
        self.externals: dict[str, ir.Function] = {}
        self.position = -1  # the number of the operation that is being written

    def _survey(self, body: Block) -> None:
        """Where values are used for the last time, and which are used once, beside their origin."""
        users: dict[Value, list[tuple[Op, Block]]] = {}
        blocks = [body]
        for op in walk(body):
            self.numbers[id(op)] = len(self.numbers)
            blocks += op.regions
            if op.kind == "const":
                self.constants[op.result] = op.attrs["value"]
            for value in op.operands:
                self.last_use[value] = self.numbers[id(op)]
        for block in blocks:
            for op in block.ops:
                for value in op.operands:
                    users.setdefault(value, []).append((op, block))
        for block in blocks:
            for op in block.ops:
                for value in op.results:
                    found = users.get(value, [])
                    if len(found) == 1 and found[0][1] is block:
                        self.single.add(value)

    # ------------------------------------------------------------------------------- the function
    def run(self) -> NativeCode:
        """Write the function."""
        main = self.program.main
        self.module = ir.Module(main.name)
        self.module.triple = ""
        kind = ir.FunctionType(I64, [PTR, PTR, ir.FunctionType(PTR, [I64]).as_pointer()])
        self.function = ir.Function(self.module, kind, main.name)
        self.given, self.returned, self.allocator = self.function.args
        self.entry = self.function.append_basic_block("entry")
        self.builder = ir.IRBuilder(self.function.append_basic_block("body"))
        self._parameters(main.body)
        self.block(main.body, self._return)
        ir.IRBuilder(self.entry).branch(self.function.blocks[1])
        returned = main.body.terminator.operands
        return NativeCode(
            str(self.module),
            main.name,
            tuple(described(v.type, self.heap) for v in main.body.args),
            tuple(described(v.type, self.heap) for v in returned),
            tuple(self.failures),
        )

    def _parameters(self, body: Block) -> None:
        at = 0
        for value in body.args:
            kinds = components(value.type, self.heap)
            if isinstance(value.type, Ref):
                described(value.type, self.heap)
                base, extent = (memory.get(self, self.given, at + k) for k in range(2))
                parts = [memory.header(self, base, extent)]
                at, kinds = at + 2, kinds[1:]
            else:
                parts = []
            parts += [memory.get(self, self.given, at + k, kind) for k, kind in enumerate(kinds)]
            at += len(kinds)
            self.values[value] = rebuild(value.type, self.heap, iter(parts))

    def _return(self, op: Op) -> None:
        parts = [part for v in op.operands for part in flatten(self.settled(v))]
        for k, part in enumerate(parts):
            memory.put(self, self.returned, k, part)
        self.builder.ret(const(0))

    # --------------------------------------------------------------------------------- structure
    def block(self, block: Block, leave: Callable[[Op], None]) -> None:
        """All operations; ``leave`` writes the terminators at the leaves of the tree."""
        for op in block.ops[:-1]:
            self.operation(op)
        last = block.terminator
        self.position = self.numbers[id(last)]
        if last.kind == "branch":
            self._before_regions(last)
            sides = [self.function.append_basic_block() for _ in last.regions]
            self.builder.cbranch(self.value(last.operands[0]), *sides)
            for side, region in zip(sides, last.regions, strict=True):
                self.region(side, region, leave)
        elif last.kind == "unreachable":
            self.builder.unreachable()
        else:
            leave(last)

    def region(self, start: ir.Block, block: Block, leave: Callable[[Op], None]) -> None:
        """A block that begins at ``start``; what waits outside of it goes on waiting."""
        waiting = dict(self.pending)
        self.builder.position_at_end(start)
        self.block(block, leave)
        self.pending = waiting

    def operation(self, op: Op) -> None:
        """One operation that is no terminator."""
        self.position = self.numbers[id(op)]
        try:
            if op.regions:
                self._before_regions(op)
            self._operation(op)
        except NotNative as error:
            if not getattr(error, "__notes__", ()):
                error.add_note(f"{op.kind} at {op.span}")
            raise

    def _operation(self, op: Op) -> None:
        row = kernels.row(op.kind)
        if op.kind in CONTROL:
            CONTROL[op.kind](self, op)
        elif op.kind in OPS:
            found = OPS[op.kind](self, op)
            if op.results:
                self.define(op.result, found)
        elif op.kind == "copy" or (row is not None and row.elementwise):
            self.define(op.result, arrays.elementwise(self, op))
        else:
            raise NotNative(f"the operation {op.kind}")

    def define(self, value: Value, held: Any) -> None:
        """What ``value`` is; a snapshot or expression over memory waits to be used."""
        self.values[value] = held
        if isinstance(held, Strided | Lazy) and held.reads:
            self.pending[value] = held

    def _before_regions(self, op: Op) -> None:
        """Expressions that a region needs are computed before it, once."""
        inside = [inner for region in op.regions for inner in walk(region)]
        for inner in inside:
            for value in inner.operands:
                if isinstance(self.values.get(value), Lazy):
                    self.stored(value)
        self.before_writing({memory.class_of(o) for o in inside if o.kind in WRITES})

    def before_writing(self, classes: set[int]) -> None:
        """Snapshots of memory that is about to change are copied, if they are needed later."""
        for value, held in list(self.pending.items()):
            if held.reads & classes:
                del self.pending[value]
                if self.last_use.get(value, -1) > self.position:
                    self.values[value] = self.materialised(held)

    # ------------------------------------------------------------------------------------ values
    def value(self, value: Value) -> Any:
        """What a value is held as."""
        if value not in self.values:
            raise NotNative(f"the value {value}")
        return self.values[value]

    def constant(self, value: Value) -> Any:
        """The number that a value is known to be, or None."""
        return self.constants.get(value)

    def number(self, value: Value, name: str) -> ir.Value:
        """A scalar as a number of another type."""
        return convert(self, self.value(value), name_of(value.type), name)

    def sizes(self, value: Value) -> tuple[ir.Value, ...]:
        """A shape: a tuple, or one number."""
        held = self.value(value)
        return held if isinstance(held, tuple) else (held,)

    def stored(self, value: Value) -> Strided:
        """An array value in memory."""
        held = self.value(value)
        if isinstance(held, ir.Value):  # a number where an array is wanted
            number = held
            return self.materialised(Lazy(name_of(value.type), (), lambda _: number))
        if isinstance(held, Lazy):
            held = self.values[value] = self.materialised(held)
            self.pending.pop(value, None)
        assert isinstance(held, Strided)
        return held

    def settled(self, value: Value) -> Any:
        """A value that may outlive what memory holds now: nothing of it looks at memory."""
        return self._settled(self.value(value))

    def _settled(self, held: Any) -> Any:
        if isinstance(held, tuple):
            return tuple(map(self._settled, held))
        if isinstance(held, Lazy) or (isinstance(held, Strided) and held.reads):
            return self.materialised(held)
        return held

    def lazy(self, value: Value, held: Lazy) -> Strided | Lazy:
        """An expression: left open if it is used once, computed now if it is used more often."""
        return held if value in self.single else self.materialised(held)

    def materialised(self, held: Strided | Lazy) -> Strided:
        """A fresh, contiguous copy."""
        strides: list[ir.Value] = []
        step: ir.Value = width(held.dtype)
        for n in reversed(held.shape):
            strides.append(step)
            step = self.builder.mul(step, n, flags=("nsw",))
        target = Strided(held.dtype, self.allocate(step), held.shape, tuple(reversed(strides)))

        def body(at: Sequence[ir.Value]) -> None:
            element = arrays.element_of(self, held, at)
            self.store_number(arrays.address(self, target, at), element, held.dtype)

        self.nest(held.shape, body)
        return target

    def sweep_of(self, shadows: Value) -> int:
        """Which of the program's `shadows` operations a value comes from."""
        if shadows not in self._sweeps:
            raise NotNative("shadows that are handed over")
        return self._sweeps[shadows]

    # ------------------------------------------------------------------------------------ memory
    def allocate(self, size: ir.Value) -> ir.Value:
        """Memory that lives as long as the call."""
        return self.builder.call(self.allocator, [size])

    def offset(self, pointer: ir.Value, distance: ir.Value) -> ir.Value:
        """A pointer some bytes further."""
        return self.builder.gep(pointer, [distance], inbounds=True, source_etype=I8)

    def slot(self, kind: ir.Type, value: ir.Value) -> ir.Value:
        """A stack slot, made in the entry block, that holds ``value`` now."""
        made = ir.IRBuilder(self.entry).alloca(kind)
        self.builder.store(value, made)
        return made

    def load_number(self, pointer: ir.Value, dtype: str) -> ir.Value:
        """An element; truth values take a byte."""
        if dtype == "b1":
            return self.builder.trunc(self.builder.load(pointer, typ=I8), I1)
        return self.builder.load(pointer, typ=register(dtype))

    def store_number(self, pointer: ir.Value, value: ir.Value, dtype: str) -> None:
        """Write an element."""
        self.builder.store(self.builder.zext(value, I8) if dtype == "b1" else value, pointer)

    def add_at(self, pointer: ir.Value, value: ir.Value, dtype: str) -> None:
        """Add to an element."""
        old = self.load_number(pointer, dtype)
        new = (self.builder.fadd if value.type in (F32, F64) else self.builder.add)(old, value)
        self.store_number(pointer, new, dtype)

    def extent(self, array: Strided) -> ir.Value:
        """The bytes of a contiguous array."""
        return self.builder.mul(self.product(array.shape), width(array.dtype))

    def zero(self, pointer: ir.Value, size: ir.Value) -> None:
        """Fill with zero bytes."""
        function = self.external("memset", PTR, [PTR, ir.IntType(32), I64])
        self.builder.call(function, [pointer, ir.Constant(ir.IntType(32), 0), size])

    def copy_bytes(self, target: ir.Value, source: ir.Value, size: ir.Value) -> None:
        """Copy memory that does not overlap."""
        self.builder.call(self.external("memcpy", PTR, [PTR, PTR, I64]), [target, source, size])

    # ------------------------------------------------------------------------------------- code
    def product(self, sizes: Sequence[ir.Value]) -> ir.Value:
        """The product of sizes."""
        found: ir.Value = const(1)
        for n in sizes:
            found = self.builder.mul(found, n, flags=("nsw",))
        return found

    def external(self, name: str, returned: ir.Type, given: Sequence[ir.Type]) -> ir.Function:
        """A function of the C library."""
        if name not in self.externals:
            kind = ir.FunctionType(returned, given)
            self.externals[name] = ir.Function(self.module, kind, name)
        return self.externals[name]

    def intrinsic(self, name: str, kind: ir.Type, count: int) -> ir.Function:
        """An intrinsic of LLVM for numbers of one type."""
        suffix = {F64: "f64", F32: "f32"}[kind]
        return self.external(f"{name}.{suffix}", kind, [kind] * count)

    def check(self, fine: ir.Value, exception: str, message: str, op: Op) -> None:
        """End the call with an exception unless ``fine``."""
        self.failures.append(Failure(exception, message, op.span))
        with self.builder.if_then(self.builder.not_(fine), likely=False):
            self.builder.ret(const(len(self.failures)))

    def range_length(self, lo: ir.Value, hi: ir.Value, step: ir.Value, op: Op) -> ir.Value:
        """``len(range(lo, hi, step))``; fails for a step of 0."""
        b = self.builder
        fine = b.icmp_signed("!=", step, const(0))
        self.check(fine, "ValueError", "range() arg 3 must not be zero", op)
        forward = b.icmp_signed(">", step, const(0))
        distance = b.select(forward, b.sub(hi, lo), b.sub(lo, hi))
        size = b.select(forward, step, b.neg(step))
        count = b.sdiv(b.add(distance, b.sub(size, const(1))), size)
        return b.select(b.icmp_signed(">", distance, const(0)), count, const(0))

    @contextmanager
    def counting(self, count: ir.Value) -> Iterator[ir.Value]:
        """A loop over ``range(count)``; inside, its body is written."""
        b, function = self.builder, self.function
        before, head = b.block, function.append_basic_block()
        body, after = function.append_basic_block(), function.append_basic_block()
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        index.add_incoming(const(0), before)
        b.cbranch(b.icmp_signed("<", index, count), body, after)
        b.position_at_end(body)
        yield index
        index.add_incoming(b.add(index, const(1), flags=("nsw",)), b.block)
        b.branch(head)
        b.position_at_end(after)

    def nest(
        self,
        shape: Sequence[ir.Value],
        body: Callable[[Sequence[ir.Value]], None],
        outer: Sequence[ir.Value] = (),
    ) -> None:
        """Loops over all indices of a shape, the last axis innermost."""
        if len(outer) == len(shape):
            body(outer)
            return
        with self.counting(shape[len(outer)]) as index:
            self.nest(shape, body, (*outer, index))
