"""What generated code needs of objects: their shadows, private copies, cotangents as structures.

The cotangent of what an object holds lies in its *shadow*, found by identity: for an array, zeros over the
bytes of the array that owns the memory, seen through the same offset, shape and strides; for lists, dicts
and other objects, an object of the same form that holds cotangents, with None where there is none.
"""

from __future__ import annotations

import copy as copying
import functools
import types
from types import SimpleNamespace
from typing import Any

import numpy as np

from s2s.errors import NonScalarOutput, NotDifferentiable

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


CODE = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType,
        np.ufunc, functools.partial)  # fmt: skip


def is_code(obj: Any) -> bool:
    """Whether an object is a function, a class or a module: nothing that is data."""
    return isinstance(obj, CODE) or hasattr(obj, "__s2s_function__")


class Cell:
    """A variable that several functions share."""

    __slots__ = ("value",)

    def __init__(self, value: Any = None) -> None:
        self.value = value


class Shadows:
    """Shadows of objects by identity; made when first asked for."""

    def __init__(self) -> None:
        self.found: dict[int, tuple[Any, Any]] = {}

    def __call__(self, obj: Any, arrays: bool = False) -> Any:
        """The shadow of ``obj``.  ``arrays``: arrays that it holds are values, with their own zeros."""
        if isinstance(obj, np.ndarray):
            return self._array(obj)
        entry = self.found.get(id(obj))
        if entry is None:
            entry = (obj, shadow_of(obj, arrays))
            self.found[id(obj)] = entry
        return entry[1]

    def has(self, obj: Any) -> bool:
        """Whether a shadow of ``obj`` was ever asked for."""
        return id(root_of(obj) if isinstance(obj, np.ndarray) else obj) in self.found

    def _array(self, obj: np.ndarray) -> np.ndarray:
        if obj.dtype.kind not in "fcO":  # whole numbers where floats may lie: nothing flows back
            return np.zeros(obj.shape)
        root = root_of(obj)
        entry = self.found.get(id(root))
        if entry is None:
            entry = (root, zeros_over(root))
            self.found[id(root)] = entry
        shadow: np.ndarray = entry[1]
        if obj is root:
            return shadow
        offset = address(obj) - address(root)
        start = address(shadow) - shadow_start(shadow)
        return np.ndarray(obj.shape, obj.dtype, base_of(shadow), offset + start, obj.strides)


def root_of(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory which ``array`` looks at."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def address(array: np.ndarray) -> int:
    """Where the first element lies."""
    return int(array.__array_interface__["data"][0])


def zeros_over(root: np.ndarray) -> np.ndarray:
    """Zeros that lie in memory as ``root`` does, with its strides."""
    low, high = np.lib.array_utils.byte_bounds(root) if root.size else (0, 0)
    buffer = np.zeros(max(high - low, 1), np.uint8)
    offset = address(root) - low if root.size else 0
    return np.ndarray(root.shape, root.dtype, buffer, offset, root.strides if root.size else None)


def base_of(shadow: np.ndarray) -> np.ndarray:
    """The buffer of a shadow."""
    assert isinstance(shadow.base, np.ndarray)
    return shadow.base


def shadow_start(shadow: np.ndarray) -> int:
    """Where the buffer of a shadow begins."""
    return address(base_of(shadow))


def shadow_of(obj: Any, arrays: bool) -> Any:
    """A new shadow of an object that is no array."""
    if isinstance(obj, list):
        return [zero_of(item, arrays) for item in obj]
    if isinstance(obj, dict):
        return {key: zero_of(value, arrays) for key, value in obj.items()}
    if isinstance(obj, Cell):
        return Cell(zero_of(obj.value, arrays))
    return SimpleNamespace(**{k: zero_of(v, arrays) for k, v in attributes(obj).items()})


def attributes(obj: Any) -> dict[str, Any]:
    """The attributes of an instance, those in slots included."""
    found = dict(getattr(obj, "__dict__", {}))
    for cls in type(obj).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name != "__dict__" and hasattr(obj, name):
                found[name] = getattr(obj, name)
    return found


def zero_of(value: Any, arrays: bool) -> Any:
    """A zero cotangent of one thing that an object holds; None for what lies elsewhere."""
    if isinstance(value, float | complex | np.inexact):
        return type(value)(0)
    if isinstance(value, tuple):
        return tuple(zero_of(item, arrays) for item in value)
    if arrays and isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return np.zeros_like(value)
    return None


def add(a: Any, b: Any) -> Any:
    """The sum of two cotangents; None is zero; tuples add item by item."""
    if a is None or b is None:
        return a if b is None else b
    if isinstance(a, tuple):
        return tuple(map(add, a, b))
    return a + b


def private(*objects: Any) -> Any:
    """Copies of objects and of all that they hold, which keep what is the same and what overlaps.

    Arrays that look at the same memory do so afterwards; functions, modules and strings are shared.
    """
    twins = Twins()
    copies = tuple(map(twins.of, objects))
    return copies[0] if len(copies) == 1 else copies


class Twins:
    """The copy of each object that was met, by identity."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Any, Any]] = {}

    def of(self, obj: Any) -> Any:
        """The copy of ``obj``."""
        if isinstance(obj, PLAIN) or is_code(obj):
            return obj
        entry = self._found.get(id(obj))
        return entry[1] if entry is not None else self._make(obj)

    def _make(self, obj: Any) -> Any:
        match obj:
            case np.ndarray():
                return self._array(obj)
            case tuple():
                parts = [self.of(item) for item in obj]
                made = type(obj)(*parts) if hasattr(obj, "_fields") else tuple(parts)
                return self._keep(obj, made)
            case list():
                listed: list[Any] = self._keep(obj, [])
                listed.extend(map(self.of, obj))
                return listed
            case dict():
                table: dict[Any, Any] = self._keep(obj, {})
                table.update((key, self.of(value)) for key, value in obj.items())
                return table
            case BaseException():
                return obj
            case Shadows():
                return self._shadows(obj)
        held = attributes(obj)
        if not held:
            return obj
        made = self._keep(obj, copying.copy(obj))
        for key, value in held.items():
            object.__setattr__(made, key, self.of(value))
        return made

    def _keep(self, obj: Any, made: Any) -> Any:
        self._found[id(obj)] = (obj, made)
        return made

    def _shadows(self, obj: Shadows) -> Shadows:
        """The shadows of the copies: what belongs to an object belongs to its copy."""
        made: Shadows = self._keep(obj, Shadows())
        for owner, shadow in list(obj.found.values()):
            twin, shade = self.of(owner), self.of(shadow)
            if isinstance(twin, np.ndarray):
                twin, shade = root_of(twin), root_of(shade)[:]
            made.found[id(twin)] = (twin, shade)
        return made

    def _array(self, obj: np.ndarray) -> np.ndarray:
        root = root_of(obj)
        entry = self._found.get(id(root))
        if entry is None:
            twin = zeros_over(root)
            twin[...] = root
            self._keep(root, twin)
        else:
            twin = entry[1]
        if obj is root:
            return twin
        offset = address(obj) - address(root) + address(twin) - shadow_start(twin)
        made: np.ndarray = np.ndarray(obj.shape, obj.dtype, base_of(twin), offset, obj.strides)
        return self._keep(obj, made)  # type: ignore[no-any-return]


def require_floating(array: np.ndarray) -> None:
    """Refuse to write into whole numbers where the same variable holds floats on another path.

    NumPy would cut the value off, and the derivative with it.  Raises NotDifferentiable.
    """
    if array.dtype.kind not in "fc":
        raise NotDifferentiable(
            f"this array holds {array.dtype} here and floats on another path, and is written to",
            None,
            "make it an array of floats everywhere, as in `np.zeros(3)` or `a.astype(float)`",
        )


def require_scalar(result: Any) -> None:
    """Refuse to differentiate what is not one number.  Raises NonScalarOutput."""
    if np.ndim(result):
        raise NonScalarOutput(
            f"`grad` needs one real number, and this is an array of shape {np.shape(result)}",
            None,
            "use `s2s.jacrev` for the whole Jacobian, or sum the result",
        )


def copy(obj: Any) -> Any:
    """A copy of a number or an array."""
    return obj.copy() if isinstance(obj, np.ndarray) else obj


def last_writes(array: np.ndarray, index: Any) -> Any:
    """Which entries of an index were the last to be written by ``array[index] = value``.

    Of several entries that name the same element only the last one counts.

    >>> last_writes(np.zeros(3), np.array([0, 2, 0]))
    array([False,  True,  True])
    """
    places = np.arange(array.size).reshape(array.shape)[index]
    owner = np.empty(array.size, np.intp)
    order = np.arange(places.size)
    owner[places.ravel()] = order
    return (owner[places.ravel()] == order).reshape(places.shape)


def unview(
    shadow: np.ndarray, view_shadow: np.ndarray, order: Any = "C", back: bool = False
) -> None:
    """The adjoint of `reshape` and `ravel`, which may have had to copy; ``back``: its own
    adjoint."""
    if np.may_share_memory(shadow, view_shadow):
        return
    if back:
        view_shadow[...] = shadow.reshape(view_shadow.shape, order=order)
    else:
        shadow += view_shadow.reshape(shadow.shape, order=order)
        view_shadow[...] = 0


def array_back(shadow: Shadows, items: Any, bar: Any, arrays: bool = False) -> None:
    """The adjoint of ``np.array(items)``: each item gets its part; ``arrays`` as in `Shadows`."""
    if isinstance(items, np.ndarray):
        shadow_items = shadow(items)
        shadow_items += bar
        return
    shadows = shadow(items, arrays)
    for k, item in enumerate(items):
        if isinstance(item, list):
            array_back(shadow, item, bar[k], arrays)
        elif isinstance(item, np.ndarray) and shadows[k] is None:
            target = shadow(item)
            target += bar[k]
        elif isinstance(item, tuple):
            shadows[k] = add(shadows[k], tuple(bar[k]))
        else:
            part = bar[k]
            if not np.iscomplexobj(item) and np.iscomplexobj(part):
                part = part.real
            shadows[k] = add(shadows[k], part)


def list_back(of: str, count: int, *values: Any) -> None:
    """The adjoint of an operation that puts the items of lists into another list."""
    match of:
        case "list_extend":
            target, source, *rest = values
            n = len(source)
            if count:
                target_bar, source_bar = rest[:2]
                for k, bar in enumerate(target_bar[len(target_bar) - n :]):
                    source_bar[k] = add(source_bar[k], bar)
                del target_bar[len(target_bar) - n :]
            del target[len(target) - n :]
        case "list_concat":
            a, _, _, a_bar, b_bar, bar = values
            for k, part in enumerate(bar[: len(a)]):
                a_bar[k] = add(a_bar[k], part)
            for k, part in enumerate(bar[len(a) :]):
                b_bar[k] = add(b_bar[k], part)
        case "list_repeat":
            a, _, a_bar, bar, _ = values
            for k, part in enumerate(bar):
                a_bar[k % len(a)] = add(a_bar[k % len(a)], part)
        case "list_slice":
            a, _, a_bar, bar, *bounds = values
            for k, part in zip(range(len(a))[slice(*bounds)], bar, strict=True):
                a_bar[k] = add(a_bar[k], part)
        case _:
            raise AssertionError(of)


def seed(shadow: Shadows, obj: Any, bar: Any, arrays: bool = False) -> None:
    """Start from the cotangent ``bar`` of a structure.

    ``arrays``: arrays that it holds are values, whose cotangents lie in the shadow of what holds them.
    """
    if bar is None:
        return
    if isinstance(obj, np.ndarray):
        target = shadow(obj)
        target += bar
        return
    if isinstance(obj, tuple):
        for item, part in zip(obj, bar, strict=True):
            if not isinstance(item, PLAIN):
                seed(shadow, item, part, arrays)
        return
    target = shadow(obj, arrays)
    pairs = enumerate(obj) if isinstance(obj, list) else attributes_or_items(obj)
    for key, item in pairs:
        part = bar[key] if isinstance(bar, list | dict) else getattr(bar, key)
        if isinstance(item, np.ndarray) and part_of(target, key) is not None:
            set_part(target, key, add(part_of(target, key), part))
        elif isinstance(item, (*PLAIN, tuple)):
            if part is not None:
                set_part(target, key, add(part_of(target, key), part))
            if isinstance(item, tuple):
                seed(shadow, item, part, arrays)
        else:
            seed(shadow, item, part, arrays)


def attributes_or_items(obj: Any) -> Any:
    """Keys and values of a dict or an instance."""
    return obj.items() if isinstance(obj, dict) else attributes(obj).items()


def part_of(target: Any, key: Any) -> Any:
    """What a shadow holds at a key."""
    return target[key] if isinstance(target, list | dict) else getattr(target, key)


def set_part(target: Any, key: Any, value: Any) -> None:
    """Put a cotangent into a shadow."""
    if isinstance(target, list | dict):
        target[key] = value
    else:
        setattr(target, key, value)


def cotangent(shadow: Shadows, obj: Any) -> Any:
    """The cotangent of a structure, as a structure of the same form; None where there is none."""
    if isinstance(obj, np.ndarray):
        return shadow(obj).copy() if obj.dtype.kind in "fc" else None
    if isinstance(obj, tuple):
        parts = [cotangent_part(shadow, item, None) for item in obj]
        return type(obj)(*parts) if hasattr(obj, "_fields") else tuple(parts)
    bars = shadow(obj)
    if isinstance(obj, list):
        return [cotangent_part(shadow, item, bars[k]) for k, item in enumerate(obj)]
    if isinstance(obj, dict):
        return {k: cotangent_part(shadow, item, bars.get(k)) for k, item in obj.items()}
    made = copying.copy(obj)
    for key, item in attributes(obj).items():
        object.__setattr__(made, key, cotangent_part(shadow, item, getattr(bars, key, None)))
    return made


def cotangent_part(shadow: Shadows, item: Any, bar: Any) -> Any:
    """The cotangent of one thing that a structure holds; ``bar``: what its shadow says."""
    if isinstance(item, bool | int | str | bytes | type(None)) or is_code(item):
        return None
    if isinstance(item, np.generic) and not isinstance(item, np.inexact):
        return None
    if isinstance(item, float | complex | np.inexact):
        return zero_of(item, False) if bar is None else bar
    if isinstance(item, tuple) and bar is not None:
        parts = [cotangent_part(shadow, x, b) for x, b in zip(item, bar, strict=True)]
        return type(item)(*parts) if hasattr(item, "_fields") else tuple(parts)
    if isinstance(item, np.ndarray):
        if item.dtype.kind not in "fc":
            return None
        own_bar = shadow(item).copy() if shadow.has(item) else None
        total = add(bar, own_bar)
        return np.zeros_like(item) if total is None else total
    if isinstance(item, list | dict | tuple) or hasattr(item, "__dict__"):
        return cotangent(shadow, item)
    return None
