"""What the printer asks the kernel table."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from s2s import kernels
from s2s.ir.core import Attr, Op, Value
from s2s.ir.types import Array, Scalar

BINARY = {
    "+": "Add", "-": "Sub", "*": "Mult", "/": "Div", "//": "FloorDiv", "%": "Mod", "**": "Pow",
    "@": "MatMult", "<<": "LShift", ">>": "RShift", "&": "BitAnd", "|": "BitOr", "^": "BitXor",
}  # fmt: skip
COMPARISONS = {
    "<": "Lt", "<=": "LtE", ">": "Gt", ">=": "GtE", "==": "Eq", "!=": "NotEq",
    "is": "Is", "is not": "IsNot", "in": "In", "not in": "NotIn",
}  # fmt: skip
UNARY = {"u-": "USub", "u+": "UAdd", "u~": "Invert"}


def via_of(op: Op) -> str:
    """The Python callable or operator that an operation of the table stands for."""
    row = kernels.row(op.kind)
    via = op.attrs.get("via") or (row.via[0] if row is not None else None)
    if via is None:
        raise LookupError(f"{op.kind} is neither an operation of docs/ir.md nor a row of the table")
    return str(via)


def builtin_of(via: str) -> str | None:
    """The builtin that ``via`` names, if it is one."""
    return via if via.isidentifier() and hasattr(builtins, via) else None


def is_attribute(via: str) -> bool:
    """True for ``.T`` and its like, which are read without a call."""
    return kernels.is_attribute(via)


def is_view(op: Op) -> bool:
    """True if the result may share memory with an operand, as far as is known."""
    if isinstance(op.result.type, Scalar):
        return False
    row = kernels.row(op.kind)
    return row is None or not row.is_fresh


def is_fresh(op: Op) -> bool:
    """True if the result is an array that nothing else holds."""
    return isinstance(op.result.type, Array) and not is_view(op)


def is_total(op: Op) -> bool:
    """True if the operation never raises."""
    row = kernels.row(op.kind)
    types = [value.type for value in op.operands]
    return row is not None and not kernels.may_raise(row, via_of(op), types)


def arguments(op: Op) -> tuple[Sequence[Any], dict[str, Attr]]:
    """Arguments of the call, by position (values, lists of values, attributes) and by keyword."""
    row, operands = kernels.row(op.kind), list(op.operands)
    attrs = {key: value for key, value in op.attrs.items() if key != "via"}
    if row is None:
        return operands, attrs
    if len(operands) > 2 and via_of(op) in row.chooses:
        return operands, {}
    return row.signature.arguments(operands, attrs)


def is_dtype(op: Op, argument: Any) -> bool:
    """True if an argument by position is a dtype."""
    return not isinstance(argument, Value) and argument is op.attrs.get("dtype")
