"""Comments: the user's line that each part of a reverse sweep comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from s2s.codegen.python.statements import Statements
from s2s.ir.span import Span
from s2s.pyast import gast, source_line

WIDTH = 100
GAP = "    "
UNSAID = ("def ", "if ", "elif ", "while ")  # what stands there has no derivative
SIMPLE = (gast.Assign, gast.AugAssign, gast.Expr, gast.Raise)


@dataclass(slots=True)
class Text:
    """Lines of a function, with where they come from."""

    lines: list[str]
    spans: dict[int, Span] = field(default_factory=dict)


def annotate(
    text: str, tree: gast.AST, parsed: gast.AST, statements: Statements, comments: bool
) -> Text:
    """Add comments to the text of a function, and find the place of each of its lines.

    parsed: the tree of ``text``, which has line numbers, otherwise equal to ``tree``.
    """
    lines = text.split("\n")
    pairs = list(_statements(tree.body, parsed.body, 1))
    above: dict[int, list[str]] = {}
    for node, where, depth in pairs:
        for note in statements.notes.get(node, ()):
            above.setdefault(where.lineno, []).extend(_note(note, depth))
    if comments:
        _source_comments(lines, above, pairs, statements)
    spans: dict[int, Span] = {}
    for node, where, _ in pairs:
        span = statements.spans.get(node)
        if span:
            spans.update(dict.fromkeys(range(where.lineno, _last_line(where) + 1), span))
    return _merged(lines, above, spans)


def _statements(ours, theirs, depth):
    """Pairs of a statement and its parsed double, with the depth of its block."""
    for node, where in zip(ours, theirs, strict=True):
        yield node, where, depth
        for name in ("body", "orelse"):
            inner = getattr(node, name, None)
            if inner:
                yield from _statements(inner, getattr(where, name), depth + 1)
        for ours_, theirs_ in zip(
            getattr(node, "handlers", ()), getattr(where, "handlers", ()), strict=True
        ):
            yield from _statements(ours_.body, theirs_.body, depth + 1)


def _last_line(where: gast.AST) -> int:
    """The last line of a statement, of a compound one that of its head."""
    body = getattr(where, "body", None)
    return max(where.lineno, body[0].lineno - 1) if body else int(where.end_lineno)


def _note(text: str, depth: int) -> list[str]:
    """A comment that the program holds, as lines."""
    lines = [""] if depth == 1 else []
    return lines + ([f"{'    ' * depth}# {text}"] if text else [])


def _source_comments(lines, above, pairs, statements) -> None:
    """Write the user's line next to the first statement that comes from it."""
    noted = {node for node, notes in statements.notes.items() if notes}
    starts = [k for k, (node, _, depth) in enumerate(pairs) if depth == 1 and node in noted]
    last: tuple[str, int] | None = None
    runs: list[list[tuple[int, str]]] = [[]]
    before = 0, 0
    for node, where, depth in pairs[starts[0] if starts else 0 :]:
        span = statements.spans.get(node)
        compound = not isinstance(node, SIMPLE)
        if compound or (where.lineno, depth) != before:
            runs.append([])
        before = _last_line(where) + 1, depth
        if compound or not span or node in statements.quiet or (span.file, span.line) == last:
            continue
        written = source_line(span.file, span.line).strip()
        if not written or written.startswith(UNSAID):
            continue
        last = span.file, span.line
        comment = f"# {os.path.basename(span.file)}:{span.line}  {written}"
        if where.end_lineno == where.lineno:
            runs[-1].append((where.lineno, comment))
        else:
            above.setdefault(where.lineno, []).append(_cut("    " * depth + comment))
    for run in runs:
        _write_run(lines, above, run)


def _write_run(lines: list[str], above: dict[int, list[str]], run: list[tuple[int, str]]) -> None:
    """Align the comments of neighbouring lines; what would be too wide goes above its line."""
    fitting = [(n, c) for n, c in run if len(lines[n - 1]) + len(GAP) + len(c) <= WIDTH]
    column = max((len(lines[n - 1]) for n, _ in fitting), default=0)
    aligned = all(column + len(GAP) + len(c) <= WIDTH for _, c in fitting)
    for n, comment in run:
        line = lines[n - 1]
        if (n, comment) in fitting:
            lines[n - 1] = (line.ljust(column) if aligned else line) + GAP + comment
        else:
            indent = line[: len(line) - len(line.lstrip())]
            above.setdefault(n, []).append(_cut(indent + comment))


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 3] + "..."


def _merged(lines: list[str], above: Mapping[int, list[str]], spans: Mapping[int, Span]) -> Text:
    """Insert the lines that stand above others."""
    text = Text([])
    for number, line in enumerate(lines, 1):
        text.lines += above.get(number, [])
        text.lines.append(line)
        if number in spans:
            text.spans[len(text.lines)] = spans[number]
    return text
