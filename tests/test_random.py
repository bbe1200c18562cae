"""Random programs in every pipeline and mode; the generator and its minimiser."""

import ast
import functools
import itertools

import pytest

from tests import checks, random_programs
from tests.random_programs import fit, generate, load, make_args, minimise
from tests.zoo import Program

COUNT = 60
SECOND = 15
SWEEP = 1000


@functools.cache
def programs() -> list[tuple[int, str, Program]]:
    """The first fit programs: seed, text, program."""
    return list(itertools.islice(random_programs.fit_programs(0), COUNT))


@pytest.mark.parametrize("number", range(COUNT))
def test_random_program(number: int) -> None:
    seed, text, program = programs()[number]
    report(seed, text, list(random_programs.failures(program, second=number < SECOND)))


@pytest.mark.sweep
def test_many_random_programs() -> None:
    for seed, text, program in itertools.islice(random_programs.fit_programs(1000), SWEEP):
        report(seed, text, list(random_programs.failures(program)))


def report(seed: int, text: str, failures: list[random_programs.Failure]) -> None:
    """Fail with the program's text and the command that minimises it."""
    if failures:
        reasons = "\n".join(str(failure) for failure in failures)
        command = f"python -m tests.random_programs --count 1 --seed {seed}"
        pytest.fail(f"{reasons}\n\n{random_programs.own_part(text)}\nminimise: {command}", False)


# The generator


def test_generator_is_deterministic() -> None:
    assert generate(5) == generate(5)
    assert generate(5) != generate(6)


def test_most_programs_are_fit() -> None:
    """Otherwise the tests above would look at a biased few."""
    seeds = [seed for seed, _, _ in programs()]
    assert seeds[-1] < 1.25 * COUNT


@pytest.mark.parametrize(
    "kind",
    [ast.For, ast.While, ast.Break, ast.Continue, ast.Try, ast.Nonlocal, ast.IfExp, ast.ListComp],
)
def test_every_construct_occurs(kind: type[ast.AST]) -> None:
    own = [ast.parse(random_programs.own_part(text)) for _, text, _ in programs()]
    assert sum(any(isinstance(node, kind) for node in ast.walk(tree)) for tree in own) >= 3


def test_most_programs_depend_on_most_of_their_inputs() -> None:
    used = [(checks.expected(program).jacobian[0] != 0.0).mean() for _, _, program in programs()]
    assert sum(share > 0.6 for share in used) > 0.7 * COUNT


# The minimiser


def test_minimiser_keeps_what_matters() -> None:
    """Of a whole program only the call that is said to be at fault remains."""
    _, text, _ = next(p for p in programs() if "descend(a, 4)" in random_programs.own_part(p[1]))

    def fails(candidate: str) -> bool:
        try:
            with random_programs.time_limit(2):
                load(candidate, "candidate").function(*make_args())
        except Exception:
            return False
        return "descend(a, 4)" in candidate

    small = minimise(text, fails, seconds=20.0)
    assert "descend(a, 4)" in small
    body = ast.parse(small).body[-1]
    assert isinstance(body, ast.FunctionDef)
    assert len(body.body) == 1
    assert len(small.splitlines()) < 12


def test_minimiser_leaves_a_minimal_program_alone() -> None:
    text = "def f(x):\n    return x"
    assert minimise(text, lambda candidate: "return x" in candidate) == text


def test_unfit_programs_are_refused() -> None:
    def with_body(body: str) -> Program:
        return load(f"def f(a, b, s, t, n):\n    return {body}", "unfit")

    assert fit(with_body("float(a[0] * s)"))
    assert not fit(with_body("abs(s - 0.8317 + 1e-4)"))  # a kink near the point
    assert not fit(with_body("s if s > 0.8317 - 1e-4 else 0.0"))  # a jump near it
    assert not fit(with_body("1e9 * s"))
    assert not fit(with_body("a[7]"))
