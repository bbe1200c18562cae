"""From a lowered function to something that can be called: the driver of the compiler."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2s.codegen.python import print_program
from s2s.errors import BadArgnums, NoActiveInput, NonScalarOutput, Problem
from s2s.frontend.program import Lowered, lower_function, plain_function
from s2s.frontend.templates import TLeaf, TNode, TStatic
from s2s.ir.core import Program, Value
from s2s.ir.span import Span
from s2s.ir.types import DTYPES, Array, Fixed, ListOf, Record, Ref, Scalar, Tuple, Type
from s2s.runtime.dispatch import contiguous, meets
from s2s.runtime.reference import private
from s2s.transform.gradient import Request, is_floating, is_real_number, seeded_results
from s2s.transform.pipeline import (
    Snapshot,
    finish_fused,
    forward_stages,
    gradient_stages,
    split_main,
)

_numbers = itertools.count(1)
GENERATED: dict[str, Mapping[int, Span]] = {}


@dataclass
class Module:
    """A printed program, executed."""

    source: str
    function: Callable[..., Any]
    program: Program

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        """Run it; all that it returns, as a tuple."""
        found = self.function(*values)
        return (found,) if len(result_values(self.program)) == 1 else found


@dataclass
class Compiled:
    """A gradient for one signature."""

    lowered: Lowered
    stages: list[Snapshot]
    parts: tuple[Module, ...]
    active: tuple[int, ...]
    results: int
    seeds: tuple[bool, ...] = ()
    guards: list[tuple[Any, object]] = field(default_factory=list)

    def is_valid(self) -> bool:
        """Whether what the program captured still is what it was."""
        for where, expected in self.guards:
            try:
                found = where.fetch()
            except (KeyError, AttributeError, IndexError, ValueError):
                return False
            if found is not expected and not _same(found, expected):
                return False
        return True

    def values(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """What the parameters of the program are in a call."""
        found = []
        for k, p in enumerate(self.lowered.parameters):
            if p.kind == "capture":
                assert p.where is not None
                found.append(p.where.fetch())
                continue
            given = args[p.index] if p.kind == "arg" else kwargs[p.name]
            if k in self.lowered.writes:
                check_writable(given, p.name, self.lowered.writes[k])
            found.append(contiguous(given))
        return self.apart_from_captures(found)

    def apart_from_captures(self, values: list[Any]) -> list[Any]:
        """Arguments that are no captured objects: those are constants, though they be the same."""
        kinds = [p.kind == "capture" for p in self.lowered.parameters]
        captured = [v for v, is_captured in zip(values, kinds, strict=True) if is_captured]
        given = [v for v, is_captured in zip(values, kinds, strict=True) if not is_captured]
        if not captured or self.lowered.mutated or not meets(captured, given):
            return values
        copies = iter(private(given))
        return [
            v if is_captured else next(copies) for v, is_captured in zip(values, kinds, strict=True)
        ]

    def result(self, leaves: Sequence[Any]) -> Any:
        """The value that the user's function returned."""
        return rebuild(self.lowered.result, iter(leaves))


def check_writable(given: Any, name: str, span: Span) -> None:
    """Raise ValueError, as NumPy does, where the function writes to a read-only argument."""
    if isinstance(given, np.ndarray) and not given.flags.writeable:
        error = ValueError("assignment destination is read-only")
        error.add_note(f"in your function, which writes to `{name}`:\n{Problem('', span).where}")
        raise error


def _same(found: object, expected: object) -> bool:
    if isinstance(expected, type):
        return type(found) is expected
    if isinstance(expected, frozenset) and isinstance(found, set):  # it may have changed
        return found == expected
    return type(found) is type(expected) and isinstance(found, int | str) and found == expected


def rebuild(template: Any, values: Any) -> Any:
    """A Python value from a template of the front end and run-time values."""
    match template:
        case TLeaf():
            return next(values)
        case TStatic(obj):
            return obj
        case TNode(("tuple", cls, _), parts):
            items = [rebuild(p, values) for p in parts]
            return cls(*items) if cls is not None else tuple(items)
    return None


def seeds_of(template: Any, bar: Any, wanted: Any) -> Any:
    """Cotangents of the program's results out of a structure like the function's result."""
    match template:
        case TLeaf():
            if next(wanted):
                yield bar
        case TNode(("tuple", _, _), parts):
            for k, part in enumerate(parts):
                yield from seeds_of(part, None if bar is None else bar[k], wanted)


def rebuild_tangent(template: Any, dots: Any, wanted: Any) -> Any:
    """A structure like the function's result of the tangents of its parts, None where there is none."""
    match template:
        case TLeaf():
            return next(dots) if next(wanted) else None
        case TNode(("tuple", cls, _), parts):
            items = [rebuild_tangent(p, dots, wanted) for p in parts]
            return cls(*items) if cls is not None else tuple(items)
    return None


def execute(program: Program, header: str, name: str) -> Module:
    """Print a program, make a module of it, and keep its source for tracebacks and pdb."""
    printed = print_program(program, header=header)
    file = f"<s2s {name} {next(_numbers)}>"
    linecache.cache[file] = (
        len(printed.source), None, printed.source.splitlines(keepends=True), file,
    )  # fmt: skip
    GENERATED[file] = printed.line_spans
    namespace: dict[str, Any] = {s: program.symbols[s] for s in printed.symbols}
    namespace["__name__"] = "s2s_generated"
    exec(compile(printed.source, file, "exec"), namespace)
    return Module(printed.source, namespace[printed.names[program.entry]], program)


def active_parameters(
    function: Any, lowered: Lowered, argnums: Sequence[int | str], args: Sequence[Any]
) -> tuple[int, ...]:
    """Which parameters of the program the user means.  Raises BadArgnums, NoActiveInput."""
    from s2s.frontend.program import parameter_names

    names = parameter_names(function)
    found = []
    for wanted in argnums:
        index = names.index(wanted) if isinstance(wanted, str) and wanted in names else wanted
        if isinstance(index, int) and index < 0:
            index += len(args)
        for k, p in enumerate(lowered.parameters):
            if (p.kind == "arg" and p.index == index) or (p.kind == "keyword" and p.name == wanted):
                if not is_floating(lowered.program, lowered.program.main.body.args[k].type):
                    shown = described(lowered.program, lowered.program.main.body.args[k].type)
                    raise NoActiveInput.of(str(p.name), shown, place_of(function, p.name))
                found.append(k)
                break
        else:
            if isinstance(index, int) and 0 <= index < len(args):
                shown = type(args[index]).__name__
                name = names[index] if index < len(names) else f"argument {index}"
                raise NoActiveInput.of(name, shown, place_of(function, name))
            plain = plain_function(function)
            raise BadArgnums.of(wanted, plain.__name__, names, place_of(function, ""))
    return tuple(found)


def place_of(function: Any, parameter: str) -> Span:
    """Where a parameter stands in the definition of its function."""
    from s2s.frontend.calls import code_of

    code = code_of(plain_function(function))
    spec = code.node.args
    named = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)
    found = [a for a in named if a.id == parameter]
    return code.source.span(found[0] if found else code.node)


def described(program: Program, t: Type, sizes: Iterator[str] | None = None) -> str:
    """A type as users write it; ``sizes``: names for the lengths of axes."""
    names = axis_names() if sizes is None else sizes
    match t:
        case Ref(cls, rank):
            content = program.heap[cls]
            if isinstance(content, Array):
                return described(program, Array(content.dtype, rank), names)
            if isinstance(content, Fixed | ListOf):
                return "a list"
            if isinstance(content, Record) and content.cls != "dict":
                return f"a {content.cls}"
            return "a dict"
        case Array(dtype, rank):
            axes = "..." if rank is None else ", ".join(itertools.islice(names, rank))
            return f"{DTYPES[dtype]}[{axes}]"
        case Scalar(name):
            return DTYPES.get(name, name).rstrip("_")
        case Tuple(items):
            return f"({', '.join(described(program, i, names) for i in items)})"
    return {"none": "None"}.get(str(t), str(t))


def axis_names() -> Iterator[str]:
    """n, m, k, l, n1, n2, ...: nothing says that two lengths are equal, so no two are called the same."""
    yield from "nmkl"
    yield from (f"n{number}" for number in itertools.count(1))


def header_of(lowered: Lowered, name: str, what: str) -> str:
    """The docstring of a generated function."""
    parts = [f"{name}: {text}" for name, text in assumptions(lowered).items()]
    parts += [f"{name} = {value!r}" for name, value in lowered.fixed.items()]
    return f"{what} of {name}." + (f"\n\nAssumes {', '.join(parts)}.\n" if parts else "")


def assumptions(lowered: Lowered) -> dict[str, str]:
    """The type that each parameter of the program is specialised to."""
    program, parameters = lowered.program, [str(p.name) for p in lowered.parameters]
    sizes = (name for name in axis_names() if name not in parameters)
    pairs = zip(parameters, program.main.body.args, strict=True)
    return {name: described(program, value.type, sizes) for name, value in pairs}


def compile_gradient(
    function: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    argnums: Sequence[int | str],
    *,
    mode: str,
    pipeline: str,
    with_value: bool = True,
    aux: bool = False,
) -> Compiled:
    """Lower, differentiate, plan, print, execute.

    mode: "grad" one function, seed 1;  "vjp" a forward and a reverse function;  "fused" one function
    with the seeds as parameters;  "jvp" forward mode;  "primal" the function itself.
    """
    lowered = lower_function(function, args, kwargs)
    name = lowered.program.main.name
    active = active_parameters(function, lowered, argnums, args) if mode != "primal" else ()
    results = result_values(lowered.program)
    guards = [(where, obj) for where, obj in lowered.guards.values()]
    if lowered.program.main.body.terminator.kind == "unreachable":
        return compile_raising(lowered, active, guards, 2 if mode == "vjp" else 1)
    if mode == "grad":
        check_result(lowered, results, aux)
        request = Request(active, "first" if aux else "one", with_value)
    else:
        request = Request(active, "given", True)
    if mode in ("primal", "jvp"):
        return compile_forward(lowered, active, mode, pipeline, guards)
    stages = list(gradient_stages(lowered.program, lowered.mutated, request, pipeline))
    final = stages[-1].program
    wanted = tuple(seeded_results(lowered.program)) if mode != "grad" else ()
    what = f"Cotangents with respect to {', '.join(lowered.parameters[k].name for k in active)}"
    if mode == "vjp":
        count = len(results)
        forward, reverse = split_main(final, name, sum(wanted), count)
        forward_text = header_of(lowered, name, "Forward sweep")
        parts = (
            execute(forward, forward_text, name),
            execute(reverse, what + f" of {name}.", name),
        )
    else:
        parts = (execute(finish_fused(final), header_of(lowered, name, what), name),)
    kept = len(results) if with_value or mode != "grad" else 0
    return Compiled(lowered, stages, parts, active, kept, wanted, guards)


def check_result(lowered: Lowered, results: Sequence[Value], aux: bool) -> None:
    """`grad` needs one real number, or one first.  Raises NonScalarOutput."""
    program, template = lowered.program, lowered.result
    is_pair = isinstance(template, TNode) and len(template.parts) == 2
    first = template.parts[0] if aux and is_pair else template
    if (
        isinstance(first, TLeaf)
        and (not aux or is_pair)
        and is_real_number(program.heap, results[0].type)
    ):
        return
    if isinstance(template, TLeaf):
        shown = described(program, results[0].type)
    elif isinstance(template, TNode):
        rest = iter(results)
        parts = [
            described(program, next(rest).type) if isinstance(p, TLeaf) else p
            for p in template.parts
        ]
        shown = f"({', '.join(str(p) if isinstance(p, str) else '...' for p in parts)})"
    else:
        shown = lowered.shown
    place = lowered.returned_at or program.main.span
    raise NonScalarOutput.of(program.main.name, shown, place, aux=aux)


def compile_raising(
    lowered: Lowered, active: tuple[int, ...], guards: list[Any], count: int
) -> Compiled:
    """A program that raises on every path: its gradient raises the same."""
    stages = list(forward_stages(lowered.program, lowered.mutated, active, "promoted", "raising"))
    name = lowered.program.main.name
    part = execute(stages[-1].program, header_of(lowered, name, "Primal"), name)
    return Compiled(lowered, stages, (part,) * count, active, 0, (), guards)


def result_values(program: Program) -> tuple[Value, ...]:
    """What the entry function returns."""
    last = program.main.body.terminator
    return last.operands if last.kind == "return" else ()


def compile_forward(
    lowered: Lowered, active: tuple[int, ...], mode: str, pipeline: str, guards: list[Any]
) -> Compiled:
    """Forward mode, and the primal itself."""
    stages = list(forward_stages(lowered.program, lowered.mutated, active, pipeline, mode))
    name = lowered.program.main.name
    what = "Primal" if mode == "primal" else "Value and tangent"
    part = execute(stages[-1].program, header_of(lowered, name, what), name)
    wanted = tuple(seeded_results(lowered.program))
    return Compiled(
        lowered, stages, (part,), active, len(result_values(lowered.program)), wanted, guards
    )
