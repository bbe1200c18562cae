"""What the tangent of each kind of operation is: one function for each, in a table by kind.

A handler keeps the operation and writes its tangent behind it.  Where a list changes its length the
tangent comes first: a list of tangents that does not exist yet takes the length of now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from s2s import kernels
from s2s.errors import NotDifferentiable
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.ir.core import Op, Value
from s2s.ir.types import Tuple, carries_derivative, is_number
from s2s.transform.rules import number
from s2s.transform.tangent_types import has_axes

if TYPE_CHECKING:
    from s2s.transform.forward import Forward

Handler = Callable[["Forward", Op], None]
Names = dict[str, Callable[[], AVal]]
TANGENTS: dict[str, Handler] = {}

# Results of these carry no derivative; of `view` the shadow is a view of the shadow.
SILENT = ("const", "symbol", "undef", "is_none", "dim", "shape", "len", "not", "bool_of", "format",
          "is_array", "same", "view", "contains", "list_of", "raise", "exception", "print",
          "shadows", "shadow", "comment", "ndim", "size", "range_len", "int_max", "int_min",
          "str_equal", "str_concat", "str_method", "list_index", "list_count", "sort_order",
          "zeros_of", "last_writes", "reverse", "slice_item", "stop")  # fmt: skip


def pushes(*kinds: str) -> Callable[[Handler], Handler]:
    """Register a function as the tangent of kinds of operations."""

    def register(handler: Handler) -> Handler:
        TANGENTS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


@pushes(*SILENT)
def nothing(f: Forward, op: Op) -> None:
    """No derivative flows."""
    f.keep(op)


def refuse(op: Op) -> NotDifferentiable:
    """An error for what has no tangent."""
    name = op.attrs.get("symbol", op.kind)
    return NotDifferentiable(f"`{name}` has no derivative in forward mode", op.span)


# ----------------------------------------------------------------------------------------- kernels
def push_kernel(f: Forward, op: Op) -> None:
    """A row of the table: the sum of what the row says of each operand that has a tangent."""
    f.keep(op)
    moved = [k for k, v in enumerate(op.operands) if v in f.dots]
    if not moved or not any(carries_derivative(r.type) for r in op.results):
        return
    row = kernels.row(op.kind)
    if row is None:
        raise refuse(op)
    attrs = {k: v for k, v in op.attrs.items() if k != "via"}
    try:
        derivative = row.derivative([v.type for v in op.operands], attrs, known_operands(f, op))
    except kernels.NoDerivativeError as error:
        raise NotDifferentiable(str(error), op.span) from None
    names, mentioned = operand_names(f, row, op), set[int]()
    if callable(derivative.jvp):
        found = call_rule(f, derivative.jvp, names, row, op, attrs)
        parts = [found[k] for k in moved]
        mentioned.update(moved)
    else:
        texts = [t for k, t in enumerate(derivative.jvp) if derivative.joint or k in moved]
        parts = [f.rules.text(t, names, op.attrs.get("via", "")) for t in texts if t is not None]
        for text in filter(None, texts):
            mentioned |= operands_in(text, row, op)
    if parts:
        full = not row.elementwise or derivative.joint or covers(f, op, mentioned)
        put_together(f, op.result, parts, full)


def put_together(f: Forward, result: Value, parts: Sequence[AVal], full: bool) -> None:
    """The sum of contributions becomes the tangent; of several results item by item."""
    if not isinstance(result.type, Tuple):
        f.set(result, total(f, parts), full=full)
        return
    items: list[Value | None] = []
    for k, t in enumerate(result.type.items):
        if not carries_derivative(t):
            items.append(None)
            continue
        given = [part.items[k] for part in parts if isinstance(part, TupleA)]
        item = f.b.value("item", (result,), t, index=k)
        items.append(f.close(item, total(f, given), full))
    f.dots[result] = f.tuple(result, f.type_of_dot(result), items)  # type: ignore[arg-type]


def total(f: Forward, parts: Sequence[AVal]) -> Value:
    """The sum of contributions."""
    first, *rest = (number(f.rules, part) for part in parts)
    for value in rest:
        first = f.add(first, value)
    return first


def covers(f: Forward, op: Op, mentioned: set[int]) -> bool:
    """Whether a tangent made of these operands has the shape of the result (-1: of it itself)."""
    if -1 in mentioned:
        return True
    needed = {f.shape_of(v) for v in op.operands if has_axes(v.type)}
    return needed <= {f.shape_of(op.operands[k]) for k in mentioned}


def operands_in(text: str, row: Any, op: Op) -> set[int]:
    """Which operands a rule's text mentions, or whose tangents; -1: the result."""
    words = {word.removesuffix("_dot") for word in re.findall(r"[A-Za-z_]\w*", text)}
    found = {k for k, name in enumerate(row.signature.names(len(op.operands))) if name in words}
    return found | ({-1} if row.signature.result in words else set())


def known_operands(f: Forward, op: Op) -> dict[int, Any]:
    """Operands whose values are known."""
    found = {}
    for k, v in enumerate(op.operands):
        constant = f.b.constant_of(v)
        if constant is not None:
            found[k] = constant.attrs["value"]
    return found


def operand_names(f: Forward, row: Any, op: Op) -> Names:
    """What the names in a rule's text mean here."""
    names: Names = {row.signature.result: partial(primal_of, f, op.result)}
    rest = list(op.operands)
    for p in row.signature.operands:
        primal, dot = p.name, f"{p.name}_dot"
        if p.star:
            names[primal], names[dot] = (
                partial(each, f, primal_of, rest),
                partial(each, f, dot_of, rest),
            )
        elif rest:
            value = rest.pop(0)
            names[primal], names[dot] = partial(primal_of, f, value), partial(dot_of, f, value)
        else:
            names[primal], names[dot] = partial(Static, p.default), partial(Static, None)
    return names


def each(f: Forward, read: Callable[[Forward, Value], AVal], values: Sequence[Value]) -> AVal:
    """What a rule may know of several operands."""
    return TupleA(tuple(read(f, value) for value in values))


def primal_of(f: Forward, value: Value) -> AVal:
    """What a rule may know of a primal value."""
    op = f.b.defining.get(value)
    if op is not None and op.kind == "const":
        return Static(op.attrs["value"])
    if op is not None and op.kind == "tuple":
        return each(f, primal_of, op.operands)
    return f.rules.aval(value) if isinstance(value.type, Tuple) else Leaf(value)


def dot_of(f: Forward, value: Value) -> AVal:
    """The tangent of an operand as a rule sees it."""
    if not is_number(value.type):
        return Static(None)
    return Leaf(f.dot_or_zero(value))


def call_rule(
    f: Forward, function: Any, names: Names, row: Any, op: Op, attrs: Any
) -> Sequence[AVal]:
    """A rule that is a Python function of operands, result, tangents and attributes."""
    signature = row.signature
    operands = [p.name for p in signature.operands]
    args = [names[n]() for n in (*operands, signature.result, *(f"{n}_dot" for n in operands))]
    statics = {p.name: attrs.get(p.name, p.default) for p in signature.statics}
    found = f.rules.function(function, args, statics)
    if len(operands) == 1:
        return [found]
    assert isinstance(found, TupleA)
    return found.items


# -------------------------------------------------------------------------------- values and tuples
@pushes("widen", "unwrap", "copy")
def identity(f: Forward, op: Op) -> None:
    """The same value, seen differently."""
    f.keep(op)
    dot = f.dots.get(op.operands[0])
    if dot is not None:
        f.set(op.result, dot)


@pushes("array_item")
def array_item(f: Forward, op: Op) -> None:
    """The number in an array of one element."""
    f.keep(op)
    dot = f.dots.get(op.operands[0])
    if dot is not None:
        f.set(op.result, f.kernel("sum", dot))


@pushes("tuple")
def tuple_(f: Forward, op: Op) -> None:
    """A tuple of tangents."""
    f.keep(op)
    if any(v in f.dots for v in op.operands):
        wanted = f.type_of_dot(op.result)
        assert isinstance(wanted, Tuple)
        f.dots[op.result] = f.tuple(op.result, wanted, [f.dots.get(v) for v in op.operands])


@pushes("item")
def item(f: Forward, op: Op) -> None:
    """A part of a tuple."""
    f.keep(op)
    dot = f.dots.get(op.operands[0])
    if dot is not None and carries_derivative(op.result.type):
        f.set(op.result, f.items(dot)[op.attrs["index"]])


@pushes("select")
def select(f: Forward, op: Op) -> None:
    """The tangent of the side that was taken."""
    f.keep(op)
    test, a, b = op.operands
    if a in f.dots or b in f.dots:
        sides = (f.dot_or_zero(a), f.dot_or_zero(b))
        f.set(op.result, f.b.value("select", (test, *sides), sides[0].type))


@pushes("getitem")
def getitem(f: Forward, op: Op) -> None:
    """An element or slice of an array value."""
    f.keep(op)
    source, *index = op.operands
    dot = f.dots.get(source)
    if dot is not None and carries_derivative(op.result.type):
        t = f.type_of_dot(op.result)
        f.set(op.result, f.b.value("getitem", (dot, *index), t, path=op.attrs["path"]))


@pushes("add_bars")
def add_bars(f: Forward, op: Op) -> None:
    """The sum of two cotangents, each of which may be None."""
    f.keep(op)
    dots = [f.dots[v] for v in op.operands if v in f.dots]
    if len(dots) > 1:
        f.set(op.result, f.b.value("add_bars", dots, f.type_of_dot(op.result)))
    elif dots:
        f.set(op.result, dots[0])
