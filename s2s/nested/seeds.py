"""Cotangents and tangents that the user's code gives, as the sweeps take them."""

from __future__ import annotations

from collections.abc import Iterator

from s2s import kernels
from s2s.frontend.arrays import read
from s2s.frontend.avals import AVal, Static
from s2s.frontend.containers import get_item
from s2s.frontend.lowering import Lowering
from s2s.frontend.templates import Template, TLeaf, TNode
from s2s.ir.core import Value
from s2s.ir.types import DTYPES, Array, Ref, Scalar, Type, is_complex
from s2s.nested.inner import floating
from s2s.transform.reverse import bar_type


def seeds_of(lo: Lowering, template: Template, bar: AVal) -> Iterator[Value]:
    """Cotangents of the leaves of a result, out of a structure like it."""
    match template:
        case TLeaf(t) if floating(lo, t):
            content = lo.heap.of(t) if isinstance(t, Ref) else t
            if not isinstance(content, Array | Scalar):
                lo.unsupported("a pullback of a function that returns a container, inside of a "
                               "function", "return a tuple of arrays")  # fmt: skip
            yield as_seed(lo, bar, bar_type(content))  # type: ignore[arg-type]
        case TNode(("tuple", *_), parts):
            for k, part in enumerate(parts):
                none = isinstance(bar, Static) and bar.obj is None
                yield from seeds_of(lo, part, bar if none else get_item(lo, bar, Static(k)))


def as_seed(lo: Lowering, given: AVal, t: Type, like: Value | None = None) -> Value:
    """A cotangent or tangent of type ``t``; None is zero, where a value ``like`` it is at hand."""
    wanted = bar_type(t)
    if isinstance(given, Static) and given.obj is None:
        if isinstance(wanted, Array) and like is None:
            lo.unsupported("None as the cotangent of an array", "pass zeros")
        if isinstance(wanted, Array):
            assert like is not None
            seen = lo.b.value("load", (like,), wanted, path=())
            return emitted(lo, "zeros_like", seen)
        return lo.widen(lo.b.const(0.0), wanted)
    value = read(lo, given)
    if is_complex(value.type) and not is_complex(wanted):
        lo.unsupported("a complex cotangent or tangent of a real number", "pass its real part")
    if isinstance(wanted, Array):
        return as_array(lo, value, wanted)
    if isinstance(value.type, Array):
        if value.type.rank:
            lo.unsupported("an array as the cotangent or tangent of a number")
        value = lo.b.value("array_item", (value,), Scalar(value.type.dtype))
    return lo.widen(value, wanted)


def as_array(lo: Lowering, value: Value, wanted: Array) -> Value:
    """An array of the dtype that is wanted."""
    if not isinstance(value.type, Array):
        if wanted.rank:
            lo.unsupported("a number as the cotangent or tangent of an array", "use `np.full_like`")
        t = Array(wanted.dtype, None)
        return lo.b.value("asarray", (value,), t, via="np.asarray")
    if None not in (value.type.rank, wanted.rank) and value.type.rank != wanted.rank:
        lo.unsupported(f"a cotangent or tangent of type {value.type} for {wanted}")
    if value.type.dtype != wanted.dtype:
        return emitted(lo, "astype", value, dtype=DTYPES[wanted.dtype])
    return value


def emitted(lo: Lowering, name: str, *operands: Value, **attrs: object) -> Value:
    """A row of the table by its name."""
    row, via = kernels.resolve(name, "")
    t = kernels.infer(row, via, tuple(v.type for v in operands), attrs)
    return lo.b.value(row.name, operands, t, via=via, **attrs)
