"""Growing expressions: what is inlined into what, in an order that keeps effects in order.

Operations that wait to be inlined are kept in a list; where one must be evaluated before another
that is placed earlier, it becomes a statement.  Python evaluates an expression from left to right,
so what waits in the order of the operands may go there as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from s2s.codegen.python import widths
from s2s.codegen.python.effects import NO_EFFECT, STORES, Effect, Memory, local_classes
from s2s.codegen.python.layout import Item, Layout, Let, Move, Pairs
from s2s.codegen.python.uses import Uses
from s2s.ir.core import Block, Function, Op, Value
from s2s.ir.types import Tuple


@dataclass(slots=True, eq=False)
class Tree:
    """An operation with all that is inlined into it."""

    op: Op
    reads: list[Value]
    width: int
    effect: Effect


@dataclass(slots=True, eq=False)
class Context:
    """A block being laid out.  targets: what its `yield` assigns to; None if that is nothing."""

    block: Block
    home: Op | None
    depth: int
    strict: bool
    targets: Sequence[Value | None] | None = None
    out: list[Item] = field(default_factory=list)
    waiting: dict[Value, Tree] = field(default_factory=dict)


class Trees:
    """The state of laying out one function.

    trees: of values that are or may be inlined;  pending: those that wait for their only use;
    done: operations that an earlier statement has taken care of;  reverse: whether a comment at
    top level has said that the reverse sweep begins.
    """

    def __init__(self, function: Function, memory: Memory) -> None:
        self.memory = memory
        self.uses = Uses(function, memory)
        self.trees: dict[Value, Tree] = {}
        self.pending: set[Value] = set()
        self.origin: dict[Value, tuple[Op, Op | None]] = {}
        self.current: dict[str, Value] = {}
        self.done: set[Op] = set()
        self.loops: list[Op] = []
        self.reverse = False
        self.visible = ~local_classes(memory, function, ())
        self.variables: dict[Value, int] = {}
        self.layout = Layout([], self.variables, {})
        self.here = Context(function.body, None, 1, False)
        self.define(function.body.args)

    # ------------------------------------------------------------------------------------ contexts
    def within(self, block: Block, op: Op, targets: Sequence[Value | None] | None) -> Context:
        """A context for ``block`` of ``op``."""
        here = self.here
        inner = op.kind in ("loop", "attempt")
        home = op if inner else here.home
        return Context(block, home, here.depth + 1, here.strict or op.kind == "attempt", targets)

    @contextmanager
    def inside(self, context: Context) -> Iterator[None]:
        """Statements go to ``context``."""
        before, self.here = self.here, context
        try:
            yield
        finally:
            self.here = before

    # ------------------------------------------------------------------------------------- growing
    def taken(self, op: Op, operands: Sequence[Value], room: int) -> Tree:
        """``op`` with those of ``operands`` inlined that wait and fit into ``room`` columns."""
        self.keep_order(op, operands)
        trees = [self.trees[value] for value in operands if value in self.pending]
        total = self.grown(op, operands).width
        for tree in sorted(trees, key=lambda tree: -tree.width):
            if total <= room:
                break
            if tree.op.results[0] not in self.pending:  # it had to come before another one
                total -= tree.width - widths.TEMPORARY
            elif tree.width > widths.TEMPORARY + 2:
                total -= tree.width - widths.TEMPORARY
                self.emit(tree)
        result = self.grown(op, operands)
        for value in operands:
            self.pending.discard(value)
            self.here.waiting.pop(value, None)
        return result

    def grown(self, op: Op, operands: Sequence[Value]) -> Tree:
        """``op`` with ``operands`` as they are now."""
        reads: list[Value] = []
        width, effect = widths.of_op(op), self.uses.effect[op]
        for value in operands:
            if value in self.variables:
                reads.append(value)
                width += widths.of_name(value)
            else:
                tree = self.trees[value]
                reads += tree.reads
                width += tree.width
                if value in self.pending and tree.effect is not NO_EFFECT:
                    effect = effect | tree.effect
        return Tree(op, reads, width, effect)

    def keep_order(self, op: Op, operands: Sequence[Value]) -> None:
        """Make statements of those operands that would be evaluated too early or too late."""
        waiting = self.here.waiting
        mine = [waiting[value] for value in _in_order(op, operands) if value in waiting]
        if not mine:
            return
        position = self.uses.position
        late = [tree for tree in waiting.values() if tree not in mine]
        for k, tree in enumerate(mine):
            now = position[tree.op]
            others = [t for t in mine[:k] + late if position[t.op] > now]
            if tree.op.results[0] not in waiting:
                continue
            if _must_stand_alone(op, tree) or any(self.is_before(tree, t) for t in others):
                self.emit(tree)

    def is_before(self, first: Tree, second: Tree) -> bool:
        """Whether two trees must be evaluated in this order."""
        return self.is_ordered(first.effect, second.effect)

    def is_ordered(self, first: Effect, second: Effect) -> bool:
        """Whether two effects must come in this order; in a reverse sweep nothing new raises."""
        return first.before(second, self.here.strict, 0 if self.reverse else self.visible)

    # ----------------------------------------------------------------------------------- statements
    def settle(self, values: Iterable[Value]) -> None:
        """Make statements of those of ``values`` that wait."""
        for value in values:
            if value in self.pending:
                self.emit(self.trees[value])

    def flush(self, effect: Effect) -> None:
        """Make statements of what waits and must come before something with ``effect``."""
        for tree in list(self.here.waiting.values()):
            if tree.op.results[0] in self.pending and self.is_ordered(tree.effect, effect):
                self.emit(tree)

    def emit(self, tree: Tree) -> None:
        """Make a statement of an operation."""
        waiting = self.here.waiting
        for other in list(waiting.values()):
            if other is tree:
                break
            if other.op.results[0] in waiting and self.is_before(other, tree):
                self.emit(other)
        op = tree.op
        if len(op.results) == 1:
            self.pending.discard(op.result)
            waiting.pop(op.result, None)
            if self.unpacked(op.result, None, tree):
                return
        targets = tuple(value if self.uses.count[value] else None for value in op.results)
        self.here.out.append(Let(op, tree.reads, targets))
        self.define(value for value in targets if value is not None)

    def define(self, values: Iterable[Value]) -> None:
        """Give variables to ``values``."""
        for value in values:
            self.variables.setdefault(value, len(self.variables))
            if value.name:
                self.current[value.name] = value

    def move(self, op: Op, pairs: Pairs) -> Move:
        """A parallel assignment; effects are evaluated before it."""
        sources = [source for _, source in pairs]
        for value in sources:
            if value in self.pending and (
                self.trees[value].effect.writes or self.trees[value].effect.outside
            ):
                self.emit(self.trees[value])
        unbound = [target for target, source in pairs if self.is_unbound(source)]
        bound = [(target, source) for target, source in pairs if not self.is_unbound(source)]
        reads = self.taken(op, [source for _, source in bound], 10 * widths.LINE).reads
        return Move(op, bound, reads, unbound)

    def is_unbound(self, value: Value) -> bool:
        """Whether ``value`` is that of a variable without one."""
        return value in self.trees and self.trees[value].op.kind == "undef"

    def unpacked(self, value: Value, source: Value | None, tree: Tree | None = None) -> bool:
        """Take a tuple apart in one statement, if all that is wanted of it is several items."""
        items = self.uses.items.get(value, ())
        if not isinstance(value.type, Tuple) or len(items) < 2:
            return False
        by_index = {op.attrs["index"]: op for op, _ in items}
        if len(by_index) < len(items):
            return False
        if source is None and self.uses.count[value] != len(items):
            return False
        if source is not None and (
            value not in self.variables or len(items) < len(value.type.items)
        ):
            return False
        if any(block is not self.here.block or op in self.done for op, block in items):
            return False
        found = [by_index.get(k) for k in range(len(value.type.items))]
        targets = tuple(op.result if op else None for op in found)
        first = tree.op if tree is not None else items[-1][0]
        self.here.out.append(Let(first, tree.reads if tree else [value], targets, source))
        self.done.update(op for op, _ in items)
        self.define(target for target in targets if target is not None)
        return True


def _in_order(op: Op, operands: Sequence[Value]) -> Sequence[Value]:
    """Operands in the order in which Python evaluates them: `store` begins with the right side."""
    if op.kind == "store" and operands:
        return [operands[-1], *operands[:-1]]
    return operands


def _must_stand_alone(op: Op, tree: Tree) -> bool:
    """Whether a waiting operand cannot go into ``op``: ``a[i] += f()`` reads ``a[i]`` first."""
    effect = tree.effect
    if op.kind in STORES and op.kind != "store":
        return bool(effect.writes or effect.outside)
    if op.kind == "select" and tree.op.results[0] is not op.operands[0]:
        return effect.raises or bool(effect.writes or effect.outside)
    return False
