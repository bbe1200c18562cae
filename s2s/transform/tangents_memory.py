"""Tangents of operations on memory: the same operation on the shadow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s2s.ir.core import Op, Value
from s2s.ir.types import (
    FLOAT,
    INT,
    Array,
    Content,
    Fixed,
    ListOf,
    Optional,
    Ref,
    Scalar,
    Tuple,
    Type,
    carries_derivative,
    is_float,
)
from s2s.transform.adjoints import initial_paths
from s2s.transform.explicit import private_tangents
from s2s.transform.tangent_types import dot_name
from s2s.transform.tangents import pushes, refuse

if TYPE_CHECKING:
    from s2s.transform.forward import Forward


# ----------------------------------------------------------------------------------- arrays, places
@pushes("alloc")
def alloc(f: Forward, op: Op) -> None:
    """What an object holds at first."""
    f.keep(op)
    ref = op.result
    assert isinstance(ref.type, Ref)
    if not f.is_varied(ref):
        return
    content = f.heap[ref.type.cls]
    if isinstance(content, Array):
        alloc_array(f, ref, op.operands[0])
        return
    for place, value in zip(initial_paths(content, op), op.operands, strict=True):
        dot = f.dots.get(value)
        if dot is None and is_whole_number(f, value) and place[0] == "int":
            dot = f.b.value("const", (), Scalar("f64"), value=0.0)
        if dot is not None:
            index = [f.b.const(place[1])] if place[0] == "int" else []
            path = ("int",) if index else (place,)
            f.b.emit("store", (f.shadow(ref), *index, dot), (), path=path)


def alloc_array(f: Forward, ref: Value, value: Value) -> None:
    """A new array: its tangent is another, or is put into its shadow."""
    assert isinstance(ref.type, Ref)
    if ref in f.local:
        t = replace(f.shadow_type(ref.type), rank=ref.type.rank)
        f.shadows[ref] = f.b.value("alloc", (f.dot_or_zero(value),), t, dot_name(ref))
    elif value in f.dots or f.mixed:
        dot = f.dots[value] if value in f.dots else f.b.const(0.0)
        f.b.emit("store", (f.shadow(ref), dot), (), path=())


def is_whole_number(f: Forward, value: Value) -> bool:
    """Whether a value is a whole number at run time, though it may stand among floats."""
    op = f.b.defining.get(value)
    if op is not None and op.kind == "widen" and value.type in (FLOAT, Optional(FLOAT)):
        return is_whole_number(f, op.operands[0])
    return value.type == INT


@pushes("load")
def load(f: Forward, op: Op) -> None:
    """Reading memory."""
    f.keep(op)
    source, *index = op.operands
    if not carries_derivative(op.result.type):
        return
    path, t = op.attrs["path"], f.type_of_dot(op.result)
    if source in f.inputs:
        dot = f.inputs[source]
        if path:
            dot = f.b.value("getitem", (dot, *index), t, path=path)
        f.set(op.result, dot)
    elif f.is_varied(source):
        check_place(f, op)
        f.set(op.result, f.b.value("load", (f.shadow(source), *index), t, path=path))


def check_place(f: Forward, op: Op) -> None:
    """A path leads to what the object itself holds."""
    ref = op.operands[0].type
    if not isinstance(ref, Ref) or (
        len(op.attrs["path"]) > 1 and not isinstance(f.heap[ref.cls], Array)
    ):
        raise refuse(op)


@pushes("store")
def store(f: Forward, op: Op) -> None:
    """Overwriting memory overwrites its tangent."""
    f.keep(op)
    ref, *index, value = op.operands
    if not f.is_varied(ref):
        return
    check_place(f, op)
    assert isinstance(ref.type, Ref)
    if isinstance(f.heap[ref.type.cls], Array):
        dot = f.dots.get(value) or f.b.const(0.0)
    elif carries_derivative(value.type):
        dot = f.dot_or_zero(value)
    else:
        return
    f.b.emit("store", (f.shadow(ref), *index, dot), (), path=op.attrs["path"])


@pushes("accum", "accum_at")
def accum(f: Forward, op: Op) -> None:
    """Adding to memory adds to its tangent."""
    f.keep(op)
    ref, *index, value = op.operands
    dot = f.dots.get(value)
    if dot is not None and f.is_varied(ref):
        check_place(f, op)
        f.b.emit(op.kind, (f.shadow(ref), *index, dot), (), path=op.attrs["path"])


@pushes("view_as")
def view_as(f: Forward, op: Op) -> None:
    """A view shares its shadow; `reshape` and `ravel` may have had to copy."""
    f.keep(op)
    source, *others = op.operands
    if op.attrs["fn"] not in ("reshape", "ravel") or not f.is_varied(source):
        return
    assert isinstance(source.type, Ref)
    assert isinstance(op.result.type, Ref)
    content = f.heap[source.type.cls]
    assert isinstance(content, Array)
    seen = f.b.value("load", (f.shadow(source),), Array(content.dtype, source.type.rank), path=())
    attrs = {k: v for k, v in op.attrs.items() if k not in ("fn", "label")}
    t = Array(content.dtype, op.result.type.rank)
    shaped = f.b.value(op.attrs["fn"], (seen, *others), t, **attrs)
    f.b.emit("store", (f.shadow(op.result), shaped), (), path=())


@pushes("private")
def private(f: Forward, op: Op) -> None:
    """Copies have the tangents of the originals."""
    f.keep(op)
    for old, new in zip(op.operands, op.results, strict=True):
        if old in f.dots:
            f.set(new, f.dots[old])
        if f.reaches_varied(old.type):
            assert f.shadow_map is not None
            if f.explicit:
                private_tangents(f, old, new)
            else:
                f.helper("copy_tangents", f.shadow_map, old, new)


# ------------------------------------------------------------------------------------------- lists
@pushes("append", "list_insert", "list_unpop")
def put_in(f: Forward, op: Op) -> None:
    """One more item."""
    ref, *index, value = op.operands
    if f.is_varied(ref):
        f.b.emit(op.kind, (f.shadow(ref), *index, item_dot(f, value)), ())
    f.keep(op)


def item_dot(f: Forward, value: Value) -> Value:
    """What a list of tangents holds for an item."""
    if carries_derivative(value.type):
        return f.dot_or_zero(value)
    return f.fit(f.b.const(None), f.type_of_dot(value))


@pushes("pop", "list_uninsert", "dict_pop")
def take_out(f: Forward, op: Op) -> None:
    """One item less."""
    ref, *index = op.operands
    dot = None
    if f.is_varied(ref):
        dot = f.b.value(op.kind, (f.shadow(ref), *index), f.type_of_dot(op.result))
    f.keep(op)
    if dot is not None and carries_derivative(op.result.type):
        f.set(op.result, dot)


@pushes("list_reverse")
def list_reverse(f: Forward, op: Op) -> None:
    """Both lists are turned round."""
    if f.is_varied(op.operands[0]):
        f.b.emit("list_reverse", (f.shadow(op.operands[0]),), ())
    f.keep(op)


@pushes("list_extend")
def list_extend(f: Forward, op: Op) -> None:
    """The tangents of a list behind those of another."""
    target, source = op.operands
    if f.is_varied(target):
        f.b.emit("list_extend", (f.shadow(target), dots_of_list(f, source)), ())
    f.keep(op)


@pushes("list_concat", "list_repeat", "list_slice")
def list_copies(f: Forward, op: Op) -> None:
    """The items of lists in a new one, their tangents at the same places."""
    f.keep(op)
    made = op.result
    if not f.is_varied(made):
        return
    assert isinstance(made.type, Ref)
    operands = [dots_of_list(f, v) if isinstance(v.type, Ref) else v for v in op.operands]
    ref = f.shadow_type(made.type)
    new = f.b.value(op.kind, operands, ref)
    target, t = f.shadow(made), item_type(f.heap[ref.cls])
    with f.loop(f.b.value("len", (made,), INT)) as k:
        dot = f.b.value("load", (new, k), t, path=("int",))
        f.b.emit("store", (target, k, dot), (), path=("int",))


def item_type(content: Content | Type) -> Type:
    """The type of any item of a list; of known items, one that carries a derivative if one does."""
    if isinstance(content, Fixed):
        return next(filter(carries_derivative, content.items), content.items[0])
    assert isinstance(content, ListOf)
    assert content.item is not None
    return content.item


def dots_of_list(f: Forward, ref: Value) -> Value:
    """The list of the tangents of a list's items; zeros where they have none."""
    if f.is_varied(ref):
        return f.shadow(ref)
    assert isinstance(ref.type, Ref)
    t = item_type(f.heap[ref.type.cls])
    made = ListOf(f.type_of_dot(Value(t)))
    zeros = f.b.value("alloc", (), f.new_class(made))
    with f.loop(f.b.value("len", (ref,), INT)) as k:
        item = f.b.value("load", (ref, k), t, path=("int",))
        f.b.emit("append", (zeros, item_dot(f, item)), ())
    return zeros


# -------------------------------------------------------------------------------- arrays from lists
@pushes("array_of")
def array_of(f: Forward, op: Op) -> None:
    """`np.array(list)`."""
    f.keep(op)
    (ref,) = op.operands
    if f.reaches_varied(ref.type) and carries_derivative(op.result.type):
        assert isinstance(op.result.type, Array)
        f.set(op.result, array_dot(f, ref, op.result.type))


def array_dot(f: Forward, ref: Value, made: Array) -> Value:
    """The array of the tangents of a list's items."""
    assert isinstance(ref.type, Ref)
    t = item_type(f.heap[ref.type.cls])
    if is_float(t):
        return f.b.value("array_of", (f.shadow(ref),), made)
    part = Array(made.dtype, None if made.rank is None else made.rank - 1)
    dots = f.b.value("alloc", (), f.new_class(ListOf(part_type(t, part))))
    with f.loop(f.b.value("len", (ref,), INT)) as k:
        item = f.b.value("load", (ref, k), t, path=("int",))
        f.define((item,))
        f.b.emit("append", (dots, part_dot(f, ref, k, item, part)), ())
    return f.b.value("array_of", (dots,), made)


def part_type(t: Type, part: Array) -> Type:
    """The type of what stands for one item in the list that becomes the array."""
    return Tuple((Scalar(part.dtype),) * len(t.items)) if isinstance(t, Tuple) else part


def part_dot(f: Forward, ref: Value, k: Value, item: Value, part: Array) -> Value:
    """The tangent of one item: an array, or a tuple of numbers."""
    t = item.type
    if isinstance(t, Tuple):
        dot = f.b.value("load", (f.shadow(ref), k), f.type_of_dot(item), path=("int",))
        zero = f.b.value("const", (), Scalar(part.dtype), value=0.0)
        items = [
            f.fit(d, zero.type) if carries_derivative(i) else zero
            for d, i in zip(f.items(dot), t.items, strict=True)
        ]
        return f.b.value("tuple", items, part_type(t, part))
    assert isinstance(t, Ref)
    content = f.heap[t.cls]
    if isinstance(content, Array):
        return f.b.value("load", (f.shadow(item),), Array(part.dtype, t.rank), path=())
    return array_dot(f, item, part)
