import numpy as np


def mandelbrot_escape_grad(cr, ci):
    """Cotangents with respect to cr, ci of mandelbrot_escape.

    Assumes cr: float, ci: float.
    """
    tape_z = []
    c = complex(cr, ci)
    n = 0
    z = c
    trips = 0
    while abs(z) < 2.0 and n < 5:
        tape_z.append(z)
        z = z * z + c
        n += 1
        trips += 1
    t = abs(z)
    t2 = n + t ** 2

    # reverse sweep
    # complex_numbers.py  return n + abs(z) ** 2
    z_bar = np.conj(z) * (2 * t) / (t + (t == 0))
    c_bar = 0.0
    for _ in range(trips):
        z = tape_z.pop()
        c_bar += z_bar    # complex_numbers.py  z = z * z + c
        t = z * z_bar
        z_bar = t + t
    c_bar += z_bar
    return t2, np.real(c_bar), np.real(1j * c_bar)
