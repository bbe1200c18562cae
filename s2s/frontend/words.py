"""Types and values in the words of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2s.ir.types import (
    DTYPES,
    NONE,
    OPAQUE,
    STR,
    Array,
    DictOf,
    Fixed,
    Known,
    ListOf,
    Optional,
    Record,
    Ref,
    Scalar,
    Tuple,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s.frontend.heap import Heap

OPERATORS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "divide", "@": "multiply (@)",
    "%": "take the remainder of", "**": "raise to a power:", "&": "combine (&)", "|": "combine (|)",
    "^": "combine (^)", "<": "compare", "<=": "compare", ">": "compare", ">=": "compare",
    "==": "compare", "!=": "compare", "u-": "negate", "u+": "take +", "u~": "invert",
}  # fmt: skip


def words(heap: Heap, t: Any) -> str:
    """A type as a user says it: `a float64 array`, `a list`, `None`."""
    match t:
        case Scalar(name):
            return article(DTYPES.get(name, name).rstrip("_"))
        case Array(dtype, rank):
            axes = (
                "" if rank is None else f" with {rank} axis" if rank == 1 else f" with {rank} axes"
            )
            return f"{article(DTYPES[dtype].rstrip('_'))} array{axes}"
        case Ref():
            content = heap.of(t)
            return words(heap, content)
        case Fixed() | ListOf():
            return "a list"
        case Record("dict") | DictOf():
            return "a dict"
        case Record(cls):
            return article(cls)
        case Tuple(items, cls):
            return article(cls) if cls is not None else f"a tuple of {len(items)}"
        case Optional(item):
            return f"{words(heap, item)} or None"
        case Known(symbol):
            return "a str" if symbol.rstrip("_0123456789") == "str" else f"`{symbol}`"
    return {NONE: "None", STR: "a str", OPAQUE: "an object"}.get(t, str(t))


def class_name(cls: type) -> str:
    """A class as Python's messages call it."""
    return f"numpy.{cls.__name__}" if cls.__module__ == "numpy" else cls.__name__


def article(noun: str) -> str:
    """The noun with `a` or `an`."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def cannot_operate(heap: Heap, via: str, types: Sequence[Any], reason: str) -> str:
    """What is wrong with an operation on operands of these types."""
    operands = [words(heap, t) for t in types]
    verb = OPERATORS.get(via)
    if verb is not None:
        return f"cannot {verb} {' and '.join(operands)}"
    name = f"ndarray{via}" if via.startswith(".") else via
    why = f": {reason}" if reason else ""
    return f"`{name}` does not accept {', '.join(operands)}{why}"
