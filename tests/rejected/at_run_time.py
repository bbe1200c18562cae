"""What plain Python raises reaches the user as that exception, with the user's own line."""

import dataclasses

import numpy as np

from tests.rejected import rejected


class TooLarge(Exception):
    """An exception of the user's."""


def inner(v):
    if v > 1.0:
        raise TooLarge(f"{v} is too large")  # raises at raise TooLarge(f"{v} is too large") -> TooLarge: 1.2 is too large
    return v


def read_only():
    """A vector that may not be written to."""
    x = np.ones(3)
    x.flags.writeable = False
    return (x,)


@rejected()
def shapes_do_not_match(x):
    y = np.ones(2)
    return np.sum(x * y)  # raises at x * y -> ValueError: operands could not be broadcast together with shapes (3,) (2,) 


@rejected()
def matrix_product_of_odd_shapes(x):
    return np.sum(np.ones((2, 2)) @ x)  # raises at np.ones((2, 2)) @ x -> ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size 3 is different from 2)


@rejected()
def index_out_of_range(x):
    return x[0] * x[3]  # raises at x[3] -> IndexError: index 3 is out of bounds for axis 0 with size 3


@rejected()
def too_many_indices(x):
    return x[0, 1]  # raises at x[0, 1] -> IndexError: too many indices for array: array is 1-dimensional, but 2 were indexed


@rejected(args=lambda: (1.0, 0.0))
def division_by_zero(a, b):
    return a / b  # raises at a / b -> ZeroDivisionError: float division by zero


@rejected()
def key_missing(x):
    table = {"a": x[0]}
    return table["b"]  # raises at table["b"] -> KeyError: 'b'


@rejected()
def assertion_fails(x):
    assert x[0] > 1.0, "x[0] must be above 1"  # raises at assert x[0] > 1.0, "x[0] must be above 1" -> AssertionError: x[0] must be above 1
    return x[0]


@rejected()
def own_exception_of_a_callee(x):
    return inner(x[0]) + inner(x[1])


@rejected()
def singular_matrix(x):
    return np.sum(np.linalg.solve(np.zeros((3, 3)), x))  # raises at np.linalg.solve(np.zeros((3, 3)), x) -> LinAlgError: Singular matrix


@rejected(args=lambda: (-1.0,))
def outside_of_the_domain(v):
    import math

    return math.sqrt(v)  # raises at math.sqrt(v) -> ValueError: math domain error


@rejected()
def name_misspelt(x):
    total = np.sum(x)
    return totl * 2.0 + total  # raises at totl -> NameError: name 'totl' is not defined. Did you mean: 'total'?


@rejected()
def function_misspelt(x):
    return np.summ(x)  # raises at np.summ -> AttributeError: module 'numpy' has no attribute 'summ'. Did you mean: 'sum'?


@rejected()
def attribute_misspelt(x):
    return x.siize * x[0]  # raises at x.siize -> AttributeError: 'numpy.ndarray' object has no attribute 'siize'. Did you mean: 'size'?


@rejected()
def variable_without_value(x):
    if x[0] > 100.0:
        factor = 2
    y = x * factor  # raises at x * factor -> UnboundLocalError: cannot access local variable 'factor' where it is not associated with a value
    return np.sum(y)


@rejected()
def argument_missing(x):
    def f(a, b):
        return a * b

    return f(x[0])  # raises at f(x[0]) -> TypeError: f() missing 1 required positional argument: 'b'


@rejected()
def keyword_misspelt(x):
    def f(alpha):
        return alpha * 2.0

    return f(alfa=x[0])  # raises at f(alfa=x[0]) -> TypeError: f() got an unexpected keyword argument 'alfa'


@rejected()
def number_called(x):
    y = x[0]
    return y(2.0)  # raises at y(2.0) -> TypeError: 'numpy.float64' object is not callable


@rejected()
def number_iterated_over(x):
    for _ in x[0]:  # raises at for _ in x[0]: -> TypeError: 'numpy.float64' object is not iterable
        pass
    return x[0]


@rejected()
def too_many_values(x):
    a, b = x[0], x[1], x[2]  # raises at a, b -> ValueError: too many values to unpack (expected 2)
    return a * b


@rejected()
def no_number_in_a_text(x):
    return float("many") * x[0]  # raises at float("many") -> ValueError: could not convert string to float: 'many'


@rejected()
def complex_into_real(x):
    x[0] = 1j  # raises at x[0] -> TypeError: cannot store a complex number in an array of float64
    return x[0]


@rejected()
def float_into_int(x):
    a = np.zeros(3, int)
    a += x  # raises at a += x -> TypeError: cannot cast the result of += from float64 to int64
    return a[0] * x[0]


@rejected(args=read_only)
def read_only_argument(x):
    x[0] = 2.0  # raises at x[0] -> ValueError: assignment destination is read-only
    return np.sum(x)


@rejected()
def missing_module(x):
    import surely_not_installed  # raises at import surely_not_installed -> ModuleNotFoundError: No module named 'surely_not_installed'

    return surely_not_installed.f(x)


@dataclasses.dataclass(frozen=True)
class Frozen:
    """May not be changed."""

    size: float


@rejected()
def frozen_object_changed(x):
    box = Frozen(x[0])
    box.size = x[1]  # raises at box.size -> FrozenInstanceError: cannot assign to field 'size'
    return box.size
