"""`vmap` against JAX, alone and among other transformations."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import s2s
from s2s import grad, vmap
from s2s.errors import S2SError

B = np.random.default_rng(0).uniform(0.5, 1.5, (4, 3))
W = np.array([0.3, 0.7, 1.1])


def wave(x, w):
    """One number of one example."""
    s = 0.0
    for i in range(3):
        s += np.sin(x[i] * w[i]) * x[i - 1]
    return s


def wave_form(jnp, x, w):
    return sum(jnp.sin(x[i] * w[i]) * x[i - 1] for i in range(3))


def writes(x):
    """An array of one example, which is written to."""
    x[0] = x[1] * 2.0
    return x * x


def pair(x):
    return np.sum(x), x[0] * x[1:]


Case = tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]
CASES: dict[str, Callable[..., Any]] = {
    "batch": lambda m, np_, f, g, p: m.vmap(f, (0, None))(B, W),
    "along_columns": lambda m, np_, f, g, p: m.vmap(f, (1, None))(B.T, W),
    "gradients": lambda m, np_, f, g, p: m.vmap(m.grad(f, (0, 1)), (0, None))(B, W),
    "jacobian": lambda m, np_, f, g, p: m.jacfwd(m.vmap(f, (0, None)), 1)(B, W),
    "of_a_pair": lambda m, np_, f, g, p: m.vmap(p, out_axes=0)(B),
    "gradient_of_batch": lambda m, np_, f, g, p: m.grad(
        lambda w: np_.sum(m.vmap(f, (0, None))(B, w) ** 2)
    )(W),
    "gradient_of_gradients": lambda m, np_, f, g, p: m.grad(
        lambda w, b: np_.sum(m.vmap(m.grad(f, 1), (0, None), 1)(b, w) ** 2 * w[:, None]), (0, 1)
    )(W, B),
    "gradient_of_pairs": lambda m, np_, f, g, p: m.grad(
        lambda b: (lambda r: np_.sum(r[0] * r[1][:, 1]))(m.vmap(p)(b))
    )(B),
    "written": lambda m, np_, f, g, p: m.grad(lambda b: np_.sum(m.vmap(g)(b) * b))(B),
    "twice": lambda m, np_, f, g, p: m.grad(
        lambda b: np_.sum(
            m.vmap(m.vmap(lambda x, y: x * np_.sin(y), (0, None)), (None, 0))(b[0], b[1]) ** 2
        )
    )(B),
}


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    before = B.copy()
    got = CASES[name](s2s, np, wave, writes, pair)
    wanted = CASES[name](
        jax, jnp, lambda x, w: wave_form(jnp, x, w), lambda x: x.at[0].set(x[1] * 2.0) ** 2,
        lambda x: (jnp.sum(x), x[0] * x[1:]),
    )  # fmt: skip
    assert np.array_equal(B, before)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(wanted), strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-11)


def test_decorator_and_structures() -> None:
    @vmap(in_axes=(0, None))
    def scaled(p, k):
        """Of one example."""
        return {"y": p["x"] * k}

    found = scaled({"x": B}, 2.0)
    np.testing.assert_array_equal(found["y"], 2.0 * B)
    assert scaled.__doc__ == "Of one example."


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="one length"):
        vmap(wave)(B, B[:2])
    with pytest.raises(ValueError, match="one length"):
        grad(lambda b: np.sum(vmap(wave)(b, b[:2])))(B)
    with pytest.raises(ValueError, match="2 entries for 1"):
        vmap(np.sum, (0, 0))(B)
    with pytest.raises(S2SError):
        grad(lambda b: np.sum(vmap(wave, (0,))(b, W)))(B)
