"""Placement of operations that hold regions, and of what a function ends with."""

from __future__ import annotations

from collections.abc import Sequence

from s2s.codegen.python import widths
from s2s.codegen.python.attempts import find_lost
from s2s.codegen.python.effects import Memory
from s2s.codegen.python.layout import Choice, Guarded, Item, Layout, Move, Repeat
from s2s.codegen.python.placement import Placer
from s2s.codegen.python.returns import return_from_loops
from s2s.codegen.python.trees import Context, Tree
from s2s.codegen.python.unbound import mark_repeated
from s2s.codegen.python.uses import Site, kept_pairs
from s2s.ir.core import Block, Function, Op, Value
from s2s.ir.rewrite import clone
from s2s.ir.types import BOOL

# What may follow the `if` that a function ends with, to be repeated in front of both returns.
REPEATABLE = frozenset({"const", "symbol", "undef", "tuple", "widen", "unwrap", "item"})
MOST_REPEATED = 12


def place(function: Function, memory: Memory) -> Layout:
    """Lay out a function."""
    placer = RegionPlacer(function, memory)
    placer.ending(list(function.body.ops))
    placer.layout.items = placer.here.out
    return_from_loops(placer.layout, placer.uses.count)
    find_lost(placer.layout, placer.uses.count)
    mark_repeated(placer.layout.items)
    return placer.layout


class RegionPlacer(Placer):
    """Lays out operations with regions."""

    def operation(self, op: Op) -> None:
        """Place one operation."""
        match op.kind:
            case "if":
                self.choice(op)
            case "loop":
                self.loop(op)
            case "attempt":
                self.attempt(op)
            case _:
                super().operation(op)

    # --------------------------------------------------------------------------------------- choice
    def choice(self, op: Op) -> None:
        """An `if`: statements, or an expression where both sides are."""
        wanted = [k for k, value in enumerate(op.results) if self.uses.count[value]]
        test = self.taken(op, op.operands, widths.LINE - 4 * self.here.depth)
        self.flush(self.uses.effect[op])
        may_be_expression = len(op.results) == len(wanted) == 1 and _is_expression(op.result)
        targets = None if may_be_expression else op.results
        sides = [self.opened(region, op, targets) for region in op.regions]
        if may_be_expression and self.are_expressions(op, test, sides):
            self.expression(op, test, sides)
            return
        results = [op.results[k] for k in wanted]
        for side in sides:
            with self.inside(side):
                last = side.block.terminator
                if last.kind == "yield":
                    sources = [last.operands[k] for k in wanted]
                    side.out.append(self.move(last, list(zip(results, sources, strict=True))))
                else:
                    self.leave(last)
        self.here.out.append(Choice(op, op.operands[0], test.reads, (sides[0].out, sides[1].out)))
        self.define(results)

    def opened(self, block: Block, op: Op, targets: Sequence[Value | None] | None) -> Context:
        """A block with all but its terminator placed."""
        context = self.within(block, op, targets)
        with self.inside(context):
            self.operations(block.ops[:-1])
        return context

    def are_expressions(self, op: Op, test: Tree, sides: Sequence[Context]) -> bool:
        """Whether both sides only compute one value that prints as an expression."""
        width = test.width
        for side in sides:
            last = side.block.terminator
            if last.kind != "yield" or side.out or self.is_unbound(last.operands[0]):
                return False
            tree = self.trees.get(last.operands[0])
            if tree is not None and tree.op.kind == "if" and tree.op.result.type != BOOL:
                return False
            width += tree.width if tree is not None else widths.TEMPORARY
        if op.result.type != BOOL and width > widths.LINE - 4 * self.here.depth - 3 * widths.TARGET:
            return False
        sources = {side.block.terminator.operands[0] for side in sides}
        return all(value in sources for side in sides for value in side.waiting)

    def expression(self, op: Op, test: Tree, sides: Sequence[Context]) -> None:
        """An `if` that prints as ``a if c else b``, ``c and a`` or ``c or b``."""
        trees = [test]
        for side in sides:
            with self.inside(side):
                last = side.block.terminator
                trees.append(self.taken(last, last.operands, 10 * widths.LINE))
        tree = Tree(
            op,
            [value for part in trees for value in part.reads],
            sum(part.width for part in trees),
            self.uses.effect[op] | test.effect,
        )
        value = op.result
        self.origin[value] = (op, self.here.home)
        room = widths.LINE - 4 * self.here.depth - widths.TARGET
        if tree.width <= room and self.may_wait(value, tree):
            self.wait(value, tree)
        else:
            self.emit(tree)

    # ----------------------------------------------------------------------------------------- loop
    def loop(self, op: Op) -> None:
        """A loop: its carried values get variables that are assigned at the end of an iteration."""
        (body,) = op.regions
        bounded = op.attrs["bounded"]
        bounds, inits = (op.operands[:3], op.operands[3:]) if bounded else ((), op.operands)
        kept, (index, *args) = self.uses.kept[op], body.args
        reads = self.taken(op, bounds, widths.LINE - 4 * self.here.depth).reads
        init = self.move(op, list(kept_pairs(args, inits, kept.carried)))
        self.flush(self.uses.effect[op])
        wanted = zip(args, kept.carried, kept.results, strict=True)
        carried = [arg for arg, as_carried, as_result in wanted if as_carried or as_result]
        results, (trips, left) = op.results[:-2], op.results[-2:]
        counters = [value for value in (trips, left) if self.uses.count[value]]
        self.layout.indices[index] = len(self.loops)
        if self.uses.count[index]:
            self.define([index])
            if not bounded:
                counters.insert(0, index)
        self.define(counters)
        self.define(carried)
        context = self.within(body, op, args)
        self.loops.append(op)
        self.tree(context, op)
        self.loops.pop()
        after = Move(op, list(kept_pairs(results, args, kept.results)))
        after.reads = [source for _, source in after.pairs]
        self.here.out.append(Repeat(op, init, reads, context.out, after, tuple(counters)))
        self.define(target for target, _ in after.pairs)

    def tree(self, context: Context, loop: Op) -> None:
        """A loop's decision tree."""
        block, args, kept = context.block, loop.regions[0].args[1:], self.uses.kept[loop]
        with self.inside(context):
            self.operations(block.ops[:-1])
            last = block.terminator
            if last.kind == "branch":
                self.branch(last, loop)
                return
            if last.kind != "unreachable":
                mask = kept.carried if last.kind == "yield" else kept.results
                context.out.append(self.move(last, list(kept_pairs(args, last.operands, mask))))
            self.leave(last)

    def branch(self, op: Op, loop: Op) -> None:
        """A decision in a loop body."""
        test = self.taken(op, op.operands, widths.LINE - 4 * self.here.depth)
        self.flush(self.uses.effect[op])
        sides: list[list[Item]] = []
        for region in op.regions:
            context = self.within(region, op, loop.regions[0].args[1:])
            self.tree(context, loop)
            sides.append(context.out)
        self.here.out.append(Choice(op, op.operands[0], test.reads, (sides[0], sides[1])))

    # -------------------------------------------------------------------------------------- attempt
    def attempt(self, op: Op) -> None:
        """A `try`."""
        self.flush(self.uses.effect[op])
        results, outcome = op.results[:-2], op.results[-2:]
        used = tuple(value for value in outcome if self.uses.count[value])
        self.define(used)
        context = self.opened(op.regions[0], op, results)
        last = context.block.terminator
        with self.inside(context):
            if last.kind == "yield":
                mask = [self.uses.count[value] > 0 for value in results]
                pairs = list(kept_pairs(results, last.operands, mask))
                context.out.append(self.move(last, pairs))
            else:
                self.leave(last)
        bound = [value for value in results if self.uses.count[value]]
        self.here.out.append(Guarded(op, context.out, used, tuple(bound)))
        self.define(bound)

    # --------------------------------------------------------------------------------------- ending
    def ending(self, ops: Sequence[Op]) -> None:
        """The operations that end a function: a last `if` may return from both sides."""
        split = self.last_choice(ops)
        if split is None:
            self.operations(ops[:-1])
            self.leave(ops[-1])
            return
        self.operations(ops[:split])
        op = ops[split]
        rest = [later for later in ops[split + 1 :] if later not in self.uses.dead]
        test = self.taken(op, op.operands, widths.LINE - 4 * self.here.depth)
        self.flush(self.uses.effect[op])
        self.settle(value for later in rest for value in later.operands)
        sides: list[list[Item]] = []
        for region in op.regions:
            side = self.within(region, op, None)
            with self.inside(side):
                self.ending_side(op, region, rest)
            sides.append(side.out)
        self.here.out.append(Choice(op, op.operands[0], test.reads, (sides[0], sides[1])))

    def ending_side(self, op: Op, region: Block, rest: Sequence[Op]) -> None:
        """One side, with the rest of the function behind it."""
        last = region.terminator
        if last.kind != "yield":
            self.operations(region.ops[:-1])
            self.leave(last)
            return
        values = dict(zip(op.results, last.operands, strict=True))
        copies = clone(Block((), tuple(rest)), values).ops
        for copy, original in zip(copies, rest, strict=True):
            self.uses.adopt(copy, original, Site(copies[-1], region, None))
        self.ending([*region.ops[:-1], *copies])

    def last_choice(self, ops: Sequence[Op]) -> int | None:
        """Where the `if` stands whose sides may both return, if there is one."""
        if ops[-1].kind != "return":
            return None
        for k in range(len(ops) - 2, max(-1, len(ops) - 2 - MOST_REPEATED), -1):
            op = ops[k]
            if op.kind == "if":
                return k if self.may_return_inside(op) else None
            if op.kind not in REPEATABLE:
                return None
        return None

    def may_return_inside(self, op: Op) -> bool:
        """Whether the results of an `if` are only returned, and both sides are not expressions."""
        counts = [self.uses.count[value] for value in op.results]
        if max(counts, default=0) != 1:
            return False
        if sum(counts) > 1 or op.results[counts.index(1)].type != BOOL:
            return True
        effect = self.uses.effect[op]
        inside = {inner.kind for region in op.regions for inner in region.ops}
        return bool(effect.writes or effect.outside or inside & {"loop", "attempt", "unreachable"})


def _is_expression(value: Value) -> bool:
    """Whether an `if` with this result may print as an expression."""
    return value.name is None or value.type == BOOL
