import numpy as np

from s2s import runtime as rt


def overlapping_shift_grad(x):
    """Cotangents with respect to x of overlapping_shift.

    Assumes x: float64[n].
    """
    x = x.copy()
    x[1:] = x[:-1]
    x_5 = x[5]
    x_1 = x[1]
    x[0] = x_5 * x_1
    t = np.arange(6.0)
    t2 = x * t

    # reverse sweep
    x_bar = np.zeros_like(x)
    # views_and_aliasing.py  return np.sum(x * np.arange(6.0))
    x_bar += rt.sum_to(t * np.broadcast_to(1.0, (t2.shape[0],)), x.shape)
    x_bar_0 = x_bar[0]      # views_and_aliasing.py  x[0] = x[5] * x[1]
    x_bar[0] = 0.0
    x_bar[1] += x_5 * x_bar_0
    x_bar[5] += x_1 * x_bar_0
    t = x_bar[1:].copy()    # views_and_aliasing.py  x[1:] = x[:-1]
    x_bar[1:] = 0.0
    x_bar[:-1] += t
    return np.sum(t2), x_bar
