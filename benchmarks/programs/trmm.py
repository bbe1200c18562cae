"""Triangular matrix product, updated in place row by row."""

import numpy as np

SIZES = {
    "XS": dict(M=30, N=36),
    "S": dict(M=250, N=300),
    "M": dict(M=340, N=420),
    "L": dict(M=720, N=900),
}
ARGNUMS, STATIC, LOOPY = (1, 2), (), True


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    return 1.5, r.standard_normal((p["M"], p["M"])), r.standard_normal((p["M"], p["N"]))


def kernel(alpha, a, b):
    b = b.copy()
    m, n = b.shape
    for i in range(m):
        for j in range(n):
            for k in range(i + 1, m):
                b[i, j] += a[k, i] * b[k, j]
    return np.sum(alpha * b)


def jax_kernel(alpha, a, b):
    """The dependence analysis a person does: row i only reads rows not yet changed."""
    from jax import numpy as jnp

    return jnp.sum(alpha * (b + jnp.tril(a, -1).T @ b))


def jax_literal(alpha, a, b):
    from jax import lax
    from jax import numpy as jnp

    m, n = b.shape
    rows = jnp.arange(m)

    def row(i, b):
        col = jnp.where(rows > i, a[:, i], 0.0)

        def cell(j, b):
            return b.at[i, j].add(jnp.dot(col, b[:, j]))

        return lax.fori_loop(0, n, cell, b)

    return jnp.sum(alpha * lax.fori_loop(0, m, row, b))


def jax_rows(alpha, a, b):
    from jax import lax
    from jax import numpy as jnp

    rows = jnp.arange(b.shape[0])

    def row(i, b):
        col = jnp.where(rows > i, a[:, i], 0.0)
        return b.at[i].add(col @ b)

    return jnp.sum(alpha * lax.fori_loop(0, b.shape[0], row, b))
