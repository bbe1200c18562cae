"""Numeric helpers that generated code may call: `rt.sum_to` and a few that NumPy lacks.

Each is a row of the kernel table, with a derivative of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2s.runtime import blas

Shape = tuple[int, ...]
LARGE = 20_000  # elements, from which calls of BLAS cost less than a matrix in between


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


def add_outer(a: Any, x: Any, y: Any) -> None:
    """``a += np.outer(x, y)``, in place and without a matrix in between where BLAS can do it.

    a: (m, n);  x: (m,);  y: (n,).  BLAS may round otherwise than NumPy, in the last bit.

    >>> a = np.zeros((2, 3))
    >>> add_outer(a, np.array([1.0, 2.0]), np.array([1.0, 0.0, 3.0]))
    >>> a
    array([[1., 0., 3.],
           [2., 0., 6.]])
    """
    if a.size < LARGE or not (_suits_blas(a, x, y) and a.shape == (x.size, y.size)):
        a += np.outer(x, y)
        return
    blas.add_outer(a, x, y)


def _suits_blas(a: np.ndarray, x: np.ndarray, y: np.ndarray) -> bool:
    """Whether BLAS can add to ``a``: doubles, rows in one piece, positive steps, apart in memory."""
    return (
        all(v.dtype == np.float64 and v.flags.aligned for v in (a, x, y))
        and a.strides[1] == 8
        and a.strides[0] >= 8 * a.shape[1]
        and all(v.strides[0] > 0 and v.strides[0] % 8 == 0 for v in (a, x, y))
        and max(*a.shape, a.strides[0] // 8, x.strides[0], y.strides[0]) < 2**31
        and a.flags.writeable
        and not (np.may_share_memory(a, x) or np.may_share_memory(a, y))
    )


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


def fit(x: Any, n: int, axis: int = -1) -> Any:
    """The first ``n`` elements along ``axis``, with zeros where there are fewer.

    >>> fit(np.array([1.0, 2.0, 3.0]), 2), fit(np.array([1.0]), 2)
    (array([1., 2.]), array([1., 0.]))
    """
    found = np.moveaxis(x, axis, 0)[:n]
    y = np.zeros((n, *found.shape[1:]), np.result_type(x))
    y[: len(found)] = found
    return np.moveaxis(y, 0, axis)


def twice(n: int, axis: int, rank: int) -> Any:
    """How often a frequency stands in a real signal of length ``n``: 2, but 1 for the first and, if
    ``n`` is even, the last; along ``axis`` of an array of ``rank`` axes.

    >>> twice(4, 0, 1), twice(5, 0, 1)
    (array([1., 2., 1.]), array([1., 2., 2.]))
    """
    y = np.full(n // 2 + 1, 2.0)
    y[0] = 1.0
    if n % 2 == 0:
        y[-1] = 1.0
    shape = [1] * rank
    shape[axis] = len(y)
    return y.reshape(shape)


def real_eig(x: Any) -> tuple[Any, Any]:
    """Eigenvalues and vectors of a real matrix, which must be real.

    Raises LinAlgError if they are not.
    """
    w, v = np.linalg.eig(x)
    if np.iscomplexobj(w):
        raise np.linalg.LinAlgError(
            "np.linalg.eig of a real matrix with complex eigenvalues has no derivative here"
        )
    return w, v


def need_square(x: Any) -> Any:
    """``x``, a matrix of as many rows as columns: else its full SVD has no derivative."""
    if np.shape(x)[-1] != np.shape(x)[-2]:
        raise np.linalg.LinAlgError(
            "the full SVD of a matrix that is not square has no derivative: use full_matrices=False"
        )
    return x


def need_tall(x: Any) -> Any:
    """``x``, a matrix of at least as many rows as columns: else its QR has no derivative."""
    if np.shape(x)[-1] > np.shape(x)[-2]:
        raise np.linalg.LinAlgError(
            "the QR decomposition of a matrix with more columns than rows has no derivative"
        )
    return x


def rows_of(places: Any) -> Any:
    """The order of rows that LAPACK's exchanges make: row k was exchanged with ``places[k]``.

    >>> rows_of(np.array([1, 2, 2]))
    array([1, 2, 0])
    """
    order = np.arange(len(places))
    for k, other in enumerate(places):
        order[[k, other]] = order[[other, k]]
    return order


def inverse_permutation(order: Any) -> Any:
    """Where each item of a permutation stands.

    >>> inverse_permutation(np.array([1, 2, 0]))
    array([2, 0, 1])
    """
    return np.argsort(order)


def running(x: Any, axis: int, greatest: bool) -> Any:
    """Where along ``axis`` the greatest (or least) element so far stands; of equal ones the first.

    >>> running(np.array([1.0, 3.0, 2.0, 3.0]), 0, True)
    array([0, 1, 1, 1])
    """
    first = np.moveaxis(x, axis, 0)
    extreme = (np.maximum if greatest else np.minimum).accumulate(first)
    is_new = np.ones(first.shape, bool)
    is_new[1:] = extreme[1:] != extreme[:-1]
    order = np.arange(len(first)).reshape(-1, *(1,) * (first.ndim - 1))
    return np.moveaxis(np.maximum.accumulate(order * is_new), 0, axis)
