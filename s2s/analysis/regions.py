"""Which elements of an array an operation reads or writes: an index for each axis of its root.

A view's axes are followed to the array that it is a view of; negative indices count from the end where it is
proved which of the two they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from s2s.analysis.affine import Form, form_of
from s2s.analysis.iterations import ONE, Iterations
from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Survey
from s2s.ir.core import Value
from s2s.ir.paths import steps
from s2s.ir.types import NONE, Array, Scalar


@dataclass(frozen=True, eq=False)
class Free:
    """A whole number that is not known: an index inside of a slice."""


@dataclass
class AxisMap:
    """An axis of a view: its index t is ``base + step * t`` of the root; each limit is
    ``factor * t + form >= 0``."""

    base: Form
    step: int
    limits: list[tuple[int, Form]] = field(default_factory=list)

    def at(self, t: Form) -> tuple[Form, list[Form]]:
        """The root's index for an index of the view, and what holds if that is inside."""
        return self.base + t * self.step, [t * f + form for f, form in self.limits]

    def then(self, base: Form, step: int) -> AxisMap:
        """The axis of a view of this view."""
        limits = [(f * step, base * f + form) for f, form in self.limits]
        return AxisMap(self.base + base * self.step, self.step * step, limits)


@dataclass
class Region:
    """Elements of an array: an index for each axis of the root (None: any), and what holds of them."""

    root: Value
    indices: list[Form | None]
    axes: list[tuple[int, AxisMap | None]]  # the axes that remain: which of the root's, and how
    facts: list[Form] = field(default_factory=list)  # each at least 0


class Regions:
    """The regions of one sweep."""

    def __init__(self, survey: Survey, shapes: Shapes, iterations: Iterations) -> None:
        self.survey, self.shapes, self.iterations = survey, shapes, iterations
        self.regions: dict[int, Region | None] = {}
        self.views: dict[Value, Region | None] = {}

    def region(self, position: int) -> Region | None:
        """What an operation reads or writes; None if that is not known."""
        if position not in self.regions:
            self.regions[position] = self.find_region(position)
        return self.regions[position]

    def find_region(self, position: int) -> Region | None:
        """As `region`, without memory."""
        op = self.survey.op_at[position]
        if op.kind == "alloc":
            start = self.view(op.result)
            return None if start is None else self.closed(start)
        if op.kind not in ("load", "store", "accum", "accum_at"):
            return None
        last = len(op.operands) - (op.kind != "load")
        start = self.view(op.operands[0])
        if start is None:
            return None
        found = self.subscript(
            start, op.operands[0], op.attrs["path"], op.operands[1:last], position
        )
        return None if found is None else self.closed(found)

    def view(self, ref: Value) -> Region | None:
        """What a reference addresses, as axes of its root."""
        if ref not in self.views:
            op = self.survey.defining.get(ref)
            if op is not None and op.kind == "view":
                start = self.view(op.operands[0])
                position = self.survey.position[id(op)]
                self.views[ref] = start and self.subscript(
                    start, op.operands[0], op.attrs["path"], op.operands[1:], position
                )
            else:
                dims = self.shapes.dims.get(ref)
                self.views[ref] = None if dims is None else Region(
                    ref, [None] * len(dims), [(k, AxisMap(Form(0), 1)) for k in range(len(dims))]
                )  # fmt: skip
        return self.views[ref]

    def closed(self, region: Region) -> Region:
        """A region in which each axis that remains has an index that may be any inside."""
        indices, facts = list(region.indices), list(region.facts)
        dims = self.shapes.dims[region.root]
        for k, axis in region.axes:
            if axis is not None:
                t = form_of(Free())  # type: ignore[arg-type]
                indices[k], limits = axis.at(t)
                facts += [t, *limits]
        for index, size in zip(indices, dims, strict=True):
            if index is not None:
                facts += [index, self.iterations.expanded(size) - index - ONE]
        return Region(region.root, indices, [], facts)

    def subscript(
        self, start: Region, ref: Value, path: Any, operands: Sequence[Value], position: int
    ) -> Region | None:
        """A part of a region."""
        if any(not isinstance(token, str) for token in path):
            return None
        found = Region(start.root, list(start.indices), [], list(start.facts))
        rest = list(start.axes)
        sizes = list(self.shapes.dims.get(ref, ()))
        for token, values in steps(path, operands):
            if token == "new" or (token == "ellipsis" and token == path[-1]):
                if token == "new":
                    return None
                continue
            if token == "ellipsis" or not rest or (token == "array" and not is_index(values[0])):
                return None
            k, axis = rest.pop(0)
            size = self.iterations.expanded(sizes.pop(0)) if sizes else None
            if token == "array":
                continue
            if token == "int":
                self.pick(found, k, axis, size, values[0], position)
            else:
                found.axes.append((k, self.slice_of(axis, size, values, position)))
        found.axes += rest
        return found

    def pick(
        self, found: Region, k: int, axis: AxisMap | None, size: Form | None, value: Value, at: int
    ) -> None:
        """One index of an axis."""
        index = self.wrapped(self.iterations.form(value), size, at) if axis is not None else None
        if index is not None and axis is not None:
            found.indices[k], limits = axis.at(index)
            found.facts += limits

    def slice_of(
        self, axis: AxisMap | None, size: Form | None, bounds: Sequence[Value], at: int
    ) -> AxisMap | None:
        """A slice of an axis; None if its beginning is not known."""
        low, high, step = bounds
        by = ONE if step.type == NONE else self.bound(step)
        if axis is None or size is None or by is None or not by.is_constant or not by.constant:
            return None
        forward = by.constant > 0
        if low.type != NONE:
            start = self.bound(low)
            start = None if start is None else self.wrapped(start, size, at)
            if start is not None and not forward:
                inside = self.iterations.proved(start - size, at, below=True)
                start = start if inside else None
            elif start is not None and not (start.is_constant or self.iterations.proved(start, at)):
                start = None
        else:
            start = Form(0) if forward else size - ONE
        if start is None:
            return None
        made = axis.then(start, by.constant)
        if high.type != NONE:
            end = self.bound(high)
            end = None if end is None else self.wrapped(end, size, at)
            if end is not None:
                ahead = end - start - ONE if forward else start - end - ONE
                made.limits.append((-abs(by.constant), ahead))
        return made

    def bound(self, value: Value) -> Form | None:
        """A bound of a slice; None if it may be absent."""
        return self.iterations.form(value) if isinstance(value.type, Scalar) else None

    def wrapped(self, index: Form, size: Form | None, at: int) -> Form | None:
        """An index counted from the beginning; None if it is not known to be so or from the end."""
        if index.is_constant and index.constant < 0:
            return None if size is None else size + index
        if index.is_constant or self.iterations.proved(index, at):
            return index
        if size is not None and self.iterations.proved(index, at, below=True):
            return size + index
        return None


def is_index(value: Value) -> bool:
    """Whether an index array consumes one axis."""
    t = value.type
    return isinstance(t, Array) and t.rank is not None and t.dtype[0] in "iu"
