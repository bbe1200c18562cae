import numpy as np


def p01_recurrence_in_place_grad(x, w):
    """Cotangents with respect to x, w of p01_recurrence_in_place.

    Assumes x: float64[n], w: float.
    """
    tape = []
    x = x.copy()
    n = len(x)
    for i in range(1, n):
        t = np.sin(x[i - 1])
        x[i] += w * t
        tape.append(t)
    t = np.sum(x * x)

    # reverse sweep
    x_bar = 2 * x    # thirteen.py  return np.sum(x * x)
    x_bar2 = np.zeros_like(x)
    x_bar2 += x_bar
    w_bar = 0.0
    for i in reversed(range(1, n)):
        x_bar2_i = x_bar2[i]    # thirteen.py  x[i] = x[i] + w * np.sin(x[i - 1])
        w_bar += tape.pop() * x_bar2_i
        x_bar2[i - 1] += np.cos(x[i - 1]) * (w * x_bar2_i)
    return t, x_bar2, w_bar
