"""Numeric helpers that generated code may call: `rt.sum_to` and a few that NumPy lacks.

Each is a row of the kernel table, with a derivative of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Shape = tuple[int, ...]


def sum_to(x: Any, shape: Shape) -> Any:
    """Sum a cotangent back to the shape it was broadcast from.

    x: (..., m, n), or a number;  shape: that of the primal, e.g. (m, 1).
    Raises ValueError if ``shape`` does not broadcast to the shape of ``x``.

    >>> sum_to(np.ones((2, 3)), (2, 1))
    array([[3.],
           [3.]])
    >>> sum_to(2.0, ())
    2.0
    """
    found = np.shape(x)
    if found == tuple(shape):
        return x
    new = len(found) - len(shape)
    stretched = tuple(new + i for i, n in enumerate(shape) if n == 1 and found[new + i] != 1)
    axes = (*range(new), *stretched)
    summed = np.sum(x, axis=axes, dtype=np.result_type(x), keepdims=len(shape) > 0)
    return np.reshape(summed, shape) if len(shape) > 0 else summed


def recurrence(a: Any, b: Any, axis: int = -1) -> Any:
    """The linear recurrence ``s[k] = b[k] + a[k] * s[k - 1]`` along ``axis``, from ``s[-1] = 0``.

    a, b: arrays of one shape; ``a[0]`` is not used.

    >>> recurrence(np.array([2.0, 2.0, 2.0]), np.ones(3))
    array([1., 3., 7.])
    """
    a, b = np.broadcast_arrays(np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0))
    s = np.array(b, dtype=np.result_type(a, b))
    for k in range(1, len(s)):
        s[k] += a[k] * s[k - 1]
    return np.moveaxis(s, 0, axis)


def from_diagonal(x: Any, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of ``shape`` with ``x`` on a diagonal: what ``np.diagonal`` would read.

    x: (..., n), the diagonal along its last axis; it may broadcast.

    >>> from_diagonal(np.array([1.0, 2.0]), (2, 3), offset=1)
    array([[0., 1., 0.],
           [0., 0., 2.]])
    """
    y = np.zeros(shape, np.result_type(x))
    last = np.moveaxis(y, (axis1, axis2), (-2, -1))
    n = np.diagonal(last, offset, -2, -1).shape[-1]
    i = np.arange(n)
    last[..., i + max(0, -offset), i + max(0, offset)] = x
    return y


def add_along_axis(values: Any, indices: Any, shape: Shape, axis: int | None = -1) -> Any:
    """Zeros of ``shape`` to which ``values`` are added at ``indices``; duplicates add up.

    The transpose of ``np.take_along_axis``; ``axis`` None: over the flattened result.

    >>> add_along_axis(np.array([1.0, 2.0, 3.0]), np.array([0, 2, 0]), (3,))
    array([4., 0., 2.])
    """
    y = np.zeros(shape, np.result_type(values))
    if axis is None:
        np.add.at(y.reshape(-1), indices, values)
        return y
    rank = y.ndim
    where = list(np.ogrid[tuple(slice(n) for n in shape)])
    where[axis % rank] = indices
    np.add.at(y, tuple(where), values)
    return y


def add_take(values: Any, indices: Any, shape: Shape, axis: int | None = None) -> Any:
    """Zeros of ``shape`` to which ``values`` are added at ``indices``; duplicates add up.

    The transpose of ``np.take``; ``axis`` None: over the flattened result.

    >>> add_take(np.array([1.0, 2.0, 3.0]), np.array([0, 2, 0]), (3,))
    array([4., 0., 2.])
    """
    y = np.zeros(shape, np.result_type(values))
    found = np.shape(indices)
    if axis is None:
        np.add.at(y.reshape(-1), np.ravel(indices), np.broadcast_to(values, found).ravel())
        return y
    axis %= y.ndim
    taken = np.broadcast_to(values, (*shape[:axis], *found, *shape[axis + 1 :]))
    np.add.at(y, (slice(None),) * axis + (indices,), taken)
    return y


def first_places(x: Any) -> Any:
    """Where each value of an array is found first, in the order of the values.

    >>> first_places(np.array([2.0, 1.0, 2.0]))
    array([1, 0])
    """
    return np.unique(x, return_index=True)[1]
