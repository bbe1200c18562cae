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
    for k in range(n):
        x2 = A @ x
        t = A @ P
        A2 = A.T
        t2 = t @ A2
        P2 = t2 + 0.1 * np.eye(2)
        H2 = H.T
        t3 = H @ P2 @ H2
        S = t3 + R
        z_k = z[k]
        t4 = H @ x2
        v = z_k - t4
        t5 = P2 @ H2
        t6 = np.linalg.inv(S)
        K = t5 @ t6
        t7 = np.linalg.solve(S, v)
        t8 = np.linalg.det(S)
        cost += v @ t7 + np.log(t8)
        t9 = K @ v
        t10 = K @ H
        t11 = np.eye(2) - t10
        t = x, P, t, A2, t2, H2, t3, t4, z_k, t6, t5, t7, S, v, t8, K, t9, x2, t10, t11, P2
        tape_x.append(t)
        x = x2 + t9
        P = t11 @ P2

    # reverse sweep
    P_bar = np.zeros_like(P)
    x_bar = np.zeros_like(x)
    z_bar = np.zeros_like(z)
    A_bar = np.zeros_like(A)
    cost_bar = 1.0
    for k in reversed(range(n)):
        x, P, t, A2, t2, H2, t3, t4, t5, t6, t7, t8, S, v, t9, K, t10, x2, t11, t12, P2 = tape_x.pop()
        t13 = H.T                            # science.py  P = (np.eye(2) - K @ H) @ P
        t10 = rt.sum_to(x_bar, t10.shape)    # science.py  x = x + K @ v
        K_bar = rt.sum_to(-(P_bar @ P2.T), t11.shape) @ t13 + np.outer(t10, v)
        # science.py  cost += v @ np.linalg.solve(S, v) + np.log(np.linalg.det(S))
        v_bar = K.T @ t10 + cost_bar * t8
        b_bar = np.linalg.solve(S.T, cost_bar * v)
        S_bar = cost_bar / t9 * t9 * np.linalg.inv(S).T - np.outer(b_bar, t8)
        v_bar = v_bar + b_bar
        t8 = t6.mT                           # science.py  K = P @ H.T @ np.linalg.inv(S)
        S_bar = S_bar + -t8 @ (t7.T @ K_bar) @ t8
        t7 = H2.T
        P_bar = t12.T @ P_bar + K_bar @ t6.T @ t7
        # science.py  v = z[k] - H @ x
        x_bar2 = rt.sum_to(x_bar, x2.shape) + t13 @ rt.sum_to(-v_bar, t4.shape)
        z_bar[k] += rt.sum_to(v_bar, t5.shape)
        # science.py  S = H @ P @ H.T + R
        P_bar = P_bar + t13 @ (rt.sum_to(S_bar, t3.shape) @ t7)
        t2 = rt.sum_to(P_bar, t2.shape)      # science.py  P = A @ P @ A.T + 0.1 * np.eye(2)
        t3 = t2 @ A2.T
        A_bar += np.transpose(t.T @ t2)
        t = A.T
        P_bar = t @ t3
        A_bar += t3 @ P.T
        x_bar = t @ x_bar2                   # science.py  x = A @ x
        rt.add_outer(A_bar, x_bar2, x)
    return cost, A_bar, z_bar
