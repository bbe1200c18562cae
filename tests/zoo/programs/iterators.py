"""sorted, itertools, heapq and bisect; stars; max and min with keys."""
# ruff: noqa: B905, RUF017

import functools
import itertools

from tests.zoo import program, uniform


@program(args=lambda: (uniform(5),))
def sorted_used(x):
    """sorted and ranks."""
    return sum((v * (k + 1) for k, v in enumerate(sorted(x))))


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def sorted_rev(x, t):
    """In reverse order."""
    y = sorted(x, reverse=True)
    return y[0] * t + y[1] ** 2


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def sorted_tuples(x, y):
    """Pairs in lexical order."""
    pairs = sorted(zip(x, y))
    return sum((a * b * (k + 1) for k, (a, b) in enumerate(pairs)))


@program(args=lambda: (uniform(5),))
def sort_method(x):
    """sort in place with a key."""
    xs = list(x)
    xs.sort(key=lambda v: abs(v - 1))
    return xs[0] * 2 + xs[1] ** 2


@program(args=lambda: (uniform(5),))
def sort_idx(x):
    """Positions sorted by value."""
    order = sorted(range(len(x)), key=lambda i: x[i])
    return sum(((k + 1) * x[i] for k, i in enumerate(order)))


@program(args=lambda: (uniform(5),))
def median(x):
    """The median of a sorted list."""
    s = sorted(x)
    n = len(s)
    return s[n // 2] if n % 2 else 0.5 * (s[n // 2 - 1] + s[n // 2])


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def min_key(x, t):
    """min with a key, max over positions."""
    return min(x, key=lambda v: (v - t) ** 2) + max(range(5), key=lambda i: x[i])


@program(args=lambda: (uniform(3, 3),))
def zip_star(A):
    """Columns of a matrix by zip."""
    return sum((a * b + c for a, b, c in zip(*A)))


@program(args=lambda: (uniform(5),))
def zip_star_list(x):
    """zip(*rows) of known rows."""
    rows = [(x[0], x[1]), (x[2], x[3])]
    cols = list(zip(*rows))
    a, b = zip(*rows)
    return cols[0][1] * a[0] + b[1]


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def map_multi(x, y):
    """map over two arrays."""
    return sum(map(lambda a, b: a * b, x, y))


@program(args=lambda: (uniform(5),))
def filter_used(x):
    """filter with a function and with None."""
    return sum(filter(lambda v: v > 0.8, x)) + len(list(filter(None, [1, 0, 2])))


@program(args=lambda: (uniform(5),))
def any_all(x):
    """any and all of generators."""
    s = 0.0
    if any(v > 1.2 for v in x):
        s += x[0]
    if all(v > 0 for v in x):
        s += x[1] ** 2
    return s


@program(args=lambda: (uniform(5),))
def enum_start(x):
    """enumerate from a number."""
    return sum((k * v for k, v in enumerate(x, 1))) + sum((k * v for k, v in enumerate(x, start=2)))


@program(args=lambda: (uniform(5),))
def reversed_used(x):
    """reversed of everything."""
    s = 0.0
    for v in reversed(x):
        s = s * 0.5 + v
    for v in reversed(list(x)):
        s = s * 0.5 + v
    for i in reversed(range(5)):
        s = s * 0.5 + x[i]
    for k, v in reversed(list(enumerate(x))):
        s = s * 0.5 + k * v
    return s


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def product(x, y):
    """itertools.product, also with repeat."""
    return sum((a * b**2 for a, b in itertools.product(x, y))) + sum(
        (x[i] * y[j] * (i + 1) for i, j in itertools.product(range(2), repeat=2))
    )


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def chain(x, y):
    """itertools.chain."""
    s = 0.0
    for v in itertools.chain(x, y):
        s = s * 0.3 + v
    return s


@program(args=lambda: (uniform(5),))
def accumulate(x):
    """Running sums and products."""
    return sum(itertools.accumulate(x)) + list(itertools.accumulate(x, lambda a, b: a * b))[-1]


@program(args=lambda: (uniform(5),))
def pairwise(x):
    """Neighbours."""
    return sum(((b - a) ** 2 for a, b in itertools.pairwise(x)))


@program(args=lambda: (uniform(5),))
def combinations(x):
    """Pairs of items."""
    return sum((a * b for a, b in itertools.combinations(x, 2)))


@program(args=lambda: (uniform(5),))
def comb_range(x):
    """Pairs of positions."""
    s = 0.0
    for i, j in itertools.combinations(range(4), 2):
        s += (x[i] - x[j]) ** 2 * (i + 1)
    return s


@program(args=lambda: (uniform(5),))
def permutations(x):
    """Ordered pairs."""
    return sum((x[a] * x[b] ** 2 for a, b in itertools.permutations(range(3), 2)))


@program(args=lambda: (uniform(5),))
def islice(x):
    """The first items."""
    return sum(itertools.islice(x, 3))


@program(args=lambda: (uniform(5),))
def count_used(x):
    """zip with an endless count."""
    s = 0.0
    for k, v in zip(itertools.count(1), x):
        s += v**k
    return s


@program(args=lambda: (uniform(5),))
def repeat_cycle(x):
    """zip with an endless cycle."""
    s = 0.0
    for v, w in zip(x, itertools.cycle([1.0, 2.0])):
        s += v * w
    return s


@program(args=lambda: (uniform(5),))
def star_args_unknown(x):
    """Stars of arrays among the arguments."""

    def f(*a):
        s = 0.0
        for v in a:
            s = s * 0.5 + v
        return s

    return f(*x) + f(1.0, *x, 2.0) + max(*x)


@program(args=lambda: (uniform(5),))
def star_unpack(x):
    """Stars of arrays among the targets."""
    first, *rest, last = x
    a, *b = [v * v for v in x]
    return first * sum(rest) * last + a * b[-1]


@program(args=lambda: (uniform(5),))
def heapq_used(x):
    """A heap."""
    import heapq

    h = list(x)
    heapq.heapify(h)
    return heapq.heappop(h) * 2 + heapq.heappop(h)


@program(args=lambda: (uniform(5),))
def next_used(x):
    """next of a generator expression."""
    i = next((i for i, v in enumerate(x) if v > 0.6))
    return x[i] * 2 + next(iter(x))


@program(args=lambda: (uniform(5),))
def minmax_default(x):
    """max with a default."""
    return max((v for v in x if v > 5), default=2.0) * x[0]


@program(args=lambda: (uniform(5),))
def in_list(x):
    """Membership of literals."""
    return x[0] if 3 in [1, 2, 3] and "a" not in ("b", "c") else x[1]


@program(args=lambda: (uniform(5),))
def list_eq(x):
    """Equality of lists."""
    return x[0] if [1, 2] == [1, 2] else x[1]


@program(args=lambda: (uniform(5),))
def sum_lists(x):
    """sum of lists."""
    return sum([[x[0], x[1]], [x[2]]], [])[2] * 2 + sum(sum(r) for r in [[x[0]], [x[1], x[2]]])


@program(args=lambda: (uniform(5),))
def tuple_dyn(x):
    """tuple of a generator expression."""
    t = tuple(v * 2 for v in x)
    return t[0] * t[-1] + len(t)


@program(args=lambda: (uniform(5),))
def reduce_without_start(x):
    """reduce begins with the first item, once."""
    return functools.reduce(lambda a, b: a * b + 1.0, [v * v for v in x]) - functools.reduce(
        lambda a, b: a - b, x
    )


@program(args=lambda: (uniform(5),))
def largest_key(x):
    """max of a dict is that of its keys."""
    d = {}
    for i, v in enumerate(x):
        d[i + 3] = v
    return d[max(d)] * min(d.values())
