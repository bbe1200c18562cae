"""LLVM IR to something that can be called; llvmlite is loaded when the first function is compiled.

Options and their reasons: 512-bit vectors where the machine has them, no SLP (it packs stores that the next
iteration loads again), one shared just-in-time linker, objects that are emitted once.
"""

from __future__ import annotations

import builtins
import ctypes
import functools
import itertools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

SLOT = 8
DTYPES = {"b1": np.bool_, "i64": np.int64, "i32": np.int32, "f64": np.float64, "f32": np.float32}
PYTHON = {"bool": bool, "int": int, "float": float}
ALLOCATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int64)
_numbers = itertools.count()
_lock = threading.Lock()


@functools.cache
def _machine() -> tuple[Any, Any, Any]:
    """llvmlite's binding, the target machine and the linker."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=f"{features},-prefer-256-bit", opt=3, jit=True
    )
    llvm.load_library_permanently("libm.so.6")
    return llvm, machine, llvm.create_lljit_compiler(machine)


def optimised(text: str) -> Any:
    """The module after LLVM's own passes."""
    llvm, machine, _ = _machine()
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.slp_vectorization = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return module


def load(text: str, name: str) -> tuple[Any, int]:
    """Compile a module: what keeps the code alive, and the address of a function."""
    with _lock:
        llvm, machine, linker = _machine()
        code = machine.emit_object(optimised(text))
        library = llvm.JITLibraryBuilder().add_object_img(code).export_symbol(name)
        tracker = library.add_current_process().link(linker, f"s2s{next(_numbers)}")
        return tracker, tracker[name]


class Arena:
    """The memory of one call."""

    def __init__(self) -> None:
        self.buffers: list[np.ndarray] = []

    def allocate(self, size: int) -> int:
        """The address of ``size`` new bytes, aligned for vectors."""
        buffer = np.empty(max(size, 1) + 63, np.uint8)
        self.buffers.append(buffer)
        return (_address(buffer) + 63) // 64 * 64


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


class Native:
    """A compiled function: takes and returns what the generated Python takes and returns.

    parameters, results: ("number", name), ("array", dtype, rank), ("object", dtype, rank) for an array
    with an identity, ("tuple", ...);  failures: (exception, message, place) for each number that the code
    may return.
    """

    def __init__(
        self,
        text: str,
        name: str,
        parameters: Sequence[Any],
        results: Sequence[Any],
        failures: Sequence[tuple[str, str, str]],
    ) -> None:
        self.text, self.parameters, self.results = text, parameters, results
        self.failures = failures
        self._keep, address = load(text, name)
        pointer = ctypes.c_void_p
        self._code = ctypes.CFUNCTYPE(ctypes.c_int64, pointer, pointer, ALLOCATE)(address)

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        """Run it.  Raises what Python would have raised."""
        arrays = [v for v in values if isinstance(v, np.ndarray)]
        if any(np.may_share_memory(a, b) for a, b in itertools.combinations(arrays, 2)):
            raise NotImplementedError("native code of arguments that may overlap")
        pairs = zip(self.parameters, values, strict=True)
        given = np.array([slot for p, v in pairs for slot in _slots(p, v)], np.int64)
        returned = np.zeros(sum(map(_width, self.results)) or 1, np.int64)
        arena = Arena()
        failure = self._code(_address(given), _address(returned), ALLOCATE(arena.allocate))
        if failure:
            exception, message, place = self.failures[failure - 1]
            error = getattr(builtins, exception)(message)
            error.add_note(f"in native code, at {place}")
            raise error
        parts = iter(returned)
        return tuple(_value(r, parts) for r in self.results)


def _slots(kind: Any, value: Any) -> Iterator[int]:
    """The slots of one argument."""
    match kind:
        case ("number", name):
            yield int(
                np.array(value, DTYPES.get(name) or PYTHON[name]).astype(_wide(name)).view(np.int64)
            )
        case ("tuple", *kinds):
            for k, v in zip(kinds, value, strict=True):
                yield from _slots(k, v)
        case (what, dtype, rank):
            assert value.dtype == DTYPES[dtype]
            assert value.ndim == rank
            if what == "object":
                low, high = np.lib.array_utils.byte_bounds(value) if value.size else (0, 0)
                yield from (low or _address(value), high - low)
            yield from (_address(value), *value.shape, *value.strides)


def _wide(name: str) -> type:
    """The type of 8 bytes that a number is passed as."""
    return np.float64 if name in ("float", "f64") else np.int64


def _width(kind: Any) -> int:
    match kind:
        case ("number", _):
            return 1
        case ("tuple", *kinds):
            return sum(map(_width, kinds))
    return 1 + 2 * int(kind[2])


def _value(kind: Any, parts: Iterator[Any]) -> Any:
    """One result, copied out of the memory of the call."""
    match kind:
        case ("number", name):
            raw = np.int64(next(parts))
            if _wide(name) is np.float64:
                raw = raw.view(np.float64)
            elif name in ("bool", "b1"):
                raw = raw & 1
            return (PYTHON.get(name) or DTYPES[name])(raw)
        case ("tuple", *kinds):
            return tuple(_value(k, parts) for k in kinds)
    _, dtype, rank = kind
    address = int(next(parts))
    shape = tuple(int(next(parts)) for _ in range(rank))
    strides = tuple(int(next(parts)) for _ in range(rank))
    found: Any = np.zeros(shape, DTYPES[dtype])
    if found.size:
        low = address + sum(min(0, (n - 1) * s) for n, s in zip(shape, strides, strict=True))
        high = address + sum(max(0, (n - 1) * s) for n, s in zip(shape, strides, strict=True))
        memory: Any = (ctypes.c_char * (high - low + found.itemsize)).from_address(low)
        found[...] = np.ndarray(shape, found.dtype, memory, address - low, strides)
    return found
