"""Creation of arrays; linear in the numbers that are put in."""

from __future__ import annotations

from typing import Any

from s2s.kernels.row import Call, Row, inactive, linear, rule

LIKE: dict[str, Any] = {"raises": False, "shape_only": True}
COPIED = ("R(3)", "R(2, 3)", "S")


def arange_vjp(call: Call) -> tuple[str | None, ...]:
    """y[i] = start + i * step; where it stops is a matter of size."""
    if len(call.types) == 1:  # only where it stops
        return (None,)
    return "sum(y_bar)", None, "sum(y_bar * arange(size(y_bar)))"


def arange_jvp(call: Call) -> tuple[str | None, ...]:
    """The same, forward."""
    if len(call.types) == 1:
        return (None,)
    return "start_dot * ones_like(y)", None, "step_dot * arange(size(y))"


def linspace_transposes(call: Call) -> tuple[str, str]:
    """y = (1 - t) * start + t * stop with t from 0 to 1."""
    if call.rank(0) or call.rank(1):
        raise call.refuse("between arrays")
    num = "num" if len(call.types) > 2 else "50"
    t = f"linspace(0.0, 1.0, {num}, endpoint=endpoint)"
    return f"sum(y_bar * (1 - {t}))", f"sum(y_bar * {t})"


# fmt: off
ROWS: list[Row] = [
    # constants
    inactive("zeros(shape, dtype=None, order='C') -> y",
             cases=("3", "(2, 3)", "(2, 3), dtype='float32'", "()")),
    inactive("ones(shape, dtype=None, order='C') -> y", cases=("3", "(2, 3)", "4, dtype='int64'")),
    inactive("empty(shape, dtype=None, order='C') -> y",
             cases=("0", "(0, 3)", "0, dtype='complex128'")),
    inactive("zeros_like(x|a, dtype=None) -> y", cases=(*COPIED, "R(3), dtype='int64'"), **LIKE),
    inactive("ones_like(x|a, dtype=None) -> y", cases=(*COPIED, "R(3), dtype='bool'"), **LIKE),
    inactive("empty_like(x|prototype, dtype=None) -> y", cases=("R(0)", "R(2, 0)"), **LIKE),
    inactive("eye(n|N, m|M: value = None, k: value = 0, dtype: static = float) -> y",
             cases=("3", "3, 4", "3, None, 1", "3, None, -1, dtype='float32'")),
    inactive("identity(n, dtype: static = None) -> y", cases=("3",)),
    inactive("tri(n|N, m|M: value = None, k: value = 0) -> y", cases=("3", "3, 4", "3, None, 1")),

    # numbers put in
    linear("full(to|shape, value|fill_value, dtype=None, order='C') -> y", None, "y_bar",
           stretches=-1, cases=("3, S", "(2, 3), S", "(2, 3), R(3)", "(2,), 1.5")),
    linear("full_like(x|a, value|fill_value, dtype=None) -> y", None, "y_bar", stretches=0,
           cases=("R(3), S", "R(2, 3), R(3)")),
    rule("arange(start, stop: value = None, step: value = 1, dtype=None) -> y", arange_vjp,
         arange_jvp, real_only=True, domain=((0.1, 0.2), (3.3, 3.4), (0.9, 1.0)),
         cases=("4", "2, 5", "S, S", "S, S, S", "0.0, 3.0, S", "5, 0, -1")),
    linear("linspace(start, stop, num: value = 50, endpoint=True, dtype=None) -> y",
           linspace_transposes, jointly=True,
           cases=("S, S, 5", "S, S", "0.0, S, 4", "S, 1.0, 4, endpoint=False", "S, S, 1")),

    # arrays of what is there
    linear("array(x|object, dtype=None) -> y", "y_bar", cases=(*COPIED, "R(3), dtype='float64'")),
    linear("asarray(x|a, dtype=None) -> y", "y_bar", via="np np.asanyarray", is_view=True,
           cases=COPIED),
    linear("ascontiguousarray(x|a, dtype=None) -> y", "y_bar", via="np", is_view=True,
           cases=COPIED[:2]),
]
