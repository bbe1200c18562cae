"""Object classes: which references may address the same object, and what lies there.

Steensgaard's analysis: each allocation site is a class; whenever two references may be the same
(joins, containers, views) their classes are united, and the content of a class is the join of all
that is ever stored.  Facts only grow, so lowering is repeated until none has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from s2s.frontend.function_types import FunctionTypes
from s2s.frontend.words import words
from s2s.ir.types import (
    DTYPES,
    INT,
    NONE,
    OPAQUE,
    SHORT,
    STR,
    Array,
    Cell,
    Content,
    DictOf,
    Fixed,
    Known,
    ListOf,
    Named,
    Optional,
    Record,
    Ref,
    Scalar,
    Tuple,
    Type,
    is_float,
)

__all__ = ["CannotJoin", "Heap"]

_WEAK = {"bool": 0, "int": 1, "float": 2, "complex": 3}


class CannotJoin(Exception):
    """Two types have no common one."""


class Heap:
    """Classes of objects by allocation site; united on demand."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.content: dict[int, Content | Type] = {}
        self.sites: dict[object, int] = {}
        self.mutated: set[int] = set()
        self.mixed: set[int] = set()  # whole numbers on one path, floats on another
        self.changed = False
        self.functions = FunctionTypes()
        self.texts: set[str] = set()  # symbols of known strings

    def site(self, key: object, content: Content | Type) -> Ref:
        """The class of allocation site ``key``, whose content includes ``content``."""
        rank = None
        if isinstance(content, Array):
            rank, content = content.rank, Array(content.dtype, None)
        if key not in self.sites:
            number = len(self.parent)
            self.sites[key] = number
            self.parent.append(number)
            self.content[number] = content
            return Ref(number, rank)
        number = self.find(self.sites[key])
        self.widen(number, content)
        return Ref(self.find(number), rank)

    def known(self, key: object) -> Ref | None:
        """The class of an allocation site, if it was met before."""
        number = self.sites.get(key)
        return None if number is None else Ref(self.find(number))

    def find(self, cls: int) -> int:
        """The representative of a class."""
        root = cls
        while self.parent[root] != root:
            root = self.parent[root]
        while self.parent[cls] != root:
            self.parent[cls], cls = root, self.parent[cls]
        return root

    def of(self, ref: Type) -> Content | Type:
        """What lies behind a reference; for an array, as the reference sees it."""
        assert isinstance(ref, Ref)
        content = self.content[self.find(ref.cls)]
        return Array(content.dtype, ref.rank) if isinstance(content, Array) else content

    def mark_mutated(self, ref: Ref) -> None:
        """Note that objects of this class are written to after they were made."""
        cls = self.find(ref.cls)
        if cls not in self.mutated:
            self.mutated.add(cls)

    def widen(self, cls: int, content: Content | Type) -> None:
        """Let the content of a class include ``content``."""
        cls = self.find(cls)
        before = self.content[cls]
        if before == content:
            return
        after = self.join_content(before, content)
        cls = self.find(cls)
        self.note_kinds(cls, before, content)
        if self.resolve_content(after) != self.resolve_content(self.content[cls]):
            self.changed = True
        self.content[cls] = after

    def unify(self, a: Ref, b: Ref) -> Ref:
        """Make two classes one."""
        x, y = self.find(a.cls), self.find(b.cls)
        rank = a.rank if a.rank == b.rank else None
        if x == y:
            return Ref(x, rank)
        self.parent[y] = x
        left, right = self.content[x], self.content.pop(y)
        for marked in (self.mutated, self.mixed):
            if y in marked:
                marked.add(x)
        self.changed = True
        self.content[x] = self.join_content(left, right)
        self.note_kinds(x, left, right)
        return Ref(self.find(x), rank)

    def note_kinds(self, cls: int, a: Content | Type, b: Content | Type) -> None:
        """Remember a class whose arrays hold whole numbers on one path and floats on another."""
        if isinstance(a, Array) and isinstance(b, Array):
            if is_float(a) != is_float(b) and cls not in self.mixed:
                self.mixed.add(cls)
                self.changed = True

    # ----------------------------------------------------------------------------------- joining
    def join(self, a: Type | None, b: Type | None) -> Type:
        """The least type that includes both; references are united."""
        if a is None or b is None:
            found = a if b is None else b
            assert found is not None
            return found
        if a == b:
            return a
        functions = self.functions.join(self, a, b)
        if functions is not None:
            return functions
        if a == NONE or b == NONE:
            other = b if a == NONE else a
            return other if isinstance(other, Optional) else Optional(other)
        match a, b:
            case (Ref(), Ref()):
                return self.unify(a, b)
            case (Optional(x), Optional(y)):
                return Optional(self.join(x, y))
            case (Optional(x), t) | (t, Optional(x)):
                return Optional(self.join(x, t))
            case (Tuple(x), Tuple(y)) if len(x) == len(y):
                return Tuple(tuple(self.join(s, t) for s, t in zip(x, y, strict=True)), a.cls)
            case (Scalar(), Scalar()):
                return join_scalars(a, b)
            case (Array(d, r), Array(e, s)):
                return Array(promote(d, e), r if r == s else None)
            case (Array(d), Scalar(name)) | (Scalar(name), Array(d)):
                return Array(promote_scalar(d, name), None)
            case (Ref() as ref, Scalar(name)) | (Scalar(name), Ref() as ref):
                return self.join_number(ref, name)
        if self.is_text(a) and self.is_text(b):
            return STR
        if {type(a), type(b)} <= {Known, Named}:
            return OPAQUE
        raise CannotJoin(f"{words(self, a)} and {words(self, b)}")

    def join_number(self, ref: Ref, scalar: str) -> Ref:
        """A number among arrays becomes an array without axes."""
        content = self.of(ref)
        if not isinstance(content, Array):
            raise CannotJoin(f"{scalar} and {content}")
        self.widen(ref.cls, Array(promote_scalar(content.dtype, scalar), None))
        return Ref(self.find(ref.cls), None)

    def join_content(self, a: Content | Type, b: Content | Type) -> Content | Type:
        """The least content that includes both."""
        match a, b:
            case (Array(), Array()):
                return self.join(a, b)
            case (Array(), Scalar()) | (Scalar(), Array()):
                return self.join(a, b)
            case (Cell(x), Cell(y)):
                return Cell(self.join_maybe(x, y))
            case (Fixed(x), Fixed(y)) if len(x) == len(y):
                return Fixed(tuple(self.join(s, t) for s, t in zip(x, y, strict=True)))
            case (Fixed() | ListOf(), Fixed() | ListOf()):
                return ListOf(self.join_maybe(self.item_of(a), self.item_of(b)))
            case (Record(c, _), Record(d, _)) if c == d and (
                c != "dict" or {k for k, _ in a.fields} == {k for k, _ in b.fields}
            ):
                fields = dict(a.fields)
                for key, t in b.fields:
                    fields[key] = self.join(fields[key], t) if key in fields else t
                return Record(c, tuple(fields.items()))
            case (Record("dict") | DictOf(), Record("dict") | DictOf()):
                k1, v1 = self.entry_of(a)
                k2, v2 = self.entry_of(b)
                return DictOf(self.join_maybe(k1, k2), self.join_maybe(v1, v2))
        raise CannotJoin(f"{words(self, a)} and {words(self, b)}")

    def has_common_form(self, types: Iterable[Type]) -> bool:
        """Whether differing known objects have a type of their own: all functions, or all texts."""
        found = list(types)
        return all(self.functions.options(t) for t in found) or all(map(self.is_text, found))

    def is_text(self, t: Type) -> bool:
        """Whether this is the type of a string, known or not."""
        return t == STR or (isinstance(t, Known) and t.symbol in self.texts)

    def join_maybe(self, a: Type | None, b: Type | None) -> Type | None:
        """As `join`, for contents that may never have been filled."""
        return self.join(a, b) if a is not None or b is not None else None

    def item_of(self, content: Content | Type) -> Type | None:
        """The type of any item of a list."""
        if isinstance(content, ListOf):
            return content.item
        assert isinstance(content, Fixed)
        item: Type | None = None
        for t in content.items:
            item = self.join(item, t)
        return item

    def entry_of(self, content: Content | Type) -> tuple[Type | None, Type | None]:
        """The types of any key and value of a dict."""
        if isinstance(content, DictOf):
            return content.key, content.value
        assert isinstance(content, Record)
        key: Type | None = None
        value: Type | None = None
        for k, t in content.fields:
            key = self.join(key, STR if isinstance(k, str) else INT)
            value = self.join(value, t)
        return key, value

    # -------------------------------------------------------------------------------- resolution
    def resolve(self, t: Type) -> Type:
        """``t`` with every class replaced by its representative."""
        match t:
            case Ref(cls, rank):
                return Ref(self.find(cls), rank)
            case Tuple(items, cls):
                return Tuple(tuple(self.resolve(item) for item in items), cls)
            case Optional(item):
                return Optional(self.resolve(item))
        return t

    def resolve_content(self, c: Content | Type) -> Content | Type:
        """As `resolve`, for contents."""

        def item(t: Type | None) -> Type | None:
            return None if t is None else self.resolve(t)

        match c:
            case Type():
                return c
            case ListOf(t):
                return ListOf(item(t))
            case Cell(t):
                return Cell(item(t))
            case Fixed(items):
                return Fixed(tuple(self.resolve(t) for t in items))
            case DictOf(k, v):
                return DictOf(item(k), item(v))
            case Record(_, fields):
                return replace(c, fields=tuple((k, self.resolve(t)) for k, t in fields))
        raise AssertionError(c)


def join_scalars(a: Scalar, b: Scalar) -> Scalar:
    """Python scalars join along bool, int, float, complex; NumPy's win over Python's."""
    if {a.name, b.name} == {"bool", "b1"}:
        return Scalar("bool")
    if a.name in _WEAK and b.name in _WEAK:
        return a if _WEAK[a.name] >= _WEAK[b.name] else b
    if a.name in _WEAK:
        a, b = b, a
    if b.name in _WEAK:
        return Scalar(promote_scalar(a.name, b.name))
    return Scalar(promote(a.name, b.name))


def promote(a: str, b: str) -> str:
    """NumPy's common dtype of two, in short names."""
    return SHORT[np.promote_types(DTYPES[a], DTYPES[b]).name.rstrip("_")]


def promote_scalar(dtype: str, scalar: str) -> str:
    """The dtype that holds values of ``dtype`` and of a scalar type; Python's are weak (NEP 50)."""
    if scalar not in _WEAK:
        return promote(dtype, scalar)
    python = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}[scalar]
    return SHORT[np.result_type(np.dtype(DTYPES[dtype]), python).name.rstrip("_")]
