"""Whether affine inequalities over whole numbers have a solution: Fourier-Motzkin elimination.

`infeasible` answers True only if there is none.  Rounding towards whole numbers is used where a
constraint has a common factor; where too many constraints would arise it gives up and says False.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import gcd

from s2s.analysis.affine import Form

MOST_CONSTRAINTS = 60
MOST_VARIABLES = 16

Row = tuple[int, dict[Hashable, int]]  # constant + sum(factor * variable) >= 0


def infeasible(zero: Iterable[Form], positive: Iterable[Form]) -> bool:
    """Whether no whole numbers make all of ``zero`` 0 and all of ``positive`` at least 0."""
    equalities = [(f.constant, dict(f.terms)) for f in zero]
    rows = [(f.constant, dict(f.terms)) for f in positive]
    while equalities:
        equality = equalities.pop()
        solved = solve(equality)
        if solved is None:
            if not equality[1] and equality[0]:
                return True
            divisor = gcd(*equality[1].values()) if equality[1] else 1
            if equality[0] % divisor:
                return True
            rows += [equality, scaled(equality, -1)]
            continue
        variable, value = solved
        equalities = [replaced(e, variable, value) for e in equalities]
        rows = [replaced(r, variable, value) for r in rows]
    return eliminate(rows)


def solve(equality: Row) -> tuple[Hashable, Row] | None:
    """A variable with factor 1 or -1, and what it is equal to."""
    constant, terms = equality
    for variable, factor in terms.items():
        if abs(factor) == 1:
            rest = {v: -factor * f for v, f in terms.items() if v != variable}
            return variable, (-factor * constant, rest)
    return None


def scaled(row: Row, factor: int) -> Row:
    """A multiple of a row."""
    return row[0] * factor, {v: f * factor for v, f in row[1].items()}


def added(a: Row, b: Row) -> Row:
    """The sum of two rows."""
    terms = dict(a[1])
    for variable, factor in b[1].items():
        terms[variable] = terms.get(variable, 0) + factor
    return a[0] + b[0], {v: f for v, f in terms.items() if f}


def replaced(row: Row, variable: Hashable, value: Row) -> Row:
    """A row with a variable replaced."""
    factor = row[1].get(variable)
    if factor is None:
        return row
    rest = {v: f for v, f in row[1].items() if v != variable}
    return added((row[0], rest), scaled(value, factor))


def eliminate(rows: list[Row]) -> bool:
    """Eliminate one variable after the other; True when a contradiction turns up."""
    while True:
        found = tightened(rows)
        if found is None:
            return True
        rows = found
        counts: dict[Hashable, list[int]] = {}
        for _, terms in rows:
            for variable, factor in terms.items():
                counts.setdefault(variable, [0, 0])[factor > 0] += 1
        if not counts or len(counts) > MOST_VARIABLES:
            return False
        variable = min(counts, key=lambda v: counts[v][0] * counts[v][1])
        if len(rows) + counts[variable][0] * counts[variable][1] > MOST_CONSTRAINTS:
            return False
        rows = without(rows, variable)


def without(rows: list[Row], variable: Hashable) -> list[Row]:
    """What follows for the other variables."""
    kept, low, high = [], [], []
    for row in rows:
        factor = row[1].get(variable, 0)
        (kept if not factor else low if factor > 0 else high).append(row)
    for a in low:
        for b in high:
            kept.append(added(scaled(a, -b[1][variable]), scaled(b, a[1][variable])))
    return kept


def tightened(rows: list[Row]) -> list[Row] | None:
    """Rows divided by their common factors, the strongest of equal ones; None: a contradiction."""
    strongest: dict[frozenset[tuple[Hashable, int]], int] = {}
    for constant, terms in rows:
        if not terms:
            if constant < 0:
                return None
            continue
        divisor = gcd(*terms.values())
        key = frozenset((v, f // divisor) for v, f in terms.items())
        constant //= divisor
        if key not in strongest or constant < strongest[key]:
            strongest[key] = constant
    return [(constant, dict(key)) for key, constant in strongest.items()]
