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
