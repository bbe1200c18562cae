"""An exception in generated code tells the user's own line."""

from __future__ import annotations

from types import TracebackType

from s2s.compiled import GENERATED
from s2s.pyast import source_line


class Explained:
    """Around a call of generated code: exceptions pass, with a note that names the user's line."""

    def __enter__(self) -> None:
        """Nothing is to be prepared."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Add the note."""
        if isinstance(error, Exception) and (note := place_of(error)):
            error.add_note(note)


explained = Explained()


def place_of(error: BaseException) -> str:
    """The user's place of the innermost generated line that an exception passed through."""
    found = ""
    trace = error.__traceback__
    while trace is not None:
        spans = GENERATED.get(trace.tb_frame.f_code.co_filename)
        span = spans.get(trace.tb_lineno) if spans is not None else None
        if span:
            text = source_line(span.file, span.line)
            stripped = text.strip()
            indent = len(text) - len(text.lstrip())
            start = max(span.col - indent, 0)
            width = span.end_col - span.col if span.end_line == span.line else len(stripped)
            found = (
                f'in your function: File "{span.file}", line {span.line}\n'
                f"    {stripped}\n    {' ' * start}{'^' * max(1, min(width, len(stripped) - start))}"
            )
        trace = trace.tb_next
    return found
