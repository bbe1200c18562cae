"""Loop counters: carried whole numbers that grow by the same constant in each iteration.

In:   a survey of the sweep.
Out:  for each such value, its first value and what is added: in the iteration of number t it is
      ``first + step * t``.
Cost: one look at the leaves of each loop body.

    k = 0
    while k < n:            k: (0, 1)
        k += 1
"""

from __future__ import annotations

from s2s.analysis.affine import form_of
from s2s.analysis.shapes import Shapes
from s2s.analysis.survey import Survey
from s2s.ir.core import Op, Value, leaves
from s2s.ir.types import INT

Counters = dict[Value, tuple[Value, int]]


def counters(survey: Survey, shapes: Shapes) -> Counters:
    """The analysis."""
    found: Counters = {}
    for op in survey.op_at.values():
        if op.kind == "loop":
            found.update(counters_of(op, shapes))
    return found


def counters_of(op: Op, shapes: Shapes) -> Counters:
    """The counters of one loop."""
    first = 3 if op.attrs["bounded"] else 0
    body = op.regions[0]
    stays = [leaf.operands for leaf in leaves(body) if leaf.kind == "yield"]
    found: Counters = {}
    for k, arg in enumerate(body.args[1:]):
        if arg.type != INT or not stays:
            continue
        steps = {shapes.form(values[k]) - form_of(arg) for values in stays}
        if len(steps) == 1:
            step = steps.pop()
            if step.is_constant:
                found[arg] = (op.operands[first + k], step.constant)
    return found
