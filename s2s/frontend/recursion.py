"""Functions that call themselves stay functions of the program.

Their parameters are the SSA values of their arguments, of the variables of enclosing functions and of
the captured names that they read; variables declared `nonlocal` come back as further results.  The
types of results are found by repetition: a call whose result is not yet known ends its path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from s2s.frontend.avals import UNBOUND, AVal, Closure
from s2s.frontend.calls import LoopBarrier, run_function_body
from s2s.frontend.functions import outer_names, reached
from s2s.frontend.lowering import Exit, Key, Lowering, Retry, Slot, State
from s2s.frontend.scope import Code, Scope
from s2s.frontend.templates import (
    Template,
    TFunction,
    TLeaf,
    TNode,
    build,
    conform,
    join_templates,
    leaf_types,
    template_of,
)
from s2s.ir.core import Function, Value
from s2s.ir.types import DictOf, Fixed, ListOf, Optional, Record, Ref, Scalar, Tuple, Type
from s2s.pyast import gast

MAX_SPECIALISATIONS = 8
MAX_ATTEMPTS = 20


@dataclass(eq=False)
class Specialisation:
    """A recursive function for one kind of arguments; kept from one lowering to the next."""

    name: str
    code: Code
    templates: tuple[Template, ...]
    result: Template | None = None
    written: tuple[Template, ...] = ()
    captures: list[Any] = field(default_factory=list)
    attempts: int = 0  # lowerings in which its result was not known at a call
    last: object = None
    raises: set[type[BaseException]] = field(default_factory=set)
    done: object = None


def call_recursive(
    lo: Lowering,
    code: Code,
    bound: Mapping[str, AVal],
    parent: Scope | None,
    captured: Mapping[str, AVal],
) -> AVal:
    """Call a function of the program, which is lowered at its first call."""
    outer, functions = outer_variables(lo, code, parent, captured)
    outer.update(reached(lo, [*bound.values(), *outer.values()]))
    given = {name: widest(lo, a) for name, a in bound.items()}
    around = {key: widest(lo, a) for key, a in outer.items()}
    templates = (*given.values(), *around.values())
    spec = specialisation(lo, code, templates)
    if spec is None:
        same = [s for s in lo.facts.specialisations if s.code.node is code.node]
        if len(same) >= MAX_SPECIALISATIONS:
            lo.cannot_infer(
                f"{code.name}() calls itself with arguments of ever other types",
                "give each call arguments of the same types",
            )
        name = code.name if code.name.isidentifier() else "function"
        taken = {lo.facts.entry, *(s.name for s in lo.facts.specialisations)}
        while name in taken:
            name += "_"
        spec = Specialisation(name, code, templates)
        lo.facts.specialisations.append(spec)
    if spec.done is not lo:
        spec.done = lo
        lower_function(lo, spec, given, around, parent, functions)
    if any(frame.may_catch(tuple(spec.raises)) for frame in lo.tries):
        lo.refuse(
            f"{code.name}() calls itself, so exceptions that it raises cannot be caught here",
            "return a flag instead of raising",
        )
    lo.facts.may_raise(tuple(spec.raises))
    written = written_variables(outer, code)
    operands = [v for name, t in given.items() for v in conform(lo, bound[name], t)]
    operands += [v for k, t in around.items() for v in conform(lo, outer[k], t)]
    operands += [lo.facts.captured_value(lo, key) for key in spec.captures]
    if spec.result is None:
        lo.facts.heap.changed = True
        if spec.last is not lo:
            spec.last, spec.attempts = lo, spec.attempts + 1
        if spec.attempts > MAX_ATTEMPTS:
            lo.cannot_infer(
                f"{code.name}() calls itself on every path, so it never returns",
                "return on some path without the call",
            )
        lo.leave(Exit("unreachable"))
    assert spec.result is not None
    types: list[Type] = list(leaf_types(spec.result))
    types += [t for w in spec.written for t in leaf_types(w)]
    op = lo.b.emit("call", operands, types, callee=spec.name)
    results = iter(op.results)
    value = build(lo, spec.result, results)
    for k, template in zip(written, spec.written, strict=True):
        lo.state[k] = build(lo, template, results)
    return value


def specialisation(
    lo: Lowering, code: Code, templates: tuple[Template, ...]
) -> Specialisation | None:
    """The function as lowered for such arguments.

    What a running function calls itself with are objects of the classes that it was called with:
    they are united.
    """
    for spec in lo.facts.specialisations:
        if spec.code.node is not code.node or len(spec.templates) != len(templates):
            continue
        known = tuple(resolved(lo, t) for t in spec.templates)
        if known == templates:
            return spec
        running = spec in lo.facts.functions
        if running and all(map(partial(differ_in_class, lo), known, templates)):
            spec.templates = tuple(
                join_templates(lo, a, b) for a, b in zip(known, templates, strict=True)
            )
            lo.heap.changed = True
            raise Retry
    return None


def resolved(lo: Lowering, t: Template) -> Template:
    """A template with the present representatives of its classes."""
    match t:
        case TLeaf(type_):
            return replace(t, type=lo.heap.resolve(type_))
        case TFunction(type_):
            return replace(t, type=lo.heap.resolve(type_))
        case TNode(_, parts):
            return replace(t, parts=tuple(resolved(lo, part) for part in parts))
    return t


def differ_in_class(lo: Lowering, a: Template, b: Template) -> bool:
    """Whether two templates are equal but for which objects they refer to."""
    match a, b:
        case (TLeaf(x), TLeaf(y)) if isinstance(x, Ref):
            return alike(lo, x, y, set())
        case (TNode(f, ps), TNode(g, qs)) if f == g:
            return all(differ_in_class(lo, p, q) for p, q in zip(ps, qs, strict=True))
    return a == b


def alike(lo: Lowering, a: Type | None, b: Type | None, seen: set[tuple[int, int]]) -> bool:
    """Whether two types are equal but for the classes that they refer to."""
    match a, b:
        case (Ref(x, r), Ref(y, s)):
            pair = lo.heap.find(x), lo.heap.find(y)
            if pair in seen:
                return True
            seen.add(pair)
            return r == s and contents_alike(lo, lo.heap.of(a), lo.heap.of(b), seen)
        case (Tuple(xs), Tuple(ys)) if len(xs) == len(ys):
            return all(alike(lo, x, y, seen) for x, y in zip(xs, ys, strict=True))
        case (Optional(x), Optional(y)):
            return alike(lo, x, y, seen)
        case (Scalar(), Scalar()):
            return True
    return a == b


def contents_alike(lo: Lowering, a: Any, b: Any, seen: set[tuple[int, int]]) -> bool:
    """As `alike`, of what lies behind references."""
    match a, b:
        case (Fixed() | ListOf(), Fixed() | ListOf()):
            left = a.items if isinstance(a, Fixed) else (a.item,)
            right = b.items if isinstance(b, Fixed) else (b.item,)
            pairs = [(x, y) for x in left for y in right if x is not None and y is not None]
            return all(alike(lo, x, y, seen) for x, y in pairs)
        case (Record(c, fs), Record(d, gs)) if c == d and dict(fs).keys() == dict(gs).keys():
            return all(alike(lo, t, dict(gs)[k], seen) for k, t in fs)
        case (DictOf(k, v), DictOf(m, w)):
            return k == m and alike(lo, v, w, seen)
    return bool(a == b)


def widest(lo: Lowering, aval: AVal) -> Template:
    """The template of an argument: numbers are never constants."""
    return template_of(lo, aval, loop=True)


def written_variables(keys: Iterable[Key], code: Code) -> list[Key]:
    """Variables around the function that it, or a function that it calls, may rebind."""
    mine = {
        n for node in gast.walk(code.node) if isinstance(node, gast.Nonlocal) for n in node.names
    }
    return [key for key in keys if key[1] in mine or key[1] in key[0].code.rebound_inside]


def outer_variables(
    lo: Lowering, code: Code, parent: Scope | None, captured: Mapping[str, AVal]
) -> tuple[dict[Key, AVal], State]:
    """Variables of enclosing activations that the function may read.

    Functions among them that captured just such variables are given apart: they need not be passed.
    """
    found: dict[Key, AVal] = {}
    functions: State = {}
    pending = [(owner, name, captured) for name, owner in outer_names(code, parent)]
    while pending:
        owner, name, seen = pending.pop(0)
        key = (owner, name)
        aval = lo.state.get(key, seen.get(name, UNBOUND))
        if aval is UNBOUND or key in found or key in functions:
            continue
        if isinstance(aval, Closure) and sees_variables(lo, aval):
            functions[key] = replace(aval, captured={})
            inner = outer_names(aval.code, aval.scope)
            pending += [(other, free, aval.captured) for free, other in inner]
        else:
            found[key] = aval
    return found, functions


def sees_variables(lo: Lowering, closure: Closure) -> bool:
    """Whether what a closure captured is what the variables around it still hold."""
    if closure.defaults or any(d is not None for d in closure.kw_defaults):
        return False
    return all(
        lo.state.get((owner, name)) is closure.captured.get(name)
        for name, owner in outer_names(closure.code, closure.scope)
        if name in closure.captured
    )


def lower_function(
    lo: Lowering,
    spec: Specialisation,
    given: Mapping[str, Template],
    around: Mapping[Key, Template],
    parent: Scope | None,
    functions: State,
) -> None:
    """Lower the body of a recursive function as a function of the program."""
    code = spec.code
    scope = Scope(
        code, ("function", spec.name), parent, {}, parent, is_single=False, is_boundary=True
    )
    params: list[Value] = []

    def fresh(template: Template, name: str) -> list[Value]:
        values = [Value(t, name) for t in leaf_types(template)]
        params.extend(values)
        return values

    before = (lo.scope, lo.slot, lo.state, lo.b.stack, lo.loops, lo.tries, lo.inlining, lo.b.span)
    lo.facts.enter_function(spec)
    root = Slot()
    lo.b.stack = [root.pending]
    lo.slot, lo.state, lo.scope = root, dict(functions), scope
    lo.loops, lo.tries, lo.inlining = [LoopBarrier()], [], [*before[6], None]
    try:
        for name, template in given.items():
            lo.state[(scope, name)] = build(lo, template, iter(fresh(template, name)))
        for key, template in around.items():
            lo.state[key] = build(lo, template, iter(fresh(template, key[1])))
        written = written_variables(around, code)
        base = dict(lo.state)
        run_function_body(lo, code, scope)
        leaves = [s for s in root.exits() if s.exit and s.exit.group == ("return", scope)]
        for leaf in leaves:
            assert leaf.exit is not None
            extra = tuple(leaf.state[k] for k in written)
            leaf.exit = Exit("return", scope, (*leaf.exit.payload, *extra))
        if not leaves:
            spec.result = None
            return
        templates: list[Template] | None = None
        for leaf in leaves:
            templates = lo.join_payloads(templates, leaf)
        assert templates is not None
        result, *others = templates
        if spec.result is not None:
            result = lo.join(spec.result, result, "the result")
        if result != spec.result or tuple(others) != spec.written:
            lo.facts.heap.changed = True
        spec.result, spec.written = result, tuple(others)
        finish(lo, spec, root, leaves, [result, *others], params, base)
    finally:
        lo.facts.leave_function()
        (lo.scope, lo.slot, lo.state, lo.b.stack, lo.loops, lo.tries, lo.inlining, lo.b.span) = (
            before
        )


def finish(
    lo: Lowering,
    spec: Specialisation,
    root: Slot,
    leaves: list[Slot],
    templates: list[Template],
    params: list[Value],
    base: Any,
) -> None:
    """Write the `return` of a function and put it into the program."""
    yields: dict[Slot, list[Value]] = {}
    types = [t for template in templates for t in leaf_types(template)]
    for leaf in leaves:
        with lo.into(leaf):
            assert leaf.exit is not None
            yields[leaf] = [
                v
                for payload, template in zip(leaf.exit.payload, templates, strict=True)
                for v in conform(lo, payload, template)
            ]
    values = lo.close_as_if(root, yields, types)
    with lo.into(root):
        lo.b.emit("return" if len(values) == len(types) else "unreachable", values)
    extra = [lo.facts.capture_parameter(spec, key) for key in spec.captures]
    root.pending.args = (*params, *extra)
    span = spec.code.source.span(spec.code.node)
    lo.functions[spec.name] = Function(spec.name, root.pending.finish(), (), span)
