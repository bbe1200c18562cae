"""What a gradient records: `report` says the fate of each value that its reverse sweep reads.

>>> import numpy as np
>>> from s2s import grad
>>> def f(x):
...     s = 1.0
...     for v in x:
...         s = np.sin(s * v)
...     return s
>>> tape = grad(f).tape(np.ones(5))
>>> tape.bytes
40
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2s.analysis.affine import Axis, Clip, Form, Part, form_of
from s2s.analysis.counting import Polynomial, number, polynomial, summed
from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Place, Survey
from s2s.codegen.python.printer import print_program
from s2s.compiled import Compiled
from s2s.ir.core import Block, Function, Op, Program, Value
from s2s.ir.types import Array, Tuple, Type
from s2s.transform.dce import remove_dead_code
from s2s.transform.plan_storage import Plan, plan_function

NUMBER = 8
FATES = {"load": "reloaded", "const": None, "symbol": None, "undef": None}


@dataclass(frozen=True)
class Entry:
    """One value that the reverse sweep reads, or one store that it undoes.

    fate     "saved", "undone" (what the store overwrites is saved), "reloaded", "recomputed", "kept"
    formula  bytes as a formula in the sizes, None where nothing is saved
    bytes    bytes that were on the tape in a run with the arguments given
    """

    value: str
    line: int
    fate: str
    formula: str | None = None
    bytes: int = 0

    def __str__(self) -> str:
        size = f"{self.bytes:>12,}  = {self.formula}" if self.formula is not None else ""
        return f"{self.line:>5}  {self.value:<16} {self.fate:<11} {size}".rstrip()


@dataclass(frozen=True)
class Tape:
    """What one gradient records for one set of arguments; ``str`` makes a table of it."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def bytes(self) -> int:
        """Bytes of numbers on all tapes together."""
        return sum(entry.bytes for entry in self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __str__(self) -> str:
        head = f"{self.name} records {self.bytes:,} bytes"
        if not self.entries:
            return head
        title = f"{'line':>5}  {'value':<16} {'fate':<11} {'bytes':>12}"
        return "\n".join([head, title, *map(str, self.entries)])


def report(compiled: Compiled, args: Sequence[Any], kwargs: dict[str, Any]) -> Tape:
    """The plan of the entry function, and what a run with these arguments really records."""
    program = next(s.program for s in compiled.stages if s.stage == "adjoint")
    plan = plan_function(program)
    sizes = measured(plan, program, compiled.values(args, kwargs))
    describe = Describer(plan)
    entries = [*describe.saved(sizes), *describe.found()]
    entries.sort(key=lambda e: (e.fate not in ("saved", "undone"), e.line, e.value))
    return Tape(compiled.lowered.program.main.name, tuple(entries))


# ---------------------------------------------------------------------------------------- measuring
def measured(plan: Plan, program: Program, values: list[Any]) -> dict[Value, int]:
    """Bytes recorded of each value, in a run of the forward sweep."""
    if len(program.functions) > 1:
        return {}
    writer, ops = plan.writer, plan.function.body.ops
    at = next(k for k, op in enumerate(ops) if op.kind == "reverse")
    places = list(writer.tapes)
    top = [writer.copies.get(v, v) for v in writer.saved.get(plan.planner.survey.places[0], ())]
    last = Op("return", (*(writer.tapes[p] for p in places), *top))
    args = plan.function.body.args[: len(values)]
    forward = remove_dead_code(Function("forward", Block(args, (*ops[:at], last))))
    printed = print_program(Program("forward", {"forward": forward}, plan.heap, program.symbols))
    namespace: dict[str, Any] = {s: program.symbols[s] for s in printed.symbols}
    exec(compile(printed.source, "<s2s tape>", "exec"), namespace)
    found = namespace[printed.names["forward"]](*values)
    if len(places) + len(top) < 2:
        found = (found,) * (len(places) + len(top))
    sizes: dict[Value, int] = {}
    for place, tape in zip(places, found, strict=False):
        fields = list(writer.saved[place])
        for k, value in enumerate(fields):
            sizes[value] = sizes.get(value, 0) + sum(
                size_of(entry if len(fields) == 1 else entry[k]) for entry in tape
            )
    for value, kept in zip(writer.saved.get(plan.planner.survey.places[0], ()), found[len(places) :],
                           strict=True):  # fmt: skip
        sizes[value] = sizes.get(value, 0) + size_of(kept)
    return sizes


def size_of(value: Any) -> int:
    """Bytes of numbers; a reference counts as one."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, tuple):
        return sum(map(size_of, value))
    return value.nbytes if isinstance(value, np.generic) else NUMBER


# --------------------------------------------------------------------------------------- describing
class Describer:
    """Says in words and formulas what a plan holds."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.survey: Survey = plan.planner.survey
        self.shapes: Shapes = plan.planner.shapes

    def saved(self, sizes: dict[Value, int]) -> Iterator[Entry]:
        """What is saved, and what stores overwrite."""
        writer = self.plan.writer
        shapes = {made: v.name or "" for v, made in self.plan.planner.outlines.saved.items()}
        olds = {old: position for position, old in writer.olds.items()}
        for place, values in writer.saved.items():
            for value in values:
                if value in olds:
                    op: Op | None = self.survey.op_at[olds[value]]
                    dims = self.shapes.parts.get(id(op))
                    name = op.operands[0].name if op is not None else None
                else:
                    op, dims = self.survey.defining.get(value), self.shapes.dims.get(value)
                    name = value.name if value not in shapes else f"shape ({shapes[value]})"
                formula = self.formula(place, value.type, dims)
                fate = "undone" if value in olds else "saved"
                line = self.line(op, place)
                yield Entry(name or self.described(op), line, fate, formula, sizes.get(value, 0))

    def found(self) -> Iterator[Entry]:
        """What is found again."""
        fates = self.plan.fates
        for value, source in fates.sources.items():
            if value in fates.saved or source.kind in ("const", "symbol", "undef"):
                continue
            fate = "reloaded" if source.kind == "load" else "recomputed"
            op = self.survey.defining[value]
            yield Entry(value.name or self.described(op), self.line(op, None), fate)

    def line(self, op: Op | None, place: Place | None) -> int:
        """The user's line."""
        if op is None and place is not None:
            op = place.holder
        return 0 if op is None else op.span.line

    def described(self, op: Op | None) -> str:
        """A value without a name."""
        if op is None:
            return "?"
        if op.kind in ("load", "store") and op.operands[0].name:
            return f"{op.operands[0].name}[...]"
        return str(op.attrs.get("via", op.kind))

    def formula(self, place: Place, t: Type, dims: tuple[Form, ...] | None) -> str:
        """Bytes of all that is saved of a value."""
        body = number(item_size(t))
        if isinstance(t, Array):
            for size in dims or ():
                body = body * polynomial(self.inside(size))
        for loop in reversed(place.loops):
            body = self.over(loop, body)
        text = body.written(self.name)
        return f"{text} * size" if isinstance(t, Array) and dims is None else text

    def inside(self, size: Form) -> Form:
        """The length of a slice by its bounds, which are taken to lie inside of the axis."""
        total = Form(size.constant)
        for atom, factor in size.terms:
            part = form_of(atom)
            if isinstance(atom, Part) and abs(atom.bounds[2]) == 1:
                low, high, step = atom.bounds
                low, high = (low, high) if step == 1 else (high, low)
                ends = [low or Form(0), high or atom.axis]
                if step == 1 or atom.bounds[:2] == (None, None):
                    part = ends[1] - ends[0]
                else:
                    part = (ends[1] - ends[0]) if low is not None else ends[1] + Form(1)
            total += part * factor
        return total

    def over(self, loop: Place, body: Polynomial) -> Polynomial:
        """The sum over the iterations of a loop."""
        op = loop.holder
        assert op is not None
        index = loop.block.args[0]
        if op.attrs["bounded"]:
            low, high, step = map(self.shapes.form, op.operands[:3])
            if step == Form(-1):
                low, high, step = high + Form(1), low + Form(1), Form(1)
            if step == Form(1):
                found = summed(body, index, low, high)
                if found is not None:
                    return found
        return body * Polynomial({((op.results[-2], 1),): number(1).terms[()]})

    def name(self, atom: Any) -> str:
        """How an atom is written."""
        match atom:
            case Axis(array, k):
                shown = array.name or "array"
                one = getattr(array.type, "rank", None) == 1
                return f"len({shown})" if one else f"{shown}.shape[{k}]"
            case Clip(form):
                return f"max({polynomial(form).written(self.name)}, 0)"
            case Part(axis, (low, high, step)):
                bounds = [(b and polynomial(b).written(self.name)) or "" for b in (low, high)]
                inside = polynomial(axis).written(self.name)
                return f"len(range({inside})[{':'.join(bounds)}:{step}])"
            case Value():
                op = self.survey.defining.get(atom)
                if op is not None and op.kind == "loop":
                    return f"trips_{op.span.line}"
                return atom.name or f"number_{op.span.line if op is not None else 0}"
        return str(atom)


def item_size(t: Type) -> int:
    """Bytes of one number of a type."""
    if isinstance(t, Tuple):
        return sum(map(item_size, t.items))
    name = getattr(t, "dtype", getattr(t, "name", ""))
    digits = str(name)[1:]
    return max(1, int(digits) // 8) if digits.isdigit() else 16 if name == "complex" else NUMBER
