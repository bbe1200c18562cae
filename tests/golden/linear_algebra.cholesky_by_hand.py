import numpy as np

from s2s import runtime as rt


def cholesky_by_hand_grad(A):
    """Cotangents with respect to A of cholesky_by_hand.

    Assumes A: float64[n, m].
    """
    A = A.copy()
    n = A.shape[0]
    for j in range(n):
        for k in range(j):
            A[j, j] -= A[j, k] ** 2
        A[j, j] = np.sqrt(A[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] = A[i, j] / A[j, j]
    t = np.tril(A)
    t2 = np.arange(16.0).reshape((4, 4))
    t3 = t * t2

    # reverse sweep
    # linear_algebra.py  return np.sum(np.tril(A) * np.arange(16.0).reshape(4, 4))
    t4, t5 = t3.shape
    A_bar = np.zeros_like(A)
    A_bar += np.tril(rt.sum_to(t2 * np.broadcast_to(1.0, (t4, t5)), t.shape))
    for j in reversed(range(n)):
        for i in reversed(range(j + 1, n)):
            A_bar_ij = A_bar[i, j]    # linear_algebra.py  A[i, j] /= A[j, j]
            A_bar[i, j] = 0.0
            A_jj = A[j, j]
            A_bar[j, j] -= A[i, j] * A_bar_ij / A_jj
            A_bar[i, j] += A_bar_ij / A_jj
            for k in reversed(range(j)):
                t = -A_bar[i, j]    # linear_algebra.py  A[i, j] -= A[i, k] * A[j, k]
                A_bar[j, k] += A[i, k] * t
                A_bar[i, k] += A[j, k] * t
        A_bar_jj = A_bar[j, j]    # linear_algebra.py  A[j, j] = np.sqrt(A[j, j])
        A_bar[j, j] = 0.0
        A_bar[j, j] += 0.5 * A_bar_jj / A[j, j]
        for k in reversed(range(j)):
            # linear_algebra.py  A[j, j] -= A[j, k] ** 2
            A_bar[j, k] += 2 * A[j, k] * -A_bar[j, j]
    return np.sum(t3), A_bar
