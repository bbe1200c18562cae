"""The names from outside that a function may mention: its own variables never hide them."""

from __future__ import annotations

from s2s.codegen.python import rows
from s2s.codegen.python.effects import KNOWN
from s2s.ir.core import Function, Op, walk
from s2s.ir.types import Tuple

IMPORTS = {
    "np": "import numpy as np",
    "math": "import math",
    "cmath": "import cmath",
    "scipy": "import scipy.special",
    "rt": "from s2s import runtime as rt",
}
SYMBOLS = frozenset({"symbol", "pycall", "exception"})
MENTIONED = {
    "dim": "len np",
    "len": "len",
    "shape": "np",
    "loop": "range reversed len",
    "bool_of": "bool",
    "list_of": "list",
    "sort_order": "sorted range len",
    "print": "print",
    "array_of": "np",
    "is_array": "np",
    "accum_at": "np",
    "accum": "rt",
    "alloc": "object rt np",
    "copy": "rt",
    "shadows": "rt",
    "private": "rt",
    "stop": "rt",
    "range_len": "len range",
    "slice_item": "range",
    "store": "object",
    "int_max": "max",
    "int_min": "min",
    "ndim": "np",
    "size": "np",
    "zeros_of": "np",
    **dict.fromkeys(
        ("last_writes", "list_back", "array_back", "unview", "seed", "cotangent"), "rt"
    ),
    "attempt": "caught",
    "const": "math complex",
}


def outside_names(function: Function) -> set[str]:
    """Builtins, modules, symbols and functions that ``function`` may print."""
    found: set[str] = set()
    for op in walk(function.body):
        found |= _of(op)
    return found


def symbols_of(op: Op) -> tuple[str, ...]:
    """The names of the symbol table that an operation needs."""
    if op.kind == "attempt":
        return tuple(symbol for handler in op.attrs["handlers"] for symbol in handler)
    if op.kind in SYMBOLS or (op.kind == "alloc" and "symbol" in op.attrs):
        return (op.attrs["symbol"],)
    if op.kind == "tuple" and isinstance(op.result.type, Tuple) and op.result.type.cls:
        return (op.result.type.cls,)
    return ()


def _of(op: Op) -> set[str]:
    if op.kind not in KNOWN:
        via = rows.via_of(op)
        names = {via.partition(".")[0]} if via[0].isalpha() else set()
        return names | _dtype(op)
    found = {*MENTIONED.get(op.kind, "").split(), *(s.partition(".")[0] for s in symbols_of(op))}
    if op.kind == "const" and not isinstance(op.attrs["value"], float | complex):
        return set()
    if op.kind == "view_as":
        via = op.attrs["via"]
        found |= {via.partition(".")[0]} if via[0].isalpha() else set()
    if op.kind == "call":
        found.add(op.attrs["callee"])
    return found


def _dtype(op: Op) -> set[str]:
    dtype = op.attrs.get("dtype")
    return set() if dtype is None else {"np", str(dtype)}
