import numpy as np


def p13_complex_recursion_grad(rho, h, omega):
    """Cotangents with respect to rho, h, omega of p13_complex_recursion.

    Assumes rho: float64[n], h: float64[m], omega: float.
    """
    tape_k = []
    t = 1j * omega
    t2 = rho[-1]
    z = np.sqrt(t * t2)
    t3 = len(h) - 1
    z2 = z
    for j in range(t3, -1, -1):
        rho_j = rho[j]
        k = np.sqrt(t / rho_j)
        zj = k * rho_j
        t4 = np.exp(-2.0 * k * h[j])
        r = (zj - z2) / (zj + z2) * t4
        tape_k.append((k, z2, t4))
        z2 = zj * (1.0 - r) / (1.0 + r)
    t4 = abs(z2)
    t5 = t4 ** 2 / omega

    # reverse sweep
    # thirteen.py  return abs(z) ** 2 / omega + np.angle(z)
    z_bar = complex(-0.0, -1.0) / z2 + np.conj(z2) * (2 * t4 * (1.0 / omega)) / (t4 + (t4 == 0))
    h_bar = np.zeros_like(h)
    rho_bar = np.zeros_like(rho)
    t4 = 0.0
    for j in reversed(range(t3, -1, -1)):
        k, z3, t6 = tape_k.pop()
        rho_j = rho[j]    # thirteen.py  z = zj * (1.0 - r) / (1.0 + r)
        zj = k * rho_j
        t7 = zj + z3
        t8 = (zj - z3) / t7
        r = t8 * t6
        t9 = 1.0 + r
        t10 = z_bar / t9
        t11 = 1.0 - r
        z3 = zj * t11 / t9
        r_bar = -z3 * z_bar / t9 - zj * t10
        t9 = t6 * r_bar    # thirteen.py  r = (zj - z) / (zj + z) * np.exp(-2.0 * k * h[j])
        t6 *= t8 * r_bar
        h_bar[j] += np.real(-2.0 * k * t6)
        t12 = t9 / t7
        t7 = -t8 * t9 / t7
        zj_bar = t11 * t10 + t7
        zj_bar += t12
        z_bar = t7 - t12
        k_bar = -2.0 * (h[j] * t6) + rho_j * zj_bar    # thirteen.py  zj = k * rho[j]
        t6 = 0.5 * k_bar / k    # thirteen.py  k = np.sqrt(1j * omega / rho[j])
        rho_bar[j] += np.real(k * zj_bar) + np.real(-(t / rho_j) * t6 / rho_j)
        t4 += t6 / rho_j
    t3 = 0.5 * z_bar / z    # thirteen.py  z = np.sqrt(1j * omega * rho[-1])
    rho_bar[-1] += np.real(t * t3)
    omega_bar = -t5 / omega + np.real(1j * (t4 + t2 * t3))
    return t5 + np.angle(z2), rho_bar, h_bar, omega_bar
