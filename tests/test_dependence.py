"""The dependence test: what it must prove, and what it must not."""

import random
from itertools import product
from typing import Any

import numpy as np
import pytest

import s2s
from s2s.analysis.affine import Form, form_of
from s2s.analysis.counters import counters
from s2s.analysis.dependence import Dependence
from s2s.analysis.inequalities import infeasible
from s2s.analysis.shapes import shapes
from s2s.analysis.survey import Survey
from s2s.compiled import lower_function
from s2s.ir.core import Value
from s2s.ir.types import INT

N = 7


def test_inequalities_against_enumeration() -> None:
    """What is said to have no solution has none."""
    draw = random.Random(5)
    proved = 0
    for _ in range(300):
        variables = [form_of(Value(INT, name)) for name in "xyz"]
        rows = []
        for _ in range(draw.randint(2, 6)):
            factors = [draw.randint(-2, 2) for _ in variables]
            constant = draw.randint(-4, 4)
            row = Form(constant)
            for v, f in zip(variables, factors, strict=True):
                row += v * f
            rows.append((row, factors, constant))
        split = draw.randint(0, 2)
        zero, positive = rows[:split], rows[split:]
        if infeasible([r[0] for r in zero], [r[0] for r in positive]):
            proved += 1
            for point in product(range(-6, 7), repeat=3):

                def at(row: Any, point: tuple[int, ...] = point) -> int:
                    return int(sum(f * x for f, x in zip(row[1], point, strict=True)) + row[2])

                assert any(at(r) != 0 for r in zero) or any(at(r) < 0 for r in positive)
    assert proved > 20


def may_hit(function: Any, load: int, store: int, *args: Any) -> bool:
    """Whether the store of this number may hit what the load of this number read."""
    program = lower_function(function, args, {}).program
    survey = Survey(program.main.body.args, program.main.body.ops)
    known = shapes(program)
    dependence = Dependence(survey, known, counters(survey, known))
    found = [[p for p, op in survey.op_at.items() if op.kind == kind and len(op.operands) > count]
             for kind, count in (("load", 1), ("store", 2))]  # fmt: skip
    return dependence.may_hit(found[0][load], found[1][store])


def shifted(a: Any) -> None:
    for i in range(len(a) - 1):
        a[i + 1] = a[i] * 2.0


def back(a: Any) -> None:
    for i in range(1, len(a)):
        a[i - 1] = a[i] * 2.0


def halves(a: Any, n: Any) -> None:
    for i in range(n):
        a[2 * i] = a[2 * i + 1]


def doubles(a: Any, n: Any) -> None:
    for i in range(n):
        a[2 * i] = a[i]


def mirrored(a: Any) -> None:
    for i in range(len(a)):
        a[len(a) - 1 - i] = a[i]


def downwards(a: Any) -> None:
    for i in range(len(a) - 1, 0, -1):
        a[i] = a[i - 1] * 2.0


def from_the_end(a: Any, n: Any) -> None:
    for i in range(n):
        a[-1] = a[i]


def unknown_sign(a: Any, k: Any) -> None:
    for i in range(2):
        a[i] = a[i + k]


def counting(a: Any) -> None:
    k = 0
    while k < len(a) - 1:
        a[k] = a[k + 1]
        k += 1


def counting_in_twos(a: Any) -> None:
    k = 0
    while k < len(a) - 1:
        a[k + 1] = a[k]
        k += 2


def twice(a: Any, n: Any) -> None:
    for _ in range(n):
        for i in range(len(a) - 1):
            a[i + 1] = a[i] * 2.0


def through_a_view(a: Any) -> None:
    v = a[1:]
    for i in range(len(v)):
        v[i] = a[i] * 2.0


@pytest.mark.parametrize(
    ("function", "args", "hit"),
    [
        (shifted, (), False),  # what is read is never written again
        (back, (), True),  # what is read is written in the next iteration
        (halves, (3,), False),  # even and odd
        (doubles, (3,), True),  # a[0] is read and then written
        (mirrored, (), True),
        (downwards, (), True),  # the element below is written next
        (from_the_end, (3,), True),  # the last element may be a[i]
        (unknown_sign, (1,), True),
        (counting, (), True),  # the same with a counter
        (counting_in_twos, (), False),
        (twice, (2,), True),  # in the next round
        (through_a_view, (), False),  # v[i] is a[i + 1]
    ],
)
def test_elements(function: Any, args: tuple[Any, ...], hit: bool) -> None:
    assert may_hit(function, 0, 0, np.linspace(0.0, 1.0, N), *args) is hit


def kept_row(a: np.ndarray) -> float:
    for i in range(1, a.shape[0]):
        a[i] = a[i] * a[i - 1] * 0.5
    return np.sum(a)


def swapped_views(a: np.ndarray) -> float:
    """The same variable names other memory in each iteration."""
    u, v = a[:-1], a[1:]
    for i in range(4):
        v[i] = np.sin(u[i]) * v[i]
        u, v = v, u
    return np.sum(a)


def of_the_last(a: np.ndarray) -> float:
    """An index that counts from the end meets one that counts from the beginning."""
    s = 0.0
    for i in range(len(a)):
        s += a[i] ** 2 * a[-1]
        a[-1 - i] = np.cos(a[i])
    return s + np.sum(a)


def left_early(a: np.ndarray) -> float:
    """The value that a loop leaves in memory depends on when it is left."""
    for k in range(3):
        for i in range(1, len(a)):
            if a[i] > 0.9:
                break
            a[i] = a[i] * a[i - 1] + 0.3
        a[0] = a[i] * a[k]
    return np.sum(a)


@pytest.mark.parametrize("function", [swapped_views, of_the_last, left_early])
def test_reloads_agree_with_forward_mode(function: Any) -> None:
    """[fuzz] indices and names that are not what they seem."""
    a = np.random.default_rng(2).uniform(0.1, 0.8, N)
    dot = np.random.default_rng(3).normal(size=N)
    _, tangent = s2s.jvp(function, (a,), (dot,))
    assert np.sum(s2s.grad(function)(a) * dot) == pytest.approx(tangent, rel=1e-9)


def test_rows_are_followed() -> None:
    a = np.random.default_rng(2).uniform(0.1, 0.8, (4, 3))
    dot = np.random.default_rng(3).normal(size=(4, 3))
    _, tangent = s2s.jvp(kept_row, (a,), (dot,))
    assert np.sum(s2s.grad(kept_row)(a) * dot) == pytest.approx(tangent, rel=1e-9)
