import numpy as np

from s2s import runtime as rt


def p05_alias_after_branch_grad(a, s):
    """Cotangents with respect to a, s of p05_alias_after_branch.

    Assumes a: float64[n], s: float.
    """
    tape = []
    a = a.copy()
    test = s > 0
    if test:
        b = a
    else:
        b = a.copy()
        tape.append(b)
    b_1 = b[1]
    t = s * b_1
    b_0 = b[0]
    b[0] = t * b_0
    a_0 = a[0]
    a[2] = np.sin(a_0)
    a_0_2 = a[0]
    a_2 = a[2]
    b_2 = b[2]
    t2 = a_0_2 ** 2 + a_2 * b_2 + b[0]

    # reverse sweep
    shadow = rt.Shadows()
    b_bar = shadow(b)
    b_bar[0] += 1.0
    b_bar[2] += a_2       # thirteen.py  return a[0] ** 2 + a[2] * b[2] + b[0]
    a_bar = shadow(a)
    a_bar[2] += b_2
    a_bar[0] += 2 * a_0_2
    a_bar_2 = a_bar[2]    # thirteen.py  a[2] = np.sin(a[0])
    a_bar[2] = 0.0
    a_bar[0] += np.cos(a_0) * a_bar_2
    b_bar_0 = b_bar[0]    # thirteen.py  b[0] = s * b[1] * b[0]
    b_bar[0] = 0.0
    t3 = b_0 * b_bar_0
    b_bar[0] += t * b_bar_0
    b_bar[1] += s * t3
    if not test:
        t = shadow(tape.pop())    # thirteen.py  b = a if s > 0 else a.copy()
        a_bar += t
    return t2, a_bar, b_1 * t3
