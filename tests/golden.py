"""Goldens: generated sources that a reviewer reads; ``pytest --bless`` writes them anew."""

from pathlib import Path

FOLDER = Path(__file__).parent / "golden"

# Programs of the zoo whose generated gradient is held.
HELD = (
    "thirteen.p01_recurrence_in_place",
    "thirteen.p02_broadcasting",
    "thirteen.p03_while_break_view-breaks",
    "thirteen.p04_swapped_buffers-even",
    "thirteen.p05_alias_after_branch-alias",
    "thirteen.p06_growing_list",
    "thirteen.p07_shared_nested_lists",
    "thirteen.p08_recursion_writes",
    "thirteen.p09_nonlocal_in_loop",
    "thirteen.p10_try_lookup",
    "thirteen.p11_return_from_nested_loop-inside",
    "thirteen.p12_lu_pivoted",
    "thirteen.p13_complex_recursion",
    "branches.by_where",
    "branches.huber_loss",
    "complex_numbers.mandelbrot_escape",
    "exits.all_three_exits",
    "linear_algebra.cholesky_by_hand",
    "linear_algebra.lu_in_place",
    "loops.sum_of_squares",
    "loops.triangular",
    "science.binomial_tree",
    "science.kalman_filter_matrices",
    "science.levinson_durbin",
    "science.multilayer_perceptron",
    "science.runge_kutta",
    "science.softmax_cross_entropy",
    "views_and_aliasing.overlapping_shift",
)
