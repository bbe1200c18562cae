"""Reading the text form of a program (see `s2s.ir.text`).

Layout does not matter except that the attribute behind a kind stands on its line; ``#`` begins a
comment.  A value must be defined further up, but not necessarily where it is visible: that, like
everything about types, is the verifier's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from s2s.ir.core import Attr, Block, Function, Op, Program, Value
from s2s.ir.text import PRINCIPAL
from s2s.ir.tokens import Scanner, Token
from s2s.ir.types import (
    DTYPES,
    INT,
    PYTHON_SCALARS,
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
)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Stands for a Python object of which only the name is known."""

    name: str


def parse(
    text: str, symbols: Mapping[str, object] | None = None, *, file: str = "<ssa>"
) -> Program:
    """Read a program; ``symbols`` gives the objects it names (without it: `Unresolved`).

    Raises ParseError with the line in ``file`` if the text is malformed.
    """
    return _Parser(text, symbols, file).program()


_NAMED = frozenset({"none", "str", "shape", "opaque", "any", "unit"})
_NUMBERS = {"True": True, "False": False, "None": None, "inf": float("inf"), "nan": float("nan")}


class _Parser(Scanner):
    """Recursive descent; ``values`` holds the names of the function being read."""

    def __init__(self, text: str, symbols: Mapping[str, object] | None, file: str) -> None:
        super().__init__(text, file)
        self.known_symbols = symbols
        self.values: dict[str, Value] = {}

    # ------------------------------------------------------------------------------- program
    def program(self) -> Program:
        heap: dict[int, Content | Type] = {}
        symbols: dict[str, object] = {}
        functions: dict[str, Function] = {}
        while (token := self.peek).kind != "end":
            if self.accept("heap"):
                cls = self.cls()
                self.expect("=")
                heap[cls] = self.content()
            elif self.accept("symbols"):
                symbols |= {name: self.resolve(name) for name in self.series(self.name)}
            elif self.accept("func"):
                function = self.function()
                if function.name in functions:
                    self.fail(f"@{function.name} is defined twice", token)
                functions[function.name] = function
            else:
                self.fail_expected("`heap`, `symbols` or `func`")
        if not functions:
            self.fail("there is no function")
        return Program(next(iter(functions)), functions, heap, symbols)

    def resolve(self, name: str) -> object:
        if self.known_symbols is None:
            return Unresolved(name)
        if name not in self.known_symbols:
            self.fail(f"nothing is known as symbol {name!r}", self.tokens[self.position - 1])
        return self.known_symbols[name]

    def function(self) -> Function:
        self.values = {}
        name = self.function_name()
        self.expect("(")
        params = self.series(self.param, ")")
        sources = tuple(source for _, source in params if source)
        if len(sources) not in (0, len(params)):
            self.fail("either all parameters have a source or none")
        returns = self.series(self.type) if self.accept("->") else None
        body = Block(tuple(arg for arg, _ in params), self.region())
        self.check_returns(name, body, returns)
        return Function(name, body, sources)

    def param(self) -> tuple[Value, tuple[str, str] | None]:
        arg = self.typed_value()
        return arg, (self.name(), self.name()) if self.accept("from") else None

    def check_returns(self, name: str, body: Block, declared: list[Type] | None) -> None:
        if body.ops and body.terminator.kind == "return":
            types = [value.type for value in body.terminator.operands]
            if types != (declared or []):
                self.fail(f"@{name} returns {_types_text(types)}, not as its first line says")

    # ---------------------------------------------------------------------------- operations
    def region(self) -> tuple[Op, ...]:
        """Operations in braces; a terminator does not end them, the verifier judges."""
        self.expect("{")
        return self.ops()

    def ops(self) -> tuple[Op, ...]:
        ops = []
        while not self.accept("}"):
            ops.append(self.op())
        return tuple(ops)

    def op(self) -> Op:
        targets = []
        if self.peek.kind == "value":
            targets = self.series(lambda: self.take("value"))
            self.expect("=")
        if self.peek.kind != "word":
            self.fail_expected("an operation" if targets else "an operation or `}`")
        kind = self.take("word")
        if kind.text == "loop" and self.tokens[self.position + 1].text in ("in", "carry"):
            return self.loop(targets)
        attrs = self.principal(kind)
        operands = self.operands()
        attrs |= self.attrs()
        types = self.series(self.type) if self.accept(":") else []
        regions = self.regions()
        return Op(kind.text, operands, self.results(targets, types), attrs, regions)

    def loop(self, targets: Sequence[Token]) -> Op:
        index = self.define(self.take("value"), INT)
        bounds: list[Value] = []
        if bounded := self.accept("in"):
            self.expect("[")
            bounds = self.series(self.value, "]")
        pairs = []
        if self.accept("carry"):
            self.expect("(")
            pairs = self.series(self.carried, ")")
        attrs = {"bounded": bounded} | self.attrs()
        args = (index, *(arg for arg, _ in pairs))
        body = Block(args, self.region())
        types = [*(arg.type for arg, _ in pairs), INT, INT]
        operands = (*bounds, *(init for _, init in pairs))
        return Op("loop", operands, self.results(targets, types), attrs, (body,))

    def carried(self) -> tuple[Value, Value]:
        arg = self.typed_value()
        self.expect("=")
        return arg, self.value()

    def results(self, targets: Sequence[Token], types: Sequence[Type]) -> tuple[Value, ...]:
        if len(targets) != len(types):
            self.fail(
                f"{len(targets)} results, but {len(types)} types", self.tokens[self.position - 1]
            )
        return tuple(map(self.define, targets, types))

    def principal(self, kind: Token) -> dict[str, Attr]:
        token = self.peek
        is_literal = token.kind in ("string", "number", "word", "function") or token.text in "(<"
        if kind.text in PRINCIPAL and is_literal and token.line == kind.line:
            return {PRINCIPAL[kind.text]: self.literal()}
        return {}

    def operands(self) -> tuple[Value, ...]:
        return tuple(self.series(self.value)) if self.peek.kind == "value" else ()

    def attrs(self) -> dict[str, Attr]:
        return dict(self.series(self.attr, "]")) if self.accept("[") else {}

    def attr(self) -> tuple[str, Attr]:
        key = self.take("word").text
        self.expect("=")
        return key, self.literal()

    def regions(self) -> tuple[Block, ...]:
        blocks = []
        while self.accept("{"):
            args = self.series(self.typed_value, "|") if self.accept("|") else []
            blocks.append(Block(tuple(args), self.ops()))
            self.accept("else")
        return tuple(blocks)

    # -------------------------------------------------------------------------------- values
    def value(self) -> Value:
        token = self.take("value")
        if token.text not in self.values:
            self.fail(f"{token.text} is used before it is defined", token)
        return self.values[token.text]

    def typed_value(self) -> Value:
        token = self.take("value")
        self.expect(":")
        return self.define(token, self.type())

    def define(self, token: Token, type_: Type) -> Value:
        if token.text in self.values:
            self.fail(f"{token.text} is defined twice", token)
        base = token.text[1:].split(".")[0]
        value = Value(type_, None if base[0].isdigit() else base)
        self.values[token.text] = value
        return value

    def literal(self) -> Attr:
        token = self.advance()
        match token.kind, token.text:
            case "string", text:
                return self.unquote(token)
            case "number", text:
                return float(text) if re.search(r"[.einf]", text, re.IGNORECASE) else int(text)
            case "function", _:
                return self.name()
            case _, "(":
                return tuple(self.series(self.literal, ")"))
            case _, "<":
                type_ = self.type()
                self.expect(">")
                return type_
            case _, "complex":
                self.expect("(")
                return complex(*self.series(self.literal, ")"))
            case _, text if text in _NUMBERS:
                return _NUMBERS[text]
        self.fail(f"expected a constant, found {token}", token)

    # --------------------------------------------------------------------------------- types
    def type(self) -> Type:
        token = self.advance()
        type_: Type
        if token.text == "(":
            type_ = Tuple(tuple(self.series(self.type, ")")))
        elif token.kind == "class":
            cls, _, rank = token.text[1:].partition(":")
            type_ = Ref(int(cls), int(rank) if rank else None)
        elif token.text == "known":
            self.expect("(")
            type_ = Known(self.name())
            self.expect(")")
        elif token.text in _NAMED:
            type_ = Named(token.text)
        elif token.text in DTYPES and self.accept("["):
            type_ = Array(token.text, self.rank())
        elif token.text in DTYPES or token.text in PYTHON_SCALARS:
            type_ = Scalar(token.text)
        else:
            self.fail(f"expected a type, found {token}", token)
        while self.accept("?"):
            type_ = Optional(type_)
        return type_

    def rank(self) -> int | None:
        if self.accept("?"):
            self.expect("]")
            return None
        return len(self.series(lambda: self.expect(":"), "]"))

    def content(self) -> Content | Type:
        token, following = self.peek, self.tokens[self.position + 1].text
        if following == "{":
            name = self.name()
            self.expect("{")
            return Record(name, tuple(self.series(self.field, "}")))
        if following != "(" or token.kind != "word":
            return self.type()
        self.position += 2
        items = self.series(self.item, ")")
        match token.text, items:
            case "list", [item]:
                return ListOf(item)
            case "cell", [item]:
                return Cell(item)
            case "dict", [key, value]:
                return DictOf(key, value)
            case "fixed", _ if None not in items:
                return Fixed(tuple(item for item in items if item))
        self.fail(f"nothing in memory is {token} of {len(items)} types", token)

    def item(self) -> Type | None:
        return None if self.accept("-") else self.type()

    def field(self) -> tuple[object, Type]:
        key = self.literal()
        self.expect(":")
        return key, self.type()

    # --------------------------------------------------------------------------------- names
    def name(self) -> str:
        token = self.peek
        return self.unquote(self.advance()) if token.kind == "string" else self.take("word").text

    def function_name(self) -> str:
        self.take("function")
        return self.name()

    def cls(self) -> int:
        return int(self.take("class").text[1:])


def _types_text(types: Sequence[Type]) -> str:
    return ", ".join(map(str, types)) or "nothing"
