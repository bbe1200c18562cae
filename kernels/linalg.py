"""Linear algebra.

Giles 2008: M. B. Giles, Collected matrix derivative results for forward and reverse mode
algorithmic differentiation.  Written with plain transposes, so that they hold for complex matrices
as they stand.
"""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import numpy as np

from s2s.kernels.row import Call, Row, defined, reduction, rule


# ------------------------------------------------------------------------------------- solve
def solve_vjp(a, b, y, y_bar):
    """Giles 2008, 2.3.1: b_bar = a.T \\ y_bar, a_bar = -b_bar y.T."""
    if np.ndim(b) > 1:
        b_bar = np.linalg.solve(a.mT, y_bar)
        return -b_bar @ y.mT, b_bar
    if np.ndim(a) == 2:
        b_bar = np.linalg.solve(a.T, y_bar)
        return -np.outer(b_bar, y), b_bar
    b_bar = np.linalg.solve(a.mT, np.expand_dims(y_bar, -1))
    return -b_bar * np.expand_dims(y, -2), b_bar[..., 0]


def solve_jvp(a, b, y, a_dot, b_dot):
    """Giles 2008, 2.3.1: y_dot = a \\ (b_dot - a_dot y)."""
    if np.ndim(b) > 1:
        return -np.linalg.solve(a, a_dot @ y), np.linalg.solve(a, b_dot)
    if np.ndim(a) == 2:
        return -np.linalg.solve(a, a_dot @ y), np.linalg.solve(a, b_dot)
    moved = a_dot @ np.expand_dims(y, -1)
    return -np.linalg.solve(a, moved)[..., 0], np.linalg.solve(a, b_dot)


# ------------------------------------------------------------------------------- determinants
def det_vjp(x, y, y_bar):
    """Giles 2008, 2.2.4."""
    if np.ndim(x) == 2:
        return y_bar * y * np.linalg.inv(x).T
    return np.expand_dims(y_bar * y, (-2, -1)) * np.linalg.inv(x).mT


def det_jvp(x, y, x_dot):
    """Giles 2008, 2.2.4."""
    return y * np.trace(np.linalg.solve(x, x_dot), 0, -2, -1)


def slogdet_vjp(x, y, y_bar):
    """d log det = tr(inv(x) dx); its imaginary part turns the sign of a complex determinant."""
    inverse = np.linalg.inv(x).mT
    if np.iscomplexobj(x):
        turned = np.real(1j * y[0] * y_bar[0])
        return np.expand_dims(y_bar[1] - 1j * turned, (-2, -1)) * inverse
    return np.expand_dims(y_bar[1], (-2, -1)) * inverse


def slogdet_jvp(x, y, x_dot):
    """Tangents of sign and log abs det."""
    t = np.trace(np.linalg.solve(x, x_dot), 0, -2, -1)
    if np.iscomplexobj(x):
        return 1j * y[0] * np.imag(t), np.real(t)
    return np.zeros_like(t), t


# ----------------------------------------------------------------------------------- cholesky
def cholesky_vjp(x, y, y_bar):
    """Murray 2016, arXiv:1602.07527, eq. 10; NumPy reads the lower triangle only, and so does
    this."""
    p = half(y.mT @ np.tril(y_bar))
    right = np.linalg.solve(np.conj(y).mT, p.mT).mT
    s = np.linalg.solve(y.mT, right)
    diagonal = np.real(s) * np.eye(np.shape(x)[-1])
    return np.tril(s, -1) + np.tril(np.conj(s.mT), -1) + diagonal


def cholesky_jvp(x, y, x_dot):
    """Murray 2016, eq. 8: y_dot = y Φ(y⁻¹ x_dot y⁻ᴴ), of the Hermitian matrix that NumPy sees."""
    lower = np.tril(x_dot, -1)
    seen = lower + np.conj(lower.mT) + np.real(x_dot) * np.eye(np.shape(x)[-1])
    left = np.linalg.solve(y, seen)
    return y @ half(np.conj(np.linalg.solve(y, np.conj(left.mT)).mT))


def half(x):
    """Φ: the lower triangle, half of the diagonal."""
    return np.tril(x) * (1 - 0.5 * np.eye(np.shape(x)[-1]))


# --------------------------------------------------------------------------------------- norm
def norm_partial(call: Call) -> tuple[str, ...]:
    """dy/dx for vector norms and the Frobenius norm; 0 where the norm is 0."""
    order, axis = call.attrs["ord"], call.attrs["axis"]
    is_matrix = isinstance(axis, tuple)
    if axis is None and order is not None:
        is_matrix = call.rank(0) == 2
    x = "conj(x)" if call.is_complex else "x"
    if order in (None, "fro") or (order == 2 and not is_matrix):
        return x, "1 / (y + (y == 0))"
    if is_matrix:
        return matrix_norm_partial(call, (0, 1) if axis is None else axis)
    sign = f"{x} / (abs(x) + (x == 0))" if call.is_complex else "sign(x)"
    if order == 1:
        return (sign,)
    if order in (float("inf"), -float("inf")):
        return (f"{sign} * (abs(x) == y) / sum(abs(x) == y, **kept)",)
    if order == 0:
        return ("zeros_like(x)",)
    return (f"{sign} * (abs(x) / (y + (y == 0))) ** {order - 1!r}",)


def vector_norm(x, axis, keepdims, ord):
    """The array API's name."""
    flat = np.ravel(x) if axis is None else x
    y = np.linalg.norm(
        flat, ord, axis=0 if axis is None else axis, keepdims=keepdims and axis is not None
    )
    return np.expand_dims(y, tuple(range(np.ndim(x)))) if keepdims and axis is None else y


def matrix_norm(x, keepdims, ord):
    """The array API's name."""
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


def matrix_norm_partial(call: Call, axes: tuple[int, int]) -> tuple[str]:
    """The largest sum of a column or row, or singular values; equal ones share."""
    order = call.attrs["ord"]
    if order in (2, -2, "nuc"):
        svd = f"svd(moveaxis(x, {axes}, (-2, -1)), full_matrices=False)"
        chosen = f"({svd}[1] != 0)"
        if order != "nuc":
            extreme = "max" if order == 2 else "min"
            chosen = f"({svd}[1] == {extreme}({svd}[1], axis=-1, keepdims=True))"
            chosen = f"{chosen} / sum({chosen}, axis=-1, keepdims=True)"
        return (
            f"moveaxis(conj({svd}[0] * expand_dims({chosen}, -2) @ {svd}[2]), (-2, -1), {axes})",
        )
    along, across = axes if order in (1, -1) else axes[::-1]
    chosen = f"(sum(abs(x), axis={along}, keepdims=True) == y)"
    sign = "conj(x) / (abs(x) + (x == 0))" if call.is_complex else "sign(x)"
    return (f"{sign} * {chosen} / sum({chosen}, axis={across}, keepdims=True)",)


SLOGDET = type(np.linalg.slogdet(np.eye(1)))
SQUARE = ("M(3)", "M(2, 3)")  # a matrix, a stack of two

# fmt: off
ROWS: list[Row] = [
    rule("solve(a, b) -> y", solve_vjp, solve_jvp, via="np.linalg.solve", stretches=2,
         cases=("M(3), R(3)", "M(3), R(3, 2)", "M(2, 3), R(2, 3, 2)", "M(2, 3), R(3)",
                "M(2, 3), R(3, 2)", "M(3), R(2, 3, 2)")),
    # Giles 2008, 2.2.3
    rule("inv(x|a) -> y", ("-y.mT @ y_bar @ y.mT",), ("-y @ x_dot @ y",), via="np.linalg.inv",
         cases=SQUARE),
    rule("det(x|a) -> y", det_vjp, det_jvp, via="np.linalg.det", cases=SQUARE),
    rule("slogdet(x|a) -> y", slogdet_vjp, slogdet_jvp, via="linalg", cases=SQUARE,
         returns=SLOGDET),
    rule("cholesky(x|a) -> y", cholesky_vjp, cholesky_jvp, via="np.linalg.cholesky",
         cases=("H(3)", "H(2, 3)")),
    reduction("norm(x, ord=None, axis=None, *, keepdims=False) -> y", norm_partial,
              via="np.linalg.norm", cases=("R(4)", "R(2, 3)", "R(2, 3), axis=1",
                                           "R(2, 3, 2), axis=(0, 1)",
                                           "R(2, 3), axis=0, keepdims=True", "R(4), ord=1",
                                           "R(4), ord=float('inf')", "R(4), ord=-float('inf')",
                                           "R(4), ord=3", "R(2, 3), ord='fro'",
                                           "R(3, 2), ord=2, axis=0", "R(4), ord=2", "R(4), ord=2.5",
                                           "R(4), ord=0", "R(2, 3), ord=1",
                                           "R(2, 3), ord=-1", "R(2, 3), ord=float('inf')",
                                           "R(2, 3), ord=-float('inf')", "R(2, 3), ord=2",
                                           "R(2, 3), ord=-2", "R(2, 3), ord='nuc'",
                                           "R(2, 3, 2), ord=1, axis=(0, 2)",
                                           "R(2, 3, 2), ord=2, axis=(0, 1)",
                                           "R(2, 3), ord=2, axis=(0, 1), keepdims=True")),
    defined("vector_norm(x, *, axis=None, keepdims=False, ord=2) -> y", vector_norm, via="linalg",
            cases=("R(4)", "R(2, 3)", "R(2, 3), axis=1, ord=3", "R(2, 3), axis=0, keepdims=True")),
    defined("matrix_norm(x, *, keepdims=False, ord='fro') -> y", matrix_norm, via="linalg",
            cases=("R(2, 3)", "R(2, 2, 3), ord=2", "R(2, 3), ord='nuc', keepdims=True")),
]
