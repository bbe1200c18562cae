"""Functions without a derivative, without source, or that may not be called twice."""

import random
import time

import numpy as np

from tests.rejected import rejected

namespace = {}
exec("def typed(v): return v * v", namespace)
typed = namespace["typed"]


@rejected()
def no_rule(x):
    return np.histogram2d(x, x)[0][0, 0] * x[0]  # error at np.histogram2d(x, x) -> `np.histogram2d` has no derivative rule; use np.searchsorted for both axes and np.bincount with weights


@rejected()
def no_rule_and_nothing_near(x):
    return np.packbits(x > 0.5)[0] * x[0]  # error at np.packbits(x > 0.5) -> `np.packbits` has no derivative rule; write it with functions that have one


@rejected()
def method_without_rule(x):
    return x.tobytes()  # error at x.tobytes() -> `ndarray.tobytes` has no derivative rule; write it with functions that have one


@rejected()
def source_of_a_callee_is_missing(x):
    return typed(x[0])  # error at typed(x[0]) -> the source of `typed` is not available (it was made by `exec` or `python -c`); save it to a file and import it


@rejected()
def exec_of_code(x):
    exec("y = 1.0")  # error at exec("y = 1.0") -> `exec` cannot be part of a gradient; write the code itself
    return x[0]


@rejected()
def eval_of_code(x):
    return eval("x[0]")  # error at eval("x[0]") -> `eval` cannot be part of a gradient; write the expression itself


@rejected()
def names_in_a_dict(x):
    return locals()["x"][0]  # error at locals() -> `locals` cannot be part of a gradient; name the variables


@rejected()
def random_numbers_of_python(x):
    return x[0] * random.random()  # error at random.random() -> `Random.random` cannot be part of a gradient; call it outside of the function and pass the result in


@rejected()
def clock(x):
    return x[0] * time.time()  # error at time.time() -> `time.time` cannot be part of a gradient; call it outside of the function and pass the result in


@rejected()
def file_opened(x):
    with open("data.txt") as file:  # error at open("data.txt") -> `open` cannot be part of a gradient; read the file outside of the function and pass its contents in
        return x[0] * float(file.read())


@rejected()
def keyboard(x):
    return x[0] * float(input())  # error at input() -> `input` cannot be part of a gradient; read it outside of the function and pass it in


@rejected()
def keyword_misspelt(x):
    return np.sum(x, axes=0)  # error at np.sum(x, axes=0) -> the argument 'axes' of `np.sum` is not supported; did you mean 'axis'?


@rejected()
def option_not_supported(x):
    return np.linspace(0.0, x[0], 5, retstep=True)[1]  # error at np.linspace(0.0, x[0], 5, retstep=True) -> the argument 'retstep' of `np.linspace` is not supported; leave it out, or write it differently


@rejected()
def axis_computed(x):
    a = np.outer(x, x)
    axis = int(x[0] > 0.5)
    return a.sum(axis=axis)[0]  # error at a.sum(axis=axis) -> the argument 'axis' of `np.sum` must be known when the gradient is made; choose it with `if`, and call the function in each branch


@rejected()
def where_without_out(x):
    return np.sum(np.sqrt(x, where=x > 0.5))  # error at np.sqrt(x, where=x > 0.5) -> `where=` without `out=` (the other elements would have no value) is not supported; give `out`


@rejected()
def memory_order(x):
    return np.sum(np.array(x.reshape(1, 3), order="F"))  # error at np.array(x.reshape(1, 3), order="F") -> this memory order is not supported; leave `order` out


@rejected()
def memory_order_computed(x):
    return np.sum(x.reshape(1, 3).copy(order="F"))  # error at x.reshape(1, 3).copy(order="F") -> this memory order is not supported; leave `order` out


@rejected()
def shape_assigned(x):
    x.shape = (3, 1)  # error at x.shape -> assignment to `.shape` is not supported; make a new array with reshape or astype
    return np.sum(x)


@rejected()
def calls_itself_for_ever(x):
    def f(v):
        return f(v) * 2.0  # error at f(v) -> f() calls itself on every path, so it never returns; return on some path without the call

    return f(x[0])


def deeper(v, n):
    return v if n == 0 else deeper((v, v), n - 1)[0]  # error at deeper((v, v), n - 1) -> deeper() calls itself with arguments of ever other types; give each call arguments of the same types


@rejected()
def calls_itself_with_other_types(x):
    return deeper(x[0], 3)


@rejected()
def view_that_is_a_snapshot(x):
    a = x * 1.0
    b = np.broadcast_to(a, (2, 3))
    a[0] = 5.0  # error at a[0] -> writing to an array that `np.broadcast_to` still shows is not supported; give that function a copy: `a.copy()`
    return np.sum(b)
