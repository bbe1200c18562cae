"""The one error of the command line that is the caller's: a wrong word on it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UsageError(Exception):
    """What was typed does not say what to do; the command ends with status 2."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" if one of `known` is near `word`, else what there is.

    >>> did_you_mean("los", ["loss", "model"])
    "; did you mean 'loss'?"
    >>> did_you_mean("zzz", ["loss", "model"])
    '; there are: loss, model'
    """
    names = list(known)
    nearest = difflib.get_close_matches(word, names, n=1)
    if nearest:
        return f"; did you mean {nearest[0]!r}?"
    return f"; there are: {', '.join(names)}" if names else ""
