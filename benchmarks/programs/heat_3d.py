"""Seven-point heat step in space, two half steps per time step."""

import numpy as np

SIZES = {"S": dict(N=26, T=30), "M": dict(N=50, T=60), "L": dict(N=90, T=90)}
ARGNUMS, STATIC, LOOPY = (0, 1), (2,), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    n = p["N"]
    return r.standard_normal((n, n, n)), r.standard_normal((n, n, n)), p["T"]


def kernel(a, b, steps):
    a = a.copy()
    b = b.copy()
    for _ in range(steps):
        c = a[1:-1, 1:-1, 1:-1]
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * c + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * c + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * c + a[1:-1, 1:-1, :-2])
            + c
        )
        c = b[1:-1, 1:-1, 1:-1]
        a[1:-1, 1:-1, 1:-1] = (
            0.125 * (b[2:, 1:-1, 1:-1] - 2.0 * c + b[:-2, 1:-1, 1:-1])
            + 0.125 * (b[1:-1, 2:, 1:-1] - 2.0 * c + b[1:-1, :-2, 1:-1])
            + 0.125 * (b[1:-1, 1:-1, 2:] - 2.0 * c + b[1:-1, 1:-1, :-2])
            + c
        )
    return np.sum(a)


def _heat(a):
    c = a[1:-1, 1:-1, 1:-1]
    return (
        0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * c + a[:-2, 1:-1, 1:-1])
        + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * c + a[1:-1, :-2, 1:-1])
        + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * c + a[1:-1, 1:-1, :-2])
        + c
    )


def jax_kernel(a, b, steps):
    from jax import lax
    from jax import numpy as jnp

    def step(c, _):
        a, b = c
        b = b.at[1:-1, 1:-1, 1:-1].set(_heat(a))
        a = a.at[1:-1, 1:-1, 1:-1].set(_heat(b))
        return (a, b), None

    (a, b), _ = lax.scan(step, (a, b), None, length=steps)
    return jnp.sum(a)
