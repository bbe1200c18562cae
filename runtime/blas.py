"""BLAS, the one that scipy brings, called by address: matrices may be parts of others."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

# Elements of one call: beyond, OpenBLAS wakes threads, which costs more than so simple a thing.
BLOCK = 8192


@functools.cache
def function(name: str) -> Callable[..., None]:
    """A BLAS routine; every argument is an address, as in Fortran.  Loads scipy."""
    from scipy.linalg import cython_blas

    capsule = cython_blas.__pyx_capi__[name]
    api: Any = ctypes.PyDLL(None)
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address = api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
    return ctypes.CFUNCTYPE(None)(address)


def add_outer(a: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """``a += np.outer(x, y)`` for doubles that `dger` can take, some rows at a time.

    BLAS counts in columns: it sees the transpose, to which the transposed product is added.
    """
    rows, n = a.shape
    height = max(1, BLOCK // n)
    sizes = (n, height, y.strides[0] // 8, x.strides[0] // 8, a.strides[0] // 8)
    numbers = tuple(map(ctypes.c_int, sizes))
    width, count, step_y, step_x, row = map(ctypes.byref, numbers)
    one = ctypes.byref(ctypes.c_double(1.0))
    at_y, at_x, at_a = (ctypes.c_void_p(_address(v)) for v in (y, x, a))
    dger = function("dger")
    for start in range(0, rows, height):
        numbers[1].value = min(height, rows - start)
        dger(width, count, one, at_y, step_y, at_x, step_x, at_a, row)
        at_x.value += height * x.strides[0]  # type: ignore[operator]
        at_a.value += height * a.strides[0]  # type: ignore[operator]


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])
