"""Arrays of which only the shape is asked: the shape comes from something at hand, else it is saved itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Survey
from s2s.ir.core import Op, Value
from s2s.ir.types import INT, Tuple
from s2s.transform.storage.costs import can_repeat
from s2s.transform.storage.fates import CONSTANT, Demand, Fates

MOST_REPEATED = 4


class Outlines:
    """Finds what has a shape, after the fates of all values that are read are known.

    sources  for each recall (by id): an array of that shape, an operation that finds such an array, or the
             shape itself.  What the array held may be gone.
    saved    shapes that are saved, by the array they are asked of
    """

    def __init__(self, survey: Survey, shapes: Shapes, fates: Fates) -> None:
        self.survey, self.shapes, self.fates = survey, shapes, fates
        self.sources: dict[int, Value | Op] = {}
        self.saved: dict[Value, Value] = {}
        self.by_shape: dict[Any, list[Value]] = {}
        for value in survey.place_of:
            if value in shapes.dims:
                self.by_shape.setdefault(shapes.dims[value], []).append(value)

    def settle(self, recalls: Iterable[Op], consumers: Mapping[Value, set[str]]) -> None:
        """Find them all; consumers: what is done with what is recalled."""
        for recall in recalls:
            source = self.source(recall, plain=consumers[recall.result] <= {"shape", "dim"})
            if source is not None:
                self.sources[id(recall)] = source
            self.fates.settle()

    def source(self, recall: Op, *, plain: bool) -> Value | Op | None:
        """Where one shape comes from; None: the value is demanded as a whole.

        plain: the shape itself serves as well as an array
        """
        value, at, block = recall.operands[0], recall.attrs["at"], recall.attrs["block"]
        known = self.at_hand(value, at, block)
        if known is not None:
            return known
        same = [v for v in self.alike(value) if self.is_in_scope(v, block)] if plain else []
        for other in same:
            known = self.at_hand(other, at, block)
            if known is not None:
                return known
        if not same or getattr(value.type, "rank", None) is None:
            self.fates.demand(value, at, block)
            return None
        return self.save(same[0], at, block)

    def save(self, value: Value, at: int, block: int) -> Value:
        """Save the shape of an array."""
        made = self.saved.get(value)
        if made is None:
            rank = value.type.rank  # type: ignore[attr-defined]
            name = f"{value.name}_shape" if value.name else None
            made = self.saved[value] = Value(Tuple((INT,) * rank), name)
            self.survey.place_of[made] = self.survey.place_of[value]
            self.fates.saved.add(made)
        self.fates.save(Demand(made, at, block))
        return made

    def alike(self, value: Value) -> list[Value]:
        """Arrays of the same shape, itself included, in the order of their definition."""
        dims = self.shapes.dims.get(value)
        return self.by_shape.get(dims, [value]) if dims is not None else [value]

    def is_in_scope(self, value: Value, block: int) -> bool:
        """Whether the mirror of a block belongs to the same iteration as a value."""
        return self.survey.place_of[value] in self.survey.places[block].chain()

    def at_hand(self, value: Value, at: int, block: int) -> Value | Op | None:
        """An array, or an operation that finds it, if nothing has to be saved for that."""
        place = self.survey.place_of.get(value)
        op = self.survey.defining.get(value)
        if value in self.fates.saved:
            self.fates.demand(value, at, block)
            return value
        if place is None or place.number == 0:
            return value
        if op is None or op.kind not in ("load", "view", "getitem"):
            return None
        if not all(self.is_free(v, MOST_REPEATED) for v in op.operands):
            return None
        for operand in op.operands:
            self.fates.demand(operand, at, block)
        return op

    def is_free(self, value: Value, budget: int) -> bool:
        """Whether a value can be found again in a few operations, without saving anything for it."""
        place = self.survey.place_of.get(value)
        if place is None or value in self.fates.saved or self.survey.is_index(value):
            return True
        op = self.survey.defining.get(value)
        if op is None:
            return place.number == 0
        if op.kind in CONSTANT or place.number == 0:
            return True
        if budget == 0 or not can_repeat(op):
            return False
        return all(self.is_free(v, budget - 1) for v in op.operands)
