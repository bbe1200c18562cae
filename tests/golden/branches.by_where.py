import numpy as np


def by_where_grad(x):
    """Cotangents with respect to x of by_where.

    Assumes x: float64[n].
    """
    t = x > 0
    t2 = np.where(t, x ** 2, np.sin(x))
    t3 = np.sum(t2 * x)

    # reverse sweep
    # branches.py  return np.sum(np.where(x > 0, x**2, np.sin(x)) * x)
    x_bar = t2 + np.cos(x) * np.where(t, 0, x)
    x_bar = x_bar + 2 * x * np.where(t, x, 0)
    return t3, x_bar
