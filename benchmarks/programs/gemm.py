"""General matrix product with accumulation."""

import numpy as np

SIZES = {
    "S": dict(I=460, J=500, K=540),
    "M": dict(I=900, J=1000, K=1100),
    "L": dict(I=2000, J=2200, K=2400),
}
ARGNUMS, STATIC, LOOPY = (2, 3, 4), (), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    return (
        1.5,
        1.2,
        r.standard_normal((p["I"], p["J"])),
        r.standard_normal((p["I"], p["K"])),
        r.standard_normal((p["K"], p["J"])),
    )


def kernel(alpha, beta, c, a, b):
    c = alpha * (a @ b) + beta * c
    return np.sum(c * c)


def jax_kernel(alpha, beta, c, a, b):
    from jax import numpy as jnp

    c = alpha * (a @ b) + beta * c
    return jnp.sum(c * c)


def jax_plain_sum(alpha, beta, c, a, b):
    """The same with a plain sum: shows whether XLA exploits the constant seed."""
    from jax import numpy as jnp

    return jnp.sum(alpha * (a @ b) + beta * c)
