"""Example arguments from a description of their types, as ``--args`` and annotations give it.

::

    x: float64[n], w: float64[n, m], k: int, mode="fast", params: {"rate": float, "steps": [int]}

===========================  ===========================================================
``float int bool complex``   a Python scalar
``float64 complex128 ...``   a NumPy scalar
``float64[n, m]``            an array; each name is a size of its own, the same everywhere
``float[3, n + 1, :]``       sizes may be numbers, sums and products, ``:`` is any size
``list[T] tuple[T, U]``      a list of three; a tuple
``[T, U] (T, U) {"k": T}``   a list, a tuple, a dict of exactly these
``"fast" 3 2.5 True None``   the value itself (also ``mode="fast"``)
===========================  ===========================================================

The values are small, positive and always the same; an int called like a size is that size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2s.cli.usage import UsageError, did_you_mean
from s2s.pyast import gast, parse_expression, parse_text, to_source

Node = Any  # a gast expression

SIZES = (5, 4, 6, 3, 7, 8)
LIST_LENGTH = 3
PYTHON_TYPES = ("float", "int", "bool", "complex")
NUMPY_TYPES = (
    *("float16", "float32", "float64", "complex64", "complex128", "bool_"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
SIZE_OPERATORS: dict[type, Callable[[int, int], int]] = {
    gast.Add: lambda a, b: a + b,
    gast.Sub: lambda a, b: a - b,
    gast.Mult: lambda a, b: a * b,
    gast.FloorDiv: lambda a, b: a // b,
}


def parse_spec(spec: str) -> dict[str, Node]:
    """Split the text of ``--args`` into the type of each parameter.

    >>> {name: to_source(node) for name, node in parse_spec('x: float64[n], mode="fast"').items()}
    {'x': 'float64[n]', 'mode': '"fast"'}
    """
    if not spec.strip():
        return {}
    try:
        arguments = parse_text(f"def _(*, {spec}): pass").body[0].args
    except SyntaxError as error:
        raise UsageError(f"--args {spec!r} cannot be read ({error.msg}); {EXAMPLE}") from None
    if arguments.args or arguments.kwarg:
        raise UsageError(f"--args {spec!r} cannot be read; {EXAMPLE}")
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {name.id: _type_of(name, default) for name, default in pairs}


EXAMPLE = 'write --args "x: float64[n], k: int"'


def _type_of(name: Node, default: Node | None) -> Node:
    node = default if default is not None else name.annotation
    if node is None:
        raise UsageError(f"--args says nothing about {name.id!r}; {EXAMPLE}")
    return node


class Examples:
    """Makes example values; sizes that share a name are shared by all values it makes."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(20)
        self._sizes: dict[str, int] = {}

    def declare(self, node: Node) -> None:
        """Give each size that `node` names a value, in the order of appearance."""
        for part in gast.walk(node):
            if isinstance(part, gast.Subscript) and _base(part.value) not in ("list", "tuple"):
                for name in gast.walk(part.slice):
                    if isinstance(name, gast.Name):
                        self._size_called(name.id)

    def value(self, node: Node | str, name: str = "") -> Any:
        """Make a value of the type `node`, a tree or its text, for the parameter `name`."""
        if isinstance(node, str):
            return self.value(parse_expression(node), name)
        match node:
            case gast.Constant(value=value):
                return value
            case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=value)):
                return -value
            case gast.Name() | gast.Attribute():
                return self._scalar(_base(node), name)
            case gast.Subscript():
                return self._subscripted(node)
            case gast.List(elts=parts):
                return [self.value(part) for part in parts]
            case gast.Tuple(elts=parts):
                return tuple(self.value(part) for part in parts)
            case gast.Dict(keys=keys, values=parts) if None not in keys:
                return {self.value(k): self.value(v) for k, v in zip(keys, parts, strict=True)}
            case gast.BinOp(op=gast.BitOr(), left=left):
                return self.value(left, name)
        raise UsageError(f"{to_source(node)!r} is no type; {EXAMPLE}")

    def _subscripted(self, node: Node) -> Any:
        """``float64[n, m]``, ``list[T]``, ``tuple[T, U]``."""
        base = _base(node.value)
        parts = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
        if base == "list":
            return [self.value(parts[0]) for _ in range(LIST_LENGTH)]
        if base == "tuple":
            return tuple(self.value(part) for part in _without_dots(parts))
        if base == "dict":
            raise UsageError(f'{to_source(node)} has no keys; write {{"key": float, ...}}')
        return self._array(_numpy_type(base), tuple(self._size(part) for part in parts))

    def _scalar(self, base: str, name: str) -> Any:
        if base == "int":
            return self._sizes.get(name, 2)
        if base in PYTHON_TYPES:
            return self._array(_numpy_type(base), ()).item()
        return self._array(_numpy_type(base), ())[()]

    def _array(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        """Positive numbers around one; small indices; truth values of both kinds."""
        if dtype.kind == "b":
            return np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2 == 0
        if dtype.kind in "iu":
            return self._rng.integers(0, min(SIZES), shape).astype(dtype)
        real = self._rng.uniform(0.5, 1.5, shape)
        imag = self._rng.uniform(0.1, 0.5, shape) if dtype.kind == "c" else 0.0
        return np.asarray(real + 1j * imag if dtype.kind == "c" else real).astype(dtype)

    def _size(self, node: Node) -> int:
        match node:
            case gast.Constant(value=int(value)) if not isinstance(value, bool):
                return value
            case gast.Name(id=name):
                return self._size_called(name)
            case gast.Slice():
                return self._size_called(f":{len(self._sizes)}")
            case gast.BinOp(op=op, left=left, right=right) if type(op) in SIZE_OPERATORS:
                return SIZE_OPERATORS[type(op)](self._size(left), self._size(right))
        raise UsageError(f"{to_source(node)!r} is no size; write float64[n], float64[3, n + 1]")

    def _size_called(self, name: str) -> int:
        count = len(self._sizes)
        fresh = SIZES[count] if count < len(SIZES) else max(SIZES) + count
        return self._sizes.setdefault(name, fresh)


def _base(node: Node) -> str:
    """The last name of a dotted type: ``np.float64`` -> ``float64``."""
    match node:
        case gast.Name(id=name):
            return str(name)
        case gast.Attribute(attr=name):
            return str(name)
    raise UsageError(f"{to_source(node)!r} is no type; {EXAMPLE}")


def _numpy_type(base: str) -> np.dtype[Any]:
    known = (*PYTHON_TYPES, *NUMPY_TYPES)
    if base not in known:
        raise UsageError(f"{base!r} is no type s2s knows{did_you_mean(base, known)}")
    return np.dtype(base)


def _without_dots(parts: list[Node]) -> list[Node]:
    """``tuple[float, ...]`` -> three of them."""
    if len(parts) == 2 and isinstance(parts[1], gast.Constant) and parts[1].value is ...:
        return [parts[0]] * LIST_LENGTH
    return parts
