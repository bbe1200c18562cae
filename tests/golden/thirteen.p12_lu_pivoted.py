import numpy as np

from s2s import runtime as rt


def p12_lu_pivoted_grad(a):
    """Cotangents with respect to a of p12_lu_pivoted.

    Assumes a: float64[n, m].
    """
    tape = []
    a = a.copy()
    n = a.shape[0]
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        t = np.array([p, k])
        t2 = np.array([k, p])
        a_old = a[t2]
        a_old = a_old.copy()
        a[t2] = a[t]
        for i in range(k + 1, n):
            a[i, k] = a[i, k] / a[k, k]
            a[i, k + 1:] -= a[i, k] * a[k, k + 1:]
        tape.append((t, t2, a_old))
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
        t2, t3, a_old = tape.pop()
        for i in reversed(range(k + 1, n)):
            # thirteen.py  a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
            t4 = -shadow(a[i, k + 1:])
            t5 = a[k, k + 1:]
            a_ik = a[i, k]
            shadow(t5)[...] += a_ik * t4
            a_bar[i, k] += np.sum(t5 * t4)
            a_bar_ik = a_bar[i, k]    # thirteen.py  a[i, k] /= a[k, k]
            a_bar[i, k] = 0.0
            a_kk = a[k, k]
            a_bar[k, k] -= a_ik * a_bar_ik / a_kk
            a_bar[i, k] += a_bar_ik / a_kk
        # thirteen.py  a[[k, p]] = a[[p, k]]
        t4 = np.multiply(a_bar[t3], rt.last_writes(a_bar, t3))
        a_bar[t3] = 0.0
        t4 = rt.sum_to(t4, a[t2].shape)
        a[t3] = a_old
        np.add.at(a_bar, t2, t4)
    return np.sum(np.log(t)) + a_nm10 * a_0nm1, a_bar
