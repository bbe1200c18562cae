"""Calls: of the user's functions (inlined; recursive ones stay functions), kernels, methods."""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.errors import NoRule
from s2s.frontend.arrays import apply_row, array_type
from s2s.frontend.avals import (
    AVal,
    Bound,
    Closure,
    Leaf,
    Partial,
    RowA,
    Static,
    TupleA,
)
from s2s.frontend.containers import dict_method, list_content, list_method, unwrap
from s2s.frontend.definitions import define
from s2s.frontend.draws import draw, is_draw
from s2s.frontend.facts import static_value
from s2s.frontend.loops import rejoin
from s2s.frontend.lowering import Dead, Exit, Lowering, Retry
from s2s.frontend.scope import Code, Scope
from s2s.ir.types import DictOf, Record, Ref, Scalar
from s2s.pyast import gast, parse_function

MAX_INLINE_DEPTH = 60


def call_expression(lo: Lowering, node: Any) -> AVal:
    """A call as written: the function, then its arguments from left to right."""
    from s2s.frontend.containers import get_item, record_keys
    from s2s.frontend.expressions import elements, evaluate

    if isinstance(node.func, gast.Name) and node.func.id == "super" and not node.args:
        return super_of(lo, node)
    function = evaluate(lo, node.func)
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


def call(
    lo: Lowering,
    function: AVal,
    args: Sequence[AVal],
    kwargs: Mapping[str, AVal],
    node: object = None,
) -> AVal:
    """Call an abstract function."""
    function = unwrap(lo, function)
    match function:
        case Static(obj):
            return call_static(lo, obj, list(args), dict(kwargs), node)
        case Closure(code, captured, defaults, kw_defaults, scope):
            bound = bind_parameters(lo, code, defaults, kw_defaults, args, kwargs)
            return run(lo, code, bound, scope, captured)
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
    return lo.cannot_infer("what is called here is not known when the gradient is made")


def call_static(
    lo: Lowering, obj: Any, args: list[AVal], kwargs: dict[str, AVal], node: object
) -> AVal:
    """Call a Python object that is known."""
    from s2s.frontend.builtins import BUILTINS, ufunc_method
    from s2s.frontend.objects import construct

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
        case types.FunctionType():
            if obj.__module__.split(".")[0] not in ("numpy", "scipy", "math"):
                return call_function(lo, obj, args, kwargs)
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
    if all(isinstance(a, Static) for a in (*args, *kwargs.values())) and getattr(
        obj, "__module__", ""
    ) in ("builtins", "math", "cmath", "numpy"):
        return static_value(obj(*(a.obj for a in args), **{k: v.obj for k, v in kwargs.items()}))  # type: ignore[attr-defined]
    raise no_rule(lo, name_of(obj))


def is_users_class(cls: type) -> bool:
    """Whether instances are to be made by running the class's own code."""
    return cls.__module__ not in ("builtins", "numpy", "types") or issubclass(cls, BaseException)


def call_row(
    lo: Lowering, matches: Sequence[Any], args: Sequence[AVal], kwargs: Mapping[str, AVal]
) -> AVal:
    """Call a kernel with Python arguments; ``matches``: rows it may mean."""
    from s2s.frontend.kernel_arguments import bind_row

    if "out" in kwargs:
        return into(lo, matches, args, dict(kwargs))
    row, via, operands, attrs = bind_row(lo, matches, args, kwargs)
    if row.definition is not None:
        return define(lo, row, operands, attrs)
    if len(operands) > len(row.signature.parameters) and not row.signature.star:
        found = apply_row(lo, row, via, operands[:2], attrs)  # max(a, b, c) folds from the left
        for operand in operands[2:]:
            found = apply_row(lo, row, via, [found, operand], attrs)
        return found
    return apply_row(lo, row, via, operands, attrs)


def into(
    lo: Lowering, matches: Sequence[Any], args: Sequence[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """``out=c``: what is computed is written to ``c``, with ``where=`` only in places."""
    from s2s.frontend.arrays import Index, check_cast, read, store

    out = kwargs.pop("out")
    if isinstance(out, TupleA) and len(out.items) == 1:
        out = out.items[0]
    if isinstance(out, Static) and out.obj is None:
        return call_row(lo, matches, args, kwargs)
    seen = array_type(lo, out)
    if not isinstance(out, Leaf) or not isinstance(out.type, Ref) or seen is None:
        return lo.cannot_infer("`out` must be an array")
    where = kwargs.pop("where", None) if matches[0][0].elementwise else None
    value = read(lo, call_row(lo, matches, args, kwargs))
    check_cast(lo, matches[0][1], seen, value.type)
    if where is not None:
        chosen = [where, Leaf(value), Leaf(read(lo, out))]
        value = read(lo, apply_row(lo, *kernels.lookup(np.where), chosen, {}))
    store(lo, out, Index(), value, seen)
    return out


def no_rule(lo: Lowering, name: str) -> NoRule:
    """The error for a function without derivative rule; the nearest one is named."""
    known = sorted({via for row in kernels.ROWS for via in row.via if "." in via and via[0] != "."})
    return NoRule.of(name, lo.b.place, known, kernels.advice(name))


def name_of(obj: Any) -> str:
    """How a user calls a function."""
    module = getattr(obj, "__module__", None) or ""
    if isinstance(obj, np.ufunc):
        module = "np"
    name = getattr(obj, "__name__", None) or type(obj).__name__
    module = "np" if module == "numpy" else module.replace("numpy.", "np.")
    return name if module in ("", "builtins", "__main__") else f"{module}.{name}"


def call_method(
    lo: Lowering, receiver: AVal, name: str, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """Call a method of an array, a number, a list, a dict, a string or a tuple."""
    from s2s.frontend.builtins import array_method, text_method

    seen = array_type(lo, receiver)
    if seen is not None:
        assert isinstance(receiver, Leaf)
        found = array_method(lo, receiver, seen, name, args, kwargs)
        if found is not None:
            return found
    is_number = seen is not None or (
        isinstance(receiver, Leaf) and isinstance(receiver.type, Scalar)
    )
    if is_number or (
        isinstance(receiver, Static) and isinstance(receiver.obj, int | float | complex)
    ):
        matches = kernels.method_all(name)
        if matches:
            return call_row(lo, matches, [receiver, *args], kwargs)
        raise no_rule(lo, f"ndarray.{name}")
    if isinstance(receiver, Leaf) and isinstance(receiver.type, Ref):
        if list_content(lo, receiver) is not None:
            return list_method(lo, receiver, name, args)
        content = lo.heap.of(receiver.type)
        if isinstance(content, DictOf) or (isinstance(content, Record) and content.cls == "dict"):
            return dict_method(lo, receiver, name, args)
    if isinstance(receiver, TupleA):
        return tuple_method(lo, receiver, name, args)
    return text_method(lo, receiver, name, args, kwargs)


def tuple_method(lo: Lowering, receiver: TupleA, name: str, args: list[AVal]) -> AVal:
    """index, count, _replace, _asdict."""
    from s2s.frontend.containers import make_list

    if name in ("index", "count"):
        return list_method(lo, make_list(lo, receiver.items), name, args)  # type: ignore[arg-type]
    return lo.unsupported(f"the tuple method `{name}`")


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
    code = code_of(function)
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
        bound[spec.vararg.id] = TupleA(tuple(extra))
    elif extra:
        lo.raise_error(
            TypeError,
            f"{code.name}() takes {len(names)} positional arguments but {len(args)} were given",
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
    for name in (*names, *keyword_only):
        if name not in bound:
            lo.raise_error(TypeError, f"{code.name}() missing required argument: {name!r}")
    return bound


def run(
    lo: Lowering,
    code: Code,
    bound: Mapping[str, AVal],
    parent: Scope | None,
    captured: Mapping[str, AVal],
) -> AVal:
    """Run a function here: inlined, unless it calls itself."""
    if code.is_generator:
        lo.unsupported("a generator", "return a list", code.node)
    if code.node in lo.facts.recursive:
        from s2s.frontend.recursion import call_recursive

        return call_recursive(lo, code, bound, parent, captured)
    if any(entry is code.node for entry in lo.inlining):
        lo.facts.recursive.add(code.node)
        raise Retry
    if len(lo.inlining) > MAX_INLINE_DEPTH:
        lo.unsupported("calls nested this deep")
    return inline(lo, code, bound, parent, captured)


def inline(
    lo: Lowering,
    code: Code,
    bound: Mapping[str, AVal],
    parent: Scope | None,
    captured: Mapping[str, AVal],
) -> AVal:
    """The body of a function in place of its call."""
    span = lo.b.span
    count = lo.facts.visits.setdefault((lo.scope.path, span), 0) if lo.scope else 0
    path = (*lo.scope.path, (span, id(code.node), count)) if lo.scope else (id(code.node),)
    scope = Scope(code, path, parent, captured, lo.scope)
    caller, start, before = lo.scope, lo.slot, lo.state
    loops, lo.loops = lo.loops, [*lo.loops, LoopBarrier()]
    lo.scope = scope
    lo.inlining.append(code.node)
    place, lo.b.call = lo.b.call, (lo.b.call or span) if scope.is_row else None
    try:
        for name, value in bound.items():
            lo.state[(scope, name)] = value
        run_function_body(lo, code, scope)
        return collect_returns(lo, scope, start, before)
    finally:
        lo.inlining.pop()
        lo.loops = loops
        lo.scope = caller
        lo.b.span, lo.b.call = span, place


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
        lo.unsupported("super() outside of a method", node=node)
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
