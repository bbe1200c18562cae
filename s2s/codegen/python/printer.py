"""A program as the text of a Python module."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from s2s.codegen.python import nodes
from s2s.codegen.python.comments import Text, annotate
from s2s.codegen.python.effects import Memory, local_classes
from s2s.codegen.python.expressions import Expressions
from s2s.codegen.python.naming import clean, name_variables
from s2s.codegen.python.outside import IMPORTS, outside_names, symbols_of
from s2s.codegen.python.regions import place
from s2s.codegen.python.statements import Statements
from s2s.ir.core import Function, Program, walk
from s2s.ir.span import Span
from s2s.pyast import gast, to_source_and_tree


@dataclass(frozen=True, slots=True)
class Printed:
    """A program as Python.

    source:      a module; executing it defines the functions
    names:       the Python name of each function of the program
    symbols:     names that the source reads and does not define: bind them before executing it
    line_spans:  the user's place of a line of the source, counted from 1
    """

    source: str
    names: Mapping[str, str]
    symbols: frozenset[str]
    line_spans: Mapping[int, Span]


def print_program(
    program: Program,
    *,
    names: Mapping[str, str] | None = None,
    header: str = "",
    comments: bool | Collection[str] = True,
) -> Printed:
    """Print ``program`` as a Python module, its entry function first.

    names:    Python names for functions of the program (others keep their own)
    header:   the docstring of the entry function
    comments: whether statements say which line of the user's they come from; or the functions in
              which they do.  In a function with `comment` operations only what follows the first.
    """
    functions = _function_names(program, names or {})
    memory = Memory(program)
    order = sorted(program.functions, key=lambda name: name != program.entry)
    texts: list[Text] = []
    mentioned: set[str] = set()
    for name in order:
        commented = comments if isinstance(comments, bool) else name in comments
        doc = header if name == program.entry else ""
        text, outside = _print_function(
            program.functions[name], program, memory, functions, doc, commented
        )
        texts.append(text)
        mentioned |= outside
    imports = [line for module, line in IMPORTS.items() if module in mentioned]
    symbols = _symbols(program) & mentioned
    source, spans = _assemble(sorted(imports, key=_import_order), texts)
    return Printed(source, functions, frozenset(symbols - set(IMPORTS)), spans)


def _print_function(
    function: Function,
    program: Program,
    memory: Memory,
    functions: Mapping[str, str],
    header: str,
    comments: bool,
) -> tuple[Text, set[str]]:
    """One function, and the names that it reads and does not define."""
    layout = place(function, memory)
    reserved = {functions.get(name, name) for name in outside_names(function)}
    params = function.body.args
    names, nothing = name_variables(layout, params, reserved)
    local = local_classes(memory, function, function.body.terminator.operands)
    statements = Statements(Expressions(layout, memory, names, functions, local), nothing)
    body = statements.code(layout.items).body
    _drop_last_return(body)
    if header:
        body.insert(0, gast.Expr(nodes.const(_docstring(header))))
    tree = nodes.function(
        functions[function.name], [names[p] for p in params], body or [gast.Pass()]
    )
    source, parsed = to_source_and_tree(tree)
    read = {node.id for node in gast.walk(tree) if isinstance(node, gast.Name)}
    return annotate(source, tree, parsed.body[0], statements, comments), read - set(names.values())


def _function_names(program: Program, names: Mapping[str, str]) -> dict[str, str]:
    """A Python name for each function, all different."""
    found: dict[str, str] = {}
    for name in sorted(
        program.functions, key=lambda name: (name not in names, name != program.entry)
    ):
        wish = clean(names.get(name, name)) or "function"
        taken, number, result = set(found.values()), 2, wish
        while result in taken:
            result, number = f"{wish}{number}", number + 1
        found[name] = result
    return found


def _drop_last_return(body: list[nodes.Node]) -> None:
    """A function that returns nothing needs no `return` at its end."""
    if len(body) > 1 and isinstance(body[-1], gast.Return) and body[-1].value is None:
        body.pop()


def _docstring(header: str) -> str:
    first, *rest = header.strip().split("\n")
    if not rest:
        return first
    return "\n".join([first, *(f"    {line}".rstrip() for line in rest), "    "])


def _symbols(program: Program) -> set[str]:
    return {
        symbol.partition(".")[0]
        for function in program.functions.values()
        for op in walk(function.body)
        for symbol in symbols_of(op)
    }


def _import_order(line: str) -> tuple[bool, bool, str]:
    return line.startswith("from s2s"), not line.endswith("math"), line


def _assemble(imports: list[str], texts: list[Text]) -> tuple[str, dict[int, Span]]:
    """Join imports and functions; number their lines anew."""
    lines: list[str] = []
    spans: dict[int, Span] = {}
    previous = ""
    for line in imports:
        if previous and _import_order(line)[:2] != _import_order(previous)[:2]:
            lines.append("")
        lines.append(line)
        previous = line
    for text in texts:
        lines += ["", ""] if lines else []
        spans.update((len(lines) + number, span) for number, span in text.spans.items())
        lines += text.lines
    return "\n".join(lines) + "\n", spans
