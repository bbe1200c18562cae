"""What is recorded: nothing by linear programs, nothing that is at hand."""

import numpy as np
import pytest

import s2s


def heat(u: np.ndarray, steps: int) -> float:
    """A linear stencil in time."""
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u)


def prefix(x: np.ndarray) -> float:
    """A linear recurrence in place."""
    a = x.copy()
    for i in range(1, len(a)):
        a[i] = a[i] + 0.5 * a[i - 1]
    return a[-1]


def moving(x: np.ndarray) -> float:
    """A sum of elements."""
    s = 0.0
    for i in range(len(x) - 1):
        s += 0.5 * (x[i] + x[i + 1])
    return s


def squares(x: np.ndarray) -> float:
    """Reads again what nobody wrote to."""
    s = 0.0
    for v in x:
        s += v * v
    return s


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (prefix, (np.linspace(0.0, 1.0, 8),)),
        (moving, (np.linspace(0.0, 1.0, 8),)),
        (squares, (np.linspace(0.0, 1.0, 8),)),
    ],
)
def test_nothing_is_recorded(function, args) -> None:  # type: ignore[no-untyped-def]
    ssa = s2s.grad(function).ssa(*args)
    assert "append" not in ssa
    assert "tape" not in ssa


def test_arguments_are_not_changed() -> None:
    u = np.linspace(0.0, 1.0, 8)
    before = u.copy()
    s2s.grad(heat)(u, 3)
    np.testing.assert_array_equal(u, before)
