"""Simplifications that run before and after differentiation, in order."""

from __future__ import annotations

from s2s.ir.core import Program
from s2s.transform.common import share_common
from s2s.transform.dce import remove_dead
from s2s.transform.fold import fold


def simplify(program: Program) -> Program:
    """Apply the passes."""
    for step in (fold, share_common, remove_dead):
        program = step(program)
    return program
