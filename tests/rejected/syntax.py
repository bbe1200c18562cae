"""Constructs of Python that have no derivative here."""

import asyncio
import contextlib

import numpy as np

from tests.rejected import rejected

COUNT = 0


@rejected()
def set_comprehension(x):
    y = {v for v in x}
    return sum(y)  # error at sum(y) -> the order of a set is not known; run over `sorted(...)` of it


@rejected()
def iterator_used_twice(x):
    squares = (v * v for v in x)  # error at squares = (v * v for v in x) -> 'squares' is an iterator, which is used up when something runs over it; make a list of it: `squares = list(...)`
    return sum(squares) + max(squares)


def make_scaler(t):
    """A function whose variable changes."""
    factor = t

    def scale(v):
        nonlocal factor
        factor *= t
        return factor * v

    return scale


@rejected()
def functions_with_states_kept(x):
    scalers = []
    for v in x:
        scalers.append(make_scaler(v))  # error at scalers.append(make_scaler(v)) -> a function is kept here whose variable 'factor' may change later; give the function its own, as in `factor=factor` among its parameters
    return scalers[0](x[0])


@rejected()
def global_written(x):
    global COUNT  # error at global COUNT -> `global` makes a result that the gradient cannot see; return the value, or pass it in
    COUNT += 1  # error at COUNT += 1 -> assignment to the global name 'COUNT' is not supported; return the value instead
    return x[0]


@rejected()
def class_inside(x):
    class Box:  # error at class Box: -> a class that is defined inside of a function cannot be differentiated; define it outside
        size = 2.0

    return x[0] * Box.size


@rejected()
def async_function_inside(x):
    async def inner():  # error at async def inner(): -> `async` code has no derivative; write an ordinary function
        return x[0]

    return asyncio.run(inner())


@rejected()
async def async_function(x):  # error at async def async_function(x): -> `async` code has no derivative; write an ordinary function
    return x[0]


@rejected()
def generator_as_the_function(x):  # error at def generator_as_the_function(x): -> a generator cannot be differentiated here; return a list of its items
    yield x[0]


@rejected()
def except_star(x):
    try:  # error at try: -> `except*` has no derivative; use `except`
        return x[0] ** 2
    except* ValueError:
        pass
    return 0.0


@rejected()
def everything_at_once(x):
    seen = [1]
    global COUNT  # error at global COUNT -> `global` makes a result that the gradient cannot see; return the value, or pass it in

    class Box:  # error at class Box: -> a class that is defined inside of a function cannot be differentiated; define it outside
        pass

    if x[0] > 100.0:
        async def f(y):  # error at async def f(y): -> `async` code has no derivative; write an ordinary function
            return y

        return len(seen)
    return x[0]


@rejected()
def attribute_deleted(x):
    box = contextlib.nullcontext(x)
    del box.enter_result  # error at del box.enter_result -> `del` of an attribute is not supported; set it to None
    return x[0]


@rejected()
def context_manager_of_a_library(x):
    with np.nditer(x) as it:  # error at np.nditer(x) -> `np.nditer` has no derivative rule; write loops over the indices
        return sum(it)


@rejected()
def errors_of_numpy_as_exceptions(x):
    with np.errstate(divide="raise"):  # error at np.errstate(divide="raise") -> making NumPy raise with `np.errstate` is not supported; test the operands before the operation
        return np.sum(1.0 / x)


@rejected()
def computed_format(x):
    return float(f"{x[0]:{len(x)}.3f}")  # error at f"{x[0]:{len(x)}.3f}" -> a format that is computed is not supported; write the format out


@rejected()
def slice_with_a_step_deleted(x):
    items = [x[0], x[1], x[2]]
    del items[::2]  # error at del items[::2] -> `del` of a slice with a step is not supported; build a new list of what stays
    return items[0]


@rejected()
def dict_with_odd_keys(x):
    table = {np.sin: x[0], np.cos: x[1]}  # error at {np.sin: x[0], np.cos: x[1]} -> a dict whose keys are of type ufunc is not supported; use texts or numbers as keys
    return table[np.sin]


@rejected()
def attribute_of_an_exception_changed(x):
    try:
        raise ValueError(x[0])
    except ValueError as error:
        error.value = x[1]  # error at error.value -> assignment to the attribute 'value' of an exception is not supported; give it to the exception when it is made
        return error.value


@rejected()
def recursive_function_raises(x):
    def down(v, n):
        if n == 0:
            raise ValueError("bottom")
        return down(v * v, n - 1) * v

    try:
        return down(x[0], 3)  # error at down(x[0], 3) -> down() calls itself, so exceptions that it raises cannot be caught here; return a flag instead of raising
    except ValueError:
        return x[1]


@contextlib.contextmanager
def doubled(x):
    x *= 2.0
    yield x
    x /= 2.0


@rejected()
def context_manager_of_a_generator(x):
    with doubled(x) as y:  # error at doubled(x) -> `with` of a generator with `@contextmanager` is not supported; write a class with `__enter__` and `__exit__`
        return y[0]
