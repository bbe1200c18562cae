import numpy as np

from s2s import runtime as rt


def p04_swapped_buffers_grad(u, r, steps):
    """Cotangents with respect to u, r of p04_swapped_buffers.

    Assumes u: float64[n], r: float, steps: int.
    """
    tape_u = []
    tape = []
    u = u.copy()
    un = np.zeros_like(u)
    u2 = u
    for _ in range(steps):
        t = u2[-1]
        un[0] = u2[0]
        un[-1] = t
        for i in range(1, len(u2) - 1):
            u2_i = u2[i]
            t = u2[i - 1] - 2.0 * u2_i + u2[i + 1]
            un[i] = u2_i + r * u2_i * t
            tape.append((u2_i, t))
        tape_u.append((u2, un))
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
    r_bar = 0.0
    for _ in range(steps):
        u3, un = tape_u.pop()
        un_bar = shadow(un)
        u_bar = shadow(u3)
        for i in reversed(range(1, len(u3) - 1)):
            t, t2 = tape.pop()
            # thirteen.py  un[i] = u[i] + r * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
            un_bar_i = un_bar[i]
            un_bar[i] = 0.0
            t2 *= un_bar_i
            t3 = r * t * un_bar_i
            u_bar[i + 1] += t3
            u_bar[i - 1] += t3
            r_bar += t * t2
            u_bar[i] += un_bar_i + 2.0 * -t3 + r * t2
        t = un_bar[-1]    # thirteen.py  un[0], un[-1] = u[0], u[-1]
        un_bar[-1] = 0.0
        un_bar_0 = un_bar[0]
        un_bar[0] = 0.0
        u_bar[-1] += t
        u_bar[0] += un_bar_0
    u_bar = shadow(u)
    return np.sum(u2 ** 2) + un_1 * u2_2, u_bar, r_bar
