"""Assignment targets, and augmented assignment."""

from __future__ import annotations

from typing import Any

from s2s.frontend.array_functions import get_flat_item, set_flat_item
from s2s.frontend.array_parts import PARTS, is_complex_array, set_part
from s2s.frontend.arrays import array_type, is_int, update_in_place
from s2s.frontend.avals import AVal, Leaf, SliceA, Star, Static
from s2s.frontend.containers import (
    delete_list_slice,
    dict_method,
    extend,
    get_item,
    is_dict,
    joined_list,
    list_content,
    list_method,
    make_list,
    set_item,
    unwrap,
    update_dict,
)
from s2s.frontend.expressions import binary, evaluate
from s2s.frontend.iterate import indexable, known_items, unpack
from s2s.frontend.lowering import Lowering
from s2s.frontend.objects import get_attribute, set_attribute, special_call
from s2s.pyast import gast

IN_PLACE = {
    gast.Add: "__iadd__", gast.Sub: "__isub__", gast.Mult: "__imul__", gast.Div: "__itruediv__",
    gast.FloorDiv: "__ifloordiv__", gast.Mod: "__imod__", gast.Pow: "__ipow__",
    gast.MatMult: "__imatmul__",
}  # fmt: skip


def assign_to(lo: Lowering, target: Any, value: AVal) -> None:
    """Bind a target of any form."""
    with lo.at(target):
        match target:
            case gast.Name():
                lo.assign(target.id, value)
            case gast.Tuple() | gast.List():
                assign_parts(lo, target, value)
            case gast.Subscript(value=gast.Attribute(attr="flat" | "real" | "imag")):
                set_part_item(lo, target, value)
            case gast.Subscript():
                set_item(lo, evaluate(lo, target.value), evaluate(lo, target.slice), value)
            case gast.Attribute():
                set_attribute(lo, evaluate(lo, target.value), target.attr, value)
            case gast.Starred():
                assign_to(lo, target.value, value)
            case _:
                lo.unsupported("assignment to this target", node=target)


def assign_parts(lo: Lowering, target: Any, value: AVal) -> None:
    """`a, *b, c = value`."""
    targets = target.elts
    stars = [k for k, t in enumerate(targets) if isinstance(t, gast.Starred)]
    if stars:
        parts = starred_parts(lo, value, stars[0], len(targets) - stars[0] - 1)
    else:
        parts = unpack(lo, value, len(targets))
    for part_target, part in zip(targets, parts, strict=True):
        assign_to(lo, part_target, part)


def starred_parts(lo: Lowering, value: AVal, before: int, after: int) -> list[AVal]:
    """What `a, *b, c` get: a list for the star."""
    value = indexable(lo, value)
    items = known_items(lo, value)
    if items is not None:
        last = len(items) - after
        if last < before:
            lo.raise_error(ValueError, f"not enough values to unpack (expected {before + after})")
        return [*items[:before], make_list(lo, items[before:last]), *items[last:]]
    first = [get_item(lo, value, Static(k)) for k in range(before)]
    final = [get_item(lo, value, Static(k - after)) for k in range(after)]
    none = Static(None)
    middle = get_item(lo, value, SliceA(Static(before), Static(-after) if after else none, none))
    if list_content(lo, middle) is None:
        middle = joined_list(lo, [Star(middle)])
    return [*first, middle, *final]


def augment(lo: Lowering, node: Any) -> None:
    """`target op= value`: the target's object is found once."""
    kind = type(node.op)
    target = node.target
    match target:
        case gast.Name():
            old = lo.lookup(target.id)
            new = updated(lo, kind, old, evaluate(lo, node.value))
            lo.assign(target.id, new)
        case gast.Subscript(value=gast.Attribute(attr="flat" | "real" | "imag")):
            augment_part_item(lo, kind, target, node.value)
        case gast.Subscript():
            obj, key = evaluate(lo, target.value), evaluate(lo, target.slice)
            obj = unwrap(lo, obj)
            old = get_item(lo, obj, key)
            new = updated(lo, kind, old, evaluate(lo, node.value))
            if not (new is old and array_type(lo, obj) is not None and is_view(lo, old)):
                set_item(lo, obj, key, new)
        case gast.Attribute():
            obj = evaluate(lo, target.value)
            old = get_attribute(lo, obj, target.attr)
            if target.attr in PARTS and is_complex_array(lo, obj):
                set_attribute(lo, obj, target.attr, binary(lo, kind, old, evaluate(lo, node.value)))
                return
            new = updated(lo, kind, old, evaluate(lo, node.value))
            if not (new is old and isinstance(old, Leaf)):
                set_attribute(lo, obj, target.attr, new)
        case _:
            lo.unsupported("augmented assignment to this target", node=target)


def set_part_item(lo: Lowering, target: Any, value: AVal) -> None:
    """`a.flat[k] = v`, `z.real[k] = v`, `z.imag[k] = v`."""
    obj, name = unwrap(lo, evaluate(lo, target.value.value)), target.value.attr
    if isinstance(obj, Leaf) and array_type(lo, obj) is not None and name == "flat":
        set_flat_item(lo, obj, evaluate(lo, target.slice), value)
    elif is_complex_array(lo, obj):
        set_part(lo, obj, evaluate(lo, target.slice), name, value)  # type: ignore[arg-type]
    else:
        set_item(lo, get_attribute(lo, obj, name), evaluate(lo, target.slice), value)


def augment_part_item(lo: Lowering, kind: type, target: Any, right: Any) -> None:
    """`a.flat[k] += v`, `z.real[k] += v`."""
    name = target.value.attr
    obj, key = unwrap(lo, evaluate(lo, target.value.value)), evaluate(lo, target.slice)
    if isinstance(obj, Leaf) and array_type(lo, obj) is not None and name == "flat":
        old = get_flat_item(lo, obj, key)
        set_flat_item(lo, obj, key, binary(lo, kind, old, evaluate(lo, right)))
    elif is_complex_array(lo, obj):
        old = get_attribute(lo, get_item(lo, obj, key), name)
        set_part(lo, obj, key, name, binary(lo, kind, old, evaluate(lo, right)))  # type: ignore[arg-type]
    else:
        part = get_attribute(lo, obj, name)
        new = updated(lo, kind, get_item(lo, part, key), evaluate(lo, right))
        set_item(lo, part, key, new)


def is_view(lo: Lowering, aval: AVal) -> bool:
    """Whether writing back would assign an array to itself: not for what an index array picked."""
    op = lo.b.defining.get(aval.value) if isinstance(aval, Leaf) else None
    return op is not None and op.kind in ("view", "view_as")


def updated(lo: Lowering, kind: type, old: AVal, value: AVal) -> AVal:
    """What the target holds after `op=`: arrays and lists are changed in place."""
    old = unwrap(lo, old)
    if isinstance(old, Leaf) and array_type(lo, old) is not None:
        return update_in_place(lo, old, kind, value)
    if isinstance(old, Leaf) and list_content(lo, old) is not None and kind is gast.Add:
        extend(lo, old, value)
        return old
    if isinstance(old, Leaf) and kind is gast.BitOr and is_dict(lo, old):
        update_dict(lo, old, value)
        return old
    special = special_call(lo, old, IN_PLACE.get(kind, ""), [value])
    return special if special is not None else binary(lo, kind, old, value)


def delete_item(lo: Lowering, target: Any) -> None:
    """`del xs[i]`."""
    obj = evaluate(lo, target.value)
    key = evaluate(lo, target.slice)
    if isinstance(obj, Leaf) and list_content(lo, obj) is not None:
        if isinstance(key, SliceA):
            delete_list_slice(lo, obj, key)
            return
        if is_int(lo, key):
            list_method(lo, obj, "pop", [key])
            return
    if isinstance(obj, Leaf) and is_dict(lo, obj):
        dict_method(lo, obj, "pop", [key])
        return
    if special_call(lo, obj, "__delitem__", [key]) is not None:
        return
    lo.unsupported("`del` of this item", "build a new container without it", target)
