import numpy as np

from s2s import runtime as rt


def runge_kutta_grad(y, p):
    """Cotangents with respect to y, p of runge_kutta.

    Assumes y: float64[n], p: float64[m].
    """
    tape = []
    for _ in range(5):
        p_0 = p[0]
        y_0 = y[0]
        p_1 = p[1]
        y_1 = y[1]
        p_2 = p[2]
        p_3 = p[3]
        k1 = np.array([p_0 * y_0 - p_1 * y_0 * y_1, p_2 * y_0 * y_1 - p_3 * y_1])
        t = y + 0.05 * k1
        t_0 = t[0]
        t_1 = t[1]
        k2 = np.array([p_0 * t_0 - p_1 * t_0 * t_1, p_2 * t_0 * t_1 - p_3 * t_1])
        t2 = y + 0.05 * k2
        t2_0 = t2[0]
        t2_1 = t2[1]
        k3 = np.array([p_0 * t2_0 - p_1 * t2_0 * t2_1, p_2 * t2_0 * t2_1 - p_3 * t2_1])
        t3 = y + 0.1 * k3
        t3_0 = t3[0]
        t3_1 = t3[1]
        k4 = np.array([p_0 * t3_0 - p_1 * t3_0 * t3_1, p_2 * t3_0 * t3_1 - p_3 * t3_1])
        t4 = k1 + 2.0 * k2
        t5 = t4 + 2.0 * k3
        t6 = t5 + k4
        tape.append((y_0, y_1, k1, y, t_0, t, k2, t2_0, t2, k3, t3_0, t3, t4, k4, t5, t6))
        y = y + 0.016666666666666666 * t6
    t = y ** 2

    # reverse sweep
    p_bar = np.zeros_like(p)
    y_bar = 2 * y * np.broadcast_to(1.0, (t.shape[0],))    # science.py  return np.sum(y**2)
    for _ in range(5):
        t2, t3, k1, y, t4, t5, k2, t6, t7, k3, t8, t9, t10, k4, t11, t12 = tape.pop()
        shape = y.shape    # science.py  y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        t12 = 0.016666666666666666 * rt.sum_to(y_bar, t12.shape)
        t11 = rt.sum_to(t12, t11.shape)
        t12 = rt.sum_to(t12, k4.shape)
        t10 = rt.sum_to(t11, t10.shape)
        shape2 = k3.shape
        shape3 = k1.shape
        shape4 = k2.shape
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        t12_0 = t12[0]
        t12_1 = t12[1]
        t12 = -t12_1
        t9_1 = t9[1]
        p_3 = p[3]
        t13 = t9_1 * t12_1
        p_2 = p[2]
        t14 = -t12_0
        t15 = t9_1 * t14
        p_1 = p[1]
        t9 = np.zeros(t9.shape)
        t9[1] += p_3 * t12 + p_2 * t8 * t12_1 + p_1 * t8 * t14
        p_0 = p[0]
        t9[0] += p_2 * t13 + p_1 * t15 + p_0 * t12_0
        # science.py  k4 = lotka_volterra(y + h * k3, p)
        y_bar = rt.sum_to(y_bar, shape) + rt.sum_to(t9, shape)
        k3_bar = 2.0 * rt.sum_to(t11, shape2) + 0.1 * rt.sum_to(t9, shape2)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k3_bar_0 = k3_bar[0]
        k3_bar_1 = k3_bar[1]
        t9 = -k3_bar_1
        t7_1 = t7[1]
        t11 = t7_1 * k3_bar_1
        t14 = -k3_bar_0
        t16 = t7_1 * t14
        t7 = np.zeros(t7.shape)
        t7[1] += p_3 * t9 + p_2 * t6 * k3_bar_1 + p_1 * t6 * t14
        t7[0] += p_2 * t11 + p_1 * t16 + p_0 * k3_bar_0
        # science.py  k3 = lotka_volterra(y + 0.5 * h * k2, p)
        y_bar = y_bar + rt.sum_to(t7, shape)
        k2_bar = 2.0 * rt.sum_to(t10, shape4) + 0.05 * rt.sum_to(t7, shape4)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k2_bar_0 = k2_bar[0]
        k2_bar_1 = k2_bar[1]
        t7 = -k2_bar_1
        t5_1 = t5[1]
        t14 = t5_1 * k2_bar_1
        t17 = -k2_bar_0
        t18 = t5_1 * t17
        t5 = np.zeros(t5.shape)
        t5[1] += p_3 * t7 + p_2 * t4 * k2_bar_1 + p_1 * t4 * t17
        t5[0] += p_2 * t14 + p_1 * t18 + p_0 * k2_bar_0
        # science.py  k2 = lotka_volterra(y + 0.5 * h * k1, p)
        k1_bar = rt.sum_to(t10, shape3) + 0.05 * rt.sum_to(t5, shape3)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k1_bar_0 = k1_bar[0]
        k1_bar_1 = k1_bar[1]
        t10 = -k1_bar_1
        p_bar[3] += t9_1 * t12 + t7_1 * t9 + t5_1 * t7 + t3 * t10
        t7 = t3 * k1_bar_1
        p_bar[2] += t8 * t13 + t6 * t11 + t4 * t14 + t2 * t7
        t9 = -k1_bar_0
        t3 *= t9
        y_bar = y_bar + rt.sum_to(t5, shape)
        y_bar[1] += p_3 * t10 + p_2 * t2 * k1_bar_1 + p_1 * t2 * t9
        p_bar[1] += t8 * t15 + t6 * t16 + t4 * t18 + t2 * t3
        y_bar[0] += p_2 * t7 + p_1 * t3 + p_0 * k1_bar_0
        p_bar[0] += t8 * t12_0 + t6 * k3_bar_0 + t4 * k2_bar_0 + t2 * k1_bar_0
    return np.sum(t), y_bar, p_bar
