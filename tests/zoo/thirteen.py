"""The thirteen hard programs of the first slice: at most ten lines each, each hard in its way."""

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(5), 0.7), argnums=(0, 1), tags=("thirteen", "second"))
def p01_recurrence_in_place(x, w):
    """A recurrence in place: each element reads the one just overwritten."""
    for i in range(1, len(x)):
        x[i] = x[i] + w * np.sin(x[i - 1])
    return np.sum(x * x)


@program(
    args=lambda: (uniform(3, 4), uniform(4, seed=1), uniform(3, seed=2), 0.8),
    argnums=(0, 1, 2, 3),
    tags=("thirteen", "second"),
)
def p02_broadcasting(A, v, b, s):
    """An expression in which every operand is broadcast."""
    return np.sum(np.tanh(A * v + b[:, None]) / (1.0 + s**2)) - np.mean(v * s)


@program(args=lambda: (uniform(6), 0.35), tags=("thirteen", "second"), case="breaks")
@program(args=lambda: (uniform(6), 0.01), tags=("thirteen", "second"), case="runs_out")
def p03_while_break_view(x, small):
    """`while` with `break`, and each write through the view is read through its base."""
    v = x[1:]
    k = 0
    while k < len(v):
        v[k] *= 0.7 * x[k]
        if abs(v[k]) < small:
            break
        k += 1
    return np.sum(x * x) + k * x[k]


@program(args=lambda: (uniform(5), 0.2, 3), argnums=(0, 1), tags=("thirteen", "second"), case="odd")
@program(
    args=lambda: (uniform(5), 0.2, 4), argnums=(0, 1), tags=("thirteen", "second"), case="even"
)
def p04_swapped_buffers(u, r, steps):
    """Two buffers that change places each step; one of them is the caller's."""
    un = np.zeros_like(u)
    for _ in range(steps):
        un[0], un[-1] = u[0], u[-1]
        for i in range(1, len(u) - 1):
            un[i] = u[i] + r * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, un = un, u
    return np.sum(u**2) + un[1] * u[2]


@program(args=lambda: (uniform(3), 0.9), argnums=(0, 1), tags=("thirteen", "second"), case="alias")
@program(args=lambda: (uniform(3), -0.9), argnums=(0, 1), tags=("thirteen", "second"), case="copy")
def p05_alias_after_branch(a, s):
    """Whether `b` is `a` is decided by a branch; then a write through `b`."""
    b = a if s > 0 else a.copy()
    b[0] = s * b[1] * b[0]
    a[2] = np.sin(a[0])
    return a[0] ** 2 + a[2] * b[2] + b[0]


@program(args=lambda: (uniform(5), 5), tags=("thirteen", "second"))
def p06_growing_list(x, n):
    """A list that grows in a loop and is read at its end and in its middle."""
    states = [x[0]]
    for k in range(n):
        states.append(np.sin(states[-1]) * x[k] + states[k // 2])
    return states[-1] + states[2] ** 2


@program(args=lambda: (uniform(3), 7), tags=("thirteen", "second"))
def p07_shared_nested_lists(x, n):
    """Nested lists written at computed indices; the first two rows are one object."""
    row = [x[0], x[1], 0.5]
    table = [row] * 2 + [[x[2], 1.0, x[0]]]
    for k in range(n):
        i, j = k % 3, (2 * k + 1) % 3
        table[i][j] = table[(i + 1) % 3][j] * x[k % 3] + 0.1 * row[i]
    return sum(table[0]) + table[1][2] * table[2][0]


def fold_halves(a, lo, hi):
    """Write combinations of both halves of a[lo:hi] into a, and return one."""
    if hi - lo == 1:
        a[lo] = np.sin(a[lo])
        return a[lo]
    mid = (lo + hi) // 2
    left = fold_halves(a, lo, mid)
    right = fold_halves(a, mid, hi)
    a[lo] += left * right
    return left + a[mid] * right


@program(args=lambda: (uniform(6),), tags=("thirteen", "second"))
def p08_recursion_writes(a):
    """Recursion whose callee writes into the caller's array."""
    total = fold_halves(a, 0, len(a))
    return total * a[0] + a[3]


@program(args=lambda: (uniform(4), 1.1), argnums=(0, 1), tags=("thirteen", "second"))
def p09_nonlocal_in_loop(x, total):
    """A closure that rebinds a parameter of the enclosing function, called in a loop."""

    def add(t):
        nonlocal total
        total = total * np.cos(t) + t

    for t in x:
        add(t)
    return total**2


@program(args=lambda: (uniform(4), ("a", "z", "b", "z")), tags=("thirteen", "second"))
def p10_try_lookup(x, keys):
    """A lookup that fails in some iterations, after part of the `try` has taken effect."""
    table = {"a": x[0], "b": x[1] ** 2}
    total = 1.0
    for k, key in enumerate(keys):
        try:
            x[k] *= total
            total += table[key] * x[k]
        except KeyError:
            table[key] = total * x[k]
    return total * table["z"]


@program(args=lambda: (uniform(3, 3), 4.0), tags=("thirteen", "second"), case="inside")
@program(args=lambda: (uniform(3, 3), 40.0), tags=("thirteen", "second"), case="outside")
def p11_return_from_nested_loop(A, limit):
    """`return` from the inner of two loops."""
    s = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            s += A[i, j] ** 2
            if s > limit:
                return s * A[i, j]
        s *= 1.1
    return s


@program(args=lambda: (MATRIX.copy(),), tags=("thirteen", "second"))
def p12_lu_pivoted(a):
    """LU with an unguarded pivot swap: at two of the four steps `p == k`."""
    n = len(a)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        a[[k, p]] = a[[p, k]]
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return np.sum(np.log(np.abs(np.diag(a)))) + a[n - 1, 0] * a[0, n - 1]


MATRIX = np.array(
    [[0.5, -1.7, 0.9, 1.1], [2.1, 0.3, 0.8, 0.6], [0.4, 1.2, 0.3, -0.5], [1.0, 0.2, 2.3, -0.7]]
)


@program(
    args=lambda: (uniform(4, low=1.0, high=9.0), uniform(3), 0.6),
    argnums=(0, 1, 2),
    tags=("thirteen", "second", "complex"),
)
def p13_complex_recursion(rho, h, omega):
    """A complex impedance recursion, bottom up, with real parameters and a real result."""
    z = np.sqrt(1j * omega * rho[-1])
    for j in range(len(h) - 1, -1, -1):
        k = np.sqrt(1j * omega / rho[j])
        zj = k * rho[j]
        r = (zj - z) / (zj + z) * np.exp(-2.0 * k * h[j])
        z = zj * (1.0 - r) / (1.0 + r)
    return abs(z) ** 2 / omega + np.angle(z)
