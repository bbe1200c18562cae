"""Complex values: inside real functions, as arguments, as results."""

import cmath

import numpy as np

from tests.zoo import complex_uniform, program, uniform


@program(args=lambda: (0.7, 1.2), argnums=(0, 1), tags=("complex", "second"))
def complex_inside(x, y):
    """Real parameters, complex arithmetic, a real result."""
    z = x + 1j * y
    w = (z * z + 1.0) / (z - 2.0j) * np.exp(1j * x)
    return abs(w) ** 2 + w.real * w.imag


@program(args=lambda: (complex_uniform(3),), tags=("complex",))
def complex_argument(z):
    """A function of a complex array that is not holomorphic."""
    return np.sum(np.abs(z) ** 2 * np.real(z)) + np.sum(np.imag(z * z))


@program(args=lambda: (0.8 + 0.6j, 0.5), argnums=(0, 1), tags=("complex",))
def complex_scalar(z, t):
    """Python's complex: attributes and methods."""
    w = z.conjugate() * t + z**2
    return w.real * w.imag + abs(z - t)


@program(args=lambda: (complex_uniform(3),), tags=("complex",))
def angle_and_modulus(z):
    """angle, abs, conj, polar form and back."""
    r, phi = np.abs(z), np.angle(z)
    w = r**0.5 * np.exp(0.5j * phi)
    return np.sum((w * np.conj(z)).real) + np.sum(phi * r)


@program(args=lambda: (0.7 + 0.4j,), tags=("complex",))
def cmath_functions(z):
    """The `cmath` module."""
    w = cmath.exp(z) + cmath.sqrt(z) * cmath.log(z) - cmath.sin(z) / cmath.cosh(z)
    return abs(w) + cmath.phase(w) * w.real


@program(args=lambda: (complex_uniform(3),), tags=("complex",))
def complex_elementwise(z):
    """Elementary functions of complex arrays."""
    w = np.sin(z) * np.exp(-z) + np.log(z) / np.sqrt(z) + np.tanh(z) + z ** (0.3 + 0.2j)
    return np.sum(w.real - 2.0 * w.imag)


@program(args=lambda: (complex_uniform(4),), tags=("complex",))
def complex_in_place(z):
    """Elements, real and imaginary parts written in place."""
    for k in range(1, 4):
        z[k] = z[k] * z[k - 1] + 1j
    z.real[1] = 2.0 * z.imag[2]
    z[:2] *= 1j
    return np.sum(np.abs(z) ** 2)


@program(
    args=lambda: (complex_uniform(2, 2), complex_uniform(2, seed=5)),
    argnums=(0, 1),
    tags=("complex",),
)
def complex_matrices(A, x):
    """`@`, conjugate transpose, vdot."""
    y = A @ x
    return np.vdot(y, y).real + np.sum(np.abs(A.conj().T @ A)) + (x @ y).imag


@program(args=lambda: (uniform(6),), tags=("complex",))
def fourier_by_hand(x):
    """The discrete Fourier transform by two loops, then a power spectrum."""
    n = len(x)
    power = 0.0
    for k in range(n):
        s = 0j
        for j in range(n):
            s += x[j] * cmath.exp(-2j * cmath.pi * k * j / n)
        power += k * abs(s) ** 2
    return power


@program(args=lambda: (uniform(8),), tags=("complex",))
def fourier_recursive(x):
    """The fast Fourier transform, recursive."""

    def fft(a):
        n = len(a)
        if n == 1:
            return a
        even, odd = fft(a[::2]), fft(a[1::2])
        t = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
        return np.concatenate([even + t, even - t])

    X = fft(x + 0j)
    return np.sum(np.abs(X) ** 2 * np.arange(8)) + X[3].imag


@program(args=lambda: (complex_uniform(2), 0.4), argnums=(0, 1), tags=("complex", "nonscalar"))
def complex_result(z, t):
    """A complex array as the result, not holomorphic."""
    return z * z * t + np.conj(z)[::-1]


@program(args=lambda: (0.3, -0.4), argnums=(0, 1), tags=("complex",))
def mandelbrot_escape(cr, ci):
    """A `while` on the modulus: a smooth escape measure."""
    c = complex(cr, ci)
    z = c
    n = 0
    while abs(z) < 2.0 and n < 5:
        z = z * z + c
        n += 1
    return n + abs(z) ** 2


@program(args=lambda: (0.9, 2.0), argnums=(0, 1), tags=("complex",))
def mandelbrot_that_escapes(cr, ci):
    """The same leaving early."""
    z = 0j
    for n in range(50):
        z = z * z + complex(cr, ci)
        if z.real**2 + z.imag**2 > 100.0:
            return n + np.log(np.log(abs(z)))
    return 0.0


@program(args=lambda: (complex_uniform(4), 1.3), argnums=(0, 1), tags=("complex",))
def durand_kerner_step(roots, a):
    """All roots of a polynomial at once; updates are used at once."""
    for _ in range(2):
        for i in range(4):
            p = roots[i] ** 4 - a
            for j in range(4):
                if j != i:
                    p /= roots[i] - roots[j]
            roots[i] -= 0.3 * p
    return np.sum(np.abs(roots) ** 2)


@program(args=lambda: (uniform(3), uniform(3, seed=1)), argnums=(0, 1), tags=("complex",))
def real_becomes_complex(r, x):
    """A name that is real at first and complex after the loop."""
    z = 1.0
    for k in range(3):
        z = r[k] + 1j * x[k] + 1.0 / z
    return np.abs(z) * np.angle(z)


@program(args=lambda: (uniform(5), 0.6), argnums=(0, 1), tags=("complex",))
def transfer_matrix(d, k):
    """Light through layers: products of complex 2x2 matrices."""
    M = np.eye(2, dtype=complex)
    for j, dj in enumerate(d):
        n = 1.0 + 0.3 * j
        phase = k * n * dj
        L = np.array(
            [[np.cos(phase), 1j * np.sin(phase) / n], [1j * n * np.sin(phase), np.cos(phase)]]
        )
        M = M @ L
    r = (M[0, 0] - M[1, 1]) / (M[0, 0] + M[1, 1] + 0.1)
    return np.abs(r) ** 2


@program(args=lambda: (0.7,), tags=("complex",))
def complex_through_containers(x):
    """Complex numbers in a list and in a dict."""
    zs = [complex(x, 1.0)]
    for k in range(3):
        zs.append(zs[-1] * 1j + x * k)
    d = {"a": zs[1], "b": zs[3].conjugate()}
    return (d["a"] * d["b"]).real
