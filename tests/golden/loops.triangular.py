import numpy as np


def triangular_grad(A):
    """Cotangents with respect to A of triangular.

    Assumes A: float64[n, m].
    """
    s = 0.0
    for i in range(4):
        for j in range(i, 4):
            s += A[i, j] * A[j, i] * (i + 1)

    # reverse sweep
    A_bar = np.zeros_like(A)
    s_bar = 1.0
    for i in reversed(range(4)):
        for j in reversed(range(i, 4)):
            t = (i + 1) * s_bar    # loops.py  s += A[i, j] * A[j, i] * (i + 1)
            A_bar[j, i] += A[i, j] * t
            A_bar[i, j] += A[j, i] * t
    return s, A_bar
