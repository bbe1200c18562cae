"""Arrays: reading them as values, kernels, indexing, views, writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2s import kernels, runtime
from s2s.frontend.avals import AVal, ExceptionA, Leaf, SliceA, Static, TupleA
from s2s.frontend.lowering import Lowering
from s2s.frontend.members import plain_member
from s2s.frontend.words import cannot_operate, words
from s2s.ir.core import Value
from s2s.ir.types import (
    BOOL,
    DTYPES,
    INT,
    NONE,
    OPAQUE,
    SHAPE,
    STR,
    Array,
    Fixed,
    ListOf,
    Optional,
    Ref,
    Scalar,
    Tuple,
    Type,
)

FLOAT_ERRORS = {"/": ZeroDivisionError, "//": ZeroDivisionError, "%": ZeroDivisionError,
                "**": ZeroDivisionError}  # fmt: skip
VIEWS_ALWAYS = {"transpose", "swapaxes", "moveaxis", "squeeze", "expand_dims", "diagonal"}


# --------------------------------------------------------------------------------- reading values
def array_type(lo: Lowering, aval: AVal) -> Array | None:
    """The type of the array that ``aval`` refers to, None if it is none."""
    if isinstance(aval, Leaf):
        t = aval.type
        if isinstance(t, Array):
            return t
        if isinstance(t, Ref):
            content = lo.heap.of(t)
            return content if isinstance(content, Array) else None
    return None


def read(lo: Lowering, aval: AVal) -> Value:
    """The number or array that an operation works on: what a reference addresses now."""
    if isinstance(aval, Leaf):
        value = aval.value
        if isinstance(value.type, Optional):
            value = lo.b.value("unwrap", (value,), value.type.item, value.name)
        if isinstance(value.type, Ref):
            content = lo.heap.of(value.type)
            if isinstance(content, Array):
                return lo.b.value("load", (value,), content, value.name, path=())
            if isinstance(content, Fixed | ListOf):
                return array_from_list(lo, value, content)
            what = words(lo.heap, content)
            return lo.cannot_infer(f"a number or an array is needed here, not {what}")
        return value
    if isinstance(aval, Static) and isinstance(aval.obj, np.dtype | type):
        return lo.cannot_infer(f"a number or an array is needed here, not {aval.obj!r}")
    if isinstance(aval, Static) and isinstance(aval.obj, str):
        return lo.value(aval)
    if isinstance(aval, TupleA):
        return stack(lo, aval.items)
    from s2s.frontend.iterate import known_items

    items = known_items(lo, aval)
    if items is not None:
        return stack(lo, items)
    return lo.value(aval) if isinstance(aval, Static) else lo.not_a_value(aval)


def array_from_list(lo: Lowering, value: Value, content: Fixed | ListOf) -> Value:
    """`np.array(list)`."""
    if isinstance(content, Fixed):
        from s2s.frontend.iterate import known_items

        items = known_items(lo, Leaf(value))
        assert items is not None
        return stack(lo, items)
    depth, item = 1, content.item
    while isinstance(item, Ref):
        inner = lo.heap.of(item)
        if isinstance(inner, Array):
            rank = None if inner.rank is None else inner.rank + depth
            return lo.b.value("array_of", (value,), Array(inner.dtype, rank))
        assert isinstance(inner, Fixed | ListOf)
        item, depth = lo.heap.item_of(inner), depth + 1
    if item is None:
        return lo.b.value("array_of", (value,), Array("f64", depth))
    if isinstance(item, Tuple) and item.items and isinstance(item.items[0], Scalar):
        item, depth = item.items[0], depth + 1
    if not isinstance(item, Scalar):
        lo.cannot_infer(
            f"an array of this list would hold {words(lo.heap, item)}", "use numbers of one type"
        )
    assert isinstance(item, Scalar)
    return lo.b.value("array_of", (value,), Array(dtype_of(item), depth))


def dtype_of(scalar: Scalar) -> str:
    """The dtype of an array made of such scalars."""
    return {"bool": "b1", "int": "i64", "float": "f64", "complex": "c128"}.get(
        scalar.name, scalar.name
    )


def stack(lo: Lowering, items: Sequence[AVal]) -> Value:
    """`np.array` of values that are known one by one."""
    if not items:
        return lo.b.value("zeros_of", (lo.value(Static(0)),), Array("f64", 1))
    values = [read(lo, item) for item in items]
    row, _ = kernels.lookup(np.stack)
    attrs = {"axis": 0}
    type_ = infer(lo, row, "np.array", tuple(v.type for v in values), attrs)
    return lo.b.value("stack", values, type_, via="np.array", **attrs)


def site(lo: Lowering, kind: str) -> object:
    """A key for an allocation site that is the same whenever the function is lowered again."""
    return (lo.scope.path, lo.here, kind)


def box(lo: Lowering, value: Value, kind: str = "array", name: str | None = None) -> AVal:
    """A new array object for an array value; numbers are values themselves."""
    if isinstance(value.type, Array) and lo.values_only:
        return Leaf(value)
    if isinstance(value.type, Array):
        ref = lo.heap.site(site(lo, kind), value.type)
        return Leaf(lo.b.value("alloc", (value,), ref, name))
    if isinstance(value.type, Tuple):
        parts = []
        for k, t in enumerate(value.type.items):
            parts.append(box(lo, lo.b.value("item", (value,), t, index=k), f"{kind}{k}"))
        return TupleA(tuple(parts))
    return lo.aval(value)


# ---------------------------------------------------------------------------------------- kernels
def apply_operator(lo: Lowering, symbol: str, operands: Sequence[AVal]) -> AVal:
    """An operator of Python on numbers and arrays."""
    row, via = kernels.operator_row(symbol)
    return apply_row(lo, row, via, operands, {})


def apply_row(
    lo: Lowering, row: Any, via: str, operands: Sequence[AVal], attrs: dict[str, Any]
) -> AVal:
    """A row of the kernel table on abstract values."""
    if row.is_view and row.name != "broadcast_to" and operands and isinstance(operands[0], Leaf):
        found = array_type(lo, operands[0])
        if found is not None and isinstance(operands[0].type, Ref):
            try:
                is_view = row.gives_view(len(operands), found.rank, attrs)
            except kernels.TypeRuleError as error:
                return lo.cannot_infer(str(error))
            if is_view:
                return view_as(lo, row, via, operands, attrs, found)
    values = [shape_or_value(lo, o) for o in operands]
    return named(row, box(lo, emit_row(lo, row, via, values, attrs), row.name))


def named(row: Any, found: AVal) -> AVal:
    """Results that NumPy returns as a named tuple."""
    if row.returns is not None and isinstance(found, TupleA):
        return TupleA(found.items, row.returns)
    return found


def shape_or_value(lo: Lowering, aval: AVal) -> Value:
    """As `read`; a tuple of ints (a shape) and None stay what they are."""
    if isinstance(aval, TupleA) and is_shape(lo, aval):
        return lo.value(aval)
    if isinstance(aval, Static) and (aval.obj is None or isinstance(aval.obj, str)):
        return lo.value(aval)
    if isinstance(aval, Leaf) and aval.type in (SHAPE, OPAQUE):
        return aval.value
    return read(lo, aval)


def is_shape(lo: Lowering, aval: TupleA) -> bool:
    """A tuple of whole numbers, or of such tuples (widths to pad)."""
    return all(
        is_shape(lo, item) if isinstance(item, TupleA) else is_int(lo, item) for item in aval.items
    )


def is_int(lo: Lowering, aval: AVal) -> bool:
    """Whether this is a whole number."""
    if isinstance(aval, Static):
        return type(plain_member(aval.obj)) is int
    return isinstance(aval, Leaf) and (
        isinstance(aval.type, Scalar) and aval.type.name[0] in "iu" and aval.type != BOOL
    )


def emit_row(
    lo: Lowering, row: Any, via: str, values: Sequence[Value], attrs: dict[str, Any]
) -> Value:
    """Emit one kernel on SSA values."""
    types = tuple(v.type for v in values)
    result = infer(lo, row, via, types, attrs)
    return checked(
        lo, errors_of(via, types), lambda: lo.b.value(row.name, values, result, via=via, **attrs)
    )


def infer(lo: Lowering, row: Any, via: str, types: Sequence[Type], attrs: Any) -> Type:
    """The type of the result of a kernel; what it cannot be applied to is an error here."""
    try:
        return kernels.infer(row, via, types, attrs)
    except kernels.TypeRuleError as error:
        cause = error.__cause__
        if isinstance(cause, TypeError) and any(f.may_catch((TypeError,)) for f in lo.tries):
            return lo.raise_error(TypeError, str(cause))
        limit = cause is None or isinstance(cause, kernels.TypeRuleError)
        reason = "" if limit and types else str(cause or error)
        return lo.cannot_infer(cannot_operate(lo.heap, via, types, reason), advice(types))


def advice(types: Sequence[Type]) -> str:
    """What to do about operands of odd types."""
    if any(isinstance(t, Optional) or t == NONE for t in types):
        return "test for None before"
    if STR in types:
        return "convert the text with float()"
    return "use numbers and arrays that NumPy accepts here"


def errors_of(via: str, types: Sequence[Type]) -> tuple[type[BaseException], ...]:
    """Exceptions that an operation on operands of these types may raise."""
    errors: list[type[BaseException]] = []
    python = all(
        isinstance(t, Scalar) and t.name in ("bool", "int", "float", "complex") for t in types
    )
    if via in FLOAT_ERRORS and python:
        errors += [ZeroDivisionError]
        if via == "**":
            errors += [OverflowError]
    if via.startswith(("math.", "cmath.")):
        errors += [ValueError, OverflowError]
    if via.startswith("np.linalg"):
        errors += [np.linalg.LinAlgError]
    arrays = [t for t in types if isinstance(t, Array) and t.rank != 0]
    if len(arrays) > 1 or via in ("np.concatenate", "np.stack", "np.reshape"):
        errors += [ValueError]
    if any(t == OPAQUE for t in types):
        errors += [TypeError]
    return tuple(errors)


def checked(
    lo: Lowering, errors: tuple[type[BaseException], ...], emit: Callable[[], Value]
) -> Value:
    """Emit an operation that may raise ``errors``: inside a `try` that catches them, as an attempt."""
    from s2s.frontend.exceptions import arrivals

    caught = arrivals(lo.tries, errors)
    lo.facts.may_raise(errors)
    if not caught:
        return emit()
    found: list[Value] = []
    region = lo.subtree(lambda: found.append(emit()))
    block = lo.close_block(region, found)
    handlers = tuple(tuple(lo.facts.symbol(c) for c in classes) for _, _, classes in caught)
    op = lo.b.emit(
        "attempt",
        (),
        [found[0].type, INT, OPAQUE],
        regions=[block],
        handlers=handlers,
    )
    result, failed, error = op.results
    for number, (frame, k, classes) in enumerate(caught):
        test = lo.compare(failed, number + 1)
        cls = classes[0] if len(classes) == 1 else Exception
        lo.split(test, frame.exit(k, ExceptionA(cls, (), {}, {}, Leaf(error))))
    return result


def view_as(
    lo: Lowering, row: Any, via: str, operands: Sequence[AVal], attrs: dict[str, Any], seen: Array
) -> AVal:
    """reshape, transpose and their like on an array object: the result shares its memory."""
    source = operands[0]
    assert isinstance(source, Leaf) and isinstance(source.type, Ref)
    values = [shape_or_value(lo, o) for o in operands[1:]]
    types = (seen, *(v.type for v in values))
    result = infer(lo, row, via, types, attrs)
    if not isinstance(result, Array):
        return lo.aval(lo.b.value(row.name, [read(lo, source), *values], result, via=via, **attrs))
    if result.dtype != seen.dtype:  # .real and .imag of complex arrays: values of their own
        loaded = [read(lo, source), *values]
        part = box(lo, lo.b.value(row.name, loaded, result, via=via, **attrs), row.name)
        if seen.dtype[0] == "c" and isinstance(part, Leaf) and isinstance(part.type, Ref):
            lo.facts.parts_of_complex.add(part.type.cls)
        return part
    ref = Ref(lo.heap.find(source.type.cls), result.rank)
    view = lo.b.value(
        "view_as", (source.value, *values), ref, source.value.name, fn=row.name, via=via, **attrs
    )
    return Leaf(view)


# --------------------------------------------------------------------------------------- indexing
class Index:
    """An index expression taken apart: path tokens, operands, axes of the result."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.operands: list[Value] = []
        self.consumed = 0
        self.added = 0
        self.advanced: list[int | None] = []
        self.has_ellipsis = False

    def rank(self, rank: int | None) -> int | None:
        """Axes of the result for an array of ``rank`` axes."""
        if rank is None or None in self.advanced:
            return None
        together = max((r for r in self.advanced if r is not None), default=0)
        return rank - self.consumed + self.added + together

    @property
    def is_basic(self) -> bool:
        """Whether the result is a view."""
        return not self.advanced


def parse_index(lo: Lowering, key: AVal, rank: int | None = None) -> Index:
    """Take an index apart."""
    index = Index()
    items = key.items if isinstance(key, TupleA) else (key,)
    for item in items:
        add_item(lo, index, item)
    if rank is not None and index.consumed > rank:
        lo.raise_error(
            IndexError,
            f"too many indices for array: array is {rank}-dimensional, "
            f"but {index.consumed} were indexed",
        )
    return index


def add_item(lo: Lowering, index: Index, item: AVal) -> None:
    """One item of an index."""
    match item:
        case Static(obj) if obj is None:
            index.path.append("new")
            index.added += 1
        case Static(obj) if obj is Ellipsis:
            index.path.append("ellipsis")
            index.has_ellipsis = True
        case SliceA(lower, upper, step):
            index.path.append("slice")
            index.operands += [lo.value(unwrapped(lo, p)) for p in (lower, upper, step)]
            index.consumed += 1
            index.added += 1
        case Static(obj) if isinstance(obj, slice):
            add_item(lo, index, SliceA(Static(obj.start), Static(obj.stop), Static(obj.step)))
        case _ if is_int(lo, item):
            index.path.append("int")
            index.operands.append(lo.value(item))
            index.consumed += 1
        case _:
            add_array(lo, index, read(lo, item))


def unwrapped(lo: Lowering, aval: AVal) -> AVal:
    """An optional value used as a number."""
    return aval


def add_array(lo: Lowering, index: Index, value: Value) -> None:
    """An index array, of integers or a mask."""
    t = value.type
    if isinstance(t, Scalar) and t.name[0] in "iu":
        index.path.append("int")
        index.operands.append(value)
        index.consumed += 1
        return
    if not isinstance(t, Array) or t.dtype[0] not in "iub":
        what = words(lo.heap, t)
        lo.cannot_infer(
            f"an index must be an integer, a slice or an array of integers, not {what}",
            "convert it with int()" if isinstance(t, Scalar) else "use integers",
        )
    assert isinstance(t, Array)
    index.path.append("array")
    index.operands.append(value)
    if t.dtype == "b1":
        index.consumed += t.rank or 1
        index.advanced.append(1 if t.rank is not None else None)
    else:
        index.consumed += 1
        index.advanced.append(t.rank)


def get_array_item(lo: Lowering, array: Leaf, key: AVal) -> AVal:
    """`a[key]`: an element, a view, or for index arrays a new array."""
    seen = array_type(lo, array)
    assert seen is not None
    index = parse_index(lo, key, seen.rank)
    rank = index.rank(seen.rank)
    operands = (array.value, *index.operands)
    path = tuple(index.path)
    if isinstance(array.type, Array):
        t: Type = Scalar(seen.dtype) if rank == 0 else Array(seen.dtype, rank)
        return lo.aval(index_checked(lo, "getitem", operands, t, path))
    if rank == 0 and index.is_basic and not index.has_ellipsis:
        return Leaf(index_checked(lo, "load", operands, Scalar(seen.dtype), path))
    if index.is_basic:
        assert isinstance(array.type, Ref)
        ref = Ref(lo.heap.find(array.type.cls), rank)
        return Leaf(index_checked(lo, "view", operands, ref, path))
    value = index_checked(lo, "load", operands, Array(seen.dtype, rank), path)
    return box(lo, value, "index")


def index_checked(
    lo: Lowering, kind: str, operands: Sequence[Value], t: Type, path: tuple[Any, ...]
) -> Value:
    """A load that may raise IndexError."""
    return checked(lo, (IndexError,), lambda: lo.b.value(kind, operands, t, path=path))


def set_array_item(lo: Lowering, array: Leaf, key: AVal, value: AVal) -> None:
    """`a[key] = value`."""
    seen = array_type(lo, array)
    assert seen is not None and isinstance(array.type, Ref)
    index = parse_index(lo, key, seen.rank)
    stored = read(lo, value)
    store(lo, array, index, stored, seen)


def store(lo: Lowering, array: Leaf, index: Index, value: Value, seen: Array) -> None:
    """Write a value into an array."""
    assert isinstance(array.type, Ref)
    source = getattr(value.type, "dtype", getattr(value.type, "name", ""))
    if source[:1] == "c" and seen.dtype[0] != "c":
        lo.raise_error(
            TypeError, f"cannot store a complex number in an array of {DTYPES[seen.dtype]}"
        )
    if lo.heap.find(array.type.cls) in map(lo.heap.find, lo.facts.parts_of_complex):
        lo.unsupported("writing through `.real` or `.imag`", "assign `re + 1j * im` to the array")
    lo.heap.mark_mutated(array.type)
    before_write(lo, array)
    errors = (IndexError, ValueError)
    operands = (array.value, *index.operands, value)
    effect(lo, errors, "store", operands, tuple(index.path))


def before_write(lo: Lowering, array: Leaf) -> None:
    """What must hold before an array is written to.

    Nothing that NumPy gives as a view of it is a snapshot here.  NumPy cuts off what is written into
    whole numbers; where the array may hold such, ask when the program runs.
    """
    assert isinstance(array.type, Ref)
    seen_by = lo.snapshots.get(lo.heap.find(array.type.cls))
    if seen_by is not None:
        lo.unsupported(
            f"writing to an array that `{seen_by}` still shows",
            "give that function a copy: `a.copy()`",
        )
    if lo.heap.find(array.type.cls) in map(lo.heap.find, lo.heap.mixed):
        lo.symbols["rt.require_floating"] = runtime.require_floating
        lo.b.emit("pycall", (array.value,), (), symbol="rt.require_floating")


# Functions whose result is a view in NumPy and a snapshot here.
SNAPSHOTS = frozenset({"broadcast_to", "broadcast_arrays", "sliding_window_view"})


def note_snapshot(lo: Lowering, row: kernels.Row, via: str, operands: Sequence[AVal]) -> None:
    """Remember the arrays that a snapshot shows: they must not be written to afterwards."""
    if row.name in SNAPSHOTS and not lo.values_only:
        for operand in operands:
            if isinstance(operand, Leaf) and isinstance(operand.type, Ref):
                lo.snapshots[lo.heap.find(operand.type.cls)] = via


def effect(
    lo: Lowering,
    errors: tuple[type[BaseException], ...],
    kind: str,
    operands: Sequence[Value],
    path: tuple[Any, ...],
) -> None:
    """An operation without result that may raise."""

    def emit() -> Value:
        lo.b.emit(kind, operands, (), path=path)
        return lo.b.const(None) if lo.tries else operands[0]

    checked(lo, errors, emit)


def update_in_place(lo: Lowering, array: Leaf, kind: type, value: AVal) -> AVal:
    """`a += value` on an array object; returns what the name is bound to afterwards."""
    from s2s.frontend.expressions import BINARY, choose

    seen = array_type(lo, array)
    assert seen is not None
    symbol = BINARY[kind][0]

    def write() -> AVal:
        operands = [read(lo, array), shape_or_value(lo, value)]
        row, via = kernels.operator_row(symbol)
        result = emit_row(lo, row, via, operands, {})
        if isinstance(result.type, Array):
            check_kind(lo, f"the result of {symbol}=", seen, result.type)
        store(lo, array, Index(), result, seen)
        return array

    if seen.rank is not None:
        return write()

    def rebind() -> AVal:
        return apply_operator(lo, symbol, [array, value])

    test = Leaf(lo.b.value("is_array", (array.value,), BOOL))
    return choose(lo, test, write, rebind)


def check_kind(lo: Lowering, what: str, target: Array, result: Type) -> None:
    """NumPy's rule for writing: what is written must not lose its kind."""
    name = result.dtype if isinstance(result, Array) else getattr(result, "name", "")
    order = "biufc"
    if name and order.index(name[0]) > order.index(target.dtype[0]):
        lo.raise_error(
            TypeError,
            f"cannot cast {what} from {DTYPES.get(name, name)} to {DTYPES[target.dtype]}",
        )


def dims(lo: Lowering, array: Leaf, seen: Array) -> AVal:
    """`a.shape` as a tuple of numbers, or as one value where the rank is not known."""
    if seen.rank is None:
        return Leaf(lo.b.value("shape", (array.value,), SHAPE))
    return TupleA(
        tuple(Leaf(lo.b.value("dim", (array.value,), INT, axis=k)) for k in range(seen.rank))
    )
