"""What it costs to save a value, to compute it again, to undo a store.

Costs count bytes, with every number that is not known taken to be `LENGTH`: they only have to order the
choices as they are ordered for large sizes.  An operation of the reverse sweep counts as the bytes that take
as long to save.
"""

from __future__ import annotations

from s2s import kernels
from s2s.analysis.affine import Form
from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Place, Survey
from s2s.ir.core import Op, Value
from s2s.ir.types import Array, Scalar, Tuple, Type
from s2s.transform.storage.memory import Heap, stored_type

LENGTH = 20
NUMBER = 8
FREE = frozenset({"widen", "tuple", "item", "unwrap", "not", "view", "const", "symbol", "shape", "dim",
                  "ndim", "size", "len", "same", "is_none", "is_array"})  # fmt: skip
CHEAP = frozenset({"add", "subtract", "multiply", "negative", "less", "less_equal", "greater",
                   "greater_equal", "equal", "not_equal", "floor_divide", "remainder", "divide",
                   "getitem", "load", "range_len", "int_max", "int_min", "select", "bool_of"})  # fmt: skip


class Costs:
    """Costs in one forward sweep."""

    def __init__(self, survey: Survey, shapes: Shapes, heap: Heap) -> None:
        self.survey, self.shapes, self.heap = survey, shapes, heap
        self.counts: dict[Place, int] = {}

    def executions(self, place: Place) -> int:
        """How often a block is run."""
        if place not in self.counts:
            outer = 1 if place.parent is None else self.executions(place.parent)
            self.counts[place] = outer * self.trips(place)
        return self.counts[place]

    def trips(self, place: Place) -> int:
        """How often a block is run for one run of its parent."""
        if not place.is_loop_body:
            return 1
        op = place.holder
        assert op is not None
        if not op.attrs["bounded"]:
            return LENGTH
        low, high, step = map(self.shapes.form, op.operands[:3])
        span = high - low
        if span.is_constant and step.is_constant and step.constant:
            return max(1, -(-span.constant // step.constant))
        return LENGTH

    def size(self, t: Type, dims: tuple[Form, ...] | None = None) -> int:
        """Bytes of one value."""
        if isinstance(t, Tuple):
            return sum(map(self.size, t.items))
        if not isinstance(t, Array):
            return NUMBER
        total = NUMBER
        axes = dims if dims is not None else (None,) * (1 if t.rank is None else t.rank)
        for size in axes:
            total *= max(1, size.constant) if size is not None and size.is_constant else LENGTH
        return total

    def save(self, value: Value) -> int:
        """Bytes to save a value each time it is defined."""
        once = self.size(value.type, self.shapes.dims.get(value))
        return once * self.executions(self.survey.place_of[value])

    def undo(self, position: int) -> int:
        """Bytes to save what a store overwrites, each time."""
        op = self.survey.op_at[position]
        once = self.size(stored_type(op, self.heap), self.shapes.parts.get(id(op)))
        return once * self.executions(self.survey.place_at[position])

    def compute(self, value: Value, op: Op) -> int:
        """What it costs to do an operation again, each time."""
        if op.kind in FREE:
            return 0
        numbers = self.size(value.type, self.shapes.dims.get(value)) // NUMBER
        row = kernels.row(op.kind)
        if op.kind in ("load", "getitem") or (row is not None and row.is_view):
            numbers = 1  # an array is only looked at
        cheap = op.kind in CHEAP
        return numbers * (1 if cheap else NUMBER) * self.executions(self.survey.place_of[value])


def can_repeat(op: Op) -> bool:
    """Whether an operation that is no load gives the same again for the same operands."""
    if op.regions or len(op.results) != 1:
        return False
    if op.kind in FREE:
        return op.kind != "len"
    if op.kind in (
        "range_len",
        "int_max",
        "int_min",
        "select",
        "bool_of",
        "getitem",
        "view_as",
        "shadow",
    ):
        return True
    row = kernels.row(op.kind)
    if row is None or not (row.elementwise and row.is_fresh):
        return False
    return isinstance(op.result.type, Scalar | Array) and not isinstance(op.result.type, Tuple)
