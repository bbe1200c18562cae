"""Functions that write into an array they are given."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Row, defined, refuse


def fill_diagonal(a, val, wrap):
    """Write the diagonal."""
    if np.ndim(a) != 2 or wrap:
        return refuse("fill_diagonal of more than two axes, or with wrap")
    i = np.arange(min(np.shape(a)[0], np.shape(a)[1]))
    a[i, i] = val
    return None


def copyto(dst, src, where):
    """Write everywhere, or where a mask says so."""
    if where is True:
        dst[...] = src
    else:
        dst[...] = np.where(where, src, dst)
    return None


def putmask(a, mask, values):
    """Write where a mask says so."""
    if np.ndim(values) > 0 and np.ndim(values) != np.ndim(a):
        return refuse("putmask with values of another shape", "use np.where")
    a[...] = np.where(mask, values, a)
    return None


def place(arr, mask, vals):
    """Write one after the other where a mask says so, from the beginning again if there are too
    few."""
    n = np.sum(mask)
    arr[mask] = np.take(np.ravel(vals), np.arange(n) % np.size(vals))
    return None


def put(a, ind, v, mode):
    """Write into the flattened array."""
    if mode != "raise":
        return refuse("put with a mode", "use np.clip or % on the indices")
    if np.ndim(a) == 1:
        a[ind] = v
    else:
        a[np.unravel_index(ind, np.shape(a))] = v
    return None


def put_along_axis(arr, indices, values, axis):
    """Write at the places that `take_along_axis` reads."""
    if axis is None:
        return refuse("put_along_axis with axis=None", "write to a[np.unravel_index(i, a.shape)]")
    n = np.ndim(arr)
    axis = axis % n
    if n == 1:
        arr[indices] = values
        return None
    if n != 2:
        return refuse("put_along_axis of more than two axes", "use an index for each axis")
    other = np.arange(np.shape(indices)[1 - axis])
    if axis == 0:
        arr[indices, other] = values
    else:
        arr[np.expand_dims(other, 1), indices] = values
    return None


MASK = "np.array([True, False, True])"

# fmt: off
ROWS: list[Row] = [
    defined("fill_diagonal(a, val, wrap=False) -> y", fill_diagonal, in_memory=True,
            cases=("R(3, 3), S", "R(2, 3), R(2)")),
    defined("copyto(dst, src, *, where: value = True) -> y", copyto, in_memory=True,
            cases=("R(3), R(3)", "R(2, 3), R(3)", f"R(3), R(3), where={MASK}")),
    defined("putmask(a, mask, values) -> y", putmask, in_memory=True, cases=(f"R(3), {MASK}, R(3)", f"R(3), {MASK}, S")),
    defined("place(arr, mask, vals) -> y", place, in_memory=True, cases=(f"R(3), {MASK}, R(2)", f"R(3), {MASK}, R(1)")),
    defined("put(a, ind, v, mode='raise') -> y", put, via="np .", in_memory=True,
            cases=("R(4), np.array([0, 2]), R(2)", "R(2, 3), np.array([1, 5]), S")),
    defined("put_along_axis(arr, indices, values, axis: static) -> y", put_along_axis, in_memory=True,
            cases=("R(2, 3), np.array([[0], [2]]), R(2, 1), axis=1", "R(2, 3), np.array([[0, 1, 0]]), R(1, 3), axis=0",
                   "R(4), np.array([0, 2]), R(2), axis=0")),
]
