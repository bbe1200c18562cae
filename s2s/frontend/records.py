"""Named tuples, dataclasses and enumerations: what Python generates for them."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Sequence
from typing import Any

from s2s.frontend.avals import AVal, Bound, Static, TupleA
from s2s.frontend.lowering import Lowering
from s2s.pyast import gast

COMPARISONS = {
    "__eq__": gast.Eq, "__ne__": gast.NotEq, "__lt__": gast.Lt, "__le__": gast.LtE,
    "__gt__": gast.Gt, "__ge__": gast.GtE,
}  # fmt: skip


# ------------------------------------------------------------------------------------ named tuples
def named_tuple_attribute(lo: Lowering, obj: TupleA, name: str) -> AVal | None:
    """A field of a named tuple, or one of the methods that all named tuples have."""
    cls: Any = obj.cls
    fields = getattr(cls, "_fields", ())
    if name in fields:
        return obj.items[fields.index(name)]
    if name == "_fields":
        return TupleA(tuple(map(Static, fields)))
    return Bound(obj, name) if name in ("_replace", "_asdict") and fields else None


def named_tuple_method(
    lo: Lowering, obj: TupleA, name: str, args: Sequence[AVal], kwargs: dict[str, AVal]
) -> AVal | None:
    """`_replace`, `_asdict`."""
    from s2s.frontend.containers import make_dict

    cls: Any = obj.cls
    if name == "_asdict":
        pairs = [(Static(f), item) for f, item in zip(cls._fields, obj.items, strict=True)]
        return make_dict(lo, pairs)
    if name == "_replace":
        unknown = [key for key in kwargs if key not in cls._fields]
        if unknown:
            lo.raise_error(ValueError, f"Got unexpected field names: {unknown!r}")
        items = dict(zip(cls._fields, obj.items, strict=True)) | kwargs
        return TupleA(tuple(items.values()), cls)
    return None


def make_from_iterable(lo: Lowering, cls: Any, args: Sequence[AVal]) -> AVal:
    """`Point._make(items)`."""
    from s2s.frontend.iterate import unpack

    return TupleA(tuple(unpack(lo, args[0], len(cls._fields))), cls)


# ------------------------------------------------------------------------------------- dataclasses
def is_dataclass_object(lo: Lowering, obj: AVal) -> bool:
    """Whether this is an instance of a dataclass."""
    from s2s.frontend.objects import class_of

    cls = class_of(lo, obj)
    return cls is not None and dataclasses.is_dataclass(cls) and not isinstance(obj, TupleA)


def fields_of(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """`dataclasses.fields(obj)`: known."""
    from s2s.frontend.objects import class_of

    obj = args[0]
    cls = obj.obj if isinstance(obj, Static) else class_of(lo, obj)
    return TupleA(tuple(map(Static, dataclasses.fields(cls))))  # type: ignore[arg-type]


def replace_fields(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """`dataclasses.replace(obj, name=value)`: a new object, made by its class."""
    from s2s.frontend.objects import class_of, construct, get_attribute

    (obj,) = args
    if isinstance(obj, TupleA):
        return named_tuple_method(lo, obj, "_replace", [], kwargs)  # type: ignore[return-value]
    cls: Any = class_of(lo, obj)
    for f in dataclasses.fields(cls):
        if not f.init and f.name in kwargs:
            lo.raise_error(ValueError, f"field {f.name} is declared with init=False, "
                           "it cannot be specified with replace()")  # fmt: skip
    names = [f.name for f in dataclasses.fields(cls) if f.init]
    old = {n: get_attribute(lo, obj, n) for n in names if n not in kwargs}
    return construct(lo, cls, [], old | kwargs)


def as_tuple(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """`dataclasses.astuple(obj)`: dataclasses inside are taken apart, too."""
    return TupleA(tuple(value for _, value in parts_of(lo, args[0], as_tuple)))


def as_dict(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """`dataclasses.asdict(obj)`: dataclasses inside are taken apart, too."""
    from s2s.frontend.containers import make_dict

    pairs: list[tuple[AVal, AVal]] = [(Static(n), v) for n, v in parts_of(lo, args[0], as_dict)]
    return make_dict(lo, pairs)


def parts_of(
    lo: Lowering, obj: AVal, inner: Callable[[Lowering, list[AVal], dict[str, AVal]], AVal]
) -> list[tuple[str, AVal]]:
    """Names and values of a dataclass's fields; arrays and lists are copied, as Python does."""
    from s2s.frontend.copies import deep
    from s2s.frontend.objects import class_of, get_attribute

    found = []
    for f in dataclasses.fields(class_of(lo, obj)):  # type: ignore[arg-type]
        value = get_attribute(lo, obj, f.name)
        nested = is_dataclass_object(lo, value)
        found.append((f.name, inner(lo, [value], {}) if nested else deep(lo, value, {})))
    return found


def generated_comparison(lo: Lowering, obj: AVal, method: str, other: AVal) -> AVal:
    """`==`, `<` of a dataclass that Python wrote: its fields compare as a tuple."""
    from s2s.frontend.expressions import compare_two
    from s2s.frontend.objects import class_of, get_attribute

    cls: Any = class_of(lo, obj)
    if class_of(lo, other) is not cls:
        if method == "__eq__":
            return Static(False)
        return lo.raise_error(TypeError, f"{method} is not supported between these instances")
    names = [f.name for f in dataclasses.fields(cls) if f.compare]
    left, right = (TupleA(tuple(get_attribute(lo, x, n) for n in names)) for x in (obj, other))
    return compare_two(lo, COMPARISONS[method](), left, right)


def is_generated(function: object) -> bool:
    """Whether `dataclass` wrote a method: it has no source."""
    return isinstance(function, types.FunctionType) and function.__code__.co_filename == "<string>"


# ------------------------------------------------------------------------------------ enumerations
def member_of(lo: Lowering, cls: Any, args: Sequence[AVal]) -> AVal:
    """`Color(2)`."""
    if len(args) != 1 or not isinstance(args[0], Static):
        lo.unsupported("a member of an enumeration that is computed", "write the cases out")
    try:
        return Static(cls(args[0].obj))  # type: ignore[attr-defined]
    except ValueError as error:
        return lo.raise_error(ValueError, str(error))
