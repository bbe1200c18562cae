"""The types of functions that are kept in memory or that depend on the path taken.

A function without data is the `Known` object itself.  A function that captured something is a tuple:
its name, then what it captured.  One of several functions is a tuple, too: the name of the choice, the
number of the function, then what each of them captured, where what belongs to the others is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from s2s.ir.types import INT, NONE, Known, Optional, Scalar, Tuple, Type

if TYPE_CHECKING:
    from s2s.frontend.heap import Heap

Options = Mapping[str, tuple[Type, ...]]


class FunctionTypes:
    """Functions by symbol, each with a number of its own, and the choices among them."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.members: dict[str, tuple[str, ...]] = {}
        self.sizes: dict[str, int] = {}

    def register(self, symbol: str, size: int = 0) -> None:
        """``symbol`` names a function that captures ``size`` things."""
        self.numbers.setdefault(symbol, len(self.numbers))
        self.sizes[symbol] = size

    def options(self, t: Type) -> Options | None:
        """The functions that a value of type ``t`` may be, with what they captured; None if none."""
        match t:
            case Known(symbol) if symbol in self.numbers:
                return {symbol: ()}
            case Tuple((Known(symbol), *parts)) if parts and self.sizes.get(symbol) == len(parts):
                return {symbol: tuple(parts)}
            case Tuple((Known(symbol), _, *parts)) if symbol in self.members:
                found, start = {}, 0
                for member in self.members[symbol]:
                    stop = start + self.sizes[member]
                    found[member] = tuple(parts[start:stop])
                    start = stop
                return found
        return None

    def is_choice(self, t: Type) -> bool:
        """Whether values of this type are one of several functions."""
        match t:
            case Tuple((Known(symbol), *_)):
                return symbol in self.members
        return False

    def join(self, heap: Heap, a: Type, b: Type) -> Type | None:
        """The type of a function that is one of ``a`` or one of ``b``; None if these are none."""
        left, right = self.options(a), self.options(b)
        if left is None or right is None:
            return None
        joined = dict(left)
        for symbol, parts in right.items():
            if symbol in joined:
                parts = tuple(map(heap.join, joined[symbol], parts))
            joined[symbol] = parts
        return self.of(joined)

    def of(self, options: Options) -> Type:
        """The type of one of some functions."""
        if len(options) == 1:
            ((symbol, parts),) = options.items()
            return Tuple((Known(symbol), *parts)) if parts else Known(symbol)
        ordered = sorted(options, key=self.numbers.__getitem__)
        name = "_or_".join(ordered)
        self.members[name] = tuple(ordered)
        parts = tuple(absent_or(t) for symbol in ordered for t in options[symbol])
        return Tuple((Known(name), INT, *parts))


def absent_or(t: Type) -> Type:
    """``t``, or that type with None where no number can stand for what is absent."""
    match t:
        case Tuple(items, cls):
            return Tuple(tuple(map(absent_or, items)), cls)
        case Scalar() | Optional() | Known():
            return t
    return t if t == NONE else Optional(t)
