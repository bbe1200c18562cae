"""Choosing elements: by index, by mask, by condition; and functions in pieces."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Call, Row, defined, inactive, linear, refuse
from s2s.runtime import numeric as rt


def take_back(call: Call) -> tuple[str]:
    """Added up at the places they were taken from."""
    if call.attrs.get("mode", "raise") != "raise":
        raise call.refuse(f"with mode={call.attrs['mode']!r}")
    return ("add_take(y_bar, indices, shape(x), axis)",)


def compress(condition, x, axis):
    """The places where a condition holds, along an axis."""
    if axis is None:
        return np.take(np.ravel(x), np.flatnonzero(condition))
    return np.take(x, np.flatnonzero(condition), axis=axis)


def extract(condition, x):
    """The elements where a condition holds."""
    return np.take(np.ravel(x), np.flatnonzero(condition))


def choose(x, choices, mode):
    """Element by element from one of several arrays."""
    if mode != "raise":
        return refuse("choose with a mode", "use np.clip or % on the choice")
    found = choices[0]
    for k, choice in enumerate(choices):
        found = np.where(x == k, choice, found)
    return found


def select(condlist, choicelist, default):
    """The first choice whose condition holds."""
    found = default
    for c, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        found = np.where(c, choice, found)
    return found


def piecewise(x, condlist, funclist):
    """Each function where its condition holds; one more function: elsewhere."""
    if isinstance(condlist, (list, tuple)):
        conditions = condlist
    else:
        conditions = [condlist]
    y = np.zeros_like(x)
    if len(funclist) > len(conditions):
        rest = np.logical_not(conditions[0])
        for c in conditions[1:]:
            rest = np.logical_and(rest, np.logical_not(c))
        conditions = [*conditions, rest]
    for c, f in zip(conditions, funclist, strict=True):
        y[c] = f(x[c]) if callable(f) else f
    return y


def unique(x, return_index, return_inverse, return_counts, axis):
    """The first of each value, in order."""
    if return_inverse or return_counts or axis is not None:
        return refuse("np.unique with return_inverse, return_counts or axis")
    places = rt.first_places(x)
    found = np.take(np.ravel(x), places)
    return (found, places) if return_index else found


def partition(x, kth, axis):
    """Sorted as far as the places ``kth``."""
    if axis is None:
        return np.take(np.ravel(x), np.argpartition(np.ravel(x), kth))
    return np.take_along_axis(x, np.argpartition(x, kth, axis=axis), axis=axis)


def sort_complex(x):
    """By real part, then by imaginary part."""
    line = x if np.iscomplexobj(x) else x.astype(np.complex128)
    return np.take_along_axis(line, np.argsort(line, axis=-1), axis=-1)


I = "np.array([0, 2, 1, 2])"  # noqa: E741
MASK = "np.array([True, False, True])"

# fmt: off
ROWS: list[Row] = [
    linear("take(x|a, indices, axis: static = None, *, mode='raise') -> y", take_back,
           via="np .", jvp=("take(x_dot, indices, axis)",),
           cases=(f"R(3), {I}", "R(2, 3), 1", "R(2, 3), np.array([[0, 5], [3, 0]])", f"R(2, 3), {I}, axis=1",
                  "R(2, 3), 1, axis=0", "R(2, 3), -1, axis=-1")),
    linear("add_take(x, indices, shape, axis: static = None) -> y", "take(y_bar, indices, axis)", via="rt",
           cases=(f"R(4), {I}, (3,)", f"R(2, 4), {I}, (2, 3), axis=1", "R(3), 1, (2, 3), axis=0",
                  "R(2, 2), np.array([[0, 5], [3, 0]]), (2, 3)")),
    defined("compress(condition, x|a, axis=None) -> y", compress,
            cases=(f"{MASK}, R(3)", f"{MASK}, R(2, 3), axis=1", f"{MASK}, R(2, 3)")),
    defined("extract(condition, x|arr) -> y", extract, cases=(f"{MASK}, R(3)", f"{MASK}, R(1, 3)")),
    defined("choose(x|a, choices: list, *, mode='raise') -> y", choose,
            cases=("np.array([0, 1, 1]), [R(3), R(3)]", "np.array([[2, 1], [0, 0]]), [R(2), R(2, 1), R(1, 2)]")),
    defined("select_first(condlist: list, choicelist: list, default: value = 0) -> y", select,
            via="np.select", cases=("[B(3), B(3)], [R(3), R(3)]", "[B(3), B(3)], [R(3), R(1)], S", "[B(2, 3)], [R(3)], 1.5")),
    defined("piecewise(x, condlist: list, funclist: list) -> y", piecewise, in_memory=True,
            cases=("R(4), [np.array([True, False, True, False])], [np.sin, np.exp]",
                   "R(3), [np.array([True, False, False]), np.array([False, True, False])], [np.sin, 2.0, np.cos]")),
    defined("unique(x|ar, return_index=False, return_inverse=False, return_counts=False, axis=None)"
            " -> y", unique, real_only=True, cases=("R(5)", "R(2, 3)", "R(4), return_index=True")),
    inactive("first_places(x) -> y", via="rt", cases=("R(4)", "R(2, 3)", "I(5)")),
    inactive("rows_of(x) -> y", via="rt", cases=("np.array([1, 2, 2])",)),
    inactive("inverse_permutation(x) -> y", via="rt", cases=("np.array([1, 2, 0])",)),
    defined("partition(x|a, kth, axis=-1) -> y", partition, real_only=True,
            cases=("R(5), 2", "R(2, 5), 1, axis=1", "R(2, 3), 2, axis=None", "R(5), [1, 3]")),
    inactive("argpartition(x|a, kth, axis=-1) -> y", via="np .", cases=("R(5), 2", "R(2, 5), 1")),
    inactive("lexsort([*xs]) -> y", cases=("R(4), R(4)", "I(4), R(4)")),
    defined("sort_complex(x|a) -> y", sort_complex, cases=("R(4)",)),
    inactive("isin(x|element, y|test_elements) -> z", cases=("I(3), I(4)",)),
    inactive("unravel_index(x|indices, shape) -> y", cases=("4, (2, 3)", "np.array([1, 4]), (2, 3)")),
    inactive("ravel_multi_index(x|multi_index, dims) -> y",
             cases=("(np.array([0, 1]), np.array([2, 0])), (2, 3)",)),
    inactive("union1d(x|ar1, y|ar2) -> z", cases=("I(3), I(4)",)),
    inactive("intersect1d(x|ar1, y|ar2) -> z", cases=("I(3), I(4)",)),
    inactive("setdiff1d(x|ar1, y|ar2) -> z", cases=("I(3), I(4)",)),
]
