"""The layout of a function as Python statements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from s2s.codegen.python import nodes
from s2s.codegen.python.expressions import Expressions
from s2s.codegen.python.layout import Choice, Guarded, Item, Leave, Let, Move, Note, Repeat
from s2s.codegen.python.loops import plain_range, range_of
from s2s.codegen.python.nodes import Node
from s2s.codegen.python.simple import SimpleStatements
from s2s.ir.core import Op, Value
from s2s.ir.span import Span
from s2s.pyast import gast

ROOMY = 6  # statements that make `if c: continue` nicer than `if not c:` and an indented block


@dataclass(slots=True)
class Code:
    """Statements.  ends: nothing after them is reached."""

    body: list[Node] = field(default_factory=list)
    ends: bool = False


class Statements(SimpleStatements):
    """Prints the items of one function."""

    def __init__(self, expressions: Expressions, nothing: Collection[Value] = ()) -> None:
        super().__init__(expressions, nothing)
        self.notes: dict[Node, list[str]] = {}
        self._waiting: list[str] = []
        self._loops: list[Repeat] = []

    # ---------------------------------------------------------------------------------------- items
    def code(self, items: Sequence[Item]) -> Code:
        """Statements for ``items``."""
        code = Code()
        for item in items:
            if isinstance(item, Note):
                self._waiting.append(item.op.attrs["text"])
                continue
            before = len(code.body)
            waiting, self._waiting = self._waiting, []
            self.item(item, code)
            if len(code.body) > before:
                self.notes.setdefault(code.body[before], []).extend(waiting)
            else:
                self._waiting = waiting + self._waiting
            if code.ends:
                break
        return code

    def item(self, item: Item, code: Code) -> None:
        """Append one item."""
        match item:
            case Let():
                code.body += self.let(item)
            case Move():
                code.body += self.move(item)
            case Choice():
                self.choice(item, code)
            case Repeat():
                code.body += self.repeat(item)
            case Guarded():
                self.guarded(item, code)
            case Leave():
                self.leave(item, code)

    # --------------------------------------------------------------------------------------- choice
    def choice(self, item: Choice, code: Code) -> None:
        """An `if`: a side that leaves comes first, and the other needs no `else`."""
        e, op = self.e, item.op
        yes, no = self.code(item.sides[0]), self.code(item.sides[1])
        code.ends = yes.ends and no.ends
        if not yes.body and not no.body:
            if self.has_effect(item.test):
                code.body.append(self.placed(gast.Expr(e.value(item.test)), op.span))
        elif yes.ends and not yes.body:  # never reached
            code.body += no.body
        elif no.ends and not no.body:
            code.body += yes.body
        elif yes.ends:
            code.body.append(self.branch(op, e.test(item.test), yes.body, []))
            code.body += no.body
        elif no.ends:
            code.body.append(self.branch(op, e.opposite(item.test), no.body, []))
            code.body += yes.body
        elif not yes.body and self.skips(item, no.body):
            skip = [*self.count_up(op), self.placed(gast.Continue(), op.span, quiet=True)]
            code.body.append(self.branch(op, e.test(item.test), skip, []))
            code.body += no.body
        elif not yes.body:
            code.body.append(self.branch(op, e.opposite(item.test), no.body, []))
        else:
            code.body.append(self.branch(op, e.test(item.test), yes.body, no.body))

    def branch(self, op: Op, test: Node, yes: list[Node], no: list[Node]) -> Node:
        """``if test: yes else: no``."""
        return self.placed(gast.If(test, yes, no), op.span)

    def skips(self, item: Choice, body: Sequence[Node]) -> bool:
        """Whether `continue` reads better than one more level of indentation."""
        if item.op.kind != "branch":
            return False
        return len(body) > ROOMY or any(
            isinstance(node, gast.If) and _leaves(node) for node in body
        )

    def has_effect(self, value: Value) -> bool:
        """Whether an expression does something besides having a value."""
        op = self.e.maker(value)
        if op is None:
            return False
        return op.kind in ("call", "pycall", "pop", "dict_pop") or any(
            map(self.has_effect, op.operands)
        )

    # ---------------------------------------------------------------------------------------- loops
    def repeat(self, item: Repeat) -> Iterator[Node]:
        """A loop."""
        op, e = item.op, self.e
        bounded = op.attrs["bounded"]
        index, (trips, left) = op.regions[0].args[0], op.results[-2:]
        yield from self.move(item.init)
        self._loops.append(item)
        if bounded and trips in item.counters and not _breaks(item.body):
            count = nodes.call(nodes.load("len"), [plain_range(e, op)])
            yield self.placed(nodes.assign(nodes.load(e.names[trips]), count), op.span, quiet=True)
        for value in item.counters:
            if value in self.counted() or (value is left and (bounded or not _breaks(item.body))):
                zero = nodes.assign(nodes.load(e.names[value]), nodes.const(0))
                yield self.placed(zero, op.span, quiet=True)
        if bounded:
            target = nodes.load(e.names.get(index, "_"))
            body = self.iteration(item.body, op)
            loop = gast.For(nodes.target(target), range_of(e, op), body, [], None)
            yield self.placed(loop, op.span)
        else:
            yield from self.unbounded(item)
        self._loops.pop()
        yield from self.move(item.after)

    def unbounded(self, item: Repeat) -> Iterator[Node]:
        """``while test:`` where a loop begins with a decision to leave, else ``while True:``."""
        op, first = item.op, item.body[0] if len(item.body) == 1 else None
        exits = [_is_break(side) for side in first.sides] if isinstance(first, Choice) else []
        if not isinstance(first, Choice) or not any(exits):
            body = self.iteration(item.body, op)
            yield self.placed(gast.While(nodes.const(True), body, []), op.span)
            return
        side = exits.index(True)
        behind = self.code(first.sides[side]).body[:-1]
        stay = self.iteration(first.sides[1 - side], op)
        if self.is_code(behind, op):
            yield behind.pop()
        if not behind or _count(item.body) == 1:
            test = self.e.opposite(first.test) if side == 0 else self.e.test(first.test)
            yield self.placed(gast.While(test, stay, []), first.op.span or op.span)
            yield from behind
            return
        test = self.e.test(first.test) if side == 0 else self.e.opposite(first.test)
        leave = self.branch(first.op, test, [*behind, gast.Break()], [])
        yield self.placed(gast.While(nodes.const(True), [leave, *stay], []), op.span)

    def is_code(self, behind: Sequence[Node], op: Op) -> bool:
        """Whether a path only says how the loop was left, which may be said before it."""
        name = self.e.names.get(op.results[-1])
        if len(behind) != 1 or name is None or not isinstance(behind[0], gast.Assign):
            return False
        target = behind[0].targets[0]
        return isinstance(target, gast.Name) and target.id == name

    def iteration(self, items: Sequence[Item], op: Op) -> list[Node]:
        """What a loop repeats."""
        code = self.code(items)
        if not code.ends:
            code.body += self.count_up(op)
        return code.body or [self.placed(gast.Pass(), op.span)]

    def count_up(self, op: Op) -> Iterator[Node]:
        """One more iteration for the counters."""
        for value in self.counted():
            name = nodes.load(self.e.names[value])
            yield self.placed(nodes.augment(name, "+", nodes.const(1)), op.span, quiet=True)

    def counted(self) -> list[Value]:
        """The counters of the innermost loop that go up at the end of an iteration."""
        item = self._loops[-1]
        index, trips = item.op.regions[0].args[0], item.op.results[-2]
        if item.op.attrs["bounded"]:
            return [trips] if trips in item.counters and _breaks(item.body) else []
        return [value for value in (index, trips) if value in item.counters]

    # --------------------------------------------------------------------------------------- leaves
    def leave(self, item: Leave, code: Code) -> None:
        """The end of a path."""
        op = item.op
        match op.kind:
            case "yield":
                pass
            case "break":
                left = self._loops[-1].op.results[-1]
                if left in self._loops[-1].counters:
                    name = nodes.load(self.e.names[left])
                    node = nodes.assign(name, nodes.const(op.attrs["code"]))
                    code.body.append(self.placed(node, op.span, quiet=True))
                code.body.append(self.placed(gast.Break(), op.span, quiet=True))
                code.ends = True
            case "return":
                values = [self.e.kept(value, ~self.e.local) for value in op.operands]
                result = (
                    values[0] if len(values) == 1 else nodes.tuple_of(values) if values else None
                )
                code.body.append(self.placed(gast.Return(result), self.span_of(op), quiet=True))
                code.ends = True
            case _:
                code.ends = True

    def span_of(self, op: Op) -> Span:
        """Where a `return` comes from: from what it computes, if it does."""
        for value in op.operands:
            maker = self.e.maker(value)
            if value not in self.e.names and maker is not None and maker.operands and maker.span:
                return maker.span
        return op.span

    # -------------------------------------------------------------------------------------- attempt
    def guarded(self, item: Guarded, code: Code) -> None:
        """A `try`; where an exception was caught, a number says which handler's."""
        op, names = item.op, self.e.names
        failed, error = (names.get(v) if v in item.outcome else None for v in op.results[-2:])
        if failed:
            zero = nodes.assign(nodes.load(failed), nodes.const(0))
            code.body.append(self.placed(zero, op.span, quiet=True))
        body = self.code(item.body).body or [gast.Pass()]
        handlers = []
        for k, symbols in enumerate(op.attrs["handlers"], 1):
            caught = [nodes.dotted(symbol) for symbol in symbols]
            kind = caught[0] if len(caught) == 1 else nodes.tuple_of(caught)
            inside = []
            if failed:
                inside.append(nodes.assign(nodes.load(failed), nodes.const(k)))
            inside += [nodes.assign(nodes.load(names[v]), nodes.const(None)) for v in item.lost]
            if error:
                inside.append(nodes.assign(nodes.load(error), nodes.load("caught")))
            name = nodes.target(nodes.load("caught")) if error else None
            handlers.append(gast.ExceptHandler(kind, name, inside or [gast.Pass()]))
        code.body.append(self.placed(gast.Try(body, handlers, [], []), op.span))


def _is_break(items: Sequence[Item]) -> bool:
    """Whether nothing happens but copies and a `break`."""
    last = items[-1] if items else None
    others = all(isinstance(item, Move) for item in items[:-1])
    return isinstance(last, Leave) and last.op.kind == "break" and others


def _count(items: Sequence[Item]) -> int:
    """How many breaks leave the loop that ``items`` are the body of."""
    found = 0
    for item in items:
        if isinstance(item, Leave) and item.op.kind == "break":
            found += 1
        elif isinstance(item, Choice):
            found += _count(item.sides[0]) + _count(item.sides[1])
    return found


def _breaks(items: Sequence[Item]) -> bool:
    return _count(items) > 0


def _leaves(node: Node) -> bool:
    """Whether a statement's first block ends with a `break`."""
    return isinstance(node.body[-1], gast.Break)
