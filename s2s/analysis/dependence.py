"""Dependence: whether a store may hit, later on, what an earlier operation read or wrote.

Indices are affine forms in the numbers of the iterations; the question for each order in which the two
operations may come is a system of inequalities.  Giving up means "it may".

    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] = a[i, k] / a[k, k]       a[k, k] is hit by no later store: i > k, and later k are larger
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from s2s.analysis.affine import Axis, Clip, Form, Part, form_of
from s2s.analysis.counters import Counters
from s2s.analysis.iterations import ONE, Iterations, Second, Trip
from s2s.analysis.regions import Region, Regions
from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Place, Survey
from s2s.ir.core import Value


class Dependence:
    """Answers questions about one sweep."""

    def __init__(self, survey: Survey, shapes: Shapes, counters: Counters) -> None:
        self.survey = survey
        self.iterations = Iterations(survey, shapes, counters)
        self.regions = Regions(survey, shapes, self.iterations)
        self.answers: dict[tuple[int, int, int], bool] = {}
        self.depths: dict[Any, int] = {}

    # ----------------------------------------------------------------------------- questions
    def may_hit(self, first: int, second: int, fixed: int = 0) -> bool:
        """Whether the operation at ``second`` may write, after the one at ``first`` has run, to what
        that one reads or writes.

        fixed: so many of the outermost loops around ``first`` stay in the same iteration
        """
        key = (first, second, fixed)
        if key not in self.answers:
            self.answers[key] = self.compute(first, second, fixed)
        return self.answers[key]

    def compute(self, first: int, second: int, fixed: int) -> bool:
        """As `may_hit`, without memory."""
        survey = self.survey
        if not survey.may_follow(second, first):
            return False
        a, b = self.regions.region(first), self.regions.region(second)
        if a is None or b is None or a.root is not b.root:
            return True
        common = self.common_loops(first, second)
        if fixed > len(common):
            return True
        levels = [*range(fixed, len(common))]
        if second > first:
            levels.append(len(common))
        return any(self.meet(a, b, first, second, common, level) for level in levels)

    def common_loops(self, first: int, second: int) -> tuple[Place, ...]:
        """Loops around both."""
        pairs = zip(self.survey.loops_around(first), self.survey.loops_around(second), strict=False)
        found = []
        for p, q in pairs:
            if p is not q:
                break
            found.append(p)
        return tuple(found)

    def meet(
        self, a: Region, b: Region, first: int, second: int, common: Sequence[Place], level: int
    ) -> bool:
        """Whether they meet when the loops before ``level`` are in the same iteration and that one is
        further on at the second (``level`` the number of common loops: all are in the same)."""
        root = len(self.survey.loops_of(a.root))
        if root > level:
            made = self.survey.defining.get(a.root)
            return made is None or made.kind != "alloc"
        zero = []
        for x, y in zip(a.indices, b.indices, strict=True):
            if x is not None and y is not None:
                zero.append(x - self.second(y, level))
        if not zero:
            return True
        if all(z.is_constant and z.constant == 0 for z in zero) and level == len(common):
            return True
        positive = [*a.facts, *(self.second(f, level) for f in b.facts)]
        positive += self.iterations.bounds_around(first)
        positive += [self.second(f, level) for f in self.iterations.bounds_around(second)]
        if level < len(common):
            trip = self.iterations.trip(common[level])
            positive.append(self.second(trip, level) - trip - ONE)
        return not self.iterations.refuted(zero, positive)

    # --------------------------------------------------------------------------- iterations
    def second(self, form: Form, level: int) -> Form:
        """A form as it is at the second operation: what varies in loops from ``level`` on is another
        number there."""
        total = Form(form.constant)
        for atom, factor in form.terms:
            new: Any = atom if self.depth(atom) <= level else Second(atom)
            total += form_of(new) * factor
        return total

    def depth(self, atom: Any) -> int:
        """How many loops lie around what an atom is."""
        found = self.depths.get(atom)
        if found is None:
            match atom:
                case Trip(body):
                    found = len(body.loops)
                case Axis(array):
                    found = len(self.survey.loops_of(array))
                case Value():
                    found = len(self.survey.loops_of(atom))
                case Clip(form):
                    found = max((self.depth(a) for a, _ in form.terms), default=0)
                case Part(axis, (low, high, _)):
                    forms = [f for f in (axis, low, high) if f is not None]
                    found = max((self.depth(a) for f in forms for a, _ in f.terms), default=0)
                case _:
                    found = 1 << 30
            self.depths[atom] = found
        return found
