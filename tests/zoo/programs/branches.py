"""Branches on numbers, flags, None and strings."""

import math

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (-0.7,), case="negative")
@program(args=lambda: (0.4,), case="small")
@program(args=lambda: (2.5,), case="large")
def piecewise(x):
    """if, elif, else on a float."""
    if x < 0:
        y = x * x
    elif x < 1:
        y = math.sin(x)
    else:
        y = math.log(x) + x
    return y * x


@program(args=lambda: (uniform(6, low=-1.0, high=1.0), 0.3))
def huber_loss(r, delta):
    """Quadratic near zero, linear outside, by element."""
    loss = 0.0
    for v in r:
        if abs(v) <= delta:
            loss += 0.5 * v**2
        else:
            loss += delta * (abs(v) - 0.5 * delta)
    return loss


@program(args=lambda: (uniform(6, low=-1.0, high=1.0), 0.1), argnums=(0, 1))
def leaky_relu_in_place(x, slope):
    """A branch without else that writes one element."""
    for i in range(len(x)):
        if x[i] < 0:
            x[i] *= slope
    return np.sum(x**3)


@program(args=lambda: (uniform(3), 0.6), argnums=(0, 1))
def nested_branches(x, t):
    """Branches three deep, with writes at every level."""
    if t > 0:
        x[0] *= t
        if x[0] < x[1]:
            x[1] = x[0] * x[2]
            if x[2] > 10.0:
                x[2] = 0.0
            else:
                x[2] += x[1]
        else:
            x[2] = x[1]
    return x[0] + x[1] * x[2]


@program(args=lambda: (uniform(4, low=-1.0, high=1.0),))
def ternaries(x):
    """Conditional expressions, one inside the other."""
    s = 0.0
    for v in x:
        s += v**2 if v > 0.5 else (-v if v < 0 else math.exp(v))
    return s


@program(args=lambda: (uniform(5, low=-1.0, high=1.0),))
def chained_comparison(x):
    """`a < b <= c`, and the negation of it."""
    s = 0.0
    for v in x:
        if -0.5 < v <= 0.5:
            s += v**3
        if not -0.2 <= v < 0.9:
            s += 2.0 * v * v
    return s


@program(args=lambda: (uniform(4), 0.8), argnums=(0, 1))
def short_circuit(x, t):
    """`and` and `or` keep the second operand from being evaluated."""
    s = t
    for i in range(6):
        if i < len(x) and x[i] > 0.6:
            s *= x[i]
        if i >= len(x) or x[i] > 1.0:
            s += 0.1 * s * t
    return s


@program(args=lambda: (uniform(3), None), case="default")
@program(args=lambda: (uniform(3), 2.5), case="given")
def none_default(x, scale):
    """A parameter that may be None."""
    if scale is None:
        scale = np.sum(x)
    return np.sum(x**2) / scale


@program(args=lambda: (uniform(3), "l1"), case="l1")
@program(args=lambda: (uniform(3), "l2"), case="l2")
@program(args=lambda: (uniform(3), "max"), case="max")
def mode_by_name(x, mode):
    """A string decides."""
    if mode == "l1":
        return np.sum(np.abs(x))
    elif mode == "l2":
        return np.sqrt(np.sum(x**2))
    elif mode in ("max", "inf"):
        return np.max(x)
    raise ValueError(mode)


@program(args=lambda: (uniform(5),))
def by_parity(x):
    """The branch depends on the loop's index only."""
    s = 0.0
    for i, v in enumerate(x):
        if i % 2 == 0:
            s += v
        elif i % 3 == 0:
            s *= v
        else:
            s -= v * v
    return s


@program(args=lambda: (uniform(8, low=-1.0, high=1.0), 0.1))
def hysteresis(x, width):
    """A flag carried through the loop."""
    on = False
    s = 0.0
    for v in x:
        if on and v < -width:
            on = False
        elif not on and v > width:
            on = True
        if on:
            s += v**2
        else:
            s += 0.5 * v
    return s


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def relu_by_max(x):
    """Python's `max` and `min` of a value and a constant."""
    s = 0.0
    for v in x:
        s += max(v, 0.0) ** 2 + min(v, 0.25)
    return s


@program(args=lambda: (1.3, 0.7, 2.1), argnums=(0, 1, 2))
def smallest_of_three(a, b, c):
    """`min` and `max` of several values."""
    return min(a, b * c, c) * max(a * b, c, 1.0)


@program(args=lambda: (uniform(4), 3.0), argnums=(0, 1))
def bound_in_one_branch(x, t):
    """A name that one branch binds and a later branch on the same test reads."""
    if t > 1:
        extra = x[0] * t
    s = np.sum(x**2)
    if t > 1:
        s += extra
    return s


@program(args=lambda: (uniform(4), 0.2), case="array")
@program(args=lambda: (0.9, 0.2), case="float")
def by_type(x, t):
    """`isinstance` decides."""
    if isinstance(x, np.ndarray):
        return np.sum(x) * t
    return x * x * t


@program(args=lambda: (uniform(5, low=-1.0, high=1.0),))
def branch_on_reduction(x):
    """`any` and `all` of an array decide."""
    if (x > 0.9).any() or np.all(x < 0):
        return np.sum(x)
    if np.any(x < -0.5):
        x = np.abs(x)
    return np.sum(x**2)


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def by_where(x):
    """`np.where` with an expression on either side."""
    return np.sum(np.where(x > 0, x**2, np.sin(x)) * x)


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def where_guards_a_log(x):
    """The untaken side of `np.where` would be singular at the raw argument."""
    positive = np.where(x > 0.1, x, 1.0)
    return np.sum(np.where(x > 0.1, np.log(positive), 0.0))


@program(args=lambda: (0.9, 0.4), argnums=(0, 1))
def condition_kept_in_a_name(a, b):
    """A comparison bound to a name, combined and reused."""
    bigger = a > b
    close = abs(a - b) < 0.1
    y = a * b if bigger and not close else a + b
    if bigger:
        y *= a
    return y


@program(args=lambda: (uniform(4), 2))
def shape_decides(x, order):
    """Branches on sizes and on integers."""
    if len(x) > 3:
        x = x[:3]
    if order == 2 and x.ndim == 1:
        return np.sum((x[2:] - 2 * x[1:-1] + x[:-2]) ** 2)
    return np.sum(x)


@program(args=lambda: (-0.4, 1.2), argnums=(0, 1))
def swap_to_order(lo, hi):
    """A branch that exchanges two names."""
    if abs(lo) < abs(hi):
        lo, hi = hi, lo
    return lo**2 - hi


@program(args=lambda: (uniform(3), uniform(3, seed=4), -0.5), argnums=(0, 1, 2))
def write_to_one_or_other(a, b, s):
    """The branch decides which of two arrays a name means; then it is written."""
    c = a if s > 0 else b
    c[1] = s * c[0]
    c += 0.5
    return np.sum(a * b)


@program(args=lambda: (uniform(5), 0.0), argnums=(0,))
def truth_of_a_number(x, penalty):
    """A float used as a condition."""
    cost = np.sum(x**2)
    if penalty:
        cost += penalty * np.sum(np.abs(x))
    return cost
