"""The table: every row, found by kind, by callable, by method or by operator."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2s.ir.types import ANY, PYTHON_SCALARS, Array, Scalar, Type
from s2s.kernels import names
from s2s.kernels.row import Row, linear
from s2s.kernels.signature import BindError

RUNTIME = [
    linear("sum_to(x, to) -> y", "broadcast_to(y_bar, shape(x))", via="rt", aliases=True,
           cases=("R(2, 3), (3,)", "R(2, 3), (2, 3)", "R(2, 3), (2, 1)", "R(2, 3), ()", "S, ()",
                  "R(4, 2, 3), (1, 3)")),
]  # fmt: skip

GROUPS = (
    "elementwise",
    "special",
    "python_math",
    "piecewise",
    "reductions",
    "along",
    "masked",
    "statistics",
    "shapes",
    "joining",
    "selecting",
    "products",
    "linalg",
    "decompositions",
    "scipy_linalg",
    "fourier",
    "turning",
    "writes",
    "ufuncs",
    "creation",
)  # modules, in the order in which calls are looked up
ROWS: tuple[Row, ...] = (
    *(row for group in GROUPS for row in importlib.import_module(f"s2s.kernels.{group}").ROWS),
    *RUNTIME,
)
BY_NAME: Mapping[str, Row] = {r.name: r for r in ROWS}
Match = tuple[Row, str]

_BY_VIA: dict[str, list[Row]] = {}
for _row in ROWS:
    for _via in _row.via:
        _BY_VIA.setdefault(_via, []).append(_row)
_BY_OBJECT: dict[int, tuple[object, str]] = {}  # by identity; the object is kept alive
_pending: list[str] = [v for v in _BY_VIA if v[0] != "." and v not in names.OPERATORS]


# ------------------------------------------------------------------------------------ look-ups
def row(kind: str) -> Row | None:
    """The row of an operation, None for operations that are not in the table."""
    return BY_NAME.get(kind)


def lookup_all(function: object) -> tuple[Match, ...]:
    """Every row that ``function`` may mean, by its number of arguments (``max``, ``np.where``)."""
    global _pending
    waiting = []
    for via in _pending:
        if names.is_pending(via):
            waiting.append(via)
        else:
            found = names.object_of(via)
            _BY_OBJECT.setdefault(id(found), (found, via))
    _pending = waiting
    via = _ufunc_method(function)
    entry = _BY_OBJECT.get(id(function)) if via is None else (function, via)
    return () if entry is None else tuple((r, entry[1]) for r in _BY_VIA.get(entry[1], ()))


def _ufunc_method(function: object) -> str | None:
    """``np.add.reduce``: an object of its own at each access."""
    owner = getattr(function, "__self__", None)
    return f"np.{owner.__name__}.{function.__name__}" if isinstance(owner, np.ufunc) else None  # type: ignore[attr-defined]


def lookup(function: object) -> Match | None:
    """The row that a callable means, and the name by which a call prints.

    >>> import math
    >>> row, via = lookup(math.sin)
    >>> row.name, via
    ('sin', 'math.sin')
    """
    return next(iter(lookup_all(function)), None)


def method_all(name: str) -> tuple[Match, ...]:
    """Every row of the array method (not attribute) ``name``."""
    via = f".{name}"
    if via not in _BY_VIA or names.is_attribute(via):
        return ()
    return tuple((r, via) for r in _BY_VIA[via])


def method(name: str) -> Match | None:
    """The row of an array method: ``method("sum")``."""
    return next(iter(method_all(name)), None)


def attribute(name: str) -> Match | None:
    """The row of an array attribute: ``attribute("T")``."""
    via = f".{name}"
    return (_BY_VIA[via][0], via) if via in _BY_VIA and names.is_attribute(via) else None


def operator_row(symbol: str) -> Match:
    """The row of an operator; unary ones are ``u-``, ``u+``, ``u~``."""
    return _BY_VIA[symbol][0], symbol


def resolve(name: str, via: str) -> Match | None:
    """What a name in the text of a derivative means, for an operation that was called as ``via``.

    ``cos`` is ``math.cos`` in the derivative of ``math.sin``: it is found in the same module if
    that has it.
    """
    found = BY_NAME.get(name)
    if found is None:
        return None
    module = via.rpartition(".")[0]
    same = [v for v in found.via if module in ("math", "cmath") and v.startswith(f"{module}.")]
    return found, (same or found.via)[0]


# ----------------------------------------------------------------------------------- binding
@dataclass(frozen=True, slots=True)
class Binding:
    """A call sorted into operands (values, tuples of values, `Default`) and attributes.

    More operands than the signature has (``max(a, b, c)``): the operation folds them from the left.
    """

    row: Row
    via: str
    operands: tuple[Any, ...]
    attrs: dict[str, Any]


def bind(matches: Sequence[Match], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Binding:
    """Sort the arguments of a call; of several rows the first that they fit.

    Raises `BindError`, with what is wrong for the first row.

    >>> bind(lookup_all(max), ["a", "b", "c"], {}).row.name
    'maximum'
    """
    problems = []
    for found, via in matches:
        if via in found.chooses and len(args) > 2 and not kwargs:
            return Binding(found, via, tuple(args), {})
        try:
            operands, attrs = found.signature.bind(args, kwargs, spread=via in found.spread)
        except BindError as problem:
            problems.append(problem)
        else:
            return Binding(found, via, operands, attrs)
    raise problems[0]


# ------------------------------------------------------------------------------------ effects
DIVIDES = ("/", "//", "%", "**", "pow", "divmod")


def may_raise(found: Row, via: str, types: Sequence[Type]) -> bool:
    """True if the operation may raise on operands of these types, so that it must stay where it
    is."""
    if found.raises is not None:
        return found.raises
    if ANY in types or via.startswith(("math.", "cmath.")) or via in ("int", "float"):
        return True
    if via in DIVIDES:
        python = all(isinstance(t, Scalar) and t.name in PYTHON_SCALARS for t in types)
        if python:
            return True
    if not found.elementwise:
        return True
    return sum(isinstance(t, Array) and t.rank != 0 for t in types) > 1
