"""Making syntax trees: what gast's constructors want spelt out, once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from s2s.codegen.python import rows
from s2s.ir.core import Attr
from s2s.ir.types import DTYPES, SHORT, Scalar
from s2s.pyast import gast

Node = Any


def load(name: str) -> Node:
    """A name that is read."""
    return gast.Name(name, gast.Load(), None, None)


def target(node: Node) -> Node:
    """An expression that was built to be read, as what is assigned to."""
    node.ctx = gast.Store()
    return node


def const(value: object) -> Node:
    """A literal."""
    return gast.Constant(value, None)


def dotted(path: str) -> Node:
    """``np.linalg.norm``."""
    head, *rest = path.split(".")
    node = load(head)
    for name in rest:
        node = attribute(node, name)
    return node


def attribute(base: Node, name: str) -> Node:
    """``base.name``."""
    return gast.Attribute(base, name, gast.Load())


def subscript(base: Node, index: Node) -> Node:
    """``base[index]``."""
    return gast.Subscript(base, index, gast.Load())


def call(function: Node, args: Sequence[Node], keywords: Sequence[tuple[str, Node]] = ()) -> Node:
    """``function(*args, **keywords)``."""
    return gast.Call(function, list(args), [gast.keyword(k, v) for k, v in keywords])


def tuple_of(items: Sequence[Node]) -> Node:
    """``(a, b)``."""
    return gast.Tuple(list(items), gast.Load())


def list_of(items: Sequence[Node]) -> Node:
    """``[a, b]``."""
    return gast.List(list(items), gast.Load())


def binary(op: str, left: Node, right: Node) -> Node:
    """``left + right``."""
    return gast.BinOp(left, getattr(gast, rows.BINARY[op])(), right)


def compare(op: str, left: Node, right: Node) -> Node:
    """``left < right``."""
    return gast.Compare(left, [getattr(gast, rows.COMPARISONS[op])()], [right])


def unary(name: str, operand: Node) -> Node:
    """``-operand``; ``name`` is gast's."""
    return gast.UnaryOp(getattr(gast, name)(), operand)


def both(op: str, left: Node, right: Node) -> Node:
    """``left and right``, ``left or right``; chains are flat."""
    kind = gast.And if op == "and" else gast.Or
    values: list[Node] = []
    for k, node in enumerate((left, right)):
        flat = k == 0 and isinstance(node, gast.BoolOp) and isinstance(node.op, kind)
        values += node.values if flat else [node]
    return gast.BoolOp(kind(), values)


OPPOSITES = {"Is": "IsNot", "IsNot": "Is", "In": "NotIn", "NotIn": "In"}
OPPOSITES_OF_INTS = {
    "Lt": "GtE",
    "GtE": "Lt",
    "Gt": "LtE",
    "LtE": "Gt",
    "Eq": "NotEq",
    "NotEq": "Eq",
}


def negation(node: Node, of_ints: bool = False) -> Node:
    """``not node``; ``of_ints``: a comparison has an opposite, for there is no nan."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
        return node.operand
    if isinstance(node, gast.Compare) and len(node.ops) == 1:
        name = type(node.ops[0]).__name__
        opposite = OPPOSITES.get(name) or (OPPOSITES_OF_INTS.get(name) if of_ints else None)
        if opposite:
            return gast.Compare(node.left, [getattr(gast, opposite)()], node.comparators)
    return unary("Not", node)


def literal(value: Attr) -> Node:
    """An attribute or a constant as an expression."""
    match value:
        case Scalar(name):
            return dtype(name)
        case tuple():
            return tuple_of([literal(item) for item in value])
        case float() if not math.isfinite(value):
            return _not_finite(value)
    return const(value)


def _not_finite(value: float) -> Node:
    if math.isnan(value):
        return dotted("math.nan")
    return dotted("math.inf") if value > 0 else unary("USub", dotted("math.inf"))


def dtype(name: str) -> Node:
    """``np.float32``, ``float``."""
    if name in ("bool", "int", "float", "complex"):
        return load(name)
    return dotted(f"np.{DTYPES.get(name) or DTYPES.get(SHORT.get(name, ''), name)}")


def assign(node: Node, value: Node) -> Node:
    """``node = value``."""
    return gast.Assign([target(node)], value, None)


def augment(node: Node, op: str, value: Node) -> Node:
    """``node += value``."""
    return gast.AugAssign(target(node), getattr(gast, rows.BINARY[op])(), value)


def function(name: str, params: Sequence[str], body: Sequence[Node]) -> Node:
    """``def name(params): body``."""
    names = [gast.Name(param, gast.Param(), None, None) for param in params]
    arguments = gast.arguments(names, [], None, [], [], None, [])
    return gast.FunctionDef(name, arguments, list(body), [], None, None, [])
