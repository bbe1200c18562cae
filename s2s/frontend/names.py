"""Which names a piece of syntax assigns and reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2s.pyast import gast

_FUNCTIONS = (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


def assigned_names(body: Iterable[gast.AST]) -> set[str]:
    """Names that statements assign in their own scope."""
    found: set[str] = set()
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
            found.add(node.id)
        elif isinstance(node, gast.ExceptHandler) and node.name is not None:
            found.add(node.name if isinstance(node.name, str) else node.name.id)
        elif isinstance(node, gast.Import | gast.ImportFrom):
            found.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        if isinstance(node, gast.FunctionDef):
            found.add(node.name)
            stack.extend(node.decorator_list)
        elif isinstance(node, _COMPREHENSIONS):
            found |= {n.target.id for n in gast.walk(node) if isinstance(n, gast.NamedExpr)}
        elif not isinstance(node, _FUNCTIONS):
            stack.extend(gast.iter_child_nodes(node))
    return found


def declared(function: gast.AST, kind: type) -> frozenset[str]:
    """Names that a function declares `nonlocal` or `global`."""
    body = function.body if isinstance(function.body, list) else []
    return frozenset(name for node in _own(body) if isinstance(node, kind) for name in node.names)


def loads(nodes: Iterable[gast.AST]) -> set[str]:
    """Names read anywhere below ``nodes``, functions inside included."""
    return {
        n.id
        for root in nodes
        for n in gast.walk(root)
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Store | gast.Param)
    }


def free_names(function: gast.AST) -> set[str]:
    """Names that a nested function reads (a superset of its free variables)."""
    body = function.body if isinstance(function.body, list) else [function.body]
    return loads(body) | {n for f in body for g in gast.walk(f) for n in _nonlocals(g)}


def is_private(name: str, loop: gast.AST, function: gast.AST) -> bool:
    """Whether each iteration of ``loop`` assigns ``name`` before it reads it, and nobody else reads.

    Such a name needs no value carried from one iteration to the next.
    """
    body = function.body if isinstance(function.body, list) else [function.body]
    if name in _loads_outside(body, loop):
        return False
    targets = getattr(loop, "target", None)
    if targets is not None and name in assigned_names([targets]):
        return True
    for statement in loop.body:
        if isinstance(statement, gast.For) and name in assigned_names([statement.target]):
            return name not in loads([statement.iter]) | _loads_outside(loop.body, statement)
        if name in loads([statement]) and not _assigns_first(statement, name):
            return False
        if _assigns_first(statement, name):
            return True
    return False


def _assigns_first(statement: gast.AST, name: str) -> bool:
    if isinstance(statement, gast.Assign):
        return name not in loads([statement.value]) and any(
            name in assigned_names([target]) for target in statement.targets
        )
    return False


def _loads_outside(body: list[gast.AST], hole: gast.AST) -> set[str]:
    found: set[str] = set()
    stack = list(body)
    while stack:
        node = stack.pop()
        if node is hole:
            continue
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Store):
            found.add(node.id)
        elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            found.add(node.target.id)
        elif isinstance(node, gast.Nonlocal):
            found.update(node.names)
        stack.extend(gast.iter_child_nodes(node))
    return found


def _own(body: Iterable[gast.AST]) -> Iterator[gast.AST]:
    stack = list(body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            stack.extend(gast.iter_child_nodes(node))


def _nonlocals(node: gast.AST) -> list[str]:
    return node.names if isinstance(node, gast.Nonlocal) else []
