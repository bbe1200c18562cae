"""Reading functions out of their files, and printing trees that parse back to themselves."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib.util
import linecache
import math
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import gast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s import linewrap, pyast
from s2s.errors import SourceUnavailable
from s2s.ir.span import UNKNOWN
from s2s.pyast import parse_expression, parse_function, parse_text, source_line, span_of, to_source

# ---- reading -------------------------------------------------------------------------------------


def plain(x, y=1, *rest, flag=False):
    """Doc."""
    return x + y


def keep(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that changes nothing."""
    return fn


def doubling(fn: Callable[..., float]) -> Callable[..., float]:
    """A decorator that changes the result."""

    @functools.wraps(fn)
    def twice(*args: float) -> float:
        return 2 * fn(*args)

    return twice


@keep
@functools.partial(
    keep,
)
def decorated(x):
    return x * 3


@doubling
def doubled(x):
    return x * 5


class Model:
    """A class whose methods are differentiated."""

    def energy(self, x):
        return self.k * x

    @staticmethod
    def static(x):
        return x - 1

    @classmethod
    def of(cls, x):
        return cls.scale * x

    class Inner:
        """Nested."""

        def deep(self, x):
            __private = x
            return __private

    square = lambda self, x: x * x


def outer():
    w = 2.0

    def nested(x):
        return w * x

    return nested


def checked(x):
    assert x > 0, "positive"
    return x


pair = (lambda x: x + 1, lambda x: x + 2)
curried = lambda x: lambda y: x * y
same_twice = (lambda x: x, lambda x: x)
# fmt: off
spread = sorted([3.0], key=lambda value: (
    value,
    -value)), (lambda é, b: é + b), (lambda é, b: é - b)
# fmt: on


def text_of(fn: Callable[..., Any]) -> str:
    return to_source(parse_function(fn).tree)


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (plain, 'def plain(x, y=1, *rest, flag=False):\n    """Doc."""\n    return x + y'),
        (decorated, "def decorated(x):\n    return x * 3"),
        (Model.energy, "def energy(self, x):\n    return self.k * x"),
        (Model().energy, "def energy(self, x):\n    return self.k * x"),
        (Model.static, "def static(x):\n    return x - 1"),
        (Model.of, "def of(cls, x):\n    return cls.scale * x"),
        (Model.Inner().deep, "def deep(self, x):\n    __private = x\n    return __private"),
        (Model.square, "lambda self, x: x * x"),
        (outer(), "def nested(x):\n    return w * x"),
        (checked, 'def checked(x):\n    assert x > 0, "positive"\n    return x'),
        (pair[0], "lambda x: x + 1"),
        (pair[1], "lambda x: x + 2"),
        (curried, "lambda x: lambda y: x * y"),
        (curried(3), "lambda y: x * y"),
        (same_twice[1], "lambda x: x"),
        (spread[1], "lambda é, b: é + b"),
        (spread[2], "lambda é, b: é - b"),
    ],
)
def test_functions_are_found(fn: Callable[..., Any], expected: str) -> None:
    assert text_of(fn) == expected


def test_a_wrapper_is_not_looked_through() -> None:
    assert "2 * fn(*args)" in text_of(doubled)


def test_what_a_function_source_says() -> None:
    source = parse_function(decorated)
    assert source.name == "decorated"
    assert source.file == __file__
    assert source.text == "def decorated(x):\n    return x * 3\n"
    assert source.lines[source.first_line - 1] == "def decorated(x):\n"
    assert source.tree.decorator_list == []


def test_trees_are_fresh_each_time() -> None:
    first = parse_function(plain).tree
    first.body.clear()
    assert parse_function(plain).tree.body


def spanned(fn: Callable[..., Any], kind: type) -> list[str]:
    """The source text under the span of each node of `kind`."""
    source = parse_function(fn)
    spans = [source.span(node) for node in gast.walk(source.tree) if isinstance(node, kind)]
    assert all(span.line == span.end_line for span in spans)
    return [source_line(s.file, s.line)[s.col : s.end_col] for s in spans]


def test_spans_are_exact() -> None:
    assert spanned(plain, gast.BinOp) == ["x + y"]
    assert spanned(Model.energy, gast.Attribute) == ["self.k"]


def test_columns_count_characters() -> None:
    assert spanned(spread[2], gast.BinOp) == ["é - b"]
    assert spanned(spread[2], gast.Lambda) == ["lambda é, b: é - b"]


def test_nodes_without_a_place_take_that_of_their_parts() -> None:
    def sums(x):
        return [v + w for v in x for w in x if w > 0]

    source = parse_function(sums)
    clauses = [node for node in gast.walk(source.tree) if isinstance(node, gast.comprehension)]
    span = span_of(clauses[1], source)
    assert source_line(span.file, span.line)[span.col : span.end_col] == "w in x if w > 0"
    assert span_of(gast.Add(), source) == UNKNOWN


# ---- no source, or the wrong one ---------------------------------------------------------------


@pytest.mark.parametrize("thing", [len, math.sin, functools.partial(plain, 1), 3, Model])
def test_what_is_no_python_function_has_no_source(thing: Any) -> None:
    with pytest.raises(SourceUnavailable, match="not written in Python"):
        parse_function(thing)


def test_a_function_from_exec_says_save_it_to_a_file() -> None:
    namespace: dict[str, Any] = {}
    exec("def typed(x):\n    return x", namespace)
    with pytest.raises(SourceUnavailable, match="save it to a file"):
        parse_function(namespace["typed"])


def test_source_registered_with_linecache_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "def cell(x):\n    return -x\n"
    entry = (len(text), None, text.splitlines(keepends=True), "<cell 1>")
    monkeypatch.setitem(linecache.cache, "<cell 1>", entry)
    namespace: dict[str, Any] = {}
    exec(compile(text, "<cell 1>", "exec"), namespace)
    assert text_of(namespace["cell"]) == "def cell(x):\n    return -x"


def load(path: Path, text: str) -> ModuleType:
    """Import a file of the user's as Python does."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ORIGINAL = "def f(x):\n    t = x in {1, 2, 'a'}\n    return x + 2.0\n"


@pytest.mark.parametrize(
    "edited",
    [
        ORIGINAL.replace("+", "-"),
        ORIGINAL.replace("2.0", "3.0"),
        ORIGINAL.replace("2.0", "2"),
        "\n" + ORIGINAL,
        ORIGINAL.replace("def f", "def g"),
        ORIGINAL + "def broken(:\n",
    ],
    ids=["operator", "constant", "type", "moved", "renamed", "broken"],
)
def test_an_edited_file_is_refused(tmp_path: Path, edited: str) -> None:
    path = tmp_path / "user.py"
    fn = load(path, ORIGINAL).f
    assert text_of(fn)
    path.write_text(edited + "\n# so that the size differs too\n")
    with pytest.raises(SourceUnavailable, match=r"has changed since .*load it again"):
        parse_function(fn)


def test_an_edit_elsewhere_in_the_file_is_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "user.py"
    fn = load(path, ORIGINAL + "y = 1\n").f
    path.write_text(ORIGINAL + "y = 2000\n")
    assert text_of(fn).endswith("return x + 2.0")


def test_lambdas_on_one_line_without_places(tmp_path: Path) -> None:
    """``python -X no_debug_ranges`` leaves no columns: refused, unless all say the same."""
    module = load(
        tmp_path / "user.py", "f, g = lambda x: x + 1, lambda x: x + 2\nh = lambda x: x\n"
    )
    bare = [fn.__code__.replace(co_linetable=b"\x80\x00") for fn in (module.f, module.h)]
    with pytest.raises(SourceUnavailable, match="a line of its own"):
        parse_function(type(plain)(bare[0], vars(module)))
    assert text_of(type(plain)(bare[1], vars(module))) == "lambda x: x"


# ---- printing ------------------------------------------------------------------------------------


def round_trip(text: str) -> str:
    return to_source(parse_text(text))


@pytest.mark.parametrize(
    "text",
    [
        "x[1:, ::2, None, ..., -1]",
        "a, b = b, a",
        "a, *b = c",
        "x_bar[i, j] += 2.0 * y_bar * math.cos(x[i, j])",
        "s = (-2) ** 2 - -x ** -y",
        "s = (a - (b - c)) / (d * e) // f % g @ h",
        "t = a if b else c if d else e",
        "t = (a if b else c) if d else e",
        "t = 0 < a <= b != c is not None not in d",
        "t = (a < b) < c",
        "t = a and (b or c) and not d",
        "f = lambda: 0",
        "f = lambda x, /, y=1, *args, z, **kw: (x, y)",
        "g(*a, *b, k=1, **c)",
        "g(i * i for i in x)",
        "z = [i + 1 for i in x if i if j for j in y]",
        "z = {k: v + 1 for k, v in d.items()}",
        "z = {i for i in x}",
        "z = {**a, 'b': 1}".replace("'", '"'),
        'print(f"{x!r:>{width}.2f} {{}} and {y + 1}")',
        "print(f\"{d['a']}\")",
        'raise ValueError(f"bad {x}") from error',
        "while (line := read()) is not None:\n    pass",
        "for i, (x, y) in enumerate(zip(a, b)):\n    break\nelse:\n    continue",
        "if a:\n    pass\nelif b:\n    pass\nelse:\n    pass",
        "try:\n    pass\nexcept (A, B) as e:\n    pass\nelse:\n    pass\nfinally:\n    del x, y[3]",
        "try:\n    pass\nexcept* A:\n    pass",
        "with a as b, c:\n    pass",
        "match x:\n    case [1, *r] if r:\n        pass\n    case _:\n        pass",
        "def f(a, b: int = 3, /, c=(), *args, d=4, e: T, **kw) -> float:\n    nonlocal z",
        'def f(x):\n    """One.\n\n    Two.\n    """\n    return x',
        "class A(B, k=1):\n    x: int = 3",
        "return (yield), a, *b",
        "assert x, message",
        "import numpy as np\nfrom a import b as c",
        'x = "it\'s"',
        "x = 'say \"so\"'",
        r'x = "\n\t\\"',
        "x = b'\\x00'",
        "x = 3j + 1e+300 + 10000000000000000000000",
        "x = ()",
        "x = (1,)",
        "x[()] = y[(a,)]",
        "x = y[1:,]",
        "x = a[b][c].d(e)[f]",
        "x = (1).real + 1.0.imag + (-1).imag",
        "global a",
    ],
)
def test_prints_as_a_person_would(text: str) -> None:
    assert round_trip(text) == text


def test_expressions_statements_and_lists_print() -> None:
    assert to_source(parse_expression(" a + b")) == "a + b"
    assert to_source(parse_expression("a, b")) == "a, b"
    assert to_source(parse_text("x = 1; y = 2").body) == "x = 1\ny = 2"
    assert to_source(parse_text("x = 1").body[0]) == "x = 1"
    assert to_source(ast.parse("x = 1").body[0]) == "x = 1"
    assert to_source(gast.Constant("text\nmore", None)) == '"text\\nmore"'
    assert to_source([]) == ""


def test_nodes_may_lack_what_the_parser_derives() -> None:
    name = gast.Name("x")
    call = gast.Call(gast.Attribute(gast.Name("np"), "sin"), [name], [])
    assert (
        to_source(gast.Assign([gast.Subscript(name, gast.Constant(0))], call)) == "x[0] = np.sin(x)"
    )


def test_printing_leaves_the_tree_as_it_is() -> None:
    tree = gast.BinOp(gast.Constant(-2, None), gast.Pow(), gast.Name("x", gast.Load(), None, None))
    before = gast.dump(tree)
    to_source(tree)
    assert gast.dump(tree) == before


SPECIAL_FLOATS = [0.0, -0.0, 1.5, -1.5, math.inf, -math.inf, math.nan, 1e-310, -1e300]


@pytest.mark.parametrize("real", SPECIAL_FLOATS)
@pytest.mark.parametrize("imag", [None, *SPECIAL_FLOATS])
def test_every_number_prints_as_itself(real: float, imag: float | None) -> None:
    value = real if imag is None else complex(real, imag)
    text = to_source(gast.Constant(value, None))
    assert repr(eval(text)) == repr(value)
    squared = gast.BinOp(gast.Constant(value, None), gast.Mult(), gast.Constant(value, None))
    assert repr(eval(to_source(squared))) == repr(value * value)


@pytest.mark.parametrize("value", [(1, 2), frozenset({1}), object()])
def test_constants_without_source_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no source"):
        to_source(gast.Constant(value, None))


def test_numpy_scalars_are_no_constants() -> None:
    """A NumPy float printed as a Python float would change its type, and so the promotion."""
    np = pytest.importorskip("numpy")
    with pytest.raises(ValueError, match="no source"):
        to_source(gast.Constant(np.float64(1.0), None))


def test_neighbouring_text_in_an_fstring_is_joined() -> None:
    tree = gast.JoinedStr(
        [gast.Constant("a", None), gast.Constant("", None), gast.Constant("b", None)]
    )
    assert eval(to_source(tree)) == "ab"


def test_the_whole_library_survives_printing() -> None:
    """Real code, this project's own, round trips; `to_source` itself compares the trees."""
    for path in sorted(Path(pyast.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text())
        assert ast.dump(ast.parse(to_source(tree))) == ast.dump(tree)


@pytest.mark.sweep
@pytest.mark.slow
def test_the_standard_library_survives_printing() -> None:
    for path in sorted(Path(ast.__file__).parent.glob("[a-i]*.py")):
        tree = ast.parse(path.read_text())
        to_source(tree)


# ---- width ---------------------------------------------------------------------------------------

LONG = {
    "sum": (
        "x_bar = np.sin(alpha) * beta + np.sin(gamma) * beta",
        "x_bar = (\n    np.sin(alpha) * beta\n    + np.sin(gamma) * beta\n)",
    ),
    "product": (
        "x_bar[i] += np.sin(alphabet) * np.cos(gamma)",
        "x_bar[i] += (\n    np.sin(alphabet) * np.cos(gamma)\n)",
    ),
    "call": (
        "y = solve(matrix, right_hand_side, overwrite)",
        "y = solve(\n    matrix, right_hand_side, overwrite\n)",
    ),
    "call in lines": (
        "y = solve(matrix_with_name, right_hand_side, overwrite)",
        "y = solve(\n    matrix_with_name,\n    right_hand_side,\n    overwrite,\n)",
    ),
    "return": (
        "return first_cotangent, second_cotangent, third",
        "return (\n    first_cotangent,\n    second_cotangent,\n    third,\n)",
    ),
    "condition": (
        "if first_condition and second_condition or third_condition:\n    pass",
        "if (\n    first_condition and second_condition\n    or third_condition\n):\n    pass",
    ),
    "parameters": (
        "def f_vjp(first, second, third, f_bar, other):\n    pass",
        "def f_vjp(\n    first, second, third, f_bar, other\n):\n    pass",
    ),
}


@pytest.mark.parametrize(("text", "expected"), LONG.values(), ids=LONG)
def test_long_lines_are_wrapped(text: str, expected: str) -> None:
    assert to_source(parse_text(text), width=40) == expected


def test_what_cannot_be_broken_stays() -> None:
    text = "a_rather_long_name = another_rather_long_name"
    assert to_source(parse_text(text), width=20) == text
    docstring = 'def f():\n    """A docstring that is far longer than twenty."""'
    assert to_source(parse_text(docstring), width=20) == docstring


def test_wrapping_documents_itself() -> None:
    assert doctest.testmod(linewrap).failed == 0
    assert doctest.testmod(pyast).failed == 0


# ---- random trees --------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-9, 9),
    st.floats(-4, 4),
    st.complex_numbers(max_magnitude=4),
    st.sampled_from([*SPECIAL_FLOATS, True, 10**20]),
)
CONSTANTS = st.builds(lambda value: gast.Constant(value, None), NUMBERS)
STRINGS = st.text("a'\"{}\\\né %", max_size=6)
NAMES = st.sampled_from(["x", "y", "z"])
LOADED = st.builds(lambda name: gast.Name(name, gast.Load(), None, None), NAMES)
BINARY = [gast.Add, gast.Sub, gast.Mult, gast.Div, gast.FloorDiv, gast.Mod, gast.BitOr, gast.BitAnd]
COMPARISONS = [gast.Lt, gast.LtE, gast.Gt, gast.GtE, gast.Eq, gast.NotEq, gast.Is, gast.NotIn]
EXPONENTS = st.builds(lambda value: gast.Constant(value, None), st.integers(-2, 2))


def parameters(names: list[str]) -> Any:
    args = [gast.Name(name, gast.Param(), None, None) for name in names]
    return gast.arguments(args, [], None, [], [], None, [])


def extended(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One more level of every kind of expression around `inner`."""
    slices = st.builds(gast.Slice, st.none() | inner, st.none() | inner, st.none() | inner)
    starred = st.builds(lambda value: gast.Starred(value, gast.Load()), inner)
    elements = st.lists(inner | starred, max_size=3)
    index = (
        slices
        | inner
        | st.builds(
            lambda es: gast.Tuple(es, gast.Load()), st.lists(slices | inner, min_size=1, max_size=2)
        )
    )
    field = st.builds(lambda v: gast.FormattedValue(v, -1, None), inner)
    text = st.builds(lambda s: gast.Constant(s, None), STRINGS)
    return st.one_of(
        st.builds(lambda a, op, b: gast.BinOp(a, op(), b), inner, st.sampled_from(BINARY), inner),
        st.builds(lambda a, b: gast.BinOp(a, gast.Pow(), b), inner, EXPONENTS),
        st.builds(
            lambda op, a: gast.UnaryOp(op(), a),
            st.sampled_from([gast.USub, gast.UAdd, gast.Not, gast.Invert]),
            inner,
        ),
        st.builds(
            lambda op, values: gast.BoolOp(op(), values),
            st.sampled_from([gast.And, gast.Or]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        st.builds(
            lambda left, pairs: gast.Compare(
                left, [op() for op, _ in pairs], [v for _, v in pairs]
            ),
            inner,
            st.lists(st.tuples(st.sampled_from(COMPARISONS), inner), min_size=1, max_size=2),
        ),
        st.builds(gast.IfExp, inner, inner, inner),
        st.builds(lambda body: gast.Lambda(parameters(["x", "w"]), body), inner),
        st.builds(lambda es: gast.Tuple(es, gast.Load()), elements),
        st.builds(lambda es: gast.List(es, gast.Load()), elements),
        st.builds(lambda v, i: gast.Subscript(v, i, gast.Load()), inner, index),
        st.builds(lambda f, args: gast.Call(f, args, []), inner, elements),
        st.builds(lambda k, v: gast.Dict([k, None], [v, gast.Dict([], [])]), inner, inner),
        st.builds(gast.JoinedStr, st.lists(field | text, max_size=3)),
        st.builds(lambda v: gast.Attribute(v, "real", gast.Load()), inner),
        st.builds(
            lambda v, it, test: gast.ListComp(
                v, [gast.comprehension(gast.Name("x", gast.Store(), None, None), it, [test], 0)]
            ),
            inner,
            inner,
            inner,
        ),
    )


EXPRESSIONS = st.recursive(CONSTANTS | LOADED, extended, max_leaves=12)


def outcome(code: Any) -> str:
    """The value or the kind of error of an expression; a function shows what it returns."""
    values: dict[str, Any] = {"x": 2.5, "y": -3, "z": [1.0, -2.0]}
    try:
        value = eval(code, values)
        return repr(value(2, 3)) if type(value) is type(plain) else repr(value)
    except Exception as error:
        return type(error).__name__


def printed(tree: Any) -> str | None:
    """The text of a tree; None for an f-string that Python before 3.12 has no way to write."""
    try:
        return to_source(tree)
    except ValueError:
        if any(isinstance(node, gast.JoinedStr) for node in gast.walk(tree)):
            return None
        raise


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@settings(deadline=None, max_examples=300)
@given(EXPRESSIONS)
def test_random_expressions_keep_their_value(tree: Any) -> None:
    """The tree compiled as it is, negative constants and all, computes what its text computes."""
    compiled = ast.fix_missing_locations(ast.Expression(gast.gast_to_ast(tree)))
    try:
        expected = outcome(compile(compiled, "tree", "eval"))
    except SyntaxError:  # such as two starred items in an index
        return
    text = printed(tree)
    if text is None:
        return
    actual = outcome(f"({text})")
    assert actual == expected or "<function" in expected
    narrow = to_source(tree, width=20)
    assert ast.dump(ast.parse(narrow)) == ast.dump(ast.parse(text))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
def test_type_parameters_are_kept() -> None:
    text = "def f[T](x: T) -> T:\n    return x"
    assert round_trip(text) == text


def test_printing_is_fast_enough() -> None:
    """A guard against quadratic behaviour: twice the statements, about twice the nodes walked."""
    body = textwrap.dedent("for i in range(n):\n    a[i] = b[i + 1] * 2.0\n") * 50
    calls = {k: count_calls(lambda k=k: round_trip(body * k)) for k in (1, 4)}
    assert calls[4] < 5 * calls[1]


def count_calls(action: Callable[[], Any]) -> int:
    """How many Python functions `action` calls: a measure of work that no clock disturbs."""
    count = 0

    def profile(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event == "call"

    previous = sys.getprofile()
    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(previous)
    return count
