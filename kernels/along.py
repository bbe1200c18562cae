"""Along an axis: differences, gradients, running extremes, windows, convolutions, interpolation."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Call, Row, defined, linear, refuse


# ------------------------------------------------------------------------------ differences
def ediff1d(x, to_end, to_begin):
    """Differences of neighbours of the flattened array, with ends."""
    d = np.diff(np.ravel(x))
    if to_begin is not None:
        d = np.concatenate([np.ravel(to_begin).astype(d.dtype), d], axis=0)
    if to_end is not None:
        d = np.concatenate([d, np.ravel(to_end).astype(d.dtype)], axis=0)
    return d


def diff_between(x, n, axis, prepend, append):
    """Differences, with more elements at the ends."""
    parts = [x]
    if prepend is not None:
        parts = [end(prepend, x, axis), *parts]
    if append is not None:
        parts = [*parts, end(append, x, axis)]
    return np.diff(np.concatenate(parts, axis=axis), n=n, axis=axis)


def end(value, x, axis):
    """One more element along the axis, if it is a number."""
    if np.ndim(value) > 0:
        return value
    return np.full(np.shape(np.take(x, np.arange(1), axis=axis)), value)


def gradient(f, varargs, axis, edge_order):
    """Central differences inside, one-sided ones at the ends (Fornberg 1988)."""
    rank = np.ndim(f)
    if axis is None:
        axes = tuple(range(rank))
    elif isinstance(axis, int):
        axes = (axis % rank,)
    else:
        axes = axis
    if len(varargs) == len(axes):
        steps = varargs
    elif len(varargs) == 1:
        steps = [varargs[0] for _ in axes]
    elif len(varargs) == 0:
        steps = [1.0 for _ in axes]
    else:
        return refuse("gradient: one spacing, or one for each axis")
    found = [slope(f, h, k, edge_order) for k, h in zip(axes, steps, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def slope(f, h, axis, edge_order):
    """The gradient along one axis."""
    y = np.moveaxis(f, axis, 0)
    if np.ndim(h) == 0:
        inside = (y[2:] - y[:-2]) / (2.0 * h)
        a = b = c = d = h
    else:
        x = np.diff(h)
        hs = np.expand_dims(x[:-1], tuple(range(1, np.ndim(f))))
        hd = np.expand_dims(x[1:], tuple(range(1, np.ndim(f))))
        inside = -hd / (hs * (hd + hs)) * y[:-2] + (hd - hs) / (hd * hs) * y[1:-1]
        inside = inside + hs / (hd * (hd + hs)) * y[2:]
        a, b, c, d = x[0], x[1], x[-1], x[-2]
    if edge_order == 1:
        first = (y[1:2] - y[0:1]) / a
        last = (y[-1:] - y[-2:-1]) / c
    else:
        first = -(2.0 * a + b) / (a * (a + b)) * y[0:1] + (a + b) / (a * b) * y[1:2]
        first = first - a / (b * (a + b)) * y[2:3]
        last = c / (d * (c + d)) * y[-3:-2] - (c + d) / (c * d) * y[-2:-1]
        last = last + (2.0 * c + d) / (c * (c + d)) * y[-1:]
    found = np.moveaxis(np.concatenate([first, inside, last], axis=0), 0, axis)
    return found.astype(f.dtype) if f.dtype.kind in "fc" else found


def unwrap(p, discont, axis, period):
    """Jumps of more than half a period are taken out; they are constant."""
    if discont is not None:
        return refuse("unwrap with discont")
    d = np.diff(p, axis=axis)
    jump = np.mod(d + 0.5 * period, period) - 0.5 * period
    jump = np.where(np.logical_and(jump == -0.5 * period, d > 0), 0.5 * period, jump)
    turns = np.where(np.abs(d) < 0.5 * period, 0.0, np.rint((jump - d) / period))
    fixed = (turns * period).astype(p.dtype if p.dtype.kind == "f" else np.float64)
    start = np.zeros_like(np.take(fixed, np.zeros(1, dtype=np.int64), axis=axis))
    return p + np.cumsum(np.concatenate([start, fixed], axis=axis), axis=axis)


# ----------------------------------------------------------------------------------- running
def cumulative_sum(x, axis, dtype, include_initial):
    """As cumsum, with a zero before."""
    return cumulative(np.cumsum, np.zeros_like, x, axis, dtype, include_initial)


def cumulative_prod(x, axis, dtype, include_initial):
    """As cumprod, with a one before."""
    return cumulative(np.cumprod, np.ones_like, x, axis, dtype, include_initial)


def cumulative(function, start, x, axis, dtype, include_initial):
    """The array API's names for sums and products so far."""
    if axis is None:
        if np.ndim(x) != 1:
            return refuse("cumulative_sum of several axes needs `axis`")
        axis = 0
    y = function(x, axis=axis, dtype=dtype)
    if not include_initial:
        return y
    return np.concatenate([start(np.take(y, np.arange(1), axis=axis)), y], axis=axis)


# -------------------------------------------------------------------------------- convolutions
def convolve_transposes(call: Call) -> tuple[str, str]:
    """Correlations of the whole cotangent with the other operand."""
    whole = whole_of(call.attrs["mode"])
    return f"convolve({whole}, b[::-1], mode='valid')", f"convolve({whole}, a[::-1], mode='valid')"


def whole_of(mode: str) -> str:
    """The cotangent, with zeros where ``mode`` cut the full convolution."""
    if mode == "full":
        return "y_bar"
    m, n = "size(a)", "size(b)"
    short = f"minimum({m}, {n})"
    if mode == "valid":
        return f"pad(y_bar, ({short} - 1, {short} - 1))"
    return f"pad(y_bar, (({short} - 1) // 2, {short} // 2))"


def correlate(a, v, mode):
    """A convolution with the other operand reversed, and conjugated."""
    if mode == "full":
        return np.convolve(a, np.conj(v[::-1]), mode="full")
    whole = np.convolve(a, np.conj(v[::-1]), mode="full")
    m, n = np.size(a), np.size(v)
    short = min(m, n)
    if mode == "valid":
        return whole[short - 1 : max(m, n)]
    first = short // 2 if m < n else (short - 1) // 2
    return whole[first : first + max(m, n)]


def sliding_window_view(x, window_shape, axis):
    """Windows along an axis, in a new last axis."""
    if np.ndim(window_shape) > 0 or not (isinstance(axis, int) or np.ndim(x) == 1):
        return refuse("sliding_window_view along several axes", "write it once for each axis")
    along = 0 if axis is None else axis
    first = np.expand_dims(np.arange(np.shape(x)[along] - window_shape + 1), 1)
    moved = np.moveaxis(x, along, -1)[..., first + np.arange(window_shape)]
    return np.moveaxis(moved, -2, along if along >= 0 else along - 1)


# ------------------------------------------------------------------------------- interpolation
def interp(x, xp, fp, left, right, period):
    """Piecewise linear; beyond the ends the values there, or ``left`` and ``right``."""
    if period is not None:
        return refuse("interp with a period", "repeat the points over one more period")
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, np.size(xp) - 2)
    x0, x1, y0, y1 = xp[k], xp[k + 1], fp[k], fp[k + 1]
    y = y0 + (y1 - y0) / (x1 - x0) * (x - x0)
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return (
        np.where(x >= xp[-1], fp[-1] if right is None else np.where(x == xp[-1], fp[-1], right), y)
        + 0.0
    )


# --------------------------------------------------------------------------------- polynomials
def polyval(p, x):
    """Horner's scheme; the highest power comes first."""
    y = np.zeros_like(x) + 0 * p[0]
    for c in p:
        y = y * x + c
    return y


def polyder(p, m):
    """The derivative of a polynomial."""
    for _ in range(m):
        p = p[:-1] * np.arange(np.size(p) - 1, 0, -1)
    return p


def polyint(p, m):
    """An integral of a polynomial, 0 at 0."""
    for _ in range(m):
        p = np.concatenate([p / np.arange(np.size(p), 0, -1), np.zeros_like(p[:1])], axis=0)
    return p


def polyfit(x, y, deg):
    """Least squares in scaled columns."""
    v = np.vander(x, deg + 1)
    scale = np.sqrt(np.sum(v * v, axis=0))
    c = np.linalg.pinv(v / scale) @ y
    return c / scale if np.ndim(y) == 1 else c / np.expand_dims(scale, 1)


def vander(x, N, increasing):
    """Powers in columns."""
    n = np.size(x) if N is None else N
    powers = np.arange(n) if increasing else np.arange(n - 1, -1, -1)
    return np.power(np.expand_dims(x, 1), powers)


def polyadd(a, b):
    """The sum of two polynomials, the shorter one with zeros before."""
    n = max(np.size(a), np.size(b))
    return np.pad(a, (n - np.size(a), 0)) + np.pad(b, (n - np.size(b), 0))


def polysub(a, b):
    """The difference of two polynomials."""
    return polyadd(a, -b)


STEPPED = ("R(5)", "R(5), 0.5", "R(3, 4)", "R(3, 4), 0.5, axis=1", "R(5), edge_order=2", "R(5), np.array([0.0, 1.0, 1.5, 3.0, 3.2])",
           "R(5), np.array([0.0, 1.0, 1.5, 3.0, 3.2]), edge_order=2", "R(3, 4), 0.5, 2.0", "R(5), S",
           "R(3, 3), 0.5, axis=(0, 1)")  # fmt: skip
PAIRS = ("R(5), R(3)", "R(3), R(5)", "R(4), R(4)", "R(5), R(2)", "R(5), R(4)")
MODES = tuple(f"{pair}, mode={mode!r}" for mode in ("full", "same", "valid") for pair in PAIRS)
AT = "np.array([0.3, 1.7, -1.0, 5.0, 1.0])"

# fmt: off
ROWS: list[Row] = [
    defined("ediff1d(x|ary, to_end: value = None, to_begin: value = None) -> y", ediff1d,
            cases=("R(4)", "R(2, 3)", "R(4), R(2), S", "R(4), 0.5")),
    defined("diff_between(x|a, n=1, axis=-1, prepend: value = None, append: value = None) -> y", diff_between,
            via="np.diff", cases=("R(4), prepend=S", "R(2, 3), axis=0, append=R(1, 3)", "R(4), prepend=0.0, append=0.0",
                                  "R(4), n=2, prepend=R(2)")),
    defined("gradient(f, *varargs, axis=None, edge_order=1) -> y", gradient, cases=STEPPED),
    defined("unwrap_phase(p, discont=None, axis=-1, *, period=6.283185307179586) -> y", unwrap,
            via="np.unwrap", real_only=True,
            domain=(-9, 9), cases=("R(5)", "R(2, 4)", "R(4, 2), axis=0", "R(4), period=2.0")),
    defined("cumulative_sum(x, axis=None, dtype=None, *, include_initial=False) -> y", cumulative_sum,
            cases=("R(4)", "R(2, 3), axis=1, include_initial=True")),
    defined("cumulative_prod(x, axis=None, dtype=None, *, include_initial=False) -> y", cumulative_prod,
            cases=("R(4)", "R(2, 3), axis=0, include_initial=True")),
    linear("convolve(a, b|v, mode: static = 'full') -> y", convolve_transposes, cases=MODES),
    defined("correlate(a, v, mode='valid') -> y", correlate, cases=MODES),
    defined("sliding_window_view(x, window_shape, axis: static = None) -> y", sliding_window_view,
            via="np.lib.stride_tricks.sliding_window_view",
            cases=("R(5), 3", "R(2, 5), 2, axis=1", "R(5, 2), 3, axis=0", "R(2, 5), 2, axis=-1")),
    defined("interp(x, xp, fp, left: value = None, right: value = None, period=None) -> y", interp, real_only=True,
            cases=(f"{AT}, np.array([0.0, 1.0, 2.0]), R(3)", "R(3), np.array([-9.0, -0.5, 0.5, 9.0]), R(4)",
                   "S, np.array([-9.0, 9.0]), R(2)", f"{AT}, np.array([0.0, 1.0, 2.0]), R(3), S, S",
                   "0.3, np.array([0.0, 1.0, 2.0]), R(3), -1.0")),
    defined("polyval(p, x) -> y", polyval, cases=("R(4), R(3)", "R(3), S", "R(3), R(2, 2)")),
    defined("polyder(p, m=1) -> y", polyder, cases=("R(4)", "R(4), m=2")),
    defined("polyint(p, m=1) -> y", polyint, cases=("R(4)", "R(4), m=2")),
    defined("polyfit(x, y, deg: static) -> c", polyfit, real_only=True,
            cases=("np.array([0.0, 1.0, 2.0, 3.5]), R(4), deg=2", "R(5), R(5), deg=1")),
    defined("vander(x, N: value = None, increasing=False) -> y", vander,
            cases=("R(3)", "R(3), 4", "R(3), 2, increasing=True")),
    defined("polyadd(a|a1, b|a2) -> y", polyadd, cases=("R(3), R(2)", "R(2), R(2)")),
    defined("polysub(a|a1, b|a2) -> y", polysub, cases=("R(3), R(2)", "R(2), R(2)")),
]
