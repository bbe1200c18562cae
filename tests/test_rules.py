"""The table of operations, row by row: derivatives against differences, modes against each other.

Nothing here knows a row: a new one brings its `cases`, `domain` and `kinks` and is tested by them.
A case reads like a call: ``R(2, 3)`` an array of floats (complex in a second run), ``S`` a float,
``B`` bools, ``I`` small integers, ``M`` well-conditioned square matrices, ``H`` positive definite
ones; keywords are attributes, numbers are constants.
"""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import inspect
import re
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
import scipy
from numpy.testing import assert_allclose

from s2s import kernels
from s2s.ir import signatures
from s2s.ir.types import Scalar, is_float
from s2s.kernels import ROWS, Derivative, NoDerivativeError, Row, document, type_of
from s2s.runtime import numeric as rt

OPERATIONS = [row for row in ROWS if row.form != "defined"]
ONE = ("R(3)", "R(2, 3)", "R()", "S")
TWO = ("R(3), R(3)", "R(2, 3), R(3)", "R(2, 1), R(1, 3)", "S, R(3)", "R(3), S", "R(), R(3)", "S, S")


# ----------------------------------------------------------------------------------- sampling
@dataclass(frozen=True)
class Sample:
    """A place in a case where a random operand goes."""

    kind: str
    shape: tuple[int, ...] = ()

    @property
    def is_active(self) -> bool:
        return self.kind not in "BI"

    def __call__(self, *shape: int) -> Sample:
        return Sample(self.kind, shape)

    def draw(self, rng: np.random.Generator, domain: tuple[float, float], is_complex: bool) -> Any:
        match self.kind:
            case "B":
                return rng.random(self.shape) < 0.5
            case "I":
                return rng.integers(0, 4, self.shape)
            case "Z":  # with exact zeros
                x = number(rng, domain, self.shape, is_complex)
                x[..., 1:3] = 0
                return x
            case "D":  # with real eigenvalues far apart
                n = self.shape[-1]
                a = number(rng, (-0.3, 0.3), (*self.shape, n), is_complex)
                return a + np.diag(np.arange(1.0, n + 1))
            case "M" | "H":
                shape = (*self.shape, self.shape[-1])
                a = number(rng, domain, shape, is_complex)
                eye = 4 * np.eye(shape[-1])
                return a + eye if self.kind == "M" else a @ np.conj(a).mT + eye
            case "S":
                return number(rng, domain, (), is_complex).item()
            case "R":
                return number(rng, domain, self.shape, is_complex)
            case "W":  # weights
                return number(rng, (0.5, 2.0), self.shape, is_complex)
            case "N":  # with a NaN
                x = number(rng, domain, self.shape, is_complex)
                x[..., 1] = np.nan
                return x
        raise AssertionError(self.kind)


def drawn(a: Any, rng: np.random.Generator, domain: tuple[float, float], is_complex: bool) -> Any:
    """An operand of a case; in lists, its items."""
    if isinstance(a, list | tuple):
        return type(a)(drawn(item, rng, domain, is_complex) for item in a)
    return a.draw(rng, domain, is_complex) if isinstance(a, Sample) else a


def domain_of(row: Row, k: int) -> tuple[float, float]:
    """Where operand ``k`` is drawn."""
    found: Any = row.domain[k] if isinstance(row.domain[0], tuple) else row.domain
    return found


def number(
    rng: np.random.Generator, domain: tuple[float, float], shape: tuple[int, ...], is_complex: bool
) -> Any:
    x = np.asarray(rng.uniform(*domain, shape))
    return np.asarray(x + 1j * rng.uniform(0.1, 0.8, shape)) if is_complex else x


KINDS = {kind: Sample(kind) for kind in "RSBIMHZWND"}
SCOPE: dict[str, Any] = {"np": np, "INF": np.inf, "NAN": np.nan, **KINDS}  # of a case


def cases_of(row: Row) -> tuple[str, ...]:
    if row.cases:
        return row.cases
    if row.definition is not None and "refuse(" in inspect.getsource(row.definition):
        return ()  # nothing but a refusal
    assert row.elementwise or row.shape_only, f"{row.name} needs cases"
    return {1: ONE, 2: TWO}[len(row.signature.operands)]


def in_place(row: Row, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """The operands in order, those given by keyword (taken out of ``keywords``) among them."""
    parameters = row.signature.operands
    found = list(args)
    if not any(p.name in keywords for p in parameters):
        return args
    for p in parameters[len(args) :]:
        found.append(keywords.pop(p.name, kernels.Default(p.default)))
    while isinstance(found[-1], kernels.Default):
        found.pop()
    return tuple(found)


@dataclass
class Point:
    """One use of a row, at numbers."""

    row: Row
    via: str
    operands: tuple[Any, ...]
    attrs: dict[str, Any]
    active: tuple[int, ...]
    constants: dict[int, Any]
    label: str = ""

    @classmethod
    def draw(cls, row: Row, via: str, case: str, is_complex: bool, seed: int = 0) -> Point:
        rng = np.random.default_rng(seed)
        collect: Callable[..., Any] = lambda *args, **kwargs: (args, kwargs)
        args, attrs = eval(f"collect({case})", {"collect": collect, **SCOPE})
        args = in_place(row, args, attrs)
        operands = tuple(drawn(a, rng, domain_of(row, i), is_complex) for i, a in enumerate(args))
        active = tuple(i for i, a in enumerate(args) if isinstance(a, Sample) and a.is_active)
        constants = {i: a for i, a in enumerate(args) if type(a) in (int, float)}
        return cls(row, via, operands, attrs, active, constants, f"{via}({case}), {is_complex=}")

    def value(self, operands: Sequence[Any] | None = None) -> Any:
        operands = self.operands if operands is None else operands
        return self.row.call(*operands, via=self.via, **self.attrs)

    def derivative(self) -> Derivative:
        types = tuple(type_of(x) for x in self.operands)
        return self.row.derivative(types, {**self.attrs, "via": self.via}, self.constants)

    def directions(self, seed: int) -> tuple[Any, ...]:
        """A random tangent for each active operand, zeros for others."""
        rng = np.random.default_rng(seed)
        return tuple(random_like(rng, x) if i in self.active else zero_like(x)
                     for i, x in enumerate(self.operands))  # fmt: skip

    def moved(self, dots: Sequence[Any], step: float) -> tuple[Any, ...]:
        """The operands, moved along ``dots``."""
        return tuple(x + step * d if i in self.active else x
                     for i, (x, d) in enumerate(zip(self.operands, dots, strict=True)))  # fmt: skip


def random_like(rng: np.random.Generator, x: Any) -> Any:
    d: Any = rng.standard_normal(np.shape(x))
    if np.iscomplexobj(x):
        d = d + 1j * rng.standard_normal(np.shape(x))
    return d if isinstance(x, np.ndarray) else complex(d) if np.iscomplexobj(x) else float(d)


def zero_like(x: Any) -> Any:
    return np.zeros_like(x) if isinstance(x, np.ndarray) else 0.0


def flat(y: Any) -> list[Any]:
    """The parts of a result."""
    return list(y) if isinstance(y, tuple | list) else [y]


# ------------------------------------------------------------------- derivatives as they stand
@functools.cache
def names_for(via: str) -> Mapping[str, Any]:
    """What the names of a text mean in the derivative of an operation that was called as
    ``via``."""
    found: dict[str, Any] = {"np": np, "rt": rt}
    for other in ROWS:
        match = kernels.resolve(other.name, via)
        assert match is not None
        found[other.name] = kernels.object_of(match[1])
    return found


def names_of(p: Point, suffix: str, values: Sequence[Any]) -> dict[str, Any]:
    star = p.row.signature.star
    if star:
        return {star.name + suffix: tuple(values)}
    operands = p.row.signature.operands
    found = {} if suffix else {q.name: q.default for q in operands}
    return found | {q.name + suffix: v for q, v in zip(operands, values, strict=False)}


def execute(p: Point, source: Any, extra: Mapping[str, Any], order: Sequence[Any]) -> list[Any]:
    """Run the texts, or the function on ``order``."""
    if callable(source):
        found = source(*order, **p.row.signature.attributes(p.attrs))
        single = len(p.row.signature.operands) == 1
        return [found] if single else list(found)[: len(p.operands)]
    scope = {**names_for(p.via), **extra}
    return [None if text is None else eval(text, scope) for text in source]


def pull_back(p: Point, y: Any, y_bar: Any) -> list[Any]:
    """The cotangent of each operand, closed as the driver closes it."""
    result = p.row.signature.result
    extra = names_of(p, "", p.operands) | {result: y, f"{result}_bar": y_bar}
    order = (*p.row.signature.filled(p.operands), y, y_bar)
    found = execute(p, p.derivative().vjp, extra, order)
    operand_types = tuple(type_of(x) for x in p.operands)
    for k, (x, bar) in enumerate(zip(p.operands, found, strict=True)):
        if bar is not None and not p.row.may_stretch(operand_types, k):
            assert np.size(bar) == np.size(x), p.label
    return [close(x, bar) for x, bar in zip(p.operands, found, strict=True)]


def push_forward(p: Point, y: Any, dots: Sequence[Any]) -> list[Any]:
    """The tangent of the result, closed."""
    derivative = p.derivative()
    extra = names_of(p, "", p.operands) | names_of(p, "_dot", dots)
    extra |= {p.row.signature.result: y}
    filled = p.row.signature.filled(p.operands)
    padding = (0.0,) * (len(filled) - len(dots)) if p.row.signature.star is None else ()
    order = (*filled, y, *dots, *padding)
    total = [zero_like(part) for part in flat(y)]
    for i, contribution in enumerate(execute(p, derivative.jvp, extra, order)):
        if contribution is None or (i not in p.active and not derivative.joint):
            continue
        parts = contribution if isinstance(y, tuple) else [contribution]
        total = [t + close(part, c, up=True)
                 for t, part, c in zip(total, flat(y), parts, strict=True)]  # fmt: skip
    return total


def close(x: Any, c: Any, up: bool = False) -> Any:
    """What the driver does to every contribution: shape, real part."""
    if c is None:
        return zero_like(x)
    if up:
        c = np.broadcast_to(c, np.shape(x)) if np.shape(x) else rt.sum_to(c, ())
    else:
        c = rt.sum_to(c, np.shape(x))
    return c if np.iscomplexobj(x) else np.real(c)


def dot(bars: Sequence[Any], dots: Sequence[Any]) -> float:
    """The real number <bars, dots>: plain products, real part."""
    return float(sum(np.real(np.sum(b * d)) for b, d in zip(bars, dots, strict=True)))


# -------------------------------------------------------------------------------------- tests
def uses(row: Row) -> Iterator[tuple[Point, bool]]:
    """Every case, real and complex, that the operation accepts; by the names of `math` as well."""
    for case in cases_of(row):
        scalars = not set(case) & set("RBIMHZWND")
        for via in [row.via[0], *(v for v in row.via[1:] if scalars and "math." in v)]:
            for is_complex in (False, True):
                if accepts(row, via, case, is_complex):
                    yield Point.draw(row, via, case, is_complex), is_complex


def accepts(row: Row, via: str, case: str, is_complex: bool) -> bool:
    if is_complex and (row.is_gauge or not set(case) & set("RSMHZWND")):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            p = Point.draw(row, via, case, is_complex)
            p.value()
            p.derivative()
    except (TypeError, NoDerivativeError, np.linalg.LinAlgError, Warning):
        assert is_complex or not row.via[0] == via, f"{via}({case}) does not run"
        return False
    return True


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_derivative(row: Row) -> None:
    """JVP against central differences, in random directions; VJP against the JVP."""
    for p, _ in uses(row):
        check_derivative(p)


@pytest.mark.parametrize("row", [r for r in OPERATIONS if r.is_fresh], ids=lambda row: row.name)
def test_fresh_results_share_no_memory(row: Row) -> None:
    """What may be written to in place must be nobody else's: casts and `sum_to` may do nothing."""
    for case in cases_of(row):
        for via in row.via:
            p = Point.draw(row, via, case, is_complex=False)
            try:
                y = p.value()
            except (TypeError, AttributeError, ValueError):
                continue
            arrays = [x for x in p.operands if isinstance(x, np.ndarray)]
            results = [part for part in flat(y) if isinstance(part, np.ndarray)]
            assert not any(np.shares_memory(x, part) for x in arrays for part in results), p.label


def check_derivative(p: Point) -> None:
    y = p.value()
    is_single = any(np.result_type(part) in (np.float32, np.complex64) for part in flat(y))
    h, tolerance = (1e-2, 1e-4) if is_single else (1e-6, 2e-7)
    floats = [k for k, part in enumerate(flat(y)) if is_float(type_of(part))]
    for seed in (1, 2):
        dots = p.directions(seed)
        ahead, behind = (flat(p.value(p.moved(dots, s))) for s in (h, -h))
        tangent = push_forward(p, y, dots)
        for k in floats:
            compare(tangent[k], (ahead[k] - behind[k]) / (2 * h), tolerance, p.label)
        rng = np.random.default_rng(seed)
        bars = [random_like(rng, part) for part in flat(y)]
        if floats:
            pulled = pull_back(p, y, tuple(bars) if isinstance(y, tuple) else bars[0])
            forward = dot([bars[k] for k in floats], [tangent[k] for k in floats])
            backward = dot([pulled[i] for i in p.active], [dots[i] for i in p.active])
            assert_allclose(backward, forward, rtol=1e-10, atol=1e-10, err_msg=p.label)


def compare(found: Any, expected: Any, tolerance: float, label: str) -> None:
    """Equal up to ``tolerance`` times the largest number expected."""
    scale = 1 + np.max(np.abs(expected), initial=0.0)
    assert_allclose(found, expected, rtol=0, atol=tolerance * scale, err_msg=label)


# ------------------------------------------------------------------- derivatives of derivatives
class Dual:
    """A value with a tangent; whatever is done to it is done by the rows of the table."""

    def __init__(self, x: Any, dot: Any) -> None:
        self.x, self.dot = x, dot

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        assert method == "__call__"
        return lifted(kernels.lookup_all(ufunc), args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return lifted(kernels.lookup_all(function), args, kwargs)

    def __getitem__(self, index: Any) -> Dual:
        return Dual(self.x[index], self.dot[index])

    def __getattr__(self, name: str) -> Any:
        match = kernels.attribute(name)
        if match is None:
            raise AttributeError(name)
        return lifted((match,), (self,), {})


def lifted(matches: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Do the operation on values and tangents."""
    found = kernels.bind(matches, args, kwargs)
    operands = [o.value if isinstance(o, kernels.Default) else o for o in found.operands]
    values = tuple(o.x if isinstance(o, Dual) else o for o in operands)
    active = tuple(i for i, o in enumerate(operands) if isinstance(o, Dual))
    p = Point(found.row, found.via, values, found.attrs, active, {})
    y = p.value()
    if not active or not any(is_float(type_of(part)) for part in flat(y)):
        return y
    dots = tuple(o.dot if isinstance(o, Dual) else zero_like(o) for o in operands)
    parts = [Dual(part, t) if is_float(type_of(part)) else part
             for part, t in zip(flat(y), push_forward(p, y, dots), strict=True)]  # fmt: skip
    return tuple(parts) if isinstance(y, tuple) else parts[0]


def operator_method(symbol: str, swapped: bool) -> Callable[..., Any]:
    match = (kernels.operator_row(symbol),)
    return lambda a, *b: lifted(match, (*b, a) if swapped else (a, *b), {})


for _name, _symbol in {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "pow": "**",
    "matmul": "@",
}.items():  # fmt: skip
    setattr(Dual, f"__{_name}__", operator_method(_symbol, False))
    setattr(Dual, f"__r{_name}__", operator_method(_symbol, True))
for _name, _symbol in {
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "neg": "u-",
}.items():  # fmt: skip
    setattr(Dual, f"__{_name}__", operator_method(_symbol, False))


@functools.cache
def lifted_names(via: str) -> Mapping[str, Any]:
    """As `names_for`, for values with tangents."""

    def wrapped(row: Row, name: str) -> Callable[..., Any]:
        plain = kernels.object_of(name)
        return lambda *args, **kwargs: (
            lifted(((row, name),), args, kwargs) if has_dual(args) else plain(*args, **kwargs)
        )

    matches = {row.name: kernels.resolve(row.name, via) for row in ROWS}
    found = {name: wrapped(*match) for name, match in matches.items() if match is not None}
    runtime = types.SimpleNamespace(
        **{name: found[name] for name, match in matches.items() if match and match[1][:3] == "rt."}
    )
    linalg = types.SimpleNamespace(**{
        match[1].rpartition(".")[2]: found[name] for name, match in matches.items()
        if match and match[1].startswith("scipy.linalg.")
    })  # fmt: skip
    return {"np": np, "rt": runtime, "scipy": types.SimpleNamespace(linalg=linalg), **found}


def has_dual(args: Any) -> bool:
    return any(isinstance(a, Dual) or (isinstance(a, tuple | list) and has_dual(a)) for a in args)


def lifted_function(function: FunctionType) -> FunctionType:
    """A rule's function, and its helpers, with a run-time library for values with tangents."""
    known = {name: lifted_names("")[name] for name in ("rt", "scipy")}
    scope = {**function.__globals__, **known}
    for name, helper in list(scope.items()):
        if isinstance(helper, FunctionType) and helper.__module__.startswith("s2s.kernels."):
            scope[name] = FunctionType(helper.__code__, scope, name, helper.__defaults__)
    return FunctionType(function.__code__, scope, function.__name__, function.__defaults__)


def pull_back_dual(p: Point, dots: Sequence[Any], y_bar: Any) -> list[Any]:
    """The tangents of the cotangents, while the operands move along ``dots``."""
    y = p.value()
    parts = [Dual(part, t) if is_float(type_of(part)) else part
             for part, t in zip(flat(y), push_forward(p, y, dots), strict=True)]  # fmt: skip
    y_dual = tuple(parts) if isinstance(y, tuple) else parts[0]
    operands = [Dual(x, d) if i in p.active else x
                for i, (x, d) in enumerate(zip(p.operands, dots, strict=True))]  # fmt: skip
    source = p.derivative().vjp
    if callable(source):
        order = (*p.row.signature.filled(operands), y_dual, y_bar)
        found = execute(p, lifted_function(source), {}, order)  # type: ignore[arg-type]
    else:
        result = p.row.signature.result
        extra = names_of(p, "", operands) | {result: y_dual, f"{result}_bar": y_bar}
        scope = {**lifted_names(p.via), **extra}
        found = [None if text is None else eval(text, scope) for text in source]
    return [close(x, bar.dot) if isinstance(bar, Dual) else zero_like(x)
            for x, bar in zip(p.operands, found, strict=True)]  # fmt: skip


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_second_derivative(row: Row) -> None:
    """The VJP, differentiated by the rows that it is made of, against differences of it."""
    for p, is_complex in uses(row):
        parts = flat(p.value())
        if all(np.result_type(part) in (np.float64, np.complex128) for part in parts):
            check_second_derivative(p, is_complex)


def check_second_derivative(p: Point, is_complex: bool) -> None:
    y, rng = p.value(), np.random.default_rng(3)
    bars = tuple(random_like(rng, part) for part in flat(y))
    y_bar = bars if isinstance(y, tuple) else bars[0]
    dots, h = p.directions(3), 1e-6

    def moved(step: float) -> list[Any]:
        q = replace(p, operands=p.moved(dots, step))
        return pull_back(q, q.value(), y_bar)

    try:
        tangents = pull_back_dual(p, dots, y_bar)
    except NoDerivativeError:  # complex gamma: its second derivative is not in scipy
        assert is_complex
        return
    ahead, behind = moved(h), moved(-h)
    for i in p.active:
        compare(tangents[i], (np.asarray(ahead[i]) - behind[i]) / (2 * h), 1e-6, p.label)


KINKS = [
    pytest.param(row, point, expected, id=f"{row.name}{point}")
    for row in ROWS
    for point, expected in row.kinks.items()
]


@pytest.mark.parametrize(("row", "point", "expected"), KINKS)
def test_kink(row: Row, point: tuple[float, ...], expected: tuple[float, ...]) -> None:
    """At a point without a derivative the value is the one that the row states."""
    operands = tuple(np.float64(x) for x in point)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for constants in ({}, {len(point) - 1: point[-1]}):
            p = Point(row, row.via[0], operands, {}, tuple(range(len(point))), constants)
            found = pull_back(p, p.value(), np.float64(1.0))
            assert_allclose(
                found[: len(point) - len(constants)], expected[: len(point) - len(constants)]
            )


def test_the_page_is_up_to_date() -> None:
    """docs/rules.md is what `python -m s2s.kernels.document` writes."""
    found = (Path(__file__).parent.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    assert found == document.page(), "run python -m s2s.kernels.document"


def test_every_row_has_its_own_name() -> None:
    """Among the rows, and among the operations that are none."""
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert set(names) & set(signatures.TABLE) <= {"shape", "copy"}  # the same, of values


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row_is_found(row: Row) -> None:
    """By each of its names."""
    assert kernels.row(row.name) is row
    for via in row.via:
        if via in kernels.names.OPERATORS:
            assert kernels.operator_row(via) == (row, via)
        elif kernels.is_attribute(via):
            assert kernels.attribute(via[1:]) == (row, via)
        elif via[0] == ".":
            assert (row, via) in kernels.method_all(via[1:])
        else:
            assert row in [found for found, _ in kernels.lookup_all(kernels.object_of(via))]


# ------------------------------------------------------------------------------------ closure
FORBIDDEN = (
    ast.Try, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp, ast.Lambda, ast.While,
    ast.With, ast.Global, ast.Nonlocal, ast.AugAssign, ast.Starred,
)  # fmt: skip
SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.MatMult: "@", ast.USub: "u-", ast.UAdd: "u+", ast.Invert: "u~",
    ast.BitAnd: "&", ast.BitOr: "|",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def check_closed(tree: ast.AST, known: set[str], scope: Mapping[str, Any]) -> None:
    """Every name, operator, method is a row, a parameter, or a function that is closed itself."""
    local = known | {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    modules = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        assert not isinstance(node, FORBIDDEN), ast.unparse(node)
        if isinstance(node, ast.Name) and node.id not in local and id(node) not in modules:
            check_name(node.id, scope)
        elif isinstance(node, ast.Attribute):
            check_attribute(node, scope)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in local, f"{node.func.id} is an operand"
        elif type(node) in SYMBOLS:
            kernels.operator_row(SYMBOLS[type(node)])  # type: ignore[index]


def check_name(name: str, scope: Mapping[str, Any]) -> None:
    if name in ("np", "rt", "scipy") or kernels.row(name) is not None:
        return
    helper = scope[name]
    assert isinstance(helper, FunctionType), name
    check_function(helper)


def check_attribute(node: ast.Attribute, scope: Mapping[str, Any]) -> None:
    text = ast.unparse(node)
    if text in ("np.linalg", "scipy.linalg"):
        return
    if re.fullmatch(r"(np|rt|scipy)(\.\w+)+", text):
        found = eval(text, {"np": np, "rt": rt, "scipy": scipy})
        assert isinstance(found, float) or kernels.lookup(found) is not None, text
    else:
        assert kernels.attribute(node.attr) or kernels.method(node.attr), text


def check_function(function: FunctionType) -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    known = {a.arg for a in ast.walk(tree.args) if isinstance(a, ast.arg)}
    check_closed(ast.Module(tree.body, []), known, function.__globals__)


@pytest.mark.parametrize(
    "row", [r for r in OPERATIONS if r.form != "inactive"], ids=lambda row: row.name
)
def test_derivative_is_made_of_rows(row: Row) -> None:
    """So that second derivatives exist."""
    known = {p.name for p in row.signature.parameters}
    known |= {f"{name}_dot" for name in known}
    known |= {row.signature.result, f"{row.signature.result}_bar"}
    for case in cases_of(row):
        for is_complex in (False, True):
            if not accepts(row, row.via[0], case, is_complex):
                continue
            derivative = Point.draw(row, row.via[0], case, is_complex).derivative()
            for source in (derivative.vjp, derivative.jvp):
                if callable(source):
                    check_function(source)  # type: ignore[arg-type]
                else:
                    for text in filter(None, source):
                        check_closed(ast.parse(text, mode="eval"), known, {})


@pytest.mark.parametrize(("kind", "x", "attrs", "expected"), [
    ("norm", [0.0, 0.0], {}, [0.0, 0.0]),
    ("norm", [0.0, 0.0], {"ord": 3}, [0.0, 0.0]),
    ("std", [2.0, 2.0], {}, [0.0, 0.0]),
    ("max", [1.0, 3.0, 3.0], {}, [0.0, 0.5, 0.5]),
    ("min", [1.0, 1.0, 3.0], {"axis": 0}, [0.5, 0.5, 0.0]),
    ("prod", [0.0, 2.0, 3.0], {}, [6.0, 0.0, 0.0]),
    ("prod", [0.0, 0.0, 3.0], {"axis": 0}, [0.0, 0.0, 0.0]),
    ("abs", [0j, 3 + 4j], {}, [0.0, 0.6 - 0.8j]),
    ("sort", [2.0, 1.0, 1.0], {}, [1.0, 1.0, 1.0]),
])  # fmt: skip
def test_convention(kind: str, x: list[Any], attrs: dict[str, Any], expected: list[Any]) -> None:
    """Where there is no derivative: an element of the subdifferential, never NaN."""
    row = kernels.row(kind)
    assert row is not None
    p = Point(row, row.via[0], (np.array(x),), attrs, (0,), {})
    y = p.value()
    assert_allclose(pull_back(p, y, np.ones_like(y))[0], expected, atol=1e-15)


@pytest.mark.parametrize(("kind", "types", "constants", "expected"), [
    ("power", ("float", "int"), {1: 2}, "2 * x * z_bar"),
    ("power", ("float", "int"), {1: 3}, "3 * x ** 2 * z_bar"),
    ("power", ("float", "float"), {1: 0.5}, "0.5 * z_bar / z"),
    ("divide", ("float", "float"), {}, "z_bar / y"),
    ("subtract", ("float", "float"), {}, "z_bar"),
    ("tanh", ("float",), {}, "(1 - y * y) * y_bar"),
    ("sqrt", ("float",), {}, "0.5 * y_bar / y"),
])  # fmt: skip
def test_text(kind: str, types: tuple[str, ...], constants: dict[int, Any], expected: str) -> None:
    """As a person would write it."""
    row = kernels.row(kind)
    assert row is not None
    derivative = row.derivative(tuple(map(Scalar, types)), {}, constants)
    assert not callable(derivative.vjp)
    assert derivative.vjp[0] == expected


@pytest.mark.parametrize(
    "name", ["signature", "text", "table", "infer", "products", "names", "row"]
)
def test_docstrings(name: str) -> None:
    """The examples in the docstrings run."""
    module = importlib.import_module(f"s2s.kernels.{name}")
    assert doctest.testmod(module).failed == 0


def test_docstrings_of_the_runtime() -> None:
    """The examples in the docstrings run."""
    assert doctest.testmod(rt).failed == 0
