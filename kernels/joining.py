"""Arrays put together and taken apart; defined by concatenation, slices and views."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Row, defined, refuse


# --------------------------------------------------------------------------------- together
def append(x, values, axis):
    """``values`` after ``x``."""
    if axis is None:
        return np.concatenate([np.ravel(x), np.ravel(values)], axis=0)
    return np.concatenate([x, values], axis=axis)


def dstack(xs):
    """Along the third axis."""
    return np.concatenate([deep(x) for x in xs], axis=2)


def deep(x):
    """At least three axes; those that are new stand first, but one of them last."""
    if np.ndim(x) == 0:
        return np.reshape(x, (1, 1, 1))
    if np.ndim(x) == 1:
        return np.expand_dims(x, (0, 2))
    return np.expand_dims(x, 2) if np.ndim(x) == 2 else x


def block(arrays):
    """Rows of blocks side by side, one below the other."""
    if not isinstance(arrays[0], (list, tuple)):
        return beside(arrays)
    rows = [beside(row) for row in arrays]
    return np.concatenate([np.atleast_2d(row) for row in rows], axis=-2)


def beside(row):
    """Blocks along the last axis."""
    rank = 0
    for x in row:
        rank = max(rank, np.ndim(x))
    if rank < 2:
        return np.concatenate([np.atleast_1d(x) for x in row], axis=-1)
    return np.concatenate([np.atleast_2d(x) for x in row], axis=-1)


def block_diag(xs):
    """Blocks on the diagonal, zeros elsewhere."""
    blocks = [np.atleast_2d(x) for x in xs]
    width = 0
    for b in blocks:
        width = width + np.shape(b)[1]
    rows = []
    before = 0
    for b in blocks:
        n = np.shape(b)[1]
        rows = [*rows, np.pad(b, ((0, 0), (before, width - before - n)))]
        before = before + n
    return np.concatenate(rows, axis=0)


# ------------------------------------------------------------------------------------ apart
def cut(x, bounds, axis):
    """The parts between neighbouring bounds; views."""
    axis = axis % np.ndim(x)
    if axis == 0:
        return [x[lo:hi] for lo, hi in zip(bounds[:-1], bounds[1:], strict=True)]  # noqa: RUF007
    moved = np.moveaxis(x, axis, 0)
    return [
        np.moveaxis(moved[lo:hi], 0, axis)
        for lo, hi in zip(bounds[:-1], bounds[1:], strict=True)  # noqa: RUF007 (lowered as it is)
    ]


def array_split(x, indices_or_sections, axis):
    """At the given places, or into parts as equal as possible: the first are longer by one."""
    n = np.shape(x)[axis]
    places = indices_or_sections
    if not isinstance(places, int):
        return cut(x, [0, *places, n], axis)
    each, extra = n // places, n % places
    return cut(x, [k * each + min(k, extra) for k in range(places + 1)], axis)


def split(x, indices_or_sections, axis):
    """At the given places, or into equal parts."""
    if isinstance(indices_or_sections, int) and np.shape(x)[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


def hsplit(x, indices_or_sections):
    """Along the second axis, or the only one."""
    return split(x, indices_or_sections, 1 if np.ndim(x) > 1 else 0)


def vsplit(x, indices_or_sections):
    """Along the first axis."""
    return split(x, indices_or_sections, 0)


def dsplit(x, indices_or_sections):
    """Along the third axis."""
    return split(x, indices_or_sections, 2)


def unstack(x, axis):
    """The parts along an axis, without it; their number must be known."""
    return refuse("unstack: the number of parts must be known", "write x[0], x[1], ...")


# ------------------------------------------------------------------- elements taken out, put in
def delete(x, obj, axis):
    """All but some."""
    if axis is None:
        x = np.ravel(x)
        axis = 0
    kept = np.ones(np.shape(x)[axis], dtype=np.bool_)
    kept[obj] = False
    return np.moveaxis(np.moveaxis(x, axis, 0)[kept], 0, axis).copy()


def insert(x, obj, values, axis):
    """``values`` before one place."""
    if np.ndim(obj) > 0:
        return refuse("insert at several places", "insert one by one, or use np.concatenate")
    if axis is None:
        x = np.ravel(x)
        axis = 0
    first = np.moveaxis(x, axis, 0)
    if np.ndim(values) < np.ndim(x) or axis == 0:
        new = values
    else:
        new = np.moveaxis(values, axis, 0)
    if np.ndim(new) < np.ndim(x):
        new = (
            np.broadcast_to(np.atleast_1d(new), np.shape(first[:1]))
            if np.ndim(x) > 1
            else np.ravel(new)
        )
    new = new.astype(x.dtype)
    here = obj % (np.shape(first)[0] + (obj == np.shape(first)[0]))
    return np.moveaxis(np.concatenate([first[:here], new, first[here:]], axis=0), 0, axis)


PARTS = ("R(6), 3", "R(6), [2, 5]", "R(4, 6), 2", "R(4, 6), [1, 3]")

# fmt: off
ROWS: list[Row] = [
    defined("append_values(x|arr, values, axis=None) -> y", append, via="np.append",
            cases=("R(3), R(2)", "R(2, 3), R(2)", "R(2, 3), R(1, 3), axis=0", "R(3), S")),
    defined("dstack([*xs]) -> y", dstack,
            cases=("R(3), R(3)", "R(2, 3), R(2, 3)", "R(2, 3, 1), R(2, 3, 2)")),
    defined("block(arrays: list) -> y", block, cases=("[R(3), R(2)]", "[[R(2, 2), R(2, 1)], [R(1, 2), R(1, 1)]]",
                                                     "[[R(2), R(1)], [R(1), R(2)]]")),
    defined("block_diag(*xs) -> y", block_diag, via="sl",
            cases=("R(2, 2), R(1, 3)", "R(2, 2), R(2), R(1, 1)")),
    defined("array_split(x|ary, indices_or_sections: list, axis=0) -> y", array_split, in_memory=True,
            cases=(*PARTS, "R(7), 3", "R(2, 5), 2, axis=1")),
    defined("split(x|ary, indices_or_sections: list, axis=0) -> y", split, in_memory=True,
            cases=(*PARTS, "R(2, 4), 2, axis=1", "R(2, 4), [1, 3], axis=-1")),
    defined("hsplit(x|ary, indices_or_sections: list) -> y", hsplit, in_memory=True,
            cases=("R(6), 3", "R(2, 4), 2", "R(2, 4), [1]")),
    defined("vsplit(x|ary, indices_or_sections: list) -> y", vsplit, in_memory=True,
            cases=("R(4, 2), 2", "R(4, 2), [1, 2]")),
    defined("dsplit(x|ary, indices_or_sections: list) -> y", dsplit, in_memory=True, cases=("R(2, 3, 4), 2",)),
    defined("delete(x|arr, obj, axis=None) -> y", delete, in_memory=True,
            cases=("R(4), 1", "R(4), [0, 2]", "R(2, 3), 1", "R(2, 3), 1, axis=0", "R(2, 3), [0, 2], axis=1",
                   "R(4), -1")),
    defined("insert(x|arr, obj, values, axis=None) -> y", insert,
            cases=("R(4), 1, S", "R(4), 0, R(2)", "R(2, 3), 1, S", "R(2, 3), 1, R(3), axis=0",
                   "R(2, 3), 1, S, axis=1", "R(4), -1, S", "R(4), 4, S")),
]
