"""Statements: one function for each, in a table by node type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from s2s.errors import UnsupportedSyntax
from s2s.frontend import assign, contexts, exceptions, iterate, unsupported
from s2s.frontend.avals import NONE_A, UNBOUND, AVal, Closure, Static
from s2s.frontend.expressions import condition, evaluate
from s2s.frontend.functions import make_closure
from s2s.frontend.loops import LoopSpec, lower_loop
from s2s.frontend.lowering import Exit, Lowering
from s2s.frontend.streams import check_used_once
from s2s.pyast import gast

Handler = Callable[[Lowering, Any], None]
STATEMENTS: dict[type, Handler] = {}


def lowers(*kinds: type) -> Callable[[Handler], Handler]:
    """Register a function as the one for a kind of statement."""

    def register(function: Handler) -> Handler:
        STATEMENTS.update(dict.fromkeys(kinds, function))
        return function

    return register


def run_body(lo: Lowering, body: Iterable[gast.AST]) -> None:
    """Lower statements in order; unsupported ones are gathered so that all are reported at once."""
    for statement in body:
        handler = STATEMENTS.get(type(statement))
        with lo.at(statement):
            if handler is None:
                error = unsupported_statement(lo, statement)
                lo.problems.extend(error.problems)
                continue
            try:
                handler(lo, statement)
            except UnsupportedSyntax as error:
                lo.problems.extend(error.problems)


def unsupported_statement(lo: Lowering, node: gast.AST) -> UnsupportedSyntax:
    """The error for a statement that is not a construct of s2s."""
    problem = unsupported.problem_of(node, lo.scope.code.source)
    if problem is not None:
        return UnsupportedSyntax.collect([problem])
    name = type(node).__name__.lower()
    return UnsupportedSyntax(f"`{name}` is not supported", lo.scope.code.source.span(node))


@lowers(gast.Pass, gast.Global, gast.Nonlocal)
def nothing(lo: Lowering, node: gast.AST) -> None:
    """`pass` and declarations."""
    if isinstance(node, gast.Global):
        raise unsupported_statement(lo, node)


@lowers(gast.Import, gast.ImportFrom)
def imports(lo: Lowering, node: Any) -> None:
    """An import inside of a function: done now."""
    import importlib

    function = lo.scope.function
    package = function.__globals__.get("__package__") if function is not None else None
    for alias in node.names:
        try:
            if isinstance(node, gast.ImportFrom):
                name, found = alias.name, imported_from(node, alias.name, package)
            else:
                name = alias.name if alias.asname else alias.name.split(".")[0]
                importlib.import_module(alias.name)
                found = importlib.import_module(name)
        except ImportError as error:
            lo.raise_error(type(error), str(error))
        lo.assign(alias.asname or name, Static(found))


def imported_from(node: Any, name: str, package: str | None) -> Any:
    """`from module import name`.  Raises ImportError."""
    import importlib

    module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
    if hasattr(module, name):
        return getattr(module, name)
    try:
        return importlib.import_module(f"{module.__name__}.{name}")
    except ImportError:
        raise ImportError(f"cannot import name {name!r} from {module.__name__!r}") from None


@lowers(gast.Expr)
def expression(lo: Lowering, node: Any) -> None:
    """An expression for its effects."""
    if not isinstance(node.value, gast.Constant):
        evaluate(lo, node.value)


@lowers(gast.Assign)
def assignment(lo: Lowering, node: Any) -> None:
    """`a = b = value`."""
    value = evaluate(lo, node.value)
    for target in node.targets:
        if isinstance(target, gast.Name):
            check_used_once(lo, lo.scope.code.node, target.id, value)
        assign.assign_to(lo, target, value)


@lowers(gast.AnnAssign)
def annotated(lo: Lowering, node: Any) -> None:
    """`a: T = value`."""
    if node.value is not None:
        assign.assign_to(lo, node.target, evaluate(lo, node.value))


@lowers(gast.AugAssign)
def augmented(lo: Lowering, node: Any) -> None:
    """`a += value`."""
    assign.augment(lo, node)


@lowers(gast.Delete)
def delete(lo: Lowering, node: Any) -> None:
    """`del name`, `del xs[-1]`."""
    for target in node.targets:
        if isinstance(target, gast.Name):
            owner = lo.scope.owner(target.id)
            if owner is None:
                lo.unsupported("`del` of a global name", "leave it out", node)
            lo.state[(owner, target.id)] = UNBOUND
        elif isinstance(target, gast.Subscript):
            assign.delete_item(lo, target)
        else:
            lo.unsupported("`del` of an attribute", "set it to None", node)


@lowers(gast.Return)
def return_(lo: Lowering, node: Any) -> None:
    """`return value`."""
    if lo.scope.caller is None or lo.scope.caller.caller is None:
        lo.returned_at = lo.scope.code.source.span(node.value if node.value is not None else node)
    value = evaluate(lo, node.value) if node.value is not None else NONE_A
    lo.leave(Exit("return", lo.scope, (value,)))


@lowers(gast.If)
def if_(lo: Lowering, node: Any) -> None:
    """`if`: one side only where the condition is known."""
    test = condition(lo, node.test)
    if isinstance(test, Static):
        run_body(lo, node.body if test.obj else node.orelse)
        return
    lo.conditional(
        lo.value(test), lambda: run_body(lo, node.body), lambda: run_body(lo, node.orelse)
    )


@lowers(gast.While)
def while_(lo: Lowering, node: Any) -> None:
    """`while`: a loop whose body starts with the decision to leave."""
    frame_holder: list[Any] = []

    def begin(_index: Any) -> None:
        frame = lo.loops[-1]
        frame_holder[:] = [frame]
        with lo.at(node.test):
            test = condition(lo, node.test)
            if isinstance(test, Static):
                if not test.obj:
                    lo.leave(Exit("done", frame))
                return

            def done() -> None:
                lo.leave(Exit("done", frame))

            lo.conditional(lo.value(test), lambda: None, done)

    endless = isinstance(node.test, gast.Constant) and bool(node.test.value)
    orelse = (lambda: run_body(lo, node.orelse)) if node.orelse else None
    lower_loop(
        lo, LoopSpec(node, None, begin, lambda: run_body(lo, node.body), orelse, endless=endless)
    )


@lowers(gast.For)
def for_(lo: Lowering, node: Any) -> None:
    """`for`: over anything that `iterate` knows."""
    with lo.at(node.iter):
        iterable = evaluate(lo, node.iter)
    orelse = (lambda: run_body(lo, node.orelse)) if node.orelse else None
    iterate.for_each(
        lo,
        node,
        iterable,
        lambda item: assign.assign_to(lo, node.target, item),
        lambda: run_body(lo, node.body),
        orelse,
        name=node.target.id if isinstance(node.target, gast.Name) else None,
    )


@lowers(gast.Break)
def break_(lo: Lowering, node: Any) -> None:
    """`break`."""
    lo.leave(Exit("break", lo.loops[-1]))


@lowers(gast.Continue)
def continue_(lo: Lowering, node: Any) -> None:
    """`continue`."""
    lo.leave(Exit("continue", lo.loops[-1]))


@lowers(gast.FunctionDef)
def function(lo: Lowering, node: Any) -> None:
    """A nested `def`."""
    value: AVal = closure(lo, node)
    for decorator in reversed(node.decorator_list):
        from s2s.frontend.calls import call

        value = call(lo, evaluate(lo, decorator), [value], {})
    lo.assign(node.name, value)


def closure(lo: Lowering, node: Any) -> Closure:
    """A function defined here, with its defaults and what it can see."""
    defaults = tuple(evaluate(lo, d) for d in node.args.defaults)
    kw = tuple(None if d is None else evaluate(lo, d) for d in node.args.kw_defaults)
    return make_closure(lo, node, defaults, kw)


STATEMENTS[gast.With] = contexts.with_
STATEMENTS[gast.Assert] = exceptions.assert_
STATEMENTS[gast.Raise] = exceptions.raise_
STATEMENTS[gast.Try] = exceptions.try_
