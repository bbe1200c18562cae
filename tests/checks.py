"""What must hold for a program in every pipeline and mode, for the zoo and for random programs.

The modes: *fused* (``value_and_grad``), *split* (``vjp``, whose pullback may be called often),
*forward* (``jvp``). Each transformation call must also print what the plain call prints, once, and
leave the contents of the caller's arrays as they were.
"""

import contextlib
import copy
import functools
import io
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests import oracles
from tests.oracles import Vector
from tests.zoo import Program

PIPELINES = ("reference", "promoted", "optimised")


def s2s() -> Any:
    """The package under test, imported when the first check runs."""
    import s2s

    return s2s


# Points, directions, oracles


@functools.lru_cache(1024)
def expected(program: Program) -> oracles.Differences:
    """The oracle: the plain value and the Jacobian by finite differences."""
    with contextlib.redirect_stdout(io.StringIO()):
        return oracles.differences(program.function, program.make_args(), program.argnums)


def chosen(program: Program, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments that are differentiated."""
    return tuple(args[k] for k in program.argnums)


def input_names(program: Program) -> list[str]:
    """A name for each column of the Jacobian."""
    return oracles.entry_names(chosen(program, program.make_args()))


def random_vector(program: Program, size: int, purpose: str) -> Vector:
    """A direction or seed that depends on the program's name only."""
    seed = zlib.crc32(f"{program.name} {purpose}".encode())
    return np.random.default_rng(seed).uniform(0.5, 1.5, size)


def seed_of(program: Program) -> tuple[Any, Vector]:
    """A seed for the result, as a structure and as a vector."""
    value = expected(program).value
    vector = random_vector(program, len(oracles.flatten(value)), "seed")
    return oracles.cotangent_like(value, vector), vector


def tangents_of(program: Program) -> tuple[tuple[Any, ...], Vector]:
    """Tangents of all arguments, zero outside argnums, and their vector over argnums."""
    args = program.make_args()
    size = len(oracles.flatten(chosen(program, args)))
    vector = random_vector(program, size, "tangent")
    tangents = [oracles.tangent_like(arg, 0.0 * oracles.flatten(arg)) for arg in args]
    moved = oracles.tangent_like(chosen(program, args), vector)
    for k, tangent in zip(program.argnums, moved, strict=True):
        tangents[k] = tangent
    return tuple(tangents), vector


# Running and reading


def observed(program: Program, action: Callable[..., Any]) -> Any:
    """``action(*args)``; its effects on the outside are those that are allowed."""
    args, plain_args = program.make_args(), program.make_args()
    with contextlib.redirect_stdout(io.StringIO()) as plain_output:
        program.function(*plain_args)
    arrays = [(path, array, array.copy()) for path, array in oracles.arrays_of(args)]
    others = copy.deepcopy(oracles.without_arrays(args))

    with contextlib.redirect_stdout(io.StringIO()) as output:
        result = action(*args)

    assert output.getvalue() == plain_output.getvalue(), "prints something else than a plain call"
    for path, array, before in arrays:
        assert oracles.same_bits(array, before), f"the caller's array args{path} was changed"
    after = oracles.without_arrays(args)
    allowed = (others, oracles.without_arrays(plain_args))
    assert any(oracles.same_contents(after, state) for state in allowed), "an argument was changed"
    return result


def read_gradient(program: Program, gradient: Any) -> Vector:
    """The gradient with respect to argnums as a vector, its structure checked."""
    return oracles.read_like(chosen(program, program.make_args()), gradient)


def gradient_at(program: Program, gradient: Callable[..., Any], point: Vector) -> Vector:
    """The gradient at another point, as a vector."""
    args = program.make_args()
    return read_gradient(program, oracles.call_with(gradient, args, program.argnums, point))


def pulled_back(program: Program, pullback: Callable[[Any], Any], seed: Any) -> tuple[Any, Vector]:
    """The cotangents of argnums: as they came, and as a checked vector."""
    cotangents = pullback(seed)
    assert len(cotangents) == len(program.make_args()), "one cotangent for each argument"
    cotangents = chosen(program, cotangents)
    return cotangents, read_gradient(program, cotangents)


def overwrite(structure: Any) -> None:
    """Fill every array of a structure with garbage."""
    for _, array in oracles.arrays_of(structure):
        array[...] = np.nan


@functools.lru_cache(1024)
def split_result(program: Program, pipeline: str) -> Vector:
    """The transposed Jacobian times the seed, by ``vjp``."""
    with contextlib.redirect_stdout(io.StringIO()):
        _, pullback = s2s().vjp(program.function, *program.make_args(), pipeline=pipeline)
    return pulled_back(program, pullback, seed_of(program)[0])[1]


# First derivatives


def check_fused(program: Program, pipeline: str) -> None:
    """``value_and_grad`` gives the plain value and the gradient."""
    transformed = s2s().value_and_grad(program.function, program.argnums, pipeline=pipeline)
    value, gradient = observed(program, transformed)
    oracle = expected(program)
    oracles.assert_same_value(value, oracle.value)
    got, names = read_gradient(program, gradient), input_names(program)
    oracles.assert_vectors_close(got, oracle.jacobian[0], names, rtol=1e-6)


def check_split(program: Program, pipeline: str) -> None:
    """``vjp`` gives the plain value, and its pullback the same cotangents whenever it is called."""

    def run(*args: Any) -> Any:
        return s2s().vjp(program.function, *args, pipeline=pipeline)

    value, pullback = observed(program, run)
    oracle, names = expected(program), input_names(program)
    oracles.assert_same_value(value, oracle.value)
    seed, vector = seed_of(program)
    cotangents, first = pulled_back(program, pullback, seed)
    oracles.assert_vectors_close(first, oracle.jacobian.T @ vector, names, rtol=1e-6)
    overwrite(cotangents)
    twice, doubled = pulled_back(program, pullback, oracles.cotangent_like(value, 2.0 * vector))
    overwrite(twice)
    _, again = pulled_back(program, pullback, seed)
    assert np.array_equal(again, first), "the pullback gives something else when called again"
    oracles.assert_vectors_close(doubled, 2.0 * first, names, rtol=1e-12)


def check_forward(program: Program, pipeline: str) -> None:
    """``jvp`` gives the plain value and a tangent that agrees with differences and with ``vjp``."""
    tangents, direction = tangents_of(program)

    def run(*args: Any) -> Any:
        return s2s().jvp(program.function, args, tangents, pipeline=pipeline)

    value, tangent = observed(program, run)
    oracle = expected(program)
    oracles.assert_same_value(value, oracle.value)
    pushed = oracles.read_like(oracle.value, tangent, cotangent=False)
    names = oracles.entry_names(oracle.value)
    oracles.assert_vectors_close(pushed, oracle.jacobian @ direction, names, rtol=1e-6)
    forward = float(seed_of(program)[1] @ pushed)
    reverse = float(split_result(program, pipeline) @ direction)
    assert forward == pytest.approx(reverse, rel=1e-9, abs=1e-11), "forward and reverse disagree"


# Second derivatives


def check_second(program: Program, pipeline: str, mode: Callable[..., Vector]) -> None:
    """The derivative of the gradient in a direction, against differences of the gradient."""
    gradient = s2s().grad(program.function, program.argnums, pipeline=pipeline)
    direction = tangents_of(program)[1]
    point = oracles.flatten(chosen(program, program.make_args()))
    at = functools.partial(gradient_at, program, gradient)
    wanted = oracles.directional(at, point, direction)
    got = mode(program, gradient, pipeline)
    oracles.assert_vectors_close(got, wanted, input_names(program), rtol=1e-6)


def reverse_over_reverse(program: Program, gradient: Any, pipeline: str) -> Vector:
    """The pullback of the gradient."""
    value, pullback = s2s().vjp(gradient, *program.make_args(), pipeline=pipeline)
    read_gradient(program, value)
    direction = tangents_of(program)[1]
    like = chosen(program, program.make_args())
    return pulled_back(program, pullback, oracles.cotangent_like(like, direction))[1]


def forward_over_reverse(program: Program, gradient: Any, pipeline: str) -> Vector:
    """The tangent of the gradient."""
    tangents, _ = tangents_of(program)
    _, tangent = s2s().jvp(gradient, program.make_args(), tangents, pipeline=pipeline)
    return read_gradient(program, tangent)


def gradient_of_gradient(program: Program, gradient: Any, pipeline: str) -> Vector:
    """The gradient of a function that calls the gradient; only where all arguments are plain."""
    args = program.make_args()
    weights = oracles.tangent_like(chosen(program, args), tangents_of(program)[1])

    def along(*args):  # type: ignore[no-untyped-def]
        total = 0.0
        for part, weight in zip(gradient(*args), weights, strict=True):
            total = total + np.sum(part * weight)
        return total

    return read_gradient(program, s2s().grad(along, program.argnums, pipeline=pipeline)(*args))


def is_plain(value: Any) -> bool:
    """Whether a value is a real number or a real array."""
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")
