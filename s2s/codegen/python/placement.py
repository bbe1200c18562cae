"""Which operations become statements, and which stand inside of the one statement that uses them.

A value is inlined where it is used once, has no name of the user's, does not enter a loop, and the
line stays short.  Constants, other names of a variable, and ``i + 1`` in subscripts are printed as
often as they are used.
"""

from __future__ import annotations

from collections.abc import Iterable

from s2s.codegen.python import rows, widths
from s2s.codegen.python.effects import KNOWN, NO_EFFECT
from s2s.codegen.python.layout import Leave, Note
from s2s.codegen.python.trees import Tree, Trees
from s2s.codegen.python.uses import TRANSPARENT
from s2s.ir.core import Op, Value
from s2s.ir.types import INT, Array, Ref

LEAF = frozenset({"const", "symbol", "undef"})


class Placer(Trees):
    """Places operations; `regions` adds those that hold regions."""

    # ---------------------------------------------------------------------------------- operations
    def operations(self, ops: Iterable[Op]) -> None:
        """Place operations in order."""
        for op in ops:
            if op not in self.uses.dead and op not in self.done:
                self.layout.made.update((value, op) for value in op.results)
                self.operation(op)

    def operation(self, op: Op) -> None:
        """Place one operation."""
        if op.kind == "comment":
            self.flush(self.uses.effect[op])
            self.here.out.append(Note(op))
            self.reverse |= self.here.depth == 1
        elif op.kind == "item" and self.unpacked(op.operands[0], op.operands[0]):
            pass
        elif self.is_free(op):
            self.trees[op.result] = self.grown(op, op.operands)
        else:
            tree = self.absorbed(op)
            value = op.results[0] if len(op.results) == 1 else None
            if value is not None:
                self.origin[value] = (op, self.here.home)
            copied = self.is_copied(op)
            if value is not None and not copied and self.may_wait(value, tree):
                self.wait(value, tree)
            else:
                self.emit(tree)

    def wait(self, value: Value, tree: Tree) -> None:
        """Let ``value`` be printed where it is used."""
        self.trees[value] = tree
        self.pending.add(value)
        if tree.effect is not NO_EFFECT:
            self.here.waiting[value] = tree

    def may_wait(self, value: Value, tree: Tree) -> bool:
        """Whether ``value`` is to be inlined where it is used."""
        if self.uses.count[value] != 1:
            return False
        site = self.uses.site[value]
        if site.home is not self.here.home:
            return False
        if site.block is not self.here.block:
            return tree.effect is NO_EFFECT and value.name is None
        if site.op.kind == "alloc" and self.owns(site.op, value):
            return True
        if site.op.kind == "store" and tree.op.kind == "pop" and value is site.op.operands[-1]:
            return True
        if site.op.kind in ("yield", "break") and self.here.targets is not None:
            return self.must_wait(value, site.op)
        return value.name is None

    def must_wait(self, value: Value, leaf: Op) -> bool:
        """Whether what ``value`` goes to is still read (``a, b = b, a + b``), or is unnamed."""
        assert self.here.targets is not None
        prior = self.here.targets[leaf.operands.index(value)]
        if value.name is None and (prior is None or prior.name is None):
            return True
        if prior is not None and prior not in self.variables:
            prior = self.current.get(prior.name or value.name or "")
        now = self.uses.position[self.origin[value][0]]
        return prior is not None and self.uses.last.get(prior, 0) > now

    def is_copied(self, op: Op) -> bool:
        """Whether the result is a view that must become a copy; remembers so."""
        if len(op.results) != 1 or not self.uses.is_overwritten(op):
            return False
        self.layout.copied.add(op.result)
        return True

    # ---------------------------------------------------------------------- what needs no variable
    def is_free(self, op: Op) -> bool:
        """Whether the result may be printed any number of times: constants, names, ``i + 1``."""
        if op.kind in LEAF:
            return True
        if op.kind in TRANSPARENT or self.is_whole_load(op):
            (inner,) = op.operands
            if inner in self.pending:
                if self.uses.count[op.result] == 1:
                    return False
                self.settle([inner])
            if op.result.name and inner.name is None:
                self.layout.hints.setdefault(inner, op.result.name)
            return True
        return self.is_index_arithmetic(op)

    def is_whole_load(self, op: Op) -> bool:
        """Whether this is the whole array that a reference addresses, as it stays while in use."""
        if op.kind != "load" or op.attrs["path"]:
            return False
        ref = op.operands[0].type
        is_array = isinstance(ref, Ref) and isinstance(self.memory.heap.get(ref.cls), Array)
        return is_array and not self.uses.is_overwritten(op)

    def is_index_arithmetic(self, op: Op) -> bool:
        """Whether this is ``i + 1`` or ``n - 1`` and stands in subscripts and ranges only."""
        if op.attrs.get("via") not in ("+", "-") or len(op.operands) != 2:
            return False
        value = op.result
        if value.name or value.type != INT or value in self.uses.computed_with:
            return False
        a, b = op.operands
        return (a in self.variables and self.is_const(b)) or (
            b in self.variables and self.is_const(a)
        )

    def is_const(self, value: Value) -> bool:
        """Whether ``value`` is a constant."""
        return value in self.trees and self.trees[value].op.kind == "const"

    def owns(self, op: Op, value: Value) -> bool:
        """Whether `alloc` may take ``value`` as it is: nothing else holds that array."""
        if not isinstance(op.result.type, Ref):
            return False
        if not isinstance(self.memory.heap.get(op.result.type.cls), Array):
            return False
        while self.uses.count[value] == 1 and value in self.origin:
            maker, home = self.origin[value]
            if home is not self.here.home:
                return False
            if maker.kind in ("copy", "array_of") or (
                maker.kind not in KNOWN and rows.is_fresh(maker)
            ):
                return True
            if maker.kind in KNOWN or not maker.operands or not rows.is_view(maker):
                return False
            value = maker.operands[0]
        return False

    def absorbed(self, op: Op) -> Tree:
        """``op`` with what can be inlined into it; the rest becomes statements."""
        if op.kind == "alloc" and len(op.operands) == 1 and self.owns(op, op.operands[0]):
            self.layout.owned.add(op)
            return self.taken(op, op.operands, 10 * widths.LINE)
        room = widths.LINE - 4 * self.here.depth - (widths.TARGET if op.results else 0)
        return self.taken(op, op.operands, room)

    def leave(self, op: Op) -> None:
        """End a path."""
        reads = self.absorbed(op).reads if op.kind == "return" else ()
        self.here.out.append(Leave(op, reads))
