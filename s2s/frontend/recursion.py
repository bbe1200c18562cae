"""Functions that call themselves stay functions of the program.

Their parameters are the SSA values of their arguments, of the variables of enclosing functions and of
the captured names that they read; variables declared `nonlocal` come back as further results.  The
types of results are found by repetition: a call whose result is not yet known ends its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s2s.frontend.avals import UNBOUND, AVal
from s2s.frontend.calls import LoopBarrier, run_function_body
from s2s.frontend.lowering import Exit, Key, Lowering, Slot
from s2s.frontend.names import free_names
from s2s.frontend.scope import Code, Scope
from s2s.frontend.templates import Template, build, conform, leaf_types, template_of
from s2s.ir.core import Function, Value
from s2s.ir.types import Type
from s2s.pyast import gast

MAX_SPECIALISATIONS = 8
MAX_ATTEMPTS = 20


@dataclass(eq=False)
class Specialisation:
    """A recursive function for one kind of arguments; kept from one lowering to the next."""

    name: str
    code: Code
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
    outer = outer_variables(lo, code, parent, captured)
    given = {name: widest(lo, a) for name, a in bound.items()}
    around = {key: widest(lo, a) for key, a in outer.items()}
    key = (
        id(code.node),
        tuple(given.items()),
        tuple((k[1], t) for k, t in around.items()),
    )
    spec = lo.facts.specialisations.get(key)
    if spec is None:
        same = [s for s in lo.facts.specialisations.values() if s.code.node is code.node]
        if len(same) >= MAX_SPECIALISATIONS:
            lo.cannot_infer(
                f"{code.name}() calls itself with arguments of ever other types",
                "give each call arguments of the same types",
            )
        name = code.name if code.name.isidentifier() else "function"
        taken = {lo.facts.entry, *(s.name for s in lo.facts.specialisations.values())}
        while name in taken:
            name += "_"
        spec = lo.facts.specialisations[key] = Specialisation(name, code)
    if spec.done is not lo:
        spec.done = lo
        lower_function(lo, spec, given, around, parent)
    if any(frame.may_catch(tuple(spec.raises)) for frame in lo.tries):
        lo.refuse(
            f"{code.name}() calls itself, so exceptions that it raises cannot be caught here",
            "return a flag instead of raising",
        )
    lo.facts.may_raise(tuple(spec.raises))
    written = [k for k in outer if k[1] in nonlocal_names(code)]
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


def widest(lo: Lowering, aval: AVal) -> Template:
    """The template of an argument: numbers are never constants."""
    return template_of(lo, aval, loop=True)


def nonlocal_names(code: Code) -> set[str]:
    """Names that the function, or one inside it, declares `nonlocal`."""
    return {
        n for node in gast.walk(code.node) if isinstance(node, gast.Nonlocal) for n in node.names
    }


def outer_variables(
    lo: Lowering, code: Code, parent: Scope | None, captured: Mapping[str, AVal]
) -> dict[Key, AVal]:
    """Variables of enclosing activations that the function may read."""
    found: dict[Key, AVal] = {}
    if parent is None:
        return found
    pending, seen = sorted(free_names(code.node)), set()
    while pending:
        name = pending.pop(0)
        owner = parent.owner(name)
        if name in seen or owner is None or name in code.locals:
            continue
        seen.add(name)
        aval = lo.state.get((owner, name), captured.get(name, UNBOUND))
        if aval is UNBOUND or is_function(aval):
            continue
        found[(owner, name)] = aval
    return found


def is_function(aval: AVal) -> bool:
    """Whether this is a function, which is known and need not be passed."""
    from s2s.frontend.avals import Closure

    return isinstance(aval, Closure)


def lower_function(
    lo: Lowering,
    spec: Specialisation,
    given: Mapping[str, Template],
    around: Mapping[Key, Template],
    parent: Scope | None,
) -> None:
    """Lower the body of a recursive function as a function of the program."""
    code = spec.code
    scope = Scope(code, ("function", spec.name), parent, {}, parent)
    params: list[Value] = []

    def fresh(template: Template, name: str) -> list[Value]:
        values = [Value(t, name) for t in leaf_types(template)]
        params.extend(values)
        return values

    before = (lo.scope, lo.slot, lo.state, lo.b.stack, lo.loops, lo.tries, lo.inlining, lo.b.span)
    lo.facts.enter_function(spec)
    functions = {k: a for k, a in lo.state.items() if is_function(a)}
    root = Slot()
    lo.b.stack = [root.pending]
    lo.slot, lo.state, lo.scope = root, functions, scope
    lo.loops, lo.tries, lo.inlining = [LoopBarrier()], [], [*before[6], None]
    try:
        for name, template in given.items():
            lo.state[(scope, name)] = build(lo, template, iter(fresh(template, name)))
        for key, template in around.items():
            lo.state[key] = build(lo, template, iter(fresh(template, key[1])))
        written = [k for k in around if k[1] in nonlocal_names(code)]
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
