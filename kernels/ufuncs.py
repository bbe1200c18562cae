"""Methods of ufuncs: `np.add.reduce` and its like, which differ from `np.sum` in what they take
for granted; `np.multiply.outer`."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from s2s.kernels.row import Row, defined, inactive
from s2s.runtime import numeric as rt


def outer(ufunc: np.ufunc) -> Callable[..., object]:
    """Every element of the first with every element of the second."""

    def definition(a, b):
        return ufunc(np.expand_dims(a, tuple(range(np.ndim(a), np.ndim(a) + np.ndim(b)))), b)

    return definition


def add_reduce(x, axis, dtype, keepdims):
    """A sum along the first axis."""
    return np.sum(x, axis=axis, dtype=dtype, keepdims=keepdims)


def multiply_reduce(x, axis, dtype, keepdims):
    """A product along the first axis."""
    return np.prod(x, axis=axis, dtype=dtype, keepdims=keepdims)


def maximum_reduce(x, axis, keepdims):
    """The greatest along the first axis."""
    return np.max(x, axis=axis, keepdims=keepdims)


def minimum_reduce(x, axis, keepdims):
    """The least along the first axis."""
    return np.min(x, axis=axis, keepdims=keepdims)


def logaddexp_reduce(x, axis, keepdims):
    """The logarithm of a sum of exponentials along the first axis."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    total = np.sum(np.exp(x - top), axis=axis, keepdims=keepdims)
    return np.log(total) + (top if keepdims else np.reshape(top, np.shape(total)))


def and_reduce(x, axis, keepdims):
    """Whether all are true along the first axis."""
    return np.all(x, axis=axis, keepdims=keepdims)


def or_reduce(x, axis, keepdims):
    """Whether any is true along the first axis."""
    return np.any(x, axis=axis, keepdims=keepdims)


def add_accumulate(x, axis, dtype):
    """Sums so far along the first axis."""
    return np.cumsum(x, axis=axis, dtype=dtype)


def multiply_accumulate(x, axis, dtype):
    """Products so far along the first axis."""
    return np.cumprod(x, axis=axis, dtype=dtype)


def maximum_accumulate(x, axis):
    """The greatest so far; of equal ones the first."""
    return np.take_along_axis(x, rt.running(x, axis, True), axis)


def minimum_accumulate(x, axis):
    """The least so far; of equal ones the first."""
    return np.take_along_axis(x, rt.running(x, axis, False), axis)


def add_reduceat(x, indices, axis):
    """Sums of slices; where the next index is not greater, one element."""
    first = np.moveaxis(x, axis, 0)
    zero = np.zeros_like(first[:1])
    total = np.concatenate([zero, np.cumsum(first, axis=0)], axis=0)
    ends = np.concatenate([indices[1:], np.full(1, np.shape(first)[0])], axis=0)
    ends = np.where(ends > indices, ends, indices + 1)
    return np.moveaxis(total[ends] - total[indices], 0, axis)


OUTER = ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "hypot", "arctan2", "logaddexp",
         "fmax", "fmin", "equal", "less", "greater", "less_equal", "greater_equal", "not_equal")  # fmt: skip
ALONG = (
    "R(4)",
    "R(2, 3)",
    "R(2, 3), axis=1",
    "R(2, 3), axis=None",
    "R(2, 3), axis=1, keepdims=True",
)
SO_FAR = ("R(4)", "R(2, 3)", "R(2, 3), axis=1")

# fmt: off
ROWS: list[Row] = [
    *(defined(f"{name}_outer(a, b) -> y", outer(getattr(np, name)), via=f"np.{name}.outer", domain=(0.3, 2),
              real_only=True, cases=("R(3), R(2)", "R(2, 2), R(3)")) for name in OUTER),
    defined("add_reduce(x|array, axis=0, dtype=None, *, keepdims=False) -> y", add_reduce, via="np.add.reduce",
            cases=ALONG),
    defined("multiply_reduce(x|array, axis=0, dtype=None, *, keepdims=False) -> y", multiply_reduce,
            via="np.multiply.reduce", cases=ALONG),
    defined("maximum_reduce(x|array, axis=0, *, keepdims=False) -> y", maximum_reduce, via="np.maximum.reduce",
            real_only=True, cases=ALONG),
    defined("minimum_reduce(x|array, axis=0, *, keepdims=False) -> y", minimum_reduce, via="np.minimum.reduce",
            real_only=True, cases=ALONG),
    defined("logaddexp_reduce(x|array, axis=0, *, keepdims=False) -> y", logaddexp_reduce, via="np.logaddexp.reduce",
            real_only=True, cases=ALONG),
    defined("and_reduce(x|array, axis=0, *, keepdims=False) -> y", and_reduce, via="np.logical_and.reduce", cases=ALONG),
    defined("or_reduce(x|array, axis=0, *, keepdims=False) -> y", or_reduce, via="np.logical_or.reduce", cases=ALONG),
    defined("add_accumulate(x|array, axis=0, dtype=None) -> y", add_accumulate, via="np.add.accumulate", cases=SO_FAR),
    defined("multiply_accumulate(x|array, axis=0, dtype=None) -> y", multiply_accumulate,
            via="np.multiply.accumulate", cases=SO_FAR),
    defined("maximum_accumulate(x|array, axis: static = 0) -> y", maximum_accumulate, via="np.maximum.accumulate",
            real_only=True, cases=SO_FAR),
    defined("minimum_accumulate(x|array, axis: static = 0) -> y", minimum_accumulate, via="np.minimum.accumulate",
            real_only=True, cases=SO_FAR),
    inactive("running(x, axis: static, greatest: static) -> y", via="rt", real_only=True,
             cases=("R(4), axis=0, greatest=True", "R(2, 3), axis=1, greatest=False")),
    defined("add_reduceat(x|array, indices, axis=0) -> y", add_reduceat, via="np.add.reduceat",
            cases=("R(6), np.array([0, 2, 3])", "R(2, 6), np.array([0, 4, 2]), axis=1")),
]
