"""An exception in generated code tells the user's own line."""

from __future__ import annotations

from types import TracebackType

from s2s.compiled import GENERATED
from s2s.errors import Problem


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
            found = f"in your function:\n{Problem('', span).where}"
        trace = trace.tb_next
    return found
