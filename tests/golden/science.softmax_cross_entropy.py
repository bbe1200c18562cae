import numpy as np

from s2s import runtime as rt


def softmax_cross_entropy_grad(logits, labels):
    """Cotangents with respect to logits of softmax_cross_entropy.

    Assumes logits: float64[n, n1], labels: int64[n].
    """
    t = np.max(logits, axis=1, keepdims=True)
    t2 = logits - t
    t3 = np.exp(t2)
    t4 = np.sum(t3, axis=1, keepdims=True)
    t5 = np.log(t4)
    t6 = t2 - t5
    t7 = np.arange(len(labels))
    t8 = t6[t7, labels]

    # reverse sweep
    t6 = np.zeros_like(t6)
    # science.py  return -np.mean(logp[np.arange(len(labels)), labels])
    np.add.at(t6, (t7, labels), np.broadcast_to(-1.0 / np.size(t8), (t8.shape[0],)))
    # science.py  logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    t7, t9 = t3.shape
    t3 = t3 * np.broadcast_to(rt.sum_to(-t6, t5.shape) / t4, (t7, t9))
    t2 = rt.sum_to(t6, t2.shape) + t3
    # science.py  shifted = logits - np.max(logits, axis=1, keepdims=True)
    t3 = rt.sum_to(-t2, t.shape) / np.sum(logits == t, axis=1, keepdims=True)
    logits_bar = rt.sum_to(t2, logits.shape) + (logits == t) * t3
    return -np.mean(t8), logits_bar
