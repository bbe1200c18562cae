"""Statements: one function for each, in a table by node type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from s2s.errors import UnsupportedSyntax
from s2s.frontend import assign, iterate
from s2s.frontend.avals import NONE_A, UNBOUND, AVal, Closure, Static
from s2s.frontend.expressions import evaluate, truth
from s2s.frontend.loops import LoopSpec, lower_loop, rejoin
from s2s.frontend.lowering import Dead, Exit, Lowering
from s2s.frontend.scope import Code
from s2s.ir.types import OPAQUE
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
    hints = {
        "Global": "pass the value in and return it",
        "With": "move the context manager outside of the function",
        "AsyncFor": "use an ordinary loop",
        "ClassDef": "define the class outside of the function",
        "Match": "use if / elif",
    }
    name = type(node).__name__
    words = {"With": "with", "ClassDef": "class definition", "Match": "match", "Delete": "del"}
    return UnsupportedSyntax(
        f"`{words.get(name, name.lower())}` has no derivative here",
        lo.scope.code.source.span(node),
        hints.get(name),
    )


@lowers(gast.Pass, gast.Global, gast.Nonlocal)
def nothing(lo: Lowering, node: gast.AST) -> None:
    """`pass` and declarations."""
    if isinstance(node, gast.Global):
        lo.unsupported("`global` makes a hidden result", "return the value instead", node)


@lowers(gast.Import, gast.ImportFrom)
def imports(lo: Lowering, node: Any) -> None:
    """An import inside of a function: done now."""
    import importlib

    function = lo.scope.function
    package = function.__globals__.get("__package__") if function is not None else None
    for alias in node.names:
        if isinstance(node, gast.ImportFrom):
            module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
            lo.assign(alias.asname or alias.name, Static(getattr(module, alias.name)))
        else:
            module = importlib.import_module(alias.name)
            top = importlib.import_module(alias.name.split(".")[0])
            lo.assign(
                alias.asname or alias.name.split(".")[0], Static(module if alias.asname else top)
            )


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
                lo.unsupported("`del` of a global name", node=node)
            lo.state[(owner, target.id)] = UNBOUND
        elif isinstance(target, gast.Subscript):
            assign.delete_item(lo, target)
        else:
            lo.unsupported("`del` of an attribute", node=node)


@lowers(gast.Return)
def return_(lo: Lowering, node: Any) -> None:
    """`return value`."""
    value = evaluate(lo, node.value) if node.value is not None else NONE_A
    lo.leave(Exit("return", lo.scope, (value,)))


@lowers(gast.If)
def if_(lo: Lowering, node: Any) -> None:
    """`if`: one side only where the condition is known."""
    test = truth(lo, evaluate(lo, node.test))
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
            test = truth(lo, evaluate(lo, node.test))
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
    from s2s.frontend.names import free_names

    code = Code(node, lo.scope.code.source)
    captured = {}
    for name in sorted(free_names(node)):
        owner = lo.scope.owner(name)
        if owner is not None and name not in code.locals:
            found = lo.state.get((owner, name), lo.scope.captured.get(name, UNBOUND))
            if found is not UNBOUND:
                captured[name] = found
    defaults = tuple(evaluate(lo, d) for d in node.args.defaults)
    kw = tuple(None if d is None else evaluate(lo, d) for d in node.args.kw_defaults)
    return Closure(code, captured, defaults, kw, lo.scope)


@lowers(gast.With)
def with_(lo: Lowering, node: Any) -> None:
    """`with np.errstate(...)`: its body; `with suppress(E)`: a `try` that passes."""
    import contextlib
    import warnings

    import numpy as np

    suppressed: list[Any] = []
    for item in node.items:
        call = item.context_expr
        if not isinstance(call, gast.Call) or item.optional_vars is not None:
            lo.unsupported(
                "`with` of this context manager", "move it outside of the function", node
            )
        found = evaluate(lo, call.func)
        if not isinstance(found, Static):
            lo.unsupported(
                "`with` of this context manager", "move it outside of the function", node
            )
        if found.obj is contextlib.suppress:
            suppressed += call.args
        elif found.obj not in (np.errstate, warnings.catch_warnings, contextlib.nullcontext):
            lo.unsupported(
                "`with` of this context manager", "move it outside of the function", node
            )
    if not suppressed:
        run_body(lo, node.body)
        return
    kinds = gast.Tuple(elts=suppressed, ctx=gast.Load())
    handler = gast.ExceptHandler(type=kinds, name=None, body=[gast.Pass()])
    for made in (kinds, handler):
        gast.copy_location(made, node)
    try_(lo, gast.Try(body=node.body, handlers=[handler], orelse=[], finalbody=[]))


@lowers(gast.Assert)
def assert_(lo: Lowering, node: Any) -> None:
    """`assert`: raises AssertionError where the condition fails."""
    test = truth(lo, evaluate(lo, node.test))

    def fail() -> None:
        args = [] if node.msg is None else [lo.value(evaluate(lo, node.msg))]
        name = lo.facts.symbol(AssertionError)
        lo.raise_value(lo.b.value("exception", args, OPAQUE, symbol=name), AssertionError)

    if isinstance(test, Static):
        if not test.obj:
            fail()
        return
    lo.conditional(lo.value(test), lambda: None, fail)


@lowers(gast.Raise)
def raise_(lo: Lowering, node: Any) -> None:
    """`raise E(...)`, and `raise` alone in a handler."""
    if node.exc is None:
        current = lo.lookup("$exception")
        lo.raise_value(lo.value(current), None)
    error = evaluate(lo, node.exc)
    if isinstance(error, Static) and isinstance(error.obj, type):
        name = lo.facts.symbol(error.obj)
        value = lo.b.value("exception", (), OPAQUE, symbol=name)
        lo.raise_value(value, error.obj)
    value = lo.value(error)
    definition = lo.b.defining.get(value)
    cls = None
    if definition is not None and definition.kind == "exception":
        cls = lo.symbols[definition.attrs["symbol"]]
    lo.raise_value(value, cls)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- try
@dataclass(eq=False)
class TryFrame:
    """A `try` whose body is being lowered: which classes each handler catches."""

    classes: tuple[tuple[type[BaseException], ...], ...]
    nesting: int

    def handler_for(self, cls: type[BaseException] | None) -> int | None:
        """The handler that certainly catches ``cls`` (None: any exception)."""
        for k, classes in enumerate(self.classes):
            if cls is None:
                if any(c in (Exception, BaseException) for c in classes):
                    return k
            elif issubclass(cls, classes):
                return k
        return None

    def may_catch(self, classes: tuple[type[BaseException], ...]) -> list[int]:
        """Handlers that may see an exception of one of ``classes``."""
        return [
            k
            for k, caught in enumerate(self.classes)
            if any(issubclass(c, d) or issubclass(d, c) for c in classes for d in caught)
        ]


@lowers(gast.Try)
def try_(lo: Lowering, node: Any) -> None:
    """`try`: an operation that may fail leaves to its handler, like any other exit."""
    classes = tuple(handler_classes(lo, h) for h in node.handlers)
    if node.finalbody:
        classes = (*classes, (BaseException,))
    frame = TryFrame(classes, len(lo.inlining))
    start, state = lo.slot, lo.state
    lo.tries.append(frame)
    try:
        run_body(lo, node.body)
        ended = False
    except Dead:
        ended = True
    finally:
        lo.tries.remove(frame)
    if not ended:
        try:
            run_body(lo, node.orelse)
            lo.slot.state = lo.state
        except Dead:
            pass
    for k, handler in enumerate(node.handlers):
        run_handler(lo, start, state, frame, k, handler)
    if node.finalbody:
        run_finally(lo, node, start, state, frame, len(node.handlers))
    else:
        rejoin(lo, start, state)


def run_handler(
    lo: Lowering, start: Any, state: Any, frame: TryFrame, k: int, handler: Any
) -> None:
    """Lower one handler, where exceptions for it arrive."""
    leaf = single_leaf(lo, start, state, ("raise", (frame, k)))
    if leaf is None:
        return
    (error,) = leaf.exit.payload
    leaf.exit = None
    lo.go_on_in(leaf)
    owner = lo.scope
    lo.state[(owner, "$exception")] = error
    if handler.name is not None:
        lo.assign(handler.name.id if hasattr(handler.name, "id") else handler.name, error)
    try:
        run_body(lo, handler.body)
        lo.state.pop((owner, "$exception"), None)
        if handler.name is not None:
            name = handler.name.id if hasattr(handler.name, "id") else handler.name
            lo.state.pop((owner, name), None)
        lo.slot.state = lo.state
    except Dead:
        pass


def single_leaf(lo: Lowering, start: Any, state: Any, group: Any) -> Any:
    """The one leaf below ``start`` that leaves with ``group``; several are made one."""
    leaves = [s for s in start.exits() if s.exit.group == group]
    if len(leaves) > 1:
        collapse_all(lo, start, state)
        leaves = [s for s in start.exits() if s.exit.group == group]
    return leaves[0] if leaves else None


def collapse_all(lo: Lowering, start: Any, state: Any) -> None:
    """Make every group of exits below ``start`` one leaf."""
    falls = bool(start.open())
    lo.go_on_in(start)
    lo.state = dict(state)
    try:
        lo.collapse(start)
        if not falls:
            lo.leave(Exit("unreachable"))
        lo.slot.state = lo.state
    except Dead:
        pass


def run_finally(
    lo: Lowering, node: Any, start: Any, state: Any, frame: TryFrame, last: int
) -> None:
    """Run `finally` on every way out, then go on each way."""
    groups: dict[Any, int] = {}
    for leaf in start.exits():
        groups.setdefault(leaf.exit.group, len(groups) + 1)
    falls = bool(start.open())
    lo.go_on_in(start)
    lo.state = dict(state)
    merged = lo.merge(start, groups) if start.test is not None else None
    run_body(lo, node.finalbody)
    if merged is None:
        return
    for group, number in groups.items():
        payload = merged["payloads"][group]
        test = lo.compare(merged["code"], number)
        if group == ("raise", (frame, last)):

            def again(payload: Any = payload) -> None:
                lo.raise_value(lo.value(payload[0]), None)

            lo.conditional(test, again, lambda: None)
        else:
            lo.split(test, Exit(*group, payload=payload))
    if not falls:
        lo.leave(Exit("unreachable"))


def handler_classes(lo: Lowering, handler: Any) -> tuple[type[BaseException], ...]:
    """The exception classes that a handler names."""
    if handler.type is None:
        return (BaseException,)
    from s2s.frontend.avals import TupleA

    found = evaluate(lo, handler.type)
    parts = found.items if isinstance(found, TupleA) else (found,)
    classes = tuple(p.obj for p in parts if isinstance(p, Static) and isinstance(p.obj, type))
    if len(classes) != len(parts):
        lo.unsupported("an exception class that is computed", "name the class", handler)
    return classes
