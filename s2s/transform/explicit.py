"""The reverse of what happens to containers, written out: loops over the places of lists, dicts, objects.

A gradient that runs calls helpers of the run-time library for this.  A gradient that stands inside of a
program which is differentiated again must consist of operations that have derivatives themselves.

`Places` goes through what an object holds by its type; arrays, numbers and tuples are its ends.  Objects
that hold objects of their own class have no end: NotDifferentiable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from s2s.errors import NotDifferentiable
from s2s.ir.builder import Builder
from s2s.ir.core import Value
from s2s.ir.paths import steps, subscript
from s2s.ir.types import (
    BOOL,
    INT,
    OPAQUE,
    Array,
    Cell,
    Content,
    DictOf,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Scalar,
    Tuple,
    Type,
    carries_derivative,
    is_complex,
)

Visit = Callable[[Sequence[Value], Any, Type], None]


class Shadowed(Protocol):
    """What writes a reverse sweep, or a tangent."""

    b: Builder
    heap: Any
    shadow_map: Value | None

    def shadow_type(self, ref: Ref) -> Ref:
        """The type of references to shadows of a class."""

    def add(self, a: Value, b: Value) -> Value:
        """The sum of two cotangents."""


@contextmanager
def counted(b: Builder, count: Value) -> Iterator[Value]:
    """A loop over ``range(count)`` that carries nothing; gives its index."""
    index = Value(INT, "k")
    with b.block((index,)) as pending:
        yield index
        b.emit("yield", ())
    bounds = (b.const(0), count, b.const(1))
    b.emit("loop", bounds, (INT, INT), regions=[pending.finish()], bounded=True)


def shadow_of(w: Shadowed, ref: Value) -> Value:
    """The shadow of an object that is at hand."""
    assert isinstance(ref.type, Ref) and w.shadow_map is not None
    t = replace(w.shadow_type(ref.type), rank=ref.type.rank)
    content = w.heap[ref.type.cls]
    holds = not isinstance(content, Array) and any(map(holds_value, parts(content)))
    attrs = {"arrays": True} if holds else {}
    return w.b.value("shadow", (w.shadow_map, ref), t, **attrs)


def holds_value(t: Type) -> bool:
    """Whether a place of this type holds an array value."""
    match t:
        case Tuple(items):
            return any(map(holds_value, items))
        case Optional(item):
            return holds_value(item)
    return isinstance(t, Array)


def parts(content: Content | Type) -> tuple[Type, ...]:
    """Types of what an object holds."""
    match content:
        case Fixed(items):
            return items
        case Record(_, fields):
            return tuple(t for _, t in fields)
        case ListOf(item) | Cell(item) | DictOf(_, item):
            return () if item is None else (item,)
    return ()


def each_place(b: Builder, content: Content | Type, ref: Value, visit: Visit) -> None:
    """Call ``visit(index, path, type)`` for each place of an object, in a loop where they are many."""
    match content:
        case Fixed(items):
            for k, t in enumerate(items):
                visit((b.const(k),), ("int",), t)
        case Record(cls, fields):
            word = "key" if cls == "dict" else "attr"
            for key, t in fields:
                visit((), ((word, key),), t)
        case Cell(item) if item is not None:
            visit((), (("attr", "value"),), item)
        case ListOf(item) if item is not None:
            with counted(b, b.value("len", (ref,), INT)) as k:
                visit((k,), ("int",), item)
        case DictOf(_, value) if value is not None:
            raise NotDifferentiable(
                "a dict with computed keys inside of a derivative", b.span, "use a list or an array"
            )


# ------------------------------------------------------------------------------------ np.array(list)
def spread(w: Shadowed, ref: Value, bar: Value) -> None:
    """The reverse of ``np.array(items)``: each item gets its part of ``bar``."""
    b = w.b
    b.emit("walks", (ref,), ())
    content = w.heap[ref.type.cls]  # type: ignore[attr-defined]
    with counted(b, b.value("len", (ref,), INT)) as k:
        t = next((t for t in parts(content) if carries_derivative(t)), parts(content)[0])
        part = element(b, bar, k)
        if isinstance(t, Ref):
            item = b.value("load", (ref, k), t, path=("int",))
            if isinstance(w.heap[t.cls], Array):
                b.emit("accum", (shadow_of(w, item), part), (), path=())
            else:
                spread(w, item, part)
        elif isinstance(t, Tuple):
            add_items(w, shadow_of(w, ref), k, part, t)
        else:
            b.emit("accum", (shadow_of(w, ref), k, real(w, part, t)), (), path=("int",))


def element(b: Builder, bar: Value, k: Value) -> Value:
    """Number ``k`` along the first axis of an array value."""
    assert isinstance(bar.type, Array)
    t = subscript(bar.type, steps(("int",), (k,))) or Array(bar.type.dtype, None)
    return b.value("getitem", (bar, k), t, path=("int",))


def real(w: Shadowed, part: Value, t: Type) -> Value:
    """A contribution to a number of type ``t``."""
    from s2s.transform.adjoints import kernel

    if is_complex(part.type) and not is_complex(t):
        return kernel(w, "real", part)  # type: ignore[arg-type]
    return part


def add_items(w: Shadowed, shadow: Value, k: Value, part: Value, t: Tuple) -> None:
    """A row of an array goes to the items of a tuple."""
    from s2s.transform.reverse import bar_type

    b = w.b
    wanted = bar_type(t)
    assert isinstance(wanted, Tuple)
    before = b.value("load", (shadow, k), wanted, path=("int",))
    items = []
    for j, (item, kind) in enumerate(zip(wanted.items, t.items, strict=True)):
        old = b.value("item", (before,), item, index=j)
        if carries_derivative(kind):
            old = w.add(old, real(w, element(b, part, b.const(j)), kind))
        items.append(old)
    after = b.value("tuple", items, wanted)
    b.emit("store", (shadow, k, after), (), path=("int",))


# ------------------------------------------------------------------------------- lists made of lists
def list_back(w: Shadowed, of: str, refs: Sequence[Value], shadows: Sequence[Value],
              others: Sequence[Value]) -> None:  # fmt: skip
    """The reverse of an operation that puts the items of lists into another list.

    refs: the lists, sources first;  shadows: theirs, none where nothing is varied.
    """
    b = w.b
    if of == "list_extend":
        shorten(w, refs, shadows)
        return
    *sources, made = shadows
    if of == "list_concat":
        first = b.value("len", (refs[0],), INT)
        with counted(b, first) as k:
            give(w, made, k, sources[0], k)
        with counted(b, b.value("len", (refs[1],), INT)) as k:
            give(w, made, plus(b, first, k), sources[1], k)
        return
    with counted(b, b.value("len", (made,), INT)) as k:
        if of == "list_repeat":
            n = b.value("len", (refs[0],), INT)
            give(w, made, k, sources[0], b.value("remainder", (k, n), INT, via="%"))
        else:
            n = b.value("len", (refs[0],), INT)
            place = b.value("slice_item", (n, *others, k), INT)
            give(w, made, k, sources[0], place)


def shorten(w: Shadowed, refs: Sequence[Value], shadows: Sequence[Value]) -> None:
    """The reverse of ``target.extend(source)``, last item first."""
    b = w.b
    target, source = refs
    n = b.value("len", (source,), INT)
    item = next(iter(parts(w.heap[target.type.cls])))  # type: ignore[attr-defined]
    with counted(b, n) as k:
        if shadows:
            t = item_type(w, shadows[0])
            bar = b.value("pop", (shadows[0],), t)
            last = b.value("subtract", (n, b.const(1)), INT, via="-")
            place = b.value("subtract", (last, k), INT, via="-")
            add_at(w, shadows[1], place, bar)
        b.value("pop", (target,), item)


def plus(b: Builder, x: Value, y: Value) -> Value:
    """The sum of two whole numbers."""
    return b.value("add", (x, y), INT, via="+")


def item_type(w: Shadowed, ref: Value) -> Type:
    """The type of any item of a list of cotangents."""
    kinds = parts(w.heap[ref.type.cls])  # type: ignore[attr-defined]
    return next((t for t in kinds if carries_derivative(t)), kinds[0] if kinds else OPAQUE)


def give(w: Shadowed, made: Value, k: Value, source: Value, place: Value) -> None:
    """Item ``k`` of one list of cotangents is added to item ``place`` of another."""
    t = item_type(w, made)
    if carries_derivative(t):
        add_at(w, source, place, w.b.value("load", (made, k), t, path=("int",)))


def add_at(w: Shadowed, source: Value, place: Value, bar: Value) -> None:
    """Add to an item of a list of cotangents."""
    t = item_type(w, source)
    if carries_derivative(t) and carries_derivative(bar.type):
        old = w.b.value("load", (source, place), t, path=("int",))
        w.b.emit("store", (source, place, w.add(old, bar)), (), path=("int",))


# ------------------------------------------------------------------------------------- deep copies
def private_back(w: Shadowed, old: Value, new: Value) -> None:
    """The reverse of a deep copy: cotangents of the copy move to the original.

    What is reached twice moves when it is reached first.
    """
    w.b.emit("walks", (old,), ())
    w.b.emit("walks", (new,), ())
    pair(w, old, new, (), Mover(w))


def private_tangents(w: Shadowed, old: Value, new: Value) -> None:
    """The tangent of a deep copy: the copy gets the tangents of the original."""
    pair(w, old, new, (), Copier(w))


class Mover:
    """Adds what lies in one place to another, and leaves zero."""

    def __init__(self, w: Shadowed) -> None:
        self.w = w

    def array(self, old: Value, new: Value, t: Array) -> None:
        """Whole arrays of cotangents."""
        b = self.w.b
        bar = b.value("load", (new,), t, path=())
        b.emit("accum", (old, b.value("copy", (bar,), t)), (), path=())
        b.emit("store", (new, b.const(0.0)), (), path=())

    def part(self, old: Value, new: Value, index: Sequence[Value], path: Any, t: Type) -> None:
        """A number, a tuple or an array value in an object."""
        from s2s.transform.adjoints import kernel, zero_part
        from s2s.transform.reverse import bar_type

        b, wanted = self.w.b, bar_type(t)
        bar = b.value("load", (new, *index), wanted, path=path)
        before = b.value("load", (old, *index), wanted, path=path)
        b.emit("store", (old, *index, self.w.add(before, bar)), (), path=path)
        if isinstance(t, Array):
            zero = kernel(self.w, "zeros_like", bar)  # type: ignore[arg-type]
        else:
            zero = zero_part(self.w, wanted)  # type: ignore[arg-type]
        b.emit("store", (new, *index, zero), (), path=path)


class Copier:
    """Copies what lies in one place to another."""

    def __init__(self, w: Shadowed) -> None:
        self.w = w

    def array(self, old: Value, new: Value, t: Array) -> None:
        """Whole arrays of tangents."""
        dot = self.w.b.value("load", (old,), t, path=())
        self.w.b.emit("store", (new, dot), (), path=())

    def part(self, old: Value, new: Value, index: Sequence[Value], path: Any, t: Type) -> None:
        """A number, a tuple or an array value in an object."""
        from s2s.transform.reverse import bar_type

        dot = self.w.b.value("load", (old, *index), bar_type(t), path=path)
        self.w.b.emit("store", (new, *index, dot), (), path=path)


def pair(w: Shadowed, old: Value, new: Value, around: tuple[int, ...], act: Any) -> None:
    """Go through an object and its copy side by side."""
    b, t = w.b, old.type
    if isinstance(t, Tuple):
        for k, item in enumerate(t.items):
            if not isinstance(item, Scalar | Array):
                pair(w, *(b.value("item", (v,), item, index=k) for v in (old, new)), around, act)
        return
    if isinstance(t, Optional) and holds_objects(t.item):
        only_where_it_is(w, old, new, t.item, around, act)
        return
    if not isinstance(t, Ref):
        return
    content = w.heap[t.cls]
    if isinstance(content, Array):
        if content.dtype[0] in "fc":
            act.array(shadow_of(w, old), shadow_of(w, new), Array(content.dtype, t.rank))
        return
    if t.cls in around:
        raise NotDifferentiable("objects that hold objects of their own kind, inside a derivative",
                                b.span)  # fmt: skip
    if not any(carries_derivative(p) or holds_objects(p) for p in parts(content)):
        return
    shadows = shadow_of(w, old), shadow_of(w, new)

    def visit(index: Sequence[Value], path: Any, part: Type) -> None:
        if carries_derivative(part):
            act.part(*shadows, index, path, part)
        if holds_objects(part):
            items = [b.value("load", (v, *index), part, path=path) for v in (old, new)]
            pair(w, *items, (*around, t.cls), act)

    each_place(b, content, old, visit)


def only_where_it_is(
    w: Shadowed, old: Value, new: Value, t: Type, around: tuple[int, ...], act: Any
) -> None:
    """What may be None is gone through where it is not."""
    b = w.b
    test = b.value("is_none", (old,), BOOL)
    with b.block() as nothing:
        b.emit("yield", ())
    with b.block() as something:
        pair(w, *(b.value("unwrap", (v,), t) for v in (old, new)), around, act)
        b.emit("yield", ())
    b.emit("if", (test,), (), regions=[nothing.finish(), something.finish()])


def holds_objects(t: Type) -> bool:
    """Whether a value of this type is, or holds, a reference."""
    match t:
        case Tuple(items):
            return any(map(holds_objects, items))
        case Optional(item):
            return holds_objects(item)
    return isinstance(t, Ref)


__all__ = ["counted", "list_back", "private_back", "private_tangents", "spread"]
