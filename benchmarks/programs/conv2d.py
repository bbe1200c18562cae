"""Valid 2-d convolution with bias, channels last, by a loop over output pixels."""

import numpy as np

SIZES = {
    "S": dict(N=4, H=32, K=5, CI=3, CO=16),
    "M": dict(N=8, H=60, K=5, CI=3, CO=16),
    "L": dict(N=8, H=128, K=7, CI=3, CO=16),
}
ARGNUMS, STATIC, LOOPY = (0, 1, 2), (), False


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    k = p["K"]
    return (
        r.standard_normal((p["N"], p["H"], p["H"], p["CI"])),
        r.standard_normal((k, k, p["CI"], p["CO"])),
        r.standard_normal(p["CO"]),
    )


def kernel(x, w, bias):
    k = w.shape[0]
    ho = x.shape[1] - k + 1
    wo = x.shape[2] - k + 1
    out = np.empty((x.shape[0], ho, wo, w.shape[3]))
    for i in range(ho):
        for j in range(wo):
            out[:, i, j, :] = np.sum(x[:, i : i + k, j : j + k, :, None] * w[None], axis=(1, 2, 3))
    out = out + bias
    return np.sum(out * out)


def jax_kernel(x, w, bias):
    from jax import lax
    from jax import numpy as jnp

    out = (
        lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        + bias
    )
    return jnp.sum(out * out)


def jax_taps(x, w, bias):
    """Sum of k*k shifted matrix products, often faster on a CPU in float64."""
    from jax import numpy as jnp

    k = w.shape[0]
    ho, wo = x.shape[1] - k + 1, x.shape[2] - k + 1
    cols = jnp.concatenate(
        [x[:, i : i + ho, j : j + wo, :] for i in range(k) for j in range(k)], axis=-1
    )
    out = cols @ w.reshape(-1, w.shape[3]) + bias
    return jnp.sum(out * out)


def jax_literal(x, w, bias):
    from jax import lax
    from jax import numpy as jnp

    k = w.shape[0]
    ho, wo = x.shape[1] - k + 1, x.shape[2] - k + 1
    n, _, _, ci = x.shape

    def body(p, out):
        i, j = p // wo, p % wo
        win = lax.dynamic_slice(x, (0, i, j, 0), (n, k, k, ci))
        return out.at[:, i, j, :].set(jnp.sum(win[..., None] * w[None], axis=(1, 2, 3)))

    out = lax.fori_loop(0, ho * wo, body, jnp.zeros((n, ho, wo, w.shape[3]))) + bias
    return jnp.sum(out * out)
