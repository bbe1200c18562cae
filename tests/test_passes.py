"""Passes in pairs: what they change, what they must leave alone, and that twice is as good as once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s2s.ir.compare import difference
from s2s.ir.core import Program
from s2s.ir.parse import parse
from s2s.ir.verify import verify
from s2s.transform.algebra import simplify_algebra
from s2s.transform.augment import augment
from s2s.transform.common import share_common
from s2s.transform.dce import remove_dead
from s2s.transform.fold import fold
from s2s.transform.scalars import replace_by_scalars
from s2s.transform.stretch import unstretch

Pass = Callable[[Program], Program]

HEAD = """heap &0 = fixed(float, float)
heap &1 = list(float)
heap &2 = f64[?]
heap &3 = dict{"k": float, "m": float}
"""


def function(body: str, returns: str) -> Program:
    """A program of one function with the usual parameters."""
    parameters = "%x: float, %y: float, %a: f64[:], %b: f64[:], %n: int"
    return parse(f"{HEAD}\nfunc @f({parameters}) -> {returns} {{\n{body}\n}}\n")


CASES: dict[str, tuple[Pass, str, str, str]] = {
    "one times x": (
        simplify_algebra,
        "float",
        """%1 = const 1.0 : float
           %2 = multiply %1, %x [via="*"] : float
           return %2""",
        "return %x",
    ),
    "x minus minus y": (
        simplify_algebra,
        "float",
        """%1 = negative %y [via="u-"] : float
           %2 = subtract %x, %1 [via="-"] : float
           return %2""",
        """%1 = add %x, %y [via="+"] : float
           return %1""",
    ),
    "x plus minus y": (
        simplify_algebra,
        "f64[:]",
        """%1 = negative %b [via="u-"] : f64[:]
           %2 = add %a, %1 [via="+"] : f64[:]
           return %2""",
        """%1 = subtract %a, %b [via="-"] : f64[:]
           return %1""",
    ),
    "x plus x": (
        simplify_algebra,
        "f64[:]",
        """%1 = add %a, %a [via="+"] : f64[:]
           return %1""",
        """%1 = const 2 : int
           %2 = multiply %1, %a [via="*"] : f64[:]
           return %2""",
    ),
    "minus minus x": (
        simplify_algebra,
        "f64[:]",
        """%1 = negative %a [via="u-"] : f64[:]
           %2 = negative %1 [via="u-"] : f64[:]
           return %2""",
        "return %a",
    ),
    "a list that is only read": (
        replace_by_scalars,
        "float",
        """%0 = const 1 : int
           %1 = alloc %x, %y : &0
           %2 = load %1, %0 [path=("int",)] : float
           return %2""",
        "return %y",
    ),
    "a dict that is only read": (
        replace_by_scalars,
        "float",
        """%1 = alloc %x, %y : &3
           %2 = load %1 [path=(("key", "k"),)] : float
           return %2""",
        "return %x",
    ),
    "the length of a list that is only read": (
        replace_by_scalars,
        "int",
        """%1 = alloc %x, %y : &1
           %2 = len %1 : int
           return %2""",
        """%1 = const 2 : int
           return %1""",
    ),
    "a sum that is computed twice": (
        share_common,
        "f64[:]",
        """%1 = add %a, %b [via="+"] : f64[:]
           %2 = add %a, %b [via="+"] : f64[:]
           %3 = multiply %1, %2 [via="*"] : f64[:]
           return %3""",
        """%1 = add %a, %b [via="+"] : f64[:]
           %2 = multiply %1, %1 [via="*"] : f64[:]
           return %2""",
    ),
    "a tuple taken apart": (
        fold,
        "float",
        """%1 = tuple %x, %y : (float, float)
           %2 = item %1 [index=1] : float
           return %2""",
        "return %y",
    ),
}

CASES |= {
    "what is added to an element": (
        augment,
        "f64[:]",
        """%1 = alloc %a : &2:1
           %2 = load %1, %n [path=("int",)] : f64
           %3 = add %2, %x [via="+"] : f64
           store %1, %n, %3 [path=("int",)]
           %4 = load %1 [path=()] : f64[:]
           return %4""",
        """%1 = alloc %a : &2:1
           accum %1, %n, %x [path=("int",)]
           %4 = load %1 [path=()] : f64[:]
           return %4""",
    ),
    "what is taken from an array, read before": (
        augment,
        "f64[:], f64[:]",
        """%1 = alloc %a : &2:1
           %2 = load %1 [path=()] : f64[:]
           %3 = subtract %2, %b [via="-"] : f64[:]
           store %1, %3 [path=()]
           %4 = load %1 [path=()] : f64[:]
           return %4, %2""",
        """%1 = alloc %a : &2:1
           %2 = load %1 [path=()] : f64[:]
           %3 = negative %b [via="u-"] : f64[:]
           accum %1, %3 [path=()]
           %4 = load %1 [path=()] : f64[:]
           return %4, %2""",
    ),
    "a stretched number times an array of that shape": (
        unstretch,
        "f64[:]",
        """%1 = shape %a : shape
           %2 = broadcast_to %x, %1 [via="np.broadcast_to"] : f64[:]
           %3 = multiply %a, %2 [via="*"] : f64[:]
           return %3""",
        """%1 = multiply %a, %x [via="*"] : f64[:]
           return %1""",
    ),
    "a stretched number that is added to memory": (
        unstretch,
        "f64[:]",
        """%1 = alloc %a : &2:1
           %2 = shape %a : shape
           %3 = broadcast_to %x, %2 [via="np.broadcast_to"] : f64[:]
           accum %1, %3 [path=()]
           %4 = load %1 [path=()] : f64[:]
           return %4""",
        """%1 = alloc %a : &2:1
           accum %1, %x [path=()]
           %4 = load %1 [path=()] : f64[:]
           return %4""",
    ),
}
UNCHANGED: dict[str, tuple[Pass, str, str]] = {
    "zero plus x is not x where x is -0": (
        simplify_algebra,
        "float",
        """%1 = const 0.0 : float
           %2 = add %1, %x [via="+"] : float
           return %2""",
    ),
    "zero times x is not zero where x is nan": (
        simplify_algebra,
        "float",
        """%1 = const 0.0 : float
           %2 = multiply %1, %x [via="*"] : float
           return %2""",
    ),
    "one times an integer, which may be a bool": (
        simplify_algebra,
        "int",
        """%1 = const 1 : int
           %2 = multiply %1, %n [via="*"] : int
           return %2""",
    ),
    "a list that is written to": (
        replace_by_scalars,
        "float",
        """%0 = const 1 : int
           %1 = alloc %x, %y : &0
           store %1, %0, %x [path=("int",)]
           %2 = load %1, %0 [path=("int",)] : float
           return %2""",
    ),
    "a list that is read at a computed place": (
        replace_by_scalars,
        "float",
        """%1 = alloc %x, %y : &0
           %2 = load %1, %n [path=("int",)] : float
           return %2""",
    ),
    "a load behind a store": (
        share_common,
        "float",
        """%0 = const 1 : int
           %1 = alloc %x, %y : &0
           %2 = load %1, %0 [path=("int",)] : float
           store %1, %n, %x [path=("int",)]
           %3 = load %1, %0 [path=("int",)] : float
           %4 = add %2, %3 [via="+"] : float
           return %4""",
    ),
    "two arrays of zeros": (
        share_common,
        "f64[:], f64[:]",
        """%1 = zeros_like %a [via="np.zeros_like"] : f64[:]
           %2 = zeros_like %a [via="np.zeros_like"] : f64[:]
           return %1, %2""",
    ),
}


UNCHANGED |= {
    "what is added to a sum of another place": (
        augment,
        "f64[:]",
        """%1 = alloc %a : &2:1
           %2 = const 0 : int
           %3 = load %1, %2 [path=("int",)] : f64
           %4 = add %3, %x [via="+"] : f64
           store %1, %n, %4 [path=("int",)]
           %5 = load %1 [path=()] : f64[:]
           return %5""",
    ),
    "what is added to what lay there before": (
        augment,
        "f64[:]",
        """%1 = alloc %a : &2:1
           %2 = load %1, %n [path=("int",)] : f64
           %3 = const 0 : int
           store %1, %3, %x [path=("int",)]
           %4 = add %2, %x [via="+"] : f64
           store %1, %n, %4 [path=("int",)]
           %5 = load %1 [path=()] : f64[:]
           return %5""",
    ),
    "a sum that is used again": (
        augment,
        "f64[:], f64",
        """%1 = alloc %a : &2:1
           %2 = load %1, %n [path=("int",)] : f64
           %3 = add %2, %x [via="+"] : f64
           store %1, %n, %3 [path=("int",)]
           %4 = load %1 [path=()] : f64[:]
           return %4, %3""",
    ),
    "a stretched number times an array of another shape": (
        unstretch,
        "f64[:]",
        """%1 = shape %b : shape
           %2 = broadcast_to %x, %1 [via="np.broadcast_to"] : f64[:]
           %3 = multiply %a, %2 [via="*"] : f64[:]
           return %3""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pass_changes_what_it_says(name: str) -> None:
    step, returns, before, after = CASES[name]
    found = remove_dead(step(function(before, returns)))
    verify(found)
    assert difference(found, function(after, returns)) is None
    assert difference(step(found), found) is None, "twice is not the same as once"


@pytest.mark.parametrize("name", UNCHANGED)
def test_a_pass_leaves_alone(name: str) -> None:
    step, returns, body = UNCHANGED[name]
    program = function(body, returns)
    verify(program)
    assert difference(step(program), program) is None
