"""The slice of native code: the same program, lowered to machine code, gives the same numbers."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from s2s.codegen.llvm import NotNative, lower
from s2s.compiled import Compiled, compile_gradient
from s2s.ir.core import Program
from s2s.runtime.cpu.engine import Native
from tests import zoo
from tests.zoo import uniform

PROGRAMS = {p.name: p for p in zoo.all_programs()}
NATIVE = """
    thirteen.p01_recurrence_in_place thirteen.p02_broadcasting thirteen.p03_while_break_view-breaks
    thirteen.p04_swapped_buffers-even thirteen.p05_alias_after_branch-alias
    thirteen.p09_nonlocal_in_loop loops.triangular loops.collatz_driven exits.exit_decided_deep
    linear_algebra.lu_in_place science.levinson_durbin science.sobel_by_slices
    science.adaptive_step views_and_aliasing.overlapping_add views_and_aliasing.three_axes
    branches.where_guards_a_log containers.history_of_arrays
""".split()


def native(program: Program) -> Native:
    """A program as machine code."""
    code = lower(program)
    failures = [(f.exception, f.message, str(f.span)) for f in code.failures]
    return Native(code.text, code.name, code.parameters, code.results, failures)


def compiled(function: Callable[..., Any], args: Sequence[Any], argnums: Any) -> Compiled:
    """The gradient as generated Python, with all its stages."""
    return compile_gradient(function, args, {}, argnums, mode="grad", pipeline="optimised")


def stage(found: Compiled, name: str) -> Program:
    """The program after a stage: the primal is what is promoted, the gradient what is final."""
    return next(s.program for s in found.stages if s.stage == name)


def agree(got: Sequence[Any], want: Sequence[Any]) -> None:
    """Equal to rounding, all of them."""
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        assert np.shape(a) == np.shape(b)
        assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def check(function: Callable[..., Any], make: Callable[[], tuple[Any, ...]], argnums: Any) -> None:
    """Primal and gradient against Python; arguments stay as they are."""
    found = compiled(function, make(), argnums)
    (value,) = native(stage(found, "promote"))(*found.values(make(), {}))
    assert_allclose(value, function(*make()), rtol=1e-12)
    args = make()
    agree(native(stage(found, "final"))(*found.values(args, {})), found.parts[0](*make()))
    for arg, expected in zip(args, make(), strict=True):
        assert_allclose(arg, expected, rtol=0, atol=0)


@pytest.mark.parametrize("name", NATIVE)
def test_native_code_gives_what_python_gives(name: str) -> None:
    program = PROGRAMS[name]
    check(program.function, program.make_args, program.argnums)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 1000])
def test_any_length(n: int) -> None:
    program = PROGRAMS["thirteen.p01_recurrence_in_place"]
    check(program.function, lambda: (uniform(n), 0.3), (0, 1))


@pytest.mark.parametrize("shape", [(3, 4), (1, 4), (3, 1), (1, 1), (40, 50)])
def test_any_shape(shape: tuple[int, int]) -> None:
    program = PROGRAMS["thirteen.p02_broadcasting"]
    m, n = shape
    check(program.function, lambda: (uniform(m, n), uniform(n), uniform(m), 0.8), (0, 1, 2, 3))
    check(program.function, lambda: (uniform(m, n), uniform(1), uniform(1), 0.8), (0, 1, 2, 3))


@pytest.mark.parametrize("part", [np.s_[::2], np.s_[::-1], np.s_[5:15:3]])
def test_any_strides(part: slice) -> None:
    program = PROGRAMS["thirteen.p01_recurrence_in_place"]
    check(program.function, lambda: (uniform(30)[part], 0.3), (0, 1))


def test_snapshots_are_copied_before_memory_changes() -> None:
    def shifted(x):
        y = x.copy()
        before = y[:-1]
        kept = before * 1.0
        for i in range(len(y)):
            y[i] = y[i] * y[i]
        y[1:] = y[:-1] + kept * before
        return np.sum(y * y)

    check(shifted, lambda: (uniform(6),), (0,))


@pytest.mark.parametrize(
    ("function", "args", "error"),
    [
        (lambda x, n: x[n] * 2.0, (uniform(3), 3), IndexError),
        (lambda x, n: np.sum(x[:n] * x), (uniform(3), 2), ValueError),
        (lambda a, b: a / b, (1.0, 0.0), ZeroDivisionError),
        (lambda a, n: a * (n * n), (1.0, 2**40), OverflowError),
        (lambda a: math.log(a), (-1.0,), ValueError),
        (lambda a: math.exp(a), (1000.0,), OverflowError),
        (lambda x, n: x[0] * len(range(0, 3, n)), (uniform(3), 0), ValueError),
    ],
)
def test_native_code_raises_what_python_raises(function, args, error) -> None:
    sound = tuple(a if isinstance(a, np.ndarray) else type(a)(1) for a in args)
    code = native(stage(compiled(function, sound, (0,)), "promote"))
    with pytest.raises(error) as raised:
        code(*args)
    assert "test_native_slice.py" in raised.value.__notes__[0]


def test_what_has_no_lowering_is_refused() -> None:
    program = PROGRAMS["complex_numbers.mandelbrot_escape"]
    with pytest.raises(NotNative):
        lower(stage(compiled(program.function, program.make_args(), program.argnums), "final"))


def test_llvm_is_loaded_on_first_need() -> None:
    code = "import sys, s2s; sys.exit(any(m.startswith('llvmlite') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
