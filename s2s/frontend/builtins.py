"""Functions that mean something to the compiler itself, by the Python object they are."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.arrays import (
    Index,
    apply_operator,
    apply_row,
    array_type,
    box,
    dims,
    is_int,
    parse_index,
    read,
    require_floating,
    store,
)
from s2s.frontend.avals import AVal, Iter, Leaf, Partial, RangeA, SliceA, Static, TupleA
from s2s.frontend.containers import get_item, list_content, make_dict, make_list, unwrap
from s2s.frontend.expressions import both, choose, compare_two, either, truth
from s2s.frontend.iterate import for_each, known_items, length
from s2s.frontend.lowering import Lowering
from s2s.ir.types import (
    BOOL,
    DTYPES,
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

Handler = Callable[[Lowering, list[AVal], dict[str, AVal]], Any]
BUILTINS: dict[Any, Handler] = {}


def means(*objects: Any) -> Callable[[Handler], Handler]:
    """Register the meaning of Python functions."""

    def register(handler: Handler) -> Handler:
        BUILTINS.update(dict.fromkeys(objects, handler))
        return handler

    return register


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


@means(zip, enumerate, reversed)
def zip_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """Replaced below by one closure for each."""
    raise AssertionError


def iter_maker(kind: str) -> Handler:
    """zip, enumerate, reversed as abstract iterables."""

    def make(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        parts = tuple(unwrap(lo, a) for a in args)
        if kind == "enumerate":
            start = kwargs.get("start", parts[1] if len(parts) > 1 else None)
            return Iter(kind, parts[:1], start)
        return Iter(kind, parts)

    return make


BUILTINS[zip], BUILTINS[enumerate], BUILTINS[reversed] = map(
    iter_maker, ("zip", "enumerate", "reversed")
)


@means(map)
def map_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """map(f, xs)."""
    if len(args) == 2:
        return Iter("map", (args[1], args[0]))
    return lo.unsupported("map of several sequences", "use a comprehension over zip")


@means(list, tuple)
def list_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """Replaced below."""
    raise AssertionError


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
    key = (lo.scope, f"$fold{len(lo.loops)}_{lo.b.span.line}_{lo.b.span.col}")
    node = fold_node(lo)
    if start is None:
        start = get_item(lo, iterable, Static(0))
    lo.state[key] = start

    def bind(item: AVal) -> None:
        lo.state[key] = step(lo.state[key], item)

    for_each(lo, node, iterable, bind, lambda: None)
    return lo.state.pop(key)


_fold_nodes: dict[object, Any] = {}


def fold_node(lo: Lowering) -> Any:
    """A node to name the loop of a fold by, the same whenever it is lowered again."""
    key = (lo.scope.path, lo.b.span)
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


def extremum(symbol: Any, reduction: Any, pair: Any) -> Handler:
    """min and max."""

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> Any:
        key = kwargs.get("key")
        default = kwargs.get("default")
        if len(args) > 1:
            iterable: AVal = TupleA(tuple(args))
        else:
            iterable = unwrap(lo, args[0])
        seen = array_type(lo, iterable)
        if seen is not None and seen.rank == 1 and key is None:
            return apply_row(lo, *kernels.lookup(reduction), [iterable], {})
        if default is not None:
            items = known_items(lo, iterable)
            if items is not None and not items:
                return default

        def measure(item: AVal) -> AVal:
            from s2s.frontend.calls import call

            return item if key is None else call(lo, key, [item], {})

        def step(best: AVal, item: AVal) -> AVal:
            if isinstance(best, Static) and isinstance(item, Static) and key is None:
                return Static(pair(best.obj, item.obj))
            test = truth(lo, compare_two(lo, symbol(), measure(item), measure(best)))
            return choose(lo, test, lambda: item, lambda: best)

        return accumulate(lo, iterable, None, step)

    return handler


BUILTINS[min] = extremum(gast.Lt, np.min, min)
BUILTINS[max] = extremum(gast.Gt, np.max, max)


@means(any, all)
def any_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """Replaced below."""
    raise AssertionError


def quantifier(kind: str) -> Handler:
    """any and all."""
    combine = either if kind == "any" else both

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        iterable = unwrap(lo, args[0])
        start = Static(kind == "all")

        def step(found: AVal, item: AVal) -> AVal:
            return truth(lo, combine(lo, found, lambda: truth(lo, item)))

        return accumulate(lo, iterable, start, step)

    return handler


BUILTINS[any], BUILTINS[all] = quantifier("any"), quantifier("all")


@means(functools.reduce)
def reduce_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """functools.reduce(f, xs, start)."""
    from s2s.frontend.calls import call

    start = args[2] if len(args) > 2 else None
    return accumulate(lo, unwrap(lo, args[1]), start, lambda a, b: call(lo, args[0], [a, b], {}))


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
    return Static(issubclass(python_class(lo, obj), wanted))


def python_class(lo: Lowering, obj: AVal, t: Type | None = None) -> type:
    """The Python class of a value."""
    from s2s.frontend.objects import class_of

    if isinstance(obj, TupleA):
        return obj.cls or tuple
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
    from s2s.frontend.objects import class_of

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
    from s2s.frontend.objects import get_attribute

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
    """str(x)."""
    if isinstance(args[0], Static):
        return Static(str(args[0].obj))
    return Leaf(lo.b.value("format", (lo.value(args[0]),), STR, template=((0, "", ""),)))


@means(print)
def print_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """print(...): an effect that the forward sweep has, once."""
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


# ----------------------------------------------------------------------------------------- copying
@means(copy.copy, copy.deepcopy)
def copy_(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """Copies of arrays and lists of numbers."""
    obj = unwrap(lo, args[0])
    if isinstance(obj, Static | TupleA) or (isinstance(obj, Leaf) and isinstance(obj.type, Scalar)):
        return obj
    if array_type(lo, obj) is not None:
        return fresh_copy(lo, obj)
    content = list_content(lo, obj)
    if content is not None:
        item = lo.heap.item_of(content)
        if item is None or not isinstance(item, Ref):
            return make_copy_of_list(lo, obj)
    return lo.unsupported("copy of this object", "build the copy from its parts")


def make_copy_of_list(lo: Lowering, obj: AVal) -> AVal:
    """A shallow copy of a list."""
    none = Static(None)
    return get_item(lo, obj, SliceA(none, none, none))


def fresh_copy(lo: Lowering, obj: AVal) -> AVal:
    """A copy of an array."""
    value = read(lo, obj)
    return box(lo, lo.b.value("copy", (value,), value.type), "copy")


# ------------------------------------------------------------------------------- arrays from Python
def array_maker(copies: bool, name: str) -> Handler:
    """np.array, np.asarray and their like."""

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> Any:
        obj = unwrap(lo, args[0])
        dtype = kwargs.get("dtype", args[1] if len(args) > 1 else None)
        seen = array_type(lo, obj)
        wanted = dtype_name(lo, dtype) if dtype is not None else None
        if isinstance(kwargs.get("copy"), Static) and not kwargs["copy"].obj:  # type: ignore[attr-defined]
            copies_now = False
        else:
            copies_now = copies
        if seen is not None and (wanted is None or DTYPES[seen.dtype] == wanted):
            return fresh_copy(lo, obj) if copies_now else obj
        value = read(lo, obj)
        if not isinstance(value.type, Array):
            row, _ = kernels.lookup(np.asarray)
            t = kernels.infer(row, "np.asarray", (value.type,), {})
            value = lo.b.value(row.name, (value,), t, via=name)
        if wanted is not None and DTYPES[value.type.dtype] != wanted:
            row, via = kernels.method("astype")
            return apply_row(lo, row, via, [Leaf(value)], {"dtype": wanted})
        return box(lo, value, "array")

    return handler


for _function, _copies in ((np.array, True), (np.asarray, False), (np.asanyarray, False),
                           (np.ascontiguousarray, False)):  # fmt: skip
    BUILTINS[_function] = array_maker(_copies, f"np.{_function.__name__}")


def dtype_name(lo: Lowering, aval: AVal) -> str | None:
    """NumPy's name of a dtype argument."""
    if isinstance(aval, Static):
        return None if aval.obj is None else np.dtype(aval.obj).name
    return lo.cannot_infer("a dtype must be known")


@means(np.copy)
def np_copy(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """np.copy(a)."""
    return fresh_copy(lo, args[0])


@means(np.shape)
def np_shape(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """np.shape(a)."""
    seen = array_type(lo, args[0])
    if seen is not None:
        return dims(lo, args[0], seen)  # type: ignore[arg-type]
    return TupleA(())


@means(np.ndim)
def np_ndim(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """np.ndim(a)."""
    from s2s.frontend.objects import get_attribute

    seen = array_type(lo, args[0])
    return Static(0) if seen is None else get_attribute(lo, args[0], "ndim")


@means(np.size)
def np_size(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """np.size(a)."""
    from s2s.frontend.objects import get_attribute

    return get_attribute(lo, args[0], "size")


@means(np.isscalar)
def np_isscalar(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """np.isscalar(a)."""
    if isinstance(args[0], Static):
        return Static(np.isscalar(args[0].obj))
    return Static(isinstance(args[0], Leaf) and isinstance(args[0].type, Scalar))


def kind_of_number(is_complex: bool) -> Handler:
    """np.iscomplexobj and np.isrealobj: known from the type."""

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        t = read(lo, args[0]).type
        name = t.dtype if isinstance(t, Array) else getattr(t, "name", "")
        return Static((name[:1] == "c") == is_complex)

    return handler


BUILTINS[np.iscomplexobj], BUILTINS[np.isrealobj] = map(kind_of_number, (True, False))


def ufunc_method(
    lo: Lowering, ufunc: np.ufunc, name: str, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """np.add.at, np.add.reduce and their like."""
    from s2s.frontend.calls import no_rule

    if name == "at" and ufunc in (np.add, np.subtract):
        array, key, value = args
        seen = array_type(lo, array)
        assert isinstance(array, Leaf) and seen is not None and isinstance(array.type, Ref)
        index = parse_index(lo, key, seen.rank)
        if ufunc is np.subtract:
            value = apply_operator(lo, "u-", [value])
        lo.heap.mark_mutated(array.type)
        require_floating(lo, array)
        operands = (array.value, *index.operands, read(lo, value))
        lo.b.emit("accum_at", operands, (), path=tuple(index.path))
        return Static(None)
    raise no_rule(lo, f"np.{ufunc.__name__}.{name}")


# ------------------------------------------------------------------------------------------ methods
def array_method(
    lo: Lowering, obj: Leaf, seen: Array, name: str, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal | None:
    """Methods of arrays that are not a kernel: those that copy, write, or answer in Python."""
    match name, args:
        case "copy", _:
            return fresh_copy(lo, obj)
        case "item", []:
            value = read(lo, obj)
            python = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}
            t = Scalar(python[seen.dtype[0]])
            return Leaf(lo.b.value("array_item", (value,), t, via=".item"))
        case "item", [key]:
            return get_item(lo, obj, key)
        case "fill", [value]:
            store(lo, obj, Index(), read(lo, value), seen)
            return Static(None)
        case "tolist", [] if seen.rank == 1:
            from s2s.frontend.comprehensions import listed as make

            return make(lo, obj)
        case "sort", []:
            row, via = kernels.lookup(np.sort)
            value = read(lo, obj)
            store(lo, obj, Index(), lo.b.value(row.name, (value,), value.type, via=via), seen)
            return Static(None)
        case "conj" | "conjugate", [] if seen.dtype[0] != "c":
            return obj
        case "conjugate", []:
            return apply_row(lo, *kernels.lookup(np.conj), [obj], {})
    return None


def text_method(
    lo: Lowering, receiver: AVal, name: str, args: Sequence[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """A method of a string or of another object without derivative."""
    if isinstance(receiver, Static):
        known = [a.obj for a in args if isinstance(a, Static)]
        if len(known) == len(args) and not kwargs:
            from s2s.frontend.facts import static_value

            return static_value(getattr(receiver.obj, name)(*known))
        if isinstance(receiver.obj, str) and name in ("format", "join"):
            values = [lo.value(receiver), *(lo.value(a) for a in args)]
            return Leaf(lo.b.value("str_method", values, STR, via=f".{name}"))
    if isinstance(receiver, Leaf) and receiver.type == STR:
        values = [receiver.value, *(lo.value(a) for a in args)]
        return Leaf(lo.b.value("str_method", values, STR, via=f".{name}"))
    return lo.cannot_infer(f"this value has no method {name!r} that s2s knows")
