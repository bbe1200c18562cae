import numpy as np


def p03_while_break_view_grad(x, small):
    """Cotangents with respect to x of p03_while_break_view.

    Assumes x: float64[n], small: float.
    """
    tape_k = []
    x = x.copy()
    v = x[1:]
    k = 0
    trips = 0
    exit = 0
    while k < len(v):
        v_k = v[k]
        t = 0.7 * x[k]
        v[k] = v_k * t
        tape_k.append((k, v_k, t))
        if abs(v[k]) < small:
            exit = 1
            break
        k += 1
        trips += 1
    t = np.sum(x * x) + k * x[k]

    # reverse sweep
    x_bar = np.zeros_like(x)
    x_bar[k] += k * 1.0    # thirteen.py  return np.sum(x * x) + k * x[k]
    x_bar2 = 2 * x
    x_bar += x_bar2
    v_bar = x_bar[1:]      # thirteen.py  v[k] *= 0.7 * x[k]
    if exit == 1:
        k, t2, t3 = tape_k.pop()
        v_bar_k = v_bar[k]
        v_bar[k] = 0.0
        x_bar[k] += 0.7 * (t2 * v_bar_k)
        v_bar[k] += t3 * v_bar_k
    for _ in range(trips):
        k, t2, t3 = tape_k.pop()
        v_bar_k = v_bar[k]
        v_bar[k] = 0.0
        x_bar[k] += 0.7 * (t2 * v_bar_k)
        v_bar[k] += t3 * v_bar_k
    return t, x_bar
