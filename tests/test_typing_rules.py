"""Type rules: what `infer` says is what the operation does, for every row, name and kind of
number."""

from __future__ import annotations

import contextlib
import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest

from s2s import kernels
from s2s.ir.types import (
    ANY,
    BOOL,
    COMPLEX,
    F32,
    F64,
    FLOAT,
    INT,
    NONE,
    OPAQUE,
    SHAPE,
    STR,
    Array,
    Scalar,
    Tuple,
    Type,
)
from s2s.kernels import ROWS, Row, TypeRuleError, infer, type_of
from s2s.kernels.advice import INSTEAD
from tests.test_rules import OPERATIONS, Point, cases_of

DTYPES = ("float64", "float32", "complex128", "complex64", "int64", "bool")


def cast(x: Any, dtype: str) -> Any:
    """An operand as another kind of number; a Python number stays one."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        if dtype[0] in "ib":
            x = np.nan_to_num(x)
        return x.astype(dtype)
    if type(x) in (float, complex):
        python = {"f": float, "c": complex, "i": int, "b": bool}[dtype[0]]
        return python(x.real) if python is not complex else complex(x)
    return x


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_inference_agrees_with_running(row: Row) -> None:
    """Whatever runs has the type that was inferred."""
    for case, via, dtype in product(cases_of(row), row.via, DTYPES):
        if via in row.spread and "(" in case:
            continue
        point = Point.draw(row, via, case, is_complex=False)
        operands = tuple(
            cast(x, dtype) if i in point.active else x for i, x in enumerate(point.operands)
        )
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                expected = type_of(row.call(*operands, via=via, **point.attrs))
        except (TypeError, ValueError, AttributeError, ArithmeticError):
            continue  # not for this kind of number, or not a method of Python's numbers
        types = tuple(type_of(x) for x in operands)
        if row.name == "expm" and dtype == "bool":
            continue  # scipy: float16 for one number, float64 for more
        found = infer(row, via, types, point.attrs, point.constants)
        assert covers(found, expected), f"{via}({case}) on {types}: {found}"
        assert found == expected or row.name == "squeeze", f"{via}({case}) on {types}"


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_unknown_rank(row: Row) -> None:
    """With the ranks of arrays unknown the result is the same, or of unknown rank."""
    for case, dtype in product(cases_of(row), ("float64", "complex128")):
        point = Point.draw(row, row.via[0], case, is_complex=False)
        types = [type_of(cast(x, dtype)) for x in point.operands]
        vague = [Array(t.dtype, None) if isinstance(t, Array) else t for t in types]
        try:
            known = infer(row, row.via[0], types, point.attrs, point.constants)
        except TypeRuleError:
            continue
        if vague == types:
            continue
        if row.name in ("nonzero", "diag_indices_from", "fftn", "ifftn"):
            # an item for each axis; a copy where there is none
            with contextlib.suppress(TypeRuleError):
                assert covers(infer(row, row.via[0], vague, point.attrs), known)
            continue
        found = infer(row, row.via[0], vague, point.attrs, point.constants)
        assert covers(found, known), f"{case}: {found} does not cover {known}"


def same_value(found: Any, expected: Any, single: bool) -> bool:
    """Equal up to rounding, part by part; the same bits are not asked for."""
    if isinstance(expected, tuple | list):
        pairs = zip(found, expected, strict=True)
        return len(found) == len(expected) and all(same_value(a, b, single) for a, b in pairs)
    rtol, atol = (1e-4, 1e-5) if single else (1e-10, 1e-12)
    return bool(np.allclose(found, expected, rtol=rtol, atol=atol, equal_nan=True))


def type_of_all(value: Any) -> Type:
    """The type of a result; a list counts as a tuple, an array without axes as a number."""
    if isinstance(value, list | tuple):
        return Tuple(tuple(map(type_of_all, value)))
    return type_of(value[()] if isinstance(value, np.ndarray) else value)


@pytest.mark.parametrize("row", [r for r in ROWS if r.form == "defined"], ids=lambda row: row.name)
def test_definition_is_what_it_defines(row: Row) -> None:
    """Values and types, for every case and kind of number that the function takes."""
    assert row.definition is not None
    for case, dtype in product(cases_of(row), DTYPES[:5]):
        if dtype[0] == "c" and row.real_only:
            continue
        point = Point.draw(row, row.via[0], case, is_complex=False)
        operands = [cast(x, dtype) if k in point.active else x
                    for k, x in enumerate(point.operands)]  # fmt: skip
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("error")
                written = copied(operands)
                expected = row.call(*written, **point.attrs)
        except (TypeError, ValueError, ArithmeticError, NotImplementedError, Warning):
            continue
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            own = copied(operands)
            found = row.definition(*arguments(row, own, point.attrs))
        if expected is None:  # it writes into its first argument
            found, expected = own[0], written[0]
        label = f"{row.name}({case}) {dtype}"
        assert same_value(found, expected, dtype in ("float32", "complex64")), label
        if dtype != "int64":
            assert type_of_all(found) == type_of_all(expected), label


def copied(operands: list[Any]) -> list[Any]:
    """The operands, arrays copied."""
    return [x.copy() if isinstance(x, np.ndarray) else x for x in operands]


def arguments(row: Row, operands: list[Any], attrs: dict[str, Any]) -> list[Any]:
    """The arguments of a definition, in the order of its parameters."""
    rest = [x.value if isinstance(x, kernels.Default) else x for x in operands]
    found: list[Any] = []
    for p in row.signature.parameters:
        if p.star:
            found.append(tuple(rest))
            rest = []
        elif p.is_operand:
            found.append(rest.pop(0) if rest else p.default)
        else:
            found.append(attrs.get(p.name, p.default))
    return found


def covers(wide: Type, narrow: Type) -> bool:
    """True if every value of type ``narrow`` is one of type ``wide``."""
    match wide, narrow:
        case Array(dtype, None), Array(other, _):
            return dtype == other
        case Array(dtype, None), Scalar(name):
            return dtype == name or (dtype, name) in (("f64", "float"), ("c128", "complex"))
        case Tuple(items), Tuple(others) if len(items) == len(others):
            return all(map(covers, items, others))
    return wide == narrow or (wide == SHAPE and isinstance(narrow, Tuple))


V64, V32, M64, VI = Array("f64", 1), Array("f32", 1), Array("f64", 2), Array("i64", 1)
TABLE: list[tuple[str, str, tuple[Type, ...], dict[str, Any], Type]] = [
    # Python's numbers are weak, NumPy's are not
    ("multiply", "*", (V32, FLOAT), {}, V32),
    ("multiply", "*", (V32, F64), {}, V64),
    ("multiply", "*", (F32, FLOAT), {}, F32),
    ("multiply", "*", (FLOAT, INT), {}, FLOAT),
    ("divide", "/", (INT, INT), {}, FLOAT),
    ("divide", "/", (VI, INT), {}, V64),
    ("add", "+", (BOOL, BOOL), {}, INT),
    ("add", "+", (V64, COMPLEX), {}, Array("c128", 1)),
    ("add", "+", (STR, STR), {}, STR),
    ("add", "+", (Tuple((INT,)), Tuple((INT, INT))), {}, Tuple((INT, INT, INT))),
    ("power", "**", (FLOAT, INT), {}, FLOAT),
    ("sin", "np.sin", (FLOAT,), {}, F64),
    ("sin", "math.sin", (FLOAT,), {}, FLOAT),
    ("sin", "cmath.sin", (FLOAT,), {}, COMPLEX),
    ("arctanh", "math.atanh", (FLOAT,), {}, FLOAT),
    ("arccosh", "math.acosh", (FLOAT,), {}, FLOAT),
    ("floor", "math.floor", (FLOAT,), {}, INT),
    ("abs", "abs", (COMPLEX,), {}, FLOAT),
    ("maximum", "max", (INT, FLOAT), {}, FLOAT),
    ("maximum", "max", (FLOAT, F64, INT), {}, F64),
    ("less", "<", (V64, FLOAT), {}, Array("b1", 1)),
    ("less", "<", (FLOAT, FLOAT), {}, BOOL),
    ("equal", "==", (STR, STR), {}, BOOL),
    # ranks
    ("sum", "np.sum", (M64,), {"axis": 0}, V64),
    ("sum", "np.sum", (M64,), {}, F64),
    ("sum", ".sum", (V32,), {"keepdims": True}, V32),
    ("matmul", "@", (M64, V64), {}, V64),
    ("matmul", "@", (V64, V64), {}, F64),
    ("stack", "np.array", (FLOAT, FLOAT), {"axis": 0}, V64),
    ("where", "np.where", (BOOL, FLOAT, FLOAT), {}, Array("f64", 0)),
    ("squeeze", "np.squeeze", (M64,), {"axis": 0}, V64),
    ("squeeze", "np.squeeze", (M64,), {}, Array("f64", None)),
    ("shape", "np.shape", (M64,), {}, Tuple((INT, INT))),
    ("reshape", "np.reshape", (V64, Tuple((INT, INT))), {}, M64),
    ("zeros", "np.zeros", (INT,), {"dtype": "float32"}, V32),
    ("zeros", "np.zeros", (Tuple((INT, INT)),), {}, M64),
    ("arange", "np.arange", (INT,), {}, VI),
    ("eye", "np.eye", (INT, NONE, INT), {}, M64),
    ("slogdet", "np.linalg.slogdet", (M64,), {}, Tuple((F64, F64))),
    ("cross", "np.cross", (V64, V64), {}, V64),
    # ranks that only the run knows
    ("sin", "np.sin", (Array("f32", None),), {}, Array("f32", None)),
    ("sum", "np.sum", (Array("f64", None),), {}, F64),
    ("add", "+", (Array("f64", None), V64), {}, Array("f64", None)),
    ("shape", "np.shape", (Array("f64", None),), {}, SHAPE),
    ("zeros", "np.zeros", (SHAPE,), {}, Array("f64", None)),
    ("sum_to", "rt.sum_to", (Array("f64", None), SHAPE), {}, Array("f64", None)),
    ("sin", "np.sin", (ANY,), {}, ANY),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "via", "types", "attrs", "expected"), TABLE)
def test_rule(
    kind: str, via: str, types: tuple[Type, ...], attrs: dict[str, Any], expected: Type
) -> None:
    """NumPy's and Python's promotion, as one would write it down."""
    row = kernels.row(kind)
    assert row is not None
    assert infer(row, via, types, {"via": via, **attrs}) == expected


@pytest.mark.parametrize(("kind", "via", "types", "message"), [
    ("add", "+", (STR, FLOAT), "can only concatenate str"),
    ("matmul", "@", (FLOAT, V64), "unsupported operand|does not have enough dimensions"),
    ("sin", "math.sin", (COMPLEX,), "must be real number"),
    ("sin", "np.sin", (OPAQUE,), "opaque is not a number or an array"),
    ("sum", "np.sum", (STR,), "np.sum"),
    ("maximum", "max", (V64, FLOAT), "ambiguous"),
    ("multiply", "*", (SHAPE, INT), "length of a tuple"),
])  # fmt: skip
def test_wrong_types(kind: str, via: str, types: tuple[Type, ...], message: str) -> None:
    """The message is Python's or NumPy's own."""
    row = kernels.row(kind)
    assert row is not None
    with pytest.raises(TypeRuleError, match=message):
        infer(row, via, types, {})


# ------------------------------------------------------------------------------------ binding
@pytest.mark.parametrize(("function", "args", "kwargs", "kind", "operands", "attrs"), [
    (np.sum, "x", {"axis": 0}, "sum", "x", {"axis": 0}),
    (np.sum, ["x", 0], {}, "sum", "x", {"axis": 0}),
    (np.sum, [], {"a": "x"}, "sum", "x", {}),
    (np.clip, "x", {"a_min": "l", "a_max": "h"}, "clip", "xlh", {}),
    (np.clip, "x", {"min": "l"}, "clip", ["x", "l", kernels.Default(None)], {}),
    (np.where, "cxy", {}, "where", "cxy", {}),
    (np.where, "c", {}, "nonzero", "c", {}),
    (max, "ab", {}, "maximum", "ab", {}),
    (max, "abc", {}, "maximum", "abc", {}),
    (max, "x", {}, "max", "x", {}),
    (np.concatenate, [["a", "b"]], {"axis": 1}, "concatenate", "ab", {"axis": 1}),
    (np.einsum, ["ij,j", "a", "b"], {}, "einsum", "ab", {"subscripts": "ij,j"}),
    (np.eye, "n", {"k": "k"}, "eye", ["n", kernels.Default(None), "k"], {}),
    (np.linspace, "ab", {"endpoint": False}, "linspace", "ab", {"endpoint": False}),
])  # fmt: skip
def test_bind(function: Any, args: Any, kwargs: Any, kind: str, operands: Any, attrs: Any) -> None:
    """Operands and attributes, whichever way they were written."""
    found = kernels.bind(kernels.lookup_all(function), list(args), kwargs)
    assert (found.row.name, found.operands, found.attrs) == (kind, tuple(operands), attrs)


@pytest.mark.parametrize(("name", "args", "operands", "attrs"), [
    ("reshape", ["x", 2, 3], ("x", (2, 3)), {}),
    ("reshape", ["x", -1], ("x", -1), {}),
    ("reshape", ["x", (2, 3)], ("x", (2, 3)), {}),
    ("transpose", ["x", 1, 0], ("x",), {"axes": (1, 0)}),
    ("transpose", ["x"], ("x",), {}),
])  # fmt: skip
def test_bind_method(name: str, args: Any, operands: Any, attrs: Any) -> None:
    """Methods that take a tuple also take its items."""
    found = kernels.bind(kernels.method_all(name), args, {})
    assert (found.operands, found.attrs) == (operands, attrs)


def test_what_does_not_bind() -> None:
    """The message says which argument."""
    for args, kwargs, message in (
        (["x"], {"whence": "m"}, "sum: argument 'whence' is not supported"),
        ([], {}, "sum: argument 'x' is missing"),
        (["x", 0], {"axis": 0}, "sum: argument 'axis' is given twice"),
        (["x", 0, None, None], {}, "sum: 1 positional arguments too many"),
    ):
        with pytest.raises(kernels.BindError, match=message):
            kernels.bind(kernels.lookup_all(np.sum), args, kwargs)


def test_lookup_of_strangers() -> None:
    """Unhashable objects, functions without a row."""
    assert kernels.lookup([]) is None
    assert kernels.lookup(np.roots) is None
    assert kernels.method("tolist") is None
    assert kernels.attribute("nbytes") is None


def test_what_has_no_row_has_advice() -> None:
    """For what is often used; and nothing is advised against that has a row."""
    assert kernels.advice("scipy.linalg._matfuncs.sqrtm") is not None
    assert kernels.advice("np.nothing") is None
    known = {via for row in ROWS for via in row.via}
    assert not known & set(INSTEAD)


def test_may_raise() -> None:
    """Division by Python's numbers, shapes that must agree, domains of `math`; not much else."""

    def says(kind: str, via: str, *types: Type) -> bool:
        row = kernels.row(kind)
        assert row is not None
        return kernels.may_raise(row, via, types)

    assert says("divide", "/", FLOAT, FLOAT)
    assert not says("divide", "/", F64, FLOAT)
    assert not says("multiply", "*", V64, FLOAT)
    assert says("multiply", "*", V64, V64)
    assert says("log", "math.log", FLOAT)
    assert not says("log", "np.log", V64)
    assert not says("sum", "np.sum", M64)
    assert says("cholesky", "np.linalg.cholesky", M64)
