"""The heap of a function that is being lowered, as the passes see it."""

from __future__ import annotations

from s2s.frontend.heap import Heap
from s2s.frontend.lowering import Lowering
from s2s.ir.types import Array, Content, Type
from s2s.transform.heap import HeapTable


def contents(lo: Lowering) -> dict[int, Content | Type]:
    """What lies in objects of each class, as far as is known."""
    heap: Heap = lo.heap
    return {n: heap.resolve_content(c) for n, c in heap.content.items() if heap.find(n) == n}


class SharedHeap(HeapTable):
    """New classes are allocation sites of the function that is being lowered."""

    def __init__(self, lo: Lowering) -> None:
        super().__init__(contents(lo))
        place = (lo.scope.path, lo.b.span, lo.depth)
        lo.transformed[place] = lo.transformed.get(place, 0) + 1
        self.lo, self.count = lo, 0
        self.place = (*place, "nested", lo.transformed[place])
        self.own: set[int] = set()

    def add(self, content: Content | Type) -> int:
        """A new class; the same one when the function is lowered again."""
        self.count += 1
        key = (self.place, self.count)
        if key in self.lo.heap.sites:
            number = self.lo.heap.find(self.lo.heap.sites[key])
        else:
            number = self.lo.heap.site(key, content).cls
        self.own.add(number)
        self[number] = content
        return number

    def __setitem__(self, number: int, content: Content | Type) -> None:
        """What lies in objects of a class that was made here."""
        super().__setitem__(number, content)
        if number in self.own:
            if isinstance(content, Array):
                content = Array(content.dtype, None)
            self.lo.heap.content[number] = content
