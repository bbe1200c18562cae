"""Special functions: scipy.special, and what `math` has of them."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Call, Row, defined, reduction, rule, scalar

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


def multigammaln_partial(call: Call) -> tuple[str]:
    """A sum of digammas."""
    return (" + ".join(f"digamma(x - {0.5 * k})" for k in range(call.attrs["d"])),)


def logsumexp_weighted(x, axis, b, keepdims):
    """The greatest exponent is taken out."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    total = np.sum(b * np.exp(x - top), axis=axis, keepdims=keepdims)
    return np.log(total) + (top if keepdims else np.reshape(top, np.shape(total)))


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
    scalar("digamma(x) -> y", "polygamma(1, x)", via="sp scipy.special.psi", domain=POSITIVE,
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
    scalar("xlog1py(x, y) -> z", "log1p(y)", "x / (1 + y)", via="sp", domain=POSITIVE, singular=(None, 0.0)),
    scalar("entr(x) -> y", "-1 - log(x)", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("rel_entr(x, y) -> z", "1 + log(x / y)", "-x / y", via="sp", domain=POSITIVE, singular=(1.0, 1.0),
           real_only=True),
    scalar("kl_div(x, y) -> z", "log(x / y)", "1 - x / y", via="sp", domain=POSITIVE, singular=(1.0, 1.0),
           real_only=True),
    scalar("huber(x, y) -> z", "where(abs(y) <= x, 0, abs(y) - x)", "clip(y, -x, x)", via="sp",
           domain=(POSITIVE, (-2, 2)), real_only=True),
    scalar("pseudo_huber(x, y) -> z", "2 * z / x - y * y / (x * sqrt(1 + (y / x) * (y / x)))",
           "y / sqrt(1 + (y / x) * (y / x))", via="sp", domain=(POSITIVE, (-2, 2)), real_only=True),
    scalar("boxcox(x, y) -> z", "x ** (y - 1)", "(x ** y * log(x) - z) / y", via="sp", domain=POSITIVE,
           singular=(1.0, 1.0), real_only=True),
    scalar("inv_boxcox(x, y) -> z", "z / (1 + x * y)", "z * (x / (y * (1 + x * y)) - log(z) / y)", via="sp",
           domain=POSITIVE, singular=(0.0, 1.0), real_only=True),
    scalar("exp10(x) -> y", "2.302585092994046 * y", via="sp", singular=0.0, real_only=True),
    scalar("cosm1(x) -> y", "-sin(x)", via="sp", real_only=True),
    scalar("exprel(x) -> y", "(exp(x) - y) / (x + (x == 0)) + 0.5 * (x == 0)", via="sp", real_only=True),
    scalar("sindg(x) -> y", "0.017453292519943295 * cosdg(x)", via="sp", real_only=True),
    scalar("cosdg(x) -> y", "-0.017453292519943295 * sindg(x)", via="sp", real_only=True),
    scalar("tandg(x) -> y", "0.017453292519943295 * (1 + y * y)", via="sp", real_only=True),

    # DLMF 7.6.1, 7.10.2
    scalar("erfcx(x) -> y", "2 * x * y - 1.1283791670955126", via="sp", real_only=True),
    scalar("erfi(x) -> y", "1.1283791670955126 * exp(x * x)", via="sp"),
    scalar("dawsn(x) -> y", "1 - 2 * x * y", via="sp", real_only=True),
    scalar("erfcinv(x) -> y", "-0.886226925452758 * exp(y * y)", via="sp", domain=(0.2, 1.8), singular=1.0,
           real_only=True),
    scalar("ndtri(x) -> y", "2.5066282746310002 * exp(0.5 * y * y)", via="sp", domain=(0.1, 0.9),
           singular=0.5, real_only=True),
    # DLMF 5.12, 8.8.13, 8.17.7
    scalar("beta(x, y) -> z", "z * (digamma(x) - digamma(x + y))", "z * (digamma(y) - digamma(x + y))",
           via="sp", domain=POSITIVE, singular=(1.0, 1.0), real_only=True),
    scalar("betaln(x, y) -> z", "digamma(x) - digamma(x + y)", "digamma(y) - digamma(x + y)", via="sp",
           domain=POSITIVE, singular=(1.0, 1.0), real_only=True),
    scalar("binom(x, y) -> z", "z * (digamma(x + 1) - digamma(x - y + 1))",
           "z * (digamma(x - y + 1) - digamma(y + 1))", via="sp", domain=((3.1, 4.0), (1.1, 2.0)),
           singular=(2.0, 1.0), real_only=True),
    scalar("gammainc(a, x) -> y", None, "exp((a - 1) * log(x) - x - gammaln(a))", via="sp", domain=POSITIVE,
           singular=(None, 1.0), real_only=True, cases=("2.0, R(3)", "np.array([1.0, 2.5]), R(2)")),
    scalar("gammaincc(a, x) -> y", None, "-exp((a - 1) * log(x) - x - gammaln(a))", via="sp", domain=POSITIVE,
           singular=(None, 1.0), real_only=True, cases=("2.0, R(3)", "np.array([1.0, 2.5]), R(2)")),
    scalar("betainc(a, b, x) -> y", None, None, "exp((a - 1) * log(x) + (b - 1) * log1p(-x) - betaln(a, b))",
           via="sp", domain=(0.2, 0.8), singular=(None, None, 0.5), real_only=True,
           cases=("2.0, 3.0, R(3)", "np.array([1.0, 2.5]), 1.5, R(2)")),
    scalar("loggamma(x) -> y", "digamma(x)", via="sp", domain=POSITIVE, singular=1.0),
    scalar("rgamma(x) -> y", "-y * digamma(x)", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("multigammaln(x, d: static) -> y", multigammaln_partial, via="sp", domain=(2.5, 4.0), real_only=True,
           cases=("R(3), d=2", "R(3), d=3")),
    # DLMF 10.6.3, 10.29.3
    scalar("j0(x) -> y", "-j1(x)", via="sp", real_only=True),
    scalar("j1(x) -> y", "0.5 * (j0(x) - jv(2, x))", via="sp", real_only=True),
    scalar("jv(v, x) -> y", None, "0.5 * (jv(v - 1, x) - jv(v + 1, x))", via="sp scipy.special.jn", domain=POSITIVE,
           real_only=True, cases=("1, R(3)", "2.5, R(3)")),
    scalar("y0(x) -> y", "-y1(x)", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("y1(x) -> y", "0.5 * (y0(x) - yv(2, x))", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("yv(v, x) -> y", None, "0.5 * (yv(v - 1, x) - yv(v + 1, x))", via="sp", domain=POSITIVE,
           singular=(None, 1.0), real_only=True, cases=("1.0, R(3)", "2.5, R(3)")),
    scalar("i1(x) -> y", "0.5 * (i0(x) + iv(2, x))", via="sp", real_only=True),
    scalar("iv(v, x) -> y", None, "0.5 * (iv(v - 1, x) + iv(v + 1, x))", via="sp", domain=POSITIVE, real_only=True,
           cases=("1, R(3)", "2.5, R(3)")),
    scalar("i0e(x) -> y", "i1e(x) - sign(x) * y", via="sp", domain=POSITIVE, real_only=True),
    scalar("i1e(x) -> y", "0.5 * (i0e(x) + ive(2, x)) - sign(x) * y", via="sp", domain=POSITIVE, real_only=True),
    scalar("ive(v, x) -> y", None, "0.5 * (ive(v - 1, x) + ive(v + 1, x)) - sign(x) * y", via="sp", domain=POSITIVE,
           real_only=True, cases=("1, R(3)", "2.5, R(3)")),
    scalar("k0(x) -> y", "-k1(x)", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("k1(x) -> y", "-0.5 * (k0(x) + kv(2, x))", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("kv(v, x) -> y", None, "-0.5 * (kv(v - 1, x) + kv(v + 1, x))", via="sp", domain=POSITIVE,
           singular=(None, 1.0), real_only=True, cases=("1.0, R(3)", "2.5, R(3)")),
    # DLMF 19.4.1, 19.4.2
    scalar("ellipk(x) -> y", "(ellipe(x) / (1 - x) - y) / (2 * x)", via="sp", domain=(0.1, 0.8), singular=0.5,
           real_only=True),
    scalar("ellipe(x) -> y", "(y - ellipk(x)) / (2 * x)", via="sp", domain=(0.1, 0.8), singular=0.5, real_only=True),
    # DLMF 6.2
    scalar("exp1(x) -> y", "-exp(-x) / x", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("expi(x) -> y", "exp(x) / x", via="sp", domain=POSITIVE, singular=1.0, real_only=True),
    scalar("zeta(x, y) -> z", None, "-x * zeta(x + 1, y)", via="sp", domain=(1.5, 4.0), real_only=True,
           cases=("2.0, R(3)", "np.array([1.5, 3.0]), R(2)")),
    reduction("logsumexp(x|a, axis=None, *, keepdims=False) -> y", "exp(x - y)",
              via="scipy.special.logsumexp", cases=(*OVER, "R(2, 3), axis=(0, 1), keepdims=True")),
    defined("logsumexp_weighted(x|a, axis=None, b: value = None, keepdims=False) -> y", logsumexp_weighted,
            via="scipy.special.logsumexp", real_only=True, cases=("R(4), b=W(4)", "R(2, 3), axis=1, b=W(2, 3)",
                                                                 "R(2, 3), axis=0, b=W(3), keepdims=True")),
    rule("softmax(x, axis=None) -> y", softmax_vjp, softmax_jvp, via="scipy.special.softmax",
         cases=OVER),
    rule("log_softmax(x, axis=None) -> y", log_softmax_vjp, log_softmax_jvp,
         via="scipy.special.log_softmax", cases=OVER),
]
