"""Symbolic shapes: which arrays surely have the same shape, and what is known of whole numbers.

In:   a program.
Out:  `Shapes`: for each array (value or reference) a form for each axis, for whole numbers their forms.
      Two arrays with equal forms have equal shapes whenever both exist in one iteration.
Cost: a few walks: a carried array is taken to keep its shape until its loop shows otherwise.

    y = x[1:-1] + 0.5 * (x[:-2] + x[2:])        all of these have the shape (max(n - 2, 0),)

That an operation did not raise is used: where two axes of different forms were broadcast, the result has
a form of its own, but what `np.zeros(n)` made has n, which cannot have been negative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from s2s import kernels
from s2s.analysis.affine import Axis, Form, clip, form_of, sliced
from s2s.ir.core import Block, Op, Program, Value, leaves
from s2s.ir.paths import steps
from s2s.ir.types import NONE, SHAPE, Array, Ref, Scalar, Tuple, Type

Dims = tuple[Form, ...]
WALKS = 6  # after so many, all carried arrays may change their shape
SAME = frozenset({"zeros_like", "ones_like", "empty_like", "full_like", "array", "asarray", "copy",
                  "ascontiguousarray", "alloc", "widen", "unwrap", "tril", "triu", "cumsum", "cumprod",
                  "flip", "fliplr", "flipud", "roll", "sort", "argsort", "astype"})  # fmt: skip
REDUCES = frozenset({"sum", "mean", "prod", "max", "min", "amax", "amin", "std", "var", "any", "all",
                     "argmax", "argmin"})  # fmt: skip
CREATES = frozenset({"zeros", "ones", "empty", "full", "zeros_of"})
SHAPED = frozenset({"broadcast_to", "sum_to"})


@dataclass
class Shapes:
    """What is known; `same` and `form` are the questions."""

    dims: dict[Value, Dims] = field(default_factory=dict)
    forms: dict[Value, Form] = field(default_factory=dict)
    tuples: dict[Value, tuple[Form, ...]] = field(default_factory=dict)
    parts: dict[int, Dims] = field(default_factory=dict)  # what a store writes to, by id of the op

    def same(self, a: Value, b: Value) -> bool:
        """Whether two arrays surely have the same shape."""
        return a is b or (a in self.dims and self.dims[a] == self.dims.get(b))

    def fills(self, store: Op) -> bool:
        """Whether what a store writes surely has the shape of the place it is written to."""
        place = self.parts.get(id(store))
        return place is not None and place == self.dims.get(store.operands[-1])

    def form(self, value: Value) -> Form:
        """A whole number; an atom if nothing is known of it."""
        return self.forms.get(value) or form_of(value)


def shapes(program: Program) -> Shapes:
    """The analysis, of all functions."""
    heap = program.heap
    found = Shapes()
    for function in program.functions.values():
        changing: set[Value] = set()
        for walk in range(WALKS + 1):
            walker = _Walker(heap, found, changing, all_change=walk == WALKS)
            walker.function(function.body)
            if not walker.wrong:
                break
            changing |= walker.wrong
    return found


def rank_of(t: Type, heap: Any) -> int | None:
    """Axes of an array or of what a reference addresses; None for all else."""
    if isinstance(t, Ref):
        return t.rank if isinstance(heap[t.cls], Array) else None
    return t.rank if isinstance(t, Array) else None


def reduced(w: _Walker, op: Op) -> Dims | None:
    """Some axes go, or are kept with one element."""
    dims, axis = w.found.dims.get(op.operands[0]), op.attrs.get("axis")
    if dims is None or len(op.operands) > 1 or not isinstance(axis, int | tuple | None):
        return None
    axes = range(len(dims)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {k % len(dims) for k in axes} if dims else set()
    if op.attrs.get("keepdims"):
        return tuple(Form(1) if k in gone else n for k, n in enumerate(dims))
    return tuple(n for k, n in enumerate(dims) if k not in gone)


def expanded(w: _Walker, op: Op) -> Dims | None:
    """New axes with one element."""
    dims, axis = w.found.dims.get(op.operands[0]), op.attrs.get("axis")
    if dims is None or not isinstance(axis, int | tuple):
        return None
    axes = axis if isinstance(axis, tuple) else (axis,)
    rank = len(dims) + len(axes)
    new, rest = {k % rank for k in axes}, iter(dims)
    return tuple(Form(1) if k in new else next(rest) for k in range(rank))


def product(w: _Walker, op: Op) -> Dims | None:
    """A product of matrices and vectors."""
    a, b = (w.found.dims.get(v) for v in op.operands[:2])
    if a is None or b is None or not (1 <= len(a) <= 2 and 1 <= len(b) <= 2):
        return None
    return (*a[:-1], *b[1:])


def outer(w: _Walker, op: Op) -> Dims | None:
    """The outer product of two vectors."""
    a, b = (w.found.dims.get(v) for v in op.operands[:2])
    return (*a, *b) if a is not None and b is not None and len(a) == len(b) == 1 else None


def eye(w: _Walker, op: Op) -> Dims | None:
    """A square matrix, if only one size is given."""
    if len(op.operands) != 1 or not w.is_int(op.operands[0]):
        return None
    return (clip(w.found.form(op.operands[0])),) * 2


class _Walker:
    """One walk over a function."""

    def __init__(self, heap: Any, found: Shapes, changing: set[Value], *, all_change: bool) -> None:
        self.heap, self.found = heap, found
        self.changing, self.all_change = changing, all_change
        self.wrong: set[Value] = set()
        self.constants: dict[Value, object] = {}
        self.stretched: dict[Value, list[set[Form]]] = {}  # what was broadcast together, by result
        self.here: set[Value] = set()  # what the innermost block has defined so far

    # ------------------------------------------------------------------------------- helpers
    def unknown(self, value: Value) -> None:
        """An array of which only the number of axes is known."""
        rank = rank_of(value.type, self.heap)
        if rank is None:
            self.found.dims.pop(value, None)
        else:
            self.found.dims[value] = tuple(form_of(Axis(value, k)) for k in range(rank))

    def set(self, value: Value, dims: Dims | None) -> None:
        """Note a shape; one that does not fit the type is not believed."""
        if dims is not None and len(dims) == rank_of(value.type, self.heap):
            self.found.dims[value] = dims
        else:
            self.unknown(value)

    def set_int(self, value: Value, form: Form | None) -> None:
        """Note a whole number; a form of an earlier walk is forgotten."""
        self.found.forms.pop(value, None)
        if form is not None:
            self.found.forms[value] = form

    def is_int(self, value: Value) -> bool:
        """Whether a value is a whole number that may be part of a form."""
        return isinstance(value.type, Scalar) and value.type.name in ("int", "i64")

    # -------------------------------------------------------------------------------- blocks
    def function(self, body: Block) -> None:
        """A function: of its parameters nothing is known."""
        for value in body.args:
            self.unknown(value)
        self.block(body)

    def block(self, block: Block) -> None:
        """Operations in order."""
        outer, self.here = self.here, set()
        for op in block.ops:
            self.op(op)
            self.here.update(op.results)
        self.here = outer

    def op(self, op: Op) -> None:
        """What one operation says."""
        match op.kind:
            case "if":
                self.regions(op.regions)
                self.join(op.results, [r.terminator.operands for r in op.regions
                                       if r.terminator.kind == "yield"])  # fmt: skip
            case "loop":
                self.loop(op)
            case "branch" | "attempt":
                self.regions(op.regions)
                self.join(op.results, [])
            case "store" | "accum":
                self.written(op)
            case _:
                self.plain(op)

    def regions(self, regions: Sequence[Block]) -> None:
        """Regions without arguments."""
        for region in regions:
            self.block(region)

    def join(self, results: Sequence[Value], sources: Sequence[Sequence[Value]]) -> None:
        """Results that come from one of several places."""
        for k, result in enumerate(results):
            found = {self.found.dims.get(s[k]) for s in sources}
            self.set(result, found.pop() if len(found) == 1 else None)

    def loop(self, op: Op) -> None:
        """A carried array keeps its shape unless an iteration gives another one."""
        first = 3 if op.attrs["bounded"] else 0
        inits, body = op.operands[first:], op.regions[0]
        for arg, init in zip(body.args[1:], inits, strict=True):
            if arg in self.changing or self.all_change:
                self.unknown(arg)
            else:
                self.set(arg, self.found.dims.get(init))
        self.block(body)
        ends = [leaf.operands for leaf in leaves(body) if leaf.kind in ("yield", "break")]
        stays = [leaf.operands for leaf in leaves(body) if leaf.kind == "yield"]
        for k, arg in enumerate(body.args[1:]):
            if rank_of(arg.type, self.heap) is None or arg in self.changing or self.all_change:
                continue
            if any(self.found.dims.get(end[k]) != self.found.dims.get(arg) for end in stays):
                self.wrong.add(arg)
        self.join(op.results[:-2], [inits, *ends])

    def written(self, op: Op) -> None:
        """The shape of the place that a store writes to."""
        dims = self.subscript(op.operands[0], op.attrs["path"], op.operands[1:-1])
        if dims is None:
            self.found.parts.pop(id(op), None)
        else:
            self.found.parts[id(op)] = dims
            self.fit(op.operands[-1], dims)

    def fit(self, value: Value, place: Dims) -> None:
        """What was broadcast from the very shape that it is then written to has that shape: else writing
        it would have raised.  Only within one block, where both are done or none."""
        wanted = self.stretched.get(value)
        if wanted is None or value not in self.here or len(wanted) != len(place):
            return
        dims = self.found.dims[value]
        self.found.dims[value] = tuple(
            size if size in sizes else d for d, size, sizes in zip(dims, place, wanted, strict=True)
        )

    # --------------------------------------------------------------------------- operations
    def plain(self, op: Op) -> None:
        """An operation without regions."""
        if op.kind == "const":
            self.constants[op.result] = op.attrs["value"]
        if len(op.results) != 1:
            for value in op.results:
                self.unknown(value)
            return
        value = op.result
        if self.is_int(value):
            self.set_int(value, self.whole(op))
        elif isinstance(value.type, Tuple) or value.type == SHAPE:
            found = self.tuple_of(op)
            self.found.tuples.pop(value, None)
            if found is not None:
                self.found.tuples[value] = found
        elif rank_of(value.type, self.heap) is not None:
            self.set(value, self.array(op))

    def whole(self, op: Op) -> Form | None:
        """A whole number."""
        form = self.found.form
        match op.kind:
            case "const" if type(op.attrs["value"]) is int:
                return Form(op.attrs["value"])
            case "dim":
                dims = self.found.dims.get(op.operands[0])
                return dims[op.attrs["axis"]] if dims is not None else None
            case "item":
                items = self.found.tuples.get(op.operands[0])
                return items[op.attrs["index"]] if items is not None else None
            case "widen" if self.is_int(op.operands[0]):
                return form(op.operands[0])
        if not all(self.is_int(v) for v in op.operands):
            return None
        match op.kind:
            case "add":
                return form(op.operands[0]) + form(op.operands[1])
            case "subtract":
                return form(op.operands[0]) - form(op.operands[1])
            case "negative":
                return form(op.operands[0]) * -1
            case "multiply":
                a, b = map(form, op.operands)
                if b.is_constant:
                    a, b = b, a
                return b * a.constant if a.is_constant else None
        return None

    def tuple_of(self, op: Op) -> tuple[Form, ...] | None:
        """A shape, or a tuple of whole numbers."""
        if op.kind == "shape":
            return self.found.dims.get(op.operands[0])
        if op.kind == "tuple" and all(self.is_int(v) for v in op.operands):
            return tuple(map(self.found.form, op.operands))
        return None

    def array(self, op: Op) -> Dims | None:
        """The shape of an array, or of what a reference addresses."""
        dims, kind = self.found.dims, op.kind
        match kind:
            case "load" | "view" | "getitem":
                return self.subscript(op.operands[0], op.attrs["path"], op.operands[1:])
            case "select":
                a, b = (dims.get(v) for v in op.operands[1:])
                return a if a == b else None
            case "shadow":
                return dims.get(op.operands[1])
            case "transpose" | "view_as":
                return self.transposed(op)
        if kind in SPECIAL:
            return SPECIAL[kind](self, op)
        if kind in SAME and op.operands:
            return dims.get(op.operands[0])
        if kind in REDUCES:
            return self.reduced(op)
        if kind in ("stack", "concatenate"):
            return self.joined(op)
        if kind == "matmul":
            return self.product(op)
        if kind in CREATES:
            return self.created(op.operands[0])
        if kind in SHAPED and len(op.operands) > 1:
            return self.created(op.operands[1])
        row = kernels.row(kind)
        if row is not None and row.elementwise:
            return self.broadcast(op.operands, op.result)
        return None

    def created(self, shape: Value) -> Dims | None:
        """The shape that a number or a tuple says."""
        if self.is_int(shape):
            return (clip(self.found.form(shape)),)
        found = self.found.tuples.get(shape)
        if found is None or any(f.is_constant and f.constant < 0 for f in found):
            return None
        return tuple(map(clip, found))

    def reduced(self, op: Op) -> Dims | None:
        """Without one axis."""
        dims, axis = self.found.dims.get(op.operands[0]), op.attrs.get("axis")
        if dims is None or type(axis) is not int or not -len(dims) <= axis < len(dims):
            return None
        axis %= len(dims)
        kept = (Form(1),) if op.attrs.get("keepdims") else ()
        return (*dims[:axis], *kept, *dims[axis + 1 :])

    def joined(self, op: Op) -> Dims | None:
        """Arrays along a new axis, or along one that they have: all others agree, or it would raise."""
        parts = [() if isinstance(v.type, Scalar) else self.found.dims.get(v) for v in op.operands]
        axis, rank = op.attrs.get("axis"), len(parts[0]) if parts and parts[0] is not None else 0
        if None in parts or type(axis) is not int:
            return None
        if op.kind == "stack":
            axis %= rank + 1
            return (*parts[0][:axis], Form(len(parts)), *parts[0][axis:])  # type: ignore[index]
        if not rank:
            return None
        axis %= rank
        total = Form(0)
        for part in parts:
            total += part[axis]  # type: ignore[index]
        return (*parts[0][:axis], total, *parts[0][axis + 1 :])  # type: ignore[index]

    def product(self, op: Op) -> Dims | None:
        """Rows of the first and columns of the second, of arrays with at most two axes."""
        a, b = (self.found.dims.get(v) for v in op.operands)
        if a is None or b is None or len(a) > 2 or len(b) > 2:
            return None
        return (*a[:-1], *b[1:])

    def transposed(self, op: Op) -> Dims | None:
        """Axes in reverse order."""
        if op.attrs.get("fn", "transpose") != "transpose" or op.attrs.get("axes") is not None:
            return None
        found = self.found.dims.get(op.operands[0])
        return None if found is None or len(op.operands) > 1 else found[::-1]

    def broadcast(self, operands: Sequence[Value], result: Value) -> Dims | None:
        """The shape of an elementwise operation."""
        shapes_ = []
        for value in operands:
            if isinstance(value.type, Array):
                if value not in self.found.dims:
                    return None
                shapes_.append(self.found.dims[value])
            elif not isinstance(value.type, Scalar):
                return None
        rank = max(map(len, shapes_), default=0)
        one = Form(1)
        dims = []
        sets = [{s[k - rank] for s in shapes_ if len(s) >= rank - k} for k in range(rank)]
        self.stretched[result] = sets
        for k in range(rank):
            wanted = sets[k] - {one}
            dims.append(wanted.pop() if len(wanted) == 1 else
                        one if not wanted else form_of(Axis(result, k)))  # fmt: skip
        return tuple(dims)

    def subscript(self, base: Value, path: Any, operands: Sequence[Value]) -> Dims | None:
        """The shape of ``base[path]``; None where an index array is in it."""
        dims = self.found.dims.get(base)
        if dims is None or any(not isinstance(token, str) for token in path):
            return None
        found: list[Form] = []
        rest = list(dims)
        for token, values in steps(path, operands):
            match token:
                case "int" if rest:
                    rest.pop(0)
                case "slice" if rest:
                    part = self.slice_of(rest.pop(0), values)
                    if part is None:
                        return None
                    found.append(part)
                case "new":
                    found.append(Form(1))
                case "ellipsis" if token == path[-1]:
                    pass
                case _:
                    return None
        return (*found, *rest)

    def slice_of(self, size: Form, bounds: Sequence[Value]) -> Form | None:
        """The length of one slice."""
        low, high, step = map(self.bound, bounds)
        if low is False or high is False or step is False:
            return None
        number = 1 if step is None else step.constant if step.is_constant else None
        return sliced(size, low, high, number)

    def bound(self, value: Value) -> Any:
        """A bound of a slice: a form, None where it is absent, False where it may be either."""
        if value.type == NONE:
            return None
        return self.found.form(value) if self.is_int(value) else False


SPECIAL: dict[str, Callable[[_Walker, Op], Dims | None]] = {
    **dict.fromkeys(
        ("sum", "mean", "prod", "max", "min", "var", "std", "any", "all", "argmax", "argmin"),
        reduced,
    ),
    "expand_dims": expanded,
    "matmul": product,
    "dot": product,
    "outer": outer,
    "eye": eye,
}
