import numpy as np

from s2s import runtime as rt


def overlapping_shift_grad(x):
    """Cotangents with respect to x of overlapping_shift.

    Assumes x: float64[n].
    """
    x2 = x.copy()
    t = x2[:-1]
    x2[1:] = t
    x2_5 = x2[5]
    x2_1 = x2[1]
    x2[0] = x2_5 * x2_1
    t2 = np.arange(6.0)
    t3 = x2 * t2

    # reverse sweep
    shadow = rt.Shadows()
    x_bar = shadow(x2)
    # views_and_aliasing.py  return np.sum(x * np.arange(6.0))
    x_bar += rt.sum_to(t2 * np.broadcast_to(1.0, (t3.shape[0],)), x2.shape)
    x_bar_0 = x_bar[0]       # views_and_aliasing.py  x[0] = x[5] * x[1]
    x_bar[0] = 0.0
    x_bar[1] += x2_5 * x_bar_0
    x_bar[5] += x2_1 * x_bar_0
    t2 = x_bar[1:].copy()    # views_and_aliasing.py  x[1:] = x[:-1]
    x_bar[1:] = 0.0
    shadow(t)[...] += t2
    x_bar2 = shadow(x)
    x_bar2 += x_bar
    return np.sum(t3), x_bar2
