"""The table as a page: ``python -m s2s.kernels.document`` writes ``docs/rules.md``.

For every function: by which names it is called, its derivative, and the values that are agreed where
there is none.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from s2s.kernels.row import Row
from s2s.kernels.table import GROUPS

HEAD = """# The functions that s2s knows

This page is made from the table in `kernels/` by `python -m s2s.kernels.document`.

How to read a derivative: `x`, `y` are the operands, the name after the arrow is the result. *Partial
derivatives* are multiplied by the tangent or the cotangent (`y_bar`). *Transposes* belong to linear
functions: they are the cotangents of the operands. A function that is *defined* by others has no derivative
of its own: the definition is differentiated in its place. What is *constant* carries no derivative. Where a
function has no derivative, the value in the last column is used: an element of the subdifferential.

Not listed: what has a meaning in the language itself (indexing, `len`, `sum`, `zip`, `np.array`, lists).
"""


def page() -> str:
    """The page."""
    parts = [HEAD]
    for group in GROUPS:
        module = importlib.import_module(f"s2s.kernels.{group}")
        shown = [row for row in module.ROWS if users_names(row)]
        if shown:
            title = (module.__doc__ or group).split(".  ")[0].split("\n\n")[0]
            parts.append(f"## {' '.join(title.split()).rstrip('.')}\n")
            parts.append("| function | derivative | where there is none |\n|---|---|---|")
            parts += [line(row) for row in shown]
            parts.append("")
    return "\n".join(parts)


def users_names(row: Row) -> list[str]:
    """The names by which a user calls it."""
    return [via.removeprefix("u") if via[0] == "u" and len(via) == 2 else via
            for via in row.via if not via.startswith("rt.")]  # fmt: skip


def line(row: Row) -> str:
    """One line of a table."""
    names = ", ".join(f"`{cell(name)}`" for name in users_names(row))
    kinks = "; ".join(f"at {shown(point)}: {shown(value)}" for point, value in row.kinks.items())
    limits = "real numbers only" if row.real_only and row.form != "inactive" else ""
    return f"| {names}<br>`{cell(signature(row))}` | {derivative(row)} | {'; '.join(filter(None, (kinks, limits)))} |"


def signature(row: Row) -> str:
    """Parameters and result."""
    found = []
    for p in row.signature.parameters:
        name = {"list": f"[*{p.name}]", "args": f"*{p.name}"}.get(p.star, p.name)
        found.append(f"{name}={p.default!r}" if not p.star and not p.is_required else name)
    return f"({', '.join(found)}) -> {row.signature.result}"


def derivative(row: Row) -> str:
    """What the row says."""
    match row.form:
        case "inactive":
            return "constant"
        case "defined":
            return f"defined: {first_line(row.definition)}"
        case "scalar":
            return f"partial derivatives: {texts(row, row.partials)}{of_complex(row)}"
        case "linear":
            return f"transposes: {texts(row, row.partials)}"
        case "reduction":
            return f"partial derivative: {' times '.join(sources(row.partials))}"
    return f"rule: {texts(row, row.partials)}"


def of_complex(row: Row) -> str:
    """The partial derivatives for complex numbers, where they differ."""
    if row.complex_partials is None:
        return ""
    return f"; complex: {texts(row, row.complex_partials)}"


def texts(row: Row, partials: Any) -> str:
    """One text for each operand, or what a function says of them."""
    if callable(partials):
        return first_line(partials)
    named = zip(row.signature.operands, partials, strict=False)
    return ", ".join(f"{p.name}: {text_of(text)}" for p, text in named)


def sources(partials: Any) -> Iterator[str]:
    """Texts without names."""
    if callable(partials):
        yield first_line(partials)
    else:
        yield from map(text_of, partials)


def text_of(text: str | None) -> str:
    """A text as code."""
    return "none" if text is None else f"`{cell(text)}`"


def first_line(function: Any) -> str:
    """What a function says of itself."""
    return cell((inspect.getdoc(function) or "see the source").split("\n\n")[0].replace("\n", " "))


def shown(values: tuple[float, ...]) -> str:
    """A point or partial derivatives there."""
    return ", ".join(f"{value:g}" for value in values)


def cell(text: str) -> str:
    """Text that may stand in a cell."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/rules.md")
    target.write_text(page(), encoding="utf-8")
