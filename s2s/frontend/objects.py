"""Attributes, methods and instances of the user's classes."""

from __future__ import annotations

import dataclasses
import enum
import functools
import sys
import types
from collections.abc import Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.errors import nearest_name
from s2s.frontend.arrays import array_type, dims, set_array_item, site
from s2s.frontend.avals import (
    AVal,
    Bound,
    ExceptionA,
    Leaf,
    NewExceptionA,
    RangeA,
    Static,
    TupleA,
)
from s2s.frontend.containers import stored, unwrap
from s2s.frontend.facts import static_value
from s2s.frontend.lowering import Lowering
from s2s.frontend.records import (
    COMPARISONS,
    generated_comparison,
    is_generated,
    member_of,
    named_tuple_attribute,
)
from s2s.frontend.words import class_name
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
    if isinstance(aval, TupleA | ExceptionA | NewExceptionA):
        return aval.cls
    return None


def get_attribute(lo: Lowering, obj: AVal, name: str) -> AVal:
    """`obj.name`."""
    from s2s.frontend import exceptions

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
    if isinstance(obj, ExceptionA | NewExceptionA):
        return exceptions.attribute(lo, obj, name)
    if name == "__class__":
        return python_class_of(lo, obj)
    if isinstance(obj, TupleA):
        found = named_tuple_attribute(lo, obj, name)
        if found is not None:
            return found
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
    return lo.cannot_infer(f"this value has no attribute {name!r} that is known here")


def static_attribute(lo: Lowering, obj: Static, name: str) -> AVal:
    """An attribute of a module, a class or another known object."""
    if type(obj.obj) in (int, float, complex, bool):
        return scalar_attribute(lo, Leaf(lo.value(obj)), name)
    if isinstance(obj.obj, str):
        return Bound(obj, name)
    try:
        found = getattr(obj.obj, name)
    except AttributeError:
        return no_attribute(lo, type(obj.obj), name, obj.obj)
    if isinstance(found, types.MethodType) and found.__self__ is obj.obj:
        return Static(found)
    if may_change(obj.obj):
        return lo.facts.attribute(lo, obj.obj, name, found)
    return static_value(found)


def may_change(owner: object) -> bool:
    """Whether attributes are the user's: read anew, or guarded, at each call."""
    if isinstance(owner, enum.Enum):
        return False
    module = owner.__name__ if isinstance(owner, types.ModuleType) else type(owner).__module__
    if isinstance(owner, type):
        module = owner.__module__
    top = module.partition(".")[0]
    return top == "__main__" or not (
        top in sys.stdlib_module_names or top in ("numpy", "scipy", "s2s")
    )


def scalar_attribute(lo: Lowering, obj: Leaf, name: str) -> AVal:
    """An attribute of a number."""
    from s2s.frontend.arrays import apply_row
    from s2s.frontend.builtins import python_class

    constant = {"ndim": Static(0), "size": Static(1), "shape": TupleA(())}.get(name)
    if constant is not None:
        return constant
    if name == "dtype":
        assert isinstance(obj.type, Scalar)
        return Static(np.dtype(DTYPES.get(obj.type.name, obj.type.name)))
    found = kernels.attribute(name)
    if found is not None:
        return apply_row(lo, found[0], found[1], [obj], {})
    python = python_class(lo, obj)
    return Bound(obj, name) if hasattr(python, name) else no_attribute(lo, python, name)


def no_attribute(lo: Lowering, cls: type, name: str, owner: object = None) -> Any:
    """Raise AttributeError when the program runs, with the nearest name that there is."""
    nearest = nearest_name(name, [n for n in dir(owner or cls) if not n.startswith("_")])
    question = f". Did you mean: {nearest!r}?" if nearest else ""
    shown = class_name(cls)
    what = (
        f"module {owner.__name__!r}" if isinstance(owner, types.ModuleType) else f"{shown!r} object"
    )
    return lo.raise_error(AttributeError, f"{what} has no attribute {name!r}{question}")


def array_attribute(lo: Lowering, obj: Leaf, seen: Array, name: str) -> AVal:
    """An attribute of an array."""
    from s2s.frontend.arrays import apply_row
    from s2s.frontend.expressions import binary
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
            return ravel(lo, obj)
        case "itemsize":
            return Static(np.dtype(DTYPES[seen.dtype]).itemsize)
        case "nbytes":
            size, one = (array_attribute(lo, obj, seen, n) for n in ("size", "itemsize"))
            return binary(lo, gast.Mult, size, one)
    found = kernels.attribute(name)
    if found is not None:
        return apply_row(lo, found[0], found[1], [obj], {})
    if not hasattr(np.ndarray, name):
        return no_attribute(lo, np.ndarray, name)
    if not callable(getattr(np.ndarray, name)):
        lo.unsupported(f"the attribute `.{name}` of an array", "compute it outside")
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
    if name == "__dict__" or isinstance(found, functools.cached_property):
        lo.unsupported(
            f"the attribute {name!r}" if name == "__dict__" else f"the cached property {name!r}",
            "name the attributes" if name == "__dict__" else "use a plain property",
        )
    if cls is not None and hasattr(cls, name):
        return class_attribute(lo, obj, cls, name)
    computed = special_call(lo, obj, "__getattr__", [Static(name)])
    if computed is not None:
        return computed
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
    return lo.facts.attribute(lo, cls, name, found)


def python_class_of(lo: Lowering, obj: AVal) -> AVal:
    """`obj.__class__`."""
    from s2s.frontend.builtins import python_class

    return Static(python_class(lo, obj))


def method_of(lo: Lowering, obj: AVal, name: str) -> AVal:
    """The bound method ``name`` of an instance."""
    cls = class_of(lo, obj)
    assert cls is not None
    return class_attribute(lo, obj, cls, name)


def set_attribute(lo: Lowering, obj: AVal, name: str, value: AVal, making: bool = False) -> None:
    """`obj.name = value`; ``making``: by the `__init__` that `dataclass` wrote, or past the class."""
    from s2s.frontend.calls import call
    from s2s.frontend.exceptions import set_field

    obj = unwrap(lo, obj)
    if isinstance(obj, Leaf) and array_type(lo, obj) is not None:
        set_array_attribute(lo, obj, name, value)
        return
    if isinstance(obj, NewExceptionA):
        set_field(lo, obj, name, value)
        return
    if isinstance(obj, ExceptionA):
        lo.unsupported(
            f"assignment to the attribute {name!r} of an exception",
            "give it to the exception when it is made",
        )
    cls = class_of(lo, obj)
    if cls is None or not isinstance(obj, Leaf):
        lo.unsupported(
            f"assignment to the attribute {name!r} of this value", "use an object of a plain class"
        )
    if not making and forbids_assignment(cls):
        lo.raise_error(dataclasses.FrozenInstanceError, f"cannot assign to field {name!r}")
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
    attrs = {} if writes_plainly(lo, cls) else {"direct": True}
    lo.b.emit("store", operands, (), path=(("attr", name),), **attrs)


def set_array_attribute(lo: Lowering, array: Leaf, name: str, value: AVal) -> None:
    """`z.real = v`, `a.flat = v`, `a.T = v`: attributes of arrays that can be written to."""
    from s2s.frontend.array_functions import EVERYTHING, set_flat_item
    from s2s.frontend.array_parts import PARTS, is_complex_array, set_part

    if name in PARTS and is_complex_array(lo, array):
        set_part(lo, array, Static(Ellipsis), name, value)
    elif name == "real":
        set_array_item(lo, array, Static(Ellipsis), value)
    elif name == "flat":
        set_flat_item(lo, array, EVERYTHING, value)
    elif name in ("shape", "dtype", "strides"):
        lo.unsupported(f"assignment to `.{name}`", "make a new array with reshape or astype")
    else:
        lo.raise_error(AttributeError, f"attribute {name!r} of an array is not writable")


def forbids_assignment(cls: Any) -> bool:
    """Whether only the making of an instance sets its attributes: frozen dataclasses."""
    return dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen  # type: ignore[attr-defined]


def writes_plainly(lo: Lowering, cls: type) -> bool:
    """Whether `obj.name = value` just does it; not so while a frozen dataclass is made."""
    if not isinstance(cls.__setattr__, types.FunctionType):
        return True
    parameters = getattr(cls, "__dataclass_params__", None)
    if parameters is None or not parameters.frozen:
        lo.unsupported("a class that defines `__setattr__`", "use properties")
    return False


def construct(lo: Lowering, cls: type, args: Sequence[AVal], kwargs: dict[str, AVal]) -> AVal:
    """A new instance of a class of the user's."""
    from s2s.frontend.calls import call
    from s2s.frontend.exceptions import construct_exception

    if issubclass(cls, BaseException):
        return construct_exception(lo, cls, args, kwargs)
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return make_named_tuple(lo, cls, args, kwargs)
    if issubclass(cls, enum.Enum):
        return member_of(lo, cls, args)
    refuse_odd_class(lo, cls)
    name = lo.facts.symbol(cls)
    ref = lo.heap.site(site(lo, f"new {name}"), Record(name, ()))
    made = Leaf(lo.b.value("alloc", (), ref, symbol=name))
    own_class_attributes(lo, made, cls)
    init = cls.__init__
    if has_generated_init(cls):
        fill_dataclass(lo, made, cls, args, kwargs)
    elif isinstance(init, types.FunctionType):
        call(lo, Static(init), [made, *args], kwargs)
    elif cls is types.SimpleNamespace and not args:
        for key, value in kwargs.items():
            set_attribute(lo, made, key, value)
    elif args or kwargs:
        lo.raise_error(TypeError, f"{cls.__name__}() takes no arguments")
    return made


def refuse_odd_class(lo: Lowering, cls: type) -> None:
    """Instances whose making is not that of a plain class are refused."""
    if cls.__new__ is not object.__new__ and cls is not types.SimpleNamespace:
        builtin = next((c for c in cls.__mro__ if c.__module__ in ("builtins", "numpy")), object)
        what = "that defines `__new__`" if builtin is object else f"derived from {builtin.__name__}"
        lo.unsupported(
            f"making an instance of {cls.__name__}, a class {what}",
            "use a plain class or a dataclass",
        )
    if type(cls).__call__ is not type.__call__:
        lo.unsupported(
            f"making an instance of {cls.__name__}, whose metaclass defines `__call__`",
            "use a plain class or a dataclass",
        )


def own_class_attributes(lo: Lowering, made: Leaf, cls: type) -> None:
    """Attributes that begin as the class's and are assigned later are the instance's at once."""
    content = lo.heap.of(made.type)
    assert isinstance(content, Record)
    for name, _ in content.fields:
        found = getattr(cls, name, None)
        data = isinstance(found, int | float | complex | str | np.ndarray | np.generic | tuple)
        if data and not isinstance(found, types.MemberDescriptorType):
            set_attribute(lo, made, name, class_attribute(lo, made, cls, name), making=True)


def has_generated_init(cls: type) -> bool:
    """Whether `dataclass` wrote the `__init__` of a class."""
    code = getattr(cls.__init__, "__code__", None)
    return (
        dataclasses.is_dataclass(cls)
        and "__init__" in cls.__dict__
        and code is not None
        and code.co_filename == "<string>"
    )


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
    lo: Lowering, made: AVal, cls: Any, args: Sequence[AVal], kwargs: dict[str, AVal]
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
        set_attribute(lo, made, f.name, value, making=True)
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
    if is_generated(found):
        if method in COMPARISONS:
            return generated_comparison(lo, obj, method, args[0])
        return None
    return call(lo, Bound(obj, Static(found)), list(args), {})
