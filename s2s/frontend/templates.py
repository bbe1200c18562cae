"""Joining what several paths know of a variable.

A *template* is the shape that an abstract value has after a join: which parts are SSA values and of
which type, which are known objects.  `conform` makes a path's value fit the template, widening where
needed; `build` makes the joined value from the region's results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s2s.frontend.avals import (
    UNBOUND,
    AVal,
    Bound,
    Choice,
    Closure,
    ExceptionA,
    Iter,
    Leaf,
    Partial,
    RangeA,
    SliceA,
    Static,
    Structure,
    TupleA,
)
from s2s.frontend.functions import by_reference, flat_types, flattened, type_of, unflattened
from s2s.frontend.heap import CannotJoin
from s2s.frontend.words import words
from s2s.ir.core import Value
from s2s.ir.types import OPAQUE, Array, Ref, Scalar, Tuple, Type

if TYPE_CHECKING:
    from s2s.frontend.lowering import Lowering

_PARTS = {
    SliceA: ("lower", "upper", "step"),
    RangeA: ("lo", "hi", "step"),
}


@dataclass(frozen=True)
class Template:
    """Base of templates."""


@dataclass(frozen=True)
class TLeaf(Template):
    """An SSA value of a type; ``unbound``: some path has none."""

    type: Type
    unbound: bool = False


@dataclass(frozen=True)
class TStatic(Template):
    """The same known object on every path."""

    obj: Any = field(compare=False)
    key: object = None


@dataclass(frozen=True)
class TNode(Template):
    """A structure of the compiler with the same outer form on every path."""

    form: object
    parts: tuple[Template, ...]
    example: AVal = field(compare=False)


@dataclass(frozen=True)
class TFunction(Template):
    """A function of a type that tells it; its number and what it captured are SSA values."""

    type: Type
    unbound: bool = False


@dataclass(frozen=True)
class TUnbound(Template):
    """No value on any path."""


def template_of(lo: Lowering, aval: AVal, *, loop: bool = False) -> Template:
    """The template of one abstract value; in loops numbers are never kept as constants."""
    match aval:
        case Leaf(value, unbound):
            return TLeaf(lo.heap.resolve(value.type), unbound)
        case Static(obj):
            if loop and type(obj) in (int, float, complex, bool):
                return TLeaf(lo.type_of(aval))
            return TStatic(obj, _identity(obj))
    if aval is UNBOUND:
        return TUnbound()
    if isinstance(aval, Choice):
        return TFunction(lo.type_of(aval))
    form, parts = take_apart(aval)
    return TNode(form, tuple(template_of(lo, part, loop=loop) for part in parts), aval)


def _identity(obj: object) -> object:
    if type(obj) in (int, float, complex, bool, str, type(None)):
        return (type(obj), repr(obj))
    return id(obj)


def take_apart(aval: AVal) -> tuple[Any, tuple[AVal, ...]]:
    """The outer form of a structure of the compiler, and its parts."""
    match aval:
        case TupleA(items, cls):
            return ("tuple", cls, len(items)), items
        case Closure(code, captured, defaults, kw_defaults, scope):
            variables = by_reference(aval)
            changing = {name for _, name in variables}
            kept = {k: v for k, v in captured.items() if k not in changing}
            kw = tuple(d for d in kw_defaults if d is not None)
            where = scope.path if scope is not None and variables else None
            form = ("closure", code, tuple(kept), len(defaults), where)
            return form, (*kept.values(), *defaults, *kw)
        case Bound(receiver, function):
            if isinstance(function, str):
                return ("bound", function), (receiver,)
            return ("bound", None), (receiver, function)
        case Partial(function, args, keywords):
            return ("partial", len(args), tuple(keywords)), (function, *args, *keywords.values())
        case Iter(kind, parts, start):
            return ("iter", kind, len(parts), start is None), (*parts, *((start,) if start else ()))
        case ExceptionA():
            return aval.form, aval.parts
        case SliceA() | RangeA():
            return (type(aval).__name__,), tuple(getattr(aval, n) for n in _PARTS[type(aval)])
    assert isinstance(aval, Structure), aval
    return aval.form(), aval.parts()


def put_together(example: AVal, parts: list[AVal]) -> AVal:
    """A structure of the same form as ``example``."""
    match example:
        case TupleA(_, cls):
            return TupleA(tuple(parts), cls)
        case Closure(code, captured, defaults, kw_defaults, scope):
            changing = {name for _, name in by_reference(example)}
            names = [name for name in captured if name not in changing]
            n, m = len(names), len(defaults)
            rest = iter(parts[n + m :])
            return Closure(
                code,
                dict(zip(names, parts[:n], strict=True)),
                tuple(parts[n : n + m]),
                tuple(None if d is None else next(rest) for d in kw_defaults),
                scope,
            )
        case Bound(_, function):
            return Bound(parts[0], function if isinstance(function, str) else parts[1])
        case Partial(_, args, keywords):
            n = len(args)
            named = dict(zip(keywords, parts[1 + n :], strict=True))
            return Partial(parts[0], tuple(parts[1 : 1 + n]), named)
        case Iter(kind, old, start):
            n = len(old)
            return Iter(kind, tuple(parts[:n]), parts[n] if start is not None else None)
        case ExceptionA():
            return example.with_parts(parts)
        case SliceA() | RangeA():
            return type(example)(*parts)
    assert isinstance(example, Structure), example
    return example.with_parts(iter(parts))


def join_templates(lo: Lowering, a: Template, b: Template) -> Template:
    """The least template that both fit.  Raises CannotJoin."""
    if a == b:
        return a
    match a, b:
        case (TUnbound(), other) | (other, TUnbound()):
            return leaf_or_function(lo, type_of_template(lo, other), True)
        case (TNode(f, ps), TNode(g, qs)) if f == g:
            parts = tuple(join_templates(lo, p, q) for p, q in zip(ps, qs, strict=True))
            return TNode(f, parts, a.example)
    left, right = type_of_template(lo, a), type_of_template(lo, b)
    unbound = getattr(a, "unbound", False) or getattr(b, "unbound", False)
    return leaf_or_function(lo, join_values(lo, left, right), unbound)


def leaf_or_function(lo: Lowering, t: Type, unbound: bool) -> Template:
    """The template of values of a type."""
    if isinstance(t, Tuple) and lo.heap.functions.options(t):
        return TFunction(t, unbound)
    return TLeaf(t, unbound)


def join_values(lo: Lowering, a: Type, b: Type) -> Type:
    """As `Heap.join`, and a number joins a referenced array as an array without axes."""
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Ref) and isinstance(y, Scalar):
            content = lo.heap.of(x)
            if isinstance(content, Array):
                lo.heap.widen(x.cls, y)
                return Ref(lo.heap.find(x.cls))
    return lo.heap.join(a, b)


def type_of_template(lo: Lowering, t: Template) -> Type:
    """The type of the SSA value that a template becomes when it must be one."""
    match t:
        case TLeaf(type_) | TFunction(type_):
            return type_
        case TStatic(obj):
            return lo.type_of(Static(obj))
        case TNode(("tuple", _, _), parts):
            return Tuple(tuple(type_of_template(lo, p) for p in parts))
        case TNode(("exception", *_), _):
            return OPAQUE
        case TNode(form, parts, example) if is_kept(example):
            return type_of(lo, form, example, (type_of_template(lo, p) for p in parts))
    raise CannotJoin(f"{describe(lo, t)} is not a value that two paths can share")


def is_kept(aval: AVal) -> bool:
    """Whether a structure of the compiler may be kept in memory: iterators are used up."""
    return not isinstance(aval, Iter) and getattr(aval, "may_be_kept", True)


def describe(lo: Lowering, t: Template) -> str:
    """A few words for messages."""
    match t:
        case TLeaf(type_):
            return words(lo.heap, type_)
        case TFunction():
            return "one of several functions"
        case TStatic(obj):
            name = getattr(obj, "__name__", None)
            return f"`{name}`" if name is not None else f"{obj!r:.40}"
        case TNode(("tuple", _, n), _):
            return f"a tuple of {n}"
        case TNode(("closure", code, *_), _):
            return f"function {code.name}"
        case TNode(("exception", cls, *_), _):
            return f"the exception {cls.__name__}"
        case TNode(("bound", name), _):
            return f"the method `{name}`" if name else "a method"
        case TNode(("partial", *_), _):
            return "a partial function"
        case TNode(("iter", kind, *_), _):
            return f"the iterator {kind}()"
        case TNode(("RangeA",), _):
            return "a range"
        case TNode(("SliceA",), _):
            return "a slice"
    return "an unbound name"


def leaf_types(t: Template) -> Iterator[Type]:
    """Types of the SSA values of a template, in order."""
    match t:
        case TLeaf(type_):
            yield type_
        case TFunction(type_):
            yield from flat_types(type_)
        case TNode(_, parts):
            for part in parts:
                yield from leaf_types(part)


def conform(lo: Lowering, aval: AVal, t: Template) -> list[Value]:
    """The SSA values of ``aval`` as template ``t`` wants them, widened where needed."""
    match t:
        case TStatic() | TUnbound():
            return []
        case TLeaf(type_):
            if aval is UNBOUND:
                return [lo.b.value("undef", (), type_)]
            return [lo.widen(lo.value(aval), type_)]
        case TFunction(type_):
            if aval is UNBOUND:
                return [lo.b.value("undef", (), s) for s in flat_types(type_)]
            return flattened(lo, lo.widen(lo.value(aval), type_))
        case TNode(_, parts):
            _, items = take_apart(aval)
            return [v for a, p in zip(items, parts, strict=True) for v in conform(lo, a, p)]
    raise AssertionError(t)


def build(lo: Lowering, t: Template, values: Iterator[Value]) -> AVal:
    """The abstract value of a template, from its SSA values."""
    match t:
        case TStatic(obj):
            return Static(obj)
        case TUnbound():
            return UNBOUND
        case TFunction(type_):
            return unflattened(lo, type_, values)
        case TLeaf(_, unbound):
            return lo.aval(next(values), unbound)
        case TNode(_, parts, example):
            return put_together(example, [build(lo, p, values) for p in parts])
    raise AssertionError(t)
