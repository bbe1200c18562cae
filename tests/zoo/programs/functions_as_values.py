"""Functions in containers, chosen by branches, composed, with states and late binding."""
# ruff: noqa: B905, E741

import functools
import math
import operator

import numpy as np

from tests.zoo import program, uniform


def make_scaler(t):
    """Used by the next program."""
    factor = t

    def scale(v):
        nonlocal factor
        factor *= t
        return factor * v

    return scale


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def stateful_loop(x, t):
    """A closure with a state, called in a loop after its maker has returned."""
    f = make_scaler(t)
    s = 0.0
    for v in x:
        s += f(v)
    return s


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def stateful_branch(x, t):
    """A closure with a state, called on one path only."""
    f = make_scaler(t)
    s = 0.0
    if x[0] > 0.1:
        s += f(x[1])
    return s + f(x[2])


@program(args=lambda: (uniform(5),))
def counter_object(x):
    """A counter made by a factory."""

    def counter():
        n = 0

        def inc():
            nonlocal n
            n += 1
            return n

        return inc

    c = counter()
    s = 0.0
    for v in x:
        s += v * c()
    return s


@program(args=lambda: (uniform(5),))
def late_loop(x):
    """Lambdas of a comprehension all see the last item."""
    fs = [lambda v: v * w for w in x]
    return fs[0](x[0]) + fs[1](x[1]) ** 2


@program(args=lambda: (0.7, 0.9), argnums=(0, 1))
def dblquad(a, b):
    """A double integral: the integrator is given a function that calls it again."""

    def simpson(f, lo, hi, n=4):
        h = (hi - lo) / n
        s = f(lo) + f(hi)
        for k in range(1, n):
            s += (4 if k % 2 else 2) * f(lo + k * h)
        return s * h / 3

    return simpson(lambda y: simpson(lambda z: math.sin(a * y * z) + b * z, 0.0, y), 0.0, 1.0 + a)


@program(args=lambda: (0.7, 0.9), argnums=(0, 1))
def adapt(a, b):
    """Recursion that hands a closure down."""

    def adapt(f, lo, hi, depth):
        m = 0.5 * (lo + hi)
        if depth == 0:
            return (hi - lo) * f(m)
        return adapt(f, lo, m, depth - 1) + adapt(f, m, hi, depth - 1)

    return adapt(lambda s: math.sin(a * s), 0.0, b, 3)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def fchoose(x, t):
    """A conditional expression chooses the function."""
    f = np.sin if t > 0.2 else np.cos
    return f(x[0]) + f(t)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def fdict(x, t):
    """A table with a lambda and a ufunc."""
    acts = {"relu": lambda v: np.maximum(v, 0), "tanh": np.tanh}
    h = x
    for name in ["relu", "tanh", "tanh"]:
        h = acts[name](h * t)
    return np.sum(h)


class Net:
    """Used by the next program."""

    def __init__(self, act, w):
        self.act = act
        self.w = w

    def go(self, x):
        return np.sum(self.act(self.w * x))


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def attr(x, t):
    """A function in an attribute."""
    class_ = Net(np.tanh, t)
    return class_.go(x)


@program(args=lambda: (uniform(5),))
def compose_list(x):
    """Different functions in one list, by index."""
    fs = [np.sin, np.exp, lambda v: v * x[0], math.sqrt]
    out = 1.0
    for i in range(4):
        out = out + fs[i](x[i])
    return out


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def append_fns(x, t):
    """A list that functions are appended to."""
    fs = []
    for k in range(4):
        if k % 2 == 0:
            fs.append(lambda v, k=k: v ** (k + 1) * t)
        else:
            fs.append(np.sin)
    s = 0.0
    for f, v in zip(fs, x):
        s += f(v)
    return s


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def dyn_pick(x, t):
    """The index of the function is computed."""
    fs = [np.sin, lambda v: v * t, np.exp]
    s = 0.0
    for i in range(len(x)):
        s += fs[i % 3](x[i])
    return s


@program(args=lambda: (uniform(5),))
def reduce_compose(x):
    """Functions composed by reduce."""
    chain = functools.reduce(lambda f, g: lambda v: f(g(v)), [np.sin, np.exp, np.tanh])
    return chain(x[0]) * x[1]


@program(args=lambda: (uniform(5),))
def operator_used(x):
    """Functions of the module operator in a table."""
    ops = {"+": operator.add, "*": operator.mul, "-": operator.sub}
    s = x[0]
    for o, v in zip("+*-", x[1:]):
        s = ops[o](s, v)
    return functools.reduce(operator.mul, x, 1.0) + s


class Poly:
    """Used by the next program."""

    def __init__(self, c):
        self.c = c

    def at(self, v):
        s = 0.0
        for c in reversed(self.c):
            s = s * v + c
        return s

    def deriv(self, v):
        s = 0.0
        for k in range(1, len(self.c)):
            s += k * self.c[k] * v ** (k - 1)
        return s

    def __call__(self, v):
        return self.at(v)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def bound(x, t):
    """Bound methods as values and in a dict."""
    class_ = Poly([t, x[0], 2.0])
    f = class_.at
    fs = {"p": class_.at, "d": class_.deriv}
    return f(x[1]) + fs["d"](x[2]) * fs["p"](t)


class Layer:
    """Used by the next program."""

    def __init__(self, w, act=np.tanh):
        self.w = w
        self.act = act

    def __call__(self, h):
        return self.act(self.w * h)


@program(args=lambda: (uniform(5),))
def layers(x):
    """Callable instances with a default callable."""
    layers = [Layer(x[0]), Layer(x[1], np.sin), Layer(x[2], lambda v: v * v)]
    h = x[3]
    for l in layers:
        h = l(h)
    return h


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def default_callable(x, t, act=np.tanh, reg=lambda w: np.sum(w**2)):
    """Callables as defaults."""
    return np.sum(act(x * t)) + 0.1 * reg(x)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def partial_used(x, t):
    """functools.partial, nested and with keywords."""

    def damp(k, w, v):
        return w * np.exp(-k * v)

    f = functools.partial(damp, t)
    g = functools.partial(f, w=x[0])
    return f(x[1], x[2]) + g(v=x[3])


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def rk4(x, t):
    """A table of steppers that are given a function."""

    def rhs(s, y):
        return -t * y + np.sin(s)

    def step(f, s, y, h):
        k1 = f(s, y)
        k2 = f(s + h / 2, y + h / 2 * k1)
        k3 = f(s + h / 2, y + h / 2 * k2)
        k4 = f(s + h, y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    steppers = {"rk4": step, "euler": lambda f, s, y, h: y + h * f(s, y)}
    y = x
    for name in ("rk4", "euler"):
        for k in range(3):
            y = steppers[name](rhs, k * 0.1, y, 0.1)
    return np.sum(y)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def method_choice(x, t):
    """A bound method on one path, a lambda on the other."""
    if t > 10:
        obj = Poly([t, 1.0])
        f = obj.at
    else:
        f = lambda v: v * t
    return f(x[0]) + f(x[1])


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def switch_in_loop(x, t):
    """The function changes while a loop runs."""
    f = np.sin
    s = 0.0
    for v in x:
        s += f(v)
        if s > 1.0:
            f = lambda u: u * t
    return s


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def returned_or_none(x, t):
    """A callback or None."""
    cb = None
    if t > 0.1:
        cb = lambda v: v * t
    s = x[0]
    if cb is not None:
        s = cb(s)
    return s


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def recursive_closure_arg(x, t):
    """A recursive function with a function as argument."""

    def apply(f, n, v):
        if n == 0:
            return v
        return apply(f, n - 1, f(v))

    return apply(lambda v: np.sin(v) * t, 3, x[0]) + apply(np.cos, 2, x[1])


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def rec_free_closure(x, t):
    """A recursive function that calls a closure around it."""
    g = lambda v: v * t + x[0]

    def rec(n, v):
        return v if n == 0 else rec(n - 1, g(v))

    return rec(3, x[1])


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def memo(x, t):
    """Recursion with a dict that remembers."""
    cache = {}

    def fib(n):
        if n < 2:
            return x[n]
        if n not in cache:
            cache[n] = fib(n - 1) * t + fib(n - 2)
        return cache[n]

    return fib(6)


@program(args=lambda: (uniform(5),))
def callbacks(x):
    """A method and a lambda in one list of handlers."""
    log = []
    handlers = [log.append, lambda v: log.append(v * v)]
    for v in x:
        for h in handlers:
            h(v)
    return sum(log) * log[3]


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def curry(x, t):
    """Functions that return functions that return functions."""

    def add(a):

        def inner(b):

            def last(c):
                return a * b + c

            return last

        return inner

    return add(x[0])(x[1])(x[2]) + t * add(t)(x[3])(x[4])


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def choose_tuple(x, t):
    """A pair of functions chosen at once."""
    f, df = (np.sin, np.cos) if t > 0.1 else (np.exp, np.exp)
    return f(x[0]) * df(x[1])


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def table_of_pairs(x, t):
    """Functions with their weights."""
    funcs = [(np.sin, 0.5), (lambda v: v * t, 2.0), (np.exp, 0.1)]
    return sum((w * f(x[0]) for f, w in funcs))
