"""Special functions: scipy.special, and what `math` has of them."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Row, reduction, rule, scalar

POSITIVE = (0.3, 3.0)
OVER = ("R(4)", "R(2, 3), axis=1", "R(2, 3), axis=0", "R(2, 3)")


def softmax_vjp(x, y, y_bar, axis=None):
    """J is symmetric: diag(y) - y y.T."""
    return y * (y_bar - np.sum(y * y_bar, axis=axis, keepdims=True))


def softmax_jvp(x, y, x_dot, axis=None):
    """The same, forward."""
    return y * (x_dot - np.sum(y * x_dot, axis=axis, keepdims=True))


def log_softmax_vjp(x, y, y_bar, axis=None):
    """J = I - 1 softmax(x).T."""
    return y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=True)


def log_softmax_jvp(x, y, x_dot, axis=None):
    """J = I - 1 softmax(x).T."""
    return x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=True)


# fmt: off
ROWS: list[Row] = [
    # DLMF 7.2.1
    scalar("erf(x) -> y", "1.1283791670955126 * exp(-x * x)", via="scipy.special.erf math.erf"),
    scalar("erfc(x) -> y", "-1.1283791670955126 * exp(-x * x)", via="scipy.special.erfc math.erfc"),
    scalar("erfinv(x) -> y", "0.886226925452758 * exp(y * y)", via="scipy.special.erfinv",
           domain=(-0.9, 0.9), singular=0.0),
    scalar("ndtr(x) -> y", "0.3989422804014327 * exp(-0.5 * x * x)", via="scipy.special.ndtr"),
    scalar("log_ndtr(x) -> y", "0.3989422804014327 * exp(-0.5 * x * x - y)",
           via="scipy.special.log_ndtr"),
    # DLMF 5.2.2
    scalar("gamma(x) -> y", "y * digamma(x)", via="scipy.special.gamma math.gamma", domain=POSITIVE,
           singular=1.0),
    scalar("gammaln(x) -> y", "digamma(x)", via="scipy.special.gammaln math.lgamma",
           domain=POSITIVE, singular=1.0),
    scalar("digamma(x) -> y", "polygamma(1, x)", via="scipy.special.digamma", domain=POSITIVE,
           singular=1.0, real_only=True),
    # DLMF 5.15
    scalar("polygamma(n, x) -> y", None, "polygamma(n + 1, x)", via="scipy.special.polygamma",
           domain=POSITIVE, singular=(None, 1.0), cases=("1, R(3)", "2, R(2, 3)")),
    scalar("expit(x) -> y", "y * (1 - y)", via="scipy.special.expit"),
    scalar("log_expit(x) -> y", "expit(-x)", via="scipy.special.log_expit"),
    scalar("logit(x) -> y", "1 / (x * (1 - x))", via="scipy.special.logit", domain=(0.2, 0.8),
           singular=0.5),
    scalar("xlogy(x, y) -> z", "log(y)", "x / y", via="scipy.special.xlogy", domain=POSITIVE,
           singular=(None, 1.0)),
    reduction("logsumexp(x|a, axis=None, *, keepdims=False) -> y", "exp(x - y)",
              via="scipy.special.logsumexp", cases=(*OVER, "R(2, 3), axis=(0, 1), keepdims=True")),
    rule("softmax(x, axis=None) -> y", softmax_vjp, softmax_jvp, via="scipy.special.softmax",
         cases=OVER),
    rule("log_softmax(x, axis=None) -> y", log_softmax_vjp, log_softmax_jvp,
         via="scipy.special.log_softmax", cases=OVER),
]
