import numpy as np

from s2s import runtime as rt


def cholesky_by_hand_grad(A):
    """Cotangents with respect to A of cholesky_by_hand.

    Assumes A: float64[n, m].
    """
    tape = []
    tape_A_old = []
    tape2 = []
    tape_A_old2 = []
    A = A.copy()
    n = A.shape[0]
    for j in range(n):
        for k in range(j):
            A_old = A[j, j]
            A[j, j] -= A[j, k] ** 2
            tape_A_old.append(A_old)
        A_jj = A[j, j]
        t = np.sqrt(A_jj)
        A[j, j] = t
        for i in range(j + 1, n):
            for k in range(j):
                A_old = A[i, j]
                A[i, j] -= A[i, k] * A[j, k]
                tape_A_old2.append(A_old)
            A_ij = A[i, j]
            t2 = A_ij / A[j, j]
            A[i, j] = t2
            tape2.append((t2, A_ij))
        tape.append((t, A_jj))
    t = np.tril(A)
    t2 = np.arange(16.0).reshape((4, 4))
    t3 = t * t2

    # reverse sweep
    # linear_algebra.py  return np.sum(np.tril(A) * np.arange(16.0).reshape(4, 4))
    t4, t5 = t3.shape
    A_bar = np.zeros_like(A)
    A_bar += np.tril(rt.sum_to(t2 * np.broadcast_to(1.0, (t4, t5)), t.shape))
    for j in reversed(range(n)):
        t, A_old = tape.pop()
        for i in reversed(range(j + 1, n)):
            t2, A_old2 = tape2.pop()
            A_bar_ij = A_bar[i, j]    # linear_algebra.py  A[i, j] /= A[j, j]
            A_bar[i, j] = 0.0
            A[i, j] = A_old2
            A_jj = A[j, j]
            A_bar[j, j] -= t2 * A_bar_ij / A_jj
            A_bar[i, j] += A_bar_ij / A_jj
            for k in reversed(range(j)):
                A[i, j] = tape_A_old2.pop()    # linear_algebra.py  A[i, j] -= A[i, k] * A[j, k]
                t2 = -A_bar[i, j]
                A_bar[j, k] += A[i, k] * t2
                A_bar[i, k] += A[j, k] * t2
        A_bar_jj = A_bar[j, j]    # linear_algebra.py  A[j, j] = np.sqrt(A[j, j])
        A_bar[j, j] = 0.0
        A[j, j] = A_old
        A_bar[j, j] += 0.5 * A_bar_jj / t
        for k in reversed(range(j)):
            A[j, j] = tape_A_old.pop()    # linear_algebra.py  A[j, j] -= A[j, k] ** 2
            A_bar[j, k] += 2 * A[j, k] * -A_bar[j, j]
    return np.sum(t3), A_bar
