"""What the reverse of each kind of operation is: one function for each, in a table by kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from s2s import kernels
from s2s.analysis.activity import classes_of, holds_array, parts_of, reachable
from s2s.errors import NotDifferentiable
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.ir.core import Op, Value
from s2s.ir.paths import steps, subscript
from s2s.ir.types import (
    BOOL,
    INT,
    NONE,
    OPAQUE,
    SHAPE,
    Array,
    Cell,
    Content,
    DictOf,
    ListOf,
    Optional,
    Ref,
    Scalar,
    Tuple,
    Type,
    carries_derivative,
    is_complex,
    is_float,
)
from s2s.transform import explicit

if TYPE_CHECKING:
    from s2s.transform.reverse import Reverse

Handler = Callable[["Reverse", Op], None]
ADJOINTS: dict[str, Handler] = {}

# Reversed even where nothing is varied: a list must have its length back.
STRUCTURAL = frozenset({"append", "pop", "list_insert", "list_extend", "list_unpop",
                        "list_uninsert", "dict_pop"})  # fmt: skip
MEMORY = frozenset({"load", "store", "accum", "accum_at", "alloc", "array_of", "list_concat",
                    "list_repeat", "list_slice", "list_reverse"})  # fmt: skip
# Nothing flows backwards through these.
SILENT = ("const", "symbol", "undef", "is_none", "dim", "shape", "len", "not", "bool_of", "format",
          "is_array", "same", "view", "contains", "list_of", "raise", "exception", "print",
          "shadows", "shadow", "comment", "ndim", "size", "range_len", "int_max", "int_min",
          "str_equal", "str_concat", "str_method", "list_index", "list_count", "sort_order",
          "zeros_of", "mirror", "last_writes", "slice_item", "reverse", "stop")  # fmt: skip


def reverses(*kinds: str) -> Callable[[Handler], Handler]:
    """Register a function as the reverse of kinds of operations."""

    def register(handler: Handler) -> Handler:
        ADJOINTS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


@reverses(*SILENT)
def nothing(r: Reverse, op: Op) -> None:
    """No derivative flows."""


@reverses("pycall")
def pycall(r: Reverse, op: Op) -> None:
    """A Python function without derivative: nothing active may flow through it."""
    symbol = str(op.attrs["symbol"])
    if symbol.startswith("rt.") and not symbol.startswith("rt.require"):
        raise NotDifferentiable("the reverse of this use of forward mode is not known", op.span)
    if any(carries_derivative(v.type) for v in op.results) and any(map(r.is_active, op.operands)):
        raise NotDifferentiable(f"`{op.attrs['symbol']}` has no derivative", op.span)


# ------------------------------------------------------------------------------------ contributions
def close(r: Reverse, value: Value, bar: Value) -> Value:
    """Fit a contribution to the value that it is meant for: sum to shape, real part, cast."""
    target = value.type.item if isinstance(value.type, Optional) else value.type
    if isinstance(target, Tuple) or not isinstance(bar.type, Scalar | Array):
        return bar
    if is_complex(bar.type) and not is_complex(target):
        bar = kernel(r, "real", bar)
    if isinstance(target, Scalar):
        if isinstance(bar.type, Array) and bar.type.rank != 0:
            bar = kernel(r, "sum", bar)
        return cast_scalar(r, target, bar)
    assert isinstance(target, Array)
    if isinstance(bar.type, Scalar):
        bar = shaped(r, "broadcast_to", bar, value, target)
    elif r.may_broadcast:
        bar = shaped(r, "sum_to", bar, value, target)
    wanted = target.dtype
    if isinstance(bar.type, Array) and bar.type.dtype != wanted:
        from s2s.ir.types import DTYPES

        bar = kernel(r, "astype", bar, dtype=DTYPES[wanted])
    return bar


def shaped(r: Reverse, name: str, bar: Value, value: Value, target: Array) -> Value:
    """``bar`` in the shape of a primal value: the axes are those of ``target``."""
    row, via = kernels.resolve(name, "")
    dtype = getattr(bar.type, "dtype", None) or {"float": "f64", "complex": "c128"}.get(
        bar.type.name,
        bar.type.name,  # type: ignore[attr-defined]
    )
    t = Array(dtype, target.rank)
    return r.b.value(row.name, (bar, shape_of(r, value)), t, via=via)


def width(dtype: str) -> int:
    """Bits of one real number."""
    return int(dtype[1:]) // (2 if dtype[0] == "c" else 1)


def cast_scalar(r: Reverse, target: Scalar, bar: Value) -> Value:
    """Cotangents of complex numbers are complex; of Python's floats, whatever arithmetic gives."""
    if is_complex(target) and not is_complex(bar.type):
        return kernel(r, "complex128", bar)
    return bar


def kernel(r: Reverse, name: str, *operands: Value, **attrs: Any) -> Value:
    """Emit a row of the table by its name."""
    row, via = kernels.resolve(name, "")
    t = kernels.infer(row, via, tuple(v.type for v in operands), attrs)
    return r.b.value(row.name, operands, t, via=via, **attrs)


def shape_of(r: Reverse, value: Value) -> Value:
    """The shape of a primal value, which keeps nothing else of it alive."""
    found = r.recall(r.at_hand(value) or r.references.get(value) or value)
    if isinstance(found.type, Optional):
        found = r.b.value("unwrap", (found,), found.type.item, found.name)
    return r.b.value("shape", (found,), SHAPE)


def shadow_of_other(content: Content | Type, bar: Callable[[Type], Type]) -> Content | Type:
    """The shadow's content, for the rarer kinds of objects."""
    match content:
        case DictOf(key, value):
            return DictOf(key, None if value is None else bar(value))
        case Cell(item):
            return Cell(None if item is None else bar(item))
    return content


# ----------------------------------------------------------------------------------------- kernels
def reverse_kernel(r: Reverse, op: Op) -> None:
    """A row of the table: each active operand gets what the row says."""
    bars = [r.bar(result) for result in op.results]
    if all(bar is None for bar in bars):
        return
    active = [k for k, v in enumerate(op.operands) if r.is_active(v)]
    if not active:
        return
    row = kernels.row(op.kind)
    attrs = {k: v for k, v in op.attrs.items() if k != "via"}
    constants = known_operands(r, op)
    try:
        derivative = row.derivative(tuple(v.type for v in op.operands), attrs, constants)
    except kernels.NoDerivativeError as error:
        raise NotDifferentiable(str(error), op.span) from None
    names = operand_names(r, row, op, bars)
    types = [v.type for v in op.operands]
    if callable(derivative.vjp):
        contributions = call_rule(r, derivative.vjp, names, row, op, attrs)
    else:
        contributions = [
            r.rules.text(text, names, op.attrs.get("via", ""))
            if text is not None and k in active
            else None
            for k, text in enumerate(derivative.vjp)
        ]
    for k in active:
        found = contributions[k]
        if found is None or (isinstance(found, Static) and found.obj is None):
            continue
        operand = op.operands[k]
        r.may_broadcast = row.may_stretch(types, k) and not keeps_shape(r, op, operand)
        from s2s.transform.rules import number

        r.contribute(operand, number(r.rules, found))
        r.may_broadcast = False


def keeps_shape(r: Reverse, op: Op, operand: Value) -> bool:
    """Whether an operand of an elementwise operation surely has the shape of the result."""
    return kernels.row(op.kind).elementwise and r.shapes.same(op.results[0], operand)


def known_operands(r: Reverse, op: Op) -> dict[int, Any]:
    """Operands whose values are known."""
    known = {k: known_value(r, v) for k, v in enumerate(op.operands)}
    return {k: value for k, value in known.items() if value is not None}


def known_value(r: Reverse, value: Value) -> Any:
    """A constant, or a tuple of constants; None if it is not known."""
    definition = r.definitions.get(value)
    if definition is not None and definition.kind == "const":
        return definition.attrs["value"]
    if definition is not None and definition.kind == "tuple":
        items = tuple(known_value(r, v) for v in definition.operands)
        return None if None in items else items
    return None


def operand_names(
    r: Reverse, row: Any, op: Op, bars: list[Value | None]
) -> dict[str, Callable[[], AVal]]:
    """What the names in a rule's text mean here."""
    signature = row.signature
    names: dict[str, Callable[[], AVal]] = {}
    star = signature.star
    rest = list(op.operands)
    for p in signature.operands:
        if p.star:
            items = tuple(rest)
            names[p.name] = lambda items=items: TupleA(tuple(map(r.recalled, items)))
            rest = []
        elif rest:
            value = rest.pop(0)
            names[p.name] = lambda value=value: r.recalled(value)
        else:
            names[p.name] = lambda default=p.default: Static(default)
    assert star is None or not rest
    result = signature.result
    if len(op.results) == 1 and isinstance(op.results[0].type, Tuple):
        names[result] = lambda: r.rules.aval(r.recall(op.results[0]))
        names[f"{result}_bar"] = lambda: tuple_bar(r, op.results[0], bars[0])
    else:
        names[result] = lambda: Leaf(r.recall(op.results[0]))
        names[f"{result}_bar"] = lambda: Leaf(bars[0])  # type: ignore[arg-type]
    return names


def tuple_bar(r: Reverse, value: Value, bar: Value | None) -> AVal:
    """The cotangent of a tuple of results; items nobody used are zeros."""
    if bar is None:
        return Static(None)
    found = r.rules.aval(bar)
    assert isinstance(found, TupleA)
    parts = list(found.items)
    assert isinstance(value.type, Tuple)
    for k, (part, t) in enumerate(zip(parts, value.type.items, strict=True)):
        if isinstance(part, Static) and part.obj is None:
            parts[k] = zeros_of_item(r, value, k, t)
    return TupleA(tuple(parts))


def zeros_of_item(r: Reverse, value: Value, k: int, t: Type) -> AVal:
    """Zeros in the shape of an item of a tuple."""
    if not isinstance(t, Array):
        return Static(0.0)
    item = r.b.value("item", (r.recall(value),), t, index=k)
    return Leaf(kernel(r, "zeros_like", item))


def call_rule(
    r: Reverse, function: Any, names: dict[str, Callable[[], AVal]], row: Any, op: Op, attrs: Any
) -> list[AVal | None]:
    """A rule that is a Python function of operands, result, cotangent and attributes."""
    signature = row.signature
    args = [names[p.name]() for p in signature.operands]
    args += [names[signature.result](), names[f"{signature.result}_bar"]()]
    statics = {p.name: attrs.get(p.name, p.default) for p in signature.statics}
    found = r.rules.function(function, args, statics)
    if len(op.operands) == 1:
        return [found]
    assert isinstance(found, TupleA)
    return list(found.items)


# -------------------------------------------------------------------------------- values and tuples
@reverses("widen", "unwrap")
def identity(r: Reverse, op: Op) -> None:
    """The same value, seen differently."""
    r.contribute(op.operands[0], r.bar(op.result))


@reverses("copy")
def copy(r: Reverse, op: Op) -> None:
    """A copy of an array."""
    r.contribute(op.operands[0], r.bar(op.result))


@reverses("array_item")
def array_item(r: Reverse, op: Op) -> None:
    """The number in an array of one element."""
    bar = r.bar(op.result)
    if bar is not None:
        r.contribute(op.operands[0], bar)


@reverses("tuple")
def tuple_(r: Reverse, op: Op) -> None:
    """Each item gets its part."""
    bar = r.bar(op.result)
    if bar is None:
        return
    assert isinstance(bar.type, Tuple)
    for k, value in enumerate(op.operands):
        if r.is_active(value):
            part = r.b.value("item", (bar,), bar.type.items[k], index=k)
            r.contribute(value, part)


@reverses("item")
def item(r: Reverse, op: Op) -> None:
    """A part of a tuple: the other parts get nothing from here."""
    bar = r.bar(op.result)
    source = op.operands[0]
    if bar is None or not r.is_active(source):
        return
    from s2s.transform.reverse import bar_type

    assert isinstance(source.type, Tuple)
    before = r.bar(source)
    parts: list[Value] = []
    for k, t in enumerate(source.type.items):
        old = None
        if before is not None:
            assert isinstance(before.type, Tuple)
            old = r.b.value("item", (before,), before.type.items[k], index=k)
        if k == op.attrs["index"]:
            bar = r.fit(bar, bar_type(t)) if isinstance(t, Scalar) else bar
            known = old is not None and old.type not in (OPAQUE, NONE)
            parts.append(r.add(old, bar) if known and old is not None else bar)
        elif old is not None:
            parts.append(old)
        elif is_float(t) and isinstance(t, Scalar):
            parts.append(r.fit(r.b.const(0.0), bar_type(t)))
        else:
            parts.append(r.b.const(None))
    merged = r.b.value("tuple", parts, Tuple(tuple(p.type for p in parts), source.type.cls))
    r.frame.bars[source] = merged


@reverses("select")
def select(r: Reverse, op: Op) -> None:
    """The side that was taken gets the cotangent."""
    bar = r.bar(op.result)
    if bar is None:
        return
    test, a, b = op.operands
    zero = r.b.const(0.0)
    for value, order in ((a, (bar, zero)), (b, (zero, bar))):
        if r.is_active(value):
            part = r.b.value("select", (r.recall(test), *order), bar.type)
            r.contribute(value, part)


@reverses("getitem")
def getitem(r: Reverse, op: Op) -> None:
    """An element or slice of an array value: added to its accumulator."""
    bar = r.bar(op.result)
    source = op.operands[0]
    if bar is None or not r.is_active(source):
        return
    accumulator = r.accumulator(source)
    add_at(r, accumulator, op, bar)


def add_at(r: Reverse, target: Value, op: Op, bar: Value) -> None:
    """Add a cotangent at the path of ``op``; index arrays may hold duplicates."""
    path = op.attrs["path"]
    index = [r.recall(v) for v in op.operands[1:]]
    add_to(r, (target, *index), path, bar)


def add_to(r: Reverse, place: Sequence[Value], path: Any, bar: Value) -> None:
    """Add a cotangent to a place of memory."""
    kind = "accum_at" if "array" in path else "accum"
    r.b.emit(kind, (*place, bar), (), path=path)


# ------------------------------------------------------------------------------------------ memory
@reverses("alloc")
def alloc(r: Reverse, op: Op) -> None:
    """What the object held at first."""
    ref = op.result
    if not r.is_varied_class(ref):
        return
    content = r.heap[ref.type.cls]  # type: ignore[attr-defined]
    if isinstance(content, Array):
        (value,) = op.operands
        if r.is_active(value):
            t = Array(content.dtype, ref.type.rank)  # type: ignore[attr-defined]
            shadow = r.shadow(ref)
            r.contribute(value, r.b.value("load", (shadow,), t, shadow.name, path=()))
        return
    for path, value in zip(initial_paths(content, op), op.operands, strict=True):
        if r.is_active(value):
            index = [r.b.const(path[1])] if path[0] == "int" else []
            token = path[0] if path[0] == "int" else path
            r.contribute(
                value,
                r.b.value("load", (r.shadow(ref), *index), part_type(r, value), path=(token,)),
            )


def initial_paths(content: Any, op: Op) -> list[Any]:
    """Where each operand of an allocation lies."""
    from s2s.ir.types import Fixed, Record

    match content:
        case ListOf() | Fixed():
            return [("int", k) for k in range(len(op.operands))]
        case Record("dict", fields):
            return [("key", k) for k, _ in fields[: len(op.operands)]]
        case Cell():
            return [("attr", "value")]
    return []


def part_type(r: Reverse, value: Value) -> Type:
    """The type of the cotangent of a part of an object."""
    from s2s.transform.reverse import bar_type

    return bar_type(value.type)


@reverses("load")
def load(r: Reverse, op: Op) -> None:
    """Reading memory: the shadow gets the cotangent at the same place."""
    source = op.operands[0]
    bar = r.bar(op.result)
    if bar is None or not r.is_varied_class(source):
        return
    place, path = shadow_place(r, source, op.operands[1:], op.attrs["path"])
    add_to(r, place, path, close_stored(r, op.result, bar))


def shadow_place(
    r: Reverse, ref: Value, index: Sequence[Value], path: Any
) -> tuple[list[Value], Any]:
    """Where the cotangent of a place of memory lies: of a local view's whole, a part of its base."""
    if not path and r.is_local(ref) and r.definitions[ref].kind == "view":
        view = r.definitions[ref]
        ref, index, path = view.operands[0], view.operands[1:], view.attrs["path"]
    return [r.shadow(ref), *map(r.recall, index)], path


def close_stored(r: Reverse, value: Value, bar: Value) -> Value:
    """A cotangent as the shadow holds it."""
    return bar


@reverses("store")
def store(r: Reverse, op: Op) -> None:
    """Overwriting memory: what is written gets the shadow there, which then is zero."""
    ref, *index, value = op.operands
    if r.is_varied_class(ref) and carries_derivative(value.type):
        bar_t = shadow_part(r, ref, value, op.attrs["path"], index)
        place, path = shadow_place(r, ref, index, op.attrs["path"])
        if bar_t is not None:
            bar = r.b.value("load", place, bar_t, path=path)
            if "array" in path:
                last = r.b.value("last_writes", place, Array("b1", None), path=path)
                bar = kernel(r, "multiply", bar, last)
            in_object = not isinstance(r.heap[ref.type.cls], Array)  # type: ignore[attr-defined]
            held = in_object and isinstance(bar_t, Array)
            zero = kernel(r, "zeros_like", bar) if held else zero_part(r, bar_t)
            r.b.emit("store", (*place, zero), (), path=path)
            if r.is_active(value):
                arrays = isinstance(bar_t, Array) and isinstance(value.type, Array)
                r.may_broadcast = arrays and not r.shapes.fills(op)
                r.contribute(value, bar)
                r.may_broadcast = False
    r.b.emit("undo", (), (), label=r.now)


def zero_part(r: Reverse, t: Type) -> Value:
    """Zero, as it is stored in a shadow."""
    if isinstance(t, Tuple):
        parts = [zero_part(r, i) if is_float(i) else r.b.const(None) for i in t.items]
        return r.b.value("tuple", parts, Tuple(tuple(p.type for p in parts), t.cls))
    if isinstance(t, Array):
        return r.b.const(0.0)
    return r.fit(r.b.const(0.0), t)


def shadow_part(
    r: Reverse, ref: Value, value: Value, path: Any, index: Sequence[Value]
) -> Type | None:
    """The type of what lies in the shadow at a path; None where it carries no derivative."""
    from s2s.transform.reverse import bar_type

    assert isinstance(ref.type, Ref)
    content = r.heap[ref.type.cls]
    if not isinstance(content, Array):
        return bar_type(value.type)
    if not is_float(content):
        return None
    if ref.type.rank is None:
        return Array(content.dtype, None)
    return subscript(Array(content.dtype, ref.type.rank), steps(path, index)) or Array(
        content.dtype, None
    )


@reverses("accum", "accum_at")
def accum(r: Reverse, op: Op) -> None:
    """Adding to memory: what is added gets the shadow there, which stays."""
    ref, *index, value = op.operands
    if r.is_varied_class(ref) and r.is_active(value):
        t = shadow_part(r, ref, value, op.attrs["path"], index)
        place, path = shadow_place(r, ref, index, op.attrs["path"])
        if t is not None:
            bar = r.b.value("load", place, t, path=path)
            arrays = isinstance(t, Array) and isinstance(value.type, Array)
            r.may_broadcast = arrays and not r.shapes.fills(op)
            r.contribute(value, bar)
            r.may_broadcast = False
    r.b.emit("undo", (), (), label=r.now)


@reverses("view_as")
def view_as(r: Reverse, op: Op) -> None:
    """A view shares its shadow; `reshape` and `ravel` may have had to copy."""
    if op.attrs["fn"] not in ("reshape", "ravel") or not r.is_varied_class(op.operands[0]):
        return
    order = op.attrs.get("order", "C")
    r.b.emit("unview", (r.shadow(op.operands[0]), r.shadow(op.result)), (), order=order)


# ------------------------------------------------------------------------------------------- lists
@reverses("append")
def append(r: Reverse, op: Op) -> None:
    """append <-> pop."""
    ref, value = op.operands
    if r.is_varied_class(ref):
        bar = r.b.value("pop", (r.shadow(ref),), item_bar(r, value))
        if r.is_active(value):
            r.contribute(value, bar)
    r.b.emit("pop", (r.recall(ref),), (value.type,))


def item_bar(r: Reverse, value: Value) -> Type:
    """The type of the cotangent of a list's item."""
    from s2s.transform.reverse import bar_type

    return bar_type(value.type) if carries_derivative(value.type) else OPAQUE


@reverses("pop")
def pop(r: Reverse, op: Op) -> None:
    """pop <-> append; at a position, pop <-> insert."""
    ref, *index = op.operands
    bar = r.bar(op.result)
    if r.is_varied_class(ref):
        if bar is None:
            carries = carries_derivative(op.result.type)
            bar = r.zero(op.result) if carries and not isinstance(op.result.type, Array) else None
            bar = bar if bar is not None else r.b.const(None)
        bar = filled(r, r.recall(op.result), bar)
        insert(r, r.shadow(ref), index, bar)
    insert(r, r.recall(ref), index, r.recall(op.result))


def place_of_pop(r: Reverse, ref: Value, index: Value) -> Value:
    """Where ``pop(index)`` took an item from; ``ref``: the list or its shadow, without the item."""
    known = r.constant(index)
    place = r.recall(index)
    if isinstance(known, int) and known >= 0:
        return place
    longer = r.b.value("add", (r.b.value("len", (ref,), INT), r.b.const(1)), INT, via="+")
    from_end = r.b.value("add", (longer, place), INT, via="+")
    if isinstance(known, int):
        return from_end
    test = r.b.value("less", (place, r.b.const(0)), BOOL, via="<")
    return r.b.value("select", (test, from_end, place), INT)


def place_of_insert(r: Reverse, ref: Value, index: Value) -> Value:
    """Where ``insert(index, value)`` put an item; ``ref``: the list or its shadow, with the item."""
    known = r.constant(index)
    place = r.recall(index)
    if isinstance(known, int) and known == 0:
        return place
    last = r.b.value("subtract", (r.b.value("len", (ref,), INT), r.b.const(1)), INT, via="-")
    if not isinstance(known, int) or known < 0:
        zero = r.b.const(0)
        from_end = r.b.value("add", (last, place), INT, via="+")
        from_end = r.b.value("int_max", (from_end, zero), INT)
        if isinstance(known, int):
            return from_end
        test = r.b.value("less", (place, zero), BOOL, via="<")
        place = r.b.value("select", (test, from_end, place), INT)
    return r.b.value("int_min", (place, last), INT)


@reverses("dict_pop")
def dict_pop(r: Reverse, op: Op) -> None:
    """Taking an entry out of a dict <-> putting it in."""
    ref, key = op.operands
    where, path = r.recall(key), ("item",)
    r.b.emit("store", (r.recall(ref), where, r.recall(op.result)), (), path=path)
    if r.is_varied_class(ref):
        bar = r.bar(op.result)
        if bar is None:
            carries = carries_derivative(op.result.type)
            bar = r.zero(op.result) if carries else r.b.const(None)
        bar = filled(r, r.recall(op.result), bar)
        r.b.emit("store", (r.shadow(ref), where, bar), (), path=path)


def filled(r: Reverse, primal: Value, bar: Value) -> Value:
    """A cotangent with zeros where a tuple has none: what is put into a list is complete."""
    from s2s.transform.reverse import bar_type

    if isinstance(primal.type, Array) and bar.type == NONE:
        return kernel(r, "zeros_like", primal)
    if isinstance(primal.type, Scalar) and carries_derivative(primal.type) and bar.type == NONE:
        return r.fit(r.b.const(0.0), bar_type(primal.type))
    if not isinstance(primal.type, Tuple):
        return bar
    parts = []
    for k, t in enumerate(primal.type.items):
        part = r.b.const(None)
        if isinstance(bar.type, Tuple):
            part = r.b.value("item", (bar,), bar.type.items[k], index=k)
        if carries_derivative(t):
            part = filled(r, r.b.value("item", (primal,), t, index=k), part)
        parts.append(part)
    return r.b.value("tuple", parts, Tuple(tuple(p.type for p in parts), primal.type.cls))


def insert(r: Reverse, ref: Value, index: list[Value], value: Value) -> None:
    """Put an item back."""
    if index:
        r.b.emit("list_unpop", (ref, place_of_pop(r, ref, index[0]), value), ())
    else:
        r.b.emit("append", (ref, value), ())


@reverses("list_unpop")
def list_unpop(r: Reverse, op: Op) -> None:
    """Putting an item back <-> taking it out again."""
    ref, index, value = op.operands
    if r.is_varied_class(ref):
        bar = r.b.value("pop", (r.shadow(ref), r.recall(index)), item_bar(r, value))
        if r.is_active(value):
            r.contribute(value, bar)
    r.b.value("pop", (r.recall(ref), r.recall(index)), value.type)


@reverses("list_uninsert")
def list_uninsert(r: Reverse, op: Op) -> None:
    """Taking out what was put in <-> putting it in."""
    ref, index = op.operands
    if r.is_varied_class(ref):
        bar = filled(r, r.recall(op.result), r.bar(op.result) or r.b.const(None))
        r.b.emit("list_insert", (r.shadow(ref), r.recall(index), bar), ())
    r.b.emit("list_insert", (r.recall(ref), r.recall(index), r.recall(op.result)), ())


@reverses("list_insert")
def list_insert(r: Reverse, op: Op) -> None:
    """insert <-> pop."""
    ref, index, value = op.operands
    if r.is_varied_class(ref):
        shadow = r.shadow(ref)
        operands = (shadow, place_of_insert(r, shadow, index))
        bar = r.b.value("list_uninsert", operands, item_bar(r, value))
        if r.is_active(value):
            r.contribute(value, bar)
    known = r.recall(ref)
    r.b.value("list_uninsert", (known, place_of_insert(r, known, index)), value.type)


@reverses("list_extend", "list_concat", "list_repeat", "list_slice")
def list_copies(r: Reverse, op: Op) -> None:
    """Items of one list in another: their cotangents go back by position."""
    sources = [v for v in op.operands if isinstance(v.type, Ref)]
    target = op.results[0] if op.results else op.operands[0]
    others = [r.recall(v) for v in op.operands if not isinstance(v.type, Ref)]
    varied = r.is_varied_class(target)
    if not varied and op.kind != "list_extend":
        return
    shadows = [r.shadow(v) for v in (*sources, *op.results)] if varied else []
    refs = [r.recall(v) for v in (*sources, *op.results)]
    if r.explicit:
        explicit.list_back(r, op.kind, refs, shadows, others)
        return
    r.b.emit("list_back", (*refs, *shadows, *others), (), of=op.kind, shadows=len(shadows))


@reverses("list_reverse")
def list_reverse(r: Reverse, op: Op) -> None:
    """Reversing twice is nothing."""
    (ref,) = op.operands
    if r.is_varied_class(ref):
        r.b.emit("list_reverse", (r.shadow(ref),), ())
    r.b.emit("list_reverse", (r.recall(ref),), ())


@reverses("array_of")
def array_of(r: Reverse, op: Op) -> None:
    """`np.array(list)`: each item gets its part."""
    bar = r.bar(op.result)
    if bar is None:
        return
    spread(r, r.recall(op.operands[0]), op.operands[0], bar)


def spread(r: Reverse, recalled: Value, ref: Value, bar: Value) -> None:
    """Add the parts of ``bar`` to the items of a list."""
    assert r.shadow_map is not None and isinstance(ref.type, Ref)
    if r.explicit:
        explicit.spread(r, recalled, bar)
        return
    held = reachable(replace(r.program, heap=r.heap), classes_of(ref.type))
    lists = [r.heap[c] for c in held if not isinstance(r.heap[c], Array)]
    arrays = any(holds_array(t) for content in lists for t in parts_of(content))
    rest = (r.b.const(True),) if arrays else ()
    r.b.emit("array_back", (r.shadow_map, recalled, bar, *rest), ())


# ---------------------------------------------------------------------------------- compound kinds
@reverses("private")
def private(r: Reverse, op: Op) -> None:
    """The cotangents of deep copies belong to the originals.

    Copies that stand for arguments keep them: there the caller of the gradient finds them.
    """
    if not op.attrs.get("inner"):
        return
    for old, new in zip(op.operands, op.results, strict=True):
        if r.is_active(new):
            r.contribute(old, r.bar(new))
        if reaches_varied(r, old.type):
            explicit.private_back(r, r.recall(old), r.recall(new))


def reaches_varied(r: Reverse, t: Type) -> bool:
    """Whether anything that can be reached from a value carries a derivative."""
    found = reachable(replace(r.program, heap=r.heap), classes_of(t))
    return bool(found & r.activity.classes)


@reverses("array_back", "list_back", "seed", "cotangent")
def helper(r: Reverse, op: Op) -> None:
    """Helpers of the run-time library do not occur in programs that are differentiated again."""
    raise NotDifferentiable(f"`{op.kind}` has no derivative", op.span)


@reverses("unview")
def unview(r: Reverse, op: Op) -> None:
    """What moved from the cotangents of a copy to those of the original: both get its cotangent."""
    shadow, view = op.operands
    if not r.is_varied_class(shadow):
        return
    assert isinstance(shadow.type, Ref) and isinstance(view.type, Ref)
    dtype = r.heap[shadow.type.cls].dtype
    seen = r.b.value("load", (r.shadow(shadow),), Array(dtype, shadow.type.rank), path=())
    order = op.attrs.get("order", "C")
    attrs = {} if order == "C" else {"order": order}
    t = Array(dtype, view.type.rank)
    shaped_ = r.b.value("reshape", (seen, shape_of(r, view)), t, via="np.reshape", **attrs)
    r.b.emit("store", (r.shadow(view), shaped_), (), path=())


@reverses("if")
def if_(r: Reverse, op: Op) -> None:
    """A branch."""
    r.reverse_if(op)


@reverses("loop")
def loop(r: Reverse, op: Op) -> None:
    """A loop."""
    r.reverse_loop(op)


@reverses("attempt")
def attempt(r: Reverse, op: Op) -> None:
    """Operations that may have failed: reversed where they did not."""
    region = op.regions[0]
    *results, failed, _ = op.results
    bars = [r.bar(v) for v in results]
    if all(b is None for b in bars) and not any(r.touches(o) for o in region.ops):
        return
    outer = dict(zip(results, bars, strict=True))
    zero = r.b.const(0)
    test = r.b.value("equal", (r.recall(failed), zero), BOOL, via="==")

    def write() -> None:
        for result, yielded in zip(results, region.terminator.operands, strict=True):
            if outer[result] is not None:
                r.contribute(yielded, outer[result])
        r.reverse_ops(region)

    r.reverse_when(test, region, write)


@reverses("call")
def call(r: Reverse, op: Op) -> None:
    """A recursive function: its own reverse, with the tape that it pushed."""
    r.reverse_call(op)
