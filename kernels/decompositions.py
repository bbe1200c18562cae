"""Decompositions, and what is made of them.

Giles 2008: M. B. Giles, Collected matrix derivative results.  Where eigenvalues or singular values
are equal their vectors are not functions of the matrix: the terms that would divide by 0 are left
out, which is right for everything that does not depend on the choice.
"""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Row, defined, inactive, rule
from s2s.runtime import numeric as rt


def adjoint(a):
    """The conjugate transpose."""
    return np.conj(a.mT)


def gaps(w):
    """1 / (w[j] - w[i]), 0 where these are equal."""
    d = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    return (d != 0) / (d + (d == 0))


def eye_like(a):
    """The identity matrix."""
    return np.eye(np.shape(a)[-1])


# ---------------------------------------------------------------------------------- symmetric
def eigh_vjp(x, y, y_bar, UPLO="L"):
    """x_bar = conj(v) (diag(w_bar) + F * (v.T v_bar)) v.T, of the triangle that is read."""
    w, v = y
    vt = v.mT
    inner = gaps(w) * (vt @ y_bar[1]) + np.expand_dims(y_bar[0], -2) * eye_like(x)
    return seen(np.conj(v) @ inner @ vt, UPLO)


def eigh_jvp(x, y, x_dot, UPLO="L"):
    """w_dot = diag(v^H x_dot v), v_dot = v (F * (v^H x_dot v))."""
    w, v = y
    moved = adjoint(v) @ symmetric(x_dot, UPLO) @ v
    return np.real(np.diagonal(moved, 0, -2, -1)), v @ (gaps(w) * moved)


def eigvalsh_vjp(x, y, y_bar, UPLO="L"):
    """As `eigh_vjp`, for the eigenvalues alone."""
    _, v = np.linalg.eigh(x, UPLO=UPLO)
    return seen((np.conj(v) * np.expand_dims(y_bar, -2)) @ v.mT, UPLO)


def eigvalsh_jvp(x, y, x_dot, UPLO="L"):
    """As `eigh_jvp`, for the eigenvalues alone."""
    _, v = np.linalg.eigh(x, UPLO=UPLO)
    moved = adjoint(v) @ symmetric(x_dot, UPLO) @ v
    return np.real(np.diagonal(moved, 0, -2, -1))


def symmetric(x, UPLO):
    """The Hermitian matrix of which NumPy reads one triangle."""
    lower = np.tril(x, -1) if UPLO == "L" else adjoint(np.triu(x, 1))
    return lower + adjoint(lower) + np.real(x) * eye_like(x)


def seen(bar, UPLO):
    """The transpose of `symmetric`."""
    if UPLO == "L":
        lower = np.tril(bar, -1) + np.tril(np.conj(bar.mT), -1)
    else:
        lower = np.triu(bar, 1) + np.triu(np.conj(bar.mT), 1)
    return lower + np.real(bar) * eye_like(bar)


# ------------------------------------------------------------------------------------ general
def eig_vjp(x, y, y_bar):
    """Giles 2008, 3.1; vectors of length 1 change across themselves only."""
    w, v = y
    vt = v.mT
    v_bar = y_bar[1]
    along = np.sum(v_bar * v, axis=-2, keepdims=True)
    inner = gaps(w) * (vt @ v_bar - (vt @ np.conj(v)) * np.real(along))
    inner = inner + np.expand_dims(y_bar[0], -2) * eye_like(x)
    return np.linalg.solve(vt, inner @ vt)


def eig_jvp(x, y, x_dot):
    """w_dot = diag(v^-1 x_dot v), v_dot = v (F * ...), of which the part along v is taken away."""
    w, v = y
    moved = np.linalg.solve(v, x_dot @ v)
    turned = v @ (gaps(w) * moved)
    along = np.sum(np.real(np.conj(v) * turned), axis=-2, keepdims=True)
    return np.diagonal(moved, 0, -2, -1), turned - v * along


def eig(x):
    """Eigenvalues and vectors; those of a real matrix must be real."""
    return rt.real_eig(x)


def eigvals(x):
    """The eigenvalues alone."""
    return rt.real_eig(x)[0]


# ------------------------------------------------------------------------------ singular values
def svd_vjp(x, y, y_bar, full_matrices=True, compute_uv=True):
    """Townsend 2016, Differentiating the singular value decomposition, in Giles's notation."""
    if not compute_uv:
        return svdvals_vjp(x, y, y_bar)
    if full_matrices:
        x = rt.need_square(x)
    u, s, vh = y
    u_bar, s_bar, vh_bar = y_bar
    f = gaps(s * s)
    us = np.expand_dims(s, -2)
    ut, vt = u.mT, np.conj(vh)
    ub = np.conj(ut @ u_bar)
    vb = vt @ vh_bar.mT
    inner = (f * (ub - adjoint(ub))) * us + np.expand_dims(s, -1) * (f * (vb - adjoint(vb)))
    if np.iscomplexobj(x):
        phase = 1j * np.imag(np.diagonal(ub, 0, -2, -1)) * inverted(s)
        inner = inner + np.expand_dims(phase, -2) * np.eye(np.shape(s)[-1])
    inner = np.conj(inner) + np.expand_dims(s_bar, -2) * np.eye(np.shape(s)[-1])
    total = np.conj(u) @ inner @ vt
    if full_matrices:
        return total
    inverse = np.expand_dims(inverted(s), -2)
    left = u_bar * inverse - np.conj(u) @ (ut @ u_bar * inverse)
    right = vh_bar.mT * inverse
    right = right - vh.mT @ (vt @ right)
    return total + left @ vt + np.conj(u) @ right.mT


def inverted(s):
    """1 / s, 0 where s is 0."""
    return (s != 0) / (s + (s == 0))


def svd_jvp(x, y, x_dot, full_matrices=True, compute_uv=True):
    """The same, forward."""
    if not compute_uv:
        return svdvals_jvp(x, y, x_dot)
    if full_matrices:
        x_dot = rt.need_square(x_dot)
    u, s, vh = y
    v = adjoint(vh)
    f = gaps(s * s)
    row, column = np.expand_dims(s, -2), np.expand_dims(s, -1)
    moved = adjoint(u) @ x_dot @ v
    s_dot = np.real(np.diagonal(moved, 0, -2, -1))
    back = adjoint(moved)
    turned_u = f * (moved * row + column * back)
    turned_v = f * (column * moved + back * row)
    if np.iscomplexobj(x):
        phase = 1j * np.imag(np.diagonal(moved, 0, -2, -1)) * inverted(s)
        turned_u = turned_u + np.expand_dims(phase, -2) * np.eye(np.shape(s)[-1])
    inverse = np.expand_dims(inverted(s), -2)
    rest_u = x_dot @ v - u @ moved
    rest_v = adjoint(x_dot) @ u - v @ back
    u_dot = u @ turned_u + rest_u * inverse
    v_dot = v @ turned_v + rest_v * inverse
    return u_dot, s_dot, adjoint(v_dot)


def svdvals_vjp(x, y, y_bar):
    """u diag(s_bar) v."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return np.conj((u * np.expand_dims(y_bar, -2)) @ vh)


def svdvals_jvp(x, y, x_dot):
    """The diagonal of u^H x_dot v."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return np.real(np.sum(np.conj(u) * (x_dot @ adjoint(vh)), axis=-2))


# ------------------------------------------------------------------------------------------ qr
def qr_vjp(x, y, y_bar, mode="reduced"):
    """Walter & Lehmann 2018, arXiv:1001.1654, for matrices that are not wide."""
    x = rt.need_tall(x)
    if mode == "r":
        return qr_pulled(q_of(x, y), y, np.zeros_like(x), y_bar)
    return qr_pulled(y[0], y[1], y_bar[0], y_bar[1])


def qr_pulled(q, r, q_bar, r_bar):
    """The cotangent of the matrix, from those of both factors."""
    q, r = np.conj(q), np.conj(r)
    m = r @ adjoint(r_bar) - adjoint(q_bar) @ q
    low = np.tril(m, -1)
    inner = low + adjoint(low) + np.real(m) * eye_like(m)
    return adjoint(np.linalg.solve(r, adjoint(q_bar + q @ inner)))


def q_of(x, r):
    """The other factor: x r^-1."""
    return np.linalg.solve(r.mT, x.mT).mT


def qr_jvp(x, y, x_dot, mode="reduced"):
    """r_dot r^-1 is upper triangular with a real diagonal, q^H q_dot is skew."""
    if mode == "r":
        return qr_pushed(q_of(x, y), y, rt.need_tall(x_dot))[1]
    return qr_pushed(y[0], y[1], rt.need_tall(x_dot))


def qr_pushed(q, r, x_dot):
    """The tangents of both factors."""
    moved = q_of(x_dot, r)
    inner = adjoint(q) @ moved
    low = np.tril(inner, -1)
    skew = (
        low - adjoint(low) + 1j * np.imag(inner) * eye_like(inner)
        if np.iscomplexobj(q)
        else low - low.mT
    )
    return moved - q @ (inner - skew), (inner - skew) @ r


# -------------------------------------------------------------------- pseudoinverse, least squares
def pinv_vjp(x, y, y_bar, rcond=None, hermitian=False):
    """The transpose of `pinv_jvp`."""
    back, ph = y_bar.mT, adjoint(y)
    outside = np.conj(back @ y @ ph - x @ (y @ (back @ y @ ph)))
    inside = np.conj(ph @ y @ back - ph @ y @ back @ y @ x)
    return outside + inside - y.mT @ y_bar @ y.mT


def pinv_jvp(x, y, x_dot, rcond=None, hermitian=False):
    """Golub & Pereyra 1973, eq. 4.12; the rank must not change."""
    xh, ph = adjoint(x_dot), adjoint(y)
    left = y @ ph @ (xh - xh @ x @ y)
    right = (xh - y @ x @ xh) @ ph @ y
    return left + right - y @ x_dot @ y


def lstsq(a, b, rcond):
    """Solution, sums of squared residuals (if they are not 0 anyway), rank, singular values."""
    x = np.linalg.pinv(a) @ b
    rank = np.int32(np.linalg.matrix_rank(a))
    r = b - a @ x
    squares = np.atleast_1d(np.sum(np.real(r * np.conj(r)), axis=0))
    m, n = np.shape(a)
    stays = np.logical_and(rank == n, m > n)
    return x, squares[: np.size(squares) * stays], rank, np.linalg.svdvals(a)


def cond(x, p):
    """Norm times norm of the inverse; by singular values for the 2-norm."""
    if p is None or p == 2:
        s = np.linalg.svdvals(x)
        return s[..., 0] / s[..., -1]
    if p == -2:
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0]
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


# ---------------------------------------------------------------------------- powers, products
def matrix_power(a, n):
    """Repeated squaring."""
    if n == 0:
        return np.zeros_like(a) + eye_like(a).astype(a.dtype)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 1:
        return a.copy()
    if n == 2:
        return a @ a
    half = matrix_squared(a, n // 2)
    return half @ half @ a if n % 2 else half @ half


def matrix_squared(a, n):
    """A positive power; from the left."""
    y = a
    for _ in range(1, n):
        y = y @ a
    return y


def multi_dot(xs):
    """From the side where the sizes are smaller; three and more from the left."""
    y = xs[0]
    for x in xs[1:]:
        y = y @ x
    return y


def tensorinv(a, ind):
    """The inverse of a matrix whose axes are several."""
    shape = np.shape(a)
    back = (*shape[ind:], *shape[:ind])
    n = 1
    for k in shape[ind:]:
        n = n * k
    return np.reshape(np.linalg.inv(np.reshape(a, (n, -1))), back)


def tensorsolve(a, b):
    """The solution of a system whose axes are several."""
    shape = np.shape(a)[np.ndim(b) :]
    flat = np.reshape(a, (np.size(b), -1))
    return np.reshape(np.linalg.solve(flat, np.ravel(b)), shape)


SQUARE = ("M(3)", "M(2, 3)")
TALL = ("R(4, 3)", "M(3)", "R(2, 4, 3)")
EIGH, SVD, QR, EIG = (
    type(f(np.eye(1))) for f in (np.linalg.eigh, np.linalg.svd, np.linalg.qr, np.linalg.eig)
)

# fmt: off
ROWS: list[Row] = [
    rule("eigh(x|a, UPLO='L') -> y", eigh_vjp, eigh_jvp, via="linalg", returns=EIGH, is_gauge=True,
         cases=("H(3)", "H(2, 3)", "H(3), UPLO='U'", "M(3)")),
    rule("eigvalsh(x|a, UPLO='L') -> y", eigvalsh_vjp, eigvalsh_jvp, via="linalg",
         cases=("H(3)", "H(2, 3)", "H(3), UPLO='U'")),
    rule("real_eig(x) -> y", eig_vjp, eig_jvp, via="rt", real_only=True, cases=("D(3)", "D(2, 3)")),
    defined("eig(x|a) -> y", eig, via="linalg", real_only=True, returns=EIG, cases=("D(3)", "D(2, 3)")),
    defined("eigvals(x|a) -> y", eigvals, via="linalg", real_only=True, cases=("D(3)", "D(2, 3)")),
    rule("svd(x|a, full_matrices=True, compute_uv=True) -> y", svd_vjp, svd_jvp, via="linalg", returns=SVD,
         is_gauge=True, cases=("M(3)", "R(4, 3), full_matrices=False", "R(3, 4), full_matrices=False",
                               "R(2, 4, 3), full_matrices=False", "R(3, 4), compute_uv=False")),
    rule("svdvals(x) -> y", svdvals_vjp, svdvals_jvp, via="linalg",
         cases=("M(3)", "R(4, 3)", "R(3, 4)", "R(2, 4, 3)")),
    rule("qr(x|a, mode='reduced') -> y", qr_vjp, qr_jvp, via="linalg", returns=QR,
         cases=(*TALL, "R(4, 3), mode='r'")),
    rule("pinv(x|a, rcond=None, hermitian=False) -> y", pinv_vjp, pinv_jvp, via="linalg",
         cases=("R(4, 3)", "R(3, 4)", "M(3)", "R(2, 4, 3)")),
    inactive("matrix_rank(x|A) -> y", via="linalg", cases=("M(3)", "R(4, 3)")),
    defined("lstsq(a, b, rcond=None) -> y", lstsq, via="linalg",
            cases=("R(4, 3), R(4)", "R(4, 3), R(4, 2)", "M(3), R(3)", "R(3, 4), R(3)")),
    defined("cond(x, p=None) -> y", cond, via="linalg",
            cases=("M(3)", "M(2, 3)", "M(3), p=-2", "M(3), p=1", "M(3), p='fro'", "M(3), p=np.inf")),
    defined("matrix_power(a, n: static) -> y", matrix_power, via="linalg",
            cases=("M(3), n=2", "M(3), n=3", "R(2, 2), n=5", "M(3), n=0", "M(3), n=1", "M(3), n=-2", "M(2, 3), n=3")),
    defined("multi_dot([*xs]) -> y", multi_dot, via="linalg",
            cases=("R(2, 3), R(3, 4)", "R(2, 3), R(3, 4), R(4, 2)", "R(3), R(3, 4), R(4)")),
    defined("tensorinv(a, ind=2) -> y", tensorinv, via="linalg", cases=("R(2, 3, 6)", "R(6, 2, 3), ind=1")),
    defined("tensorsolve(a, b) -> y", tensorsolve, via="linalg", cases=("R(2, 3, 6), R(2, 3)",)),
    rule("need_square(x) -> y", ("y_bar",), ("x_dot",), via="rt", aliases=True, cases=("R(3, 3)",)),
    rule("need_tall(x) -> y", ("y_bar",), ("x_dot",), via="rt", aliases=True, cases=("R(3, 2)",)),
]
