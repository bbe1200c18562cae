"""Calls of user functions: defaults, keywords, star arguments, recursion, functions as values."""

import functools
import math

import numpy as np

from tests.zoo import program, uniform


def saxpy(a, x, y=1.0, *, sign=1.0):
    """A helper with a default and a keyword."""
    return sign * a * x + y


@program(args=lambda: (0.7, 1.3), argnums=(0, 1))
def defaults_and_keywords(a, x):
    """The same helper called in five ways."""
    s = saxpy(a, x) + saxpy(a, x, a) * saxpy(x=a, a=x, sign=-1.0)
    return s + saxpy(2.0, y=x, x=a) - saxpy(a, 3.0, sign=x)


def total(*terms, power=1, **weights):
    """Star parameters of both kinds."""
    s = 0.0
    for t in terms:
        s += t**power
    for name, w in weights.items():
        s += w * len(name)
    return s


@program(args=lambda: (uniform(3),))
def star_arguments(x):
    """`*args` and `**kwargs` given and received."""
    parts = [x[0], x[1]]
    options = {"power": 2, "ab": x[2]}
    return total(*parts, x[2], c=x[0]) * total(*x, **options)


@program(args=lambda: (0.8, 4))
def power_by_recursion(x, n):
    """Recursion on an int."""

    def power(b, k):
        if k == 0:
            return 1.0
        half = power(b, k // 2)
        return half * half * (b if k % 2 else 1.0)

    return power(x, n) + power(x, 7)


def tree_sum(t):
    """Sum over a nested tuple, weighted by depth."""
    if isinstance(t, tuple):
        return 1.5 * sum(tree_sum(c) for c in t)
    return t * t


@program(args=lambda: (((0.5, (0.7, 1.1)), 0.9, (1.2,)),))
def recursion_over_structure(t):
    """Recursion over a nested tuple of floats."""
    return tree_sum(t)


def is_even(n, v):
    """Mutual recursion, even part."""
    return v if n == 0 else is_odd(n - 1, v * v)


def is_odd(n, v):
    """Mutual recursion, odd part."""
    return -v if n == 0 else is_even(n - 1, math.sin(v))


@program(args=lambda: (0.8,))
def mutual_recursion(x):
    """Two functions that call each other."""
    return is_even(5, x) + is_even(4, x)


def newton(f, df, x, steps=6):
    """A root finder that takes functions."""
    for _ in range(steps):
        x = x - f(x) / df(x)
    return x


@program(args=lambda: (2.0, 1.2), argnums=(0, 1))
def functions_as_arguments(a, x0):
    """Closures handed to a helper: the root depends on a."""
    return newton(lambda x: x**3 - a, lambda x: 3 * x * x, x0)


def normalise(v):
    """Change the argument in place and return its former norm."""
    norm = math.sqrt(np.sum(v * v))
    v /= norm
    return norm


@program(args=lambda: (uniform(4), uniform(4, seed=1)), argnums=(0, 1))
def callee_mutates(x, y):
    """A helper changes its argument; both its result and its effect are used."""
    n = normalise(x)
    y += n * x
    return normalise(y) * np.sum(x * y) + n


def split(x):
    """Return several results, one of them a view."""
    return x[:2], np.sum(x), {"last": x[-1]}


@program(args=lambda: (uniform(5),))
def several_results(x):
    """A tuple of results, unpacked and indexed."""
    head, s, rest = split(x)
    head *= s
    return np.sum(x) * rest["last"] + split(x)[1]


@program(args=lambda: (uniform(3),))
def same_helper_different_types(x):
    """One helper called with a float, an array and an int."""
    return saxpy(x[0], 2) + np.sum(saxpy(x, x, 1)) * saxpy(3, x[1], y=2)


@program(args=lambda: (uniform(3),))
def table_of_functions(x):
    """Functions in a dict and in a list."""
    table = {"sin": np.sin, "square": lambda v: v * v, "half": functools.partial(saxpy, 0.5)}
    s = 0.0
    for k, name in enumerate(["sin", "square", "half"]):
        s += table[name](x[k]) * (k + 1)
    for f in [math.exp, math.tanh]:
        s = f(0.3 * s)
    return s


@program(args=lambda: (uniform(4),))
def map_and_filter(x):
    """`map`, `filter` and `functools.reduce`."""
    squares = map(lambda v: v * v, x)
    large = [v for v in filter(lambda v: v > 0.5, squares)]
    return functools.reduce(lambda a, b: a * b + 1.0, large) + len(large)


def default_from_definition(x, w=np.array([0.5, 2.0, 1.0])):  # noqa: B008
    """A default that is an array."""
    return np.sum(w * x)


@program(args=lambda: (uniform(3),))
def array_default(x):
    """The default array is a constant."""
    return default_from_definition(x) ** 2 + default_from_definition(x, x)


def simpson(f, a, b, n, *args):
    """Composite Simpson rule; further arguments go to f."""
    h = (b - a) / n
    s = f(a, *args) + f(b, *args)
    for k in range(1, n):
        s += (4 if k % 2 else 2) * f(a + k * h, *args)
    return s * h / 3


@program(args=lambda: (0.4, 1.7, 0.9), argnums=(0, 1, 2), tags=("second",))
def quadrature(a, b, w):
    """Simpson's rule: derivatives with respect to the limits and a parameter."""
    return simpson(lambda t, c: math.sin(c * t) * t, a, b, 6, w)


def factorial_series(x, k, term):
    """Recursion that carries an active value down and up."""
    if abs(term) < 1e-3:
        return 0.0
    return term + factorial_series(x, k + 1, term * x / k)


@program(args=lambda: (0.9,), tags=("second",))
def recursion_ends_on_value(x):
    """The depth of the recursion depends on an active value."""
    return factorial_series(x, 1, 1.0)


def clean(x, *, floor=0.0):
    """Return the argument itself or a new array."""
    if floor == 0.0:
        return x
    return np.maximum(x, floor)


@program(args=lambda: (uniform(4),))
def result_may_alias(x):
    """The result of a helper is the argument in one call and new in the other."""
    y = clean(x)
    y[0] *= 3.0
    z = clean(x, floor=0.9)
    z[1] += 7.0
    return np.sum(x * y) + np.sum(z * x)


@program(args=lambda: (uniform(3), 0.5), argnums=(0, 1))
def method_of_an_argument(x, t):
    """Bound methods kept in names."""
    product = x.dot
    total_of = np.sum
    out = []
    push = out.append
    for k in range(3):
        push(product(x) * t * k + total_of(x))
    return out[1] * out[2]
