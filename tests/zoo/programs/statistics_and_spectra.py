"""Everyday functions of NumPy in programs: order statistics, spectra, decompositions, splitting."""

import numpy as np

from tests.zoo import program, uniform


@program(
    args=lambda: (np.array([0.0, 1.0, 2.5, 4.2]), np.array([0.1, 1.9, 2.2, 6.0])), argnums=(0, 1)
)
def robust_slope(x, y):
    """The median of the slopes of all pairs (Theil and Sen)."""
    slopes = []
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            slopes.append((y[j] - y[i]) / (x[j] - x[i]))
    return np.median(np.array(slopes))


@program(args=lambda: (uniform(8),))
def low_pass(signal):
    """High frequencies are taken out."""
    spectrum = np.fft.rfft(signal)
    spectrum[3:] = 0.0
    smooth = np.fft.irfft(spectrum, len(signal))
    return np.sum((signal - smooth) ** 2) + np.percentile(smooth, 30.0)


@program(args=lambda: (uniform(4, 4),))
def whitened(A):
    """Data without correlations."""
    C = np.cov(A + 2.0 * np.eye(4))
    w, v = np.linalg.eigh(C + 0.1 * np.diag(np.arange(4.0)))
    return np.sum(np.sqrt(np.abs(w) + 1.0)) + np.sum((v * w) @ v.T)


@program(args=lambda: (uniform(5, 3), uniform(5)), argnums=(0, 1))
def least_squares(A, b):
    """The solution and its residual."""
    x, residual, rank, s = np.linalg.lstsq(A, b, rcond=None)
    return np.sum(x**2) + np.sum(residual) + rank * np.sum(np.log(s))


@program(args=lambda: (uniform(9),))
def parts(x):
    """Views of parts, written to."""
    left, middle, right = np.split(x, 3)
    middle[:] = middle * left
    right[0] = middle[2]
    np.fill_diagonal(x.reshape(3, 3), 2.0 * right)
    return np.sum(x * np.arange(9.0))


@program(args=lambda: (uniform(6), uniform(4)), argnums=(0, 1))
def interpolated(x, heights):
    """A curve through points, weighted."""
    y = np.interp(x, np.array([-3.0, 0.2, 0.9, 3.0]), heights)
    return np.average(np.gradient(y, 0.5), weights=np.exp(x)) + np.ptp(y)


@program(args=lambda: (uniform(3, 4), 0.7), argnums=(0, 1))
def masked_moments(A, t):
    """Statistics of what a mask selects."""
    mask = A > 0.2
    mean = np.mean(A, where=mask)
    return mean * t + np.sum(np.maximum(A, t), initial=t) + np.nanmax(np.where(mask, A, np.nan))


@program(args=lambda: (uniform(4), uniform(4)), argnums=(0, 1))
def pieces(x, y):
    """Functions in pieces, grids, products of every pair."""
    X, Y = np.meshgrid(x, y, indexing="ij")
    below = np.array([True, False, True, False])
    Z = np.select([below & (X < 9.0), Y > 9.0], [X * Y, Y], np.sin(X))
    return np.trace(Z @ np.multiply.outer(x, y)) + np.sum(
        np.piecewise(x, [below], [np.exp, np.cos])
    )
