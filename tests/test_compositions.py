"""Transformations of transformations, up to three deep, against the same compositions in JAX."""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import s2s
from tests.nesting_programs import PAIRS

X = np.array([0.8, 0.6, 0.9])
W = np.array([1.0, -0.5, 0.7])
KINDS = ("grad", "value_and_grad", "jvp", "vjp", "jacrev", "jacfwd")


@functools.cache
def jax() -> Any:
    """JAX in float64."""
    found = pytest.importorskip("jax")
    found.config.update("jax_enable_x64", True)
    return found


def applied(module: Any, np_: Any, kind: str, f: Callable[..., Any]) -> Callable[..., Any]:
    """A number made of what a transformation gives for a function that gives a number."""
    if kind == "grad":
        return lambda x: np_.sum(W * module.grad(f)(x))
    if kind == "value_and_grad":

        def both(x):
            value, gradient = module.value_and_grad(f)(x)
            return value * 0.3 + np_.sum(W * gradient * x)

        return both
    if kind == "jvp":

        def push(x):
            value, tangent = module.jvp(f, (x,), (x * W,))
            return tangent + 0.1 * value

        return push
    if kind == "vjp":

        def pull(x):
            value, pullback = module.vjp(f, x)
            (bar,) = pullback(value * 0.5)
            return np_.sum(bar * W)

        return pull
    return lambda x: np_.sum(W * getattr(module, kind)(f)(x) ** 2)


def composed(module: Any, np_: Any, kinds: Sequence[str], f: Callable[..., Any]) -> Any:
    """Transformations applied one after the other, the first one innermost."""
    for kind in kinds:
        f = applied(module, np_, kind, f)
    return f


def check(name: str, kinds: Sequence[str]) -> None:
    """The last transformation is called from outside, the others by what it differentiates."""
    function, form = PAIRS[name]
    jnp = jax().numpy
    wanted = composed(jax(), jnp, kinds, functools.partial(form, jnp))(jnp.array(X))
    x = X.copy()
    got = composed(s2s, np, kinds, function)(x)
    assert np.array_equal(x, X), "the argument was changed"
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-10)


ALL = [
    (name, kinds)
    for name in PAIRS
    for n in (1, 2, 3)
    for kinds in itertools.product(KINDS, repeat=n)
]
CHAINS = [c for n in (1, 2) for c in itertools.product(("jacrev", "jacfwd"), repeat=n)]


def some(every: int) -> list[tuple[str, tuple[str, ...]]]:
    """One in so many, at places that are spread over functions and kinds."""
    order = np.random.default_rng(3).permutation(len(ALL))
    return [ALL[k] for k in order[::every]]


@pytest.mark.parametrize(("name", "kinds"), some(320))
def test_composition(name: str, kinds: Sequence[str]) -> None:
    check(name, kinds)


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "kinds"), ALL)
def test_every_composition(name: str, kinds: Sequence[str]) -> None:
    check(name, kinds)


def chained(module: Any, chain: Sequence[str], f: Callable[..., Any]) -> Any:
    """The tensor of derivatives: Jacobians of the gradient."""
    found = module.grad(f)
    for kind in chain:
        found = getattr(module, kind)(found)
    return found


def check_chain(name: str, chain: Sequence[str]) -> None:
    """All third derivatives, or all second ones."""
    function, form = PAIRS[name]
    jnp = jax().numpy
    wanted = chained(jax(), chain, functools.partial(form, jnp))(jnp.array(X))
    got = chained(s2s, chain, function)(X.copy())
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", list(PAIRS)[::4])
def test_jacobian_of_gradient(name: str) -> None:
    check_chain(name, ("jacfwd",))


@pytest.mark.sweep
@pytest.mark.parametrize("chain", CHAINS, ids="-".join)
@pytest.mark.parametrize("name", PAIRS)
def test_jacobians_of_gradient(name: str, chain: Sequence[str]) -> None:
    check_chain(name, chain)
