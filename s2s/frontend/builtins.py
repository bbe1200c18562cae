"""Functions that mean something to the compiler itself, by the Python object they are."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.arrays import (
    apply_row,
    array_type,
    checked,
    is_int,
)
from s2s.frontend.avals import (
    AVal,
    ExceptionA,
    Iter,
    Leaf,
    Partial,
    RangeA,
    SliceA,
    Star,
    Static,
    TupleA,
)
from s2s.frontend.containers import (
    get_item,
    in_library,
    joined_list,
    make_dict,
    make_list,
    unwrap,
)
from s2s.frontend.exceptions import is_instance, text_of
from s2s.frontend.expressions import any_star, both, choose, compare_two, either, truth
from s2s.frontend.facts import static_value
from s2s.frontend.iterate import for_each, indexable, keys_list, known_items, length, sequence
from s2s.frontend.lowering import Lowering
from s2s.frontend.meanings import BUILTINS, Handler, means
from s2s.frontend.objects import class_of, get_attribute, special_call
from s2s.frontend.records import as_dict, as_tuple, fields_of, replace_fields
from s2s.frontend.streams import is_stream
from s2s.ir.core import Value
from s2s.ir.types import (
    BOOL,
    COMPLEX,
    DTYPES,
    FLOAT,
    INT,
    OPAQUE,
    STR,
    Array,
    DictOf,
    Fixed,
    ListOf,
    Named,
    Optional,
    Record,
    Ref,
    Scalar,
    Tuple,
    Type,
)
from s2s.pyast import gast
from s2s.runtime import library


# -------------------------------------------------------------------------------- iterables, lengths
@means(len)
def len_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """len(x)."""
    return length(lo, unwrap(lo, args[0]))


@means(range)
def range_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """range(...)."""
    parts = [unwrap(lo, a) for a in args]
    for part in parts:
        if not is_int(lo, part):
            return lo.raise_error(TypeError, "range() needs integers")
    low, high, step = (
        (Static(0), parts[0], Static(1)) if len(parts) == 1 else (*parts, Static(1))[:3]
    )
    return RangeA(low, high, step)


def iter_maker(kind: str) -> Handler:
    """zip, enumerate, reversed as abstract iterables."""

    def make(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        if len(args) == 1 and isinstance(args[0], Star):  # zip(*rows), turned round
            return args[0].items
        parts = tuple(unwrap(lo, a) for a in args)
        if kind == "enumerate":
            start = kwargs.get("start", parts[1] if len(parts) > 1 else None)
            return Iter(kind, parts[:1], start)
        return Iter(kind, parts)

    return make


BUILTINS[zip], BUILTINS[enumerate], BUILTINS[reversed] = map(
    iter_maker, ("zip", "enumerate", "reversed")
)


def listed(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """list(xs): a new list."""
    from s2s.frontend.comprehensions import listed as make

    return make_list(lo, []) if not args else make(lo, unwrap(lo, args[0]))


def tupled(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """tuple(xs)."""
    if not args:
        return TupleA(())
    items = known_items(lo, args[0], unroll_ranges=True)
    if items is None:
        return listed(lo, args, kwargs)
    return TupleA(tuple(items))


BUILTINS[list], BUILTINS[tuple] = listed, tupled


@means(dict)
def dict_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """dict(a=1), dict(pairs)."""
    pairs: list[tuple[AVal, AVal]] = []
    if args:
        from s2s.frontend.containers import record_keys

        keys = record_keys(lo, args[0])
        if keys is not None:
            pairs = [(Static(k), get_item(lo, args[0], Static(k))) for k in keys]
        else:
            items = known_items(lo, args[0])
            if items is None and not kwargs:
                of_dict = (
                    isinstance(args[0], Leaf)
                    and isinstance(args[0].type, Ref)
                    and (isinstance(lo.heap.of(args[0].type), DictOf))
                )
                maker = library.copied if of_dict else library.from_pairs
                return in_library(lo, maker, args[0])
            if items is None:
                lo.unsupported("dict() of pairs that are not known", "use a dict comprehension")
            for pair in items or ():
                key, value = get_item(lo, pair, Static(0)), get_item(lo, pair, Static(1))
                pairs.append((key, value))
    pairs += [(Static(k), v) for k, v in kwargs.items()]
    return make_dict(lo, pairs)


@means(slice)
def slice_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """slice(a, b)."""
    none = Static(None)
    parts = [none, args[0], none] if len(args) == 1 else [*args, none][:3]
    return SliceA(*parts)


# --------------------------------------------------------------------------------------- reductions
def accumulate(
    lo: Lowering, iterable: AVal, start: AVal | None, step: Callable[[AVal, AVal], AVal]
) -> AVal:
    """Fold an iterable; ``start`` None: its first item."""
    items = known_items(lo, iterable, unroll_ranges=True)
    if items is not None:
        if start is None:
            if not items:
                return lo.raise_error(ValueError, "the iterable is empty")
            start, items = items[0], items[1:]
        for item in items:
            start = step(start, item)
        return start
    if start is None:
        return accumulate_rest(lo, iterable, step)

    key = fold_key(lo)
    lo.state[key] = start

    def bind(item: AVal) -> None:
        lo.state[key] = step(lo.state[key], item)

    for_each(lo, fold_node(lo), iterable, bind, lambda: None)
    return lo.state.pop(key)


def accumulate_rest(lo: Lowering, iterable: AVal, step: Callable[[AVal, AVal], AVal]) -> AVal:
    """Fold an iterable from its second item on, starting with the first."""
    found = sequence(lo, indexable(lo, iterable))
    if found is None or found.count is None:
        return lo.cannot_infer("this value has no first and last item")
    key = fold_key(lo)
    lo.state[key] = found.item(Static(0))

    def bind(position: AVal) -> None:
        lo.state[key] = step(lo.state[key], found.item(position))

    rest = RangeA(Static(1), found.count, Static(1))
    for_each(lo, fold_node(lo), rest, bind, lambda: None)
    return lo.state.pop(key)


def fold_key(lo: Lowering) -> Any:
    """The variable that a fold keeps its result in."""
    within = f"_{lo.place}" if lo.place is not None else ""
    return lo.scope, f"$fold{len(lo.loops)}_{lo.b.span.line}_{lo.b.span.col}{within}"


_fold_nodes: dict[object, Any] = {}


def fold_node(lo: Lowering) -> Any:
    """A node to name the loop of a fold by, the same whenever it is lowered again."""
    key = (lo.scope.path, lo.here)
    if key not in _fold_nodes:
        _fold_nodes[key] = gast.comprehension(
            target=gast.Tuple(elts=[], ctx=gast.Store()), iter=None, ifs=[], is_async=0
        )
    return _fold_nodes[key]


@means(sum, math.fsum)
def sum_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """sum(xs, start)."""
    iterable = unwrap(lo, args[0])
    start = args[1] if len(args) > 1 else kwargs.get("start", Static(0))
    seen = array_type(lo, iterable)
    if seen is not None and seen.rank == 1 and len(args) == 1:
        return apply_row(lo, *kernels.lookup(np.sum), [iterable], {})
    return accumulate(lo, iterable, start, lambda a, b: binary_add(lo, a, b))


def binary_add(lo: Lowering, a: AVal, b: AVal) -> AVal:
    """a + b; a leading 0 of sum() disappears where b is a number."""
    from s2s.frontend.expressions import binary

    if isinstance(a, Static) and a.obj == 0 and isinstance(b, Leaf) and isinstance(b.type, Scalar):
        return b
    return binary(lo, gast.Add, a, b)


def members_of(lo: Lowering, aval: AVal) -> AVal:
    """The members of a set as a list, for what does not depend on their order."""
    if class_of(lo, aval) is not library.Set or not isinstance(aval, Leaf):
        return aval
    entries = get_attribute(lo, aval, "entries")
    assert isinstance(entries, Leaf)
    held = lo.heap.of(entries.type)
    return keys_list(lo, entries, held) if isinstance(held, DictOf) else TupleA(())


def extremum(symbol: Any, reduction: Any, pair: Any) -> Handler:
    """min and max."""

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> Any:
        key = kwargs.get("key")
        default = kwargs.get("default")

        def measure(item: AVal) -> AVal:
            from s2s.frontend.calls import call

            return item if key is None else call(lo, key, [item], {})

        def step(best: AVal, item: AVal) -> AVal:
            if isinstance(best, Static) and isinstance(item, Static) and key is None:
                return Static(pair(best.obj, item.obj))
            test = truth(lo, compare_two(lo, symbol(), measure(item), measure(best)))
            return choose(lo, test, lambda: item, lambda: best)

        if any_star(args):
            iterable: AVal = joined_list(lo, args)
        elif len(args) > 1:
            iterable = TupleA(tuple(args))
        else:
            iterable = unwrap(lo, args[0])
        seen = array_type(lo, iterable)
        if seen is not None and seen.rank == 1 and key is None:
            return apply_row(lo, *kernels.lookup(reduction), [iterable], {})
        iterable = members_of(lo, iterable)
        if default is not None:
            items = known_items(lo, iterable, dry=True)
            if items is not None and not items:
                return default
            if items is None:
                listed = indexable(lo, iterable)
                some = truth(lo, length(lo, listed))
                return choose(lo, some, lambda: accumulate(lo, listed, None, step), lambda: default)

        return accumulate(lo, iterable, None, step)

    return handler


BUILTINS[min] = extremum(gast.Lt, np.min, min)
BUILTINS[max] = extremum(gast.Gt, np.max, max)


def quantifier(kind: str) -> Handler:
    """any and all."""
    combine = either if kind == "any" else both

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        iterable = members_of(lo, unwrap(lo, args[0]))
        if is_stream(iterable):
            return in_library(lo, library.any_of if kind == "any" else library.all_of, iterable)
        start = Static(kind == "all")

        def step(found: AVal, item: AVal) -> AVal:
            return truth(lo, combine(lo, found, lambda: truth(lo, item)))

        return accumulate(lo, iterable, start, step)

    return handler


BUILTINS[any], BUILTINS[all] = quantifier("any"), quantifier("all")


@means(functools.partial)
def partial_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """functools.partial(f, ...)."""
    return Partial(args[0], tuple(args[1:]), kwargs)


# -------------------------------------------------------------------------------- types and objects
@means(isinstance)
def isinstance_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """isinstance(x, C): known from the type, except that an optional value may be None."""
    obj, classes = args
    wanted = tuple(
        p.obj
        for p in (classes.items if isinstance(classes, TupleA) else (classes,))  # type: ignore[union-attr]
    )
    if isinstance(obj, Leaf) and isinstance(obj.type, Optional):
        inner = python_class(lo, Leaf(obj.value), obj.type.item)
        if not issubclass(inner, wanted):
            return Static(False)
        absent = lo.b.value("is_none", (obj.value,), BOOL)
        return Leaf(lo.b.value("not", (absent,), BOOL))
    if isinstance(obj, Static):
        return Static(isinstance(obj.obj, wanted))
    if isinstance(obj, ExceptionA) or (isinstance(obj, Leaf) and obj.type == OPAQUE):
        return is_instance(lo, obj, wanted)
    return Static(issubclass(python_class(lo, obj), wanted))


def python_class(lo: Lowering, obj: AVal, t: Type | None = None) -> type:
    """The Python class of a value."""
    if isinstance(obj, TupleA):
        return obj.cls or tuple
    if isinstance(obj, ExceptionA):
        return obj.cls
    if isinstance(obj, Static):
        return type(obj.obj)
    if isinstance(obj, RangeA):
        return range
    if not isinstance(obj, Leaf):
        return lo.cannot_infer("the class of this value is not known")
    t = obj.type if t is None else t
    match t:
        case Scalar(name):
            python = {"bool": bool, "int": int, "float": float, "complex": complex}
            return python[name] if name in python else np.dtype(DTYPES[name]).type
        case Tuple():
            return tuple
        case Ref():
            content = lo.heap.of(t)
            if isinstance(content, Array):
                return np.ndarray
            if isinstance(content, Fixed | ListOf):
                return list
            if isinstance(content, DictOf):
                return dict
            if isinstance(content, Record) and content.cls == "dict":
                return dict
            return class_of(lo, obj) or object
        case Named("str"):
            return str
    return lo.cannot_infer("the class of this value is not known")


@means(type)
def type_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """type(x)."""
    return Static(python_class(lo, args[0]))


@means(callable)
def callable_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """callable(x)."""
    if isinstance(args[0], Static):
        return Static(callable(args[0].obj))
    return Static(not isinstance(args[0], Leaf | TupleA))


@means(hasattr)
def hasattr_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """hasattr(x, 'name')."""
    obj, name = args
    assert isinstance(name, Static)
    if isinstance(obj, Static):
        return Static(hasattr(obj.obj, name.obj))
    cls = class_of(lo, obj)
    if cls is not None and isinstance(obj, Leaf):
        content = lo.heap.of(obj.type)
        assert isinstance(content, Record)
        return Static(name.obj in dict(content.fields) or hasattr(cls, name.obj))
    return Static(hasattr(python_class(lo, obj), name.obj))


@means(getattr)
def getattr_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """getattr(x, 'name', default)."""
    if not isinstance(args[1], Static):
        lo.unsupported("an attribute name that is computed")
    name = args[1].obj  # type: ignore[union-attr]
    if len(args) > 2:
        found = hasattr_(lo, args[:2], {})
        if isinstance(found, Static) and not found.obj:
            return args[2]
    return get_attribute(lo, args[0], name)


@means(setattr)
def setattr_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """setattr(x, 'name', value)."""
    from s2s.frontend.objects import set_attribute

    if not isinstance(args[1], Static):
        lo.unsupported("an attribute name that is computed")
    set_attribute(lo, args[0], args[1].obj, args[2])  # type: ignore[union-attr]
    return Static(None)


@means(bool)
def bool_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """bool(x)."""
    return truth(lo, args[0]) if args else Static(False)


@means(str, repr)
def str_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """Replaced below."""
    raise AssertionError


def text_maker(show: Callable[[Any], str], conversion: str) -> Handler:
    """str and repr."""

    def make(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        if not args:
            return Static("")
        if isinstance(args[0], Static):
            return Static(show(args[0].obj))
        if isinstance(args[0], ExceptionA) and show is str:
            return text_of(lo, args[0])
        found = special_call(lo, args[0], f"__{show.__name__}__", [])
        if found is not None:
            return found
        template = ((0, conversion, ""),)
        return Leaf(lo.b.value("format", (lo.value(args[0]),), STR, template=template))

    return make


BUILTINS[str], BUILTINS[repr] = text_maker(str, ""), text_maker(repr, "r")


@means(print)
def print_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """print(...): an effect that the forward sweep has, once."""
    if "file" in kwargs:
        lo.unsupported("`print` to a file", "print to standard output")
    known = tuple((k, v.obj) for k, v in kwargs.items() if isinstance(v, Static))
    named = {k: lo.value(v) for k, v in kwargs.items() if not isinstance(v, Static)}
    operands = [*(lo.value(a) for a in args), *named.values()]
    lo.b.emit("print", operands, (), keywords=(*known, *named))
    return Static(None)


@means(divmod)
def divmod_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """divmod(a, b)."""
    from s2s.frontend.expressions import binary

    return TupleA((binary(lo, gast.FloorDiv, *args), binary(lo, gast.Mod, *args)))


@means(pow)
def pow_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> Any:
    """pow(a, b)."""
    from s2s.frontend.expressions import binary

    return binary(lo, gast.Pow, *args) if len(args) == 2 else NotImplemented


BUILTINS[dataclasses.fields] = fields_of
BUILTINS[dataclasses.replace] = replace_fields
BUILTINS[dataclasses.astuple] = as_tuple
BUILTINS[dataclasses.asdict] = as_dict


@means(abs, float, int, complex, round)
def number_of_object(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> Any:
    """Replaced below: of an object, its class decides; of a text, Python; else they are kernels."""
    raise AssertionError


def conversion(function: Any) -> Handler:
    """abs, float, int, complex, round."""

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> Any:
        if not args and not kwargs and function in RESULTS:
            return Static(function())
        if not args or kwargs:
            return NotImplemented
        obj = unwrap(lo, args[0])
        text = isinstance(obj, Static) and isinstance(obj.obj, str)
        if function in RESULTS and (text or (isinstance(obj, Leaf) and obj.type == STR)):
            return number_from_text(lo, function, [obj, *args[1:]])
        found = special_call(lo, obj, f"__{function.__name__}__", args[1:])
        return NotImplemented if found is None else found

    return handler


RESULTS = {float: FLOAT, int: INT, complex: COMPLEX}
for _number in (abs, float, int, complex, round):
    BUILTINS[_number] = conversion(_number)


def number_from_text(lo: Lowering, function: Any, args: list[AVal]) -> AVal:
    """float("2.5"), int("11", 2): raises ValueError where the text is no number."""
    if all(isinstance(a, Static) for a in args):
        try:
            return Static(function(*(a.obj for a in args)))  # type: ignore[attr-defined]
        except ValueError as error:
            return lo.raise_error(ValueError, str(error))
    values = [lo.value(a) for a in args]
    name = lo.facts.symbol(function)

    def emit() -> Value:
        return lo.b.value("pycall", values, RESULTS[function], symbol=name)

    return Leaf(checked(lo, (ValueError,), emit))


# ------------------------------------------------------------------------------------------- texts
def text_method(
    lo: Lowering, receiver: AVal, name: str, args: Sequence[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """A method of a string or of another object without derivative."""
    if isinstance(receiver, Static):
        known = [a.obj for a in args if isinstance(a, Static)]
        if len(known) == len(args) and not kwargs:
            try:
                found = getattr(receiver.obj, name)(*known)
            except Exception as error:
                return lo.raise_error(type(error), str(error))
            if isinstance(found, list):
                return make_list(lo, [static_value(item) for item in found])
            return static_value(found)
        if isinstance(receiver.obj, str) and name in ("format", "join"):
            values = [lo.value(receiver), *(lo.value(a) for a in args)]
            return Leaf(lo.b.value("str_method", values, STR, via=f".{name}"))
    if isinstance(receiver, Leaf) and receiver.type == STR:
        values = [receiver.value, *(lo.value(a) for a in args)]
        return Leaf(lo.b.value("str_method", values, STR, via=f".{name}"))
    return lo.cannot_infer(f"this value has no method {name!r} that s2s knows")
