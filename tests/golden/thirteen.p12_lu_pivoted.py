import numpy as np

from s2s import runtime as rt


def p12_lu_pivoted_grad(a):
    """Cotangents with respect to a of p12_lu_pivoted.

    Assumes a: float64[n, m].
    """
    tape = []
    tape2 = []
    a = a.copy()
    n = a.shape[0]
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        t = np.array([p, k])
        t2 = a[t]
        t3 = np.array([k, p])
        a[t3] = t2
        for i in range(k + 1, n):
            a_kk = a[k, k]
            t4 = a[i, k] / a_kk
            a[i, k] = t4
            a_ik = a[i, k]
            t5 = a[k, k + 1:]
            t6 = t5.copy()
            a[i, k + 1:] -= a_ik * t5
            tape2.append((t4, a_kk, a_ik, t6))
        tape.append((t, t2.copy(), t3))
    a2 = np.diag(a)
    t = np.abs(a2)
    a_nm10 = a[n - 1, 0]
    a_0nm1 = a[0, n - 1]

    # reverse sweep
    shadow = rt.Shadows()
    a_bar = shadow(a)
    # thirteen.py  return np.sum(np.log(np.abs(np.diag(a)))) + a[n - 1, 0] * a[0, n - 1]
    a_bar[0, n - 1] += a_nm10
    a_bar[n - 1, 0] += a_0nm1
    a_bar2 = shadow(a2)
    a_bar2 += np.sign(a2) * (1.0 / t)
    for k in reversed(range(n)):
        t2, t3, t4 = tape.pop()
        for i in reversed(range(k + 1, n)):
            t5, t6, t7, t8 = tape2.pop()
            # thirteen.py  a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
            t9 = -shadow(a[i, k + 1:])
            shadow(a[k, k + 1:])[...] += t7 * t9
            a_bar[i, k] += np.sum(t8 * t9)
            a_bar_ik = a_bar[i, k]    # thirteen.py  a[i, k] /= a[k, k]
            a_bar[i, k] = 0.0
            a_bar[k, k] -= t5 * a_bar_ik / t6
            a_bar[i, k] += a_bar_ik / t6
        # thirteen.py  a[[k, p]] = a[[p, k]]
        t5 = np.multiply(a_bar[t4], rt.last_writes(a_bar, t4))
        a_bar[t4] = 0.0
        np.add.at(a_bar, t2, rt.sum_to(t5, t3.shape))
    return np.sum(np.log(t)) + a_nm10 * a_0nm1, a_bar
