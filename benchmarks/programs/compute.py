"""Element-wise clip, scale and add."""

import numpy as np

SIZES = {"S": dict(N=1300), "M": dict(N=4000), "L": dict(N=11000)}
ARGNUMS, STATIC, LOOPY = (0, 1, 2, 3, 4), (), False


def inputs(size):
    n = SIZES[size]["N"]
    r = np.random.default_rng(0)
    return r.standard_normal((n, n)) * 5.0, r.standard_normal((n, n)), 1.5, 0.7, 0.3


def kernel(x, y, a, b, c):
    return np.sum(np.clip(x, 2.0, 10.0) * a + y * b + c)


def jax_kernel(x, y, a, b, c):
    from jax import numpy as jnp

    return jnp.sum(jnp.clip(x, 2.0, 10.0) * a + y * b + c)
