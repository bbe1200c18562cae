"""List and dict comprehensions and generator expressions."""

import math

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(5),))
def squares(x):
    """The plainest one."""
    ys = [v**2 for v in x]
    return ys[0] * ys[4] + sum(ys)


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def filtered(x):
    """A condition on values."""
    ys = [math.sqrt(v) for v in x if v > 0]
    return sum(ys) * len(ys)


@program(args=lambda: (uniform(3), uniform(2, seed=1)), argnums=(0, 1))
def two_loops(x, y):
    """Two loops in one comprehension, with indices."""
    table = [a * b + i for i, a in enumerate(x) for b in y]
    return sum(t * t for t in table)


@program(args=lambda: (uniform(3, 3),))
def nested(A):
    """A list of lists, transposed by a nested comprehension."""
    rows = [[A[i, j] * (i + 1) for j in range(3)] for i in range(3)]
    columns = [[row[j] for row in rows] for j in range(3)]
    return sum(columns[0][i] * rows[0][i] for i in range(3)) * columns[2][1]


@program(args=lambda: (uniform(4),))
def generator_in_sum(x):
    """`sum` of a generator expression with a condition."""
    return sum(v * math.sin(v) for k, v in enumerate(x) if k != 2)


@program(args=lambda: (uniform(3),))
def dict_comprehension(x):
    """Keys from names, values from the array."""
    d = {name: v * v for name, v in zip("abc", x)}  # noqa: B905
    e = {k: v * d["a"] for k, v in d.items() if k != "b"}
    return e["a"] + e["c"] * d["b"]


@program(args=lambda: (uniform(4),))
def array_of_comprehension(x):
    """`np.array` of a comprehension."""
    y = np.array([np.prod(x[: k + 1]) for k in range(4)])
    return np.sum(y[::-1] * x)


@program(args=lambda: (uniform(4), 0.7), argnums=(0, 1))
def comprehension_over_functions(x, t):
    """Every basis function at every point."""
    basis = [lambda s, p=p: s**p for p in range(1, 4)]
    return sum(f(v) * t for f in basis for v in x)


@program(args=lambda: ([uniform(2), uniform(3, seed=1)],))
def comprehension_over_arrays(xs):
    """Arrays of different lengths, normalised."""
    ys = [x / np.sqrt(np.sum(x * x)) for x in xs]
    return ys[0][0] * ys[1][2] + max(np.max(y) for y in ys)


@program(args=lambda: (uniform(4),))
def loop_name_is_local(x):
    """The comprehension's name does not leak."""
    v = x[0] * x[1]
    ys = [v * 2.0 for v in x]
    return v * ys[3]


def pairs(x):
    """Yield overlapping pairs."""
    for i in range(len(x) - 1):
        yield x[i], x[i + 1]


@program(args=lambda: (uniform(5),))
def generator_function(x):
    """A generator consumed by one loop."""
    s = 0.0
    for a, b in pairs(x):
        s += a * np.sin(b)
    return s
