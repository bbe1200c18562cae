"""Protecting the caller: arguments that the function writes to are copied at entry.

In:   a program and the object classes that it writes to.
Out:  the same program, which works on private copies of parameters of these classes.  Arguments that may be the
      same object or overlap are copied together, so that they still do.
Cost: one walk.

before:  store %x, %i, %v                after:  %0 = load %x
                                                 %1 = copy %0
                                                 %2 = alloc %1
                                                 store %2, %i, %v
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from s2s.analysis.activity import classes_of, reachable
from s2s.ir.builder import Builder
from s2s.ir.core import Block, Program, Value
from s2s.ir.rewrite import substitute
from s2s.ir.types import Array, Content, Ref, Type


def protect_arguments(program: Program, mutated: frozenset[int]) -> Program:
    """The pass."""
    main = program.main
    touched = {p: reachable(program, classes_of(p.type)) for p in main.body.args}
    written = [p for p, classes in touched.items() if classes & mutated]
    if not written:
        return program
    b = Builder()
    heap = dict(program.heap)
    mapping: dict[Value, Value] = {}
    given: dict[Value, Value] = {}
    params = main.body.args
    together = [p for p in written if not is_alone(p, touched, program.heap)]
    with b.block() as pending:
        b.span = main.span
        for p in written:
            if p not in together:
                given[p], mapping[p] = copied(b, p, heap)
        if together:
            group = set().union(*(touched[p] for p in together))
            together = [p for p in params if touched[p] & group and p not in mapping]
            op = b.emit("private", together, [p.type for p in together])
            for p, copy in zip(together, op.results, strict=True):
                copy.name = p.name
                mapping[p] = copy
    args = tuple(given.get(p, p) for p in params)
    body = Block(args, (*pending.ops, *substitute(main.body, mapping).ops))
    functions = {**program.functions, main.name: replace(main, body=body)}
    return replace(program, functions=functions, heap=heap)


def is_alone(
    p: Value, touched: Mapping[Value, set[int]], heap: Mapping[int, Content | Type]
) -> bool:
    """Whether a parameter is an array that can be reached through no other parameter."""
    if not isinstance(p.type, Ref) or not isinstance(heap[p.type.cls], Array):
        return False
    return not any(touched[p] & touched[q] for q in touched if q is not p)


def copied(b: Builder, p: Value, heap: dict[int, Content | Type]) -> tuple[Value, Value]:
    """The parameter, an array of a class of its own that nobody writes to, and its copy."""
    assert isinstance(p.type, Ref)
    content = heap[p.type.cls]
    assert isinstance(content, Array)
    number = max(heap) + 1
    heap[number] = content
    given = Value(Ref(number, p.type.rank), p.name)
    loaded = b.value("load", (given,), Array(content.dtype, p.type.rank), p.name, path=())
    copy = b.value("copy", (loaded,), loaded.type, p.name)
    return given, b.value("alloc", (copy,), p.type, p.name)
