"""Programs that s2s does not differentiate yet: it must say so, and never return a wrong number.

FIRST: refused altogether.  SECOND: refused by the tests of second derivatives, by program.
"""

FIRST = frozenset(
    {
        "containers.grouped_lists",
    }
)
SECOND: frozenset[str] = frozenset()
SECOND_TESTS = frozenset(
    {
        "test_reverse_over_reverse",
        "test_forward_over_reverse",
        "test_gradient_of_a_function_that_calls_a_gradient",
    }
)
# Tests of the programs themselves, which call no compiler.
ORACLES = frozenset({"test_program_is_fit", "test_differences_agree_with_jax"})


def refused(test: str, program: str) -> bool:
    """Whether a test of a program must end in an error of s2s."""
    if test in ORACLES:
        return False
    return program in FIRST or (test in SECOND_TESTS and program in SECOND)
