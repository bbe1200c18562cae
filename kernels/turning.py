"""Views that are made of other views, grids, and index arrays."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Row, defined, inactive, refuse


# ------------------------------------------------------------------------------------- views
def fliplr(m):
    """The second axis backwards."""
    return m[:, ::-1]


def flipud(m):
    """The first axis backwards."""
    return m[::-1]


def rot90(m, k, axes):
    """Quarter turns in a plane."""
    a, b = axes
    k = k % 4
    if k == 0:
        return np.flip(m, axis=())
    if k == 2:
        return np.flip(m, axis=(a, b))
    turned = np.swapaxes(m, a, b)
    return np.flip(turned, axis=a) if k == 1 else np.flip(turned, axis=b)


def rollaxis(x, axis, start):
    """An axis before another."""
    n = np.ndim(x)
    axis, start = axis % n, start + n if start < 0 else start
    return np.moveaxis(x, axis, start - 1 if axis < start else start)


def atleast_3d(x):
    """At least three axes."""
    if np.ndim(x) == 0:
        return np.reshape(x, (1, 1, 1))
    if np.ndim(x) == 1:
        return np.expand_dims(x, (0, 2))
    return np.expand_dims(x, 2) if np.ndim(x) == 2 else np.reshape(x, np.shape(x))


def broadcast_arrays(xs):
    """All in the shape that they have together."""
    shape = np.shape(xs[0])
    for x in xs[1:]:
        shape = np.broadcast_shapes(shape, np.shape(x))
    return tuple([np.broadcast_to(x, shape) for x in xs])


# ------------------------------------------------------------------------------------- grids
def meshgrid(xs, indexing, sparse, copy):
    """A grid for each coordinate; with "xy" the first two axes change places."""
    n = len(xs)
    grids = []
    for k, x in enumerate(xs):
        place = 1 - k if indexing == "xy" and n > 1 and k < 2 else k
        axes = tuple(range(n))
        grids = [*grids, np.expand_dims(np.ravel(x), axes[:place] + axes[place + 1 :])]
    if sparse:
        return tuple([grid.copy() for grid in grids])
    shape = np.shape(grids[0])
    for grid in grids[1:]:
        shape = np.broadcast_shapes(shape, np.shape(grid))
    return tuple([np.broadcast_to(grid, shape).copy() for grid in grids])


def ix_(xs):
    """Index arrays that meet."""
    n = len(xs)
    found = []
    for k, x in enumerate(xs):
        places = np.flatnonzero(x) if x.dtype.kind == "b" else x
        axes = tuple(range(n))
        found = [*found, np.expand_dims(places, axes[:k] + axes[k + 1 :])]
    return tuple(found)


def geomspace(start, stop, num, endpoint, dtype):
    """Numbers whose logarithms are equally spaced."""
    t = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    found = start * (stop / start) ** t
    return found if dtype is None else found.astype(dtype)


def logspace(start, stop, num, endpoint, base, dtype):
    """Powers of ``base`` with equally spaced exponents."""
    found = base ** np.linspace(start, stop, num, endpoint=endpoint)
    return found if dtype is None else found.astype(dtype)


def fromfunction(function, shape, dtype):
    """A function of the indices."""
    grid = np.indices(shape, dtype=np.float64 if dtype is None else dtype)
    return function(*[grid[k] for k in range(len(shape))])


def diagflat(v, k):
    """A matrix with everything on one diagonal."""
    return np.diag(np.ravel(v), k)


def resize(x, new_shape):
    """The elements over and over again."""
    shape = new_shape if isinstance(new_shape, tuple) else (new_shape,)
    count = 1
    for n in shape:
        count = count * n
    return np.reshape(np.take(np.ravel(x), np.arange(count) % np.size(x)), shape)


# --------------------------------------------------------------------------------- products
def vecdot(a, b, axis):
    """Products of vectors, the first one conjugated."""
    return np.sum(np.conj(a) * b, axis=axis)


def matvec(a, b):
    """Matrices times vectors."""
    return (a @ np.expand_dims(b, -1))[..., 0]


def vecmat(a, b):
    """Vectors, conjugated, times matrices."""
    return (np.expand_dims(np.conj(a), -2) @ b)[..., 0, :]


# --------------------------------------------------------------------------- user's functions
def apply_along_axis(func1d, axis, arr):
    """A function of one line that gives a number or a line."""
    lines = np.moveaxis(arr, axis, -1)
    flat = np.reshape(lines, (-1, np.shape(lines)[-1]))
    found = np.array([func1d(line) for line in flat])
    there = np.shape(lines)[:-1]
    if np.ndim(found) == 1:
        return np.reshape(found, there)
    return np.moveaxis(np.reshape(found, (*there, np.shape(found)[1])), -1, axis)


def no_loop(pyfunc, otypes, doc, excluded, cache, signature):
    """np.vectorize makes an object that is called later."""
    return refuse("np.vectorize", "write the loop, or np.array([f(v) for v in x])")


def no_strides(x, shape, strides, subok, writeable):
    """Strides are not known to any derivative."""
    return refuse("as_strided", "use sliding_window_view, slices or an index array")


PLANES = ("R(2, 3)", "R(2, 3), 2", "R(2, 3), -1", "R(2, 3), 0", "R(2, 3, 2), 1, axes=(1, 2)")

# fmt: off
ROWS: list[Row] = [
    defined("fliplr(m) -> y", fliplr, in_memory=True, cases=("R(2, 3)",)),
    defined("flipud(m) -> y", flipud, in_memory=True, cases=("R(2, 3)", "R(3)")),
    defined("rot90(m, k: static = 1, axes=(0, 1)) -> y", rot90, in_memory=True, cases=PLANES),
    defined("rollaxis(x|a, axis: static, start: static = 0) -> y", rollaxis, in_memory=True,
            cases=("R(2, 3, 4), axis=2", "R(2, 3, 4), axis=0, start=3", "R(2, 3, 4), axis=-1, start=1")),
    defined("atleast_3d(x) -> y", atleast_3d, in_memory=True, cases=("R(3)", "R(2, 3)", "R(2, 3, 2)")),
    defined("broadcast_arrays(*xs) -> y", broadcast_arrays,
            cases=("R(3), R(2, 1)", "R(2, 3), S", "R(3), R(3), R(1)")),
    defined("meshgrid(*xs, indexing='xy', sparse=False, copy=True) -> y", meshgrid,
            cases=("R(3), R(2)", "R(3), R(2), indexing='ij'", "R(3)", "R(3), R(2), R(4)", "R(3), R(2), sparse=True")),
    defined("geomspace(start, stop, num: value = 50, endpoint=True, dtype=None) -> y", geomspace, domain=(1, 4),
            real_only=True, cases=("S, S, 5", "S, 10.0, 4", "S, S, 4, endpoint=False")),
    defined("logspace(start, stop, num: value = 50, endpoint=True, base=10.0, dtype=None) -> y", logspace, domain=(0.1, 1),
            real_only=True, cases=("S, S, 5", "0.0, S, 4", "S, S, 4, base=2.0")),
    defined("fromfunction(function, shape: static, *, dtype=None) -> y", fromfunction, in_memory=True,
            cases=("np.add, shape=(2, 3)",)),
    defined("diagflat(v, k: value = 0) -> y", diagflat, cases=("R(3)", "R(2, 2), 1")),
    defined("resize(x|a, new_shape) -> y", resize, cases=("R(3), 5", "R(3), (2, 4)", "R(2, 3), (2, 2)")),
    defined("vecdot(a, b, *, axis=-1) -> y", vecdot, via="np linalg", cases=("R(3), R(3)", "R(2, 3), R(3)", "R(3, 2), R(3, 2), axis=0")),
    defined("apply_along_axis(func1d, axis: static, arr) -> y", apply_along_axis, in_memory=True,
            cases=("np.sum, 0, R(2, 3)", "np.sum, 1, R(2, 3)", "np.sort, -1, R(2, 3)")),
    defined("vectorize(pyfunc, otypes=None, doc=None, excluded=None, cache=False, signature=None) -> y", no_loop, cases=()),
    defined("as_strided(x, shape=None, strides=None, subok=False, writeable=True) -> y", no_strides,
            via="np.lib.stride_tricks.as_strided", cases=()),

    inactive("indices(to|dimensions, dtype=int) -> y", cases=("(2, 3)", "(2,), dtype='float64'")),
    inactive("tril_indices(n, k: value = 0, m: value = None) -> y", cases=("3", "3, 1", "3, 0, 4")),
    inactive("triu_indices(n, k: value = 0, m: value = None) -> y", cases=("3", "3, 1", "3, -1, 2")),
    inactive("tril_indices_from(x|arr, k: value = 0) -> y", cases=("R(3, 3)", "R(2, 3), 1")),
    inactive("triu_indices_from(x|arr, k: value = 0) -> y", cases=("R(3, 3)", "R(2, 3), 1")),
    inactive("diag_indices(n, ndim: static = 2) -> y", cases=("3", "2, ndim=3")),
    inactive("diag_indices_from(x|arr) -> y", cases=("R(3, 3)",)),
    defined("ix_(*xs) -> y", ix_, cases=("np.array([0, 2]), np.array([1, 0, 1])",)),
]
if hasattr(np, "matvec"):
    ROWS += [
        defined("matvec(a, b) -> y", matvec, cases=("R(2, 3), R(3)", "R(4, 2, 3), R(3)", "R(2, 3), R(4, 3)")),
        defined("vecmat(a, b) -> y", vecmat, cases=("R(2), R(2, 3)", "R(4, 2), R(2, 3)")),
    ]
