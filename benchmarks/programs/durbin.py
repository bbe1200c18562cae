"""Levinson-Durbin recursion for a symmetric Toeplitz system."""

import numpy as np

SIZES = {"S": dict(N=2400), "M": dict(N=9000), "L": dict(N=24000)}
ARGNUMS, STATIC, LOOPY = (0,), (), False


def inputs(size):
    n = SIZES[size]["N"]
    r = np.random.default_rng(0)
    return (r.standard_normal(n) * 0.3 / (1.0 + np.arange(n)) ** 1.2,)


def kernel(r):
    y = np.zeros_like(r)
    y[0] = -r[0]
    alpha = -r[0]
    beta = 1.0
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[k - 1 :: -1], y[:k])) / beta
        y[:k] += alpha * y[k - 1 :: -1]
        y[k] = alpha
    return np.sum(y)


def jax_kernel(r):
    """Fixed-length vectors; the reversed prefix is kept as a second, shifting vector."""
    from jax import lax
    from jax import numpy as jnp

    n = r.shape[0]
    idx = jnp.arange(n)
    z = jnp.zeros(n)

    def step(c, k):
        y, yr, alpha, beta = c  # yr[i] = y[k-1-i] for i < k
        beta = beta * (1.0 - alpha * alpha)
        alpha = -(r[k] + jnp.dot(r, yr)) / beta
        yn = (y + alpha * yr).at[k].set(alpha)
        yrn = yr + alpha * y
        yrn = jnp.concatenate([alpha[None], yrn[:-1]])
        return (yn, yrn, alpha, beta), None

    y0 = z.at[0].set(-r[0])
    (y, _, _, _), _ = lax.scan(step, (y0, y0, -r[0], jnp.ones(())), idx[1:])
    return jnp.sum(y)


def jax_literal(r):
    from jax import lax
    from jax import numpy as jnp

    n = r.shape[0]
    idx = jnp.arange(n)

    def step(k, c):
        y, alpha, beta = c
        beta = beta * (1.0 - alpha * alpha)
        keep = idx < k
        back = jnp.clip(k - 1 - idx, 0, n - 1)
        alpha = -(r[k] + jnp.sum(jnp.where(keep, r[back] * y, 0.0))) / beta
        y = y + jnp.where(keep, alpha * y[back], 0.0)
        return y.at[k].set(alpha), alpha, beta

    y, _, _ = lax.fori_loop(1, n, step, (jnp.zeros(n).at[0].set(-r[0]), -r[0], jnp.ones(())))
    return jnp.sum(y)
