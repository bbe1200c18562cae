"""Loops: over ranges, arrays, lists, pairs; counted and not."""

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(5),))
def sum_of_squares(x):
    """Iterate over the elements of an array."""
    s = 0.0
    for v in x:
        s += v * v
    return s


@program(args=lambda: (uniform(5),))
def sum_starting_from_int(x):
    """The accumulator begins as an int and becomes a float."""
    s = 0
    for i in range(len(x)):
        s = s + np.exp(x[i]) * i
    return s


@program(args=lambda: (uniform(7),))
def every_second(x):
    """A range with a step that does not divide the length."""
    s = 0.0
    for i in range(1, len(x), 2):
        s += np.sin(x[i]) * x[i - 1]
    return s


@program(args=lambda: (uniform(6), 0.4), argnums=(0, 1), tags=("second",))
def horner_backwards(coefficients, t):
    """A range with a negative step."""
    p = 0.0
    for i in range(len(coefficients) - 1, -1, -1):
        p = p * t + coefficients[i]
    return p


@program(args=lambda: (uniform(6),))
def down_by_two(x):
    """A negative step that does not hit the end."""
    for i in range(5, 0, -2):
        x[i] *= x[i - 1]
        x[i - 1] = np.cos(x[i])
    return np.sum(x * x)


@program(args=lambda: (uniform(4, 4),))
def triangular(A):
    """The bounds of the inner loop depend on the outer index."""
    s = 0.0
    for i in range(4):
        for j in range(i, 4):
            s += A[i, j] * A[j, i] * (i + 1)
    return s


@program(args=lambda: (uniform(5),))
def weighted_by_position(x):
    """`enumerate`, with a start."""
    s = 0.0
    for k, v in enumerate(x, start=1):
        s += v**2 / k
    return s


@program(args=lambda: (uniform(4), uniform(4, seed=1)), argnums=(0, 1))
def dot_by_zip(x, y):
    """`zip` over two arrays."""
    s = 0.0
    for a, b in zip(x, y):  # noqa: B905
        s += a * np.tanh(b)
    return s


@program(args=lambda: (uniform(6),))
def neighbours_by_zip(x):
    """`zip` over two overlapping slices and a list."""
    s = 0.0
    for left, right, w in zip(x[:-1], x[1:], [1.0, 2.0, 0.5]):  # noqa: B905
        s += w * (right - left) ** 2
    return s


@program(args=lambda: (uniform(5),))
def reversed_scan(x):
    """`reversed(range(...))` that writes in place."""
    for i in reversed(range(len(x) - 1)):
        x[i] += 0.5 * x[i + 1] ** 2
    return x[0]


@program(args=lambda: (uniform(5),))
def reversed_values(x):
    """`reversed` of an array, with a product that depends on the order."""
    p = 1.0
    for v in reversed(x):
        p = v * (1.0 + np.sin(p))
    return p


@program(args=lambda: (2.7,), tags=("second",))
def babylonian(x):
    """A `while` loop that ends at convergence."""
    y = x
    while abs(y * y - x) > 1e-13:
        y = 0.5 * (y + x / y)
    return y


@program(args=lambda: (uniform(6),))
def while_with_two_counters(x):
    """Two indices that approach each other."""
    i, j = 0, len(x) - 1
    s = 0.0
    while i < j:
        s += x[i] * np.log(x[j])
        i += 1
        j -= 1
    return s


@program(args=lambda: (uniform(5), 0.3), argnums=(0, 1))
def fibonacci_like(x, r):
    """Two values that move up together."""
    a, b = 0.0, 1.0
    for v in x:
        a, b = b, r * a + v * b
    return a * b


@program(args=lambda: ([uniform(3), uniform(2, seed=1), uniform(4, seed=2)],))
def over_a_list_of_arrays(blocks):
    """A list of arrays of different lengths."""
    s = 0.0
    for block in blocks:
        s += np.sum(np.sin(block)) * block[0]
    return s


@program(args=lambda: (uniform(3), 0))
def zero_trips(x, n):
    """A loop that never runs."""
    s = x[0] ** 2
    for i in range(n):
        s *= x[i]
    return s + x[2]


@program(args=lambda: (uniform(5),))
def index_after_the_loop(x):
    """The loop's name keeps its last value."""
    for i in range(1, 4):
        x[i] *= x[i - 1]
    return x[i] * x[i + 1]


@program(args=lambda: (uniform(6), 0.2), argnums=(0, 1))
def moving_average(x, alpha):
    """Exponential smoothing in place."""
    for i in range(1, x.size):
        x[i] = alpha * x[i] + (1 - alpha) * x[i - 1]
    return np.sum(x**2)


@program(args=lambda: (uniform(3, 4),))
def over_rows(A):
    """The loop's name is a view of a row, which is written."""
    for row in A:
        row *= np.sum(row)
    return np.sum(np.sin(A))


@program(args=lambda: (uniform(6),))
def loop_name_rebound(x):
    """The loop's name is rebound in the body; the range does not care."""
    s = 0.0
    for i in range(3):
        i = 2 * i + 1
        s += i * x[i] ** 2
    return s


@program(args=lambda: (uniform(2, 3), uniform(3, 2, seed=1)), argnums=(0, 1))
def matmul_by_loops(A, B):
    """Three nested loops into a new matrix."""
    n, m, k = A.shape[0], B.shape[1], A.shape[1]
    C = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for l in range(k):  # noqa: E741
                C[i, j] += A[i, l] * B[l, j]
    return np.sum(C**2)


@program(args=lambda: (uniform(6),))
def running_maximum(x):
    """The largest element by comparison."""
    best = x[0]
    for v in x[1:]:
        if v > best:
            best = v
    return best**2


@program(args=lambda: (uniform(6),))
def prefix_sums(x):
    """A scan by augmented assignment."""
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return np.prod(x)


@program(args=lambda: (uniform(5),))
def bound_changed_inside(x):
    """The range was evaluated once; the body changes the name it was made from."""
    n = 4
    s = 0.0
    for i in range(n):
        n -= 1
        s += x[i] * x[n]
    return s


@program(args=lambda: (uniform(8),))
def halving_strides(x):
    """A `while` around a `for` whose step shrinks (Hillis and Steele's tree sum)."""
    stride = len(x) // 2
    while stride > 0:
        for i in range(stride):
            x[i] += np.sin(x[i + stride])
        stride //= 2
    return x[0]


@program(args=lambda: (uniform(4), 3))
def repeated_passes(x, passes):
    """Nested loops over one array; each pass reads what the former wrote."""
    for _ in range(passes):
        for i in range(len(x)):
            x[i] = np.cos(x[i]) + 0.1 * x[i - 1]
    return np.sum(x)


@program(args=lambda: (uniform(3), 3.0))
def float_type_changes_to_array(x, w):
    """A name that is a float in the first iteration and an array afterwards."""
    t = 1.0
    for _ in range(3):
        t = w * t * x
    return np.sum(t)


@program(args=lambda: (uniform(5),))
def best_so_far_from_none(x):
    """A name that begins as None."""
    best = None
    for v in x:
        cost = (v - 1.0) ** 2
        if best is None or cost < best:
            best = cost
    return best


@program(args=lambda: (uniform(6),))
def indices_from_a_list(x):
    """Loop over a literal tuple of integers."""
    s = 1.0
    for i in (3, 0, 3, 5):
        s += s * x[i]
    return s


@program(args=lambda: (uniform(4),))
def collatz_driven(x):
    """The trip count follows from integers alone."""
    n = 7
    s = x[0]
    while n != 1:
        s = np.sin(s) + x[n % 4]
        n = n // 2 if n % 2 == 0 else 3 * n + 1
    return s


@program(args=lambda: (uniform(12),))
def walrus_condition(x):
    """A `while` whose condition binds a name."""
    k = 0
    s = 0.0
    while (v := x[k] * x[k + 1]) and k < 9:
        s += np.sqrt(v)
        k += 2
    return s
