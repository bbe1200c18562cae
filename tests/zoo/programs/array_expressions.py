"""Expressions over whole arrays: broadcasting, elementwise functions, reshaping, joining."""

import math

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(4), uniform(4, seed=1)), argnums=(0, 1), tags=("second",))
def elementwise_functions(x, y):
    """One of each of the everyday functions."""
    z = np.exp(-x) * np.log(y) + np.sqrt(x) / np.cosh(y) + np.sin(x) * np.cos(y)
    z += np.tan(0.5 * x) - np.tanh(y) + np.sinh(x) * np.arctan(y) + x**y
    return np.sum(z)


@program(args=lambda: (uniform(4, low=0.1, high=0.8),))
def inverse_and_special_functions(x):
    """Inverse functions, log1p, expm1, hypot, arctan2, square, reciprocal, cbrt."""
    z = np.arcsin(x) + np.arccos(x) * np.log1p(x) + np.expm1(x) * np.hypot(x, 1.0 - x)
    z = z + np.arctan2(x, 1.0 + x) + np.square(x) - np.reciprocal(1.0 + x) + np.cbrt(x)
    return np.sum(z * np.log2(2.0 + x) + np.log10(1.0 + x) * np.exp2(x))


@program(args=lambda: (0.7, 1.4), argnums=(0, 1), tags=("second",))
def scalar_maths(x, y):
    """The `math` module."""
    s = math.sin(x) * math.exp(-y) + math.log(x * y) / math.sqrt(y) + math.atan2(x, y)
    return s + math.hypot(x, y) ** math.pi + math.pow(x, 1.5) + math.tanh(x) * math.erf(y)


@program(args=lambda: (uniform(3, 1), uniform(4, seed=1), 0.7), argnums=(0, 1, 2))
def outer_by_broadcasting(x, y, t):
    """A column with a row."""
    return np.sum(np.cos(x * y + t) / (x + y))


@program(args=lambda: (uniform(2, 3), uniform(3, seed=1), uniform(2, 1, seed=2)), argnums=(0, 1, 2))
def mixed_ranks(A, v, c):
    """Matrix, vector, column and number in one expression."""
    return np.sum((A - v) ** 2 / c + 3.0 * v - c * A)


@program(args=lambda: (uniform(4), uniform(3, seed=1)), argnums=(0, 1))
def newaxis(x, y):
    """Pairwise distances by `None` and `np.newaxis`."""
    d = x[:, None] - y[np.newaxis, :]
    return np.sum(np.exp(-d * d))


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def clip_and_friends(x):
    """clip, maximum, minimum, abs, sign."""
    y = np.clip(x, -0.5, 0.5) + np.maximum(x, 0.2) * np.minimum(x, 0.7)
    return np.sum(np.abs(y) * np.sign(x) * x + np.fmax(x, 0.0))


@program(args=lambda: (uniform(6),))
def reshaped(x):
    """reshape, transpose, ravel in one expression."""
    M = x.reshape(2, -1)
    return np.sum(M.T.ravel() * x) + np.sum(M @ M.T)


@program(args=lambda: (uniform(2, 3, 4),))
def axes_moved(T):
    """transpose with axes, swapaxes, moveaxis, squeeze, expand_dims."""
    P = np.transpose(T, (2, 0, 1))
    Q = np.swapaxes(T, 0, 2)
    R = np.expand_dims(np.moveaxis(T, 1, 0), 1)
    return np.sum(P[1] * T[:, :, 2]) * P.shape[0] + np.sum(Q[:, :, 0] * R.squeeze()[:, 0].T)


@program(args=lambda: (uniform(3), uniform(2, seed=1)), argnums=(0, 1))
def joined(x, y):
    """concatenate, stack, hstack, append."""
    z = np.concatenate([x, y, x * 2.0])
    M = np.stack([x, x**2], axis=1)
    return np.sum(z[1:] * z[:-1]) + np.sum(M[1] * y) + np.hstack((y, x))[2] * np.append(x, y)[3]


@program(args=lambda: (uniform(2, 3), uniform(1, 3, seed=1)), argnums=(0, 1))
def stacked_by_axis(A, B):
    """vstack, column_stack, concatenate along an axis."""
    C = np.vstack([A, B, A[::-1]])
    D = np.concatenate((A, A * A), axis=1)
    E = np.column_stack([A[:, 0], A[:, 2]])
    return np.sum(C[2] * C[0]) + np.sum(D[0] * D[1]) + np.sum(E[0] ** 3)


@program(args=lambda: (uniform(3),))
def tiled_and_repeated(x):
    """tile, repeat, roll, flip, broadcast_to."""
    t = np.tile(x, 2) * np.repeat(x, 2)
    b = np.broadcast_to(x, (2, 3)) * np.roll(x, 1)
    return np.sum(t**2) + np.sum(b[0] * np.flip(x)) + b[1, 2]


@program(args=lambda: (uniform(4), 0.3), argnums=(0, 1))
def constructors(x, t):
    """zeros, ones, full, eye, arange, linspace, empty_like."""
    n = len(x)
    A = np.eye(n) * t + np.full((n, n), t) + np.ones((n, n))
    y = np.zeros_like(x)
    y[::2] = np.linspace(0.0, t, 2)
    w = np.empty_like(x)
    w[:] = np.arange(n) * t
    return np.sum(A @ x * (y + w))


@program(args=lambda: (0.4, 1.9), argnums=(0, 1))
def linspace_between_active_ends(a, b):
    """A grid whose ends are differentiated."""
    t = np.linspace(a, b, 5)
    return np.sum(np.sin(t)) * (t[1] - t[0])


@program(args=lambda: (uniform(4, 4),))
def diagonals(A):
    """diag both ways, trace, triu, tril, outer."""
    d = np.diag(A)
    return np.sum(np.diag(d) @ A) + np.trace(A @ A) + np.sum(np.triu(A) * np.tril(A, -1).T) * d[1]


@program(args=lambda: (uniform(3), uniform(3, seed=1)), argnums=(0, 1))
def outer_inner_cross(x, y):
    """outer, inner, dot, cross, kron of vectors."""
    return np.sum(np.outer(x, y) ** 2) + np.inner(x, y) * np.dot(x, x) + np.sum(np.cross(x, y))


@program(args=lambda: (uniform(3),))
def powers(x):
    """Every kind of power."""
    return np.sum(x**2 + x**-1 + x**0.5 + 2.0**x + x**3.0) + np.sum(np.power(x, x))


@program(args=lambda: (uniform(3), 1.4), argnums=(0, 1))
def remainder_and_floor(x, m):
    """`%` and `//` by floats, and rounding, away from jumps."""
    return np.sum((5.0 * x) % m) + np.sum((5.0 * x) // m * x) + np.floor(3.3 * m) * m


@program(args=lambda: (uniform(4),))
def in_place_operators(x):
    """Every augmented operator on a whole array."""
    y = x.copy()
    y += 2.0
    y -= 0.5 * x
    y *= x
    y /= 1.0 + x
    y **= 2
    return np.sum(y)


@program(args=lambda: (uniform(4), np.array([1, 2, 3, 4])), argnums=(0,))
def integer_array_operand(x, k):
    """An int array in arithmetic with a float array."""
    return np.sum(x**k / k) + np.sum(k[k > 2] * x[2:])


@program(args=lambda: (uniform(4),), tags=("nonscalar",))
def array_result(x):
    """An array as the result."""
    return np.sin(x) * x[::-1]


@program(args=lambda: (uniform(2, 3), uniform(3, seed=1)), argnums=(0, 1), tags=("nonscalar",))
def matrix_times_vector(A, x):
    """A product as the result."""
    return A @ x + x[0]


@program(args=lambda: (np.float64(0.7), np.array(1.2)), argnums=(0, 1))
def numpy_scalars(s, z):
    """A NumPy scalar and an array of rank 0 as arguments."""
    return s * np.sin(z) + z**2 * s


@program(args=lambda: (uniform(4), 0.8), argnums=(0, 1))
def methods_of_arrays(x, t):
    """Methods instead of functions."""
    y = (x * t).clip(0.0, 1.0).cumsum()
    return y.mean() * x.max() + y.dot(x) - x.copy().min() + y.reshape(2, 2).T.sum(axis=0).prod()


@program(args=lambda: (uniform(5),))
def unary_and_abs(x):
    """Unary operators and the built-in `abs`, `round` of an int, `float`."""
    y = -x + abs(x - 3.0) + +x
    return float(y[0]) * sum(-y) + float(np.sum(abs(-y))) * round(2.6)
