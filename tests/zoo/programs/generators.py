"""Generators where they are consumed; match statements; walrus."""
# ruff: noqa: B007, B905, E741

from dataclasses import dataclass

import numpy as np

from tests.zoo import program, uniform


@dataclass
class Circle:
    """Used by the next program."""

    r: float


@dataclass
class Rect:
    """Used by the next program."""

    w: float
    h: float


def area(s):
    """Used by the next program."""
    match s:
        case Circle(r):
            return np.pi * r * r
        case Rect(w=w, h=h) if w > 100:
            return w
        case Rect(w, h):
            return w * h
        case _:
            return 0.0


@program(args=lambda: (uniform(5),))
def shapes(x):
    """Class patterns and guards."""
    return sum(area(s) for s in [Circle(x[0]), Rect(x[1], x[2])])


@program(args=lambda: (uniform(5),))
def ops(x):
    """Sequence patterns over a program of mixed items."""
    s = x[0]
    for op in [("scale", 2.0), ("add", 1.0, 0.5), ("sin",), "square", None]:
        match op:
            case ["scale", k]:
                s = s * k
            case ["add", a, b]:
                s = s + a * b
            case ["sin"]:
                s = np.sin(s)
            case "square" | "sq":
                s = s * s
            case None:
                s = s + x[1]
    return s


@program(args=lambda: (uniform(5), 4))
def dyn(x, n):
    """A computed subject, or-patterns and a capture."""
    s = 0.0
    for i in range(5):
        match i % 3:
            case 0:
                s += x[i]
            case 1 | 2 if x[i] > 0.9:
                s += x[i] ** 2
            case k:
                s += k * x[i]
    return s


@program(args=lambda: (uniform(5),))
def mapping(x):
    """Mapping patterns."""
    cfg = {"kind": "poly", "deg": 2}
    match cfg:
        case {"kind": "exp"}:
            return np.exp(x[0])
        case {"kind": "poly", "deg": d}:
            return x[0] ** d * x[1]


@program(args=lambda: (uniform(5),))
def star(x):
    """A star in a pattern."""
    match [x[0], x[1], x[2]]:
        case [a]:
            return a
        case [a, *rest]:
            return a * sum(rest)


@program(args=lambda: (uniform(5),))
def types(x):
    """Patterns of built-in classes."""

    def g(v):
        match v:
            case int():
                return v * x[0]
            case float(z):
                return z * x[1]
            case str():
                return len(v) * x[2]
            case [p, q]:
                return p * q * x[3]

    return g(2) + g(3.0) + g("abc") + g((x[0], 2.0))


def gen(x):
    """Used by the next program."""
    for v in x:
        if v > 0.7:
            yield (v * v)
        yield v


@program(args=lambda: (uniform(5),))
def gen_used(x):
    """A generator in a loop that breaks, in sum and in max."""
    s = 0.0
    for v in gen(x):
        s = s * 0.5 + v
        if s > 5:
            break
    return s + sum(gen(x)) + max(gen(x))


@program(args=lambda: (uniform(5),))
def gen_else(x):
    """else after a loop over a generator."""
    for k, v in enumerate(gen(x)):
        last = v * k
        if k == 2:
            continue
    else:
        last = last * 2
    return last


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def gen_zip(x, y):
    """zip of a generator and an array."""
    return sum((a * b for a, b in zip(gen(x), y)))


def fibs(a, b):
    """Used by the next program."""
    while True:
        yield a
        a, b = (b, a + b)


@program(args=lambda: (uniform(5),))
def endless(x):
    """An endless generator."""
    s = 0.0
    for k, v in enumerate(fibs(x[0], x[1])):
        if k > 5:
            break
        s += v * v
    return s


def walk(t):
    """Used by the next program."""
    if isinstance(t, tuple):
        for c in t:
            yield from walk(c)
    else:
        yield t


@program(args=lambda: (uniform(5),))
def tree(x):
    """yield from, recursively over a tuple."""
    return sum(v * v for v in walk((x[0], (x[1], (x[2],)), x[3])))


@program(args=lambda: (uniform(5),))
def gen_return(x):
    """return from inside a loop over a generator."""

    def trajectory(y, h):
        for _ in range(4):
            y = y + h * np.sin(y)
            yield y

    for y in trajectory(x[0], 0.1):
        if y > 1.0:
            return y * 2
    return y


@program(args=lambda: (uniform(5),))
def gen_nested(x):
    """A generator in a loop over a generator."""

    def pairs(n):
        for i in range(n):
            for j in range(i):
                yield (i, j)

    s = 0.0
    for i, j in pairs(4):
        for k, l in pairs(3):
            s += x[i] * x[j] * x[k]
    return s


@program(args=lambda: (uniform(5),))
def walrus(x):
    """Assignment expressions."""
    s = 0.0
    i = 0
    while (v := x[i]) < 5 and i < 4:
        s += v * v
        i += 1
    return s + (w := (s * 2)) * w


@program(args=lambda: (uniform(5),))
def gen_state(x):
    """A generator that shares a variable with its consumer."""
    total = 0.0

    def running():
        nonlocal total
        for v in x:
            total += v
            yield total

    s = 0.0
    for t in running():
        s += t * total
    return s


@program(args=lambda: (uniform(5),))
def minibatch(x):
    """Slices yielded."""

    def batches(data, size):
        for i in range(0, len(data), size):
            yield data[i : i + size]

    s = 0.0
    for b in batches(x, 2):
        s += np.sum(b) ** 2
    return s
