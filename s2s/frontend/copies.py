"""`copy.copy` and `copy.deepcopy`."""

from __future__ import annotations

import copy

from s2s.frontend.array_functions import fresh_copy
from s2s.frontend.arrays import array_type, site
from s2s.frontend.avals import NONE_A, AVal, Leaf, SliceA, Static, TupleA
from s2s.frontend.containers import (
    get_item,
    list_content,
    make_dict,
    make_list,
    record_keys,
    unwrap,
)
from s2s.frontend.iterate import known_items
from s2s.frontend.lowering import Lowering
from s2s.frontend.meanings import means
from s2s.ir.core import Value
from s2s.ir.types import Record, Ref

Memo = dict[Value, AVal]
EVERYTHING = SliceA(NONE_A, NONE_A, NONE_A)


@means(copy.copy)
def copy_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """A new object that holds the same things."""
    obj = unwrap(lo, args[0])
    if isinstance(obj, Static | TupleA) or (
        isinstance(obj, Leaf) and not isinstance(obj.type, Ref)
    ):
        return obj
    if array_type(lo, obj) is not None:
        return fresh_copy(lo, obj)
    if list_content(lo, obj) is not None:
        return get_item(lo, obj, EVERYTHING)
    return rebuilt(lo, obj, None)


@means(copy.deepcopy)
def deepcopy_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """New objects all the way down; what was one object is one in the copy."""
    return deep(lo, args[0], {})


def deep(lo: Lowering, obj: AVal, memo: Memo) -> AVal:
    """A deep copy; ``memo`` holds what is copied already."""
    obj = unwrap(lo, obj)
    if isinstance(obj, TupleA):
        return TupleA(tuple(deep(lo, item, memo) for item in obj.items), obj.cls)
    if isinstance(obj, Static) or (isinstance(obj, Leaf) and not isinstance(obj.type, Ref)):
        return obj
    if not isinstance(obj, Leaf):
        lo.unsupported("a copy of this object", "build it from its parts")
    assert isinstance(obj, Leaf)
    if obj.value not in memo:
        memo[obj.value] = deep_object(lo, obj, memo)
    return memo[obj.value]


def deep_object(lo: Lowering, obj: Leaf, memo: Memo) -> AVal:
    """A deep copy of an array, a list, a dict or an instance."""
    if array_type(lo, obj) is not None:
        return fresh_copy(lo, obj)
    content = list_content(lo, obj)
    if content is None:
        return rebuilt(lo, obj, memo)
    if not isinstance(lo.heap.item_of(content), Ref):
        return get_item(lo, obj, EVERYTHING)
    items = known_items(lo, obj)
    if items is None or holds_objects_twice(lo, items):
        lo.unsupported("a deep copy of this list", "copy its items in a loop")
    return make_list(lo, [deep(lo, item, memo) for item in items or ()])


def holds_objects_twice(lo: Lowering, items: list[AVal]) -> bool:
    """Whether two items may be one object, which only the run knows."""
    classes = [
        lo.heap.find(i.type.cls) for i in items if isinstance(i, Leaf) and isinstance(i.type, Ref)
    ]
    return len(set(classes)) < len(classes)


def rebuilt(lo: Lowering, obj: AVal, memo: Memo | None) -> AVal:
    """A new dict or instance with the same contents, or with copies of them."""
    from s2s.frontend.objects import class_of, get_attribute, refuse_odd_class, set_attribute

    def part(value: AVal) -> AVal:
        return value if memo is None else deep(lo, value, memo)

    keys = record_keys(lo, obj)
    if keys is not None:
        return make_dict(lo, [(Static(k), part(get_item(lo, obj, Static(k)))) for k in keys])
    cls = class_of(lo, obj)
    custom = (memo is None and hasattr(cls, "__copy__")) or (
        memo is not None and hasattr(cls, "__deepcopy__")
    )
    if cls is None or custom or not isinstance(obj, Leaf):
        return lo.unsupported("a copy of this object", "build it from its parts")
    refuse_odd_class(lo, cls)
    content = lo.heap.of(obj.type)
    assert isinstance(content, Record)
    name = lo.facts.symbol(cls)
    ref = lo.heap.site(site(lo, f"copy {name}"), Record(name, ()))
    made = Leaf(lo.b.value("alloc", (), ref, symbol=name))
    for field, _ in content.fields:
        set_attribute(lo, made, field, part(get_attribute(lo, obj, field)), making=True)
    return made
