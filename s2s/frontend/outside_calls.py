"""Functions that are no part of a program: those called while the gradient is made, those refused."""

from __future__ import annotations

import builtins
import random
import types
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.errors import NoRule, UnsupportedSyntax
from s2s.frontend.avals import AVal
from s2s.frontend.facts import static_value
from s2s.frontend.lowering import Lowering

PURE = {ascii, bin, bytes, chr, format, frozenset, hash, hex, oct, ord, pow, set, slice, sorted,
        np.broadcast_shapes, np.can_cast, np.dtype, np.finfo, np.iinfo, np.issubdtype,
        np.promote_types, np.result_type}  # fmt: skip


def is_pure(obj: Any) -> bool:
    """Whether a function depends on nothing but its arguments, so that it may be called now."""
    try:
        return obj in PURE or getattr(obj, "__module__", None) in ("math", "cmath")
    except TypeError:
        return False


def call_now(lo: Lowering, obj: Any, args: Sequence[AVal], kwargs: Mapping[str, AVal]) -> AVal:
    """The result of a function of known arguments; what it raises is raised when the program runs."""
    try:
        found = obj(*(a.obj for a in args), **{k: v.obj for k, v in kwargs.items()})  # type: ignore[attr-defined]
    except Exception as error:
        return lo.raise_error(type(error), str(error))
    return static_value(found)


def no_rule(lo: Lowering, name: str, obj: Any = None) -> Exception:
    """The error for a function without derivative rule; the nearest one is named."""
    odd = REFUSED.get(obj) if isinstance(obj, types.BuiltinFunctionType | type) else None
    if odd is not None or getattr(obj, "__module__", "") in OUTSIDE or is_random(obj):
        hint = odd or "call it outside of the function and pass the result in"
        return UnsupportedSyntax(f"`{name}` cannot be part of a gradient", lo.b.place, hint)
    known = sorted({via for row in kernels.ROWS for via in row.via if "." in via and via[0] != "."})
    return NoRule.of(name, lo.b.place, known, kernels.advice(name))


REFUSED = {
    exec: "write the code itself",
    eval: "write the expression itself",
    compile: "write the code itself",
    locals: "name the variables",
    globals: "name the variables",
    vars: "name the attributes",
    dir: "name the attributes",
    delattr: "set the attribute to None",
    __import__: "import the module at the top of the file",
    input: "read it outside of the function and pass it in",
    open: "read the file outside of the function and pass its contents in",
    id: "compare objects with `is`",
}
OUTSIDE = ("time", "_io", "io", "os", "posix", "socket", "subprocess", "threading", "_thread")


def is_random(obj: Any) -> bool:
    """Whether a function draws random numbers."""
    owner = getattr(obj, "__self__", None)
    if isinstance(owner, random.Random | np.random.Generator | np.random.RandomState):
        return True
    return str(getattr(obj, "__module__", "")).startswith(("numpy.random", "random"))


def name_of(obj: Any) -> str:
    """How a user calls a function."""
    if getattr(builtins, getattr(obj, "__name__", ""), None) is obj:
        return str(obj.__name__)
    owner = getattr(obj, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType | np.ufunc):
        return f"{type(owner).__name__}.{obj.__name__}"
    module = getattr(obj, "__module__", None) or ""
    if isinstance(obj, np.ufunc):
        module = "np"
    name = getattr(obj, "__name__", None) or type(obj).__name__
    module = ".".join(part for part in module.split(".") if not part.startswith("_"))
    module = "np" if module == "numpy" else module.replace("numpy.", "np.")
    return name if module in ("", "builtins", "__main__") else f"{module}.{name}"
