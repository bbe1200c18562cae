"""Statements without blocks: assignments, stores, expressions for their effects."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from s2s.codegen.python import memory_kinds, moves, nodes
from s2s.codegen.python.expressions import Expressions
from s2s.codegen.python.layout import Let, Move
from s2s.codegen.python.nodes import Node
from s2s.codegen.python.unbound import seen_through
from s2s.ir.core import Op, Value
from s2s.ir.span import Span
from s2s.ir.types import Array, Scalar
from s2s.pyast import gast

QUIET = frozenset({"pop", "shadow", "shadows", "cotangent"})  # what they do needs no comment
BLANK = frozenset({"zeros", "zeros_like", "empty", "empty_like"})


class SimpleStatements:
    """Prints operations and copies; remembers where each statement comes from.

    nothing: variables that must be None where they are unbound
    quiet:   statements not worth a comment
    """

    def __init__(self, expressions: Expressions, nothing: Collection[Value] = ()) -> None:
        self.e = expressions
        self.nothing = nothing
        self.spans: dict[Node, Span] = {}
        self.quiet: set[Node] = set()

    def placed(self, node: Node, span: Span, quiet: bool = False) -> Node:
        """``node``, from ``span``; ``quiet``: not worth a comment."""
        self.spans[node] = span
        if quiet:
            self.quiet.add(node)
        return node

    # ------------------------------------------------------------------------------------------ let
    def let(self, item: Let) -> Iterator[Node]:
        """An operation as a statement."""
        op, e = item.op, self.e
        match op.kind:
            case "store" | "accum":
                yield self.placed(self.store(op), op.span, self.is_constant(op.operands[-1]))
                return
            case "raise":
                yield self.placed(gast.Raise(e.value(op.operands[0]), None), op.span)
                return
        right = e.op(op) if item.source is None else e.value(item.source)
        found = [value for value in item.targets if value is not None]
        if not found:
            yield self.placed(gast.Expr(right), op.span, op.kind in QUIET)
        elif len(item.targets) > 1:
            left = [nodes.load(e.names[v] if v is not None else "_") for v in item.targets]
            yield self.placed(moves.assign_tuple(left, right), op.span, op.kind in QUIET)
        else:
            (value,) = found
            if value in e.layout.copied:
                right = e.copy(right, value)
            node = moves.assign(e, value, op, right)
            if node is not None:
                yield self.placed(node, op.span, op.kind in QUIET or self.is_blank(op))

    def is_blank(self, op: Op | None) -> bool:
        """Whether an operation makes an array without content."""
        if op is not None and op.kind == "alloc" and op.operands:
            op = self.e.maker(op.operands[0])
        return op is not None and op.kind in BLANK

    def store(self, op: Op) -> Node:
        """``a[i] = v``, ``a[i] += v``."""
        e = self.e
        base, value = op.operands[0], op.operands[-1]
        content, whole = e.content(base), not op.attrs["path"]
        place = memory_kinds.place(e, op, -1)
        in_array = isinstance(content, Array)
        if op.attrs.get("direct"):  # an object whose class forbids assignment
            ((_, name),) = op.attrs["path"]
            operands = [e.value(base), nodes.const(name), e.kept(value)]
            return gast.Expr(nodes.call(nodes.dotted("object.__setattr__"), operands))
        if op.kind == "store":
            if whole and in_array and not self.is_part(base):
                place = nodes.subscript(place, nodes.const(...))
            return nodes.assign(place, e.value(value) if in_array else e.kept(value))
        product = self.outer(op)
        if product is not None:
            place_and_factors = [place, *e.values(product.operands)]
            return gast.Expr(nodes.call(nodes.dotted("rt.add_outer"), place_and_factors))
        if whole and in_array and not self.adds_in_place(op):
            place = nodes.subscript(place, nodes.const(...))
        if not in_array and not isinstance(value.type, Scalar):
            again = memory_kinds.place(e, op, -1)  # a value in a container is never changed
            total = nodes.call(nodes.dotted("rt.add"), [again, e.value(value)])
            return nodes.assign(place, total)
        opposite = e.minus(value)
        if opposite is not None:
            return nodes.augment(place, "-", opposite)
        return nodes.augment(place, "+", e.value(value))

    def adds_in_place(self, op: Op) -> bool:
        """Whether ``a += v`` does, for a whole array: for a variable that is not 0-dimensional."""
        array = self.e.array_type(op.operands[0])
        named = op.operands[0] in self.e.names
        return self.is_part(op.operands[0]) or (array is not None and bool(array.rank) and named)

    def is_part(self, ref: Value) -> bool:
        """Whether a reference prints as ``a[1:]``, which can be assigned to as it stands."""
        op = self.e.maker(ref)
        return op is not None and op.kind == "view"

    def outer(self, op: Op) -> Op | None:
        """The outer product of two vectors that is added to a matrix: it needs no matrix of its own."""
        made = self.e.maker(op.operands[-1])
        if made is None or made.kind != "outer" or made.attrs.get("via") != "np.outer":
            return None
        array = self.e.array_type(op.operands[0])
        vectors = all(isinstance(v.type, Array) and v.type.rank == 1 for v in made.operands)
        return made if array is not None and vectors and "array" not in op.attrs["path"] else None

    def is_constant(self, value: Value) -> bool:
        """Whether a value is a literal."""
        op = self.e.maker(seen_through(value, self.e.layout))
        return op is not None and op.kind in ("const", "symbol")

    # ----------------------------------------------------------------------------------------- move
    def move(self, item: Move) -> Iterator[Node]:
        """A parallel assignment, in as many statements as are right."""
        for group in moves.in_order(self.e, item.pairs):
            maker = self.e.maker(group[0][1])
            span = maker.span if maker is not None and maker.span else item.op.span
            quiet = all(self.is_constant(source) for _, source in group)
            if len(group) > 1:
                left = [nodes.load(self.e.names[target]) for target, _ in group]
                right = nodes.tuple_of([self.e.kept(source) for _, source in group])
                yield self.placed(moves.assign_tuple(left, right), span)
            else:
                ((target, source),) = group
                node = moves.assign(self.e, target, maker, self.e.kept(source))
                if node is not None:
                    yield self.placed(node, span, quiet)
        for target in item.unbound:
            if target in self.nothing or (item.again and target.name):
                node = nodes.assign(nodes.load(self.e.names[target]), nodes.const(None))
                yield self.placed(node, item.op.span, quiet=True)
