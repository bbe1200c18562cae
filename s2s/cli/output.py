"""What the command prints: in colour on a terminal, as plain text elsewhere."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.text import Text

# What is coloured in the text of an intermediate program, and how.
SSA_COLOURS = {
    r"#.*": "bright_black",
    r"%[\w.]+": "cyan",
    r"@[\w.]+": "bold green",
    r"\b(func|return|yield|exit|for|while|if|else|try|carry|in)\b": "magenta",
    r"(?<=: )[\w\[\], ]+": "yellow",
}


def show_python(source: str) -> None:
    """Print Python source to standard output."""
    if not _is_terminal(sys.stdout):
        show_text(source)
        return
    from rich.syntax import Syntax

    syntax = Syntax(source, "python", theme="ansi_dark", background_color="default")
    coloured = syntax.highlight(source)
    coloured.rstrip()
    _print(coloured)


def show_ssa(text: str) -> None:
    """Print an intermediate program to standard output."""
    if not _is_terminal(sys.stdout):
        show_text(text)
        return
    from rich.text import Text

    coloured = Text(text.rstrip("\n"))
    for pattern, style in reversed(SSA_COLOURS.items()):
        for match in re.finditer(pattern, text):
            coloured.stylize(style, *match.span())
    _print(coloured)


def show_text(text: str) -> None:
    """Print text to standard output as it is."""
    print(text.rstrip("\n"))


def note(text: str) -> None:
    """Print a remark to standard error, out of the way of what may be piped on."""
    _say(text, "bright_black")


def complain(text: str) -> None:
    """Print an error to standard error, its last line in colour."""
    _say(text.rstrip("\n"), "red")


def _is_terminal(stream: TextIO) -> bool:
    return bool(stream.isatty())


def _print(text: Text) -> None:
    from rich.console import Console

    Console().print(text, soft_wrap=True)


def _say(text: str, style: str) -> None:
    if not _is_terminal(sys.stderr):
        print(text, file=sys.stderr)
        return
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True).print(Text(text, style), soft_wrap=True)
