"""Random numbers in a differentiated function: the same draws as a plain call, once, in order."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import s2s
from s2s.errors import NotDifferentiable, UnsupportedSyntax

RNG = np.random.default_rng(0)
X = np.array([0.5, 1.5, -0.7])


def noisy(x):
    return np.sum(np.sin(x * RNG.normal(size=3)))


def in_a_loop(x):
    s = 0.0
    for _ in range(3):
        s = s + np.sum(x**2 * RNG.standard_normal(3))
    return s


def legacy(x):
    return np.sum(x * np.random.rand(3) + np.random.uniform(size=3))


def moved_and_scaled(x):
    return np.sum(np.cos(RNG.normal(x[0], np.exp(x[1]), size=4)))


def indexed(x):
    return np.sum(x[RNG.integers(0, 3, size=5)] * x[RNG.permutation(3)][0])


def masked(x):
    return np.sum(np.where(RNG.random(3) < 0.5, x * x, 0.0))


def rewind() -> None:
    RNG.bit_generator.state = np.random.default_rng(5).bit_generator.state
    np.random.seed(5)


@pytest.mark.parametrize(
    "function",
    [noisy, in_a_loop, legacy, moved_and_scaled, indexed, masked],
    ids=lambda f: f.__name__,
)
def test_draws(function: Callable[..., Any]) -> None:
    def plain(x: Any) -> Any:
        rewind()
        return function(x)

    expected = [(plain(X + d) - plain(X - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
    state = RNG.bit_generator.state
    rewind()
    value, gradient = s2s.value_and_grad(function)(X)
    assert value == plain(X)
    assert_allclose(gradient, expected, atol=1e-8)
    rewind()
    assert_allclose(s2s.jvp(function, (X,), (np.ones(3),))[1], np.sum(expected), atol=1e-8)
    assert RNG.bit_generator.state == state, "as many draws as a plain call makes"


def bounded_by_the_argument(x):
    return RNG.uniform(0.0, x[0])


def shuffled(x):
    RNG.shuffle(x)
    return np.sum(x * np.arange(3.0))


def test_refused() -> None:
    with pytest.raises(NotDifferentiable, match="uniform"):
        s2s.grad(bounded_by_the_argument)(X)
    with pytest.raises(UnsupportedSyntax, match="permutation"):
        s2s.grad(shuffled)(X)
