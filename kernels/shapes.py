"""Shapes: the same elements in another order, size or place.  All are linear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from s2s.ir.types import Array, Scalar, Tuple
from s2s.kernels.row import Call, NoDerivativeError, Row, TypeRuleError, linear

VIEW: dict[str, Any] = {"is_view": True}


# ------------------------------------------------------------------------------------ order
def transpose_back(call: Call) -> tuple[str]:
    """The inverse permutation."""
    axes = call.attrs["axes"]
    if axes is None:
        return ("transpose(y_bar)",)
    rank = len(axes)
    inverse = sorted(range(rank), key=lambda k: axes[k] % rank)
    return (f"transpose(y_bar, {tuple(inverse)})",)


def roll_back(call: Call) -> tuple[str]:
    """Rolled the other way."""
    n = call.length(1)
    shift = "-shift" if n is None else f"({', '.join(f'-shift[{k}]' for k in range(n))},)"
    return (f"roll(y_bar, {shift}, axis=axis)",)


# ------------------------------------------------------------------------------ parts of one
def offsets(sizes: Sequence[str]) -> list[str]:
    """Where each part begins, and where the last ends; whole numbers are added up here."""
    found = []
    for k in range(len(sizes) + 1):
        numbers = sum(int(s) for s in sizes[:k] if s.isdigit())
        names = [s for s in sizes[:k] if not s.isdigit()]
        found.append(" + ".join(([str(numbers)] if numbers or not names else []) + names))
    return found


def part(lo: str, hi: str, axis: int) -> str:
    """A slice along one axis."""
    return f"y_bar[{':, ' * axis}{'' if lo == '0' else lo}:{hi}]"


def parts(sizes: Sequence[str], axis: int) -> tuple[str, ...]:
    """A slice for each operand."""
    bounds = offsets(sizes)
    return tuple(part(lo, hi, axis) for lo, hi in pairwise(bounds))


def concatenate_parts(call: Call) -> tuple[str, ...]:
    """Slices along the axis; of everything in a row for axis None."""
    axis, n = call.attrs["axis"], len(call.types)
    if axis is None:
        flat = parts([f"size(xs[{i}])" for i in range(n)], 0)
        return tuple(f"reshape({text}, shape(xs[{i}]))" for i, text in enumerate(flat))
    axis = axis if axis >= 0 else axis % call.rank(0)
    return parts([f"shape(xs[{i}])[{axis}]" for i in range(n)], axis)


def stack_parts(call: Call) -> tuple[str, ...]:
    """One index each."""
    axis = call.attrs["axis"]
    axis = axis if axis >= 0 else axis % (call.rank(0) + 1)
    return tuple(f"y_bar[{':, ' * axis}{i}]" for i in range(len(call.types)))


def pile_parts(axis: int, low: int, index: str) -> Callable[[Call], tuple[str, ...]]:
    """vstack, hstack, column_stack: operands of at most ``low`` axes are one line each."""

    def texts(call: Call) -> tuple[str, ...]:
        n = len(call.types)
        lines = [call.rank(i) <= low for i in range(n)]
        bounds = offsets(["1" if lines[i] else f"shape(xs[{i}])[{axis}]" for i in range(n)])
        return tuple(
            f"reshape(y_bar[{index}{bounds[i]}], shape(xs[{i}]))"
            if lines[i]
            else part(bounds[i], bounds[i + 1], axis)
            for i in range(n)
        )

    return texts


def hstack_parts(call: Call) -> tuple[str, ...]:
    """Along the only axis of vectors, else along the second."""
    axis = 0 if all(call.rank(i) <= 1 for i in range(len(call.types))) else 1
    return pile_parts(axis, 0, "")(call)


# ----------------------------------------------------------------------------- repeated, padded
def repeat_back(call: Call) -> tuple[str]:
    """Repetitions stand side by side: fold them into an axis and sum."""
    if call.rank(1) != 0:
        raise call.refuse("for an array of repeats")
    axis = call.attrs["axis"]
    if axis is None:
        return ("reshape(sum(reshape(y_bar, (-1, repeats)), axis=1), shape(x))",)
    axis = axis % call.rank(0)
    folded = f"shape(x)[:{axis + 1}] + (repeats,) + shape(x)[{axis + 1}:]"
    return (f"sum(reshape(y_bar, {folded}), axis={axis + 1})",)


def tile_back(call: Call) -> tuple[str]:
    """The copies of each axis fold into an axis of their own."""
    n, rank = call.length(1), call.rank(0)
    copies = ["reps"] if n is None else [f"reps[{k}]" for k in range(n)]
    size = max(len(copies), rank)
    copies = ["1"] * (size - len(copies)) + copies
    sizes = ["1"] * (size - rank) + [f"shape(x)[{k}]" for k in range(rank)]
    folded = ", ".join(f"{r}, {s}" for r, s in zip(copies, sizes, strict=True))
    text = f"sum(reshape(y_bar, ({folded})), axis={tuple(range(0, 2 * size, 2))})"
    return (text if size == rank else f"reshape({text}, shape(x))",)


INDEXED = ("edge", "wrap", "reflect", "symmetric")


def pad_back(call: Call) -> tuple[str]:
    """The middle; of copies of elements, each is added to the element it came from."""
    mode = call.attrs["mode"]
    if mode in INDEXED and call.attrs["reflect_type"] == "even":
        places = f"pad(reshape(arange(size(x)), shape(x)), pad_width, mode={mode!r})"
        return (f"add_take(y_bar, {places}, shape(x))",)
    if mode not in ("constant", "empty"):
        raise call.refuse(f"for mode {mode!r}")
    rank = call.rank(0)
    widths = [width_before(call, k) for k in range(rank)]
    middle = (
        f":shape(x)[{k}]" if lo == "0" else f"{lo}:{lo} + shape(x)[{k}]"
        for k, lo in enumerate(widths)
    )
    return (f"y_bar[{', '.join(middle)}]",)


def width_before(call: Call, k: int) -> str:
    """How far an axis is padded at its beginning."""
    t, known = call.types[1], call.constants.get(1)
    text = "pad_width"
    while isinstance(t, Tuple) or (isinstance(t, Array) and t.rank):
        is_each = isinstance(t, Array) or (t.items and not isinstance(t.items[0], Scalar))
        n = call.rank(0) if isinstance(t, Array) else len(t.items)
        i = k if is_each and n > 1 else 0
        text, known = f"{text}[{i}]", known[i] if isinstance(known, tuple) else known
        t = Array(t.dtype, t.rank - 1) if isinstance(t, Array) and t.rank else t.items[i]
    return text if known is None else str(known)


def pad_forward(call: Call) -> tuple[str]:
    """The same of the tangent; what is new is constant, or copied."""
    mode = call.attrs["mode"]
    if mode in INDEXED:
        odd = ", reflect_type='odd'" if call.attrs["reflect_type"] == "odd" else ""
        return (f"pad(x_dot, pad_width, mode=mode{odd})",)
    if mode not in ("constant", "empty"):
        raise call.refuse(f"for mode {mode!r}")
    return ("pad(x_dot, pad_width)",)


def diag_back(call: Call) -> tuple[str]:
    """Of a vector the diagonal, of a matrix a matrix."""
    return ("diag(y_bar, k)",) if call.rank(0) == 1 else ("from_diagonal(y_bar, shape(x), k)",)


def ordered(rank: int | None, attrs: Mapping[str, Any]) -> bool:
    """The orders "A" and "K" follow the layout in memory, which no derivative knows."""
    if attrs.get("order", "C") not in ("C", "F"):
        raise NoDerivativeError(f"order={attrs['order']!r} depends on the layout; use 'C' or 'F'")
    return True


def reshape_back(call: Call) -> tuple[str]:
    """The shape it had."""
    ordered(None, call.attrs)
    return ("reshape(y_bar, shape(x), order=order)",)


def of_matrix(rank: int | None, attrs: Mapping[str, Any]) -> bool:
    """The diagonal of a matrix is a view of it; a matrix made of a vector is new."""
    if rank is None:
        raise TypeRuleError("np.diag of an array whose number of axes is not known")
    return rank == 2


def trace_back(call: Call) -> tuple[str]:
    """The same on the whole diagonal."""
    bar = "y_bar" if call.rank(0) == 2 else "expand_dims(y_bar, -1)"
    return (f"from_diagonal({bar}, shape(x), offset, axis1, axis2)",)


RESHAPED = "reshape(y_bar, shape(x))"
MANY = (
    "R(2), R(3)", "R(2), R(1), R(3)", "R(2, 3), R(1, 3)", "R(2, 1), R(2, 3), axis=1",
    "R(2, 1), R(2, 2), axis=-1",
)  # fmt: skip
DIAGONALS = (
    "R(3, 3)", "R(2, 3), offset=1", "R(4, 3), offset=-1", "R(2, 3, 3), axis1=1, axis2=2",
    "R(3, 2, 3), axis1=-1, axis2=0",
)  # fmt: skip

# fmt: off
ROWS: list[Row] = [
    # the same elements, seen otherwise
    linear("reshape(x|a, to|shape|newshape, order='C') -> y",
           reshape_back, via="np .reshape*", view_if=ordered,
           cases=("R(2, 3), (3, 2)", "R(6), (2, -1)", "R(2, 3), -1", "R(2, 3), (3, 2), order='F'"),
           **VIEW),
    linear("ravel(x|a, order='C') -> y", reshape_back, via="np .", view_if=ordered,
           raises=False, cases=("R(2, 3)", "R(3)", "R(2, 3), order='F'"), **VIEW),
    linear("flatten(x, order='C') -> y", reshape_back, via=".",
           raises=False, cases=("R(2, 3)", "R(2, 3), order='F'")),
    linear("squeeze(x|a, axis=None) -> y", RESHAPED, via="np .",
           cases=("R(1, 3)", "R(1, 2, 1), axis=-1"), **VIEW),
    linear("expand_dims(x|a, axis: static) -> y", RESHAPED, raises=False,
           cases=("R(3), axis=0", "R(2, 3), axis=(0, -1)", "S, axis=0"), **VIEW),
    linear("atleast_1d(x) -> y", RESHAPED, raises=False, cases=("S", "R(3)", "R(2, 3)"), **VIEW),
    linear("atleast_2d(x) -> y", RESHAPED, raises=False, cases=("S", "R(3)", "R(2, 3)"), **VIEW),
    linear("transpose(x|a, axes: static = None) -> y", transpose_back, via="np . .transpose* .T",
           raises=False, cases=("R(2, 3)", "R(3)", "R(2, 3, 4), axes=(2, 0, 1)",
                                "R(2, 3), axes=(-1, 0)"), **VIEW),
    linear("matrix_transpose(x) -> y", "matrix_transpose(y_bar)", via="np .mT", raises=False,
           cases=("R(2, 3)", "R(2, 3, 4)"), **VIEW),
    linear("swapaxes(x|a, axis1: static, axis2: static) -> y", "swapaxes(y_bar, axis1, axis2)",
           via="np .", raises=False,
           cases=("R(2, 3), axis1=0, axis2=1", "R(2, 3, 4), axis1=0, axis2=-1"), **VIEW),
    linear("moveaxis(x|a, source: static, destination: static) -> y",
           "moveaxis(y_bar, destination, source)", raises=False,
           cases=("R(2, 3, 4), source=0, destination=-1",
                  "R(2, 3, 4), source=(0, 1), destination=(-1, 0)"), **VIEW),
    linear("broadcast_to(x|array, to|shape) -> y", "y_bar", stretches=-1,
           cases=("R(3), (2, 3)", "R(2, 1), (2, 3)", "S, (2,)"), **VIEW),
    linear("diagonal(x|a, offset: static = 0, axis1: static = 0, axis2: static = 1) -> y",
           "from_diagonal(y_bar, shape(x), offset, axis1, axis2)", via="np .", cases=DIAGONALS,
           **VIEW),
    linear("flip(x|m, axis=None) -> y", "flip(y_bar, axis=axis)", via="np", raises=False,
           cases=("R(3)", "R(2, 3)", "R(2, 3), axis=1", "R(2, 3, 2), axis=(0, -1)"), **VIEW),

    # copies
    linear("copy(x|a) -> y", "y_bar", via="np .", raises=False, cases=("R(2, 3)", "R(3)")),
    linear("as_scalar(x) -> y", RESHAPED, via=".item", cases=("R()", "R(1)", "R(1, 1)")),
    linear("roll(x|a, shift, axis=None) -> y", roll_back,
           cases=("R(4), 1", "R(2, 3), -2", "R(2, 3), 1, axis=1", "R(2, 3), (1, 2), axis=(0, 1)")),
    linear("repeat(x|a, repeats, axis=None) -> y", repeat_back, via="np .",
           cases=("R(3), 2", "R(2, 3), 2", "R(2, 3), 3, axis=0", "R(2, 3), 2, axis=-1")),
    linear("tile(x|A, reps) -> y", tile_back,
           cases=("R(3), 2", "R(2, 3), 2", "R(2, 3), (2, 1)", "R(3), (2, 2)", "R(2, 3), (2,)",
                  "R(2, 3), (3, 1, 2)")),
    linear("pad(x|array, pad_width, mode: static = 'constant', *, constant_values=0, "
           "reflect_type='even') -> y", pad_back, jvp=pad_forward,
           cases=("R(3), 1", "R(2, 3), (1, 2)", "R(2, 3), ((0, 1), (2, 0))",
                  "R(3), (0, 2), constant_values=7.0", "R(2, 3), ((1, 0),)",
                  *(f"{case}, mode={mode!r}" for mode in INDEXED
                    for case in ("R(4), (2, 1)", "R(2, 3), ((0, 1), (2, 0))")))),
    linear("tril(x|m, k: static = 0) -> y", "tril(y_bar, k)", raises=False,
           cases=("R(3, 3)", "R(2, 3), k=1", "R(2, 3, 3), k=-1")),
    linear("triu(x|m, k: static = 0) -> y", "triu(y_bar, k)", raises=False,
           cases=("R(3, 3)", "R(2, 3), k=1", "R(2, 3, 3), k=-1")),
    linear("diag(x|v, k: static = 0) -> y", diag_back, is_view=True, view_if=of_matrix,
           cases=("R(3)", "R(3), k=1", "R(3, 3)", "R(2, 3), k=1", "R(3, 2), k=-1")),
    linear("from_diagonal(x, shape, offset: static = 0, axis1: static = 0, axis2: static = 1) -> y",
           "diagonal(y_bar, offset, axis1, axis2)", via="rt", stretches=-1,
           cases=("R(3), (3, 3)", "R(2), (2, 3), offset=1", "R(2, 3), (3, 2, 3), axis1=-1, axis2=0",
                  "S, (2, 2)")),
    linear("trace(x|a, offset: static = 0, axis1: static = 0, axis2: static = 1) -> y", trace_back,
           via="np .", cases=DIAGONALS),

    # several into one
    linear("concatenate([*xs], axis=0) -> y", concatenate_parts, jointly=True,
           cases=(*MANY, "R(2, 2), R(3), axis=None")),
    linear("stack([*xs], axis=0) -> y", stack_parts, jointly=True, via="np np.array",
           cases=("R(3), R(3)", "R(2, 3), R(2, 3), axis=1", "R(3), R(3), R(3), axis=-1", "S, S",
                  "R(2, 3), R(2, 3)")),
    linear("vstack([*xs]) -> y", pile_parts(0, 1, ""), jointly=True,
           cases=("R(3), R(3)", "R(2, 3), R(3)", "S, S")),
    linear("hstack([*xs]) -> y", hstack_parts, jointly=True,
           cases=("R(3), R(2)", "R(2, 3), R(2, 1)", "S, R(2)", "S, S")),
    linear("column_stack([*xs]) -> y", pile_parts(1, 1, ":, "), jointly=True,
           cases=("R(3), R(3)", "R(2, 3), R(2)", "R(2), R(2, 1), R(2)")),
]
