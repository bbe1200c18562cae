import numpy as np


def p11_return_from_nested_loop_grad(A, limit):
    """Cotangents with respect to A of p11_return_from_nested_loop.

    Assumes A: float64[n, m], limit: float.
    """
    tape = []
    tape_s = []
    s = 0.0
    trips = 0
    exit = 0
    for i in range(A.shape[0]):
        s2 = s
        t2 = None
        trips2 = 0
        exit2 = 0
        for j in range(A.shape[1]):
            A_ij = A[i, j]
            s3 = s2 + A_ij ** 2
            if s3 > limit:
                tape_s.append(s3)
                t2 = s3 * A_ij
                exit2 = 1
                break
            s2 = s3
            trips2 += 1
        tape.append((exit2, trips2))
        if exit2 >= 1:
            t = t2
            exit = 1
            break
        s = s2 * 1.1
        trips += 1
    test = exit >= 1
    t = t if test else s

    # reverse sweep
    if test:
        t2 = 1.0
        s_bar = 0.0
    else:
        s_bar = 1.0
        t2 = 0.0
    A_bar = np.zeros_like(A)
    if exit == 1:
        t3, t4 = tape.pop()
        if t3 == 1:
            s = tape_s.pop()
            t3 = A[trips, t4]                              # thirteen.py  return s * A[i, j]
            s_bar = t3 * t2
            A_bar[trips, t4] += s * t2 + 2 * t3 * s_bar    # thirteen.py  s += A[i, j] ** 2
        else:
            s_bar = 0.0
        for j in reversed(range(t4)):
            A_bar[trips, j] += 2 * A[trips, j] * s_bar
    for i in reversed(range(trips)):
        t2, t3 = tape.pop()
        s_bar = 1.1 * s_bar    # thirteen.py  s *= 1.1
        if t2 == 1:
            s = tape_s.pop()
            t2 = A[i, t3]                               # thirteen.py  return s * A[i, j]
            s_bar = t2 * 0.0
            A_bar[i, t3] += s * 0.0 + 2 * t2 * s_bar    # thirteen.py  s += A[i, j] ** 2
        for j in reversed(range(t3)):
            A_bar[i, j] += 2 * A[i, j] * s_bar
    return t, A_bar
