import numpy as np


def by_where_grad(x):
    """Cotangents with respect to x of by_where.

    Assumes x: float64[n].
    """
    t = x > 0
    t2 = np.where(t, x ** 2, np.sin(x))
    t3 = t2 * x

    # reverse sweep
    # branches.py  return np.sum(np.where(x > 0, x**2, np.sin(x)) * x)
    t4 = np.broadcast_to(1.0, (t3.shape[0],))
    t5 = x * t4
    x_bar = t2 * t4 + np.cos(x) * np.where(t, 0, t5)
    x_bar = x_bar + 2 * x * np.where(t, t5, 0)
    return np.sum(t3), x_bar
