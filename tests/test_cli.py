"""The `s2s` command: what it finds, what arguments it makes, how it complains."""

from __future__ import annotations

import doctest
import io
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from s2s import errors
from s2s.cli import argspec, output, usage
from s2s.cli import main as cli
from s2s.cli.argspec import Examples, parse_spec
from s2s.cli.arguments import example_arguments
from s2s.cli.target import load_target
from s2s.cli.usage import UsageError
from s2s.ir.span import Span

MODEL = '''\
"""A user's module."""
import math
from dataclasses import dataclass

def loss(w, x: "float64[n]", k: int = 3):
    return w * x[0] + k

def bad(x):
    return 1 / 0

class Box:
    def energy(x):
        return x
'''


class FakeApi(types.ModuleType):
    """Stands in for the compiler: remembers what it was asked."""

    STAGES = ("frontend", "promote", "adjoint")

    def __init__(self) -> None:
        super().__init__("s2s.api")
        self.asked: dict[str, Any] = {}
        self.failure: Exception | Callable[..., Any] | None = None

    def source(self, f: Any, args: tuple, argnums: Any = 0, mode: str = "reverse") -> str:
        self.asked = {"f": f, "args": args, "argnums": argnums, "mode": mode}
        self._fail()
        return f"def {f.__name__}_grad(x):\n    return 2 * x"

    def ssa(
        self, f: Any, args: tuple, argnums: Any = 0, mode: str = "reverse", stage: Any = None
    ) -> str:
        self.asked = {"f": f, "args": args, "argnums": argnums, "mode": mode, "stage": stage}
        return f"func @{f.__name__}(%x: f64) -> f64 {{\n  return %x  # m.py:1:1\n}}"

    def _fail(self) -> None:
        if isinstance(self.failure, Exception):
            raise self.failure
        if self.failure is not None:
            self.failure()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    fake = FakeApi()
    monkeypatch.setitem(sys.modules, "s2s.api", fake)
    monkeypatch.setattr(sys.modules["s2s"], "api", fake, raising=False)
    return fake


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of the user's in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    before = set(sys.modules)
    path = tmp_path / "user_model.py"
    path.write_text(MODEL)
    yield path
    for name in set(sys.modules) - before:
        if name.endswith("user_model"):
            del sys.modules[name]


# ---- commands ------------------------------------------------------------------------------------


def test_grad_prints_source(api: FakeApi, model: Path, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["grad", "user_model.py:loss"]) == 0
    out, err = capsys.readouterr()
    assert out == "def loss_grad(x):\n    return 2 * x\n"
    assert err == 'guessed from use: w: float (say otherwise with --args "w: float")\n'
    assert api.asked["argnums"] == 0
    assert api.asked["mode"] == "reverse"
    w, x, k = api.asked["args"]
    assert (type(w), x.shape, k) == (float, (5,), 2)


def test_grad_writes_a_file(api: FakeApi, model: Path, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["grad", "user_model.py:loss", "-o", "out.py", "--args", "w: float"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "wrote out.py\n")
    assert Path("out.py").read_text() == "def loss_grad(x):\n    return 2 * x\n"
    assert cli.main(["grad", "user_model.py:loss", "-o", "no/such/folder.py"]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "argnums"), [("x", "x"), ("x,w", ("x", "w")), ("1", 1), ("0, 1", (0, 1))]
)
def test_options_arrive(api: FakeApi, model: Path, text: str, argnums: Any) -> None:
    command = ["grad", "user_model:loss", "--argnums", text, "--mode", "forward"]
    assert cli.main([*command, "--args", "w: float, x: float32[n]"]) == 0
    assert api.asked["argnums"] == argnums
    assert api.asked["mode"] == "forward"
    assert api.asked["args"][1].dtype == np.float32


def test_ssa_prints_a_stage(api: FakeApi, model: Path, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["ssa", "user_model.py:loss", "--stage", "promote"]) == 0
    assert capsys.readouterr().out.startswith("func @loss(")
    assert api.asked["stage"] == "promote"
    assert cli.main(["ssa", "user_model.py:loss"]) == 0
    assert api.asked["stage"] is None
    assert cli.main(["ssa", "user_model.py:loss", "--stages"]) == 0
    assert capsys.readouterr().out.endswith("frontend\npromote\nadjoint\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["grad", "user_model.py:los"], "did you mean 'loss'?"),
        (["grad", "user_model.py:zzz"], "there are: loss, bad, Box"),
        (["grad", "user_model.py"], "write FILE.py:FUNC"),
        (["grad", "user_mdel.py:loss"], "did you mean 'user_model.py'?"),
        (["grad", "no_such_module:loss"], "no module 'no_such_module'"),
        (["grad", "user_model.py:math"], "is no function"),
        (["grad", "user_model.py:Box"], "is no function"),
        (["grad", "user_model.py:loss", "--args", "y: float"], "no parameter 'y'"),
        (["grad", "user_model.py:loss", "--args", "w: flaot"], "did you mean 'float'?"),
        (["grad", "user_model.py:loss", "--args", "w: ("], "cannot be read"),
        (["grad", "user_model.py:loss", "--argnums", "w,,x"], "cannot be read"),
        (["ssa", "user_model.py:loss", "--stage", "promot"], "did you mean 'promote'?"),
    ],
)
def test_mistakes_on_the_command_line(
    api: FakeApi, model: Path, capsys: pytest.CaptureFixture, words: list[str], message: str
) -> None:
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_argparse_mistakes_have_the_same_status(capsys: pytest.CaptureFixture) -> None:
    for words in ([], ["frobnicate"], ["grad", "a.py:f", "--mode", "sideways"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(words)
        assert stop.value.code == 2
    assert "usage: s2s" in capsys.readouterr().err


def test_help_has_examples(capsys: pytest.CaptureFixture) -> None:
    for words in (["--help"], ["grad", "--help"], ["ssa", "--help"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(words)
        assert stop.value.code == 0
        assert "s2s grad model.py:loss" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("s2s 0.")


# ---- errors of the program -----------------------------------------------------------------------


def test_unsupported_syntax_shows_the_caret(
    api: FakeApi, model: Path, capsys: pytest.CaptureFixture
) -> None:
    span = Span(str(model), 6, 11, 6, 12)
    api.failure = errors.UnsupportedSyntax("no", span, "write yes")
    assert cli.main(["grad", "user_model.py:loss"]) == 1
    err = capsys.readouterr().err
    assert "    return w * x[0] + k\n           ^\n" in err
    assert "Traceback" not in err


def test_bad_argnums_is_a_mistake_on_the_command_line(
    api: FakeApi, model: Path, capsys: pytest.CaptureFixture
) -> None:
    api.failure = errors.BadArgnums.of("y", "loss", ["w", "x"])
    assert cli.main(["grad", "user_model.py:loss", "--argnums", "y"]) == 2
    assert "has no parameter 'y'" in capsys.readouterr().err


def test_internal_errors_show_the_compiler(
    api: FakeApi, model: Path, capsys: pytest.CaptureFixture
) -> None:
    api.failure = errors.InternalError.of("reverse", "%1 = sin %0", "no reason")
    assert cli.main(["grad", "user_model.py:loss"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:\n", "SyntaxError"),
        ("import math\nx = math.sqrt(-1)\n", "line 2, in <module>"),
        ("import missing_module\n", "No module named 'missing_module'"),
        ("x = missing_name\n", "NameError"),
    ],
)
def test_a_file_that_fails_on_import(
    api: FakeApi, model: Path, capsys: pytest.CaptureFixture, text: str, message: str
) -> None:
    model.write_text(text)
    assert cli.main(["grad", "user_model.py:f"]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert "user_model.py" in err
    assert "s2s/cli" not in err


def test_an_error_of_the_user_at_run_time_keeps_the_users_frames(
    api: FakeApi, model: Path, capsys: pytest.CaptureFixture
) -> None:
    api.failure = load_target("user_model.py:bad").__get__(1.0)
    assert cli.main(["grad", "user_model.py:bad"]) == 1
    err = capsys.readouterr().err
    assert "user_model.py" in err
    assert "ZeroDivisionError" in err
    assert "cli/main.py" not in err


# ---- finding the function ------------------------------------------------------------------------


def test_a_function_in_a_class(model: Path) -> None:
    assert load_target("user_model.py:Box.energy").__qualname__ == "Box.energy"


def test_neighbours_of_a_file_can_be_imported(model: Path) -> None:
    folder = model.parent / "deeper"
    folder.mkdir()
    (folder / "user_helper.py").write_text("def helper(x): return x\n")
    (folder / "caller.py").write_text("from user_helper import helper\nf = helper\n")
    assert load_target("deeper/caller.py:f")(3) == 3


def test_a_module_whose_own_import_fails_is_not_called_missing(model: Path) -> None:
    model.write_text("import missing_module\n")
    with pytest.raises(ModuleNotFoundError, match="missing_module"):
        load_target("user_model:loss")


def test_a_transformed_function_stands_for_what_it_was(model: Path) -> None:
    loss = load_target("user_model:loss")

    class Gradient:
        source = ssa = None
        __wrapped__ = staticmethod(loss)

        def __call__(self) -> None: ...

    sys.modules["user_model"].loss = Gradient()  # type: ignore[attr-defined]
    assert load_target("user_model:loss") is loss


# ---- arguments -----------------------------------------------------------------------------------


def made(spec: str) -> dict[str, Any]:
    nodes = parse_spec(spec)
    examples = Examples()
    for node in nodes.values():
        examples.declare(node)
    return {name: examples.value(node, name) for name, node in nodes.items()}


def test_sizes_are_shared_and_distinct() -> None:
    values = made("k: int, m: int, x: float64[n], w: float64[n, m], v: float64[m * 2, n + 1, 3]")
    n, m = values["w"].shape
    assert n != m
    assert values["x"].shape == (n,)
    assert values["v"].shape == (2 * m, n + 1, 3)
    assert values["m"] == m
    assert isinstance(values["k"], int)
    many = [x.size for x in made(", ".join(f"{s}: int8[n_{s}]" for s in "abcdefghijk")).values()]
    assert len(set(many)) == 11


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("float", float),
        ("int", int),
        ("bool", bool),
        ("complex", complex),
        ("float32", np.float32),
        ("np.int64", np.int64),
        ("list[float]", list),
        ("tuple[float, int]", tuple),
        ("tuple[float, ...]", tuple),
        ("[float, int]", list),
        ('{"a": float64[n]}', dict),
        ("float64[n]", np.ndarray),
        ("float64[:, :]", np.ndarray),
        ("float | None", float),
    ],
)
def test_kinds_of_values(spec: str, kind: type) -> None:
    assert type(made(f"x: {spec}")["x"]) is kind


@pytest.mark.parametrize(
    "name", ["float64", "float32", "complex128", "complex64", "int64", "int32", "uint8", "bool_"]
)
def test_element_types(name: str) -> None:
    assert made(f"x: {name}[n, 3]")["x"].dtype == np.dtype(name)


def test_values_are_literal_where_they_are_written() -> None:
    values = made("""mode="fast", k=-3, eps: 1e-6, flag=True, none: None, x: ["a", (1, 2.5)]""")
    assert values == {
        "mode": "fast",
        "k": -3,
        "eps": 1e-6,
        "flag": True,
        "none": None,
        "x": ["a", (1, 2.5)],
    }


def test_values_are_the_same_each_time() -> None:
    spec = "x: float64[n], z: complex, i: int64[n]"
    first, second = made(spec), made(spec)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
    assert (first["x"] > 0).all()
    assert (first["i"] < min(argspec.SIZES)).all()


@pytest.mark.parametrize(
    "spec", ["x", "x: float64[n", "x: foo", "x: dict[str, float]", 'x: float64["n"]', "*, x: int"]
)
def test_unreadable_types_are_refused(spec: str) -> None:
    with pytest.raises(UsageError):
        made(spec)


# ---- arguments from the function -----------------------------------------------------------------


class Params:
    """Not a dataclass: nothing says how to make one."""


def told(x: float, k: int, z: complex128[n], *, flag: bool = False): ...  # noqa: F821
def defaulted(x, mode="fast", k: Params = None): ...


def used(A, x, y, k, s, r, m):
    _, _ = r.shape
    for i in range(k):
        s += A[i, i] * max(s, m)
    return A @ x + len(y)


def chained(x, v, c):
    for value in c:
        x[0][1] = value
    return v.T


def wants_keys(p):
    return p["rate"]


def wants_attribute(p):
    return p.rate


def wants_function(p):
    return p(1.0)


def wants_keyword(x, *, k):
    return x


def wants_params(p: Params):
    return p


def wants_str(p: str):
    return p


def arrays(a: np.ndarray, b: np.ndarray[tuple[int, ...], np.dtype[np.complex128]]):
    return a[0, 1] + b


def test_annotations_come_before_use() -> None:
    arguments = example_arguments(told)
    x, k, z = arguments.values
    assert (type(x), type(k), z.dtype) == (float, int, np.dtype("complex128"))
    assert arguments.guesses == {}


def test_defaults_are_taken_where_nothing_else_is_said() -> None:
    arguments = example_arguments(defaulted)
    assert arguments.values[1:] == ("fast", None)
    assert example_arguments(defaulted, 'mode="slow"').values[1] == "slow"


def test_types_are_guessed_from_use() -> None:
    expected = {
        "A": "float64[n, n]",
        "x": "float64[n]",
        "y": "float64[n]",
        "k": "int",
        "s": "float",
        "r": "float64[n, n]",
        "m": "float",
    }
    assert example_arguments(used).guesses == expected
    guesses = example_arguments(chained).guesses
    assert guesses == {"x": "float64[n, n]", "v": "float64[n, n]", "c": "float64[n]"}


def test_arrays_of_unknown_rank_are_completed_from_use() -> None:
    arguments = example_arguments(arrays)
    assert arguments.guesses == {"a": "float64[n, n]", "b": "complex128[n]"}
    assert arguments.values[1].dtype == np.complex128


@pytest.mark.parametrize(
    ("fn", "advice"),
    [
        (wants_keys, '{"rate": float64[n]}'),
        (wants_attribute, "dataclass"),
        (wants_function, "write one that passes it"),
        (wants_keyword, "keyword argument 'k'"),
        (wants_params, "has no example"),
        (wants_str, "has no example"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(fn: Callable[..., Any], advice: str) -> None:
    with pytest.raises(UsageError) as failure:
        example_arguments(fn)
    assert advice in str(failure.value)


def test_a_dataclass_is_made_of_its_fields(model: Path) -> None:
    model.write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "import numpy as np\n"
        "@dataclass\n"
        "class Inner:\n    rate: float\n"
        "@dataclass\n"
        "class Outer:\n    w: np.ndarray\n    inner: Inner\n    k: int\n"
        "def f(p: Outer):\n    return p.inner.rate\n"
    )
    (outer,) = example_arguments(load_target("user_model.py:f")).values
    assert outer.w.shape == (5,)
    assert 0 < outer.inner.rate < 2
    assert outer.k == 2


# ---- output --------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_colour_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TERM": "xterm-256color", "COLORTERM": "", "NO_COLOR": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR")
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    output.show_python("def f(x):\n    return x  # " + "long " * 40)
    output.show_ssa("func @f(%x: f64) -> f64 {\n  return %x  # f.py:1\n}")
    text = screen.getvalue()
    assert "\x1b[" in text
    assert len(text.splitlines()) == 5  # nothing is wrapped or cut
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    monkeypatch.setattr(sys, "stdout", plain)
    output.show_text("x")
    assert "\x1b[" not in plain.getvalue()


def test_manual_pages_are_true() -> None:
    for module in (argspec, usage, cli):
        assert doctest.testmod(module).failed == 0
