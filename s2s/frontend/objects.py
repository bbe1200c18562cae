"""Attributes, methods and instances of the user's classes."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.arrays import array_type, dims, site
from s2s.frontend.avals import AVal, Bound, Leaf, RangeA, Static, TupleA
from s2s.frontend.containers import stored, unwrap
from s2s.frontend.facts import static_value
from s2s.frontend.lowering import Lowering
from s2s.ir.types import (
    DTYPES,
    OPAQUE,
    STR,
    Array,
    DictOf,
    Fixed,
    ListOf,
    Record,
    Ref,
    Scalar,
)


def class_of(lo: Lowering, aval: AVal) -> type | None:
    """The user's class of an instance, None for anything else."""
    if isinstance(aval, Leaf) and isinstance(aval.type, Ref):
        content = lo.heap.of(aval.type)
        if isinstance(content, Record) and content.cls != "dict":
            found = lo.symbols[content.cls]
            assert isinstance(found, type)
            return found
    if isinstance(aval, TupleA):
        return aval.cls
    return None


def get_attribute(lo: Lowering, obj: AVal, name: str) -> AVal:
    """`obj.name`."""
    obj = unwrap(lo, obj)
    find = getattr(obj, "find", None)
    if find is not None:  # super()
        return find(lo, name)
    if isinstance(obj, Static):
        return static_attribute(lo, obj, name)
    seen = array_type(lo, obj)
    if seen is not None:
        assert isinstance(obj, Leaf)
        return array_attribute(lo, obj, seen, name)
    cls = class_of(lo, obj)
    if isinstance(obj, TupleA):
        if cls is not None and name in getattr(cls, "_fields", ()):
            return obj.items[cls._fields.index(name)]  # type: ignore[attr-defined]
        if cls is not None and hasattr(cls, name):
            return class_attribute(lo, obj, cls, name)
        return Bound(obj, name)
    if isinstance(obj, Leaf):
        if isinstance(obj.type, Scalar):
            return scalar_attribute(lo, obj, name)
        if isinstance(obj.type, Ref):
            content = lo.heap.of(obj.type)
            if isinstance(content, Fixed | ListOf | DictOf):
                return Bound(obj, name)
            assert isinstance(content, Record)
            if content.cls == "dict":
                return Bound(obj, name)
            return instance_attribute(lo, obj, content, cls, name)
        if obj.type in (STR, OPAQUE):
            return Bound(obj, name)
    if isinstance(obj, RangeA) and name in ("start", "stop", "step"):
        return {"start": obj.lo, "stop": obj.hi, "step": obj.step}[name]
    if isinstance(obj, Bound) and isinstance(obj.function, str):
        return Bound(obj, name)  # np.add.at and its like are found by their name
    return lo.cannot_infer(f"this value has no attribute {name!r}")


def static_attribute(lo: Lowering, obj: Static, name: str) -> AVal:
    """An attribute of a module, a class or another known object."""
    if type(obj.obj) in (int, float, complex, bool):
        return scalar_attribute(lo, Leaf(lo.value(obj)), name)
    if isinstance(obj.obj, str):
        return Bound(obj, name)
    try:
        found = getattr(obj.obj, name)
    except AttributeError as error:
        return lo.raise_error(AttributeError, str(error))
    if isinstance(found, types.MethodType) and found.__self__ is obj.obj:
        return Static(found)
    if isinstance(found, float | np.ndarray | list | dict) and isinstance(
        obj.obj, types.ModuleType | type
    ):
        if isinstance(found, float) and obj.obj.__name__ in (
            "math",
            "numpy",
            "cmath",
            "scipy.constants",
        ):
            return Static(float(found))
        return lo.facts.attribute(lo, obj.obj, name, found)
    return static_value(found)


def scalar_attribute(lo: Lowering, obj: Leaf, name: str) -> AVal:
    """An attribute of a number."""
    from s2s.frontend.arrays import apply_row

    constant = {"ndim": Static(0), "size": Static(1), "shape": TupleA(())}.get(name)
    if constant is not None:
        return constant
    if name == "dtype":
        assert isinstance(obj.type, Scalar)
        return Static(np.dtype(DTYPES.get(obj.type.name, obj.type.name)))
    found = kernels.attribute(name)
    if found is not None:
        return apply_row(lo, found[0], found[1], [obj], {})
    return Bound(obj, name)


def array_attribute(lo: Lowering, obj: Leaf, seen: Array, name: str) -> AVal:
    """An attribute of an array."""
    from s2s.frontend.arrays import apply_row
    from s2s.frontend.expressions import BINARY, binary
    from s2s.ir.types import INT
    from s2s.pyast import gast

    match name:
        case "shape":
            return dims(lo, obj, seen)
        case "ndim":
            if seen.rank is not None:
                return Static(seen.rank)
            return Leaf(lo.b.value("ndim", (obj.value,), INT))
        case "dtype":
            return Static(np.dtype(DTYPES[seen.dtype]))
        case "size":
            shape = dims(lo, obj, seen)
            if isinstance(shape, TupleA):
                size: AVal = Static(1)
                for k, dim in enumerate(shape.items):
                    size = dim if k == 0 else binary(lo, gast.Mult, size, dim)
                return size
            return Leaf(lo.b.value("size", (obj.value,), INT))
        case "flat":
            return get_attribute(lo, obj, "ravel") if False else ravel(lo, obj)
    found = kernels.attribute(name)
    if found is not None:
        return apply_row(lo, found[0], found[1], [obj], {})
    assert BINARY
    return Bound(obj, name)


def ravel(lo: Lowering, obj: Leaf) -> AVal:
    """`a.flat`, to be iterated over."""
    from s2s.frontend.arrays import apply_row

    row, via = kernels.method("ravel")
    return apply_row(lo, row, via, [obj], {})


def instance_attribute(
    lo: Lowering, obj: Leaf, content: Record, cls: type | None, name: str
) -> AVal:
    """An attribute of an instance: its own, or its class's."""
    fields = dict(content.fields)
    found = getattr(cls, name, None) if cls is not None else None
    if isinstance(found, property):
        return class_attribute(lo, obj, cls, name)  # type: ignore[arg-type]
    if name in fields:
        t = lo.heap.resolve(fields[name])
        return lo.aval(lo.b.value("load", (obj.value,), t, path=(("attr", name),)))
    if cls is not None and hasattr(cls, name):
        return class_attribute(lo, obj, cls, name)
    class_name = cls.__name__ if cls is not None else "object"
    return lo.raise_error(AttributeError, f"{class_name!r} object has no attribute {name!r}")


def class_attribute(lo: Lowering, obj: AVal, cls: type, name: str) -> AVal:
    """What an instance finds in its class: a method, a property, a constant."""
    from s2s.frontend.calls import call

    found = next(c.__dict__[name] for c in cls.__mro__ if name in c.__dict__)
    if isinstance(found, property):
        return call(lo, Static(found.fget), [obj], {})
    if isinstance(found, staticmethod):
        return Static(found.__func__)
    if isinstance(found, classmethod):
        return Bound(Static(cls), Static(found.__func__))
    bound = getattr(found, "__s2s_bound__", None)
    if bound is not None:
        return bound(obj)  # type: ignore[no-any-return]
    if isinstance(found, types.FunctionType) or callable(found):
        return Bound(obj, Static(found))
    if isinstance(found, float | np.ndarray | list | dict):
        return lo.facts.attribute(lo, cls, name, found)
    return static_value(found)


def method_of(lo: Lowering, obj: AVal, name: str) -> AVal:
    """The bound method ``name`` of an instance."""
    cls = class_of(lo, obj)
    assert cls is not None
    return class_attribute(lo, obj, cls, name)


def forbids_assignment(cls: object) -> bool:
    """Whether instances have attributes that only their making sets: frozen dataclasses."""
    return isinstance(cls, type) and cls.__setattr__ is not object.__setattr__


def set_attribute(lo: Lowering, obj: AVal, name: str, value: AVal, *, direct: bool = False) -> None:
    """`obj.name = value`; ``direct``: past what the class says about it."""
    from s2s.frontend.calls import call

    obj = unwrap(lo, obj)
    cls = class_of(lo, obj)
    if cls is None or not isinstance(obj, Leaf):
        lo.unsupported(f"assignment to the attribute {name!r} of this value")
    assert isinstance(obj, Leaf) and isinstance(obj.type, Ref) and cls is not None
    found = getattr(cls, name, None)
    if isinstance(found, property) and found.fset is not None:
        call(lo, Static(found.fset), [obj, value], {})
        return
    content = lo.heap.of(obj.type)
    assert isinstance(content, Record)
    fields = dict(content.fields)
    t = lo.type_of(value)
    fields[name] = lo.heap.join(fields[name], t) if name in fields else t
    lo.heap.widen(obj.type.cls, Record(content.cls, tuple(fields.items())))
    lo.heap.mark_mutated(obj.type)
    wanted = dict(lo.heap.of(obj.type).fields)[name]  # type: ignore[union-attr]
    operands = (obj.value, stored(lo, value, wanted))
    attrs = {"direct": True} if direct else {}
    lo.b.emit("store", operands, (), path=(("attr", name),), **attrs)


def construct(lo: Lowering, cls: type, args: Sequence[AVal], kwargs: dict[str, AVal]) -> AVal:
    """A new instance of a class of the user's."""
    from s2s.frontend.calls import call

    if issubclass(cls, BaseException):
        values = [lo.value(a) for a in args]
        return Leaf(lo.b.value("exception", values, OPAQUE, symbol=lo.facts.symbol(cls)))
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return make_named_tuple(lo, cls, args, kwargs)
    name = lo.facts.symbol(cls)
    ref = lo.heap.site(site(lo, f"new {name}"), Record(name, ()))
    made = Leaf(lo.b.value("alloc", (), ref, symbol=name))
    init = cls.__init__
    if dataclasses.is_dataclass(cls) and "__init__" in cls.__dict__ and _is_generated(init):
        fill_dataclass(lo, made, cls, args, kwargs)
    elif isinstance(init, types.FunctionType):
        call(lo, Static(init), [made, *args], kwargs)
    elif args or kwargs:
        lo.raise_error(TypeError, f"{cls.__name__}() takes no arguments")
    return made


def _is_generated(init: Any) -> bool:
    return getattr(init, "__code__", None) is not None and init.__code__.co_filename == "<string>"


def bind_fields(
    lo: Lowering, what: str, names: Sequence[str], args: Sequence[AVal], kwargs: dict[str, AVal]
) -> dict[str, AVal]:
    """Positional and keyword arguments by field name."""
    if len(args) > len(names):
        lo.raise_error(
            TypeError, f"{what}() takes {len(names)} arguments but {len(args)} were given"
        )
    given = dict(zip(names, args, strict=False))
    for key, value in kwargs.items():
        if key not in names or key in given:
            lo.raise_error(TypeError, f"{what}() got an unexpected argument {key!r}")
        given[key] = value
    return given


def make_named_tuple(lo: Lowering, cls: Any, args: Sequence[AVal], kwargs: dict[str, AVal]) -> AVal:
    """An instance of a named tuple."""
    given = bind_fields(lo, cls.__name__, cls._fields, args, kwargs)
    for name in cls._fields:
        if name not in given and name in cls._field_defaults:
            given[name] = static_value(cls._field_defaults[name])
        elif name not in given:
            lo.raise_error(TypeError, f"{cls.__name__}() missing argument {name!r}")
    return TupleA(tuple(given[name] for name in cls._fields), cls)


def fill_dataclass(
    lo: Lowering, made: Leaf, cls: Any, args: Sequence[AVal], kwargs: dict[str, AVal]
) -> None:
    """What the generated __init__ of a dataclass does."""
    from s2s.frontend.calls import call

    fields = [f for f in dataclasses.fields(cls)]
    positional = [f.name for f in fields if f.init and not f.kw_only]
    named = [f.name for f in fields if f.init and f.kw_only]
    given = bind_fields(lo, cls.__name__, [*positional, *named], args, kwargs)
    for f in fields:
        if f.name in given:
            value = given[f.name]
        elif f.default is not dataclasses.MISSING:
            value = static_value(f.default)
        elif f.default_factory is not dataclasses.MISSING:
            value = call(lo, Static(f.default_factory), [], {})
        elif f.init:
            lo.raise_error(TypeError, f"{cls.__name__}() missing argument {f.name!r}")
        else:
            continue
        set_attribute(lo, made, f.name, value, direct=forbids_assignment(cls))
    if hasattr(cls, "__post_init__"):
        call(lo, method_of(lo, made, "__post_init__"), [], {})


def operator_method(
    lo: Lowering, a: AVal, b: AVal | None, method: str, reflected: str | None
) -> AVal | None:
    """An operator that a class of the user's defines; None if neither operand's does."""
    found = special_call(lo, a, method, [b] if b is not None else [])
    if found is None and b is not None and reflected is not None:
        found = special_call(lo, b, reflected, [a])
    return found


def special_call(lo: Lowering, obj: AVal, method: str, args: Sequence[AVal]) -> AVal | None:
    """Call a special method if the class of ``obj`` is the user's and defines it."""
    from s2s.frontend.calls import call

    cls = class_of(lo, obj)
    if cls is None:
        return None
    found = getattr(cls, method, None)
    if not isinstance(found, types.FunctionType):
        return None
    return call(lo, Bound(obj, Static(found)), list(args), {})
