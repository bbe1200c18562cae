"""Edited lists, dicts, sets, deques, counters, defaultdicts."""
# ruff: noqa: B905, E741

from collections import Counter, defaultdict, deque

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(5),))
def slice_assign(x):
    """Slices of lists assigned, also with a step."""
    a = list(x)
    a[1:3] = [a[0] * a[1], a[2]]
    a[:2] = [a[3]]
    a[len(a) :] = [x[0] ** 2]
    a[::2] = [v * 2 for v in a[::2]]
    return sum((v * (k + 1) for k, v in enumerate(a)))


@program(args=lambda: (uniform(5),))
def del_slice(x):
    """Slices of lists deleted."""
    a = list(x)
    del a[1:3]
    del a[0]
    return sum((v * (k + 1) for k, v in enumerate(a)))


@program(args=lambda: (uniform(5),))
def list_methods(x):
    """insert, remove, reverse, copy, clear, extend, index."""
    a = list(x)
    a.insert(0, a[1] * 2)
    a.remove(a[2])
    a.reverse()
    b = a.copy()
    b.clear()
    b.extend(v**2 for v in a)
    c = a + b
    i = [3, 1, 2].index(1)
    return sum((v * (k + 1) for k, v in enumerate(c))) * i


@program(args=lambda: (uniform(5),))
def dict_methods(x):
    """update, pop, merge, del."""
    d = {"a": x[0], "b": x[1]}
    d.update({"b": d["a"] * d["b"], "c": x[2]})
    d["a"] *= d.pop("c")
    d.update(z=x[3])
    e = {**d, "q": x[4]}
    f = d | {"a": x[0] * 2}
    s = d.pop("nope", 3.0)
    del d["b"]
    return d["a"] + e["q"] * e["b"] + f["a"] * len(d) + s * d["z"]


@program(args=lambda: (uniform(5),))
def dict_comp(x):
    """Comprehensions of dicts with computed keys."""
    d = {i: v for i, v in enumerate(x)}
    d2 = {k: v * v for k, v in d.items() if k % 2 == 0}
    return sum(d2.values()) + d2[2] + sum((k * v for k, v in d.items()))


@program(args=lambda: (uniform(5),))
def dict_del_dyn(x):
    """Entries taken out of a dict with computed keys."""
    d = {}
    for i, v in enumerate(x):
        d[i] = v * v
    del d[2]
    p = d.pop(1)
    return sum(d.values()) * p + d.get(9, 1.0) + d.get(0, 0.0)


@program(args=lambda: (uniform(5),))
def defaultdict_used(x):
    """Sums and lists by key."""
    d = defaultdict(float)
    for i, v in enumerate(x):
        d[i % 2] += v
    g = defaultdict(list)
    for i, v in enumerate(x):
        g[i % 2].append(v)
    return d[0] * d[1] + sum(sum(v) ** 2 for v in g.values())


@program(args=lambda: (uniform(5),))
def groups(x):
    """setdefault and append."""
    g = {}
    for i, v in enumerate(x):
        g.setdefault("even" if i % 2 == 0 else "odd", []).append(v)
    return sum(sum(v) ** 2 for v in g.values())


@program(args=lambda: (uniform(5),))
def set_used(x):
    """Membership in sets that grow."""
    seen = set()
    s = 0.0
    for i in [0, 1, 1, 2, 0]:
        if i in seen:
            continue
        seen.add(i)
        s += x[i]
    allowed = {1, 3}
    for i in range(5):
        if i in allowed:
            s += x[i] ** 2
    return s + len(seen)


@program(args=lambda: (uniform(5),))
def set_sorted(x):
    """Sets in sorted order."""
    ids = sorted({2, 0, 1})
    u = sorted(set([3, 1, 3]))
    return sum((x[i] * (k + 1) for k, i in enumerate(ids))) + sum(x[i] for i in u)


@program(args=lambda: (uniform(5),))
def deque_used(x):
    """A window of fixed length."""
    q = deque(maxlen=3)
    s = 0.0
    for v in x:
        q.append(v)
        s += sum(q) / len(q)
    return s


@program(args=lambda: (uniform(5),))
def deque2(x):
    """Both ends, and rotation."""
    q = deque([x[0], x[1]])
    q.appendleft(x[2])
    q.append(x[3])
    a = q.popleft()
    b = q.pop()
    q.rotate(1)
    return a * 2 + b**2 + q[0] * 3 + q[1]


@program(args=lambda: (uniform(5),))
def bfs(x):
    """Breadth first search over a graph."""
    graph = {0: [1, 2], 1: [3], 2: [3], 3: []}
    q = deque([0])
    dist = {0: 0.0}
    while q:
        u = q.popleft()
        for v in graph[u]:
            if v not in dist:
                dist[v] = dist[u] + x[v] * x[u]
                q.append(v)
    return dist[3]


@program(args=lambda: (uniform(5),))
def counter(x):
    """Counting letters."""
    c = Counter("abca")
    return x[0] * c["a"] + x[1] * c["b"]


@program(args=lambda: (uniform(5),))
def list_of_dicts(x):
    """Layers as dicts."""
    layers = [{"w": x[0], "act": "tanh"}, {"w": x[1], "act": "relu"}]
    h = x[2]
    for l in layers:
        h = l["w"] * h
        if l["act"] == "tanh":
            h = np.tanh(h)
        else:
            h = max(h, 0.0)
    return h


@program(args=lambda: (uniform(5), uniform(3, 3)), argnums=(0, 1))
def hetero(x, A):
    """Layers as tuples of a name and parameters of any kind."""
    layers = [("dense", A), ("tanh", None), ("scale", 2.0)]
    h = x[:3]
    for kind, w in layers:
        if kind == "dense":
            h = w @ h
        elif kind == "tanh":
            h = np.tanh(h)
        elif kind == "scale":
            h = h * w
    return np.sum(h)


@program(args=lambda: (uniform(5),))
def nested_list_mut(x):
    """A table filled and transposed."""
    g = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            g[i][j] = x[i] * x[j]
    t = [list(r) for r in zip(*g)]
    return sum(sum(r) for r in t) + t[0][1]


@program(args=lambda: (uniform(5),))
def str_join(x):
    """dict(zip(names, values))."""
    names = "a b c".split()
    d = dict(zip(names, x))
    return d["a"] * d["b"] + d["c"]


@program(args=lambda: (uniform(5),))
def dict_items_sorted(x):
    """Sorted items of a dict."""
    d = {"b": x[0], "a": x[1]}
    return sum((v * (i + 1) for i, (k, v) in enumerate(sorted(d.items()))))
