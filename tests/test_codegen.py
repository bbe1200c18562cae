"""The Python printer: what it prints means what the program means, and reads well.

Meaning is that of `tests.interpreter`, on hand-written programs and on random ones; how the text
reads is compared with what a person would write.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s2s.codegen.python import Printed, print_program
from s2s.ir.builder import Builder
from s2s.ir.core import Block, Function, Op, Program, Value
from s2s.ir.parse import parse
from s2s.ir.span import Span
from s2s.ir.types import (
    BOOL,
    F64,
    FLOAT,
    INT,
    OPAQUE,
    Array,
    ListOf,
    Ref,
    Type,
)
from tests.interpreter import run


# ------------------------------------------------------------------------------------------ helpers
def compiled(
    printed: Printed, name: str, symbols: dict[str, Any] | None = None
) -> Callable[..., Any]:
    """The function that a printed program defines."""
    namespace: dict[str, Any] = dict(symbols or {})
    exec(compile(printed.source, "<printed>", "exec"), namespace)
    return namespace[printed.names[name]]


def outcome(function: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, ...]:
    """All that can be seen of a call: result or exception, output, what became of the arguments."""
    args = [arg.copy() if isinstance(arg, np.ndarray | list) else arg for arg in args]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), np.errstate(all="ignore"):
        try:
            result = seen(function(*args))
        except AssertionError:
            raise
        except Exception as error:
            result = type(error).__name__
    return result, out.getvalue(), [seen(arg) for arg in args]


def seen(thing: Any) -> Any:
    """A value in a form that compares, bit by bit."""
    if isinstance(thing, np.ndarray):
        return ("array", thing.shape, [seen(item) for item in thing.ravel().tolist()])
    if isinstance(thing, tuple | list):
        return (type(thing).__name__, *map(seen, thing))
    if isinstance(thing, float):
        return "nan" if thing != thing else float(thing).hex()
    return thing


def agree(program: Program, *args: Any) -> Printed:
    """Print a program, and compare what it does with what the interpreter does."""
    printed = print_program(program)
    expected = outcome(lambda *a: run(program, *a), args)
    found = outcome(compiled(printed, program.entry, dict(program.symbols)), args)
    assert found == expected, printed.source
    return printed


def body_of(text: str, **options: Any) -> str:
    """The printed body of the entry function."""
    source = print_program(parse(dedent(text)), **options).source
    entry = source[source.index("def ") :].split("\n\n\n")[0]
    return dedent("\n".join(entry.split("\n")[1:])).strip()


def prints(text: str, expected: str, *args: Any) -> None:
    """A program prints as expected, and does the same as in the interpreter."""
    assert body_of(text) == dedent(expected).strip()
    if args:
        agree(parse(dedent(text)), *args)


# ------------------------------------------------------------------------------------------ goldens
def test_sweeps_of_a_recurrence() -> None:
    prints(
        """
        heap &0 = list(float)
        heap &1 = f64[?]
        func @f_vjp(%x: f64[:], %w: float, %s_bar: float) -> &1:1, float {
          %0 = const 0 : int
          %1 = const 1 : int
          %3 = const 3 : int
          %zero = const 0.0 : float
          %tape_s = alloc : &0
          %s, %4, %5 = loop %i in [%0, %3, %1] carry (%s.1: float = %zero) {
            %6 = getitem %x, %i [path=("int",)] : f64
            %7 = multiply %w, %6 [via="*"] : float
            %8 = add %s.1, %7 [via="+"] : float
            %s.2 = tanh %8 [via="np.tanh"] : float
            append %tape_s, %s.2
            yield %s.2
          }
          comment [text="reverse sweep"]
          %9 = zeros_like %x [via="np.zeros_like"] : f64[:]
          %x_bar = alloc %9 : &1:1
          %s_bar.1, %w_bar, %10, %11 = loop %i.1 in [%0, %3, %1]
              carry (%s_bar.2: float = %s_bar, %w_bar.1: float = %zero) [reversed=True] {
            %s.3 = pop %tape_s : float
            %12 = multiply %s.3, %s.3 [via="*"] : float
            %13 = subtract %1, %12 [via="-"] : float
            %s_bar.3 = multiply %13, %s_bar.2 [via="*"] : float
            %14 = getitem %x, %i.1 [path=("int",)] : f64
            %15 = multiply %14, %s_bar.3 [via="*"] : float
            %w_bar.2 = add %w_bar.1, %15 [via="+"] : float
            %16 = multiply %w, %s_bar.3 [via="*"] : float
            accum %x_bar, %i.1, %16 [path=("int",)]
            yield %s_bar.3, %w_bar.2
          }
          return %x_bar, %w_bar
        }""",
        """
        tape_s = []
        s = 0.0
        for i in range(3):
            s = np.tanh(s + w * x[i])
            tape_s.append(s)

        # reverse sweep
        x_bar = np.zeros_like(x)
        w_bar = 0.0
        for i in reversed(range(3)):
            s = tape_s.pop()
            s_bar = (1 - s * s) * s_bar
            w_bar += x[i] * s_bar
            x_bar[i] += w * s_bar
        return x_bar, w_bar
        """,
        np.array([1.0, 2.0, 3.0]),
        0.5,
        1.0,
    )


def test_sweep_of_an_elimination() -> None:
    prints(
        """
        heap &0 = f64[?]
        func @rev(%a: &0:2, %a_bar: &0:2, %n: int)  {
          %0 = const 0 : int
          %1 = const 1 : int
          %z = const 0.0 : float
          %3, %4 = loop %k in [%0, %n, %1] carry () [reversed=True] {
            %5 = add %k, %1 [via="+"] : int
            %a_sum, %6, %7 = loop %i in [%5, %n, %1] carry (%a_sum.1: float = %z) {
              %8 = add %k, %1 [via="+"] : int
              %a_sum.2, %9, %10 = loop %j in [%8, %n, %1] carry (%a_sum.3: float = %z) {
                %11 = load %a_bar, %i, %j [path=("int", "int")] : f64
                %12 = load %a, %i, %k [path=("int", "int")] : f64
                %13 = multiply %11, %12 [via="*"] : f64
                %14 = negative %13 [via="u-"] : f64
                accum %a_bar, %k, %j, %14 [path=("int", "int")]
                %15 = load %a, %k, %j [path=("int", "int")] : f64
                %16 = multiply %11, %15 [via="*"] : f64
                %a_sum.4 = subtract %a_sum.3, %16 [via="-"] : float
                yield %a_sum.4
              }
              accum %a_bar, %i, %k, %a_sum.2 [path=("int", "int")]
              %20 = load %a_bar, %i, %k [path=("int", "int")] : f64
              store %a_bar, %i, %k, %z [path=("int", "int")]
              %21 = load %a, %k, %k [path=("int", "int")] : f64
              %22 = divide %20, %21 [via="/"] : f64
              accum %a_bar, %i, %k, %22 [path=("int", "int")]
              %23 = load %a, %i, %k [path=("int", "int")] : f64
              %24 = multiply %22, %23 [via="*"] : f64
              %a_sum.5 = subtract %a_sum.1, %24 [via="-"] : float
              yield %a_sum.5
            }
            accum %a_bar, %k, %k, %a_sum [path=("int", "int")]
            yield
          }
          return
        }""",
        """
        for k in reversed(range(n)):
            a_sum = 0.0
            for i in range(k + 1, n):
                a_sum2 = 0.0
                for j in range(k + 1, n):
                    a_bar_ij = a_bar[i, j]
                    a_bar[k, j] -= a_bar_ij * a[i, k]
                    a_sum2 -= a_bar_ij * a[k, j]
                a_bar[i, k] += a_sum2
                a_bar_ik = a_bar[i, k]
                a_bar[i, k] = 0.0
                t = a_bar_ik / a[k, k]
                a_bar[i, k] += t
                a_sum -= t * a[i, k]
            a_bar[k, k] += a_sum
        """,
        np.arange(9.0).reshape(3, 3) + np.eye(3),
        np.ones((3, 3)),
        3,
    )


def test_swaps_are_one_assignment() -> None:
    loop = """
        func @f(%n: int, %a: int, %b: int) -> int {{
          %0 = const 0 : int
          %1 = const 1 : int
          %a.1, %b.1, %2, %3 = loop %4 in [%0, %n, %1] carry (%a.2: int = %a, %b.2: int = %b) {{
            %5 = add %a.2, %b.2 [via="+"] : int
            yield {yields}
          }}
          return %a.1
        }}"""
    fibonacci = """
        for _ in range(n):
            a, b = b, a + b
        return a
        """
    swap = """
        for _ in range(n):
            a, b = b, a
        return a
        """
    prints(loop.format(yields="%b.2, %5"), fibonacci, 7, 0, 1)
    prints(loop.format(yields="%b.2, %a.2"), swap, 7, 0, 1)


def test_while_with_a_condition() -> None:
    prints(
        """
        func @sqrt(%a: float) -> float {
          %0 = const 1.0 : float
          %1 = const 1e-12 : float
          %x, %2, %3 = loop %4 carry (%x.1: float = %0) {
            %5 = multiply %x.1, %x.1 [via="*"] : float
            %6 = subtract %5, %a [via="-"] : float
            %7 = abs %6 [via="abs"] : float
            %8 = greater %7, %1 [via=">"] : bool
            branch %8 {
              %9 = divide %a, %x.1 [via="/"] : float
              %10 = add %x.1, %9 [via="+"] : float
              %11 = const 0.5 : float
              %x.2 = multiply %11, %10 [via="*"] : float
              yield %x.2
            } else {
              break %x.1 [code=1]
            }
          }
          return %x
        }""",
        """
        x = 1.0
        while abs(x * x - a) > 1e-12:
            x = 0.5 * (x + a / x)
        return x
        """,
        2.0,
    )


def test_while_with_and() -> None:
    prints(
        """
        heap &0 = f64[?]
        func @find(%x: &0:1, %limit: float) -> int {
          %0 = const 0 : int
          %1 = const 1 : int
          %n = dim %x [axis=0] : int
          %i, %3, %4 = loop %5 carry (%i.1: int = %0) {
            %6 = less %i.1, %n [via="<"] : bool
            %7 = if %6 : bool {
              %8 = load %x, %i.1 [path=("int",)] : f64
              %9 = less %8, %limit [via="<"] : bool
              yield %9
            } else {
              %10 = const False : bool
              yield %10
            }
            branch %7 {
              %i.2 = add %i.1, %1 [via="+"] : int
              yield %i.2
            } else {
              break %i.1 [code=1]
            }
          }
          return %i
        }""",
        """
        n = len(x)
        i = 0
        while i < n and x[i] < limit:
            i += 1
        return i
        """,
        np.array([0.0, 1.0, 2.0]),
        1.5,
    )


def test_early_returns() -> None:
    prints(
        """
        func @sign(%x: float) -> float {
          %0 = const 0.0 : float
          %1 = const 1.0 : float
          %2 = const -1.0 : float
          %3 = less %x, %0 [via="<"] : bool
          %4 = if %3 : float {
            yield %2
          } else {
            %5 = greater %x, %0 [via=">"] : bool
            %6 = if %5 : float {
              yield %1
            } else {
              yield %0
            }
            yield %6
          }
          return %4
        }""",
        """
        if x < 0.0:
            return -1.0
        if x > 0.0:
            return 1.0
        return 0.0
        """,
        0.5,
    )


def test_return_from_a_loop() -> None:
    text = """
        heap &0 = f64[?]
        func @f(%x: &0:1) -> float {
          %0 = const 0 : int
          %1 = const 1 : int
          %2 = const 0.0 : float
          %n = dim %x [axis=0] : int
          %3 = undef : float
          %s, %4, %5, %6 = loop %i in [%0, %n, %1] carry (%s.1: float = %2, %7: float = %3) {
            %8 = load %x, %i [path=("int",)] : f64
            %9 = float %8 [via="float"] : float
            %10 = less %9, %2 [via="<"] : bool
            branch %10 {
              %11 = undef : float
              %12 = negative %s.1 [via="u-"] : float
              break %11, %12 [code=1]
            } else {
              %s.2 = add %s.1, %9 [via="+"] : float
              %13 = undef : float
              yield %s.2, %13
            }
          }
          %14 = greater_equal %6, %1 [via=">="] : bool
          %15 = if %14 : float {
             yield %4
          } else {
             %16 = sqrt %s [via="math.sqrt"] : float
             yield %16
          }
          return %15
        }"""
    expected = """
        n = len(x)
        s = 0.0
        for i in range(n):
            t = float(x[i])
            if t < 0.0:
                return -s
            s += t
        return math.sqrt(s)
        """
    prints(text, expected, np.array([1.0, 3.0]))
    prints(text, expected, np.array([1.0, -3.0]))


def test_leaving_and_skipping() -> None:
    """`break` and `continue` where they are needed; what does not leave is not indented."""
    prints(
        """
        heap &0 = f64[?]
        func @f(%x: &0:1, %limit: float) -> float, int {
          %0 = const 0 : int
          %1 = const 1 : int
          %2 = const 0.0 : float
          %n = dim %x [axis=0] : int
          %s, %k, %3 = loop %i in [%0, %n, %1] carry (%s.1: float = %2) {
            %4 = load %x, %i [path=("int",)] : f64
            %5 = float %4 [via="float"] : float
            %6 = less %5, %2 [via="<"] : bool
            branch %6 {
              yield %s.1
            } else {
              %7 = greater %5, %limit [via=">"] : bool
              branch %7 {
                break %s.1 [code=1]
              } else {
                %s.2 = add %s.1, %5 [via="+"] : float
                yield %s.2
              }
            }
          }
          return %s, %k
        }""",
        """
        n = len(x)
        s = 0.0
        k = 0
        for i in range(n):
            t = float(x[i])
            if t < 0.0:
                k += 1
                continue
            if t > limit:
                break
            s += t
            k += 1
        return s, k
        """,
        np.array([1.0, -3.0, 2.0, 5.0, 1.0]),
        4.0,
    )


def test_names_of_versions_and_clashes() -> None:
    """Versions of a variable share its name unless both live; no name from outside is hidden."""
    prints(
        """
        func @f(%np: float, %x: float) -> float {
          %x.1 = multiply %x, %x [via="*"] : float
          %y = sin %x.1 [via="np.sin"] : float
          %x.2 = add %x.1, %np [via="+"] : float
          %1 = multiply %x.2, %y [via="*"] : float
          %y.1 = add %1, %y [via="+"] : float
          %2 = multiply %y.1, %x.2 [via="*"] : float
          %3 = add %2, %y.1 [via="+"] : float
          %4 = subtract %3, %y [via="-"] : float
          return %4
        }""",
        """
        x *= x
        y = np.sin(x)
        x += np2
        y2 = x * y + y
        return y2 * x + y2 - y
        """,
        0.5,
        0.25,
    )


def test_only_numbers_are_augmented() -> None:
    """``x += e`` on an array changes what others hold."""
    prints(
        """
        func @f(%x: f64[:], %s: float) -> f64[:], float {
          %x.1 = add %x, %s [via="+"] : f64[:]
          %1 = const -2.0 : float
          %s.1 = add %s, %1 [via="+"] : float
          %2 = negative %s.1 [via="u-"] : float
          %3 = multiply %2, %s [via="*"] : float
          %s.2 = add %s.1, %3 [via="+"] : float
          return %x.1, %s.2
        }""",
        """
        x = x + s
        s2 = s - 2.0
        s = s2 - s2 * s
        return x, s
        """,
        np.array([1.0, 2.0]),
        3.0,
    )


def test_long_expressions_are_divided() -> None:
    terms = [f'%{k + 1} = add %{k}, %first_variable [via="+"] : float' for k in range(1, 12)]
    text = f"""
        func @f(%first_variable: float) -> float {{
          %1 = sin %first_variable [via="np.sin"] : float
          {" ".join(terms)}
          return %12
        }}"""
    lines = body_of(text).split("\n")
    assert len(lines) == 3
    assert max(map(len, lines)) < 96
    agree(parse(text), 0.5)


def test_tuples_are_taken_apart() -> None:
    prints(
        """
        heap &0 = list((float, int, float))
        func @f(%tape: &0, %p: (float, int)) -> float, int {
          %1 = pop %tape : (float, int, float)
          %a = item %1 [index=0] : float
          %b = item %1 [index=2] : float
          %x = item %p [index=0] : float
          %n = item %p [index=1] : int
          %2 = pop %tape : (float, int, float)
          %k = item %2 [index=1] : int
          %3 = multiply %a, %b [via="*"] : float
          %4 = multiply %3, %x [via="*"] : float
          %5 = add %n, %k [via="+"] : int
          return %4, %5
        }""",
        """
        a, _, b = tape.pop()
        x, n = p
        k = tape.pop()[1]
        return a * b * x, n + k
        """,
        [(1.0, 2, 3.0), (4.0, 5, 6.0)],
        (2.0, 7),
    )


def test_exceptions() -> None:
    text = """
        symbols ZeroDivisionError, ValueError, print
        func @f(%x: float) -> float {
          %1 = const 1.0 : float
          %y, %2, %3 = attempt [handlers=(("ZeroDivisionError", "ValueError"), ("OSError",))]
              : float, int, opaque {
            %4 = divide %1, %x [via="/"] : float
            %y.1 = log %4 [via="math.log"] : float
            yield %y.1
          }
          %0 = const 0 : int
          %5 = equal %2, %0 [via="=="] : bool
          %y.2 = if %5 : float {
            yield %y
          } else {
            print %3
            yield %1
          }
          %6 = multiply %y.2, %y.2 [via="*"] : float
          return %6
        }"""
    expected = """
        failed = 0
        try:
            y = math.log(1.0 / x)
        except (ZeroDivisionError, ValueError) as caught:
            failed = 1
            error = caught
        except OSError as caught:
            failed = 2
            error = caught
        if failed != 0:
            print(error)
            y = 1.0
        return y * y
        """
    assert body_of(text) == dedent(expected).strip()
    symbols = {"ZeroDivisionError": ZeroDivisionError, "ValueError": ValueError, "print": print}
    for x in (2.0, 0.0, -1.0):
        agree(parse(dedent(text), symbols | {"OSError": OSError}), x)


# ------------------------------------------------------------------------------- every operation
HEAP_TEXT = """
heap &0 = f64[?]
heap &1 = list(float)
heap &2 = Params{"w": &0:2, "n": int}
heap &3 = dict{"k": float}
heap &4 = dict(str, float)
heap &5 = cell(float)
symbols Params, ValueError, scale
"""
PARAMS = (
    "%x: float, %y: float, %i: int, %j: int, %c: bool, %s: str, %v: f64[:], %m: f64[:,:], "
    "%u: f64[?], %o: float?, %a: &0:1, %b: &0:2, %z: &0:0, %l: &1, %l2: &1, %p: &2, %d: &3, "
    "%e: &4, %cell: &5, %np1: float, %sh: opaque"
)
NONE_ = "%N = const None : none\n  "
CASES = [
    ('%9 = sin %x [via="math.sin"] : float', "math.sin(x)"),
    ('%9 = sin %v [via="np.sin"] : f64[:]', "np.sin(v)"),
    ('%9 = power %x, %y [via="**"] : float', "x ** y"),
    ('%9 = matmul %m, %v [via="@"] : f64[:]', "m @ v"),
    ('%9 = transpose %m [via=".T"] : f64[:,:]', "m.T"),
    ('%9 = sum %m [via="np.sum", axis=0] : f64[:]', "np.sum(m, axis=0)"),
    ('%9 = sum %m [via=".sum", axis=None] : f64', "m.sum()"),
    ('%9 = zeros %i [via="np.zeros", dtype="float32"] : f32[:]', "np.zeros(i, dtype=np.float32)"),
    ('%9 = concatenate %v, %v [via="np.concatenate", axis=0] : f64[:]', "np.concatenate([v, v])"),
    ('%9 = erf %v [via="scipy.special.erf"] : f64[:]', "scipy.special.erf(v)"),
    ('%9 = abs %x [via="abs"] : float', "abs(x)"),
    ('%9 = negative %x [via="u-"] : float', "-x"),
    ("%9 = const -inf : float", "-math.inf"),
    ("%9 = const nan : float", "math.nan"),
    ("%9 = const (1, -2) : (int, int)", "(1, -2)"),
    ('%9 = symbol "scale" : opaque', "scale"),
    ("%9 = widen %i : float", "i"),
    ("%9 = unwrap %o : float", "o"),
    ("%9 = is_none %o : bool", "o is None"),
    ("%1 = is_none %o : bool\n  %9 = not %1 : bool", "o is not None"),
    ("%9 = tuple %x, %i : (float, int)", "(x, i)"),
    ('%9 = getitem %m, %i, %j [path=("int", "int")] : f64', "m[i, j]"),
    (NONE_ + '%9 = getitem %m, %i, %i, %N, %N [path=("int", "slice", "new")] : f64[:,:]',
     "m[i, i:, None]"),
    ("%9 = select %c, %x, %y : float", "x if c else y"),
    ("%9 = bool_of %x : bool", "bool(x)"),
    ("%9 = not %c : bool", "not c"),
    ("%9 = dim %v [axis=0] : int", "len(v)"),
    ("%9 = dim %b [axis=0] : int", "b.shape[0]"),
    ("%9 = dim %b [axis=1] : int", "b.shape[1]"),
    ("%9 = shape %b : shape", "b.shape"),
    ("%9 = shape %u : shape", "np.shape(u)"),
    ("%9 = len %l : int", "len(l)"),
    ("%9 = copy %v : f64[:]", "v.copy()"),
    ('%9 = format %x, %i [template=("a ", (0, "", ".3f"), (1, "r", ""))] : str',
     'f"a {x:.3f}{i!r}"'),
    ("%9 = is_array %u : bool", "np.ndim(u) > 0"),
    ("%9 = same %a, %b : bool", "a is b"),
    ("%9 = alloc %v : &0:1", "v.copy()"),
    ('%1 = sin %v [via="np.sin"] : f64[:]\n  %9 = alloc %1 : &0:1', "np.sin(v)"),
    ("%9 = alloc %x, %y : &1", "[x, y]"),
    ("%9 = alloc %x : &3", '{"k": x}'),
    ("%9 = alloc : &4", "{}"),
    ("%9 = alloc %x : &5", "rt.Cell(x)"),
    ('%9 = alloc [symbol="Params"] : &2', "object.__new__(Params)"),
    ("%9 = load %a [path=()] : f64[:]", "a"),
    ("%9 = load %cell [path=()] : float", "cell.value"),
    ('%9 = load %cell [path=(("attr", "value"),)] : float', "cell.value"),
    ('%9 = load %p [path=(("attr", "w"),)] : &0:2', "p.w"),
    ('%9 = load %d [path=(("key", "k"),)] : float', 'd["k"]'),
    ('%9 = load %e, %s [path=("item",)] : float', "e[s]"),
    ('%9 = view %a, %i, %j, %i [path=("slice",)] : &0:1', "a[i:j:i]"),
    ("%9 = pop %l : float", "l.pop()"),
    ("%9 = pop %l, %i : float", "l.pop(i)"),
    ("%9 = list_concat %l, %l2 : &1", "l + l2"),
    ("%9 = list_repeat %l, %i : &1", "l * i"),
    (NONE_ + "%9 = list_slice %l, %i, %N, %N : &1", "l[i:]"),
    ("%9 = array_of %l : f64[:]", "np.array(l)"),
    ("%9 = contains %x, %l : bool", "x in l"),
    ("%9 = list_of %e : &1", "list(e)"),
    ('%9 = exception %s [symbol="ValueError"] : opaque', "ValueError(s)"),
    ('%9 = pycall %x [symbol="scale"] : float', "scale(x)"),
    ("%9 = call %x [callee=@g] : float", "g(x)"),
    ("%9 = shadows : opaque", "rt.Shadows()"),
    ("%9 = shadow %sh, %a : &0:1", "sh(a)"),
    ("%9 = private %l : &1", "rt.private(l)"),
]  # fmt: skip
STATEMENTS = [
    ('store %a, %i, %x [path=("int",)]', "a[i] = x"),
    ("store %a, %v [path=()]", "a[...] = v"),
    ("store %cell, %x [path=()]", "cell.value = x"),
    ('store %p, %i [path=(("attr", "n"),)]', "p.n = i"),
    ('accum %a, %i, %x [path=("int",)]', "a[i] += x"),
    ('%1 = negative %x [via="u-"] : float\n  accum %a, %i, %1 [path=("int",)]', "a[i] -= x"),
    ("accum %a, %v [path=()]", "a += v"),
    ("accum %z, %x [path=()]", "z[...] += x"),
    ('accum %d, %x [path=(("key", "k"),)]', 'd["k"] += x'),
    ('accum_at %b, %i, %j, %x [path=("int", "int")]', "np.add.at(b, (i, j), x)"),
    ("append %l, %x", "l.append(x)"),
    ("list_insert %l, %i, %x", "l.insert(i, x)"),
    ("list_extend %l, %l2", "l.extend(l2)"),
    ('print %x, %i [keywords=(("end", ""),)]', 'print(x, i, end="")'),
]


def operation(text: str, result: str = "") -> str:
    """The body of a function that does one thing."""
    returns = f"-> {result} " if result else ""
    given = "%9" if result else ""
    return body_of(
        f"{HEAP_TEXT}func @f({PARAMS}) {returns}{{\n  {text}\n  return {given}\n}}\n"
        "func @g(%x: float) -> float {\n  print %x\n  return %x\n}",
    )


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[c[1] for c in CASES])
def test_expression(text: str, expected: str) -> None:
    printed = operation(text, text.rpartition(" : ")[2])
    assert printed == f"return {expected[1:-1] if expected.startswith('(') else expected}"


@pytest.mark.parametrize(("text", "expected"), STATEMENTS, ids=[c[1] for c in STATEMENTS])
def test_statement(text: str, expected: str) -> None:
    assert operation(text) == expected


# ------------------------------------------------------------------------------- memory, effects
def test_snapshots_are_copied_only_where_memory_changes() -> None:
    text = """
        heap &0 = f64[?]
        func @f(%a: &0:1) -> f64, f64[:] {{
          %0 = const 0 : int
          %2 = const 2 : int
          %3 = const None : none
          %4 = const 9.0 : float
          %b = load %a, %0, %2, %3 [path=("slice",)] : f64[:]
          {first}
          %s = sum %b [via="np.sum"] : f64
          {second}
          %c = multiply %b, %b [via="*"] : f64[:]
          return %s, %c
        }}"""
    store = 'store %a, %0, %4 [path=("int",)]'
    after = text.format(first="", second="").replace("return", store + "\n return")
    for first, second, copied in [("", "", False), (store, "", True), ("", store, True)]:
        program = parse(dedent(text.format(first=first, second=second)))
        source = agree(program, np.array([1.0, 2.0, 3.0])).source
        assert (".copy()" in source) == copied
    assert ".copy()" not in agree(parse(dedent(after)), np.array([1.0, 2.0, 3.0])).source


def test_accumulation_reads_its_target_first() -> None:
    """``a[i] += f(a)`` would lose what f does to ``a[i]``."""
    text = """
        heap &0 = f64[?]
        func @f(%a: &0:1) {
          %0 = const 0 : int
          %1 = call %a [callee=@g] : float
          accum %a, %0, %1 [path=("int",)]
          return
        }
        func @g(%a: &0:1) -> float {
          %0 = const 0 : int
          %x = const 5.0 : float
          store %a, %0, %x [path=("int",)]
          return %x
        }"""
    assert body_of(text) == "t = g(a)\na[0] += t"
    agree(parse(dedent(text)), np.array([1.0]))


def test_order_inside_of_try() -> None:
    """Where an exception is caught, nothing moves across what may raise."""
    text = """
        heap &0 = f64[?]
        symbols ZeroDivisionError
        func @f(%a: &0:1, %x: float) -> float {
          %0 = const 0 : int
          %1 = const 1.0 : float
          %y, %2, %3 = attempt [handlers=(("ZeroDivisionError",),)] : float, int, opaque {
            %4 = divide %1, %x [via="/"] : float
            store %a, %0, %x [path=("int",)]
            %5 = add %4, %x [via="+"] : float
            yield %5
          }
          %6 = equal %2, %0 [via="=="] : bool
          %7 = if %6 : float {
            yield %y
          } else {
            yield %1
          }
          return %7
        }"""
    program = parse(dedent(text), {"ZeroDivisionError": ZeroDivisionError})
    for x in (0.0, 2.0):
        agree(program, np.array([7.0]), x)


def test_memory_is_as_python_leaves_it_when_something_raises() -> None:
    text = """
        heap &0 = f64[?]
        func @f(%a: &0:1, %x: float) -> float {
          %0 = const 0 : int
          %1 = const 1.0 : float
          %2 = divide %1, %x [via="/"] : float
          store %a, %0, %x [path=("int",)]
          %3 = add %2, %x [via="+"] : float
          return %3
        }"""
    prints(text, "t = 1.0 / x\na[0] = x\nreturn t + x", np.array([7.0]), 0.0)


def test_effects_are_nested_in_the_order_of_evaluation() -> None:
    text = """
        func @f(%x: float) -> float {{
          %1 = call %x [callee=@g] : float
          %2 = call %1 [callee=@g] : float
          %3 = call %x [callee=@g] : float
          %4 = subtract {operands} [via="-"] : float
          return %4
        }}
        func @g(%x: float) -> float {{
          %1 = multiply %x, %x [via="*"] : float
          print %1
          return %1
        }}"""
    in_order, swapped = (text.format(operands=o) for o in ("%2, %3", "%3, %2"))
    assert body_of(in_order) == "return g(g(x)) - g(x)"
    assert body_of(swapped) == "t = g(g(x))\nreturn g(x) - t"
    agree(parse(dedent(swapped)), 3.0)


def test_unbound_variables_raise_where_they_are_read() -> None:
    text = """
        func @f(%c: bool, %x: float) -> float {
          %y = if %c : float {
            yield %x
          } else {
            %1 = undef : float
            yield %1
          }
          print %x
          %2 = multiply %y, %y [via="*"] : float
          return %2
        }"""
    prints(text, "if c:\n    y = x\nprint(x)\nreturn y * y", True, 2.0)
    prints(text, "if c:\n    y = x\nprint(x)\nreturn y * y", False, 2.0)


# ------------------------------------------------------------------------------ text of a module
def located(op: Op, file: str, line: int) -> Op:
    """``op`` and all inside of it, from a line of a file."""
    regions = [Block(r.args, tuple(located(o, file, line) for o in r.ops)) for r in op.regions]
    return Op(
        op.kind, op.operands, op.results, op.attrs, tuple(regions), Span(file, line, 4, line, 9)
    )


def test_comments_and_lines(tmp_path: Path) -> None:
    file = tmp_path / "demo.py"
    file.write_text("def f(x):\n    y = x * x\n    return np.log(y)\n")
    program = parse(
        """
        func @f(%x: float) -> float {
          %y = multiply %x, %x [via="*"] : float
          %1 = log %y [via="math.log"] : float
          comment [text="reverse sweep"]
          %2 = const 1.0 : float
          %y_bar = divide %2, %y [via="/"] : float
          %x_bar = multiply %x, %y_bar [via="*"] : float
          %x_bar.1 = add %x_bar, %x_bar [via="+"] : float
          print %1
          return %x_bar.1
        }"""
    )
    function = program.main
    lines = [2, 3, 3, 3, 3, 2, 2, 3, 3]
    ops = [located(op, str(file), n) for op, n in zip(function.body.ops, lines, strict=True)]
    main = Function("f", Block(function.body.args, tuple(ops)))
    program = Program("f", {"f": main}, {}, {})
    printed = print_program(
        program, names={"f": "f_grad"}, header="Gradient of f.\n\nAssumes x: float."
    )
    assert printed.source == (
        "import math\n"
        "\n"
        "\n"
        "def f_grad(x):\n"
        '    """Gradient of f.\n'
        "\n"
        "    Assumes x: float.\n"
        '    """\n'
        "    y = x * x\n"
        "    t = math.log(y)\n"
        "\n"
        "    # reverse sweep\n"
        "    y_bar = 1.0 / y      # demo.py:3  return np.log(y)\n"
        "    x_bar = x * y_bar    # demo.py:2  y = x * x\n"
        "    x_bar += x_bar\n"
        "    print(t)             # demo.py:3  return np.log(y)\n"
        "    return x_bar\n"
    )
    found = {number: span.line for number, span in printed.line_spans.items()}
    assert found == {9: 2, 10: 3, 13: 3, 14: 2, 15: 2, 16: 3, 17: 3}
    assert "#" not in print_program(program, comments=False).source.replace("# reverse", "")


def test_symbols_and_imports_are_those_that_are_used() -> None:
    printed = print_program(
        parse(
            """
            symbols scale, other
            func @f(%x: float) -> float {
              %1 = pycall %x [symbol="scale"] : float
              %2 = sqrt %1 [via="math.sqrt"] : float
              return %2
            }"""
        )
    )
    assert printed.symbols == {"scale"}
    assert printed.source.startswith("import math\n\n\ndef f(x):\n")
    assert compiled(printed, "f", {"scale": lambda x: 4 * x})(1.0) == 2.0


# ---------------------------------------------------------------------------------- random programs
ARRAY, LIST, NEW = 0, 1, 2
HEAP = {ARRAY: Array("f64", None), LIST: ListOf(FLOAT), NEW: Array("f64", None)}
SYMBOLS = {"ZeroDivisionError": ZeroDivisionError, "ValueError": ValueError}
PAIR, FOUR = "pair", "four"  # lengths of arrays, in the scope's table


class Writer:
    """Writes random programs with loops, branches, exits, memory and effects."""

    def __init__(self, random: Random, size: int) -> None:
        self.random = random
        self.b = Builder()
        self.left = size
        self.scope: dict[Any, list[Value]] = {}
        self.loops = 0
        self.tries = 0

    # -------------------------------------------------------------------------------------- values
    def name(self) -> str | None:
        return self.random.choice([None, None, "a", "b", "c", "d"])

    def add(self, key: Any, value: Value) -> Value:
        self.scope.setdefault(key, []).append(value)
        return value

    def pick(self, key: Any) -> Value:
        found = self.scope.get(key)
        if found and self.random.random() < 0.9:
            return self.random.choice(found[-6:])
        match key:
            case "float":
                return self.b.const(self.random.choice([0.0, 1.0, -2.0, 0.5]))
            case "int":
                return self.b.const(self.random.randrange(-2, 4))
            case "bool":
                x, y = self.pick("float"), self.pick("float")
                return self.value("less", (x, y), BOOL, via="<")
            case "pair" | "four":
                t = Array("f64", 1)
                shape = self.b.const(2 if key == PAIR else 4)
                return self.value("ones", (shape,), t, via="np.ones")
        return self.random.choice(found)  # type: ignore[arg-type]

    def value(self, kind: str, operands: Sequence[Value], t: Type, **attrs: Any) -> Value:
        return self.b.value(kind, operands, t, self.name(), **attrs)

    def index(self) -> Value:
        if self.random.random() < 0.4:
            return self.b.const(self.random.randrange(4))
        return self.b.value("mod", (self.pick("int"), self.b.const(4)), INT, via="%")

    def number(self, value: Value) -> None:
        """Python's number from NumPy's."""
        self.add("float", self.value("float", (value,), FLOAT, via="float"))

    def pair_path(self) -> tuple[Value, Value, Value]:
        lo = self.random.choice([0, 1, 2])
        return self.b.const(lo), self.b.const(lo + 2), self.b.const(None)

    # ---------------------------------------------------------------------------------- statements
    def statements(self) -> None:
        for _ in range(self.random.randrange(1, 6)):
            if self.left <= 0:
                return
            self.left -= 1
            self.statement()

    def statement(self) -> None:
        choices: list[Callable[[], None]] = [
            self.arithmetic, self.arithmetic, self.arithmetic, self.arithmetic, self.integer,
            self.load, self.load, self.store, self.store, self.array_value, self.array_value,
            self.snapshot, self.snapshot, self.print, self.list_op, self.choose, self.call,
            self.condition, self.condition, self.if_, self.if_, self.loop, self.loop, self.view,
            self.new_array, self.attempt, self.fail, self.pair, self.short_circuit, self.search,
            self.maybe_bound,
        ]  # fmt: skip
        self.random.choice(choices)()

    def arithmetic(self) -> None:
        kind, via = self.random.choice(
            [("add", "+"), ("subtract", "-"), ("multiply", "*"), ("negative", "u-")]
        )
        operands = [self.pick("float") for _ in range(1 if via == "u-" else 2)]
        self.add("float", self.value(kind, operands, FLOAT, via=via))

    def integer(self) -> None:
        kind, via = self.random.choice([("add", "+"), ("subtract", "-")])
        operands = (self.pick("int"), self.b.const(self.random.randrange(1, 3)))
        self.add("int", self.value(kind, operands, INT, via=via))

    def ref(self) -> Value:
        return self.random.choice(self.scope["ref"])

    def load(self) -> None:
        self.number(self.b.value("load", (self.ref(), self.index()), F64, path=("int",)))

    def store(self) -> None:
        kind, ref = self.random.choice(["store", "accum"]), self.ref()
        match self.random.randrange(4):
            case 0:
                value = self.pick(FOUR)
                self.b.emit(kind, (ref, value), path=())
            case 1:
                operands = (ref, *self.pair_path(), self.pick(PAIR))
                self.b.emit(kind, operands, path=("slice",))
            case _:
                self.b.emit(kind, (ref, self.index(), self.pick("float")), path=("int",))

    def view(self) -> None:
        base = self.ref()
        view = self.b.value("view", (base, *self.pair_path()), base.type, path=("slice",))
        key = self.b.const(self.random.randrange(2))
        if self.random.random() < 0.5:
            self.b.emit("store", (view, key, self.pick("float")), path=("int",))
        else:
            self.b.emit("accum", (view, self.pick(PAIR)), path=())
            self.number(self.b.value("load", (view, key), F64, path=("int",)))

    def snapshot(self) -> None:
        t = Array("f64", 1)
        if self.random.random() < 0.5:
            value = self.value("load", (self.ref(), *self.pair_path()), t, path=("slice",))
            self.add(PAIR, value)
        else:
            self.add(FOUR, self.value("load", (self.ref(),), t, path=()))

    def array_value(self) -> None:
        key, t = self.random.choice([PAIR, FOUR]), Array("f64", 1)
        x = self.pick(key)
        match self.random.randrange(5):
            case 0:
                self.number(self.b.value("sum", (x,), F64, via="np.sum"))
            case 1:
                self.add(key, self.value("transpose", (x,), t, via=".T"))
            case 2:
                other = self.pick(self.random.choice([key, "float"]))
                self.add(key, self.value("add", (x, other), t, via="+"))
            case 3:
                self.add(key, self.value("multiply", (x, self.pick("float")), t, via="*"))
            case 4:
                three = (self.b.const(0), self.b.const(2), self.b.const(None))
                self.add(PAIR, self.value("getitem", (x, *three), t, path=("slice",)))

    def new_array(self) -> None:
        self.add("ref", self.b.value("alloc", (self.pick(FOUR),), Ref(NEW, 1), self.name()))

    def print(self) -> None:
        self.b.emit("print", [self.pick(self.random.choice(["float", "int", PAIR]))])

    def list_op(self) -> None:
        (ref,) = self.scope["list"]
        match self.random.randrange(3):
            case 0:
                self.b.emit("append", (ref, self.pick("float")))
            case 1:
                self.b.emit("append", (ref, self.pick("float")))
                self.add("float", self.value("pop", (ref,), FLOAT))
            case 2:
                self.add("int", self.value("len", (ref,), INT))

    def call(self) -> None:
        operands = (self.pick("float"), self.scope["list"][0])
        self.add("float", self.value("call", operands, FLOAT, callee="g"))

    def pair(self) -> None:
        operands = (self.pick("float"), self.pick("int"))
        first, second = self.b.emit("call", operands, (FLOAT, INT), callee="h").results
        first.name, second.name = self.name(), self.name()
        self.add("float", first)
        self.add("int", second)

    def condition(self) -> None:
        kind, via = self.random.choice([("less", "<"), ("equal", "=="), ("greater_equal", ">=")])
        key = self.random.choice(["float", "int"])
        value = self.value(kind, (self.pick(key), self.pick(key)), BOOL, via=via)
        if self.random.random() < 0.3:
            value = self.value("not", (value,), BOOL)
        self.add("bool", value)

    def choose(self) -> None:
        operands = (self.pick("bool"), self.pick("float"), self.pick("float"))
        self.add("float", self.value("select", operands, FLOAT))

    def fail(self) -> None:
        """A division, which may raise."""
        if self.tries or self.random.random() < 0.2:
            operands = (self.pick("float"), self.pick("float"))
            self.add("float", self.value("divide", operands, FLOAT, via="/"))

    # ------------------------------------------------------------------------------------- regions
    @contextlib.contextmanager
    def inner(self):  # type: ignore[no-untyped-def]
        before = {key: list(values) for key, values in self.scope.items()}
        yield
        self.scope = before

    def keys(self, most: int = 3) -> list[str]:
        count = self.random.randrange(most + 1)
        return [self.random.choice(["float", "float", "int", PAIR]) for _ in range(count)]

    def type_of(self, key: str) -> Type:
        return {"float": FLOAT, "int": INT, PAIR: Array("f64", 1), FOUR: Array("f64", 1)}[key]

    def region(self, keys: Sequence[str], fails: bool = False) -> Block:
        with self.inner(), self.b.block() as pending:
            self.statements()
            if fails and self.random.random() < 0.15:
                self.raise_()
            else:
                self.b.emit("yield", [self.pick(key) for key in keys])
        return pending.finish()

    def raise_(self) -> None:
        error = self.b.value("exception", (self.pick("float"),), OPAQUE, symbol="ValueError")
        self.b.emit("raise", (error,))
        self.b.emit("unreachable")

    def if_(self) -> None:
        keys, test = self.keys(), self.pick("bool")
        regions = [self.region(keys, fails=True), self.region(keys)]
        self.finish(
            self.b.emit("if", (test,), [self.type_of(k) for k in keys], regions=regions), keys
        )

    def finish(self, op: Op, keys: Sequence[str]) -> None:
        for key, value in zip(keys, op.results, strict=False):
            value.name = self.name()
            self.add(key, value)

    def short_circuit(self) -> None:
        """``a and b``, with a load in b."""
        test = self.pick("bool")
        sides = []
        for known in self.random.sample([None, self.random.random() < 0.5], 2):
            with self.inner(), self.b.block() as pending:
                if known is None:
                    self.load()
                    self.condition()
                    self.b.emit("yield", [self.pick("bool")])
                else:
                    self.b.emit("yield", [self.b.const(known)])
            sides.append(pending.finish())
        self.add("bool", self.b.emit("if", (test,), (BOOL,), regions=sides).result)

    def attempt(self) -> None:
        keys = self.keys(2)
        self.tries += 1
        region = self.region(keys, fails=True)
        self.tries -= 1
        types = [*(self.type_of(key) for key in keys), INT, OPAQUE]
        handlers = self.random.choice(
            [(("ZeroDivisionError",), ("ValueError",)), (("ZeroDivisionError", "ValueError"),)]
        )
        op = self.b.emit("attempt", (), types, regions=[region], handlers=handlers)
        zero = self.b.const(0)
        test = self.b.value("equal", (op.results[-2], zero), BOOL, via="==")
        sides = []
        for values in (op.results[:-2], None):
            with self.inner(), self.b.block() as pending:
                if values is None:
                    self.statements()
                    values = tuple(self.pick(key) for key in keys)
                self.b.emit("yield", values)
            sides.append(pending.finish())
        choice = self.b.emit("if", (test,), types[:-2], regions=sides)
        self.finish(choice, keys)
        if self.random.random() < 0.3:
            self.add("int", op.results[-2])

    def use_if(self, test: Value, value: Value) -> None:
        """Read ``value`` only if ``test``, most of the time."""
        if self.random.random() < 0.1:
            test = self.pick("bool")
        sides = []
        for known in (value, None):
            with self.inner(), self.b.block() as pending:
                if known is None:
                    self.statements()
                    result = self.pick("float")
                else:
                    result = self.b.value("negative", (known,), FLOAT, via="u-")
                    self.b.emit("print", (result,))
                self.b.emit("yield", (result,))
            sides.append(pending.finish())
        self.finish(self.b.emit("if", (test,), (FLOAT,), regions=sides), ["float"])

    def maybe_bound(self) -> None:
        """A variable that one side of an `if` leaves unbound."""
        test, sides = self.pick("bool"), []
        for is_bound in (True, False):
            with self.inner(), self.b.block() as pending:
                self.statements()
                if is_bound:
                    value = self.pick("float")
                else:
                    value = self.b.value("undef", (), FLOAT)
                self.b.emit("yield", (value,))
            sides.append(pending.finish())
        result = self.b.emit("if", (test,), (FLOAT,), regions=sides).result
        result.name = self.random.choice("abcd")
        self.statements()
        self.use_if(test, result)

    def search(self) -> None:
        """A loop that may find a value, which is unbound otherwise."""
        if self.loops > 1:
            return
        self.loops += 1
        bounds = [self.b.const(0), self.b.const(3), self.b.const(1)]
        init = self.b.value("undef", (), FLOAT)
        args = [Value(INT, None), Value(FLOAT, self.random.choice("abcd"))]
        with self.inner(), self.b.block(args) as body:
            self.add("int", args[0])
            self.statements()
            test = self.pick("bool")
            with self.b.block() as found, self.inner():
                self.statements()
                self.b.emit("break", (self.pick("float"),), code=1)
            with self.b.block() as missed, self.inner():
                self.statements()
                again = args[1] if self.random.random() < 0.5 else self.b.value("undef", (), FLOAT)
                self.b.emit("yield", (again,))
            self.b.emit("branch", (test,), regions=[found.finish(), missed.finish()])
        types = [FLOAT, INT, INT]
        op = self.b.emit("loop", [*bounds, init], types, regions=[body.finish()], bounded=True)
        op.results[0].name = args[1].name
        self.loops -= 1
        zero = self.b.const(0)
        test = self.b.value("greater", (op.results[2], zero), BOOL, via=">")
        self.use_if(test, op.results[0])

    def loop(self) -> None:
        if self.loops > 1:
            return
        self.loops += 1
        keys = self.keys()
        bounded = self.random.random() < 0.6
        bounds = []
        if bounded:
            lo, hi, step = self.random.choice(
                [(0, 3, 1), (1, 4, 2), (2, -1, -1), (0, 2, 1), (3, 0, -2)]
            )
            bounds = [self.b.const(lo), self.b.const(hi), self.b.const(step)]
        attrs: dict[str, Any] = {"bounded": bounded}
        if bounded and self.random.random() < 0.3:
            attrs["reversed"] = True
        inits = [self.pick(key) for key in keys]
        index = Value(INT, self.random.choice([None, "i", "a"]))
        args = [Value(self.type_of(key), init.name if self.random.random() < 0.5 else self.name())
                for key, init in zip(keys, inits, strict=True)]  # fmt: skip
        with self.inner():
            body = self.tree([index, *args], keys, 0, not bounded)
        types = [*(self.type_of(key) for key in keys), INT, INT]
        op = self.b.emit("loop", [*bounds, *inits], types, regions=[body], **attrs)
        self.finish(op, keys)
        for value in op.results[-2:]:
            if self.random.random() < 0.3:
                self.add("int", value)
        self.loops -= 1

    def tree(self, args: Sequence[Value], keys: Sequence[str], depth: int, must: bool) -> Block:
        """A decision tree; ``must``: an unbounded loop, which has to stop."""
        with self.b.block(args) as pending:
            if args:
                self.index_value = args[0]
                self.add("int", args[0])
                for key, arg in zip(keys, args[1:], strict=True):
                    self.add(key, arg)
            index = self.index_value
            if not (must and self.random.random() < 0.5):
                self.statements()
            self.index_value = index
            if must:
                limit = self.b.const(self.random.randrange(1, 4))
                stop = self.b.value("greater_equal", (index, limit), BOOL, via=">=")
                self.branch(stop, keys, depth, self.random.random() < 0.5)
            elif depth < 2 and self.random.random() < 0.4:
                self.branch(self.pick("bool"), keys, depth, None)
            else:
                self.leaf("yield", keys)
        return pending.finish()

    def branch(self, test: Value, keys: Sequence[str], depth: int, swap: bool | None) -> None:
        sides = []
        if swap:
            test = self.b.value("not", (test,), BOOL)
        for k in range(2):
            index = self.index_value
            with self.inner():
                if swap is not None and k == int(swap):
                    with self.b.block() as pending:
                        if self.random.random() < 0.3:
                            self.statements()
                        self.leaf("break", keys)
                    sides.append(pending.finish())
                elif swap is None and self.random.random() < 0.3:
                    with self.b.block() as pending:
                        self.leaf("break", keys)
                    sides.append(pending.finish())
                else:
                    sides.append(self.tree((), keys, depth + 1, False))
            self.index_value = index
        self.b.emit("branch", (test,), regions=sides)

    def leaf(self, kind: str, keys: Sequence[str]) -> None:
        values = [self.pick(key) for key in keys]
        if kind == "break":
            self.b.emit("break", values, code=self.random.randrange(1, 3))
        else:
            self.b.emit("yield", values)

    # ------------------------------------------------------------------------------------ programs
    def program(self) -> Program:
        params = [
            Value(FLOAT, "a"),
            Value(INT, "n"),
            Value(Ref(ARRAY, 1), "x"),
            Value(Ref(LIST), "c"),
        ]
        keys = [("float", "int", FOUR, PAIR)[k % 4] for k in range(self.random.randrange(1, 5))]
        with self.b.block(params) as pending:
            for key, param in zip(("float", "int", "ref", "list"), params, strict=True):
                self.add(key, param)
            while self.left > 0:
                self.statements()
            how = self.random.random()
            if how < 0.4:
                results = self.returns(keys, 0)
            elif how < 0.6:
                results = self.return_from_loop(keys, 0)
            else:
                results = [self.pick(key) for key in keys]
            self.b.emit("return", results)
        functions = {"f": Function("f", pending.finish()), "g": _g(), "h": _h()}
        return Program("f", functions, HEAP, dict(SYMBOLS))

    def returns(self, keys: Sequence[str], depth: int) -> list[Value]:
        """Results of an `if` that only goes to the return."""
        test, sides = self.pick("bool"), []
        for _ in range(2):
            with self.inner(), self.b.block() as pending:
                self.left = 2
                self.statements()
                if depth < 2 and self.random.random() < 0.4:
                    values = self.returns(keys, depth + 1)
                else:
                    values = [self.pick(key) for key in keys]
                self.b.emit("yield", values)
            sides.append(pending.finish())
        op = self.b.emit("if", (test,), [self.type_of(key) for key in keys], regions=sides)
        return list(op.results)

    def return_from_loop(self, keys: Sequence[str], depth: int) -> list[Value]:
        """Results of a loop that is left by a `return`, or of what follows."""
        types = [self.type_of(key) for key in keys]
        bounds = [self.b.const(0), self.b.const(3), self.b.const(1)]
        extra = self.keys(2)
        inits = [self.pick(key) for key in extra] + [self.b.value("undef", (), t) for t in types]
        args = [Value(INT, "i"), *(Value(self.type_of(k), self.name()) for k in extra)]
        args += [Value(t) for t in types]
        with self.inner(), self.b.block(args) as body:
            self.add("int", args[0])
            for key, arg in zip(extra, args[1:], strict=False):
                self.add(key, arg)
            self.left = 3
            self.statements()
            test = self.pick("bool")
            with self.b.block() as found, self.inner():
                self.statements()
                lost = [self.b.value("undef", (), self.type_of(key)) for key in extra]
                self.b.emit("break", [*lost, *map(self.pick, keys)], code=2)
            with self.b.block() as missed, self.inner():
                self.left = 3
                self.statements()
                values = [self.pick(key) for key in extra]
                if self.random.random() < 0.5:
                    values += args[len(extra) + 1 :]
                else:
                    values += [self.b.value("undef", (), t) for t in types]
                if self.random.random() < 0.3:
                    with self.b.block() as yes, self.inner():
                        self.statements()
                        self.b.emit(
                            "break", [*map(self.pick, extra), *values[len(extra) :]], code=1
                        )
                    with self.b.block() as no, self.inner():
                        self.statements()
                        self.b.emit("yield", values)
                    regions = [yes.finish(), no.finish()]
                    self.b.emit("branch", (self.pick("bool"),), regions=regions)
                else:
                    self.b.emit("yield", values)
            self.b.emit("branch", (test,), regions=[found.finish(), missed.finish()])
        types = [*(self.type_of(key) for key in extra), *types, INT, INT]
        op = self.b.emit("loop", bounds + inits, types, regions=[body.finish()], bounded=True)
        left = self.b.value("greater_equal", (op.results[-1], self.b.const(2)), BOOL, via=">=")
        sides = []
        for k in range(2):
            with self.inner(), self.b.block() as pending:
                if k == 0:
                    values = list(op.results[len(extra) : -2])
                else:
                    self.finish(op, extra)
                    self.left = 2
                    self.statements()
                    values = [self.pick(key) for key in keys]
                self.b.emit("yield", values)
            sides.append(pending.finish())
        types = [self.type_of(key) for key in keys]
        return list(self.b.emit("if", (left,), types, regions=sides).results)


def _g() -> Function:
    b, v, items = Builder(), Value(FLOAT, "v"), Value(Ref(LIST), "items")
    with b.block((v, items)) as pending:
        b.emit("print", (v,))
        b.emit("append", (items, v))
        b.emit("return", (b.value("multiply", (v, b.const(0.5)), FLOAT, via="*"),))
    return Function("g", pending.finish())


def _h() -> Function:
    b, v, k = Builder(), Value(FLOAT, "v"), Value(INT, "k")
    with b.block((v, k)) as pending:
        b.emit("print", (k,))
        b.emit("return", (b.value("negative", (v,), FLOAT, via="u-"), k))
    return Function("h", pending.finish())


def random_program(seed: int | Random, size: int = 25) -> Program:
    """A random program."""
    random = Random(seed) if isinstance(seed, int) else seed
    return Writer(random, size).program()


ARGUMENTS = (1.5, 2, np.array([1.0, 2.0, 3.0, 4.0]), [3.0])


def check_random(program: Program) -> None:
    """A printed program does what the interpreter does.

    Where that finds an unbound variable, Python does too, or finds a None that stands for it.
    """
    printed = print_program(program)
    expected = outcome(lambda *args: run(program, *args), ARGUMENTS)
    found = outcome(compiled(printed, "f", dict(program.symbols)), ARGUMENTS)
    if expected[0] == "UnboundLocalError" and found[0] == "TypeError":
        found = (expected[0], *found[1:])
    assert found == expected, printed.source


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(5, 40))
def test_random_programs(random: Random, size: int) -> None:
    check_random(random_program(random, size))


@pytest.mark.parametrize("seed", range(8))
def test_many_random_programs(seed: int) -> None:
    for k in range(15):
        check_random(random_program(1000 * seed + k, 30))


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(100))
def test_very_many_random_programs(seed: int) -> None:
    for k in range(100):
        check_random(random_program(1_000_000 + 1000 * seed + k, 60))


def test_random_programs_pass_ruff(tmp_path: Path) -> None:
    """No unused import, no undefined name; a dead variable is the program's own."""
    for seed in range(20):
        source = print_program(random_program(seed, 40)).source
        (tmp_path / f"p{seed}.py").write_text(source)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F"]
    done = subprocess.run(
        [*command, "--ignore", "F841", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_printing_is_nearly_linear() -> None:
    """2000 lines take about a second; what matters is that twice the size takes twice as long."""
    seconds = []
    for size in (250, 1000):
        program = random_program(5, size)
        start = time.process_time()
        printed = print_program(program)
        seconds.append((time.process_time() - start) / printed.source.count("\n"))
    assert seconds[1] < 3 * seconds[0] + 1e-3
