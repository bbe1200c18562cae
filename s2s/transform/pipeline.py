"""The order of the passes, read from top to bottom.

Each stage has a name, by which `ssa(..., stage=NAME)` shows what it leaves behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from s2s.ir.core import Block, Function, Op, Program
from s2s.ir.verify import verify
from s2s.transform.algebra import simplify_algebra
from s2s.transform.augment import augment
from s2s.transform.common import share_common
from s2s.transform.dce import remove_dead
from s2s.transform.fold import fold
from s2s.transform.forward import tangent_program
from s2s.transform.gradient import Request, cut, gradient, split_recursive
from s2s.transform.plan_storage import plan_storage
from s2s.transform.promote import promote
from s2s.transform.protect import protect_arguments
from s2s.transform.scalars import replace_by_scalars
from s2s.transform.stretch import unstretch

PIPELINES = ("reference", "promoted", "optimised")
STAGES = ("frontend", "protect", "promote", "adjoint", "storage", "final")

Pass = Callable[[Program], Program]
# Before and after differentiation, in this order.
SIMPLIFICATIONS: tuple[Pass, ...] = (
    fold,
    replace_by_scalars,
    unstretch,
    simplify_algebra,
    share_common,
    augment,
    remove_dead,
)


@dataclass(frozen=True)
class Snapshot:
    """A program after a stage."""

    stage: str
    program: Program


def run(passes: Iterable[Pass], program: Program) -> Program:
    """Apply passes in order; under ``S2S_VERIFY=1`` what each leaves behind is verified.

    Raises VerificationError, which names the pass, the operations and the user's lines.
    """
    for step in passes:
        program = step(program)
        verified(program, step.__name__)
    return program


def verified(program: Program, after: str, *, allow_recall: bool = False) -> Program:
    """``program``, checked under ``S2S_VERIFY=1``."""
    if os.environ.get("S2S_VERIFY", "0") not in ("", "0"):
        verify(program, after, allow_recall=allow_recall)
    return program


def primal_stages(
    program: Program, mutated: frozenset[int], pipeline: str, *, copies: bool = True
) -> Iterator[Snapshot]:
    """From what the front end gives to what is differentiated; ``copies``: arguments stay as they are."""
    yield Snapshot("frontend", verified(program, "frontend"))
    if copies:
        program = verified(protect_arguments(program, mutated), "protect_arguments")
    program = run((remove_dead,), program)
    yield Snapshot("protect", program)
    if pipeline != "reference":
        program = run((promote, remove_dead), program)
        if pipeline == "optimised":
            program = run(SIMPLIFICATIONS, program)
        yield Snapshot("promote", program)


def gradient_stages(
    program: Program, mutated: frozenset[int], request: Request, pipeline: str
) -> Iterator[Snapshot]:
    """The program after each stage, from the front end's to the one that is printed."""
    for snapshot in primal_stages(program, mutated, pipeline):
        yield snapshot
        primal = snapshot.program
    program = verified(gradient(primal, request), "gradient", allow_recall=True)
    yield Snapshot("adjoint", program)
    program = split_functions(plan_storage(program), primal)
    yield Snapshot("storage", verified(program, "plan_storage"))
    if pipeline == "optimised":
        program = run(SIMPLIFICATIONS, program)
    yield Snapshot("final", program)


def forward_stages(
    program: Program, mutated: frozenset[int], active: tuple[int, ...], pipeline: str, mode: str
) -> Iterator[Snapshot]:
    """As `gradient_stages`, for forward mode ("jvp") and the primal itself ("primal")."""
    for snapshot in primal_stages(program, mutated, pipeline, copies=mode != "primal"):
        yield snapshot
        program = snapshot.program
    if mode == "jvp":
        program = verified(tangent_program(program, active), "tangent_program")
        program = run((remove_dead,), program)
        yield Snapshot("adjoint", program)
    if pipeline == "optimised":
        program = run(SIMPLIFICATIONS, program)
    yield Snapshot("final", program)


def split_functions(program: Program, primal: Program) -> Program:
    """Recursive functions become pairs."""
    functions = dict(program.functions)
    for name in list(functions):
        if name == program.entry:
            continue
        original = primal.functions[name]
        returned = original.body.terminator.operands
        pair = split_recursive(program, name, len(original.body.args), len(returned))
        del functions[name]
        functions.update(pair)
    return replace(program, functions=functions)


def finish_fused(program: Program) -> Program:
    """A gradient in one function: the mark between the sweeps becomes a comment."""
    main = program.main
    ops = []
    for op in main.body.ops:
        ops.append(Op("comment", (), (), {"text": "reverse sweep"}) if op.kind == "reverse" else op)
    body = Block(main.body.args, tuple(ops))
    return replace(program, functions={**program.functions, main.name: replace(main, body=body)})


def split_main(program: Program, name: str, seeds: int, results: int) -> tuple[Program, Program]:
    """A gradient in two functions: forward returns results and residuals, reverse takes them.

    seeds: how many of the last parameters are cotangents;  results: how many of the returned values
    are results of the primal.
    """
    main = program.main
    before, after, crossing = cut(main)
    own = main.body.args[: len(main.body.args) - seeds]
    given = main.body.args[len(own) :]
    returned = main.body.terminator.operands
    handed = [v for v in crossing if v not in given]
    before = [defined(op) for op in before]
    ret = Op("return", (*returned[:results], *handed), (), {}, (), main.span)
    forward = Function(f"{name}_fwd", Block(own, (*before, ret)), (), main.span)
    ret = Op("return", returned[results:], (), {}, (), main.span)
    reverse = Function(f"{name}_rev", Block((*handed, *given), (*after, ret)), (), main.span)
    rest: Mapping[str, Function] = {
        n: f for n, f in program.functions.items() if n != program.entry
    }
    return (
        replace(program, entry=forward.name, functions={forward.name: forward, **rest}),
        replace(program, entry=reverse.name, functions={reverse.name: reverse, **rest}),
    )


def defined(op: Op) -> Op:
    """An operation of a forward sweep whose values are handed over: unbound ones are None."""
    if op.kind == "undef":
        return Op("const", (), op.results, {"value": None}, (), op.span)
    if not op.regions:
        return op
    regions = tuple(Block(r.args, tuple(map(defined, r.ops))) for r in op.regions)
    return replace(op, regions=regions)
