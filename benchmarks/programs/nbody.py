"""Softened gravitational N-body, leapfrog steps, energies recorded every step."""

import numpy as np

SIZES = {"S": dict(N=80, T=40), "M": dict(N=120, T=80), "L": dict(N=200, T=250)}
ARGNUMS, STATIC, LOOPY = (0, 1, 2), (3,), False
G, EPS, DT = 1.0, 0.1, 0.01


def inputs(size):
    p = SIZES[size]
    r = np.random.default_rng(0)
    n = p["N"]
    return (
        np.full((n, 1), 20.0 / n) * (0.5 + r.random((n, 1))),
        r.standard_normal((n, 3)),
        r.standard_normal((n, 3)),
        p["T"],
    )


def _separations(pos):
    return [pos[None, :, k] - pos[:, None, k] for k in range(3)]


def _acc(pos, mass):
    sx, sy, sz = _separations(pos)
    pull = G * mass[:, 0] / (sx * sx + sy * sy + sz * sz + EPS**2) ** 1.5
    return np.stack(
        (np.sum(sx * pull, axis=1), np.sum(sy * pull, axis=1), np.sum(sz * pull, axis=1)), axis=1
    )


def _energy(pos, vel, mass):
    sx, sy, sz = _separations(pos)
    dist = np.sqrt(sx * sx + sy * sy + sz * sz + EPS**2)
    kinetic = 0.5 * np.sum(mass * vel**2)
    potential = -G * np.sum(np.triu(np.outer(mass[:, 0], mass[:, 0]) / dist, 1))
    return kinetic, potential


def kernel(mass, pos, vel, steps):
    pos = pos.copy()
    vel = vel - np.mean(mass * vel, axis=0) / np.mean(mass)
    acc = _acc(pos, mass)
    ke = np.zeros(steps + 1)
    pe = np.zeros(steps + 1)
    ke[0], pe[0] = _energy(pos, vel, mass)
    for i in range(steps):
        vel += acc * DT / 2.0
        pos += vel * DT
        acc = _acc(pos, mass)
        vel += acc * DT / 2.0
        ke[i + 1], pe[i + 1] = _energy(pos, vel, mass)
    return np.sum(ke) + np.sum(pe)


def jax_kernel(mass, pos, vel, steps):
    from jax import lax
    from jax import numpy as jnp

    n = pos.shape[0]
    m = mass[:, 0]
    upper = np.triu(np.ones((n, n), bool), 1)

    def diffs(pos):
        d = [pos[None, :, k] - pos[:, None, k] for k in range(3)]
        return d, d[0] ** 2 + d[1] ** 2 + d[2] ** 2 + EPS**2

    def acc_pot(pos):
        d, r2 = diffs(pos)
        inv = lax.rsqrt(r2)
        w = inv * inv * inv
        acc = jnp.stack([G * ((d[k] * w) @ m) for k in range(3)], axis=1)
        pot = -G * jnp.sum(jnp.where(upper, inv * (m[:, None] * m[None, :]), 0.0))
        return acc, pot

    vel = vel - jnp.mean(mass * vel, axis=0) / jnp.mean(mass)
    acc, pot = acc_pot(pos)
    e0 = 0.5 * jnp.sum(mass * vel**2) + pot

    def step(c, _):
        pos, vel, acc = c
        vel = vel + acc * DT / 2.0
        pos = pos + vel * DT
        acc, pot = acc_pot(pos)
        vel = vel + acc * DT / 2.0
        return (pos, vel, acc), 0.5 * jnp.sum(mass * vel**2) + pot

    _, es = lax.scan(step, (pos, vel, acc), None, length=steps)
    return e0 + jnp.sum(es)
