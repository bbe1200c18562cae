"""Example arguments for a whole function: from ``--args``, annotations, defaults, or use.

A parameter takes its type from the first of these that says something. What is told by use alone is
a guess, and is reported, so that the caller can say it with ``--args``.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2s.cli.argspec import EXAMPLE, Examples, Node, parse_spec
from s2s.cli.usage import UsageError, did_you_mean
from s2s.cli.use import type_from_use
from s2s.pyast import parse_expression, parse_function


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """What ``np.ndarray`` and ``NDArray[np.float64]`` say: an array, but not its shape."""

    dtype: str = "float64"


Type = Node | type | ArrayOf  # a tree, a dataclass, or an array of unknown rank

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Arguments:
    """Values for the positional parameters of a function, and which types were guessed."""

    values: tuple[Any, ...]
    guesses: dict[str, str]


def example_arguments(fn: Callable[..., Any], spec: str = "") -> Arguments:
    """Make arguments that `fn` can be specialised to, by the description `spec` where it speaks."""
    told = parse_spec(spec)
    parameters = _positional(fn)
    names = [p.name for p in parameters]
    for name in told:
        if name not in names:
            raise UsageError(
                f"`{fn.__name__}` has no parameter {name!r}{did_you_mean(name, names)}"
            )
    types = {p.name: told.get(p.name) or _annotated(fn, p) for p in parameters}
    guesses = {
        p.name: _guess(fn, p.name, types[p.name])
        for p in parameters
        if isinstance(types[p.name], ArrayOf) or (types[p.name] is None and p.default is p.empty)
    }
    types |= {name: parse_expression(text) for name, text in guesses.items()}
    return Arguments(_values(parameters, types), guesses)


def _guess(fn: Callable[..., Any], name: str, annotation: Type | None) -> str:
    dtype = annotation.dtype if isinstance(annotation, ArrayOf) else None
    return type_from_use(parse_function(fn).tree, name, dtype)


def _positional(fn: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = inspect.signature(fn).parameters.values()
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty:
            advice = "write a function that passes it"
            raise UsageError(f"`{fn.__name__}` needs the keyword argument {p.name!r}; {advice}")
    return [p for p in parameters if p.kind in POSITIONAL]


def _values(parameters: list[inspect.Parameter], types: dict[str, Any]) -> tuple[Any, ...]:
    """Make the values; sizes are named before, so that ``n: int`` may stand before its array."""
    examples = Examples()
    for kind in types.values():
        if kind is not None and not isinstance(kind, type):
            examples.declare(kind)
    return tuple(
        p.default if types[p.name] is None else _value(types[p.name], p.name, examples)
        for p in parameters
    )


def _value(kind: Any, name: str, examples: Examples) -> Any:
    """Make a value of a type: a tree, or a dataclass, whose fields are made in their turn."""
    if not isinstance(kind, type):
        return examples.value(kind, name)
    fields = [field for field in dataclasses.fields(kind) if field.init]
    hints = typing.get_type_hints(kind)
    return kind(**{f.name: _field_value(f, hints[f.name], examples) for f in fields})


def _field_value(field: dataclasses.Field[Any], hint: Any, examples: Examples) -> Any:
    known = _from_annotation(hint, field.name)
    if isinstance(known, ArrayOf):
        known = parse_expression(f"{known.dtype}[n]")
    return _value(known, field.name, examples)


def _annotated(fn: Callable[..., Any], parameter: inspect.Parameter) -> Type | None:
    """The type that an annotation states, if there is an annotation; the default where it fails."""
    annotation = parameter.annotation
    if annotation is parameter.empty:
        return None
    if isinstance(annotation, str) and not _is_spec(annotation):
        annotation = _evaluated(annotation, fn)
    try:
        return _from_annotation(annotation, parameter.name)
    except UsageError:
        if parameter.default is parameter.empty:
            raise
        return None


def _from_annotation(annotation: Any, name: str) -> Type:
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return annotation
    if np.ndarray in (annotation, typing.get_origin(annotation)):
        return _array_of(annotation)
    named = isinstance(annotation, type) and typing.get_origin(annotation) is None
    text = annotation.__name__ if named else str(annotation)
    if not _is_spec(text):
        raise UsageError(f"{name!r} is annotated as {text}, which has no example; {EXAMPLE}")
    return parse_expression(text)


def _is_spec(text: str) -> bool:
    """Whether `text` is a type that ``--args`` could state."""
    try:
        Examples().value(parse_expression(text))
    except (SyntaxError, UsageError):
        return False
    return True


def _evaluated(annotation: str, fn: Callable[..., Any]) -> Any:
    """What a postponed annotation stands for; the text itself where it stands for nothing."""
    try:
        return eval(annotation, getattr(fn, "__globals__", {}))
    except (NameError, SyntaxError, TypeError, AttributeError):
        return annotation


def _array_of(annotation: Any) -> ArrayOf:
    """``NDArray[np.float32]`` -> its element type; a bare ``np.ndarray`` holds float64."""
    for argument in typing.get_args(annotation):
        for scalar in typing.get_args(argument):
            if isinstance(scalar, type) and issubclass(scalar, np.generic):
                return ArrayOf(scalar.__name__)
    return ArrayOf()
