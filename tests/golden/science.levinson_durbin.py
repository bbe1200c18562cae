import numpy as np


def levinson_durbin_grad(r):
    """Cotangents with respect to r of levinson_durbin.

    Assumes r: float64[n].
    """
    tape_acc = []
    tape_a_old = []
    n = len(r)
    a = np.zeros(n)
    tmp = np.zeros(n)
    a[0] = 1.0
    e = r[0]
    for k in range(1, n):
        acc = 0.0
        for j in range(k):
            acc += a[j] * r[k - j]
        reflection = -acc / e
        for j in range(1, k):
            tmp[j] = a[j] + reflection * a[k - j]
        for j in range(1, k):
            a_old = a[j]
            a[j] = tmp[j]
            tape_a_old.append(a_old)
        a[k] = reflection
        tape_acc.append((acc, e))
        e *= 1.0 - reflection * reflection

    # reverse sweep
    a_bar = np.zeros_like(a)
    a_bar += 2 * a    # science.py  return e + np.sum(a**2)
    tmp_bar = np.zeros_like(tmp)
    r_bar = np.zeros_like(r)
    t = e + np.sum(a ** 2)
    e_bar = 1.0
    for k in reversed(range(1, n)):
        acc, e = tape_acc.pop()
        reflection = -acc / e    # science.py  e *= 1.0 - reflection * reflection
        t2 = reflection * -(e * e_bar)
        reflection_bar = t2 + t2
        a_bar_k = a_bar[k]       # science.py  a[k] = reflection
        a_bar[k] = 0.0
        reflection_bar += a_bar_k
        for j in reversed(range(1, k)):
            a_bar_j = a_bar[j]    # science.py  a[j] = tmp[j]
            a_bar[j] = 0.0
            a[j] = tape_a_old.pop()
            tmp_bar[j] += a_bar_j
        for j in reversed(range(1, k)):
            tmp_bar_j = tmp_bar[j]    # science.py  tmp[j] = a[j] + reflection * a[k - j]
            tmp_bar[j] = 0.0
            t2 = k - j
            reflection_bar += a[t2] * tmp_bar_j
            a_bar[t2] += reflection * tmp_bar_j
            a_bar[j] += tmp_bar_j
        # science.py  reflection = -acc / e
        e_bar = (1.0 - reflection * reflection) * e_bar - reflection * reflection_bar / e
        acc_bar = -(reflection_bar / e)
        for j in reversed(range(k)):
            t2 = k - j    # science.py  acc += a[j] * r[k - j]
            r_bar[t2] += a[j] * acc_bar
            a_bar[j] += r[t2] * acc_bar
    r_bar[0] += e_bar    # science.py  e = r[0]
    a_bar[0] = 0.0
    return t, r_bar
