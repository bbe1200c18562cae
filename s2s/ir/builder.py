"""Building programs: a builder appends operations to the innermost open block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from s2s.ir.core import TERMINATORS, Attr, Block, Op, Value
from s2s.ir.span import UNKNOWN, Span
from s2s.ir.types import BOOL, COMPLEX, FLOAT, INT, NONE, OPAQUE, STR, Type

CONST_TYPES = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX, str: STR, type(None): NONE}


class Pending:
    """A block under construction."""

    def __init__(self, args: Sequence[Value] = ()) -> None:
        self.args = tuple(args)
        self.ops: list[Op] = []

    def finish(self) -> Block:
        """The block, once its terminator stands."""
        return Block(self.args, tuple(self.ops))


class Builder:
    """Appends operations; remembers which values are constants, and the current span."""

    def __init__(self) -> None:
        self.stack: list[Pending] = []
        self.span: Span = UNKNOWN
        self.call: Span | None = None  # of a row whose definition is being read
        self.defining: dict[Value, Op] = {}

    @property
    def here(self) -> Pending:
        """The innermost open block."""
        return self.stack[-1]

    @property
    def closed(self) -> bool:
        """True if the innermost block has its terminator."""
        ops = self.here.ops
        return bool(ops) and ops[-1].kind in TERMINATORS

    @contextmanager
    def block(self, args: Sequence[Value] = ()) -> Iterator[Pending]:
        """Open a block; inside, operations go there."""
        pending = Pending(args)
        self.stack.append(pending)
        try:
            yield pending
        finally:
            self.stack.pop()

    @property
    def place(self) -> Span:
        """The place that operations get: the user's."""
        return self.call or self.span

    def append(self, op: Op) -> Op:
        """Put ``op`` at the end of the innermost block."""
        assert not self.closed, f"{op.kind} after a terminator"
        self.here.ops.append(op)
        for value in op.results:
            self.defining[value] = op
        return op

    def emit(
        self,
        kind: str,
        operands: Sequence[Value] = (),
        types: Sequence[Type] = (),
        *,
        regions: Sequence[Block] = (),
        name: str | None = None,
        **attrs: Attr,
    ) -> Op:
        """Append ``kind(operands)`` with fresh results of ``types``."""
        results = tuple(Value(t, name) for t in types)
        return self.append(Op(kind, tuple(operands), results, attrs, tuple(regions), self.place))

    def value(
        self,
        kind: str,
        operands: Sequence[Value],
        type_: Type,
        name: str | None = None,
        **attrs: Attr,
    ) -> Value:
        """Append an operation with one result and return that."""
        return self.emit(kind, operands, (type_,), name=name, **attrs).result

    def const(self, value: object) -> Value:
        """A constant: bool, int, float, complex, str or None."""
        return self.value("const", (), CONST_TYPES[type(value)], value=value)

    def symbol(self, name: str, type_: Type = OPAQUE) -> Value:
        """A Python object of the program's symbol table."""
        return self.value("symbol", (), type_, symbol=name)

    def constant_of(self, value: Value) -> Op | None:
        """The `const` operation that defines ``value``, if one does."""
        op = self.defining.get(value)
        return op if op is not None and op.kind == "const" else None
