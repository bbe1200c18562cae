"""Every error that s2s raises, each pointing at the user's file, line and column.

::

    S2SError
    ├── UnsupportedSyntax      E1xx  a construct s2s does not read       (also SyntaxError)
    ├── SourceUnavailable      E2xx  the function has no readable source (also OSError)
    ├── TypeInferenceError     E3xx  two types that do not meet          (also TypeError)
    │   └── CannotInfer              nothing says what the type is
    ├── NotDifferentiable      E4xx  there is no derivative to compute   (also TypeError)
    │   ├── NoRule                   a function without a derivative rule
    │   ├── NonScalarOutput          `grad` of something that is not one number
    │   └── NoActiveInput            an argument that holds no float
    ├── BadArgnums             E5xx  `argnums` names no parameter        (also ValueError)
    └── InternalError          E9xx  a mistake in s2s itself             (also RuntimeError)

An error holds one or more `Problem`; each says what, where, and one thing to do. All classes take
``(message, span, hint=None, *, code=None)``; where the wording is always the same, a class has a
constructor ``of`` that composes it. What plain Python raises when the function runs (an index out
of range, the user's own ``raise``) is not wrapped: it reaches the user as that exception.
"""

from __future__ import annotations

import difflib
import linecache
import tokenize
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from s2s.ir.span import Span

__all__ = [
    "BadArgnums",
    "CannotInfer",
    "InternalError",
    "NoActiveInput",
    "NoRule",
    "NonScalarOutput",
    "NotDifferentiable",
    "Problem",
    "S2SError",
    "SourceUnavailable",
    "TypeInferenceError",
    "UnsupportedSyntax",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: what is wrong, where, and what to do about it."""

    message: str
    span: Span | None = None
    hint: str | None = None
    code: str = "E000"

    @property
    def headline(self) -> str:
        """The message, the way out and the code, on one line."""
        advice = f"; {self.hint}" if self.hint else ""
        return f"{self.message}{advice}  [s2s.{self.code}]"

    @property
    def where(self) -> str:
        """File, line, source line and carets as Python draws them; "" if the place is unknown."""
        if not self.span:
            return ""
        place = f'  File "{self.span.file}", line {self.span.line}'
        return "\n".join([place, *_underlined(self.span)])


class S2SError(Exception):
    """The base of every error that s2s raises on purpose.

    ``problems`` holds the findings in the order of the source, ``span`` the place of the first:

    >>> try:
    ...     raise S2SError("something is off", hint="look again")
    ... except S2SError as error:
    ...     print(error)
    something is off; look again  [s2s.E000]
    """

    code: ClassVar[str] = "E000"

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        hint: str | None = None,
        *,
        code: str | None = None,
    ) -> None:
        self._hold((Problem(message, span, hint, code or self.code),))

    @classmethod
    def collect(cls, problems: Iterable[Problem]) -> Self:
        """One error out of several problems, sorted by where they stand."""
        ordered = tuple(sorted(problems, key=_position))
        if not ordered:
            raise ValueError("an error needs at least one problem")
        error = cls.__new__(cls)
        error._hold(ordered)
        return error

    @property
    def span(self) -> Span | None:
        """Where the first problem stands."""
        return self.problems[0].span

    def __str__(self) -> str:
        return "\n\n".join(_paragraph(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[Callable[..., S2SError], tuple[Any, ...], dict[str, Any]]:
        return type(self).collect, (self.problems,), self.__dict__

    def _hold(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        Exception.__init__(self, *(problem.headline for problem in problems))


class UnsupportedSyntax(S2SError, SyntaxError):
    """A construct of Python that s2s does not read.

    It is a `SyntaxError`, so Python, pytest and notebooks draw the caret. All constructs of a
    function come in one error: the first where `SyntaxError` shows it, the others below it.

    >>> raise UnsupportedSyntax("set comprehension has no derivative", hint="use a list")
    Traceback (most recent call last):
    s2s.errors.UnsupportedSyntax: set comprehension has no derivative; use a list  [s2s.E100]

    *Way out:* write the construct in the terms that the hint names, or move the code that needs
    no derivative into a function of its own whose result you pass in.
    """

    code = "E100"

    def _hold(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        first, *others = problems
        SyntaxError.__init__(self, _with_others(first.headline, others), _location(first.span))

    def __str__(self) -> str:
        return str(self.msg)


class SourceUnavailable(S2SError, OSError):
    """The source of a function cannot be read, or is not what Python is running.

    Python keeps no source for code typed into its plain prompt, passed to ``exec`` or to
    ``python -c``, or written in C. IPython and Jupyter keep it.

    >>> raise SourceUnavailable.of(len)
    Traceback (most recent call last):
    s2s.errors.SourceUnavailable: the source of `len` is not available (it is not written in \
Python); call it in a Python function, and differentiate that  [s2s.E200]
    """

    code = "E200"

    @classmethod
    def of(cls, fn: object, reason: str | None = None, hint: str | None = None) -> Self:
        """Say why the source of `fn` cannot be had; without `reason`, find it out."""
        usual_reason, usual_hint = _why_no_source(fn)
        name = getattr(fn, "__qualname__", None) or repr(fn)
        message = f"the source of `{name}` is not available ({reason or usual_reason})"
        return cls(message, hint=hint or usual_hint)


class TypeInferenceError(S2SError, TypeError):
    """An operation whose operands can have no common type, whatever the values are.

    >>> raise TypeInferenceError("cannot add float and str")
    Traceback (most recent call last):
    s2s.errors.TypeInferenceError: cannot add float and str  [s2s.E300]

    *Way out:* the message names both types and the line each comes from; change one of them.
    """

    code = "E300"


class CannotInfer(TypeInferenceError):
    """Nothing in the program or its arguments says what a type is, and it has to be known.

    >>> raise CannotInfer("the type of `x` is not known", hint='pass --args "x: float64[n]"')
    Traceback (most recent call last):
    s2s.errors.CannotInfer: the type of `x` is not known; pass --args "x: float64[n]"  [s2s.E301]
    """

    code = "E301"


class NotDifferentiable(S2SError, TypeError):
    """The derivative that was asked for does not exist.

    >>> raise NotDifferentiable("the result of `f` is a str")
    Traceback (most recent call last):
    s2s.errors.NotDifferentiable: the result of `f` is a str  [s2s.E400]
    """

    code = "E400"


class NoRule(NotDifferentiable):
    """A function that s2s has no derivative for meets an active value.

    >>> raise NoRule.of("numpy.linalg.slogdett", known=["numpy.linalg.slogdet"])
    Traceback (most recent call last):
    s2s.errors.NoRule: `numpy.linalg.slogdett` has no derivative rule; \
use `numpy.linalg.slogdet`, or write it with functions that have one  [s2s.E401]

    *Way out:* a Python function that computes the same needs no rule.
    """

    code = "E401"

    @classmethod
    def of(
        cls,
        name: str,
        span: Span | None = None,
        known: Iterable[str] = (),
        advice: str | None = None,
    ) -> Self:
        """`name` has no rule; `known` are the functions that have one, the nearest is named, unless
        there is `advice`."""
        if advice is not None:
            return cls(f"`{name}` has no derivative rule", span, advice)
        nearest = _nearest_function(name, known)
        instead = f"use `{nearest}`, or " if nearest else ""
        hint = f"{instead}write it with functions that have one"
        return cls(f"`{name}` has no derivative rule", span, hint)


class NonScalarOutput(NotDifferentiable):
    """`grad` was asked of a function that does not return one real number.

    >>> raise NonScalarOutput.of("model", "float64[n]")
    Traceback (most recent call last):
    s2s.errors.NonScalarOutput: `grad` needs one real number, but `model` returns float64[n]; \
use `s2s.jacrev` for the whole Jacobian, or sum the result  [s2s.E402]
    """

    code = "E402"

    @classmethod
    def of(
        cls, function: str, type_text: str, span: Span | None = None, *, aux: bool = False
    ) -> Self:
        """`function` returns a value of the type written as `type_text`; ``aux``: with has_aux."""
        if aux:
            message = f"`has_aux` needs a real number and something else, but `{function}` returns"
            return cls(f"{message} {type_text}", span, "return a pair: (number, anything)")
        message = f"`grad` needs one real number, but `{function}` returns {type_text}"
        return cls(message, span, _scalar_advice(type_text))


class NoActiveInput(NotDifferentiable):
    """An argument named by `argnums` holds no float and no complex number.

    >>> raise NoActiveInput.of("steps", "int")
    Traceback (most recent call last):
    s2s.errors.NoActiveInput: cannot differentiate with respect to `steps`: it is int and holds no \
float; pass a float, or leave `steps` out of argnums  [s2s.E403]
    """

    code = "E403"

    @classmethod
    def of(cls, parameter: str, type_text: str, span: Span | None = None) -> Self:
        """The argument for `parameter` has the type written as `type_text`."""
        what = f"it is {type_text} and holds no float"
        hint = f"pass a float, or leave `{parameter}` out of argnums"
        return cls(f"cannot differentiate with respect to `{parameter}`: {what}", span, hint)


class BadArgnums(S2SError, ValueError):
    """`argnums` names a parameter that the function does not have.

    >>> raise BadArgnums.of("wieght", "loss", ["weights", "x"])
    Traceback (most recent call last):
    s2s.errors.BadArgnums: `loss` has no parameter 'wieght'; did you mean 'weights'? \
It has: weights (0), x (1)  [s2s.E500]
    """

    code = "E500"

    @classmethod
    def of(
        cls,
        argnum: int | str,
        function: str,
        parameters: Sequence[str],
        span: Span | None = None,
    ) -> Self:
        """`argnum` is none of `parameters`, the names of the function in order."""
        nearest = nearest_name(argnum, parameters) if isinstance(argnum, str) else None
        question = f"did you mean {nearest!r}? " if nearest else ""
        listed = ", ".join(f"{name} ({i})" for i, name in enumerate(parameters))
        has = f"It has: {listed}" if parameters else "It has no parameters"
        return cls(f"`{function}` has no parameter {argnum!r}", span, question + has)


class InternalError(S2SError, RuntimeError):
    """A mistake in s2s, not in the user's program.

    >>> raise InternalError.of("adjoint", "%3 = sin %x", "no cotangent for %3")
    Traceback (most recent call last):
    s2s.errors.InternalError: s2s made a mistake in pass `adjoint` at `%3 = sin %x`: no cotangent \
for %3; please report it with the function; `s2s ssa ... --stage adjoint` shows it  [s2s.E900]
    """

    code = "E900"

    @classmethod
    def of(cls, pass_name: str, op: object, reason: str, span: Span | None = None) -> Self:
        """Pass `pass_name` failed on `op` (printed as text) for `reason`."""
        message = f"s2s made a mistake in pass `{pass_name}` at `{op}`: {reason}"
        show = f"`s2s ssa ... --stage {pass_name}` shows it"
        return cls(message, span, f"please report it with the function; {show}")


# ---- drawing -----------------------------------------------------------------------------------


def _paragraph(problem: Problem) -> str:
    """Headline first, then the place, so that the last line of a traceback says it all."""
    return "\n".join(part for part in (problem.headline, problem.where) if part)


def _with_others(headline: str, others: Sequence[Problem]) -> str:
    """Append the problems that `SyntaxError` itself has no room for."""
    if not others:
        return headline
    count = "1 more problem" if len(others) == 1 else f"{len(others)} more problems"
    rest = [f"{problem.where}\n  {problem.headline}".lstrip("\n") for problem in others]
    return "\n\n".join([f"{headline}\n\n{count} in this function:", *rest])


def _underlined(span: Span) -> list[str]:
    """Return the source line of `span` and the carets under it, both indented by four."""
    line = _line(span)
    text = line.lstrip()
    if not text:
        return []
    indent = len(line) - len(text)
    start = max(span.col - indent, 0)
    width = max(_end_on_first_line(span, line) - indent - start, 1)
    margin = "".join(char if char.isspace() else " " for char in text[:start])
    return [f"    {text}", f"    {margin}{'^' * width}"]


def _line(span: Span) -> str:
    return linecache.getline(span.file, span.line).rstrip()


def _end_on_first_line(span: Span, line: str) -> int:
    """Where the carets end: at the end of `line` when the span goes on below it."""
    return span.end_col if span.end_line == span.line else len(_without_comment(line))


def _without_comment(line: str) -> str:
    """A line up to its comment."""
    try:
        for token in tokenize.generate_tokens(iter([line]).__next__):
            if token.type == tokenize.COMMENT:
                return line[: token.start[1]].rstrip()
    except (tokenize.TokenError, SyntaxError):
        pass  # a line of a longer statement
    return line


def _location(span: Span | None) -> tuple[Any, ...]:
    """The details `SyntaxError` takes: columns from 1, on one line."""
    if not span:
        return (None, None, None, None, None, None)
    line = _line(span)
    end = max(_end_on_first_line(span, line), span.col + 1)
    return (span.file, span.line, span.col + 1, line or None, span.line, end + 1)


def _position(problem: Problem) -> tuple[str, int, int]:
    span = problem.span
    return (span.file, span.line, span.col) if span else ("", 0, 0)


# ---- advice ------------------------------------------------------------------------------------


def nearest_name(name: str, known: Iterable[str], cutoff: float = 0.75) -> str | None:
    """The name that was probably meant, None if none is near."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)), None)


def _nearest_function(name: str, known: Iterable[str]) -> str | None:
    """The function whose own name is nearest, whatever module it is in."""
    by_name = {full.rpartition(".")[2]: full for full in known}
    nearest = nearest_name(name.rpartition(".")[2], by_name, cutoff=0.82)
    return by_name[nearest] if nearest else None


def _scalar_advice(type_text: str) -> str:
    if type_text.startswith("complex"):
        return "return its real part, imaginary part or absolute value"
    if type_text.startswith(("tuple", "(")):
        return "return the number alone, or use `has_aux=True` when it comes first"
    if type_text == "None":
        return "return the number: a `return` is missing, or has no value"
    if type_text.startswith(("a list", "a dict")):
        return "return the number alone, or use `has_aux=True` and return (number, anything)"
    if "float" not in type_text:
        return "return a float"
    return "use `s2s.jacrev` for the whole Jacobian, or sum the result"


def _why_no_source(fn: object) -> tuple[str, str]:
    """Return the reason and the way out for a function whose source was not found."""
    code = getattr(fn, "__code__", None)
    if code is None:
        return "it is not written in Python", "call it in a Python function, and differentiate that"
    if code.co_filename in ("<stdin>", "<python-input>"):
        return "it was typed at the prompt", "save it to a file and import it, or use IPython"
    if code.co_filename == "<string>":
        return "it was made by `exec` or `python -c`", "save it to a file and import it"
    return f"{code.co_filename} cannot be read", "save it to a file and import it"
