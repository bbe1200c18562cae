"""Reverse mode: from a function to its forward sweep followed by its reverse sweep.

The reverse sweep is emitted with ``recall v`` wherever it reads a primal value, and with ``undo k`` where
the store labelled k could be undone; nothing is recorded in advance.  `plan_storage` decides what
becomes of each.  ``mirror b`` marks where the reverse of the forward block b begins.

Cotangents.  Of a number or an array value: a value.  Of memory: its shadow, found by the identity of
the object.  An array value that is read by elements, or inside a nested region, has one accumulator,
which lives in the reverse of the block that defines the value.

Loops.  The reverse of a loop peels its exit: first the adjoint of the path that left, then the
iterations that came to their end, backwards; in these every exit condition is known to be false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from s2s import kernels
from s2s.analysis.activity import Activity, holds_array, parts_of
from s2s.analysis.affine import Form
from s2s.analysis.kinds import has_mixed_kinds
from s2s.analysis.local_arrays import local_arrays
from s2s.analysis.shapes import Shapes, shapes
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.frontend.facts import Facts
from s2s.ir.builder import Builder
from s2s.ir.core import Block, Op, Program, Value, leaves, walk
from s2s.ir.rewrite import free_values
from s2s.ir.types import (
    BOOL,
    DTYPES,
    INT,
    NONE,
    OPAQUE,
    Array,
    Content,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Scalar,
    Tuple,
    Type,
    carries_derivative,
)
from s2s.transform import adjoints
from s2s.transform.rules import RuleLowering

LABELLED = frozenset({"store", "accum", "accum_at", "list_reverse"})


@dataclass
class Frame:
    """The reverse of one forward block that is being written."""

    pending: Any  # where operations of this frame go
    bars: dict[Value, Value] = field(default_factory=dict)
    accumulators: dict[Value, Value] = field(default_factory=dict)
    shadows: dict[Value, Value] = field(default_factory=dict)
    indices: dict[Value, Value] = field(default_factory=dict)
    threads: dict[Value, Value] = field(default_factory=dict)  # what is carried backwards
    block: int = 0  # the forward block that is being reversed
    now: int = 0  # the position of the forward operation that is being reversed


@dataclass(frozen=True)
class Turn:
    """Values that change places in each iteration of a loop, and so can be carried backwards.

    sources: the one at k will be what that at ``sources[k]`` was;  last: what they were at last
    """

    sources: Mapping[int, int]
    last: Mapping[int, Value]


class Reverse:
    """Writes the reverse sweep of one function behind its forward sweep."""

    def __init__(
        self,
        program: Program,
        act: Activity,
        heap: Any,
        shadow_classes: dict[int, int] | None = None,
        explicit: bool = False,
    ) -> None:
        self.program = program
        self.activity = act
        self.shapes: Shapes = shapes(program)
        self.local_classes = local_arrays(program)
        self.says_dtype = has_mixed_kinds(program)
        self.heap = heap
        self.b = Builder()
        self.rules = RuleLowering(self.b, Facts())
        self.frames: list[Frame] = []
        self.home: dict[Value, int] = {}  # depth of the frame in whose block a value is defined
        self.definitions: dict[Value, Op] = {}
        self.numbers: dict[int, int] = {}  # forward blocks by id
        self.positions: dict[int, int] = {}  # forward operations by id
        self.shadow_map: Value | None = None
        # The class of the shadows of each class: one for all functions of a program.
        self.shadow_classes: dict[int, int] = {} if shadow_classes is None else shadow_classes
        self.explicit = explicit  # write loops where the run-time library has helpers
        self.may_broadcast = False  # the contribution being closed may have to be summed
        self.outer_arrays: dict[
            tuple[Form, ...] | None, list[Value]
        ] = {}  # of the outermost block, by shape
        # For arrays of inner blocks, a reference in scope to an array of the same shape.
        self.references: dict[Value, Value] = {}
        self.tapes: tuple[Value, ...] = ()  # of the recursive functions, in order of their names

    # ------------------------------------------------------------------------------- numbering
    def number(self, body: Block, first: int = 0) -> None:
        """Number the blocks and operations of the forward sweep, outer before inner.

        first: operations that will stand before those of ``body``.
        """

        def visit(block: Block, seen: Mapping[tuple[Form, ...], Value]) -> None:
            self.numbers[id(block)] = len(self.numbers)
            seen = dict(seen)
            for op in block.ops:
                self.positions[id(op)] = first + len(self.positions)
                for value in op.results:
                    self.definitions[value] = op
                    self.note_shape(value, seen)
                for region in op.regions:
                    visit(region, seen)

        visit(body, {})
        for value in (*body.args, *(v for op in body.ops for v in op.results)):
            if value in self.shapes.dims and op_kind(self.definitions.get(value)) != "undef":
                self.outer_arrays.setdefault(self.shapes.dims[value], []).append(value)

    def note_shape(self, value: Value, seen: dict[tuple[Form, ...], Value]) -> None:
        """Remember a reference by its shape, and for an array the reference of its shape.

        seen: of the blocks around, and of this one so far
        """
        dims = self.shapes.dims.get(value)
        if dims in seen:
            self.references[value] = seen[dims]
        elif dims and isinstance(value.type, Ref):
            seen[dims] = value

    def last_position(self, block: Block) -> int:
        """The position of a block's last operation."""
        return self.positions[id(block.ops[-1])] if block.ops else 0

    @property
    def now(self) -> int:
        """The position of the forward operation that is being reversed."""
        return self.frame.now

    # --------------------------------------------------------------------------------- frames
    @property
    def frame(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    @contextmanager
    def reversing(self, block: Block, args: Sequence[Value] = ()) -> Any:
        """Open the reverse of ``block`` as a region of its own."""
        with self.b.block(args) as pending:
            self.frames.append(Frame(pending))
            self.enter(block)
            try:
                yield pending
            finally:
                self.frames.pop()

    def enter(self, block: Block) -> None:
        """What ``block`` defines belongs to the innermost frame."""
        depth = len(self.frames) - 1
        self.frame.block = self.numbers[id(block)]
        self.frame.now = self.last_position(block)
        for value in block.args:
            self.home[value] = depth
        for op in block.ops:
            for value in op.results:
                self.home[value] = depth
        given = self.frame.indices | self.frame.threads
        args = tuple(k for k, arg in enumerate(block.args) if arg in given)
        known = [given[block.args[k]] for k in args]
        self.b.emit("mirror", known, (), block=self.numbers[id(block)], args=args)

    # -------------------------------------------------------------------------------- recalling
    def recall(self, value: Value) -> Value:
        """A value of the forward sweep, here."""
        for frame in reversed(self.frames):
            if value in frame.indices:
                return frame.indices[value]
        frame = self.frame
        return self.b.value(
            "recall", (value,), value.type, value.name, at=frame.now, block=frame.block
        )

    def recalled(self, value: Value) -> AVal:
        """As `recall`; constants stay known."""
        op = self.definitions.get(value)
        if op is not None and op.kind == "const":
            return Static(op.attrs["value"])
        if isinstance(value.type, Tuple) and op is not None and op.kind == "tuple":
            return TupleA(tuple(map(self.recalled, op.operands)))
        return Leaf(self.recall(value))

    # ------------------------------------------------------------------------------- cotangents
    def is_active(self, value: Value) -> bool:
        """Whether a contribution to the cotangent of ``value`` has a use."""
        return value in self.activity.values

    def bar(self, value: Value) -> Value | None:
        """The cotangent of ``value`` so far, None where it is zero."""
        depth = self.home.get(value, 0)
        accumulator = self.frames[depth].accumulators.get(value)
        if accumulator is not None:
            content = value.type
            assert isinstance(content, Array)
            return self.b.value("load", (accumulator,), content, bar_name(value), path=())
        for frame in reversed(self.frames):
            if value in frame.bars:
                return frame.bars[value]
        return None

    def bar_or_zero(self, value: Value) -> Value:
        """The cotangent of ``value`` as a value of its bar type."""
        found = self.bar(value)
        wanted = bar_type(value.type)
        if found is None:
            return self.zero(value)
        return self.fit(found, wanted)

    def fit(self, value: Value, wanted: Type) -> Value:
        """``value`` seen as of type ``wanted``; an array without axes is made of a number."""
        if value.type == wanted:
            return value
        if isinstance(wanted, Array) and isinstance(value.type, Scalar):
            return adjoints.kernel(self, "asarray", value)
        if isinstance(wanted, Scalar) and isinstance(value.type, Array):
            return adjoints.kernel(self, "sum", value)
        return self.b.value("widen", (value,), wanted, value.name)

    def zero(self, value: Value) -> Value:
        """A zero cotangent of ``value``."""
        wanted = bar_type(value.type)
        if isinstance(wanted, Array):
            return self.zeros_like(value)
        if isinstance(wanted, Tuple):
            return self.zero_tuple(wanted)
        zero = self.b.const(0.0)
        return self.fit(zero, wanted)

    def zero_tuple(self, wanted: Tuple) -> Value:
        """Zeros for the numbers of a tuple; None, which is zero too, for its arrays."""
        parts: list[Value] = []
        for t in wanted.items:
            if isinstance(t, Tuple):
                parts.append(self.zero_tuple(t))
            elif isinstance(t, Scalar):
                parts.append(self.fit(self.b.const(0.0), t))
            else:
                parts.append(self.b.const(None))
        return self.b.value("tuple", parts, Tuple(tuple(p.type for p in parts)))

    def zeros_like(self, value: Value, wanted: Array | None = None) -> Value:
        """Zeros of the shape of a primal array or of what a reference addresses.

        wanted: their type, by default that of the array
        """
        t = bar_type(value.type) if wanted is None else wanted
        assert isinstance(t, Array)
        like = self.at_hand(value, t.dtype)
        if like is None and t.rank is not None and not isinstance(value.type, Optional):
            row, via = kernels.resolve("zeros", "")
            dtype = {} if t.dtype == "f64" else {"dtype": DTYPES[t.dtype]}
            shape = adjoints.shape_of(self, value)
            return self.b.value(row.name, (shape,), t, bar_name(value), via=via, **dtype)
        row, via = kernels.resolve("zeros_like", "")
        primal = self.recall(like or value)
        if isinstance(primal.type, Ref):
            primal = self.b.value("load", (primal,), t, primal.name, path=())
        dtype = {"dtype": DTYPES[t.dtype]} if self.says_dtype else {}
        return self.b.value(row.name, (primal,), t, bar_name(value), via=via, **dtype)

    def at_hand(self, value: Value, dtype: str | None = None) -> Value | None:
        """An array of the same shape that the reverse sweep has without recording anything.

        dtype: that it should have, if that matters
        """

        def fits(other: Value) -> bool:
            content = self.heap[other.type.cls] if isinstance(other.type, Ref) else other.type
            return dtype is None or getattr(content, "dtype", None) == dtype

        if self.home.get(value, 0) == 0 and fits(value):
            return value
        same = self.outer_arrays.get(self.shapes.dims.get(value), ())
        return next(filter(fits, same), None)

    def contribute(self, value: Value, bar: Value | None) -> None:
        """Add ``bar`` to the cotangent of ``value``."""
        if bar is None or not self.is_active(value):
            return
        bar = self.close(value, bar)
        depth = self.home.get(value, 0)
        frame = self.frames[depth]
        if value in frame.accumulators:
            self.b.emit("accum", (frame.accumulators[value], bar), (), path=())
            return
        if isinstance(value.type, Array) and depth < len(self.frames) - 1:
            self.b.emit("accum", (self.accumulator(value), bar), (), path=())
            return
        before = self.bar(value)
        self.frame.bars[value] = bar if before is None else self.add(before, bar, bar_name(value))

    def add(self, a: Value, b: Value, name: str | None = None) -> Value:
        """``a + b``; tuples item by item, where None is zero."""
        if isinstance(a.type, Tuple):
            return self.add_tuples(a, b)
        row, via = kernels.operator_row("+")
        t = kernels.infer(row, via, (a.type, b.type), {})
        return self.b.value(row.name, (a, b), t, name, via=via)

    def add_tuples(self, a: Value, b: Value) -> Value:
        """The sum of two cotangents of a tuple."""
        assert isinstance(a.type, Tuple) and isinstance(b.type, Tuple)
        parts = []
        for k, (s, t) in enumerate(zip(a.type.items, b.type.items, strict=True)):
            x = self.b.value("item", (a,), s, index=k)
            y = self.b.value("item", (b,), t, index=k)
            if s in (NONE, OPAQUE) or t in (NONE, OPAQUE):
                parts.append(y if s in (NONE, OPAQUE) else x)
            else:
                parts.append(self.add(x, y))
        return self.b.value("tuple", parts, Tuple(tuple(p.type for p in parts), a.type.cls))

    def accumulator(self, value: Value) -> Value:
        """The buffer in which contributions to an array value are added up."""
        depth = self.home.get(value, 0)
        frame = self.frames[depth]
        found = frame.accumulators.get(value)
        if found is not None:
            return found
        with self.writing_to(depth):
            start = frame.bars.pop(value, None)
            if start is None:
                start = self.zeros_like(value)
            ref = self.new_class(Array(value.type.dtype, None), value.type.rank)  # type: ignore[attr-defined]
            found = self.b.value("alloc", (start,), ref, bar_name(value))
        frame.accumulators[value] = found
        return found

    @contextmanager
    def writing_to(self, depth: int) -> Any:
        """Emit into the frame at ``depth``, before the operation there that is being written."""
        inner, stack = self.frames[depth + 1 :], self.b.stack
        del self.frames[depth + 1 :]
        self.b.stack = [self.frames[depth].pending]
        try:
            yield
        finally:
            self.frames += inner
            self.b.stack = stack

    def new_class(self, content: Content | Type, rank: int | None = None) -> Ref:
        """A reference to a new object class."""
        return Ref(self.heap.add(content), rank)

    def close(self, value: Value, bar: Value) -> Value:
        """Fit a contribution to the value it is meant for: sum to shape, real part, cast."""
        return adjoints.close(self, value, bar)

    # --------------------------------------------------------------------------------- memory
    def shadow(self, ref: Value) -> Value:
        """The reference to the cotangent of what ``ref`` addresses."""
        depth = self.home.get(ref, 0)
        frame = self.frames[depth]
        found = frame.shadows.get(ref)
        if found is None:
            with self.writing_to(depth):
                find = self.local_shadow if self.is_local(ref) else self.shadow_by_identity
                found = find(ref)
            frame.shadows[ref] = found
        return found

    def is_local(self, ref: Value) -> bool:
        """Whether it is known which array a reference addresses."""
        return isinstance(ref.type, Ref) and ref.type.cls in self.local_classes

    def shadow_by_identity(self, ref: Value) -> Value:
        """The shadow of an object that is only known when it runs."""
        assert isinstance(ref.type, Ref) and self.shadow_map is not None
        content = self.heap[ref.type.cls]
        holds = not isinstance(content, Array) and any(map(holds_array, parts_of(content)))
        return self.b.value(
            "shadow",
            (self.shadow_map, self.recall(ref)),
            replace(self.shadow_type(ref.type), rank=ref.type.rank),
            bar_name(ref),
            **({"arrays": True} if holds else {}),
        )

    def local_shadow(self, ref: Value) -> Value:
        """The cotangent of a local array, made beside it, or the same view of that."""
        assert isinstance(ref.type, Ref)
        op = self.definitions[ref]
        t = replace(self.shadow_type(ref.type), rank=ref.type.rank)
        if op.kind == "alloc":
            zeros = self.zeros_like(ref, Array(self.heap[ref.type.cls].dtype, t.rank))  # type: ignore[union-attr]
            return self.b.value("alloc", (zeros,), t, bar_name(ref))
        index = [self.recall(v) for v in op.operands[1:]]
        base = self.shadow(op.operands[0])
        return self.b.value("view", (base, *index), t, bar_name(ref), path=op.attrs["path"])

    def shadow_type(self, ref: Ref) -> Ref:
        """The type of references to shadows of a class."""
        if ref.cls not in self.shadow_classes:
            made = self.new_class(self.heap[ref.cls])
            self.shadow_classes[ref.cls] = made.cls
            self.heap[made.cls] = self.shadow_content(self.heap[ref.cls])
        return Ref(self.shadow_classes[ref.cls])

    def shadow_content(self, content: Content | Type) -> Content | Type:
        """The content of a shadow: cotangents of numbers, None elsewhere."""

        def bar(t: Type) -> Type:
            return bar_type(t) if carries_derivative(t) else OPAQUE

        match content:
            case Array():
                return content
            case ListOf(item):
                return ListOf(None if item is None else bar(item))
            case Fixed(items):
                return Fixed(tuple(map(bar, items)))
            case Record(cls, fields):
                return Record(cls, tuple((k, bar(t)) for k, t in fields))
        return adjoints.shadow_of_other(content, bar)

    def is_varied_class(self, ref: Value) -> bool:
        """Whether memory that ``ref`` addresses carries derivatives."""
        return isinstance(ref.type, Ref) and ref.type.cls in self.activity.classes

    # --------------------------------------------------------------------------------- blocks
    def reverse_ops(self, block: Block) -> None:
        """The reverse of the operations of a block, last first; not of its terminator."""
        self.frame.block = self.numbers[id(block)]
        for op in reversed(block.ops):
            if op.kind in ("yield", "break", "return", "unreachable", "branch"):
                continue
            self.frame.block = self.numbers[id(block)]
            self.frame.now = self.positions[id(op)]
            self.b.span = op.span
            self.reverse_op(op)

    def reverse_op(self, op: Op) -> None:
        """The reverse of one operation."""
        handler = adjoints.ADJOINTS.get(op.kind)
        if handler is not None:
            handler(self, op)
            return
        adjoints.reverse_kernel(self, op)

    # ------------------------------------------------------------------------------- branches
    def reverse_if(self, op: Op) -> None:
        """The reverse of an `if` is an `if`."""
        if not self.matters(op):
            return
        regions = [r for r in op.regions if r.terminator.kind == "yield"]
        if len(regions) < 2:
            self.reverse_in_place(op, regions)
            return
        self.reverse_choice(
            op.operands[0],
            op.regions,
            [self.sided(op, region) for region in op.regions],
        )

    def sided(self, op: Op, region: Block) -> Callable[[], None]:
        """The reverse of one side of an `if`."""
        outer = {r: self.bar(r) for r in op.results if self.is_active(r)}

        def write() -> None:
            for result, yielded in zip(op.results, region.terminator.operands, strict=True):
                if result in outer:
                    self.contribute(yielded, outer[result])
            self.reverse_ops(region)

        return write

    def reverse_in_place(self, op: Op, regions: Sequence[Block]) -> None:
        """Only one side comes to its end: its reverse needs no condition."""
        for region in regions:
            bars = [self.bar(r) for r in op.results]
            self.enter(region)
            for yielded, bar in zip(region.terminator.operands, bars, strict=True):
                self.contribute(yielded, bar)
            self.reverse_ops(region)

    def reverse_choice(
        self, test: Value, blocks: Sequence[Block], sides: Sequence[Callable[[], None]]
    ) -> None:
        """An `if` on a recalled condition; cotangents that a side changes are its results."""
        condition = self.recall(test)
        done: list[tuple[Any, Frame]] = []
        for block, write in zip(blocks, sides, strict=True):
            with self.reversing(block) as pending:
                write()
                done.append((pending, self.frame))
        changed: dict[Value, None] = {}
        depth = len(self.frames)
        for _, frame in done:
            for value in frame.bars:
                if self.home.get(value, 0) < depth:
                    changed[value] = None
        finished = []
        for pending, frame in done:
            self.b.stack.append(pending)
            self.frames.append(frame)
            values = [self.bar_or_zero(v) for v in changed]
            self.b.emit("yield", values)
            self.frames.pop()
            self.b.stack.pop()
            finished.append(pending.finish())
        types = [bar_type(v.type) for v in changed]
        op = self.b.emit("if", (condition,), types, regions=finished)
        for value, result in zip(changed, op.results, strict=True):
            result.name = bar_name(value)
            self.frame.bars[value] = result

    def reverse_when(self, test: Value, block: Block, write: Callable[[], None]) -> None:
        """The reverse of a region that may not have come to its end."""
        with self.reversing(block) as pending:
            write()
            frame = self.frame
        depth = len(self.frames)
        changed = [v for v in frame.bars if self.home.get(v, 0) < depth]
        self.b.stack.append(pending)
        self.frames.append(frame)
        values = [self.bar_or_zero(v) for v in changed]
        self.b.emit("yield", values)
        self.frames.pop()
        self.b.stack.pop()
        with self.b.block() as other:
            self.b.emit("yield", [self.bar_or_zero(v) for v in changed])
        types = [bar_type(v.type) for v in changed]
        regions = [pending.finish(), other.finish()]
        op = self.b.emit("if", (test,), types, regions=regions)
        for value, result in zip(changed, op.results, strict=True):
            result.name = bar_name(value)
            self.frame.bars[value] = result

    def reverse_call(self, op: Op) -> None:
        """The reverse of a recursive function pops what its forward sweep pushed."""
        callee = self.program.functions[op.attrs["callee"]]
        returned = callee.body.terminator.operands
        bars = [
            self.bar_or_zero(result)
            for result, inner in zip(op.results, returned, strict=False)
            if self.is_active(inner)
        ]
        given = [
            (v, p) for v, p in zip(op.operands, callee.body.args, strict=True) if self.is_active(p)
        ]
        assert self.shadow_map is not None
        done = self.b.emit(
            "call",
            (self.shadow_map, *self.tapes, *bars),
            [bar_type(p.type) for _, p in given],
            callee=f"{op.attrs['callee']}_rev",
        )
        for (value, _), bar in zip(given, done.results, strict=True):
            self.contribute(value, bar)

    # ---------------------------------------------------------------------------------- loops
    def reverse_loop(self, op: Op) -> None:
        """First the path that left the loop, then its iterations backwards."""
        if not self.matters(op):
            return
        bounds = op.operands[:3] if op.attrs["bounded"] else ()
        inits = op.operands[len(bounds) :]
        body = op.regions[0]
        *finals, trips, code = op.results
        active = [k for k, v in enumerate(finals) if self.is_active(v) or self.is_active(inits[k])
                  or self.is_active(body.args[k + 1])]  # fmt: skip
        free = [
            v
            for v in free_values(body)
            if self.is_active(v) and not isinstance(v.type, Array) and v not in inits
        ]
        free += [v for v in dict.fromkeys(inits) if self.is_active(v) and v in set(free_values(body))
                 and not isinstance(v.type, Array)]  # fmt: skip
        state = [self.bar_or_zero(finals[k]) for k in active]
        state += [self.bar_or_zero(v) for v in free]
        carried = [body.args[k + 1] for k in active]
        exits = [leaf for leaf in leaves(body) if leaf.kind == "break"]
        count = self.recall(trips) if exits or not bounds else None
        start = tuple(self.recall(v) for v in bounds)
        turns = permuted(op)
        threads = self.thread(op, turns)
        if exits:
            state = self.peel(op, exits, start, count, code, carried, active, free, state, threads)
        moved = Turn(turns, threads)
        state = self.reverse_iterations(op, start, count, carried, active, free, state, moved)
        for value, bar in zip(free, state[len(active) :], strict=True):
            self.frame.bars[value] = bar
            bar.name = bar_name(value)
        for k, bar in zip(active, state, strict=False):
            self.contribute(inits[k], bar)

    def peel(
        self,
        op: Op,
        exits: Sequence[Op],
        start: tuple[Value, ...],
        count: Value | None,
        code: Value,
        carried: Sequence[Value],
        active: Sequence[int],
        free: Sequence[Value],
        state: list[Value],
        threads: Mapping[int, Value],
    ) -> list[Value]:
        """The adjoint of the path by which the loop was left."""
        body = op.regions[0]
        always = not op.attrs["bounded"] and len(exits) == 1

        def run_path(leaf: Op) -> list[Value]:
            index = self.index_at(start, count)
            self.frame.indices[body.args[0]] = index
            self.frame.threads = {body.args[k + 1]: v for k, v in threads.items()}
            path = path_to(body, leaf)
            for block in path:
                self.enter(block)
            for k, bar in zip(active, state, strict=False):
                self.contribute(leaf.operands[k], bar)
            for value, bar in zip(free, state[len(active) :], strict=True):
                before = self.frame.bars.get(value)
                self.frame.bars[value] = bar if before is None else self.add(bar, before)
            for block in reversed(path):
                self.reverse_ops(block)
            return [self.bar_or_zero(v) for v in (*carried, *free)]

        for leaf in exits:
            condition: Value | None = None
            if not always:
                number = self.b.const(leaf.attrs["code"])
                condition = self.b.value("equal", (self.recall(code), number), BOOL, via="==")
            with self.b.block() as pending:
                self.frames.append(Frame(pending))
                values = run_path(leaf)
                self.b.emit("yield", values)
                self.frames.pop()
            yes = pending.finish()
            if condition is None:
                condition = self.b.const(True)
            with self.b.block() as other:
                self.b.emit(
                    "yield", [self.fit(s, v.type) for s, v in zip(state, values, strict=True)]
                )
            types = [v.type for v in values]
            done = self.b.emit("if", (condition,), types, regions=[yes, other.finish()])
            state = list(done.results)
        return state

    def index_at(self, start: tuple[Value, ...], count: Value | None) -> Value:
        """The index of the iteration that left: the first that did not come to its end."""
        assert count is not None
        if not start:
            return count
        low, _, step = start
        return self.affine(low, step, count)

    def affine(self, low: Value, step: Value, k: Value) -> Value:
        """``low + step * k``."""
        one = self.constant(step)
        zero = self.constant(low)
        if one != 1:
            k = self.b.value("multiply", (step, k), INT, via="*")
        return k if zero == 0 else self.b.value("add", (low, k), INT, via="+")

    def constant(self, value: Value) -> object:
        """What is known of a recalled value."""
        op = self.b.defining.get(value)
        if op is not None and op.kind == "recall":
            op = self.definitions.get(op.operands[0])
        return op.attrs["value"] if op is not None and op.kind == "const" else None

    def reverse_iterations(
        self,
        op: Op,
        start: tuple[Value, ...],
        count: Value | None,
        carried: Sequence[Value],
        active: Sequence[int],
        free: Sequence[Value],
        state: list[Value],
        turn: Turn,
    ) -> list[Value]:
        """The iterations that came to their end, last first."""
        body = op.regions[0]
        if not any(leaf.kind == "yield" for leaf in leaves(body)):
            return state
        index = Value(INT, body.args[0].name)
        args = [Value(bar_type(v.type), bar_name(v)) for v in (*carried, *free)]
        later = {k: Value(v.type, v.name) for k, v in turn.last.items()}
        with self.b.block((index, *args, *later.values())) as pending:
            self.frames.append(Frame(pending))
            for k, source in turn.sources.items():
                self.frame.threads[body.args[source + 1]] = later[k]
            if count is not None and start and not self.is_unit(start):
                self.frame.indices[body.args[0]] = self.affine(start[0], start[2], index)
            else:
                self.frame.indices[body.args[0]] = index
            self.enter(body)
            for value, arg in zip(free, args[len(active) :], strict=True):
                self.frame.bars[value] = arg
            bars = dict(zip(active, args, strict=False))
            self.reverse_tree(body, bars)
            for value in carried:
                self.home[value] = len(self.frames) - 1
            earlier = [self.frame.threads[body.args[k + 1]] for k in later]
            self.b.emit("yield", [*(self.bar_or_zero(v) for v in (*carried, *free)), *earlier])
            self.frames.pop()
        if count is None:
            bounds: list[Value] = list(start)
        else:
            bounds = [self.b.const(0), count, self.b.const(1)]
        state = [self.fit(s, a.type) for s, a in zip(state, args, strict=True)]
        types = [a.type for a in (*args, *later.values())]
        done = self.b.emit(
            "loop",
            [*bounds, *state, *turn.last.values()],
            [*types, INT, INT],
            regions=[pending.finish()],
            bounded=True,
            **({} if op.attrs.get("reversed") else {"reversed": True}),
        )
        for result, value in zip(done.results, (*carried, *free), strict=False):
            result.name = bar_name(value)
        return list(done.results[: len(args)])

    def thread(self, op: Op, turns: dict[int, int]) -> dict[int, Value]:
        """What carried values that only change places were last; recalled where an iteration needs it."""
        body = op.regions[0]
        number = self.numbers[id(body)]
        found = {}
        for k in turns:
            value, arg = op.results[k], body.args[k + 1]
            found[k] = self.b.value(
                "recall",
                (value,),
                arg.type,
                arg.name,
                at=self.frame.now,
                block=self.frame.block,
                thread=number,
                args=tuple(j + 1 for j in turns),
            )
        return found

    def is_unit(self, start: tuple[Value, ...]) -> bool:
        """Whether the index is the number of the iteration."""
        return self.constant(start[0]) == 0 and self.constant(start[2]) == 1

    def reverse_tree(self, block: Block, bars: dict[int, Value]) -> None:
        """The reverse of a loop body whose iteration came to its end."""
        last = block.terminator
        if last.kind == "branch":
            staying = [r for r in last.regions if any(x.kind == "yield" for x in leaves(r))]
            if len(staying) == 1:
                self.enter(staying[0])
                self.reverse_tree(staying[0], bars)
            else:
                self.frame.block = self.numbers[id(block)]
                self.frame.now = self.positions[id(last)]

                def side(region: Block) -> Callable[[], None]:
                    return lambda: self.reverse_tree(region, bars)

                self.reverse_choice(last.operands[0], staying, [side(r) for r in staying])
        else:
            for k, bar in bars.items():
                self.contribute(last.operands[k], bar)
        self.reverse_ops(block)

    # ------------------------------------------------------------------------------ relevance
    def matters(self, op: Op) -> bool:
        """Whether the reverse of a compound operation can have any effect."""
        if any(self.is_active(r) and self.bar(r) is not None for r in op.results):
            return True
        return any(self.touches(inner) for inner in walk_regions(op))

    def touches(self, op: Op) -> bool:
        """Whether the reverse of an operation may change a shadow or memory."""
        if op.kind in adjoints.STRUCTURAL:
            return True
        if op.kind == "call":
            return True
        if op.kind in adjoints.MEMORY:
            return any(self.is_varied_class(v) for v in (*op.operands, *op.results))
        return False


def permuted(op: Op) -> dict[int, int]:
    """Carried values of a loop that only change places: each becomes what another one was.

    Where the loop is left by a break, they must be left as they are.
    """
    body = op.regions[0]
    number = {arg: k for k, arg in enumerate(body.args[1:])}
    found: dict[int, int] = {}
    for k, arg in enumerate(body.args[1:]):
        stays = {leaf.operands[k] for leaf in leaves(body) if leaf.kind == "yield"}
        breaks = {leaf.operands[k] for leaf in leaves(body) if leaf.kind == "break"}
        source = stays.pop() if len(stays) == 1 else None
        if source in number and breaks <= {arg} and source.type == arg.type:
            found[k] = number[source]
    while set(found) != set(found.values()):
        found = {k: j for k, j in found.items() if j in found and k in set(found.values())}
    return found


def walk_regions(op: Op) -> Any:
    """All operations inside of ``op``."""
    for region in op.regions:
        yield from walk(region)


def path_to(block: Block, leaf: Op) -> list[Block]:
    """The blocks of a decision tree from its root to the one that ends in ``leaf``."""
    last = block.terminator
    if last is leaf:
        return [block]
    if last.kind == "branch":
        for region in last.regions:
            if any(x is leaf for x in leaves(region)):
                return [block, *path_to(region, leaf)]
    raise AssertionError("the leaf is not in this tree")


def op_kind(op: Op | None) -> str | None:
    """The kind of what defines a value; None for a parameter."""
    return None if op is None else op.kind


def bar_name(value: Value) -> str | None:
    """The name of the cotangent of a value."""
    return f"{value.name}_bar" if value.name else None


def bar_type(t: Type) -> Type:
    """The type of cotangents of values of type ``t``."""
    match t:
        case Optional(item):
            return bar_type(item)
        case Scalar("float"):
            return Scalar("f64")
        case Scalar("complex"):
            return Scalar("c128")
        case Tuple(items, cls):
            parts = tuple(bar_type(i) if carries_derivative(i) else OPAQUE for i in items)
            return Tuple(parts, cls)
    return t
