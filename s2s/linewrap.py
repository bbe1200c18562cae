"""Breaking a long line of Python as a person (and `ruff format`) would.

A logical line comes as *pieces*: its text cut at brackets, commas and operators, ``["x", " = ",
"f", "(", "a", ", ", "b", ")"]``. A line that fits stays. One that does not is broken at the
outermost place that helps: at the loosest operators of the right-hand side, which gets
parentheses, else inside its last bracket.

    x_bar = (
        np.sin(alpha) * beta[0, j]
        + np.sin(gamma) * beta[1, j]
    )
    y = solve(
        matrix, right_hand_side
    )
"""

from __future__ import annotations

from collections.abc import Sequence

INDENT = " " * 4
OPENING = frozenset("([{")
CLOSING = frozenset([")", "]", "}", "):"])
COMMA = ", "
KEYWORDS = frozenset(["return ", "return", "if ", "elif ", "while ", "assert "])


def _spaced(ops: str) -> frozenset[str]:
    return frozenset(f" {op} " for op in ops.split())


ASSIGNMENTS = _spaced("= += -= *= /= //= %= @= **= &= |= ^= <<= >>=")
# Loosest first: a line is broken before all operators of the loosest kind that it holds.
OPERATORS = (
    *map(_spaced, ["for if else", "or", "and", "< > <= >= == != in is", "|", "^", "&"]),
    *map(_spaced, ["<< >>", "+ -", "* / // % @"]),
)

Pieces = Sequence[str]


def wrap_line(pieces: Pieces, indent: str, width: int) -> list[str]:
    """Lay out one logical line, given without its indentation, in lines of at most `width`.

    A piece that is longer stays whole, and so does a line without a place to break it.

    >>> wrap_line(["y", " = ", "f", "(", "alpha", ", ", "beta", ")"], "", 12)
    ['y = f(', '    alpha,', '    beta,', ')']
    """
    if len(indent) + sum(map(len, pieces)) <= width:
        return [indent + "".join(pieces)]
    parts = _in_parentheses(pieces) or _at_last_bracket(pieces)
    if parts is None:
        return [indent + "".join(pieces)]
    head, body, tail = parts
    first = wrap_line(head, indent, width) if _breakable(head) else [indent + "".join(head)]
    return [*first, *_wrap_body(body, indent + INDENT, width), indent + "".join(tail)]


def _wrap_body(body: Pieces, indent: str, width: int) -> list[str]:
    """Lay out what stands between two brackets: on one line, or each item or operand on its own."""
    if len(indent) + sum(map(len, body)) <= width:
        return [indent + "".join(body)]
    items = _split_after(body, COMMA)
    if len(items) > 1:
        ended = [[*item, ","] for item in items if item]
        return [line for item in ended for line in wrap_line(item, indent, width)]
    operands = _split_before_operators(body)
    if len(operands) > 1:
        return [line for operand in operands for line in _wrap_body(operand, indent, width)]
    return wrap_line(body, indent, width)


def _in_parentheses(pieces: Pieces) -> tuple[Pieces, Pieces, Pieces] | None:
    """``x = a + b`` -> ``x = (``, ``a + b``, ``)``, if the right-hand side can be broken."""
    start = _start_of_value(pieces)
    end = len(pieces) - (pieces[-1] == ":")
    value = pieces[start:end]
    if start == 0 or (len(_split_before_operators(value)) == 1 and not _has_comma(value)):
        return None
    return [*pieces[:start], "("], value, [")", *pieces[end:]]


def _at_last_bracket(pieces: Pieces) -> tuple[Pieces, Pieces, Pieces] | None:
    """``y = f(a, b)`` -> ``y = f(``, ``a, b``, ``)``: the last bracket that holds something."""
    depth, close = 0, None
    for i in reversed(range(len(pieces))):
        if pieces[i] in CLOSING:
            depth += 1
            close = i if depth == 1 else close
        elif pieces[i] in OPENING:
            depth -= 1
            if depth == 0 and close is not None and close > i + 1:
                return pieces[: i + 1], pieces[i + 1 : close], pieces[close:]
    return None


def _start_of_value(pieces: Pieces) -> int:
    """Where the value of an assignment or of a ``return`` begins; 0 in any other line."""
    depths = _depths(pieces)
    places = [i + 1 for i, p in enumerate(pieces) if p in ASSIGNMENTS and depths[i] == 0]
    if places:
        return places[-1]
    first = next((i for i, p in enumerate(pieces) if p), 0)
    if pieces[first] not in KEYWORDS:
        return 0
    return first + 2 if pieces[first] == "return" else first + 1


def _split_before_operators(pieces: Pieces) -> list[Pieces]:
    """Cut before each operator of the loosest kind outside brackets; a lambda is not cut."""
    depths = _depths(pieces)
    outer = {p for p, depth in zip(pieces, depths, strict=True) if depth == 0}
    kind = next((kind for kind in OPERATORS if kind & outer), frozenset[str]())
    if outer & {"lambda ", "lambda", "yield"}:
        return [pieces]
    cuts = [i for i, p in enumerate(pieces) if p in kind and depths[i] == 0 and i > 0]
    operands = [pieces[a:b] for a, b in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]
    return [[operand[0].lstrip(), *operand[1:]] for operand in operands]


def _split_after(pieces: Pieces, separator: str) -> list[Pieces]:
    """Cut at each `separator` outside brackets, leaving it out."""
    depths = _depths(pieces)
    cuts = [i for i, p in enumerate(pieces) if p == separator and depths[i] == 0]
    starts, ends = [0, *(i + 1 for i in cuts)], [*cuts, len(pieces)]
    return [pieces[a:b] for a, b in zip(starts, ends, strict=True)]


def _has_comma(pieces: Pieces) -> bool:
    return len(_split_after(pieces, COMMA)) > 1


def _breakable(head: Pieces) -> bool:
    """Whether the part before the bracket can itself be broken: only if it holds a bracket."""
    return any(piece in OPENING for piece in head[:-1])


def _depths(pieces: Pieces) -> list[int]:
    """Return how many brackets are open around each piece; a bracket itself counts as inside."""
    depths, depth = [], 0
    for piece in pieces:
        depth += piece in OPENING
        depths.append(depth)
        depth -= piece in CLOSING
    return depths
