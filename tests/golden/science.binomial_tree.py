import numpy as np


def binomial_tree_grad(S, K, r, sigma):
    """Cotangents with respect to S, K, r, sigma of binomial_tree.

    Assumes S: float, K: float, r: float, sigma: float.
    """
    tape = []
    tape2 = []
    t = np.sqrt(0.2)
    up = np.exp(sigma * t)
    t2 = np.exp(r * 0.2)
    t3 = 1.0 / up
    t4 = up - t3
    p = (t2 - t3) / t4
    v = np.zeros(6)
    for j in range(6):
        t5 = up ** (2 * j - 5)
        t6 = K - S * t5
        v[j] = 0.0 if 0.0 > t6 else t6
        tape.append(t5)
    for i in reversed(range(5)):
        for j in range(i + 1):
            t5 = np.exp(-r * 0.2)
            v_j = v[j]
            held = t5 * (p * v[j + 1] + (1.0 - p) * v_j)
            t6 = up ** (2 * j - i)
            t7 = K - S * t6
            v[j] = t7 if t7 > held else held
            tape2.append((t5, t6, v_j))
    v_0 = v[0]

    # reverse sweep
    v_bar = np.zeros_like(v)
    v_bar[0] += 1.0
    r_bar = 0.0
    p_bar = 0.0
    up_bar = 0.0
    S_bar = 0.0
    K_bar = 0.0
    for i in range(5):
        for j in reversed(range(i + 1)):
            t5, t6, v_old = tape2.pop()
            v_bar_j = v_bar[j]    # science.py  v[j] = max(held, K - S * up ** (2 * j - i))
            v_bar[j] = 0.0
            v[j] = v_old
            v_jp1 = v[j + 1]
            t7 = 1.0 - p
            v_j = v[j]
            t8 = p * v_jp1 + t7 * v_j
            held = t5 * t8
            if K - S * t6 > held:
                held_bar = 0.0
            else:
                held_bar = v_bar_j
                v_bar_j = 0.0
            t9 = -v_bar_j
            K_bar += v_bar_j
            S_bar += t6 * t9
            t6 = 2 * j - i
            up_bar += t6 * up ** (t6 - 1 + (t6 == 0)) * (S * t9)
            # science.py  held = np.exp(-r * dt) * (p * v[j + 1] + (1.0 - p) * v[j])
            t6 = t5 * held_bar
            v_bar[j] += t7 * t6
            p_bar -= v_j * t6
            p_bar += v_jp1 * t6
            v_bar[j + 1] += p * t6
            r_bar -= 0.2 * (t5 * (t8 * held_bar))
    for j in reversed(range(6)):
        t5 = tape.pop()
        v_bar_j = v_bar[j]    # science.py  v[j] = max(K - S * up ** (2 * j - n), 0.0)
        v_bar[j] = 0.0
        t6 = 0.0 if 0.0 > K - S * t5 else v_bar_j
        t7 = -t6
        K_bar += t6
        S_bar += t5 * t7
        t5 = 2 * j - 5
        up_bar += t5 * up ** (t5 - 1 + (t5 == 0)) * (S * t7)
    t5 = p_bar / t4    # science.py  p = (np.exp(r * dt) - 1.0 / up) / (up - 1.0 / up)
    t4 = -p * p_bar / t4
    up_bar += t4
    up_bar -= t3 * (-t4 - t5) / up
    r_bar += 0.2 * (t2 * t5)
    return v_0, S_bar, K_bar, r_bar, t * (up * up_bar)
