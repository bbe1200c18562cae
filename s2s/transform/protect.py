"""Protecting the caller: arguments that the function writes to are copied at entry.

In:   a program and the object classes that it writes to.
Out:  the same program, whose parameters of these classes are private copies.  Arguments that may be the
      same object or overlap are copied together, so that they still do.
Cost: one walk.

before:  store %x, %i, %v                after:  %0 = load %x
                                                 %1 = copy %0
                                                 %2 = alloc %1
                                                 store %2, %i, %v
"""

from __future__ import annotations

from dataclasses import replace

from s2s.analysis.activity import classes_of, reachable
from s2s.ir.builder import Builder
from s2s.ir.core import Block, Program, Value
from s2s.ir.rewrite import substitute
from s2s.ir.types import Array, Ref


def protect_arguments(program: Program, mutated: frozenset[int]) -> Program:
    """The pass."""
    main = program.main
    touched = {p: reachable(program, classes_of(p.type)) for p in main.body.args}
    written = [p for p, classes in touched.items() if classes & mutated]
    if not written:
        return program
    b = Builder()
    mapping: dict[Value, Value] = {}
    with b.block(main.body.args) as pending:
        b.span = main.span
        together = []
        for p in written:
            shared = any(touched[p] & touched[q] for q in main.body.args if q is not p)
            if (
                isinstance(p.type, Ref)
                and isinstance(program.heap[p.type.cls], Array)
                and not shared
            ):
                content = Array(program.heap[p.type.cls].dtype, p.type.rank)  # type: ignore[union-attr]
                loaded = b.value("load", (p,), content, p.name, path=())
                copied = b.value("copy", (loaded,), content, p.name)
                mapping[p] = b.value("alloc", (copied,), p.type, p.name)
            else:
                together.append(p)
        if together:
            group = set().union(*(touched[p] for p in together))
            together = [p for p in main.body.args if touched[p] & group and p not in mapping]
            op = b.emit("private", together, [p.type for p in together])
            for p, copy in zip(together, op.results, strict=True):
                copy.name = p.name
                mapping[p] = copy
    body = Block(main.body.args, (*pending.ops, *substitute(main.body, mapping).ops))
    return replace(program, functions={**program.functions, main.name: replace(main, body=body)})
