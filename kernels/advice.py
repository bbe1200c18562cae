"""What to write instead of functions that have no row."""

from __future__ import annotations

from collections.abc import Mapping

INSTEAD: Mapping[str, str] = {
    "np.roots": "solve for the roots you need with a Newton iteration",
    "np.poly1d": "use np.polyval with the array of coefficients",
    "np.polymul": "use np.convolve",
    "np.polydiv": "write the division as a loop",
    "np.nditer": "write loops over the indices",
    "np.ndenumerate": "use `for i in range(n)` for each axis",
    "np.ndindex": "use one `for i in range(n)` for each axis",
    "np.apply_over_axes": "give the function a tuple of axes",
    "np.unique_values": "use np.unique",
    "np.unique_counts": "use np.unique, and np.bincount for the counts",
    "np.histogram2d": "use np.searchsorted for both axes and np.bincount with weights",
    "np.histogramdd": "use np.searchsorted for each axis and np.bincount with weights",
    "np.trim_zeros": "slice the array",
    "np.real_if_close": "use np.real",
    "np.busday_count": "compute it before the function is called",
    "np.loadtxt": "read the file before the function is called",
    "np.load": "read the file before the function is called",
    "np.fromiter": "use np.array([...])",
    "np.frompyfunc": "write the loop, or np.array([f(v) for v in x])",
    "np.linalg.eigvalsh_tridiagonal": "use np.linalg.eigvalsh of the full matrix",
    "np.random.shuffle": "draw the order with rng.permutation before, and index with it",
    "np.random.seed": "make a generator with np.random.default_rng before the function is called",
    "np.random.default_rng": "make the generator before the function is called",
    "scipy.linalg.sqrtm": "use np.linalg.eigh: v * np.sqrt(w) @ v.T, if the matrix is symmetric",
    "scipy.linalg.logm": "use np.linalg.eigh: v * np.log(w) @ v.T, if the matrix is symmetric",
    "scipy.linalg.lu": "use scipy.linalg.lu_factor",
    "scipy.linalg.eigh": "use np.linalg.eigh",
    "scipy.linalg.eig": "use np.linalg.eig",
    "scipy.linalg.svd": "use np.linalg.svd",
    "scipy.linalg.qr": "use np.linalg.qr",
    "scipy.linalg.pinv": "use np.linalg.pinv",
    "scipy.linalg.lstsq": "use np.linalg.lstsq",
    "scipy.linalg.norm": "use np.linalg.norm",
    "scipy.integrate.quad": "use np.trapezoid on a grid, or write a Gauss rule",
    "scipy.integrate.trapezoid": "use np.trapezoid",
    "scipy.integrate.simpson": "write the weighted sum",
    "scipy.integrate.solve_ivp": "write the steps as a loop (Runge-Kutta)",
    "scipy.integrate.odeint": "write the steps as a loop (Runge-Kutta)",
    "scipy.optimize.minimize": "differentiate what is minimised, outside of the minimiser",
    "scipy.interpolate.interp1d": "use np.interp",
    "scipy.signal.convolve": "use np.convolve",
    "scipy.signal.convolve2d": "write shifted slices times the kernel's elements, or use np.fft.fft2",
    "scipy.ndimage.gaussian_filter": "write shifted slices times weights, or use np.convolve",
    "scipy.special.yn": "use scipy.special.yv",
    "scipy.special.kn": "use scipy.special.kv",
    "scipy.stats.norm.pdf": "write np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)",
}


def advice(name: str) -> str | None:
    """What to write instead of ``name``, None if nothing is known."""
    # private modules are not how a user calls it: scipy.linalg._basic.lstsq
    public = ".".join(part for part in name.split(".") if not part.startswith("_"))
    return INSTEAD.get(public)
