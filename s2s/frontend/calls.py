"""Calls: of the user's functions (inlined; recursive ones stay functions), kernels, methods."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.errors import SourceUnavailable, UnsupportedSyntax
from s2s.frontend.arrays import apply_row, array_type, note_snapshot
from s2s.frontend.avals import (
    AVal,
    Bound,
    Choice,
    Closure,
    ExceptionA,
    Leaf,
    Partial,
    RowA,
    SliceA,
    Star,
    Static,
    TupleA,
)
from s2s.frontend.containers import (
    dict_method,
    get_item,
    in_library,
    joined_list,
    list_content,
    list_method,
    unwrap,
)
from s2s.frontend.definitions import define
from s2s.frontend.draws import draw, is_draw
from s2s.frontend.expressions import any_star, choose
from s2s.frontend.facts import static_value
from s2s.frontend.functions import options
from s2s.frontend.loops import LoopFrame, rejoin
from s2s.frontend.lowering import Dead, Exit, Lowering, Retry
from s2s.frontend.meanings import BUILTINS
from s2s.frontend.outside_calls import call_now, is_pure, name_of, no_rule
from s2s.frontend.records import make_from_iterable, named_tuple_method
from s2s.frontend.scope import Code, Scope
from s2s.frontend.streams import Generator, check_used_once
from s2s.frontend.templates import template_of
from s2s.frontend.unsupported import ASYNC
from s2s.frontend.words import class_name
from s2s.ir.types import Array, DictOf, Record, Ref, Scalar
from s2s.pyast import gast, parse_function
from s2s.runtime import library

MAX_INLINE_DEPTH = 60


def call_expression(lo: Lowering, node: Any) -> AVal:
    """A call as written: the function, then its arguments from left to right."""
    from s2s.frontend.containers import record_keys
    from s2s.frontend.expressions import elements, evaluate

    if isinstance(node.func, gast.Name) and node.func.id == "super" and not node.args:
        return super_of(lo, node)
    function = evaluate(lo, node.func)
    if isinstance(function, Static) and function.obj is next:
        return next_item(lo, node)
    args = elements(lo, node.args)
    kwargs: dict[str, AVal] = {}
    for keyword in node.keywords:
        value = evaluate(lo, keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
            continue
        keys = record_keys(lo, value)
        if keys is None:
            lo.unsupported("`**` of a dict whose keys are computed", node=node)
        for key in keys or ():
            kwargs[key] = get_item(lo, value, Static(key))
    return call(lo, function, args, kwargs, node)


def next_item(lo: Lowering, node: Any) -> AVal:
    """`next(iterator)` of an iterator that nothing else can see."""
    from s2s.frontend.expressions import evaluate

    source, *default = node.args
    if isinstance(source, gast.Call) and isinstance(source.func, gast.Name | gast.Attribute):
        called = evaluate(lo, source.func)
        if isinstance(called, Static) and called.obj is iter and len(source.args) == 1:
            source = source.args[0]
    elif not isinstance(source, gast.GeneratorExp):
        return lo.unsupported("`next` of an iterator that is kept", "use a loop", node)
    items = evaluate(lo, source)
    if default:
        return in_library(lo, library.first_or, items, evaluate(lo, default[0]))
    return in_library(lo, library.first_of, items)


def call(
    lo: Lowering,
    function: AVal,
    args: Sequence[AVal],
    kwargs: Mapping[str, AVal],
    node: object = None,
) -> AVal:
    """Call an abstract function."""
    from s2s.frontend.builtins import python_class

    function = unwrap(lo, function)
    if any_star(args):
        args = spread(lo, function, args)
    match function:
        case Static(obj):
            return call_static(lo, obj, list(args), dict(kwargs), node)
        case Closure(code, captured, defaults, kw_defaults, scope):
            bound = bind_parameters(lo, code, defaults, kw_defaults, args, kwargs)
            return run(lo, code, bound, scope, captured)
        case Choice():
            return call_one_of(lo, function, args, kwargs, node)
        case RowA(row, via):
            return call_row(lo, [(row, via)], args, kwargs)
        case Partial(inner, first, named):
            return call(lo, inner, [*first, *args], {**named, **kwargs}, node)
        case Bound(receiver, str(name)):
            return call_method(lo, receiver, name, list(args), dict(kwargs))
        case Bound(receiver, inner):
            assert isinstance(inner, AVal)
            return call(lo, inner, [receiver, *args], kwargs, node)
    lowering = getattr(function, "lower_call", None)
    if lowering is not None:
        return lowering(lo, list(args), dict(kwargs))
    if isinstance(function, Leaf) and isinstance(function.type, Ref):
        from s2s.frontend.objects import class_of, method_of

        cls = class_of(lo, function)
        if cls is not None and callable(getattr(cls, "__call__", None)):
            return call(lo, method_of(lo, function, "__call__"), args, kwargs, node)
    if isinstance(function, Leaf) and isinstance(function.type, Scalar | Array):
        name = class_name(python_class(lo, function))
        return lo.raise_error(TypeError, f"{name!r} object is not callable")
    if isinstance(function, TupleA):
        return lo.raise_error(TypeError, "'tuple' object is not callable")
    return lo.cannot_infer(
        "which function is called here is not known", "choose it with `if` and call it there"
    )


def spread(lo: Lowering, function: AVal, args: Sequence[AVal]) -> list[AVal]:
    """Arguments with a star of unknown length, as the function takes them.

    Its named parameters get an item each; what its own star gets stays a `Star`.
    """
    obj = function.obj if isinstance(function, Static) else None
    if obj is zip and len(args) == 1:
        return [Star(in_library(lo, library.transposed, args[0].items))]  # type: ignore[attr-defined]
    if obj in (min, max, print) or isinstance(function, Partial | Bound | Choice):
        return list(args)
    spec = function.code.node.args if isinstance(function, Closure) else None
    if isinstance(obj, types.FunctionType):
        spec = code_of(obj).node.args
    if spec is None:
        return lo.unsupported("`*` of a sequence whose length is not known")
    named = len(spec.posonlyargs) + len(spec.args)
    if not named and spec.vararg is not None:
        return list(args)
    whole = joined_list(lo, args) if len(args) > 1 else args[0].items  # type: ignore[attr-defined]
    first = [get_item(lo, whole, Static(k)) for k in range(named)]
    if spec.vararg is None:
        return first
    none = Static(None)
    return [*first, Star(get_item(lo, whole, SliceA(Static(named), none, none)))]


def call_one_of(
    lo: Lowering, chosen: Choice, args: Sequence[AVal], kwargs: Mapping[str, AVal], node: object
) -> AVal:
    """Call the function whose number ``chosen`` holds."""
    functions = options(lo, chosen)

    def among(rest: Sequence[tuple[int, AVal]]) -> AVal:
        (number, function), *others = rest
        if not others:
            return call(lo, function, args, kwargs, node)
        test = Leaf(lo.compare(lo.value(chosen.items[0]), number))
        return choose(
            lo, test, lambda: call(lo, function, args, kwargs, node), lambda: among(others)
        )

    return among(functions)


def call_static(
    lo: Lowering, obj: Any, args: list[AVal], kwargs: dict[str, AVal], node: object
) -> AVal:
    """Call a Python object that is known."""
    from s2s.frontend import array_functions, builtins, copies  # noqa: F401  # they fill the table
    from s2s.frontend.builtins import python_class
    from s2s.frontend.exceptions import initialise
    from s2s.frontend.objects import construct
    from s2s.frontend.ufuncs import call_with_output, takes_output, ufunc_method

    lowering = getattr(obj, "__s2s_lower__", None)
    if lowering is not None and not isinstance(obj, type):
        return lowering(lo, args, kwargs)
    try:
        handler = BUILTINS.get(obj)
    except TypeError:
        handler = None
    if handler is not None:
        found = handler(lo, args, kwargs)
        if found is not NotImplemented:
            return found
    matches = kernels.lookup_all(obj)
    if matches and takes_output(obj, args, kwargs):
        return call_with_output(lo, obj, matches, args, kwargs)
    if matches:
        return call_row(lo, matches, args, kwargs)
    if is_draw(obj):
        return draw(lo, obj, args, kwargs)
    if isinstance(obj, types.BuiltinFunctionType) and isinstance(obj.__self__, np.ufunc):
        return ufunc_method(lo, obj.__self__, obj.__name__, args, kwargs)
    match obj:
        case type():
            if is_users_class(obj):
                return construct(lo, obj, args, kwargs)
        case functools._lru_cache_wrapper():
            return call(lo, static_value(obj.__wrapped__), args, kwargs, node)
        case types.FunctionType() if args and hasattr(obj, "dispatch") and hasattr(obj, "registry"):
            return call(lo, Static(obj.dispatch(python_class(lo, args[0]))), args, kwargs, node)
        case types.FunctionType():
            if (obj.__module__ or "").split(".")[0] not in ("numpy", "scipy", "math"):
                return call_function(lo, obj, args, kwargs)
        case types.WrapperDescriptorType() if obj.__name__ == "__init__" and issubclass(
            obj.__objclass__, BaseException
        ):
            return initialise(lo, args)
        case types.MethodType() if obj.__name__ == "_make" and hasattr(obj.__self__, "_fields"):
            return make_from_iterable(lo, obj.__self__, args)
        case types.MethodType():
            receiver = lo.facts.attribute(lo, obj, "__self__", obj.__self__)
            return call(lo, Static(obj.__func__), [receiver, *args], kwargs, node)
        case functools.partial():
            first = [static_value(a) for a in obj.args]
            named = {k: static_value(v) for k, v in obj.keywords.items()}
            return call(lo, Static(obj.func), [*first, *args], {**named, **kwargs}, node)
    if not isinstance(obj, type) and isinstance(
        getattr(type(obj), "__call__", None), types.FunctionType
    ):
        receiver = lo.facts.attribute(lo, obj, "self", obj)
        return call(lo, Static(type(obj).__call__), [receiver, *args], kwargs, node)
    if not callable(obj):
        return lo.raise_error(TypeError, f"{type(obj).__name__!r} object is not callable")
    if is_pure(obj) and all(isinstance(a, Static) for a in (*args, *kwargs.values())):
        return call_now(lo, obj, args, kwargs)
    raise no_rule(lo, name_of(obj), obj)


def is_users_class(cls: type) -> bool:
    """Whether instances are to be made by running the class's own code."""
    if cls is types.SimpleNamespace:
        return True
    return cls.__module__ not in ("builtins", "numpy", "types") or issubclass(cls, BaseException)


def call_row(
    lo: Lowering, matches: Sequence[Any], args: Sequence[AVal], kwargs: Mapping[str, AVal]
) -> AVal:
    """Call a kernel with Python arguments; ``matches``: rows it may mean."""
    from s2s.frontend.kernel_arguments import bind_row

    row, via, operands, attrs = bind_row(lo, matches, args, kwargs)
    note_snapshot(lo, row, via, operands)
    if row.definition is not None:
        return define(lo, row, operands, attrs)
    if len(operands) > len(row.signature.parameters) and not row.signature.star:
        found = apply_row(lo, row, via, operands[:2], attrs)  # max(a, b, c) folds from the left
        for operand in operands[2:]:
            found = apply_row(lo, row, via, [found, operand], attrs)
        return found
    return apply_row(lo, row, via, operands, attrs)


def call_method(
    lo: Lowering, receiver: AVal, name: str, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """Call a method of an array, a number, a list, a dict, a string or a tuple."""
    from s2s.frontend.array_methods import array_method
    from s2s.frontend.builtins import python_class, text_method
    from s2s.frontend.objects import no_attribute
    from s2s.frontend.ufuncs import call_with_output

    seen = array_type(lo, receiver)
    if seen is not None:
        assert isinstance(receiver, Leaf)
        found = array_method(lo, receiver, name, args, kwargs)
        if found is not None:
            return found
    is_number = seen is not None or (
        isinstance(receiver, Leaf) and isinstance(receiver.type, Scalar)
    )
    if is_number or (
        isinstance(receiver, Static) and isinstance(receiver.obj, int | float | complex)
    ):
        matches = kernels.method_all(name)
        if matches and "out" in kwargs:
            return call_with_output(lo, None, matches, [receiver, *args], kwargs)
        if matches:
            return call_row(lo, matches, [receiver, *args], kwargs)
        python = python_class(lo, receiver)
        if not hasattr(python, name):
            return no_attribute(lo, python, name)
        raise no_rule(lo, f"ndarray.{name}")
    if isinstance(receiver, Leaf) and isinstance(receiver.type, Ref):
        if list_content(lo, receiver) is not None:
            return list_method(lo, receiver, name, args, kwargs)
        content = lo.heap.of(receiver.type)
        if isinstance(content, DictOf) or (isinstance(content, Record) and content.cls == "dict"):
            return dict_method(lo, receiver, name, args, kwargs)
    if isinstance(receiver, TupleA):
        return tuple_method(lo, receiver, name, args, kwargs)
    if isinstance(
        receiver, ExceptionA
    ):  # with_traceback, add_note: change nothing that is computed
        return receiver if name == "with_traceback" else Static(None)
    return text_method(lo, receiver, name, args, kwargs)


def tuple_method(
    lo: Lowering, receiver: TupleA, name: str, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """index, count, _replace, _asdict."""
    from s2s.frontend.containers import make_list

    if name in ("index", "count"):
        return list_method(lo, make_list(lo, receiver.items), name, args)  # type: ignore[arg-type]
    found = named_tuple_method(lo, receiver, name, args, kwargs)
    return found if found is not None else lo.unsupported(f"the tuple method `{name}`")


# ------------------------------------------------------------------------------ the user's functions
@functools.lru_cache(maxsize=1024)
def code_of(function: types.FunctionType) -> Code:
    """The parsed source of a Python function; parsed once."""
    source = parse_function(function)
    return Code(source.tree, source, function)


def call_function(
    lo: Lowering, function: types.FunctionType, args: Sequence[AVal], kwargs: Mapping[str, AVal]
) -> AVal:
    """Call a Python function of the user's."""
    try:
        code = code_of(function)
    except SourceUnavailable as error:
        (problem,) = error.problems
        raise SourceUnavailable(problem.message, lo.b.place, problem.hint) from None
    defaults = tuple(
        lo.facts.default(lo, function, k, d) for k, d in enumerate(function.__defaults__ or ())
    )
    named = function.__kwdefaults__ or {}
    kw_defaults = tuple(
        lo.facts.default(lo, function, a.id, named[a.id]) if a.id in named else None
        for a in code.node.args.kwonlyargs
    )
    bound = bind_parameters(lo, code, defaults, kw_defaults, args, kwargs)
    return run(lo, code, bound, None, {})


def bind_parameters(
    lo: Lowering,
    code: Code,
    defaults: Sequence[AVal],
    kw_defaults: Sequence[AVal | None],
    args: Sequence[AVal],
    kwargs: Mapping[str, AVal],
) -> dict[str, AVal]:
    """Arguments by parameter name, as Python binds them."""
    from s2s.frontend.containers import make_dict

    spec = code.node.args
    names = [a.id for a in (*spec.posonlyargs, *spec.args)]
    bound = dict(zip(names, args, strict=False))
    extra = list(args[len(names) :])
    if spec.vararg is not None:
        bound[spec.vararg.id] = joined_list(lo, extra) if any_star(extra) else TupleA(tuple(extra))
    elif extra:
        lo.raise_error(
            TypeError,
            f"{code.name}() takes {counted(len(names), 'positional argument')} "
            f"but {len(args)} {'was' if len(args) == 1 else 'were'} given",
        )
    keyword_only = [a.id for a in spec.kwonlyargs]
    rest: dict[str, AVal] = {}
    for key, value in kwargs.items():
        if key in bound and key in names:
            lo.raise_error(TypeError, f"{code.name}() got multiple values for argument {key!r}")
        if key in names or key in keyword_only:
            bound[key] = value
        else:
            rest[key] = value
    if spec.kwarg is not None:
        bound[spec.kwarg.id] = make_dict(lo, [(Static(k), v) for k, v in rest.items()])
    elif rest:
        lo.raise_error(
            TypeError, f"{code.name}() got an unexpected keyword argument {next(iter(rest))!r}"
        )
    for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
        bound.setdefault(name, default)
    for name, kw_default in zip(keyword_only, kw_defaults, strict=True):
        if kw_default is not None:
            bound.setdefault(name, kw_default)
    missing = [name for name in names if name not in bound]
    kind = "positional"
    if not missing:
        missing, kind = [name for name in keyword_only if name not in bound], "keyword-only"
    if missing:
        what = counted(len(missing), f"required {kind} argument")
        shown = " and ".join(map(repr, missing))
        lo.raise_error(TypeError, f"{code.name}() missing {what}: {shown}")
    for name, value in bound.items():
        check_used_once(lo, code.node, name, value)
    return bound


def counted(n: int, noun: str) -> str:
    """`1 argument`, `2 arguments`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def run(
    lo: Lowering,
    code: Code,
    bound: Mapping[str, AVal],
    parent: Scope | None,
    captured: Mapping[str, AVal],
) -> AVal:
    """Run a function here: inlined, unless it calls itself."""
    refuse_kind(lo, code)
    if code.is_generator:
        return Generator(code, bound, parent, captured)
    if code.node in lo.facts.recursive:
        from s2s.frontend.recursion import call_recursive

        return call_recursive(lo, code, bound, parent, captured)
    entry = activation(lo, code, bound, parent, captured)
    if entry in lo.inlining:
        lo.facts.recursive.add(code.node)
        raise Retry
    if len(lo.inlining) > MAX_INLINE_DEPTH:
        lo.unsupported(
            f"nesting calls more than {MAX_INLINE_DEPTH} deep",
            "use a loop, or fewer layers of calls",
        )
    return inline(lo, code, bound, parent, captured)


def refuse_kind(lo: Lowering, code: Code) -> None:
    """Refuse functions that do not return when they are called."""
    if isinstance(code.node, gast.AsyncFunctionDef):
        raise UnsupportedSyntax(*ASYNC[:1], code.source.span(code.node), ASYNC[1])


def activation(
    lo: Lowering,
    code: Code,
    bound: Mapping[str, AVal],
    parent: Scope | None,
    captured: Mapping[str, AVal],
) -> tuple[object, ...]:
    """What tells calls of one function apart: a call like one that is running is a recursion.

    An integrator that is given a function which calls it again is none.
    """
    functions = [
        template_of(lo, aval)
        for aval in (*bound.values(), *captured.values())
        if isinstance(aval, Closure | Partial | Bound)
        or (isinstance(aval, Static) and callable(aval.obj))
    ]
    return (code.node, *functions)


def runs_once(lo: Lowering) -> bool:
    """Whether what is inlined here runs once at most each time the function runs."""
    in_loop = any(isinstance(frame, LoopFrame) and not frame.is_unrolled for frame in lo.loops)
    return not in_loop and (lo.scope is None or lo.scope.is_single)


def inline(
    lo: Lowering,
    code: Code,
    bound: Mapping[str, AVal],
    parent: Scope | None,
    captured: Mapping[str, AVal],
    consumer: Callable[[AVal], None] | None = None,
) -> AVal:
    """The body of a function in place of its call; ``consumer``: what gets what a generator yields."""
    span, place = lo.b.span, lo.place
    path = (*lo.scope.path, (lo.here, id(code.node))) if lo.scope else (id(code.node),)
    scope = Scope(code, path, parent, captured, lo.scope, is_single=runs_once(lo))
    scope.consumer = consumer
    caller, start, before = lo.scope, lo.slot, lo.state
    loops, lo.loops = lo.loops, [*lo.loops, LoopBarrier()]
    lo.scope = scope
    if not scope.is_foreign:
        lo.sources[id(code.node)] = code
    lo.inlining.append(activation(lo, code, bound, parent, captured))
    call_site, lo.b.call = lo.b.call, (lo.b.call or span) if scope.is_foreign else None
    try:
        for name, value in bound.items():
            lo.state[(scope, name)] = value
        run_function_body(lo, code, scope)
        return collect_returns(lo, scope, start, before)
    finally:
        lo.inlining.pop()
        lo.loops = loops
        lo.scope = caller
        lo.b.span, lo.b.call, lo.place = span, call_site, place


class LoopBarrier:
    """Stands between the loops of a caller and those of what it calls."""

    unrollable: object = None


def run_function_body(lo: Lowering, code: Code, scope: Scope) -> None:
    """Lower a body; every way out is a return."""
    from s2s.frontend.expressions import evaluate
    from s2s.frontend.statements import run_body

    try:
        if isinstance(code.node.body, list):
            run_body(lo, code.node.body)
            value: AVal = Static(None)
        else:
            value = evaluate(lo, code.node.body)
        lo.leave(Exit("return", scope, (value,)))
    except Dead:
        pass


def collect_returns(lo: Lowering, scope: Scope, start: Any, before: Any) -> AVal:
    """Go on where the function returned; its result."""
    key = (scope, "$return")
    for leaf in start.exits():
        if leaf.exit.group == ("return", scope):
            leaf.state = {**leaf.state, key: leaf.exit.payload[0]}
            leaf.exit = None
    state = {k: v for k, v in before.items()}
    rejoin(lo, start, state)
    return lo.state.pop(key)


def super_of(lo: Lowering, node: Any) -> AVal:
    """`super()`: the next class after the one whose method this is."""
    scope: Scope | None = lo.scope
    while scope is not None and scope.code.function is None:
        scope = scope.parent
    assert scope is not None and scope.code.function is not None
    function = scope.code.function
    names = function.__code__.co_freevars
    if "__class__" not in names or not function.__closure__:
        lo.unsupported("super() outside of a method", "name the class", node)
    cls = function.__closure__[names.index("__class__")].cell_contents
    first = scope.code.node.args.args[0].id
    receiver = lo.state[(scope, first)]
    return SuperA(receiver, cls)


class SuperA(AVal):
    """super() of an instance: attributes are looked up behind a class."""

    __slots__ = ("cls", "receiver")

    def __init__(self, receiver: AVal, cls: type) -> None:
        self.receiver, self.cls = receiver, cls

    def find(self, lo: Lowering, name: str) -> AVal:
        """The method ``name`` of the next class."""
        from s2s.frontend.objects import class_of

        actual = class_of(lo, self.receiver) or self.cls
        order = actual.__mro__
        for cls in order[order.index(self.cls) + 1 :]:
            if name in cls.__dict__:
                found = cls.__dict__[name]
                if name == "__init__" and cls is object:
                    return Static(lambda *_: None)
                return Bound(self.receiver, Static(found))
        return lo.raise_error(AttributeError, f"super object has no attribute {name!r}")
