"""The object classes of a program under construction."""

from __future__ import annotations

from s2s.ir.types import Content, Type


class HeapTable(dict[int, Content | Type]):
    """What lies in objects, by class."""

    def add(self, content: Content | Type) -> int:
        """A new class."""
        number = max(self, default=-1) + 1
        self[number] = content
        return number
