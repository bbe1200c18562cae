"""Cost and memory of a gradient over the number of loop steps: both must grow in proportion.

python -m benchmarks growth
"""

from __future__ import annotations

import time
import tracemalloc

import numpy as np

import s2s


def recurrence(x: np.ndarray, c: float) -> float:
    """``a[i] = c * tanh(a[i - 1]) + x[i]`` in place."""
    a = np.zeros(len(x))
    for i in range(1, len(x)):
        a[i] = c * np.tanh(a[i - 1]) + x[i]
    return a[-1]


def measure(n: int) -> tuple[float, float, float]:
    """Seconds of the primal, of the gradient, and peak bytes of the gradient, for ``n`` steps."""
    gradient = s2s.value_and_grad(recurrence, (0, 1))
    x = np.linspace(0.0, 1.0, n)
    gradient(x, 0.5)
    start = time.perf_counter()
    recurrence(x, 0.5)
    primal = time.perf_counter() - start
    start = time.perf_counter()
    gradient(x, 0.5)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    gradient(x, 0.5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return primal, seconds, float(peak)


def main() -> None:
    """Print a table; the columns per step must not grow."""
    print(f"{'steps':>8} {'gradient / primal':>18} {'us per step':>12} {'bytes per step':>15}")
    for n in (2_000, 20_000, 200_000):
        primal, seconds, peak = measure(n)
        print(f"{n:>8} {seconds / primal:>18.2f} {1e6 * seconds / n:>12.2f} {peak / n:>15.0f}")
