"""Cotangents and tangents of lists, dicts and objects as structures of the same form.

What is differentiated has its cotangent (or tangent) in shadows; here it comes out of them into new
objects, or a structure that the user's code made goes into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from s2s.frontend.arrays import box, read, site
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.frontend.containers import get_item, stored
from s2s.frontend.lowering import Lowering
from s2s.frontend.objects import forbids_assignment, get_attribute
from s2s.ir.core import Value
from s2s.ir.types import (
    INT,
    Array,
    DictOf,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Tuple,
    Type,
    carries_derivative,
)
from s2s.transform.explicit import Shadowed, counted, shadow_of
from s2s.transform.reverse import bar_type

NOTHING = Static(None)


@dataclass
class Shadowing:
    """Where shadows are found, and the sites of new objects."""

    lo: Lowering
    writer: Shadowed
    count: int = 0

    def kind(self, name: str) -> str:
        """A name for one more allocation site at this place of the program."""
        self.count += 1
        return f"{name} {self.count} of {self.lo.depth}"

    def shadow(self, ref: Value) -> Value:
        """The shadow of an object."""
        return shadow_of(self.writer, ref)


# --------------------------------------------------------------------------------------- taking out
def cotangent(s: Shadowing, value: Value) -> AVal:
    """What lies in the shadows of a value and of all that it holds; shares memory with nothing."""
    lo, t = s.lo, s.lo.heap.resolve(value.type)
    if isinstance(t, Tuple):
        items = [lo.b.value("item", (value,), part, index=k) for k, part in enumerate(t.items)]
        return TupleA(tuple(cotangent(s, item) for item in items))
    if isinstance(t, Optional):
        return lo.unsupported("the derivative of what may be None, inside of a function")
    if not isinstance(t, Ref):
        return NOTHING
    content = lo.heap.of(t)
    if isinstance(content, Array):
        return cotangent_array(s, value, content)
    match content:
        case Fixed(items):
            found = [place(s, value, (lo.b.const(k),), ("int",), p) for k, p in enumerate(items)]
            return new_list(s, found)
        case Record("dict", fields):
            named = {k: place(s, value, (), (("key", k),), p) for k, p in fields}
            return new_record(s, "dict", named, {})
        case Record(cls, fields):
            named = {k: place(s, value, (), (("attr", k),), p) for k, p in fields}
            return new_record(s, cls, named, {"symbol": cls})
        case ListOf(item) if item is not None:
            return uniform_list(s, value, item)
    return lo.unsupported("the derivative of a dict with computed keys, inside of a function",
                          "use a list or an array")  # fmt: skip


def cotangent_array(s: Shadowing, ref: Value, content: Array) -> AVal:
    """The cotangent of an array."""
    if content.dtype[0] not in "fc":
        return NOTHING
    lo = s.lo
    bar = lo.b.value("load", (s.shadow(ref),), content, path=())
    return box(lo, lo.b.value("copy", (bar,), content), s.kind("cotangent"))


def place(s: Shadowing, ref: Value, index: Sequence[Value], path: Any, t: Type) -> AVal:
    """The cotangent of one thing that an object holds."""
    lo, t = s.lo, s.lo.heap.resolve(t)
    if isinstance(t, Optional):
        return lo.unsupported("the derivative of what may be None, inside of a function")
    if isinstance(t, Tuple):
        item = lo.b.value("load", (ref, *index), t, path=path)
        known = None
        if carries_derivative(t):
            known = lo.b.value("load", (s.shadow(ref), *index), bar_type(t), path=path)
        return tuple_in_place(s, item, t, known)
    if isinstance(t, Ref):
        return cotangent(s, lo.b.value("load", (ref, *index), t, path=path))
    if not carries_derivative(t):
        return NOTHING
    return lo.aval(lo.b.value("load", (s.shadow(ref), *index), bar_type(t), path=path))


def tuple_in_place(s: Shadowing, value: Value, t: Tuple, known: Value | None) -> AVal:
    """The cotangent of a tuple in an object: of numbers the object's shadow knows it."""
    lo = s.lo
    found: list[AVal] = []
    for k, part in enumerate(t.items):
        bar = None
        if known is not None and carries_derivative(part):
            assert isinstance(known.type, Tuple)
            bar = lo.b.value("item", (known,), known.type.items[k], index=k)
        if isinstance(part, Tuple):
            item = lo.b.value("item", (value,), part, index=k)
            found.append(tuple_in_place(s, item, part, bar))
        elif bar is not None:
            found.append(lo.aval(bar))
        elif isinstance(part, Ref):
            found.append(cotangent(s, lo.b.value("item", (value,), part, index=k)))
        else:
            found.append(NOTHING)
    cls = lo.symbols[t.cls] if t.cls is not None else None
    return TupleA(tuple(found), cls)  # type: ignore[arg-type]


def new_list(s: Shadowing, items: Sequence[AVal]) -> AVal:
    """A list of its own."""
    lo = s.lo
    types = tuple(map(lo.type_of, items))
    ref = lo.heap.site(site(lo, s.kind("list")), Fixed(types))
    content = lo.heap.of(ref)
    wanted = content.items if isinstance(content, Fixed) else [content.item] * len(items)  # type: ignore[union-attr]
    values = [stored(lo, item, t) for item, t in zip(items, wanted, strict=True)]
    return Leaf(lo.b.value("alloc", values, ref))


def new_record(s: Shadowing, cls: str, fields: dict[Any, AVal], attrs: dict[str, Any]) -> AVal:
    """A dict or an object of its own."""
    lo = s.lo
    types = tuple((key, lo.type_of(value)) for key, value in fields.items())
    ref = lo.heap.site(site(lo, s.kind("record")), Record(cls, types))
    content = lo.heap.of(ref)
    assert isinstance(content, Record)
    values = {key: stored(lo, fields[key], t) for key, t in content.fields if key in fields}
    if cls == "dict":
        return Leaf(lo.b.value("alloc", list(values.values()), ref))
    made = lo.b.value("alloc", (), ref, **attrs)
    direct = {"direct": True} if forbids_assignment(lo.symbols[cls]) else {}
    for key, value in values.items():
        lo.b.emit("store", (made, value), (), path=(("attr", key),), **direct)
    return Leaf(made)


def uniform_list(s: Shadowing, ref: Value, item: Type) -> AVal:
    """A list whose length is not known, filled in a loop."""
    lo = s.lo
    made = lo.heap.site(site(lo, s.kind("list")), ListOf(None))
    target = lo.b.value("alloc", (), made)
    with counted(lo.b, lo.b.value("len", (ref,), INT)) as k:
        found = place(s, ref, (k,), ("int",), item)
        lo.heap.widen(made.cls, ListOf(lo.type_of(found)))
        content = lo.heap.of(made)
        assert isinstance(content, ListOf)
        lo.b.emit("append", (target, stored(lo, found, content.item)), ())
    return Leaf(target)


# --------------------------------------------------------------------------------------- putting in
def put(s: Shadowing, value: Value, given: AVal) -> None:
    """Store the structure ``given`` in the shadows of a value and of all that it holds."""
    lo, t = s.lo, s.lo.heap.resolve(value.type)
    if isinstance(given, Static) and given.obj is None:
        return
    if isinstance(t, Tuple):
        for k, part in enumerate(t.items):
            item = lo.b.value("item", (value,), part, index=k)
            put(s, item, get_item(lo, given, Static(k)))
        return
    if isinstance(t, Optional):
        lo.unsupported("the derivative of what may be None, inside of a function")
    if not isinstance(t, Ref):
        return
    content = lo.heap.of(t)
    match content:
        case Array(dtype) if dtype[0] in "fc":
            lo.b.emit("store", (s.shadow(value), read(lo, given)), (), path=())
        case Fixed(items):
            for k, part in enumerate(items):
                item = get_item(lo, given, Static(k))
                put_place(s, value, (lo.b.const(k),), ("int",), part, item)
        case Record("dict", fields):
            for key, part in fields:
                item = get_item(lo, given, Static(key))
                put_place(s, value, (), (("key", key),), part, item)
        case Record(_, fields):
            for key, part in fields:
                item = get_attribute(lo, given, str(key))
                put_place(s, value, (), (("attr", key),), part, item)
        case ListOf(part) if part is not None:
            with counted(lo.b, lo.b.value("len", (value,), INT)) as k:
                item = get_item(lo, given, Leaf(k))
                put_place(s, value, (k,), ("int",), part, item)
        case DictOf():
            lo.unsupported("the derivative of a dict with computed keys, inside of a function")


def put_place(
    s: Shadowing, ref: Value, index: Sequence[Value], path: Any, t: Type, given: AVal
) -> None:
    """Store the tangent of one thing that an object holds."""
    lo, t = s.lo, s.lo.heap.resolve(t)
    if isinstance(given, Static) and given.obj is None:
        return
    if carries_derivative(t):
        wanted = bar_type(t)
        if isinstance(t, Tuple):
            lo.unsupported("a tangent of a tuple in a container, inside of a function")
        value = lo.widen(read(lo, given), wanted)
        lo.b.emit("store", (s.shadow(ref), *index, value), (), path=path)
    elif isinstance(t, Ref | Tuple):
        put(s, lo.b.value("load", (ref, *index), t, path=path), given)


__all__ = ["Shadowing", "cotangent", "put"]
