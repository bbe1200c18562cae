"""Elementwise mathematics: one partial derivative for each operand.

``x / (y + (y == 0))`` reads: x / y, and 0 where y is 0.
"""
# mypy: allow-untyped-defs, allow-untyped-calls
# (rules are mathematics on whatever numbers they are given)

from __future__ import annotations

import math

import numpy as np

from s2s.kernels.row import Call, Row, linear, rule, scalar

INF, NAN = math.inf, math.nan
UNIT, POSITIVE, ABOVE_ONE = (-0.9, 0.9), (0.2, 3.0), (1.2, 4.0)


# --------------------------------------------------------------------------------- with choices
def power_partials(call: Call) -> tuple[str | None, str | None]:
    """d(x**y): a known exponent gives the form one knows; x**0.0 has derivative 0 at 0, and so has
    0**y."""
    z = call.row.signature.result
    base = f"log(x + (x == 0){' + 0j' if call.is_complex else ''})"
    by_y = f"{z} * np.{base}"
    if 1 in call.constants:
        n = call.constants[1]
        if n == 0:
            return None, by_y
        simple = {1: "1", 2: "2 * x", 0.5: f"0.5 / {z}", -1: f"-{z} * {z}"}
        return simple.get(n, f"{n!r} * x ** {n - 1!r}"), by_y
    if not _is_float(call, 1):  # an exponent that is never active
        return "y * x ** (y - 1 + (y == 0))", None
    # 0 * 0**0 where both are 0; elsewhere exact, also for second derivatives
    return "y * x ** (y - 1 + (y == 0) * (x == 0))", by_y


def _is_float(call: Call, i: int) -> bool:
    name = getattr(call.types[i], "dtype", getattr(call.types[i], "name", "f"))
    return bool(name[0] in "fc")


def clip_partials(call: Call) -> tuple[str | None, str | None, str | None]:
    """d minimum(maximum(x, lo), hi); a bound may be None, ties are shared."""
    above = "((x > lo) + 0.5 * (x == lo))"
    below = "((x < hi) + 0.5 * (x == hi))"
    if call.is_none(2):
        return above[1:-1], "(lo > x) + 0.5 * (lo == x)", None
    if call.is_none(1):
        return below[1:-1], None, "(hi < x) + 0.5 * (hi == x)"
    return (
        f"{above} * {below}",
        "((lo > x) + 0.5 * (lo == x)) * ((lo < hi) + 0.5 * (lo == hi))",
        "(hi < maximum(x, lo)) + 0.5 * (hi == maximum(x, lo))",
    )


# --------------------------------------------------------------------------- several results
def divmod_vjp(x, y, z, z_bar):
    """Cotangents of quotient (constant) and remainder."""
    return z_bar[1], -z[0] * z_bar[1]


def divmod_jvp(x, y, z, x_dot, y_dot):
    """Tangents of quotient and remainder."""
    return (np.zeros_like(x_dot), x_dot), (np.zeros_like(y_dot), -z[0] * y_dot)


def modf_vjp(x, y, y_bar):
    """Cotangents of fraction and whole (constant)."""
    return y_bar[0]


def modf_jvp(x, y, x_dot):
    """Tangents of fraction and whole."""
    return x_dot, np.zeros_like(x_dot)


def frexp_jvp(x, y, x_dot):
    """Tangents of mantissa and exponent (constant)."""
    return np.ldexp(x_dot, -y[1]), np.zeros_like(y[1])


def sinc_partial(call: Call) -> tuple[str]:
    """(cos(pi x) - y) / x; 0 at 0, where the series says -pi**2 x / 3."""
    cosine = "cos(3.141592653589793 * x)"
    return (f"({cosine} - y) / (x + (x == 0)) - 3.289868133696453 * x * (x == 0)",)


TIES = {(1.0, 1.0): (0.5, 0.5), (1.0, 2.0): (0.0, 1.0)}
TIES_BELOW = {(1.0, 1.0): (0.5, 0.5), (1.0, 2.0): (1.0, 0.0)}
POWER_KINKS = {
    (0.0, 0.0): (0.0, 0.0), (0.0, 1.0): (1.0, 0.0), (0.0, 2.0): (0.0, 0.0), (0.0, 0.5): (INF, 0.0),
    (-2.0, 3.0): (12.0, NAN), (-2.0, 0.0): (0.0, NAN), (2.0, 0.0): (0.0, math.log(2)),
}  # fmt: skip

# fmt: off
ROWS: list[Row] = [
    # arithmetic
    scalar("add(x, y) -> z", "1", "1", via="np +"),
    scalar("subtract(x, y) -> z", "1", "-1", via="np -"),
    scalar("multiply(x, y) -> z", "y", "x", via="np *"),
    scalar("divide(x, y) -> z", "1 / y", "-z / y", via="np np.true_divide /",
           domain=((-2, 2), POSITIVE), singular=(None, 1.0)),
    scalar("mod(x, y) -> z", "1", "-(x // y)", via="np %", domain=((-2, 2), (0.7, 0.9)),
           singular=(None, 1.0)),
    scalar("fmod(x, y) -> z", "1", "-trunc(x / y)", via="np math", domain=((-2, 2), (0.7, 0.9)),
           singular=(None, 1.0)),
    scalar("power(x, y) -> z", power_partials, via="np ** pow math.pow", domain=((0.3, 2), (-2, 2)),
           singular=(1.0, 1.0), kinks=POWER_KINKS, typed_by_value=True,
           cases=("R(3), R(3)", "R(2, 3), R(3)", "S, S", "R(2, 3), 2", "R(3), 0.5", "R(3), -1",
                  "R(3), 3", "R(3), 0", "R(3), I(3)", "R(3), 1", "S, 2", "S, -1.5")),
    scalar("float_power(x, y) -> z", power_partials, domain=((0.3, 2), (-2, 2)),
           singular=(1.0, 1.0)),
    scalar("negative(x) -> y", "-1", via="np u-"),
    scalar("positive(x) -> y", "1", via="np u+"),
    scalar("reciprocal(x) -> y", "-y * y", domain=POSITIVE, singular=1.0),
    scalar("square(x) -> y", "2 * x"),
    scalar("abs(x) -> y", "sign(x)", via="np np.fabs math.fabs abs", kinks={(0.0,): (0.0,)},
           complex_partials=("conj(x) / (y + (y == 0))",)),
    rule("divmod(x, y) -> z", divmod_vjp, divmod_jvp, via="np divmod", elementwise=True,
         domain=((-2, 2), (0.7, 0.9)), singular=(None, 1.0),
         cases=("R(3), R(3)", "R(2, 3), R(3)", "S, S")),
    rule("modf(x) -> y", modf_vjp, modf_jvp, via="np math", elementwise=True, cases=("R(3)", "S")),

    # powers, exponentials, logarithms
    scalar("sqrt(x) -> y", "0.5 / y", via="np math cmath", domain=POSITIVE, singular=1.0,
           kinks={(0.0,): (INF,)}),
    scalar("cbrt(x) -> y", "1 / (3 * y * y)", via="np math", domain=POSITIVE, singular=1.0,
           kinks={(0.0,): (INF,)}),
    scalar("exp(x) -> y", "y", via="np math cmath", singular=0.0),
    scalar("exp2(x) -> y", "0.6931471805599453 * y", via="np math", singular=0.0),
    scalar("expm1(x) -> y", "y + 1", via="np math", singular=0.0),
    scalar("log(x) -> y", "1 / x", via="np math cmath", domain=POSITIVE, singular=1.0),
    scalar("log_base(x, base) -> y", "1 / (x * log(base))", "-y / (base * log(base))",
           via="math.log cmath.log", domain=(POSITIVE, ABOVE_ONE), singular=(1.0, 2.0),
           cases=("S, S", "S, 2")),
    scalar("log2(x) -> y", "1.4426950408889634 / x", via="np math", domain=POSITIVE, singular=1.0),
    scalar("log10(x) -> y", "0.4342944819032518 / x", via="np math cmath", domain=POSITIVE,
           singular=1.0),
    scalar("log1p(x) -> y", "1 / (1 + x)", via="np math", domain=POSITIVE, singular=0.0),
    scalar("logaddexp(x, y) -> z", "exp(x - z)", "exp(y - z)", singular=(0.0, 0.0)),
    scalar("logaddexp2(x, y) -> z", "exp2(x - z)", "exp2(y - z)", singular=(0.0, 0.0)),
    scalar("hypot(x, y) -> z", "x / (z + (z == 0))", "y / (z + (z == 0))", via="np math",
           kinks={(0.0, 0.0): (0.0, 0.0)}),

    # trigonometric, hyperbolic
    scalar("sin(x) -> y", "cos(x)", via="np math cmath"),
    scalar("cos(x) -> y", "-sin(x)", via="np math cmath"),
    scalar("tan(x) -> y", "1 + y * y", via="np math cmath", domain=(-1, 1), singular=0.0),
    scalar("arcsin(x) -> y", "1 / sqrt(1 - x * x)", via="np math.asin cmath.asin", domain=UNIT,
           singular=0.0),
    scalar("arccos(x) -> y", "-1 / sqrt(1 - x * x)", via="np math.acos cmath.acos", domain=UNIT,
           singular=0.0),
    scalar("arctan(x) -> y", "1 / (1 + x * x)", via="np math.atan cmath.atan", domain=UNIT),
    scalar("arctan2(y, x) -> z", "x / (x * x + y * y)", "-y / (x * x + y * y)", via="np math.atan2",
           singular=(1.0, 1.0)),
    scalar("sinh(x) -> y", "cosh(x)", via="np math cmath", singular=0.0),
    scalar("cosh(x) -> y", "sinh(x)", via="np math cmath", singular=0.0),
    scalar("tanh(x) -> y", "1 - y * y", via="np math cmath"),
    scalar("arcsinh(x) -> y", "1 / sqrt(x * x + 1)", via="np math.asinh cmath.asinh", domain=UNIT),
    # DLMF 4.37.19: the branch
    scalar("arccosh(x) -> y", "1 / sqrt(x * x - 1)", via="np math.acosh cmath.acosh",
           domain=ABOVE_ONE, singular=2.0, complex_partials=("1 / (sqrt(x - 1) * sqrt(x + 1))",)),
    scalar("arctanh(x) -> y", "1 / (1 - x * x)", via="np math.atanh cmath.atanh", domain=UNIT,
           singular=0.0),
    scalar("degrees(x) -> y", "57.29577951308232", via="np np.rad2deg math"),
    scalar("radians(x) -> y", "0.017453292519943295", via="np np.deg2rad math"),

    # choosing
    scalar("maximum(x, y) -> z", "(x > y) + 0.5 * (x == y)", "(y > x) + 0.5 * (x == y)",
           via="np max", chooses=("max",), real_only=True, kinks=TIES),
    scalar("minimum(x, y) -> z", "(x < y) + 0.5 * (x == y)", "(y < x) + 0.5 * (x == y)",
           via="np min", chooses=("min",), real_only=True, kinks=TIES_BELOW),
    scalar("fmax(x, y) -> z", "(x > y) + 0.5 * (x == y) + isnan(y)",
           "(y > x) + 0.5 * (x == y) + isnan(x)", real_only=True,
           kinks={**TIES, (NAN, 1.0): (0.0, 1.0)}),
    scalar("fmin(x, y) -> z", "(x < y) + 0.5 * (x == y) + isnan(y)",
           "(y < x) + 0.5 * (x == y) + isnan(x)", real_only=True,
           kinks={**TIES_BELOW, (NAN, 1.0): (0.0, 1.0)}),
    scalar("clip(x|a, lo|a_min|min: given = None, hi|a_max|max: given = None) -> y", clip_partials,
           via="np .", real_only=True, domain=((-2, 2), (-1, 0), (0.5, 1)),
           kinks={(0.0, 0.0, 1.0): (0.5, 0.5, 0.0), (1.0, 0.0, 1.0): (0.5, 0.0, 0.5)},
           cases=("R(5), R(5), R(5)", "R(2, 3), R(3), S", "R(5), None, S", "R(5), S, None",
                  "R(2, 3), -1, 1")),
    linear("where(condition, x, y) -> z", None, "where(condition, z_bar, 0)",
           "where(condition, 0, z_bar)", jointly=True, elementwise=True,
           cases=("B(3), R(3), R(3)", "B(2, 3), R(3), S", "B(3), R(2, 3), R(2, 1)", "B(3), S, S")),
    scalar("heaviside(x, half) -> y", None, "x == 0", domain=POSITIVE,
           kinks={(0.0, 0.5): (0.0, 1.0)}),
    scalar("copysign(x, y) -> z", "sign(x) * copysign(1.0, y)", via="np math"),
    scalar("sinc(x) -> y", sinc_partial),
    scalar("i0(x) -> y", "i1(x)", via="np sp", real_only=True),
    rule("frexp(x) -> y", ("ldexp(y_bar[0], -y[1])",), frexp_jvp, via="np math", elementwise=True,
         real_only=True, cases=("R(3)", "S"), domain=POSITIVE),
    scalar("ldexp(x, y) -> z", "ldexp(1.0, y)", None, via="np math", real_only=True,
           cases=("R(3), np.array([1, 2, 0])", "S, 2", "R(3), 3")),
    scalar("nextafter(x, y) -> z", "1", None, via="np math", real_only=True),
    scalar("nan_to_num(x, *, nan=0.0, posinf=None, neginf=None) -> y", "isfinite(x)"),

    # complex numbers; the parts of a real number are linear, so these hold for both
    scalar("real(x|val) -> y", "1", via="np .", is_view=True),
    scalar("imag(x|val) -> y", None, complex_partials=("-1j",), via="np .", is_view=True),
    linear("conj(x) -> y", "conj(y_bar)", via="np np.conjugate . .conjugate", elementwise=True,
           aliases=True, cases=("R(3)", "R(2, 3)", "S")),
    scalar("angle(x|z) -> y", None, complex_partials=("-1j / x",), via="np cmath.phase"),
    scalar("complex(re|real, im|imag: value = 0) -> z", "1", "1j", via="complex",
           cases=("S, S", "S")),
    scalar("rect(r, phi) -> z", "cos(phi) + 1j * sin(phi)", "1j * z", via="cmath", cases=("S, S",)),

    # conversions
    scalar("float(x) -> y", "1", via="float", cases=("S", "R()")),
    scalar("float64(x) -> y", "1", via="np", is_view=True),
    scalar("float32(x) -> y", "1", via="np", is_view=True),
    scalar("complex128(x) -> y", "1", via="np", is_view=True),
    scalar("complex64(x) -> y", "1", via="np", is_view=True),
    scalar("astype(x, dtype: static) -> y", "1", via=". np", cases=("R(2, 3), dtype='float64'",)),
]
