"""Text, printing, globals, context managers and other things around the mathematics."""

import math
from contextlib import suppress
from enum import Enum

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(3), 2))
def prints_progress(x, steps):
    """Prints a formatted line in each step; it must appear once."""
    for k in range(steps):
        loss = np.sum(x**2)
        print(f"step {k}: {loss:.3f}", end="\n" if k else " | ")
        x = x - 0.1 * x
    return np.sum(x)


@program(args=lambda: (uniform(3), "rk2:0.5"))
def parses_an_option(x, spec):
    """String methods before the arithmetic."""
    name, _, value = spec.partition(":")
    h = float(value.strip()) if value else 1.0
    if name.upper().startswith("RK") and "2" in name:
        return np.sum(x + h * np.sin(x + 0.5 * h * np.sin(x)))
    return np.sum(x + h * np.sin(x))


class Activation(Enum):
    """A choice."""

    TANH = "tanh"
    SOFTPLUS = "softplus"


@program(args=lambda: (uniform(3), Activation.TANH), case="tanh")
@program(args=lambda: (uniform(3), Activation.SOFTPLUS), case="softplus")
def enum_decides(x, kind):
    """An enum member as an argument."""
    y = np.tanh(x) if kind is Activation.TANH else np.log1p(np.exp(x))
    return np.sum(y * x) * len(kind.value)


@program(args=lambda: (uniform(3),))
def names_as_keys(x):
    """Keys made by formatting."""
    params = {f"w{i}": v for i, v in enumerate(x)}
    s = 0.0
    for i in range(len(params)):
        s = s * params[f"w{i}"] + params["w" + str(2 - i)]
    return s


@program(args=lambda: (uniform(4),))
def error_state(x):
    """A `with` block around array arithmetic."""
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) / x
    with suppress(KeyError):
        y = y * {"a": 2.0}["a"]
    return np.sum(y)


EVALUATIONS = [0]


@program(args=lambda: (uniform(2),))
def counts_its_calls(x):
    """An int in a global list is increased; the result does not depend on it."""
    EVALUATIONS[0] += 1
    return np.sum(np.cos(x))


@program(args=lambda: (0.6, 1.3), argnums=(0, 1))
def constants_of_modules(x, y):
    """math.pi, np.pi, np.e, infinities as initial values."""
    best = math.inf
    worst = -np.inf
    for t in (x * math.pi, y * np.e, x * y):
        best = min(best, t)
        worst = max(worst, t)
    return best * worst


@program(args=lambda: (uniform(3), True), case="on")
@program(args=lambda: (uniform(3), False), case="off")
def boolean_arithmetic(x, flag):
    """A bool and comparisons used as numbers."""
    return np.sum(x) * (1 + flag) + np.sum((x > 1.0) * x**2) + (x[0] > x[1]) * x[2]


@program(args=lambda: (uniform(4),))
def global_function_aliases(x):
    """Functions under local names, chained assignment, several targets."""
    sin, dot = np.sin, np.dot
    a = b = sin(x)
    a[0] = 2.0
    c, (d, e) = dot(a, b), (x[1], x[2])
    return c * d + e


@program(args=lambda: (uniform(3),))
def conversion_functions(x):
    """float, int, bool, abs, divmod, pow."""
    n = int(3.7)
    q, r = divmod(7, n)
    return float(x[0]) * q + pow(x[1], 2) * r + abs(-x[2]) * bool(n) + int(x[0] * 10.0) * x[1]


@program(args=lambda: (uniform(3), 0.2), argnums=(0, 1))
def annotated(x: np.ndarray, t: float) -> float:
    """Annotations on parameters and on locals."""
    s: float = 0.0
    v: np.ndarray
    v = x * t
    s += float(np.sum(v**2))
    return s


@program(args=lambda: (uniform(2), "slow"))
def match_statement(x, mode):
    """`match` on a string and on a shape."""
    match mode:
        case "fast" | "quick":
            y = x[0]
        case "slow":
            y = x[0] * x[1]
        case _:
            y = 0.0
    match x.shape:
        case (2,):
            return y * y
        case (n, _) if n > 1:
            return y
    return -y
