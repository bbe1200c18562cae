"""Transformations called by the user's code: what is captured, changed, called twice, raised."""

import copy
import inspect
import pickle
import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import s2s
from s2s import grad, hessian, hvp, jacfwd, jacrev, jvp, stop_gradient, value_and_grad, vjp
from s2s.errors import BadArgnums, NoActiveInput, NonScalarOutput, S2SError, UnsupportedSyntax
from tests import oracles

X = np.array([0.8, 0.6, 0.9])


def differences(f: Any, x: Any) -> Any:
    """The Jacobian of a function of one number or array, by finite differences."""
    found = oracles.differences(f, (x,), (0,))
    return found.jacobian


def check(f: Any, x: Any) -> None:
    """A function that calls transformations, differentiated from outside both ways."""
    wanted = differences(f, x)
    for transform in (jacrev, jacfwd):
        got = np.reshape(transform(f)(copy.deepcopy(x)), wanted.shape)
        np.testing.assert_allclose(got, wanted, rtol=2e-6, atol=1e-7)


# Perturbation confusion


def test_inner_derivative_of_outer_variable() -> None:
    """d/dx (x * d/dy (x + y)) = 1."""
    assert grad(lambda x: x * grad(lambda y: x + y)(2.0))(3.0) == 1.0


def test_inner_derivative_at_outer_variable() -> None:
    """d/dx (x * d/dy (x * y) at y = x) = 2 x."""
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0


def test_three_levels() -> None:
    def f(x):
        return grad(lambda y: y * grad(lambda z: x * y * z**3)(y))(x)

    assert f(1.5) == pytest.approx(12 * 1.5**4)  # d/dy (3 x y^4) at y = x
    assert grad(f)(1.5) == pytest.approx(48 * 1.5**3)


def test_forward_inside_of_reverse_inside_of_forward() -> None:
    def f(x):
        def g(y):
            return jvp(lambda z: x * y * z**2, (y,), (x,))[1]

        return grad(g)(x)

    assert f(1.3) == pytest.approx(4 * 1.3**3)  # d/dy (2 x^2 y^2) at y = x
    _, dot = jvp(f, (1.3,), (1.0,))
    assert dot == pytest.approx(12 * 1.3**2)


def test_the_same_array_captured_and_passed() -> None:
    def f(x):
        return np.sum(grad(lambda y: np.sum(x**2 * y**3))(x))

    np.testing.assert_allclose(grad(f)(X), 12 * X**3)


def test_the_same_container_captured_and_passed() -> None:
    def f(x):
        p = {"w": x**2, "b": x[0]}
        g = grad(lambda q: np.sum(p["w"] * q["w"] ** 2) * q["b"])(p)
        return np.sum(g["w"]) + g["b"]

    check(f, X)


# Programs


def test_newton_by_derivative_in_while() -> None:
    def root(a):
        def h(y):
            return y**3 - a * y - 2.0

        y = 1.5
        while abs(h(y)) > 1e-13:
            value, slope = value_and_grad(h)(y)
            y = y - value / slope
        return y

    check(root, 1.2)


def test_gradient_descent_inside() -> None:
    def trained(x):
        w = np.zeros(3)
        loss = grad(lambda w: np.sum((np.tanh(w * x) - 0.5) ** 2) + 0.1 * np.sum(w**2))
        for _ in range(4):
            w -= 0.5 * loss(w)
        return np.sum(w**2)

    check(trained, X)


def test_hessian_vector_product_by_hand() -> None:
    def f(x):
        return np.sum(np.sin(x) * x[::-1] ** 2)

    def product(x):
        return grad(lambda y: np.sum(grad(f)(y) * stop_gradient(x)))(x)

    np.testing.assert_allclose(product(X), hessian(f)(X) @ X)
    np.testing.assert_allclose(hvp(f, (X,), (X,)), hessian(f)(X) @ X)
    check(lambda x: np.sum(hvp(f, (x,), (x,)) ** 2), X)


@grad
def decorated(x, n):
    """A helper that is a gradient."""
    s = x
    for _ in range(n):
        s = np.sin(s) * x
    return s


def test_decorated_helper() -> None:
    check(lambda x: decorated(x[0], 3) * x[1], X)


def test_decorators_inside() -> None:
    def f(x):
        @grad
        def first(y):
            return y**3 * x[0]

        @value_and_grad(argnums=(0, 1))
        def both(a, b):
            return a**2 * b * x[1]

        value, (u, v) = both(x[1], first(x[2]))
        return value * u + v

    check(f, X)


def test_argnums_by_name_and_tuple_inside() -> None:
    def f(x):
        def g(a, b, *, c):
            return a**2 * b**3 * c

        one = grad(g, "b")(x[0], x[1], c=x[2])
        two = grad(g, ("c", 0, -1))(x[0], x[1], c=x[2])
        return one * two[0] + two[1] * two[2]

    check(f, X)


def test_pullback_called_twice_and_in_a_loop() -> None:
    def f(x):
        y, pullback = vjp(lambda z: np.cumsum(z) * z[0], x)
        total = np.zeros(3)
        for k in range(3):
            seed = np.zeros(3)
            seed[k] = y[k]
            total += (k + 1.0) * pullback(seed)[0]
        return total * pullback(total)[0]

    check(f, X)


def test_pullback_of_what_was_changed_since() -> None:
    """The pullback is that of the point where `vjp` was called."""

    def f(x):
        w = x**2
        _, pullback = vjp(lambda z: np.sum(z**2 * w), x)
        w[0] = 100.0 * x[1]
        x[1] = 7.0 * x[0]
        return pullback(1.0)[0] * x

    def plain(x):
        return 2 * x**3 * np.array([x[0], 7.0 * x[0], x[2]])

    np.testing.assert_allclose(f(X.copy()), plain(X))
    np.testing.assert_allclose(jacrev(f)(X), differences(plain, X), rtol=1e-6, atol=1e-8)


def test_pullback_in_a_branch_and_made_in_a_loop() -> None:
    def f(x):
        total = 0.0
        for k in range(3):
            y, pullback = vjp(lambda a, b: (a * b, np.sin(a)), x[k], x[k - 1])
            if k > 0:
                u, v = pullback((y[1], 2.0))
                total += u * v
            else:
                total += pullback((1.0, None))[0]
        return total

    check(f, X)


def test_structures_inside() -> None:
    class Layer(NamedTuple):
        w: Any
        b: Any

    @dataclass(frozen=True)
    class Model:
        first: Any
        scale: Any

    def loss(params, model):
        h = np.tanh(params[0].w * model.first + params[0].b)
        return np.sum(h * params[1]["v"]) * model.scale

    def f(x):
        params = [Layer(x**2, x[0]), {"v": x[1], "n": 3}]
        model = Model(x * x[0], x[2])
        gp, gm = grad(loss, (0, 1))(params, model)
        assert gp[1]["n"] is None
        return np.sum(gp[0].w * gm.first) + gp[0].b * gp[1]["v"] * gm.scale

    check(f, X)


def test_list_of_any_length_inside() -> None:
    def total(rows):
        s = 0.0
        for row in rows:
            s += np.sum(np.array(row) ** 2) * row[0]
        return s

    def f(x):
        rows = []
        for k in range(3):
            row = []
            for j in range(k + 1):
                row.append(x[j] * (k + 1.0))
            rows.append(row)
        g = grad(total)(rows)
        s = 0.0
        for k in range(3):
            s += g[k][0] * g[k][-1]
        return s

    check(f, X)


def test_jvp_along_structures() -> None:
    def energy(p):
        return np.sum(p["x"] ** 3) * p["m"]

    def f(x):
        p = {"x": x**2, "m": x[0]}
        value, dot = jvp(energy, (p,), ({"x": x, "m": x[1]},))
        return value * dot

    check(f, X)


def test_recursive_function_inside() -> None:
    def tree(x, depth):
        if depth == 0:
            return np.sin(x)
        return tree(x * 0.9, depth - 1) * x + tree(x, depth - 1) ** 2

    def f(x):
        g = grad(tree)(x, 2)
        _, dot = jvp(lambda y: tree(y, 1), (x,), (g,))
        value, pullback = vjp(lambda y: tree(y, 2), x)
        return g * dot + pullback(value)[0]

    check(f, 0.7)
    assert grad(grad(grad(tree)))(0.7, 1) == pytest.approx(
        differences(lambda x: grad(grad(tree))(x, 1), 0.7)[0, 0], rel=1e-6
    )


def test_lists_that_change_in_the_middle() -> None:
    """`pop(k)` and `insert(k, v)`, counted from either end, and past the end."""

    def f(x):
        xs = [x[0], x[1], x[2], x[0] * x[1]]
        s = 0.0
        for k in range(3):
            xs.insert(-1, xs[0] * xs[1])
            xs.insert(9, xs[2] * xs[-1])
            v = xs.pop(-2)
            s += xs[k] * v * xs.pop(k - 1)
        return s * xs[0]

    check(f, X)
    check(lambda x: np.sum(grad(f)(x) ** 2), X)


def test_list_that_a_callee_changes() -> None:
    def grow(xs, n):
        if n == 0:
            return 0.0
        xs.append(xs[-1] * 0.5)
        return grow(xs, n - 1)

    def f(x):
        xs = [x[0]]
        s = 0.0
        for _ in range(2):
            z = xs[-1] * xs[0]
            grow(xs, 2)
            s += z * z * xs[-1]
        return s

    check(f, X)
    check(lambda x: np.sum(grad(f)(x) ** 2), X)


def test_auxiliary_results_inside() -> None:
    def f(x):
        g, aux = grad(lambda y: (np.sum(y**3), {"y": y * 2.0, "n": 3}), has_aux=True)(x)
        (v, w), h = value_and_grad(lambda y: (y[0] * y[1], y[2]), has_aux=True)(x)
        _, pullback, extra = vjp(lambda y: (y**2, y[0]), x, has_aux=True)
        y, dot, more = jvp(lambda y: (y**2, y[1]), (x,), (x,), has_aux=True)
        return g * aux["y"] * v * w + h * pullback(x)[0] * extra + y * dot * more * aux["n"]

    check(f, X)


def test_outer_variable_rebound_inside() -> None:
    def f(x):
        count = 0.0

        def g(y):
            nonlocal count
            count += y * x[0]
            return y**2 * count

        return grad(g)(x[1]) * count

    def plain(x):
        return 3.0 * x[1] ** 3 * x[0] ** 2

    np.testing.assert_allclose(jacrev(f)(X), grad(plain)(X))
    np.testing.assert_allclose(jvp(f, (X,), (X,)), jvp(plain, (X,), (X,)))


def test_stop_gradient() -> None:
    np.testing.assert_allclose(grad(lambda x: np.sum(stop_gradient(x) * x))(X), X)
    assert jvp(lambda x: stop_gradient(x) * x, (2.0,), (1.0,))[1] == 2.0

    def f(x):
        y = x.copy()
        y[0] = stop_gradient(y[0] * y[1])
        return np.sum(stop_gradient((y, 1.0))[0] * y)

    np.testing.assert_allclose(grad(f)(X), [0.0, X[1], X[2]])


# Refused


def test_function_that_writes_outside_is_refused() -> None:
    def f(x):
        seen = np.zeros(3)

        def g(y):
            seen[0] = y
            return y**2

        return grad(g)(x) * seen[0]

    with pytest.raises(UnsupportedSyntax, match="writes to `seen`"):
        grad(f)(1.0)


def test_wrong_arguments_inside() -> None:
    with pytest.raises(NonScalarOutput):
        grad(lambda x: np.sum(grad(lambda y: y * 2.0)(x)))(X)
    with pytest.raises(NoActiveInput):
        grad(lambda x: grad(lambda n, y: y**n)(2, x))(1.0)
    with pytest.raises(BadArgnums):
        grad(lambda x: grad(lambda y: y**2, 1)(x))(1.0)
    with pytest.raises(BadArgnums):
        grad(lambda x: grad(lambda y: y**2, "z")(x))(1.0)


def test_derivative_inside_of_a_try() -> None:
    def f(x):
        try:
            y = grad(lambda z: 1.0 / z)(x)
        except ZeroDivisionError:
            y = 0.0
        return y * x

    with pytest.raises(S2SError):
        grad(f)(1.0)


# Exact behaviour


def test_inputs_are_not_changed_and_results_are_free() -> None:
    def inner(y, scratch):
        y[0] = y[1] * y[2]
        scratch[:] = y
        return np.sum(scratch**2)

    def f(x, scratch):
        g = grad(inner)(x, scratch)
        return np.sum(g * x) + scratch[0]

    x, scratch = X.copy(), np.ones(3)
    value, bars = value_and_grad(f, (0, 1))(x, scratch)
    assert np.array_equal(x, X)
    assert np.array_equal(scratch, np.ones(3))
    assert value == pytest.approx(f(X.copy(), np.ones(3)))
    for bar in bars:
        assert not np.may_share_memory(bar, x)
        assert not np.may_share_memory(bar, scratch)
        bar[...] = np.nan
    again, _ = value_and_grad(f, (0, 1))(x, scratch)
    assert again == value


def test_exception_leaves_the_arrays_as_they_were() -> None:
    def f(x):
        for k in range(3):
            x[k] *= 2.0
            if k == 2:
                raise ValueError("enough")
        return np.sum(x)

    x = X.copy()
    for run in (
        lambda: grad(f)(x),
        lambda: vjp(f, x),
        lambda: jvp(f, (x,), (x,)),
        lambda: grad(lambda y: np.sum(grad(f)(y)))(x),
    ):
        with pytest.raises(ValueError, match="enough"):
            run()
        assert np.array_equal(x, X)


def test_inner_function_that_may_raise() -> None:
    def positive(y):
        if y < 0:
            raise ValueError("negative")
        return y**3

    f = grad(lambda x: grad(positive)(x) * x)
    assert f(2.0) == pytest.approx(9 * 4.0)
    with pytest.raises(ValueError, match="negative"):
        f(-2.0)


def test_pullback_from_several_threads() -> None:
    def f(x):
        y = x.copy()
        for k in range(1, 3):
            y[k] = y[k] * np.sin(y[k - 1])
        return y

    _, pullback = vjp(f, X)
    seeds = [np.eye(3)[k % 3] * (k + 1) for k in range(24)]
    wanted = [pullback(s)[0] for s in seeds]
    found: dict[int, Any] = {}

    def work(start: int) -> None:
        for k in range(start, 24, 4):
            found[k] = pullback(seeds[k])[0]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(24):
        np.testing.assert_array_equal(found[k], wanted[k])


def cubed(x, scale=2.0):
    """A cube."""
    return np.sum(x**3) * scale


cubed_gradient = value_and_grad(cubed)
cubed_jacobian = jacrev(cubed, has_aux=False)


@grad(argnums="x")
def squared(scale, x):
    """A square."""
    return scale * np.sum(x**2)


@pytest.mark.parametrize(
    "transformed", [cubed_gradient, cubed_jacobian, hessian(cubed), grad(cubed)]
)
def test_pickled(transformed: Any) -> None:
    again = pickle.loads(pickle.dumps(transformed))
    for a, b in zip(as_tuple(transformed(X)), as_tuple(again(X)), strict=True):
        np.testing.assert_array_equal(a, b)


def as_tuple(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def test_decorated_function_is_pickled_by_name() -> None:
    assert pickle.loads(pickle.dumps(squared)) is squared


def test_name_signature_and_docstring_stay() -> None:
    for transformed in (cubed_gradient, cubed_jacobian, hessian(cubed)):
        assert transformed.__name__ == "cubed"
        assert transformed.__doc__ == "A cube."
        assert str(inspect.signature(transformed)) == "(x, scale=2.0)"


class Bowl:
    """Has gradients as methods."""

    def __init__(self, a: float) -> None:
        self.a = a

    @grad
    def slope(self, x):
        """Of a parabola."""
        return self.a * x**2

    @value_and_grad(argnums=("y", 0))
    def both(self, x, y):
        """Of a product."""
        return self.a * x * y

    @jacfwd
    def matrix(self, x):
        """Of a vector function."""
        return self.a * x**2

    def curvature(self, x):
        """By the gradient of a method."""
        return grad(self.slope)(x)


def test_methods() -> None:
    bowl = Bowl(1.5)
    assert bowl.slope(2.0) == 6.0
    assert bowl.both(2.0, 3.0) == (9.0, (3.0, 4.5))
    np.testing.assert_allclose(bowl.matrix(X), np.diag(3.0 * X))
    assert bowl.curvature(2.0) == 3.0
    assert grad(bowl.curvature)(2.0) == 0.0


# check_grad


def test_check_grad_agrees() -> None:
    @dataclass
    class Point:
        x: Any
        n: int

    def f(p, z):
        return {"a": p.x * z, "b": (np.sum(p.x) ** p.n, "text")}

    report = s2s.check_grad(f, Point(X.copy(), 2), 0.3 + 0.4j)
    assert report, str(report)
    assert len(report.entries) == 5
    assert "args[0].x[1]" in str(report)
    assert "agree" in str(report)


def test_check_grad_finds_a_kink() -> None:
    report = s2s.check_grad(lambda x: abs(x) + max(x, 0.0), 0.0)
    assert not report
    assert "DISAGREE" in str(report)


def test_check_grad_of_many_numbers() -> None:
    report = s2s.check_grad(lambda x: np.sum(x**2), np.linspace(0.0, 1.0, 250))
    assert report
    assert report.left_out == 50


# Options of the outer transformations


def test_auxiliary_results() -> None:
    def f(a, b):
        return np.sum(a * a * b), {"sum": a + b}

    gradient, aux = grad(f, "b", has_aux=True)(X, b=2.0)
    assert gradient == pytest.approx(np.sum(X**2))
    np.testing.assert_array_equal(aux["sum"], X + 2.0)
    value, pullback, aux = vjp(f, X, 2.0, has_aux=True)
    np.testing.assert_allclose(pullback(1.0)[0], 4.0 * X)
    value, dot, aux = jvp(f, (X, 2.0), (X, 0.0), has_aux=True)
    assert dot == pytest.approx(4.0 * np.sum(X**2))
    assert value == pytest.approx(2.0 * np.sum(X**2))
    for transform in (jacrev, jacfwd):
        found, aux = transform(f, has_aux=True)(X, 2.0)
        np.testing.assert_allclose(found, 4.0 * X)
        np.testing.assert_array_equal(aux["sum"], X + 2.0)


def test_jacobians_of_several_results_by_several_arguments() -> None:
    """A structure like the result of tuples of blocks, as in JAX."""

    def f(a, b):
        return a * b, {"s": np.sum(a) * b}

    for transform in (jacrev, jacfwd):
        first, second = transform(f, (0, "b"))(X, 2.0)
        np.testing.assert_allclose(first[0], 2.0 * np.eye(3))
        np.testing.assert_allclose(first[1], X)
        np.testing.assert_allclose(second["s"][0], [2.0, 2.0, 2.0])
        np.testing.assert_allclose(second["s"][1], np.sum(X))


def test_hessian_by_several_arguments() -> None:
    blocks = hessian(lambda a, b: np.sum(a**2) * b**2, (0, 1))(X, 2.0)
    np.testing.assert_allclose(blocks[0][0], 8.0 * np.eye(3))
    np.testing.assert_allclose(blocks[0][1], 8.0 * X)
    np.testing.assert_allclose(blocks[1][0], 8.0 * X)
    np.testing.assert_allclose(blocks[1][1], 2.0 * np.sum(X**2))


def test_hvp_of_several_arguments() -> None:
    u, none, v = hvp(lambda a, n, b: np.sum(a**n) * b**2, (X, 2, 2.0), (X, None, 1.0))
    assert none is None
    np.testing.assert_allclose(u, 8.0 * X + 8.0 * X)
    np.testing.assert_allclose(v, 8.0 * np.sum(X**2) + 2.0 * np.sum(X**2))


def test_empty_array_has_an_empty_jacobian() -> None:
    def f(x):
        return x * 2.0

    for transform in (jacrev, jacfwd):
        assert transform(f)(np.zeros(0)).shape == (0, 0)
