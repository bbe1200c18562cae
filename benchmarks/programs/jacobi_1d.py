"""Three-point smoothing of a line, two half steps per time step."""

import numpy as np

SIZES = {"S": dict(N=4000, T=600), "M": dict(N=10000, T=4000), "L": dict(N=20000, T=22000)}
ARGNUMS, STATIC, LOOPY = (0, 1), (2,), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    return r.standard_normal(p["N"]), r.standard_normal(p["N"]), p["T"]


def kernel(a, b, steps):
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3.0
    return np.sum(a)


def jax_kernel(a, b, steps):
    from jax import lax
    from jax import numpy as jnp

    def smooth(x, edge):
        mid = (x[:-2] + x[1:-1] + x[2:]) / 3.0
        return jnp.concatenate([edge[:1], mid, edge[-1:]])

    def step(c, _):
        a, b = c
        b = smooth(a, b)
        a = smooth(b, a)
        return (a, b), None

    (a, b), _ = lax.scan(step, (a, b), None, length=steps)
    return jnp.sum(a)


def jax_literal(a, b, steps):
    from jax import lax
    from jax import numpy as jnp

    def step(t, c):
        a, b = c
        b = b.at[1:-1].set((a[:-2] + a[1:-1] + a[2:]) / 3.0)
        a = a.at[1:-1].set((b[:-2] + b[1:-1] + b[2:]) / 3.0)
        return a, b

    a, b = lax.fori_loop(0, steps, step, (a, b))
    return jnp.sum(a)
