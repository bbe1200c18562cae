"""SSA to readable Python.

The way of a function, one file each:

    effects      what each operation reads, writes, may raise; which values are views of memory
    uses         how often each value is used, where from, until when
    placement    operations -> `layout`: statements, with the expressions that stand inside of them
                 (`trees` keeps effects in order, `regions` has `if`, loops and `try`)
    liveness     which variables may not share a name
    returns      `return` inside of loops
    attempts     results of a `try` that must be None where it failed
    unbound      variables that may have no value
    naming       out of SSA: variables that copy each other get one name
    expressions  operation -> syntax tree (`kinds` is the table)
    statements   layout -> syntax tree (`simple` has those without blocks, `moves` parallel ones)
    printer      the text, its comments, and the user's place of each of its lines
"""

from s2s.codegen.python.printer import Printed, print_program

__all__ = ["Printed", "print_program"]
