import numpy as np


def p13_complex_recursion_grad(rho, h, omega):
    """Cotangents with respect to rho, h, omega of p13_complex_recursion.

    Assumes rho: float64[n], h: float64[m], omega: float.
    """
    tape = []
    t = 1j * omega
    t2 = rho[-1]
    z = np.sqrt(t * t2)
    t3 = len(h) - 1
    z2 = z
    for j in range(t3, -1, -1):
        rho_j = rho[j]
        t4 = t / rho_j
        k = np.sqrt(t4)
        zj = k * rho_j
        t5 = zj + z2
        t6 = (zj - z2) / t5
        t7 = np.exp(-2.0 * k * h[j])
        r = t6 * t7
        z2 = zj * (1.0 - r) / (1.0 + r)
        tape.append((t4, k, t6, t5, t7, z2))
    t4 = abs(z2)
    t5 = t4 ** 2 / omega

    # reverse sweep
    # thirteen.py  return abs(z) ** 2 / omega + np.angle(z)
    z_bar = complex(-0.0, -1.0) / z2 + np.conj(z2) * (2 * t4 * (1.0 / omega)) / (t4 + (t4 == 0))
    h_bar = np.zeros_like(h)
    rho_bar = np.zeros_like(rho)
    t4 = 0.0
    for j in reversed(range(t3, -1, -1)):
        t6, k, t7, t8, t9, z3 = tape.pop()
        r = t7 * t9    # thirteen.py  z = zj * (1.0 - r) / (1.0 + r)
        t10 = 1.0 + r
        t11 = z_bar / t10
        rho_j = rho[j]
        zj = k * rho_j
        r_bar = -z3 * z_bar / t10 - zj * t11
        t10 = t9 * r_bar    # thirteen.py  r = (zj - z) / (zj + z) * np.exp(-2.0 * k * h[j])
        t9 *= t7 * r_bar
        h_bar[j] += np.real(-2.0 * k * t9)
        t12 = t10 / t8
        t7 = -t7 * t10 / t8
        zj_bar = (1.0 - r) * t11 + t7
        zj_bar += t12
        z_bar = t7 - t12
        k_bar = -2.0 * (h[j] * t9) + rho_j * zj_bar    # thirteen.py  zj = k * rho[j]
        t7 = 0.5 * k_bar / k    # thirteen.py  k = np.sqrt(1j * omega / rho[j])
        rho_bar[j] += np.real(k * zj_bar) + np.real(-t6 * t7 / rho_j)
        t4 += t7 / rho_j
    t3 = 0.5 * z_bar / z    # thirteen.py  z = np.sqrt(1j * omega * rho[-1])
    rho_bar[-1] += np.real(t * t3)
    omega_bar = -t5 / omega + np.real(1j * (t4 + t2 * t3))
    return t5 + np.angle(z2), rho_bar, h_bar, omega_bar
