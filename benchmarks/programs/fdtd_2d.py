"""Two-dimensional Maxwell equations on a staggered grid, driven along one edge."""

import numpy as np

SIZES = {
    "S": dict(NX=140, NY=160, T=60),
    "M": dict(NX=250, NY=280, T=170),
    "L": dict(NX=600, NY=640, T=220),
}
ARGNUMS, STATIC, LOOPY = (0, 1, 2, 3), (), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    s = (p["NX"], p["NY"])
    return (
        r.standard_normal(s),
        r.standard_normal(s),
        r.standard_normal(s),
        r.standard_normal(p["T"]),
    )


def kernel(ex, ey, hz, drive):
    ex = ex.copy()
    ey = ey.copy()
    hz = hz.copy()
    for t in range(drive.shape[0]):
        ey[0, :] = drive[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz)


def jax_kernel(ex, ey, hz, drive):
    from jax import lax
    from jax import numpy as jnp

    def step(c, d):
        ex, ey, hz = c
        ey = ey.at[0, :].set(d)
        ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        hz = hz.at[:-1, :-1].add(-0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]))
        return (ex, ey, hz), None

    (ex, ey, hz), _ = lax.scan(step, (ex, ey, hz), drive)
    return jnp.sum(hz)
