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
    A2 = A.copy()
    n = A2.shape[0]
    for j in range(n):
        for k in range(j):
            A2_jj = A2[j, j]
            A2[j, j] = A2_jj - A2[j, k] ** 2
            tape_A_old.append(A2_jj)
        A2_jj = A2[j, j]
        t = np.sqrt(A2_jj)
        A2[j, j] = t
        for i in range(j + 1, n):
            for k in range(j):
                A2_ij = A2[i, j]
                A2[i, j] = A2_ij - A2[i, k] * A2[j, k]
                tape_A_old2.append(A2_ij)
            A2_ij = A2[i, j]
            t2 = A2_ij / A2[j, j]
            A2[i, j] = t2
            tape2.append((t2, A2_ij))
        tape.append((t, A2_jj))
    t = np.tril(A2)
    t2 = np.arange(16.0).reshape((4, 4))
    t3 = t * t2

    # reverse sweep
    shadow = rt.Shadows()
    # linear_algebra.py  return np.sum(np.tril(A) * np.arange(16.0).reshape(4, 4))
    t4, t5 = t3.shape
    A_bar = shadow(A2)
    A_bar += np.tril(rt.sum_to(t2 * np.broadcast_to(1.0, (t4, t5)), t.shape))
    for j in reversed(range(n)):
        t, A_old = tape.pop()
        for i in reversed(range(j + 1, n)):
            t2, A_old2 = tape2.pop()
            A_bar_ij = A_bar[i, j]    # linear_algebra.py  A[i, j] /= A[j, j]
            A_bar[i, j] = 0.0
            A2[i, j] = A_old2
            A2_jj = A2[j, j]
            A_bar[j, j] -= t2 * A_bar_ij / A2_jj
            A_bar[i, j] += A_bar_ij / A2_jj
            for k in reversed(range(j)):
                A_bar_ij = A_bar[i, j]    # linear_algebra.py  A[i, j] -= A[i, k] * A[j, k]
                A_bar[i, j] = 0.0
                A2[i, j] = tape_A_old2.pop()
                t2 = -A_bar_ij
                A_bar[j, k] += A2[i, k] * t2
                A_bar[i, k] += A2[j, k] * t2
                A_bar[i, j] += A_bar_ij
        A_bar_jj = A_bar[j, j]    # linear_algebra.py  A[j, j] = np.sqrt(A[j, j])
        A_bar[j, j] = 0.0
        A2[j, j] = A_old
        A_bar[j, j] += 0.5 * A_bar_jj / t
        for k in reversed(range(j)):
            A_bar_jj = A_bar[j, j]    # linear_algebra.py  A[j, j] -= A[j, k] ** 2
            A_bar[j, j] = 0.0
            A2[j, j] = tape_A_old.pop()
            A_bar[j, k] += 2 * A2[j, k] * -A_bar_jj
            A_bar[j, j] += A_bar_jj
    A_bar2 = shadow(A)
    A_bar2 += A_bar
    return np.sum(t3), A_bar2
