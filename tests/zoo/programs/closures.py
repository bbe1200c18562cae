"""Functions that capture and change names around them."""

import numpy as np

from tests.zoo import program, uniform

SCALE = 1.5
WEIGHTS = np.array([1.0, 2.0, 3.0])


@program(args=lambda: (uniform(4), 0.6), argnums=(0, 1))
def captures_active_value(x, t):
    """An inner function reads a parameter of the outer one."""

    def f(v):
        return np.sin(t * v)

    return sum(f(v) * t for v in x)


@program(args=lambda: (uniform(3), 0.6), argnums=(0, 1))
def capture_is_by_name(x, t):
    """The captured name is rebound after the inner function was made."""

    def f(v):
        return t * v

    first = f(x[0])
    t = t * t + x[1]
    return first + f(x[2])


@program(args=lambda: (uniform(3),))
def counter_by_nonlocal(x):
    """A closure with a state, used for an int and a float."""
    calls = 0
    last = 0.0

    def smooth(v):
        nonlocal calls, last
        calls += 1
        last = 0.5 * last + v / calls
        return last

    s = 0.0
    for v in x:
        s += smooth(v) * smooth(v * v)
    return s + calls * last


def make_scaler(t):
    """Return a function that holds its own state."""
    factor = t

    def scale(v):
        nonlocal factor
        factor *= t
        return factor * v

    return scale


@program(args=lambda: (uniform(3), 0.8), argnums=(0, 1))
def two_closures_of_one_factory(x, t):
    """Each closure has its own cell."""
    f = make_scaler(t)
    g = make_scaler(x[0])
    return f(x[1]) + g(x[2]) * f(f(x[1]))


@program(args=lambda: (uniform(3),))
def lambdas_late_binding(x):
    """Lambdas made in a loop all see the last value; a default keeps each."""
    late = []
    kept = []
    for k in range(3):
        t = x[k]
        late.append(lambda v: v * t)
        kept.append(lambda v, t=t: v * t)
    return late[0](x[0]) + kept[0](x[1]) + late[1](kept[2](x[2]))


@program(args=lambda: (uniform(4),))
def closure_writes_into_array(x):
    """The closure changes the captured array."""

    def relax(i):
        x[i] = 0.5 * (x[i - 1] + x[i + 1] ** 2)

    for _ in range(2):
        for i in range(1, 3):
            relax(i)
    return np.sum(x * x)


@program(args=lambda: (uniform(3),))
def closure_appends(x):
    """The closure grows the captured list."""
    log = []

    def note(v):
        log.append(v * (1 + len(log)))
        return log[-1]

    s = note(x[0]) * note(x[1])
    note(s * x[2])
    return log[2] + log[0]


@program(args=lambda: (uniform(3),))
def globals_are_constants(x):
    """Numbers and arrays of the module."""
    return SCALE * np.sum(WEIGHTS * x**2)


@program(args=lambda: (uniform(3), 1.2), argnums=(0, 1))
def closure_in_closure(x, t):
    """Three levels; the innermost rebinds the outermost's name."""
    total = 0.0

    def outer(a):
        b = a * t

        def inner(c):
            nonlocal total, b
            b += c
            total += b * t

        inner(a)
        inner(b)
        return b

    y = outer(x[0]) * outer(x[1])
    return y + total * x[2]


@program(args=lambda: (uniform(3), 0.4), argnums=(0, 1))
def function_chosen_by_branch(x, t):
    """A branch decides which function a name means."""
    if t < 1:

        def f(v):
            return v * t

    else:

        def f(v):
            return v - t

    return f(x[0]) * f(x[1] * f(x[2]))


@program(args=lambda: (uniform(3),))
def composed(x):
    """Functions made from functions."""

    def compose(f, g):
        return lambda v: f(g(v))

    square_then_sin = compose(np.sin, lambda v: v * v)
    thrice = compose(square_then_sin, compose(square_then_sin, lambda v: v * x[1]))
    return thrice(x[0]) + square_then_sin(x[2])


@program(args=lambda: (uniform(4), 2.0), argnums=(0, 1), tags=("second",))
def derivative_by_differences(x, t):
    """A closure handed to a numerical integrator."""

    def integrand(s):
        return np.sum(x * np.exp(-x * s)) * t

    def trapezoid(f, a, b, n):
        h = (b - a) / n
        total = 0.5 * (f(a) + f(b))
        for k in range(1, n):
            total += f(a + k * h)
        return h * total

    return trapezoid(integrand, 0.0, t, 4)
