"""Random statement programs over arrays, scalars, lists and views: generated, checked, minimised.

``generate(seed)`` writes the text of a module with one function ``f(a, b, s, t, n)``. The text is
well-formed by construction (names are bound, indices in range, except inside ``try``) and its
values are mostly kept small by ``tanh`` and ``sin``; what is still not smooth at its point is
refused by ``fit``, so that finite differences are an oracle. Where a program fails a check,
``minimise`` deletes statements and simplifies expressions for as long as it fails in the same way.

    python -m tests.random_programs --count 2000 --seed 0      # a sweep; prints what fails
    python -m tests.random_programs --show 17                  # the text of one program

The generator draws from ``random.Random(seed)`` rather than from hypothesis: shrinking the draws
of a program generator changes the program beyond recognition, deleting its statements does not.
"""

import argparse
import ast
import contextlib
import copy
import dataclasses
import functools
import importlib.util
import itertools
import random
import signal
import sys
import tempfile
import textwrap
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from tests import checks, oracles
from tests.zoo import Program

LENGTH = 5
ARGNUMS = (0, 1, 2, 3)
SECONDS = 30
ROOT = Path(__file__).resolve().parent.parent

# The text that precedes each function: helpers that change, return or alias their arguments.
PRELUDE = '''\
import math

import numpy as np


def blend(u, v, z):
    """Write into both arguments, which may overlap."""
    u[0] = np.tanh(u[0] + z * v[-1])
    v[-1] = 0.5 * v[-1] + u[0]
    return u[0] * z


def tail(v):
    """Return a view."""
    return v[1:]


def pick(u, v, z):
    """Return one argument or the other."""
    return u if z > 0.2 else v


def first_above(v, z):
    """Return from a loop."""
    for w in v:
        if w > z:
            return w * z
    return 0.5 * z


def pair(z, scale=0.7):
    """Return two results."""
    return np.sin(z), scale * z


def descend(v, k):
    """Recur, writing on the way down and reading on the way up."""
    if k == 0:
        return v[0]
    v[k] = math.sin(v[k] + v[k - 1])
    return descend(v, k - 1) * v[k] + 0.1


class Box:
    """An object that holds a number and an array."""

    def __init__(self, x, v):
        self.x = x
        self.v = v

    def push(self, z):
        """Change both."""
        self.x = math.tanh(self.x + z)
        self.v[1] = 0.5 * self.v[1] + self.x
        return self.x * z


'''


# Generation


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a name stands for.

    family: float, int, array, list, pile (a list of arrays), dict (with keys p and q), box, closure
    size:   of an array or of those in a pile, the length; of an int, a number that it stays below
    """

    family: str
    size: int = 0


FLOAT, LIST, DICT = Kind("float"), Kind("list"), Kind("dict")
BOX, CLOSURE = Kind("box"), Kind("closure")
Scope = dict[str, Kind]


class Generator:
    """Writes one function by statements; ``scope`` holds the names that are surely bound."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.indent = 1
        self.statements_left = self.random.randint(4, 14)
        self.loops = 0  # how many surround the next statement
        self.may_grow = True  # no list grows inside a loop over a list
        self.counter = itertools.count(1)
        self.scope: Scope = {
            "a": Kind("array", LENGTH),
            "b": Kind("array", LENGTH),
            "s": FLOAT,
            "t": FLOAT,
            "n": Kind("int", 4),
        }

    def module(self) -> str:
        """The text of the whole module."""
        for write in (self.new_list, self.new_pile, self.new_dict, self.new_box, self.new_closure):
            if self.chance(0.2):
                write()
        while self.statements_left > 0:
            self.statement()
        self.line(f"return {self.summary()}")
        text = "def f(a, b, s, t, n):\n" + "\n".join(self.lines)
        return PRELUDE + ast.unparse(ast.parse(text)) + "\n"

    # Small tools

    def line(self, text: str) -> None:
        """Write one line."""
        self.lines.append("    " * self.indent + text)

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self.random.random() < probability

    def choose(self, *options: str) -> str:
        """One of several texts."""
        return self.random.choice(options)

    def names(self, family: str, size: int | None = None) -> list[str]:
        """The bound names of a family."""
        return [
            name
            for name, kind in self.scope.items()
            if kind.family == family and size in (None, kind.size)
        ]

    def new(self, prefix: str) -> str:
        """A name that has not been used."""
        return f"{prefix}{next(self.counter)}"

    def array(self) -> tuple[str, int]:
        """A bound array and its length."""
        name = self.random.choice(self.names("array"))
        return name, self.scope[name].size

    # Expressions

    def constant(self) -> str:
        """A number that is no simple fraction, so that ties are unlikely."""
        return f"{self.random.uniform(-1.3, 1.3):.2f}1"

    def index(self, length: int) -> str:
        """An index in range: constant, affine or modular in an int name."""
        ints = self.names("int")
        if not ints or self.chance(0.35):
            return str(self.random.randrange(-length, length))
        name = self.random.choice(ints)
        spare = length - self.scope[name].size
        if spare >= 0 and self.chance(0.6):
            shift = self.random.randint(0, spare)
            return f"{name} + {shift}" if shift else name
        if self.scope[name].size <= length and self.chance(0.4):
            return f"{name} - 1" if self.chance(0.5) else f"-1 - {name}"
        factor, shift = self.random.choice([1, 2, 3]), self.random.randint(0, 3)
        return f"({factor} * {name} + {shift}) % {length}"

    def place(self) -> str:
        """Something that can be assigned a number: an element, an entry, an attribute."""
        holders = [n for n in self.scope if self.scope[n].family in {"list", "pile", "dict", "box"}]
        if holders and self.chance(0.4):
            return self.place_in(self.random.choice(holders))
        name, length = self.array()
        return f"{name}[{self.index(length)}]"

    def place_in(self, name: str) -> str:
        """A number inside a container or object."""
        kind = self.scope[name]
        if kind.family == "pile":
            which = self.choose("0", "-1", f"{self.random.choice(self.names('int'))} % len({name})")
            return f"{name}[{which}][{self.index(kind.size)}]"
        if kind.family == "list":
            return f"{name}[{self.choose('-1', '0', f'n % len({name})')}]"
        if kind.family == "dict":
            return f"{name}[{self.choose(repr('p'), repr('q'))}]"
        return self.choose(f"{name}.x", f"{name}.v[1]")

    def atom(self) -> str:
        """A number without operators."""
        options: list[Callable[[], str]] = [
            self.place,
            self.place,
            self.constant,
            lambda: self.random.choice(self.names("float")),
            lambda: self.random.choice(self.names("float")),
            lambda: f"0.3 * {self.random.choice(self.names('int'))}",
            lambda: f"np.{self.choose('sum', 'mean', 'max', 'min')}({self.vector()})",
        ]
        if lists := self.names("list"):
            xs = self.random.choice(lists)
            options.append(lambda: f"{xs}[{self.random.randint(0, 7)} % len({xs})]")
            options.append(lambda: f"sum({xs}) / len({xs})")
        return self.random.choice(options)()

    def number(self, depth: int = 2) -> str:
        """An expression for a number."""
        if depth == 0 or self.chance(0.25):
            return self.atom()
        x, y = self.number(depth - 1), self.number(depth - 1)
        options = [
            f"{x} + {y}",
            f"{x} - {y}",
            f"({x}) * ({y})",
            f"np.sin({x})",
            f"math.tanh({x})",
            f"math.cos({x}) * ({y})",
            f"np.exp(-abs({x}))",
            f"({x}) / (2.0 + math.sin({y}))",
            f"0.3 * ({x}) ** 2",
            f"min({x}, {y})",
            f"max({x}, {self.constant()})",
            f"math.sqrt(1.0 + ({x}) ** 2)",
            f"({x} if {self.condition()} else {y})",
        ]
        if closures := self.names("closure"):
            options += [f"{self.random.choice(closures)}({x})"] * 3
        if boxes := self.names("box"):
            options.append(f"{self.random.choice(boxes)}.push({x})")
        if self.chance(0.15):
            name, length = self.array()
            options += [f"descend({name}, {length - 1})", f"first_above({name}, {x})"]
        return self.random.choice(options)

    def bounded(self) -> str:
        """A number that is mostly kept small."""
        if self.chance(0.6):
            return f"{self.choose('np.tanh', 'math.sin', 'np.cos')}({self.number()})"
        return self.number()

    def vector(self, length: int | None = None, depth: int = 1) -> str:
        """An expression for an array of a given length."""
        if length is None:
            length = self.array()[1]
        if depth == 0 or self.chance(0.4):
            return self.slice_of(length)
        u, v = self.slice_of(length), self.vector(length, depth - 1)
        return self.choose(
            f"{u} * {v}",
            f"{u} + {v}",
            f"{u} - 0.3 * {v}",
            f"np.sin({u})",
            f"np.tanh({u} + {v})",
            f"{u} * ({self.number(1)})",
            f"np.where({u} > {self.constant()}, {u}, {v})",
            f"np.maximum({u}, {self.constant()})",
        )

    def slice_of(self, length: int) -> str:
        """An array of a given length: a name or a slice of a longer one."""
        longer = [
            name
            for name, kind in self.scope.items()
            if kind.family == "array" and kind.size >= length
        ]
        if not longer:
            return f"np.full({length}, {self.atom()})"
        name = self.random.choice(longer)
        spare = self.scope[name].size - length
        if not spare:
            return f"{name}[::-1]" if self.chance(0.15) else name
        start = self.random.randint(0, spare)
        return f"{name}[{start or ''}:{start + length if start < spare else ''}]"

    def condition(self) -> str:
        """A comparison, away from ties for most numbers."""
        ints = self.names("int")
        simple = [
            f"{self.atom()} > {self.constant()}",
            f"{self.constant()} < {self.atom()} <= 0.77",
            f"{self.random.choice(self.names('float'))} < {self.atom()}",
            f"{self.random.choice(ints)} % 2 == {self.random.randint(0, 1)}",
            f"{self.random.choice(ints)} > {self.random.randint(0, 2)}",
        ]
        first, second = self.random.choice(simple), self.random.choice(simple)
        return self.random.choice(
            [first, first, first, f"not {first}", f"{first} and {second}", f"{first} or {second}"]
        )

    def summary(self) -> str:
        """A number that depends on every bound name."""
        terms = []
        for name, kind in self.scope.items():
            weight = f"{self.random.uniform(0.4, 1.4):.2f}"
            if kind.family == "array":
                terms.append(f"{weight} * np.sum({name} * {name}) + {name}[{kind.size // 2}]")
            elif kind.family == "list":
                terms.append(f"{weight} * sum({name}) + {name}[-1]")
            elif kind.family == "pile":
                terms.append(f"{weight} * sum(np.sum(v * v) for v in {name})")
            elif kind.family == "dict":
                terms.append(f"{weight} * sum({name}.values())")
            elif kind.family == "box":
                terms.append(f"{weight} * {name}.x")
            elif kind.family == "float":
                terms.append(f"{weight} * {name}")
        return " + ".join(terms)

    # Statements

    def statement(self) -> None:
        """Write one statement."""
        self.statements_left -= 1
        write, weight = zip(*self.statements(), strict=True)
        self.random.choices(write, weight)[0]()

    def statements(self) -> Iterator[tuple[Callable[[], None], float]]:
        """The statements that can stand here, with weights."""
        yield self.assign_number, 2
        yield self.assign_element, 3
        yield self.augment_element, 3
        yield self.augment_number, 1.5
        yield self.new_array, 2
        yield self.slice_operation, 3
        yield self.whole_operation, 1.5
        yield self.swap_arrays, 1
        yield self.swap_elements, 1
        yield self.swap_rows_by_index, 0.7
        yield self.conditional_alias, 1
        yield self.masked_write, 0.7
        yield self.new_list, 0.8
        yield self.new_pile, 0.6
        yield self.new_dict, 0.4
        yield self.call_helper, 1.5
        if self.names("list"):
            yield self.change_list, 2
        if self.names("pile"):
            yield self.change_pile, 1.5
        if self.indent < 4:
            yield self.branch, 3
            yield self.attempt, 1
        if self.loops < 2 and self.indent < 4:
            yield self.counted_loop, 4
            yield self.element_loop, 1.5
            yield self.array_loop, 0.7
            yield self.while_loop, 1.5
        if self.indent == 1:
            yield self.new_closure, 1
            yield self.new_box, 0.7
        if self.loops:
            yield self.leave_loop, 1.2
        if self.indent > 1:
            yield self.leave_function, 0.4

    def block(self, most: int = 3) -> None:
        """Write an indented block; names it binds stay bound only inside."""
        outer = dict(self.scope)
        self.scope = self.block_scope(most)
        self.scope = outer

    def block_scope(self, most: int = 3) -> Scope:
        """Write an indented block and return the names bound at its end."""
        outer, self.scope = self.scope, dict(self.scope)
        self.indent += 1
        for _ in range(self.random.randint(1, most)):
            self.statement()
        self.indent -= 1
        inner, self.scope = self.scope, outer
        return inner

    def number_target(self) -> str:
        """A float name: mostly an old one."""
        if self.chance(0.7):
            return self.random.choice(self.names("float"))
        return self.new("x")

    def assign_number(self) -> None:
        """``x = ...``, or two at once."""
        value = self.bounded()
        if self.chance(0.2):
            other = self.new("x")
            target = self.number_target()
            self.line(f"{target}, {other} = pair({value})")
            self.scope[other] = FLOAT
        else:
            target = self.number_target()
            self.line(f"{target} = {value}")
        self.scope[target] = FLOAT

    def augment_number(self) -> None:
        """``x += ...``."""
        target = self.random.choice(self.names("float"))
        self.line(f"{target} {self.choose('+=', '-=', '*=')} {self.bounded()}")

    def assign_element(self) -> None:
        """``a[i] = ...``."""
        self.line(f"{self.place()} = {self.bounded()}")

    def augment_element(self) -> None:
        """``a[i] *= ...``."""
        self.line(f"{self.place()} {self.choose('+=', '-=', '*=')} {self.bounded()}")

    def new_array(self) -> None:
        """A view, a copy, an alias, or the result of an expression, under a new or an old name."""
        length = self.array()[1]
        if length > 2 and self.chance(0.3):
            length -= 1
        source = self.slice_of(length)
        value = self.choose(source, source, f"{source}.copy()", self.vector(length))
        if source.isidentifier() and self.chance(0.2):
            value, length = f"tail({source})", length - 1
        old = self.names("array", length)
        name = self.random.choice(old) if old and self.chance(0.35) else self.new("v")
        self.line(f"{name} = {value}")
        self.scope[name] = Kind("array", length)
        if length < 2:
            del self.scope[name]

    def slice_operation(self) -> None:
        """``a[1:] += b[:-1] * ...``; both sides may overlap."""
        name, length = self.array()
        size = self.random.randint(1, length)
        start = self.random.randint(0, length - size)
        target = f"{name}[{start or ''}:{start + size}]"
        if length >= 4 and self.chance(0.2):
            size, target = len(range(0, length, 2)), f"{name}[::2]"
        value = self.vector(size) if self.chance(0.7) else self.bounded()
        self.line(f"{target} {self.choose('=', '+=', '-=', '*=')} {value}")

    def whole_operation(self) -> None:
        """``a *= ...``, in place."""
        name, length = self.array()
        value = self.vector(length) if self.chance(0.5) else self.bounded()
        target = self.choose(name, f"{name}[:]")
        self.line(f"{target} {self.choose('+=', '*=')} {value}")

    def swap_arrays(self) -> None:
        """``a, b = b, a`` of names."""
        size = self.array()[1]
        same = self.names("array", size)
        u, v = self.random.choice(same), self.random.choice(same)
        self.line(f"{u}, {v} = {v}, {u}")

    def swap_elements(self) -> None:
        """``a[i], b[j] = b[j], a[i]``, or of numbers."""
        if self.chance(0.3):
            u, v = self.random.choice(self.names("float")), self.random.choice(self.names("float"))
        else:
            u, v = self.place(), self.place()
        self.line(f"{u}, {v} = {v}, {u}")

    def swap_rows_by_index(self) -> None:
        """``a[[i, j]] = a[[j, i]]``; the indices may be equal."""
        name, length = self.array()
        i, j = self.index(length), self.index(length)
        self.line(f"{name}[[{i}, {j}]] {self.choose('=', '+=')} {name}[[{j}, {i}]]")

    def conditional_alias(self) -> None:
        """A name that means one array or another, or a copy."""
        size = self.array()[1]
        same = self.names("array", size)
        u, v = self.random.choice(same), self.random.choice(same)
        name = self.new("c") if self.chance(0.6) else self.random.choice(same)
        self.line(
            self.choose(
                f"{name} = {u} if {self.condition()} else {v}",
                f"{name} = {u} if {self.condition()} else {v}.copy()",
                f"{name} = pick({u}, {v}, {self.atom()})",
            )
        )
        self.scope[name] = Kind("array", size)

    def masked_write(self) -> None:
        """A write where a condition holds."""
        name, _ = self.array()
        mask = f"{name} {self.choose('>', '<')} {self.constant()}"
        self.line(f"{name}[{mask}] {self.choose('=', '*=', '+=')} {self.bounded()}")

    def new_list(self) -> None:
        """A list of numbers."""
        name = self.new("xs")
        value = self.choose(
            f"[{self.number(1)}, {self.number(1)}]",
            f"[{self.atom()}] * 2",
            f"list({self.array()[0]})",
            f"[z * {self.atom()} for z in {self.array()[0]}]",
        )
        self.line(f"{name} = {value}")
        self.scope[name] = LIST

    def change_list(self) -> None:
        """append, pop, insert, an alias, a slice."""
        name, other = self.random.choice(self.names("list")), self.new("xs")
        if not self.may_grow or self.chance(0.25):
            self.line(f"{other} = {self.choose(name, f'{name}[:]', f'{name} + {name}[:1]')}")
            self.scope[other] = LIST
        elif self.chance(0.3):
            target = self.new("x")
            self.line(f"{target} = {name}.pop() if len({name}) > 1 else {self.atom()}")
            self.scope[target] = FLOAT
        else:
            call = self.choose("append(", "append(", "insert(0, ")
            self.line(f"{name}.{call}{self.bounded()})")

    def new_pile(self) -> None:
        """A list of arrays, often the same one twice."""
        size = self.array()[1]
        parts = [self.slice_of(size) for _ in range(self.random.randint(1, 3))]
        name = self.new("pile")
        self.line(f"{name} = [{', '.join(parts)}]" + (" * 2" if self.chance(0.2) else ""))
        self.scope[name] = Kind("pile", size)

    def change_pile(self) -> None:
        """Arrays of a list replaced, added, taken out, changed in place."""
        name = self.random.choice(self.names("pile"))
        size = self.scope[name].size
        other = self.new("v")
        if self.chance(0.25):
            self.line(f"{other} = {name}[{self.choose('0', '-1')}]")
            self.scope[other] = Kind("array", size)
        elif self.chance(0.5):
            self.line(
                f"{name}[{self.choose('0', '-1')}] {self.choose('=', '+=')} {self.vector(size)}"
            )
        elif self.may_grow:
            self.line(f"{name}.append({self.vector(size)})")
        else:
            self.line(f"{name}[-1][:] = {self.bounded()}")

    def new_dict(self) -> None:
        """A dict of numbers."""
        name = self.new("d")
        self.line(f"{name} = {{'p': {self.number(1)}, 'q': {self.atom()}}}")
        self.scope[name] = DICT

    def call_helper(self) -> None:
        """A call for its effect, sometimes with overlapping arguments."""
        (u, _), (v, _) = self.array(), self.array()
        boxes = self.names("box")
        if boxes and self.chance(0.4):
            self.line(f"{self.random.choice(boxes)}.push({self.number(1)})")
        elif self.chance(0.5):
            self.line(f"blend({u}, {v}, {self.number(1)})")
        else:
            target = self.number_target()
            self.line(f"{target} = np.tanh(blend({u}, {v}, {self.atom()}))")
            self.scope[target] = FLOAT

    def branch(self) -> None:
        """if, elif, else; a name is bound afterwards if every branch binds it."""
        self.line(f"if {self.condition()}:")
        scopes = [self.block_scope()]
        if self.chance(0.25):
            self.line(f"elif {self.condition()}:")
            scopes.append(self.block_scope())
        if self.chance(0.5):
            self.line("else:")
            scopes.append(self.block_scope())
        else:
            scopes.append(self.scope)
        self.scope = common(scopes)

    def attempt(self) -> None:
        """A `try` in which a statement in the middle may fail."""
        self.line("try:")
        outer = dict(self.scope)
        self.indent += 1
        self.statement()
        name, length = self.array()
        shift = self.random.randint(1, length)
        index = f"{self.random.choice(self.names('int'))} + {shift}"
        if dicts := self.names("dict"):
            missing = f"{self.random.choice(dicts)}['r']"
            self.line(f"{self.random.choice(self.names('float'))} += math.tanh({missing})")
            self.line(f"{missing} = {self.atom()}")
        elif self.chance(0.7):
            target = self.number_target()
            self.line(f"{target} = {name}[{index}] * {self.atom()}")
            self.scope[target] = FLOAT
        else:
            self.line(f"{name}[{index}] *= {self.number(1)}")
        if self.chance(0.5):
            self.statement()
        self.indent -= 1
        inner, self.scope = self.scope, outer
        self.line("except IndexError:" if not dicts else "except (KeyError, IndexError):")
        if dicts and self.chance(0.7):
            self.line(f"    {missing} = {self.atom()}")
        handler = self.block_scope(2)
        if self.chance(0.2):
            self.scope = common([inner, handler])
            self.line("finally:")
            self.block(1)
        self.scope = common([inner, handler])

    def loop_body(self, bound: Scope, first: str = "") -> None:
        """The body of a loop that binds names of its own, and perhaps an `else` clause."""
        outer = self.scope
        self.scope = {**outer, **bound}
        self.loops += 1
        if first:
            self.line(f"    {first}")
        self.block(4)
        self.loops -= 1
        self.scope = outer
        if self.chance(0.1):
            self.line("else:")
            self.block(1)

    def counted_loop(self) -> None:
        """``for i in range(...)`` in many forms."""
        i = self.new("i")
        ints = self.names("int")
        ranges = [
            ("4", 4),
            ("n", 4),
            ("1, 4", 4),
            ("3, -1, -1", 4),
            ("4, 0, -2", 5),
            ("0, 5, 2", 5),
            ("len(a)", LENGTH),
            (f"{self.random.choice(ints)}", 5),
            (f"{self.random.choice(ints)}, 4", 4),
        ]
        text, size = self.random.choice(ranges)
        reverse = self.chance(0.15)
        self.line(f"for {i} in " + (f"reversed(range({text})):" if reverse else f"range({text}):"))
        self.loop_body({i: Kind("int", size)})

    def element_loop(self) -> None:
        """A loop over the elements of an array or list, which the body may change."""
        x, i = self.new("z"), self.new("i")
        (u, length), lists = self.array(), self.names("list")
        if lists and self.chance(0.3):
            xs = self.random.choice(lists)
            self.line(f"for {x} in {xs}:")
            was, self.may_grow = self.may_grow, False
            self.loop_body({x: FLOAT})
            self.may_grow = was
        elif self.chance(0.4):
            self.line(f"for {i}, {x} in enumerate({u}):")
            self.loop_body({x: FLOAT, i: Kind("int", length)})
        elif self.chance(0.5):
            y = self.new("z")
            self.line(f"for {x}, {y} in zip({u}, {self.array()[0]}):")
            self.loop_body({x: FLOAT, y: FLOAT})
        else:
            self.line(f"for {x} in {self.slice_of(length)}:")
            self.loop_body({x: FLOAT})

    def array_loop(self) -> None:
        """A loop whose name means one array after the other."""
        size = self.array()[1]
        same = self.names("array", size)
        parts = ", ".join(self.random.choice(same) for _ in range(self.random.randint(2, 3)))
        v = self.new("v")
        self.line(f"for {v} in ({parts}):")
        self.loop_body({v: Kind("array", size)})

    def while_loop(self) -> None:
        """A `while` with a counter and, often, a condition on values."""
        k = self.new("k")
        most = self.random.randint(2, 4)
        self.line(f"{k} = 0")
        self.scope[k] = Kind("int", most + 1)
        if self.chance(0.25):
            self.line("while True:")
            first = f"if {k} >= {most} or {self.condition()}:\n"
            first += (
                "    " * (self.indent + 2) + "break\n" + "    " * (self.indent + 1) + f"{k} += 1"
            )
        else:
            extra = f" and ({self.condition()})" if self.chance(0.7) else ""
            self.line(f"while {k} < {most}{extra}:")
            first = f"{k} += 1"
        self.loop_body({}, first)

    def leave_loop(self) -> None:
        """`break` or `continue`, under a condition, with a statement before it."""
        self.line(f"if {self.condition()}:")
        self.indent += 1
        if self.chance(0.4):
            self.assign_element()
        self.line(self.choose("break", "continue"))
        self.indent -= 1

    def leave_function(self) -> None:
        """`return` under a condition."""
        self.line(f"if {self.condition()}:")
        self.line(f"    return {self.number()} + np.sum(a * b)")

    def new_closure(self) -> None:
        """An inner function that changes names and arrays around it."""
        name = self.new("bump")
        floats = self.names("float")
        changed = sorted(set(self.random.choices(floats, k=2)))
        outer = self.scope
        hidden = {"closure"} | ({"list", "pile", "dict", "box"} if self.chance(0.5) else set())
        self.scope = {n: kind for n, kind in outer.items() if kind.family not in hidden}
        self.line(f"def {name}(z):")
        self.line(f"    nonlocal {', '.join(changed)}")
        self.scope["z"] = FLOAT
        self.indent += 1
        for target in changed:
            self.line(f"{target} = np.tanh({self.number(1)} + z)")
        if self.chance(0.5):
            self.assign_element()
        self.line(f"return {self.number(1)}")
        self.indent -= 1
        self.scope = {**outer, name: CLOSURE}

    def new_box(self) -> None:
        """An object that holds an array of ours."""
        name = self.new("box")
        self.line(f"{name} = Box({self.number(1)}, {self.array()[0]})")
        self.scope[name] = BOX


def common(scopes: list[Scope]) -> Scope:
    """The names that every scope binds to the same kind."""
    first, *others = scopes
    return {
        name: kind
        for name, kind in first.items()
        if all(other.get(name) == kind for other in others)
    }


def generate(seed: int) -> str:
    """The text of a module with a random function ``f(a, b, s, t, n)``."""
    return Generator(seed).module()


# Programs from text


def make_args() -> tuple[Any, ...]:
    """The point at which all programs are tried."""
    rng = np.random.default_rng(7)
    a, b = rng.uniform(-1.0, 1.0, (2, LENGTH))
    return a, b, 0.8317, -0.4739, 3


_FOLDER = functools.cache(lambda: Path(tempfile.mkdtemp(prefix="s2s-random-")))
_NUMBER = itertools.count()


def load(text: str, name: str) -> Program:
    """The program of a text, imported from a file of its own, so that its source can be found."""
    path = _FOLDER() / f"{name}_{next(_NUMBER)}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Program(path.stem, module.f, make_args, ARGNUMS, frozenset())


def fit(program: Program) -> bool:
    """Whether a program runs without warnings to a moderate number and is smooth at its point."""
    try:
        with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
            warnings.simplefilter("error")
            value = program.function(*program.make_args())
            if not isinstance(value, float) or not abs(value) < 1e3:
                return False
            oracle = checks.expected(program)
            finer = oracles.differences(
                program.function, program.make_args(), program.argnums, step=0.7e-3
            )
    except (ArithmeticError, ValueError, LookupError, Warning):
        return False
    scale = max(1.0, float(np.max(np.abs(oracle.jacobian))))
    change = float(np.max(np.abs(finer.jacobian - oracle.jacobian))) / scale
    return scale < 1e4 and max(change, finer.error) < 2e-8


def fit_programs(first_seed: int) -> Iterator[tuple[int, str, Program]]:
    """Seed, text and program of the fit ones from a seed on."""
    for seed in itertools.count(first_seed):
        text = generate(seed)
        program = load(text, f"random_{seed}")
        if fit(program):
            yield seed, text, program


# Checking


@dataclasses.dataclass(frozen=True)
class Failure:
    """How a program fails: which check, in which pipeline, with which exception from where."""

    check: str
    pipeline: str
    error: str
    message: str = dataclasses.field(compare=False)

    def __str__(self) -> str:
        return f"{self.check} in pipeline {self.pipeline}: {self.error}: {self.message}"


CHECKS: dict[str, Callable[[Program, str], None]] = {
    "fused": checks.check_fused,
    "split": checks.check_split,
    "forward": checks.check_forward,
}
SECOND_ORDER: dict[str, Callable[[Program, str], None]] = {
    "reverse over reverse": functools.partial(
        checks.check_second, mode=checks.reverse_over_reverse
    ),
    "forward over reverse": functools.partial(
        checks.check_second, mode=checks.forward_over_reverse
    ),
}


def pipelines_agree(program: Program, _: str) -> None:
    """All pipelines give the same gradient, to rounding."""
    names = checks.input_names(program)
    first, *others = (checks.split_result(program, pipeline) for pipeline in checks.PIPELINES)
    for other in others:
        oracles.assert_vectors_close(other, first, names, rtol=1e-9, atol=1e-11)


def failures(program: Program, second: bool = False) -> Iterator[Failure]:
    """Every check that a program fails, one at a time."""
    wanted = CHECKS | (SECOND_ORDER if second else {})
    for (name, check), pipeline in itertools.product(wanted.items(), checks.PIPELINES):
        yield from attempted(name, pipeline, check, program)
    yield from attempted("agreement", "all", pipelines_agree, program)


def attempted(
    name: str, pipeline: str, check: Callable[[Program, str], None], program: Program
) -> Iterator[Failure]:
    """Run one check, for a limited time, with warnings as errors."""
    try:
        with warnings.catch_warnings(), time_limit(SECONDS):
            warnings.simplefilter("error")
            check(program, pipeline)
    except Exception as error:
        text = str(error) or repr(error)
        if name in SECOND_ORDER and "a gradient of a recursive function inside" in text:
            return  # refused, with a reason: no number that could be wrong
        yield Failure(name, pipeline, type(error).__name__ + origin(error), text)


def origin(error: BaseException) -> str:
    """Where in the compiler an exception was raised, to tell one fault from another."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    places = [(Path(frame.f_code.co_filename), frame.f_lineno) for frame in frames]
    ours = [
        (path, line)
        for path, line in places
        if path.is_relative_to(ROOT) and not {"tests", ".venv"} & set(path.relative_to(ROOT).parts)
    ]
    return f" at {ours[-1][0].relative_to(ROOT)}:{ours[-1][1]}" if ours else ""


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the main thread when a block takes too long."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"over {seconds} s")

    was = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, was)


# Minimising


def minimise(text: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """The text after all deletions and simplifications that leave it failing, up to a time limit.

    fails: whether a text still fails in the same way; it is called with texts that parse
    """
    deadline = time.monotonic() + seconds
    tree = ast.parse(text)
    changed = True
    while changed:
        changed = False
        for smaller in reductions(tree):
            if time.monotonic() > deadline:
                return ast.unparse(tree)
            if fails(ast.unparse(smaller)):
                tree, changed = smaller, True
                break
    return ast.unparse(tree)


def reductions(tree: ast.Module) -> Iterator[ast.Module]:
    """Smaller programs, the largest steps first; each is a new tree."""
    for edits in (deletions, unwrappings, simplifications):
        for position in range(sum(1 for _ in ast.walk(tree))):
            for k in itertools.count():
                smaller = copy.deepcopy(tree)
                node = next(itertools.islice(ast.walk(smaller), position, None))
                edit = next(itertools.islice(edits(node), k, None), None)
                if edit is None:
                    break
                edit()
                yield ast.fix_missing_locations(smaller)


Edits = Iterator[Callable[[], None]]


def blocks(node: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The statement lists of a node, by field."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield field, block


def deletions(node: ast.AST) -> Edits:
    """Drop one statement, or a run of two."""
    for field, block in blocks(node):
        for count in (2, 1):
            for k in range(len(block) - count + 1):
                if any(isinstance(stmt, ast.Pass) for stmt in block[k : k + count]):
                    continue
                rest = block[:k] + block[k + count :]
                keep = (
                    rest
                    if rest or field != "body" or isinstance(node, ast.Module)
                    else [ast.Pass()]
                )
                yield functools.partial(setattr, node, field, keep)


def unwrappings(node: ast.AST) -> Edits:
    """Put the body of a compound statement in its place."""
    for field, block in blocks(node):
        for k, stmt in enumerate(block):
            if isinstance(stmt, ast.FunctionDef | ast.ClassDef):
                continue
            inner = [part for _, part in blocks(stmt) if part]
            inner += [handler.body for handler in getattr(stmt, "handlers", [])]
            for part in inner:
                yield functools.partial(setattr, node, field, block[:k] + part + block[k + 1 :])


def simplifications(node: ast.AST) -> Edits:
    """Put one operand in the place of an expression, or a constant in place of a large one."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.expr):
            for part in operands(value):
                yield functools.partial(setattr, node, field, part)
        elif isinstance(value, list):
            for k, item in enumerate(value):
                if isinstance(item, ast.expr):
                    for part in operands(item):
                        yield functools.partial(value.__setitem__, k, part)


def operands(expression: ast.expr) -> Iterator[ast.expr]:
    """What may stand in place of an expression that is read."""
    if isinstance(expression, ast.Constant | ast.Name):
        return
    if not isinstance(getattr(expression, "ctx", ast.Load()), ast.Load):
        return
    if isinstance(expression, ast.BinOp | ast.Call | ast.IfExp):
        yield ast.Constant(0.5)
    for child in ast.iter_child_nodes(expression):
        if isinstance(child, ast.expr):
            yield child


def fails_like(failure: Failure, second: bool) -> Callable[[str], bool]:
    """A test for a text: a fit program that fails the same check with the same exception."""
    relevant = CHECKS | SECOND_ORDER | {"agreement": pipelines_agree}

    def fails(text: str) -> bool:
        try:
            with time_limit(5):  # without its counter a `while` may never end
                program = load(text, "smaller")
                if not fit(program):
                    return False
        except Exception:
            return False
        return failure in attempted(
            failure.check, failure.pipeline, relevant[failure.check], program
        )

    return fails


# The command


def own_part(text: str) -> str:
    """A module without the helpers that it does not use."""
    return text.removeprefix(PRELUDE)


def sweep(count: int, seed: int, second: bool, minimised: int, seconds: float) -> int:
    """Check many programs, print what fails, return the number that fails."""
    tally: Counter[Failure] = Counter()
    failed = 0
    for done, (number, text, program) in enumerate(fit_programs(seed), start=1):
        failure = next(failures(program, second), None)
        if failure is not None:
            failed += 1
            tally[failure] += 1
            print("\n".join(f"seed {number}: {failure}".splitlines()[:3]), flush=True)
            if tally[failure] <= minimised:
                small = minimise(text, fails_like(failure, second), seconds)
                print(textwrap.indent(own_part(small), "    "), flush=True)
        if done == count:
            break
    print(f"{count} programs, {failed} fail")
    for failure, times in tally.most_common():
        print(f"  {times:5} x {failure.check}, {failure.pipeline}, {failure.error}")
    return failed


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="how many programs to check")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--second", action="store_true", help="second derivatives too")
    parser.add_argument("--minimise", type=int, default=1, help="how many of each way of failing")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit for minimising one")
    parser.add_argument("--show", type=int, metavar="SEED", help="print one program")
    options = parser.parse_args()
    if options.show is not None:
        print(generate(options.show))
        return 0
    counts = options.count, options.seed, options.second, options.minimise, options.seconds
    return 1 if sweep(*counts) else 0


if __name__ == "__main__":
    sys.exit(main())
