"""Functions of one vector for the tests of composed transformations, each with its form in JAX.

The first of a pair is what a user writes, with writes in place, loops and exits; the second computes the
same number with ``jnp``, without any.  Only the first may change its argument.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {}


def same_as(form: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function with its form ``form(jnp, x)``."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PAIRS[function.__name__] = (function, form)
        return function

    return register


def products(jnp, x):
    return sum(x[i] ** 2 * jnp.sin(x[i - 1]) for i in range(len(x)))


@same_as(products)
def loop(x):
    """A loop over elements."""
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2 * np.sin(x[i - 1])
    return s


@same_as(lambda jnp, x: jnp.sum(jnp.tanh(x * x[0]) * x[::-1]) / jnp.sum(x**2))
def expression(x):
    """Whole arrays, broadcast."""
    return np.sum(np.tanh(x * x[0]) * x[::-1]) / np.sum(x**2)


def halved(jnp, x):
    y = x[0] * x[1] + 3.0
    for _ in range(3):
        y = y * jnp.cos(0.1 * x[2]) * 0.5
    return y * y + x[0]


@same_as(halved)
def leaves_a_while(x):
    """`while True` with `break`."""
    y = x[0] * x[1] + 3.0
    while True:
        y = y * np.cos(0.1 * x[2]) * 0.5
        if y < 0.8:
            break
    return y * y + x[0]


def recurrence(jnp, x):
    y = [x[0]]
    for k in range(1, len(x)):
        y.append(x[k] + jnp.sin(y[-1]))
    return sum(v**3 for v in y)


@same_as(recurrence)
def writes_in_place(x):
    """Each element reads the one just overwritten."""
    for i in range(1, len(x)):
        x[i] = x[i] + np.sin(x[i - 1])
    return np.sum(x**3)


@same_as(lambda jnp, x: jnp.sum(x.at[1:].multiply(jnp.exp(x[:-1])) ** 2))
def view(x):
    """A write through a view."""
    before = x[:-1].copy()
    v = x[1:]
    v *= np.exp(before)
    return np.sum(x**2)


def smoothed(jnp, x):
    u = x
    for _ in range(3):
        u = u.at[1:-1].set(u[1:-1] + 0.2 * u[1:-1] * (u[:-2] - u[2:]))
    return jnp.sum(u**2)


@same_as(smoothed)
def swapped_buffers(x):
    """Two buffers that change places."""
    u, un = x, x.copy()
    for _ in range(3):
        for i in range(1, len(u) - 1):
            un[i] = u[i] + 0.2 * u[i] * (u[i - 1] - u[i + 1])
        u, un = un, u
    return np.sum(u**2)


def chain(jnp, x):
    y = [x[0]]
    for k in range(3):
        y.append(jnp.sin(y[-1]) * x[k] + y[k // 2])
    return y[-1] ** 2 + y[1]


@same_as(chain)
def growing_list(x):
    """A list that grows and shrinks."""
    y = [x[0]]
    for k in range(3):
        y.append(np.sin(y[-1]) * x[k] + y[k // 2])
        y.insert(0, x[1])
        y.pop(-len(y))
    last = y.pop()
    return last**2 + y[1]


def halves(jnp, x):
    def go(lo, hi):
        if hi - lo == 1:
            return x[lo] ** 2
        mid = (lo + hi) // 2
        return go(lo, mid) * jnp.sin(go(mid, hi)) + x[lo]

    return go(0, len(x))


def split(x, lo, hi):
    """Combine both halves of x[lo:hi]."""
    if hi - lo == 1:
        return x[lo] ** 2
    mid = (lo + hi) // 2
    return split(x, lo, mid) * np.sin(split(x, mid, hi)) + x[lo]


@same_as(halves)
def recursion(x):
    """A function that calls itself."""
    return split(x, 0, len(x))


@same_as(lambda jnp, x: (x[0] + x[1] ** 3) * x[2] * jnp.exp(x[0]))
def caught(x):
    """A look-up that fails, after part of the `try` has taken effect."""
    table = {"a": x[0]}
    total = 0.0
    for k, key in enumerate(("a", "b")):
        try:
            total += x[k] * (1.0 if k == 0 else x[1] ** 2)
            total *= table[key] / table["a"]
        except KeyError:
            x[2] *= np.exp(x[0])
    return total * x[2]


@same_as(lambda jnp, x: jnp.abs(jnp.exp(1j * x[0]) * x[1] + 1j * x[2] * x[0]) ** 2)
def complex_inside(x):
    """Complex numbers on the way."""
    z = np.exp(1j * x[0]) * x[1]
    z = z + 1j * x[2] * x[0]
    return abs(z) ** 2


@same_as(lambda jnp, x: jnp.sum((x**2 * x[0] + x[1]) ** 2) * x[1])
def dict_of_parameters(x):
    """A dict whose arrays are read and replaced."""
    p = {"w": x**2, "b": x[1]}
    p["w"] = p["w"] * x[0]
    return np.sum((p["w"] + p["b"]) ** 2) * p["b"]


@same_as(lambda jnp, x: (x[0] * jnp.cos(x[1]) + x[1]) * jnp.cos(x[2]) + x[2])
def rebinds(x):
    """A closure that rebinds a variable around it."""
    total = x[0]

    def step(t):
        nonlocal total
        total = total * np.cos(t) + t

    for t in x[1:]:
        step(t)
    return total


@same_as(lambda jnp, x: (x[0] ** 2 + x[1] ** 2) * x[1])
def returns_early(x):
    """`return` from inside a loop."""
    s = 0.0
    for v in x:
        s += v**2
        if s > 0.9:
            return s * v
    return s


@dataclass
class Spring:
    """Stiffness and rest length."""

    k: float
    rest: float

    def energy(self, length):
        """Energy at a length."""
        return 0.5 * self.k * (length - self.rest) ** 2


@same_as(lambda jnp, x: 0.5 * x[0] * (x[2] * x[1] - x[1]) ** 2 * x[2])
def an_object(x):
    """A dataclass with a method."""
    spring = Spring(x[0], x[1])
    spring.k = spring.k * x[2]
    return spring.energy(x[2] * x[1])


@same_as(lambda jnp, x: jnp.sum(jnp.where(x > 0.7, jnp.log(x), x**2)) * jnp.max(x))
def masked(x):
    """A mask that is written through."""
    y = x**2
    big = x > 0.7
    y[big] = np.log(x[big])
    return np.sum(y) * np.max(x)


@same_as(lambda jnp, x: jnp.sum(jnp.linalg.solve(jnp.outer(x, x) + 2.0 * jnp.eye(3), x) ** 2))
def linear_system(x):
    """A solve."""
    a = np.outer(x, x)
    for i in range(3):
        a[i, i] += 2.0
    return np.sum(np.linalg.solve(a, x) ** 2)
