"""Iterating: what each kind of iterable yields, as a counted loop or unrolled."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from s2s.frontend.arrays import apply_operator, array_type, get_array_item
from s2s.frontend.avals import AVal, Iter, Leaf, RangeA, Static, TupleA
from s2s.frontend.facts import static_value
from s2s.frontend.loops import LoopSpec, lower_loop, lower_unrolled
from s2s.frontend.lowering import Exit, Lowering
from s2s.frontend.streams import Expression, is_stream, run_stream
from s2s.frontend.words import class_name
from s2s.ir.core import Value
from s2s.ir.types import BOOL, INT, STR, DictOf, Fixed, ListOf, Record, Ref, Scalar
from s2s.pyast import gast
from s2s.runtime import library

MAX_UNROLL = 256
ENDLESS = ("count", "cycle", "repeat")


@dataclass
class Sequence_:
    """An iterable as a counted loop: how many items, and the one at a position."""

    count: AVal | None  # None: endless
    item: Callable[[AVal], AVal]
    growing: bool = False  # a list may grow while it is iterated over


def for_each(
    lo: Lowering,
    node: Any,
    iterable: AVal,
    bind: Callable[[AVal], None],
    body: Callable[[], None],
    orelse: Callable[[], None] | None = None,
    name: str | None = None,
) -> None:
    """Run ``body`` for each item."""
    iterable = iterated(lo, iterable)
    if is_stream(iterable):
        run_stream(lo, node, iterable, bind, body, orelse)
        return
    key = (lo.scope.path, id(node))
    items = known_items(lo, iterable, unroll_ranges=key in lo.facts.unrolled)
    if items is not None and not (is_uniform_list(lo, iterable) and key not in lo.facts.unrolled):
        steps = [lambda item=item: bind(item) for item in items]
        lower_unrolled(lo, node, steps, body, orelse)
        return
    if isinstance(iterable, RangeA):
        bounds = tuple(lo.value(p) for p in (iterable.lo, iterable.hi, iterable.step))

        def begin(index: Value) -> None:
            note_unrollable(lo, key, iterable)
            bind(Leaf(index))

        lower_loop(lo, LoopSpec(node, bounds, begin, body, orelse, index_name=name))  # type: ignore[arg-type]
        return
    found = sequence(lo, iterable)
    if found is None:
        not_iterable(lo, iterable)
    assert found is not None
    if found.growing and grows_in(lo, node, iterable):
        for_growing(lo, node, found, iterable, bind, body, orelse)
        return
    zero, one = lo.b.const(0), lo.b.const(1)

    def begin_item(index: Value) -> None:
        note_unrollable(lo, key, iterable)
        bind(found.item(Leaf(index)))

    if found.count is None:
        lower_loop(lo, LoopSpec(node, None, begin_item, body, orelse, endless=True))
        return
    count = lo.value(found.count)
    lower_loop(lo, LoopSpec(node, (zero, count, one), begin_item, body, orelse))


def not_iterable(lo: Lowering, iterable: AVal) -> Any:
    """Raise what iterating over this raises, or say that it is not known how."""
    from s2s.frontend.builtins import python_class

    plain = isinstance(iterable, Leaf) and isinstance(iterable.type, Scalar)
    if plain or isinstance(iterable, Static):
        cls = python_class(lo, iterable)
        if not hasattr(cls, "__iter__"):
            return lo.raise_error(TypeError, f"{class_name(cls)!r} object is not iterable")
    return lo.cannot_infer(
        "how to iterate over this is not known", "iterate over a list or an array"
    )


def note_unrollable(lo: Lowering, key: object, iterable: AVal) -> None:
    """Remember that this loop could be unrolled if something in it must be known."""
    lo.loops[-1].unrollable = (
        key if known_items(lo, iterable, unroll_ranges=True, dry=True) is not None else None
    )


def is_uniform_list(lo: Lowering, aval: AVal) -> bool:
    """Whether a list of known length has items of one type, so that a loop serves."""
    if isinstance(aval, Iter):
        return (
            bool(aval.parts)
            and any(is_uniform_list(lo, p) for p in aval.parts)
            and all(is_uniform_list(lo, p) or not isinstance(p, TupleA) for p in aval.parts)
        )
    if isinstance(aval, Leaf) and isinstance(aval.type, Ref):
        content = lo.heap.of(aval.type)
        if isinstance(content, Fixed) and len(content.items) > 4:
            from s2s.frontend.containers import unlike
            from s2s.ir.types import Known

            kinds = {str(lo.heap.resolve(t)).split("&")[0] for t in content.items}
            known = any(isinstance(t, Known) for t in content.items)
            return len(kinds) == 1 and not known and not unlike(lo, content.items)
    return False


def grows_in(lo: Lowering, node: Any, iterable: AVal) -> bool:
    """Whether the body of a loop may change the length of the list it runs over."""
    names = {"append", "pop", "insert", "extend"}
    return any(
        isinstance(n, gast.Attribute) and n.attr in names
        for statement in getattr(node, "body", [])
        if not isinstance(getattr(node, "body", []), gast.AST)
        for n in gast.walk(statement)
    )


def for_growing(
    lo: Lowering,
    node: Any,
    found: Sequence_,
    iterable: AVal,
    bind: Callable[[AVal], None],
    body: Callable[[], None],
    orelse: Callable[[], None] | None,
) -> None:
    """Over a list that may change while the loop runs: its length is asked each time."""

    def begin(index: Value) -> None:
        frame = lo.loops[-1]
        size = lo.value(length(lo, iterable))
        test = lo.b.value("less", (index, size), BOOL, via="<")

        def done() -> None:
            lo.leave(Exit("done", frame))

        lo.conditional(test, lambda: None, done)
        bind(found.item(Leaf(index)))

    lower_loop(lo, LoopSpec(node, None, begin, body, orelse))


# ------------------------------------------------------------------------------- what items there are
def known_items(
    lo: Lowering, aval: AVal, *, unroll_ranges: bool = False, dry: bool = False
) -> list[AVal] | None:
    """The items one by one, where their number is known; None elsewhere."""
    match aval:
        case TupleA(items):
            return list(items)
        case Static(obj):
            if isinstance(obj, str | tuple | list | frozenset | set | dict | enum.EnumMeta):
                return [static_value(x) for x in obj]
            if isinstance(obj, range):
                return [Static(x) for x in obj] if len(obj) <= MAX_UNROLL else None
            return None
        case RangeA(low, high, step):
            if not unroll_ranges or not all(isinstance(p, Static) for p in (low, high, step)):
                return None
            span = range(low.obj, high.obj, step.obj)  # type: ignore[attr-defined]
            return [Static(k) for k in span] if len(span) <= MAX_UNROLL else None
        case Iter(kind, parts, start):
            return known_iter_items(lo, kind, parts, start, unroll_ranges, dry)
        case Expression():
            return None if dry else aval.known_items(lo)
        case Leaf(value) if isinstance(value.type, Ref):
            content = lo.heap.of(value.type)
            if isinstance(content, Record) and content.cls == "dict":
                return [static_value(k) for k, _ in content.fields]
            if isinstance(content, Fixed):
                if dry:
                    return [Static(None)] * len(content.items)
                from s2s.frontend.containers import get_list_item

                return [
                    get_list_item(lo, aval, content, Static(k)) for k in range(len(content.items))
                ]
    return None


def known_iter_items(
    lo: Lowering, kind: str, parts: tuple[AVal, ...], start: AVal | None, ranges: bool, dry: bool
) -> list[AVal] | None:
    """As `known_items`, for zip, enumerate and their like."""
    from s2s.frontend.containers import get_item, record_keys

    if kind in ("items", "keys", "values"):
        keys = record_keys(lo, parts[0])
        if keys is None:
            return None
        if dry:
            return [Static(None)] * len(keys)
        values = [] if kind == "keys" else [get_item(lo, parts[0], Static(k)) for k in keys]
        if kind == "values":
            return values
        named = [static_value(k) for k in keys]
        return named if kind == "keys" else [TupleA(p) for p in zip(named, values, strict=True)]
    if kind == "zip":
        bounded = [p for p in parts if not is_endless(p)]
        several = [known_items(lo, p, unroll_ranges=True, dry=dry) for p in bounded]
        if not several or any(items is None for items in several):
            return None
        n = min(len(items) for items in several if items is not None)
        rows = [several.pop(0) if p in bounded else endless_items(lo, p, n, dry) for p in parts]
        return [TupleA(row) for row in zip(*rows, strict=False)]  # type: ignore[arg-type]
    if kind in ENDLESS or kind == "filter":
        return None
    inner = known_items(lo, parts[0], unroll_ranges=ranges, dry=dry)
    if inner is None:
        return None
    if kind == "enumerate":
        first = start.obj if isinstance(start, Static) else None
        if start is not None and first is None:
            return None
        return [TupleA((Static(k + (first or 0)), item)) for k, item in enumerate(inner)]
    if kind == "reversed":
        return inner[::-1]
    if kind == "map":
        from s2s.frontend.calls import call

        return inner if dry else [call(lo, parts[1], [item], {}) for item in inner]
    return None


def is_endless(aval: AVal) -> bool:
    """Whether an iterable is endless, or ends where it is told."""
    return isinstance(aval, Iter) and aval.kind in ENDLESS


def endless_items(lo: Lowering, aval: AVal, n: int, dry: bool) -> list[AVal]:
    """The first items of an endless iterable."""
    found = None if dry else sequence(lo, aval)
    return [Static(None) if found is None else found.item(Static(k)) for k in range(n)]


def unpack(lo: Lowering, aval: AVal, count: int) -> list[AVal]:
    """The items of a value that is unpacked into ``count`` targets."""
    from s2s.frontend.containers import get_item, unwrap

    aval = indexable(lo, iterated(lo, unwrap(lo, aval)))
    items = known_items(lo, aval, unroll_ranges=True)
    if items is not None:
        if len(items) != count:
            few = "not enough" if len(items) < count else "too many"
            lo.raise_error(ValueError, f"{few} values to unpack (expected {count})")
        return items
    return [get_item(lo, aval, Static(k)) for k in range(count)]


def length(lo: Lowering, aval: AVal) -> AVal:
    """`len(x)`."""
    from s2s.frontend.objects import special_call

    if isinstance(aval, RangeA):
        return range_length(lo, aval)
    seen = array_type(lo, aval)
    if seen is not None:
        assert isinstance(aval, Leaf)
        return Leaf(lo.b.value("dim", (aval.value,), INT, axis=0))
    if isinstance(aval, Static) and hasattr(aval.obj, "__len__"):
        return Static(len(aval.obj))
    items = known_items(lo, aval, unroll_ranges=True, dry=True)
    if items is not None:
        return Static(len(items))
    if isinstance(aval, Leaf) and isinstance(aval.type, Ref):
        content = lo.heap.of(aval.type)
        if isinstance(content, ListOf | DictOf):
            return Leaf(lo.b.value("len", (aval.value,), INT))
        found = special_call(lo, aval, "__len__", [])
        if found is not None:
            return found
    if isinstance(aval, Leaf) and aval.type == STR:
        return Leaf(lo.b.value("len", (aval.value,), INT))
    found_sequence = sequence(lo, aval)
    if found_sequence is not None and found_sequence.count is not None:
        return found_sequence.count
    from s2s.frontend.builtins import python_class

    name = class_name(python_class(lo, aval))
    return lo.raise_error(TypeError, f"object of type {name!r} has no len()")


def range_length(lo: Lowering, aval: RangeA) -> AVal:
    """The number of items of a range."""
    from s2s.frontend.expressions import binary

    if all(isinstance(p, Static) for p in (aval.lo, aval.hi, aval.step)):
        return Static(len(range(aval.lo.obj, aval.hi.obj, aval.step.obj)))  # type: ignore[attr-defined]
    if isinstance(aval.step, Static) and aval.step.obj == 1:
        if isinstance(aval.lo, Static) and aval.lo.obj == 0:
            span = aval.hi
        else:
            span = binary(lo, gast.Sub, aval.hi, aval.lo)
        return maximum(lo, span, Static(0))
    values = [lo.value(p) for p in (aval.lo, aval.hi, aval.step)]
    return Leaf(lo.b.value("range_len", values, INT))


def maximum(lo: Lowering, a: AVal, b: AVal) -> AVal:
    """max(a, b) of whole numbers."""
    if isinstance(a, Static) and isinstance(b, Static):
        return Static(max(a.obj, b.obj))
    return Leaf(lo.b.value("int_max", (lo.value(a), lo.value(b)), INT))


def minimum(lo: Lowering, a: AVal, b: AVal) -> AVal:
    """min(a, b) of whole numbers."""
    if isinstance(a, Static) and isinstance(b, Static):
        return Static(min(a.obj, b.obj))
    return Leaf(lo.b.value("int_min", (lo.value(a), lo.value(b)), INT))


def sequence(lo: Lowering, aval: AVal) -> Sequence_ | None:
    """An iterable by position; None if it has none."""
    from s2s.frontend.containers import get_item

    if is_stream(aval):
        aval = indexable(lo, aval)
    match aval:
        case RangeA():
            return Sequence_(length(lo, aval), lambda k: item_of_range(lo, aval, k))  # type: ignore[arg-type,return-value]
        case Iter(kind, parts, start):
            return iter_sequence(lo, kind, parts, start)
        case TupleA():
            return Sequence_(Static(len(aval.items)), lambda k: get_item(lo, aval, k))
        case Static(obj) if isinstance(obj, str | tuple | list | range):
            return Sequence_(Static(len(obj)), lambda k: get_item(lo, aval, k))
    seen = array_type(lo, aval)
    if seen is not None:
        assert isinstance(aval, Leaf)
        if seen.rank == 0:
            lo.raise_error(TypeError, "iteration over a 0-d array")
        return Sequence_(length(lo, aval), lambda k: get_array_item(lo, aval, k))
    if isinstance(aval, Leaf) and isinstance(aval.type, Ref):
        content = lo.heap.of(aval.type)
        if isinstance(content, Fixed | ListOf):
            return Sequence_(length(lo, aval), lambda k: get_item(lo, aval, k), growing=True)
        if isinstance(content, DictOf):
            return sequence(lo, keys_list(lo, aval, content))
        if isinstance(content, Record):
            found = iterated(lo, aval)
            if found is not aval:
                return sequence(lo, found)
    return None


def iterated(lo: Lowering, aval: AVal) -> AVal:
    """What an instance of the user's class gives to run over; anything else itself."""
    from s2s.frontend.objects import class_of, special_call

    cls = class_of(lo, aval)
    if cls is library.Set:
        return lo.refuse("the order of a set is not known", "run over `sorted(...)` of it")
    if cls is None or not isinstance(aval, Leaf):
        return aval
    if hasattr(cls, "__next__"):
        lo.unsupported(f"the iterator {cls.__name__}", "write `__iter__` as a generator")
    found = special_call(lo, aval, "__iter__", [])
    return aval if found is None else found


def indexable(lo: Lowering, aval: AVal) -> AVal:
    """An iterable whose items are found by position: of one that can only be run, a list."""
    from s2s.frontend.comprehensions import listed

    aval = iterated(lo, aval)
    return listed(lo, aval) if is_stream(aval) else aval


def keys_list(lo: Lowering, aval: Leaf, content: DictOf) -> AVal:
    """The keys of a dict as a list."""
    from s2s.frontend.arrays import site

    ref = lo.heap.site(site(lo, "keys"), ListOf(content.key))
    return Leaf(lo.b.value("list_of", (aval.value,), ref))


def iter_sequence(
    lo: Lowering, kind: str, parts: tuple[AVal, ...], start: AVal | None
) -> Sequence_ | None:
    """zip, enumerate, reversed, map and views of dicts by position."""
    from s2s.frontend.calls import call
    from s2s.frontend.containers import get_item

    if kind in ("items", "keys", "values"):
        owner = parts[0]
        assert isinstance(owner, Leaf)
        content = lo.heap.of(owner.type)
        assert isinstance(content, DictOf)
        keys = keys_list(lo, owner, content)

        def entry(k: AVal) -> AVal:
            key = get_item(lo, keys, k)
            if kind == "keys":
                return key
            value = get_item(lo, owner, key)
            return value if kind == "values" else TupleA((key, value))

        return Sequence_(length(lo, keys), entry)
    endless = endless_sequence(lo, kind, parts)
    if endless is not None:
        return endless
    several = [sequence(lo, p) for p in (parts if kind == "zip" else parts[:1])]
    if any(s is None for s in several):
        return None
    known = [s for s in several if s is not None]
    count: AVal | None = None
    for other in known:
        if count is None:
            count = other.count
        elif other.count is not None:
            count = minimum(lo, count, other.count)
    match kind:
        case "zip":
            return Sequence_(count, lambda k: TupleA(tuple(s.item(k) for s in known)))
        case "enumerate":

            def numbered(k: AVal) -> AVal:
                number = k if start is None else apply_operator(lo, "+", [k, start])
                return TupleA((number, known[0].item(k)))

            return Sequence_(count, numbered)
        case "reversed" if count is not None:

            def backwards(k: AVal) -> AVal:
                last = apply_operator(lo, "-", [count, Static(1)])
                return known[0].item(apply_operator(lo, "-", [last, k]))

            return Sequence_(count, backwards)
        case "map":
            return Sequence_(count, lambda k: call(lo, parts[1], [known[0].item(k)], {}))
    return None


def endless_sequence(lo: Lowering, kind: str, parts: tuple[AVal, ...]) -> Sequence_ | None:
    """itertools.count, cycle and repeat."""
    from s2s.frontend.containers import get_item
    from s2s.frontend.expressions import binary

    match kind:
        case "count":
            start, step = parts

            def number(k: AVal) -> AVal:
                steps = k if _is_one(step) else binary(lo, gast.Mult, k, step)
                return steps if _is_zero(start) else binary(lo, gast.Add, start, steps)

            return Sequence_(None, number)
        case "cycle":
            (items,) = parts
            size = length(lo, items)
            return Sequence_(None, lambda k: get_item(lo, items, binary(lo, gast.Mod, k, size)))
        case "repeat":
            item, *times = parts
            return Sequence_(times[0] if times else None, lambda k: item)
    return None


def item_of_range(lo: Lowering, aval: AVal, key: AVal) -> AVal | None:
    """The item of a range at a position; None if this is no range."""
    from s2s.frontend.expressions import binary

    if not isinstance(aval, RangeA):
        return None
    step = binary(lo, gast.Mult, key, aval.step) if not _is_one(aval.step) else key
    return step if _is_zero(aval.lo) else binary(lo, gast.Add, aval.lo, step)


def _is_one(aval: AVal) -> bool:
    return isinstance(aval, Static) and aval.obj == 1


def _is_zero(aval: AVal) -> bool:
    return isinstance(aval, Static) and aval.obj == 0
