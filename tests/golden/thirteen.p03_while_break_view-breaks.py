import numpy as np


def p03_while_break_view_grad(x, small):
    """Cotangents with respect to x of p03_while_break_view.

    Assumes x: float64[n], small: float.
    """
    tape = []
    x = x.copy()
    v = x[1:]
    k = 0
    trips = 0
    exit = 0
    while k < len(v):
        v_k = v[k]
        v[k] = v_k * (0.7 * x[k])
        tape.append(v_k)
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
        t2 = v_bar[trips]
        v_bar[trips] = 0.0
        t3 = 0.7 * (tape.pop() * t2)
        x_bar[trips] += t3
        v_bar[trips] += 0.7 * x[trips] * t2
    for i in reversed(range(trips)):
        v_bar_i = v_bar[i]
        v_bar[i] = 0.0
        t2 = 0.7 * (tape.pop() * v_bar_i)
        x_bar[i] += t2
        v_bar[i] += 0.7 * x[i] * v_bar_i
    return t, x_bar
