import numpy as np

from s2s import runtime as rt


def p12_lu_pivoted_grad(a):
    """Cotangents with respect to a of p12_lu_pivoted.

    Assumes a: float64[n, m].
    """
    tape = []
    tape2 = []
    a2 = a.copy()
    n = a2.shape[0]
    for k in range(n):
        p = k + np.argmax(np.abs(a2[k:, k]))
        t = np.array([p, k])
        t2 = a2[t]
        t3 = np.array([k, p])
        a2[t3] = t2
        for i in range(k + 1, n):
            a2_kk = a2[k, k]
            t4 = a2[i, k] / a2_kk
            a2[i, k] = t4
            t5 = a2[i, k + 1:]
            a2_ik = a2[i, k]
            t6 = a2[k, k + 1:]
            t7 = t6.copy()
            t5[...] = t5 - a2_ik * t6
            tape2.append((t4, a2_kk, a2_ik, t7))
        tape.append((t, t2.copy(), t3))
    t = np.diag(a2)
    t2 = np.abs(t)
    t3 = np.log(t2)
    a2_nm10 = a2[n - 1, 0]
    a2_0nm1 = a2[0, n - 1]

    # reverse sweep
    shadow = rt.Shadows()
    a_bar = shadow(a2)
    # thirteen.py  return np.sum(np.log(np.abs(np.diag(a)))) + a[n - 1, 0] * a[0, n - 1]
    a_bar[0, n - 1] += a2_nm10
    a_bar[n - 1, 0] += a2_0nm1
    t4, t5 = a2.shape
    t = np.sign(t) * (np.broadcast_to(1.0, (t3.shape[0],)) / t2)
    a_bar += rt.from_diagonal(t, (t4, t5))
    for k in reversed(range(n)):
        t, t2, t4 = tape.pop()
        for i in reversed(range(k + 1, n)):
            t5, t6, t7, t8 = tape2.pop()
            t9 = shadow(a2[i, k + 1:])
            t10 = t9.copy()           # thirteen.py  a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
            t9[...] = 0.0
            t11 = -t10
            t9 += t10
            shadow(a2[k, k + 1:])[...] += t7 * t11
            a_bar[i, k] += np.sum(t8 * t11)
            a_bar_ik = a_bar[i, k]    # thirteen.py  a[i, k] /= a[k, k]
            a_bar[i, k] = 0.0
            a_bar[k, k] -= t5 * a_bar_ik / t6
            a_bar[i, k] += a_bar_ik / t6
        # thirteen.py  a[[k, p]] = a[[p, k]]
        t5 = np.multiply(a_bar[t4], rt.last_writes(a_bar, t4))
        a_bar[t4] = 0.0
        np.add.at(a_bar, t, rt.sum_to(t5, t2.shape))
    a_bar2 = shadow(a)
    a_bar2 += a_bar
    return np.sum(t3) + a2_nm10 * a2_0nm1, a_bar2
