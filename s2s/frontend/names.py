"""Which names a piece of syntax assigns and reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2s.pyast import gast

_PATTERNS = (gast.MatchAs, gast.MatchStar, gast.MatchMapping)
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
        elif isinstance(node, _PATTERNS):
            found |= pattern_name(node)
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


def pattern_name(node: gast.AST) -> set[str]:
    """The name that a part of a pattern itself binds."""
    name = node.rest if isinstance(node, gast.MatchMapping) else node.name
    return set() if name is None else {name}


def pattern_names(pattern: gast.AST) -> set[str]:
    """All names that a pattern binds."""
    parts = (n for n in gast.walk(pattern) if isinstance(n, _PATTERNS))
    return set().union(*map(pattern_name, parts))


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


def loads_inside(node: gast.AST) -> frozenset[str]:
    """Names that the functions below ``node`` read."""
    inner = [n for n in gast.walk(node) if isinstance(n, _FUNCTIONS)]
    return frozenset().union(*(free_names(f) for f in inner))


def rebound_captures(function: gast.AST, own: frozenset[str]) -> frozenset[str]:
    """Names of a function that functions inside it read and that may change after those are made.

    All other captured names hold one value for ever, so a function inside may keep that value.
    """
    body = function.body if isinstance(function.body, list) else [function.body]
    inner = [n for root in body for n in gast.walk(root) if isinstance(n, _FUNCTIONS)]
    read = frozenset().union(*(free_names(f) for f in inner)) & own
    if not read:
        return frozenset()
    counts = dict.fromkeys(read, 0)
    args = function.args
    for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if a is not None and a.id in counts:
            counts[a.id] += 1
    for name, times in _bindings(body, 1):
        if name in counts:
            counts[name] += times
    for f in inner:
        for name in declared(f, gast.Nonlocal):
            counts[name] = 2
    return frozenset(name for name, count in counts.items() if count != 1)


def _bindings(body: Iterable[gast.AST], times: int) -> Iterator[tuple[str, int]]:
    """Each name that statements bind, with how often: in loops more than once."""
    for node in body:
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
            yield node.id, times
        elif isinstance(node, gast.FunctionDef):
            yield node.name, times
            continue
        elif isinstance(node, gast.ExceptHandler) and node.name is not None:
            yield node.name if isinstance(node.name, str) else node.name.id, times
        elif isinstance(node, _PATTERNS):
            for name in pattern_name(node):
                yield name, times
        elif isinstance(node, gast.Import | gast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name).split(".")[0], times
        if isinstance(node, (gast.Lambda, *_COMPREHENSIONS)):
            continue
        again = 2 if isinstance(node, gast.For | gast.While | gast.AugAssign) else times
        yield from _bindings(gast.iter_child_nodes(node), again)


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


def used_once(name: str, body: gast.AST) -> bool:
    """Whether ``name`` is read at one place of a function, and not in a loop that may repeat it."""
    statements = body.body if isinstance(body.body, list) else [body.body]

    def count(node: gast.AST, times: int) -> int:
        if isinstance(node, gast.Name):
            return times if node.id == name and not isinstance(node.ctx, gast.Store) else 0
        if isinstance(node, gast.For):
            inner = sum(count(n, 2) for n in node.body if not _binds(node.body, name))
            inner += sum(count(n, times) for n in node.body if _binds(node.body, name))
            return inner + count(node.iter, times) + sum(count(n, times) for n in node.orelse)
        if isinstance(node, gast.While):
            again = times if _binds(node.body, name) else 2
            return sum(count(n, again) for n in (node.test, *node.body))
        if isinstance(node, gast.If):
            sides = [sum(count(n, times) for n in side) for side in (node.body, node.orelse)]
            return count(node.test, times) + max(sides)
        if isinstance(node, _FUNCTIONS):
            return sum(count(n, 2) for n in gast.iter_child_nodes(node))
        if isinstance(node, _COMPREHENSIONS):
            first = node.generators[0].iter
            others = [n for n in gast.iter_child_nodes(node) if n is not node.generators[0]]
            ifs = sum(count(n, 2) for n in node.generators[0].ifs)
            return count(first, times) + sum(count(n, 2) for n in others) + ifs
        return sum(count(n, times) for n in gast.iter_child_nodes(node))

    return sum(count(s, 1) for s in statements) <= 1


def _binds(body: list[gast.AST], name: str) -> bool:
    return name in assigned_names(body)


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
