"""Results of a `try` that may be read though an exception was caught: they are None then.

Mostly none may, for what reads them stands where ``failed`` was found to be 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from s2s.codegen.python.layout import Choice, Guarded, Item, Layout, Note, Repeat
from s2s.ir.core import Op, Value


def find_lost(layout: Layout, count: Mapping[Value, int]) -> None:
    """Settle `lost` of each `Guarded`; ``count`` says how often each value is used."""
    search = _Search(layout)
    search.items(layout.items, frozenset())
    for item in search.found:
        failed = item.op.results[-2]
        safe, unsafe = search.safe[failed], search.unsafe[failed]
        item.lost = tuple(v for v in item.lost if safe[v] < count[v] or v in unsafe)


class _Search:
    """found: all `Guarded`;  safe: by their ``failed``, how often values are read where it is 0;
    unsafe: what is read where it may be another number (a `return` that both sides of a choice end
    with is read on either).
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.found: list[Guarded] = []
        self.safe: dict[Value, Counter[Value]] = {}
        self.unsafe: dict[Value, set[Value]] = {}

    def items(self, items: Sequence[Item], known: frozenset[Value]) -> None:
        """Search statements; ``known``: what is 0 here."""
        for item in items:
            if not isinstance(item, Guarded | Note):
                for failed in self.safe:
                    if failed in known:
                        self.safe[failed].update(item.reads)
                    else:
                        self.unsafe[failed].update(item.reads)
            match item:
                case Guarded(op=op, body=body):
                    self.found.append(item)
                    self.safe[op.results[-2]] = Counter()
                    self.unsafe[op.results[-2]] = set()
                    self.items(body, known)
                case Choice(test=test, sides=sides):
                    well = [self.is_well(test, k == 0) for k in range(2)]
                    for side, failed in zip(sides, well, strict=True):
                        self.items(side, known | {failed} if failed is not None else known)
                case Repeat(init=init, body=body, after=after):
                    self.items([init, *body, after], known)

    def is_well(self, test: Value, holds: bool) -> Value | None:
        """The ``failed`` that is 0 where ``test`` holds, or does not."""
        op = self.layout.made.get(test)
        if op is None or len(op.operands) != 2 or op.operands[0] not in self.safe:
            return None
        failed = op.operands[0]
        limit = self.layout.made.get(op.operands[1])
        if limit is None or limit.kind != "const":
            return None
        zero = _says_zero(op.kind, limit.attrs["value"], holds, self.handlers(failed))
        return failed if zero else None

    def handlers(self, failed: Value) -> int:
        """How many handlers the `try` has."""
        op: Op = self.layout.made[failed]
        return len(op.attrs["handlers"])


def _says_zero(kind: str, limit: int, holds: bool, handlers: int) -> bool:
    """Whether a comparison of a number from 0 to ``handlers`` with ``limit`` says that it is 0."""
    numbers = range(handlers + 1)
    match kind:
        case "equal":
            left = [k for k in numbers if (k == limit) == holds]
        case "greater_equal":
            left = [k for k in numbers if (k >= limit) == holds]
        case _:
            return False
    return left == [0]
