"""Tools for passes: rebuild, substitute, clone; count uses, find free values.  All are linear.

What does not change is shared: a block in which nothing was replaced comes back as the same object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace

from s2s.ir.builder import Builder
from s2s.ir.core import Block, Function, Op, Program, Value, walk


class Rewriter(Builder):
    """One walk that rebuilds a function, inner regions first.

    A pass overrides `op`.  What it emits there (with `emit`, `const`, `append`, ...) comes to stand
    in the operation's place and gets its span.  Example: ``x * 1`` is ``x``.

    >>> class DropOnes(Rewriter):
    ...     def op(self, op):
    ...         if op.kind == "multiply" and self.is_one(op.operands[1]):
    ...             return op.operands[:1]
    ...         return None
    ...
    ...     def is_one(self, value):
    ...         constant = self.constant_of(value)
    ...         return constant is not None and constant.attrs["value"] == 1
    """

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[Value, Value] = {}

    def op(self, op: Op) -> Sequence[Value] | None:
        """What takes the place of the results of ``op``, or None: keep it.

        ``op`` has its new operands and regions already.  An empty sequence deletes an operation
        without results.  Of what follows a terminator that was appended here, nothing is kept.
        """
        return None

    def program(self, program: Program) -> Program:
        """Rebuild every function."""
        functions = {name: self.function(f) for name, f in program.functions.items()}
        return replace(program, functions=functions)

    def function(self, function: Function) -> Function:
        """Rebuild ``function``."""
        body = self.rebuild(function.body)
        return function if body is function.body else replace(function, body=body)

    def rebuild(self, block: Block) -> Block:
        """Rebuild ``block`` and what it encloses."""
        with self.block(block.args) as pending:
            for op in block.ops:
                if self.closed:
                    break
                self.visit(op)
        return _with_ops(block, pending.ops)

    def visit(self, op: Op) -> None:
        """Rebuild one operation; override this to decide before its regions are rebuilt."""
        operands = _mapped(op.operands, self.values)
        new = _with(op, operands, tuple(map(self.rebuild, op.regions)))
        self.span = op.span
        replacement = self.op(new)
        if replacement is None:
            self.append(new)
            return
        for old, value in zip(op.results, replacement, strict=True):
            self.keep_name(old, value)
            self.values[old] = value

    def keep_name(self, old: Value, new: Value) -> None:
        """The user's name for a value that goes is that of the one that takes its place."""
        if old.name and not new.name and self.constant_of(new) is None:
            new.name = old.name


def substitute(block: Block, mapping: Mapping[Value, Value]) -> Block:
    """``block`` with the operands that ``mapping`` names replaced, once; definitions stay."""
    return _with_ops(block, [_substituted(op, mapping) for op in block.ops]) if mapping else block


def clone(block: Block, mapping: MutableMapping[Value, Value] | None = None) -> Block:
    """A copy of ``block`` that defines fresh values.

    mapping: replacements for free values; receives the copy of each value that ``block`` defines.
    """
    copies = {} if mapping is None else mapping
    args = _fresh(block.args, copies)
    return Block(args, tuple([_cloned(op, copies) for op in block.ops]))


def uses(block: Block) -> Counter[Value]:
    """How often each value is an operand in ``block`` and what it encloses; 0 for all others."""
    return Counter(value for op in walk(block) for value in op.operands)


def free_values(block: Block) -> list[Value]:
    """The values that are used in ``block`` but defined outside, in the order of first use."""
    defined, free = set(block.args), dict[Value, None]()
    for op in walk(block):
        free.update((value, None) for value in op.operands if value not in defined)
        defined.update(op.results)
        for region in op.regions:
            defined.update(region.args)
    return list(free)


def _substituted(op: Op, mapping: Mapping[Value, Value]) -> Op:
    regions = tuple([substitute(region, mapping) for region in op.regions])
    return _with(op, _mapped(op.operands, mapping), regions)


def _cloned(op: Op, copies: MutableMapping[Value, Value]) -> Op:
    operands = _mapped(op.operands, copies)
    regions = tuple([clone(region, copies) for region in op.regions])
    return Op(op.kind, operands, _fresh(op.results, copies), op.attrs, regions, op.span)


def _fresh(values: Sequence[Value], copies: MutableMapping[Value, Value]) -> tuple[Value, ...]:
    copies.update((value, Value(value.type, value.name)) for value in values)
    return _mapped(values, copies)


def _mapped(values: Sequence[Value], mapping: Mapping[Value, Value]) -> tuple[Value, ...]:
    return tuple([mapping.get(value, value) for value in values])


def _with(op: Op, operands: tuple[Value, ...], regions: tuple[Block, ...]) -> Op:
    """``op`` with other operands and regions; ``op`` itself if they are the same."""
    if operands == op.operands and regions == op.regions:
        return op
    return Op(op.kind, operands, op.results, op.attrs, regions, op.span)


def _with_ops(block: Block, ops: Sequence[Op]) -> Block:
    """``block`` with other operations; ``block`` itself if they are the same."""
    return block if tuple(ops) == block.ops else Block(block.args, tuple(ops))
