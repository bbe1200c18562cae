"""Members of enumerations that are numbers or texts."""

from __future__ import annotations

import enum


def plain_member(obj: object) -> object:
    """A member of IntEnum, StrEnum and their like as the number or the text that it is."""
    if isinstance(obj, enum.Enum):
        for kind in (int, float, str):
            if isinstance(obj, kind):
                return kind(obj.value)
    return obj
