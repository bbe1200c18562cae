import numpy as np


def huber_loss_grad(r, delta):
    """Cotangents with respect to r of huber_loss.

    Assumes r: float64[n], delta: float.
    """
    tape = []
    n = len(r)
    loss = 0.0
    for i in range(n):
        v = r[i]
        t = abs(v)
        test = bool(t <= delta)
        if test:
            loss += 0.5 * v ** 2
        else:
            loss += delta * (t - 0.5 * delta)
        tape.append(test)

    # reverse sweep
    r_bar = np.zeros_like(r)
    loss_bar = 1.0
    for i in reversed(range(n)):
        if tape.pop():
            v = r[i]    # branches.py  loss += 0.5 * v**2
            v_bar = 2 * v * (0.5 * loss_bar)
            t = 0.0
        else:
            t = delta * loss_bar    # branches.py  loss += delta * (abs(v) - 0.5 * delta)
            v_bar = 0.0
        v = r[i]
        v_bar += np.sign(v) * t
        r_bar[i] += v_bar    # branches.py  for v in r:
    return loss, r_bar
