"""Check the zoo without s2s: every program runs, warns of nothing, and is smooth at its point.

``python -m tests.zoo [substring]``
"""

import contextlib
import io
import sys
import time
import warnings

import numpy as np

from tests import oracles
from tests.zoo import Program, all_programs

LARGEST_ERROR = 2e-8


def complaint(program: Program) -> str | None:
    """What makes a program unfit for the zoo, if anything."""
    args = program.make_args()
    arrays = [id(a) for _, a in oracles.arrays_of(args)]
    if len(set(arrays)) < len(arrays):
        return "arguments share an array"
    if not oracles.same_contents(args, program.make_args()):
        return "arguments differ from call to call"
    with contextlib.redirect_stdout(io.StringIO()):
        coarse = oracles.differences(program.function, args, program.argnums)
        fine = oracles.differences(program.function, args, program.argnums, step=0.8e-3)
    if not oracles.same_contents(args, program.make_args()):
        return "the oracle changed its arguments"
    if not np.isfinite(coarse.jacobian).all():
        return "not finite"
    scale = max(1.0, float(np.max(np.abs(coarse.jacobian))))
    change = float(np.max(np.abs(coarse.jacobian - fine.jacobian))) / scale
    if max(change, fine.error) > LARGEST_ERROR:
        return f"not smooth: steps differ by {change:.1e}, extrapolations by {fine.error:.1e}"
    if not np.any(coarse.jacobian):
        return "every derivative is zero"
    scalar = isinstance(coarse.value, float) or (
        isinstance(coarse.value, np.ndarray) and coarse.value.shape == ()
    )
    if scalar == ("nonscalar" in program.tags):
        return f"returns {type(coarse.value).__name__}, but its tags are {sorted(program.tags)}"
    return None


def main(part: str = "") -> int:
    """Print the unfit programs; the exit status says whether there are any."""
    warnings.simplefilter("error")
    chosen = [program for program in all_programs() if part in program.name]
    unfit = 0
    for program in chosen:
        start = time.perf_counter()
        try:
            reason = complaint(program)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - start
        if reason is None and seconds > 1.0:
            reason = f"takes {seconds:.1f} s"
        if reason is not None:
            unfit += 1
            print(f"{program.name}: {reason}")
    functions = len({program.function for program in chosen})
    print(f"{len(chosen)} programs ({functions} functions), {unfit} unfit")
    return 1 if unfit else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
