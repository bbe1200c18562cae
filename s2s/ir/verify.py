"""The verifier: every invariant of the intermediate representation, checked.

SSA
  - A value is defined once in the whole program: as a result, or as an argument of a block.
  - An operand is defined by an earlier operation of the same block, or of a block around it, or is
    an argument of one of these.  Results of an operation are not visible in its own regions.
  - Function bodies are closed: no value of another function is used.
  - Every block ends in a terminator, and terminators stand nowhere else.

Types
  - Operands, results and attributes of an operation are as `s2s.ir.signatures` says: their number,
    their classes, and how their types agree.  Types agree only if they are equal: what is widened
    (int to float, T to optional T) is widened by `widen`.
  - Conditions are bool (Python's, or NumPy's b1).
  - A `call` names a function of the program; arguments and results have the types of its parameters
    and of what it returns.
  - A function has one source for each parameter, or none at all; it is listed under its own name.
  - Attributes are str, int, float, complex, bool, None, types, and tuples of these.

Regions
  - An `if` has two regions, an `attempt` one; they end in `yield` with the types of the results
    (those of `attempt` are followed by `failed` and the exception), or in `unreachable`.
  - A loop has operands lo, hi, step (integers; only if `bounded`) and the initial values of what it
    carries; its body has the arguments index (int) and carried values; its results are the carried
    values, trips (int) and exit (int).  All carried types are equal.
  - The body of a loop is a decision tree: a block ends in `branch`, whose two regions are such
    blocks again, or in `yield`, `break`, `unreachable`.
    `yield` and `break` have the carried types.
  - `branch` and `break` stand nowhere else, least of all in an `if`; the body of a function ends in
    `return` or `unreachable`.

Memory
  - Each class that a reference names is in the heap table.
  - `load`, `store`, `view` and their like go through references.  The tokens of a path consume
    exactly the operands that are given.
  - What is read or written has the type of what lies there, as far as that is known: element or
    array, item of a list, field of a record, contents of a cell.  A complex number is never put
    where real ones lie.

Effects
  - `raise` is followed by `unreachable`.
  - Symbols that operations, handlers and heap classes name are in the symbol table.
  - `recall` and `undo` stand only in programs whose storage is still to be planned
    (``allow_recall``); a `recall` may name a value of any block; an `undo` names a store by its place in
    program order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from s2s.errors import InternalError, Problem
from s2s.ir.core import TERMINATORS, Attr, Block, Function, Op, Program, Value, walk
from s2s.ir.op_rules import Context, fits
from s2s.ir.paths import is_int
from s2s.ir.signatures import problems
from s2s.ir.span import Span
from s2s.ir.text import Names, op_text
from s2s.ir.types import (
    INT,
    Cell,
    Content,
    DictOf,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Tuple,
    Type,
)


class VerificationError(InternalError):
    """A program breaks invariants of the intermediate representation.

    >>> error = VerificationError.of("fold", "%1 = not %0 : int", "result 0 is int, not bool")
    >>> print(error.problems[0].message)
    s2s made a mistake in pass `fold` at `%1 = not %0 : int`: result 0 is int, not bool
    """

    code = "E901"


def verify(program: Program, stage: str = "", *, allow_recall: bool = False) -> None:
    """Check every invariant.

    stage: the pass that made ``program``;  allow_recall: storage is still to be planned
    Raises VerificationError with all violations.
    """
    found = violations(program, stage, allow_recall=allow_recall)
    if found:
        raise VerificationError.collect(found)


def violations(program: Program, stage: str = "", *, allow_recall: bool = False) -> list[Problem]:
    """All violations, in program order."""
    home = {
        value: function.name
        for function in program.functions.values()
        for value in _definitions(function)
    }
    defining = {
        value: op
        for function in program.functions.values()
        for op in walk(function.body)
        for value in op.results
    }
    shared = _Shared(program, Context(program, defining), home, stage or "verify", allow_recall)
    for reason in _program_problems(program):
        shared.report("program", reason)
    for name, function in program.functions.items():
        _FunctionCheck(shared, function).run(name)
    return shared.found


class _Shared:
    """What the checks of all functions have in common, and where they report."""

    def __init__(
        self,
        program: Program,
        context: Context,
        home: Mapping[Value, str],
        stage: str,
        allow_recall: bool,
    ) -> None:
        self.program, self.context, self.home = program, context, home
        self.stage, self.allow_recall = stage, allow_recall
        self.found: list[Problem] = []
        self.defined: set[Value] = set()

    def report(self, what: str, reason: str, span: Span | None = None) -> None:
        self.found += VerificationError.of(self.stage, what, reason, span).problems


@dataclass(frozen=True, slots=True)
class _Exits:
    """How a block may end; ``types``: what `yield` and `break` hand on."""

    where: str
    kinds: frozenset[str]
    types: tuple[Type, ...] = ()


class _FunctionCheck:
    """One walk over one function; ``visible`` holds the values that may be used."""

    def __init__(self, shared: _Shared, function: Function) -> None:
        self.shared, self.function = shared, function
        self.visible: set[Value] = set()

    @cached_property
    def names(self) -> Names:
        return Names.of(self.function)

    def run(self, key: str) -> None:
        name, sources = self.function.name, self.function.sources
        if key != name:
            self.report(None, f"it is listed as @{key}")
        if len(sources) not in (0, len(self.function.body.args)):
            self.report(None, f"{len(self.function.body.args)} parameters, {len(sources)} sources")
        ends = frozenset({"return", "unreachable"})
        self.block(self.function.body, _Exits("the body of a function", ends), None)

    def report(self, op: Op | None, reason: str) -> None:
        """Record that ``op`` (None: the function) violates something."""
        if op is None:
            self.shared.report(f"func @{self.function.name}", reason, self.function.span)
        else:
            text = op_text(op, self.names)
            self.shared.report(text, f"{reason} (in @{self.function.name})", op.span)

    # -------------------------------------------------------------------------------- blocks
    def block(self, block: Block, exits: _Exits, owner: Op | None) -> None:
        """Check ``block``, a region of ``owner``."""
        self.define(block.args, owner)
        for op in block.ops:
            self.op(op, exits)
        self.ending(block, exits, owner)
        self.visible.difference_update(block.args, *(op.results for op in block.ops))

    def ending(self, block: Block, exits: _Exits, owner: Op | None) -> None:
        last = block.ops[-1] if block.ops else None
        if last is None or last.kind not in TERMINATORS:
            self.report(last or owner, f"{exits.where} ends without a terminator")
        for op, following in zip(block.ops, block.ops[1:], strict=False):
            if op.kind in TERMINATORS:
                self.report(op, "a terminator stands before the end of its block")
            if op.kind == "raise" and following.kind != "unreachable":
                self.report(op, "`raise` is not followed by `unreachable`")

    def op(self, op: Op, exits: _Exits) -> None:
        for value in op.operands:
            if value not in self.visible and not self.is_recalled(op, value):
                self.report(op, f"operand {self.names[value]} {self.why_hidden(value)}")
        for reason in (*problems(op, self.shared.context), *self.attr_problems(op)):
            self.report(op, reason)
        if op.kind in TERMINATORS:
            self.terminator(op, exits)
        if op.kind in ("recall", "undo") and not self.shared.allow_recall:
            self.report(op, "it may not stand in a program whose storage is planned")
        inner = _exits_of(op, exits)
        if op.kind == "loop" and len(op.regions) == 1:
            self.loop(op)
        for region in op.regions:
            self.block(region, inner, op)
            if op.kind != "loop" and region.args:
                self.report(op, "its region has arguments")
        self.define(op.results, op)

    def is_recalled(self, op: Op, value: Value) -> bool:
        """Whether this asks for a value that was defined earlier, in whatever block."""
        return op.kind == "recall" and self.shared.home.get(value) == self.function.name

    def why_hidden(self, value: Value) -> str:
        home = self.shared.home.get(value)
        if home is None:
            return "is defined nowhere"
        if home != self.function.name:
            return f"belongs to @{home}, and function bodies are closed"
        return "is used where its definition is not visible"

    def define(self, values: Iterable[Value], op: Op | None) -> None:
        for value in values:
            if value in self.shared.defined:
                self.report(op, f"{self.names[value]} is defined twice")
            for cls in _classes(value.type):
                if cls not in self.shared.program.heap:
                    self.report(op, f"{self.names[value]} is &{cls}, not a class of the heap")
            self.shared.defined.add(value)
            self.visible.add(value)

    # --------------------------------------------------------------------------- control flow
    def terminator(self, op: Op, exits: _Exits) -> None:
        if op.kind not in exits.kinds:
            allowed = ", ".join(f"`{kind}`" for kind in sorted(exits.kinds))
            self.report(op, f"{exits.where} ends in one of {allowed}")
        elif op.kind in ("yield", "break"):
            self.agree(op, "what it hands on", [v.type for v in op.operands], exits.types)

    def loop(self, op: Op) -> None:
        (body,) = op.regions
        n_bounds = 3 if op.attrs.get("bounded") else 0
        carried = _exits_of(op, None).types
        for value in op.operands[:n_bounds]:
            if not is_int(value.type):
                self.report(op, f"bound {self.names[value]} is {value.type}, not an integer")
        self.agree(op, "initial values", [v.type for v in op.operands[n_bounds:]], carried)
        self.agree(op, "arguments of the body", [v.type for v in body.args], (INT, *carried))
        self.agree(op, "results", [v.type for v in op.results], (*carried, INT, INT))

    def agree(self, op: Op, what: str, actual: Sequence[Type], wanted: Sequence[Type]) -> None:
        if len(actual) != len(wanted) or not all(map(fits, actual, wanted)):
            self.report(op, f"{what}: ({_listed(actual)}), not ({_listed(wanted)})")

    # ----------------------------------------------------------------------------- attributes
    def attr_problems(self, op: Op) -> Iterator[str]:
        for key, value in op.attrs.items():
            if not is_attr(value):
                yield f"attribute `{key}` is of type {type(value).__name__}"
            for cls in _attr_classes(value):
                if cls not in self.shared.program.heap:
                    yield f"attribute `{key}` names &{cls}, not a class of the heap"
        for symbol in _symbols(op):
            if symbol not in self.shared.program.symbols:
                yield f"{symbol!r} is not in the symbol table"


def is_attr(value: Attr) -> bool:
    """True for what an attribute may be."""
    if isinstance(value, tuple):
        return all(map(is_attr, value))
    return isinstance(value, Type) or type(value) in _ATTRS


_ATTRS = (str, int, float, complex, bool, type(None))


def _exits_of(op: Op, around: _Exits | None) -> _Exits:
    """How the regions of ``op`` may end."""
    types = tuple(v.type for v in op.results)
    if op.kind == "branch" and around is not None:
        return around
    if op.kind == "loop":
        kinds = frozenset({"yield", "break", "branch", "unreachable"})
        return _Exits("a block of a loop's decision tree", kinds, types[:-2])
    kinds = frozenset({"yield", "unreachable"})
    return _Exits(f"a region of `{op.kind}`", kinds, types[:-2] if op.kind == "attempt" else types)


# -------------------------------------------------------------------------------- whole programs
def _program_problems(program: Program) -> Iterator[str]:
    if program.entry not in program.functions:
        yield f"the entry @{program.entry} is not one of its functions"
    for number, content in program.heap.items():
        for cls in _classes_in(content):
            if cls not in program.heap:
                yield f"heap class &{number} holds &{cls}, not a class of the heap"
        if isinstance(content, Record) and content.cls not in ("dict", *program.symbols):
            yield f"heap class &{number}: {content.cls!r} is not in the symbol table"


def _definitions(function: Function) -> Iterator[Value]:
    yield from function.body.args
    for op in walk(function.body):
        yield from op.results
        for region in op.regions:
            yield from region.args


def _classes_in(content: Content | Type) -> Iterator[int]:
    """The heap classes of the references that lie in ``content``."""
    match content:
        case ListOf(item) | Cell(item):
            inner: tuple[Type | None, ...] = (item,)
        case Fixed(items):
            inner = items
        case Record(_, fields):
            inner = tuple(t for _, t in fields)
        case DictOf(key, value):
            inner = (key, value)
        case Type():
            inner = (content,)
    for t in inner:
        if t is not None:
            yield from _classes(t)


def _classes(t: Type) -> Iterator[int]:
    match t:
        case Ref(cls):
            yield cls
        case Tuple(items):
            for item in items:
                yield from _classes(item)
        case Optional(item):
            yield from _classes(item)


def _attr_classes(value: Attr) -> Iterator[int]:
    if isinstance(value, Type):
        yield from _classes(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _attr_classes(item)


def _symbols(op: Op) -> Iterator[str]:
    """The names of Python objects that ``op`` mentions."""
    if isinstance(symbol := op.attrs.get("symbol"), str):
        yield symbol
    if op.kind == "attempt" and isinstance(handlers := op.attrs.get("handlers"), tuple):
        for classes in handlers:
            yield from classes


def _listed(things: Iterable[object]) -> str:
    return ", ".join(map(str, things))
