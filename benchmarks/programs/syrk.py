"""Symmetric rank-k update of a lower triangle."""

import numpy as np

SIZES = {
    "XS": dict(M=24, N=30),
    "S": dict(M=260, N=340),
    "M": dict(M=340, N=420),
    "L": dict(M=720, N=900),
}
ARGNUMS, STATIC, LOOPY = (2, 3), (), True


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    return 1.5, 1.2, r.standard_normal((p["N"], p["N"])), r.standard_normal((p["N"], p["M"]))


def kernel(alpha, beta, c, a):
    c = c.copy()
    n, m = a.shape
    for i in range(n):
        for j in range(i + 1):
            c[i, j] *= beta
        for k in range(m):
            for j in range(i + 1):
                c[i, j] += alpha * a[i, k] * a[j, k]
    return np.sum(c)


def jax_kernel(alpha, beta, c, a):
    from jax import numpy as jnp

    low = jnp.tril(beta * c + alpha * (a @ a.T))
    return jnp.sum(low + jnp.triu(c, 1))


def jax_literal(alpha, beta, c, a):
    from jax import lax
    from jax import numpy as jnp

    n, m = a.shape
    cols = jnp.arange(n)

    def row(i, c):
        keep = cols <= i
        c = c.at[i].multiply(jnp.where(keep, beta, 1.0))

        def inner(k, c):
            return c.at[i].add(jnp.where(keep, alpha * a[i, k] * a[:, k], 0.0))

        return lax.fori_loop(0, m, inner, c)

    return jnp.sum(lax.fori_loop(0, n, row, c))
