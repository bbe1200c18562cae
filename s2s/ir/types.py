"""The types of the intermediate representation.

A type says what a rule, a printer or a lowering may rely on; sizes are never part of a type.

- `Scalar`   Python's bool, int, float, complex (weak in promotion, raising) and NumPy's scalars
             (strong, inf/nan): ``float`` and ``f64`` are different types.
- `Array`    an n-dimensional array *value*: immutable, without identity; rank None: known only at run time
             (then it may also be a scalar).
- `Tuple`    an immutable sequence of values of known types.
- `Optional` a value or None.
- `Ref`      the address of a mutable object.  Its number names an *object class* of the program:
             objects of different classes never share memory.  What lies there is a `Content`.
- the singletons NONE, STR, SHAPE, OPAQUE (a Python object that carries no derivative), ANY, UNIT.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Type:
    """Base of all types."""


@dataclass(frozen=True, slots=True)
class Scalar(Type):
    """A number; ``name`` is Python's (``float``) or NumPy's short name (``f64``)."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Array(Type):
    """An array value with elements of NumPy dtype ``dtype`` (short name) and ``rank`` axes."""

    dtype: str
    rank: int | None

    def __str__(self) -> str:
        return f"{self.dtype}[{'?' if self.rank is None else ','.join(':' * self.rank)}]"


@dataclass(frozen=True, slots=True)
class Tuple(Type):
    """An immutable sequence with one type for each item; ``cls``: symbol of its named tuple class."""

    items: tuple[Type, ...]
    cls: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Optional(Type):
    """``item`` or None."""

    item: Type

    def __str__(self) -> str:
        return f"{self.item}?"


@dataclass(frozen=True, slots=True)
class Ref(Type):
    """The address of an object of class ``cls`` of the program's heap table.

    ``rank``: axes of the array (or view) that is addressed, None where not known or no array; the
    heap table holds only the element type, for views of several ranks address the same object.
    """

    cls: int
    rank: int | None = None

    def __str__(self) -> str:
        return f"&{self.cls}" if self.rank is None else f"&{self.cls}:{self.rank}"


@dataclass(frozen=True, slots=True)
class Named(Type):
    """A type without parameters."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Known(Type):
    """A Python object that is known: a function, a class, a string; ``symbol`` names it."""

    symbol: str

    def __str__(self) -> str:
        return f"known({self.symbol})"


NONE, STR, SHAPE, OPAQUE = Named("none"), Named("str"), Named("shape"), Named("opaque")
ANY, UNIT = Named("any"), Named("unit")

BOOL, INT, FLOAT, COMPLEX = Scalar("bool"), Scalar("int"), Scalar("float"), Scalar("complex")
B1, I64, F32, F64 = Scalar("b1"), Scalar("i64"), Scalar("f32"), Scalar("f64")
C64, C128 = Scalar("c64"), Scalar("c128")

PYTHON_SCALARS = ("bool", "int", "float", "complex")
# NumPy's name of each dtype, by our short name.
DTYPES = {
    "b1": "bool_", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
    "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
    "f16": "float16", "f32": "float32", "f64": "float64", "c64": "complex64", "c128": "complex128",
}  # fmt: skip
SHORT = {name.rstrip("_"): short for short, name in DTYPES.items()}


# ---------------------------------------------------------------------------- contents of the heap
@dataclass(frozen=True, slots=True)
class Content:
    """Base: what lies behind a reference (an `Array` may lie there too)."""


@dataclass(frozen=True, slots=True)
class ListOf(Content):
    """A Python list of any length; ``item`` None: nothing was ever put in."""

    item: Type | None

    def __str__(self) -> str:
        return f"list({self.item or '-'})"


@dataclass(frozen=True, slots=True)
class Fixed(Content):
    """A Python list whose length is known and which is never resized."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"fixed({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Record(Content):
    """An object (``cls``: symbol of its class) or a dict with constant keys (``cls`` 'dict')."""

    cls: str
    fields: tuple[tuple[object, Type], ...]

    def __str__(self) -> str:
        return f"{self.cls}{{{', '.join(f'{k!r}: {t}' for k, t in self.fields)}}}"


@dataclass(frozen=True, slots=True)
class DictOf(Content):
    """A dict with keys that are computed."""

    key: Type | None
    value: Type | None

    def __str__(self) -> str:
        return f"dict({self.key or '-'}, {self.value or '-'})"


@dataclass(frozen=True, slots=True)
class Cell(Content):
    """A closure cell: one variable that several functions share."""

    item: Type | None

    def __str__(self) -> str:
        return f"cell({self.item or '-'})"


# --------------------------------------------------------------------------------------- questions
def is_float(t: Type | Content | None) -> bool:
    """True if values of this type are real or complex floating-point numbers or arrays."""
    match t:
        case Scalar(name):
            return name in ("float", "complex") or name[0] in "fc"
        case Array(dtype):
            return dtype[0] in "fc"
    return False


def is_complex(t: Type) -> bool:
    """True for complex scalars and arrays."""
    return (isinstance(t, Scalar) and t.name[0] == "c") or (
        isinstance(t, Array) and t.dtype[0] == "c"
    )


def is_number(t: Type) -> bool:
    """True for scalars and arrays."""
    return isinstance(t, Scalar | Array)


def carries_derivative(t: Type) -> bool:
    """True if a cotangent of a value of this type is a value itself (memory has shadows instead)."""
    match t:
        case Tuple(items):
            return any(carries_derivative(item) for item in items)
        case Optional(item):
            return carries_derivative(item)
    return is_float(t) or t == ANY
