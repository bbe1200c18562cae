"""Guessing the type of a parameter from how a function uses it.

``x[i, j]`` makes a matrix, ``len(x)`` a vector, ``range(k)`` an int, ``A @ x`` a matrix and a
vector (after the habit of writing matrices in capitals). What nothing is said about is a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from s2s.cli.argspec import EXAMPLE
from s2s.cli.usage import UsageError
from s2s.pyast import gast

ARRAY_ATTRIBUTES = frozenset(
    "shape size ndim dtype sum mean dot max min prod std var copy reshape ravel flatten "
    "cumsum".split()
)
MATRIX_ATTRIBUTES = frozenset(["T", "transpose", "diagonal", "trace"])
NUMBER_ATTRIBUTES = frozenset(["real", "imag", "conjugate", "conj"])
REDUCTIONS = frozenset(
    "len sum min max enumerate zip reversed sorted mean prod dot norm cumsum sort vdot outer "
    "std var average median zeros_like ones_like empty_like full_like diff".split()
)


def type_from_use(tree: Any, name: str, dtype: str | None = None) -> str:
    """Return a type for the parameter `name` of the function `tree`, in the words of ``--args``.

    `dtype` says that it is an array of that element type whose rank alone is to be guessed.
    """
    nodes = list(gast.walk(tree))
    ranks = [rank for node in nodes for rank in _ranks(node, name)]
    if not ranks and dtype is None:
        return "int" if any(_counts(node, name) for node in nodes) else "float"
    rank = max([1, *ranks])
    return f"{dtype or 'float64'}[{', '.join(['n'] * rank)}]"


def _ranks(node: Any, name: str) -> Iterator[int]:
    """Ranks that one node asks of the array called `name`."""
    match node:
        case gast.Subscript() if _root(node) == name:
            yield _indices(node)
        case gast.Subscript(value=gast.Attribute(value=value, attr="shape"), slice=axis):
            if _is(value, name):
                yield _axis_count(axis)
        case gast.Assign(targets=[gast.Tuple(elts=sizes)], value=value):
            if (
                isinstance(value, gast.Attribute)
                and value.attr == "shape"
                and _is(value.value, name)
            ):
                yield len(sizes)
        case gast.Attribute(value=value, attr=attr) if _is(value, name):
            yield from _attribute_ranks(attr, name)
        case gast.Call(func=function, args=args):
            yield from _call_ranks(function, args, name)
        case gast.For(iter=sequence) | gast.comprehension(iter=sequence) if _is(sequence, name):
            yield 1
        case gast.BinOp(op=gast.MatMult(), left=left, right=right):
            if _is(left, name) or _is(right, name):
                yield _product_rank(name)


def _call_ranks(function: Any, args: list[Any], name: str) -> Iterator[int]:
    """``len(x)`` and ``np.max(x)`` need an array, ``max(x, 0.0)`` does not."""
    if _is(function, name):
        raise UsageError(f"{name!r} is called as a function; write one that passes it")
    called = getattr(function, "attr", None) or getattr(function, "id", None)
    compares = called in ("min", "max") and isinstance(function, gast.Name) and len(args) > 1
    if called in REDUCTIONS and not compares and any(_is(arg, name) for arg in args):
        yield _product_rank(name) if called == "dot" else 1


def _product_rank(name: str) -> int:
    """The rank of a factor of ``A @ x`` or ``np.dot(A, x)``."""
    return 2 if name[0].isupper() else 1


def _counts(node: Any, name: str) -> bool:
    """Whether a node needs `name` to be an int: in ``range``, or as an index."""
    match node:
        case gast.Call(func=gast.Name(id="range"), args=args):
            return any(_mentions(arg, name) for arg in args)
        case gast.Subscript(slice=index):
            return _mentions(index, name)
    return False


def _indices(node: Any) -> int:
    """Count the indices of ``x[i, j]`` or ``x[i][j]``, without new axes."""
    if not isinstance(node, gast.Subscript):
        return 0
    if isinstance(node.slice, gast.Constant) and isinstance(node.slice.value, str):
        raise UsageError(
            f"{_root(node)!r} is a structure with keys; say which: "
            f"--args '{_root(node)}: {{\"{node.slice.value}\": float64[n]}}'"
        )
    parts = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
    return _indices(node.value) + sum(not _is_new_axis(part) for part in parts)


def _is_new_axis(index: Any) -> bool:
    return isinstance(index, gast.Constant) and index.value in (None, ...)


def _axis_count(axis: Any) -> int:
    """``x.shape[1]`` has at least two axes."""
    known = isinstance(axis, gast.Constant) and isinstance(axis.value, int)
    return axis.value + 1 if known else 1


def _attribute_ranks(attr: str, name: str) -> Iterator[int]:
    if attr in MATRIX_ATTRIBUTES:
        yield 2
    elif attr in ARRAY_ATTRIBUTES:
        yield 1
    elif attr not in NUMBER_ATTRIBUTES:
        advice = "annotate it with its dataclass, or write a function that makes it"
        raise UsageError(f"{name!r} is an object with .{attr}; {advice} ({EXAMPLE})")


def _root(node: Any) -> str | None:
    """The name at the bottom of ``x[i][j]``."""
    while isinstance(node, gast.Subscript):
        node = node.value
    return str(node.id) if isinstance(node, gast.Name) else None


def _is(node: Any, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name


def _mentions(node: Any, name: str) -> bool:
    return any(_is(part, name) for part in gast.walk(node))
