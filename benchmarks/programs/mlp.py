"""Three dense layers with relu and a softmax head."""

import numpy as np

SIZES = {
    "S": dict(N=128, C=256, H1=1800, H2=600),
    "M": dict(N=128, C=600, H1=4000, H2=1200),
    "L": dict(N=256, C=1200, H1=9000, H2=3000),
}
ARGNUMS, STATIC, LOOPY = (1, 2, 3, 4, 5, 6), (), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    n, c, h1, h2 = p["N"], p["C"], p["H1"], p["H2"]
    s = r.standard_normal
    return (
        s((n, c)),
        s((c, h1)) / np.sqrt(c),
        s(h1),
        s((h1, h2)) / np.sqrt(h1),
        s(h2),
        s((h2, 100)) / np.sqrt(h2),
        s(100),
    )


def kernel(x, w1, b1, w2, b2, w3, b3):
    x = np.maximum(x @ w1 + b1, 0.0)
    x = np.maximum(x @ w2 + b2, 0.0)
    x = x @ w3 + b3
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    y = e / np.sum(e, axis=-1, keepdims=True)
    return np.sum(y * y)


def jax_kernel(x, w1, b1, w2, b2, w3, b3):
    from jax import numpy as jnp

    x = jnp.maximum(x @ w1 + b1, 0.0)
    x = jnp.maximum(x @ w2 + b2, 0.0)
    x = x @ w3 + b3
    e = jnp.exp(x - jnp.max(x, axis=-1, keepdims=True))
    y = e / jnp.sum(e, axis=-1, keepdims=True)
    return jnp.sum(y * y)
