"""Reductions along axes; indexing of every kind, read and written."""

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(3, 4),))
def sums_along_axes(A):
    """sum and mean by axis, keepdims, axis tuples."""
    B = A - A.mean(axis=1, keepdims=True)
    C = A / np.sum(A, axis=0)
    return np.sum(B**2) + np.sum(C[0] * A.sum(axis=0)) + np.sum(A, axis=(0, 1)) + np.mean(A, -1)[1]


@program(args=lambda: (uniform(3, 4), uniform(4, seed=2)), argnums=(0, 1))
def products_and_extrema(A, w):
    """prod, max and min by axis."""
    p = np.prod(A, axis=1)
    return np.sum(A.max(axis=0) * w) + np.sum(p * p) - np.min(A, axis=1)[2] * np.max(w)


@program(args=lambda: (uniform(6),), tags=("second",))
def statistics(x):
    """mean, var, std, with ddof."""
    z = (x - np.mean(x)) / np.std(x)
    return np.sum(z**4) + np.var(x, ddof=1) * x[0]


@program(args=lambda: (uniform(5),))
def cumulative(x):
    """cumsum, cumprod, diff."""
    return np.sum(np.cumsum(x) * np.cumprod(x)) + np.sum(np.diff(x) ** 2) + np.cumsum(x)[2]


@program(args=lambda: (uniform(3, 3),))
def cumulative_by_axis(A):
    """cumsum along one axis of a matrix, diff along another."""
    return np.sum(np.cumsum(A, axis=1) * A[0]) + np.sum(np.diff(A, axis=0) ** 3)


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def argmax_as_index(x):
    """The element at argmax and its neighbours."""
    k = np.argmax(x)
    j = int(np.argmin(np.abs(x)))
    return x[k] ** 2 * x[k - 1] + x[j]


@program(args=lambda: (uniform(5), np.array([0, 3, 3, 1])))
def gather_with_duplicates(x, idx):
    """Read by an index array that repeats an index."""
    y = x[idx]
    return np.sum(y * y * np.arange(1.0, 5.0)) + x[idx[2]]


@program(args=lambda: (uniform(5), uniform(4, seed=1), np.array([0, 3, 3, 1])), argnums=(0, 1))
def scatter_last_wins(x, v, idx):
    """An assignment by an index array with duplicates keeps the last value."""
    x[idx] = v * v
    return np.sum(x * np.arange(1.0, 6.0))


@program(args=lambda: (uniform(5), uniform(4, seed=1), np.array([0, 3, 3, 1])), argnums=(0, 1))
def augmented_scatter_counts_once(x, v, idx):
    """`x[idx] += v` with duplicates adds only once."""
    x[idx] += v
    x[idx] *= 2.0
    return np.sum(x**2)


@program(args=lambda: (uniform(5), uniform(4, seed=1), np.array([0, 3, 3, 1])), argnums=(0, 1))
def add_at_counts_all(x, v, idx):
    """`np.add.at` adds every one."""
    np.add.at(x, idx, v * x[4])
    return np.sum(x**2)


@program(args=lambda: (uniform(6, low=-1.0, high=1.0),))
def boolean_mask(x):
    """Read, assign and augment by a mask."""
    positive = x > 0
    x[~positive] = 0.5 * x[~positive] ** 2
    x[positive] *= np.sum(x[positive])
    return np.sum(x)


@program(args=lambda: (uniform(3, 3, low=-1.0, high=1.0), 0.3), argnums=(0, 1))
def mask_of_a_matrix(A, t):
    """A mask over a matrix, assigned a number."""
    A[A < 0] = t
    A[A > 0.8] -= t * t
    return np.sum(A * A.T)


@program(args=lambda: (uniform(3, 4),))
def index_pairs(A):
    """Two index arrays, and an index array mixed with slices."""
    i, j = np.array([0, 2, 2]), np.array([1, 1, 3])
    A[i, j] *= A[0, 0]
    B = A[:, [0, 0, 3]]
    C = A[1:, j]
    return np.sum(B * C[0]) + A[i, j][2]


@program(args=lambda: (uniform(4, 4),))
def index_by_ix(A):
    """np.ix_ and take."""
    keep = np.array([0, 2, 3])
    S = A[np.ix_(keep, keep)]
    return np.sum(S @ S) + np.sum(np.take(A, [1, 1], axis=0) ** 2)


@program(args=lambda: (uniform(3, 4),))
def negative_indices(A):
    """Indices from the end, in reads and writes."""
    A[-1, -2] = A[-3, -1] * A[0, -4]
    A[:-1, -1] += A[-1, :2]
    return np.sum(A[-1]) * A[-2, -1]


@program(args=lambda: (uniform(9),))
def computed_indices(x):
    """Indices from arithmetic: floor division, remainder, products."""
    s = 0.0
    for k in range(9):
        x[(4 * k) % 9] += x[k // 2] * 0.3
        s += x[(k * k) % 9]
    return s


@program(args=lambda: (uniform(6),), tags=("second",))
def nonzero_and_where(x):
    """Indices of those above the mean."""
    (idx,) = np.nonzero(x > 1.0)
    return np.sum(x[idx] ** 2) * len(idx) + np.sum(x[np.where(x < 1.0)[0]])


@program(args=lambda: (uniform(5),))
def sort_and_argsort(x):
    """np.sort and a permutation by argsort."""
    order = np.argsort(x)
    w = np.arange(1.0, 6.0)
    return np.sum(np.sort(x) * w) + np.sum(x[order[::-1]] * w**2)


@program(args=lambda: (uniform(3, 4), uniform(4, seed=1)), argnums=(0, 1), tags=("second",))
def einsum(A, v):
    """A few contractions."""
    return np.einsum("ij,j->", A, v) + np.einsum("ij,ij->i", A, A)[1] * np.einsum("i,i", v, v)


@program(args=lambda: (uniform(2, 3, 2),))
def three_axes_reduced(T):
    """Reductions and indices over three axes."""
    return np.sum(T.sum(axis=1) ** 2) + T[1, :, 0] @ T[0, :, 1] + np.max(T[..., 1], axis=0)[2]


@program(args=lambda: (uniform(7),))
def slices_with_steps(x):
    """Reads with steps, both directions, out of range at the ends."""
    return (
        np.sum(x[1:6:2] * x[5:0:-2]) + np.sum(x[::-3]) * np.sum(x[-100:3]) + np.sum(x[5:100] ** 2)
    )


@program(args=lambda: (uniform(6),))
def slice_bounds_from_the_loop(x):
    """Slices whose bounds move with the loop, read and written."""
    for k in range(1, 4):
        x[k:] -= 0.1 * np.sum(x[:k])
        x[:k] *= x[k]
    return np.sum(x)


@program(args=lambda: (uniform(5), np.array([2, 0, 1])))
def indices_from_an_argument(x, order):
    """Elements of an int array are used as indices."""
    s = 0.0
    for k in order:
        s = s * x[k] + x[order[k]]
    return s


@program(args=lambda: (uniform(4),))
def reduction_of_nothing(x):
    """Sums and products of empty slices."""
    return np.sum(x[2:2]) + np.prod(x[:0]) * x[0] + np.sum(x[4:] * 3.0)


@program(args=lambda: (uniform(6),))
def segment_sums(x):
    """Sums by segments given as lengths."""
    out = []
    start = 0
    for length in (1, 3, 2):
        out.append(np.sum(x[start : start + length] ** 2))
        start += length
    return out[0] * out[1] + out[2]


@program(args=lambda: (uniform(5),))
def logsumexp_by_max(x):
    """The stable form: the maximum cancels."""
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


@program(args=lambda: (uniform(5),), tags=("nonscalar",))
def scalars_and_arrays_out(x):
    """A tuple of a float, an index, a slice."""
    k = int(np.argmax(x))
    return x[k], k, x[1:4] * x[k]
