"""Paths: how `load`, `store`, `getitem` and their like address part of an object.

A path is a tuple of tokens, each of which consumes operands in order (docs/ir.md lists them).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from s2s.ir.core import Attr, Op, Value
from s2s.ir.types import (
    ANY,
    NONE,
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
    Type,
)

SUBSCRIPT = {"int": 1, "slice": 3, "array": 1, "new": 0, "ellipsis": 0}
CONSUMES = SUBSCRIPT | {"item": 1}
Heap = Mapping[int, Content | Type]
Steps = list[tuple[Attr, tuple[Value, ...]]]


class Mismatch(Exception):
    """What an operation says of itself does not hold; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: the type there, None if known only at run time; is it in an array?"""

    type: Type | None
    in_array: bool = False


def steps(path: Attr, operands: Sequence[Value]) -> Steps:
    """Each token of ``path`` with its operands.  Raises Mismatch unless it consumes all of them."""
    if not isinstance(path, tuple):
        raise Mismatch(f"its path is {path!r}, not a tuple of tokens")
    counts = [_consumed(token) for token in path]
    if sum(counts) != len(operands):
        raise Mismatch(f"its path consumes {sum(counts)} operands, but {len(operands)} are given")
    found, start = [], 0
    for token, count in zip(path, counts, strict=True):
        found.append((token, tuple(operands[start : start + count])))
        start += count
    for token, values in found:
        _check_operands(token, values)
    return found


def place_at(heap: Heap, ref: Ref, path: Steps, defining: Mapping[Value, Op]) -> Place:
    """Where ``path`` leads from what ``ref`` addresses.

    defining: the operation that defines a value, so that constant indices are known
    Raises Mismatch if the path leads nowhere.
    """
    place = seen(heap, ref)
    for position, (token, values) in enumerate(path):
        if isinstance(place, Ref):
            place = seen(heap, place)
        if isinstance(place, Array):
            return Place(subscript(place, path[position:]), in_array=True)
        place = _step(place, token, [_constant(value, defining) for value in values])
    if isinstance(place, Cell):
        place = place.item
    in_array = isinstance(place, Array) and not path
    return Place(place if isinstance(place, Type) else None, in_array)


def seen(heap: Heap, ref: Ref) -> Content | Type | None:
    """What ``ref`` addresses: an array has as many axes as the reference says."""
    content = heap.get(ref.cls)
    return Array(content.dtype, ref.rank) if isinstance(content, Array) else content


def subscript(array: Array, path: Steps) -> Type | None:
    """The type of ``array[path]``; None if the rank is known only at run time."""
    if bad := [token for token, _ in path if not _is_subscript(token)]:
        raise Mismatch(f"{array} has no {bad[0]!r}")
    if array.rank is None:
        return None
    tokens = [token for token, _ in path]
    masks_and_indices = [values[0].type for token, values in path if token == "array"]
    picked = [_picks(t) for t in masks_and_indices]
    if None in picked:
        return None
    consumed = tokens.count("int") + tokens.count("slice")
    consumed += sum(axes for axes, _ in filter(None, picked))
    if consumed > array.rank:
        raise Mismatch(f"its path indexes {consumed} axes, but {array} has {array.rank}")
    rank = array.rank - consumed + tokens.count("slice") + tokens.count("new")
    rank += max((ndim for _, ndim in filter(None, picked)), default=0)
    if rank == 0 and path and "ellipsis" not in tokens:
        return Scalar(array.dtype)
    return Array(array.dtype, rank)


def is_int(t: Type) -> bool:
    """True for what may stand as an index: Python's and NumPy's integers and bools."""
    return isinstance(t, Scalar) and t.name[0] in "iub"


def _consumed(token: Attr) -> int:
    match token:
        case str() if token in CONSUMES:
            return CONSUMES[token]
        case ("attr", str()) | ("key", _):
            return 0
    raise Mismatch(f"{token!r} is no token of a path")


def _is_subscript(token: Attr) -> bool:
    return isinstance(token, str) and token in SUBSCRIPT


def _check_operands(token: Attr, values: Iterable[Value]) -> None:
    for value in values:
        if token == "int" and not (is_int(value.type) or value.type == ANY):
            raise Mismatch(f"its index {value.type} is not an integer")
        if token == "slice" and not is_bound(value.type):
            raise Mismatch(f"its slice bound {value.type} is neither an integer nor None")
        if token == "array" and not _is_index_array(value.type):
            raise Mismatch(f"its index {value.type} is not an array of integers or bools")


def is_bound(t: Type) -> bool:
    """True for what may stand as a bound of a slice."""
    return is_int(t) or t in (NONE, ANY) or (isinstance(t, Optional) and is_int(t.item))


def _is_index_array(t: Type) -> bool:
    return t == ANY or (isinstance(t, Array) and t.dtype[0] in "iub")


def _picks(index: Type) -> tuple[int, int] | None:
    """How many axes an index array consumes, and the rank of what it picks."""
    if not isinstance(index, Array) or index.rank is None:
        return None
    return (index.rank, 1) if index.dtype == "b1" else (1, index.rank)


def _constant(value: Value, defining: Mapping[Value, Op]) -> Attr:
    """The number that ``value`` is known to be, or None."""
    op = defining.get(value)
    return op.attrs.get("value") if op is not None and op.kind == "const" else None


def _step(place: Content | Type | None, token: Attr, constants: Sequence[Attr]) -> Type | None:
    match place, token:
        case ListOf(item), "int":
            return item
        case Fixed(items), "int":
            return _item(items, constants[0])
        case Record("dict", fields), ("key", key):
            return _field("dict", dict(fields), key)
        case Record(cls, fields), ("attr", name) if cls != "dict":
            return _field(cls, dict(fields), name)
        case DictOf(_, value), "item":
            return value
        case Cell(item), ("attr", "value"):
            return item
        case Content(), _:
            raise Mismatch(f"{place} has no {token!r}")
    return None


def _item(items: Sequence[Type], index: Attr) -> Type | None:
    if type(index) is int and -len(items) <= index < len(items):
        return items[index]
    return items[0] if len(set(items)) == 1 else None


def _field(cls: str, fields: Mapping[object, Type], name: object) -> Type:
    if name not in fields:
        raise Mismatch(f"{cls} has no field {name!r}")
    return fields[name]
