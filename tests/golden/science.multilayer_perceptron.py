import numpy as np

from s2s import runtime as rt


def multilayer_perceptron_grad(params, x):
    """Cotangents with respect to params, x of multilayer_perceptron.

    Assumes params: a list, x: float64[n].
    """
    W, b = params[0]
    t = W @ x
    h = np.tanh(t + b)
    W2, b2 = params[-1]
    t2 = W2 @ h
    t3 = t2 + b2 - 0.5

    # reverse sweep
    shadow = rt.Shadows()
    t4 = 2 * t3                       # science.py  return np.sum((W @ h + b - 0.5) ** 2)
    t2 = rt.sum_to(t4, t2.shape)
    params_bar = shadow(params, arrays=True)
    # science.py  W, b = params[-1]
    params_bar[-1] = rt.add(params_bar[-1], (np.outer(t2, h), rt.sum_to(t4, b2.shape)))
    t2 = (1 - h * h) * (W2.T @ t2)    # science.py  h = np.tanh(W @ h + b)
    t = rt.sum_to(t2, t.shape)
    # science.py  for W, b in params[:-1]:
    params_bar[0] = rt.add(params_bar[0], (np.outer(t, x), rt.sum_to(t2, b.shape)))
    params_bar = rt.cotangent(shadow, params)
    return np.sum(t3 ** 2), params_bar, W.T @ t
