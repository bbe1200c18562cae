"""Signatures: what of the arguments a compiled gradient depends on.

Types, ranks and structure are part of it, sizes are not; strings, flags, None, functions and classes are by
value; arrays that may overlap are part of it too.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from s2s.runtime.reference import attributes, is_code

PLAIN = (float, complex, int)


def signature(args: Sequence[Any], kwargs: Mapping[str, Any], static_ints: bool) -> Any:
    """A hashable key; equal keys may share a compiled program."""
    seen = Seen(static_ints)
    key = tuple(map(seen.key, args))
    if kwargs:
        key = (key, tuple((k, seen.key(v)) for k, v in kwargs.items()))
    return (key, seen.overlaps()) if len(seen.arrays) > 1 else key


class Seen:
    """What was seen of the arguments so far: the same object twice is not two objects."""

    def __init__(self, static_ints: bool) -> None:
        self.static_ints = static_ints
        self.arrays: list[np.ndarray] = []
        self.objects: dict[int, int] = {}

    def key(self, arg: Any) -> Any:
        """The key of one argument."""
        t = type(arg)
        if t is np.ndarray:
            self.arrays.append(arg)
            return (arg.dtype.num, arg.ndim)
        if t is int:
            return (int, arg) if self.static_ints else int
        if t is float or t is complex:
            return t
        if t is str or t is bool or arg is None:
            return (t, arg)
        if isinstance(arg, np.generic):
            return (np.generic, arg.dtype.num)
        if isinstance(arg, tuple):
            return (t, *map(self.key, arg))
        if isinstance(arg, enum.Enum):
            return arg
        if isinstance(arg, list | dict) or _is_instance(arg):
            return self.container(arg)
        if isinstance(arg, np.ndarray):
            self.arrays.append(arg)
            return (t, arg.dtype.num, arg.ndim)
        if isinstance(arg, set | frozenset):
            return (t, frozenset(arg))
        return (t, id(arg))

    def container(self, arg: Any) -> Any:
        """The key of an object with identity."""
        number = self.objects.get(id(arg))
        if number is not None:
            return ("again", number)
        self.objects[id(arg)] = len(self.objects)
        if isinstance(arg, list):
            return (list, *map(self.key, arg))
        items = arg.items() if isinstance(arg, dict) else attributes(arg).items()
        return (type(arg), *((k, self.key(v)) for k, v in items))

    def overlaps(self) -> Any:
        """Pairs of arrays that may share memory."""
        arrays = self.arrays
        found = [
            (i, j)
            for j in range(1, len(arrays))
            for i in range(j)
            if np.may_share_memory(arrays[i], arrays[j])
        ]
        return tuple(found)


def meets(some: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether structures share an object, or memory."""
    one, two = Seen(False), Seen(False)
    for part in some:
        one.key(part)
    for part in others:
        two.key(part)
    return not one.objects.keys().isdisjoint(two.objects) or any(
        np.may_share_memory(a, b) for a in one.arrays for b in two.arrays
    )


def _is_instance(arg: Any) -> bool:
    """Whether an argument is an instance of a class of the user's that holds data."""
    if is_code(arg):
        return False
    module = type(arg).__module__
    return module not in ("builtins", "numpy", "types") and (
        hasattr(arg, "__dict__") or hasattr(type(arg), "__slots__")
    )


def contiguous(arg: Any) -> Any:
    """An array whose elements lie apart; one that repeats elements (strides of 0) is copied."""
    if type(arg) is np.ndarray and 0 in arg.strides and arg.size > 1:
        return arg.copy()
    return arg
