"""Transformations that are programs themselves, written in the language that is lowered."""

from __future__ import annotations

from typing import Any

import numpy as np


def rows(y: Any, x: Any, pulled: Any) -> Any:
    """The Jacobian of an array by an array, one pullback for each number of ``y``."""
    found = np.zeros((y.size, x.size), dtype=y.dtype)
    for k in range(y.size):
        unit = np.zeros_like(y)
        unit.reshape(-1)[k] = 1.0
        found[k] = np.reshape(pulled(unit), -1)
    return found.reshape(y.shape + x.shape)


def rows_of_number(y: Any, x: Any, pulled: Any) -> Any:
    """The derivative of an array by a number, by pullbacks."""
    found = np.zeros(y.size, dtype=y.dtype)
    for k in range(y.size):
        unit = np.zeros_like(y)
        unit.reshape(-1)[k] = 1.0
        found[k] = pulled(unit)
    return found.reshape(y.shape)


def columns(y: Any, x: Any, pushed: Any) -> Any:
    """The Jacobian of an array by an array, one pushforward for each number of ``x``."""
    found = np.zeros((y.size, x.size), dtype=y.dtype)
    for k in range(x.size):
        unit = np.zeros_like(x)
        unit.reshape(-1)[k] = 1.0
        found[:, k] = np.reshape(pushed(unit), -1)
    return found.reshape(y.shape + x.shape)


def columns_of_number(y: Any, x: Any, pushed: Any) -> Any:
    """The gradient of a number by an array, by pushforwards."""
    found = np.zeros(x.size, dtype=x.dtype)
    for k in range(x.size):
        unit = np.zeros_like(x)
        unit.reshape(-1)[k] = 1.0
        found[k] = pushed(unit)
    return found.reshape(x.shape)


def batch_length(batches: Any) -> Any:
    """The number of examples of a batch of arrays."""
    n = len(batches[0])
    for batch in batches:
        if len(batch) != n or n == 0:
            raise ValueError("vmap: needs batches of one length above 0")
    return n


def each_example(example: Any, n: Any) -> Any:
    """The results of all examples."""
    found = []
    for k in range(n):
        found.append(example(k))
    return found


def number_at(batch: Any, k: Any) -> Any:
    """One number of many."""
    return batch[k]


def array_at(batch: Any, k: Any) -> Any:
    """One array of many."""
    return batch[k].copy()


def stacked(found: Any) -> Any:
    """Results along a new first axis."""
    return np.array(found)


def stacked_item(found: Any, j: Any) -> Any:
    """One of several results, along a new first axis."""
    parts = []
    for item in found:
        parts.append(item[j])
    return np.array(parts)
