"""`check_grad`: reverse mode against forward mode against finite differences, for a user's function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2s.api import holds_float, jvp, vjp
from s2s.runtime.reference import attributes, is_code, private

STEP = 6e-6  # the cube root of the rounding of float64: where central differences are most exact
MOST_ENTRIES = 200


@dataclass(frozen=True)
class Entry:
    """One number of the arguments: the derivative of the function in its direction, three times.

    Of a function that returns more than one number it is that of a fixed combination of them.
    """

    name: str
    reverse: float
    forward: float
    difference: float

    def error(self, scale: float) -> float:
        """The largest disagreement, relative to the largest derivative."""
        values = (self.reverse, self.forward, self.difference)
        if not np.all(np.isfinite(values)):
            return np.inf
        return (max(values) - min(values)) / scale


@dataclass(frozen=True)
class GradientCheck:
    """What `check_grad` found; true if reverse, forward and differences agree; printed as a table."""

    function: str
    entries: tuple[Entry, ...]
    left_out: int
    tolerance: float

    @property
    def scale(self) -> float:
        """The largest derivative, or 1."""
        values = [abs(e.reverse) for e in self.entries if np.isfinite(e.reverse)]
        return max([1.0, *values])

    @property
    def worst(self) -> float:
        """The largest disagreement."""
        return max((e.error(self.scale) for e in self.entries), default=0.0)

    def __bool__(self) -> bool:
        """Whether all agree."""
        return bool(self.worst <= self.tolerance)

    def __str__(self) -> str:
        """A table with the entries that differ most first."""
        verdict = "agree" if self else "DISAGREE"
        lines = [
            f"{self.function}: reverse, forward and differences {verdict} "
            f"(largest relative error {self.worst:.1e}, allowed {self.tolerance:.0e})",
            f"{'':<24}{'reverse':>18}{'forward':>18}{'differences':>18}{'error':>10}",
        ]
        ordered = sorted(self.entries, key=lambda e: -e.error(self.scale))
        for e in ordered[:20]:
            numbers = "".join(f"{v:>18.9g}" for v in (e.reverse, e.forward, e.difference))
            lines.append(f"{e.name:<24}{numbers}{e.error(self.scale):>10.1e}")
        rest = len(ordered) - 20
        if rest > 0:
            lines.append(f"... and {rest} entries that agree at least as well")
        if self.left_out:
            lines.append(f"({self.left_out} of the numbers of the arguments were not checked)")
        return "\n".join(lines)

    __repr__ = __str__


def check_grad(
    f: Callable[..., Any], *args: Any, tolerance: float = 1e-5, seed: int = 0
) -> GradientCheck:
    """Compare the derivatives of ``f`` at ``args`` by reverse mode, forward mode and differences.

    f may return any structure of numbers and arrays: a random combination of them, fixed by ``seed``, is
    differentiated.  Every float and complex number in ``args`` is moved, at most 200 of them, chosen at
    random.  The result is true if all agree within ``tolerance`` times the largest derivative; printed, it
    is a table.  At a kink differences disagree with any derivative.

    >>> def f(x):
    ...     return np.sum(x**2)
    >>> bool(check_grad(f, np.array([1.0, 2.0])))
    True
    """
    rng = np.random.default_rng(seed)
    value, pullback = vjp(f, *private(list(args)))
    weights = mapped(value, lambda leaf: random_like(leaf, rng))
    bars = pullback(weights)
    places = [
        (name, k, path, index, part)
        for k, arg in enumerate(args)
        if holds_float(arg)
        for name, path, leaf in leaves(arg, f"args[{k}]")
        for index in np.ndindex(np.shape(leaf))
        for part in ((1.0, 1j) if np.iscomplexobj(leaf) else (1.0,))
    ]
    chosen = places
    if len(places) > MOST_ENTRIES:
        chosen = [places[j] for j in np.sort(rng.choice(len(places), MOST_ENTRIES, replace=False))]
    entries = tuple(entry(f, args, weights, bars, place) for place in chosen)
    name = getattr(f, "__qualname__", repr(f))
    return GradientCheck(name, entries, len(places) - len(chosen), tolerance)


def entry(f: Any, args: Sequence[Any], weights: Any, bars: Any, place: Any) -> Entry:
    """One number, moved."""
    name, k, path, index, part = place
    label = name + (f"[{', '.join(map(str, index))}]" if index else "")
    label += ".imag" if part == 1j else ""
    bar = np.asarray(at(bars[k], path))[index]
    reverse = float(np.real(bar * part))
    zeros = [mapped(arg, zero) if holds_float(arg) else None for arg in args]
    zeros[k] = moved(zeros[k], path, index, part)
    _, dot = jvp(f, private(list(args)), zeros)
    step = STEP * max(1.0, abs(np.asarray(at(args[k], path))[index]))
    sides = []
    for sign in (1.0, -1.0):
        full = private(list(args))
        full[k] = moved(full[k], path, index, sign * step * part)
        sides.append(f(*full))
    difference = (paired(weights, sides[0]) - paired(weights, sides[1])) / (2.0 * step)
    return Entry(label, reverse, paired(weights, dot), difference)


# ---------------------------------------------------------------------------------------- structures
def children(node: Any) -> list[tuple[Any, str, Any]] | None:
    """Key, label and content of each part of a structure; None for what is no structure."""
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        return [(name, f".{name}", part) for name, part in zip(node._fields, node, strict=True)]
    if isinstance(node, list | tuple):
        return [(i, f"[{i}]", part) for i, part in enumerate(node)]
    if isinstance(node, dict):
        return [(key, f"[{key!r}]", part) for key, part in node.items()]
    plain = isinstance(node, np.ndarray | np.generic | float | complex | int | str | type(None))
    if plain or is_code(node):
        return None
    return [(name, f".{name}", part) for name, part in attributes(node).items()]


def is_leaf(node: Any) -> bool:
    """Whether a part carries derivatives."""
    if isinstance(node, np.ndarray | np.generic):
        return node.dtype.kind in "fc"
    return isinstance(node, float | complex)


def leaves(node: Any, name: str, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any, Any]]:
    """Name, path and content of each leaf."""
    if is_leaf(node):
        yield name, path, node
    for key, label, part in children(node) or ():
        yield from leaves(part, name + label, (*path, key))


def mapped(node: Any, change: Callable[[Any], Any]) -> Any:
    """A structure of the same form; None for what carries no derivative."""
    if is_leaf(node):
        return change(node)
    parts = children(node)
    return None if parts is None else rebuilt(node, [mapped(p, change) for _, _, p in parts])


def rebuilt(node: Any, parts: Sequence[Any]) -> Any:
    """A structure like ``node`` with other parts."""
    if isinstance(node, tuple):
        return type(node)(*parts) if hasattr(node, "_fields") else tuple(parts)
    if isinstance(node, list):
        return list(parts)
    if isinstance(node, dict):
        return dict(zip(node, parts, strict=True))
    made = object.__new__(type(node))
    for name, part in zip(attributes(node), parts, strict=True):
        object.__setattr__(made, name, part)
    return made


def at(node: Any, path: Sequence[Any]) -> Any:
    """The leaf at a path."""
    for key in path:
        indexed = isinstance(node, list | dict) or isinstance(key, int)
        node = node[key] if indexed else getattr(node, key)
    return node


def moved(node: Any, path: Sequence[Any], index: tuple[int, ...], by: complex) -> Any:
    """A structure in which one number is larger."""
    if not path:
        if isinstance(node, np.ndarray):
            node = node.copy()
            node[index] += by
            return node
        return type(node)(node + by)
    parts = children(node) or []
    found = [moved(p, path[1:], index, by) if key == path[0] else p for key, _, p in parts]
    return rebuilt(node, found)


def zero(leaf: Any) -> Any:
    """A zero of the same kind."""
    return np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else type(leaf)(0)


def random_like(leaf: Any, rng: np.random.Generator) -> Any:
    """Random numbers of the same kind; 1 for one real number, whose gradient is shown as it is."""
    if not np.shape(leaf) and not np.iscomplexobj(leaf):
        return type(leaf)(1) if not isinstance(leaf, np.ndarray) else np.ones_like(leaf)
    numbers = rng.uniform(0.5, 1.5, np.shape(leaf))
    if np.iscomplexobj(leaf):
        numbers = numbers + 1j * rng.uniform(0.5, 1.5, np.shape(leaf))
    if isinstance(leaf, np.ndarray):
        return numbers.astype(leaf.dtype)
    return type(leaf)(numbers)


def paired(weights: Any, value: Any) -> float:
    """The combination of the numbers of a value that is differentiated."""
    total = 0.0
    for _, path, weight in leaves(weights, ""):
        total += float(np.real(np.sum(weight * at(value, path))))
    return total
