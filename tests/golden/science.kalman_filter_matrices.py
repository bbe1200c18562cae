import numpy as np

from s2s import runtime as rt


def kalman_filter_matrices_grad(A, z):
    """Cotangents with respect to A, z of kalman_filter_matrices.

    Assumes A: float64[n, m], z: float64[k, l].
    """
    tape_x = []
    x = np.zeros(2)
    P = np.eye(2)
    H = np.array([np.array([1.0, 0.5]), np.array([0.0, 1.0])])
    R = 0.3 * np.eye(2)
    n = z.shape[0]
    cost = 0.0
    x2 = x
    for k in range(n):
        x3 = A @ x2
        x_shape = x3.shape
        t = A @ P
        A2 = A.T
        t2 = t @ A2
        P2 = t2 + 0.1 * np.eye(2)
        H2 = H.T
        S = H @ P2 @ H2 + R
        t3 = H @ x3
        v = z[k] - t3
        t4 = P2 @ H2
        t5 = np.linalg.inv(S)
        K = t4 @ t5
        t6 = np.linalg.solve(S, v)
        t7 = np.linalg.det(S)
        cost += v @ t6 + np.log(t7)
        t8 = K @ v
        t9 = np.eye(2) - K @ H
        shape = t8.shape
        t = x2, P, t, A2, H2, t5, t4, t6, S, t3, t7, K, t9, P2, x_shape, shape, t2.shape
        tape_x.append(t)
        x2 = x3 + t8
        P = t9 @ P2

    # reverse sweep
    P_bar = np.zeros_like(P)
    x_bar = np.zeros_like(x2)
    z_bar = np.zeros_like(z)
    A_bar = np.zeros_like(A)
    cost_bar = 1.0
    for k in reversed(range(n)):
        x2, P, t, A2, H2, t2, t3, t4, S, t5, t6, K, t7, P2, x_shape, t8, t9 = tape_x.pop()
        t10 = H.T                             # science.py  P = (np.eye(2) - K @ H) @ P
        t8 = rt.sum_to(x_bar, t8)             # science.py  x = x + K @ v
        z_k = z[k]
        v = z_k - t5
        K_bar = rt.sum_to(-(P_bar @ P2.T), t3.shape) @ t10 + np.outer(t8, v)
        # science.py  cost += v @ np.linalg.solve(S, v) + np.log(np.linalg.det(S))
        v_bar = K.T @ t8 + cost_bar * t4
        b_bar = np.linalg.solve(S.T, cost_bar * v)
        S_bar = cost_bar / t6 * t6 * np.linalg.inv(S).T - np.outer(b_bar, t4)
        v_bar = v_bar + b_bar
        t4 = t2.mT                            # science.py  K = P @ H.T @ np.linalg.inv(S)
        S_bar = S_bar + -t4 @ (t3.T @ K_bar) @ t4
        t3 = H2.T
        P_bar = t7.T @ P_bar + K_bar @ t2.T @ t3
        # science.py  v = z[k] - H @ x
        x_bar2 = rt.sum_to(x_bar, x_shape) + t10 @ rt.sum_to(-v_bar, x.shape)
        z_bar[k] += rt.sum_to(v_bar, z_k.shape)
        P_bar = P_bar + t10 @ (S_bar @ t3)    # science.py  S = H @ P @ H.T + R
        t2 = rt.sum_to(P_bar, t9)             # science.py  P = A @ P @ A.T + 0.1 * np.eye(2)
        t3 = t2 @ A2.T
        A_bar += np.transpose(t.T @ t2)
        t = A.T
        P_bar = t @ t3
        A_bar += t3 @ P.T
        x_bar = t @ x_bar2                    # science.py  x = A @ x
        rt.add_outer(A_bar, x_bar2, x2)
    return cost, A_bar, z_bar
