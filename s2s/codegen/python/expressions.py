"""Values as Python expressions; rows of the kernel table.  Other operations stand in `kinds`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from s2s.codegen.python import nodes, rows
from s2s.codegen.python.effects import KNOWN, Memory
from s2s.codegen.python.kinds import KINDS, conditional
from s2s.codegen.python.layout import Layout
from s2s.codegen.python.nodes import Node
from s2s.codegen.python.uses import TRANSPARENT
from s2s.ir.core import Op, Value
from s2s.ir.types import BOOL, INT, NONE, Array, Content, Ref, Scalar, Type


class Expressions:
    """Prints the values of one function.

    names: of its variables;  functions: Python names of the program's functions;
    local: the classes of memory that nobody reaches any more when the function has returned.
    """

    def __init__(
        self,
        layout: Layout,
        memory: Memory,
        names: Mapping[Value, str],
        functions: Mapping[str, str],
        local: int,
    ) -> None:
        self.layout = layout
        self.memory = memory
        self.names = names
        self.functions = functions
        self.local = local
        self.order = {value: k for k, value in enumerate(layout.made)}

    def value(self, value: Value) -> Node:
        """A variable, or the expression that stands for it."""
        name = self.names.get(value)
        return nodes.load(name) if name is not None else self.op(self.layout.made[value])

    def values(self, values: Sequence[Value]) -> list[Node]:
        """Several values."""
        return [self.value(value) for value in values]

    def op(self, op: Op) -> Node:
        """The right side of an operation."""
        if op.kind not in KNOWN:
            return row(self, op)
        return KINDS[op.kind](self, op)

    def kept(self, value: Value, classes: int = -1) -> Node:
        """A value that outlives this moment: a view of memory in ``classes`` becomes a copy."""
        op = self.maker(value)
        if op is not None and op.kind in TRANSPARENT:
            return self.kept(op.operands[0], classes)
        node = self.value(value)
        if value in self.layout.copied or not self.memory.alias.get(value, 0) & classes:
            return node
        return self.copy(node, value)

    def copy(self, node: Node, value: Value) -> Node:
        """``node.copy()``."""
        if isinstance(value.type, Array):
            return nodes.call(nodes.attribute(node, "copy"), ())
        return nodes.call(nodes.dotted("rt.copy"), [node])

    def maker(self, value: Value) -> Op | None:
        """The operation that prints in the place of ``value``; None if it is a variable."""
        return None if value in self.names else self.layout.made.get(value)

    def test(self, value: Value) -> Node:
        """A value where only its truth matters."""
        op = self.maker(value)
        match op.kind if op is not None else None:
            case "bool_of":
                return self.test(op.operands[0])  # type: ignore[union-attr]
            case "not":
                return self.opposite(op.operands[0])  # type: ignore[union-attr]
            case "if":
                return conditional(self, op, self.test)  # type: ignore[arg-type]
        return self.value(value)

    def opposite(self, value: Value) -> Node:
        """``not value``, or the opposite comparison where there is no nan."""
        op = self.maker(value)
        ints = op is not None and all(v.type in (INT, BOOL, NONE) for v in op.operands)
        return nodes.negation(self.test(value), ints)

    def content(self, ref: Value) -> Content | Type | None:
        """What lies behind a reference."""
        return self.memory.heap.get(ref.type.cls) if isinstance(ref.type, Ref) else None

    def array_type(self, value: Value) -> Array | None:
        """The type of an array, or of the one that a reference addresses."""
        content = self.content(value)
        if isinstance(content, Array) and isinstance(value.type, Ref):
            rank = content.rank if value.type.rank is None else value.type.rank
            return Array(content.dtype, rank)
        return value.type if isinstance(value.type, Array) else None

    def minus(self, value: Value) -> Node | None:
        """``-value`` if ``value`` prints with a sign in front, which can then be left out."""
        op = self.maker(value)
        if op is None or not _is_signed(value.type):
            return None
        if op.kind == "const":
            number = op.attrs["value"]
            return nodes.literal(-number) if str(number).startswith("-") else None
        via = op.attrs.get("via")
        if via == "u-":
            return self.value(op.operands[0])
        if via in ("*", "/") and _is_signed(op.operands[0].type):  # (-a) * b = -(a * b)
            left = self.minus(op.operands[0])
            return None if left is None else nodes.binary(via, left, self.value(op.operands[1]))
        return None


def _is_signed(t: Type) -> bool:
    name = t.name if isinstance(t, Scalar) else t.dtype if isinstance(t, Array) else ""
    return name in ("int", "float") or name[:1] == "f"


# ------------------------------------------------------------------------------------ kernel table
def row(e: Expressions, op: Op) -> Node:
    """A row of the kernel table."""
    via = rows.via_of(op)
    if len(op.operands) == 2:
        if via in ("+", "-"):
            return _sum(e, via, op)
        if via in rows.BINARY:
            return nodes.binary(via, *e.values(op.operands))
        if via in rows.COMPARISONS:
            return nodes.compare(via, *e.values(op.operands))
    if len(op.operands) == 1:
        (value,) = op.operands
        if via in rows.UNARY:
            return nodes.unary(rows.UNARY[via], e.value(value))
        if via == "not":
            return e.opposite(value)
    given, static = rows.arguments(op)
    args = [_argument(e, op, argument) for argument in given]
    keywords = [(key, _attr(key, value)) for key, value in static.items()]
    if via.startswith("."):
        member = nodes.attribute(args[0], via[1:])
        return member if rows.is_attribute(via) else nodes.call(member, args[1:], keywords)
    return nodes.call(nodes.dotted(via), args, keywords)


def _argument(e: Expressions, op: Op, argument: Any) -> Node:
    """An operand, a list of operands, or an attribute that is passed by position."""
    if isinstance(argument, Value):
        return e.value(argument)
    if isinstance(argument, list):
        return nodes.list_of([e.value(value) for value in argument])
    return _attr("dtype" if rows.is_dtype(op, argument) else "", argument)


def _sum(e: Expressions, via: str, op: Op) -> Node:
    """``a + b``; a sign of ``b`` goes into the operator."""
    a, b = op.operands
    opposite = e.minus(b)
    if opposite is None:
        return nodes.binary(via, e.value(a), e.value(b))
    return nodes.binary("-" if via == "+" else "+", e.value(a), opposite)


def _attr(key: str, value: object) -> Node:
    return nodes.dtype(value) if key == "dtype" and isinstance(value, str) else nodes.literal(value)
