"""Common subexpressions: what was computed before in the same or an enclosing block is used again.

In:   a function.
Out:  the same function without repeated pure operations, constants, shapes, views and shadows; a load is
      repeated only if something may have written to its object since.  New arrays of zeros, ones or
      anything else that is no computation are not shared: making two is cheaper than copying one.
      Licence: exact.
Cost: one walk.

before:  %1 = load %a, %i             after:  %1 = load %a, %i
         %2 = load %a, %i                     %3 = multiply %1, %1
         %3 = multiply %1, %2
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2s import kernels
from s2s.ir.core import Block, Function, Op, Program, Value, walk
from s2s.ir.types import Array, Ref, Scalar

PURE = frozenset({"const", "symbol", "dim", "shape", "view", "shadow", "not", "is_none", "item",
                  "bool_of", "range_len", "int_max", "int_min", "ndim", "size"})  # fmt: skip
BLANK = frozenset({"zeros_like", "ones_like", "empty_like", "full_like"})
WRITES = frozenset({"store", "accum", "accum_at"})
BARRIERS = frozenset({"call", "pycall", "list_back", "array_back", "unview", "seed"})


def share_common(program: Program) -> Program:
    """The pass, on every function."""
    functions = {n: Sharer(program).function(f) for n, f in program.functions.items()}
    return replace(program, functions=functions)


class Sharer:
    """One walk in program order; a table of what is at hand for each open block."""

    def __init__(self, program: Program) -> None:
        self.heap = program.heap
        self.tables: list[dict[Any, Value]] = []
        self.values: dict[Value, Value] = {}
        self.epochs: dict[int, int] = {}
        self.clock = 0

    def function(self, function: Function) -> Function:
        """Rebuild a function."""
        return replace(function, body=self.block(function.body))

    def block(self, block: Block) -> Block:
        """Rebuild a block."""
        self.tables.append({})
        ops: list[Op] = []
        for op in block.ops:
            self.op(op, ops)
        self.tables.pop()
        return Block(block.args, tuple(ops))

    def op(self, op: Op, ops: list[Op]) -> None:
        """Keep an operation or use an earlier result."""
        operands = tuple(self.values.get(v, v) for v in op.operands)
        if op.regions:
            self.touch_all(op)
            regions = tuple(self.region(op, r) for r in op.regions)
            self.touch_all(op)
            ops.append(replace(op, operands=operands, regions=regions))
            return
        new = replace(op, operands=operands) if operands != op.operands else op
        key = self.key(new)
        if key is not None:
            for table in reversed(self.tables):
                if key in table:
                    found = self.values[op.result] = table[key]
                    if op.kind not in ("const", "load") and not found.name:
                        found.name = op.result.name
                    return
            self.tables[-1][key] = op.result
        self.touch(new)
        ops.append(new)

    def region(self, op: Op, region: Block) -> Block:
        """A region; a loop body may have written what it reads."""
        return self.block(region)

    def key(self, op: Op) -> Any:
        """What makes two operations the same; None if they never are."""
        if len(op.results) != 1:
            return None
        row = kernels.row(op.kind)
        attrs = tuple(sorted((k, _hashable(v)) for k, v in op.attrs.items()))
        if op.kind in ("load", "len"):
            ref = op.operands[0].type
            if not isinstance(ref, Ref):
                return None
            whole = isinstance(op.result.type, Array) and op.attrs.get("path") == ()
            if not whole and not isinstance(op.result.type, Scalar | Ref):
                return None
            return op.kind, op.operands, attrs, self.epochs.get(ref.cls, 0)
        if op.kind == "getitem" or op.kind in PURE or (row is not None and is_computed(op)):
            return op.kind, op.operands, attrs, op.result.type
        return None

    def touch(self, op: Op) -> None:
        """Forget what a write may have changed."""
        if op.kind in BARRIERS:
            self.touch_everything()
        elif op.kind in WRITES or op.kind.startswith(("list_", "append", "pop", "dict_pop")):
            for value in op.operands:
                if isinstance(value.type, Ref):
                    self.forget(value.type.cls)

    def touch_all(self, op: Op) -> None:
        """Forget what anything inside of an operation may change."""
        for region in op.regions:
            for inner in walk(region):
                self.touch(inner)

    def forget(self, cls: int) -> None:
        """Objects of a class may have changed."""
        self.clock += 1
        self.epochs[cls] = self.clock

    def touch_everything(self) -> None:
        """Any object may have changed."""
        for cls in self.heap:
            self.forget(cls)


def is_computed(op: Op) -> bool:
    """Whether a row of the table computes its result from numbers or arrays."""
    if isinstance(op.result.type, Scalar) and all(isinstance(v.type, Scalar) for v in op.operands):
        return True
    return op.kind not in BLANK and any(isinstance(v.type, Array) for v in op.operands)


def _hashable(value: Any) -> Any:
    if isinstance(value, float | complex | bool | int):
        return (type(value).__name__, repr(value))
    return value
