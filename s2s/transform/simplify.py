"""Simplifications that run before and after differentiation, in order."""

from __future__ import annotations

from s2s.ir.core import Program
from s2s.transform.algebra import simplify_algebra
from s2s.transform.common import share_common
from s2s.transform.dce import remove_dead
from s2s.transform.fold import fold
from s2s.transform.scalars import replace_by_scalars

PASSES = (fold, replace_by_scalars, simplify_algebra, share_common, remove_dead)


def simplify(program: Program) -> Program:
    """Apply the passes."""
    for step in PASSES:
        program = step(program)
    return program
