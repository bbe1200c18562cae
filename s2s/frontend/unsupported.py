"""Constructs of Python that have no derivative here, whatever their types: what to say of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from s2s.errors import Problem, UnsupportedSyntax
from s2s.pyast import FunctionSource, gast

ASYNC = "`async` code has no derivative", "write an ordinary function"
WORDS: dict[type, tuple[str, str]] = {
    gast.Await: ASYNC,
    gast.AsyncFor: ASYNC,
    gast.AsyncWith: ASYNC,
    gast.AsyncFunctionDef: ASYNC,
    gast.Global: (
        "`global` makes a result that the gradient cannot see",
        "return the value, or pass it in",
    ),
    gast.ClassDef: (
        "a class that is defined inside of a function cannot be differentiated",
        "define it outside",
    ),
    gast.TryStar: ("`except*` has no derivative", "use `except`"),
}
for _name, _words in {
    "TypeAlias": ("a type alias inside of a function", "define it outside"),
    "TemplateStr": ("a template string has no derivative", "use an f-string"),
}.items():
    if hasattr(gast, _name):
        WORDS[getattr(gast, _name)] = _words


def problem_of(node: gast.AST, source: FunctionSource) -> Problem | None:
    """What is wrong with a node by itself, if anything is."""
    found = WORDS.get(type(node))
    if found is None:
        return None
    return Problem(found[0], source.span(node), found[1], UnsupportedSyntax.code)


def problems_in(tree: Any, source: FunctionSource) -> Iterator[Problem]:
    """What is wrong with a function by its syntax alone, wherever it stands."""
    for node in gast.walk(tree):
        problem = problem_of(node, source)
        if problem is not None:
            yield problem
