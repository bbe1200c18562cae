import numpy as np


def all_three_exits_grad(x, level):
    """Cotangents with respect to x of all_three_exits.

    Assumes x: float64[n], level: float.
    """
    s = 0.0
    trips = 0
    exit = 0
    for i in range(len(x)):
        x_i = x[i]
        if x_i < level:
            trips += 1
            continue
        s2 = s + x_i ** 2
        if s2 > 50.0:
            t = s2
            exit = 2
            break
        if i == 4:
            s = s2
            exit = 1
            break
        s = s2 * 1.5
        trips += 1
    test = exit >= 2
    t = t if test else s - x[5]

    # reverse sweep
    x_bar = np.zeros_like(x)
    if test:
        s_bar = 1.0
        s_bar2 = 0.0
    else:
        x_bar[5] -= 1.0    # exits.py  return s - x[5]
        s_bar2 = 1.0
        s_bar = 0.0
    if exit == 2:
        x_bar[trips] += 2 * x[trips] * s_bar
    else:
        s_bar = s_bar2
    if exit == 1:
        x_bar[trips] += 2 * x[trips] * s_bar
    for i in reversed(range(trips)):
        x_i = x[i]
        if x_i < level:
            t2 = 0.0
        else:
            s_bar = 1.5 * s_bar     # exits.py  s *= 1.5
            t2 = 2 * x_i * s_bar    # exits.py  s += x[i] ** 2
        x_bar[i] += t2
    return t, x_bar
