"""How often something is done, as a formula: sums of polynomials over loops.

for k in range(n):
    for i in range(k + 1, n):           n**2/2 - n/2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from s2s.analysis.affine import Form

Monomial = tuple[tuple[Any, int], ...]  # atoms with their powers
# 0**d + 1**d + ... + (x - 1)**d as factors of x, x**2, ...
SUMS = {
    0: (Fraction(1),),
    1: (Fraction(-1, 2), Fraction(1, 2)),
    2: (Fraction(1, 6), Fraction(-1, 2), Fraction(1, 3)),
    3: (Fraction(0), Fraction(1, 4), Fraction(-1, 2), Fraction(1, 4)),
}


@dataclass(frozen=True)
class Polynomial:
    """A sum of monomials with factors."""

    terms: Mapping[Monomial, Fraction]

    def __add__(self, other: Polynomial) -> Polynomial:
        total = dict(self.terms)
        for monomial, factor in other.terms.items():
            total[monomial] = total.get(monomial, Fraction(0)) + factor
        return Polynomial({m: f for m, f in total.items() if f})

    def __mul__(self, other: Polynomial) -> Polynomial:
        total: dict[Monomial, Fraction] = {}
        for a, x in self.terms.items():
            for b, y in other.terms.items():
                m = product(a, b)
                total[m] = total.get(m, Fraction(0)) + x * y
        return Polynomial({m: f for m, f in total.items() if f})

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + other * number(-1)

    def powers_of(self, atom: Any) -> dict[int, Polynomial]:
        """The factors of the powers of one atom."""
        found: dict[int, Polynomial] = {}
        for monomial, factor in self.terms.items():
            power = dict(monomial).get(atom, 0)
            rest = Polynomial({tuple((a, p) for a, p in monomial if a != atom): factor})
            found[power] = found.get(power, number(0)) + rest
        return found

    def written(self, name: Callable[[Any], str]) -> str:
        """As text, the highest powers first."""
        parts = []
        for monomial, factor in sorted(self.terms.items(), key=lambda t: -sum(p for _, p in t[0])):
            atoms = "*".join(name(a) if p == 1 else f"{name(a)}**{p}" for a, p in monomial)
            size = abs(factor)
            shown = str(size.numerator) if size.numerator != 1 or not atoms else ""
            text = "*".join(filter(None, (shown, atoms)))
            text += f"/{size.denominator}" if size.denominator != 1 else ""
            parts.append(("- " if factor < 0 else "+ ") + text)
        text = " ".join(parts) or "0"
        return (
            text.removeprefix("+ ").replace("- ", "-", 1)
            if text.startswith("- ")
            else text.removeprefix("+ ")
        )


def product(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials, its atoms in the order in which they are met."""
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=lambda t: str(t[0])))


def number(value: int) -> Polynomial:
    """A whole number."""
    return Polynomial({(): Fraction(value)} if value else {})


def polynomial(form: Form) -> Polynomial:
    """An affine form."""
    total = number(form.constant)
    for atom, factor in form.terms:
        total += Polynomial({((atom, 1),): Fraction(factor)})
    return total


def summed(body: Polynomial, index: Any, low: Form, high: Form) -> Polynomial | None:
    """The sum over ``index`` in ``range(low, high)``; None if the powers are too high."""
    total = number(0)
    for power, factor in body.powers_of(index).items():
        if power not in SUMS:
            return None
        total += factor * (sum_below(power, high) - sum_below(power, low))
    return total


def sum_below(power: int, form: Form) -> Polynomial:
    """``0**power + ... + (form - 1)**power``."""
    x = polynomial(form)
    total, raised = number(0), number(1)
    for factor in SUMS[power]:
        raised = raised * x
        total += raised * Polynomial({(): factor} if factor else {})
    return total
