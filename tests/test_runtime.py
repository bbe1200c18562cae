"""What generated code calls: helpers that must be right for any memory layout."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import s2s
from s2s import runtime as rt
from s2s.runtime.apart import arrays_in
from s2s.runtime.numeric import LARGE

M, N = 170, 150
assert M * N > LARGE
PLACES = {
    "all": np.s_[:M, :N],
    "part": np.s_[3 : M + 3, 5 : N + 5],
    "every second column": np.s_[:M, : 2 * N : 2],
    "every second row": np.s_[: 2 * M : 2, :N],
    "upside down": np.s_[M - 1 :: -1, :N],
}
VECTORS = {
    "whole": np.s_[:],
    "every third": np.s_[::3],
    "reversed": np.s_[::-1],
}


def vector(size: int, part: slice, seed: int) -> np.ndarray:
    """Numbers that lie in memory as ``part`` says."""
    x = np.random.default_rng(seed).standard_normal(size * abs(part.step or 1))
    return x[part]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("part", VECTORS)
@pytest.mark.parametrize("order", ["C", "F"])
def test_add_outer_adds_there_and_nowhere_else(place: str, part: str, order: str) -> None:
    whole = np.array(np.random.default_rng(0).standard_normal((2 * M + 8, 2 * N + 8)), order=order)
    expected = whole.copy()
    x, y = vector(M, VECTORS[part], 1), vector(N, VECTORS[part], 2)
    expected[PLACES[place]] += np.outer(x, y)
    rt.add_outer(whole[PLACES[place]], x, y)
    assert_allclose(whole, expected, rtol=1e-14, atol=1e-14)
    outside = np.ones(whole.shape, bool)
    outside[PLACES[place]] = False
    assert_array_equal(whole[outside], expected[outside])


def test_add_outer_of_parts_of_the_matrix_itself() -> None:
    a = np.random.default_rng(0).standard_normal((M, N))
    expected = a + np.outer(a[:, 0], a[0])
    rt.add_outer(a, a[:, 0], a[0])
    assert_allclose(a, expected, rtol=1e-14)


@pytest.mark.parametrize("shape", [(1, 150), (170, 1), (1, 1)])
def test_add_outer_stretches_as_numpy_does(shape: tuple[int, int]) -> None:
    a = np.zeros((M, N))
    rt.add_outer(a, np.ones(shape[0]), np.ones(shape[1]))
    assert_array_equal(a, 1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_add_outer_of_other_numbers(dtype: type) -> None:
    a = np.zeros((M, N), dtype)
    x, y = np.arange(M).astype(dtype), np.arange(N).astype(dtype)
    rt.add_outer(a, x, y)
    assert_array_equal(a, np.outer(x, y))


def test_add_outer_of_one_long_row() -> None:
    a = np.zeros((3, 20_000))
    y = np.random.default_rng(0).standard_normal(20_000)
    rt.add_outer(a, np.array([1.0, 2.0, 3.0]), y)
    assert_allclose(a, np.outer([1.0, 2.0, 3.0], y), rtol=1e-15)


# ------------------------------------------------------------------------------- what is handed out
FACTOR = np.array([1.0, 2.0, 3.0])


def linear(x, w):
    return x @ w


def captured(x):
    return x @ FACTOR


def in_a_list(params, x):
    return params[0] @ x + params[1] @ x


def in_a_dict(params, x):
    return np.sum(params["w"] * x)


@pytest.mark.parametrize(
    ("function", "args", "argnums"),
    [
        (linear, (FACTOR.copy(), FACTOR.copy()), (0, 1)),
        (linear, (FACTOR, FACTOR), (0, 1)),
        (captured, (FACTOR.copy(),), (0,)),
        (in_a_list, ([FACTOR.copy(), FACTOR.copy()], FACTOR.copy()), (0, 1)),
        (in_a_dict, ({"w": FACTOR.copy()}, FACTOR.copy()), (0, 1)),
    ],
)
@pytest.mark.parametrize("pipeline", ["reference", "optimised"])
def test_gradients_share_memory_with_nothing(function, args, argnums, pipeline) -> None:
    """A gradient that happens to be an argument is a copy of it: it may be written to."""
    _, bars = s2s.value_and_grad(function, argnums, pipeline=pipeline)(*args)
    handed_out = list(arrays_in(bars, set()))
    others = [*arrays_in(args, set()), FACTOR]
    for k, bar in enumerate(handed_out):
        assert bar.flags.writeable
        assert not any(np.shares_memory(bar, other) for other in others)
        assert not any(np.shares_memory(bar, other) for other in handed_out[:k])
    _, pullback = s2s.vjp(function, *args)
    for bar in arrays_in(pullback(1.0), set()):
        assert not any(np.shares_memory(bar, other) for other in others)


def test_a_tangent_is_not_the_one_that_was_given() -> None:
    x, dot = FACTOR.copy(), FACTOR.copy()
    value, found = s2s.jvp(lambda x: x * 1.0, (x,), (dot,))
    assert not np.shares_memory(found, dot)
    assert not np.shares_memory(found, value)
