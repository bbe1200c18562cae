"""What is learnt while a function is lowered, and kept when it is lowered again."""

from __future__ import annotations

import enum
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from s2s.errors import nearest_name
from s2s.frontend.avals import AVal, Static, TupleA
from s2s.frontend.heap import Heap
from s2s.frontend.scope import Code
from s2s.ir.core import Value
from s2s.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    SHORT,
    Array,
    DictOf,
    Fixed,
    Known,
    Record,
    Ref,
    Scalar,
    Tuple,
    Type,
)
from s2s.ir.types import ListOf as ListOf
from s2s.pyast import FunctionSource
from s2s.runtime.reference import is_code

if TYPE_CHECKING:
    from s2s.frontend.lowering import Lowering
    from s2s.frontend.templates import Template

_PLAIN = (str, type(None), bool, types.ModuleType, type, types.FunctionType, types.MethodType,
          types.BuiltinFunctionType, np.ufunc, np.dtype, enum.Enum, range, slice)  # fmt: skip


class Facts:
    """Heap classes, types carried by loops, symbols, captured names: all that survives a retry."""

    def __init__(self) -> None:
        self.heap = Heap()
        self.carried: dict[object, dict[tuple[object, str], Template | None]] = {}
        self.symbols: dict[str, object] = {}
        self._names: dict[int, str] = {}
        self.captures: dict[Any, tuple[object, Value, Captured]] = {}
        self.guards: dict[Any, tuple[Captured, object]] = {}
        self.unrolled: set[object] = set()
        self.static_args: set[str] = set()
        self.returns: dict[object, Any] = {}
        self.entry = ""  # the name of the entry function
        self.recursive: set[object] = set()
        self.nested_copies: set[object] = set()  # arguments of inner functions that they write to
        self.parts_of_complex: set[int] = set()  # what `.real` and `.imag` gave: views in NumPy
        self.specialisations: list[Any] = []
        self.all_static = False
        self.functions: list[Any] = []  # recursive functions being lowered
        self.inner_captures: dict[Any, Value] = {}
        self._objects: dict[int, Ref] = {}
        self._arrays: list[tuple[np.ndarray, Ref]] = []
        self.keep: list[object] = []
        self.entry = ""  # the name of the function that is lowered
        self.forms: dict[Any, str] = {}  # symbols of functions with what they capture
        self.made: dict[object, object] = {}  # classes that the function makes, by place
        self._codes: dict[int, Code] = {}

    def begin(self) -> None:
        """Prepare for another lowering: what is shared between arguments is found anew."""
        self.heap.changed = False
        self._objects.clear()
        self._arrays.clear()
        self.captures.clear()
        self.inner_captures.clear()

    def code(self, node: Any, source: FunctionSource) -> Code:
        """The code of a nested function: one object, however often it is lowered."""
        if id(node) not in self._codes:
            self._codes[id(node)] = Code(node, source)
        return self._codes[id(node)]

    # --------------------------------------------------------------------------------- symbols
    def symbol(self, obj: object) -> str:
        """The name under which generated code knows ``obj``."""
        if isinstance(obj, str):
            key = hash(("str", obj))
        else:
            key = id(obj)
        if key not in self._names:
            base = getattr(obj, "__name__", None) or type(obj).__name__
            base = "".join(c if c.isalnum() else "_" for c in str(base)).strip("_") or "obj"
            if base[0].isdigit():
                base = f"_{base}"
            name, n = base, 2
            while name in self.symbols:
                name, n = f"{base}_{n}", n + 1
            self._names[key] = name
            self.symbols[name] = obj
            if isinstance(obj, str):
                self.heap.texts.add(name)
            if callable(obj):
                self.heap.functions.register(name)
            self.keep.append(obj)
        return self._names[key]

    # ------------------------------------------------------------------- types of Python objects
    def type_of_object(self, obj: Any, site: object) -> Type:
        """The type of a Python object that exists when the function is called."""
        match obj:
            case bool() | np.bool_():
                return BOOL if isinstance(obj, bool) else Scalar("b1")
            case np.generic() if obj.dtype.kind in "iufc":
                return Scalar(SHORT[obj.dtype.name])
            case int() if not isinstance(obj, enum.Enum):
                return INT
            case float():
                return FLOAT
            case complex():
                return COMPLEX
            case None:
                return NONE
            case np.ndarray() if obj.dtype.kind in "biufc" and obj.dtype.name in SHORT:
                return self._array(obj, site)
            case tuple():
                cls = self.symbol(type(obj)) if type(obj) is not tuple else None
                items = tuple(self.type_of_object(x, (site, k)) for k, x in enumerate(obj))
                return Tuple(items, cls)
            case list() | dict():
                return self._container(obj, site)
        if isinstance(obj, _PLAIN) or is_code(obj):
            return Known(self.symbol(obj))
        has_state = hasattr(obj, "__dict__") or hasattr(type(obj), "__slots__")
        if has_state and _is_plain_class(type(obj)):
            return self._container(obj, site)
        return Known(self.symbol(obj))

    def _array(self, obj: np.ndarray, site: object) -> Ref:
        content = Array(SHORT[obj.dtype.name], obj.ndim)
        ref = self.heap.site(site, content)
        for other, seen in self._arrays:
            if other is obj or np.may_share_memory(other, obj):
                if self.heap.of(seen) != content and other is not obj:
                    other_content = self.heap.of(seen)
                    if isinstance(other_content, Array) and other_content.dtype != content.dtype:
                        continue
                ref = self.heap.unify(seen, ref)
        self._arrays.append((obj, ref))
        return ref

    def _container(self, obj: Any, site: object) -> Ref:
        if id(obj) in self._objects:
            return self._objects[id(obj)]
        heap = self.heap
        if isinstance(obj, list):
            ref = heap.known(site) or heap.site(site, Fixed(()))
            self._objects[id(obj)] = ref
            items = tuple(self.type_of_object(x, (site, k)) for k, x in enumerate(obj))
            heap.content[heap.find(ref.cls)] = _merge(self, ref, Fixed(items))
            return ref
        if isinstance(obj, dict):
            ref = heap.known(site) or heap.site(site, Record("dict", ()))
            self._objects[id(obj)] = ref
            pairs = obj.items()
            if not all(isinstance(k, str | int | float | bool | tuple) for k in obj):
                return heap.site((site, "opaque"), DictOf(None, None))
            fields = tuple((k, self.type_of_object(v, (site, k))) for k, v in pairs)
            heap.content[heap.find(ref.cls)] = _merge(self, ref, Record("dict", fields))
            return ref
        name = self.symbol(type(obj))
        ref = heap.known(site) or heap.site(site, Record(name, ()))
        self._objects[id(obj)] = ref
        fields = tuple((k, self.type_of_object(v, (site, k))) for k, v in _attributes(obj))
        heap.content[heap.find(ref.cls)] = _merge(self, ref, Record(name, fields))
        return ref

    # -------------------------------------------------------------------------- captured names
    def outside(self, lo: Lowering, name: str) -> AVal:
        """The value of a global, a variable of an enclosing Python function, or a builtin."""
        try:
            origin, obj = lo.scope.outside(name)
        except KeyError:
            nearest = nearest_name(name, lo.scope.visible_names())
            question = f". Did you mean: {nearest!r}?" if nearest else ""
            return lo.raise_error(NameError, f"name {name!r} is not defined{question}")
        except ValueError:
            return lo.raise_error(
                NameError,
                f"cannot access free variable {name!r} where it is not associated with a value",
            )
        if origin == "builtin":
            return Static(obj)
        if lo.scope.is_row:  # part of the compiler
            return static_value(obj)
        function = lo.scope.function
        owner = function.__globals__ if origin == "global" else function
        return self.captured(
            lo, (origin, id(owner), name), name, obj, Captured(function, None, name)
        )

    def attribute(self, lo: Lowering, owner: object, name: str, obj: object) -> AVal:
        """The value of an attribute of a known object, or an object that a known one holds."""
        return self.captured(
            lo, ("attribute", id(owner), name), name, obj, Captured(None, owner, name)
        )

    def default(self, lo: Lowering, function: Any, which: object, obj: object) -> AVal:
        """The value of a parameter's default: one object, shared by all calls."""
        if isinstance(obj, float):
            return Static(obj)
        name = f"default_{which}"
        where = Captured(None, function, which)
        return self.captured(lo, ("default", id(function), which), name, obj, where)

    def captured(self, lo: Lowering, key: Any, name: str, obj: object, where: Captured) -> AVal:
        """A captured object: guarded by identity if it is code, read anew at each call if data."""
        type_ = self.type_of_object(obj, ("captured", key))
        if is_known(type_) or type_ in (NONE, BOOL, INT):
            self.guards[key] = (where, frozenset(obj) if isinstance(obj, set) else obj)
            return static_value(obj)
        self.guards[key] = (where, type(obj))
        if key not in self.captures:
            self.captures[key] = (obj, Value(type_, name), where)
        return lo.aval(self.captured_value_of(lo, key, type_, name))

    def captured_value_of(self, lo: Lowering, key: Any, type_: Type, name: str) -> Value:
        """The SSA value of a captured object: a parameter of the function that is being lowered."""
        if not self.functions:
            return self.captures[key][1]
        spec = self.functions[-1]
        if key not in spec.captures:
            spec.captures.append(key)
            self.heap.changed = True
        inner = (spec.name, key)
        if inner not in self.inner_captures:
            self.inner_captures[inner] = Value(type_, name)
        return self.inner_captures[inner]

    def captured_value(self, lo: Lowering, key: Any) -> Value:
        """The SSA value of a capture of a callee, in the function being lowered now."""
        value = self.captures[key][1]
        return self.captured_value_of(lo, key, value.type, value.name or "captured")

    def capture_parameter(self, spec: Any, key: Any) -> Value:
        """The parameter of a recursive function for a capture."""
        value = self.captures[key][1] if key in self.captures else None
        inner = (spec.name, key)
        if inner not in self.inner_captures:
            assert value is not None
            self.inner_captures[inner] = Value(value.type, value.name)
        return self.inner_captures[inner]

    def may_raise(self, classes: tuple[type[BaseException], ...]) -> None:
        """Note that the recursive function being lowered may raise these."""
        for spec in self.functions:
            if not spec.raises.issuperset(classes):
                spec.raises.update(classes)
                self.heap.changed = True

    def enter_function(self, spec: Any) -> None:
        """Lower a recursive function from here on."""
        self.functions.append(spec)

    def leave_function(self) -> None:
        """Back to the function around it."""
        self.functions.pop()


@dataclass(frozen=True, eq=False)
class Captured:
    """Where a captured object is found when the gradient is called."""

    function: Any
    owner: object
    name: Any

    def fetch(self) -> object:
        """The object as it is now."""
        if self.function is not None:
            code = self.function.__code__
            if self.name in code.co_freevars:
                return self.function.__closure__[code.co_freevars.index(self.name)].cell_contents
            return self.function.__globals__[self.name]
        if isinstance(self.name, int) and isinstance(self.owner, types.FunctionType):
            return self.owner.__defaults__[self.name]
        if isinstance(self.owner, types.FunctionType) and self.owner.__kwdefaults__:
            if self.name in self.owner.__kwdefaults__:
                return self.owner.__kwdefaults__[self.name]
        if self.name == "self":
            return self.owner
        return getattr(self.owner, self.name)


def is_known(t: Type) -> bool:
    """Whether a value of this type is known altogether: no data that is read anew at each call."""
    if isinstance(t, Tuple):
        return all(is_known(item) or item in (NONE, BOOL, INT) for item in t.items)
    return isinstance(t, Known)


def static_value(obj: object) -> AVal:
    """A known object; tuples are taken apart."""
    if isinstance(obj, tuple):
        return TupleA(tuple(map(static_value, obj)), type(obj) if type(obj) is not tuple else None)
    return Static(obj)


def _is_plain_class(cls: type) -> bool:
    return cls.__module__ not in (
        "builtins",
        "numpy",
        "types",
        "functools",
        "numpy.random._generator",
    )


def _attributes(obj: object) -> list[tuple[str, object]]:
    found = list(getattr(obj, "__dict__", {}).items())
    for cls in type(obj).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        slots = (slots,) if isinstance(slots, str) else slots
        found += [(s, getattr(obj, s)) for s in slots if hasattr(obj, s) and s != "__dict__"]
    return found


def _merge(facts: Facts, ref: Ref, content: Any) -> Any:
    """The content of an argument's class: joined with what earlier lowerings stored there."""
    heap = facts.heap
    before = heap.of(ref)
    if before == content or (isinstance(before, Fixed) and not before.items):
        return content
    if isinstance(before, Record) and not before.fields:
        return content
    return heap.join_content(before, content)
