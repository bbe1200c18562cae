"""Signatures: how the arguments of a call become operands and static attributes, and back.

::

    sum(x|a, axis=None, dtype=None, *, keepdims=False) -> y
    linspace(start, stop, num: value = 50, endpoint=True) -> y
    transpose(x, axes: static = None) -> y
    concatenate([*xs], axis=0) -> y          einsum(subscripts: static, *xs) -> y

A parameter without default is an *operand* (an SSA value), one with a default a *static attribute*.
``: value`` makes an operand of a parameter with a default (``: given``: one that is always passed
on), ``: static`` an attribute that is passed by position; ``: list`` is an operand that may be a list
of arrays (of rows that are defined by others).  ``x|a``: also accepted as keyword ``a``.
``[*xs]`` takes one list, ``*xs`` any number of arguments.  After ``*`` only keywords are accepted.
What follows the arrow is the name of the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")


class BindError(TypeError):
    """The arguments of a call do not fit the row: says which and why."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Default:
    """Stands among the operands for a parameter that was left out before one that was given."""

    value: Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a signature."""

    name: str
    aliases: tuple[str, ...] = ()
    default: Any = MISSING
    is_operand: bool = True
    by_position: bool = True  # how it is passed on
    keyword_only: bool = False  # how it is accepted
    always: bool = False  # passed on even if it was left out
    is_list: bool = False  # stays a list
    star: str = ""  # "list": one list of operands; "args": any number of operands

    @property
    def is_required(self) -> bool:
        """True if it has no default."""
        return self.default is MISSING

    @classmethod
    def read(cls, text: str, keyword_only: bool) -> Parameter:
        """Parse ``x|a: value = 50``."""
        if text.startswith("[*"):
            return cls(text[2:-1], star="list")
        if text.startswith("*"):
            return cls(text[1:], star="args")
        head, _, default = (part.strip() for part in text.partition("="))
        names, _, mark = (part.strip() for part in head.partition(":"))
        name, *aliases = names.split("|")
        is_operand = mark in ("value", "given", "list") or (not default and mark != "static")
        return cls(
            name,
            tuple(aliases),
            eval(default, {}) if default else MISSING,
            is_operand,
            by_position=is_operand or mark == "static",
            keyword_only=keyword_only,
            always=mark == "given",
            is_list=mark == "list",
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """The name, parameters and result of a row."""

    name: str
    parameters: tuple[Parameter, ...]
    result: str

    @classmethod
    def read(cls, text: str) -> Signature:
        """Parse the notation above.

        >>> signature = Signature.read("sum(x|a, axis=None) -> y")
        >>> signature.bind(["X"], {"axis": "0"})
        (('X',), {'axis': '0'})
        """
        found = re.fullmatch(r"(\w+)\((.*)\) -> (\w+)", text)
        assert found, f"not a signature: {text!r}"
        name, inside, result = found.groups()
        parameters = []
        keyword_only = False
        for part in re.split(r",\s*(?![^(]*\))", inside) if inside else ():
            if part == "*":
                keyword_only = True
            else:
                parameters.append(Parameter.read(part, keyword_only))
        return cls(name, tuple(parameters), result)

    @property
    def operands(self) -> tuple[Parameter, ...]:
        """The parameters that are SSA values."""
        return tuple(p for p in self.parameters if p.is_operand)

    @property
    def statics(self) -> tuple[Parameter, ...]:
        """The parameters that are static attributes."""
        return tuple(p for p in self.parameters if not p.is_operand)

    @property
    def star(self) -> Parameter | None:
        """The parameter that takes any number of operands, if there is one."""
        return next((p for p in self.parameters if p.star), None)

    def names(self, count: int) -> tuple[str, ...]:
        """How a rule's text calls ``count`` operands: ``x``, ``shape`` or ``xs[0]``, ``xs[1]``."""
        if self.star:
            return tuple(f"{self.star.name}[{i}]" for i in range(count))
        return tuple(p.name for p in self.operands[:count])

    def bind(
        self, args: Sequence[T], kwargs: Mapping[str, T], *, spread: bool = False
    ) -> tuple[tuple[Any, ...], dict[str, T]]:
        """Sort the arguments of a call into operands and attributes.

        The list of a ``[*xs]`` parameter is given as a sequence.  ``spread``: surplus arguments
        belong to the last parameter by position, as one tuple (``x.reshape(2, 3)``).  Operands at
        the end that were left out stay out; before one that was given stands a `Default`. Raises
        `BindError`.
        """
        given = self._by_position(list(args), spread)
        for key, value in kwargs.items():
            parameter = next(
                (p for p in self.parameters if key == p.name or key in p.aliases), None
            )
            if parameter is None or parameter.star:
                raise BindError(f"{self.name}: argument {key!r} is not supported")
            if parameter.name in given:
                raise BindError(f"{self.name}: argument {key!r} is given twice")
            given[parameter.name] = value
        for p in self.parameters:
            if p.default is MISSING and not p.star and p.name not in given:
                raise BindError(f"{self.name}: argument {p.name!r} is missing")
        operands: list[Any] = []
        for p in self.operands:
            if p.star:
                operands.extend(given.get(p.name, ()))
            else:
                operands.append(given.get(p.name, Default(p.default)))
        always = [k for k, p in enumerate(self.operands, 1) if p.always]
        while len(operands) > max(always, default=0) and isinstance(operands[-1], Default):
            operands.pop()
        return tuple(operands), {p.name: given[p.name] for p in self.statics if p.name in given}

    def _by_position(self, args: list[Any], spread: bool) -> dict[str, Any]:
        given: dict[str, Any] = {}
        places = [p for p in self.parameters if not p.keyword_only]
        for p in places:
            if p.star == "args":
                given[p.name], args = tuple(args), []
            elif args:
                surplus = spread and len(args) > 1 and p is not places[0]
                given[p.name] = tuple(args) if surplus else args[0]
                args = [] if surplus else args[1:]
        if args:
            raise BindError(f"{self.name}: {len(args)} positional arguments too many")
        return given

    def arguments(
        self, operands: Sequence[T], attrs: Mapping[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The inverse of `bind`: positional and keyword arguments of the call.

        The operands of ``[*xs]`` come as one list.  Attributes equal to their default are left out.
        """
        rest = list(operands)
        args: list[Any] = []
        keywords: dict[str, Any] = {}
        in_order = True  # no parameter was left out before
        for p in self.parameters:
            if p.star:
                args += [rest] if p.star == "list" else rest
                rest = []
            elif p.is_operand and (p.keyword_only or not in_order):
                if rest and not isinstance(operand := rest.pop(0), Default):
                    keywords[p.name] = operand
            elif p.is_operand:
                args.append(rest.pop(0) if rest else Default(p.default))
            elif p.by_position:
                value = attrs.get(p.name, p.default)
                args.append(Default(value) if _same(value, p.default) else value)
            else:
                in_order = False
                if p.name in attrs and not _same(attrs[p.name], p.default):
                    keywords[p.name] = attrs[p.name]
        if rest:
            raise BindError(f"{self.name}: {len(rest)} operands too many")
        while args and isinstance(args[-1], Default):
            args.pop()
        return [a.value if isinstance(a, Default) else a for a in args], keywords

    def filled(self, operands: Sequence[T]) -> tuple[Any, ...]:
        """The operands, with the defaults of those that were left out; those of a star as one
        tuple."""
        if self.star:
            return (tuple(operands),)
        return (*operands, *(p.default for p in self.operands[len(operands) :]))

    def attributes(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        """All static attributes, with their defaults."""
        return {p.name: attrs.get(p.name, p.default) for p in self.statics}


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)
