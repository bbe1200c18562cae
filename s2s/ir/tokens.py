"""Tokens of the text form, and the steps every recursive-descent parser is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Never, TypeVar

from s2s.errors import S2SError
from s2s.ir.span import Span

T = TypeVar("T")


class ParseError(S2SError, ValueError):
    """A text is not a program.

    >>> from s2s.ir.parse import parse
    >>> try:
    ...     parse("func @f() {")
    ... except ParseError as error:
    ...     print(error.problems[0].message)
    line 1: expected an operation or `}`, found the end of the text
    """

    code = "E910"


_TOKEN = re.compile(
    r"""(?P<newline>\n) | (?P<skip>[^\S\n]+|\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<number>-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|-inf\b)
      | (?P<value>%\w+(?:\.\d+)?) | (?P<class>&\d+(?::\d+)?) | (?P<function>@(?=["\w]))
      | (?P<word>[^\W\d][\w.]*) | (?P<mark>->|[][(){}<>,:=?|-]) | (?P<bad>.)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of text; ``line`` counts from 1, ``col`` from 0."""

    kind: str
    text: str
    line: int
    col: int

    def __str__(self) -> str:
        return f"`{self.text}`" if self.text else "the end of the text"


class Scanner:
    """The tokens of ``text`` and how far they have been read."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.tokens = self.tokenize(text)
        self.position = 0

    def tokenize(self, text: str) -> list[Token]:
        """Every token that matters, then two that mark the end: one can look one ahead."""
        tokens, line, start = [], 1, 0
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or ""
            token = Token(kind, match.group(), line, match.start() - start)
            if kind == "newline":
                line, start = line + 1, match.end()
            elif kind == "bad":
                self.fail(f"{token} means nothing here", token)
            elif kind != "skip":
                tokens.append(token)
        last = tokens[-1].line if tokens else line
        return [*tokens, Token("end", "", last, 0), Token("end", "", last, 0)]

    @property
    def peek(self) -> Token:
        """The next token."""
        return self.tokens[self.position]

    def advance(self) -> Token:
        """Take the next token, whatever it is; the end stays."""
        token = self.peek
        if token.kind != "end":
            self.position += 1
        return token

    def accept(self, text: str) -> bool:
        """Take this word or mark if it comes next, and say whether it did."""
        found = self.peek.kind in ("word", "mark") and self.peek.text == text
        self.position += found
        return found

    def expect(self, text: str) -> None:
        """Take this word or mark; an error if something else comes."""
        if not self.accept(text):
            self.fail_expected(f"`{text}`")

    def unquote(self, token: Token) -> str:
        """The string that a token writes."""
        try:
            return str(json.loads(token.text))
        except ValueError:
            self.fail(f"{token} is not a well-formed string", token)

    def take(self, kind: str) -> Token:
        """Take a token of this kind; an error if something else comes."""
        if self.peek.kind != kind:
            self.fail_expected(f"a {kind}")
        return self.advance()

    def series(self, item: Callable[[], T], closing: str = "") -> list[T]:
        """Items between commas, up to and with ``closing`` if there is one."""
        items: list[T] = []
        while not (closing and self.accept(closing)):
            items.append(item())
            if not self.accept(","):
                if closing:
                    self.expect(closing)
                break
        return items

    def fail_expected(self, what: str) -> Never:
        """Raise: the next token is not ``what`` should stand here."""
        self.fail(f"expected {what}, found {self.peek}")

    def fail(self, message: str, token: Token | None = None) -> Never:
        """Raise ParseError at ``token``, or at the next one."""
        at = token or self.peek
        end = at.col + max(len(at.text), 1)
        span = Span(self.file, at.line, at.col, at.line, end)
        raise ParseError(f"line {at.line}: {message}", span)
