import numpy as np

from s2s import runtime as rt


def p04_swapped_buffers_grad(u, r, steps):
    """Cotangents with respect to u, r of p04_swapped_buffers.

    Assumes u: float64[n], r: float, steps: int.
    """
    tape_un_old = []
    tape_un_old2 = []
    u = u.copy()
    un = np.zeros_like(u)
    u2 = u
    for _ in range(steps):
        un_old = un[0]
        t = u2[-1]
        un[0] = u2[0]
        un_old2 = un[-1]
        un[-1] = t
        for i in range(1, len(u2) - 1):
            u2_i = u2[i]
            un_old3 = un[i]
            un[i] = u2_i + r * u2_i * (u2[i - 1] - 2.0 * u2_i + u2[i + 1])
            tape_un_old2.append(un_old3)
        tape_un_old.append((un_old, un_old2))
        u2, un = un, u2
    un_1 = un[1]
    u2_2 = u2[2]

    # reverse sweep
    shadow = rt.Shadows()
    u_bar = shadow(u2)
    u_bar[2] += un_1    # thirteen.py  return np.sum(u**2) + un[1] * u[2]
    un_bar = shadow(un)
    un_bar[1] += u2_2
    u_bar += 2 * u2
    t = np.sum(u2 ** 2) + un_1 * u2_2
    r_bar = 0.0
    for _ in range(steps):
        un_old, un_old2 = tape_un_old.pop()
        un_bar = shadow(u2)
        u_bar = shadow(un)
        for i in reversed(range(1, len(un) - 1)):
            # thirteen.py  un[i] = u[i] + r * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
            un_bar_i = un_bar[i]
            un_bar[i] = 0.0
            u2[i] = tape_un_old2.pop()
            un_i = un[i]
            t2 = (un[i - 1] - 2.0 * un_i + un[i + 1]) * un_bar_i
            t3 = r * un_i * un_bar_i
            u_bar[i + 1] += t3
            u_bar[i - 1] += t3
            r_bar += un_i * t2
            u_bar[i] += un_bar_i + 2.0 * -t3 + r * t2
        t2 = un_bar[-1]    # thirteen.py  un[0], un[-1] = u[0], u[-1]
        un_bar[-1] = 0.0
        u2[-1] = un_old2
        un_bar_0 = un_bar[0]
        un_bar[0] = 0.0
        u2[0] = un_old
        u_bar[-1] += t2
        u_bar[0] += un_bar_0
        u2, un = un, u2
    u_bar = shadow(u)
    return t, u_bar, r_bar
