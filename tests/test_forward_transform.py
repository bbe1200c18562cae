"""Forward mode as a transformation of programs: the zoo against differences, and small programs."""

import contextlib
import copy
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from s2s.compiled import active_parameters, execute, rebuild, rebuild_tangent, result_values
from s2s.errors import NotDifferentiable
from s2s.frontend.program import Lowered, lower_function
from s2s.ir.core import Program, walk
from s2s.ir.verify import verify, violations
from s2s.runtime.dispatch import contiguous
from s2s.transform.dce import remove_dead
from s2s.transform.forward import tangent_program
from s2s.transform.gradient import Request, seeded_results
from s2s.transform.pipeline import finish_fused, gradient_stages
from s2s.transform.promote import promote
from s2s.transform.protect import protect_arguments
from tests import checks, oracles, zoo

PIPELINES = ("reference", "promoted")
PROGRAMS = zoo.all_programs()
SECOND = [p for p in PROGRAMS if "second" in p.tags]


@dataclass
class Pushed:
    """A function with its tangent program, compiled for example arguments."""

    lowered: Lowered
    active: tuple[int, ...]
    program: Program
    source: str
    run: Callable[..., Any]

    def values(self, args: tuple[Any, ...]) -> list[Any]:
        """What the parameters of the program are in a call."""
        of = {"arg": lambda p: contiguous(args[p.index])}
        return [of.get(p.kind, lambda p: p.where.fetch())(p) for p in self.lowered.parameters]

    def dots(self, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> list[Any]:
        """The tangents of the active parameters."""
        return [tangents[self.lowered.parameters[k].index] for k in self.active]

    def __call__(self, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        """Value and tangent, as structures."""
        found = self.run(*self.values(args), *self.dots(args, tangents))
        found = found if isinstance(found, tuple) else (found,)
        count = len(result_values(self.lowered.program))
        wanted = iter(seeded_results(self.lowered.program))
        value = rebuild(self.lowered.result, iter(found[:count]))
        return value, rebuild_tangent(self.lowered.result, iter(found[count:]), wanted)


def pushed(
    function: Callable[..., Any], args: tuple[Any, ...], argnums: tuple[int, ...], pipeline: str
) -> Pushed:
    """Lower, protect, promote, differentiate, verify, print, execute."""
    lowered = lower_function(function, args)
    active = active_parameters(function, lowered, argnums, args)
    program = remove_dead(protect_arguments(lowered.program, lowered.mutated))
    if pipeline == "promoted":
        program = remove_dead(promote(program))
    return compiled(lowered, active, program)


def compiled(lowered: Lowered, active: tuple[int, ...], program: Program) -> Pushed:
    """The tangent of a program that is ready for it."""
    made = tangent_program(program, active)
    if not violations(program):
        verify(made, "forward")
    made = remove_dead(made)
    module = execute(made, "", made.main.name)
    return Pushed(lowered, active, made, module.source, module.function)


def of(program: zoo.Program, pipeline: str) -> Pushed:
    """A program of the zoo and its tangent."""
    return pushed(program.function, program.make_args(), program.argnums, pipeline)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Programs of the zoo print."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("program", PROGRAMS, ids=repr)
def test_agrees_with_differences(program: zoo.Program, pipeline: str) -> None:
    """Value and directional derivative of every program of the zoo."""
    tangents, direction = checks.tangents_of(program)
    run = of(program, pipeline)
    value, tangent = checks.observed(program, lambda *args: run(args, tangents))
    oracle = checks.expected(program)
    oracles.assert_same_value(value, oracle.value)
    got = oracles.read_like(oracle.value, tangent, cotangent=False)
    names = oracles.entry_names(oracle.value)
    oracles.assert_vectors_close(got, oracle.jacobian @ direction, names, rtol=1e-6)


def gradient_program(
    program: zoo.Program, pipeline: str
) -> tuple[Lowered, tuple[int, ...], Program]:
    """The program that computes the gradient of a function."""
    args = program.make_args()
    lowered = lower_function(program.function, args)
    active = active_parameters(program.function, lowered, program.argnums, args)
    request = Request(active, "one", False)
    *_, last = gradient_stages(lowered.program, lowered.mutated, request, pipeline)
    return lowered, active, finish_fused(last.program)


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("program", SECOND, ids=repr)
def test_tangent_of_a_gradient_program(program: zoo.Program, pipeline: str) -> None:
    """The tangent of a gradient program is the Hessian times a direction."""
    lowered, active, gradient = gradient_program(program, pipeline)
    run = compiled(lowered, active, gradient)
    plain = execute(gradient, "", gradient.main.name).function
    like = checks.chosen(program, program.make_args())

    def gradient_at(*args: Any) -> Any:
        bars = plain(*run.values(args))
        return bars if isinstance(bars, tuple) and len(active) > 1 else (bars,)

    def at(point: oracles.Vector) -> oracles.Vector:
        found = oracles.call_with(gradient_at, program.make_args(), program.argnums, point)
        return oracles.read_like(like, tuple(found))

    tangents, direction = checks.tangents_of(program)
    args = program.make_args()
    found = run.run(*run.values(args), *run.dots(args, tangents))
    got = oracles.read_like(like, tuple(found[len(found) // 2 :]))
    wanted = oracles.directional(at, oracles.flatten(like), direction)
    oracles.assert_vectors_close(got, wanted, checks.input_names(program), rtol=1e-6)


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("program", SECOND, ids=repr)
def test_tangent_of_a_tangent_program(program: zoo.Program, pipeline: str) -> None:
    """The tangent of a tangent program, whose own tangents stay as they are."""
    first = of(program, pipeline)
    second = compiled(first.lowered, first.active, first.program)
    tangents, direction = checks.tangents_of(program)
    value = checks.expected(program).value

    def slope(point: oracles.Vector) -> oracles.Vector:
        def at(*args: Any) -> Any:
            return first(args, tangents)[1]

        found = oracles.call_with(at, program.make_args(), program.argnums, point)
        return oracles.read_like(value, found, cotangent=False)

    args = program.make_args()
    dots = second.dots(args, tangents)
    *_, curvature = second.run(*second.values(args), *dots, *second.dots(args, tangents))
    like = checks.chosen(program, args)
    wanted = oracles.directional(slope, oracles.flatten(like), direction)
    got = oracles.read_like(value, curvature, cotangent=False)
    oracles.assert_vectors_close(got, wanted, oracles.entry_names(value), rtol=1e-6)


# What is written, and what is not


def tangents_along(function: Callable[..., Any], *args: Any, pipeline: str = "promoted") -> Pushed:
    """The tangent of a function with respect to all its arguments."""
    return pushed(function, args, tuple(range(len(args))), pipeline)


def kinds(program: Program) -> list[str]:
    """The kinds of all operations of the entry function."""
    return [op.kind for op in walk(program.main.body)]


def in_direction(function: Callable[..., Any], args: Any, tangents: Any, pipeline: str) -> None:
    """Compare a tangent with differences."""
    run = pushed(function, args, tuple(range(len(args))), pipeline)
    value, tangent = run(copy.deepcopy(args), tangents)
    oracles.assert_same_value(value, function(*copy.deepcopy(args)))
    point, direction = oracles.flatten(args), oracles.flatten(tangents)

    def at(vector: oracles.Vector) -> oracles.Vector:
        numbers = tuple(range(len(args)))
        return oracles.flatten(oracles.call_with(function, args, numbers, vector))

    got = oracles.read_like(value, tangent, cotangent=False)
    wanted = oracles.directional(at, point, direction)
    oracles.assert_vectors_close(got, wanted, oracles.entry_names(value), rtol=1e-7)


def shifted(x, c):  # type: ignore[no-untyped-def]
    return np.sin(x) + c


def test_zero_tangents_are_not_written() -> None:
    run = pushed(shifted, (np.ones(3), np.ones(3)), (0,), "promoted")
    assert not {"zeros_like", "accum", "shadow"} & set(kinds(run.program))


def test_a_tangent_has_the_shape_of_the_result() -> None:
    args = np.ones(3), np.ones((2, 3))
    run = pushed(shifted, args, (0,), "promoted")
    _, tangent = run(args, (np.ones(3), None))
    assert tangent.shape == (2, 3)
    tangent[0, 0] = 0.0  # and is an array of its own


def same_shape(x):  # type: ignore[no-untyped-def]
    y = 2.0 * x + np.floor(x)
    return np.sin(y) * y + np.ones_like(x)


def test_nothing_is_stretched_that_has_its_shape() -> None:
    run = tangents_along(same_shape, np.ones(3))
    assert "broadcast_to" not in kinds(run.program)


def in_place(x, w):  # type: ignore[no-untyped-def]
    y = np.zeros(len(x))
    for k in range(1, len(x)):
        y[k] = w * y[k - 1] + x[k]
    y[::2] *= x[0]
    return y


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_arrays_that_stay_need_no_shadows(pipeline: str) -> None:
    args = np.array([0.5, 1.5, -0.3, 0.7]), 0.9
    run = tangents_along(in_place, *args, pipeline=pipeline)
    assert "rt." not in run.source
    in_direction(in_place, args, (np.array([1.0, -0.5, 0.3, 2.0]), 0.7), pipeline)


def test_without_value() -> None:
    lowered = lower_function(shifted, (np.ones(3), np.ones(3)))
    program = promote(protect_arguments(lowered.program, lowered.mutated))
    made = remove_dead(tangent_program(program, (0,), value=False))
    run = execute(made, "", made.main.name).function
    assert np.array_equal(run(np.zeros(3), np.ones(3), np.arange(3.0)), np.arange(3.0))


def test_returned_tangent_is_not_the_given_one() -> None:
    run = pushed(shifted, (np.ones(2), np.ones(2)), (1,), "promoted")
    given = np.ones(2)
    _, tangent = run((np.ones(2), np.ones(2)), (None, given))
    assert not np.may_share_memory(tangent, given)


# Structures


def rewritten(p):  # type: ignore[no-untyped-def]
    p["w"][0] *= p["scale"]  # an array that is written to, beside one that is not
    p["list"].append(p["w"][1] * p["list"][0])
    p["list"].reverse()
    p["arrays"] = [p["b"] * v for v in p["list"]]
    p["pair"] = (p["scale"] ** 2, 7, p["b"])
    return p


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_structures(pipeline: str) -> None:
    p = {
        "w": np.array([0.4, 0.8]),
        "b": np.array([1.0, 2.0, 3.0]),
        "scale": 1.5,
        "count": 3,
        "list": [0.3, 2.0],
        "arrays": [np.array([1.0])],
        "pair": (1.0, 2, np.array([0.5])),
    }
    size = len(oracles.flatten(p))
    direction = np.random.default_rng(1).normal(size=size)
    in_direction(rewritten, (p,), (oracles.tangent_like(p, direction),), pipeline)


def lists(x, items):  # type: ignore[no-untyped-def]
    made = [v * v for v in x]
    made.insert(0, 3)
    made = made + made[1:] + items * 2
    last = made.pop() * made.pop(1)
    made.extend(items)
    rows = [[v, 2.0 * v] for v in made]
    return np.array(made), np.array(rows) * last, sum(made)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_lists(pipeline: str) -> None:
    args = np.array([0.5, 1.5, 2.5]), [0.2, 0.4]
    in_direction(lists, args, (np.array([1.0, -0.5, 0.3]), [2.0, 0.1]), pipeline)


def copied_by_reshape(x):  # type: ignore[no-untyped-def]
    y = x * 1.0
    z = np.reshape(y.T, (-1,))  # a copy
    w = np.ravel(y)  # a view
    z[0] *= 3.0
    w[1] *= z[0]
    return y * z[2]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_views_that_had_to_copy(pipeline: str) -> None:
    x = np.array([[0.5, 1.5], [2.5, 0.7]])
    in_direction(copied_by_reshape, (x,), (np.array([[1.0, 2.0], [-1.0, 0.5]]),), pipeline)


def in_singles(x):  # type: ignore[no-untyped-def]
    y = x * 0.5 + np.float32(2.0)
    return y, y.astype(np.float64), y * (1.0 + 2.0j)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_tangents_have_the_dtypes_of_the_values(pipeline: str) -> None:
    args = (np.ones(3, np.float32),)
    value, tangent = tangents_along(in_singles, *args, pipeline=pipeline)(args, args)
    assert [v.dtype for v in value] == [t.dtype for t in tangent]


# Errors


def larger_of_complex(x):  # type: ignore[no-untyped-def]
    y = x + 1j
    return np.maximum(y, 2j * x)


def test_what_has_no_tangent_is_refused() -> None:
    with pytest.raises(NotDifferentiable, match="maximum") as caught:
        tangents_along(larger_of_complex, np.ones(3))
    span = caught.value.span
    assert span is not None
    assert span.line == larger_of_complex.__code__.co_firstlineno + 2
