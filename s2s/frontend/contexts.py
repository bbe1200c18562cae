"""`with`: context managers of the user's classes, and those of the standard library that matter."""

from __future__ import annotations

import contextlib
import inspect
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from s2s.frontend import assign
from s2s.frontend.avals import NONE_A, AVal, ExceptionA, Leaf, Static
from s2s.frontend.exceptions import (
    TryFrame,
    after_each_way,
    exception_classes,
    handle,
    raise_object,
    run_to_end,
)
from s2s.frontend.expressions import evaluate, truth
from s2s.frontend.loops import rejoin
from s2s.frontend.lowering import Lowering
from s2s.frontend.scope import own_nodes
from s2s.pyast import gast

QUIET = (warnings.catch_warnings, contextlib.nullcontext, np.errstate, np.printoptions)


def with_(lo: Lowering, node: Any) -> None:
    """`with A as a, B as b: ...` is `with A as a:` around `with B as b: ...`."""
    from s2s.frontend.statements import run_body

    def enter(k: int) -> None:
        if k == len(node.items):
            run_body(lo, node.body)
        else:
            with_one(lo, node.items[k], lambda: enter(k + 1))

    enter(0)


def with_one(lo: Lowering, item: Any, body: Callable[[], None]) -> None:
    """One context manager around ``body``."""
    node = item.context_expr
    if isinstance(node, gast.Call):
        function = evaluate(lo, node.func)
        if isinstance(function, Static) and function.obj is contextlib.suppress:
            suppress(lo, [evaluate(lo, a) for a in node.args], node, body)
            return
        if isinstance(function, Static) and function.obj in QUIET:
            bind(lo, item, quiet(lo, function.obj, node))
            body()
            return
        if isinstance(function, Static) and is_generator_manager(function.obj):
            lo.unsupported(
                "`with` of a generator with `@contextmanager`",
                "write a class with `__enter__` and `__exit__`",
                node,
            )
    with lo.at(node):
        manager = evaluate(lo, node)
        if not is_users_manager(lo, manager):
            lo.unsupported(
                "`with` of this context manager", "move it outside of the function", node
            )
        users_manager(lo, item, manager, body)


def is_generator_manager(function: Any) -> bool:
    """Whether `contextlib.contextmanager` made a function."""
    return inspect.isgeneratorfunction(getattr(function, "__wrapped__", None))


def bind(lo: Lowering, item: Any, value: AVal) -> None:
    """`as name`."""
    if item.optional_vars is not None:
        assign.assign_to(lo, item.optional_vars, value)


def quiet(lo: Lowering, manager: Any, node: Any) -> AVal:
    """A context manager that changes nothing that is computed; what it gives."""
    if manager is contextlib.nullcontext:
        return evaluate(lo, node.args[0]) if node.args else NONE_A
    if manager is np.errstate:
        for keyword in node.keywords:
            mode = evaluate(lo, keyword.value)
            if not isinstance(mode, Static) or mode.obj in ("raise", "call"):
                lo.unsupported(
                    "making NumPy raise with `np.errstate`",
                    "test the operands before the operation",
                    node,
                )
    return NONE_A


def suppress(lo: Lowering, classes: list[AVal], node: Any, body: Callable[[], None]) -> None:
    """`contextlib.suppress(E)`: a `try` whose handler passes."""
    caught = tuple(c for found in classes for c in exception_classes(lo, found, node))
    frame = TryFrame((caught,), (False,))
    start, state = lo.slot, lo.state
    protected(lo, frame, body)
    handle(lo, start, state, frame, 0, lambda _: None)
    rejoin(lo, start, state)


def protected(lo: Lowering, frame: TryFrame, body: Callable[[], None]) -> None:
    """Lower what a frame protects."""
    lo.tries.append(frame)
    try:
        run_to_end(lo, body)
    finally:
        lo.tries.remove(frame)


def manager_class(lo: Lowering, manager: AVal) -> Any:
    """The user's class of a context manager."""
    from s2s.frontend.objects import class_of

    return class_of(lo, manager)


def is_users_manager(lo: Lowering, manager: AVal) -> bool:
    """Whether `__enter__` and `__exit__` are functions of the user's."""
    cls = manager_class(lo, manager)
    methods = [getattr(cls, name, None) for name in ("__enter__", "__exit__")]
    return isinstance(manager, Leaf) and all(isinstance(m, types.FunctionType) for m in methods)


def users_manager(lo: Lowering, item: Any, manager: AVal, body: Callable[[], None]) -> None:
    """An object of a class with `__enter__` and `__exit__`."""
    from s2s.frontend.calls import call
    from s2s.frontend.objects import method_of

    bind(lo, item, call(lo, method_of(lo, manager, "__enter__"), [], {}))

    def leave(*what: AVal) -> AVal:
        return call(lo, method_of(lo, manager, "__exit__"), list(what), {})

    def left_well() -> None:
        done = truth(lo, lo.state.pop(key))
        if isinstance(done, Static):
            if not done.obj:
                leave(NONE_A, NONE_A, NONE_A)
            return
        lo.conditional(lo.value(done), lambda: None, lambda: leave(NONE_A, NONE_A, NONE_A))

    key = (lo.scope, f"$left {lo.b.span.line}:{lo.b.span.col}")
    lo.state[key] = Static(False)
    lo.scope.cleans_up = True
    start, state = lo.slot, dict(lo.state)
    if lo.tries or may_swallow(manager_class(lo, manager)):
        frame = TryFrame(((BaseException,),), (True,))
        protected(lo, frame, body)

        def failed(error: AVal) -> None:
            lo.state[key] = Static(True)
            cls = Static(error.cls) if isinstance(error, ExceptionA) else NONE_A
            swallowed = truth(lo, leave(cls, error, NONE_A))
            if isinstance(swallowed, Static):
                if not swallowed.obj:
                    raise_object(lo, error)
                return
            lo.conditional(lo.value(swallowed), lambda: None, lambda: raise_object(lo, error))

        handle(lo, start, state, frame, 0, lambda payload: failed(payload[0]))
    else:
        run_to_end(lo, body)
    after_each_way(lo, start, state, left_well)


def may_swallow(cls: type) -> bool:
    """Whether `__exit__` may return something true, and so end an exception."""
    from s2s.frontend.calls import code_of

    node = code_of(cls.__exit__).node  # type: ignore[attr-defined]
    returned = [n.value for n in own_nodes(node) if isinstance(n, gast.Return)]
    return not all(v is None or (isinstance(v, gast.Constant) and not v.value) for v in returned)
