"""Programs that s2s does not differentiate yet: it must say so, and never return a wrong number.

FIRST: refused altogether.  SECOND: refused by the tests of second derivatives, by program.
"""

FIRST = frozenset(
    {
        "array_expressions.joined",
        "calls.map_and_filter",
        "calls.star_arguments",
        "calls.table_of_functions",
        "closures.composed",
        "closures.function_chosen_by_branch",
        "closures.lambdas_late_binding",
        "complex_numbers.complex_in_place",
        "comprehensions.generator_function",
        "containers.dict_updated",
        "containers.grouped_lists",
        "containers.insert_delete_extend",
        "containers.sorted_values",
        "containers.star_unpacking",
        "containers.transpose_by_zip",
        "exceptions.exception_from_a_callee",
        "exceptions.several_handlers",
        "exceptions.string_to_number",
        "objects.dataclass_replaced",
        "objects.namedtuple_argument",
        "strings_and_misc.match_statement",
        "strings_and_misc.parses_an_option",
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
