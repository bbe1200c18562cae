"""Every program of the zoo in every pipeline and mode, against differences, JAX and itself."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tests import checks, oracles
from tests.checks import chosen, expected, input_names, read_gradient, s2s
from tests.oracles import Vector
from tests.zoo import Program, all_programs
from tests.zoo.__main__ import complaint
from tests.zoo.jax_forms import has_form, jax_form


def is_plain(program: Program) -> bool:
    """Whether the differentiated arguments are real numbers and arrays."""
    return all(checks.is_plain(arg) for arg in chosen(program, program.make_args()))


def has_small_jacobian(program: Program) -> bool:
    """Whether arguments and result are plain and the Jacobian small."""
    if not is_plain(program) or not {"nonscalar", "second"} & program.tags:
        return False
    oracle = expected(program)
    return checks.is_plain(oracle.value) and oracle.jacobian.size <= 80


PROGRAMS = all_programs()
SCALAR = [p for p in PROGRAMS if "nonscalar" not in p.tags]
THIRTEEN = [p for p in PROGRAMS if "thirteen" in p.tags]
SECOND = [p for p in PROGRAMS if "second" in p.tags]
SMALL_JACOBIAN = [p for p in PROGRAMS if has_small_jacobian(p)]
IN_JAX = [p for p in PROGRAMS if has_form(p)]

in_all_pipelines = pytest.mark.parametrize("pipeline", checks.PIPELINES)


def each(programs: Sequence[Program]) -> pytest.MarkDecorator:
    """A test for each program."""
    return pytest.mark.parametrize("program", programs, ids=repr)


@each(PROGRAMS)
def test_program_is_fit(program: Program) -> None:
    """The zoo itself: finite differences are an oracle at the example point."""
    assert complaint(program) is None


# First derivatives


@in_all_pipelines
@each(SCALAR)
def test_fused(program: Program, pipeline: str) -> None:
    checks.check_fused(program, pipeline)


@in_all_pipelines
@each(PROGRAMS)
def test_split(program: Program, pipeline: str) -> None:
    checks.check_split(program, pipeline)


@in_all_pipelines
@each(PROGRAMS)
def test_forward(program: Program, pipeline: str) -> None:
    checks.check_forward(program, pipeline)


@in_all_pipelines
@each(THIRTEEN)
def test_grad_is_value_and_grad(program: Program, pipeline: str) -> None:
    gradient = s2s().grad(program.function, program.argnums, pipeline=pipeline)
    both = s2s().value_and_grad(program.function, program.argnums, pipeline=pipeline)
    got = read_gradient(program, gradient(*program.make_args()))
    assert np.array_equal(got, read_gradient(program, both(*program.make_args())[1]))


@in_all_pipelines
@each(THIRTEEN)
def test_called_again_with_other_numbers(program: Program, pipeline: str) -> None:
    """A transformed function keeps nothing from one call to the next."""
    gradient = s2s().grad(program.function, program.argnums, pipeline=pipeline)
    first = read_gradient(program, gradient(*program.make_args()))
    point = oracles.flatten(chosen(program, program.make_args()))
    checks.gradient_at(program, gradient, 1.001 * point)
    assert np.array_equal(read_gradient(program, gradient(*program.make_args())), first)


@in_all_pipelines
@each(THIRTEEN[:1])
def test_a_single_argnum_gives_no_tuple(program: Program, pipeline: str) -> None:
    one = s2s().grad(program.function, pipeline=pipeline)(*program.make_args())
    (same,) = s2s().grad(program.function, (0,), pipeline=pipeline)(*program.make_args())
    assert isinstance(one, np.ndarray)
    assert np.array_equal(one, same)


# Jacobians


def jacobian(program: Program, transform: Callable[..., Any], pipeline: str) -> Vector:
    """A Jacobian by ``jacrev`` or ``jacfwd`` as one matrix, the shapes of its blocks checked."""
    transformed = transform(program.function, program.argnums, pipeline=pipeline)
    blocks = checks.observed(program, transformed)
    value = expected(program).value
    for block, arg in zip(blocks, chosen(program, program.make_args()), strict=True):
        assert np.shape(block) == np.shape(value) + np.shape(arg)
    return np.hstack([np.reshape(block, (np.size(value), -1)) for block in blocks])


@in_all_pipelines
@each(SMALL_JACOBIAN)
def test_jacobians(program: Program, pipeline: str) -> None:
    reverse = jacobian(program, s2s().jacrev, pipeline)
    forward = jacobian(program, s2s().jacfwd, pipeline)
    oracle = expected(program).jacobian
    names = [f"output {i} by {name}" for i in range(len(oracle)) for name in input_names(program)]
    oracles.assert_vectors_close(reverse.ravel(), oracle.ravel(), names, rtol=1e-6)
    oracles.assert_vectors_close(forward.ravel(), reverse.ravel(), names, rtol=1e-10, atol=1e-12)


# Second derivatives


@in_all_pipelines
@each(SECOND)
def test_reverse_over_reverse(program: Program, pipeline: str) -> None:
    checks.check_second(program, pipeline, checks.reverse_over_reverse)


@in_all_pipelines
@each(SECOND)
def test_forward_over_reverse(program: Program, pipeline: str) -> None:
    checks.check_second(program, pipeline, checks.forward_over_reverse)


@in_all_pipelines
@each([p for p in SECOND if is_plain(p)])
def test_gradient_of_a_function_that_calls_a_gradient(program: Program, pipeline: str) -> None:
    checks.check_second(program, pipeline, checks.gradient_of_gradient)


# JAX


@functools.cache
def by_jax(program: Program) -> tuple[float, Vector]:
    """Value and gradient by JAX, in float64."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    function = jax_form(program, jax.numpy)
    args = program.make_args()

    def of_chosen(parts: tuple[Any, ...]) -> Any:
        full = list(args)
        for k, part in zip(program.argnums, parts, strict=True):
            full[k] = part
        return function(*full)

    value, gradient = jax.jit(jax.value_and_grad(of_chosen))(chosen(program, args))
    return float(value), read_gradient(program, jax.tree.map(np.array, gradient))


@each(IN_JAX)
def test_differences_agree_with_jax(program: Program) -> None:
    """Two oracles against each other, the convention for complex numbers included."""
    value, gradient = by_jax(program)
    oracle, names = expected(program), input_names(program)
    assert value == pytest.approx(oracle.value, rel=1e-12)
    oracles.assert_vectors_close(oracle.jacobian[0], gradient, names, rtol=1e-7, atol=1e-8)


@in_all_pipelines
@each(IN_JAX)
def test_gradient_agrees_with_jax(program: Program, pipeline: str) -> None:
    _, gradient = by_jax(program)
    transformed = s2s().grad(program.function, program.argnums, pipeline=pipeline)
    got = read_gradient(program, transformed(*program.make_args()))
    oracles.assert_vectors_close(got, gradient, input_names(program), rtol=1e-11, atol=1e-12)
