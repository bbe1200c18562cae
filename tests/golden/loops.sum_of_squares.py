import numpy as np


def sum_of_squares_grad(x):
    """Cotangents with respect to x of sum_of_squares.

    Assumes x: float64[n].
    """
    n = len(x)
    s = 0.0
    for i in range(n):
        v = x[i]
        s += v * v

    # reverse sweep
    x_bar = np.zeros_like(x)
    s_bar = 1.0
    for i in reversed(range(n)):
        v = x[i]             # loops.py  s += v * v
        t = v * s_bar
        v_bar = t + t
        x_bar[i] += v_bar    # loops.py  for v in x:
    return s, x_bar
