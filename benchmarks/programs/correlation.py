"""Correlation matrix of a data table."""

import numpy as np

SIZES = {"S": dict(M=450, N=600), "M": dict(M=700, N=900), "L": dict(M=2000, N=2600)}
ARGNUMS, STATIC, LOOPY = (0,), (), False


def inputs(size):
    p = SIZES[size]
    return (np.random.default_rng(0).standard_normal((p["N"], p["M"])),)


def kernel(data):
    n, m = data.shape
    mean = np.mean(data, axis=0)
    std = np.sqrt(np.mean((data - mean) ** 2, axis=0))
    std = np.where(std <= 0.1, 1.0, std)
    z = (data - mean) / (np.sqrt(float(n)) * std)
    corr = np.eye(m)
    for i in range(m - 1):
        c = z[:, i] @ z[:, i + 1 :]
        corr[i, i + 1 :] = c
        corr[i + 1 :, i] = c
    return np.sum(corr * corr)


def jax_kernel(data):
    from jax import numpy as jnp

    n, m = data.shape
    mean = jnp.mean(data, axis=0)
    std = jnp.sqrt(jnp.mean((data - mean) ** 2, axis=0))
    std = jnp.where(std <= 0.1, 1.0, std)
    z = (data - mean) / (jnp.sqrt(float(n)) * std)
    c = z.T @ z
    c = jnp.where(jnp.eye(m, dtype=bool), 1.0, c)
    return jnp.sum(c * c)
