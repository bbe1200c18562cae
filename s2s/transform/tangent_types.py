"""The types of tangents, of shadows, and of what callers give."""

from __future__ import annotations

from s2s.ir.core import Value
from s2s.ir.types import (
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
    Scalar,
    Tuple,
    Type,
    carries_derivative,
)
from s2s.transform.reverse import bar_type


def dot_name(value: Value) -> str | None:
    """The name of the tangent of a value."""
    return f"{value.name}_dot" if value.name else None


def has_axes(t: Type) -> bool:
    """Whether a value may be an array with axes."""
    return isinstance(t, Array) and t.rank != 0


def has_array(t: Type) -> bool:
    """Whether an array value is or lies in a value of this type."""
    match t:
        case Tuple(items):
            return any(map(has_array, items))
        case Optional(item):
            return has_array(item)
    return isinstance(t, Array)


def dtype_of(t: Type) -> str:
    """The short name of a number's dtype."""
    if isinstance(t, Array):
        return t.dtype
    name = t.name if isinstance(t, Scalar) else str(t)
    return {"bool": "b1", "int": "i64", "float": "f64", "complex": "c128"}.get(name, name)


def shadow_content(content: Content | Type) -> Content | Type:
    """What lies in a shadow: tangents of numbers, None elsewhere.

    Whole numbers of a list of known items have a tangent, 0.0: which item is read may be computed.
    """

    def dot(t: Type | None) -> Type | None:
        return None if t is None else bar_type(t) if carries_derivative(t) else OPAQUE

    match content:
        case ListOf(item):
            return ListOf(dot(item))
        case Fixed(items):
            return Fixed(tuple(Scalar("f64") if is_whole(t) else dot(t) or OPAQUE for t in items))
        case Record(cls, fields):
            return Record(cls, tuple((key, dot(t) or OPAQUE) for key, t in fields))
        case DictOf(key, value):
            return DictOf(key, dot(value))
        case Cell(item):
            return Cell(dot(item))
    return content


def is_whole(t: Type) -> bool:
    """Whether a type is that of Python's whole numbers."""
    return t == INT
