"""Where in the user's source a thing comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source text, from its first character to just after its last.

    ``line`` and ``end_line`` count lines of the file from 1; ``col`` and ``end_col`` count
    *characters* (not bytes) from 0.

    >>> str(Span("demo.py", 7, 4, 7, 18))
    'demo.py:7:5'
    """

    file: str
    line: int
    col: int
    end_line: int
    end_col: int

    def __bool__(self) -> bool:
        """Whether the place is known."""
        return self.line > 0

    def __str__(self) -> str:
        """Return ``file:line:column`` as editors read it, the column counted from 1."""
        return f"{self.file}:{self.line}:{self.col + 1}" if self else self.file


UNKNOWN = Span("<unknown>", 0, 0, 0, 0)
