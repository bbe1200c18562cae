"""Programs of the zoo as JAX can differentiate them: a second oracle beside finite differences.

Programs that change nothing in place run as they are, with ``np`` meaning ``jax.numpy``. The
others are written again by hand as functions of ``jnp`` and the program's arguments. (Without that
JAX would refuse them or, as in ``view_in_place``, give a wrong gradient without a word.) All are
compiled by ``jax.jit``, which takes a third of the time; so none branches on a value.
"""

import functools
import types
from collections.abc import Callable
from typing import Any

from tests.zoo import Program

SAME_SOURCE = (
    "thirteen.p02_broadcasting",
    "thirteen.p06_growing_list",
    "thirteen.p07_shared_nested_lists",
    "thirteen.p09_nonlocal_in_loop",
    "thirteen.p13_complex_recursion",
    "array_expressions.elementwise_functions",
    "array_expressions.inverse_and_special_functions",
    "array_expressions.mixed_ranks",
    "array_expressions.newaxis",
    "array_expressions.clip_and_friends",
    "array_expressions.outer_inner_cross",
    "array_expressions.powers",
    "branches.by_where",
    "branches.where_guards_a_log",
    "complex_numbers.complex_inside",
    "complex_numbers.complex_argument",
    "complex_numbers.complex_scalar",
    "complex_numbers.angle_and_modulus",
    "complex_numbers.complex_elementwise",
    "complex_numbers.complex_matrices",
    "containers.dict_of_parameters",
    "linear_algebra.quadratic_form",
    "linear_algebra.solve",
    "linear_algebra.inverse_and_determinant",
    "linear_algebra.cholesky_by_numpy",
    "reductions_indexing.gather_with_duplicates",
    "reductions_indexing.statistics",
    "reductions_indexing.einsum",
    "reductions_indexing.logsumexp_by_max",
    "science.multilayer_perceptron",
    "science.softmax_cross_entropy",
    "science.matrix_exponential",
    "science.layer_norm",
)

BY_HAND: dict[str, Callable[..., Any]] = {}


def form(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a form written by hand."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        BY_HAND[name] = function
        return function

    return register


def has_form(program: Program) -> bool:
    """Whether a program can be given to JAX."""
    return program.name in SAME_SOURCE or program.name in BY_HAND


def jax_form(program: Program, jnp: Any) -> Callable[..., Any]:
    """The function to give to JAX."""
    if program.name in BY_HAND:
        return functools.partial(BY_HAND[program.name], jnp)
    f = program.function
    names = {**f.__globals__, "np": jnp}
    return types.FunctionType(f.__code__, names, f.__name__, f.__defaults__, f.__closure__)


@form("thirteen.p01_recurrence_in_place")
def recurrence(jnp, x, w):
    y = [x[0]]
    for i in range(1, len(x)):
        y.append(x[i] + w * jnp.sin(y[-1]))
    return sum(v * v for v in y)


@form("thirteen.p04_swapped_buffers-even")
def swapped_buffers(jnp, u, r, steps):
    un = jnp.zeros_like(u)
    for _ in range(steps):
        inner = u[1:-1] + r * u[1:-1] * (u[:-2] - 2.0 * u[1:-1] + u[2:])
        u, un = jnp.concatenate([u[:1], inner, u[-1:]]), u
    return jnp.sum(u**2) + un[1] * u[2]


@form("thirteen.p08_recursion_writes")
def recursion_writes(jnp, a):
    a = list(a)

    def fold(lo, hi):
        if hi - lo == 1:
            a[lo] = jnp.sin(a[lo])
            return a[lo]
        mid = (lo + hi) // 2
        left, right = fold(lo, mid), fold(mid, hi)
        a[lo] = a[lo] + left * right
        return left + a[mid] * right

    return fold(0, len(a)) * a[0] + a[3]


@form("thirteen.p12_lu_pivoted")
def lu_pivoted(jnp, a):
    n = len(a)
    for k, p in enumerate((1, 1, 3, 3)):
        order = list(range(n))
        order[k], order[p] = p, k
        a = a[jnp.array(order)]
        for i in range(k + 1, n):
            a = a.at[i, k].divide(a[k, k])
            a = a.at[i, k + 1 :].add(-a[i, k] * a[k, k + 1 :])
    return jnp.sum(jnp.log(jnp.abs(jnp.diag(a)))) + a[n - 1, 0] * a[0, n - 1]


@form("views_and_aliasing.view_in_place")
def view_in_place(jnp, a, t):
    return jnp.sum(a.at[:3].multiply(t) ** 2)


@form("views_and_aliasing.overlapping_add")
def overlapping_add(jnp, x):
    x = x.at[1:].add(x[:-1])
    x = x.at[:-1].multiply(x[1:])
    return jnp.sum(x**2)


@form("views_and_aliasing.rows_swapped_badly")
def rows_swapped_badly(jnp, a):
    return jnp.sum(a[1] * jnp.array([5.0, 7.0, 9.0]))


@form("reductions_indexing.scatter_last_wins")
def scatter_last_wins(jnp, x, v, idx):
    for i, value in zip(idx, v, strict=True):
        x = x.at[i].set(value * value)
    return jnp.sum(x * jnp.arange(1.0, 6.0))


@form("reductions_indexing.augmented_scatter_counts_once")
def augmented_scatter_counts_once(jnp, x, v, idx):
    sums = x[idx] + v
    for i, value in zip(idx, sums, strict=True):
        x = x.at[i].set(2.0 * value)
    return jnp.sum(x**2)


@form("reductions_indexing.add_at_counts_all")
def add_at_counts_all(jnp, x, v, idx):
    return jnp.sum(x.at[idx].add(v * x[4]) ** 2)


@form("complex_numbers.complex_in_place")
def complex_in_place(jnp, z):
    z = list(z)
    for k in range(1, 4):
        z[k] = z[k] * z[k - 1] + 1j
    z[1] = 2.0 * z[2].imag + 1j * z[1].imag
    z[:2] = [1j * z[0], 1j * z[1]]
    return sum(abs(v) ** 2 for v in z)


@form("science.heat_equation")
def heat_equation(jnp, u, r):
    for _ in range(4):
        u = u.at[1:-1].add(r * (u[2:] - 2.0 * u[1:-1] + u[:-2]))
    return jnp.sum(u**2)


@form("science.thomas_algorithm")
def thomas_algorithm(jnp, a, b, c, d):
    x = jnp.linalg.solve(jnp.diag(b) + jnp.diag(a, -1) + jnp.diag(c, 1), d)
    return jnp.sum(x**2)


@form("linear_algebra.lu_in_place")
def lu_in_place(jnp, a):
    return jnp.linalg.slogdet(a)[1]
