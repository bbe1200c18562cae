"""Dead-code elimination.

In:   a function, verified.
Out:  the same function without pure operations whose results nobody reads, without results of `if`
      and of loops that nobody reads, and without loops and branches that have no effect.  Idempotent.
Cost: one backward walk for each level of nesting, repeated while carried values die.

before:  %0 = sin %x                after:  %0 = multiply %x, %x
         %1 = multiply %x, %x               return %0
         return %1
"""

from __future__ import annotations

from dataclasses import replace

from s2s import kernels
from s2s.ir.core import Block, Function, Op, Program, Value, leaves

# Operations of docs/ir.md that only make a value.
PURE = frozenset({
    "const", "symbol", "undef", "widen", "unwrap", "is_none", "tuple", "item", "getitem", "select",
    "bool_of", "not", "dim", "shape", "len", "copy", "format", "is_array", "same", "alloc", "load",
    "view", "view_as", "array_of", "contains", "list_of", "exception", "shadow", "recall", "ndim",
    "size", "range_len", "int_max", "int_min", "str_equal", "str_concat", "str_method", "list_index",
    "list_count", "sort_order", "zeros_of", "asarray", "last_writes", "list_slice", "list_concat",
    "list_repeat", "array_item", "slice_item", "stop", "shadows", "private", "cotangent",
    "flip_range",
})  # fmt: skip


def is_pure(op: Op) -> bool:
    """Whether an operation without regions may go when nobody reads its results."""
    return op.kind in PURE or kernels.row(op.kind) is not None


def remove_dead(program: Program) -> Program:
    """The pass, on every function."""
    functions = {n: remove_dead_code(f) for n, f in program.functions.items()}
    return replace(program, functions=functions)


def remove_dead_code(function: Function) -> Function:
    """The pass, on one function."""
    live = Liveness()
    while live.changed:
        live.changed = False
        live.block(function.body)
    return replace(function, body=live.rebuild(function.body))


def remove_dead_reverse(function: Function) -> Function:
    """The pass on the reverse sweep alone: positions in the forward sweep stay what they are."""
    live = Liveness()
    while live.changed:
        live.changed = False
        live.block(function.body)
    ops = function.body.ops
    at = next(k for k, op in enumerate(ops) if op.kind == "reverse")
    reverse = live.rebuild(Block((), ops[at:])).ops
    return replace(function, body=Block(function.body.args, (*ops[:at], *reverse)))


class Liveness:
    """Marks values that matter, then rebuilds without the others."""

    def __init__(self) -> None:
        self.live: set[Value] = set()
        self.changed = True
        self.effects: dict[int, bool] = {}

    def mark(self, values: tuple[Value, ...]) -> None:
        """Note that values matter."""
        for value in values:
            if value not in self.live:
                self.live.add(value)
                self.changed = True

    def has_effect(self, op: Op) -> bool:
        """Whether an operation must stay whoever reads its results."""
        found = self.effects.get(id(op))
        if found is None:
            if op.kind in ("if", "loop"):
                found = any(self.has_effect(o) for region in op.regions for o in region.ops) or (
                    op.kind == "loop" and not op.attrs["bounded"]
                )
            elif op.kind in ("yield", "break"):
                found = False
            elif op.kind == "branch":
                found = any(self.has_effect(o) for region in op.regions for o in region.ops)
            else:
                found = not is_pure(op)
            self.effects[id(op)] = found
        return found

    def block(self, block: Block) -> None:
        """Mark, last operation first."""
        for op in reversed(block.ops):
            self.op(op)

    def op(self, op: Op) -> None:
        """Mark what an operation needs if it matters itself."""
        match op.kind:
            case "yield" | "break":
                return  # marked by what holds the region
            case "branch":
                self.mark(op.operands)
                for region in op.regions:
                    self.block(region)
                return
        used = any(r in self.live for r in op.results)
        if not used and not self.has_effect(op):
            return
        match op.kind:
            case "if" | "attempt":
                self.mark(op.operands)
                for region in op.regions:
                    if region.terminator.kind == "yield":
                        for result, value in zip(
                            op.results, region.terminator.operands, strict=False
                        ):
                            if result in self.live or op.kind == "attempt":
                                self.mark((value,))
                    self.block(region)
            case "loop":
                self.loop(op)
            case _:
                self.mark(op.operands)

    def loop(self, op: Op) -> None:
        """A carried value matters if its result does, or if its argument does."""
        first = 3 if op.attrs["bounded"] else 0
        self.mark(op.operands[:first])
        body = op.regions[0]
        ends = [leaf for leaf in leaves(body) if leaf.kind in ("yield", "break")]
        while True:
            before = len(self.live)
            for k, arg in enumerate(body.args[1:]):
                if arg in self.live or op.results[k] in self.live:
                    self.mark((op.operands[first + k],))
                    for leaf in ends:
                        if arg in self.live or leaf.kind == "break" or op.results[k] in self.live:
                            self.mark((leaf.operands[k],))
            self.block(body)
            if len(self.live) == before:
                return

    # ----------------------------------------------------------------------------- rebuilding
    def rebuild(self, block: Block, keep: tuple[int, ...] | None = None) -> Block:
        """The block without what does not matter; ``keep``: which values its leaves give."""
        ops = []
        for op in block.ops:
            if op.kind in ("yield", "break") and keep is not None:
                ops.append(replace(op, operands=tuple(op.operands[k] for k in keep)))
            elif op.kind in ("yield", "break", "return", "unreachable"):
                ops.append(op)
            elif op.kind == "branch":
                regions = tuple(self.rebuild(r, keep) for r in op.regions)
                ops.append(replace(op, regions=regions))
            elif self.has_effect(op) or any(r in self.live for r in op.results):
                ops.append(self.kept(op))
        return Block(block.args, tuple(ops))

    def kept(self, op: Op) -> Op:
        """An operation that matters, with what matters inside of it."""
        if op.kind == "if":
            keep = tuple(k for k, r in enumerate(op.results) if r in self.live)
            regions = tuple(self.rebuild(r, keep) for r in op.regions)
            return replace(op, results=tuple(op.results[k] for k in keep), regions=regions)
        if op.kind == "attempt":
            return replace(op, regions=tuple(self.rebuild(r) for r in op.regions))
        if op.kind == "loop":
            first = 3 if op.attrs["bounded"] else 0
            body = op.regions[0]
            keep = tuple(
                k
                for k, arg in enumerate(body.args[1:])
                if arg in self.live or op.results[k] in self.live
            )
            rebuilt = self.rebuild(body, keep)
            args = (body.args[0], *(body.args[k + 1] for k in keep))
            return replace(
                op,
                operands=(*op.operands[:first], *(op.operands[first + k] for k in keep)),
                results=(*(op.results[k] for k in keep), *op.results[-2:]),
                regions=(Block(args, rebuilt.ops),),
            )
        return op
