"""Reductions, cumulative sums, sorting."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from s2s.kernels.row import Call, Row, linear, reduction, rule
from s2s.runtime import numeric as rt

INF = math.inf
AXES = (
    "R(4)", "R(2, 3)", "R(2, 3), axis=0", "R(2, 3), axis=-1", "R(2, 3, 2), axis=(0, 2)",
    "R(2, 3), axis=1, keepdims=True", "R(2, 3, 2), axis=(-1, 0), keepdims=True",
    "R(2, 3), keepdims=True",
)  # fmt: skip
WITH_SCALARS = (*AXES, "S", "R()")
SPREAD = (*AXES, "R(5), ddof=1", "R(3, 4), axis=0, ddof=1")
LINE = ("R(4)", "R(2, 3)", "R(2, 3), axis=0", "R(2, 3, 2), axis=-2", "Z(4)", "Z(2, 3), axis=1")


def summed(call: Call) -> tuple[str]:
    """The transpose of a sum: its axes put back, repeated."""
    return (f"broadcast_to({kept(call)}, shape(x))",)


def averaged(call: Call) -> tuple[str]:
    """The transpose of a mean."""
    return (f"broadcast_to({kept(call)} / {count(call)}, shape(x))",)


def kept(call: Call) -> str:
    """The cotangent with the axes that were taken away."""
    axis = call.attrs["axis"]
    return "y_bar" if axis is None or call.attrs["keepdims"] else f"expand_dims(y_bar, {axis})"


def count(call: Call) -> str:
    """How many elements a mean takes together."""
    axis = call.attrs["axis"]
    if axis is None:
        return "size(x)"
    sizes = [f"shape(x)[{k}]" for k in (axis if isinstance(axis, tuple) else (axis,))]
    return sizes[0] if len(sizes) == 1 else f"({' * '.join(sizes) or 1})"


def var_partial(call: Call) -> tuple[str, str]:
    """Twice the deviation; the mean moves too, but deviations sum to 0."""
    return deviation(call), f"2 / {freedom(call)}"


def std_partial(call: Call) -> tuple[str, str]:
    """0 where all are equal."""
    return deviation(call), f"1 / ({freedom(call)} * (y + (y == 0)))"


def deviation(call: Call) -> str:
    """From the mean."""
    return "conj(x - mean(x, **kept))" if call.is_complex else "(x - mean(x, **kept))"


def freedom(call: Call) -> str:
    """Degrees of freedom."""
    return f"(count - {call.attrs['ddof']!r})" if call.attrs["ddof"] else "count"


# --------------------------------------------------------------------------------- products
def prod_partial(call: Call) -> tuple[str]:
    """The product of the other elements, before and after: right where some of them are 0."""
    axis = call.attrs["axis"]
    if axis is None:
        return (f"reshape({others('ravel(x)')}, shape(x))",)
    if not isinstance(axis, tuple):
        last = call.rank(0) == 1 or axis == -1
        line = others("x" if last else f"moveaxis(x, {axis}, -1)")
        return (line if last else f"moveaxis({line}, -1, {axis})",)
    ends = tuple(range(-len(axis), 0))
    moved = f"moveaxis(x, {axis}, {ends})"
    line = others(f"reshape({moved}, shape({moved})[:{ends[0]}] + (-1,))")
    return (f"moveaxis(reshape({line}, shape({moved})), {ends}, {axis})",)


def others(x: str) -> str:
    """For each element along the last axis the product of all others."""
    one = f"ones_like({x}[..., :1])"
    before = f"cumprod(concatenate([{one}, {x}[..., :-1]], axis=-1), axis=-1)"
    after = f"cumprod(concatenate([{one}, {x}[..., :0:-1]], axis=-1), axis=-1)"
    return f"{before} * flip({after}, axis=-1)"


def cumprod_vjp(x, y, y_bar, axis=None, dtype=None):
    """x_bar[i] = y[i - 1] s[i] with s[i] = y_bar[i] + x[i + 1] s[i + 1]: no division, zeros are
    right."""
    if axis is None:
        return np.reshape(cumprod_bar(np.ravel(x), y, y_bar, 0), np.shape(x))
    return cumprod_bar(x, y, y_bar, axis)


def cumprod_bar(x, y, y_bar, axis):
    """The same along one axis."""
    x = np.moveaxis(x, axis, -1)
    y = np.moveaxis(y, axis, -1)
    one = np.ones_like(x[..., :1])
    before = np.concatenate([one, y[..., :-1]], axis=-1)
    after = np.concatenate([one, x[..., :0:-1]], axis=-1)  # reversed
    s = rt.recurrence(after, np.moveaxis(y_bar, axis, -1)[..., ::-1])
    return np.moveaxis(before * s[..., ::-1], -1, axis)


def cumprod_jvp(x, y, x_dot, axis=None, dtype=None):
    """y_dot[i] = y[i - 1] x_dot[i] + x[i] y_dot[i - 1]."""
    if axis is None:
        return cumprod_dot(np.ravel(x), y, np.ravel(x_dot), 0)
    return cumprod_dot(x, y, x_dot, axis)


def cumprod_dot(x, y, x_dot, axis):
    """The same along one axis."""
    x = np.moveaxis(x, axis, -1)
    y = np.moveaxis(y, axis, -1)
    before = np.concatenate([np.ones_like(x[..., :1]), y[..., :-1]], axis=-1)
    return np.moveaxis(rt.recurrence(x, before * np.moveaxis(x_dot, axis, -1)), -1, axis)


def recurrence_vjp(a, b, y, y_bar, axis=-1):
    """The recurrence run backwards gives b_bar; a_bar[k] = b_bar[k] y[k - 1]."""
    a = np.moveaxis(a, axis, -1)
    before = np.moveaxis(y, axis, -1)[..., :-1]
    zero = np.zeros_like(a[..., :1])
    after = np.concatenate([zero, a[..., :0:-1]], axis=-1)
    b_bar = rt.recurrence(after, np.moveaxis(y_bar, axis, -1)[..., ::-1])[..., ::-1]
    a_bar = b_bar * np.concatenate([zero, before], axis=-1)
    return np.moveaxis(a_bar, -1, axis), np.moveaxis(b_bar, -1, axis)


def recurrence_jvp(a, b, y, a_dot, b_dot, axis=-1):
    """Linear in b; in a what it multiplies is the previous value."""
    moved = np.moveaxis(y, axis, -1)
    before = np.concatenate([np.zeros_like(moved[..., :1]), moved[..., :-1]], axis=-1)
    pushed = a_dot * np.moveaxis(before, -1, axis)
    return rt.recurrence(a, pushed, axis), rt.recurrence(a, b_dot, axis)


# ------------------------------------------------------------------------------ along a line
def cumsum_transpose(call: Call) -> tuple[str]:
    """The sum of what follows."""
    if call.attrs["axis"] is None:
        return ("reshape(flip(cumsum(flip(y_bar))), shape(x))",)
    return ("flip(cumsum(flip(y_bar, axis=axis), axis=axis), axis=axis)",)


def diff_transpose(call: Call) -> tuple[str]:
    """Differences of the padded cotangent: the transpose of D is -D with zero ends."""
    rank, n = call.rank(0), call.attrs["n"]
    axis = call.attrs["axis"] % rank
    width = tuple((n, n) if k == axis else (0, 0) for k in range(rank))
    return (f"{'-' if n % 2 else ''}diff(pad(y_bar, {width if rank > 1 else n}), n=n, axis=axis)",)


def sort_rule(forward: bool) -> Callable[[Call], tuple[str]]:
    """Both modes take along the permutation that sorts."""
    order = "argsort(x, axis=axis)"

    def texts(call: Call) -> tuple[str]:
        if forward:
            return (f"take_along_axis(x_dot, {order}, axis=axis)",)
        text = f"take_along_axis(y_bar, argsort({order}, axis=axis), axis=axis)"
        return (f"reshape({text}, shape(x))" if call.attrs["axis"] is None else text,)

    return texts


def trapezoid_transposes(call: Call) -> tuple[str | None, ...]:
    """z = sum(d * (y[1:] + y[:-1])) / 2 with d = dx or diff(x): each d falls to its two ends."""
    d, bar, mid, width = trapezoid_parts(call)
    weight = f"0.5 * {d} * {bar}" if d else f"0.5 * {bar}"
    if call.is_none(1):
        weight = f"broadcast_to({weight}, shape({ahead(call)}))"
    y_bar = f"pad({weight}, {width(0, 1)}) + pad({weight}, {width(1, 0)})"
    if call.is_none(1):
        return y_bar, None, f"sum({bar} * {mid})"
    x_bar = f"-diff(pad({bar} * {mid}, {width(1, 1)}), axis={call.attrs['axis']})"
    if call.rank(1) < call.rank(0):
        x_bar = f"moveaxis({x_bar}, {call.attrs['axis']}, -1)"
    return y_bar, x_bar, None


def trapezoid_tangents(call: Call) -> tuple[str | None, ...]:
    """Linear in y, and in the spacing."""
    axis = call.attrs["axis"]
    if call.is_none(1):
        mid = trapezoid_parts(call)[2]
        step = ", None, dx" if len(call.types) > 2 else ""
        return f"trapezoid(y_dot{step}, axis={axis})", None, f"dx_dot * sum({mid}, axis={axis})"
    return f"trapezoid(y_dot, x, axis={axis})", f"trapezoid(y, x_dot, axis={axis})", None


def trapezoid_parts(call: Call) -> tuple[str, str, str, Callable[[int, int], str]]:
    """The spacing, the cotangent beside it, the mean of neighbours, and widths to pad."""
    rank, axis = call.rank(0), call.attrs["axis"]
    here = axis % rank
    before = f"y[{':, ' * here}:-1]"
    if call.is_none(1):
        d = "dx" if len(call.types) > 2 else ""
    elif call.rank(1) < rank:
        shape = ", ".join("-1" if k == here else "1" for k in range(rank))
        d = f"reshape(diff(x), ({shape}))"
    else:
        d = f"diff(x, axis={axis})"

    def width(lo: int, hi: int) -> str:
        return str(tuple((lo, hi) if k == here else (0, 0) for k in range(rank)))

    return d, f"expand_dims(z_bar, {axis})", f"(0.5 * ({ahead(call)} + {before}))", width


def ahead(call: Call) -> str:
    """All but the first along the axis."""
    return f"y[{':, ' * (call.attrs['axis'] % call.rank(0))}1:]"


# fmt: off
ROWS: list[Row] = [
    linear("sum(x|a, axis=None, dtype=None, *, keepdims=False) -> y", summed, via="np .",
           raises=False, cases=WITH_SCALARS),
    linear("mean(x|a, axis=None, dtype=None, *, keepdims=False) -> y", averaged, via="np .",
           raises=False, cases=WITH_SCALARS),
    reduction("prod(x|a, axis=None, dtype=None, *, keepdims=False) -> y", prod_partial, via="np .",
              raises=False, cases=(*AXES, "Z(4)", "Z(2, 3), axis=1", "Z(2, 3), axis=(0, 1)")),
    reduction("max(x|a, axis=None, *, keepdims=False) -> y", "(x == y)",
              "1 / sum(x == kept_y, **kept)", via="np np.amax . max", real_only=True,
              cases=WITH_SCALARS),
    reduction("min(x|a, axis=None, *, keepdims=False) -> y", "(x == y)",
              "1 / sum(x == kept_y, **kept)", via="np np.amin . min", real_only=True,
              cases=WITH_SCALARS),
    reduction("var(x|a, axis=None, dtype=None, *, ddof=0, keepdims=False) -> y", var_partial,
              via="np .", raises=False, cases=SPREAD),
    reduction("std(x|a, axis=None, dtype=None, *, ddof=0, keepdims=False) -> y", std_partial,
              via="np .", raises=False, cases=SPREAD),

    linear("cumsum(x|a, axis=None, dtype=None) -> y", cumsum_transpose, via="np .", cases=LINE[:4]),
    rule("cumprod(x|a, axis=None, dtype=None) -> y", cumprod_vjp, cumprod_jvp, via="np .",
         cases=LINE),
    rule("recurrence(a, b, axis: static = -1) -> y", recurrence_vjp, recurrence_jvp, via="rt",
         cases=("R(4), R(4)", "R(2, 3), R(2, 3)", "R(3, 2), R(3, 2), axis=0")),
    linear("diff(x|a, n=1, axis=-1) -> y", diff_transpose,
           cases=("R(4)", "R(2, 3), axis=0", "R(2, 4), n=2", "R(3, 2, 2), axis=0")),
    rule("trapezoid(y, x: value = None, dx: value = 1.0, axis=-1) -> z", trapezoid_transposes,
         trapezoid_tangents, stretches=1,
         cases=("R(4)", "R(4), R(4)", "R(3, 2), R(3), axis=0", "R(2, 3), R(2, 3)",
                "R(2, 4), None, S", "R(4, 3), R(4, 3), axis=0", "R(2, 3), R(3)")),

    rule("sort(x|a, axis=-1, kind=None, *, stable=None) -> y", sort_rule(False), sort_rule(True),
         real_only=True, cases=("R(5)", "R(2, 3), axis=0", "R(2, 3), axis=None", "R(2, 2, 3)")),
    linear("take_along_axis(x|arr, indices, axis: static = -1) -> y",
           "add_along_axis(y_bar, indices, shape(x), axis)",
           cases=("R(4), np.array([0, 2, 0])", "R(3, 2), np.array([[1, 0], [1, 2]]), axis=0",
                  "R(2, 2), np.array([3, 0, 3]), axis=None")),
    linear("add_along_axis(x, indices, shape, axis: static = -1) -> y",
           "take_along_axis(y_bar, indices, axis)", via="rt",
           cases=("R(3), np.array([0, 2, 0]), (4,)",
                  "R(2, 2), np.array([[1, 0], [1, 2]]), (3, 2), axis=0",
                  "R(3), np.array([3, 0, 3]), (2, 2), axis=None")),
]
