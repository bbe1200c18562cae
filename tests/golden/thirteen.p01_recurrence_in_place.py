import numpy as np

from s2s import runtime as rt


def p01_recurrence_in_place_grad(x, w):
    """Cotangents with respect to x, w of p01_recurrence_in_place.

    Assumes x: float64[n], w: float.
    """
    tape = []
    x2 = x.copy()
    n = len(x2)
    for i in range(1, n):
        x2_im1 = x2[i - 1]
        t = np.sin(x2_im1)
        x2[i] = x2[i] + w * t
        tape.append((x2_im1, t))
    t = x2 * x2

    # reverse sweep
    shadow = rt.Shadows()
    t2 = np.broadcast_to(1.0, (t.shape[0],))    # thirteen.py  return np.sum(x * x)
    x_bar = x2 * t2 + x2 * t2
    x_bar2 = shadow(x2)
    x_bar2 += x_bar
    w_bar = 0.0
    for i in reversed(range(1, n)):
        t2, t3 = tape.pop()
        x_bar2_i = x_bar2[i]    # thirteen.py  x[i] = x[i] + w * np.sin(x[i - 1])
        x_bar2[i] = 0.0
        w_bar += t3 * x_bar2_i
        x_bar2[i - 1] += np.cos(t2) * (w * x_bar2_i)
        x_bar2[i] += x_bar2_i
    x_bar = shadow(x)
    x_bar += x_bar2
    return np.sum(t), x_bar, w_bar
