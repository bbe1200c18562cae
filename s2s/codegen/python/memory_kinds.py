"""How operations on memory print, those of adjoint programs included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from s2s.codegen.python import nodes, paths
from s2s.codegen.python.nodes import Node
from s2s.ir.core import Op, Value
from s2s.ir.types import Array, Cell, DictOf, Record
from s2s.pyast import gast

if TYPE_CHECKING:
    from s2s.codegen.python.expressions import Expressions

Printer = Callable[["Expressions", Op], Node]


def of(name: str) -> Printer:
    """Print an operation as a call of ``name``."""
    return lambda e, op: call(e, name, *op.operands)


def call(e: Expressions, name: str, *values: Value) -> Node:
    """``name(*values)``."""
    return nodes.call(nodes.dotted(name), e.values(values))


def _alloc(e: Expressions, op: Op) -> Node:
    match e.content(op.result):
        case Array():
            node = e.value(op.operands[0])
            if op.result.type.rank is None:  # type: ignore[attr-defined]  # NumPy gives numbers for 0-d
                name = "np.asarray" if op in e.layout.owned else "np.array"
                return nodes.call(nodes.dotted(name), [node])
            return node if op in e.layout.owned else e.copy(node, op.operands[0])
        case Record("dict", fields):
            keys = [nodes.literal(key) for key, _ in fields]
            return gast.Dict(keys, [e.kept(value) for value in op.operands])
        case Record(cls):
            name = op.attrs.get("symbol", cls)
            if name == "SimpleNamespace":
                return nodes.call(nodes.dotted(name), [])
            return nodes.call(nodes.dotted("object.__new__"), [nodes.dotted(name)])
        case DictOf():
            return gast.Dict([], [])
        case Cell():
            return nodes.call(nodes.dotted("rt.Cell"), [e.kept(value) for value in op.operands])
    return nodes.list_of([e.kept(value) for value in op.operands])


def place(e: Expressions, op: Op, operands: int | None = None) -> Node:
    """What the path of an operation leads to; the first ``operands`` belong to it."""
    base, *indices = op.operands[:operands]
    return paths.at(e.value(base), e.content(base), op.attrs["path"], e.values(indices))


def _load(e: Expressions, op: Op) -> Node:
    """``a[i]``, ``p.w``; of an attribute that an object may not have yet: None."""
    if op.attrs.get("absent"):
        name = nodes.const(op.attrs["path"][-1][1])
        base = e.value(op.operands[0])
        return nodes.call(nodes.load("getattr"), [base, name, nodes.const(None)])
    return place(e, op)


def _view_as(e: Expressions, op: Op) -> Node:
    from s2s.codegen.python.expressions import row

    attrs = {k: v for k, v in op.attrs.items() if k not in ("fn", "label")}
    return row(e, replace(op, kind=op.attrs["fn"], attrs=attrs))


def _method(name: str) -> Printer:
    def printed(e: Expressions, op: Op) -> Node:
        base, *args = op.operands
        kept = [e.kept(value) for value in args]
        return nodes.call(nodes.attribute(e.value(base), name), kept)

    return printed


def _index(op: Op, indices: list[Node]) -> Node:
    """An index as an argument of a function: slices need ``np.s_``."""
    path = op.attrs["path"]
    where = paths.indices(path, indices)
    return nodes.subscript(nodes.dotted("np.s_"), where) if "slice" in path else where


def _last_writes(e: Expressions, op: Op) -> Node:
    base, *indices = op.operands
    where = _index(op, e.values(indices))
    return nodes.call(nodes.dotted("rt.last_writes"), [e.value(base), where])


def _unview(e: Expressions, op: Op) -> Node:
    order, back = op.attrs.get("order", "C"), op.attrs.get("back", False)
    keywords = [] if order == "C" else [("order", nodes.const(order))]
    keywords += [("back", nodes.const(True))] if back else []
    return nodes.call(nodes.dotted("rt.unview"), e.values(op.operands), keywords)


def _list_back(e: Expressions, op: Op) -> Node:
    of = nodes.const(op.attrs["of"])
    shadows = nodes.const(op.attrs["shadows"])
    return nodes.call(nodes.dotted("rt.list_back"), [of, shadows, *e.values(op.operands)])


def _list_slice(e: Expressions, op: Op) -> Node:
    base, *bounds = op.operands
    return paths.at(e.value(base), None, ("slice",), e.values(bounds))


def _slice_item(e: Expressions, op: Op) -> Node:
    length, lower, upper, step, k = e.values(op.operands)
    places = nodes.call(nodes.dotted("range"), [length])
    chosen = paths.at(places, None, ("slice",), [lower, upper, step])
    return paths.at(chosen, None, ("int",), [k])


def _list_repeat(e: Expressions, op: Op) -> Node:
    return nodes.binary("*", *e.values(op.operands))


def _list_concat(e: Expressions, op: Op) -> Node:
    return nodes.binary("+", *e.values(op.operands))


def _contains(e: Expressions, op: Op) -> Node:
    return nodes.compare("in", *e.values(op.operands))


def _sort_order(e: Expressions, op: Op) -> Node:
    (keys,) = e.values(op.operands)
    positions = nodes.call(nodes.load("range"), [nodes.call(nodes.load("len"), [keys])])
    keywords = [("key", nodes.attribute(keys, "__getitem__"))]
    if op.attrs["reverse"]:
        keywords.append(("reverse", nodes.const(True)))
    return nodes.call(nodes.load("sorted"), [positions], keywords)


def _accum_at(e: Expressions, op: Op) -> Node:
    base, *indices, value = op.operands
    where = _index(op, e.values(indices))
    return nodes.call(nodes.dotted("np.add.at"), [e.value(base), where, e.value(value)])


def _shadow(e: Expressions, op: Op) -> Node:
    shadows, ref = op.operands
    keywords = [("arrays", nodes.const(True))] if op.attrs.get("arrays") else []
    return nodes.call(e.value(shadows), [e.value(ref)], keywords)


MEMORY: dict[str, Printer] = {
    "alloc": _alloc,
    "load": _load,
    "accum_at": _accum_at,
    "view": place,
    "view_as": _view_as,
    "append": _method("append"),
    "pop": _method("pop"),
    "list_insert": _method("insert"),
    "list_extend": _method("extend"),
    "list_concat": _list_concat,
    "list_repeat": _list_repeat,
    "list_slice": _list_slice,
    "slice_item": _slice_item,
    "array_of": of("np.array"),
    "contains": _contains,
    "list_of": of("list"),
    "sort_order": _sort_order,
    "dict_pop": _method("pop"),
    "list_index": _method("index"),
    "list_count": _method("count"),
    "list_reverse": _method("reverse"),
    "list_unpop": _method("insert"),
    "list_uninsert": _method("pop"),
    "last_writes": _last_writes,
    "list_back": _list_back,
    "array_back": of("rt.array_back"),
    "unview": _unview,
    "seed": of("rt.seed"),
    "shadows": lambda e, op: nodes.call(nodes.dotted("rt.Shadows"), ()),
    "shadow": _shadow,
    "private": of("rt.private"),
    "stop": of("rt.copy"),
    "cotangent": of("rt.cotangent"),
    "add_bars": of("rt.add"),
    "zeros_of": of("np.zeros"),
}
