"""How the operations of docs/ir.md print: one function for each kind, in a table.

Those on memory stand in `memory_kinds`.
`e` is the printer of values (`s2s.codegen.python.expressions`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from s2s.codegen.python import nodes, paths
from s2s.codegen.python.memory_kinds import MEMORY, Printer, call, of
from s2s.codegen.python.nodes import Node
from s2s.ir.core import Op, Value
from s2s.ir.types import BOOL, Tuple
from s2s.pyast import gast

if TYPE_CHECKING:
    from s2s.codegen.python.expressions import Expressions


# ------------------------------------------------------------------------------------------ values
def _first(e: Expressions, op: Op) -> Node:
    return e.value(op.operands[0])


def _const(e: Expressions, op: Op) -> Node:
    return nodes.literal(op.attrs["value"])


def _symbol(e: Expressions, op: Op) -> Node:
    return nodes.dotted(op.attrs["symbol"])


def _undef(e: Expressions, op: Op) -> Node:
    return nodes.load(op.result.name or "unbound")


def _is_none(e: Expressions, op: Op) -> Node:
    return nodes.compare("is", e.value(op.operands[0]), nodes.const(None))


def _tuple(e: Expressions, op: Op) -> Node:
    items = [e.kept(value) for value in op.operands]
    if isinstance(op.result.type, Tuple) and op.result.type.cls:
        return nodes.call(nodes.dotted(op.result.type.cls), items)
    return nodes.tuple_of(items)


def _item(e: Expressions, op: Op) -> Node:
    return nodes.subscript(e.value(op.operands[0]), nodes.const(op.attrs["index"]))


def _getitem(e: Expressions, op: Op) -> Node:
    base, *indices = op.operands
    return paths.at(e.value(base), e.content(base), op.attrs["path"], e.values(indices))


def _select(e: Expressions, op: Op) -> Node:
    test, yes, no = op.operands
    return gast.IfExp(e.test(test), e.value(yes), e.value(no))


def conditional(e: Expressions, op: Op, part: Callable[[Value], Node]) -> Node:
    """An `if` whose sides are expressions; ``part`` prints what may be the result."""
    (test,), (yes, no) = op.operands, [region.terminator.operands[0] for region in op.regions]
    if op.results[0].type == BOOL:
        if _is(e, no, False):
            return nodes.both("and", part(test), part(yes))
        if _is(e, yes, True):
            return nodes.both("or", part(test), part(no))
        if _is(e, yes, False):
            return nodes.both("and", e.opposite(test), part(no))
        if _is(e, no, True):
            return nodes.both("or", e.opposite(test), part(yes))
    return gast.IfExp(e.test(test), e.kept(yes), e.kept(no))


def _is(e: Expressions, value: Value, wanted: bool) -> bool:
    op = e.layout.made.get(value)
    return op is not None and op.kind == "const" and op.attrs["value"] is wanted


def _bool_of(e: Expressions, op: Op) -> Node:
    return nodes.call(nodes.load("bool"), [e.value(op.operands[0])])


def _not(e: Expressions, op: Op) -> Node:
    return e.opposite(op.operands[0])


def _dim(e: Expressions, op: Op) -> Node:
    base, axis = op.operands[0], op.attrs["axis"]
    array = e.array_type(base)
    if array is not None and array.rank == 1 and axis == 0:
        return nodes.call(nodes.load("len"), [e.value(base)])
    return nodes.subscript(_shape_of(e, base), nodes.literal(axis))


def _shape(e: Expressions, op: Op) -> Node:
    return _shape_of(e, op.operands[0])


def _shape_of(e: Expressions, value: Value) -> Node:
    array = e.array_type(value)
    if array is not None and array.rank is not None:
        return nodes.attribute(e.value(value), "shape")
    return nodes.call(nodes.dotted("np.shape"), [e.value(value)])


def _copy(e: Expressions, op: Op) -> Node:
    return e.copy(e.value(op.operands[0]), op.operands[0])


def _format(e: Expressions, op: Op) -> Node:
    parts = []
    for part in op.attrs["template"]:
        if isinstance(part, str):
            parts.append(nodes.const(part))
            continue
        index, conversion, spec = part
        code = conversion if isinstance(conversion, int) else ord(conversion) if conversion else -1
        written = gast.JoinedStr([nodes.const(spec)]) if spec else None
        parts.append(gast.FormattedValue(e.value(op.operands[index]), code, written))
    return gast.JoinedStr(parts)


def _is_array(e: Expressions, op: Op) -> Node:
    return nodes.compare(">", call(e, "np.ndim", op.operands[0]), nodes.const(0))


def _same(e: Expressions, op: Op) -> Node:
    return nodes.compare("is", *e.values(op.operands))


def _via(e: Expressions, op: Op) -> Node:
    """An operation that prints by its attribute ``via``: an operator or a method of a string."""
    via = op.attrs["via"]
    if via == "+":
        return nodes.binary(via, *e.values(op.operands))
    if via.startswith("."):
        base, *args = e.values(op.operands)
        return nodes.call(nodes.attribute(base, via[1:]), args)
    return nodes.compare(via, *e.values(op.operands))


def _range_len(e: Expressions, op: Op) -> Node:
    return nodes.call(nodes.load("len"), [call(e, "range", *op.operands)])


# ----------------------------------------------------------------------------------------- effects
def _program_call(e: Expressions, op: Op) -> Node:
    callee = op.attrs["callee"]
    args = [e.kept(value, e.memory.writes[callee]) for value in op.operands]
    return nodes.call(nodes.load(e.functions[callee]), args)


def _python_call(e: Expressions, op: Op) -> Node:
    return _with_keywords(e, op, nodes.dotted(op.attrs["symbol"]))


def _print(e: Expressions, op: Op) -> Node:
    return _with_keywords(e, op, nodes.load("print"))


def _with_keywords(e: Expressions, op: Op, function: Node) -> Node:
    """Keywords are names, for the last operands, or pairs of a name and a constant."""
    given = op.attrs.get("keywords") or ()
    names = [item for item in given if isinstance(item, str)]
    values = e.values(op.operands)
    split = len(values) - len(names)
    keywords = [*zip(names, values[split:], strict=True)]
    keywords += [(item[0], nodes.literal(item[1])) for item in given if not isinstance(item, str)]
    return nodes.call(function, values[:split], keywords)


KINDS: dict[str, Printer] = {
    **MEMORY,
    "const": _const,
    "symbol": _symbol,
    "undef": _undef,
    "widen": _first,
    "unwrap": _first,
    "is_none": _is_none,
    "tuple": _tuple,
    "item": _item,
    "getitem": _getitem,
    "select": _select,
    "if": lambda e, op: conditional(e, op, e.value),
    "bool_of": _bool_of,
    "not": _not,
    "dim": _dim,
    "shape": _shape,
    "len": of("len"),
    "copy": _copy,
    "format": _format,
    "is_array": _is_array,
    "same": _same,
    "exception": _python_call,
    "print": _print,
    "call": _program_call,
    "pycall": _python_call,
    "range_len": _range_len,
    "int_max": of("max"),
    "int_min": of("min"),
    "str_equal": _via,
    "str_concat": _via,
    "str_method": _via,
    "array_item": _via,
    "ndim": of("np.ndim"),
    "size": of("np.size"),
}
