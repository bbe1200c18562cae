"""Estimates of how wide expressions will print, before names are known."""

from __future__ import annotations

from collections.abc import Callable

from s2s.codegen.python import rows
from s2s.codegen.python.effects import KNOWN
from s2s.ir.core import Op, Value

LINE = 100
TEMPORARY = 3
TARGET = 8


def of_name(value: Value) -> int:
    """The width of a variable."""
    return len(value.name) if value.name else TEMPORARY


def of_op(op: Op) -> int:
    """The width of an operation without its operands."""
    width = _WIDTHS.get(op.kind)
    if width is None:
        return len(op.kind) + 2 * len(op.operands) if op.kind in KNOWN else _row(op)
    return width(op) if callable(width) else width


def _row(op: Op) -> int:
    via = rows.via_of(op)
    if via in rows.BINARY or via in rows.COMPARISONS:
        return len(via) + 3
    attrs = [(key, value) for key, value in op.attrs.items() if key != "via"]
    return len(via) + 2 * len(op.operands) + sum(len(k) + len(str(v)) + 3 for k, v in attrs)


def _path(op: Op) -> int:
    named = sum(len(str(token[1])) + 1 for token in op.attrs["path"] if isinstance(token, tuple))
    return named + 2 * len(op.operands)


def _callee(op: Op) -> int:
    return len(str(op.attrs.get("symbol", op.attrs.get("callee")))) + 2 * len(op.operands)


_WIDTHS: dict[str, int | Callable[[Op], int]] = {
    "const": lambda op: len(repr(op.attrs["value"])),
    "symbol": lambda op: len(op.attrs["symbol"]),
    "undef": TEMPORARY,
    "widen": 0,
    "unwrap": 0,
    "is_none": 8,
    "item": 3,
    "select": 11,
    "not": 4,
    "dim": 9,
    "if": 11,
    "yield": 0,
    "break": 0,
    "branch": 7,
    "loop": 20,
    "attempt": 0,
    "return": 8,
    "tuple": lambda op: 2 * len(op.operands) + 2,
    "alloc": lambda op: 2 * len(op.operands) + 2,
    "getitem": _path,
    "load": _path,
    "view": _path,
    "store": _path,
    "accum": _path,
    "call": _callee,
    "pycall": _callee,
    "exception": _callee,
    "format": lambda op: sum(len(part) for part in op.attrs["template"]) + 4 * len(op.operands),
}
