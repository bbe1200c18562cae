"""Views, overlapping writes, and names that share one object."""

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(5), 1.7), argnums=(0, 1))
def view_in_place(a, t):
    """An in-place product through a slice."""
    v = a[:3]
    v *= t
    return np.sum(a**2)


@program(args=lambda: (uniform(7),))
def view_of_a_view(a):
    """Slices of slices, written at the innermost."""
    v = a[1:]
    w = v[1:4]
    w[1] = w[0] * v[4]
    a[2] *= 2.0
    return np.sum(a * a) + w[0] * v[2]


@program(args=lambda: (uniform(3, 4),))
def row_view(A):
    """A row written by element and as a whole."""
    r = A[1]
    r[2] = A[0, 1] * r[0]
    r += A[2]
    return np.sum(np.sin(A))


@program(args=lambda: (uniform(3, 4),))
def column_view(A):
    """A column, not contiguous."""
    c = A[:, 1]
    c[:] = c * A[:, 0]
    c[2] *= A[2, 1]
    return np.sum(A * A)


@program(args=lambda: (uniform(3, 4),))
def through_the_transpose(A):
    """A write through `.T`."""
    T = A.T
    T[2, 0] = A[1, 1] * T[3, 2]
    T[1] *= 3.0
    return np.sum(A**2)


@program(args=lambda: (uniform(6),))
def through_a_reshape(a):
    """A write through a reshaped array."""
    M = a.reshape(2, 3)
    M[1, 0] = M[0, 2] ** 2
    M[:, 1] += a[0]
    return np.sum(a * np.arange(6.0))


@program(args=lambda: (uniform(2, 3),))
def through_ravel(A):
    """`ravel` of a contiguous matrix is a view, `flatten` is a copy."""
    v = A.ravel()
    f = A.flatten()
    v[4] = v[1] * f[0]
    f[2] *= 9.0
    return np.sum(A**2) + f[2]


@program(args=lambda: (uniform(2, 3),))
def rows_swapped_badly(a):
    """NumPy assigns through live views: both rows become the second."""
    a[0], a[1] = a[1], a[0]
    return np.sum(a * np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))


@program(args=lambda: (uniform(3, 3),))
def rows_swapped_by_index(a):
    """The swap that works, by index arrays."""
    a[[0, 2]] = a[[2, 0]]
    return np.sum(a * np.arange(9.0).reshape(3, 3))


@program(args=lambda: (uniform(4),))
def elements_swapped(a):
    """Elements are values: this swap works."""
    a[0], a[3] = a[3], a[0]
    a[1], a[2] = a[2] * a[0], a[1]
    return a[0] + 2.0 * a[1] + a[2] ** 2 + 4.0 * a[3]


@program(args=lambda: (uniform(3, 3),))
def swap_by_copy(A):
    """A row kept in a copy while it is overwritten."""
    tmp = A[0].copy()
    A[0] = A[2]
    A[2] = tmp
    A[1] = tmp * A[0]
    return np.sum(A * np.arange(9.0).reshape(3, 3))


@program(args=lambda: (uniform(3), uniform(3, seed=1)), argnums=(0, 1))
def alias_in_a_list(a, b):
    """Arrays written through the list that holds them."""
    parts = [a, b, a]
    for k, part in enumerate(parts):
        part[k] *= parts[0][0]
    parts[2] += 1.0
    return np.sum(a * b)


@program(args=lambda: (uniform(3),))
def alias_in_a_dict(a):
    """One array under two keys."""
    state = {"x": a, "y": a, "z": a.copy()}
    state["x"][0] = 2.0 * state["y"][1]
    state["z"] += state["y"]
    return np.sum(state["z"] * a)


@program(args=lambda: (uniform(4),))
def asarray_is_an_alias(a):
    """`np.asarray` of an array is that array, `np.array` is a copy."""
    b = np.asarray(a)
    c = np.array(a)
    b[0] *= 3.0
    c[1] *= 5.0
    return np.sum(a * b * c)


@program(args=lambda: (uniform(4),))
def in_place_through_alias(x):
    """`y += ...` changes x; `y = y + ...` does not."""
    y = x
    y += 1.0
    y = y + 10.0
    y *= x
    return np.sum(x * x) + np.sum(y)


@program(args=lambda: (uniform(6),))
def overlapping_add(x):
    """Source and target of a slice operation overlap; NumPy reads before it writes."""
    x[1:] += x[:-1]
    x[:-1] *= x[1:]
    return np.sum(x**2)


@program(args=lambda: (uniform(6),))
def overlapping_shift(x):
    """A shift by one within an array."""
    x[1:] = x[:-1]
    x[0] = x[5] * x[1]
    return np.sum(x * np.arange(6.0))


@program(args=lambda: (uniform(6),))
def interleaved(x):
    """Two strided views of one array."""
    even, odd = x[::2], x[1::2]
    even *= odd
    odd += even
    return np.sum(np.cos(x))


@program(args=lambda: (uniform(5),))
def reversed_view(x):
    """A view with a negative stride."""
    r = x[::-1]
    r[0] = r[1] * r[4]
    r[1:3] *= x[1:3]
    return np.sum(x * np.arange(1.0, 6.0))


def middle(x):
    """Return a view."""
    return x[1:-1]


def double_first(v):
    """Write through the argument."""
    v[0] *= 2.0


@program(args=lambda: (uniform(5),))
def views_through_calls(x):
    """A helper returns a view, another writes through it."""
    m = middle(x)
    double_first(m)
    double_first(middle(m))
    double_first(x[3:])
    return np.sum(x**2)


@program(args=lambda: (uniform(4),))
def output_argument(x):
    """Results written by `out=`."""
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    np.add(x, y, out=x)
    return np.sum(x * y)


@program(args=lambda: (uniform(2, 3),))
def ellipsis_and_full_slice(A):
    """`A[...] =` and `A[:] =` keep the object, `A =` does not."""
    B = A
    A[...] = A * A
    A[:] = A + 1.0
    A = A * 7.0
    return np.sum(A) + np.sum(B**2)


@program(args=lambda: (uniform(6), 0.5), case="left")
@program(args=lambda: (uniform(6), -0.5), case="right")
def conditional_view(x, s):
    """Which view a name means depends on a value."""
    v = x[:3] if s > 0 else x[2:5]
    v *= 2.0
    v[1] = x[2]
    return np.sum(x**2)


@program(args=lambda: (uniform(3, 4), uniform(3, seed=1)), argnums=(0, 1))
def broadcast_assignment(A, v):
    """A vector assigned over rows, a number over a column."""
    A[:, 1:3] = v[:, None]
    A[0, :] = v[2]
    A[1] += A[:, 0].sum()
    return np.sum(A**2)


@program(args=lambda: (uniform(4),))
def base_rebound(x):
    """The view stays on the old object when its base's name is rebound."""
    v = x[1:]
    x = x * 2.0
    v[0] = 5.0 * v[1]
    x[1:] += v
    return np.sum(x * x) + v[0]


@program(args=lambda: (uniform(5),))
def alias_in_a_loop(x):
    """A name that is a new array in the first iteration and the last one's alias afterwards."""
    prev = x
    for k in range(3):
        cur = prev if k % 2 else prev * 0.5
        cur[k] += prev[k + 1]
        prev = cur
    return np.sum(prev * x)


@program(args=lambda: (uniform(3, 3),))
def triangle_of_views(A):
    """Gaussian elimination by row views."""
    for i in range(3):
        pivot_row = A[i]
        for row in A[i + 1 :]:
            row -= row[i] / pivot_row[i] * pivot_row
    return A[0, 0] * A[1, 1] * A[2, 2]


@program(args=lambda: (uniform(3), uniform(3, seed=1)), argnums=(0, 1))
def buffers_rotate(a, b):
    """Three buffers whose names rotate each step."""
    c = np.zeros(3)
    for k in range(4):
        c[:] = a * 0.5 + b
        c[k % 3] *= 2.0
        a, b, c = b, c, a
    return np.sum(a * b) + np.sum(c)


@program(args=lambda: (uniform(6),))
def window_moves(x):
    """A view that slides along the array and is written at each place."""
    for i in range(4):
        w = x[i : i + 3]
        w[1] = np.sin(w.sum())
        w[2] *= w[0]
    return np.sum(x)


@program(args=lambda: (uniform(4), 2.0), argnums=(0, 1))
def element_kept_before_write(x, t):
    """An element read before it is overwritten is a value, a slice is not."""
    first = x[0]
    head = x[:2]
    x[0] = t
    x[1] *= first
    return first * np.sum(head) * x[0]


@program(args=lambda: (uniform(2, 2, 3),))
def three_axes(T):
    """Views of a three-dimensional array."""
    plane = T[:, 0]
    line = plane[1]
    line[2] = T[0, 1, 1] * line[0]
    T[..., 0] *= plane[:, :2]
    return np.sum(T**2)


@program(args=lambda: (uniform(4),), tags=("nonscalar",))
def returns_its_argument(x):
    """The result is the mutated argument itself."""
    x[1] *= x[0]
    return x


@program(args=lambda: (uniform(4),), tags=("nonscalar",))
def returns_overlapping_views(x):
    """Two results that share memory."""
    x *= x
    return x[:3], x[1:], x[2]
