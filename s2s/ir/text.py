"""The text form of a program, which `s2s.ir.parse` reads back to an equal one.

    heap &3 = list(f64)
    symbols np, Params

    func @f(%x: f64[:] from arg x, %w: f64 from global W) -> float {
      %0 = const 0.0 : float
      %s, %1, %2 = loop %i in [%lo, %hi, %step] carry (%a: float = %0) {
        %3 = load %xs, %i [path=("int",)] : f64        # demo.py:6:29
        branch %c {
          yield %4
        } else {
          break %a [code=1]
        }
      }
      return %s
    }

One operation a line: results, kind, operands, attributes in brackets, result types, regions in
braces.  The entry function comes first.  A value has its user's name, with a counter where that
clashes (``%x``, ``%x.1``); a value without a name has a number.  The attribute that an operation
is about stands behind its kind (``const 0.0``, ``call @g %x``).  A loop of the usual shape names
its index and carried values; any other operation with block arguments shows them as ``{|%i: int|``,
so that malformed programs print, too.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from s2s.ir.core import Attr, Block, Function, Op, Program, Value
from s2s.ir.span import Span
from s2s.ir.types import (
    INT,
    Cell,
    Content,
    DictOf,
    Fixed,
    Known,
    ListOf,
    Optional,
    Record,
    Tuple,
    Type,
)

# The attribute that stands behind the kind, without its name.
PRINCIPAL = {
    "const": "value",
    "symbol": "symbol",
    "call": "callee",
    "pycall": "symbol",
    "exception": "symbol",
}
WORD = re.compile(r"[^\W\d][\w.]*")


def to_text(thing: Program | Function, *, spans: bool = False) -> str:
    """Print a program or a function; ``spans`` adds the user's place to each line."""
    if isinstance(thing, Function):
        return "\n".join(_Printer(spans).function(thing)) + "\n"
    header = [f"heap &{cls} = {content_text(thing.heap[cls])}" for cls in sorted(thing.heap)]
    if thing.symbols:
        header.append(f"symbols {', '.join(map(name_text, sorted(thing.symbols)))}")
    entry_first = sorted(thing.functions, key=lambda name: name != thing.entry)
    bodies = ["\n".join(_Printer(spans).function(thing.functions[name])) for name in entry_first]
    return "\n\n".join(["\n".join(header), *bodies] if header else bodies) + "\n"


def op_text(op: Op, names: Names | None = None) -> str:
    """One operation on one line, without its regions."""
    return _head(op, names or Names())


class Names:
    """Unique readable names for values, given in the order of asking."""

    def __init__(self) -> None:
        self._names: dict[Value, str] = {}
        self._taken: Counter[str] = Counter()

    def __getitem__(self, value: Value) -> str:
        """Return ``%x``, ``%x.1``, ``%7``."""
        if value not in self._names:
            self._names[value] = self._fresh(value.name)
        return self._names[value]

    @classmethod
    def of(cls, function: Function) -> Names:
        """The names that `to_text` gives to the values of ``function``."""
        printer = _Printer(spans=False)
        printer.function(function)
        return printer.names

    def _fresh(self, name: str | None) -> str:
        base = _readable(name) if name else ""
        count = self._taken[base]
        self._taken[base] += 1
        if not base:
            return f"%{count}"
        return f"%{base}.{count}" if count else f"%{base}"


def name_text(name: str) -> str:
    """A dotted name as it is, any other string in quotes."""
    return name if WORD.fullmatch(name) else _quoted(name)


def attr_text(value: Attr) -> str:
    """An attribute's value: numbers, strings, tuples nearly as in Python, types as ``<f64[:]>``."""
    match value:
        case str():
            return _quoted(value)
        case float() if not isinstance(value, bool):
            return float.__repr__(value)  # also for a NumPy float, which is a float
        case complex():
            return f"complex({float(value.real)!r}, {float(value.imag)!r})"
        case tuple():
            return f"({', '.join(map(attr_text, value))}{',' * (len(value) == 1)})"
        case Type():
            return f"<{type_text(value)}>"
    return repr(value)


def type_text(t: Type) -> str:
    """A type as its own ``str``, but with names quoted that are not words."""
    match t:
        case Known(symbol):
            return f"known({name_text(symbol)})"
        case Tuple(items):
            return f"({', '.join(map(type_text, items))})"
        case Optional(item):
            return f"{type_text(item)}?"
    return str(t)


def content_text(content: Content | Type) -> str:
    """What lies behind a reference; the keys of a record are written as attributes."""
    items: tuple[Type | None, ...]
    match content:
        case Type():
            return type_text(content)
        case ListOf(item) | Cell(item):
            word, items = "list" if isinstance(content, ListOf) else "cell", (item,)
        case Fixed(items):
            word = "fixed"
        case DictOf(key, value):
            word, items = "dict", (key, value)
        case Record(cls, pairs):
            fields = ", ".join(f"{attr_text(key)}: {type_text(t)}" for key, t in pairs)
            return f"{name_text(cls)}{{{fields}}}"
    return f"{word}({', '.join('-' if t is None else type_text(t) for t in items)})"


class _Printer:
    """Prints one function: holds its names."""

    def __init__(self, spans: bool) -> None:
        self.spans = spans
        self.names = Names()

    def function(self, function: Function) -> list[str]:
        sources = (*function.sources, *((None,) * len(function.body.args)))
        params = [
            f"{self.names[arg]}: {type_text(arg.type)}{_source_text(source)}"
            for arg, source in zip(function.body.args, sources, strict=False)
        ]
        head = f"func @{name_text(function.name)}({', '.join(params)}){_returns(function.body)} {{"
        lines = [self.with_span(head, function.span)]
        self.block(function.body, 1, lines)
        return [*lines, "}"]

    def block(self, block: Block, depth: int, lines: list[str]) -> None:
        """Add the lines of the operations in ``block``."""
        indent = "  " * depth
        for op in block.ops:
            line = indent + _head(op, self.names)
            if not op.regions:
                lines.append(self.with_span(line, op.span))
                continue
            between = "} else {" if op.kind in ("if", "branch") else "} {"
            sugared = _is_usual_loop(op)
            for number, region in enumerate(op.regions):
                line = indent + between if number else f"{line} {{"
                bars = "" if sugared else _bars(region, self.names)
                lines.append(self.with_span(line + bars, op.span))
                self.block(region, depth + 1, lines)
            lines.append(indent + "}")

    def with_span(self, line: str, span: Span) -> str:
        return f"{line:<54}  # {span}" if self.spans and span else line


# ------------------------------------------------------------------------------------ operations
def _head(op: Op, names: Names) -> str:
    results = ", ".join(names[value] for value in op.results)
    body = " ".join(_loop(op, names) if _is_usual_loop(op) else _plain(op, names))
    return f"{results} = {body}" if results else body


def _plain(op: Op, names: Names) -> Iterator[str]:
    yield op.kind
    attrs = dict(op.attrs)
    principal = PRINCIPAL.get(op.kind)
    if principal in attrs:
        value = attrs.pop(principal)
        is_function = op.kind == "call" and isinstance(value, str)
        yield f"@{name_text(value)}" if is_function else attr_text(value)
    if op.operands:
        yield _listed(op.operands, names)
    if attrs:
        yield _attrs(attrs.items())
    if op.results:
        yield f": {_types(op.results)}"


def _loop(op: Op, names: Names) -> Iterator[str]:
    index, *carried = op.regions[0].args
    bounds = op.operands[: len(op.operands) - len(carried)]
    inits = op.operands[len(bounds) :]
    yield f"loop {names[index]}"
    if bounds:
        yield f"in [{_listed(bounds, names)}]"
    pairs = [
        f"{names[a]}: {type_text(a.type)} = {names[v]}" for a, v in zip(carried, inits, strict=True)
    ]
    if pairs or not bounds:
        yield f"carry ({', '.join(pairs)})"
    if others := [(key, value) for key, value in op.attrs.items() if key != "bounded"]:
        yield _attrs(others)


def _is_usual_loop(op: Op) -> bool:
    """True if the short form of a loop says everything about it."""
    if op.kind != "loop" or len(op.regions) != 1 or type(op.attrs.get("bounded")) is not bool:
        return False
    args = op.regions[0].args
    if not args or args[0].type != INT:
        return False
    types = [value.type for value in (*args[1:], args[0], args[0])]
    n_bounds = 3 if op.attrs["bounded"] else 0
    return len(op.operands) == n_bounds + len(args) - 1 and types == [v.type for v in op.results]


def _attrs(items: Iterable[tuple[str, Attr]]) -> str:
    return f"[{', '.join(f'{key}={attr_text(value)}' for key, value in sorted(items))}]"


def _bars(block: Block, names: Names) -> str:
    args = ", ".join(f"{names[arg]}: {type_text(arg.type)}" for arg in block.args)
    return f"|{args}|" if args else ""


def _listed(values: Iterable[Value], names: Names) -> str:
    return ", ".join(names[value] for value in values)


def _types(values: Iterable[Value]) -> str:
    return ", ".join(type_text(value.type) for value in values)


def _returns(body: Block) -> str:
    if not body.ops or body.terminator.kind != "return" or not body.terminator.operands:
        return ""
    return f" -> {_types(body.terminator.operands)}"


def _source_text(source: tuple[str, str] | None) -> str:
    return f" from {name_text(source[0])} {name_text(source[1])}" if source else ""


# ----------------------------------------------------------------------------------------- words
def _readable(name: str) -> str:
    """Return ``name`` without the characters that a value's name cannot have."""
    word = re.sub(r"\W", "_", name)
    return word if WORD.fullmatch(word) else f"_{word}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())
