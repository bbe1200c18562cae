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


def zero(leaf: Any) -> Any:
    """A zero like a leaf; None where there is no derivative."""
    if not is_floating(leaf):
        return None
    return np.zeros_like(leaf) if np.shape(leaf) else type(leaf)(0)


def jacobian_rows(
    value: Any, pullback: Callable[[Any], Any], args: Sequence[Any], numbers: Sequence[int]
) -> list[Any]:
    """Jacobians with respect to each of ``args``, one pullback for each number of ``value``."""
    outputs, form = leaves_of(value)
    rows: dict[int, list[Any]] = {k: [] for k in range(len(outputs))}
    for k, _, unit in basis(value):
        bars = pullback(unit)
        rows[k].append([leaves_of(bars[n])[0] for n in numbers])
    found = []
    for position, arg in enumerate(args):
        inputs, arg_form = leaves_of(arg)
        per_output = []
        for k, output in enumerate(outputs):
            blocks = []
            for j, leaf in enumerate(inputs):
                if not rows[k] or not is_floating(leaf):
                    blocks.append(None)
                    continue
                stacked = np.stack([np.asarray(row[position][j]) for row in rows[k]])
                blocks.append(stacked.reshape(np.shape(output) + np.shape(leaf)))
            per_output.append(optree.tree_unflatten(arg_form, blocks))
        found.append(optree.tree_unflatten(form, per_output))
    return found


def jacobian_columns(
    push: Callable[[Sequence[Any]], tuple[Any, Any]], args: Sequence[Any]
) -> list[Any]:
    """Jacobians with respect to each of ``args``, one pushforward for each number of the inputs."""
    zeros = [optree.tree_map(zero, arg, none_is_leaf=True) for arg in args]
    found = []
    value: Any = None
    for position, arg in enumerate(args):
        inputs, arg_form = leaves_of(arg)
        columns: dict[int, list[Any]] = {k: [] for k in range(len(inputs))}
        for k, _, unit in basis(arg):
            value, tangent = push([*zeros[:position], unit, *zeros[position + 1 :]])
            columns[k].append(leaves_of(tangent)[0])
        outputs, form = leaves_of(value)
        per_output = []
        for i, output in enumerate(outputs):
            blocks = []
            for k, leaf in enumerate(inputs):
                if not columns[k] or not is_floating(output):
                    blocks.append(None)
                    continue
                stacked = np.stack([np.asarray(c[i]) for c in columns[k]], axis=-1)
                blocks.append(stacked.reshape(np.shape(output) + np.shape(leaf)))
            per_output.append(optree.tree_unflatten(arg_form, blocks))
        found.append(optree.tree_unflatten(form, per_output))
    return found
