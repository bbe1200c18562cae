"""Paths as subscripts and attributes: ``a[i, 1:, None]``, ``p.w``, ``d["k"]``."""

from __future__ import annotations

from collections.abc import Sequence

from s2s.codegen.python import nodes
from s2s.codegen.python.nodes import Node
from s2s.ir.core import Attr
from s2s.ir.types import Cell, Content, Type
from s2s.pyast import gast

SUBSCRIPT = frozenset({"int", "slice", "array", "new", "ellipsis"})


def at(base: Node, content: Content | Type | None, path: Attr, indices: Sequence[Node]) -> Node:
    """``base`` followed by ``path``; the whole of a cell is its ``value``."""
    if not path:
        return nodes.attribute(base, "value") if isinstance(content, Cell) else base
    rest = list(indices)
    group: list[Node] = []
    for k, token in enumerate(path):
        if token in SUBSCRIPT:
            group.append(_index(token, rest))
            if k + 1 == len(path) or path[k + 1] not in SUBSCRIPT:
                base = nodes.subscript(base, group[0] if len(group) == 1 else nodes.tuple_of(group))
                group = []
        elif token == "item":
            base = nodes.subscript(base, rest.pop(0))
        else:
            how, name = token
            if how == "attr":
                base = nodes.attribute(base, name)
            else:
                base = nodes.subscript(base, nodes.literal(name))
    return base


def indices(path: Attr, values: Sequence[Node]) -> Node:
    """The subscripts of a path alone, as `np.add.at` takes them."""
    rest = list(values)
    group = [_index(token, rest) for token in path]
    return group[0] if len(group) == 1 else nodes.tuple_of(group)


def _index(token: str, rest: list[Node]) -> Node:
    match token:
        case "slice":
            lower, upper, step = (_bound(rest.pop(0)) for _ in range(3))
            return gast.Slice(lower, upper, step)
        case "new":
            return nodes.const(None)
        case "ellipsis":
            return nodes.const(...)
    return rest.pop(0)


def _bound(node: Node) -> Node | None:
    return None if isinstance(node, gast.Constant) and node.value is None else node
