"""Whole numbers by the numbers of the iterations of the loops around them, and what holds of these.

The index of ``range(low, high, step)`` is ``low + step * t`` in the iteration of number t, which is at least 0
and such that the index is before ``high``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from s2s.analysis.affine import Axis, Clip, Form, Part, form_of
from s2s.analysis.counters import Counters
from s2s.analysis.inequalities import infeasible
from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Place, Survey
from s2s.ir.core import Value

MOST_TESTS = 6000  # systems for one function; then nothing more is proved
ONE = Form(1)


@dataclass(frozen=True, eq=False)
class Trip:
    """The number of the iteration of a loop."""

    body: Place


@dataclass(frozen=True, eq=True)
class Second:
    """An atom as it is when the second of two operations runs."""

    atom: Any


class Iterations:
    """The loops of one sweep."""

    def __init__(self, survey: Survey, shapes: Shapes, counters: Counters) -> None:
        self.survey, self.shapes, self.counters = survey, shapes, counters
        self.tests = 0
        self.known: dict[Value, Form] = {}  # indices and counters by numbers of iterations
        self.bounds: dict[Place, list[Form]] = {}
        self.trips: dict[Place, Form] = {}

    def trip(self, place: Place) -> Form:
        """The number of the iteration of a loop."""
        self.bounds_of(place)
        return self.trips[place]

    def bounds_of(self, place: Place) -> list[Form]:
        """What holds of the number of the iteration of a loop; makes its index known."""
        found = self.bounds.get(place)
        if found is not None:
            return found
        assert place.holder is not None
        op, index = place.holder, place.block.args[0]
        trip = form_of(Trip(place))  # type: ignore[arg-type]
        self.trips[place] = trip
        self.bounds[place] = found = [trip]
        if not op.attrs["bounded"]:
            self.known[index] = trip
        else:
            low, high, step = map(self.form, op.operands[:3])
            if step.is_constant and step.constant:
                self.known[index] = low + trip * step.constant
                ahead = high - self.known[index]
                found.append((ahead if step.constant > 0 else ahead * -1) - ONE)
        for arg in place.block.args[1:]:
            if arg in self.counters:
                start, step_ = self.counters[arg]
                self.known[arg] = self.form(start) + trip * step_
        return found

    def form(self, value: Value) -> Form:
        """A whole number by numbers of iterations and what does not vary."""
        return self.expanded(self.shapes.form(value))

    def expanded(self, form: Form) -> Form:
        """A form with indices and counters replaced."""
        for atom, _ in form.terms:
            if isinstance(atom, Value):
                for place in self.survey.loops_of(atom):
                    self.bounds_of(place)
        return form.substituted(self.known)  # type: ignore[arg-type]

    def sizes(self, forms: Iterable[Form]) -> list[Form]:
        """Sizes are never negative."""
        found: dict[Any, None] = {}
        for form in forms:
            for atom, _ in form.terms:
                found[atom] = None
        facts = []
        for atom in found:
            inner = atom.atom if isinstance(atom, Second) else atom
            if isinstance(inner, Axis | Clip | Part):
                facts.append(form_of(atom))
            if isinstance(atom, Clip):
                facts.append(form_of(atom) - self.expanded(atom.form))
        return facts

    def bounds_around(self, position: int) -> list[Form]:
        """What holds of the iterations of all loops around an operation."""
        return [
            form for place in self.survey.loops_around(position) for form in self.bounds_of(place)
        ]

    def refuted(self, zero: list[Form], positive: list[Form]) -> bool:
        """Whether it is proved that these cannot be 0 and at least 0; False after too many questions."""
        self.tests += 1
        if self.tests > MOST_TESTS:
            return False
        return infeasible(zero, positive + self.sizes([*zero, *positive]))

    def proved(self, form: Form, at: int, *, below: bool = False) -> bool:
        """Whether a number is never negative (``below``: always) where an operation stands."""
        if not form.terms:
            return (form.constant < 0) if below else form.constant >= 0
        positive = [form if below else form * -1 - ONE]
        return self.refuted([], positive + self.bounds_around(at))
