"""Products, norms, factorisations and solvers, by NumPy and by hand."""

import numpy as np

from tests.zoo import program, uniform


def spd(n, seed=0):
    """A symmetric positive definite matrix."""
    B = uniform(n, n, low=-1.0, high=1.0, seed=seed)
    return B @ B.T + n * np.eye(n)


@program(args=lambda: (uniform(3, 3), uniform(3, seed=1)), argnums=(0, 1), tags=("second",))
def quadratic_form(A, x):
    """x' A x, three ways."""
    return x @ A @ x + np.dot(A.T, x) @ x + np.dot(x, np.matmul(A, x)) ** 2


@program(args=lambda: (uniform(2, 3), uniform(3, 2, seed=1), uniform(2, seed=2)), argnums=(0, 1, 2))
def products_of_every_rank(A, B, v):
    """Matrix and vector in every combination of `@`."""
    return np.sum(A @ B) + (v @ A) @ (B @ v) + v @ v + np.sum((A @ B @ v) ** 2)


@program(args=lambda: (uniform(2, 2, 3), uniform(2, 3, 2, seed=1)), argnums=(0, 1))
def batched_product(A, B):
    """`@` over a leading axis."""
    C = A @ B
    return np.sum(C * C) + np.sum(A @ B[0])


@program(args=lambda: (spd(3), uniform(3)), argnums=(0, 1), tags=("second",))
def solve(A, b):
    """np.linalg.solve."""
    x = np.linalg.solve(A, b)
    return np.sum(x**2) + x @ b


@program(args=lambda: (spd(3),))
def inverse_and_determinant(A):
    """inv, det, slogdet."""
    return np.sum(np.linalg.inv(A) ** 2) + np.linalg.det(A) / 50.0 + np.linalg.slogdet(A)[1]


@program(args=lambda: (spd(3), uniform(3)), argnums=(0, 1))
def norms(A, x):
    """Norms of a vector and of a matrix."""
    return np.linalg.norm(x) * np.linalg.norm(A) + np.linalg.norm(A, axis=1)[1]


@program(args=lambda: (spd(3),))
def cholesky_by_numpy(A):
    """np.linalg.cholesky of the symmetrised matrix."""
    L = np.linalg.cholesky(0.5 * (A + A.T))
    return np.sum(L * np.arange(9.0).reshape(3, 3)) + np.sum(np.log(np.diag(L)))


@program(args=lambda: (spd(4),), tags=("second",))
def cholesky_by_hand(A):
    """Cholesky in place, row by row."""
    n = len(A)
    for j in range(n):
        for k in range(j):
            A[j, j] -= A[j, k] ** 2
        A[j, j] = np.sqrt(A[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
    return np.sum(np.tril(A) * np.arange(16.0).reshape(4, 4))


@program(args=lambda: (spd(4),))
def lu_in_place(a):
    """LU without pivoting: the log determinant."""
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    d = 1.0
    for k in range(n):
        d *= a[k, k]
    return np.log(d)


@program(args=lambda: (spd(3), uniform(3)), argnums=(0, 1))
def gauss_elimination(A, b):
    """Elimination with partial pivoting guarded by a test, then back substitution."""
    A, b = A.copy(), b.copy()
    n = len(b)
    for k in range(n - 1):
        p = k + int(np.argmax(np.abs(A[k:, k])))
        if p != k:
            A[[k, p]], b[[k, p]] = A[[p, k]], b[[p, k]]
        factors = A[k + 1 :, k] / A[k, k]
        A[k + 1 :] -= np.outer(factors, A[k])
        b[k + 1 :] -= factors * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return np.sum(x**2)


@program(args=lambda: (uniform(4, 3),))
def gram_schmidt(A):
    """Modified Gram-Schmidt by columns."""
    m, n = A.shape
    Q = np.zeros((m, n))
    R = np.zeros((n, n))
    for j in range(n):
        v = A[:, j].copy()
        for i in range(j):
            R[i, j] = Q[:, i] @ v
            v -= R[i, j] * Q[:, i]
        R[j, j] = np.sqrt(v @ v)
        Q[:, j] = v / R[j, j]
    return np.sum(R**2 * np.arange(9.0).reshape(3, 3)) + Q[3, 2]


@program(args=lambda: (spd(3), uniform(3)), argnums=(0, 1))
def conjugate_gradients(A, b):
    """CG for a fixed number of steps, fewer than would converge."""
    x = np.zeros_like(b)
    r = b - A @ x
    p = r.copy()
    rr = r @ r
    for _ in range(2):
        Ap = A @ p
        alpha = rr / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        new = r @ r
        p = r + new / rr * p
        rr = new
    return np.sum(x * np.arange(1.0, 4.0))


@program(args=lambda: (spd(3) + np.diag([0.0, 2.0, 5.0]),))
def power_iteration(A):
    """The dominant eigenvalue, by a fixed number of steps."""
    v = np.ones(3)
    for _ in range(8):
        w = A @ v
        v = w / np.sqrt(w @ w)
    return v @ A @ v


@program(args=lambda: (spd(3), uniform(3)), argnums=(0, 1))
def jacobi_iteration(A, b):
    """Jacobi's method by `while`, ended by a count and by a residual."""
    D = np.diag(A)
    x = b / D
    k = 0
    while k < 30 and np.max(np.abs(A @ x - b)) > 1e-13:
        x = (b - A @ x + D * x) / D
        k += 1
    return np.sum(x**2)


@program(args=lambda: (uniform(3), uniform(2, seed=1), uniform(2, seed=2)), argnums=(0, 1, 2))
def rotations(v, angles, t):
    """Products of rotation matrices, written by element."""
    for k in range(2):
        c, s = np.cos(angles[k]), np.sin(angles[k])
        R = np.eye(3)
        R[k, k] = R[k + 1, k + 1] = c
        R[k, k + 1], R[k + 1, k] = -s, s
        v = R @ v * t[k]
    return v[0] * v[2] + v[1]


@program(args=lambda: (spd(3),), tags=("nonscalar",))
def symmetric_eigenvalues(A):
    """eigvalsh of the symmetrised matrix."""
    return np.linalg.eigvalsh(0.5 * (A + A.T))
