"""What gradients are compared with: structures as real vectors, and finite differences.

An argument structure (floats, complex numbers, arrays in lists, tuples, dicts, dataclasses, named
tuples and plain objects) is a tree; its float and complex leaves, in the order in which the tree is
walked, make up one real vector. A complex leaf contributes all its real parts, then all its
imaginary parts.

Convention for complex numbers, as in JAX: the cotangent of a real ``L`` with respect to
``z = x + iy`` is ``dL/dx - i dL/dy``, and a seed ``s`` for a complex result ``w`` stands for
``L = Re(s w)``. Written as vectors a cotangent is therefore *conjugated*; then pairing a cotangent
with a tangent is the ordinary dot product, and a pullback is the transposed real Jacobian.
"""

import copy
import dataclasses
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Key: TypeAlias = "str | int"

OPAQUE = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


# Structures


def children(node: Any) -> list[tuple[str, Any]] | None:
    """The labelled parts of an inner node of a structure, None for a leaf."""
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        return [(f".{name}", getattr(node, name)) for name in node._fields]
    if isinstance(node, list | tuple):
        return [(f"[{i}]", part) for i, part in enumerate(node)]
    if isinstance(node, dict):
        return [(f"[{key!r}]", part) for key, part in node.items()]
    if is_object(node):
        return [(f".{name}", part) for name, part in attributes(node).items()]
    return None


def is_object(node: Any) -> bool:
    """Whether a node is an instance of a user's class, whose attributes are its parts."""
    if isinstance(node, OPAQUE) or type(node).__module__.partition(".")[0] == "numpy":
        return False
    return dataclasses.is_dataclass(node) or (
        hasattr(node, "__dict__")
        and type(node).__module__ not in {"builtins", "enum"}
        and not hasattr(type(node), "__members__")
    )


def attributes(node: Any) -> dict[str, Any]:
    """The attributes of an object, in the order of their definition."""
    if dataclasses.is_dataclass(node):
        return {field.name: getattr(node, field.name) for field in dataclasses.fields(node)}
    return dict(vars(node))


def is_active(leaf: Any) -> bool:
    """Whether a leaf is a float or complex number or an array of these."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, float | complex)


def walk(structure: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path, such as ``[0].w``."""
    parts = children(structure)
    if parts is None:
        yield path, structure
        return
    for label, part in parts:
        yield from walk(part, path + label)


def active_leaves(structure: Any) -> list[tuple[str, Any]]:
    """The leaves that carry a derivative."""
    return [(path, leaf) for path, leaf in walk(structure) if is_active(leaf)]


def map_active(structure: Any, change: Callable[[Any], Any], inactive: Callable[[Any], Any]) -> Any:
    """A structure of the same shape with changed leaves."""
    parts = children(structure)
    if parts is None:
        return change(structure) if is_active(structure) else inactive(structure)
    new = [map_active(part, change, inactive) for _, part in parts]
    if isinstance(structure, tuple):
        return type(structure)(*new) if hasattr(structure, "_fields") else tuple(new)
    if isinstance(structure, list):
        return new
    if isinstance(structure, dict):
        return dict(zip(structure, new, strict=True))
    result = copy.copy(structure)
    for name, value in zip(attributes(structure), new, strict=True):
        object.__setattr__(result, name, value)
    return result


# Structures as vectors


def real_parts(leaf: Any) -> Vector:
    """One leaf as a real vector."""
    values = np.asarray(leaf)
    if values.dtype.kind == "c":
        return np.concatenate([values.real.ravel(), values.imag.ravel()]).astype(np.float64)
    return values.ravel().astype(np.float64)


def flatten(structure: Any) -> Vector:
    """The active leaves of a structure of values or tangents as one real vector."""
    return np.concatenate(
        [np.zeros(0), *(real_parts(leaf) for _, leaf in active_leaves(structure))]
    )


def unflatten(like: Any, vector: Vector) -> Any:
    """A structure such as ``like`` whose active leaves come from a vector; no leaf is shared."""
    position = 0

    def take(leaf: Any) -> Any:
        nonlocal position
        size = len(real_parts(leaf))
        parts = vector[position : position + size]
        position += size
        return like_leaf(leaf, parts)

    result = map_active(like, take, copy.deepcopy)
    assert position == len(vector), f"{len(vector)} numbers for {position} places"
    return result


def like_leaf(leaf: Any, parts: Vector) -> Any:
    """A float, complex number, NumPy scalar or array such as ``leaf`` from its real parts."""
    values = np.asarray(leaf)
    if values.dtype.kind == "c":
        real, imaginary = np.split(parts, 2)
        new = (real + 1j * imaginary).reshape(values.shape).astype(values.dtype)
    else:
        new = parts.reshape(values.shape).astype(values.dtype)
    if isinstance(leaf, np.ndarray):
        return new
    return new[()] if isinstance(leaf, np.generic) else type(leaf)(new[()])


def inactive_to_none(structure: Any) -> Any:
    """A structure of tangents or seeds: what is not float or complex becomes None."""
    return map_active(structure, lambda leaf: leaf, lambda leaf: None)


def conjugate(structure: Any) -> Any:
    """A structure with conjugated complex leaves."""
    return map_active(structure, lambda leaf: leaf.conjugate(), lambda leaf: leaf)


def tangent_like(structure: Any, vector: Vector) -> Any:
    """The structure of tangents that a real vector stands for."""
    return inactive_to_none(unflatten(structure, vector))


def cotangent_like(structure: Any, vector: Vector) -> Any:
    """The structure of cotangents that a real vector stands for (conjugated, see the module)."""
    return conjugate(tangent_like(structure, vector))


def read_like(like: Any, derivative: Any, path: str = "", *, cotangent: bool = True) -> Vector:
    """A structure of derivatives as a vector, checked against the structure it belongs to.

    Every active leaf of ``like`` needs a derivative of its own shape and kind; every other leaf
    None. A plain object's derivative may be an object or a dict with the same attributes.
    """
    parts = children(like)
    if parts is None:
        return read_leaf(like, derivative, path, cotangent)
    vectors = [np.zeros(0)]
    for (label, part), below in zip(parts, parts_of(like, derivative, path), strict=True):
        vectors.append(read_like(part, below, path + label, cotangent=cotangent))
    return np.concatenate(vectors)


def parts_of(like: Any, derivative: Any, path: str) -> list[Any]:
    """The parts of a structure of derivatives in the order of ``like``."""
    where = path or "result"
    if isinstance(like, dict):
        keys = set(derivative) if isinstance(derivative, dict) else None
        assert keys == set(like), f"{where}: expected keys {list(like)}, got {derivative!r}"
        return [derivative[key] for key in like]
    if isinstance(like, list | tuple):
        size = len(derivative) if type(derivative) is type(like) else None
        wanted = f"a {type(like).__name__} of {len(like)}"
        assert size == len(like), f"{where}: expected {wanted}, got {derivative!r}"
        return list(derivative)
    if isinstance(derivative, dict):
        return [derivative[name] for name in attributes(like)]
    return [getattr(derivative, name) for name in attributes(like)]


def read_leaf(like: Any, derivative: Any, path: str, cotangent: bool) -> Vector:
    """The derivative at one leaf as a vector."""
    where = path or "result"
    if not is_active(like):
        assert derivative is None, f"{where}: expected None for {like!r}, got {derivative!r}"
        return np.zeros(0)
    assert is_active(derivative), f"{where}: expected a derivative of {like!r}, got {derivative!r}"
    expected, got = np.asarray(like), np.asarray(derivative)
    assert got.shape == expected.shape, f"{where}: shape {got.shape}, expected {expected.shape}"
    assert got.dtype == expected.dtype, f"{where}: dtype {got.dtype}, expected {expected.dtype}"
    return real_parts(got.conj() if cotangent else got)


# Finite differences


@dataclass(frozen=True, slots=True)
class Differences:
    """A Jacobian by finite differences.

    value:     the function's plain result
    jacobian:  (m, n) derivatives of the m real outputs with respect to the n real inputs
    error:     an estimate of its largest error, relative to the largest entry
    """

    value: Any
    jacobian: Vector
    error: float


def differences(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    argnums: tuple[int, ...],
    step: float = 1.6e-3,
) -> Differences:
    """The real Jacobian of a function that may change its arguments.

    Central differences with steps h, h/2, h/4, extrapolated twice (Romberg): the error is of order
    h^6, that of rounding about 1e-13 for well-scaled functions.
    """
    point = flatten(tuple(args[k] for k in argnums))

    def outputs(vector: Vector) -> Vector:
        return flatten(call_with(function, args, argnums, vector))

    columns = [np.zeros((len(outputs(point)), 0))]
    errors = [0.0]
    for direction in np.eye(len(point)):
        h = step * max(1.0, abs(float(point @ direction)))
        column, error = extrapolated(outputs, point, h * direction)
        columns.append(column[:, None] / h)
        errors.append(float(np.max(np.abs(error), initial=0.0)) / h)
    jacobian = np.hstack(columns)
    scale = max(1.0, float(np.max(np.abs(jacobian), initial=0.0)))
    return Differences(call_with(function, args, argnums, point), jacobian, max(errors) / scale)


def directional(function: Callable[[Vector], Vector], point: Vector, direction: Vector) -> Vector:
    """The derivative of a vector function of a vector in one direction."""
    h = 1e-3
    return extrapolated(function, point, h * direction)[0] / h


def extrapolated(
    function: Callable[[Vector], Vector], point: Vector, move: Vector
) -> tuple[Vector, Vector]:
    """Half the difference over ``point - move .. point + move`` in the limit of a small move.

    Returns it with the change that the last extrapolation brought.
    """
    coarse, middle, fine = (
        (function(point + move / k) - function(point - move / k)) * (k / 2.0) for k in (1, 2, 4)
    )
    lower, upper = (4.0 * middle - coarse) / 3.0, (4.0 * fine - middle) / 3.0
    best = (16.0 * upper - lower) / 15.0
    return best, best - upper


def call_with(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    argnums: tuple[int, ...],
    vector: Vector,
) -> Any:
    """Call a function on copies of its arguments, those at argnums taken from a vector."""
    full = [copy.deepcopy(arg) for arg in args]
    chosen = unflatten(tuple(args[k] for k in argnums), vector)
    for k, arg in zip(argnums, chosen, strict=True):
        full[k] = arg
    return function(*full)


# Comparisons


def assert_vectors_close(
    got: Vector, expected: Vector, names: list[str], *, rtol: float, atol: float = 1e-9
) -> None:
    """Compare derivative vectors; a failure lists the entries that differ most.

    The tolerance of every entry is ``atol + rtol * (the largest expected entry)``.
    """
    assert got.shape == expected.shape, f"{got.shape} derivatives, expected {expected.shape}"
    scale = float(np.max(np.abs(expected), initial=0.0))
    wrong = ~(np.abs(got - expected) <= atol + rtol * scale)
    if not wrong.any():
        return
    order = np.argsort(-np.nan_to_num(np.abs(got - expected), nan=np.inf))
    lines = [
        f"  {names[k]:<20} expected {expected[k]: .12g}   got {got[k]: .12g}"
        for k in order[:12]
        if wrong[k]
    ]
    raise AssertionError(f"{wrong.sum()} of {len(got)} derivatives differ\n" + "\n".join(lines))


def entry_names(structure: Any) -> list[str]:
    """A name for each entry of a structure's vector: ``[0].w[1, 2]`` or ``[1].imag``."""
    names = []
    for path, leaf in active_leaves(structure):
        values = np.asarray(leaf)
        places = [path + (str(list(index)) if index else "") for index in np.ndindex(values.shape)]
        names += places
        if values.dtype.kind == "c":
            names += [f"{place}.imag" for place in places]
    return names


def assert_same_value(got: Any, expected: Any, *, rtol: float = 1e-11) -> None:
    """Compare results: structure, numbers to rounding, everything else exactly."""
    found, wanted = list(walk(got)), list(walk(expected))
    assert [path for path, _ in found] == [path for path, _ in wanted], (
        f"result {got!r}, expected {expected!r}"
    )
    for (path, a), (_, b) in zip(found, wanted, strict=True):
        where = path or "result"
        if not isinstance(b, np.ndarray | np.generic | int | float | complex):
            assert a is b or a == b, f"{where}: {a!r}, expected {b!r}"
            continue
        assert np.shape(a) == np.shape(b), f"{where}: shape {np.shape(a)}, expected {np.shape(b)}"
        kinds = np.asarray(a).dtype.kind, np.asarray(b).dtype.kind
        assert kinds[0] == kinds[1], f"{where}: a value of kind {kinds[0]}, expected {kinds[1]}"
        if not np.allclose(a, b, rtol=rtol, atol=rtol, equal_nan=True):
            raise AssertionError(f"{where}: {a!r}, expected {b!r}")


# Side effects


def arrays_of(structure: Any) -> list[tuple[str, NDArray[Any]]]:
    """Every array of a structure, with its path."""
    return [(path, leaf) for path, leaf in walk(structure) if isinstance(leaf, np.ndarray)]


def without_arrays(structure: Any) -> list[tuple[str, Any]]:
    """Every other leaf of a structure, with its path."""
    return [(path, leaf) for path, leaf in walk(structure) if not isinstance(leaf, np.ndarray)]


def same_contents(a: Any, b: Any) -> bool:
    """Whether two structures hold the same leaves, to the bit."""
    left, right = list(walk(a)), list(walk(b))
    return [path for path, _ in left] == [path for path, _ in right] and all(
        same_bits(x, y) for (_, x), (_, y) in zip(left, right, strict=True)
    )


def same_bits(x: Any, y: Any) -> bool:
    """Whether two leaves are equal in type and to the bit."""
    if isinstance(x, np.ndarray):
        return isinstance(y, np.ndarray) and x.dtype == y.dtype and x.tobytes() == y.tobytes()
    return type(x) is type(y) and bool(x is y or x == y)
