"""The first lines of a gradient that was written to a file: they check what it was made for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from s2s.pyast import gast, parse_text

ARRAY = re.compile(r"(\w+)\[(.*)\]")
SCALARS = {"float": "numbers.Real", "int": "numbers.Integral", "complex": "numbers.Complex"}


def with_checks(source: str, assumed: Mapping[str, str]) -> str:
    """``source`` with an assertion for each parameter of its first function whose type can be told.

    assumed: the types by parameter, as the docstring states them: ``{"x": "float64[n]"}``.
    """
    checks = [f"    {line}" for line in map(check, assumed, assumed.values()) if line]
    if not checks:
        return source
    first = next(node for node in parse_text(source).body if isinstance(node, gast.FunctionDef))
    lines = source.split("\n")
    at = first.body[0].end_lineno
    lines[at:at] = checks
    if not any("numbers." in line for line in checks):
        return "\n".join(lines)
    end = next(k for k, line in enumerate(lines) if line.startswith("def "))
    present = [line for line in lines[:end] if line]
    numpy = [line for line in present if line == "import numpy as np"]
    standard = [line for line in present if line.startswith("import ") and line not in numpy]
    standard.append("import numbers")
    own = [line for line in present if line.startswith("from ")]
    groups = ["\n".join(sorted(group)) for group in (standard, numpy, own) if group]
    return "\n\n".join(groups) + "\n\n\n" + "\n".join(lines[end:])


def check(name: str, kind: str) -> str:
    """The assertion that ``name`` is of the type ``kind``; empty where there is nothing to say."""
    message = f'"{name} must be {kind}"'
    array = ARRAY.fullmatch(kind)
    if array is not None:
        dtype, axes = array.groups()
        rank = "" if axes == "..." else f" and {name}.ndim == {axes.count(',') + 1 if axes else 0}"
        return f'assert {name}.dtype == "{dtype.rstrip("_")}"{rank}, {message}'
    if kind in SCALARS:
        return f"assert isinstance({name}, {SCALARS[kind]}), {message}"
    return ""
