import numpy as np

from s2s import runtime as rt


def runge_kutta_grad(y, p):
    """Cotangents with respect to y, p of runge_kutta.

    Assumes y: float64[n], p: float64[n].
    """
    tape = []
    for _ in range(5):
        t = p[0]
        t2 = y[0]
        t3 = p[1]
        t4 = y[1]
        t5 = p[2]
        t6 = p[3]
        t7 = [t * t2 - t3 * t2 * t4, t5 * t2 * t4 - t6 * t4]
        t8 = np.array([t7[0], t7[1]])
        t9 = y + 0.05 * t8
        t10 = t9[0]
        t11 = t9[1]
        t11 = [t * t10 - t3 * t10 * t11, t5 * t10 * t11 - t6 * t11]
        t12 = np.array([t11[0], t11[1]])
        t13 = y + 0.05 * t12
        t14 = t13[0]
        t15 = t13[1]
        t15 = [t * t14 - t3 * t14 * t15, t5 * t14 * t15 - t6 * t15]
        t16 = np.array([t15[0], t15[1]])
        t17 = y + 0.1 * t16
        t18 = t17[0]
        t19 = t17[1]
        t = [t * t18 - t3 * t18 * t19, t5 * t18 * t19 - t6 * t19]
        t3 = np.array([t[0], t[1]])
        t5 = t8 + 2.0 * t12
        t6 = t5 + 2.0 * t16
        t19 = t6 + t3
        t = t2, t4, t7, t8, y, t10, t9, t11, t12, t14, t13, t15, t16, t18, t17, t, t5, t3, t6, t19
        tape.append(t)
        y = y + 0.016666666666666666 * t19
    t = y ** 2

    # reverse sweep
    shadow = rt.Shadows()
    p_bar = np.zeros_like(p)
    y_bar = 2 * y * np.broadcast_to(1.0, (t.shape[0],))    # science.py  return np.sum(y**2)
    for _ in range(5):
        t2, t3, t4, t5, y, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19, t20 = tape.pop()
        shape = y.shape    # science.py  y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        t20 = 0.016666666666666666 * rt.sum_to(y_bar, t20.shape)
        t19 = rt.sum_to(t20, t19.shape)
        t18 = rt.sum_to(t20, t18.shape)
        t17 = rt.sum_to(t19, t17.shape)
        shape2 = t13.shape
        shape3 = t5.shape
        shape4 = t9.shape
        t5 = shadow(t16)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        t5[1] += t18[1]
        t5[0] += t18[0]
        t5_0 = t5[0]
        t5_1 = t5[1]
        t5 = -t5_1
        t9 = t15[1]
        t13 = p[3]
        t16 = t9 * t5_1
        t18 = p[2]
        t20 = -t5_0
        t21 = t9 * t20
        t22 = p[1]
        t15 = np.zeros(t15.shape)
        t15[1] += t13 * t5 + t18 * t14 * t5_1 + t22 * t14 * t20
        t20 = p[0]
        t15[0] += t18 * t16 + t22 * t21 + t20 * t5_0
        # science.py  k4 = lotka_volterra(y + h * k3, p)
        y_bar = rt.sum_to(y_bar, shape) + rt.sum_to(t15, shape)
        t15 = 2.0 * rt.sum_to(t19, shape2) + 0.1 * rt.sum_to(t15, shape2)
        t12 = shadow(t12)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        t12[1] += t15[1]
        t12[0] += t15[0]
        t12_0 = t12[0]
        t12_1 = t12[1]
        t12 = -t12_1
        t15 = t11[1]
        t19 = t15 * t12_1
        t23 = -t12_0
        t24 = t15 * t23
        t11 = np.zeros(t11.shape)
        t11[1] += t13 * t12 + t18 * t10 * t12_1 + t22 * t10 * t23
        t11[0] += t18 * t19 + t22 * t24 + t20 * t12_0
        # science.py  k3 = lotka_volterra(y + 0.5 * h * k2, p)
        y_bar = y_bar + rt.sum_to(t11, shape)
        t11 = 2.0 * rt.sum_to(t17, shape4) + 0.05 * rt.sum_to(t11, shape4)
        t8 = shadow(t8)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        t8[1] += t11[1]
        t8[0] += t11[0]
        t8_0 = t8[0]
        t8_1 = t8[1]
        t8 = -t8_1
        t11 = t7[1]
        t23 = t11 * t8_1
        t25 = -t8_0
        t26 = t11 * t25
        t7 = np.zeros(t7.shape)
        t7[1] += t13 * t8 + t18 * t6 * t8_1 + t22 * t6 * t25
        t7[0] += t18 * t23 + t22 * t26 + t20 * t8_0
        # science.py  k2 = lotka_volterra(y + 0.5 * h * k1, p)
        y_bar = y_bar + rt.sum_to(t7, shape)
        t7 = rt.sum_to(t17, shape3) + 0.05 * rt.sum_to(t7, shape3)
        t4 = shadow(t4)
        # science.py  return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - ...
        t4[1] += t7[1]
        t4[0] += t7[0]
        t4_0 = t4[0]
        t4_1 = t4[1]
        t4 = -t4_1
        p_bar[3] += t9 * t5 + t15 * t12 + t11 * t8 + t3 * t4
        t5 = t3 * t4_1
        p_bar[2] += t14 * t16 + t10 * t19 + t6 * t23 + t2 * t5
        t7 = -t4_0
        t3 *= t7
        y_bar = y_bar.copy()
        y_bar[1] += t13 * t4 + t18 * t2 * t4_1 + t22 * t2 * t7
        p_bar[1] += t14 * t21 + t10 * t24 + t6 * t26 + t2 * t3
        y_bar[0] += t18 * t5 + t22 * t3 + t20 * t4_0
        p_bar[0] += t14 * t5_0 + t10 * t12_0 + t6 * t8_0 + t2 * t4_0
        y_bar = y_bar.copy()
    return np.sum(t), y_bar, p_bar
