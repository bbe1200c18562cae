"""Types that do not meet, results and arguments that cannot be differentiated."""

import numpy as np

from tests.rejected import rejected


class Square:
    def __init__(self, size):
        self.size = size


class Disc:
    def __init__(self, radius):
        self.radius = radius


@rejected()
def number_or_text(x):
    if x[0] > 0.0:  # error at if x[0] > 0.0: -> `y` is a float64 on one path and 'none' on another; give each its own name, or make both the same type
        y = x[0]
    else:
        y = "none"
    return y * 2.0


@rejected()
def tuples_of_other_lengths(x):
    if x[0] > 0.0:  # error at if x[0] > 0.0: -> `y` is a tuple of 1 on one path and a tuple of 2 on another; give each its own name, or make both the same type
        y = (x[0],)
    else:
        y = (x[0], x[1])
    return y[0]


@rejected()
def objects_of_two_classes(x):
    shape = Square(x[0]) if x[1] > 1.0 else Disc(x[0])  # error at Square(x[0]) if x[1] > 1.0 else Disc(x[0]) -> this value is a Square on one path and a Disc on another; give each its own name, or make both the same type
    return x[0] if isinstance(shape, Square) else x[1]


@rejected()
def type_grows_in_a_loop(x):
    y = 0.0
    for v in x:  # error at for v in x: -> `y` is a float on one path and a tuple of 2 on another; give each its own name, or make both the same type
        y = (y, v)
    return x[0]


@rejected()
def number_and_text_added(x):
    return x[0] + "a"  # error at x[0] + "a" -> cannot add a float64 and a str; convert the text with float()


@rejected()
def none_added(x):
    return x[0] + None  # error at x[0] + None -> cannot add a float64 and None; test for None before


@rejected()
def texts_compared(x):
    return x[0] if x[0] < "a" else x[1]  # error at x[0] < "a" -> cannot compare a float64 and a str; convert the text with float()


@rejected()
def index_is_a_float(x):
    return x[1.5]  # error at x[1.5] -> an index must be an integer, a slice or an array of integers, not a float; convert it with int()


@rejected()
def index_is_a_text(x):
    return x["a"]  # error at x["a"] -> an index must be an integer, a slice or an array of integers, not a str; use integers


@rejected()
def array_of_objects(x):
    return np.array([x[0], None])[0]  # error at np.array([x[0], None]) -> `np.array` does not accept a float64, None; test for None before


@rejected()
def method_not_called(x):
    return 2.0 * x.sum  # error at 2.0 * x.sum -> the method `sum` is used as a value here; call it: add ()


@rejected()
def method_returned(x):
    return x.sum  # error at x.sum -> the function returns the method `sum`, which is not a value; call it: add ()


@rejected()
def vector_result(x):
    return 2.0 * x  # error at 2.0 * x -> `grad` needs one real number, but `vector_result` returns float64[n]; use `s2s.jacrev` for the whole Jacobian, or sum the result


@rejected()
def complex_result(x):
    return x[0] * 1j  # error at x[0] * 1j -> `grad` needs one real number, but `complex_result` returns complex128; return its real part, imaginary part or absolute value


@rejected()
def tuple_result(x):
    return (x[0], x[1])  # error at (x[0], x[1]) -> `grad` needs one real number, but `tuple_result` returns (float64, float64); return the number alone, or use `has_aux=True` when it comes first


@rejected()
def list_result(x):
    return [x[0]]  # error at [x[0]] -> `grad` needs one real number, but `list_result` returns a list; return the number alone, or use `has_aux=True` and return (number, anything)


@rejected()
def bool_result(x):
    return x[0] > 1.0  # error at x[0] > 1.0 -> `grad` needs one real number, but `bool_result` returns bool; return a float


@rejected()
def int_result(x):
    return len(x)  # error at len(x) -> `grad` needs one real number, but `int_result` returns int; return a float


@rejected()
def text_result(x):
    return "done"  # error at "done" -> `grad` needs one real number, but `text_result` returns 'done'; return a float


@rejected(has_aux=True)
def no_pair_for_aux(x):
    return np.sum(x)  # error at np.sum(x) -> `has_aux` needs a real number and something else, but `no_pair_for_aux` returns float64; return a pair: (number, anything)


@rejected()
def no_result(x):  # error at def no_result(x): -> `grad` needs one real number, but `no_result` returns None; return the number: a `return` is missing, or has no value
    x[0] = 1.0


@rejected(args=lambda: (2.0, 3), argnums=1)
def whole_number_differentiated(a, steps):  # error at steps -> cannot differentiate with respect to `steps`: it is int and holds no float; pass a float, or leave `steps` out of argnums
    return a * steps


@rejected(args=lambda: (2.0, "fast"), argnums="mode")
def text_differentiated(a, mode):  # error at mode -> cannot differentiate with respect to `mode`: it is str and holds no float; pass a float, or leave `mode` out of argnums
    return a * len(mode)


@rejected(args=lambda: (2.0, 3.0), argnums=2)
def argnums_too_large(a, b):  # error at def argnums_too_large(a, b): -> `argnums_too_large` has no parameter 2; It has: a (0), b (1)
    return a * b


@rejected(args=lambda: (2.0, 3.0), argnums="wieght")
def argnums_misspelt(a, weight):  # error at def argnums_misspelt(a, weight): -> `argnums_misspelt` has no parameter 'wieght'; did you mean 'weight'? It has: a (0), weight (1)
    return a * weight
