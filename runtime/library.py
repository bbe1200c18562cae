"""Functions and containers of Python, written in the Python that s2s reads.

They stand for those of the standard library in programs that are lowered: nothing here knows anything
of derivatives.  What is called here and has no body is known to the front end by its name.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np


def indexable(items: Any) -> Any:
    """``items`` itself where its items are found by position, else a list of them."""
    return list(items)


def sort_order(keys: list[Any], reverse: bool) -> list[int]:
    """The positions of ``keys`` in sorted order; equal ones stay in their order."""
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def dict_pop(entries: dict[Any, Any], key: Any) -> Any:
    """Take the entry at ``key`` out of a dict."""
    return entries.pop(key)


def any_of(items: Any) -> bool:
    """`any`."""
    for item in items:  # noqa: SIM110
        if item:
            return True
    return False


def all_of(items: Any) -> bool:
    """`all`."""
    for item in items:  # noqa: SIM110
        if not item:
            return False
    return True


def first_of(items: Any) -> Any:
    """`next(items)` of an iterator that is used for this alone."""
    for item in items:
        return item
    raise StopIteration


def first_or(items: Any, default: Any) -> Any:
    """`next(items, default)`."""
    for item in items:
        return item
    return default


def item_at(key: Any, items: Any) -> Any:
    """`operator.itemgetter(key)(items)`."""
    return items[key]


def unchanged(function: Any) -> Any:
    """The function itself."""
    return function


def memoised(function: Any) -> Any:
    """`functools.cache(function)`."""
    known: dict[Any, Any] = {}

    def call(*args: Any) -> Any:
        if args not in known:
            known[args] = function(*args)
        return known[args]

    return call


# ------------------------------------------------------------------------------------------ sorting
def in_order(items: Any, key: Any, reverse: bool) -> list[Any]:
    """`sorted`."""
    found = list(items)
    keys = found if key is None else [key(v) for v in found]
    return [found[k] for k in sort_order(keys, reverse)]


def refill(items: list[Any], found: list[Any]) -> None:
    """Put ``found`` in the place of as many items."""
    for k in range(len(found)):
        items[k] = found[k]


def bisect_left(items: Any, x: Any, lo: int = 0, hi: int | None = None) -> int:
    """`bisect.bisect_left`."""
    first, last = lo, len(items) if hi is None else hi
    while first < last:
        middle = (first + last) // 2
        if items[middle] < x:
            first = middle + 1
        else:
            last = middle
    return first


def bisect_right(items: Any, x: Any, lo: int = 0, hi: int | None = None) -> int:
    """`bisect.bisect_right`."""
    first, last = lo, len(items) if hi is None else hi
    while first < last:
        middle = (first + last) // 2
        if x < items[middle]:
            last = middle
        else:
            first = middle + 1
    return first


def insort(items: list[Any], x: Any) -> None:
    """`bisect.insort`."""
    items.insert(bisect_right(items, x), x)


def heappush(heap: list[Any], item: Any) -> None:
    """`heapq.heappush`."""
    heap.append(item)
    sift_down(heap, 0, len(heap) - 1)


def heappop(heap: list[Any]) -> Any:
    """`heapq.heappop`."""
    last = heap.pop()
    if len(heap) == 0:
        return last
    first = heap[0]
    heap[0] = last
    sift_up(heap, 0)
    return first


def heapify(heap: list[Any]) -> None:
    """`heapq.heapify`."""
    for k in range(len(heap) // 2 - 1, -1, -1):
        sift_up(heap, k)


def sift_down(heap: list[Any], start: int, where: int) -> None:
    """Move the item at ``where`` towards ``start`` until its parent is no larger."""
    item = heap[where]
    place = where
    while place > start:
        parent = (place - 1) // 2
        if not item < heap[parent]:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = item


def sift_up(heap: list[Any], where: int) -> None:
    """Move the smaller children up from ``where``, and the item there to where it belongs."""
    item = heap[where]
    place = where
    child = 2 * place + 1
    while child < len(heap):
        if child + 1 < len(heap) and not heap[child] < heap[child + 1]:
            child = child + 1
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    sift_down(heap, where, place)


# -------------------------------------------------------------------------------------------- lists
def lists_equal(a: Any, b: Any) -> bool:
    """`a == b` of two lists."""
    if len(a) != len(b):
        return False
    return all(a[k] == b[k] for k in range(len(a)))


def remove(items: list[Any], value: Any) -> None:
    """`items.remove(value)`."""
    for k in range(len(items)):
        if items[k] == value:
            items.pop(k)
            return
    raise ValueError("list.remove(x): x not in list")


def clear(items: list[Any]) -> None:
    """`items.clear()`."""
    while len(items) > 0:
        items.pop()


def position(n: int, bound: int) -> int:
    """Where a bound of a slice of ``n`` items lies."""
    return max(bound + n, 0) if bound < 0 else min(bound, n)


def assign_slice(items: list[Any], low: int | None, high: int | None, values: Any) -> None:
    """`items[low:high] = values`."""
    found = list(values)
    start = 0 if low is None else position(len(items), low)
    stop = len(items) if high is None else position(len(items), high)
    for _ in range(stop - start):
        items.pop(start)
    for k in range(len(found)):
        items.insert(start + k, found[k])


def assign_steps(items: list[Any], places: Any, values: Any) -> None:
    """`items[a:b:c] = values`; ``places``: the positions."""
    found = list(values)
    if len(found) != len(places):
        raise ValueError("attempt to assign sequence to extended slice of another size")
    for k in range(len(found)):
        items[places[k]] = found[k]


def delete_slice(items: list[Any], low: int | None, high: int | None) -> None:
    """`del items[low:high]`."""
    start = 0 if low is None else position(len(items), low)
    stop = len(items) if high is None else position(len(items), high)
    for _ in range(stop - start):
        items.pop(start)


def transposed(rows: Any) -> list[list[Any]]:
    """`zip(*rows)`, each item a list."""
    if len(rows) == 0:
        return []
    n = min([len(row) for row in rows])
    return [[row[k] for row in rows] for k in range(n)]


def map_over(function: Any, columns: Any) -> Iterator[Any]:
    """`map(function, *columns)`."""
    for row in zip(*columns):  # noqa: B905
        yield function(*row)


def concatenate(arrays: Any, axis: int = 0) -> Any:
    """`np.concatenate` of a list of any length."""
    first = arrays[0]
    if axis != 0:
        for k in range(1, len(arrays)):
            first = np.concatenate([first, arrays[k]], axis=axis)
        return first
    n = 0
    for part in arrays:
        n += len(part)
    found = np.zeros((n, *first.shape[1:]), dtype=first.dtype)
    start = 0
    for part in arrays:
        stop = start + len(part)
        found[start:stop] = part
        start = stop
    return found


def stack(arrays: Any, axis: int = 0) -> Any:
    """`np.stack` of a list of any length."""
    found = np.array(arrays)
    return found if axis == 0 else np.moveaxis(found, 0, axis)


def vstack(arrays: Any) -> Any:
    """`np.vstack` of a list of any length."""
    return np.array(arrays) if arrays[0].ndim == 1 else concatenate(arrays)


def hstack(arrays: Any) -> Any:
    """`np.hstack` of a list of any length."""
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1)


def column_stack(arrays: Any) -> Any:
    """`np.column_stack` of a list of any length."""
    return stack(arrays, 1) if arrays[0].ndim == 1 else concatenate(arrays, 1)


# -------------------------------------------------------------------------------------------- dicts
def merged(a: Any, b: Any) -> dict[Any, Any]:
    """`a | b`."""
    found = {key: value for key, value in a.items()}
    for key, value in b.items():
        found[key] = value
    return found


def copied(entries: Any) -> dict[Any, Any]:
    """`dict(entries)`."""
    return {key: value for key, value in entries.items()}


def from_pairs(pairs: Any) -> dict[Any, Any]:
    """`dict(pairs)`."""
    return {key: value for key, value in pairs}


def update(entries: Any, other: Any) -> None:
    """`entries.update(other)` of another dict."""
    for key, value in other.items():
        entries[key] = value


def pop_or(entries: Any, key: Any, default: Any) -> Any:
    """`entries.pop(key, default)`."""
    if key in entries:
        return dict_pop(entries, key)
    return default


def clear_dict(entries: Any) -> None:
    """`entries.clear()`."""
    for key in list(entries):
        dict_pop(entries, key)


# ---------------------------------------------------------------------------------------- iterators
def chain(*iterables: Any) -> Iterator[Any]:
    """`itertools.chain`."""
    for items in iterables:
        yield from items


def chain_of(iterables: Any) -> Iterator[Any]:
    """`itertools.chain.from_iterable`."""
    for items in iterables:
        yield from items


def accumulate(items: Any, func: Any = operator.add, *, initial: Any = None) -> Iterator[Any]:
    """`itertools.accumulate`."""
    pool = indexable(items)
    if initial is None:
        if len(pool) == 0:
            return
        total = pool[0]
        start = 1
    else:
        total = initial
        start = 0
    yield total
    for k in range(start, len(pool)):
        total = func(total, pool[k])
        yield total


def pairwise(items: Any) -> Iterator[Any]:
    """`itertools.pairwise`."""
    pool = indexable(items)
    for k in range(len(pool) - 1):
        yield pool[k], pool[k + 1]


def product(*iterables: Any, repeat: int = 1) -> Iterator[Any]:
    """`itertools.product`."""
    pools = iterables * repeat
    if len(pools) == 0:
        yield ()
    else:
        for first in pools[0]:
            for rest in product(*pools[1:]):
                yield (first, *rest)


def combinations(items: Any, r: int) -> Iterator[Any]:
    """`itertools.combinations`."""
    yield from combinations_from(indexable(items), 0, r, 0)


def combinations_with_replacement(items: Any, r: int) -> Iterator[Any]:
    """`itertools.combinations_with_replacement`."""
    yield from combinations_from(indexable(items), 0, r, 1)


def combinations_from(pool: Any, start: int, r: int, repeated: int) -> Iterator[Any]:
    """Choices of ``r`` items from position ``start`` on."""
    if r == 0:
        yield ()
    else:
        for i in range(start, len(pool)):
            for rest in combinations_from(pool, i + 1 - repeated, r - 1, repeated):
                yield (pool[i], *rest)


def permutations(items: Any, r: int | None = None) -> Iterator[Any]:
    """`itertools.permutations`."""
    pool = indexable(items)
    yield from permutations_from(pool, (), len(pool) if r is None else r)


def permutations_from(pool: Any, taken: tuple[int, ...], r: int) -> Iterator[Any]:
    """Orders of ``r`` items that are not taken."""
    if r == 0:
        yield ()
    else:
        for i in range(len(pool)):
            if i not in taken:
                for rest in permutations_from(pool, (*taken, i), r - 1):
                    yield (pool[i], *rest)


def islice(items: Any, start: int, stop: int | None, step: int) -> Iterator[Any]:
    """`itertools.islice`."""
    for k, item in enumerate(items):
        if stop is not None and k >= stop:
            break
        if k >= start and (k - start) % step == 0:
            yield item


def takewhile(predicate: Any, items: Any) -> Iterator[Any]:
    """`itertools.takewhile`."""
    for item in items:
        if not predicate(item):
            break
        yield item


def starmap(function: Any, rows: Any) -> Iterator[Any]:
    """`itertools.starmap`."""
    for row in rows:
        yield function(*row)


# --------------------------------------------------------------------------------------- containers
class Set:
    """`set`."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self.entries: dict[Any, bool] = {}
        for item in items:
            self.entries[item] = True

    def __contains__(self, item: Any) -> bool:
        return item in self.entries

    def __len__(self) -> int:
        return len(self.entries)

    def add(self, item: Any) -> None:
        """`add`."""
        self.entries[item] = True

    def update(self, items: Any) -> None:
        """`update`."""
        for item in members(items):
            self.entries[item] = True

    def discard(self, item: Any) -> None:
        """`discard`."""
        if item in self.entries:
            dict_pop(self.entries, item)

    def remove(self, item: Any) -> None:
        """`remove`."""
        dict_pop(self.entries, item)

    def clear(self) -> None:
        """`clear`."""
        clear_dict(self.entries)

    def copy(self) -> Set:
        """`copy`."""
        return Set(members(self))

    def union(self, other: Any) -> Set:
        """`union`."""
        found = self.copy()
        found.update(other)
        return found

    def intersection(self, other: Any) -> Set:
        """`intersection`."""
        return Set([item for item in members(self) if item in other])

    def difference(self, other: Any) -> Set:
        """`difference`."""
        return Set([item for item in members(self) if item not in other])

    def issubset(self, other: Any) -> bool:
        """`issubset`."""
        return all(item in other for item in members(self))

    def __or__(self, other: Any) -> Set:
        return self.union(other)

    def __and__(self, other: Any) -> Set:
        return self.intersection(other)

    def __sub__(self, other: Any) -> Set:
        return self.difference(other)


def members(items: Any) -> Any:
    """The members of a set in any order; of anything else its items."""
    return list(items.entries) if isinstance(items, Set) else items


class DefaultDict:
    """`collections.defaultdict`."""

    def __init__(self, factory: Any = None, entries: Any = None) -> None:
        self.factory = factory
        self.entries = {} if entries is None else dict(entries)

    def __getitem__(self, key: Any) -> Any:
        if key not in self.entries:
            self.entries[key] = self.factory()
        return self.entries[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.entries[key] = value

    def __delitem__(self, key: Any) -> None:
        dict_pop(self.entries, key)

    def __contains__(self, key: Any) -> bool:
        return key in self.entries

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Any:
        return self.entries.keys()

    def keys(self) -> Any:
        """`keys`."""
        return self.entries.keys()

    def values(self) -> Any:
        """`values`."""
        return self.entries.values()

    def items(self) -> Any:
        """`items`."""
        return self.entries.items()

    def get(self, key: Any, default: Any = None) -> Any:
        """`get`."""
        return self.entries.get(key, default)

    def pop(self, key: Any) -> Any:
        """`pop`."""
        return dict_pop(self.entries, key)

    def update(self, other: Any) -> None:
        """`update`."""
        update(self.entries, other)


class Counter(DefaultDict):
    """`collections.Counter`."""

    def __init__(self, items: Any = ()) -> None:
        self.entries = {}
        for item in items:
            self.entries[item] = self[item] + 1

    def __getitem__(self, key: Any) -> Any:
        return self.entries.get(key, 0)

    def most_common(self, n: int | None = None) -> list[Any]:
        """`most_common`."""
        pairs = sorted(self.entries.items(), key=lambda pair: -pair[1])
        return pairs if n is None else pairs[:n]


class Deque:
    """`collections.deque`."""

    def __init__(self, items: Any = (), maxlen: int | None = None) -> None:
        self.items: list[Any] = []
        self.maxlen = maxlen
        for item in items:
            self.append(item)

    def append(self, item: Any) -> None:
        """`append`."""
        self.items.append(item)
        if self.maxlen is not None and len(self.items) > self.maxlen:
            self.items.pop(0)

    def appendleft(self, item: Any) -> None:
        """`appendleft`."""
        self.items.insert(0, item)
        if self.maxlen is not None and len(self.items) > self.maxlen:
            self.items.pop()

    def pop(self) -> Any:
        """`pop`."""
        return self.items.pop()

    def popleft(self) -> Any:
        """`popleft`."""
        return self.items.pop(0)

    def extend(self, items: Any) -> None:
        """`extend`."""
        for item in items:
            self.append(item)

    def extendleft(self, items: Any) -> None:
        """`extendleft`."""
        for item in items:
            self.appendleft(item)

    def rotate(self, n: int = 1) -> None:
        """`rotate`."""
        for _ in range(n):
            self.items.insert(0, self.items.pop())
        for _ in range(-n):
            self.items.append(self.items.pop(0))

    def clear(self) -> None:
        """`clear`."""
        clear(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, k: Any) -> Any:
        return self.items[k]

    def __setitem__(self, k: Any, value: Any) -> None:
        self.items[k] = value

    def __iter__(self) -> Any:
        return self.items

    def __contains__(self, item: Any) -> bool:
        return item in self.items
