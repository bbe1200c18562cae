"""Where everything stands in a sweep: positions, blocks, definitions, loops.

Positions number the operations in program order, outer before inner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from s2s.ir.core import Block, Op, Value


@dataclass(eq=False)
class Place:
    """A block, and the positions of its first and last operation."""

    number: int
    block: Block
    parent: Place | None
    holder: Op | None  # the operation it is a region of
    first: int = 0
    last: int = 0
    loops: tuple[Place, ...] = ()  # the loop bodies it lies in, itself included, outermost first

    @property
    def is_loop_body(self) -> bool:
        """Whether the block is run many times for one run of its parent."""
        return self.holder is not None and self.holder.kind == "loop"

    def chain(self) -> list[Place]:
        """This block and those around it, innermost first."""
        found: list[Place] = []
        here: Place | None = self
        while here is not None:
            found.append(here)
            here = here.parent
        return found


class Survey:
    """Where everything stands in a list of operations."""

    def __init__(self, args: tuple[Value, ...], ops: Sequence[Op]) -> None:
        self.places: list[Place] = []
        self.op_at: dict[int, Op] = {}
        self.end_of: dict[int, int] = {}  # the last position inside of an operation
        self.place_at: dict[int, Place] = {}
        self.defining: dict[Value, Op] = {}
        self.place_of: dict[Value, Place] = {}
        self.position: dict[int, int] = {}  # by id of the operation
        self.counter = 0
        self.visit(Block(args, tuple(ops)), None, None)

    def visit(self, block: Block, parent: Place | None, holder: Op | None) -> None:
        """Number a block and what it holds, outer before inner."""
        place = Place(len(self.places), block, parent, holder, self.counter)
        outer = parent.loops if parent is not None else ()
        place.loops = (*outer, place) if place.is_loop_body else outer
        self.places.append(place)
        for value in block.args:
            self.place_of[value] = place
        for op in block.ops:
            position = self.counter
            self.counter += 1
            self.position[id(op)] = position
            self.op_at[position] = op
            self.place_at[position] = place
            for value in op.results:
                self.defining[value] = op
                self.place_of[value] = place
            for region in op.regions:
                self.visit(region, place, op)
            self.end_of[position] = self.counter - 1
        place.last = self.counter - 1

    def loops_around(self, position: int) -> tuple[Place, ...]:
        """Loop bodies that hold an operation, outermost first."""
        return self.place_at[position].loops

    def loops_of(self, value: Value) -> tuple[Place, ...]:
        """Loop bodies in which a value is defined anew in each iteration."""
        place = self.place_of.get(value)
        return () if place is None else place.loops

    def may_follow(self, later: int, earlier: int) -> bool:
        """Whether an operation may run after another one has."""
        if later > earlier:
            return True
        return bool(set(self.loops_around(later)) & set(self.loops_around(earlier)))

    def exclude(self, one: int, other: int) -> bool:
        """Whether two operations stand on different sides of a branch."""
        sides = {id(p.holder): p for p in self.place_at[one].chain() if p.holder is not None}
        return any(
            p.holder.kind == "if" and sides.get(id(p.holder), p) is not p
            for p in self.place_at[other].chain()
            if p.holder is not None
        )

    def last_with(self, loops: tuple[Place, ...], at: int) -> int:
        """The last position that may run, in one iteration of ``loops``, before the operation at ``at``
        has run for the last time."""
        inner = (p.last for p in self.loops_around(at) if p not in loops)
        return max(self.end_of[at], *inner, 0)

    def is_index(self, value: Value) -> bool:
        """Whether a value is the index of a loop."""
        place = self.place_of.get(value)
        return place is not None and place.is_loop_body and value is place.block.args[0]
