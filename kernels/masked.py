"""Reductions with ``where`` and ``initial``, and those that skip NaN: what is left out is replaced.

Each is defined by the plain reduction of the same name.
"""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Row, defined, reduction, refuse

MASKED = "axis=None, dtype=None, *, keepdims=False, initial: value = None, where: value = True"


def kept(x, where, instead):
    """``x``, and ``instead`` of it where it is left out."""
    if where is True:
        return x
    return np.where(where, x, instead)


def number_of(x, where, axis, keepdims):
    """How many elements are taken together, as a number of the kind of ``x``."""
    taken = np.broadcast_to(where, np.shape(x))
    dtype = x.dtype if x.dtype.kind in "fc" else None
    return np.sum(taken, axis=axis, keepdims=keepdims, dtype=dtype)


# --------------------------------------------------------------------------- where, initial
def sum_where(x, axis, dtype, keepdims, initial, where):
    """Zeros add nothing."""
    total = np.sum(kept(x, where, 0), axis=axis, dtype=dtype, keepdims=keepdims)
    return total if initial is None else initial + total


def prod_where(x, axis, dtype, keepdims, initial, where):
    """Ones change nothing."""
    total = np.prod(kept(x, where, 1), axis=axis, dtype=dtype, keepdims=keepdims)
    return total if initial is None else initial * total


def max_where(x, axis, keepdims, initial, where):
    """What is left out counts as ``initial``."""
    if initial is None:
        return refuse("max with `where` needs `initial`")
    return np.maximum(np.max(kept(x, where, initial), axis=axis, keepdims=keepdims), initial)


def min_where(x, axis, keepdims, initial, where):
    """What is left out counts as ``initial``."""
    if initial is None:
        return refuse("min with `where` needs `initial`")
    return np.minimum(np.min(kept(x, where, initial), axis=axis, keepdims=keepdims), initial)


def mean_where(x, axis, dtype, keepdims, where):
    """The sum over the number of elements."""
    total = np.sum(kept(x, where, 0), axis=axis, dtype=dtype, keepdims=keepdims)
    return total / number_of(x, where, axis, keepdims)


def var_where(x, axis, dtype, ddof, keepdims, where):
    """The mean square of the deviation."""
    deviation = x - mean_where(x, axis, dtype, True, where)
    square = deviation * np.conj(deviation) if np.iscomplexobj(x) else deviation * deviation
    square = np.real(square)
    total = np.sum(kept(square, where, 0), axis=axis, dtype=dtype, keepdims=keepdims)
    return total / (number_of(square, where, axis, keepdims) - ddof)


def std_where(x, axis, dtype, ddof, keepdims, where):
    """The root of the variance."""
    return root(var_where(x, axis, dtype, ddof, keepdims, where))


def root(v):
    """The square root, with derivative 0 at 0."""
    return np.sqrt(np.where(v == 0, 1, v)) * (v != 0)


def any_where(x, axis, keepdims, where):
    """False changes nothing."""
    return np.any(np.logical_and(x, where), axis=axis, keepdims=keepdims)


def all_where(x, axis, keepdims, where):
    """True changes nothing."""
    return np.all(np.logical_or(x, np.logical_not(where)), axis=axis, keepdims=keepdims)


# -------------------------------------------------------------------------------- skip NaN
def nanprod(x, axis, dtype, keepdims):
    """NaN counts as 1."""
    return np.prod(np.where(np.isnan(x), 1, x), axis=axis, dtype=dtype, keepdims=keepdims)


def nancumsum(x, axis, dtype):
    """NaN counts as 0."""
    return np.cumsum(np.where(np.isnan(x), 0, x), axis=axis, dtype=dtype)


def nancumprod(x, axis, dtype):
    """NaN counts as 1."""
    return np.cumprod(np.where(np.isnan(x), 1, x), axis=axis, dtype=dtype)


def nanvar(x, axis, dtype, ddof, keepdims):
    """The variance of the others."""
    there = np.logical_not(np.isnan(x))
    return var_where(np.where(there, x, 0), axis, dtype, ddof, keepdims, there)


def nanstd(x, axis, dtype, ddof, keepdims):
    """The root of the variance."""
    return root(nanvar(x, axis, dtype, ddof, keepdims))


MASK = "np.array([[True, False, True], [True, True, False]])"
LEFT_OUT = (f"R(2, 3), where={MASK}", f"R(2, 3), axis=1, where={MASK}",
            f"R(2, 3), axis=0, keepdims=True, where={MASK}",
            "R(2, 3), where=np.array([True, False, True])")  # fmt: skip
STARTED = ("R(2, 3), initial=2.0", "R(2, 3), axis=0, initial=S")
BOUNDED = ("R(2, 3), initial=0.3", f"R(2, 3), axis=1, initial=-9.0, where={MASK}")
ALONG = ("R(2, 3)", "R(2, 3), axis=1", "R(2, 3), axis=0, keepdims=True", "N(2, 3)",
         "N(2, 3), axis=1")  # fmt: skip

# fmt: off
ROWS: list[Row] = [
    defined(f"sum_where(x|a, {MASKED}) -> y", sum_where, via="np.sum .sum",
            cases=(*LEFT_OUT, *STARTED)),
    defined(f"prod_where(x|a, {MASKED}) -> y", prod_where, via="np.prod .prod",
            cases=(*LEFT_OUT, *STARTED)),
    defined("max_where(x|a, axis=None, *, keepdims=False, initial: value = None, "
            "where: value = True) -> y", max_where, real_only=True, via="np.max np.amax .max", cases=BOUNDED),
    defined("min_where(x|a, axis=None, *, keepdims=False, initial: value = None, "
            "where: value = True) -> y", min_where, real_only=True, via="np.min np.amin .min",
            cases=("R(2, 3), initial=0.3", f"R(2, 3), axis=1, initial=9.0, where={MASK}")),
    defined("mean_where(x|a, axis=None, dtype=None, *, keepdims=False, where: value = True) -> y",
            mean_where, via="np.mean .mean", cases=LEFT_OUT),
    defined("var_where(x|a, axis=None, dtype=None, *, ddof=0, keepdims=False, where: value = True)"
            " -> y", var_where, via="np.var .var", cases=(*LEFT_OUT, f"R(2, 3), ddof=1, where={MASK}")),
    defined("std_where(x|a, axis=None, dtype=None, *, ddof=0, keepdims=False, where: value = True)"
            " -> y", std_where, via="np.std .std", cases=(*LEFT_OUT, f"R(2, 3), ddof=1, where={MASK}")),
    defined("any_where(x|a, axis=None, *, keepdims=False, where: value = True) -> y", any_where,
            via="np.any .any", cases=LEFT_OUT),
    defined("all_where(x|a, axis=None, *, keepdims=False, where: value = True) -> y", all_where,
            via="np.all .all", cases=LEFT_OUT),

    reduction("nansum(x|a, axis=None, dtype=None, *, keepdims=False) -> y", "logical_not(isnan(x))",
              raises=False, cases=ALONG),
    reduction("nanmean(x|a, axis=None, dtype=None, *, keepdims=False) -> y", "logical_not(isnan(x))",
              "1 / sum(logical_not(isnan(x)), **kept)", raises=False, cases=ALONG),
    reduction("nanmax(x|a, axis=None, *, keepdims=False) -> y", "(x == y)",
              "1 / sum(x == kept_y, **kept)", real_only=True, cases=ALONG),
    reduction("nanmin(x|a, axis=None, *, keepdims=False) -> y", "(x == y)",
              "1 / sum(x == kept_y, **kept)", real_only=True, cases=ALONG),
    defined("nanprod(x|a, axis=None, dtype=None, *, keepdims=False) -> y", nanprod, cases=ALONG),
    defined("nancumsum(x|a, axis=None, dtype=None) -> y", nancumsum, cases=("N(4)", "N(2, 3), axis=1")),
    defined("nancumprod(x|a, axis=None, dtype=None) -> y", nancumprod,
            cases=("N(4)", "N(2, 3), axis=1")),
    defined("nanvar(x|a, axis=None, dtype=None, *, ddof=0, keepdims=False) -> y", nanvar,
            cases=(*ALONG, "N(2, 3), ddof=1")),
    defined("nanstd(x|a, axis=None, dtype=None, *, ddof=0, keepdims=False) -> y", nanstd,
            cases=(*ALONG, "N(2, 3), ddof=1")),
]
