import numpy as np

from s2s import runtime as rt


def p02_broadcasting_grad(A, v, b, s):
    """Cotangents with respect to A, v, b, s of p02_broadcasting.

    Assumes A: float64[n, m], v: float64[k], b: float64[l], s: float.
    """
    t = A * v
    t2 = b[:, None]
    t3 = np.tanh(t + t2)
    t4 = 1.0 + s ** 2
    t5 = t3 / t4
    t6 = v * s

    # reverse sweep
    # thirteen.py  return np.sum(np.tanh(A * v + b[:, None]) / (1.0 + s**2)) - np.mean(v * s)
    t7 = -1.0 / np.size(t6)
    t8, t9 = t5.shape
    s_bar = np.sum(v * t7) + 2 * s * np.sum(-t5 / t4)
    t3 = (1 - t3 * t3) * (np.broadcast_to(1.0, (t8, t9)) / t4)
    t = rt.sum_to(t3, t.shape)
    b_bar = np.zeros_like(b)
    b_bar[:, None] += rt.sum_to(t3, t2.shape)
    v_bar = s * t7 + rt.sum_to(A * t, v.shape)
    return np.sum(t5) - np.mean(t6), rt.sum_to(v * t, A.shape), v_bar, b_bar, s_bar
