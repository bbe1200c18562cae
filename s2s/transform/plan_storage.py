"""Storage planning: what becomes of each primal value that the reverse sweep reads.

In:   a function with a forward sweep, the mark `reverse`, and a reverse sweep with `recall`, `undo`
      and `mirror`.
Out:  the same function without them.  Each recalled value is
        kept       it is at hand: defined at the top level and never changed afterwards
        recomputed from what is at hand
        reloaded   from memory, which still holds it, or holds it again, at that point of the reverse sweep
        saved      on a tape: one for each block of the forward sweep, its entry the tuple of all values
                   that are saved there
      A store is undone (what it overwrote is saved and put back) only where a reload needs it.  Of arrays
      whose shape alone is asked only the shape is saved.
Cost: near-linear in the number of operations and demands, and a bounded number of dependence tests.

The parts: `storage.memory` says what memory holds, with the dependence test of `analysis.dependence`;
`storage.cut` chooses what to save by one minimum cut over the `storage.costs`; `storage.fates` follows demands
to their fates; `storage.writer` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from s2s.ir.core import Block, Function, Op, Program
from s2s.ir.types import Content, Ref, Type
from s2s.transform.dce import remove_dead_code, remove_dead_reverse
from s2s.transform.heap import HeapTable
from s2s.transform.storage.fates import Fates
from s2s.transform.storage.memory import READS, WRITES, is_undone
from s2s.transform.storage.planner import Callees, Planner
from s2s.transform.storage.writer import Writer


@dataclass(frozen=True)
class Plan:
    """What was decided for one function, and the function that came of it."""

    planner: Planner
    fates: Fates
    writer: Writer
    function: Function
    heap: Mapping[int, Content | Type]


def plan_storage(program: Program, heap: Any = None) -> Program:
    """The pass, on every function that has a reverse sweep.

    heap: where new object classes are entered; by default a table of the program's own.
    """
    heap = HeapTable(program.heap) if heap is None else heap
    functions = {}
    for name, function in program.functions.items():
        if any(op.kind == "reverse" for op in function.body.ops):
            function = remove_dead_code(plan_function(program, name, heap).function)
        functions[name] = function
    return replace(program, functions=functions, heap=heap)


def plan_function(program: Program, name: str | None = None, heap: Any = None) -> Plan:
    """The plan of one function, by default of the entry."""
    heap = HeapTable(program.heap) if heap is None else heap
    others = [f for f in program.functions.values() if f.name != program.entry]
    questions = (is_undone, lambda op: op.kind in WRITES, lambda op: op.kind in READS)
    callees = Callees(*(frozenset(touched(others, asked)) for asked in questions))
    function = remove_dead_reverse(program.functions[name or program.entry])
    planner = Planner(function, heap, callees)
    fates = planner.plan()
    writer = Writer(planner, fates, heap)
    return Plan(planner, fates, writer, writer.run(), heap)


def touched(functions: list[Function], asked: Callable[[Op], bool]) -> Iterator[int]:
    """Classes of the objects to which operations of a kind are applied in forward sweeps."""
    for function in functions:
        for op in forward_ops(function.body):
            if asked(op) and isinstance(op.operands[0].type, Ref):
                yield op.operands[0].type.cls


def forward_ops(block: Block) -> Iterator[Op]:
    """All operations before the mark between the sweeps."""
    for op in block.ops:
        if op.kind == "reverse":
            return
        yield op
        for region in op.regions:
            yield from forward_ops(region)
