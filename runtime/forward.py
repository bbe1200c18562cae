"""Forward mode on structures: tangents go into the shadows of objects, and come out again.

A structure of tangents has the form of the structure it belongs to, with None where there is no
derivative.  ``arrays`` says that arrays which lists, dicts and objects hold are values: then the
shadow of the holder knows their tangents, in the memory of their own shadows.
"""

from __future__ import annotations

import copy as copying
from collections.abc import Iterator
from typing import Any

import numpy as np

from s2s.runtime.reference import (
    PLAIN,
    Cell,
    Shadows,
    attributes,
    is_code,
    part_of,
    set_part,
    zero_of,
)


class Stacked:
    """The tangents of cotangents: the shadows, in ``outer``, of the shadows in ``inner``."""

    def __init__(self, outer: Shadows, inner: Shadows) -> None:
        self.outer, self.inner = outer, inner

    def __call__(self, obj: Any, arrays: bool = False) -> Any:
        """The tangent of the cotangent of ``obj``."""
        return self.outer(self.inner(obj, arrays), True)

    def has(self, obj: Any) -> bool:
        """Whether anybody ever asked for it."""
        return self.inner.has(obj) and self.outer.has(self.inner(obj))


def holds_nothing(obj: Any) -> bool:
    """Whether an object has no parts that could have tangents."""
    return isinstance(obj, PLAIN) or is_code(obj)


# --------------------------------------------------------------------------------------- putting in
def seed_tangent(shadow: Shadows, obj: Any, dot: Any, arrays: bool = False) -> None:
    """Start from the tangent ``dot`` of a structure."""
    _Seeds(shadow, arrays).put(obj, dot)


class _Seeds:
    """Walks over a structure and its tangent; what is met again is left as it is."""

    def __init__(self, shadow: Shadows, arrays: bool) -> None:
        self.shadow, self.arrays = shadow, arrays
        self.met: set[int] = set()

    def put(self, obj: Any, dot: Any) -> None:
        """Put ``dot`` into the shadows of ``obj`` and of what it holds."""
        if dot is None or id(obj) in self.met or holds_nothing(obj):
            return
        self.met.add(id(obj))
        if isinstance(obj, np.ndarray):
            if obj.dtype.kind in "fc":
                self.shadow(obj)[...] = dot
            return
        target = None if isinstance(obj, tuple) else self.shadow(obj, self.arrays)
        for key, item, part in pairs(obj, dot):
            self.put(item, part)
            if target is not None:
                set_part(target, key, self.part(item, part))

    def part(self, item: Any, dot: Any) -> Any:
        """What the shadow of a holder knows of one thing that it holds."""
        if isinstance(item, tuple):
            parts = dot if dot is not None else (None,) * len(item)
            return tuple(map(self.part, item, parts))
        if isinstance(item, np.ndarray):
            return self.shadow(item) if self.arrays and item.dtype.kind in "fc" else None
        if isinstance(item, int) and not isinstance(item, bool):
            return 0.0  # it may stand among floats
        return zero_of(item, False) if dot is None else dot


def pairs(obj: Any, other: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Keys of what a structure holds, with the parts of two structures of the same form."""
    key: Any
    if isinstance(obj, list | tuple):
        for key, item in enumerate(obj):
            yield key, item, other[key]
    elif isinstance(obj, dict):
        for key, item in obj.items():
            yield key, item, other[key]
    elif isinstance(obj, Cell):
        yield "value", obj.value, other.value
    else:
        of = other.get if isinstance(other, dict) else lambda key: getattr(other, key, None)
        for key, item in attributes(obj).items():
            yield key, item, of(key)


# --------------------------------------------------------------------------------------- taking out
def tangent_of(shadow: Shadows, obj: Any) -> Any:
    """The tangent of a structure, as a structure of the same form that shares no memory with it."""
    return _tangent(shadow, obj, None)


def _tangent(shadow: Shadows, obj: Any, known: Any) -> Any:
    """The tangent of ``obj``; ``known``: what the shadow of its holder says."""
    match obj:
        case bool() | int() | str() | bytes() | None:
            return None
        case float() | complex() | np.inexact():
            return zero_of(obj, False) if known is None else known
        case np.ndarray():
            return _array(shadow, obj, known)
        case tuple():
            parts = known if isinstance(known, tuple) else (None,) * len(obj)
            items = [_tangent(shadow, item, part) for item, part in zip(obj, parts, strict=True)]
            return type(obj)(*items) if hasattr(obj, "_fields") else tuple(items)
    if holds_nothing(obj):
        return None
    dots = shadow(obj)
    if isinstance(obj, list):
        return [_tangent(shadow, item, dots[k]) for k, item in enumerate(obj)]
    if isinstance(obj, dict):
        return {key: _tangent(shadow, item, dots.get(key)) for key, item in obj.items()}
    made = copying.copy(obj)
    for key, item in attributes(obj).items():
        object.__setattr__(made, key, _tangent(shadow, item, getattr(dots, key, None)))
    return made


def _array(shadow: Shadows, obj: np.ndarray, known: Any) -> Any:
    if obj.dtype.kind not in "fc":
        return None
    if shadow.has(obj):
        return shadow(obj).copy()
    return np.zeros_like(obj) if known is None else np.array(known, obj.dtype)


# ------------------------------------------------------------------------------------------ copying
def copy_tangents(shadow: Shadows, old: Any, new: Any) -> None:
    """Give a deep copy the tangents of the original."""
    met: set[int] = set()

    def visit(a: Any, b: Any) -> None:
        if holds_nothing(a) or a is b or id(a) in met:
            return
        met.add(id(a))
        if isinstance(a, np.ndarray):
            if a.dtype.kind in "fc" and shadow.has(a):
                shadow(b)[...] = shadow(a)
            return
        known = not isinstance(a, tuple) and shadow.has(a)
        for key, x, y in pairs(a, b):
            visit(x, y)
            if known:
                part = part_of(shadow(a), key)
                is_shadow = isinstance(y, np.ndarray) and shadow.has(y)
                set_part(shadow(b), key, shadow(y) if part is not None and is_shadow else part)

    visit(old, new)
