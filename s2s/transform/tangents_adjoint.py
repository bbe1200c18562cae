"""Tangents of what only programs of derivatives do: forward over reverse, forward over forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s.ir.core import Op, Value
from s2s.ir.types import OPAQUE, Ref, carries_derivative
from s2s.transform.tangents import pushes, refuse

if TYPE_CHECKING:
    from s2s.transform.forward import Forward


def stacked(f: Forward, inner: Value) -> Value:
    """The map from objects to the tangents of their cotangents."""
    assert f.shadow_map is not None
    return f.helper("Stacked", f.shadow_map, inner, result=OPAQUE)


@pushes("cotangent")
def cotangent(f: Forward, op: Op) -> None:
    """The tangent of a structure of cotangents, which is a structure, too."""
    f.keep(op)
    inner, obj = op.operands
    f.dots[op.result] = f.b.value("cotangent", (stacked(f, inner), obj), OPAQUE)


@pushes("pycall")
def pycall(f: Forward, op: Op) -> None:
    """A Python function without derivative, or a helper of a tangent program."""
    f.keep(op)
    match op.attrs["symbol"], op.operands:
        case "rt.seed_tangent", (inner, obj, dot, arrays):
            if dot in f.dots:
                f.helper("seed_tangent", stacked(f, inner), obj, f.dots[dot], arrays)
        case "rt.copy_tangents", (inner, old, new):
            f.helper("copy_tangents", stacked(f, inner), old, new)
        case "rt.tangent_of", (inner, obj):
            f.dots[op.result] = f.helper("tangent_of", stacked(f, inner), obj, result=OPAQUE)
        case _ if any(carries_derivative(r.type) for r in op.results):
            if any(v in f.dots for v in op.operands):
                raise refuse(op)


@pushes("array_back", "seed")
def by_identity(f: Forward, op: Op) -> None:
    """Cotangents that are added to the shadows of what a structure holds."""
    f.keep(op)
    inner, obj, bar, *rest = op.operands
    if bar in f.dots:
        f.b.emit(op.kind, (stacked(f, inner), obj, f.dots[bar], *rest), ())


@pushes("unview")
def unview(f: Forward, op: Op) -> None:
    """The same for the tangents of both shadows."""
    f.keep(op)
    if f.is_varied(op.operands[0]):
        attrs = {k: v for k, v in op.attrs.items() if k != "label"}
        f.b.emit("unview", [f.shadow(v) for v in op.operands], (), **attrs)


@pushes("list_back")
def list_back(f: Forward, op: Op) -> None:
    """The same for the tangents of shadows; `list_extend` shortens the list itself, too."""
    refs = [v for v in op.operands if isinstance(v.type, Ref)]
    others = [v for v in op.operands if not isinstance(v.type, Ref)]
    split = len(refs) - op.attrs["shadows"]
    lists, bars = refs[:split], refs[split:]
    if not any(map(f.is_varied, bars)):
        bars = []
    if op.attrs["of"] == "list_extend":
        shortened = f.is_varied(lists[0])
        lists[0] = f.shadow(lists[0]) if shortened else f.b.value("alloc", (), lists[0].type)
    else:
        shortened = False
    if bars or shortened:
        operands = (*lists, *map(f.shadow, bars), *others)
        f.b.emit("list_back", operands, (), of=op.attrs["of"], shadows=len(bars))
    f.keep(op)
