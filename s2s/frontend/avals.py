"""What the front end knows of a Python value while it lowers a function.

An abstract value is either an SSA value (`Leaf`), a Python object that is known now (`Static`), or a
structure of these.  Structures that only the compiler sees (tuples, ranges, closures, slices) never
reach the program: they are taken apart before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from s2s.ir.core import Value
from s2s.ir.types import Tuple, Type

if TYPE_CHECKING:
    from s2s.frontend.scope import Code, Scope


class AVal:
    """Base of abstract values."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Leaf(AVal):
    """A value of the program; ``maybe_unbound``: some path does not assign it."""

    value: Value
    maybe_unbound: bool = False

    @property
    def type(self) -> Type:
        """Type of the SSA value."""
        return self.value.type


@dataclass(frozen=True, slots=True, eq=False)
class Static(AVal):
    """A Python object known at compile time: number, string, None, function, module, class."""

    obj: Any


@dataclass(frozen=True, slots=True, eq=False)
class TupleA(AVal):
    """A tuple (or named tuple of class ``cls``) of known length."""

    items: tuple[AVal, ...]
    cls: type | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Closure(AVal):
    """A function defined inside the one being lowered, with what it captured."""

    code: Code
    captured: Mapping[str, AVal]
    defaults: tuple[AVal, ...] = ()
    kw_defaults: tuple[AVal | None, ...] = ()
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Choice(AVal):
    """One of several functions, told apart by a number while the program runs.

    ``type``: the tuple type of the whole (see `functions`);  ``items``: the number, then what each
    of the functions captured.
    """

    type: Tuple
    items: tuple[AVal, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bound(AVal):
    """A method: ``function`` is a static function, a closure, or the name of a built-in method."""

    receiver: AVal
    function: AVal | str


@dataclass(frozen=True, slots=True, eq=False)
class Partial(AVal):
    """functools.partial of an abstract function."""

    function: AVal
    args: tuple[AVal, ...]
    keywords: Mapping[str, AVal]


@dataclass(frozen=True, slots=True, eq=False)
class ExceptionA(AVal):
    """An exception of a known class.

    args, keywords: what its class was called with, to make it where it leaves the program
    fields: its attributes;  made: the object, where an operation raised it
    """

    cls: type[BaseException]
    args: tuple[AVal, ...]
    keywords: Mapping[str, AVal]
    fields: Mapping[str, AVal]
    made: AVal | None = None

    @property
    def form(self) -> tuple[object, ...]:
        """Exceptions of the same form hold the same number of values."""
        names = (tuple(self.keywords), tuple(self.fields), self.made is None)
        counts = [len(f.items) for f in self.fields.values() if isinstance(f, TupleA)]
        return ("exception", self.cls, len(self.args), *names, tuple(counts))

    @property
    def parts(self) -> tuple[AVal, ...]:
        """All values it consists of."""
        made = () if self.made is None else (self.made,)
        return (*self.args, *self.keywords.values(), *self.fields.values(), *made)

    def with_parts(self, parts: Sequence[AVal]) -> ExceptionA:
        """One of the same form, of other values."""
        n = len(self.args)
        m = n + len(self.keywords)
        k = m + len(self.fields)
        keywords = dict(zip(self.keywords, parts[n:m], strict=True))
        fields = dict(zip(self.fields, parts[m:k], strict=True))
        made = parts[k] if self.made is not None else None
        return ExceptionA(self.cls, tuple(parts[:n]), keywords, fields, made)


@dataclass(frozen=True, slots=True, eq=False)
class NewExceptionA(AVal):
    """`self` in the `__init__` of an exception; its attributes are variables ``prefix.name``."""

    cls: type[BaseException]
    scope: Scope
    prefix: str


@dataclass(frozen=True, slots=True, eq=False)
class SliceA(AVal):
    """lower:upper:step."""

    lower: AVal
    upper: AVal
    step: AVal


@dataclass(frozen=True, slots=True, eq=False)
class RangeA(AVal):
    """range(lo, hi, step)."""

    lo: AVal
    hi: AVal
    step: AVal


@dataclass(frozen=True, slots=True, eq=False)
class Iter(AVal):
    """zip, enumerate, reversed, map, items/keys/values of a dict: made of other iterables."""

    kind: str
    parts: tuple[AVal, ...]
    start: AVal | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Star(AVal):
    """`*items` among the arguments of a call, whose number is not known."""

    items: AVal


@dataclass(frozen=True, slots=True, eq=False)
class RowA(AVal):
    """A row of the kernel table, called by its name in a rule."""

    row: Any
    via: str


class Structure(AVal):
    """Something to call that other parts of the compiler define, made of abstract values.

    form_fields: names of attributes that are the same on all paths;  part_fields: of those that hold an
    abstract value or a tuple of them
    """

    may_be_kept: ClassVar[bool] = True  # in memory: not what is used up
    form_fields: ClassVar[tuple[str, ...]] = ()
    part_fields: ClassVar[tuple[str, ...]] = ()

    def lower_call(self, lo: Any, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """What a call gives."""
        raise NotImplementedError

    def form(self) -> tuple[object, ...]:
        """What is the same on all paths."""
        counts = tuple(_count(getattr(self, name)) for name in self.part_fields)
        return type(self), counts, *(getattr(self, name) for name in self.form_fields)

    def parts(self) -> tuple[AVal, ...]:
        """The abstract values, in order."""
        found: list[AVal] = []
        for name in self.part_fields:
            held = getattr(self, name)
            found += held if isinstance(held, tuple) else (held,)
        return tuple(found)

    def with_parts(self, parts: Iterator[AVal]) -> Structure:
        """The same of other parts."""
        changes: dict[str, Any] = {}
        for name in self.part_fields:
            held = getattr(self, name)
            one = not isinstance(held, tuple)
            changes[name] = next(parts) if one else tuple(next(parts) for _ in held)
        return replace(self, **changes)  # type: ignore[type-var]


def _count(held: AVal | tuple[AVal, ...]) -> int:
    return len(held) if isinstance(held, tuple) else -1


class Unbound(AVal):
    """A name that has no value on this path."""


UNBOUND = Unbound()
NONE_A = Static(None)
