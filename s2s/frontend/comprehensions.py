"""Comprehensions and `list(xs)`: loops that append."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from s2s.frontend import assign
from s2s.frontend.avals import AVal, Leaf, RangeA, SliceA, Static
from s2s.frontend.builtins import fold_node
from s2s.frontend.calls import runs_once
from s2s.frontend.containers import (
    list_content,
    list_method,
    list_slice,
    make_dict,
    make_list,
    set_item,
)
from s2s.frontend.expressions import condition, evaluate
from s2s.frontend.iterate import for_each, is_uniform_list, known_items
from s2s.frontend.lowering import Lowering
from s2s.frontend.names import assigned_names, loads_inside
from s2s.frontend.scope import Scope
from s2s.frontend.streams import Expression


def enter(lo: Lowering, node: Any) -> Scope:
    """The activation of a comprehension: its targets are its own."""
    names = frozenset().union(*(assigned_names([g.target]) for g in node.generators))
    code: Any = SimpleNamespace(
        node=node,
        source=lo.scope.code.source,
        function=None,
        name="<comprehension>",
        nonlocals=frozenset(),
        globals_written=frozenset(),
        locals=names,
        is_library=lo.scope.code.is_library,
        shared=names & loads_inside(node),
        rebound_inside=frozenset(),
    )
    key = (lo.here, "comprehension")
    return Scope(
        code,
        (*lo.scope.path, key),
        lo.scope,
        {},
        lo.scope,
        is_comprehension=True,
        is_single=runs_once(lo),
    )


def list_of(lo: Lowering, node: Any) -> AVal:
    """A list comprehension."""
    caller = lo.scope
    scope = enter(lo, node)
    span = lo.b.span
    key = (scope.path, "list")
    try:
        if is_known(lo, node) and key not in lo.facts.unrolled:
            items: list[AVal] = []
            lo.scope = scope
            run_known(lo, node, 0, lambda: items.append(evaluate(lo, node.elt)))
            lo.scope = caller
            return make_list(lo, items)
        made = make_list(lo, [])
        assert isinstance(made, Leaf)
        lo.scope = scope
        clauses(lo, node, 0, lambda: list_method(lo, made, "append", [evaluate(lo, node.elt)]))
        return made
    finally:
        lo.scope = caller
        lo.b.span = span


def is_known(lo: Lowering, node: Any) -> bool:
    """Whether the items can be written out one by one."""
    if len(node.generators) != 1 or node.generators[0].ifs:
        return False
    iterable = probe(lo, node.generators[0].iter)
    return (
        iterable is not None
        and not is_uniform_list(lo, iterable)
        and (known_items(lo, iterable, dry=True) is not None or small_range(iterable))
    )


def small_range(aval: AVal) -> bool:
    """A range of a few known items."""
    if not isinstance(aval, RangeA):
        return False
    parts = (aval.lo, aval.hi, aval.step)
    if not all(isinstance(p, Static) for p in parts):
        return False
    return len(range(*(p.obj for p in parts))) <= 4  # type: ignore[attr-defined]


def probe(lo: Lowering, node: Any) -> AVal | None:
    """What a comprehension runs over, looked at without leaving a trace."""
    found: list[AVal] = []
    lo.subtree(lambda: found.append(evaluate(lo, node)))
    return found[0] if found else None


def run_known(lo: Lowering, node: Any, depth: int, body: Any) -> None:
    """Run a comprehension item by item."""
    clause = node.generators[0]
    lo.scope, scope = lo.scope.caller, lo.scope  # type: ignore[assignment]
    iterable = evaluate(lo, clause.iter)
    lo.scope = scope
    items = known_items(lo, iterable, unroll_ranges=True)
    assert items is not None
    path = scope.path
    for k, item in enumerate(items):
        scope.path = (*path, k)
        assign.assign_to(lo, clause.target, item)
        body()
    scope.path = path


def expression_of(lo: Lowering, node: Any) -> AVal:
    """A generator expression: its first iterable is evaluated here, the rest where it runs."""
    first = evaluate(lo, node.generators[0].iter)
    return Expression(node, enter(lo, node), first)


def known_results(lo: Lowering, node: Any, scope: Scope, first: AVal) -> list[AVal] | None:
    """The items of a generator expression over known items; None where they are not known."""
    if len(node.generators) != 1 or node.generators[0].ifs or is_uniform_list(lo, first):
        return None
    items = known_items(lo, first, unroll_ranges=small_range(first))
    if items is None:
        return None
    caller, path = lo.scope, scope.path
    found: list[AVal] = []
    lo.scope = scope
    try:
        for k, item in enumerate(items):
            scope.path = (*path, k)
            assign.assign_to(lo, node.generators[0].target, item)
            found.append(evaluate(lo, node.elt))
    finally:
        lo.scope, scope.path = caller, path
    return found


def run_clauses(lo: Lowering, node: Any, first: AVal, body: Any) -> None:
    """The clauses of a generator expression that runs over ``first``."""
    clauses(lo, node, 0, body, first)


def clauses(lo: Lowering, node: Any, depth: int, body: Any, first: AVal | None = None) -> None:
    """The `for` and `if` clauses from ``depth`` on, then the body."""
    if depth == len(node.generators):
        body()
        return
    clause = node.generators[depth]
    if depth == 0 and first is not None:
        iterable = first
    elif depth == 0:  # the first iterable is evaluated outside of the comprehension
        lo.scope, scope = lo.scope.caller, lo.scope  # type: ignore[assignment]
        iterable = evaluate(lo, clause.iter)
        lo.scope = scope
    else:
        iterable = evaluate(lo, clause.iter)

    def inner(tests: list[Any]) -> None:
        if not tests:
            clauses(lo, node, depth + 1, body)
            return
        test = condition(lo, tests[0])
        if isinstance(test, Static):
            if test.obj:
                inner(tests[1:])
            return
        lo.conditional(lo.value(test), lambda: inner(tests[1:]), lambda: None)

    for_each(
        lo,
        clause,
        iterable,
        lambda item: assign.assign_to(lo, clause.target, item),
        lambda: inner(clause.ifs),
    )


def dict_of(lo: Lowering, node: Any) -> AVal:
    """A dict comprehension."""
    caller = lo.scope
    scope = enter(lo, node)
    try:
        if is_known(lo, node):
            pairs: list[tuple[AVal, AVal]] = []
            lo.scope = scope

            def add() -> None:
                pairs.append((evaluate(lo, node.key), evaluate(lo, node.value)))

            run_known(lo, node, 0, add)
            lo.scope = caller
            return make_dict(lo, pairs)
        from s2s.frontend.arrays import site
        from s2s.ir.types import DictOf

        ref = lo.heap.site(site(lo, "dict"), DictOf(None, None))
        made = Leaf(lo.b.value("alloc", (), ref))
        lo.scope = scope
        clauses(
            lo,
            node,
            0,
            lambda: set_item(lo, made, evaluate(lo, node.key), evaluate(lo, node.value)),
        )
        return made
    finally:
        lo.scope = caller


def listed(lo: Lowering, iterable: AVal) -> AVal:
    """`list(xs)`: a new list of the same items."""
    content = list_content(lo, iterable)
    if content is not None:
        none = Static(None)
        assert isinstance(iterable, Leaf)
        return list_slice(lo, iterable, content, SliceA(none, none, none))
    items = known_items(lo, iterable)
    if items is not None:
        return make_list(lo, items)
    made = make_list(lo, [])
    assert isinstance(made, Leaf)
    for_each(
        lo, fold_node(lo), iterable, lambda item: list_method(lo, made, "append", [item]) and None,
        lambda: None,
    )  # fmt: skip
    return made
