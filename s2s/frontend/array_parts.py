"""Real and imaginary parts of complex arrays, written to.

As values the parts are arrays of their own; writing to one is writing to the complex array.
"""

from __future__ import annotations

from s2s import kernels
from s2s.frontend.arrays import array_type, emit_row, read, set_array_item
from s2s.frontend.avals import AVal, Leaf
from s2s.frontend.lowering import Lowering

PARTS = ("real", "imag")


def is_complex_array(lo: Lowering, obj: AVal) -> bool:
    """Whether this is an array object of complex numbers."""
    seen = array_type(lo, obj)
    return seen is not None and seen.dtype[0] == "c"


def set_part(lo: Lowering, array: Leaf, key: AVal, name: str, value: AVal) -> None:
    """`z.real[key] = value`: `z[key] = value + 1j * z.imag[key]`."""
    from s2s.frontend.containers import get_item

    row, via = kernels.attribute("imag" if name == "real" else "real")  # type: ignore[misc]
    other = emit_row(lo, row, via, [read(lo, get_item(lo, array, key))], {})
    real, imag = (read(lo, value), other) if name == "real" else (other, read(lo, value))
    turned = emit_row(lo, *kernels.operator_row("*"), [lo.b.const(1j), imag], {})
    both = emit_row(lo, *kernels.operator_row("+"), [real, turned], {})
    set_array_item(lo, array, key, Leaf(both))
