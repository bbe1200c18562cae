"""A^T (A x)."""

import numpy as np

SIZES = {"S": dict(M=2800, N=3200), "M": dict(M=8000, N=9000), "L": dict(M=15000, N=16000)}
ARGNUMS, STATIC, LOOPY = (0, 1), (), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    return r.standard_normal((p["M"], p["N"])), r.standard_normal(p["N"])


def kernel(a, x):
    return np.sum((a @ x) @ a)


def jax_kernel(a, x):
    from jax import numpy as jnp

    return jnp.sum((a @ x) @ a)
