"""Jacobians of structures, assembled from pullbacks and pushforwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import optree


def leaves_of(tree: Any) -> tuple[list[Any], Any]:
    """Numbers and arrays of a structure, and how they hang together."""
    return optree.tree_flatten(tree, none_is_leaf=True)  # type: ignore[return-value]


def is_floating(leaf: Any) -> bool:
    """Whether a leaf can be differentiated."""
    return np.asarray(leaf).dtype.kind in "fc" if leaf is not None else False


def basis(tree: Any) -> Iterator[tuple[int, tuple[int, ...], Any]]:
    """Unit structures: (leaf, index in the leaf, structure that is 1 there and 0 elsewhere)."""
    leaves, form = leaves_of(tree)
    zeros = [zero(leaf) for leaf in leaves]
    for k, leaf in enumerate(leaves):
        if not is_floating(leaf):
            continue
        for index in np.ndindex(np.shape(leaf)):
            unit = np.zeros(np.shape(leaf), np.asarray(leaf).dtype)
            unit[index] = 1
            parts = [*zeros[:k], unit if np.shape(leaf) else unit[()], *zeros[k + 1 :]]
            yield k, index, optree.tree_unflatten(form, parts)


def zeros_like(tree: Any) -> Any:
    """A structure of zeros; None where there is no derivative."""
    return optree.tree_map(zero, tree, none_is_leaf=True)


def zero(leaf: Any) -> Any:
    """A zero like a leaf; None where there is no derivative."""
    if not is_floating(leaf):
        return None
    return np.zeros_like(leaf) if np.shape(leaf) else type(leaf)(0)


def jacobian_rows(
    value: Any,
    pullback: Callable[[Any], Any],
    args: Sequence[Any],
    numbers: Sequence[int],
    single: bool,
) -> Any:
    """A structure like ``value`` of Jacobians, one pullback for each number of ``value``.

    single: there is one argument; else each Jacobian is a tuple of those with respect to each of ``args``.
    """
    outputs, form = leaves_of(value)
    rows: dict[int, list[Any]] = {k: [] for k in range(len(outputs))}
    for k, _, unit in basis(value):
        bars = pullback(unit)
        rows[k].append([leaves_of(bars[n])[0] for n in numbers])
    found: list[list[Any]] = [[] for _ in outputs]
    for position, arg in enumerate(args):
        inputs, arg_form = leaves_of(arg)
        for k, output in enumerate(outputs):
            blocks = []
            for j, leaf in enumerate(inputs):
                if not is_floating(output) or not is_floating(leaf):
                    blocks.append(None)
                    continue
                if not rows[k]:
                    blocks.append(np.zeros(np.shape(output) + np.shape(leaf)))
                    continue
                stacked = np.stack([np.asarray(row[position][j]) for row in rows[k]])
                blocks.append(stacked.reshape(np.shape(output) + np.shape(leaf)))
            found[k].append(optree.tree_unflatten(arg_form, blocks))
    return put_together(form, found, single)


def put_together(form: Any, found: Sequence[Sequence[Any]], single: bool) -> Any:
    """A structure of Jacobians: for each output one, or a tuple of those by each argument."""
    return optree.tree_unflatten(form, [one[0] if single else tuple(one) for one in found])


def jacobian_columns(
    push: Callable[[Sequence[Any]], tuple[Any, Any]], args: Sequence[Any], single: bool
) -> Any:
    """As `jacobian_rows`, one pushforward for each number of the inputs."""
    zeros = list(map(zeros_like, args))
    found: list[list[Any]] = []
    value: Any = None
    form: Any = None
    if not any(is_floating(leaf) and np.size(leaf) for arg in args for leaf in leaves_of(arg)[0]):
        value, tangent = push(zeros)
    for position, arg in enumerate(args):
        inputs, arg_form = leaves_of(arg)
        columns: dict[int, list[Any]] = {k: [] for k in range(len(inputs))}
        for k, _, unit in basis(arg):
            value, tangent = push([*zeros[:position], unit, *zeros[position + 1 :]])
            columns[k].append(leaves_of(tangent)[0])
        outputs, form = leaves_of(value)
        found = found or [[] for _ in outputs]
        for i, output in enumerate(outputs):
            blocks = []
            for k, leaf in enumerate(inputs):
                if is_floating(output) and is_floating(leaf) and not np.size(leaf):
                    blocks.append(np.zeros(np.shape(output) + np.shape(leaf)))
                    continue
                if not columns[k] or not is_floating(output):
                    blocks.append(None)
                    continue
                stacked = np.stack([np.asarray(c[i]) for c in columns[k]], axis=-1)
                blocks.append(stacked.reshape(np.shape(output) + np.shape(leaf)))
            found[i].append(optree.tree_unflatten(arg_form, blocks))
    return put_together(form, found, single)
