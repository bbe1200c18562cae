"""Small programs of many fields, as people write them."""
# ruff: noqa: B007, B905, E741, RUF007, RUF012

import functools
import heapq
import math
import operator
from collections import deque, namedtuple

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def nbody(x, y):
    """Bodies as lists of lists."""
    pos = [[x[i], y[i]] for i in range(3)]
    vel = [[0.0, 0.0] for _ in range(3)]
    m = [1.0, 2.0, 3.0]
    for _ in range(3):
        for i in range(3):
            for j in range(3):
                if i == j:
                    continue
                dx = [a - b for a, b in zip(pos[j], pos[i])]
                r2 = sum(d * d for d in dx) + 0.1
                for k in range(2):
                    vel[i][k] += 0.01 * m[j] * dx[k] / r2**1.5
        for p, v in zip(pos, vel):
            p[0] += 0.01 * v[0]
            p[1] += 0.01 * v[1]
    return sum((mi * (v[0] ** 2 + v[1] ** 2) for mi, v in zip(m, vel))) * 100 + pos[0][0]


@program(args=lambda: (0.7, 0.9), argnums=(0, 1))
def pendulum(a, b):
    """Runge-Kutta with tuples as states."""

    def deriv(state, t, L=1.0, g=9.8):
        th, om = state
        return (om, -g / L * math.sin(th) - 0.1 * om)

    def rk4(f, s, t, h):
        k1 = f(s, t)
        k2 = f(tuple((si + h / 2 * ki for si, ki in zip(s, k1))), t + h / 2)
        k3 = f(tuple((si + h / 2 * ki for si, ki in zip(s, k2))), t + h / 2)
        k4 = f(tuple((si + h * ki for si, ki in zip(s, k3))), t + h)
        return tuple(
            (si + h / 6 * (p + 2 * q + 2 * r + w) for si, p, q, r, w in zip(s, k1, k2, k3, k4))
        )

    s = (a, b)
    t = 0.0
    traj = [s]
    while t < 0.5:
        s = rk4(deriv, s, t, 0.1)
        t += 0.1
        traj.append(s)
    return sum((th**2 for th, _ in traj)) + traj[-1][1]


class Particle:
    """Used by the next program."""

    count = 0

    def __init__(self, m, x, v=0.0):
        self.m, self.x, self.v = (m, x, v)
        self.history = []

    @property
    def energy(self):
        return 0.5 * self.m * self.v**2

    def kick(self, f, dt):
        self.v += f / self.m * dt
        self.x += self.v * dt
        self.history.append(self.x)
        return self


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def particles(x, t):
    """Objects with histories."""
    ps = [Particle(m, q) for m, q in zip(x[:3], x[2:])]
    for step in range(4):
        for i, p in enumerate(ps):
            force = sum((q.x - p.x for j, q in enumerate(ps) if j != i))
            p.kick(force * t, 0.1)
    return sum(p.energy for p in ps) + sum(sum(p.history) for p in ps)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def heat(x, t):
    """A list swapped for a new one."""
    u = list(x)
    for _ in range(5):
        new = u[:]
        for i in range(1, len(u) - 1):
            new[i] = u[i] + 0.1 * t * (u[i - 1] - 2 * u[i] + u[i + 1])
        u = new
    return sum(v**2 for v in u)


@program(args=lambda: (uniform(5),))
def stats(x):
    """Moments."""
    n = len(x)
    mu = sum(x) / n
    var = sum((v - mu) ** 2 for v in x) / (n - 1)
    skew = sum(((v - mu) / math.sqrt(var)) ** 3 for v in x) / n
    return mu * var + skew


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def linreg(x, y):
    """A line by sums."""
    n = len(x)
    sx, sy = (sum(x), sum(y))
    sxx = sum(a * a for a in x)
    sxy = sum((a * b for a, b in zip(x, y)))
    m = (n * sxy - sx * sy) / (n * sxx - sx**2)
    b = (sy - m * sx) / n
    resid = [yi - (m * xi + b) for xi, yi in zip(x, y)]
    return m * b + sum(r**2 for r in resid)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def kde(x, t):
    """Densities in a dict."""
    grid = [0.1 * k for k in range(10)]
    dens = {g: sum(math.exp(-0.5 * ((g - v) / t) ** 2) for v in x) / (len(x) * t) for g in grid}
    return max(dens.values()) + sum((k * v for k, v in dens.items()))


@program(args=lambda: (uniform(5),))
def em(x):
    """Two mixtures, three steps."""
    mus = [x[0], x[1]]
    ws = [0.5, 0.5]
    for _ in range(3):
        resp = []
        for v in x:
            ps = [w * math.exp(-((v - m) ** 2)) for w, m in zip(ws, mus)]
            tot = sum(ps)
            resp.append([p / tot for p in ps])
        nk = [sum(r[k] for r in resp) for k in range(2)]
        mus = [sum((r[k] * v for r, v in zip(resp, x))) / nk[k] for k in range(2)]
        ws = [n / len(x) for n in nk]
    return mus[0] * ws[1] + mus[1]


class Sequential:
    """Used by the next program."""

    def __init__(self, *layers):
        self.layers = list(layers)

    def __call__(self, h):
        for l in self.layers:
            h = l(h)
        return h


class Dense:
    """Used by the next program."""

    def __init__(self, W, b, act=None):
        self.W = W
        self.b = b
        self.act = act or (lambda v: v)

    def __call__(self, h):
        return self.act(self.W @ h + self.b)


@program(args=lambda: (uniform(3, 3), uniform(5)), argnums=(0, 1))
def mlp(A, x):
    """Callable layers in a list."""
    net = Sequential(Dense(A, x[:3], np.tanh), Dense(A.T, x[1:4]), lambda h: h * 2)
    return np.sum(net(x[2:]) ** 2)


@program(args=lambda: (uniform(3, 3), uniform(5)), argnums=(0, 1))
def params_tree(A, x):
    """A dict of dicts of parameters."""
    params = {"l1": {"W": A, "b": x[:3]}, "l2": {"W": A * 2, "b": x[1:4]}}

    def forward(p, h):
        for name in sorted(p):
            h = np.tanh(p[name]["W"] @ h + p[name]["b"])
        return h

    reg = sum(np.sum(w**2) for layer in params.values() for w in layer.values())
    return np.sum(forward(params, x[2:])) + 0.01 * reg


@program(args=lambda: (uniform(3, 3), uniform(5)), argnums=(0, 1))
def attention(A, x):
    """Scores appended and stacked."""
    q, k, v = (A @ x[:3], A.T @ x[1:4], A)
    scores = [q[i] * k / np.sqrt(3) for i in range(3)]
    out = []
    for s in scores:
        w = np.exp(s - np.max(s))
        w = w / np.sum(w)
        out.append(w @ v)
    return np.sum(np.stack(out) ** 2)


@program(args=lambda: (uniform(5),))
def adam(x):
    """An optimiser with its state in a dict."""
    state = {"m": np.zeros(5), "v": np.zeros(5), "t": 0}
    w = x * 1.0

    def grad_fn(w):
        return 2 * w + np.sin(w)

    for _ in range(3):
        g = grad_fn(w)
        state["t"] += 1
        state["m"] = 0.9 * state["m"] + 0.1 * g
        state["v"] = 0.99 * state["v"] + 0.01 * g**2
        mh = state["m"] / (1 - 0.9 ** state["t"])
        vh = state["v"] / (1 - 0.99 ** state["t"])
        w = w - 0.1 * mh / (np.sqrt(vh) + 1e-08)
    return np.sum(w**2)


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def loss_registry(x, y):
    """Losses by name."""
    LOSSES = {
        "mse": lambda p, t: (p - t) ** 2,
        "mae": lambda p, t: abs(p - t),
        "huber": lambda p, t: 0.5 * (p - t) ** 2 if abs(p - t) < 0.1 else 0.1 * (abs(p - t) - 0.05),
    }
    return sum(
        (
            w * sum((LOSSES[n](p, t) for p, t in zip(x, y)))
            for n, w in {"mse": 1.0, "huber": 0.5}.items()
        )
    )


@program(args=lambda: (uniform(5),))
def early_stop(x):
    """Stops when nothing gets better."""
    best, patience, wait = (float("inf"), 2, 0)
    w = x[0]
    hist = []
    for epoch in range(10):
        loss = (w - x[1]) ** 2 + 0.1 * w
        hist.append(loss)
        if loss < best - 0.001:
            best, wait = (loss, 0)
        else:
            wait += 1
            if wait >= patience:
                break
        w -= 0.3 * (2 * (w - x[1]) + 0.1)
    return best + sum(hist) / len(hist)


@program(args=lambda: (uniform(5),))
def kmeans(x):
    """Groups as lists."""
    cents = [x[0], x[4]]
    for _ in range(3):
        groups = [[] for _ in cents]
        for v in x:
            d = [abs(v - c) for c in cents]
            groups[d.index(min(d))].append(v)
        cents = [sum(g) / len(g) if g else c for g, c in zip(groups, cents)]
    return cents[0] * 2 + cents[1] ** 2


@program(args=lambda: (uniform(5),))
def tree_ensemble(x):
    """A decision tree of closures."""

    def leaf(v):
        return lambda z: v

    def node(i, th, l, r):
        return lambda z: l(z) if z[i] < th else r(z)

    t = node(0, 0.9, node(1, 1.0, leaf(x[2]), leaf(x[3] * 2)), leaf(x[4] ** 2))
    return t(x)


@program(args=lambda: (uniform(5),))
def irr(x):
    """Newton with an early break."""
    r = 0.1
    cfs = [-3.0, *x]
    for _ in range(20):
        f = sum((c / (1 + r) ** k for k, c in enumerate(cfs)))
        df = sum((-k * c / (1 + r) ** (k + 1) for k, c in enumerate(cfs)))
        step = f / df
        r -= step
        if abs(step) < 1e-12:
            break
    return r


@program(args=lambda: (0.7, 0.9), argnums=(0, 1))
def binomial(a, b):
    """An option by backward induction on a list."""
    n = 5
    dt = 1 / n
    u = math.exp(b * math.sqrt(dt))
    d = 1 / u
    p = (math.exp(0.05 * dt) - d) / (u - d)
    v = [max(a * u**j * d ** (n - j) - 0.4, 0.0) for j in range(n + 1)]
    while len(v) > 1:
        v = [math.exp(-0.05 * dt) * (p * up + (1 - p) * dn) for dn, up in zip(v, v[1:])]
    return v[0]


@program(args=lambda: (uniform(5),))
def portfolio(x):
    """A named tuple made in the function."""
    Position = namedtuple("Position", "w r")
    ps = [Position(w, r) for w, r in zip([0.2, 0.3, 0.5], x)]
    return sum(p.w * p.r for p in ps) - 0.5 * sum(p.w**2 * q.r for p in ps for q in ps)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def schedule(x, t):
    """Records appended until paid."""
    balance, paid = (10.0 * x[0], [])
    for month in range(1, 7):
        interest = balance * t / 12
        pay = min(x[1] * 3, balance + interest)
        balance += interest - pay
        paid.append({"m": month, "i": interest, "p": pay})
        if balance <= 0:
            break
    return sum(r["i"] * r["m"] for r in paid) + balance


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def lcs_soft(x, y):
    """A table of lists."""
    n, m = (len(x), len(y))
    D = [[0.0] * (m + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            sim = math.exp(-((x[i - 1] - y[j - 1]) ** 2))
            D[i][j] = max(D[i - 1][j], D[i][j - 1], D[i - 1][j - 1] + sim)
    return D[n][m]


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def dtw(x, y):
    """A table as a dict with pairs as keys."""
    inf = float("inf")
    D = {(-1, -1): 0.0}
    for i in range(len(x)):
        for j in range(len(y)):
            c = (x[i] - y[j]) ** 2
            D[i, j] = c + min(
                D.get((i - 1, j), inf), D.get((i, j - 1), inf), D.get((i - 1, j - 1), inf)
            )
    return D[len(x) - 1, len(y) - 1]


@program(args=lambda: (uniform(5),))
def knapsack(x):
    """The best value for each capacity."""
    w = [2, 3, 4, 1]
    cap = 6
    best = [0.0] * (cap + 1)
    for wi, v in zip(w, x):
        for c in range(cap, wi - 1, -1):
            best[c] = max(best[c], best[c - wi] + v)
    return best[cap]


@program(args=lambda: (uniform(5),))
def viterbi(x):
    """Dicts made anew at each step."""
    states = ("rain", "sun")
    trans = {"rain": {"rain": 0.7, "sun": 0.3}, "sun": {"rain": 0.4, "sun": 0.6}}
    V = {s: x[k] for k, s in enumerate(states)}
    for obs in x[2:]:
        V = {
            s: max(V[p] * trans[p][s] for p in states) * (obs if s == "sun" else 1.5 - obs)
            for s in states
        }
    return max(V.values()) + sum(V.values())


@program(args=lambda: (uniform(5),))
def dijkstra(x):
    """Shortest paths with a heap."""
    graph = {
        "a": [("b", x[0]), ("c", x[1] * 3)],
        "b": [("c", x[2]), ("d", x[3] * 4)],
        "c": [("d", x[4])],
        "d": [],
    }
    dist = {"a": 0.0}
    heap = [(0.0, "a")]
    while heap:
        d, u = heapq.heappop(heap)
        if d > dist[u]:
            continue
        for v, w in graph[u]:
            nd = d + w
            if v not in dist or nd < dist[v]:
                dist[v] = nd
                heapq.heappush(heap, (nd, v))
    return dist["d"]


@program(args=lambda: (uniform(5),))
def matchain(x):
    """A cached recursion."""

    @functools.cache
    def cost(i, j):
        if i == j:
            return 0.0
        return min(cost(i, k) + cost(k + 1, j) + x[i] * x[k] * x[j] for k in range(i, j))

    return cost(0, 3)


@program(args=lambda: (uniform(5),))
def lru_fib(x):
    """A recursion with its own cache."""
    cache = {0: x[0], 1: x[1]}

    def fib(n):
        if n in cache:
            return cache[n]
        r = fib(n - 1) * 0.5 + fib(n - 2)
        cache[n] = r
        return r

    return fib(7)


@program(args=lambda: (uniform(5),))
def topo(x):
    """A graph visited in depth."""
    deps = {"c": ["a", "b"], "b": ["a"], "a": []}
    vals = {}

    def visit(n):
        if n in vals:
            return vals[n]
        vals[n] = x[ord(n) - ord("a")] + sum(visit(d) * 0.5 for d in deps[n])
        return vals[n]

    return visit("c")


@program(args=lambda: (uniform(5),))
def fir(x):
    """A filter with a deque."""
    taps = [0.2, 0.3, 0.5]
    buf = deque([0.0] * 3, maxlen=3)
    out = []
    for v in x:
        buf.appendleft(v)
        out.append(sum((t * b for t, b in zip(taps, buf))))
    return sum(o * o for o in out)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1))
def biquad(x, t):
    """A recursive filter with swapped states."""
    b0, b1, b2, a1, a2 = (t, 0.2, 0.1, -0.3, 0.05)
    x1 = x2 = y1 = y2 = 0.0
    ys = []
    for v in x:
        y = b0 * v + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
        x2, x1 = (x1, v)
        y2, y1 = (y1, y)
        ys.append(y)
    return np.dot(ys, ys)


@program(args=lambda: (uniform(5),))
def fft_rec(x):
    """The recursive transform on lists."""

    def fft(a):
        n = len(a)
        if n == 1:
            return a
        e, o = (fft(a[::2]), fft(a[1::2]))
        tw = [
            complex(math.cos(-2 * math.pi * k / n), math.sin(-2 * math.pi * k / n)) * o[k]
            for k in range(n // 2)
        ]
        return [p + q for p, q in zip(e, tw)] + [p - q for p, q in zip(e, tw)]

    F = fft([complex(v) for v in x[:4]])
    return sum((abs(c) ** 2 * k for k, c in enumerate(F)))


@program(args=lambda: (uniform(5),))
def runlength(x):
    """Lists of rising runs."""
    runs = []
    for v in x:
        if runs and runs[-1][-1] < v:
            runs[-1].append(v)
        else:
            runs.append([v])
    return sum(len(r) * sum(r) for r in runs)


class Vec:
    """Used by the next program."""

    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = (x, y)

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __iter__(self):
        yield self.x
        yield self.y

    def dot(self, o):
        return self.x * o.x + self.y * o.y

    def __abs__(self):
        return math.hypot(self.x, self.y)


@program(args=lambda: (uniform(5),))
def vec(x):
    """A class with operators that can be unpacked."""
    a, b = (Vec(x[0], x[1]), Vec(x[2], x[3]))
    c = a + 2 * b
    p, q = c
    return c.dot(a) + p * q + abs(c)


@program(args=lambda: (uniform(5),))
def sumvec(x):
    """Instances added up by reduce."""
    vs = [Vec(x[i], x[i + 1]) for i in range(4)]
    tot = functools.reduce(operator.add, vs)
    return tot.dot(vs[0]) + sum(v.x for v in vs)


class Node:
    """Used by the next program."""

    def __init__(self, val, left=None, right=None):
        self.val, self.left, self.right = (val, left, right)


@program(args=lambda: (uniform(5),))
def bst(x):
    """A tree of objects built by recursion."""

    def insert(n, v):
        if n is None:
            return Node(v)
        if v < n.val:
            n.left = insert(n.left, v)
        else:
            n.right = insert(n.right, v)
        return n

    def total(n, d):
        if n is None:
            return 0.0
        return n.val * d + total(n.left, d + 1) + total(n.right, d + 1)

    root = None
    for v in x:
        root = insert(root, v)
    return total(root, 1)


class Solver:
    """Used by the next program."""

    METHODS = {"euler": "step_euler", "mid": "step_mid"}

    def __init__(self, f, method="euler"):
        self.f, self.step = (f, getattr(self, self.METHODS[method]))

    def step_euler(self, y, h):
        return y + h * self.f(y)

    def step_mid(self, y, h):
        return y + h * self.f(y + 0.5 * h * self.f(y))

    def run(self, y, n):
        for _ in range(n):
            y = self.step(y, 0.1)
        return y


@program(args=lambda: (uniform(5),))
def solver(x):
    """A method kept in an attribute, found by name."""
    return Solver(lambda y: -y * x[0], "mid").run(x[1], 3) + Solver(np.sin).run(x[2], 2)


@program(args=lambda: (uniform(5),))
def decorator(x):
    """A decorator inside of the function."""

    def twice(f):

        def inner(*args, **kw):
            return f(f(*args, **kw))

        return inner

    @twice
    def g(v, k=2.0):
        return v * k * x[0]

    return g(x[1]) + twice(np.sin)(x[2])


@program(args=lambda: (uniform(5),))
def kwargs(x):
    """Keywords from a dict, and the rest of them."""

    def model(v, *, a=1.0, b=0.0, **rest):
        return a * v + b + sum(rest.values())

    cfg = {"a": x[0], "b": x[1]}
    return model(x[2], **cfg) * model(x[3], a=2.0, c=x[4])


@program(args=lambda: (uniform(5),))
def strcmd(x):
    """A stack machine driven by text."""
    prog = "push 0; push 1; mul; push 2; add"
    st = []
    for line in prog.split(";"):
        op, *args = line.split()
        if op == "push":
            st.append(x[int(args[0])])
        else:
            b, a = (st.pop(), st.pop())
            st.append(a * b if op == "mul" else a + b)
    return st[-1]


@program(args=lambda: (uniform(5),))
def nested_fn_list(x):
    """A pipeline of lists."""
    pipeline = [lambda v: [u * u for u in v], lambda v: [u + 1 for u in v], sum]
    r = list(x)
    for f in pipeline:
        r = f(r)
    return r


@program(args=lambda: (uniform(5),))
def max_key_dict(x):
    """The key with the largest value."""
    d = {"a": x[0], "b": x[1], "c": x[2]}
    k = max(d, key=lambda n: d[n])
    return d[k] ** 2


@program(args=lambda: (uniform(5),))
def accum_tuple(x):
    """A tuple folded by reduce."""
    lo, hi, tot = functools.reduce(
        lambda acc, v: (min(acc[0], v), max(acc[1], v), acc[2] + v), x, (9.0, -9.0, 0.0)
    )
    return (hi - lo) * tot


@program(args=lambda: (uniform(3, 3), uniform(5)), argnums=(0, 1))
def matrix_np(A, x):
    """Rows and columns as lists of arrays."""
    rows = [row / np.sum(row) for row in A]
    M = np.array(rows)
    cols = [M[:, j] for j in range(3)]
    return np.sum(np.stack(cols) @ x[:3]) + sum((c @ r for c, r in zip(cols, rows)))


@program(args=lambda: (uniform(5),))
def concat_loop(x):
    """An array that grows."""
    out = np.array([])
    for k in range(3):
        out = np.concatenate([out, x[k : k + 2] * k])
    return np.sum(out**2)
