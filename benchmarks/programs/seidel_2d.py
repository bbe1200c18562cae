"""Nine-point in-place (Gauss-Seidel) sweep: each cell needs its left neighbour's new value."""

import numpy as np

SIZES = {
    "XS": dict(N=30, T=5),
    "S": dict(N=120, T=60),
    "M": dict(N=240, T=160),
    "L": dict(N=500, T=360),
}
ARGNUMS, STATIC, LOOPY = (0,), (1,), True


def inputs(size):
    p = SIZES[size]
    return np.random.default_rng(0).standard_normal((p["N"], p["N"])), p["T"]


def kernel(a, steps):
    a = a.copy()
    n = a.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (
                    a[i - 1, j - 1]
                    + a[i - 1, j]
                    + a[i - 1, j + 1]
                    + a[i, j - 1]
                    + a[i, j]
                    + a[i, j + 1]
                    + a[i + 1, j - 1]
                    + a[i + 1, j]
                    + a[i + 1, j + 1]
                ) / 9.0
    return np.sum(a)


def jax_kernel(a, steps):
    """Rows in a scan without carrying the plane; the first-order recurrence along a row is
    (geometric, ratio 1/9) applied as a 17-tap convolution: exact to rounding."""
    from jax import lax
    from jax import numpy as jnp

    taps = 9.0 ** -jnp.arange(18)

    def sweep(a, _):
        def row(up, xs):
            cur, down = xs
            c = (
                up[:-2]
                + up[1:-1]
                + up[2:]
                + cur[1:-1]
                + cur[2:]
                + down[:-2]
                + down[1:-1]
                + down[2:]
            ) / 9.0
            c = c.at[0].add(cur[0] / 9.0)
            p = jnp.pad(c, (17, 0))
            m = c.shape[0]
            mid = sum(taps[k] * p[17 - k : 17 - k + m] for k in range(18))
            new = jnp.concatenate([cur[:1], mid, cur[-1:]])
            return new, new

        _, rows = lax.scan(row, a[0], (a[1:-1], a[2:]))
        return jnp.concatenate([a[:1], rows, a[-1:]]), None

    a, _ = lax.scan(sweep, a, None, length=steps)
    return jnp.sum(a)


def jax_rows(a, steps):
    """Rows in a scan, cells in an inner scan with a scalar carry."""
    from jax import lax
    from jax import numpy as jnp

    def sweep(a, _):
        def row(up, xs):
            cur, down = xs
            c = (
                up[:-2]
                + up[1:-1]
                + up[2:]
                + cur[1:-1]
                + cur[2:]
                + down[:-2]
                + down[1:-1]
                + down[2:]
            ) / 9.0

            def cell(left, x):
                v = x + left / 9.0
                return v, v

            _, mid = lax.scan(cell, cur[0], c, unroll=8)
            new = jnp.concatenate([cur[:1], mid, cur[-1:]])
            return new, new

        _, rows = lax.scan(row, a[0], (a[1:-1], a[2:]))
        return jnp.concatenate([a[:1], rows, a[-1:]]), None

    a, _ = lax.scan(sweep, a, None, length=steps)
    return jnp.sum(a)


def jax_literal(a, steps):
    from jax import lax
    from jax import numpy as jnp

    n = a.shape[0]

    def sweep(t, a):
        def row(i, a):
            def cell(j, a):
                w = lax.dynamic_slice(a, (i - 1, j - 1), (3, 3))
                return a.at[i, j].set(jnp.sum(w) / 9.0)

            return lax.fori_loop(1, n - 1, cell, a)

        return lax.fori_loop(1, n - 1, row, a)

    return jnp.sum(lax.fori_loop(0, steps, sweep, a))
