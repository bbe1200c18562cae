import numpy as np

from s2s import runtime as rt


def softmax_cross_entropy_grad(logits, labels):
    """Cotangents with respect to logits of softmax_cross_entropy.

    Assumes logits: float64[n, m], labels: int64[k].
    """
    t = np.max(logits, axis=1, keepdims=True)
    shifted = logits - t
    t2 = np.exp(shifted)
    t3 = np.sum(t2, axis=1, keepdims=True)
    t4 = np.log(t3)
    logp = shifted - t4
    t5 = np.arange(len(labels))
    t6 = logp[t5, labels]

    # reverse sweep
    logp_bar = np.zeros_like(logp)
    # science.py  return -np.mean(logp[np.arange(len(labels)), labels])
    np.add.at(logp_bar, (t5, labels), np.broadcast_to(-1.0 / np.size(t6), (t6.shape[0],)))
    # science.py  logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    t5, t7 = t2.shape
    t2 = t2 * np.broadcast_to(rt.sum_to(-logp_bar, t4.shape) / t3, (t5, t7))
    shifted_bar = logp_bar + t2
    t2 = logits == t    # science.py  shifted = logits - np.max(logits, axis=1, keepdims=True)
    t = t2 * (rt.sum_to(-shifted_bar, t.shape) / np.sum(t2, axis=1, keepdims=True))
    logits_bar = shifted_bar + t
    return -np.mean(t6), logits_bar
