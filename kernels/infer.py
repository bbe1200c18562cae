"""Type rules by trying: the operation is run on tiny arguments of the operand types.

So Python's and NumPy's promotion (NEP 50: Python numbers are weak), ranks and results hold by
construction.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np

from s2s.ir.types import (
    ANY,
    BOOL,
    COMPLEX,
    DTYPES,
    FLOAT,
    INT,
    NONE,
    SHAPE,
    SHORT,
    STR,
    Array,
    Scalar,
    Tuple,
    Type,
)
from s2s.kernels import names
from s2s.kernels.row import Row, TypeRuleError
from s2s.kernels.signature import Signature

PYTHON: dict[type, Type] = {
    bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX, str: STR, type(None): NONE,
}  # fmt: skip
MAKE: dict[str, type] = {"bool": bool, "int": int, "float": float, "complex": complex}
# (number, length of each axis): most take the first; domains, 3-vectors, indices the others
TRIALS = ((1, 1), (0, 1), (0.5, 1), (2, 1), (1, 3), (0, 3))
UNKNOWN_RANKS = (0, 1, 2, 3)
NO_CONSTANTS: Mapping[int, Any] = MappingProxyType({})


def infer(
    row: Row,
    via: str,
    types: Sequence[Type],
    attrs: Mapping[str, Any],
    constants: Mapping[int, Any] = NO_CONSTANTS,
) -> Type:
    """The type of the result.

    ``attrs`` may hold more than the row's own (``via``).  ``constants``: known values of operands,
    for rows whose type they decide (``2 ** -1`` is a float).  The rank of a result is None where it
    depends on what only the run knows.  Raises `TypeRuleError` with the message of Python or NumPy.
    """
    own = tuple((p.name, attrs[p.name]) for p in row.signature.statics if p.name in attrs)
    if ANY in types:
        return ANY
    known = tuple((i, type(v), v) for i, v in constants.items()) if row.typed_by_value else ()
    return _infer(row, via, tuple(types), own, known)


@lru_cache(maxsize=4096)
def _infer(
    row: Row,
    via: str,
    types: tuple[Type, ...],
    attrs: tuple[tuple[str, Any], ...],
    constants: tuple[tuple[int, type, Any], ...],
) -> Type:
    if via in row.chooses:
        return _chosen(row, types)
    if via == "*" and any(isinstance(t, Tuple) or t == SHAPE for t in types):
        raise TypeRuleError("the length of a tuple times a number is not known")
    unknown = [i for i, t in enumerate(types) if _is_vague(t)]
    known = {i: value for i, _, value in constants}
    if not unknown:
        return _tried(row.signature, via, types, dict(attrs), known)
    found: list[Type] = []
    problem = None
    for ranks in product(UNKNOWN_RANKS, repeat=len(unknown)):
        assumed = list(types)
        for i, rank in zip(unknown, ranks, strict=True):
            assumed[i] = _of_rank(types[i], rank)
        try:
            found.append(_tried(row.signature, via, tuple(assumed), dict(attrs), known))
        except TypeRuleError as error:
            problem = error
    if not found:
        raise problem or TypeRuleError(via)
    return _join(via, found)


def _is_vague(t: Type) -> bool:
    return t == SHAPE or (isinstance(t, Array) and t.rank is None)


def _of_rank(t: Type, rank: int) -> Type:
    if t == SHAPE:
        return Tuple((INT,) * rank)
    assert isinstance(t, Array)
    return Array(t.dtype, rank) if rank else Scalar(t.dtype)


def _join(via: str, found: Sequence[Type]) -> Type:
    """One type for results at several ranks."""
    kinds = set(found)
    if len(kinds) == 1:
        return found[0]
    if all(isinstance(t, Tuple) and set(t.items) <= {INT} for t in kinds):
        return SHAPE
    dtypes = {_dtype(t) for t in kinds}
    if len(dtypes) == 1 and None not in dtypes:
        return Array(dtypes.pop() or "", None)
    if all(isinstance(t, Tuple) for t in kinds) and len({len(t.items) for t in kinds}) == 1:  # type: ignore[attr-defined]
        columns = zip(*(t.items for t in found), strict=True)  # type: ignore[attr-defined]
        return Tuple(tuple(_join(via, column) for column in columns))
    shown = " or ".join(sorted(map(str, kinds)))
    raise TypeRuleError(f"{via}: the result depends on the rank: {shown}")


def _dtype(t: Type) -> str | None:
    if isinstance(t, Array):
        return t.dtype
    if isinstance(t, Scalar):
        return SHORT.get(np.dtype(MAKE[t.name]).name) if t.name in MAKE else t.name
    return None


def _chosen(row: Row, types: tuple[Type, ...]) -> Type:
    """`max` and `min` of Python return one of their arguments: the widest type holds them all."""
    if len(set(types)) == 1:
        return types[0]
    for t in types:
        if isinstance(t, Array) and t.rank != 0:
            raise TypeRuleError(f"the truth value of an array with {t.rank} axes is ambiguous")
    wide = types[0]
    for t in types[1:]:
        wide = wide if wide == t else _tried(Signature.read("add(x, y) -> z"), "+", (wide, t), {})
    return wide


# ------------------------------------------------------------------------------------- trying
def _tried(
    signature: Signature,
    via: str,
    types: tuple[Type, ...],
    attrs: dict[str, Any],
    constants: Mapping[int, Any] = NO_CONSTANTS,
) -> Type:
    """Run the operation on the first arguments that it takes, and on longer axes: ranks may depend
    on them."""
    problem: Exception | None = None
    found: list[Type] = []
    has_axes = any(isinstance(t, Array) and t.rank for t in types)
    for number, size in TRIALS:
        if found and (size == 1 or not has_axes):
            continue
        operands = [dummy(t, number, size) for t in types]
        for i, value in constants.items():
            operands[i] = value
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                found.append(type_of(names.call(signature, via, operands, attrs)))
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            problem = problem or error
    if found:
        return _join(via, found)
    if isinstance(problem, TypeRuleError):
        raise problem
    message = f"{via.lstrip('u')}({', '.join(map(str, types))}): {problem}"
    raise TypeRuleError(message) from problem


def dummy(t: Type, number: float, size: int) -> Any:
    """A value of type ``t``."""
    match t:
        case Scalar(name) if name in MAKE:
            return MAKE[name](number)
        case Scalar(name):
            return np.dtype(DTYPES[name]).type(number)
        case Array(dtype, rank) if rank is not None:
            return np.full((size,) * rank, number, DTYPES[dtype])
        case Tuple(items):
            return tuple(dummy(item, 1 if item == INT else number, size) for item in items)
        case _ if t == NONE:
            return None
        case _ if t == STR:
            return "a"
    raise TypeRuleError(f"{t} is not a number or an array")


def type_of(value: Any) -> Type:
    """The type of a Python or NumPy value; raises `TypeRuleError` if it has none here.

    >>> str(type_of(np.ones((2, 3)))), str(type_of(1.0)), str(type_of(np.float64(1)))
    ('f64[:,:]', 'float', 'f64')
    """
    found = PYTHON.get(type(value))
    if found is not None:
        return found
    if isinstance(value, np.ndarray | np.generic):
        short = SHORT.get(value.dtype.name)
        if short is not None:
            return Array(short, value.ndim) if isinstance(value, np.ndarray) else Scalar(short)
    if isinstance(value, tuple):
        return Tuple(tuple(map(type_of, value)))
    raise TypeRuleError(f"a value of type {type(value).__name__} is not a number or an array")
