"""Derivatives are text; these put them together as a person would write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

BRACKETS = re.compile(r"\([^()\[\]]*\)|\[[^()\[\]]*\]")
LOWER_THAN_PRODUCT = re.compile(r" (\+|-|==|!=|<|>|<=|>=|&|\||if) ")


def times(partial: str | None, factor: str) -> str | None:
    """``partial * factor``, with ones and fractions written out.

    >>> times("cos(x)", "y_bar"), times("-1", "y_bar")
    ('cos(x) * y_bar', '-y_bar')
    >>> times("-z / y", "z_bar"), times("y + 1", "y_bar")
    ('-z * z_bar / y', '(y + 1) * y_bar')
    """
    if partial is None:
        return None
    if partial in ("1", "-1"):
        return partial[:-1] + factor
    flat = flatten(partial)
    if LOWER_THAN_PRODUCT.search(flat):
        return f"({partial}) * {factor}"
    slash = flat.rfind(" / ")
    if slash < 0 or " * " in flat[slash:]:
        return f"{partial} * {factor}"
    numerator = times(partial[:slash], factor)
    return f"{numerator}{partial[slash:]}"


def flatten(text: str) -> str:
    """``text`` with everything inside brackets blanked out, at the same length."""
    previous = ""
    while previous != text:
        previous, text = text, BRACKETS.sub(lambda m: "_" * len(m[0]), text)
    return text


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Put ``values`` in place of names; keywords (``axis=``) and attributes (``.axis``) stay.

    >>> substitute("sum(x, axis=axis)", {"axis": "0"})
    'sum(x, axis=0)'
    """
    if not values:
        return text
    names = "|".join(map(re.escape, values))
    pattern = rf"(?<![\w.'])(?:{names})(?![\w'])(?!\s*=[^=])"
    return re.sub(pattern, lambda m: values[m[0]], text)


def literal(value: Any) -> str:
    """A static value as Python text; negative numbers in brackets are the caller's care."""
    return repr(value)


def call_text(name: str, args: list[Any], keywords: Mapping[str, str]) -> str:
    """``name(a, b, axis=0)``; a list among ``args`` prints as one."""
    shown = [f"[{', '.join(a)}]" if isinstance(a, list) else a for a in args]
    return f"{name}({', '.join([*shown, *(f'{k}={v}' for k, v in keywords.items())])})"
