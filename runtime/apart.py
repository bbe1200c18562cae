"""Results that may be written to: they share memory with no argument and with none of each other.

``grad(lambda x, w: x @ w)(x, w)`` computes nothing, it is w: what is handed out must be a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from s2s.runtime.reference import PLAIN, attributes, is_code, root_of


def apart(results: Sequence[Any], given: Sequence[Any] = ()) -> list[Any]:
    """``results`` with copies of arrays that look at memory of ``given``, or of results before them.

    given: arguments, and whatever else generated code could see;  both may be structures of arrays.
    """
    if not any(map(may_hold_arrays, results)):
        return list(results)
    taken = {id(root_of(array)) for array in arrays_in(given, set())}
    return [_apart(result, taken) for result in results]


def may_hold_arrays(obj: Any) -> bool:
    """False for numbers, strings and None."""
    return not isinstance(obj, PLAIN)


def arrays_in(obj: Any, seen: set[int]) -> Iterator[np.ndarray]:
    """Every array in a structure; an object that is met again is left out."""
    if isinstance(obj, np.ndarray):
        yield obj
        return
    if isinstance(obj, PLAIN) or id(obj) in seen or is_code(obj):
        return
    seen.add(id(obj))
    if isinstance(obj, list | tuple):
        parts: Any = obj
    elif isinstance(obj, dict):
        parts = obj.values()
    else:
        parts = attributes(obj).values()
    for part in parts:
        yield from arrays_in(part, seen)


def _apart(obj: Any, taken: set[int]) -> Any:
    """A result that shares no memory with ``taken``, to which its own memory is added.

    Lists, dicts and namespaces of cotangents are nobody else's: what lies in them is replaced.
    """
    if isinstance(obj, np.ndarray):
        if not obj.flags.writeable or id(root_of(obj)) in taken:
            obj = obj.copy()
        taken.add(id(root_of(obj)))
        return obj
    if isinstance(obj, tuple):
        items = [_apart(item, taken) for item in obj]
        return type(obj)(*items) if hasattr(obj, "_fields") else tuple(items)
    if isinstance(obj, list):
        obj[:] = [_apart(item, taken) for item in obj]
    elif isinstance(obj, dict):
        obj.update({key: _apart(value, taken) for key, value in obj.items()})
    elif isinstance(obj, SimpleNamespace):
        _apart(vars(obj), taken)
    return obj
