import numpy as np


def lu_in_place_grad(a):
    """Cotangents with respect to a of lu_in_place.

    Assumes a: float64[n, m].
    """
    tape_d = []
    a = a.copy()
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    d = 1.0
    for k in range(n):
        tape_d.append(d)
        d *= a[k, k]

    # reverse sweep
    a_bar = np.zeros_like(a)
    d_bar = 1.0 / d    # linear_algebra.py  return np.log(d)
    for k in reversed(range(n)):
        d2 = tape_d.pop()
        a_bar[k, k] += d2 * d_bar    # linear_algebra.py  d *= a[k, k]
        d_bar = a[k, k] * d_bar
    for k in reversed(range(n)):
        for i in reversed(range(k + 1, n)):
            for j in reversed(range(k + 1, n)):
                t = -a_bar[i, j]    # linear_algebra.py  a[i, j] -= a[i, k] * a[k, j]
                a_bar[k, j] += a[i, k] * t
                a_bar[i, k] += a[k, j] * t
            a_bar_ik = a_bar[i, k]    # linear_algebra.py  a[i, k] /= a[k, k]
            a_bar[i, k] = 0.0
            a_kk = a[k, k]
            a_bar[k, k] -= a[i, k] * a_bar_ik / a_kk
            a_bar[i, k] += a_bar_ik / a_kk
    return np.log(d), a_bar
