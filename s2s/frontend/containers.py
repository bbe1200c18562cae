"""Lists and dicts: objects with identity, items known one by one where their length is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from s2s.frontend.arrays import (
    array_type,
    checked,
    effect,
    get_array_item,
    is_int,
    set_array_item,
    site,
)
from s2s.frontend.avals import AVal, Iter, Leaf, SliceA, Star, Static, TupleA
from s2s.frontend.lowering import Lowering, Retry
from s2s.frontend.words import class_name
from s2s.ir.core import Value
from s2s.ir.types import (
    BOOL,
    INT,
    OPAQUE,
    STR,
    DictOf,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Scalar,
    Type,
)
from s2s.runtime import library

EMPTY: Mapping[str, AVal] = MappingProxyType({})


def in_library(lo: Lowering, function: Any, *args: AVal) -> AVal:
    """Lower a call of a function of the library that stands for Python's own."""
    from s2s.frontend.calls import call_function

    return call_function(lo, function, args, {})


# -------------------------------------------------------------------------------------- making them


def make_list(lo: Lowering, items: Sequence[AVal], node: object = None) -> AVal:
    """A new list of known items."""
    if lo.values_only:
        return TupleA(tuple(items))
    types = tuple(lo.type_of(item) for item in items)
    ref = lo.heap.site(site(lo, "list"), Fixed(types))
    values = stored_items(lo, ref, items)
    return Leaf(lo.b.value("alloc", values, ref))


def joined_list(lo: Lowering, items: Sequence[AVal]) -> AVal:
    """`[a, *b, c]` where the length of b is not known: a new list."""
    made = make_list(lo, [])
    assert isinstance(made, Leaf)
    for item in items:
        if isinstance(item, Star):
            extend(lo, made, item.items)
        else:
            list_method(lo, made, "append", [item])
    return made


def stored_items(lo: Lowering, ref: Ref, items: Sequence[AVal]) -> list[Value]:
    """Items as the class of the list holds them."""
    content = lo.heap.of(ref)
    if isinstance(content, Fixed):
        wanted: list[Type | None] = list(content.items)
    else:
        assert isinstance(content, ListOf)
        wanted = [content.item] * len(items)
    return [stored(lo, item, t) for item, t in zip(items, wanted, strict=True)]


def stored(lo: Lowering, aval: AVal, wanted: Type | None) -> Value:
    """A value as an object holds it."""
    value = lo.value(aval)
    return value if wanted is None else lo.widen(value, lo.heap.resolve(wanted))


def make_dict(lo: Lowering, pairs: Sequence[tuple[AVal, AVal]], node: object = None) -> AVal:
    """A new dict; with constant keys each key has its own type."""
    check_keys(lo, [k for k, _ in pairs])
    if all(isinstance(k, Static) for k, _ in pairs):
        fields = {k.obj: lo.type_of(v) for k, v in pairs}  # type: ignore[attr-defined]
        ref = lo.heap.site(site(lo, "dict"), Record("dict", tuple(fields.items())))
        content = lo.heap.of(ref)
        if isinstance(content, Record):
            latest = {k.obj: v for k, v in pairs}  # type: ignore[attr-defined]
            values = [stored(lo, latest[k], t) for k, t in content.fields]
            return Leaf(lo.b.value("alloc", values, ref))
    else:
        ref = lo.heap.site(site(lo, "dict"), DictOf(None, None))
    made = Leaf(lo.b.value("alloc", (), ref))
    for key, value in pairs:
        set_item(lo, made, key, value)
    return made


def check_keys(lo: Lowering, keys: Sequence[AVal]) -> None:
    """Keys that have no source text, such as members of an enumeration, are refused."""
    for key in keys:
        if isinstance(key, Static) and type(key.obj) not in (str, int, float, bool, type(None)):
            name = type(key.obj).__name__
            lo.unsupported(f"a dict whose keys are of type {name}", "use texts or numbers as keys")


def merge_dict(lo: Lowering, node: Any) -> AVal:
    """`{**a, 'k': v}` of dicts with constant keys."""
    from s2s.frontend.expressions import evaluate

    found: AVal | None = None
    pairs: list[tuple[AVal, AVal]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            pairs.append((evaluate(lo, key), evaluate(lo, value)))
            continue
        source = evaluate(lo, value)
        keys = record_keys(lo, source)
        if keys is None:
            made = make_dict(lo, pairs)
            found = made if found is None else in_library(lo, library.merged, found, made)
            found, pairs = in_library(lo, library.merged, found, source), []
            continue
        pairs += [(Static(k), get_item(lo, source, Static(k))) for k in keys]
    if found is None:
        return make_dict(lo, pairs, node)
    for key, value in pairs:
        set_item(lo, found, key, value)
    return found


def record_keys(lo: Lowering, aval: AVal) -> list[Any] | None:
    """The keys of a dict that are known, in order; None if they are computed."""
    if isinstance(aval, Leaf) and isinstance(aval.type, Ref):
        content = lo.heap.of(aval.type)
        if isinstance(content, Record) and content.cls == "dict":
            return [k for k, _ in content.fields]
    return None


def unwrap(lo: Lowering, aval: AVal) -> AVal:
    """A value that may be None, used as if it is not (Python raises if it is)."""
    if isinstance(aval, Leaf) and isinstance(aval.type, Optional):
        return lo.aval(lo.b.value("unwrap", (aval.value,), aval.type.item, aval.value.name))
    return aval


# ---------------------------------------------------------------------------------- reading items
def get_item(lo: Lowering, obj: AVal, key: AVal, node: object = None) -> AVal:
    """`obj[key]`."""
    from s2s.frontend.iterate import item_of_range, known_items, sequence

    obj = unwrap(lo, obj)
    if isinstance(obj, TupleA):
        return get_tuple_item(lo, obj, key)
    if isinstance(obj, Static):
        return get_static_item(lo, obj, key)
    if array_type(lo, obj) is not None:
        assert isinstance(obj, Leaf)
        return get_array_item(lo, obj, key)
    if isinstance(obj, Leaf) and isinstance(obj.type, Ref):
        content = lo.heap.of(obj.type)
        if isinstance(content, Fixed | ListOf):
            return get_list_item(lo, obj, content, key)
        if isinstance(content, DictOf) or (isinstance(content, Record) and content.cls == "dict"):
            return get_dict_item(lo, obj, content, key)
        from s2s.frontend.objects import special_call

        found = special_call(lo, obj, "__getitem__", [key])
        if found is not None:
            return found
    if isinstance(obj, Iter):
        by_position = sequence(lo, obj)
        if by_position is not None and isinstance(key, Static) and key.obj >= 0:
            return by_position.item(key)
    ranged = item_of_range(lo, obj, key)
    if ranged is not None:
        return ranged
    items = known_items(lo, obj)
    if items is not None:
        return get_tuple_item(lo, TupleA(tuple(items)), key)
    if isinstance(obj, Leaf) and obj.type in (STR, OPAQUE):
        return Leaf(lo.b.value("getitem", (obj.value, lo.value(key)), obj.type, path=("item",)))
    if isinstance(obj, Leaf) and isinstance(obj.type, Scalar):
        from s2s.frontend.builtins import python_class

        name = class_name(python_class(lo, obj))
        return lo.raise_error(TypeError, f"{name!r} object is not subscriptable")
    return lo.cannot_infer("this value has no items that are known here")


def get_tuple_item(lo: Lowering, obj: TupleA, key: AVal) -> AVal:
    """An item of a tuple; where the index is computed, a choice among all."""
    if isinstance(key, SliceA):
        parts = static_slice(lo, key)
        return TupleA(obj.items[parts])
    if isinstance(key, Static) and isinstance(key.obj, int):
        if not -len(obj.items) <= key.obj < len(obj.items):
            return lo.raise_error(IndexError, "tuple index out of range")
        return obj.items[key.obj]
    return get_list_item(lo, make_list(lo, obj.items), None, key)  # type: ignore[arg-type]


def static_slice(lo: Lowering, key: SliceA) -> slice:
    """A slice whose bounds are known."""
    parts = (key.lower, key.upper, key.step)
    if not all(isinstance(p, Static) for p in parts):
        need_static(lo, "a slice of a tuple needs bounds that are known")
    return slice(*(p.obj for p in parts))  # type: ignore[attr-defined]


def get_static_item(lo: Lowering, obj: Static, key: AVal) -> AVal:
    """An item of a known object: a string, a dict or a list of the module's."""
    from s2s.frontend.facts import static_value

    if isinstance(key, SliceA):
        return Static(obj.obj[static_slice(lo, key)])
    if isinstance(key, Static):
        try:
            return static_value(obj.obj[key.obj])
        except (KeyError, IndexError, TypeError) as error:
            return lo.raise_error(type(error), str(error.args[0]) if error.args else "")
    if isinstance(obj.obj, str):
        return Leaf(lo.b.value("getitem", (lo.value(obj), lo.value(key)), STR, path=("item",)))
    return lo.cannot_infer("the index of this object must be known")


def get_list_item(lo: Lowering, obj: Leaf, content: Any, key: AVal) -> AVal:
    """`xs[i]`, `xs[a:b]`."""
    if content is None:
        content = lo.heap.of(obj.type)
    if isinstance(key, SliceA):
        return list_slice(lo, obj, content, key)
    key = unwrap(lo, key)
    if not is_int(lo, key) and not (isinstance(key, Leaf) and key.type == BOOL):
        return lo.raise_error(TypeError, "list indices must be integers or slices")
    item = item_type(lo, obj.type.cls, content, key)  # type: ignore[attr-defined]
    if item is None:
        return lo.raise_error(IndexError, "list index out of range")
    operands = (obj.value, lo.value(key))
    return lo.aval(
        checked(lo, (IndexError,), lambda: lo.b.value("load", operands, item, path=("int",)))
    )


def item_type(lo: Lowering, cls: int, content: Any, key: AVal) -> Type | None:
    """The type of an item of a list, which for known lists may depend on the index."""
    if isinstance(content, ListOf):
        return None if content.item is None else lo.heap.resolve(content.item)
    if isinstance(key, Static):
        n = len(content.items)
        return content.items[key.obj] if -n <= key.obj < n else None
    kinds = {str(lo.heap.resolve(t)).split("&")[0] for t in content.items}
    known = {t for t in map(lo.heap.resolve, content.items)}
    if len(known) > 1 and (len(kinds) > 1 or unlike(lo, content.items)):
        unroll(lo)
        if lo.heap.has_common_form(known):
            lo.heap.widen(cls, Fixed((lo.heap.item_of(content),) * len(content.items)))
            raise Retry
        need_static(lo, "the items of this list differ in type, so the index must be known")
    return lo.heap.item_of(content)


def unlike(lo: Lowering, items: Sequence[Type]) -> bool:
    """Whether references point to things that cannot be told apart only by identity."""
    shapes = set()
    for t in items:
        if isinstance(t, Ref):
            content = lo.heap.of(t)
            shapes.add(
                (type(content), t.rank, getattr(content, "dtype", getattr(content, "cls", None)))
            )
    return len(shapes) > 1


def need_static(
    lo: Lowering, message: str, hint: str = "write the cases out, or use items of one type"
) -> Any:
    """Something must be known: unroll the loops around and lower again, or give up."""
    unroll(lo)
    if not lo.facts.all_static:
        lo.facts.all_static = True
        raise Retry
    return lo.cannot_infer(message, hint)


def unroll(lo: Lowering) -> None:
    """Unroll the loops around that can be, and lower again."""
    counted = [f for f in lo.loops if getattr(f, "unrollable", None) is not None]
    fresh = [f for f in counted if f.unrollable not in lo.facts.unrolled]
    if fresh:
        lo.facts.unrolled.update(f.unrollable for f in fresh)
        raise Retry


def list_slice(lo: Lowering, obj: Leaf, content: Any, key: SliceA) -> AVal:
    """`xs[a:b]`: a new list."""
    parts = (key.lower, key.upper, key.step)
    if isinstance(content, Fixed) and all(isinstance(p, Static) for p in parts):
        positions = range(len(content.items))[static_slice(lo, key)]
        return make_list(lo, [get_list_item(lo, obj, content, Static(k)) for k in positions])
    item = lo.heap.item_of(content)
    ref = lo.heap.site(site(lo, "slice"), ListOf(item))
    operands = (obj.value, *(lo.value(p) for p in parts))
    return Leaf(lo.b.value("list_slice", operands, ref))


def get_dict_item(lo: Lowering, obj: Leaf, content: Any, key: AVal, *, taken: bool = False) -> AVal:
    """`d[k]`; ``taken``: the entry is taken out of the dict."""
    if taken:
        lo.heap.mark_mutated(obj.type)  # type: ignore[arg-type]
    if isinstance(content, Record):
        if isinstance(key, Static) and not taken:
            found = dict(content.fields)
            if key.obj not in found:
                return lo.raise_error(KeyError, str(key.obj))
            t = lo.heap.resolve(found[key.obj])
            return lo.aval(lo.b.value("load", (obj.value,), t, path=(("key", key.obj),)))
        make_computed(lo, obj)
    t = lo.heap.entry_of(lo.heap.of(obj.type))[1]
    if t is None:
        return lo.raise_error(KeyError, "the dict is empty")
    operands = (obj.value, lo.value(key))

    def entry() -> Value:
        if taken:
            return lo.b.value("dict_pop", operands, lo.heap.resolve(t))
        return lo.b.value("load", operands, lo.heap.resolve(t), path=("item",))

    return lo.aval(checked(lo, (KeyError,), entry))


def make_computed(lo: Lowering, obj: Leaf) -> Any:
    """A dict is used with computed keys: its class holds any, from the start."""
    lo.heap.widen(obj.type.cls, DictOf(None, None))  # type: ignore[attr-defined]
    raise Retry


# ---------------------------------------------------------------------------------- writing items
def set_item(lo: Lowering, obj: AVal, key: AVal, value: AVal) -> None:
    """`obj[key] = value`."""
    obj = unwrap(lo, obj)
    if isinstance(obj, Leaf) and array_type(lo, obj) is not None:
        set_array_item(lo, obj, key, value)
        return
    if isinstance(obj, Leaf) and isinstance(obj.type, Ref):
        content = lo.heap.of(obj.type)
        if isinstance(content, Fixed | ListOf):
            set_list_item(lo, obj, content, key, value)
            return
        if isinstance(content, DictOf) or (isinstance(content, Record) and content.cls == "dict"):
            set_dict_item(lo, obj, content, key, value)
            return
        from s2s.frontend.objects import special_call

        if special_call(lo, obj, "__setitem__", [key, value]) is not None:
            return
    lo.raise_error(TypeError, "object does not support item assignment")


def set_list_item(lo: Lowering, obj: Leaf, content: Any, key: AVal, value: AVal) -> None:
    """`xs[i] = v`."""
    assert isinstance(obj.type, Ref)
    lo.heap.mark_mutated(obj.type)
    if isinstance(key, SliceA):
        set_list_slice(lo, obj, content, key, value)
        return
    t = lo.type_of(value)
    if isinstance(content, Fixed):
        if isinstance(key, Static) and -len(content.items) <= key.obj < len(content.items):
            items = list(content.items)
            items[key.obj] = lo.heap.join(items[key.obj], t)
            lo.heap.widen(obj.type.cls, Fixed(tuple(items)))
        else:
            lo.heap.widen(obj.type.cls, Fixed(tuple(lo.heap.join(i, t) for i in content.items)))
    else:
        lo.heap.widen(obj.type.cls, ListOf(t))
    content = lo.heap.of(obj.type)
    wanted = item_type(lo, obj.type.cls, content, key)
    operands = (obj.value, lo.value(key), stored(lo, value, wanted))
    effect(lo, (IndexError,), "store", operands, ("int",))


def set_list_slice(lo: Lowering, obj: Leaf, content: Any, key: SliceA, values: AVal) -> None:
    """`xs[a:b] = ys`: item by item where the lengths are known to agree."""
    from s2s.frontend.iterate import known_items

    bounds = (key.lower, key.upper, key.step)
    items = known_items(lo, values)
    if isinstance(content, Fixed) and items is not None and all(map(is_known, bounds)):
        places = range(len(content.items))[static_slice(lo, key)]
        if len(places) == len(items):
            for place, item in zip(places, items, strict=True):
                set_list_item(lo, obj, lo.heap.of(obj.type), Static(place), item)
            return
    if is_one(key.step):
        in_library(lo, library.assign_slice, obj, key.lower, key.upper, values)
    else:
        in_library(lo, library.assign_steps, obj, places_of(lo, obj, key), values)


def delete_list_slice(lo: Lowering, obj: Leaf, key: SliceA) -> None:
    """`del xs[a:b]`."""
    if not is_one(key.step):
        lo.unsupported("`del` of a slice with a step", "build a new list of what stays")
    in_library(lo, library.delete_slice, obj, key.lower, key.upper)


def is_known(aval: AVal) -> bool:
    """Whether this is a known object."""
    return isinstance(aval, Static)


def is_one(step: AVal) -> bool:
    """Whether this is the step of a slice of neighbours."""
    return isinstance(step, Static) and step.obj in (None, 1)


def places_of(lo: Lowering, obj: Leaf, key: SliceA) -> AVal:
    """The positions that a slice with a step means, as a range."""
    from s2s.frontend.avals import RangeA
    from s2s.frontend.iterate import length

    size = length(lo, obj)
    if isinstance(size, Static):
        places = range(size.obj)[static_slice(lo, key)]
        return RangeA(Static(places.start), Static(places.stop), Static(places.step))
    step = key.step
    if not isinstance(step, Static) or step.obj < 1:
        lo.unsupported("assignment to this slice of a list", "assign the items one by one")
    none = isinstance(key.lower, Static) and key.lower.obj is None
    low = Static(0) if none else in_library(lo, library.position, size, key.lower)
    none = isinstance(key.upper, Static) and key.upper.obj is None
    high = size if none else in_library(lo, library.position, size, key.upper)
    return RangeA(low, high, step)


def set_dict_item(lo: Lowering, obj: Leaf, content: Any, key: AVal, value: AVal) -> None:
    """`d[k] = v`."""
    assert isinstance(obj.type, Ref)
    lo.heap.mark_mutated(obj.type)
    t = lo.type_of(value)
    if isinstance(content, Record) and isinstance(key, Static):
        fields = dict(content.fields)
        if key.obj in fields:
            fields[key.obj] = lo.heap.join(fields[key.obj], t)
            lo.heap.widen(obj.type.cls, Record("dict", tuple(fields.items())))
            wanted = lo.heap.resolve(dict(lo.heap.of(obj.type).fields)[key.obj])  # type: ignore[union-attr]
            operands = (obj.value, stored(lo, value, wanted))
            lo.b.emit("store", operands, (), path=(("key", key.obj),))
            return
    if isinstance(content, Record):
        make_computed(lo, obj)
    lo.heap.widen(obj.type.cls, DictOf(key_type(lo, key), t))
    wanted = lo.heap.entry_of(lo.heap.of(obj.type))[1]
    operands = (obj.value, lo.value(key), stored(lo, value, wanted))
    effect(lo, (), "store", operands, ("item",))


def key_type(lo: Lowering, key: AVal) -> Type:
    """The type of a computed key."""
    if isinstance(key, Static) and isinstance(key.obj, str):
        return STR
    return lo.type_of(key)


# --------------------------------------------------------------------------------- whole sequences
def sequence_operation(lo: Lowering, symbol: str, a: AVal, b: AVal, node: Any) -> AVal | None:
    """`+` and `*` of tuples and lists; None if the operands are none."""
    if isinstance(a, TupleA) and isinstance(b, TupleA) and symbol == "+":
        return TupleA(a.items + b.items)
    for x, y in ((a, b), (b, a)):
        if isinstance(x, TupleA) and symbol == "*" and isinstance(y, Static):
            return TupleA(x.items * y.obj)
    if symbol == "|" and is_dict(lo, a) and is_dict(lo, b):
        return merge_dicts(lo, a, b)
    if symbol not in "+*":
        return None
    for x, y in ((a, b), (b, a)):
        content = list_content(lo, x)
        if content is None:
            continue
        assert isinstance(x, Leaf)
        if symbol == "*" and is_int(lo, y):
            return repeat_list(lo, x, content, y)
        if symbol == "+" and x is a and list_content(lo, b) is not None:
            return concatenate(lo, x, b)
    if symbol == "+" and isinstance(a, Leaf | Static) and isinstance(b, Leaf | Static):
        if is_text(a) and is_text(b):
            return Leaf(lo.b.value("str_concat", (lo.value(a), lo.value(b)), STR, via="+"))
    return None


def is_text(aval: AVal) -> bool:
    """Whether this is a string."""
    if isinstance(aval, Static):
        return isinstance(aval.obj, str)
    return isinstance(aval, Leaf) and aval.type == STR


def list_content(lo: Lowering, aval: AVal) -> Fixed | ListOf | None:
    """The content of the list that ``aval`` refers to, None if it is none."""
    if isinstance(aval, Leaf) and isinstance(aval.type, Ref):
        content = lo.heap.of(aval.type)
        if isinstance(content, Fixed | ListOf):
            return content
    return None


def repeat_list(lo: Lowering, obj: Leaf, content: Fixed | ListOf, count: AVal) -> AVal:
    """`xs * n`: the same items again, shared."""
    if (
        isinstance(content, Fixed)
        and isinstance(count, Static)
        and len(content.items) * count.obj <= 64
    ):
        from s2s.frontend.iterate import known_items

        return make_list(lo, list(known_items(lo, obj) or ()) * count.obj)
    ref = lo.heap.site(site(lo, "repeat"), ListOf(lo.heap.item_of(content)))
    return Leaf(lo.b.value("list_repeat", (obj.value, lo.value(count)), ref))


def concatenate(lo: Lowering, a: Leaf, b: AVal) -> AVal:
    """`xs + ys`: a new list."""
    from s2s.frontend.iterate import known_items

    left, right = known_items(lo, a), known_items(lo, b)
    if left is not None and right is not None:
        return make_list(lo, [*left, *right])
    assert isinstance(b, Leaf)
    item = lo.heap.join_maybe(
        lo.heap.item_of(lo.heap.of(a.type)), lo.heap.item_of(lo.heap.of(b.type))
    )
    ref = lo.heap.site(site(lo, "concat"), ListOf(item))
    return Leaf(lo.b.value("list_concat", (a.value, b.value), ref))


def contains(lo: Lowering, item: AVal, obj: AVal) -> AVal:
    """`item in obj`."""
    from s2s.frontend.expressions import compare_two, either
    from s2s.frontend.iterate import known_items
    from s2s.frontend.objects import special_call
    from s2s.pyast import gast

    special = special_call(lo, obj, "__contains__", [item])
    if special is not None:
        return special
    keys = record_keys(lo, obj)
    if keys is not None and isinstance(item, Static):
        return Static(item.obj in keys)
    if isinstance(item, Static) and isinstance(obj, Static):
        try:
            return Static(item.obj in obj.obj)
        except TypeError as error:
            return lo.raise_error(TypeError, str(error))
    if keys is None:
        items = known_items(lo, obj)
        if items is not None:
            found: AVal = Static(False)
            for other in items:
                found = either(
                    lo, found, lambda other=other: compare_two(lo, gast.Eq(), item, other)
                )
            return found
    value = lo.value(obj)
    return Leaf(lo.b.value("contains", (lo.value(item), value), BOOL))


# ----------------------------------------------------------------------------------------- methods
def list_method(
    lo: Lowering, obj: Leaf, name: str, args: Sequence[AVal], kwargs: Mapping[str, AVal] = EMPTY
) -> AVal:
    """A method of a list."""
    assert isinstance(obj.type, Ref)
    heap = lo.heap
    content = heap.of(obj.type)
    none = Static(None)
    match name, list(args):
        case "append", [item]:
            heap.mark_mutated(obj.type)
            heap.widen(obj.type.cls, ListOf(lo.type_of(item)))
            value = stored(lo, item, heap.item_of(heap.of(obj.type)))
            lo.b.emit("append", (obj.value, value), ())
            return none
        case "pop", rest if len(rest) <= 1:
            heap.mark_mutated(obj.type)
            heap.widen(obj.type.cls, ListOf(heap.item_of(content)))
            t = heap.item_of(heap.of(obj.type))
            if t is None:
                return lo.raise_error(IndexError, "pop from empty list")
            operands = (obj.value, *(lo.value(a) for a in rest))
            return lo.aval(
                checked(lo, (IndexError,), lambda: lo.b.value("pop", operands, heap.resolve(t)))
            )
        case "insert", [position, item]:
            heap.mark_mutated(obj.type)
            heap.widen(obj.type.cls, ListOf(lo.type_of(item)))
            value = stored(lo, item, heap.item_of(heap.of(obj.type)))
            lo.b.emit("list_insert", (obj.value, lo.value(position), value), ())
            return none
        case "extend", [other]:
            extend(lo, obj, other)
            return none
        case "copy", []:
            return list_slice(lo, obj, content, SliceA(none, none, none))
        case "reverse", []:
            heap.mark_mutated(obj.type)
            lo.b.emit("list_reverse", (obj.value,), ())
            return none
        case "clear", []:
            return in_library(lo, library.clear, obj)
        case "remove", [item]:
            return in_library(lo, library.remove, obj, item)
        case "sort", []:
            from s2s.frontend.standard_library import sort_list

            return sort_list(lo, obj, dict(kwargs))
        case (("index" | "count"), _):
            operands = (obj.value, *map(lo.value, args))
            errors = (ValueError,) if name == "index" else ()
            return Leaf(checked(lo, errors, lambda: lo.b.value(f"list_{name}", operands, INT)))
    return lo.unsupported(
        f"the list method `{name}`", "use append, pop, insert, extend or a new list"
    )


def extend(lo: Lowering, obj: Leaf, other: AVal) -> None:
    """`xs.extend(ys)` and `xs += ys`."""
    from s2s.frontend.iterate import known_items

    items = known_items(lo, other)
    if items is not None:
        for item in items:
            list_method(lo, obj, "append", [item])
        return
    content = list_content(lo, other)
    if content is None:
        from s2s.frontend.comprehensions import listed

        other = listed(lo, other)
        content = list_content(lo, other)
    assert isinstance(obj.type, Ref) and isinstance(other, Leaf) and content is not None
    lo.heap.mark_mutated(obj.type)
    lo.heap.widen(obj.type.cls, ListOf(lo.heap.item_of(content)))
    lo.b.emit("list_extend", (obj.value, other.value), ())


def update_dict(lo: Lowering, obj: Leaf, other: AVal) -> None:
    """`d.update(other)`."""
    from s2s.frontend.iterate import known_items

    keys = record_keys(lo, other)
    if keys is not None:
        for key in keys:
            set_item(lo, obj, Static(key), get_item(lo, other, Static(key)))
        return
    pairs = known_items(lo, other)
    if pairs is not None:
        for pair in pairs:
            set_item(lo, obj, get_item(lo, pair, Static(0)), get_item(lo, pair, Static(1)))
        return
    in_library(lo, library.update, obj, other)


def is_dict(lo: Lowering, aval: AVal) -> bool:
    """Whether this is a dict."""
    if not isinstance(aval, Leaf) or not isinstance(aval.type, Ref):
        return False
    content = lo.heap.of(aval.type)
    return isinstance(content, DictOf) or (isinstance(content, Record) and content.cls == "dict")


def merge_dicts(lo: Lowering, a: AVal, b: AVal) -> AVal:
    """`a | b`."""
    left, right = record_keys(lo, a), record_keys(lo, b)
    if left is None or right is None:
        return in_library(lo, library.merged, a, b)
    pairs = [
        (Static(k), get_item(lo, d, Static(k))) for d, ks in ((a, left), (b, right)) for k in ks
    ]
    return make_dict(lo, pairs)


def dict_method(
    lo: Lowering, obj: Leaf, name: str, args: Sequence[AVal], kwargs: Mapping[str, AVal] = EMPTY
) -> AVal:
    """A method of a dict."""
    from s2s.frontend.expressions import choose, truth

    match name, list(args):
        case "items" | "keys" | "values", []:
            return Iter(name, (obj,))
        case "get", [key, *rest]:
            default = rest[0] if rest else Static(None)
            found = truth(lo, contains(lo, key, obj))
            return choose(lo, found, lambda: get_item(lo, obj, key), lambda: default)
        case "setdefault", [key, default]:
            found = truth(lo, contains(lo, key, obj))

            def put() -> AVal:
                set_item(lo, obj, key, default)
                return get_item(lo, obj, key)

            return choose(lo, found, lambda: get_item(lo, obj, key), put)
        case "update", others if len(others) <= 1:
            for other in others:
                update_dict(lo, obj, other)
            for key, value in kwargs.items():
                set_item(lo, obj, Static(key), value)
            return Static(None)
        case "copy", []:
            keys = record_keys(lo, obj)
            if keys is not None:
                return make_dict(lo, [(Static(k), get_item(lo, obj, Static(k))) for k in keys])
            return in_library(lo, library.copied, obj)
        case "pop", [key]:
            return get_dict_item(lo, obj, lo.heap.of(obj.type), key, taken=True)
        case "pop", [key, default]:
            keys = record_keys(lo, obj)
            if keys is not None and isinstance(key, Static) and key.obj not in keys:
                return default
            return in_library(lo, library.pop_or, obj, key, default)
        case "clear", []:
            return in_library(lo, library.clear_dict, obj)
    return lo.unsupported(f"the dict method `{name}`", "use items and item assignment")
