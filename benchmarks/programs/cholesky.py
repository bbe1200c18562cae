"""Cholesky factor of the lower triangle, in place, row by row."""

import numpy as np

SIZES = {"XS": dict(N=60), "S": dict(N=400), "M": dict(N=640), "L": dict(N=1400)}
ARGNUMS, STATIC, LOOPY = (0,), (), True


def inputs(size):
    n = SIZES[size]["N"]
    g = np.random.default_rng(0).standard_normal((n, n))
    return (g @ g.T / n + 2.0 * np.eye(n),)


def kernel(a):
    a = a.copy()
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


def jax_kernel(a):
    """Library factorisation (LAPACK) with its library derivative."""
    from jax import lax
    from jax import numpy as jnp

    low = jnp.tril(a)
    return jnp.sum(lax.linalg.cholesky(low + jnp.tril(a, -1).T, symmetrize_input=False))


def jax_literal(a):
    """Row by row, each row by masked dot products."""
    from jax import lax
    from jax import numpy as jnp

    n = a.shape[0]
    idx = jnp.arange(n)

    def row(i, a):
        def col(j, a):
            s = jnp.dot(jnp.where(idx < j, a[i], 0.0), a[j])
            new = jnp.where(j < i, (a[i, j] - s) / a[j, j], a[i, j])
            return a.at[i, j].set(new)

        a = lax.fori_loop(0, n, col, a)
        s = jnp.sum(jnp.where(idx < i, a[i], 0.0) ** 2)
        return a.at[i, i].set(jnp.sqrt(a[i, i] - s))

    return jnp.sum(jnp.tril(lax.fori_loop(0, n, row, a)))


def jax_cols(a):
    """Column by column, one masked matrix-vector product per column, no in-place array."""
    from jax import lax
    from jax import numpy as jnp

    n = a.shape[0]
    idx = jnp.arange(n)

    def col(low, j):
        s = low @ low[j]
        c = a[:, j] - s
        c = jnp.where(idx >= j, c, 0.0) / jnp.sqrt(c[j])
        return low.at[:, j].set(c), None

    low, _ = lax.scan(col, jnp.zeros_like(a), idx)
    return jnp.sum(low)
