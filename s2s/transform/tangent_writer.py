"""What writing a tangent needs: tangents of values, zeros, fitting, shadows of objects.

The tangent of a number or an array value is a value of the type `bar_type` of its own, absent where
it is zero.  That of memory is its shadow, found by the identity of the object, as in reverse mode;
it is fetched where its reference is defined, so that it is seen wherever the reference is.  Arrays
that are made here and never get out have an array made here as their shadow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, overload

from s2s import kernels, runtime
from s2s.analysis.activity import Activity, classes_of, parts_of, reachable
from s2s.frontend.facts import Facts
from s2s.ir.builder import Builder, Pending
from s2s.ir.core import Op, Program, Value
from s2s.ir.types import (
    DTYPES,
    INT,
    OPAQUE,
    SHAPE,
    Array,
    Content,
    Optional,
    Ref,
    Scalar,
    Tuple,
    Type,
    carries_derivative,
    is_complex,
    is_float,
)
from s2s.transform.explicit import counted
from s2s.transform.heap import HeapTable
from s2s.transform.reverse import bar_type
from s2s.transform.rules import RuleLowering
from s2s.transform.tangent_types import dot_name, dtype_of, has_array, has_axes, shadow_content

SCALARS = {"f32": "float32", "f64": "float64", "c64": "complex64", "c128": "complex128"}
SAME_SHAPE = frozenset({"copy", "widen", "unwrap", "alloc", "zeros_like", "ones_like", "empty_like",
                        "full_like"})  # fmt: skip


class Writer:
    """Writes one function and its tangent; what all handlers of `tangents` share."""

    def __init__(self, program: Program, act: Activity, heap: HeapTable) -> None:
        self.program, self.activity, self.heap = program, act, heap
        self.b = Builder()
        self.rules = RuleLowering(self.b, Facts())
        self.dots: dict[Value, Value] = {}
        self.inputs: dict[Value, Value] = {}  # tangents of arrays that are only ever read
        self.shadows: dict[Value, Value] = {}
        self.local: frozenset[Value] = frozenset()  # arrays whose shadow is an array at hand
        self.home: dict[Value, Pending] = {}  # the block in which a reference is defined
        self.shapes: dict[Value, Value] = {}  # a value of the same shape, further up
        self.shadow_map: Value | None = None
        self.shadow_classes: dict[int, int] = {}
        self.explicit = False  # write loops where the run-time library has helpers
        self.mixed = False  # arrays in structures, some of them values and some objects
        self.helpers: dict[str, object] = {}

    # --------------------------------------------------------------------------------- the primal
    def keep(self, op: Op) -> None:
        """The operation itself."""
        self.b.append(op)
        self.define(op.results)
        if len(op.results) == 1:
            self.shapes[op.results[0]] = self.shape_source(op)

    def define(self, values: Sequence[Value]) -> None:
        """These values are defined in the block that is being written."""
        for value in values:
            if isinstance(value.type, Ref):
                self.home[value] = self.b.here

    def shape_source(self, op: Op) -> Value:
        """A value that is known to have the shape of the only result."""
        row = kernels.row(op.kind)
        if row is not None and row.elementwise:
            shapes = {self.shape_of(v) for v in op.operands if has_axes(v.type)}
            return shapes.pop() if len(shapes) == 1 else op.result
        whole = op.kind == "load" and not op.attrs["path"]
        if op.operands and (whole or op.kind in SAME_SHAPE):
            return self.shape_of(op.operands[0])
        return op.result

    def shape_of(self, value: Value) -> Value:
        """One value for all that are known to have the same shape."""
        return self.shapes.get(value, value)

    # ------------------------------------------------------------------------------- its tangents
    def dot_or_zero(self, value: Value) -> Value:
        """The tangent of ``value`` as a value."""
        found = self.dots.get(value)
        return found if found is not None else self.zero(value)

    def set(self, value: Value, dot: Value, *, full: bool = True) -> None:
        """``dot`` becomes the tangent of ``value``; ``full``: it has all axes at their length."""
        found = self.close(value, dot, full)
        if found.name is None:
            found.name = dot_name(value)
        self.dots[value] = found

    def zero(self, value: Value) -> Value:
        """A zero tangent of ``value``."""
        wanted = bar_type(value.type)
        op = self.b.defining.get(value)
        if op is not None and op.kind == "undef":
            return self.b.value("undef", (), wanted, dot_name(value))
        value = self.unwrapped(value)
        match wanted:
            case Array():
                return self.kernel("zeros_like", value)
            case Tuple():
                return self.tuple(value, wanted, [None] * len(wanted.items))
            case Scalar():
                t = wanted if is_float(wanted) else Scalar("f64")
                return self.b.value("const", (), t, value=0j if is_complex(t) else 0.0)
        return self.fit(self.b.const(0.0), wanted)

    def unwrapped(self, value: Value) -> Value:
        """A value that may be None, where it is not."""
        if isinstance(value.type, Optional):
            return self.b.value("unwrap", (value,), value.type.item, value.name)
        return value

    def tuple(self, value: Value, wanted: Tuple, parts: Sequence[Value | None]) -> Value:
        """The tangent of a tuple from those of its items."""
        assert isinstance(value.type, Tuple)
        found = []
        for k, (t, part) in enumerate(zip(value.type.items, parts, strict=True)):
            if not carries_derivative(t):
                found.append(self.fit(self.b.const(None), OPAQUE))
            elif part is None or part.type == OPAQUE:
                found.append(self.zero(self.b.value("item", (value,), t, index=k)))
            elif part.type == bar_type(t):
                found.append(part)
            else:
                found.append(self.close(self.b.value("item", (value,), t, index=k), part))
        return self.b.value("tuple", found, wanted)

    def items(self, dot: Value) -> list[Value]:
        """The items of the tangent of a tuple."""
        assert isinstance(dot.type, Tuple)
        op = self.b.defining.get(dot)
        if op is not None and op.kind == "tuple":
            return list(op.operands)
        return [self.b.value("item", (dot,), t, index=k) for k, t in enumerate(dot.type.items)]

    # ------------------------------------------------------------------------------------ fitting
    def close(self, value: Value, dot: Value, full: bool = True) -> Value:
        """``dot`` with the type and shape of a tangent of ``value``."""
        wanted = bar_type(value.type)
        if isinstance(wanted, Tuple):
            if dot.type == wanted:
                return dot
            return self.tuple(self.unwrapped(value), wanted, self.items(dot))
        if isinstance(wanted, Array | Scalar):
            if is_complex(dot.type) and not is_complex(wanted):
                dot = self.kernel("real", dot)
            if isinstance(wanted, Array):
                dot = self.stretched(value, wanted, dot, full)
            elif isinstance(dot.type, Array):
                dot = self.kernel("sum", dot)  # of one element
            dot = self.cast(dot, wanted)
        return self.fit(dot, wanted)

    def stretched(self, value: Value, wanted: Array, dot: Value, full: bool) -> Value:
        """``dot`` with the shape of ``value``."""
        if full and isinstance(dot.type, Array) and self.has_rank(dot, wanted.rank):
            return dot
        if full and wanted.rank is None:
            return dot
        shape = SHAPE if wanted.rank is None else Tuple((INT,) * wanted.rank)
        sizes = self.b.value("shape", (self.unwrapped(value),), shape)
        return self.kernel("broadcast_to", dot, sizes)

    def has_rank(self, dot: Value, rank: int | None) -> bool:
        """Whether an array of the right shape has a type that says so; a row's result is told."""
        assert isinstance(dot.type, Array)
        op = self.b.defining.get(dot)
        if dot.type.rank is None and op is not None and kernels.row(op.kind) is not None:
            dot.type = Array(dot.type.dtype, rank)
        return dot.type.rank == rank

    def cast(self, dot: Value, wanted: Array | Scalar) -> Value:
        """``dot`` as numbers of the wanted kind; Python's are taken as they come."""
        have, want = dtype_of(dot.type), dtype_of(wanted)
        if have == want:
            return dot
        if isinstance(dot.type, Array):
            return self.kernel("astype", dot, dtype=DTYPES[want])
        return self.kernel(SCALARS[want], dot) if want in SCALARS else dot

    def fit(self, value: Value, wanted: Type) -> Value:
        """``value`` seen as of type ``wanted``."""
        if value.type == wanted:
            return value
        return self.b.value("widen", (value,), wanted, value.name)

    def kernel(self, name: str, *operands: Value, **attrs: Any) -> Value:
        """A row of the table by its name."""
        found = kernels.resolve(name, "")
        assert found is not None
        row, via = found
        t = kernels.infer(row, via, tuple(v.type for v in operands), attrs)
        return self.b.value(row.name, operands, t, via=via, **attrs)

    def add(self, a: Value, b: Value) -> Value:
        """``a + b``."""
        row, via = kernels.operator_row("+")
        return self.b.value(
            row.name, (a, b), kernels.infer(row, via, (a.type, b.type), {}), via=via
        )

    # ------------------------------------------------------------------------------------- memory
    def is_varied(self, value: Value) -> bool:
        """Whether objects of the class that ``value`` addresses carry derivatives themselves."""
        return isinstance(value.type, Ref) and value.type.cls in self.activity.classes

    def reaches_varied(self, t: Type) -> bool:
        """Whether a derivative lies anywhere in what a value of this type addresses."""
        found = reachable(replace(self.program, heap=self.heap), classes_of(t))
        return bool(found & self.activity.classes)

    def shadow(self, ref: Value) -> Value:
        """The reference to the tangent of what ``ref`` addresses."""
        found = self.shadows.get(ref)
        if found is None:
            with self.writing_to(self.home[ref]):
                found = self.shadows[ref] = self.fetch_shadow(ref)
        return found

    def fetch_shadow(self, ref: Value) -> Value:
        """A view of the shadow of what ``ref`` is a view of if that is at hand, else by identity."""
        assert isinstance(ref.type, Ref)
        assert self.shadow_map is not None
        t, name = replace(self.shadow_type(ref.type), rank=ref.type.rank), dot_name(ref)
        if ref in self.local:
            op = self.b.defining[ref]
            source, *index = op.operands
            operands = (self.shadow(source), *index)
            return self.b.value("view", operands, t, name, path=op.attrs["path"])
        content = self.heap[ref.type.cls]
        holds = not isinstance(content, Array) and any(map(has_array, parts_of(content)))
        attrs = {"arrays": True} if holds else {}
        return self.b.value("shadow", (self.shadow_map, ref), t, name, **attrs)

    @contextmanager
    def writing_to(self, block: Pending) -> Iterator[None]:
        """Emit at the end of a block around the one that is being written."""
        stack, self.b.stack = self.b.stack, [block]
        try:
            yield
        finally:
            self.b.stack = stack

    def shadow_type(self, ref: Ref) -> Ref:
        """The type of references to shadows of a class."""
        if ref.cls not in self.shadow_classes:
            self.shadow_classes[ref.cls] = self.new_class(shadow_content(self.heap[ref.cls])).cls
        return Ref(self.shadow_classes[ref.cls])

    def new_class(self, content: Content | Type) -> Ref:
        """A reference to a new object class."""
        return Ref(self.heap.add(content))

    # ---------------------------------------------------------------------------------- run time
    @property
    def symbols(self) -> dict[str, object]:
        """The Python objects that were mentioned."""
        return {**self.helpers, **self.rules.facts.symbols}

    @overload
    def helper(self, name: str, *operands: Value) -> None: ...

    @overload
    def helper(self, name: str, *operands: Value, result: Type) -> Value: ...

    def helper(self, name: str, *operands: Value, result: Type | None = None) -> Value | None:
        """Call a function of the run-time library."""
        symbol = f"rt.{name}"
        self.helpers[symbol] = getattr(runtime, name)
        types = () if result is None else (result,)
        op = self.b.emit("pycall", operands, types, symbol=symbol)
        return op.result if types else None

    @contextmanager
    def loop(self, count: Value) -> Iterator[Value]:
        """A loop over ``range(count)`` that carries nothing; gives its index."""
        with counted(self.b, count) as index:
            yield index
