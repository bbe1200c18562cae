import numpy as np


def p09_nonlocal_in_loop_grad(x, total):
    """Cotangents with respect to x, total of p09_nonlocal_in_loop.

    Assumes x: float64[n], total: float.
    """
    tape_total = []
    n = len(x)
    for i in range(n):
        t = x[i]
        t2 = np.cos(t)
        tape_total.append((total, t2))
        total = total * t2 + t

    # reverse sweep
    x_bar = np.zeros_like(x)
    total_bar = 2 * total    # thirteen.py  return total**2
    for i in reversed(range(n)):
        total2, t2 = tape_total.pop()
        t = x[i]                      # thirteen.py  total = total * np.cos(t) + t
        t_bar = total_bar - np.sin(t) * (total2 * total_bar)
        x_bar[i] += t_bar             # thirteen.py  for t in x:
        total_bar = t2 * total_bar    # thirteen.py  total = total * np.cos(t) + t
    return total ** 2, x_bar, total_bar
