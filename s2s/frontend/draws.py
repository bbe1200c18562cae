"""Random numbers: constants, drawn once, where the program draws them.

The generator is an object that exists before the call, or NumPy's global one; a draw is an effect,
so it stays where it is and its result is kept for the reverse sweep.  Location and scale are
applied afterwards, so that they may be active.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.frontend.arrays import apply_operator, box, shape_or_value
from s2s.frontend.avals import AVal, Static
from s2s.frontend.lowering import Lowering
from s2s.ir.types import Type

GENERATORS = (np.random.Generator, np.random.RandomState)
WRITING = ("shuffle", "permuted", "seed", "set_state", "spawn")
# name: parameters, standard draw, how the result is made from it
SCALED = {
    "normal": (("loc", "scale"), (0.0, 1.0), "standard_normal"),
    "exponential": (("scale",), (1.0,), "standard_exponential"),
}


def is_draw(obj: object) -> bool:
    """Whether this is a method of a random number generator."""
    return isinstance(getattr(obj, "__self__", None), GENERATORS) and callable(obj)


def draw(lo: Lowering, method: Any, args: Sequence[AVal], kwargs: Mapping[str, AVal]) -> AVal:
    """Draw numbers."""
    name = method.__name__
    if name in WRITING:
        lo.unsupported(
            f"`{name}` of a random number generator",
            "draw an order with rng.permutation before the call, and index with it",
        )
    if name in SCALED:
        return scaled(lo, method, list(args), dict(kwargs))
    return drawn(lo, method, args, kwargs)


def scaled(lo: Lowering, method: Any, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """loc + scale * a standard number: the same bits, and a derivative."""
    names, defaults, standard = SCALED[method.__name__]
    given = dict(zip((*names, "size"), args, strict=False)) | kwargs
    if set(given) - {*names, "size"}:
        lo.cannot_infer(f"{method.__name__}: arguments {sorted(given)}")
    size = {"size": given["size"]} if "size" in given else {}
    found = drawn(lo, getattr(method.__self__, standard), (), size)
    parameters = [given.get(n, Static(d)) for n, d in zip(names, defaults, strict=True)]
    if not is_one(parameters[-1]):
        found = apply_operator(lo, "*", [parameters[-1], found])
    if len(parameters) > 1 and not is_zero(parameters[0]):
        found = apply_operator(lo, "+", [parameters[0], found])
    return found


def is_one(aval: AVal) -> bool:
    """A factor that changes nothing."""
    return isinstance(aval, Static) and aval.obj == 1


def is_zero(aval: AVal) -> bool:
    """A summand that changes nothing."""
    return isinstance(aval, Static) and aval.obj == 0


def drawn(lo: Lowering, method: Any, args: Sequence[AVal], kwargs: Mapping[str, AVal]) -> AVal:
    """The call itself, as an effect."""
    values = [shape_or_value(lo, a) for a in args]
    named = {k: shape_or_value(lo, v) for k, v in kwargs.items()}
    known = [a.obj if isinstance(a, Static) else None for a in (*args, *kwargs.values())]
    types = [v.type for v in (*values, *named.values())]
    result = result_type(lo, method, types, known, tuple(named))
    symbol = lo.facts.symbol(method)
    operands = (*values, *named.values())
    op = lo.b.emit("pycall", operands, [result], symbol=symbol, keywords=tuple(named))
    return box(lo, op.result, "draw")


def result_type(
    lo: Lowering, method: Any, types: Sequence[Type], known: Sequence[Any], names: tuple[str, ...]
) -> Type:
    """By trying: on a generator of its own, so that no number is taken from the user's."""
    is_new = isinstance(method.__self__, np.random.Generator)
    twin = np.random.default_rng(0) if is_new else np.random.RandomState(0)
    split = len(types) - len(names)
    try:
        values = [
            kernels.dummy(t, 1, 1) if k is None or isinstance(k, int) else k
            for t, k in zip(types, known, strict=True)
        ]
        if method.__name__ in ("integers", "randint"):
            values = [0, 2][: min(split, 2)] + values[min(split, 2) :]
        keywords = dict(zip(names, values[split:], strict=True))
        return kernels.type_of(getattr(twin, method.__name__)(*values[:split], **keywords))
    except (TypeError, ValueError) as error:
        return lo.cannot_infer(f"{method.__name__}: {error}")
