"""The last step of lowering: every reference names the representative of its class."""

from __future__ import annotations

from dataclasses import replace

from s2s.frontend.heap import Heap
from s2s.ir.core import Block, Function, Program, Value, walk


def resolve_function(program: Program, heap: Heap) -> Program:
    """Replace classes by their representatives, in types and in the heap table."""

    def settle(values: tuple[Value, ...]) -> None:
        for value in values:
            value.type = heap.resolve(value.type)

    def block(b: Block) -> None:
        settle(b.args)
        for op in walk(b):
            settle(op.results)
            for region in op.regions:
                settle(region.args)

    for function in program.functions.values():
        assert isinstance(function, Function)
        block(function.body)
    table = {n: heap.resolve_content(c) for n, c in heap.content.items() if heap.find(n) == n}
    return replace(program, heap=table)
