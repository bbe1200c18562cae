"""Short names for what the user has not named: ``a_ij`` for a loaded element, else ``t``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from s2s.codegen.python.layout import Layout
from s2s.ir.core import Op, Value
from s2s.ir.types import BOOL, SHAPE

KINDS = {
    "dim": "n",
    "len": "n",
    "shape": "shape",
    "exception": "error",
    "shadows": "shadow",
    "format": "text",
}
LOOP = {-2: "trips", -1: "exit"}
ATTEMPT = {-2: "failed", -1: "error"}
SIGNS = {"+": "p", "-": "m"}


def temporary_name(values: Sequence[Value], layout: Layout, names: Mapping[Value, str]) -> str:
    """A name for variables that have none."""
    for value in values:
        op = layout.made.get(value)
        if op is not None and (found := _of_op(value, op, layout, names)):
            return found
    if values[0] in layout.indices:
        return "ijk"[min(layout.indices[values[0]], 2)]
    return "test" if values[0].type == BOOL else "shape" if values[0].type == SHAPE else "t"


def _of_op(value: Value, op: Op, layout: Layout, names: Mapping[Value, str]) -> str | None:
    if op.kind in ("loop", "attempt"):
        place = op.results.index(value) - len(op.results)
        return (LOOP if op.kind == "loop" else ATTEMPT).get(place)
    if op.kind in ("load", "getitem"):
        return _element(op, layout, names)
    return KINDS.get(op.kind)


def _element(op: Op, layout: Layout, names: Mapping[Value, str]) -> str | None:
    """``a_ij`` for ``a[i, j]``, ``y_im1`` for ``y[i - 1]``, ``a_k`` for the row ``a[k]``."""
    base, *indices = op.operands
    stem = names.get(base) or base.name
    path = op.attrs["path"]
    if stem is None or not path or not set(path) <= {"int", "slice"} or "int" not in path:
        return None
    letters, start = [], 0
    for token in path:
        if token == "int":
            letters.append(_letter(indices[start], layout, names))
        start += 1 if token == "int" else 3
    return f"{stem}_{''.join(letters)}" if all(letters) else None  # type: ignore[arg-type]


def _letter(index: Value, layout: Layout, names: Mapping[Value, str]) -> str | None:
    name = names.get(index) or index.name
    if name is not None:
        return name if len(name) == 1 else None
    op = layout.made.get(index)
    if op is None:
        return None
    if op.kind == "const":
        number = op.attrs["value"]
        return str(number) if 0 <= number <= 9 else None
    if op.attrs.get("via") in SIGNS and len(op.operands) == 2:
        parts = [_letter(value, layout, names) for value in op.operands]
        return f"{parts[0]}{SIGNS[op.attrs['via']]}{parts[1]}" if all(parts) else None
    return None
