"""Programs from science and engineering."""

import math

import numpy as np

from tests.zoo import program, uniform


def lotka_volterra(y, p):
    """Right-hand side of the predator-prey system."""
    return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - p[3] * y[1]])


@program(args=lambda: (uniform(2), uniform(4)), argnums=(0, 1), tags=("second",))
def runge_kutta(y, p):
    """The classical Runge-Kutta method."""
    h = 0.1
    for _ in range(5):
        k1 = lotka_volterra(y, p)
        k2 = lotka_volterra(y + 0.5 * h * k1, p)
        k3 = lotka_volterra(y + 0.5 * h * k2, p)
        k4 = lotka_volterra(y + h * k3, p)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(y**2)


@program(args=lambda: (0.4, 0.1, uniform(5)), argnums=(0, 1, 2))
def kalman_filter(q, r, z):
    """The log likelihood of a scalar random walk."""
    m, P = 0.0, 1.0
    loglik = 0.0
    for measured in z:
        P = P + q
        S = P + r
        innovation = measured - m
        loglik -= 0.5 * (math.log(2.0 * math.pi * S) + innovation**2 / S)
        K = P / S
        m += K * innovation
        P *= 1.0 - K
    return loglik


@program(args=lambda: (uniform(2, 2), uniform(4, 2, seed=2)), argnums=(0, 1))
def kalman_filter_matrices(A, z):
    """The same with matrices and a Joseph-free update."""
    x = np.zeros(2)
    P = np.eye(2)
    H = np.array([[1.0, 0.5], [0.0, 1.0]])
    R = 0.3 * np.eye(2)
    cost = 0.0
    for k in range(len(z)):
        x = A @ x
        P = A @ P @ A.T + 0.1 * np.eye(2)
        S = H @ P @ H.T + R
        v = z[k] - H @ x
        K = P @ H.T @ np.linalg.inv(S)
        cost += v @ np.linalg.solve(S, v) + np.log(np.linalg.det(S))
        x = x + K @ v
        P = (np.eye(2) - K @ H) @ P
    return cost


@program(args=lambda: (uniform(8), 0.3), argnums=(0, 1), tags=("second",))
def heat_equation(u, r):
    """Explicit diffusion with slices and fixed ends."""
    for _ in range(4):
        u[1:-1] = u[1:-1] + r * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(args=lambda: (uniform(4, 4), 0.2), argnums=(0, 1))
def heat_in_two_dimensions(u, r):
    """Five-point stencil, two buffers swapped."""
    v = u.copy()
    for _ in range(3):
        for i in range(1, 3):
            for j in range(1, 3):
                v[i, j] = u[i, j] + r * (
                    u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]
                )
        u, v = v, u
    return np.sum(u * u)


@program(args=lambda: (uniform(7), uniform(7, seed=1)), argnums=(0, 1))
def gauss_seidel(u, f):
    """A nonlinear Gauss-Seidel sweep: each update is used at once."""
    for _ in range(3):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i] * np.sin(u[i]))
    return np.sum(u**2)


@program(
    args=lambda: (uniform(4), uniform(5, low=3.0, high=4.0), uniform(4), uniform(5)),
    argnums=(0, 1, 2, 3),
)
def thomas_algorithm(a, b, c, d):
    """The tridiagonal solver, in place."""
    n = len(d)
    for i in range(1, n):
        w = a[i - 1] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    x = np.empty(n)
    x[-1] = d[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (d[i] - c[i] * x[i + 1]) / b[i]
    return np.sum(x**2)


@program(args=lambda: (0.6, 0.3), argnums=(0, 1), tags=("second",))
def kepler_equation(M, e):
    """Newton's method by `while` until the step is small."""
    E = M
    step = 1.0
    while abs(step) > 1e-10:
        step = (E - e * math.sin(E) - M) / (1.0 - e * math.cos(E))
        E -= step
    return E


@program(args=lambda: (uniform(3), 0.1, uniform(5, 3, seed=1) - 1.0), argnums=(0, 1))
def logistic_regression(w, b, X):
    """Negative log likelihood with labels from a rule."""
    loss = 0.0
    for i in range(X.shape[0]):
        z = np.dot(X[i], w) + b
        label = i % 2
        p = 1.0 / (1.0 + np.exp(-z))
        loss -= label * np.log(p) + (1 - label) * np.log(1.0 - p)
    return loss / len(X) + 0.01 * np.sum(w**2)


def mlp_parameters():
    """Two layers."""
    return [(uniform(2, 3) - 1.0, uniform(2)), (uniform(1, 2, seed=1), uniform(1, seed=2))]


@program(args=lambda: (mlp_parameters(), uniform(3, seed=3)), argnums=(0, 1), tags=("second",))
def multilayer_perceptron(params, x):
    """A list of (W, b) tuples."""
    h = x
    for W, b in params[:-1]:
        h = np.tanh(W @ h + b)
    W, b = params[-1]
    return np.sum((W @ h + b - 0.5) ** 2)


@program(args=lambda: (uniform(4, 3), np.array([0, 2, 1, 2])))
def softmax_cross_entropy(logits, labels):
    """Stable log softmax of a batch, gathered at the labels."""
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def sigmoid(x):
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


class LSTMCell:
    """A cell of long short-term memory."""

    def __init__(self, W, U, b):
        self.W, self.U, self.b = W, U, b
        self.n = len(b) // 4

    def __call__(self, x, state):
        """One step: the new (h, c)."""
        h, c = state
        z = self.W @ x + self.U @ h + self.b
        i, f, g, o = (z[k * self.n : (k + 1) * self.n] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c


@program(
    args=lambda: (LSTMCell(uniform(4, 2) - 1.0, uniform(4, 1), uniform(4)), uniform(3, 2)),
    argnums=(0, 1),
)
def lstm(cell, xs):
    """The cell run over a sequence."""
    state = (np.zeros(cell.n), np.zeros(cell.n))
    for x in xs:
        state = cell(x, state)
    h, c = state
    return np.sum(h * c)


@program(args=lambda: (uniform(3, 2), uniform(3, 2, seed=1), uniform(3)), argnums=(0, 1, 2))
def n_body(x, v, m):
    """Three bodies in the plane by leapfrog with in-place accelerations."""
    a = np.zeros_like(x)
    for _ in range(2):
        a[:] = 0.0
        for i in range(3):
            for j in range(i):
                d = x[j] - x[i]
                w = d / (d @ d + 0.1) ** 1.5
                a[i] += m[j] * w
                a[j] -= m[i] * w
        v += 0.05 * a
        x += 0.05 * v
    return 0.5 * np.sum(m * np.sum(v * v, axis=1)) + x[0, 1]


@program(args=lambda: (np.array([2.0, 0.7, 0.4, 0.1, 0.3]),), tags=("second",))
def levinson_durbin(r):
    """Reflection coefficients from autocorrelations."""
    a = np.zeros(len(r))
    tmp = np.zeros(len(r))
    a[0] = 1.0
    e = r[0]
    for k in range(1, len(r)):
        acc = 0.0
        for j in range(k):
            acc += a[j] * r[k - j]
        reflection = -acc / e
        for j in range(1, k):
            tmp[j] = a[j] + reflection * a[k - j]
        for j in range(1, k):
            a[j] = tmp[j]
        a[k] = reflection
        e *= 1.0 - reflection * reflection
    return e + np.sum(a**2)


@program(args=lambda: (uniform(3, 3) * 0.5,))
def matrix_exponential(A):
    """Taylor series with scaling and squaring."""
    B = A / 4.0
    term = np.eye(3)
    E = np.eye(3)
    for k in range(1, 8):
        term = term @ B / k
        E = E + term
    for _ in range(2):
        E = E @ E
    return np.sum(E * np.arange(9.0).reshape(3, 3))


@program(args=lambda: (100.0, 98.0, 0.05, 0.3), argnums=(0, 1, 2, 3))
def binomial_tree(S, K, r, sigma):
    """An American put on a binomial tree, backward in place."""
    n = 5
    dt = 1.0 / n
    up = np.exp(sigma * np.sqrt(dt))
    p = (np.exp(r * dt) - 1.0 / up) / (up - 1.0 / up)
    v = np.zeros(n + 1)
    for j in range(n + 1):
        v[j] = max(K - S * up ** (2 * j - n), 0.0)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            held = np.exp(-r * dt) * (p * v[j + 1] + (1.0 - p) * v[j])
            v[j] = max(held, K - S * up ** (2 * j - i))
    return v[0]


def normal_cdf(x):
    """The normal distribution function."""
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@program(args=lambda: (1.1, 1.0, 0.5, 0.03, 0.4), argnums=(0, 1, 2, 3, 4), tags=("second",))
def black_scholes(S, K, T, r, sigma):
    """The price of a call; its derivatives are the Greeks."""
    d1 = (math.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)
    return S * normal_cdf(d1) - K * math.exp(-r * T) * normal_cdf(d2)


@program(args=lambda: (uniform(2, 2), uniform(2, 3, seed=1), uniform(2)), argnums=(0, 1, 2))
def hidden_markov_forward(A, B, pi):
    """The scaled forward algorithm."""
    A = A / A.sum(axis=1, keepdims=True)
    B = B / B.sum(axis=1)[:, None]
    alpha = pi / np.sum(pi) * B[:, 0]
    loglik = 0.0
    for observed in (2, 0, 1, 1):
        scale = alpha.sum()
        loglik += np.log(scale)
        alpha = (alpha / scale) @ A * B[:, observed]
    return loglik + np.log(np.sum(alpha))


@program(args=lambda: (uniform(4, 4),))
def cheapest_path(cost):
    """Dynamic programming over a grid with `min`."""
    n, m = cost.shape
    D = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            if i == 0 and j == 0:
                D[i, j] = cost[0, 0]
            elif i == 0:
                D[i, j] = D[i, j - 1] + cost[i, j]
            elif j == 0:
                D[i, j] = D[i - 1, j] + cost[i, j]
            else:
                D[i, j] = min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1]) + cost[i, j]
    return D[-1, -1] ** 2


@program(args=lambda: (uniform(4), uniform(5, seed=1)), argnums=(0, 1))
def soft_dynamic_time_warping(x, y):
    """Soft alignment cost of two series."""
    n, m = len(x), len(y)
    R = np.full((n + 1, m + 1), 50.0)
    R[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = (x[i - 1] - y[j - 1]) ** 2
            s = np.exp(-R[i - 1, j]) + np.exp(-R[i, j - 1]) + np.exp(-R[i - 1, j - 1])
            R[i, j] = d - np.log(s)
    return R[n, m]


@program(args=lambda: (uniform(5, 5), uniform(2, 3, seed=1)), argnums=(0, 1))
def convolution_by_loops(image, kernel):
    """A valid 2-d convolution by four loops, then a nonlinearity."""
    kh, kw = kernel.shape
    h, w = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            for a in range(kh):
                for b in range(kw):
                    out[i, j] += image[i + a, j + b] * kernel[a, b]
    return np.sum(np.tanh(0.2 * out))


@program(args=lambda: (uniform(5, 5),))
def sobel_by_slices(image):
    """Edges by slices."""
    gx = image[1:-1, 2:] - image[1:-1, :-2] + 0.5 * (image[2:, 2:] - image[:-2, :-2])
    gy = image[2:, 1:-1] - image[:-2, 1:-1]
    return np.sum(np.sqrt(gx**2 + gy**2 + 0.01))


@program(args=lambda: (uniform(3, 5),))
def box_blur_in_place(image):
    """Rows are replaced while their neighbours still need them."""
    for row in image:
        left = row[0]
        for j in range(1, len(row) - 1):
            old = row[j]
            row[j] = (left + old + row[j + 1]) / 3.0
            left = old
    return np.sum(image**3)


@program(args=lambda: (uniform(2, 2, seed=3), uniform(6, 2)), argnums=(0, 1))
def k_means_objective(centres, points):
    """Each point takes its nearest centre; then one Lloyd step."""
    sums = np.zeros_like(centres)
    counts = [0, 0]
    cost = 0.0
    for p in points:
        d = np.sum((centres - p) ** 2, axis=1)
        k = int(np.argmin(d))
        cost += d[k]
        sums[k] += p
        counts[k] += 1
    for k, n in enumerate(counts):
        if n > 0:
            cost += np.sum((centres[k] - sums[k] / n) ** 2)
    return cost


@program(args=lambda: (0.8, 1.2, 0.2, uniform(4), uniform(4, seed=1)), argnums=(0, 1, 2, 3, 4))
def gaussian_process(length, amplitude, noise, x, y):
    """The log marginal likelihood with a squared exponential kernel."""
    d = x[:, None] - x[None, :]
    K = amplitude**2 * np.exp(-0.5 * (d / length) ** 2) + noise**2 * np.eye(len(x))
    L = np.linalg.cholesky(K)
    z = np.linalg.solve(L, y)
    return -0.5 * z @ z - np.sum(np.log(np.diag(L))) - 0.5 * len(x) * np.log(2.0 * np.pi)


@program(args=lambda: (1.0, 3.0), argnums=(0, 1))
def ode_with_event(height, speed):
    """A fall with drag until the ground, its moment interpolated."""
    dt, t = 0.05, 0.0
    y, v = height, speed
    for _ in range(200):
        v_new = v - dt * (9.81 + 0.1 * v * abs(v))
        y_new = y + dt * v_new
        if y_new < 0.0:
            t += dt * y / (y - y_new)
            break
        t += dt
        y, v = y_new, v_new
    return t


@program(args=lambda: (0.3, 2.0), argnums=(0, 1))
def adaptive_step(y, rate):
    """Euler with step doubling: accepted and refused steps."""
    t, h = 0.0, 0.5
    while t < 1.0:
        if t + h > 1.0:
            h = 1.0 - t
        full = y + h * rate * y * (1.0 - y)
        half = y + 0.5 * h * rate * y * (1.0 - y)
        half = half + 0.5 * h * rate * half * (1.0 - half)
        error = abs(full - half)
        if error > 0.01 and h > 0.1:
            h *= 0.5
            continue
        t += h
        y = 2.0 * half - full
    return y


@program(args=lambda: (uniform(5),))
def product_of_the_others(x):
    """Prefix and suffix products."""
    n = len(x)
    out = np.ones(n)
    p = 1.0
    for i in range(n):
        out[i] = p
        p *= x[i]
    p = 1.0
    for i in reversed(range(n)):
        out[i] *= p
        p *= x[i]
    return np.sum(np.sin(out))


@program(args=lambda: (uniform(4), uniform(4, seed=1), 1.3), argnums=(0, 1, 2))
def lagrange_interpolation(xs, ys, t):
    """The interpolating polynomial evaluated by double loop."""
    xs = xs + np.arange(4.0)
    s = 0.0
    for i in range(4):
        basis = 1.0
        for j in range(4):
            if j != i:
                basis *= (t - xs[j]) / (xs[i] - xs[j])
        s += ys[i] * basis
    return s


@program(args=lambda: (uniform(5), 2.3), argnums=(0, 1))
def linear_table_lookup(values, t):
    """Search the interval by `while`, then interpolate."""
    k = 0
    while k < len(values) - 2 and t > k + 1:
        k += 1
    w = t - k
    return (1.0 - w) * values[k] + w * values[k + 1] ** 2


@program(args=lambda: (uniform(6), uniform(3, seed=1)), argnums=(0, 1))
def autoregression(x, phi):
    """The conditional likelihood of an AR model with a variance."""
    p = len(phi)
    residuals = []
    for t in range(p, len(x)):
        prediction = sum(phi[k] * x[t - 1 - k] for k in range(p))
        residuals.append(x[t] - prediction)
    s2 = sum(r * r for r in residuals) / len(residuals)
    return 0.5 * len(residuals) * (np.log(s2) + 1.0)


@program(args=lambda: (uniform(3), 0.1), argnums=(0, 1), tags=("second",))
def gradient_descent_inside(x, rate):
    """Descent on Rosenbrock's function with its gradient written out."""
    for _ in range(3):
        g = np.zeros(3)
        g[:-1] += -0.4 * x[:-1] * (x[1:] - x[:-1] ** 2) - 0.2 * (1.0 - x[:-1])
        g[1:] += 0.2 * (x[1:] - x[:-1] ** 2)
        x = x - rate * g
    return np.sum((x[1:] - x[:-1] ** 2) ** 2 + 0.1 * (1.0 - x[:-1]) ** 2)


@program(args=lambda: (uniform(4), 0.05), argnums=(0, 1))
def adam_inside(x, rate):
    """Three steps of Adam in place."""
    m = np.zeros_like(x)
    v = np.zeros_like(x)
    for t in range(1, 4):
        g = 2.0 * (x - 0.3) + np.cos(x)
        m *= 0.9
        m += 0.1 * g
        v = 0.99 * v + 0.01 * g**2
        x -= rate * (m / (1.0 - 0.9**t)) / (np.sqrt(v / (1.0 - 0.99**t)) + 1e-8)
    return np.sum(x**2)


@program(args=lambda: (uniform(3, 2), uniform(2, 2), uniform(2, 2, seed=1)), argnums=(0, 1, 2))
def self_attention(x, Wq, Wk):
    """One head with a causal mask."""
    q, k = x @ Wq, x @ Wk
    scores = q @ k.T / np.sqrt(2.0)
    mask = np.tril(np.ones((3, 3))) > 0
    scores = np.where(mask, scores, -1e9)
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = e / np.sum(e, axis=-1, keepdims=True)
    return np.sum((weights @ x) ** 2)


@program(args=lambda: (uniform(2, 4), uniform(4, seed=1), uniform(4, seed=2)), argnums=(0, 1, 2))
def layer_norm(x, gain, bias):
    """Normalised rows with gain and bias."""
    mu = np.mean(x, axis=-1, keepdims=True)
    sd = np.sqrt(np.mean((x - mu) ** 2, axis=-1, keepdims=True) + 1e-5)
    return np.sum(((x - mu) / sd * gain + bias) ** 3)


@program(args=lambda: (0.4, 1.3, 0.3), argnums=(0, 1, 2), tags=("second",))
def pendulum_energy(theta, length, damping):
    """A damped pendulum by symplectic Euler, in a nested function with math."""

    def acceleration(angle, rate):
        return -9.81 / length * math.sin(angle) - damping * rate

    omega = 0.0
    for _ in range(10):
        omega += 0.05 * acceleration(theta, omega)
        theta += 0.05 * omega
    return 0.5 * (length * omega) ** 2 + 9.81 * length * (1.0 - math.cos(theta))


@program(args=lambda: (uniform(6), 0.4), argnums=(0, 1))
def wave_equation(u, c):
    """Three time levels that rotate."""
    old = u.copy()
    new = np.zeros_like(u)
    for _ in range(4):
        new[1:-1] = 2.0 * u[1:-1] - old[1:-1] + c**2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        new[0] = u[1]
        old, u, new = u, new, old
    return np.sum(u**2) + old[2]


@program(args=lambda: (uniform(5), uniform(5, seed=1)), argnums=(0, 1))
def upwind_transport(u, velocity):
    """The scheme's direction depends on the sign of the velocity."""
    velocity = velocity - 0.9
    for _ in range(2):
        new = u.copy()
        for i in range(5):
            if velocity[i] > 0:
                new[i] = u[i] - 0.2 * velocity[i] * (u[i] - u[i - 1])
            else:
                new[i] = u[i] - 0.2 * velocity[i] * (u[(i + 1) % 5] - u[i])
        u = new
    return np.sum(u**2)


@program(args=lambda: (uniform(6), 0.7), argnums=(0, 1))
def biquad_filter(x, q):
    """A recursive filter with a delay line in a list."""
    z = [0.0, 0.0]
    y = np.zeros_like(x)
    for n, v in enumerate(x):
        w = v - q * z[0] - 0.2 * q * z[1]
        y[n] = w + 0.5 * z[0] + 0.25 * z[1]
        z = [w, z[0]]
    return np.sum(y**2)


@program(args=lambda: (uniform(4), 2.2), argnums=(0, 1))
def cubic_spline(y, t):
    """Natural cubic spline: tridiagonal solve in lists, then evaluation."""
    n = len(y)
    c = [0.0] * n
    d = [0.0] * n
    for i in range(1, n - 1):
        m = 4.0 - c[i - 1]
        c[i] = 1.0 / m
        d[i] = (6.0 * (y[i + 1] - 2.0 * y[i] + y[i - 1]) - d[i - 1]) / m
    M = [0.0] * n
    for i in range(n - 2, 0, -1):
        M[i] = d[i] - c[i] * M[i + 1]
    k = min(int(t), n - 2)
    a, b = k + 1 - t, t - k
    return a * y[k] + b * y[k + 1] + ((a**3 - a) * M[k] + (b**3 - b) * M[k + 1]) / 6.0


@program(args=lambda: (uniform(3), uniform(3, 3, seed=2)), argnums=(0, 1))
def truss_energy(x, K):
    """A fixed-point iteration that stops at a tolerance or after too many steps."""
    u = np.zeros(3)
    for k in range(100):  # noqa: B007
        new = 0.2 * np.tanh(K @ u) + x
        change = np.max(np.abs(new - u))
        u = new
        if change < 1e-12:
            break
    else:
        raise RuntimeError(f"no convergence in {k} steps")
    return u @ u


@program(args=lambda: (uniform(4), uniform(3, seed=1)), argnums=(0, 1))
def beam_search_free_ctc(logits, w):
    """A recursion over two rows that change places, as in alignment losses."""
    previous = [0.0, 0.0, 0.0]
    for t in range(4):
        current = [0.0] * 3
        for s in range(3):
            stay = previous[s] * w[s]
            move = previous[s - 1] if s > 0 else 1.0
            current[s] = (stay + move) * logits[t]
        previous = current
    return previous[2] + previous[1] ** 2


@program(args=lambda: (uniform(3), 1.5, 0.4), argnums=(0, 1, 2))
def radioactive_chain(N, half_life, dt):
    """A decay chain in a list of isotopes with nested updates."""
    rates = [math.log(2.0) / (half_life * (k + 1)) for k in range(3)]
    amounts = list(N)
    for _ in range(4):
        decays = [r * a * dt for r, a in zip(rates, amounts)]  # noqa: B905
        for k, d in enumerate(decays):
            amounts[k] -= d
            if k + 1 < len(amounts):
                amounts[k + 1] += d
    return amounts[-1] + 0.5 * amounts[0]


@program(args=lambda: (0.2, 0.5, 0.1), argnums=(0, 1, 2))
def epidemic(beta, gamma, infected):
    """SIR with a lockdown that sets in above a threshold and a stop when it is over."""
    s, i = 1.0 - infected, infected
    peak = i
    locked = False
    for _ in range(60):
        locked = locked or i > 0.15
        contact = beta * 4.0 if locked else beta * 8.0
        new = contact * s * i * 0.2
        recovered = gamma * i * 0.2
        s -= new
        i += new - recovered
        peak = max(peak, i)
        if i < 0.02:
            break
    return peak + 1.0 - s


@program(args=lambda: (uniform(4, 2),))
def polygon(points):
    """Area and perimeter of a polygon with a wrap around."""
    area = 0.0
    perimeter = 0.0
    for k in range(len(points)):
        (x0, y0), (x1, y1) = points[k - 1], points[k]
        area += 0.5 * (x0 * y1 - x1 * y0)
        perimeter += math.hypot(x1 - x0, y1 - y0)
    return area**2 / perimeter


@program(args=lambda: (uniform(5),))
def continued_fraction(a):
    """Lentz-like evaluation from below and by convergents from above."""
    t = a[-1]
    for v in a[-2::-1]:
        t = v + 1.0 / t
    p0, p1, q0, q1 = 1.0, a[0], 0.0, 1.0
    for k in range(1, len(a)):
        p0, p1 = p1, a[k] * p1 + p0
        q0, q1 = q1, a[k] * q1 + q0
    return t * t + p1 / q1


@program(args=lambda: (uniform(3), uniform(3, seed=1)), argnums=(0, 1), tags=("nonscalar",))
def trajectory(x, v):
    """The whole path of an oscillator as the result."""
    path = np.zeros((4, 3))
    for k in range(4):
        path[k] = x
        v = v - 0.3 * np.sin(x)
        x = x + 0.3 * v
    return path


@program(args=lambda: (uniform(2), uniform(2, seed=1)), argnums=(0, 1), tags=("nonscalar",))
def residuals_of_a_model(p, t):
    """A list-built array of residuals, as for least squares."""
    out = []
    for s in np.concatenate([t, t + 1.0]):
        out.append(p[0] * math.exp(-p[1] * s) - 0.3 * s)
    return np.array(out)
