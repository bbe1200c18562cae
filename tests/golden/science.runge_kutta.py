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

    # reverse sweep
    p_bar = np.zeros_like(p)
    y_bar = 2 * y    # science.py  return np.sum(y**2)
    for _ in range(5):
        t, t2, k1, y2, t3, t4, k2, t5, t6, k3, t7, t8, t9, k4, t10, t11 = tape.pop()
        shape = y2.shape    # science.py  y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        t11 = 0.016666666666666666 * rt.sum_to(y_bar, t11.shape)
        t10 = rt.sum_to(t11, t10.shape)
        t11 = rt.sum_to(t11, k4.shape)
        t9 = rt.sum_to(t10, t9.shape)
        shape2 = k3.shape
        shape3 = k1.shape
        shape4 = k2.shape
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        t11_0 = t11[0]
        t11_1 = t11[1]
        t11 = -t11_1
        t8_1 = t8[1]
        p_3 = p[3]
        t12 = t8_1 * t11_1
        p_2 = p[2]
        t13 = -t11_0
        t14 = t8_1 * t13
        p_1 = p[1]
        t8 = np.zeros(t8.shape)
        t8[1] += p_3 * t11 + p_2 * t7 * t11_1 + p_1 * t7 * t13
        p_0 = p[0]
        t8[0] += p_2 * t12 + p_1 * t14 + p_0 * t11_0
        # science.py  k4 = lotka_volterra(y + h * k3, p)
        y_bar = rt.sum_to(y_bar, shape) + rt.sum_to(t8, shape)
        k3_bar = 2.0 * rt.sum_to(t10, shape2) + 0.1 * rt.sum_to(t8, shape2)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k3_bar_0 = k3_bar[0]
        k3_bar_1 = k3_bar[1]
        t8 = -k3_bar_1
        t6_1 = t6[1]
        t10 = t6_1 * k3_bar_1
        t13 = -k3_bar_0
        t15 = t6_1 * t13
        t6 = np.zeros(t6.shape)
        t6[1] += p_3 * t8 + p_2 * t5 * k3_bar_1 + p_1 * t5 * t13
        t6[0] += p_2 * t10 + p_1 * t15 + p_0 * k3_bar_0
        # science.py  k3 = lotka_volterra(y + 0.5 * h * k2, p)
        y_bar = y_bar + rt.sum_to(t6, shape)
        k2_bar = 2.0 * rt.sum_to(t9, shape4) + 0.05 * rt.sum_to(t6, shape4)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k2_bar_0 = k2_bar[0]
        k2_bar_1 = k2_bar[1]
        t6 = -k2_bar_1
        t4_1 = t4[1]
        t13 = t4_1 * k2_bar_1
        t16 = -k2_bar_0
        t17 = t4_1 * t16
        t4 = np.zeros(t4.shape)
        t4[1] += p_3 * t6 + p_2 * t3 * k2_bar_1 + p_1 * t3 * t16
        t4[0] += p_2 * t13 + p_1 * t17 + p_0 * k2_bar_0
        # science.py  k2 = lotka_volterra(y + 0.5 * h * k1, p)
        k1_bar = rt.sum_to(t9, shape3) + 0.05 * rt.sum_to(t4, shape3)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k1_bar_0 = k1_bar[0]
        k1_bar_1 = k1_bar[1]
        t9 = -k1_bar_1
        p_bar[3] += t8_1 * t11 + t6_1 * t8 + t4_1 * t6 + t2 * t9
        t6 = t2 * k1_bar_1
        p_bar[2] += t7 * t12 + t5 * t10 + t3 * t13 + t * t6
        t8 = -k1_bar_0
        t2 *= t8
        y_bar = y_bar + rt.sum_to(t4, shape)
        y_bar[1] += p_3 * t9 + p_2 * t * k1_bar_1 + p_1 * t * t8
        p_bar[1] += t7 * t14 + t5 * t15 + t3 * t17 + t * t2
        y_bar[0] += p_2 * t6 + p_1 * t2 + p_0 * k1_bar_0
        p_bar[0] += t7 * t11_0 + t5 * k3_bar_0 + t3 * k2_bar_0 + t * k1_bar_0
    return np.sum(y ** 2), y_bar, p_bar
