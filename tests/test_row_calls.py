"""Every row as a user calls it: compiled, in both modes, and once more for second derivatives.

The default run takes the first case of each row; the sweep takes every case under every name, for
real and complex numbers.
"""

from __future__ import annotations

import ast
import linecache
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from s2s import kernels
from s2s.kernels import ROWS, Row
from tests import checks, oracles
from tests.test_rules import SCOPE, Point, Sample, cases_of, domain_of, flat, in_place
from tests.zoo import Program

NOT_CALLED = ("rt.",)  # by users
NUMBERS = {np.inf: "np.inf", -np.inf: "-np.inf"}


class Text(str):
    """A piece of source."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Drawn(ast.NodeTransformer):
    """Takes what is drawn out of a case: ``R(3)`` becomes ``x0``."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def place(self, node: ast.expr) -> ast.AST:
        sample = eval(ast.unparse(node), SCOPE)
        if not isinstance(sample, Sample):
            return self.generic_visit(node)
        self.samples.append(sample)
        return ast.Name(f"x{len(self.samples) - 1}", ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return self.place(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.place(node)


@dataclass
class Written:
    """A case as source: operands, attributes, and what is drawn for which operand."""

    operands: list[Any]
    attrs: dict[str, Any]
    samples: list[tuple[int, Sample]]


def written(row: Row, case: str) -> Written:
    """Read a case."""
    call = ast.parse(f"f({case})", mode="eval").body
    assert isinstance(call, ast.Call)
    named: dict[str, Any] = {k.arg or "": k.value for k in call.keywords}
    finder = Drawn()
    operands: list[Any] = []
    samples: list[tuple[int, Sample]] = []
    for k, node in enumerate(in_place(row, tuple(call.args), named)):
        if isinstance(node, ast.AST):
            node = Text(ast.unparse(finder.visit(node)))
        operands.append(node)
        samples += [(k, sample) for sample in finder.samples[len(samples) :]]
    return Written(operands, {k: eval(ast.unparse(v), SCOPE) for k, v in named.items()}, samples)


def shown(value: Any) -> str:
    """A value as source."""
    return NUMBERS[value] if isinstance(value, float) and value in NUMBERS else repr(value)


def call_text(row: Row, via: str, case: Written) -> str:
    """The call."""
    args, named = row.signature.arguments(case.operands, case.attrs)
    parts = [shown(a) for a in args] + [f"{k}={shown(v)}" for k, v in named.items()]
    if via in kernels.names.OPERATORS:
        return f"{parts[0]} {via} {parts[1]}" if len(parts) > 1 else f"{via[1:]}{parts[0]}"
    if kernels.is_attribute(via):
        return f"{parts[0]}{via}"
    if via[0] == ".":
        return f"{parts[0]}{via}({', '.join(parts[1:])})"
    return f"{via}({', '.join(parts)})"


def function_of(text: str, names: list[str], body: str, title: str, writes: bool) -> Any:
    """A function that makes this call, with a source that can be found; ``writes``: into its first
    argument."""
    imports = {head for head in ("np", "math", "cmath", "scipy") if f"{head}." in f"{text} {body}"}
    known = {"np": "import numpy as np", "scipy": "import scipy.special, scipy.linalg, scipy.fft"}
    lines = [known.get(head, f"import {head}") for head in sorted(imports)]
    lines += [f"def called({', '.join(names)}):"]
    calls = ["x0 = x0.copy()", text, "y = x0"] if writes else [f"y = {text}"]
    lines += [f"    {line}" for line in (*calls, body)]
    filename = f"<row {title}>"
    source = "\n".join(lines) + "\n"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    module = types.ModuleType("row_calls")
    exec(compile(source, filename, "exec"), module.__dict__)
    return module.called


def program_of(row: Row, via: str, case: str, is_complex: bool, body: str) -> Program:
    """A program of the kind the zoo has."""
    found = written(row, case)
    name = f"{via}({case}) {'complex' if is_complex else 'real'} {body}"
    names = [f"x{k}" for k in range(len(found.samples))]
    writes = Point.draw(row, via, case, is_complex).value() is None
    function = function_of(call_text(row, via, found), names, body, name, writes)
    active = tuple(k for k, (_, sample) in enumerate(found.samples) if sample.is_active)

    def make_args() -> tuple[Any, ...]:
        rng = np.random.default_rng(0)
        return tuple(s.draw(rng, domain_of(row, k), is_complex) for k, s in found.samples)

    return Program(name, function, make_args, active, frozenset())


def summed(value: Any) -> str | None:
    """A body that makes one real number of what a call returns."""
    if isinstance(value, tuple | list):
        parts = [
            f"np.sum(np.sin(np.real(y[{k}])))"
            for k, part in enumerate(value)
            if np.asarray(part).dtype.kind in "fc"
        ]
        return f"return {' + '.join(parts)}" if parts else None
    kind = np.asarray(value).dtype.kind
    if kind == "c":
        return "return np.sum(np.real(y) * np.imag(y) + np.cos(np.real(y)))"
    return "return np.sum(np.sin(y))" if kind == "f" else None


def uses(row: Row, every: bool) -> Iterator[tuple[str, str, bool]]:
    """Names, cases and kinds of numbers to test."""
    cases = cases_of(row)
    vias = [v for v in row.via if not v.startswith(NOT_CALLED)]
    if not every:
        vias, cases = vias[:1], cases[:1]
    for via in vias:
        for case in cases:
            if via in row.spread and "(" in case.partition(",")[2]:
                continue
            for is_complex in (False, True) if every else (False,):
                if runs(row, via, case, is_complex):
                    yield via, case, is_complex


def runs(row: Row, via: str, case: str, is_complex: bool) -> bool:
    """Whether plain Python does this."""
    if is_complex and (row.real_only or row.is_gauge or not set(case) & set("RSMHZWND")):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if via[0] == "." and not isinstance(
                Point.draw(row, via, case, is_complex).operands[0], np.ndarray
            ):
                return False
            Point.draw(row, via, case, is_complex).value()
    except (TypeError, ValueError, AttributeError, NotImplementedError, Warning):
        return False
    return True


def check(row: Row, via: str, case: str, is_complex: bool) -> None:
    """Value, derivatives in both modes, second derivatives."""
    point = Point.draw(row, via, case, is_complex)
    value = point.value()
    value = point.operands[0] if value is None else value
    if any(np.asarray(part).dtype in (np.float32, np.complex64) for part in flat(value)):
        return  # too coarse for differences; `test_derivative` has its own tolerance
    is_active = any(np.asarray(part).dtype.kind in "fc" for part in flat(value))
    program = program_of(row, via, case, is_complex, "return y")
    if not program.argnums:
        return
    if not is_active or row.form == "inactive":
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks.check_split(program, "optimised")
        checks.check_forward(program, "optimised")
        body = summed(value)
        assert body is not None
        scalar = program_of(row, via, case, is_complex, body)
        try:
            mode = checks.forward_over_reverse if is_complex else checks.reverse_over_reverse
            checks.check_second(scalar, "optimised", mode)
        except checks.s2s().errors.NotDifferentiable:  # complex gamma: not in scipy
            assert is_complex


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_calls(row: Row) -> None:
    for via, case, is_complex in uses(row, every=False):
        check(row, via, case, is_complex)


@pytest.mark.sweep
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_call(row: Row) -> None:
    for via, case, is_complex in uses(row, every=True):
        check(row, via, case, is_complex)


def test_oracles_are_used() -> None:
    """A row that is wrong is found: the test of the tests."""
    row = kernels.row("sin")
    assert row is not None
    program = program_of(row, "np.sin", "R(3)", False, "return y")
    wrong = Program(
        program.name + "?", lambda x: np.sin(1.01 * x), program.make_args, (0,), program.tags
    )
    got = oracles.differences(program.function, program.make_args(), (0,)).jacobian
    other = oracles.differences(wrong.function, wrong.make_args(), (0,)).jacobian
    assert not np.allclose(got, other, rtol=1e-6)
