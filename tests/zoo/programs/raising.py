"""Exceptions that carry values, travel through callees, are raised again; context managers."""

import contextlib
import math
from dataclasses import dataclass

import numpy as np

from tests.zoo import program, uniform


class Failed(Exception):
    """Carries the value at which something failed."""

    def __init__(self, value, where="here"):
        super().__init__(value)
        self.value = value
        self.where = where


class FailedBadly(Failed):
    """A derived exception."""


@dataclass
class Diverged(Exception):
    """An exception that is a dataclass."""

    rate: float
    order: int = 2

    def size(self):
        """A method of an exception."""
        return self.rate**self.order

    @property
    def doubled(self):
        """A property of an exception."""
        return 2.0 * self.rate


def checked_sqrt(v):
    """Square root, or an exception that holds the square."""
    if v < 0.0:
        raise Failed(v * v, where="sqrt")
    return math.sqrt(v)


def through_two_calls(v):
    """Raises from two levels below; the handler between does not fit."""
    try:
        return 2.0 * checked_sqrt(v - 1.0)
    except KeyError:
        return 0.0


@program(args=lambda: (uniform(4),), tags=("second",))
def value_of_an_exception(x):
    """The handler reads an attribute that the callee two levels below has set."""
    s = 0.0
    for v in x:
        try:
            s += through_two_calls(v)
        except Failed as error:
            s -= 3.0 * error.value
    return s


@program(args=lambda: (uniform(4),))
def one_handler_for_several_classes(x):
    """What the handler does depends on the class of the exception."""
    s = x[0]
    for k in range(5):
        try:
            if k == 1:
                raise KeyError("no key")
            if k == 2:
                raise FailedBadly(x[1] * x[2])
            if k == 3:
                raise Diverged(x[3])
            s *= x[k]
        except Exception as error:
            if isinstance(error, Failed):
                s += error.value
            elif isinstance(error, (Diverged, TypeError)):
                s += error.size() * error.doubled
            elif isinstance(error, LookupError):
                s *= 0.5 if type(error).__name__ == "KeyError" else 2.0
    return s


@program(args=lambda: (uniform(3),))
def the_arguments_of_an_exception(x):
    """`args` and `str` of exceptions."""
    try:
        raise ValueError("too small", x[0] * x[1])
    except ValueError as error:
        message, value = error.args
    try:
        raise RuntimeError("singular")
    except RuntimeError as error:
        if str(error) == "singular" and f"{error}!" == "singular!" and message == "too small":
            value *= x[2]
    return value


@program(args=lambda: (uniform(3),))
def raised_again(x):
    """`raise` alone, `raise ... from`, and a handler around both."""
    s = 0.0
    for k in range(3):
        try:
            try:
                s += x[k] ** 2
                if k > 0:
                    raise Failed(x[k])
            except Failed as error:
                s *= error.value
                if k == 1:
                    raise
                raise RuntimeError("twice") from error
        except RuntimeError:
            s += x[0]
        except Failed as error:
            s += 2.0 * error.value
    return s


@program(args=lambda: (uniform(3),))
def caught_by_a_base_class(x):
    """LookupError catches IndexError and KeyError, ArithmeticError the errors of arithmetic."""
    table = {"a": x[0]}
    s = 1.0
    for k in range(5):
        try:
            s *= x[k] * table["a"]
        except LookupError:
            s += table["a"]
        try:
            s += 1.0 / (k - 1.0)
        except ArithmeticError:
            s *= x[1]
    try:
        s += math.exp(1000.0 * (2.0 + float(x[2])))
    except ArithmeticError:
        s *= x[2]
    return s


@program(args=lambda: (uniform(3), 1.0), case="regular")
@program(args=lambda: (uniform(3), 0.0), case="singular")
def singular_matrix(x, t):
    """LinAlgError of a matrix that may be singular."""
    a = np.array([[x[0], t], [0.0, t * x[1]]])
    try:
        return np.sum(np.linalg.solve(a, x[:2]))
    except np.linalg.LinAlgError:
        return np.sum(a**2) + x[2]


@program(args=lambda: (uniform(4),))
def finally_on_every_way_out(x):
    """`finally` after `return`, `break`, `continue`, an exception and the end of the body."""

    def scaled(v):
        t = 1.0
        try:
            for w in x:
                t = t * w + v
                if t > 2.0:
                    return t
        finally:
            x[0] += 0.1 * t
        return 0.5 * t

    s = 0.0
    for k in range(6):
        try:
            if k == 1:
                continue
            if k == 2:
                raise ValueError("k is 2")
            if k == 4:
                break
            s += scaled(x[k])
        except ValueError:
            s *= 2.0
        finally:
            s = s * x[1] + k
    return s


@program(args=lambda: (uniform(2),))
def finally_returns(x):
    """A `return` in `finally` ends an exception that a handler has raised."""

    def f():
        y = x[0] * x[1]
        try:
            raise ValueError("first")
        except ValueError:
            y *= 2.0
            raise KeyError("second") from None
        finally:
            return y * x[0]  # noqa: B012

    return f()


class Scaled:
    """Scales an array while it is entered; ends ValueErrors."""

    def __init__(self, array, factor):
        self.array, self.factor = array, factor
        self.failures = 0

    def __enter__(self):
        self.array *= self.factor
        return self

    def __exit__(self, kind, error, trace):
        self.array /= self.factor
        if kind is ValueError:
            self.failures += 1
            return True
        return False


@program(args=lambda: (uniform(3), 1.3), argnums=(0, 1))
def context_manager_of_a_class(x, factor):
    """`with`: an exception that `__exit__` ends, a `break` out of the block."""
    s = 0.0
    for k in range(4):
        with Scaled(x, factor) as scaled:
            s += np.sum(x**2)
            if k == 1:
                raise ValueError("ended by __exit__")
            s *= scaled.factor
            if k == 2:
                break
        s += scaled.failures * x[0]
    return s * x[1]


class Counted:
    """Counts how often it is entered, and how deep."""

    def __init__(self):
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        return self.depth

    def __exit__(self, *ignored):
        self.depth -= 1


@program(args=lambda: (uniform(2),))
def nested_contexts(x):
    """Two managers in one `with`, one of the standard library."""
    counted = Counted()
    with counted as outer, counted as inner, np.errstate(divide="ignore"):
        s = x[0] * outer + x[1] ** inner
        with contextlib.suppress(IndexError, KeyError), contextlib.nullcontext(x) as same:
            s *= same[1]
            s *= same[2]
    return s + counted.depth


@program(args=lambda: (uniform(3),))
def constructor_that_branches(x):
    """The `__init__` of an exception computes: a branch and a loop decide what it holds."""

    class_of_errors = Graded
    s = 0.0
    for v in x:
        try:
            raise class_of_errors(v)
        except Graded as error:
            s += error.grade
    return s


class Graded(Exception):
    """An exception with a grade."""

    def __init__(self, v):
        self.grade = 2.0 * v if v > 1.0 else v * v
        for _ in range(2):
            self.grade *= v


@program(args=lambda: (uniform(3),))
def assertion_caught(x):
    """An assertion that fails, and one that has a message."""
    s = x[0]
    try:
        assert x[1] > 5.0
    except AssertionError:
        s *= x[1]
    try:
        assert x[2] > 5.0, "x[2] is small"
    except AssertionError as error:
        s *= x[2] if "small" in str(error) else x[0]
    return s


@program(args=lambda: (0.9,))
def step_halved_until_it_fits(x):
    """Retry with what the exception says, at most ten times."""
    h, tries = 1.0, 0
    while True:
        try:
            if x * h > 0.3:
                raise Failed(h * x)
            break
        except Failed as error:
            h *= 0.5 * math.exp(-0.1 * error.value)
            tries += 1
            if tries > 10:
                raise
    return x * h + tries
