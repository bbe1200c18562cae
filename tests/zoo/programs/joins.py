"""Names, lists and results whose type changes: numbers become arrays, None becomes a value."""

import numpy as np

from tests.zoo import program


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def a_number_becomes_an_array(x):
    """A sum that starts as 0.0 and becomes an array."""
    s = 0.0
    for i in range(3):
        s = s + x * i
    return np.sum(s)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def mixed_list(x):
    """A list of a number, an array, a count and a word, read at known places."""
    mixed = [x[0], x, 3, "a"]
    return mixed[0] * np.sum(mixed[1]) * mixed[2]


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def mixed_items_in_a_loop(x):
    """A loop over items of different types."""
    t = 0.0
    for v in [x[0], x * 2, 3.0]:
        t = t + np.sum(v)
    return t


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def number_or_array_by_branch(x):
    """Two sides of a branch give a number and an array."""
    if x[0] > 0:
        y = x * 2
    else:
        y = x[0]
    return np.sum(y * y)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def array_or_none(x):
    """None or an array, told apart later."""
    y = None
    if x[0] > 0:
        y = x * 2
    if y is None:
        return x[1]
    return np.sum(y)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def integer_total(x):
    """An integer that becomes a float."""
    total = 0
    for v in x:
        total = total + v
    return total


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def one_name_many_types(x):
    """A name that is a tuple, an int, an array and a float in turn."""
    t = x.shape
    t = t[0]
    t = x * t
    t = np.sum(t)
    return t


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def helper_returns_either(x):
    """A helper that returns an array or a number."""

    def h(v, flag):
        if flag:
            return v * 2
        return np.sum(v)

    return np.sum(h(x, True)) * h(x, False)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def states_by_name(x):
    """A state machine whose states are words."""
    state = "start"
    t = 0.0
    for v in x:
        if state == "start":
            t += v
            state = "run"
        elif state == "run":
            t += v * v
            state = "stop" if v > 2 else "run"
        else:
            t -= v
    return t


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def real_becomes_complex(x):
    """A product that starts as a float and becomes complex."""
    z = 1.0
    for v in x:
        z = z * (v + 1j)
    return abs(z)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def best_so_far(x):
    """None or a float through a loop."""
    best = None
    for v in x:
        if best is None or v > best:
            best = v
    return best**2


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def arrays_of_different_rank(x):
    """A list of a vector and a matrix."""
    ps = [x, np.outer(x, x)]
    return sum(np.sum(p**2) for p in ps)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def norm_of_nested_lists(x):
    """A recursive norm that asks isinstance."""

    def norm(v):
        if isinstance(v, (list, tuple)):
            return sum(norm(u) for u in v)
        return np.sum(v**2)

    return norm([x, [x * 2, (x[0], x[1])]])


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def total_of_a_tree(x):
    """A recursive sum over dicts and lists."""
    tree = {"a": x, "b": {"c": x * 2, "d": [x[0], x[1]]}}

    def tot(t):
        if isinstance(t, dict):
            return sum(tot(v) for v in t.values())
        if isinstance(t, list):
            return sum(tot(v) for v in t)
        return np.sum(t)

    return tot(tree)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def shrinking_array(x):
    """A vector that gets shorter in a `while`."""
    y = x
    while np.sum(y) > 1e-3:
        y = y * 0.5 if np.sum(y) < 2 else y[:2] * 0.25
    return np.sum(y)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def integer_becomes_an_array(x):
    """An int that becomes an array in some iteration."""
    y = 1
    i = 0
    while i < 5:
        y = y * x if i % 2 else y + x[0]
        i += 1
    return np.sum(y)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def mixed_list_that_grows(x):
    """A list of a number to which an array is appended."""
    hist = [x[0]]
    hist.append(x)
    return hist[0] * np.sum(hist[-1])


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def mixed_dict(x):
    """A dict of an array and a number, filled in a loop."""
    d = {}
    for k, name in enumerate(["a", "b"]):
        d[name] = x[k] if k else x
    return np.sum(d["a"]) * d["b"]


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def whole_numbers_or_floats(x):
    """An array of ints on one path, of floats on the other."""
    a = np.arange(3) if x[0] > 0 else x * 2
    return np.sum(a * x)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def whole_numbers_then_floats(x):
    """Ints and floats joined, then multiplied."""
    a = np.arange(3) if x[0] > 5 else x * 2
    a = a * x
    b = np.ones(3, dtype=int) if x[0] > 0 else x
    return np.sum(a * x) + np.sum(b**2 * x)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def list_of_both_kinds(x):
    """A list of an int array and a float array."""
    ls = [np.arange(3), x * 2]
    s = 0.0
    for v in ls:
        s += np.sum(v * x)
    return s


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def appended_whole_numbers(x):
    """Int and float arrays appended to one list, then copied and written to."""
    ls = []
    for i in range(3):
        ls.append(np.arange(3) if i == 0 else x * i)
    s = 0.0
    for v in ls:
        w = v * 1
        w[0] = w[0] + 1
        s += np.sum(w * x)
    return s


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def number_entry_becomes_array_element(x):
    """A list of an int, a float and an array, an entry of which is overwritten."""
    ls = [1, 2.0]
    ls.append(x)
    ls[0] = x[0]
    return np.sum(ls[0] * ls[1] * ls[2])


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def integer_state_becomes_float(x):
    """A state that starts as integers and becomes floats before it is written to."""
    a = np.array([0, 0, 0])
    for i in range(3):
        a = a + x * i
        a[0] = x[1]
    return np.sum(a * x)


@program(args=lambda: (np.array([0.7, 1.3, 2.1]),))
def integer_entry_becomes_float(x):
    """An entry of a dict that holds integers first."""
    class_like = {"v": np.arange(3)}
    class_like["v"] = class_like["v"] * x
    class_like["v"][0] *= x[2]
    return np.sum(class_like["v"])
