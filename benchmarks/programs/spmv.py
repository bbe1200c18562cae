"""Compressed-row sparse matrix times a vector."""

import numpy as np

SIZES = {"S": dict(N=60000, Z=14), "M": dict(N=400000, Z=14), "L": dict(N=3000000, Z=14)}
ARGNUMS, STATIC, LOOPY = (2, 3), (), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    n = p["N"]
    per = r.integers(1, 2 * p["Z"], n)
    start = np.concatenate([[0], np.cumsum(per)]).astype(np.int64)
    col = r.integers(0, n, int(start[-1])).astype(np.int64)
    return start, col, r.standard_normal(int(start[-1])), r.standard_normal(n)


def kernel(start, col, val, x):
    n = start.shape[0] - 1
    y = np.zeros(n)
    for i in range(n):
        lo = start[i]
        hi = start[i + 1]
        y[i] = np.dot(val[lo:hi], x[col[lo:hi]])
    return np.sum(y * y)


def jax_kernel(start, col, val, x):
    import jax
    from jax import numpy as jnp

    n = start.shape[0] - 1
    row = jnp.repeat(jnp.arange(n), jnp.diff(start), total_repeat_length=val.shape[0])
    y = jax.ops.segment_sum(val * x[col], row, num_segments=n, indices_are_sorted=True)
    return jnp.sum(y * y)


def jax_bcoo(start, col, val, x):
    from jax import numpy as jnp
    from jax.experimental import sparse

    n = start.shape[0] - 1
    y = sparse.BCSR((val, col, start), shape=(n, n), indices_sorted=False, unique_indices=False) @ x
    return jnp.sum(y * y)
