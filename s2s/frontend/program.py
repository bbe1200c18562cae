"""From a Python function and example arguments to a program."""

from __future__ import annotations

import inspect
import sys
import types
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

import s2s.frontend.matching
import s2s.frontend.standard_library  # noqa: F401  (both register what they lower)
from s2s.errors import (
    InternalError,
    Problem,
    S2SError,
    SourceUnavailable,
    TypeInferenceError,
    UnsupportedSyntax,
)
from s2s.frontend.avals import AVal, Leaf, Static, TupleA
from s2s.frontend.calls import bind_parameters, code_of, inline, refuse_kind
from s2s.frontend.facts import Captured, Facts, static_value
from s2s.frontend.heap import CannotJoin
from s2s.frontend.lowering import Dead, Lowering, Retry, Slot
from s2s.frontend.resolve import resolve_function
from s2s.frontend.templates import TLeaf, TNode, TStatic, conform, describe, template_of
from s2s.frontend.unsupported import problems_in
from s2s.ir.core import Function, Program, Value, walk
from s2s.ir.span import Span
from s2s.ir.types import BOOL, NONE, Array, Known, Ref, Tuple

MAX_ROUNDS = 60
DEPTH = 20_000


@dataclass(frozen=True)
class Parameter:
    """One parameter of a lowered program: how its value is found when the gradient is called.

    kind  "arg": argument ``index`` of the call;  "keyword": keyword argument ``name``;
          "capture": an object found by ``where``
    """

    kind: str
    name: str
    index: int = 0
    where: Captured | None = None


@dataclass
class Lowered:
    """A program, what its parameters are, and what must hold for it to be used again."""

    program: Program
    parameters: tuple[Parameter, ...]
    result: Any
    guards: Mapping[Any, tuple[Captured, object]] = field(default_factory=dict)
    static: Mapping[int, object] = field(default_factory=dict)
    mutated: frozenset[int] = frozenset()
    shown: str = "None"  # the result, in words
    writes: Mapping[int, Span] = field(default_factory=dict)
    returned_at: Span | None = None
    names: tuple[str, ...] = ()

    @property
    def fixed(self) -> dict[str, object]:
        """Arguments that the program is made for and does not take: a flag, None, a word, a size."""
        plain = bool | int | str | float | NoneType
        return {
            self.names[k]: value
            for k, value in self.static.items()
            if k < len(self.names) and isinstance(value, plain)
        }


def lower_function(
    function: Any, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> Lowered:
    """Lower ``function`` for the types of these arguments.

    Raises UnsupportedSyntax (all findings at once), TypeInferenceError, NoRule, SourceUnavailable.
    """
    kwargs = kwargs or {}
    check_call(function, args, kwargs)
    facts = Facts()
    facts.entry = code_of(plain_function(function)).name
    with deep_recursion():
        for _ in range(MAX_ROUNDS):
            facts.begin()
            lo = Lowering(facts)
            try:
                lowered = lower_guarded(lo, function, args, kwargs)
            except Retry:
                continue
            if lo.problems:
                raise all_problems(lo)
            if not facts.heap.changed:
                return lowered
    name = plain_function(function).__name__
    raise TypeInferenceError(
        f"the types in `{name}` change with every pass over it",
        lo.b.place,
        "keep values of one type",
    )


def check_call(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raise TypeError where the arguments do not fit the function, as Python does."""
    name = plain_function(function).__name__
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as problem:
        raise TypeError(f"{name}() {problem}") from None


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Long expressions are deep trees: allow for them."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def lower_guarded(
    lo: Lowering, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Lowered:
    """`lower_once`; whatever goes wrong is an error of s2s at the user's line."""
    try:
        return lower_once(lo, function, args, kwargs)
    except Retry:
        raise
    except CannotJoin as reason:
        raise TypeInferenceError(
            f"two values that meet here have no common type: {reason}",
            lo.b.place,
            "keep values of one type in a variable or a container",
        ) from None
    except UnsupportedSyntax as error:
        lo.problems.extend(error.problems)
        raise all_problems(lo) from None
    except S2SError:
        if lo.problems:  # what follows from them is no news
            raise all_problems(lo) from None
        raise
    except RecursionError:
        raise UnsupportedSyntax(
            "calls or expressions are nested too deep here", lo.b.place, "use a loop"
        ) from None
    except Exception as error:
        raise InternalError.of("frontend", "this place", repr(error), lo.b.place) from error


def all_problems(lo: Lowering) -> UnsupportedSyntax:
    """All that is wrong, with what else is wrong by its syntax in the functions that were read."""
    more = [p for c in lo.sources.values() for p in problems_in(c.node, c.source)]
    return UnsupportedSyntax.collect(unique([*lo.problems, *more]))


def unique(problems: Sequence[Problem]) -> list[Problem]:
    """Each finding once, however often its code was lowered."""
    return list({(p.message, str(p.span)): p for p in problems}.values())


def lower_once(
    lo: Lowering, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Lowered:
    """One attempt, with what earlier ones learnt."""
    root = Slot()
    lo.slot = root
    lo.b.stack = [root.pending]
    params: list[Value] = []
    described: list[Parameter] = []
    static: dict[int, object] = {}
    avals: list[AVal] = []
    named: dict[str, AVal] = {}
    names = parameter_names(function)
    for k, arg in enumerate(args):
        name = names[k] if k < len(names) else f"arg{k}"
        aval, value = argument(lo, arg, name, ("arg", k))
        avals.append(aval)
        if value is not None:
            params.append(value)
            described.append(Parameter("arg", name, k))
        else:
            static[k] = arg
    for key, arg in kwargs.items():
        aval, value = argument(lo, arg, key, ("keyword", key))
        named[key] = aval
        if value is not None:
            params.append(value)
            described.append(Parameter("keyword", key))
    result: AVal | None
    try:
        result = run_entry(lo, function, avals, named)
    except Dead:
        result = None
    if result is None:
        if not lo.b.closed:
            lo.b.emit("unreachable")
        template, shown = None, "nothing"
        values: list[Value] = []
    else:
        if isinstance(result, Static) and type(result.obj) is float:
            result = Leaf(lo.b.const(result.obj))
        template = template_of(lo, result)
        shown = describe(lo, template)
        if not is_value(template):
            raise TypeInferenceError(
                f"the function returns {shown}, which is not a value",
                lo.returned_at,
                "call it: add ()" if "method" in shown else "return numbers, arrays or containers",
            )
        values = conform(lo, result, template)
        lo.b.emit("return", values)
    for key, (_, value, where) in lo.facts.captures.items():
        params.append(value)
        described.append(Parameter("capture", value.name or str(key), where=where))
    root.pending.args = tuple(params)
    code = code_of(plain_function(function))
    main = Function(code.name, root.pending.finish(), (), code.source.span(code.node))
    functions = called({main.name: main, **{f.name: f for f in lo.functions.values()}}, main)
    program = resolve_function(Program(main.name, functions, {}, dict(lo.symbols)), lo.heap)
    return Lowered(
        program,
        tuple(described),
        template,
        dict(lo.facts.guards),
        static,
        frozenset(map(lo.heap.find, lo.heap.mutated)),
        shown,
        arrays_written(program),
        lo.returned_at,
        tuple(names),
    )


def arrays_written(program: Program) -> dict[int, Span]:
    """Parameters that are arrays and are written to, each with the place of the first write.

    Only those of which it is certain: another array may not be meant by the same write.
    """
    places: dict[int, Span] = {}
    objects: Counter[int] = Counter()
    for op in walk(program.main.body):
        if op.kind in ("store", "accum_at"):
            places.setdefault(op.operands[0].type.cls, op.span)  # type: ignore[attr-defined]
        if op.kind == "alloc":
            objects[op.result.type.cls] += 1  # type: ignore[attr-defined]
    params = {k: v.type for k, v in enumerate(program.main.body.args) if isinstance(v.type, Ref)}
    objects.update(t.cls for t in params.values())
    return {
        k: places[t.cls]
        for k, t in params.items()
        if isinstance(program.heap[t.cls], Array) and t.cls in places and objects[t.cls] == 1
    }


def is_value(template: Any) -> bool:
    """Whether a result exists when the program runs: methods and ranges are the compiler's own."""
    match template:
        case TNode(("tuple", *_), parts):
            return all(map(is_value, parts))
    return isinstance(template, TLeaf | TStatic)


def called(functions: dict[str, Function], main: Function) -> dict[str, Function]:
    """The functions that can be reached from the entry."""
    found = {main.name: main}
    pending = [main]
    while pending:
        for op in walk(pending.pop().body):
            name = op.attrs["callee"] if op.kind == "call" else main.name
            if name not in found:
                found[name] = functions[name]
                pending.append(functions[name])
    return {name: f for name, f in functions.items() if name in found}


def argument(lo: Lowering, arg: Any, name: str, site: object) -> tuple[AVal, Value | None]:
    """What is known of an argument; its parameter, or None where it is known altogether."""
    t = lo.facts.type_of_object(arg, site)
    if isinstance(t, Known) or t in (NONE, BOOL) or is_static(lo, arg):
        return static_value(arg), None
    if isinstance(t, Tuple) and all_static(t):
        return static_value(arg), None
    value = Value(t, name)
    aval = lo.aval(value)
    if isinstance(arg, tuple) and type(arg) is not tuple:
        aval = retag(aval, arg)
    return aval, value


def is_static(lo: Lowering, arg: Any) -> bool:
    """Whether whole numbers are part of the signature this time."""
    return lo.facts.all_static and type(arg) is int


def all_static(t: Tuple) -> bool:
    """Whether a tuple holds only known objects."""
    return all(isinstance(item, Known) or item == NONE for item in t.items)


def retag(aval: AVal, arg: Any) -> AVal:
    """Named tuples keep their class."""
    if isinstance(aval, TupleA) and isinstance(arg, tuple):
        cls = type(arg) if type(arg) is not tuple else None
        return TupleA(tuple(retag(a, x) for a, x in zip(aval.items, arg, strict=True)), cls)
    return aval


def plain_function(function: Any) -> types.FunctionType:
    """The Python function behind a method, a partial or an instance with __call__."""
    import functools

    if isinstance(function, functools.partial):
        return plain_function(function.func)
    if isinstance(function, types.MethodType):
        return plain_function(function.__func__)
    if isinstance(function, types.FunctionType):
        return function
    inner = getattr(function, "__s2s_function__", None)
    if inner is not None:
        return plain_function(inner)
    method = getattr(type(function), "__call__", None)
    if isinstance(method, types.FunctionType):
        return method
    raise SourceUnavailable.of(function)


def parameter_names(function: Any) -> list[str]:
    """Names of the positional parameters that a caller fills."""
    code = plain_function(function).__code__
    names = list(code.co_varnames[: code.co_argcount])
    bound = isinstance(function, types.MethodType) or not isinstance(function, types.FunctionType)
    return names[1:] if bound and names[:1] == ["self"] else names


def run_entry(lo: Lowering, function: Any, avals: list[AVal], named: dict[str, AVal]) -> AVal:
    """Call the function with its abstract arguments."""
    from s2s.frontend.calls import call

    if isinstance(function, types.FunctionType):
        lo.scope = EntryScope(function)  # type: ignore[assignment]
        code = code_of(function)
        lo.b.span = code.source.span(code.node)
        refuse_kind(lo, code)
        if code.is_generator:
            raise UnsupportedSyntax(
                "a generator cannot be differentiated here", lo.b.span, "return a list of its items"
            )
        defaults = tuple(
            lo.facts.default(lo, function, k, d) for k, d in enumerate(function.__defaults__ or ())
        )
        kw = function.__kwdefaults__ or {}
        kw_defaults = tuple(
            lo.facts.default(lo, function, a.id, kw[a.id]) if a.id in kw else None
            for a in code.node.args.kwonlyargs
        )
        bound = bind_parameters(lo, code, defaults, kw_defaults, avals, named)
        from s2s.frontend.calls import run

        if code.node in lo.facts.recursive:
            return run(lo, code, bound, None, {})
        lo.scope = None  # type: ignore[assignment]
        return inline(lo, code, bound, None, {})
    plain = plain_function(function)
    code = code_of(plain)
    lo.b.span = code.source.span(code.node)
    lo.scope = EntryScope(plain)  # type: ignore[assignment]
    return call(lo, Static(function), avals, named)


class EntryScope:
    """The place that calls the entry function: has no variables."""

    def __init__(self, function: types.FunctionType) -> None:
        self.path: tuple[object, ...] = ()
        self.code = code_of(function)
        self.parent = None
        self.caller = None
        self.captured: dict[str, AVal] = {}
        self.function = function
        self.is_single = True

    def owner(self, name: str) -> None:
        """No variable lives here."""
        return
