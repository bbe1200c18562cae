"""`vmap`: a function of one example becomes a function of a batch, by a loop over the batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree

from s2s.nested.batches import lower_mapped, lower_vmap
from s2s.runtime.reference import private

Axes = int | None | Sequence[int | None]


class Mapped:
    """A function made by `vmap`."""

    def __init__(self, function: Callable[..., Any], in_axes: Axes, out_axes: int) -> None:
        functools.update_wrapper(self, function)
        self.__s2s_function__ = function
        self.in_axes, self.out_axes = in_axes, out_axes

    def __call__(self, *args: Any) -> Any:
        """The results of all examples, stacked."""
        axes = per_argument(self.in_axes, len(args))
        length = batch_length(args, axes)
        found = [self.__s2s_function__(*private(example(args, axes, k))) for k in range(length)]
        return optree.tree_map(lambda *parts: np.stack(parts, axis=self.out_axes), *found)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a method."""
        if instance is None:
            return self
        return Mapped(self.__s2s_function__.__get__(instance, owner), self.in_axes, self.out_axes)

    def __s2s_lower__(self, lo: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """A call inside of a function that is being lowered."""
        return lower_mapped(lo, self, args, kwargs)

    def __repr__(self) -> str:
        return f"<s2s vmap of {getattr(self, '__qualname__', '?')}>"


def vmap(f: Callable[..., Any] | None = None, in_axes: Axes = 0, out_axes: int = 0) -> Any:
    """A function of batches of examples out of ``f``, a function of one.

    in_axes: the axis of each argument along which its examples lie, None for an argument that all examples
    share; one number for all arguments, or a tuple with one entry for each;  out_axes: the axis of the
    results along which examples lie.  Arguments may be structures of arrays with the same axis.

    Examples run one after the other; each sees arrays of its own.  Also a decorator.

    >>> vmap(np.dot, in_axes=(0, None))(np.eye(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    if f is None:
        return lambda function: Mapped(function, in_axes, out_axes)
    return Mapped(f, in_axes, out_axes)


vmap.__s2s_lower__ = lower_vmap  # type: ignore[attr-defined]


def per_argument(in_axes: Axes, count: int) -> tuple[int | None, ...]:
    """One axis, or None, for each argument.  Raises ValueError."""
    if in_axes is None or isinstance(in_axes, int):
        return (in_axes,) * count
    if len(in_axes) != count:
        raise ValueError(f"vmap: in_axes has {len(in_axes)} entries for {count} arguments")
    return tuple(in_axes)


def batch_length(args: Sequence[Any], axes: Sequence[int | None]) -> int:
    """The number of examples.  Raises ValueError."""
    lengths = {
        np.shape(leaf)[axis]
        for arg, axis in zip(args, axes, strict=True)
        if axis is not None
        for leaf in optree.tree_leaves(arg)
    }
    if len(lengths) != 1 or lengths == {0}:
        found = ", ".join(map(str, sorted(lengths))) or "none"
        raise ValueError(f"vmap: needs batches of one length above 0, found {found}")
    return int(lengths.pop())


def example(args: Sequence[Any], axes: Sequence[int | None], k: int) -> list[Any]:
    """The arguments of example ``k``."""
    return [
        arg if axis is None else optree.tree_map(lambda leaf, a=axis: np.take(leaf, k, axis=a), arg)
        for arg, axis in zip(args, axes, strict=True)
    ]
