"""`vmap` in code that is lowered: a loop over the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2s.frontend.arrays import array_type
from s2s.frontend.avals import AVal, Leaf, Static, Structure, TupleA
from s2s.frontend.calls import call
from s2s.frontend.containers import list_content
from s2s.frontend.facts import static_value
from s2s.frontend.lowering import Lowering
from s2s.ir.types import Fixed, ListOf, Tuple
from s2s.nested import library
from s2s.nested.calls import library_call
from s2s.nested.transformations import MakerA, known_argnums


@dataclass(frozen=True, eq=False)
class MappedA(Structure):
    """`vmap(f)`: called, it is a loop over examples."""

    function: AVal
    in_axes: Any
    out_axes: int

    form_fields = ("in_axes", "out_axes")
    part_fields = ("function",)

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """The results of all examples, stacked."""
        axes = self.in_axes if isinstance(self.in_axes, tuple) else (self.in_axes,) * len(args)
        if kwargs or len(axes) != len(args):
            lo.unsupported("`vmap` needs one entry of in_axes for each positional argument")
        batches = [in_front(lo, a, axis) for a, axis in zip(args, axes, strict=True)]
        arrays = [leaf for a, axis in zip(batches, axes, strict=True) if axis is not None
                  for leaf in array_leaves(lo, a)]  # fmt: skip
        if not arrays:
            lo.unsupported("`vmap` of no array")
        mapped = tuple(axis is not None for axis in axes)
        one = ExampleA(self.function, tuple(batches), mapped)
        length = library_call(lo, library.batch_length, [TupleA(tuple(arrays))], {})
        found = library_call(lo, library.each_example, [one, length], {})
        return self.stacked(lo, found)

    def stacked(self, lo: Lowering, found: AVal) -> AVal:
        """One array for each result of an example."""
        content = list_content(lo, found)
        item = content.item if isinstance(content, ListOf) else None
        if isinstance(content, Fixed):
            item = content.items[0]
        if not isinstance(item, Tuple):
            return self.moved(lo, library_call(lo, library.stacked, [found], {}))
        parts = []
        for k, part in enumerate(item.items):
            if isinstance(part, Tuple):
                lo.unsupported(
                    "`vmap` of a function that returns nested tuples, inside of a function"
                )
            parts.append(library_call(lo, library.stacked_item, [found, Static(k)], {}))
        return TupleA(tuple(self.moved(lo, part) for part in parts))

    def moved(self, lo: Lowering, result: AVal) -> AVal:
        """Examples along the axis that is wanted."""
        if self.out_axes == 0:
            return result
        return call(lo, Static(np.moveaxis), [result, Static(0), Static(self.out_axes)], {})


def in_front(lo: Lowering, aval: AVal, axis: int | None) -> AVal:
    """A batch whose examples lie along the first axis."""
    if axis is None or axis == 0:
        return aval
    if isinstance(aval, TupleA):
        return TupleA(tuple(in_front(lo, item, axis) for item in aval.items), aval.cls)
    return call(lo, Static(np.moveaxis), [aval, Static(axis), Static(0)], {})


def array_leaves(lo: Lowering, aval: AVal) -> list[AVal]:
    """The arrays of a batch; refuses what holds no arrays."""
    if isinstance(aval, TupleA):
        return [leaf for item in aval.items for leaf in array_leaves(lo, item)]
    seen = array_type(lo, aval)
    if seen is None or seen.rank == 0:
        lo.unsupported("`vmap` over what is no array or tuple of arrays, inside of a function")
    return [aval]


@dataclass(frozen=True, eq=False)
class ExampleA(Structure):
    """The function of one example, called with the number of the example."""

    function: AVal
    batches: tuple[AVal, ...]
    mapped: tuple[bool, ...]

    form_fields = ("mapped",)
    part_fields = ("function", "batches")

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """The result of one example, which sees arrays of its own."""
        (k,) = args
        given = [
            part(lo, batch, k) if is_mapped else own(lo, batch)
            for batch, is_mapped in zip(self.batches, self.mapped, strict=True)
        ]
        return call(lo, self.function, given, {})


def part(lo: Lowering, batch: AVal, k: AVal) -> AVal:
    """One example of a batch."""
    if isinstance(batch, TupleA):
        return TupleA(tuple(part(lo, item, k) for item in batch.items), batch.cls)
    seen = array_type(lo, batch)
    rule = library.number_at if seen is not None and seen.rank == 1 else library.array_at
    return library_call(lo, rule, [batch, k], {})


def own(lo: Lowering, aval: AVal) -> AVal:
    """An argument that all examples share."""
    if isinstance(aval, TupleA):
        return TupleA(tuple(own(lo, item) for item in aval.items), aval.cls)
    if isinstance(aval, Leaf) and array_type(lo, aval) is not None:
        return call(lo, Static(np.copy), [aval], {})
    return aval


def axes_of(lo: Lowering, aval: AVal | None) -> Any:
    """`in_axes` as Python has it."""
    if aval is None:
        return 0
    if isinstance(aval, Static) and aval.obj is None:
        return None
    if isinstance(aval, TupleA):
        return tuple(axes_of(lo, item) for item in aval.items)
    return known_argnums(lo, aval)


def lower_vmap(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """``vmap(f, in_axes, out_axes)``."""
    named = dict(zip(("f", "in_axes", "out_axes"), args, strict=False)) | kwargs
    if not named.keys() <= {"f", "in_axes", "out_axes"}:
        return lo.unsupported("this use of `vmap` inside of a function")
    in_axes, out_axes = axes_of(lo, named.get("in_axes")), axes_of(lo, named.get("out_axes"))
    if "f" not in named:
        return MakerA(lambda function: MappedA(function, in_axes, out_axes))
    return MappedA(named["f"], in_axes, out_axes)


def lower_mapped(lo: Lowering, mapped: Any, args: Sequence[AVal], kwargs: dict[str, AVal]) -> AVal:
    """A call of a mapped function in the user's code."""
    axes = mapped.in_axes
    axes = axes if axes is None or isinstance(axes, int) else tuple(axes)
    made = MappedA(static_value(mapped.__s2s_function__), axes, mapped.out_axes)
    return made.lower_call(lo, list(args), kwargs)
