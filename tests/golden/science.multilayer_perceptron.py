import numpy as np

from s2s import runtime as rt


def multilayer_perceptron_grad(params, x):
    """Cotangents with respect to params, x of multilayer_perceptron.

    Assumes params: a list, x: float64[n].
    """
    t, t2 = params[0]
    t = [(t, t2)]
    W, b = t[0]
    t2 = W @ x
    t3 = np.tanh(t2 + b)
    W2, b2 = params[-1]
    t4 = W2 @ t3
    t5 = t4 + b2 - 0.5
    t6 = t5 ** 2

    # reverse sweep
    shadow = rt.Shadows()
    # science.py  return np.sum((W @ h + b - 0.5) ** 2)
    t5 = 2 * t5 * np.broadcast_to(1.0, (t6.shape[0],))
    t4 = rt.sum_to(t5, t4.shape)
    params_bar = shadow(params, arrays=True)
    # science.py  W, b = params[-1]
    params_bar[-1] = rt.add(params_bar[-1], (np.outer(t4, t3), rt.sum_to(t5, b2.shape)))
    t3 = (1 - t3 * t3) * (W2.T @ t4)    # science.py  h = np.tanh(W @ h + b)
    t2 = rt.sum_to(t3, t2.shape)
    t = shadow(t, arrays=True)
    # science.py  for W, b in params[:-1]:
    t[0] = rt.add(t[0], (np.outer(t2, x), rt.sum_to(t3, b.shape)))
    t, t3 = t[0]
    params_bar[0] = rt.add(params_bar[0], (t, t3))
    params_bar = rt.cotangent(shadow, params)
    return np.sum(t6), params_bar, W.T @ t2
