"""Results without a derivative: truth, comparisons, rounding, integers, sizes.

What is rounded is constant in pieces: its derivative is 0 wherever it has one.
"""

from __future__ import annotations

from typing import Any

from s2s.kernels.row import Row, inactive

POINTWISE: dict[str, Any] = {"elementwise": True}
NEVER: dict[str, Any] = {"raises": False}
SIZES: dict[str, Any] = {"raises": False, "shape_only": True}
PAIR = ("R(3), R(3)", "R(2, 3), R(3)", "S, R(3)", "S, S")
INTS = ("I(3), I(3)", "I(2, 3), I(3)", "3, 2", "B(3), B(3)")
ALONG = ("R(2, 3)", "R(2, 3), axis=0", "R(2, 3), axis=-1")

# fmt: off
ROWS: list[Row] = [
    # comparisons
    inactive("less(x, y) -> z", via="np <", cases=PAIR, **POINTWISE),
    inactive("less_equal(x, y) -> z", via="np <=", cases=PAIR, **POINTWISE),
    inactive("greater(x, y) -> z", via="np >", cases=PAIR, **POINTWISE),
    inactive("greater_equal(x, y) -> z", via="np >=", cases=PAIR, **POINTWISE),
    inactive("equal(x, y) -> z", via="np ==", cases=PAIR, **POINTWISE),
    inactive("not_equal(x, y) -> z", via="np !=", cases=PAIR, **POINTWISE),
    inactive("isclose(x|a, y|b, rtol=1e-05, atol=1e-08, equal_nan=False) -> z", cases=PAIR,
             **POINTWISE),
    inactive("math_isclose(x|a, y|b, *, rel_tol=1e-09, abs_tol=0.0) -> z",
             via="math.isclose cmath.isclose", cases=("S, S",), **POINTWISE),
    inactive("allclose(x|a, y|b, rtol=1e-05, atol=1e-08, equal_nan=False) -> z", cases=PAIR),
    inactive("array_equal(x|a1, y|a2, equal_nan=False) -> z", cases=PAIR, **NEVER),

    # truth and bits
    inactive("logical_and(x, y) -> z", cases=PAIR, **POINTWISE),
    inactive("logical_or(x, y) -> z", cases=PAIR, **POINTWISE),
    inactive("logical_xor(x, y) -> z", cases=PAIR, **POINTWISE),
    inactive("logical_not(x) -> y", **POINTWISE),
    inactive("bitwise_and(x, y) -> z", via="np &", cases=INTS, **POINTWISE),
    inactive("bitwise_or(x, y) -> z", via="np |", cases=INTS, **POINTWISE),
    inactive("bitwise_xor(x, y) -> z", via="np ^", cases=INTS, **POINTWISE),
    inactive("left_shift(x, y) -> z", via="np <<", cases=INTS[:3], **POINTWISE),
    inactive("right_shift(x, y) -> z", via="np >>", cases=INTS[:3], **POINTWISE),
    inactive("invert(x) -> y", via="np u~", cases=("I(3)", "B(2, 3)", "3"), **POINTWISE),
    inactive("any(x|a, axis=None, *, keepdims=False) -> y", via="np .", cases=ALONG, **NEVER),
    inactive("all(x|a, axis=None, *, keepdims=False) -> y", via="np .", cases=ALONG, **NEVER),

    # kinds of numbers
    inactive("isnan(x) -> y", via="np math cmath", **POINTWISE),
    inactive("isinf(x) -> y", via="np math cmath", **POINTWISE),
    inactive("isfinite(x) -> y", via="np math cmath", **POINTWISE),
    inactive("isreal(x) -> y", **POINTWISE),
    inactive("iscomplex(x) -> y", **POINTWISE),
    inactive("iscomplexobj(x) -> y", **SIZES),
    inactive("isrealobj(x) -> y", **SIZES),
    inactive("isscalar(element) -> y", **SIZES),
    inactive("signbit(x) -> y", **POINTWISE),
    inactive("isposinf(x) -> y", real_only=True, **POINTWISE),
    inactive("isneginf(x) -> y", real_only=True, **POINTWISE),
    inactive("spacing(x) -> y", real_only=True, **POINTWISE),
    inactive("ulp(x) -> y", via="math", cases=("S",), **POINTWISE),
    inactive("array_equiv(x|a1, y|a2) -> z", cases=PAIR, **NEVER),
    inactive("iterable(x) -> y", cases=("R(3)",), **SIZES),
    inactive("broadcast_shapes(*xs) -> y", cases=("(2, 3), (3,)", "(2, 1), (1, 3)"), **NEVER),

    # rounding
    inactive("sign(x) -> y", real_only=True, **POINTWISE),
    inactive("floor(x) -> y", via="np math", **POINTWISE),
    inactive("ceil(x) -> y", via="np math", **POINTWISE),
    inactive("trunc(x) -> y", via="np np.fix math", **POINTWISE),
    inactive("rint(x) -> y", **POINTWISE),
    inactive("round(x|a, decimals|ndigits: value = 0) -> y", via="np np.around . round",
             cases=("R(3)", "R(2, 3), 2", "S", "S, 1"), **POINTWISE),
    inactive("floor_divide(x, y) -> z", via="np //", domain=((-2, 2), (0.5, 2)), cases=PAIR,
             **POINTWISE),

    # integers
    inactive("int(x) -> y", via="int", cases=("S",), **POINTWISE),
    inactive("bool(x) -> y", via="bool", cases=("S",), **POINTWISE),
    inactive("int64(x) -> y", via="np", aliases=True, **POINTWISE),
    inactive("int32(x) -> y", via="np", aliases=True, **POINTWISE),
    inactive("bool_(x) -> y", via="np", aliases=True, **POINTWISE),
    inactive("lcm(x, y) -> z", via="np math", cases=("I(3), I(3)", "6, 4"), **POINTWISE),
    inactive("perm(n, k) -> y", via="math", cases=("4, 2",)),
    inactive("bitwise_count(x) -> y", cases=("I(3)", "3"), **POINTWISE),
    inactive("gcd(x, y) -> z", via="np math", cases=("I(3), I(3)", "6, 4"), **POINTWISE),
    inactive("isqrt(x) -> y", via="math", cases=("9",)),
    inactive("factorial(x) -> y", via="math", cases=("4",)),
    inactive("comb(n, k) -> y", via="math", cases=("4, 2",)),
    inactive("argmax(x|a, axis=None, *, keepdims=False) -> y", via="np .", cases=ALONG),
    inactive("argmin(x|a, axis=None, *, keepdims=False) -> y", via="np .", cases=ALONG),
    inactive("argsort(x|a, axis=-1, kind=None, *, stable=None) -> y", via="np .",
             cases=("R(5)", "R(2, 3), axis=0", "R(2, 3), axis=None"), **NEVER),
    inactive("searchsorted(x|a, v, side='left') -> y", via="np .",
             cases=("R(5), S", "R(5), R(2, 3)")),
    inactive("digitize(x, bins, right=False) -> y", cases=("R(3), np.arange(4.0)",)),
    inactive("count_nonzero(x|a, axis=None, *, keepdims=False) -> y", cases=ALONG, **NEVER),
    inactive("nonzero(x|a|condition) -> y", via="np . np.where", cases=("R(3)", "R(2, 3)"),
             **NEVER),
    inactive("flatnonzero(x|a) -> y", cases=("R(3)", "R(2, 3)"), **NEVER),
    inactive("argwhere(x|a) -> y", cases=("R(3)", "R(2, 3)"), **NEVER),

    # sizes: nothing of the operand is read but its shape
    inactive("shape(x|a) -> y", via="np .", cases=("R(2, 3)", "S"), **SIZES),
    inactive("ndim(x|a) -> y", via="np .", cases=("R(2, 3)", "S"), **SIZES),
    inactive("size(x|a, axis: static = None) -> y", via="np .",
             cases=("R(2, 3)", "S", "R(2, 3), axis=0"), **SIZES),
]
