"""Python arguments of a kernel: which are operands, which are static attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.errors import nearest_name
from s2s.frontend.avals import AVal, Leaf, SliceA, Static, TupleA
from s2s.frontend.lowering import Lowering


def bind_row(
    lo: Lowering, matches: Sequence[Any], args: Sequence[AVal], kwargs: Mapping[str, AVal]
) -> tuple[Any, str, list[AVal], dict[str, Any]]:
    """The row, the name by which it is called, operands and attributes of a call."""
    from s2s.frontend.iterate import known_items

    given: list[Any] = list(args)
    row, via = matches[0]
    if row.packed and given:
        items = known_items(lo, given[0])
        if items is None:
            lo.unsupported(f"`{via}` of a list whose length is not known", "use `np.stack`")
        given[0] = tuple(items)
    try:
        binding = kernels.bind(matches, given, kwargs)
    except kernels.BindError as error:
        return lo.cannot_infer(*unbound(row, via, args, kwargs, str(error)))
    found: list[AVal] = []
    for operand in binding.operands:
        if isinstance(operand, kernels.Default):
            found.append(default(operand.value))
        elif isinstance(operand, tuple):
            found.append(TupleA(operand))
        else:
            found.append(operand)
    attrs = {k: static(lo, binding.row, k, v) for k, v in binding.attrs.items()}
    return binding.row, binding.via, found, attrs


def unbound(
    row: Any, via: str, args: Sequence[AVal], kwargs: Mapping[str, AVal], reason: str
) -> tuple[str, str]:
    """What is wrong with the arguments of a kernel, and what to do."""
    shown = f"ndarray{via}" if via.startswith(".") else via
    names = [
        name for p in row.signature.parameters for name in (p.name, *getattr(p, "aliases", ()))
    ]
    names += [p.name for p in row.signature.statics]
    for key in kwargs:
        if key not in names:
            nearest = nearest_name(key, names)
            hint = (
                f"did you mean {nearest!r}?" if nearest else "leave it out, or write it differently"
            )
            return f"the argument {key!r} of `{shown}` is not supported", hint
    reason = reason.partition(": ")[2] or reason
    return (
        f"`{shown}` is called with other arguments than it takes: {reason}",
        "see its documentation",
    )


def default(value: Any) -> AVal:
    """A default as an abstract value."""
    return TupleA(tuple(map(Static, value))) if isinstance(value, tuple) else Static(value)


def static(lo: Lowering, row: Any, name: str, aval: AVal | tuple[AVal, ...]) -> Any:
    """The value of a static attribute."""
    match aval:
        case tuple():  # what was written spread out
            return tuple(static(lo, row, name, item) for item in aval)
        case Static(obj):
            if name == "dtype" and obj is not None:
                return np.dtype(obj).name
            return obj
        case TupleA(items):
            return tuple(static(lo, row, name, item) for item in items)
        case SliceA():
            return lo.cannot_infer("a slice cannot be an attribute")
        case Leaf():
            from s2s.frontend.iterate import known_items

            items_of_list = known_items(lo, aval)
            if items_of_list is not None:
                return tuple(static(lo, row, name, item) for item in items_of_list)
    from s2s.frontend.containers import need_static

    return need_static(
        lo,
        f"the argument {name!r} of `{row.via[0]}` must be known when the gradient is made",
        "choose it with `if`, and call the function in each branch",
    )
