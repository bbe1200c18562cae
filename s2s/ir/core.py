"""Structured SSA: values, operations, blocks, functions, programs.

A function is a block of operations.  Control flow is operations that hold regions; there are no
labels and no jumps.  Everything is immutable: a pass builds new blocks.

Terminators (always last in a block, never elsewhere):

    yield v...            the region's values
    break v... {code}     leave the enclosing loop with its carried values; only in a loop's tree
    branch c {..} {..}    the rest of a loop body is a decision: both regions end in terminators
    return v...           last in a function's body
    unreachable           after a raise

Regions:

    r... = if c {.. yield} {.. yield}
    r..., trips, exit = loop [lo, hi, step,] init... {(i, carried...) ..tree..}
           attrs bounded: with lo, hi, step the index is that of range(lo, hi, step), else the number
           of the iteration.  `trips`: iterations that ended in yield; `exit`: code of the break, or 0
    r..., failed, exc = attempt {.. yield} {handlers: tuple of tuples of symbols}
           `failed` is k+1 if an exception that handler k catches ended the region, else 0
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from s2s.ir.span import UNKNOWN, Span
from s2s.ir.types import Content, Type

Attr = Any  # str, int, float, complex, bool, None, Type, or tuples of these
EMPTY: Mapping[str, Attr] = MappingProxyType({})
TERMINATORS = frozenset({"yield", "break", "branch", "return", "unreachable"})
_serial = itertools.count()


@dataclass(eq=False, slots=True)
class Value:
    """One SSA value: identity is equality.  ``name`` is the user's name for it, if any."""

    type: Type
    name: str | None = None
    serial: int = field(default_factory=lambda: next(_serial))

    def __repr__(self) -> str:
        return f"%{self.name or ''}.{self.serial}"


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One equation of the program; ``results = kind(operands)``."""

    kind: str
    operands: tuple[Value, ...] = ()
    results: tuple[Value, ...] = ()
    attrs: Mapping[str, Attr] = field(default_factory=lambda: EMPTY)
    regions: tuple[Block, ...] = ()
    span: Span = UNKNOWN

    @property
    def result(self) -> Value:
        """The only result."""
        (value,) = self.results
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Operations in order; the last is a terminator."""

    args: tuple[Value, ...]
    ops: tuple[Op, ...]

    @property
    def terminator(self) -> Op:
        """The last operation."""
        return self.ops[-1]


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function: ``body.args`` are its parameters, ``return`` its terminator.

    ``sources`` says for each parameter what a caller passes: ("arg", name) for a parameter of the
    user's function, ("global", name) for a captured name read anew at each call, ("cell", name) ...
    """

    name: str
    body: Block
    sources: tuple[tuple[str, str], ...] = ()
    span: Span = UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Functions that call each other, their heap classes and the Python objects they mention."""

    entry: str
    functions: Mapping[str, Function]
    heap: Mapping[int, Content | Type]
    symbols: Mapping[str, object] = field(default_factory=lambda: EMPTY)

    @property
    def main(self) -> Function:
        """The entry function."""
        return self.functions[self.entry]


def walk(block: Block) -> Iterator[Op]:
    """Every operation below ``block``, outer before inner, in program order."""
    for op in block.ops:
        yield op
        for region in op.regions:
            yield from walk(region)


def leaves(block: Block) -> Iterator[Op]:
    """The terminators at the leaves of a loop body's decision tree."""
    last = block.terminator
    if last.kind == "branch":
        for region in last.regions:
            yield from leaves(region)
    else:
        yield last
