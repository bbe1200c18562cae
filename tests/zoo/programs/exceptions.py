"""try, except, else, finally; raise; assert."""

import math

import numpy as np

from tests.zoo import program, uniform


@program(args=lambda: (uniform(4), 6))
def index_error_ends_the_loop(x, n):
    """Reading past the end is how the loop notices it is done."""
    s = 0.0
    for i in range(n):
        try:
            s = s * 0.5 + x[i] * x[i + 1]
        except IndexError:
            s *= x[0]
            break
    return s


@program(args=lambda: ([0.8, -0.5, 1.1], 0.7), argnums=(0, 1))
def domain_error(xs, fallback):
    """math.sqrt of a negative number."""
    s = 0.0
    for v in xs:
        try:
            s += math.sqrt(v) * v
        except ValueError:
            s += fallback * v
    return s


@program(args=lambda: (0.9, 0.0), argnums=(0,), case="divides_by_zero")
@program(args=lambda: (0.9, 2.0), argnums=(0, 1), case="divides")
def zero_division(x, d):
    """Python's floats raise on division by zero."""
    try:
        y = x / d
    except ZeroDivisionError:
        y = x * x
    else:
        y *= 3.0
    return y * x


@program(args=lambda: (uniform(3), -1.0), case="raises")
@program(args=lambda: (uniform(3), 1.0), case="passes")
def finally_runs(x, t):
    """`finally` changes the array on both paths."""
    s = 1.0
    try:
        s *= x[0]
        if t < 0:
            raise ValueError("negative")
        s *= x[1]
    except ValueError:
        s += x[2]
    finally:
        x[0] *= 2.0
        s += x[0] ** 2
    return s * x[0]


class StepTooLarge(Exception):
    """Raised by the integrator below."""

    def __init__(self, size):
        super().__init__(size)
        self.size = size


def careful_step(x, h):
    """One Euler step, refused when it moves too far."""
    dx = h * x * x
    if dx > 0.5:
        raise StepTooLarge(dx)
    return x + dx


@program(args=lambda: (0.9,))
def exception_from_a_callee(x):
    """The callee raises, the caller halves the step and goes on; the exception carries a value."""
    h, t = 1.0, 0.0
    penalty = 0.0
    while t < 1.0:
        try:
            x = careful_step(x, h)
            t += h
        except StepTooLarge as error:
            h *= 0.5
            penalty += 0.1 * error.size
        if t + h > 1.2:
            break
    return x + penalty


@program(args=lambda: (uniform(4),))
def partial_effects(x):
    """Writes done before the failing operation stay."""
    total = 0.0
    for k in range(4):
        try:
            x[k] *= 2.0
            total += x[k]
            total *= [0.5, 0.7][k]
            x[k] += 100.0
        except IndexError:
            total += x[k] ** 2
    return total + x[3]


@program(args=lambda: ({"a": 0.7, "b": 1.2},))
def nested_tries(p):
    """A handler that itself tries; the inner one re-raises another."""
    s = 0.0
    for name in ("a", "c", "b", "d"):
        try:
            try:
                s += p[name] ** 2
            except KeyError:
                if name == "d":
                    raise ValueError(name) from None
                s *= p["a"]
        except ValueError:
            s -= p["b"]
    return s


@program(args=lambda: (uniform(3), 0.5), argnums=(0, 1))
def return_from_try(x, t):
    """`return` inside `try` runs the `finally` clause."""
    log = []
    for v in x:
        try:
            if v * t > 0.3:
                log.append(v)
                return v * t + len(log) * x[0]
        finally:
            x[0] += t
    return t


@program(args=lambda: (uniform(3), "2.5"))
def string_to_number(x, text):
    """float(...) of strings, one of them no number."""
    s = np.sum(x)
    for part in (text, "many", "3"):
        try:
            s *= float(part)
        except ValueError:
            s += x[1]
    return s


@program(args=lambda: (0.7,))
def several_handlers(x):
    """Which handler runs depends on the iteration."""
    s = x
    for k, d in enumerate([1.0, 0.0, "two", 4.0]):
        try:
            s += [x, x * x, x**3][k] / d
        except ZeroDivisionError:
            s *= 2.0
        except (TypeError, IndexError) as e:
            s = s - x if isinstance(e, TypeError) else s + x**4
    return s


@program(args=lambda: (uniform(3),))
def checked_arguments(x):
    """Assertions and raises that do not fire."""
    assert x.ndim == 1 and len(x) > 2, f"bad shape {x.shape}"
    if np.any(x < 0):
        raise ValueError(f"negative: {x.min()}")
    y = np.log(x)
    assert np.isfinite(y).all()
    return np.sum(y**2)


@program(args=lambda: (uniform(4), uniform(2, seed=1)), argnums=(0, 1))
def shape_mismatch_caught(x, y):
    """NumPy's own exception decides."""
    try:
        z = x * y
    except ValueError:
        z = x[:2] * y
    return np.sum(z**2)
