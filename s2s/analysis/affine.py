"""Whole numbers as affine forms: a constant and whole multiples of atoms.

Atoms are values of the program whose computation is not followed further, and sizes: `Axis`, the
length of one axis of an array, and `Clip`, the larger of a form and 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from s2s.ir.core import Value


@dataclass(frozen=True, eq=True)
class Axis:
    """The length of one axis of an array: never negative, the same as long as the array lives."""

    array: Value
    axis: int


@dataclass(frozen=True, eq=True)
class Clip:
    """``max(form, 0)``: what is left of an axis."""

    form: Form


@dataclass(frozen=True, eq=True)
class Part:
    """How many indices a slice takes from an axis."""

    axis: Form
    bounds: tuple[Form | None, Form | None, int]


Atom = Value | Axis | Clip | Part


@dataclass(frozen=True, eq=True)
class Form:
    """``constant + sum(factor * atom)``; equal forms are equal numbers."""

    constant: int
    terms: frozenset[tuple[Atom, int]] = frozenset()

    @cached_property
    def _hash(self) -> int:
        return hash((self.constant, self.terms))

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Form) -> Form:
        if not other.terms:
            return Form(self.constant + other.constant, self.terms)
        factors = dict(self.terms)
        for atom, factor in other.terms:
            factors[atom] = factors.get(atom, 0) + factor
        terms = frozenset((a, f) for a, f in factors.items() if f)
        return Form(self.constant + other.constant, terms)

    def __sub__(self, other: Form) -> Form:
        return self + other * -1

    def __mul__(self, factor: int) -> Form:
        if factor == 0:
            return Form(0)
        return Form(factor * self.constant, frozenset((a, factor * f) for a, f in self.terms))

    @property
    def is_constant(self) -> bool:
        """Whether the number is known."""
        return not self.terms

    @property
    def is_size(self) -> bool:
        """Whether the number cannot be negative: a sum of sizes."""
        return self.constant >= 0 and all(f > 0 and not isinstance(a, Value) for a, f in self.terms)

    def substituted(self, known: Mapping[Atom, Form]) -> Form:
        """The form with some atoms replaced."""
        if not any(a in known for a, _ in self.terms):
            return self
        total = Form(self.constant)
        for atom, factor in self.terms:
            total += known.get(atom, form_of(atom)) * factor
        return total


def form_of(atom: Atom) -> Form:
    """An atom as a form."""
    return Form(0, frozenset({(atom, 1)}))


def clip(form: Form) -> Form:
    """``max(form, 0)``."""
    if form.is_constant:
        return Form(max(form.constant, 0))
    return form if form.is_size else form_of(Clip(form))


def shortened(size: Form, less: int) -> Form:
    """What is left of an axis without ``less`` indices: ``max(size - less, 0)``."""
    if not less:
        return size
    if size.constant == 0 and len(size.terms) == 1:
        ((atom, factor),) = size.terms
        if isinstance(atom, Clip) and factor == 1:
            return clip(atom.form - Form(less))
    return clip(size - Form(less))


def sliced(size: Form, low: Form | None, high: Form | None, step: int | None) -> Form | None:
    """How many indices ``low:high:step`` takes from an axis; None if that is not known.

    low, high: None where the bound is absent;  step: None where it is not known
    """
    if step is None:
        return None
    if low is None and high is None and step == -1:
        return size
    start = low if low is not None else Form(0)
    if step == 1 and start.is_constant and start.constant >= 0:
        if high is None:
            return shortened(size, start.constant)
        if high.is_constant and high.constant < 0:
            return shortened(size, start.constant - high.constant)
        if high.is_constant and size.is_constant:
            return Form(max(min(high.constant, size.constant) - start.constant, 0))
    return form_of(Part(size, (low, high, step)))
