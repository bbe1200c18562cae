"""NumPy functions that write: `out=`, `where=`, parts of complex arrays, `flat`, positions."""

import numpy as np

from tests.zoo import complex_uniform, program, uniform


@program(args=lambda: (uniform(4), uniform(4, seed=1)), argnums=(0, 1), tags=("second",))
def results_go_to_a_buffer(x, y):
    """One buffer for every step; its rows are outputs, too."""
    buffer = np.empty((2, 4))
    np.multiply(x, y, out=buffer[0])
    np.sin(buffer[0], buffer[1])
    np.add(buffer[1], x, out=buffer[1])
    np.exp(x, out=x)
    total = np.zeros(())
    np.sum(buffer * x, out=total)
    return float(total)


@program(args=lambda: (uniform(2, 3), uniform(3)), argnums=(0, 1))
def outputs_of_other_functions(A, x):
    """Products, cumulative sums, clipping; what the call gives is the output."""
    y = np.empty(2)
    same = np.dot(A, x, out=y)
    same *= 2.0
    line = np.zeros(3)
    np.cumsum(x, out=line)
    A.clip(0.7, 1.2, out=A)
    wide = np.empty((2, 3))
    np.add(A[:1], line, out=wide)
    return np.sum(y**2) * np.sum(wide * A)


@program(args=lambda: (np.array([0.5, -1.2, -0.6, 1.4]),))
def computed_where_a_mask_holds(x):
    """`where=` computes nothing where the mask does not hold: not even infinities."""
    shifted = x - np.array([0.0, 0.0, x[2], 0.0])
    inverse = np.divide(1.0, shifted, out=np.zeros(4), where=shifted != 0.0)
    roots = np.ones(4)
    np.sqrt(x, out=roots, where=x > 0.0)
    np.copyto(x, inverse * roots, where=x < 0.0)
    return np.sum(inverse * roots) + np.sum(x**2)


@program(args=lambda: (complex_uniform(4),), tags=("complex",))
def parts_of_complex_arrays(z):
    """Real and imaginary parts are assigned, changed in place, element by element."""
    w = np.zeros(4, complex)
    w.real = z.imag
    w.imag[1:] = z.real[:3]
    w.imag += 2.0 * z.real
    w.real[2] *= w.imag[3]
    z.real[0] = 0.5
    return np.sum(np.abs(w * z) ** 2)


@program(args=lambda: (uniform(2, 3), uniform(3)), argnums=(0, 1))
def positions_in_a_flat_array(A, x):
    """`flat` follows the elements of a transposed array, too."""
    A.T.flat[1] = x[0] * x[1]
    A.flat[4] += x[2]
    A.flat[::2] *= 2.0
    B = np.zeros((3, 2))
    B.flat = A.flat
    np.put(B, [0, 5], x[:2])
    B.put([2], x[1])
    return np.sum(B[:, 0] * B[:, 1]) + A.flat[3] * A.item(1, 2)


@program(args=lambda: (uniform(4, 4), uniform(2)), argnums=(0, 1))
def blocks_by_ix(A, x):
    """`np.ix_` read, written and added to."""
    rows = [0, 3]
    grid = np.ix_(rows, np.array([False, True, False, True]))
    block = A[grid] * x
    A[np.ix_([1, 2], rows)] = block
    A[grid] += x[0]
    return np.sum(A**3)


@program(args=lambda: (uniform(5),))
def parts_added_and_taken_away(x):
    """append, insert and delete."""
    y = np.append(x, [x[0] * x[1], 2.0])
    y = np.insert(y, 2, x[2] ** 2)
    y = np.insert(y, 3, x[3] * x[4])
    y = np.delete(y, 1)
    y = np.delete(y, [0, -1])
    m = np.append(np.outer(x, x), x[None, :], axis=0)
    m = np.delete(m, slice(0, 2), axis=1)
    return np.sum(y * np.arange(len(y))) + np.sum(m**2)


@program(args=lambda: (uniform(3, 3), uniform(3)), argnums=(0, 1))
def diagonals_and_triangles(A, x):
    """Diagonals are filled, triangles written by their indices."""
    np.fill_diagonal(A, x)
    A[np.triu_indices(3, 1)] *= x
    A[np.tril_indices(3, -1)] = x[::-1]
    A[np.diag_indices(3)] += x[0]
    return np.sum(A @ A)


@program(args=lambda: (uniform(2, 3),))
def sorted_in_place_along_an_axis(A):
    """`sort` of rows and of columns."""
    weights = np.arange(6.0).reshape(2, 3)
    B = A.copy()
    B.sort(axis=0)
    A.sort()
    return np.sum(A * weights) + np.sum(B * weights**2)


@program(args=lambda: (uniform(6),))
def fortran_order(x):
    """Elements read and laid out column by column."""
    weights = np.arange(6.0)
    A = x.reshape(2, 3, order="F")
    return np.sum(A * weights.reshape(2, 3)) + np.sum(A.flatten("F") * A.ravel() * weights)


@program(args=lambda: (uniform(4),))
def masked_and_repeated_writes(x):
    """`a[mask] += v`, `np.add.at` and `np.subtract.at` with repeated positions."""
    x[x > 0.7] += x[0]
    y = np.zeros(3)
    np.add.at(y, [0, 2, 0, 1], x)
    np.subtract.at(y, [1, 1], x[:2] ** 2)
    y[y < 0.5] *= x[3]
    return np.sum(y**2)


@program(args=lambda: (uniform(3), uniform(2)), argnums=(0, 1))
def outer_sums_and_products(x, y):
    """`outer` of universal functions, reductions by them."""
    return np.sum(np.add.outer(x, y) ** 2) * np.multiply.reduce(y) * x[0]


@program(args=lambda: (uniform(3, 3), uniform(3)), argnums=(0, 1), tags=("second",))
def eigenvectors(A, x):
    """Eigenvalues and eigenvectors of the symmetric matrix that the lower triangle gives."""
    w, v = np.linalg.eigh(A + np.diag([0.0, 2.0, 5.0]))
    return np.sum(w * (v.T @ x) ** 3 * np.sign(v[0])) + np.sum(np.linalg.eigvalsh(A) ** 2)
