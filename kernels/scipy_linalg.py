"""scipy.linalg: triangular systems, factors that are kept, the exponential of a matrix."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np
import scipy

from s2s.kernels.row import Row, defined, refuse, rule
from s2s.runtime import numeric as rt


# ----------------------------------------------------------------------------------- triangular
def triangular(a, lower, unit):
    """The part of a matrix that is read."""
    if unit:
        part = np.tril(a, -1) if lower else np.triu(a, 1)
        return part
    return np.tril(a) if lower else np.triu(a)


def turned(trans):
    """The system with the transposed matrix."""
    return 0 if trans in (1, "T") else 1


def solve_triangular_vjp(
    a, b, y, y_bar, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True
):
    """As for a full matrix, of the triangle that is read."""
    b_bar = scipy.linalg.solve_triangular(
        a, y_bar, trans=turned(trans), lower=lower, unit_diagonal=unit_diagonal
    )
    product = np.outer(b_bar, y) if np.ndim(b) == 1 else b_bar @ y.T
    a_bar = product.T if trans in (1, "T") else product
    return -triangular(a_bar, lower, unit_diagonal), b_bar


def solve_triangular_jvp(
    a, b, y, a_dot, b_dot, trans=0, lower=False, unit_diagonal=False, overwrite_b=False,
    check_finite=True,
):  # fmt: skip
    """As for a full matrix, of the triangle that is read."""
    seen = triangular(a_dot, lower, unit_diagonal)
    moved = -(seen.T if trans in (1, "T") else seen) @ y
    return (
        scipy.linalg.solve_triangular(
            a, moved, trans=trans, lower=lower, unit_diagonal=unit_diagonal
        ),
        scipy.linalg.solve_triangular(
            a, b_dot, trans=trans, lower=lower, unit_diagonal=unit_diagonal
        ),
    )


# ------------------------------------------------------------------------------------- factors
def cholesky(a, lower, overwrite_a=False, check_finite=True):
    """The triangle that is asked for; the upper one unless `lower`."""
    c = np.linalg.cholesky(a if lower else np.conj(a.T))
    return c if lower else np.conj(c.T)


def cho_factor(a, lower, overwrite_a, check_finite):
    """The factor, with zeros where scipy leaves what was there, and which triangle it is."""
    return cholesky(a, lower), lower


def cho_solve(c_and_lower, b, overwrite_b, check_finite):
    """Two triangular systems."""
    c, lower = c_and_lower
    if np.iscomplexobj(c):
        return refuse("cho_solve for complex numbers", "use np.linalg.solve")
    first = scipy.linalg.solve_triangular(c, b, trans=0 if lower else 1, lower=lower)
    return scipy.linalg.solve_triangular(c, first, trans=1 if lower else 0, lower=lower)


def lu_factor_vjp(a, y, y_bar, overwrite_a=False, check_finite=True):
    """P a = l u: a_bar = P.T l^-T (tril(l.T l_bar, -1) + triu(u_bar u.T)) u^-T."""
    lu, places = y
    bar = y_bar[0]
    low = np.tril(lu, -1) + np.eye(np.shape(lu)[0])
    up = np.triu(lu)
    inner = np.tril(low.T @ np.tril(bar, -1), -1) + np.triu(np.triu(bar) @ up.T)
    left = scipy.linalg.solve_triangular(low, inner, trans=1, lower=True, unit_diagonal=True)
    found = scipy.linalg.solve_triangular(up, left.T).T
    return found[rt.inverse_permutation(rt.rows_of(places))]


def lu_factor_jvp(a, y, a_dot, overwrite_a=False, check_finite=True):
    """l^-1 P a_dot u^-1 splits into a lower and an upper part."""
    lu, places = y
    low = np.tril(lu, -1) + np.eye(np.shape(lu)[0])
    up = np.triu(lu)
    moved = a_dot[rt.rows_of(places)]
    left = scipy.linalg.solve_triangular(low, moved, lower=True, unit_diagonal=True)
    inner = scipy.linalg.solve_triangular(up, left.T, trans=1).T
    return low @ np.tril(inner, -1) + np.triu(inner) @ up, np.zeros_like(places)


def lu_solve(lu_and_piv, b, trans, overwrite_b, check_finite):
    """Two triangular systems, after the rows were exchanged."""
    lu, places = lu_and_piv
    order = rt.rows_of(places)
    if trans == 0:
        first = scipy.linalg.solve_triangular(lu, b[order], lower=True, unit_diagonal=True)
        return scipy.linalg.solve_triangular(lu, first)
    first = scipy.linalg.solve_triangular(lu, b, trans=1)
    found = scipy.linalg.solve_triangular(lu, first, trans=1, lower=True, unit_diagonal=True)
    return found[rt.inverse_permutation(order)]


# ---------------------------------------------------------------------------------- functions
def expm_vjp(x, y, y_bar):
    """The Fréchet derivative at the transpose."""
    return frechet(x.mT, y_bar)


def expm_jvp(x, y, x_dot):
    """The Fréchet derivative."""
    return frechet(x, x_dot)


def frechet(x, e):
    """Higham 2008, eq. 3.16: the upper right block of exp([[x, e], [0, x]])."""
    n = np.shape(x)[-1]
    upper = np.concatenate([x, e], axis=-1)
    lower = np.concatenate([np.zeros_like(x), x], axis=-1)
    return scipy.linalg.expm(np.concatenate([upper, lower], axis=-2))[..., :n, n:]


def solve(a, b, lower, overwrite_a, overwrite_b, check_finite, assume_a, transposed):
    """As NumPy's, for a full matrix."""
    if assume_a not in (None, "gen", "general"):
        return refuse("scipy.linalg.solve with assume_a", "use np.linalg.solve")
    return np.linalg.solve(a.T if transposed else a, b)


def inv(a, overwrite_a, check_finite):
    """As NumPy's."""
    return np.linalg.inv(a)


def det(a, overwrite_a, check_finite):
    """As NumPy's, in double precision."""
    return np.linalg.det(a.astype(np.complex128 if np.iscomplexobj(a) else np.float64))


def svdvals(a, overwrite_a, check_finite):
    """As NumPy's."""
    return np.linalg.svdvals(a)


def toeplitz(c, r):
    """Constant along diagonals: the first column and row."""
    row = np.conj(c) if r is None else r
    line = np.concatenate([c[::-1], row[1:]], axis=0)
    i = np.expand_dims(np.arange(np.size(c) - 1, -1, -1), 1)
    return line[i + np.arange(np.size(row))]


def circulant(c):
    """Each column is rolled by one."""
    n = np.size(c)
    return c[(np.expand_dims(np.arange(n), 1) - np.arange(n)) % n]


FACTORS = ("M(3), R(3)", "M(3), R(3, 2)", "M(3), R(3), lower=True", "M(3), R(3), trans=1",
           "M(3), R(3, 2), trans='T', lower=True", "M(3), R(3), unit_diagonal=True")  # fmt: skip

# fmt: off
ROWS: list[Row] = [
    rule("solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, "
         "check_finite=True) -> y", solve_triangular_vjp, solve_triangular_jvp, via="sl", cases=FACTORS),
    defined("cholesky_triangle(a, lower=False, overwrite_a=False, check_finite=True) -> y",
            cholesky, via="scipy.linalg.cholesky",
            cases=("H(3)", "H(3), lower=True")),
    defined("cho_factor(a, lower=False, overwrite_a=False, check_finite=True) -> y",
            cho_factor, via="sl", cases=("H(1)", "H(1), lower=True")),
    defined("cho_solve(c_and_lower: list, b, overwrite_b=False, check_finite=True) -> y",
            cho_solve, via="sl",
            real_only=True, cases=("(H(3), True), R(3)", "(H(3), False), R(3, 2)")),
    rule("lu_factor(a, overwrite_a=False, check_finite=True) -> y", lu_factor_vjp, lu_factor_jvp, via="sl",
         real_only=True, cases=("M(3)", "R(4, 4)")),
    defined("lu_solve(lu_and_piv: list, b, trans=0, overwrite_b=False, check_finite=True) -> y",
            lu_solve, via="sl",
            real_only=True, cases=("(M(3), np.array([1, 2, 2])), R(3)", "(M(3), np.array([1, 2, 2])), R(3, 2), trans=1")),
    rule("expm(x|A) -> y", expm_vjp, expm_jvp, via="sl", domain=(-0.3, 0.3), cases=("R(3, 3)", "R(2, 2, 2)")),
    defined("scipy_solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, "
            "assume_a=None, transposed=False) -> y",
            solve, via="scipy.linalg.solve",
            cases=("M(3), R(3)", "M(3), R(3, 2)", "M(3), R(3), transposed=True")),
    defined("scipy_inv(a, overwrite_a=False, check_finite=True) -> y",
            inv, via="scipy.linalg.inv", cases=("M(3)",)),
    defined("scipy_det(a, overwrite_a=False, check_finite=True) -> y",
            det, via="scipy.linalg.det", cases=("M(3)",)),
    defined("scipy_svdvals(a, overwrite_a=False, check_finite=True) -> y",
            svdvals, via="scipy.linalg.svdvals", cases=("M(3)", "R(4, 3)")),
    defined("toeplitz(c, r: value = None) -> y", toeplitz, via="sl", cases=("R(3)", "R(3), R(4)")),
    defined("circulant(c) -> y", circulant, via="sl", cases=("R(4)",)),
]
