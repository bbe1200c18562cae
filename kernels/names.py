"""The names by which operations are called, and the Python objects they stand for.

A *via* is the text by which a call prints: ``np.sin``, ``math.sin``, ``scipy.special.erf``, a
builtin ``abs``, an operator ``*``, a unary operator ``u-``, a method ``.sum``, an attribute ``.T``,
or a helper of the run-time library ``rt.sum_to``.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from s2s.kernels.signature import Signature
from s2s.runtime import numeric

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "@": operator.matmul,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift,
    ">>": operator.rshift, "u-": operator.neg, "u+": operator.pos, "u~": operator.invert,
}  # fmt: skip
MODULES = {"np": "numpy", "math": "math", "cmath": "cmath"}
OPTIONAL = ("scipy.special", "scipy.linalg", "scipy.fft")  # imported only when they are needed
SHORT = {
    "linalg": "np.linalg", "fft": "np.fft", "sp": "scipy.special", "sl": "scipy.linalg",
    "spfft": "scipy.fft", **{m: m for m in (*MODULES, "rt")},
}  # fmt: skip


def expand(name: str, via: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Read a row's list of names; ``np``, ``sp``, ``.`` alone stand for ``np.<name>``,
    ``scipy.special.<name>``, ``.<name>`` (see `SHORT`).

    ``.reshape*`` is a method that also takes its last argument spread out: these are the second
    result.
    """
    vias = tuple(
        f".{name}" if word == "." else f"{SHORT[word]}.{name}" if word in SHORT else word
        for word in via.split()
    )
    names = tuple(v if v in OPERATORS else v.removesuffix("*") for v in vias)
    return names, frozenset(n for n, v in zip(names, vias, strict=True) if n != v)


def is_attribute(via: str) -> bool:
    """True for ``.T`` and its like: read without a call."""
    return via[0] == "." and not callable(getattr(np.ndarray, via[1:]))


def is_pending(via: str) -> bool:
    """True for a function of an optional module that nobody has imported."""
    module = via.rpartition(".")[0]
    return module in OPTIONAL and module not in sys.modules


def object_of(via: str) -> Callable[..., Any]:
    """The callable that ``via`` stands for; methods and attributes take their object first."""
    if via in OPERATORS:
        return OPERATORS[via]
    if via[0] == ".":
        name = via[1:]
        if is_attribute(via):
            return operator.attrgetter(name)
        return lambda self, *args, **kwargs: getattr(self, name)(*args, **kwargs)
    module, _, name = via.rpartition(".")
    head, _, rest = module.partition(".")
    owner: Any
    if not module:
        owner = builtins
    elif module == "rt":
        owner = numeric
    elif head in MODULES:  # np.linalg, or a method of np.add
        owner = importlib.import_module(MODULES[head])
        owner = functools.reduce(getattr, rest.split("."), owner) if rest else owner
    else:
        owner = importlib.import_module(module)
    found: Callable[..., Any] = getattr(owner, name)
    return found


def call(signature: Signature, via: str, operands: Sequence[Any], attrs: Mapping[str, Any]) -> Any:
    """Do what the operation means, on Python and NumPy values."""
    args, keywords = signature.arguments(operands, attrs)
    if via == "np.array" and "axis" not in keywords and isinstance(args[0], list):
        args = args[:1]  # the row `stack`, written as a list of values
    return object_of(via)(*args, **keywords)


def dtype_name(dtype: Any) -> str:
    """The dtype in the form attributes hold it: ``float`` and ``np.float64`` are ``"float64"``."""
    return str(np.dtype(dtype).name)
