"""Order statistics, averages, correlations, histograms; defined by sorting, sums and products."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import math

import numpy as np

from s2s.kernels.row import Call, Row, defined, inactive, linear, refuse

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


# ------------------------------------------------------------------------------ in one line
def in_line(x, axis):
    """``x`` with the axes to be taken together as its last."""
    if axis is None:
        return np.ravel(x)
    if not isinstance(axis, tuple):
        return np.moveaxis(x, axis, -1)
    ends = tuple(range(-len(axis), 0))
    moved = np.moveaxis(x, axis, ends)
    return np.reshape(moved, (*np.shape(moved)[: -len(axis)], -1))


def put_back(y, x, axis, keepdims):
    """The result with its axes kept, if they are to be."""
    if not keepdims:
        return y
    return np.expand_dims(y, tuple(range(np.ndim(x))) if axis is None else axis)


def ptp(x, axis, keepdims):
    """The range: from the smallest to the largest."""
    return np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)


# --------------------------------------------------------------------------------- quantiles
def quantile(x, q, axis, method, keepdims):
    """Of the sorted elements the one at place q (n - 1), or between two."""
    return quantile_of(x, q, axis, method, keepdims)


def percentile(x, q, axis, method, keepdims):
    """As `quantile`, in percent."""
    return quantile_of(x, q / 100.0, axis, method, keepdims)


def quantile_of(x, q, axis, method, keepdims):
    """One line of sorted elements, and a place in it."""
    line = np.sort(in_line(x, axis), axis=-1)
    if np.ndim(q) == 0:
        return put_back(between(line, q, method), x, axis, keepdims)
    if np.ndim(q) != 1 or keepdims:
        return refuse("quantiles for an array of several axes, or with keepdims for a vector")
    found = between(line, q, method)
    return np.moveaxis(found, -1, 0) if np.ndim(found) > 1 else found


def between(line, q, method):
    """The elements at the places q (n - 1) along the last axis."""
    if method not in METHODS:
        return refuse("quantile with this method", "use 'linear', 'lower', 'higher', 'midpoint'")
    place = q * (np.shape(line)[-1] - 1)
    if np.ndim(q) == 0:
        low, high, nearest = math.floor(place), math.ceil(place), round(place)
    else:
        low, high = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
        nearest = np.rint(place).astype(np.int64)
    below = line[..., low]
    above = line[..., high]
    last = line[..., -1] if np.ndim(q) == 0 else line[..., -1:]  # NaN if there is one
    if method == "lower":
        return np.minimum(below, last)
    if method == "higher":
        return np.minimum(above, last)
    if method == "midpoint":
        return np.minimum(0.5 * (below + above), last)
    if method == "nearest":
        return np.minimum(line[..., nearest], last)
    return np.minimum(below + (above - below) * (place - low), last)


def median(x, axis, keepdims):
    """The mean of the one or two elements in the middle."""
    line = np.sort(in_line(x, axis), axis=-1)
    n = np.shape(line)[-1]
    middle = 0.5 * (line[..., (n - 1) // 2] + line[..., n // 2])
    return put_back(np.minimum(middle, line[..., -1]), x, axis, keepdims)  # NaN is the last


def nanmedian(x, axis, keepdims):
    """The median of what is no NaN: these are sorted to the end."""
    return nanquantile(x, 0.5, axis, "linear", keepdims)


def nanquantile(x, q, axis, method, keepdims):
    """The quantile of what is no NaN."""
    if np.ndim(q) > 0 or method != "linear":
        return refuse("nanquantile for several quantiles or another method than 'linear'")
    flat = in_line(x, axis)
    line = np.sort(flat, axis=-1)
    place = q * (np.sum(np.logical_not(np.isnan(flat)), axis=-1, keepdims=True) - 1)
    low = np.floor(place).astype(np.int64)
    high = np.ceil(place).astype(np.int64)
    below = np.take_along_axis(line, low, -1)
    above = np.take_along_axis(line, high, -1)
    dtype = line.dtype if line.dtype.kind == "f" else np.float64
    found = below + (above - below) * (place - low).astype(dtype)
    return put_back(found[..., 0], x, axis, keepdims)


def nanpercentile(x, q, axis, method, keepdims):
    """As `nanquantile`, in percent."""
    return nanquantile(x, q / 100.0, axis, method, keepdims)


# ------------------------------------------------------------------------ averages, moments
def average(x, axis, weights, returned, keepdims):
    """The sum of weighted elements over the sum of the weights."""
    if weights is None:
        mean = np.mean(x, axis=axis, keepdims=keepdims)
        count = np.size(x) // np.size(mean)
        return (mean, count * np.ones_like(mean)) if returned else mean
    w = weights
    if np.ndim(w) < np.ndim(x):  # one weight for each place along the axis
        w = np.moveaxis(np.expand_dims(w, tuple(range(np.ndim(x) - 1))), -1, axis)
        w = np.broadcast_to(w, np.shape(x))
    total = np.sum(w, axis=axis, keepdims=keepdims)
    mean = np.sum(x * w, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def cov(m, y, rowvar, bias, ddof, fweights, aweights):
    """Deviations from the mean, multiplied and averaged."""
    if fweights is not None or aweights is not None:
        return refuse("cov with weights")
    x = np.atleast_2d(m).astype(np.complex128 if np.iscomplexobj(m) else np.float64)
    if np.ndim(m) == 2 and not rowvar:
        x = x.T
    if y is not None:
        other = np.atleast_2d(y)
        x = np.concatenate([x, other.T if np.ndim(y) == 2 and not rowvar else other], axis=0)
    freedom = ddof if ddof is not None else (0 if bias else 1)
    deviation = x - np.mean(x, axis=1, keepdims=True)
    other = np.conj(deviation) if np.iscomplexobj(x) else deviation
    found = deviation @ other.T / (np.shape(x)[1] - freedom)
    return found[0, 0] if np.ndim(m) < 2 and y is None else found


def corrcoef(x, y, rowvar):
    """Covariances over the standard deviations."""
    c = cov(x, y, rowvar, False, None, None, None)
    if np.ndim(x) < 2 and y is None:
        return c / c
    d = np.sqrt(np.real(np.diagonal(c)))
    return c / np.expand_dims(d, 1) / d


# -------------------------------------------------------------------------------- histograms
def bincount_back(call: Call) -> tuple[str | None, ...]:
    """Each weight falls into one bin."""
    return None, "y_bar[x]", None


def bin_edges(x, bins, range):
    """Equal bins over the range of the data, or those that are given."""
    if np.ndim(bins) > 0:
        return bins
    dtype = x.dtype if x.dtype.kind == "f" else None
    if range is None:
        return np.linspace(np.min(x), np.max(x), bins + 1, dtype=dtype)
    return np.linspace(range[0], range[1], bins + 1, dtype=dtype)


def histogram(x, bins, range, density, weights):
    """How much weight falls into each bin; the last one is closed."""
    edges = bin_edges(x, bins, range)
    flat = np.ravel(x)
    n = np.size(edges) - 1
    place = np.searchsorted(edges, flat, side="right") - 1
    place = np.where(flat == edges[-1], n - 1, place)
    inside = np.logical_and(flat >= edges[0], flat <= edges[-1])
    place = np.where(inside, place, n)  # a bin for what falls outside
    if weights is None:
        count = np.bincount(place, minlength=n + 1)[:n]
    else:
        count = np.bincount(place, np.ravel(weights), minlength=n + 1)[:n].astype(weights.dtype)
    if density:
        return count / (np.sum(count) * np.diff(edges)), edges
    return count, edges


OVER = ("R(5)", "R(4)", "R(2, 3)", "R(2, 3), axis=0", "R(3, 4), axis=-1, keepdims=True",
        "R(2, 3, 2), axis=(0, 2)")  # fmt: skip
AT = tuple(case.replace(")", "), 0.3", 1) for case in OVER)
PERCENT = tuple(case.replace(")", "), 30.0", 1) for case in OVER)
NAN_AT = ("N(5), 0.3", "N(2, 3), 0.6, axis=1", "N(3, 4), 0.5, axis=0, keepdims=True")

# fmt: off
ROWS: list[Row] = [
    defined("ptp(x|a, axis=None, *, keepdims=False) -> y", ptp, real_only=True, cases=OVER),
    defined("median(x|a, axis=None, *, keepdims=False) -> y", median, real_only=True, cases=OVER),
    defined("quantile(x|a, q, axis=None, *, method='linear', keepdims=False) -> y", quantile,
            real_only=True, domain=((-2, 2), (0.2, 0.3)),
            cases=(*AT, "R(5), S", "R(2, 5), np.array([0.1, 0.7]), axis=1", "R(5), 0.3, method='lower'",
                   "R(5), 0.3, method='higher'", "R(5), 0.3, method='midpoint'",
                   "R(5), 0.3, method='nearest'", "R(5), 0.0", "R(5), 1.0")),
    defined("percentile(x|a, q, axis=None, *, method='linear', keepdims=False) -> y", percentile,
            real_only=True, domain=((-2, 2), (20, 24)),
            cases=(*PERCENT, "R(5), S", "R(5), np.array([10.0, 70.0])", "R(5), 95")),
    defined("nanmedian(x|a, axis=None, *, keepdims=False) -> y", nanmedian, real_only=True,
            cases=("N(5)", "N(2, 3), axis=1", "R(4)", "N(3, 4), axis=0, keepdims=True")),
    defined("nanquantile(x|a, q, axis=None, *, method='linear', keepdims=False) -> y", nanquantile,
            real_only=True, cases=NAN_AT),
    defined("nanpercentile(x|a, q, axis=None, *, method='linear', keepdims=False) -> y",
            nanpercentile, real_only=True, cases=("N(5), 30.0", "N(2, 3), 60, axis=1")),
    defined("average(x|a, axis=None, weights: value = None, returned=False, *, keepdims=False) -> y",
            average,
            cases=("R(4)", "R(2, 3), axis=0", "R(4), weights=W(4)", "R(2, 3), axis=1, weights=W(3)",
                   "R(2, 3), axis=0, weights=W(2)", "R(2, 3), weights=W(2, 3)",
                   "R(2, 3), axis=0, weights=W(2, 3), keepdims=True", "R(4), weights=W(4), returned=True",
                   "R(2, 4), axis=1, returned=True")),
    defined("cov(m, y: value = None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None)"
            " -> y", cov, cases=("R(3, 4)", "R(4)", "R(4), R(4)", "R(4, 3), rowvar=False",
                                 "R(3, 4), bias=True", "R(3, 4), ddof=0", "R(2, 4), R(1, 4)")),
    defined("corrcoef(x, y: value = None, rowvar=True) -> y", corrcoef, real_only=True,
            cases=("R(3, 4)", "R(4), R(4)", "R(4, 3), rowvar=False")),

    linear("bincount(x, weights: value = None, minlength: value = 0) -> y", bincount_back,
           real_only=True, jvp=(None, "bincount(x, weights_dot, minlength=minlength)", None),
           cases=("np.array([0, 2, 1, 2])", "np.array([0, 2, 1, 2]), R(4)",
                  "np.array([0, 2, 1, 2]), R(4), 5")),
    defined("histogram(x|a, bins: value = 10, range: value = None, density=None, "
            "weights: value = None) -> y", histogram, real_only=True, domain=(0.1, 3),
            cases=("np.array([0.1, 0.5, 2.0, 1.1]), 4, weights=R(4)",
                   "np.array([0.1, 0.5, 2.0, 3.0]), 4, (0.0, 2.0), weights=R(4)",
                   "np.array([0.1, 0.5, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]), weights=R(4)",
                   "np.array([0.1, 0.5, 2.0, 3.0]), 3, density=True, weights=W(4)")),
    defined("histogram_bin_edges(x|a, bins: value = 10, range: value = None) -> y", bin_edges,
            real_only=True, cases=("R(5), 4", "R(5), 3, (0.0, 2.0)")),
    inactive("nanargmax(x|a, axis=None, *, keepdims=False) -> y", cases=("R(4)", "R(2, 3), axis=1")),
    inactive("nanargmin(x|a, axis=None, *, keepdims=False) -> y", cases=("R(4)", "R(2, 3), axis=1")),
]
