"""Python source and syntax trees; the only importer of `ast`, `gast` and `astor`.

Reading:   function -> `parse_function` -> `FunctionSource` (gast tree, file, lines) -> `span_of`
Printing:  gast or ast tree -> `to_source` -> text that parses back to the same tree

Trees that are handed out are gast trees, the same on every version of Python. Their positions are
those of the file: a function is found in the tree of its whole file, so nothing is dedented and
no column has to be corrected afterwards.
"""

from __future__ import annotations

import ast
import linecache
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.machinery import SourceFileLoader
from itertools import groupby
from types import CodeType
from typing import Any

import gast

from s2s.errors import SourceUnavailable
from s2s.ir.span import UNKNOWN, Span
from s2s.linewrap import wrap_line

with warnings.catch_warnings():  # astor names node classes that newer Pythons deprecate
    warnings.simplefilter("ignore", DeprecationWarning)
    import astor.code_gen

__all__ = [
    "FunctionSource",
    "gast",
    "parse_expression",
    "parse_function",
    "parse_text",
    "source_line",
    "span_of",
    "to_source",
    "to_source_and_tree",
]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


# ---- reading -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """A function as it is written in its file.

    tree:  gast `FunctionDef`, `AsyncFunctionDef` or `Lambda`, without decorators: a function object
           *is* what they were applied to. Each call of `parse_function` makes a tree of its own.
    lines: all lines of the file, ends included; the function starts at `first_line` (from 1).
    """

    name: str
    file: str
    first_line: int
    tree: Any
    lines: tuple[str, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """The lines of the function as they stand in the file."""
        return "".join(self.lines[self.first_line - 1 : self.tree.end_lineno])

    def span(self, node: Any) -> Span:
        """Where `node` stands; the same as ``span_of(node, self)``."""
        return span_of(node, self)


def parse_function(fn: Callable[..., Any]) -> FunctionSource:
    """Find and parse the source of a Python function, method or lambda.

    What is parsed is `fn` itself: wrappers (``__wrapped__``) are not looked through, for what they
    do would be lost. Raises `SourceUnavailable` where there is no source, or where the file no
    longer says what Python is running.

    >>> from s2s.errors import Problem
    >>> to_source(parse_function(Problem.where.fget).tree.body[1])
    'if not self.span:\\n    return ""'
    """
    function = getattr(fn, "__func__", fn)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        raise SourceUnavailable.of(fn)
    module = _module_of(function, code)
    node = _find(module, function)
    if node is None or not _is_current(function, code, module):
        raise _changed(fn, code.co_filename)
    tree = gast.ast_to_gast(node)
    if not isinstance(tree, gast.Lambda):
        tree.decorator_list = []
    return FunctionSource(function.__qualname__, module.file, node.lineno, tree, module.lines)


def parse_text(text: str) -> Any:
    """Parse a piece of source that is no function of the user's, to a gast `Module`."""
    return gast.ast_to_gast(ast.parse(text))


def parse_expression(text: str) -> Any:
    """Parse one expression, to its gast node."""
    return gast.ast_to_gast(ast.parse(text.strip(), mode="eval").body)


def source_line(file: str, line: int) -> str:
    """Return one line of a file, counted from 1, without its end; "" where there is none."""
    return linecache.getline(file, line).rstrip("\r\n")


def span_of(node: Any, src: FunctionSource) -> Span:
    """Where `node` stands in the user's file, in characters.

    A node without a place of its own (an operator, ``arguments``, a comprehension clause) has that
    of what it contains, and `UNKNOWN` where that has none either.
    """
    if getattr(node, "lineno", None) is None:
        return _span_of_parts(node, src)
    end_line = node.end_lineno or node.lineno
    return Span(
        src.file,
        node.lineno,
        _characters(src.lines, node.lineno, node.col_offset),
        end_line,
        _characters(src.lines, end_line, node.end_col_offset),
    )


def _span_of_parts(node: Any, src: FunctionSource) -> Span:
    """From the start of the first part of `node` to the end of the last."""
    spans = [span for part in ast.iter_child_nodes(node) if (span := span_of(part, src))]
    if not spans:
        return UNKNOWN
    first = min(spans, key=lambda span: (span.line, span.col))
    last = max(spans, key=lambda span: (span.end_line, span.end_col))
    return Span(src.file, first.line, first.col, last.end_line, last.end_col)


def _characters(lines: tuple[str, ...], line: int, byte_column: int) -> int:
    """Convert a column of `ast`, which counts UTF-8 bytes, to one that counts characters."""
    text = lines[line - 1]
    return byte_column if text.isascii() else len(text.encode()[:byte_column].decode())


# ---- finding a function in its file ------------------------------------------------------------


@dataclass(frozen=True)
class _Module:
    """A parsed file and what is looked up in it."""

    file: str
    lines: tuple[str, ...]
    tree: ast.Module

    @cached_property
    def functions(self) -> dict[tuple[str, int], list[FunctionNode]]:
        """Function nodes by the name and first line of their code objects."""
        found: dict[tuple[str, int], list[FunctionNode]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                found.setdefault(_name_and_line(node), []).append(node)
        return found

    @cached_property
    def codes(self) -> dict[tuple[str, int], list[CodeType]]:
        """The code objects that the file compiles to now, by the same key."""
        found: dict[tuple[str, int], list[CodeType]] = {}
        for code in _nested_codes(compile(self.tree, self.file, "exec", dont_inherit=True)):
            found.setdefault((code.co_name, code.co_firstlineno), []).append(code)
        return found


@lru_cache(maxsize=64)
def _parse_module(file: str, lines: tuple[str, ...]) -> _Module:
    return _Module(file, lines, ast.parse("".join(lines), file))


def _module_of(function: Any, code: CodeType) -> _Module:
    """Parse the file that `code` was compiled from."""
    file = code.co_filename
    linecache.checkcache(file)
    lines = tuple(linecache.getlines(file, function.__globals__))
    if not lines:
        raise SourceUnavailable.of(function)
    try:
        return _parse_module(file, lines)
    except SyntaxError as error:
        raise _changed(function, f"{file} (line {error.lineno} does not parse)") from None


def _changed(fn: object, file: str) -> SourceUnavailable:
    reason = f"{file} has changed since it was loaded"
    return SourceUnavailable.of(fn, reason, "load it again (restart, or `importlib.reload`)")


def _name_and_line(node: FunctionNode) -> tuple[str, int]:
    """The name and first line that the code object of `node` has; decorators count as its lines."""
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    return node.name, min(part.lineno for part in [node, *node.decorator_list])


def _find(module: _Module, function: Any) -> FunctionNode | None:
    """Find the node that `function` was compiled from."""
    code = function.__code__
    nodes = module.functions.get((code.co_name, code.co_firstlineno), [])
    if len(nodes) <= 1:
        return next(iter(nodes), None)
    return _tightest(nodes, code) or _only(nodes, function)


def _tightest(nodes: list[FunctionNode], code: CodeType) -> FunctionNode | None:
    """Of several functions on a line, the innermost whose body holds all places of `code`."""
    places = [place for place in code.co_positions() if _is_stretch(place)]
    around = [node for node in nodes if all(_holds(node, place) for place in places)]
    return min(around, key=_extent) if places and around else None


def _only(nodes: list[FunctionNode], function: Any) -> FunctionNode:
    """Without places (``-X no_debug_ranges``) several functions on a line cannot be told apart."""
    if len({ast.dump(node) for node in nodes}) == 1:
        return nodes[0]
    line = f"line {function.__code__.co_firstlineno} of {function.__code__.co_filename}"
    reason = f"{line} holds several functions"
    raise SourceUnavailable.of(function, reason, "write each on a line of its own")


Place = tuple[int | None, int | None, int | None, int | None]


def _is_stretch(place: Place) -> bool:
    """Whether an instruction stands for a piece of source and not for the start of a function."""
    line, end_line, column, end_column = place
    return None not in place and (line, column) != (end_line, end_column)


def _holds(node: FunctionNode, place: Place) -> bool:
    line, end_line, column, end_column = place
    body = node.body if isinstance(node.body, list) else [node.body]
    start = (body[0].lineno, body[0].col_offset)
    end = (body[-1].end_lineno, body[-1].end_col_offset)
    return bool(start <= (line, column) and (end_line, end_column) <= end)


def _extent(node: FunctionNode) -> tuple[int, int]:
    """A measure of how much source `node` spans."""
    lines = (node.end_lineno or node.lineno) - node.lineno
    return lines, (node.end_col_offset or 0) - node.col_offset


def _nested_codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _nested_codes(const)


# ---- is the file still what Python runs? -------------------------------------------------------


def _is_current(function: Any, code: CodeType, module: _Module) -> bool:
    """Whether the file still compiles to `code`: an edited file must not give a wrong gradient.

    Import hooks (pytest, beartype) rewrite what they load, so code that did not come through the
    plain loader is asked less: all that the file mentions must be in it.
    """
    fresh = module.codes.get((code.co_name, code.co_firstlineno), [])
    plain = type(function.__globals__.get("__loader__")) is SourceFileLoader
    same = _same_code if plain else _mentions_all
    return any(same(now, code) for now in fresh)


def _same_code(a: CodeType, b: CodeType) -> bool:
    return _shape(a) == _shape(b)


def _shape(code: CodeType) -> tuple[Any, ...]:
    """All that decides what a code object does, in a form that compares."""
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return code.co_code, counts, names, [_comparable(const) for const in code.co_consts]


def _comparable(const: Any) -> Any:
    """A constant in a form that tells 1 from 1.0 and True, and a set from its order."""
    if isinstance(const, CodeType):
        return _shape(const)
    return sorted(map(repr, const)) if isinstance(const, frozenset) else repr(const)


def _mentions_all(fresh: CodeType, code: CodeType) -> bool:
    return fresh.co_argcount == code.co_argcount and _mentions(fresh) <= _mentions(code)


def _mentions(code: CodeType) -> set[str]:
    """The names and numbers that occur in `code`."""
    numbers = {repr(c) for c in code.co_consts if isinstance(c, int | float | complex)}
    return {*code.co_names, *code.co_varnames, *code.co_freevars, *numbers}


# ---- printing ----------------------------------------------------------------------------------


def to_source(tree: Any, width: int = 100) -> str:
    """Print a statement, a list of statements, an expression or a module, without a final newline.

    Long lines are wrapped to `width` characters where there is a bracket to break in. The result
    parses back to the same tree, or `ValueError` is raised.

    >>> to_source(gast.BinOp(gast.Constant(-2, None), gast.Pow(), gast.Constant(2, None)))
    '(-2) ** 2'
    """
    return _quote(tree.value) if _is_text(tree) else to_source_and_tree(tree, width)[0]


def to_source_and_tree(tree: Any, width: int = 100) -> tuple[str, ast.Module]:
    """Like `to_source`; also what the text parses to, whose nodes know where in it they stand."""
    module = _as_module(tree)
    for print_tree in (_print_with_astor, _print_with_unparse):
        text = print_tree(module, width)
        parsed = None if text is None else _parsed(text)
        if text is not None and parsed is not None and _same_tree(parsed, module):
            return text, parsed
    raise ValueError(f"a tree that has no source: {ast.dump(module)}")


def _as_module(tree: Any) -> ast.Module:
    """Wrap whatever is to be printed into a module of plain, printable `ast` nodes."""
    match tree:
        case list():
            nodes = tree
        case ast.Module() | gast.Module():
            nodes = tree.body
        case _:
            nodes = [tree]
    plain = map(_plain, nodes)
    return ast.Module([ast.Expr(n) if isinstance(n, ast.expr) else n for n in plain], [])


def _is_text(tree: Any) -> bool:
    """Whether an expression is a string alone, which as a statement would print as a docstring."""
    return _is_constant(tree) and isinstance(tree.value, str)


def _is_constant(node: Any) -> bool:
    return isinstance(node, ast.Constant | gast.Constant)


def _print_with_astor(module: ast.Module, width: int) -> str | None:
    """Print with astor; None where it fails, which it does on syntax younger than itself."""
    printer = _Printer(" " * 4)
    try:
        printer.visit(module)
    except (AttributeError, TypeError, ValueError, IndexError, AssertionError):
        return None
    lines = _logical_lines(printer.result)
    return "\n".join(text for line in lines for text in _layout(line, width)).strip("\n")


def _logical_lines(pieces: list[str]) -> list[list[str]]:
    """Cut astor's pieces at its line ends; one of n newlines stands for n - 1 empty lines too."""
    lines: list[list[str]] = [[]]
    for piece in pieces:
        if piece and not piece.strip("\n"):
            lines.extend([] for _ in piece)
        else:
            lines[-1].append(piece)
    return lines


def _layout(line: list[str], width: int) -> list[str]:
    """Break one logical line, whose first piece is its indentation; literal text stays as it is."""
    if not line or any("\n" in piece for piece in line):
        return ["".join(line)]
    indent, *pieces = line if not line[0].strip() else ["", *line]
    return wrap_line([piece for piece in pieces if piece], indent, width)


def _print_with_unparse(module: ast.Module, width: int) -> str | None:
    """Print with `ast`; None for what has no source: before 3.12, a backslash in an f-string."""
    try:
        return ast.unparse(ast.fix_missing_locations(module))
    except ValueError:
        return None


def _parsed(text: str) -> ast.Module | None:
    """What a text parses to, None if it does not."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


_DERIVED = {"ctx", "kind", "type_comment", "type_ignores"}


@cache
def _told_fields(kind: Any) -> tuple[str, ...]:
    """The fields that source text tells; the parser derives the others."""
    return tuple(name for name in kind._fields if name not in _DERIVED)


def _same_tree(a: Any, b: Any) -> bool:
    """Whether two trees are equal but for positions and for what the parser derives itself."""
    kind = type(a)
    if kind is not type(b):
        return False
    if kind is list:
        return len(a) == len(b) and all(map(_same_tree, a, b))
    if not isinstance(a, ast.AST):
        return bool(a == b)
    for name in _told_fields(kind):  # type: ignore[arg-type]  # it does not see a class's hash
        if not _same_tree(getattr(a, name, None), getattr(b, name, None)):
            return False
    return True


class _Printer(astor.code_gen.SourceGenerator):
    """astor's printer; what it prints badly or not at all is printed here or by `ast.unparse`."""

    _annotated = False

    def visit_Constant(self, node: ast.Constant) -> None:
        """Print a constant; `_plain` has left none that needs brackets."""
        self.write(_quote(node.value) if isinstance(node.value, str) else _literal(node.value))

    def visit_Expr(self, node: ast.Expr) -> None:
        """Print a string that stands alone as a docstring."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.statement(node, _docstring(node.value.value))
        else:
            super().visit_Expr(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Print an f-string: astor's way crashes from Python 3.14 on."""
        text = ast.unparse(node)
        if text.startswith("f'") and not {'"', "\\"} & set(text):
            text = f'f"{text[2:-1]}"'
        self.write(text)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        """Print ``(x,)``, where the comma alone is easily missed, in brackets."""
        if len(node.elts) == 1 and not isinstance(node.elts[0], ast.Slice):
            self.write("(")
            self.comma_list(node.elts, True)
            self.write(")")
        else:
            super().visit_Tuple(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Print ``(1).real``, not the ``1 .real`` that Python would accept too."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
            self.write("(", node.value, ").", node.attr)
        else:
            super().visit_Attribute(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Print ``lambda: 0`` where astor writes ``lambda : 0``."""
        with self.delimit(node) as delimiters:
            astor.code_gen.set_precedence(delimiters.p, node.body)
            self.write("lambda ", node.args) if ast.unparse(node.args) else self.write("lambda")
            self.write(": ", node.body)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> None:
        """Print ``[i + 1 for i in x]`` where astor writes ``[(i + 1) for i in x]``."""
        astor.code_gen.set_precedence(astor.code_gen.Precedence.Comma, node.elt)
        with self.delimit("[]" if isinstance(node, ast.ListComp) else "{}"):
            self.write(node.elt, *node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> None:
        """Print ``{k: i + 1 for ...}`` where astor adds brackets."""
        astor.code_gen.set_precedence(astor.code_gen.Precedence.Comma, node.key, node.value)
        super().visit_DictComp(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Print a parameter, and remember for its default whether it has an annotation."""
        super().visit_arg(node)
        self._annotated = node.annotation is not None

    def conditional_write(self, *stuff: Any) -> Any:
        """Write ``-> T`` and ``x: T = 0`` where astor writes ``->T`` and ``x: T=0``."""
        spaced = {" ->": " -> ", "=": " = " if self._annotated else "="}
        known = (spaced.get(item, item) if isinstance(item, str) else item for item in stuff)
        return super().conditional_write(*known)

    def _hand_over(self, node: ast.stmt) -> None:
        for line in ast.unparse(ast.fix_missing_locations(node)).splitlines():
            self.newline()
            self.write(line)

    visit_Match = visit_TryStar = visit_TypeAlias = _hand_over


def _literal(value: object) -> str:
    return "..." if value is ... else repr(value)


def _docstring(text: str) -> str:
    """Write a string between three quotes where it reads as it is, else as one line."""
    as_it_is = text.replace("\n", "").isprintable() and not {'"', "\\"} & set(text)
    return f'"""{text}"""' if as_it_is and text.strip() else _quote(text)


def _quote(text: str) -> str:
    """Write a string in double quotes where that needs no escapes."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in text else written


# ---- gast to printable ast ---------------------------------------------------------------------


def _plain(node: Any) -> Any:
    """Rebuild a gast or ast tree as `ast`, with only such constants as source can express.

    Printers write ``Constant(-2) ** 2`` as ``-2 ** 2``, another number; so a sign is made an
    operator.
    """
    if type(node) is list:
        return [_plain(item) for item in node]
    if not isinstance(node, ast.AST):
        return node
    return _REBUILD.get(type(node).__name__, _rebuilt)(node)


def _rebuilt(node: Any) -> Any:
    kind = getattr(ast, type(node).__name__)
    parts = node.__dict__
    return kind(**{name: _plain(parts[name]) for name in _told_fields(kind) if name in parts})


def _plain_constant(node: Any) -> ast.expr:
    value = node.value
    if type(value) in (int, float):
        return _number(value)
    if type(value) is complex:
        return _complex(value)
    if isinstance(value, str | bytes | bool) or value is None or value is ...:
        return ast.Constant(value)
    raise ValueError(f"a constant that has no source: {value!r}")


def _number(value: int | float) -> ast.expr:
    if not math.isfinite(value):
        return _call("float", ast.Constant(str(value)))
    if math.copysign(1.0, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _complex(value: complex) -> ast.expr:
    """Write a complex number so that evaluating it gives the same bits, signs of zero included."""
    real, imag = value.real, value.imag
    if math.isfinite(real) and math.isfinite(imag):
        if real == 0 and math.copysign(1.0, real) == math.copysign(1.0, imag) == 1:
            return ast.Constant(value)
        if real != 0 and imag != 0:
            op = ast.Add() if imag > 0 else ast.Sub()
            return ast.BinOp(_number(real), op, ast.Constant(complex(0.0, abs(imag))))
    return _call("complex", _number(real), _number(imag))


def _call(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name), list(args), [])


def _plain_name(node: Any) -> ast.expr | ast.arg:
    """Return a name; gast has parameters as names too."""
    if isinstance(getattr(node, "ctx", None), gast.Param):
        return ast.arg(node.id, _plain(node.annotation))
    return ast.Name(node.id)


def _plain_handler(node: Any) -> ast.ExceptHandler:
    name = getattr(node.name, "id", node.name)
    return ast.ExceptHandler(_plain(node.type), name, _plain(node.body))


def _plain_fstring(node: Any) -> ast.JoinedStr:
    """Join neighbouring pieces of text, as the parser does; constants in them stay as they are."""
    values: list[ast.expr] = []
    for is_text, group in groupby(node.values, _is_constant):
        if not is_text:
            values.extend(map(_plain, group))
        elif text := "".join(value.value for value in group):
            values.append(ast.Constant(text))
    return ast.JoinedStr(values)


_REBUILD: dict[str, Callable[[Any], Any]] = {
    "Constant": _plain_constant,
    "Name": _plain_name,
    "ExceptHandler": _plain_handler,
    "JoinedStr": _plain_fstring,
}
