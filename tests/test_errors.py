"""Messages: what, where with a caret, one thing to do; all problems of a function at once."""

from __future__ import annotations

import doctest
import inspect
import linecache
import pickle
import traceback

import pytest

from s2s import errors
from s2s.errors import Problem, S2SError, UnsupportedSyntax
from s2s.ir.span import UNKNOWN, Span

SOURCE = """\
def f(x):
    y = {v for v in x}
    naïve = "é" + {1: 2}
\tif x: z = await_(x)
    return g(
        x,
        y,
    )
"""


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of the user's, known to linecache only."""
    entry = (len(SOURCE), None, SOURCE.splitlines(keepends=True), "demo.py")
    monkeypatch.setitem(linecache.cache, "demo.py", entry)
    return "demo.py"


def formatted(error: BaseException) -> str:
    """What Python prints for an uncaught error, without the frames."""
    return "".join(traceback.format_exception_only(error))


def all_classes() -> list[type[S2SError]]:
    found = [value for value in vars(errors).values() if inspect.isclass(value)]
    return [cls for cls in found if issubclass(cls, S2SError)]


def test_manual_pages_are_true() -> None:
    results = doctest.testmod(errors)
    assert results.attempted >= 10
    assert results.failed == 0


@pytest.mark.parametrize("cls", all_classes(), ids=lambda cls: cls.__name__)
def test_every_class_has_a_manual_page_and_a_code(cls: type[S2SError]) -> None:
    assert cls.__doc__
    assert ">>>" in cls.__doc__
    assert cls.code.startswith("E")
    assert cls.__name__ in errors.__all__
    assert cls.__name__ in (errors.__doc__ or "")


def test_codes_are_not_shared() -> None:
    codes = [cls.code for cls in all_classes()]
    assert len(set(codes)) == len(codes)


def test_syntax_error_draws_the_caret(demo: str) -> None:
    span = Span(demo, 2, 8, 2, 22)
    error = UnsupportedSyntax("a set has no derivative", span, "use a list", code="E104")
    assert formatted(error) == (
        '  File "demo.py", line 2\n'
        "    y = {v for v in x}\n"
        "        ^^^^^^^^^^^^^^\n"
        "s2s.errors.UnsupportedSyntax: a set has no derivative; use a list  [s2s.E104]\n"
    )


def test_all_problems_come_at_once_in_the_order_of_the_source(demo: str) -> None:
    late = Problem("a dict cannot be added", Span(demo, 3, 18, 3, 24), code="E105")
    early = Problem("a set has no derivative", Span(demo, 2, 8, 2, 22), code="E104")
    error = UnsupportedSyntax.collect([late, early])
    assert error.problems == (early, late)
    assert error.lineno == 2
    text = formatted(error)
    assert text.count("^^^") >= 2
    assert "1 more problem in this function:" in text
    assert text.index("s2s.E104") < text.index("line 3") < text.index("s2s.E105")
    assert '    naïve = "é" + {1: 2}\n                  ^^^^^^\n' in text


def test_a_span_over_several_lines_is_underlined_to_the_end_of_its_first(demo: str) -> None:
    span = Span(demo, 5, 11, 8, 5)
    error = UnsupportedSyntax("no", span)
    assert "    return g(\n           ^^\n" in formatted(error)
    assert "    return g(\n           ^^" in str(errors.NoRule("no", span))


def test_tabs_and_narrow_spans_keep_the_caret_in_place(demo: str) -> None:
    assert "    if x: z = await_(x)\n       ^" in str(S2SError("no", Span(demo, 4, 4, 4, 4)))


def test_other_errors_say_the_place_below_the_message(demo: str) -> None:
    error = errors.NoRule.of("numpy.frobnicate", Span(demo, 5, 11, 5, 12))
    assert str(error).splitlines() == [
        "`numpy.frobnicate` has no derivative rule; "
        "write it with functions that have one  [s2s.E401]",
        '  File "demo.py", line 5',
        "    return g(",
        "           ^",
    ]


@pytest.mark.parametrize("span", [None, UNKNOWN, Span("gone.py", 3, 0, 3, 1)])
def test_without_a_readable_place_there_is_still_a_message(span: Span | None) -> None:
    for cls in all_classes():
        error = cls("what happened", span, "what to do")
        assert "what happened; what to do" in formatted(error)
        assert error.span == span


@pytest.mark.parametrize("cls", all_classes(), ids=lambda cls: cls.__name__)
def test_errors_survive_pickling(cls: type[S2SError]) -> None:
    error = cls("message", Span("demo.py", 1, 2, 1, 3), "hint", code="E199")
    error.add_note("a note")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is cls
    assert copy.problems == error.problems
    assert str(copy) == str(error)
    assert copy.__notes__ == ["a note"]


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (errors.UnsupportedSyntax, SyntaxError),
        (errors.SourceUnavailable, OSError),
        (errors.TypeInferenceError, TypeError),
        (errors.NonScalarOutput, TypeError),
        (errors.NoActiveInput, TypeError),
        (errors.BadArgnums, ValueError),
        (errors.InternalError, RuntimeError),
    ],
)
def test_errors_are_also_what_python_would_raise(cls: type, builtin: type) -> None:
    assert issubclass(cls, builtin)


def test_an_error_needs_a_problem() -> None:
    with pytest.raises(ValueError, match="at least one problem"):
        UnsupportedSyntax.collect([])


def test_bad_argnums_lists_the_parameters() -> None:
    message = str(errors.BadArgnums.of(3, "loss", ["w", "x"]))
    assert "no parameter 3" in message
    assert "w (0), x (1)" in message
    assert "did you mean" not in message
    assert "no parameters" in str(errors.BadArgnums.of(0, "loss", []))


@pytest.mark.parametrize(
    ("type_text", "advice"),
    [("float64[n]", "jacrev"), ("complex", "real part"), ("tuple[float, int]", "has_aux")],
)
def test_non_scalar_output_says_what_to_use(type_text: str, advice: str) -> None:
    assert advice in str(errors.NonScalarOutput.of("f", type_text))


def test_no_source_says_why() -> None:
    namespace: dict[str, object] = {}
    exec("def typed(x): return x", namespace)
    message = str(errors.SourceUnavailable.of(namespace["typed"]))
    assert "`typed`" in message
    assert "save it to a file" in message
    exec(compile("def typed(x): return x", "<stdin>", "exec"), namespace)
    message = str(errors.SourceUnavailable.of(namespace["typed"]))
    assert "typed at the prompt" in message


def test_span_prints_as_editors_read_it() -> None:
    assert str(Span("demo.py", 7, 4, 7, 18)) == "demo.py:7:5"
    assert Span("demo.py", 7, 4, 7, 18)
    assert not UNKNOWN
