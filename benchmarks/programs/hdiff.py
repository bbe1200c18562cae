"""Horizontal diffusion with flux limiting (weather stencil)."""

import numpy as np

SIZES = {"S": dict(I=64, J=64, K=60), "M": dict(I=160, J=160, K=90), "L": dict(I=400, J=400, K=120)}
ARGNUMS, STATIC, LOOPY = (0, 1), (), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    return r.standard_normal((p["I"] + 4, p["J"] + 4, p["K"])), r.standard_normal(
        (p["I"], p["J"], p["K"])
    )


def kernel(f, coeff):
    lap = 4.0 * f[1:-1, 1:-1, :] - (
        f[2:, 1:-1, :] + f[:-2, 1:-1, :] + f[1:-1, 2:, :] + f[1:-1, :-2, :]
    )
    d = lap[1:, 1:-1, :] - lap[:-1, 1:-1, :]
    fx = np.where(d * (f[2:-1, 2:-2, :] - f[1:-2, 2:-2, :]) > 0.0, 0.0, d)
    d = lap[1:-1, 1:, :] - lap[1:-1, :-1, :]
    fy = np.where(d * (f[2:-2, 2:-1, :] - f[2:-2, 1:-2, :]) > 0.0, 0.0, d)
    out = f[2:-2, 2:-2, :] - coeff * (fx[1:, :, :] - fx[:-1, :, :] + fy[:, 1:, :] - fy[:, :-1, :])
    return np.sum(out * out)


def jax_kernel(f, coeff):
    from jax import numpy as jnp

    lap = 4.0 * f[1:-1, 1:-1] - (f[2:, 1:-1] + f[:-2, 1:-1] + f[1:-1, 2:] + f[1:-1, :-2])
    d = lap[1:, 1:-1] - lap[:-1, 1:-1]
    fx = jnp.where(d * (f[2:-1, 2:-2] - f[1:-2, 2:-2]) > 0.0, 0.0, d)
    d = lap[1:-1, 1:] - lap[1:-1, :-1]
    fy = jnp.where(d * (f[2:-2, 2:-1] - f[2:-2, 1:-2]) > 0.0, 0.0, d)
    out = f[2:-2, 2:-2] - coeff * (fx[1:] - fx[:-1] + fy[:, 1:] - fy[:, :-1])
    return jnp.sum(out * out)
