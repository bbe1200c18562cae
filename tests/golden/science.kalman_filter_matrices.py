import numpy as np

from s2s import runtime as rt


def kalman_filter_matrices_grad(A, z):
    """Cotangents with respect to A, z of kalman_filter_matrices.

    Assumes A: float64[n, n1], z: float64[n, n1].
    """
    tape_x = []
    t = [[1.0, 0.5], [0.0, 1.0]]
    t_0 = t[0]
    t_1 = t[1]
    t = np.array([t_0[0], t_0[1]])
    t = np.array([t, np.array([t_1[0], t_1[1]])])
    t2 = 0.3 * np.eye(2)
    n = z.shape[0]
    x = np.zeros(2)
    P = np.eye(2)
    cost = 0.0
    for k in range(n):
        t3 = A @ x
        t4 = A @ P
        A2 = A.T
        t5 = t4 @ A2
        t6 = t5 + 0.1 * np.eye(2)
        H = t.T
        t7 = t @ t6 @ H
        t8 = t7 + t2
        t9 = z[k]
        t10 = t @ t3
        t11 = t9 - t10
        H2 = t.T
        t12 = t6 @ H2
        t13 = np.linalg.inv(t8)
        t14 = t12 @ t13
        t15 = np.linalg.solve(t8, t11)
        t16 = np.linalg.det(t8)
        cost += t11 @ t15 + np.log(t16)
        t17 = t14 @ t11
        t18 = t14 @ t
        t19 = np.eye(2) - t18
        t4 = (
            x,
            P,
            t4,
            A2,
            t5,
            H,
            t7,
            t10,
            t9,
            H2,
            t13,
            t12,
            t15,
            t8,
            t11,
            t16,
            t14,
            t17,
            t3,
            t18,
            t19,
            t6,
        )
        tape_x.append(t4)
        x = t3 + t17
        P = t19 @ t6

    # reverse sweep
    P_bar = np.zeros_like(P)
    x_bar = np.zeros_like(x)
    z_bar = np.zeros_like(z)
    A_bar = np.zeros_like(A)
    cost_bar = 1.0
    for k in reversed(range(n)):
        x, P, t2, A2, t3, H, t4, t5, t6, H2, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18 = tape_x.pop()
        t14 = rt.sum_to(x_bar, t14.shape)    # science.py  x = x + K @ v
        t16 = rt.sum_to(-(P_bar @ t18.T), t16.shape) @ t.T + np.outer(t14, t11)
        # science.py  cost += v @ np.linalg.solve(S, v) + np.log(np.linalg.det(S))
        b_bar = np.linalg.solve(t10.T, cost_bar * t11)
        t11 = t13.T @ t14 + cost_bar * t9 + b_bar
        t9 = cost_bar / t12 * t12 * np.linalg.inv(t10).T - np.outer(b_bar, t9)
        # science.py  v = z[k] - H @ x
        t5 = rt.sum_to(x_bar, t15.shape) + t.T @ rt.sum_to(-t11, t5.shape)
        z_bar[k] += rt.sum_to(t11, t6.shape)
        # science.py  S = H @ P @ H.T + R
        t4 = rt.sum_to(t9 + -t7.mT @ (t8.T @ t16) @ t7.mT, t4.shape) @ H.T
        # science.py  P = A @ P @ A.T + 0.1 * np.eye(2)
        t3 = rt.sum_to(t17.T @ P_bar + t16 @ t7.T @ H2.T + t.T @ t4, t3.shape)
        t4 = t3 @ A2.T
        A_bar += np.transpose(t2.T @ t3)
        P_bar = A.T @ t4
        A_bar += t4 @ P.T
        x_bar = A.T @ t5                     # science.py  x = A @ x
        A_bar += np.outer(t5, x)
    return cost, A_bar, z_bar
