"""The ranges of loops."""

from __future__ import annotations

from s2s.codegen.python import nodes
from s2s.codegen.python.expressions import Expressions
from s2s.codegen.python.nodes import Node
from s2s.ir.core import Op, Value


def range_of(e: Expressions, op: Op) -> Node:
    """``range(n)``, ``range(lo, hi)``, ``reversed(range(n))``; upwards if nobody asks which one."""
    lo, hi, step = op.operands[:3]
    if _number(e, step) == -1 and _number(e, hi) == -1:
        count = _one_more(e, lo)
        if count is not None:
            upwards = _call("range", [count])
            return _reversed(e, op, upwards, not op.attrs.get("reversed"))
    return _reversed(e, op, plain_range(e, op), bool(op.attrs.get("reversed")))


def _reversed(e: Expressions, op: Op, found: Node, is_reversed: bool) -> Node:
    is_asked = op.regions[0].args[0] in e.names
    return _call("reversed", [found]) if is_reversed and is_asked else found


def plain_range(e: Expressions, op: Op) -> Node:
    """The range of a loop as it is given, upwards or downwards."""
    lo, hi, step = op.operands[:3]
    bounds = e.values((lo, hi, step))
    if _number(e, step) == 1:
        bounds = bounds[1:2] if _number(e, lo) == 0 else bounds[:2]
    return _call("range", bounds)


def _call(name: str, args: list[Node]) -> Node:
    return nodes.call(nodes.load(name), args)


def _number(e: Expressions, value: Value) -> object:
    op = e.layout.made.get(value)
    number = op.attrs["value"] if op is not None and op.kind == "const" else None
    return None if isinstance(number, bool) else number


def _one_more(e: Expressions, value: Value) -> Node | None:
    """``n`` if ``value`` prints as ``n - 1``."""
    number = _number(e, value)
    if isinstance(number, int):
        return nodes.const(number + 1)
    op = e.maker(value)
    if op is None or op.attrs.get("via") != "-" or len(op.operands) != 2:
        return None
    return e.value(op.operands[0]) if _number(e, op.operands[1]) == 1 else None
