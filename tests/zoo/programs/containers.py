"""Lists, tuples and dicts: as arguments, as workspace, nested and shared."""

import math

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(4),))
def list_of_results(x):
    """Append in a loop, then loop over the list."""
    ys = []
    for v in x:
        ys.append(math.sin(v) * v)
    s = 0.0
    for k, y in enumerate(ys):
        s += y * ys[-1 - k]
    return s


@program(args=lambda: (uniform(5),))
def stack_machine(x):
    """`append` and `pop` drive an evaluation."""
    stack = []
    for token in (0, 1, "*", 2, "+", 3, 4, "-", "*"):
        if token == "*":
            b = stack.pop()
            a = stack.pop()
            stack.append(a * b)
        elif token == "+":
            stack.append(stack.pop() + stack.pop())
        elif token == "-":
            b = stack.pop()
            stack.append(stack.pop() - b)
        else:
            stack.append(x[token] ** 2)
    return stack.pop()


@program(args=lambda: (uniform(4),))
def queue(x):
    """A list used as a queue: `pop(0)` and `append`."""
    q = list(x)
    s = 1.0
    for _ in range(7):
        v = q.pop(0)
        s = s * 0.5 + v
        q.append(v * q[0])
    return s + sum(q)


@program(args=lambda: (uniform(4),))
def insert_delete_extend(x):
    """Lists edited in their middle."""
    a = [x[0], x[1]]
    a.insert(1, x[2] ** 2)
    a.extend([x[3], a[0] * a[1]])
    del a[0]
    a[1:3] = [a[1] * a[2], x[0], 2.0]
    a.reverse()
    return a[0] + 2.0 * a[1] + 3.0 * a[2] * a[3] + a[-1]


@program(args=lambda: ([0.8, 1.1, 0.6],), tags=("second",))
def list_argument(ws):
    """A list of floats as the argument."""
    s = 0.0
    for i in range(len(ws)):
        s += ws[i] * ws[i - 1] ** 2
    return s


@program(args=lambda: ([0.8, 1.1, 0.6],))
def list_argument_copied(ws):
    """`list(...)` copies: writes do not reach the argument."""
    mine = list(ws)
    mine[0] = mine[1] * mine[2]
    mine.append(ws[0])
    return sum(mine) * ws[0]


@program(args=lambda: ([[0.8, 1.1], [0.6, 0.9, 1.2]],))
def nested_list_argument(rows):
    """Rows of different lengths."""
    s = 1.0
    for row in rows:
        s *= sum(row)
        for v in row:
            s += v * rows[0][1]
    return s


@program(args=lambda: ({"w": uniform(3), "b": 0.4}, uniform(3, seed=1)), argnums=(0, 1))
def dict_of_parameters(params, x):
    """The usual dict of parameters."""
    return np.sum(np.tanh(params["w"] * x + params["b"]) ** 2)


@program(
    args=lambda: ({"layer": {"w": uniform(2, 2), "b": uniform(2)}, "scale": 1.3, "steps": 2},),
    tags=("second",),
)
def nested_dict(p):
    """A dict in a dict, with an int among the floats."""
    h = np.ones(2)
    for _ in range(p["steps"]):
        h = np.tanh(p["layer"]["w"] @ h + p["layer"]["b"]) * p["scale"]
    return np.sum(h)


@program(args=lambda: ({"a": 0.7, "b": 1.2, "c": 0.9},))
def over_items(prices):
    """`items`, `keys` and `values`."""
    total = 0.0
    for name, price in prices.items():
        total += price**2 if name != "b" else 3.0 * price
    for name in prices:
        total *= prices[name]
    return total + sum(prices.values())


@program(args=lambda: (uniform(5),))
def histogram_by_dict(x):
    """Sums gathered in a dict under computed keys."""
    sums = {}
    for i, v in enumerate(x):
        key = i % 3
        if key in sums:
            sums[key] += v
        else:
            sums[key] = v
    return sums[0] * sums[1] + sums[2] ** 2


@program(args=lambda: (uniform(5),))
def grouped_lists(x):
    """`setdefault` and `get`."""
    groups = {}
    for i, v in enumerate(x):
        groups.setdefault("even" if i % 2 == 0 else "odd", []).append(v)
    s = 0.0
    for group in groups.values():
        p = 1.0
        for v in group:
            p *= v
        s += p
    return s + groups.get("none", 2.0) * x[0]


@program(args=lambda: (uniform(3),))
def dict_updated(x):
    """`update`, `pop` and rebinding of entries."""
    d = {"a": x[0], "b": x[1]}
    d.update({"b": d["a"] * d["b"], "c": x[2]})
    d["a"] *= d.pop("c")
    return d["a"] + d["b"] * len(d)


@program(args=lambda: ((uniform(2), 0.7, (1.1, uniform(2, seed=3))),))
def nested_tuple_argument(state):
    """A tuple in a tuple, unpacked."""
    x, t, (a, y) = state
    return np.sum(x * y) * t + a**2


@program(args=lambda: (uniform(5),))
def star_unpacking(x):
    """`first, *rest = ...`."""
    first, *rest, last = x
    s = first * last
    for v in rest:
        s = s * v + first
    return s


@program(args=lambda: (uniform(4),))
def tuples_in_a_list(x):
    """A graph as a list of (from, to, weight)."""
    edges = [(0, 1, 0.5), (1, 3, 2.0), (3, 2, 1.5), (2, 0, 0.3)]
    energy = 0.0
    for i, j, w in edges:
        energy += w * (x[i] - x[j]) ** 2
    return energy


@program(args=lambda: (uniform(3),))
def lists_added_and_repeated(x):
    """`+`, `*` and slices of lists."""
    a = [x[0], x[1]] + [x[2]]
    b = a[1:] + a[:1] * 2
    a[0] = b[0] * b[3]
    return a[0] * a[1] + b[1] * b[2]


@program(args=lambda: (uniform(3), 4))
def matrix_as_lists(x, n):
    """A table of lists filled by index."""
    table = [[0.0] * n for _ in range(3)]
    for i in range(3):
        table[i][0] = x[i]
        for j in range(1, n):
            table[i][j] = table[i][j - 1] * x[(i + j) % 3] + 0.1 * table[i - 1][j - 1]
    return table[2][n - 1] + table[0][1]


@program(args=lambda: (uniform(4),))
def list_shared_by_names(x):
    """Two names for one list."""
    a = [x[0], x[1]]
    b = a
    b.append(x[2] * a[0])
    b[0] = x[3]
    c = a[:]
    c[1] = 5.0 * c[0]
    return a[0] * a[1] + a[2] * b[0] + c[1]


@program(args=lambda: ([uniform(2), uniform(2, seed=1)],))
def arrays_written_in_a_list_argument(xs):
    """In-place operations on the items of a list, and an item replaced."""
    xs[0] += xs[1]
    xs[1] = xs[0] * xs[1]
    xs[1][0] *= 2.0
    return np.sum(xs[0] * xs[1])


@program(args=lambda: (uniform(5),))
def sorted_values(x):
    """`sorted` with a key, then weights by rank."""
    s = 0.0
    for rank, v in enumerate(sorted(x, key=lambda v: -v)):
        s += v**2 / (rank + 1)
    return s


@program(args=lambda: ([0.9, 1.4, 0.3, 1.1],))
def reductions_of_a_list(xs):
    """`sum`, `min`, `max` and `len` of a list."""
    mean = sum(xs) / len(xs)
    return (max(xs) - min(xs)) * mean + sum(xs, 1.0) ** 2


@program(args=lambda: (uniform(2, 3),))
def transpose_by_zip(A):
    """`zip(*rows)`."""
    s = 0.0
    for a, b in zip(*A):  # noqa: B905
        s += a / b
    return s


@program(args=lambda: (uniform(3),))
def array_from_a_list(x):
    """`np.array` of a list of scalars, and of nested lists."""
    v = np.array([x[0], x[1] * x[2], 1.0])
    R = np.array([[np.cos(x[0]), -np.sin(x[0])], [np.sin(x[0]), np.cos(x[0])]])
    return np.sum(R @ v[:2]) * v[2]


@program(args=lambda: (uniform(3), 3))
def history_of_arrays(x, n):
    """Snapshots of an array that goes on changing; one snapshot is missing its copy."""
    history = []
    for k in range(n):
        x *= 1.0 + 0.1 * x
        history.append(x.copy() if k != 1 else x)
    return np.sum(history[0] * history[1]) + np.sum(history[2])


@program(args=lambda: (uniform(4), 0.5), argnums=(0, 1), tags=("nonscalar",))
def returns_a_structure(x, t):
    """A dict of an array, a float, an int and a tuple."""
    y = x * t
    return {"y": y, "n": len(x), "pair": (np.sum(y), x[0] * t), "name": "result"}


@program(args=lambda: ([0.5, 0.7], 1.5), argnums=(0, 1), tags=("nonscalar",))
def returns_a_list(xs, t):
    """The result holds items of the argument, changed and unchanged."""
    return [xs[0], t * xs[1], [t, xs[0] * xs[1]]]


@program(args=lambda: (uniform(4),))
def entry_list_in_dict(x):
    """Lists inside a dict, read while they grow."""
    rec = {"t": [0.0], "y": [x[0]]}
    for k in range(1, 4):
        rec["t"].append(rec["t"][-1] + 0.1 * x[k])
        rec["y"].append(rec["y"][-1] * (1.0 - rec["t"][-1]))
    return rec["y"][-1] * rec["t"][2]


@program(args=lambda: (uniform(6),))
def deleted_while_running(x):
    """A list consumed by slices until it is empty."""
    rest = list(x)
    s = 0.0
    while rest:
        a, b = rest[0], rest[-1]
        s += a * b * len(rest)
        rest = rest[1:-1]
    return s
