"""Leaving loops and functions early."""

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(8), 2.5), case="breaks")
@program(args=lambda: (uniform(8), 99.0), case="completes")
def sum_until(x, limit):
    """`break` on an accumulated value."""
    s = 0.0
    for v in x:
        s += v
        if s > limit:
            break
    return s**2


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def skip_negative(x):
    """`continue`, then code that writes."""
    s = 1.0
    for i in range(len(x)):
        if x[i] < 0:
            continue
        x[i] *= s
        s += x[i]
    return s + np.sum(x)


@program(args=lambda: (uniform(6), 1.2), case="found")
@program(args=lambda: (uniform(6), 9.0), case="missing")
def first_above(x, level):
    """`return` out of a loop, or after it."""
    for i in range(len(x)):
        if x[i] > level:
            return x[i] ** 2 * (i + 1)
    return np.sum(x)


@program(args=lambda: (uniform(5), 0.9), case="breaks")
@program(args=lambda: (uniform(5), -1.0), case="else")
def for_else(x, level):
    """The `else` clause of a `for`."""
    y = 1.0
    for v in x:
        y *= v
        if v < level:
            break
    else:
        y = y**2
    return y * x[0]


@program(args=lambda: (3.0, 4), case="else")
@program(args=lambda: (3.0, 40), case="breaks")
def while_else(x, most):
    """The `else` clause of a `while`."""
    k = 0
    while k < most:
        x = np.sqrt(x)
        if x < 1.05:
            x *= 3.0
            break
        k += 1
    else:
        x = x * x
    return x


@program(args=lambda: (0.3, 2.0), argnums=(0, 1))
def while_true(x, a):
    """`while True` with the only exit in its middle."""
    s = x
    k = 0
    while True:
        s = s + x**k / a
        if k == 4:
            break
        k += 1
        s = np.sin(s)
    return s


@program(args=lambda: (-0.5,), case="negative")
@program(args=lambda: (0.5,), case="small")
@program(args=lambda: (3.0,), case="large")
def guards(x):
    """Early returns one after the other."""
    if x < 0:
        return x * x
    y = np.exp(-x)
    if x < 1:
        return y
    y = y * x
    return y + x


@program(args=lambda: (uniform(3, 3), 2.9))
def flag_out_of_two_loops(A, limit):
    """A flag that ends the outer loop."""
    s = 0.0
    done = False
    for i in range(3):
        for j in range(3):
            s += A[i, j] * A[j, i]
            if s > limit:
                done = True
                break
        if done:
            break
        s *= 0.9
    return s


@program(args=lambda: (uniform(7),))
def break_after_writing(x):
    """An element is written in the same iteration that leaves."""
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1]
        if x[i] < 0.5:
            x[i] += 2.0 * x[0]
            break
        x[i] = np.sin(x[i])
    return np.sum(x**2)


@program(args=lambda: (uniform(6),))
def exit_decided_deep(x):
    """The exit is decided two branches deep, and more code follows."""
    s = 0.0
    for i in range(6):
        if i % 2 == 1:
            s += x[i]
            if s > 2.0:
                s *= x[0]
                break
            s -= 0.1
        s += x[i] ** 2
    return s * x[1]


@program(args=lambda: (uniform(6), 0.6))
def all_three_exits(x, level):
    """`continue`, `break` and `return` in one loop."""
    s = 0.0
    for i in range(len(x)):
        if x[i] < level:
            continue
        s += x[i] ** 2
        if s > 50.0:
            return s
        if i == 4:
            break
        s *= 1.5
    return s - x[5]


@program(args=lambda: (uniform(5), 3.0), argnums=(0, 1))
def return_from_while(x, budget):
    """`return` out of a `while`, with two carried values."""
    k = 0
    gain = 1.0
    while k < len(x):
        budget -= x[k]
        gain *= x[k]
        if budget < 1.0:
            return gain * budget
        k += 1
    return gain


@program(args=lambda: (uniform(3, 4),))
def continue_outer_by_else(A):
    """`for`/`else`/`continue`: the idiom for continuing an outer loop."""
    s = 0.0
    for i in range(3):
        for j in range(4):
            if A[i, j] < 0.55:
                s += A[i, j]
                break
        else:
            s += A[i, 0] ** 2
            continue
        s *= 1.3
    return s


def bracket(x, lo, hi):
    """Return at different depths of nested branches and loops."""
    for k in range(20):  # noqa: B007
        mid = 0.5 * (lo + hi)
        if mid * mid < x:
            lo = mid
        else:
            hi = mid
        if hi - lo < 0.2:
            return lo, hi
    return hi, lo


@program(args=lambda: (2.0, 0.3, 2.2), argnums=(0, 1, 2))
def bisect_then_secant(x, lo, hi):
    """A helper that leaves from inside its loop with a pair."""
    a, b = bracket(x, lo, hi)
    return a + (x - a * a) / (a + b)


@program(args=lambda: (uniform(5), 3))
def loop_left_by_return_in_callee(x, k):
    """An early return in a helper called from a loop."""

    def clipped(v):
        if v > 1.2:
            return 1.2 + 0.1 * v
        for _ in range(k):
            v = v * v
            if v < 0.3:
                return v
        return np.sin(v)

    s = 0.0
    for v in x:
        s += clipped(v)
    return s


@program(args=lambda: (uniform(4),))
def break_in_first_trip(x):
    """A loop that always leaves in its first iteration."""
    for v in x:
        y = v**3
        break
    return y


@program(args=lambda: (uniform(4),))
def continue_in_while(x):
    """`continue` in a `while`, after the counter has moved."""
    k = -1
    s = 0.0
    while k < len(x) - 1:
        k += 1
        if k == 2:
            continue
        s = s * x[k] + x[k]
    return s
