import numpy as np

from s2s import runtime as rt


def runge_kutta_grad(y, p):
    """Cotangents with respect to y, p of runge_kutta.

    Assumes y: float64[n], p: float64[m].
    """
    tape = []
    for _ in range(5):
        y_shape = y.shape
        p_0 = p[0]
        y_0 = y[0]
        p_1 = p[1]
        y_1 = y[1]
        p_2 = p[2]
        p_3 = p[3]
        k1 = np.array([p_0 * y_0 - p_1 * y_0 * y_1, p_2 * y_0 * y_1 - p_3 * y_1])
        k1_shape = k1.shape
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
        y = y + 0.016666666666666666 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        shape = t3.shape
        shape2 = t2.shape
        t = y_0, y_1, t_0, t_1, t2_0, t2_1, t3_0, t3_1, y_shape, k1_shape, shape, shape2, t.shape
        tape.append(t)

    # reverse sweep
    p_bar = np.zeros_like(p)
    y_bar = 2 * y    # science.py  return np.sum(y**2)
    for _ in range(5):
        t, t2, t3, t4, t5, t6, t7, t8, y_shape, k1_shape, t9, t10, t11 = tape.pop()
        # science.py  y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        t12 = 0.016666666666666666 * rt.sum_to(y_bar, k1_shape)
        t13 = 2.0 * t12
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        t12_0 = t12[0]
        t12_1 = t12[1]
        t14 = -t12_1
        p_3 = p[3]
        t15 = t8 * t12_1
        p_2 = p[2]
        t16 = -t12_0
        t17 = t8 * t16
        p_1 = p[1]
        t9 = np.zeros(t9)
        t9[1] += p_3 * t14 + p_2 * t7 * t12_1 + p_1 * t7 * t16
        p_0 = p[0]
        t9[0] += p_2 * t15 + p_1 * t17 + p_0 * t12_0
        # science.py  k4 = lotka_volterra(y + h * k3, p)
        y_bar = rt.sum_to(y_bar, y_shape) + rt.sum_to(t9, y_shape)
        k3_bar = t13 + 0.1 * rt.sum_to(t9, k1_shape)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k3_bar_0 = k3_bar[0]
        k3_bar_1 = k3_bar[1]
        t9 = -k3_bar_1
        t16 = t6 * k3_bar_1
        t18 = -k3_bar_0
        t19 = t6 * t18
        t10 = np.zeros(t10)
        t10[1] += p_3 * t9 + p_2 * t5 * k3_bar_1 + p_1 * t5 * t18
        t10[0] += p_2 * t16 + p_1 * t19 + p_0 * k3_bar_0
        # science.py  k3 = lotka_volterra(y + 0.5 * h * k2, p)
        y_bar = y_bar + rt.sum_to(t10, y_shape)
        k2_bar = t13 + 0.05 * rt.sum_to(t10, k1_shape)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k2_bar_0 = k2_bar[0]
        k2_bar_1 = k2_bar[1]
        t10 = -k2_bar_1
        t13 = t4 * k2_bar_1
        t18 = -k2_bar_0
        t20 = t4 * t18
        t11 = np.zeros(t11)
        t11[1] += p_3 * t10 + p_2 * t3 * k2_bar_1 + p_1 * t3 * t18
        t11[0] += p_2 * t13 + p_1 * t20 + p_0 * k2_bar_0
        # science.py  k2 = lotka_volterra(y + 0.5 * h * k1, p)
        k1_bar = t12 + 0.05 * rt.sum_to(t11, k1_shape)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        k1_bar_0 = k1_bar[0]
        k1_bar_1 = k1_bar[1]
        t12 = -k1_bar_1
        p_bar[3] += t8 * t14 + t6 * t9 + t4 * t10 + t2 * t12
        t4 = t2 * k1_bar_1
        p_bar[2] += t7 * t15 + t5 * t16 + t3 * t13 + t * t4
        t6 = -k1_bar_0
        t2 *= t6
        y_bar = y_bar + rt.sum_to(t11, y_shape)
        y_bar[1] += p_3 * t12 + p_2 * t * k1_bar_1 + p_1 * t * t6
        p_bar[1] += t7 * t17 + t5 * t19 + t3 * t20 + t * t2
        y_bar[0] += p_2 * t4 + p_1 * t2 + p_0 * k1_bar_0
        p_bar[0] += t7 * t12_0 + t5 * k3_bar_0 + t3 * k2_bar_0 + t * k1_bar_0
    return np.sum(y ** 2), y_bar, p_bar
