"""Messages as users read them: what, where, one thing to do. See `tests.rejected`."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from s2s import grad
from s2s.errors import InternalError, Problem, S2SError
from tests.rejected import Rejected, all_rejected

ERROR = re.compile(r"# error at (?P<place>.+?) -> (?P<message>.+)$")
RAISES = re.compile(r"# raises at (?P<place>.+?) -> (?P<message>\w+: .+)$")
ALL = all_rejected()


def comments(program: Rejected, form: re.Pattern[str]) -> list[tuple[int, str, str]]:
    """Line, what is underlined and message of each comment of one form in a program's module.

    Comments stand in the function, or in a function of its module that it calls.
    """
    module = inspect.getmodule(program.function)
    assert module is not None
    lines, first = inspect.getsourcelines(program.function)
    own = range(first, first + len(lines))
    called = {n for n in program.function.__code__.co_names if hasattr(module, n)}
    for name in called:
        found = getattr(module, name)
        if inspect.isfunction(found) and found.__module__ == module.__name__:
            lines, first = inspect.getsourcelines(found)
            own = [*own, *range(first, first + len(lines))]  # type: ignore[assignment]
    text = inspect.getsource(module).splitlines()
    matches = [(n, form.search(text[n - 1])) for n in own]
    return [(n, m["place"], m["message"]) for n, m in matches if m]


def underlined(problem: Problem) -> str:
    """The text above the carets."""
    *_, line, carets = problem.where.splitlines()
    start = len(carets) - len(carets.lstrip())
    return line[start : len(carets)]


def run(program: Rejected) -> Any:
    """The gradient of a program."""
    return grad(program.function, **program.options)(*program.make_args())


def failure(call: Callable[[], Any]) -> Exception:
    """What a call raises."""
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("plain Python raises nothing")


@pytest.mark.parametrize("program", [p for p in ALL if comments(p, ERROR)], ids=repr)
def test_refused_with_message_and_caret(program: Rejected) -> None:
    with pytest.raises(S2SError) as caught:
        run(program)
    assert not isinstance(caught.value, InternalError)
    assert caught.value.__cause__ is None
    found = []
    for problem in caught.value.problems:
        assert problem.span is not None
        message = problem.headline.removesuffix(f"  [s2s.{problem.code}]")
        assert problem.hint, "a message says one thing to do"
        found.append((problem.span.line, underlined(problem), message))
    assert found == comments(program, ERROR)


@pytest.mark.parametrize("program", [p for p in ALL if comments(p, RAISES)], ids=repr)
def test_exception_of_python_with_the_users_line(program: Rejected) -> None:
    plain = failure(lambda: program.function(*program.make_args()))
    classes = type(plain).__mro__[: type(plain).__mro__.index(Exception)]
    with pytest.raises(classes) as caught:  # NumPy has TypeErrors of its own
        run(program)
    assert not isinstance(caught.value, S2SError)
    ((line, place, message),) = comments(program, RAISES)
    shown = "".join(traceback.format_exception_only(caught.value))
    assert f"{type(caught.value).__name__}: {caught.value}".rstrip() == message.rstrip()
    assert f", line {line}\n" in shown
    *_, source, carets = shown.rstrip("\n").splitlines()
    start = len(carets) - len(carets.lstrip())
    assert source[start : len(carets)] == place


def test_recursion_without_end_is_what_python_says() -> None:
    def down(v: float, n: int) -> float:
        if n < 0:
            return v
        return down(v * 0.5, n + 1)

    with pytest.raises(RecursionError) as caught:
        grad(down)(1.0, 0)
    assert "in your function" in "".join(traceback.format_exception_only(caught.value))


def test_every_program_has_a_comment() -> None:
    assert all(comments(p, ERROR) or comments(p, RAISES) for p in ALL)
    assert len(ALL) >= 80
