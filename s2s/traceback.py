"""An exception in generated code tells the user's own line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from s2s.compiled import GENERATED
from s2s.errors import Problem


@contextmanager
def explained() -> Iterator[None]:
    """Let exceptions through as they are, with a note that names the user's line."""
    try:
        yield
    except Exception as error:
        note = place_of(error)
        if note:
            error.add_note(note)
        raise


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
