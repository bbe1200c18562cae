"""What the functions and containers of Python's standard library mean: most are Python themselves."""

from __future__ import annotations

import bisect
import collections
import functools
import heapq
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2s.frontend.arrays import site
from s2s.frontend.avals import AVal, Iter, Leaf, Partial, Static, TupleA
from s2s.frontend.builtins import accumulate, members_of
from s2s.frontend.calls import call, call_function
from s2s.frontend.containers import get_dict_item, get_item, make_list
from s2s.frontend.expressions import BINARY, COMPARE, UNARY, binary, compare_two, unary_of
from s2s.frontend.iterate import indexable, known_items
from s2s.frontend.lowering import Lowering
from s2s.frontend.meanings import BUILTINS, means
from s2s.frontend.objects import construct
from s2s.ir.types import INT, ListOf
from s2s.runtime import library

Arguments = list[AVal]
Keywords = dict[str, AVal]


def run_library(lo: Lowering, function: Any, *args: AVal, **kwargs: AVal) -> AVal:
    """Lower a call of a function of the library."""
    return call_function(lo, function, args, kwargs)


def stands_for(function: Any) -> Callable[[Lowering, Arguments, Keywords], AVal]:
    """The meaning of a function for which the library has one."""

    def handler(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
        return call_function(lo, function, args, kwargs)

    return handler


for _theirs, _ours in (
    (itertools.chain, library.chain),
    (itertools.chain.from_iterable, library.chain_of),
    (itertools.accumulate, library.accumulate),
    (itertools.pairwise, library.pairwise),
    (itertools.product, library.product),
    (itertools.combinations, library.combinations),
    (itertools.combinations_with_replacement, library.combinations_with_replacement),
    (itertools.permutations, library.permutations),
    (itertools.takewhile, library.takewhile),
    (itertools.starmap, library.starmap),
    (bisect.bisect_left, library.bisect_left),
    (bisect.bisect_right, library.bisect_right),
    (bisect.insort, library.insort),
    (heapq.heappush, library.heappush),
    (heapq.heappop, library.heappop),
    (heapq.heapify, library.heapify),
):
    BUILTINS[_theirs] = stands_for(_ours)


# ------------------------------------------------------------------------- what the library builds on
@means(library.indexable)
def indexable_(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """The same, or a list of what can only be run."""
    return members_of(lo, indexable(lo, args[0]))


@means(library.sort_order)
def sort_order(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """The order of a list of keys."""
    keys, reverse = args
    if not isinstance(reverse, Static):
        return lo.unsupported("`reverse` that is computed", "write both cases out")
    ref = lo.heap.site(site(lo, "order"), ListOf(INT))
    return Leaf(lo.b.value("sort_order", (lo.value(keys),), ref, reverse=bool(reverse.obj)))


@means(library.dict_pop)
def dict_pop(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """An entry taken out of a dict."""
    obj, key = args
    assert isinstance(obj, Leaf)
    return get_dict_item(lo, obj, lo.heap.of(obj.type), key, taken=True)


@means(library.members)
def members(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """The members of a set, where their order does not matter."""
    return members_of(lo, args[0])


# ------------------------------------------------------------------------------------------- sorting
@means(sorted)
def sorted_(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """sorted(xs, key=, reverse=): in an order known now where the keys are."""
    items = indexable(lo, members_of(lo, args[0]))
    key, reverse = kwargs.get("key", Static(None)), kwargs.get("reverse", Static(False))
    found = known_items(lo, items, unroll_ranges=True)
    if found is not None and isinstance(reverse, Static):
        keys = [keyed(lo, key, item) for item in found] if is_static_data(found) else None
        order = known_order(keys, bool(reverse.obj)) if keys is not None else None
        if order is not None:
            return make_list(lo, [found[k] for k in order])
    return run_library(lo, library.in_order, items, key, reverse)


def is_static_data(items: Sequence[AVal]) -> bool:
    """Whether items hold something known at all, by which they may be sorted."""
    return all(
        isinstance(item, Static) or (isinstance(item, TupleA) and is_static_data(item.items[:1]))
        or (isinstance(item, TupleA) and any(isinstance(part, Static) for part in item.items))
        for item in items
    )  # fmt: skip


def keyed(lo: Lowering, key: AVal, item: AVal) -> AVal:
    """The key of an item."""
    known = isinstance(key, Static) and key.obj is None
    return item if known else call(lo, key, [item], {})


def known_order(keys: Sequence[AVal], reverse: bool) -> list[int] | None:
    """The sorted positions of keys that are known, as far as they differ; None if they are not."""
    plain = []
    for key in keys:
        parts = key.items if isinstance(key, TupleA) else (key,)
        known = []
        for part in parts:
            if not isinstance(part, Static):
                break
            known.append(part.obj)
        if not known or (len(known) < len(parts) and len(parts) > 1 and known in plain):
            return None
        plain.append(known)
    whole = all(isinstance(k, Static) for k in keys)
    if not whole and any(plain.count(k) > 1 for k in plain):
        return None
    return sorted(range(len(plain)), key=plain.__getitem__, reverse=reverse)


def sort_list(lo: Lowering, obj: Leaf, kwargs: Keywords) -> AVal:
    """`xs.sort(key=, reverse=)`."""
    run_library(lo, library.refill, obj, sorted_(lo, [obj], kwargs))
    return Static(None)


# ----------------------------------------------------------------------------------------- iterators
@means(filter)
def filter_(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """filter(f, xs)."""
    return Iter("filter", (args[1], args[0]))


@means(map)
def map_(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """map(f, xs, ys...)."""
    if len(args) == 2:
        return Iter("map", (args[1], args[0]))
    return run_library(lo, library.map_over, args[0], TupleA(tuple(args[1:])))


@means(itertools.count)
def count(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """itertools.count(start, step)."""
    start = args[0] if args else kwargs.get("start", Static(0))
    step = args[1] if len(args) > 1 else kwargs.get("step", Static(1))
    return Iter("count", (start, step))


@means(itertools.cycle)
def cycle(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """itertools.cycle(xs)."""
    return Iter("cycle", (indexable(lo, args[0]),))


@means(itertools.repeat)
def repeat(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """itertools.repeat(x, n)."""
    times = args[1:2] or ([kwargs["times"]] if "times" in kwargs else [])
    return Iter("repeat", (args[0], *times))


@means(itertools.islice)
def islice(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """itertools.islice(xs, stop), (xs, start, stop, step)."""
    items, *bounds = args
    start, stop, step = (
        (Static(0), *bounds, Static(1)) if len(bounds) == 1 else (*bounds, Static(1))[:3]
    )
    return run_library(lo, library.islice, items, start, stop, step)


# ----------------------------------------------------------------------------------------- operators
def operator_of(kind: type) -> Any:
    """A function of the module `operator`."""

    def handler(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
        return binary(lo, kind, *args)

    return handler


def comparison_of(kind: type) -> Any:
    """A comparison of the module `operator`."""

    def handler(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
        return compare_two(lo, kind(), *args)

    return handler


def unary_operator(kind: type) -> Any:
    """An operator with one operand."""

    def handler(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
        return unary_of(lo, kind, args[0])

    return handler


for _kind, (_, _function, *_) in BINARY.items():
    BUILTINS[_function] = operator_of(_kind)
for _kind, (_, _function, *_) in COMPARE.items():
    BUILTINS[_function] = comparison_of(_kind)
for _kind, (_, _function, *_) in UNARY.items():
    BUILTINS[_function] = unary_operator(_kind)


@means(operator.getitem)
def getitem(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """operator.getitem(xs, k)."""
    return get_item(lo, *args)


@means(operator.itemgetter)
def itemgetter(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """operator.itemgetter(k): a function of what it is asked of."""
    if len(args) != 1:
        return lo.unsupported("itemgetter of several keys", "write a lambda")
    return Partial(Static(library.item_at), (args[0],), {})


@means(functools.cache, functools.lru_cache)
def cache(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """functools.cache(f), functools.lru_cache(maxsize=None)(f)."""
    if args and not isinstance(args[0], Static):
        return run_library(lo, library.memoised, args[0])
    return Static(library.memoised)


@means(functools.wraps)
def wraps(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """functools.wraps(f): a decorator that changes what nothing here asks for."""
    return Static(library.unchanged)


@means(functools.reduce)
def reduce_(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """functools.reduce(f, xs, start)."""
    start = args[2] if len(args) > 2 else None
    return accumulate(lo, args[1], start, lambda a, b: call(lo, args[0], [a, b], {}))


# ---------------------------------------------------------------------------------------- containers
def container(cls: type) -> Any:
    """A container of the standard library: an instance of the library's class."""

    def handler(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
        return construct(lo, cls, [members_of(lo, a) for a in args], kwargs)

    return handler


for _theirs, _cls in (
    (set, library.Set),
    (frozenset, library.Set),
    (collections.deque, library.Deque),
    (collections.defaultdict, library.DefaultDict),
    (collections.Counter, library.Counter),
):
    BUILTINS[_theirs] = container(_cls)


# ------------------------------------------------------------------------------------ lists of arrays
def of_many(function: Any) -> Any:
    """`np.stack` and its like of a list whose length is not known; the rest is a kernel's."""

    def handler(lo: Lowering, args: Arguments, kwargs: Keywords) -> Any:
        if not args or known_items(lo, args[0], dry=True) is not None:
            return NotImplemented
        return call_function(lo, function, [indexable(lo, args[0]), *args[1:]], kwargs)

    return handler


for _theirs, _ours in (
    (np.concatenate, library.concatenate),
    (np.stack, library.stack),
    (np.vstack, library.vstack),
    (np.hstack, library.hstack),
    (np.column_stack, library.column_stack),
):
    BUILTINS[_theirs] = of_many(_ours)


def make_set(lo: Lowering, items: AVal) -> AVal:
    """`{a, b}`."""
    return construct(lo, library.Set, [items], {})


@means(collections.namedtuple)
def namedtuple(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """namedtuple("P", "x y"): the class, made now and once for each place."""
    parts = [known_items(lo, a) if not isinstance(a, Static) else a for a in args]
    given = [
        p.obj if isinstance(p, Static) else [getattr(i, "obj", None) for i in p or ()]
        for p in parts
    ]
    key = site(lo, "namedtuple")
    if kwargs or any(p is None for p in parts):
        lo.unsupported("this call of namedtuple", "define the class outside of the function")
    if key not in lo.facts.made:
        lo.facts.made[key] = collections.namedtuple(*given)  # type: ignore[misc]
    return Static(lo.facts.made[key])


@means(dict.fromkeys)
def fromkeys(lo: Lowering, args: Arguments, kwargs: Keywords) -> AVal:
    """dict.fromkeys(keys, value)."""
    pairs = Iter("zip", (args[0], Iter("repeat", (args[1] if len(args) > 1 else Static(None),))))
    return call(lo, Static(dict), [pairs], {})
