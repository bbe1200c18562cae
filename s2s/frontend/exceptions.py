"""Exceptions: `raise`, `try`, `assert`, and what an exception object is while a function is lowered.

An exception that is caught never exists at run time: its class and its attributes are known where it is
raised, and go to the handler as the payload of an exit.  A handler that looks at its exception is lowered
once for each class that arrives, so `isinstance(error, ...)` and the types of attributes are decided
there.  Exceptions that operations raise (`attempt`) exist, and carry what Python put into them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2s.errors import UnsupportedSyntax
from s2s.frontend.avals import AVal, Bound, ExceptionA, Leaf, NewExceptionA, Static, TupleA
from s2s.frontend.expressions import evaluate, truth
from s2s.frontend.loops import rejoin
from s2s.frontend.lowering import Dead, Exit, Lowering
from s2s.ir.types import BOOL, OPAQUE, STR
from s2s.pyast import gast

if TYPE_CHECKING:
    from s2s.frontend.lowering import Slot, State

CATCH_ALL = (Exception, BaseException)


# ------------------------------------------------------------------------------- exception objects
def construct_exception(
    lo: Lowering, cls: type, args: Sequence[AVal], kwargs: Mapping[str, AVal]
) -> AVal:
    """A new exception; the class's own `__init__`, if it has one, is run now."""
    from s2s.frontend.calls import call
    from s2s.frontend.objects import fill_dataclass, has_generated_init

    fields: dict[str, AVal] = {"args": TupleA(tuple(args))}
    init = cls.__init__
    if isinstance(init, types.FunctionType):
        new = NewExceptionA(cls, lo.scope, f"$new {lo.b.span.line}:{lo.b.span.col}")
        set_field(lo, new, "args", fields["args"])
        if has_generated_init(cls):
            fill_dataclass(lo, new, cls, args, dict(kwargs))
        else:
            call(lo, Static(init), [new, *args], kwargs)
        fields = take_fields(lo, new)
    elif kwargs:
        lo.raise_error(TypeError, f"{cls.__name__}() takes no keyword arguments")
    return ExceptionA(cls, tuple(args), dict(kwargs), fields)


def set_field(lo: Lowering, new: NewExceptionA, name: str, value: AVal) -> None:
    """`self.name = value` in the `__init__` of an exception."""
    lo.state[(new.scope, f"{new.prefix}.{name}")] = value


def take_fields(lo: Lowering, new: NewExceptionA) -> dict[str, AVal]:
    """The attributes that `__init__` has set."""
    start = f"{new.prefix}."
    keys = [k for k in lo.state if k[0] is new.scope and k[1].startswith(start)]
    return {key[1].removeprefix(start): lo.state.pop(key) for key in keys}


def initialise(lo: Lowering, args: Sequence[AVal]) -> AVal:
    """`Exception.__init__(self, ...)`, as `super().__init__(...)` calls it."""
    new, *rest = args
    if not isinstance(new, NewExceptionA):
        lo.unsupported("calling `__init__` of an exception that exists already")
    set_field(lo, new, "args", TupleA(tuple(rest)))  # type: ignore[arg-type]
    return Static(None)


def attribute(lo: Lowering, error: ExceptionA | NewExceptionA, name: str) -> AVal:
    """`error.name`: what it holds, or what its class defines."""
    from s2s.frontend.objects import class_attribute

    if name == "__class__":
        return Static(error.cls)
    if isinstance(error, NewExceptionA):
        found = lo.state.get((error.scope, f"{error.prefix}.{name}"))
    else:
        found = error.fields.get(name)
    if found is not None:
        return found
    if name in ("with_traceback", "add_note"):
        return Bound(error, name)
    if name in ("__cause__", "__context__", "__traceback__") or is_made(error):
        lo.unsupported(
            f"the attribute {name!r} of an exception that Python made",
            "use `str(error)`, or test for the condition before it fails",
        )
    defined = next((c for c in error.cls.__mro__ if name in c.__dict__), None)
    if defined is None or defined.__module__ == "builtins":
        value = builtin_attribute(error, name)
        if value is not None:
            return value
        message = f"{error.cls.__name__!r} object has no attribute {name!r}"
        return lo.raise_error(AttributeError, message)
    return class_attribute(lo, error, error.cls, name)


def is_made(error: ExceptionA | NewExceptionA) -> bool:
    """Whether an operation raised it, so that it exists at run time."""
    return isinstance(error, ExceptionA) and error.made is not None


def builtin_attribute(error: ExceptionA | NewExceptionA, name: str) -> AVal | None:
    """`value` of StopIteration, `code` of SystemExit: the first argument."""
    if (name, error.cls) not in (("value", StopIteration), ("code", SystemExit)):
        return None
    args = error.fields["args"] if isinstance(error, ExceptionA) else TupleA(())
    assert isinstance(args, TupleA)
    return args.items[0] if args.items else Static(None)


def text_of(lo: Lowering, error: ExceptionA) -> AVal:
    """`str(error)`: its `__str__`, or its arguments."""
    from s2s.frontend.calls import call

    method = error.cls.__str__
    if isinstance(method, types.FunctionType):
        return call(lo, Static(method), [error], {})
    args = error.fields.get("args")
    if error.made is None and isinstance(args, TupleA) and error.cls is not KeyError:
        if not args.items:
            return Static("")
        if len(args.items) == 1:
            return shown(lo, args.items[0])
    return Leaf(lo.b.value("format", (lo.value(error),), STR, template=((0, "", ""),)))


def shown(lo: Lowering, aval: AVal) -> AVal:
    """`str(value)`."""
    if isinstance(aval, Static):
        return Static(str(aval.obj))
    if isinstance(aval, Leaf) and aval.type == STR:
        return aval
    return Leaf(lo.b.value("format", (lo.value(aval),), STR, template=((0, "", ""),)))


def is_instance(lo: Lowering, error: AVal, wanted: tuple[type, ...]) -> AVal:
    """`isinstance(error, wanted)` for an exception; asked at run time where only that knows."""
    if isinstance(error, ExceptionA):
        if issubclass(error.cls, wanted):
            return Static(True)
        if error.made is None or not any(issubclass(c, error.cls) for c in wanted):
            return Static(False)
    classes = [lo.value(Static(c)) for c in wanted]
    group = classes[0]
    if len(classes) > 1:
        group = lo.value(TupleA(tuple(map(Static, wanted))))
    name = lo.facts.symbol(isinstance)
    return Leaf(lo.b.value("pycall", (lo.value(error), group), BOOL, symbol=name))


# ------------------------------------------------------------------------------- raise and assert
def raise_(lo: Lowering, node: Any) -> None:
    """`raise E(...)`, `raise error`, and `raise` alone in a handler."""
    if node.exc is None:
        current = lo.state.get((lo.scope, "$exception"))
        if current is None:
            lo.raise_error(RuntimeError, "No active exception to reraise")
        raise_object(lo, current)  # type: ignore[arg-type]
    raise_object(lo, evaluate(lo, node.exc))


def raise_object(lo: Lowering, error: AVal) -> Any:
    """Raise what an expression gave: a class, or an exception."""
    if isinstance(error, Static) and isinstance(error.obj, type):
        error = construct_exception(lo, error.obj, [], {})
    if isinstance(error, Static) and isinstance(error.obj, BaseException):
        args = tuple(map(Static, error.obj.args))
        error = ExceptionA(type(error.obj), args, {}, {"args": TupleA(args)})
    if isinstance(error, ExceptionA):
        return lo.raise_value(error, error.cls)
    if isinstance(error, Leaf) and error.type == OPAQUE:
        return lo.raise_value(error, None)
    return lo.raise_error(TypeError, "exceptions must derive from BaseException")


def assert_(lo: Lowering, node: Any) -> None:
    """`assert`: raises AssertionError where the condition fails."""
    test = truth(lo, evaluate(lo, node.test))

    def fail() -> None:
        args = () if node.msg is None else (evaluate(lo, node.msg),)
        error = ExceptionA(AssertionError, args, {}, {"args": TupleA(args)})
        lo.raise_value(error, AssertionError)

    if isinstance(test, Static):
        if not test.obj:
            fail()
        return
    lo.conditional(lo.value(test), lambda: None, fail)


# ------------------------------------------------------------------------------------------- try
@dataclass(eq=False)
class TryFrame:
    """A `try` whose body is being lowered: which classes each handler catches.

    looks: whether each handler looks at its exception, or raises it again
    """

    classes: tuple[tuple[type[BaseException], ...], ...]
    looks: tuple[bool, ...]

    def handler_for(self, cls: type[BaseException] | None) -> int | None:
        """The handler that certainly catches ``cls`` (None: an exception of any class)."""
        for k, classes in enumerate(self.classes):
            if cls is None:
                if any(c in CATCH_ALL for c in classes):
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

    def exit(self, handler: int, error: AVal) -> Exit:
        """The exit to a handler; those with different exceptions go different ways if it looks."""
        if not self.looks[handler]:
            return Exit("raise", (self, handler, None))
        form = error.form if isinstance(error, ExceptionA) else None
        return Exit("raise", (self, handler, form), (error,))


def arrivals(
    frames: Sequence[TryFrame], errors: tuple[type[BaseException], ...]
) -> list[tuple[TryFrame, int, tuple[type[BaseException], ...]]]:
    """Where an operation that may raise ``errors`` may go, the first that fits: handler, classes."""
    found = []
    for frame in reversed(frames):
        for k in frame.may_catch(errors):
            certain = [c for c in errors if issubclass(c, frame.classes[k])]
            if not frame.looks[k]:
                found.append((frame, k, frame.classes[k]))
                continue
            found += [(frame, k, (c,)) for c in certain]
            if len(certain) < len([c for c in errors if may_be(c, frame.classes[k])]):
                found.append((frame, k, frame.classes[k]))
    return found


def may_be(cls: type, classes: tuple[type, ...]) -> bool:
    """Whether an exception of class ``cls``, or derived from it, may be one of ``classes``."""
    return any(issubclass(cls, d) or issubclass(d, cls) for d in classes)


def try_(lo: Lowering, node: Any) -> None:
    """`try`: an operation that may fail leaves to its handler, like any other exit."""
    if not node.finalbody:
        try_except(lo, node)
        return

    def body() -> None:
        from s2s.frontend.statements import run_body

        if node.handlers:
            try_except(lo, node)
        else:
            run_body(lo, node.body)

    def clean_up() -> None:
        from s2s.frontend.statements import run_body

        run_body(lo, node.finalbody)

    finally_(lo, body, clean_up)


def try_except(lo: Lowering, node: Any) -> None:
    """`try` with handlers, and `else`."""
    from s2s.frontend.statements import run_body

    classes = tuple(handler_classes(lo, h) for h in node.handlers)
    frame = TryFrame(classes, tuple(map(looks_at_exception, node.handlers)))
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
        run_to_end(lo, lambda: run_body(lo, node.orelse))
    for k, handler in enumerate(node.handlers):
        handle(lo, start, state, frame, k, lambda p, h=handler: handler_body(lo, h, p))
    rejoin(lo, start, state)


def run_to_end(lo: Lowering, run: Any) -> None:
    """Lower what may not reach its end; afterwards its slots hold what variables are there."""
    try:
        run()
        lo.slot.state = lo.state
    except Dead:
        pass


def looks_at_exception(handler: Any) -> bool:
    """Whether a handler names its exception, or raises it again."""
    from s2s.frontend.scope import own_nodes

    return handler.name is not None or any(
        isinstance(n, gast.Raise) and n.exc is None for n in own_nodes(handler)
    )


def handle(
    lo: Lowering,
    start: Slot,
    state: State,
    frame: TryFrame,
    k: int,
    run: Callable[[Sequence[AVal]], None],
) -> None:
    """Lower handler ``k``, once for each kind of exception that arrives below ``start``."""
    while True:
        groups = [s.exit.group for s in start.exits() if s.exit and goes_to(s.exit, frame, k)]
        if not groups:
            return
        leaf = single_leaf(lo, start, state, groups[0])
        payload, leaf.exit = leaf.exit.payload, None
        lo.go_on_in(leaf)
        run_to_end(lo, lambda payload=payload: run(payload))


def goes_to(exit_: Exit, frame: TryFrame, k: int) -> bool:
    """Whether an exit leads to a handler."""
    return exit_.kind == "raise" and exit_.target[:2] == (frame, k)  # type: ignore[index]


def handler_body(lo: Lowering, handler: Any, payload: Sequence[AVal]) -> None:
    """The statements of a handler; its name is unbound afterwards."""
    from s2s.frontend.statements import run_body

    owner, before = lo.scope, lo.state.get((lo.scope, "$exception"))
    name = getattr(handler.name, "id", handler.name)
    if payload:
        lo.state[(owner, "$exception")] = payload[0]
        if name is not None:
            lo.assign(name, payload[0])
    run_body(lo, handler.body)
    lo.state.pop((owner, "$exception"), None)
    if before is not None:
        lo.state[(owner, "$exception")] = before
    if name is not None:
        lo.state.pop((owner, name), None)


def single_leaf(lo: Lowering, start: Slot, state: State, group: Any) -> Any:
    """The one leaf below ``start`` that leaves with ``group``; several are made one."""
    leaves = [s for s in start.exits() if s.exit and s.exit.group == group]
    if len(leaves) > 1:
        collapse_all(lo, start, state)
        leaves = [s for s in start.exits() if s.exit and s.exit.group == group]
    return leaves[0]


def collapse_all(lo: Lowering, start: Slot, state: State) -> None:
    """Make every group of exits below ``start`` one leaf."""
    falls = bool(start.open())
    lo.go_on_in(start)
    lo.state = dict(state)

    def collapse() -> None:
        lo.collapse(start)
        if not falls:
            lo.leave(Exit("unreachable"))

    run_to_end(lo, collapse)


def finally_(lo: Lowering, body: Any, clean_up: Any) -> None:
    """Run ``clean_up`` on every way out of ``body``, then go on each way."""
    frame = TryFrame(((BaseException,),), (True,))
    lo.scope.cleans_up = True
    start, state = lo.slot, lo.state
    lo.tries.append(frame)
    try:
        run_to_end(lo, body)
    finally:
        lo.tries.remove(frame)
    after_each_way(lo, start, state, clean_up, frame)


def after_each_way(
    lo: Lowering, start: Slot, state: State, clean_up: Any, frame: TryFrame | None = None
) -> None:
    """Run ``clean_up`` where leaves below ``start`` fall through or leave; then let them do so.

    frame: exceptions that arrive at it are raised again
    """

    def go(exit_: Exit) -> Any:
        if frame is not None and goes_to(exit_, frame, 0):
            return raise_object(lo, exit_.payload[0])
        return lo.leave(exit_)

    if start.test is None:
        exit_, start.exit = start.exit, None
        lo.go_on_in(start)
        clean_up()
        if exit_ is not None:
            go(exit_)
        return
    groups: dict[Any, int] = {}
    for leaf in start.exits():
        assert leaf.exit is not None
        groups.setdefault(leaf.exit.group, len(groups) + 1)
    falls = bool(start.open())
    lo.go_on_in(start)
    lo.state = dict(state)
    merged = lo.merge(start, groups)
    clean_up()
    for group, number in groups.items():
        test = lo.compare(merged["code"], number)
        exit_ = Exit(*group, payload=merged["payloads"][group])
        lo.conditional(test, lambda exit_=exit_: go(exit_), lambda: None)
    if not falls:
        lo.leave(Exit("unreachable"))


def handler_classes(lo: Lowering, handler: Any) -> tuple[type[BaseException], ...]:
    """The exception classes that a handler names."""
    if handler.type is None:
        return (BaseException,)
    return exception_classes(lo, evaluate(lo, handler.type), handler)


def exception_classes(lo: Lowering, found: AVal, node: Any) -> tuple[type[BaseException], ...]:
    """The classes of a class, or of a tuple of classes."""
    parts = found.items if isinstance(found, TupleA) else (found,)
    classes = tuple(p.obj for p in parts if isinstance(p, Static) and isinstance(p.obj, type))
    if len(classes) != len(parts):
        raise UnsupportedSyntax(
            "an exception class that is computed cannot be caught",
            lo.scope.code.source.span(node),
            "name the class",
        )
    return classes
