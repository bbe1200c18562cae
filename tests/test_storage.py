"""What is recorded: nothing by linear programs, nothing that memory still holds."""

from typing import Any

import numpy as np
import pytest

import s2s


def heat(u: np.ndarray, steps: int) -> float:
    """A linear stencil in time."""
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u)


def heat_2d(u: np.ndarray, steps: int) -> float:
    """The same in the plane."""
    for _ in range(steps):
        inner = u[1:-1, 1:-1]
        across = u[2:, 1:-1] - 2.0 * inner + u[:-2, 1:-1]
        u[1:-1, 1:-1] = inner + 0.1 * across + 0.1 * (u[1:-1, 2:] - 2.0 * inner + u[1:-1, :-2])
    return np.sum(u)


def heat_3d(u: np.ndarray, steps: int) -> float:
    """The same in space."""
    for _ in range(steps):
        c = u[1:-1, 1:-1, 1:-1]
        u[1:-1, 1:-1, 1:-1] = (
            c + 0.1 * (u[2:, 1:-1, 1:-1] - 2.0 * c + u[:-2, 1:-1, 1:-1])
            + 0.1 * (u[1:-1, 2:, 1:-1] - 2.0 * c + u[1:-1, :-2, 1:-1])
            + 0.1 * (u[1:-1, 1:-1, 2:] - 2.0 * c + u[1:-1, 1:-1, :-2])
        )  # fmt: skip
    return np.sum(u)


def heat_two_buffers(u: np.ndarray, steps: int) -> float:
    """To and fro between two arrays."""
    other = u.copy()
    for _ in range(steps):
        other[1:-1] = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        u[1:-1] = other[1:-1] + 0.1 * (other[:-2] - 2.0 * other[1:-1] + other[2:])
    return np.sum(u)


def heat_swapped(u: np.ndarray, steps: int) -> float:
    """Two arrays that change places."""
    u = u.copy()
    new = np.zeros_like(u)
    for _ in range(steps):
        new[0], new[-1] = u[0], u[-1]
        new[1:-1] = u[1:-1] + 0.1 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        u, new = new, u
    return np.sum(u * np.arange(8.0))


def heat_of_another_shape(u: np.ndarray, w: np.ndarray) -> float:
    """Arrays whose shapes nobody knows to be the same."""
    for _ in range(3):
        u[1:] -= 0.5 * (w[1:] - w[:-1])
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


def lu(a: np.ndarray) -> float:
    """In place; all that the adjoint reads is in the factors."""
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] = a[i, j] - a[i, k] * a[k, j]
    return np.sum(np.log(np.abs(np.diag(a))))


def cholesky(a: np.ndarray) -> float:
    """Row by row, in place."""
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            s = a[i, j]
            for k in range(j):
                s -= a[i, k] * a[j, k]
            a[i, j] = s / a[j, j]
        s = a[i, i]
        for k in range(i):
            s -= a[i, k] * a[i, k]
        a[i, i] = np.sqrt(s)
    return np.sum(np.tril(a))


def triangular_solve(a: np.ndarray, b: np.ndarray) -> float:
    """Back substitution, in place."""
    n = len(b)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            b[i] -= a[i, j] * b[j]
        b[i] /= a[i, i]
    return np.sum(b)


def counted(x: np.ndarray) -> float:
    """A `while` whose counter follows from the number of the iteration."""
    y = np.zeros_like(x)
    k = 1
    while k < len(x):
        y[k] = x[k - 1] * x[k]
        k += 2
    return np.sum(y)


def cumulative(x: np.ndarray) -> float:
    """Each element is final once it is written."""
    y = np.ones(len(x) + 1)
    for i in range(len(x)):
        y[i + 1] = y[i] * x[i]
    return y[-1]


def lu_pivoted(a: np.ndarray) -> float:
    """Rows change places, so that they are not where they were read."""
    n = a.shape[0]
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        a[[k, p]] = a[[p, k]]
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return np.sum(np.log(np.abs(np.diag(a))))


def durbin(r: np.ndarray) -> float:
    """Levinson and Durbin's recursion: what is overwritten is saved, once."""
    y = np.zeros_like(r)
    y[0] = -r[0]
    alpha, beta = -r[0], 1.0
    for k in range(1, len(r)):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[k - 1 :: -1], y[:k])) / beta
        y[:k] += alpha * y[k - 1 :: -1]
        y[k] = alpha
    return np.sum(y)


def gauss_seidel(u: np.ndarray, steps: int) -> float:
    """Three elements are read and one is overwritten: that one is saved."""
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = u[i] * u[i - 1] * u[i + 1]
    return np.sum(u)


def by_rows(x: np.ndarray, steps: int) -> float:
    """Only the shape of what is summed is needed."""
    s = 0.0
    for k in range(1, steps):
        s += np.sum(np.where(x > s, x, 0.0)[: 2 * k]) * 0.1
    return s


LINE = np.linspace(0.1, 1.0, 8)
PLANE = np.outer(LINE, LINE[:6])
SPACE = PLANE[:, :, None] * LINE[:5]
MATRIX = np.random.default_rng(0).normal(size=(6, 6)) + 6.0 * np.eye(6)
SPD = MATRIX @ MATRIX.T

NOTHING: list[tuple[Any, tuple[Any, ...]]] = [
    (prefix, (LINE,)),
    (moving, (LINE,)),
    (squares, (LINE,)),
    (heat, (LINE, 3)),
    (heat_2d, (PLANE, 3)),
    (heat_3d, (SPACE, 3)),
    (heat_two_buffers, (LINE, 3)),
    (heat_swapped, (LINE, 3)),
    (heat_of_another_shape, (LINE, 2.0 * LINE)),
    (lu, (MATRIX,)),
    (cholesky, (SPD,)),
    (triangular_solve, (MATRIX, LINE[:6])),
    (counted, (LINE,)),
    (cumulative, (LINE,)),
]


@pytest.mark.parametrize(("function", "args"), NOTHING)
def test_nothing_is_recorded(function: Any, args: tuple[Any, ...]) -> None:
    ssa = s2s.grad(function).ssa(*args)
    assert "append" not in ssa
    assert "tape" not in ssa
    assert s2s.grad(function).tape(*args).bytes == 0


@pytest.mark.parametrize(
    ("function", "args"),
    [
        *NOTHING,
        (lu_pivoted, (MATRIX,)),
        (durbin, (LINE,)),
        (gauss_seidel, (LINE, 4)),
        (by_rows, (LINE, 4)),
    ],
)
def test_gradient_agrees_with_forward_mode(function: Any, args: tuple[Any, ...]) -> None:
    dot = np.random.default_rng(1).normal(size=args[0].shape)
    others = tuple(0.0 * x if isinstance(x, np.ndarray) else 0 for x in args[1:])
    _, tangent = s2s.jvp(function, args, (dot, *others))
    assert np.sum(s2s.grad(function)(*args) * dot) == pytest.approx(tangent, rel=1e-10)


def recorded(function: Any, *args: Any) -> dict[tuple[str, str], int]:
    """Bytes by value and fate."""
    tape = s2s.grad(function).tape(*args)
    return {(e.value, e.fate): e.bytes for e in tape if e.fate in ("saved", "undone")}


def test_pivoting_records_the_rows_that_change_places() -> None:
    """Two rows of n numbers and the indices in each of n steps; no version of the matrix."""
    n = len(MATRIX)
    total = s2s.grad(lu_pivoted).tape(MATRIX).bytes
    assert 8 * 2 * n * n <= total <= 8 * (2 * n * n + 8 * n)


def test_durbin_records_half_a_square() -> None:
    n = len(LINE)
    total = s2s.grad(durbin).tape(LINE).bytes
    assert 8 * n * (n - 1) // 2 <= total <= 8 * (n * (n - 1) // 2 + 4 * n)


def test_what_is_overwritten_is_saved_rather_than_what_is_read() -> None:
    found = recorded(gauss_seidel, LINE, 4)
    assert found == {("u", "undone"): 8 * 4 * 6}


def test_only_shapes_are_saved_of_arrays_whose_shape_is_asked() -> None:
    tape = s2s.grad(by_rows).tape(LINE, 4)
    assert all(e.bytes <= 8 * 3 * len(LINE) for e in tape)


def test_tape_as_a_table() -> None:
    table = str(s2s.grad(gauss_seidel).tape(LINE, 4))
    assert "gauss_seidel records 192 bytes" in table
    assert "8*steps*len(u) - 16*steps" in table
    assert "reloaded" in table


def test_formula_of_a_triangle() -> None:
    (undone,) = [e for e in s2s.grad(durbin).tape(LINE) if e.fate == "undone"]
    assert undone.formula == "4*len(r)**2 - 4*len(r)"
    assert undone.bytes == 4 * 8**2 - 4 * 8


def selected(x: np.ndarray, y: np.ndarray) -> float:
    """One argument only says where to look."""
    k = np.argmax(y)
    y[0] = 0.0
    unused = x * y
    unused[0] = 1.0
    return x[k]


def test_no_cotangent_of_what_has_no_influence() -> None:
    source = s2s.grad(selected, (0, 1)).source(LINE, 2.0 * LINE)
    assert "unused" not in source.split("# reverse sweep")[1]
    assert "shadow" not in source


def test_arguments_are_not_changed() -> None:
    u = np.linspace(0.0, 1.0, 8)
    before = u.copy()
    s2s.grad(heat)(u, 3)
    np.testing.assert_array_equal(u, before)
