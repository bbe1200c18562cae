"""Functions of `math` and `cmath` on several numbers, defined by arithmetic."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import cmath
import math

from s2s.kernels.row import Row, defined, scalar


def prod(xs, start):
    """The product, from the left."""
    y = start
    for x in xs:
        y = y * x
    return y


def dist(p, q):
    """The length of the difference."""
    total = 0.0
    for a, b in zip(p, q, strict=True):
        total = total + (a - b) * (a - b)
    return root(total)


def hypot(xs):
    """The length of a vector."""
    total = 0.0
    for x in xs:
        total = total + x * x
    return root(total)


def root(square):
    """The square root, with derivative 0 at 0."""
    return math.sqrt(square) if square > 0.0 else 0.0 * square


def sumprod(p, q):
    """The sum of products."""
    total = 0
    for a, b in zip(p, q, strict=True):
        total = total + a * b
    return total


def polar(z):
    """Length and angle."""
    return abs(z), cmath.phase(z)


def fma(x, y, z):
    """x * y + z."""
    return x * y + z


# fmt: off
ROWS: list[Row] = [
    defined("math_prod(xs: list, *, start: value = 1) -> y", prod, via="math.prod",
            cases=("(S, S, S)", "(S, 2.0)", "(S, S), start=S")),
    defined("dist(p: list, q: list) -> y", dist, via="math", real_only=True, cases=("(S, S), (S, S)", "(S, 1.0), (0.0, S)")),
    defined("hypot_of(*xs) -> y", hypot, via="math.hypot", real_only=True, cases=("S, S, S", "S, 1.0, 2.0, S")),
    scalar("remainder(x, y) -> z", "1", "(z - x) / y", via="math", domain=((-2, 2), (0.7, 0.9)), real_only=True,
           cases=("S, S",)),
    defined("polar(z) -> y", polar, via="cmath", cases=("S",)),
]
if hasattr(math, "sumprod"):
    ROWS.append(defined("sumprod(p: list, q: list) -> y", sumprod, via="math", cases=("(S, S), (S, S)",)))
if hasattr(math, "fma"):
    ROWS.append(defined("fma(x, y, z) -> w", fma, via="math", real_only=True, cases=("S, S, S",)))
