"""What the types of an operation's operands and results must have to do with each other.

A rule is a function that raises `Mismatch` with what does not hold.  It may rely on what
`s2s.ir.signatures` says coarsely about its kind: number and classes of operands, attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from s2s.ir.core import Attr, Op, Program, Value, walk
from s2s.ir.paths import Mismatch, Place, place_at, seen, steps, subscript
from s2s.ir.types import (
    ANY,
    INT,
    NONE,
    OPAQUE,
    PYTHON_SCALARS,
    SHAPE,
    STR,
    Array,
    Cell,
    Content,
    DictOf,
    Fixed,
    Known,
    ListOf,
    Named,
    Optional,
    Record,
    Ref,
    Scalar,
    Tuple,
    Type,
    is_complex,
    is_float,
    is_number,
)


@dataclass(frozen=True)
class Context:
    """What a rule may look up: the program, and which operation defines a value."""

    program: Program
    defining: Mapping[Value, Op]

    def content(self, t: Type) -> Content | Type | None:
        """What a reference of type ``t`` addresses; None for other types."""
        return seen(self.program.heap, t) if isinstance(t, Ref) else None

    @cached_property
    def stores(self) -> frozenset[int]:
        """Positions, in program order, of operations that may be undone."""
        bodies = [function.body for function in self.program.functions.values()]
        return frozenset(
            k for body in bodies for k, op in enumerate(walk(body)) if op.kind in UNDOABLE
        )


UNDOABLE = frozenset({"store", "accum", "accum_at", "list_reverse"})


def _const(op: Op, context: Context) -> None:
    value, t = op.attrs["value"], op.result.type
    if not _has_type(value, t):
        raise Mismatch(f"the constant {value!r} is not {t}")


def _has_type(value: Attr, t: Type) -> bool:
    match t:
        case Tuple(items):
            return (
                isinstance(value, tuple)
                and len(value) == len(items)
                and all(map(_has_type, value, items))
            )
        case Scalar(name):
            letters = {bool: "b", int: "iu", float: "f", complex: "c"}
            return type(value) in letters and name[0] in letters[type(value)]
    if isinstance(t, Known):
        return isinstance(value, str)
    if t in (SHAPE, STR, NONE):
        return type(value) is {SHAPE: tuple, STR: str, NONE: type(None)}[t]
    return t in (ANY, OPAQUE)


def _widen(op: Op, context: Context) -> None:
    narrow, wide = op.operands[0].type, op.result.type
    if not widens(narrow, wide):
        raise Mismatch(f"{wide} is not wider than {narrow}")


def widens(narrow: Type, wide: Type) -> bool:
    """True if every value of type ``narrow`` may be taken as one of type ``wide``."""
    match narrow, wide:
        case _, _ if narrow == wide or wide == ANY:
            return True
        case Optional(some), Optional(item):
            return widens(some, item)
        case _, Optional(item):
            return narrow == NONE or widens(narrow, item)
        case Scalar(a), Scalar(b) if a in PYTHON_SCALARS:  # weak: it takes the other's width
            return _order(a)[0] <= _order(b)[0]
        case Scalar(a), Scalar(b):
            return _order(a) <= _order(b)
        case Scalar(a) | Array(a, _), Array(b, None):
            return _order(a) <= _order(b)
        case Array(a, rank), Array(b, other):
            return rank == other and _order(a) <= _order(b)
        case Ref(a), Ref(b, None):
            return a == b
        case Known() | Named(), Named("opaque"):
            return True
        case Tuple(a), Tuple(b):
            return len(a) == len(b) and all(map(widens, a, b))
    return wide == SHAPE and is_int_tuple(narrow)


def _order(scalar: str) -> tuple[int, int]:
    bits = int("".join(filter(str.isdigit, scalar)) or (128 if scalar == "complex" else 64))
    return ("biufc".index(scalar[0].replace("u", "i")), bits)


def _unwrap(op: Op, context: Context) -> None:
    optional = op.operands[0].type
    _want(op.result.type, optional.item if isinstance(optional, Optional) else ANY, "result")


def _tuple(op: Op, context: Context) -> None:
    _want(op.result.type, Tuple(tuple(v.type for v in op.operands)), "result")


def _item(op: Op, context: Context) -> None:
    items, index = op.operands[0].type.items, op.attrs["index"]  # type: ignore[attr-defined]
    if not 0 <= index < len(items):
        raise Mismatch(f"there is no item {index} in {op.operands[0].type}")
    _want(op.result.type, items[index], "result")


def _select(op: Op, context: Context) -> None:
    _, a, b = op.operands
    _want(b.type, a.type, "operand 2")
    _want(op.result.type, a.type, "result")


def _like_operands(op: Op, context: Context) -> None:
    _want_all([v.type for v in op.results], [v.type for v in op.operands], "results")


def _getitem(op: Op, context: Context) -> None:
    base, *indices = op.operands
    path = steps(op.attrs["path"], indices)
    if isinstance(base.type, Array):
        _want_place(op.result.type, Place(subscript(base.type, path)))
    elif isinstance(base.type, Ref):
        raise Mismatch("its operand is a reference: `load` reads those")


def _load(op: Op, context: Context) -> None:
    _want_place(op.result.type, _place(op, op.operands[1:], context))


def _store(op: Op, context: Context) -> None:
    place, t = _place(op, op.operands[1:-1], context), op.operands[-1].type
    if place.in_array or (op.kind == "accum" and place.type and is_number(place.type)):
        _want_assignable(t, place, context.content(op.operands[0].type))
    elif op.kind == "accum" and is_part(t, place.type):
        return
    elif place.type is not None and not fits(t, place.type):
        _want(t, place.type, "the stored value")


def is_part(t: Type, wanted: Type | None) -> bool:
    """Whether a tuple can be added to another: None, which is zero, may stand for any item."""
    if (
        not isinstance(t, Tuple)
        or not isinstance(wanted, Tuple)
        or len(t.items) != len(wanted.items)
    ):
        return False
    pairs = zip(t.items, wanted.items, strict=True)
    return all(a == NONE or fits(a, b) or same_rank(a, b) or is_part(a, b) for a, b in pairs)


def same_rank(a: Type, b: Type) -> bool:
    """Whether arrays of one dtype may have as many axes as each other."""
    arrays = isinstance(a, Array) and isinstance(b, Array)
    return arrays and a.dtype == b.dtype and None in (a.rank, b.rank)


def _accum_at(op: Op, context: Context) -> None:
    if not isinstance(context.content(op.operands[0].type), Array):
        raise Mismatch("operand 0 addresses no array")
    _store(op, context)


def _view(op: Op, context: Context) -> None:
    base, made = op.operands[0].type, op.result.type
    if not isinstance(context.content(base), Array):
        raise Mismatch(f"{context.content(base)} has no views")
    assert isinstance(base, Ref)
    assert isinstance(made, Ref)
    if made.cls != base.cls:
        raise Mismatch(f"result is {made}, a view of {base} is of its class")
    if op.kind == "view":
        place = _place(op, op.operands[1:], context).type
        if isinstance(place, Array | Scalar):
            _want(made, Ref(base.cls, place.rank if isinstance(place, Array) else 0), "result")


def _alloc(op: Op, context: Context) -> None:
    content, given = context.content(op.result.type), [v.type for v in op.operands]
    match content:
        case Array():
            if len(given) != 1 or not _fits(given[0], content):
                raise Mismatch(f"it fills {content} with ({_listed(given)})")
        case ListOf(item):
            _want_all(given, [item or ANY] * len(given), "items")
        case Fixed(items):
            _want_all(given, items, "items")
        case Record(cls, fields) if cls == "dict":
            _want_all(given, [t for _, t in fields], "fields")
        case Record():
            _want_all(given, [], "operands")
            if "symbol" not in op.attrs:
                raise Mismatch("it has no attribute `symbol`")
        case Cell(item):
            _want_all(given, [item] if item else given[:1], "contents")
        case DictOf():
            _want_all(given, [], "operands")


def _list_op(op: Op, context: Context) -> None:
    """All lists have one type of item; what goes in or comes out has it."""
    adds = op.kind in ("append", "list_insert")
    lists = op.operands[:1] if adds or op.kind == "pop" else (*op.operands, *op.results)
    values = [v for v in lists if isinstance(context.content(v.type), ListOf)]
    items = {context.content(v.type).item for v in values} - {None}  # type: ignore[union-attr]
    place = next(iter(items), None)
    if adds:
        items.add(op.operands[-1].type)
    if op.kind == "pop":
        items.add(op.result.type)
    if len(items) > 1 and not all(place and t and fits(t, place) for t in items):
        raise Mismatch(f"its items have different types: {_listed(sorted(map(str, items)))}")


def _list_of(op: Op, context: Context) -> None:
    keys, listed = context.content(op.operands[0].type), context.content(op.result.type)
    if isinstance(keys, DictOf) and isinstance(listed, ListOf) and keys.key and listed.item:
        _want(listed.item, keys.key, "the item of the list")


def _call(op: Op, context: Context) -> None:
    name = op.attrs["callee"]
    if name.endswith(("_fwd", "_rev")) and name[:-4] in context.program.functions:
        return  # one of the pair that a recursive function becomes once storage is planned
    if name not in context.program.functions:
        raise Mismatch(f"there is no function @{name}")
    body = context.program.functions[name].body
    _want_all([v.type for v in op.operands], [v.type for v in body.args], "arguments")
    if body.ops and body.terminator.kind == "return":
        returned = [v.type for v in body.terminator.operands]
        _want_all([v.type for v in op.results], returned, "results")


def _undo(op: Op, context: Context) -> None:
    if op.attrs["label"] not in context.stores:
        raise Mismatch(f"there is no store at {op.attrs['label']!r}")


def is_int_tuple(t: Type) -> bool:
    """True for a tuple of Python ints, as a shape is."""
    return isinstance(t, Tuple) and all(item == INT for item in t.items)


RULES: Mapping[str, Callable[[Op, Context], None]] = {
    "const": _const,
    "widen": _widen,
    "unwrap": _unwrap,
    "tuple": _tuple,
    "item": _item,
    "select": _select,
    "copy": _like_operands,
    "recall": _like_operands,
    "private": _like_operands,
    "stop": _like_operands,
    "getitem": _getitem,
    "load": _load,
    "store": _store,
    "accum": _store,
    "accum_at": _accum_at,
    "view": _view,
    "view_as": _view,
    "alloc": _alloc,
    "append": _list_op,
    "pop": _list_op,
    "list_insert": _list_op,
    "list_extend": _list_op,
    "list_concat": _list_op,
    "list_repeat": _list_op,
    "list_slice": _list_op,
    "list_of": _list_of,
    "call": _call,
    "undo": _undo,
}


# ---------------------------------------------------------------------------------------- places
def _place(op: Op, indices: Sequence[Value], context: Context) -> Place:
    """Where the path of ``op`` leads from its first operand."""
    ref = op.operands[0].type
    assert isinstance(ref, Ref)
    path = steps(op.attrs["path"], indices)
    return place_at(context.program.heap, ref, path, context.defining)


def _want_place(actual: Type, place: Place) -> None:
    expected = place.type
    if expected is None or actual == expected or _both_single(actual, expected):
        return
    raise Mismatch(f"result is {actual}, but {expected} lies there")


def _both_single(a: Type, b: Type) -> bool:
    """True for a scalar and an array of rank 0: NumPy's indexing gives one or the other."""
    match a, b:
        case (Scalar(s), Array(d, 0)) | (Array(d, 0), Scalar(s)):
            return s == d
    return False


def _want_assignable(t: Type, place: Place, content: Content | Type | None) -> None:
    """A number of rank at most that of the place; real if the place is."""
    if t == ANY:
        return
    if not is_number(t):
        raise Mismatch(f"{t} does not fit into {content}")
    if isinstance(place.type, Scalar) and isinstance(t, Array) and t.rank:
        raise Mismatch(f"the array {t} does not fit into the element {place.type}")
    element = content if isinstance(content, Array) else place.type
    if is_complex(t) and element is not None and not is_complex(element):
        raise Mismatch(f"{t} does not fit into {element}: it is complex")


def _fits(t: Type, content: Array) -> bool:
    """True if an array of type ``content`` may be made from a value of type ``t``."""
    dtype = getattr(t, "dtype", getattr(t, "name", ""))
    if is_float(content) and isinstance(t, Scalar | Array) and not is_float(t):
        dtype = content.dtype  # whole numbers on one path and floats on another
    rank = getattr(t, "rank", None)
    return dtype == content.dtype and (None in (content.rank, rank) or rank == content.rank)


# ----------------------------------------------------------------------------------------- words
def fits(t: Type, place: Type) -> bool:
    """Whether a value may lie at a place: None may where there is no derivative."""
    if isinstance(t, Tuple) and isinstance(place, Tuple) and len(t.items) == len(place.items):
        return all(fits(a, b) or _is_zero(a, b) for a, b in zip(t.items, place.items, strict=True))
    return t == place or (t == NONE and place == OPAQUE)


def _is_zero(t: Type, place: Type) -> bool:
    """Whether ``t`` may stand for a zero cotangent of an array that a tuple holds."""
    return isinstance(place, Array) and (t == NONE or isinstance(t, Scalar))


def _want(actual: Type, expected: Type, what: str) -> None:
    if not fits(actual, expected):
        raise Mismatch(f"{what} is {actual}, not {expected}")


def _want_all(actual: Sequence[Type], expected: Sequence[Type], what: str) -> None:
    if len(actual) != len(expected) or not all(map(fits, actual, expected)):
        raise Mismatch(f"{what} are ({_listed(actual)}), not ({_listed(expected)})")


def _listed(things: Iterable[object]) -> str:
    return ", ".join(map(str, things))
