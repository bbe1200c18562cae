"""The intermediate representation: text and back, equality, the verifier, tools for passes."""

from __future__ import annotations

import math
import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s.errors import InternalError
from s2s.ir.builder import Builder
from s2s.ir.compare import difference, equal, same_attr
from s2s.ir.core import Block, Function, Op, Program, Value, walk
from s2s.ir.op_rules import widens
from s2s.ir.parse import Unresolved, parse
from s2s.ir.paths import subscript
from s2s.ir.rewrite import Rewriter, clone, free_values, substitute, uses
from s2s.ir.signatures import TABLE
from s2s.ir.span import Span
from s2s.ir.text import Names, op_text, to_text
from s2s.ir.tokens import ParseError
from s2s.ir.types import (
    ANY,
    B1,
    BOOL,
    COMPLEX,
    F32,
    F64,
    FLOAT,
    I64,
    INT,
    NONE,
    OPAQUE,
    SHAPE,
    STR,
    Array,
    Fixed,
    Known,
    ListOf,
    Optional,
    Record,
    Ref,
    Tuple,
)
from s2s.ir.verify import VerificationError, verify, violations

DOCS = Path(__file__).parent.parent / "docs" / "ir.md"

# ------------------------------------------------------------------------- every kind of operation
HEAP = """
heap &0 = f64[?]
heap &1 = list(float)
heap &2 = fixed(float, &0:1)
heap &3 = dict{"k": float, 1: int}
heap &4 = Params{"w": float, "x": &0:1}
heap &5 = dict(str, float)
heap &6 = cell(float)
heap &7 = list(str)
heap &8 = list(int)
symbols Params, ValueError, helper
"""

VALUES = """
func @values(%x: f64[:,:] from arg x, %i: int from global "a name", %m: b1[:] from cell m) -> f64 {
  %c = const 2.5 : float
  %n = const None : none
  %t = const True : bool
  %u = undef : float
  %f = symbol "helper" : known(helper)
  %xi = getitem %x, %i, %i [path=("int", "int")] : f64
  %row = getitem %x, %n, %n, %n, %i [path=("slice", "new", "ellipsis", "int")] : f64[:,:]
  %picked = getitem %x, %m [path=("array",)] : f64[:,:]
  %o = widen %c : float?
  %v = unwrap %o : float
  %none = is_none %o : bool
  %pair = tuple %c, %i : (float, int)
  %first = item %pair [index=0] : float
  %s = select %none, %c, %v : float
  %b = bool_of %c : bool
  %not = not %b : bool
  %d = dim %x [axis=1] : int
  %sh = shape %x : (int, int)
  %copy = copy %x : f64[:,:]
  %str = format %c [template=("c is ", (0, "r", ""))] : str
  %len = len %str : int
  %is = is_array %x : bool
  %y = multiply %xi, %xi [via="*"] : f64
  %z = sum %copy [axis=(0, -1), via="np.sum"] : f64
  return %z
}
"""

MEMORY = """
func @memory(%x: f64[:], %c: float, %i: int) {
  %none = const None : none
  %a = alloc %x : &0:1
  %l = alloc %c, %c : &1
  %p = alloc %c, %a : &2
  %d = alloc %c, %i : &3
  %o = alloc [symbol="Params"] : &4
  %e = alloc : &5
  %cell = alloc %c : &6
  %e0 = load %a, %i [path=("int",)] : f64
  %all = load %a [path=()] : f64[:]
  %li = load %l, %i [path=("int",)] : float
  %k = load %d [path=(("key", "k"),)] : float
  %w = load %o [path=(("attr", "w"),)] : float
  %s = format [template=("key",)] : str
  %de = load %e, %s [path=("item",)] : float
  %cv = load %cell [path=()] : float
  store %a, %i, %c [path=("int",)]
  store %a, %c [path=()]
  store %o, %c [path=(("attr", "w"),)]
  accum %a, %i, %e0 [path=("int",)]
  accum_at %a, %i, %e0 [path=("int",)]
  %v = view %a, %i, %none, %none [path=("slice",)] : &0:1
  %r = view_as %a [fn="reshape", via="np.ravel"] : &0:1
  append %l, %c
  %last = pop %l : float
  %head = pop %l, %i : float
  list_insert %l, %i, %c
  %l2 = list_concat %l, %l : &1
  list_extend %l, %l2
  %l3 = list_repeat %l, %i : &1
  %l4 = list_slice %l, %i, %none, %none : &1
  %arr = array_of %l : f64[:]
  %in = contains %c, %l : bool
  %keys = list_of %e : &7
  %order = sort_order %l [reverse=False] : &8
  %gone = dict_pop %e, %s : float
  %same = same %a, %v : bool
  return
}
"""

CONTROL = """
func @main(%x: f64[:], %n: int, %c: bool, %s0: float) -> float {
  %zero = const 0 : int
  %one = const 1 : int
  %s, %trips, %exit = loop %i in [%zero, %n, %one] carry (%a: float = %s0) [note="rows"] {
    branch %c {
      yield %a
    } else {
      %stop = less %a, %s0 [via="<"] : bool
      branch %stop {
        break %a [code=1]
      } else {
        yield %s0
      }
    }
  }
  %t, %t.1, %2, %3 = loop %k carry (%a.1: float = %s, %a.2: int = %trips) {
    break %a.1, %k [code=0]
  }
  return %s
}
"""

BRANCHES = """
func @branches(%c: bool, %x: float, %e: opaque) -> float {
  %r = if %c : float {
    %y = sin %x [via="math.sin"] : float
    yield %y
  } else {
    %error = exception "ValueError" %x : opaque
    raise %error
    unreachable
  }
  %q, %failed, %caught = attempt [handlers=(("ValueError",), ())] : float, int, opaque {
    %z = call @callee %x : float
    yield %z
  }
  %p = pycall "helper" %q, %x : opaque
  print %p, %r [keywords=("sep", " ")]
  %n, %m = loop %i carry () {
    yield
  }
  return %q
}

func @callee(%x: float) -> float {
  return %x
}
"""
ADJOINT = """
func @adjoint(%a: &0:1, %tape: &1, %x: f64[:], %i: int, %c: float) -> f64[:] {
  %s = shadows : opaque
  %b = shadow %s, %a : &0:1
  store %a, %i, %c [path=("int",)]
  undo [label=2]
  %none2 = const None : none
  %place = slice_item %i, %none2, %none2, %none2, %i : int
  %still = stop %c : float
  walks %a
  %y = recall %x : f64[:]
  %t = private %tape : &1
  walks %tape
  %n = const None : none
  %k = slice_item %i, %n, %n, %n, %i : int
  %z = stop %y : f64[:]
  return %z
}
"""

EVERYTHING = HEAP + CONTROL + BRANCHES + VALUES + MEMORY + ADJOINT


def program_of(
    body: str, params: str = "%x: float, %i: int, %c: bool", heap: str = HEAP
) -> Program:
    """A program of one function; it may break any rule but those of the text."""
    return parse(f"{HEAP}\nfunc @f({params}) {{\n{body}\n}}")


def test_examples_hold_every_kind() -> None:
    found = {op.kind for f in parse(EVERYTHING).functions.values() for op in walk(f.body)}
    assert set(TABLE) <= found


def test_documentation_lists_every_kind() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", DOCS.read_text(), re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    control = {"if", "loop", "attempt", "yield", "break", "branch", "return", "unreachable"}
    assert documented >= set(TABLE) - control


def test_everything_verifies() -> None:
    verify(parse(EVERYTHING), "hand", allow_recall=True)


def test_round_trip() -> None:
    program = parse(EVERYTHING)
    text = to_text(program)
    assert difference(program, parse(text)) is None
    assert to_text(parse(text)) == text


def test_text_is_in_the_style_of_the_example() -> None:
    program = parse(HEAP + CONTROL)
    lines = to_text(program).splitlines()
    assert lines[0] == "heap &0 = f64[?]"
    assert "symbols Params, ValueError, helper" in lines
    assert "func @main(%x: f64[:], %n: int, %c: bool, %s0: float) -> float {" in lines
    head = "  %s, %trips, %exit = loop %i in [%zero, %n, %one] carry (%a: float = %s0) "
    assert f'{head}[note="rows"] {{' in lines
    assert "  %zero = const 0 : int" in lines


# --------------------------------------------------------------------------------- text, by builder
def function_by(builder: Builder, args: list[Value], name: str = "f") -> Program:
    block = Block(tuple(args), tuple(builder.here.ops))
    return Program(name, {name: Function(name, block)}, {})


def test_names_are_the_users_and_unique() -> None:
    b = Builder()
    x = Value(FLOAT, "x")
    with b.block((x,)):
        first = b.value("sin", (x,), FLOAT, "x")
        second = b.value("sin", (first,), FLOAT, "x")
        odd = b.value("sin", (second,), FLOAT, "a b.c-1")
        digit = b.value("sin", (odd,), FLOAT, "1st")
        plain = b.value("sin", (digit,), FLOAT)
        greek = b.value("sin", (plain,), FLOAT, "λ")
        b.emit("return", (greek,))
        program = function_by(b, [x])
    text = to_text(program)
    assert "%x.1 = sin %x : float\n  %x.2 = sin %x.1 : float" in text
    assert "%a_b_c_1 = " in text
    assert "%_1st = " in text
    assert "%0 = sin %_1st" in text
    assert "return %λ" in text
    assert equal(program, parse(text))
    names = [v.name for op in parse(text).main.body.ops for v in op.results]
    assert names == ["x", "x", "a_b_c_1", "_1st", None, "λ"]


def test_spans_are_comments() -> None:
    b = Builder()
    with b.block():
        b.span = Span("demo.py", 6, 28, 6, 30)
        b.emit("return")
        program = function_by(b, [])
    assert "# demo.py" not in to_text(program)
    text = to_text(program, spans=True)
    assert text.splitlines()[1].split() == ["return", "#", "demo.py:6:29"]
    assert equal(program, parse(text))


CONSTANTS = [
    True, False, None, 0, -3, 10**30, 0.0, -0.0, 1e-300, 5e-324, 1e16,
    math.inf, -math.inf, math.nan,
    0j, complex(-0.0, math.nan), complex(math.inf, -1.5), "",
    "a\"b\\c\n\t#{}%x", "naïve \u2028 \x00 \ud800",
    (), (1,), (1, (2.0, "x"), None), F64, Array("f32", 0), Array("f32", 3), Array("c128", None),
    Tuple(()), Tuple((INT,)), Optional(Tuple((F64, Optional(STR)))), Ref(3), Ref(3, 2),
    Known("np.sin"),
    Known("<lambda>"), (OPAQUE, ANY), SHAPE,
]  # fmt: skip


@pytest.mark.parametrize("value", CONSTANTS, ids=repr)
def test_constants_round_trip(value: object) -> None:
    op = Op("anything", (), (), {"value": value})
    text = f"func @f() {{\n{op_text(op)}\nreturn\n}}"
    assert same_attr(parse(text).main.body.ops[0].attrs["value"], value)


def test_odd_names_round_trip() -> None:
    function = Function("f.<locals>.<lambda>", Block((), (Op("return"),)), ())
    heap = {0: Record("my class", (("a b", FLOAT), (1, INT), ((1, 2), STR))), 7: ListOf(None)}
    program = Program(function.name, {function.name: function}, heap, {"my class": int, "x.y": 1})
    text = to_text(program)
    assert '"my class"{"a b": float, 1: int, (1, 2): str}' in text
    assert 'func @"f.<locals>.<lambda>"()' in text
    assert equal(program, parse(text))


def test_the_entry_comes_first() -> None:
    functions = {n: Function(n, Block((), (Op("return"),))) for n in ("a", "b")}
    assert parse(to_text(Program("b", functions, {}))).entry == "b"


def test_symbols_resolve() -> None:
    program = parse(EVERYTHING, {"Params": int, "ValueError": ValueError, "helper": len})
    assert program.symbols["helper"] is len
    assert parse(EVERYTHING).symbols["helper"] == Unresolved("helper")
    with pytest.raises(ParseError, match="nothing is known as symbol 'helper'"):
        parse(EVERYTHING, {"Params": int, "ValueError": ValueError})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: there is no function"),
        ("heap &1 = list(f46)", "line 1: expected a type, found `f46`"),
        ("heap &1 = tree(f64)", "line 1: nothing in memory is `tree` of 1 types"),
        ("\nfunc f() {}", "line 2: expected a function, found `f`"),
        ("func @f() {\n  %y = sin %x : float\n}", "line 2: %x is used before it is defined"),
        ("func @f(%x: int) {\n  %y = sin %x\n}", "line 2: 1 results, but 0 types"),
        ("func @f(%x: int) {\n  %x = sin %x : int\n}", "line 2: %x is defined twice"),
        ("func @f(%x: int) {\n  g %x %x\n}", "line 3: expected `=`, found `}`"),
        ("func @f() {\n  g [a=what]\n}", "line 2: expected a constant, found `what`"),
        ("func @f() {\n  g [a]\n}", "line 2: expected `=`, found `]`"),
        ("func @f() {\n  g ;\n}", "line 2: `;` means nothing here"),
        ("func @f() {\n  return\n", "line 2: expected an operation or `}`, found the end"),
        ("func @f() {\n}\nfunc @f() {\n}", "line 3: @f is defined twice"),
        ("func @f(%x: int) -> float {\n  return %x\n}", "@f returns int"),
        ("func @f(%x: int from arg x, %y: int) {\n}", "line 1: either all parameters"),
        ('func @f() {\n  g [a="\\q"]\n}', "line 2: .* is not a well-formed string"),
    ],
)
def test_bad_text_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text, file="bad.ssa")
    assert re.search(
        message if "\\" in message or ".*" in message else re.escape(message), str(caught.value)
    )
    assert caught.value.span is not None
    assert caught.value.span.file == "bad.ssa"


# ------------------------------------------------------------------------------- random programs
@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Structured programs that verify: loops, decision trees, branches, attempts."""
    b = Builder()
    args = tuple(Value(t, n) for t, n in ((FLOAT, "x"), (FLOAT, None), (BOOL, "c"), (INT, "n")))

    def pick(scope: list[Value], t: object) -> Value:
        return draw(st.sampled_from([v for v in scope if v.type == t]))

    def block(scope: list[Value], depth: int, end: str, types: list, block_args=()) -> Block:
        with b.block(block_args) as pending:
            scope = [*scope, *block_args]
            for _ in range(draw(st.integers(0, 3))):
                statement(scope, depth)
            finish(scope, depth, end, types)
        return pending.finish()

    def statement(scope: list[Value], depth: int) -> None:
        kinds = ["add", "less", "const"] + (["if", "loop", "attempt"] if depth else [])
        kind = draw(st.sampled_from(kinds))
        name = draw(st.sampled_from(["x", "y", None]))
        if kind == "add":
            scope.append(
                b.value("add", (pick(scope, FLOAT), pick(scope, FLOAT)), FLOAT, name, via="+")
            )
        elif kind == "less":
            scope.append(
                b.value("less", (pick(scope, FLOAT), pick(scope, FLOAT)), BOOL, name, via="<")
            )
        elif kind == "const":
            scope.append(b.const(draw(st.one_of(st.floats(), st.integers(), st.booleans()))))
        elif kind == "if":
            types = draw(st.lists(st.sampled_from([FLOAT, BOOL, INT]), max_size=3))
            regions = [block(scope, depth - 1, "yield", types) for _ in range(2)]
            scope += b.emit("if", (pick(scope, BOOL),), types, regions=regions, name=name).results
        elif kind == "attempt":
            region = block(scope, depth - 1, "yield", [FLOAT])
            types = [FLOAT, INT, OPAQUE]
            scope += b.emit("attempt", (), types, regions=[region], handlers=(("E",),)).results
        else:
            loop(scope, depth, name)

    def loop(scope: list[Value], depth: int, name: str | None) -> None:
        types = draw(st.lists(st.sampled_from([FLOAT, INT]), max_size=2))
        bounded = draw(st.booleans())
        bounds = [pick(scope, INT) for _ in range(3 * bounded)]
        inits = [pick(scope, t) for t in types]
        block_args = (Value(INT, "i"), *(Value(t, name) for t in types))
        body = block(scope, depth - 1, "tree", types, block_args)
        op = b.emit("loop", (*bounds, *inits), (*types, INT, INT), regions=[body], bounded=bounded)
        scope += op.results

    def finish(scope: list[Value], depth: int, end: str, types: list) -> None:
        kinds = {"yield": ["yield"], "tree": ["yield", "break"] + ["branch"] * (depth > 0)}
        kind = draw(st.sampled_from(kinds.get(end, ["return"])))
        if kind == "branch":
            regions = [block(scope, depth - 1, "tree", types) for _ in range(2)]
            b.emit("branch", (pick(scope, BOOL),), (), regions=regions)
        else:
            attrs = {"code": 1} if kind == "break" else {}
            b.emit(kind, [pick(scope, t) for t in types], **attrs)

    body = block(list(args), 2, "return", [FLOAT], args)
    # a block's arguments are in scope by way of `list(args)`; they are defined once
    sources = draw(st.sampled_from([(), tuple(("arg", n) for n in "xycn")]))
    return Program("f", {"f": Function("f", body, sources)}, {}, {"E": ValueError})


@settings(max_examples=120, deadline=None)
@given(programs())
def test_random_programs_round_trip(program: Program) -> None:
    verify(program, "random")
    text = to_text(program)
    again = parse(text, {"E": ValueError})
    assert difference(program, again) is None
    assert to_text(again) == text
    verify(again, "parse")


@settings(max_examples=60, deadline=None)
@given(programs())
def test_random_programs_survive_rewriting(program: Program) -> None:
    body = program.main.body
    assert Rewriter().function(program.main) is program.main
    copy = clone(body)
    assert equal(body, copy)
    defined = {v for op in walk(body) for v in op.results} | set(body.args)
    assert not defined & ({v for op in walk(copy) for v in op.results} | set(copy.args))
    assert free_values(body) == []
    assert sum(uses(body).values()) == sum(len(op.operands) for op in walk(body))
    verify(replace(program, functions={"f": replace(program.main, body=copy)}))


# -------------------------------------------------------------------------------------- equality
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("%xi, %xi [via", "%xi, %c [via"),
        ("const 2.5", "const 2.0"),
        ("const True", "const False"),
        ("%z = sum", "%z = prod"),
        ("axis=(0, -1)", "axis=(0, 1)"),
        ("code=1", "code=2"),
        ("heap &1 = list(float)", "heap &1 = list(int)"),
        ("from arg x", "from arg y"),
        ("symbols Params", "symbols Other"),
        ("%m: b1[:]", "%m: i64[:]"),
        ("  %same = same %a, %v : bool\n", ""),
        ("@callee", "@callee2"),
    ],
)
def test_programs_that_differ_are_not_equal(old: str, new: str) -> None:
    assert old in EVERYTHING
    p, q = parse(EVERYTHING), parse(EVERYTHING.replace(old, new))
    assert not equal(p, q)
    assert isinstance(difference(p, q), str)


def test_equal_up_to_names() -> None:
    renamed = re.sub(r"%([a-z]\w*)", r"%other_\1", EVERYTHING)
    assert equal(parse(EVERYTHING), parse(renamed))


def test_free_values_are_equal_only_to_themselves() -> None:
    x, y = Value(FLOAT, "x"), Value(FLOAT, "x")
    p, q = (Block((), (Op("return", (v,)),)) for v in (x, y))
    assert not equal(p, q)
    assert equal(p, Block((), (Op("return", (x,)),)))


# -------------------------------------------------------------------------------------- verifier
def messages(program: Program, **options: bool) -> str:
    return "\n".join(p.message for p in violations(program, "demo", **options))


INVALID = """
== end: the body of a function ends without a terminator
%y = sin %x : float
== early terminator: `return`: a terminator stands before the end of its block
return
print
== scope of a region: `print %y`: operand %y is used where its definition is not visible
%r = if %c : float {
  %y = sin %x : float
  yield %y
} else {
  yield %x
}
print %y
return
== scope of a sibling: operand %y is used where its definition is not visible
if %c {
  %y = sin %x : float
  yield
} else {
  print %y
  yield
}
return
== operand count: it has 2 operands, but wants (value)
%y = not %c, %c : bool
return
== operand class: operand 0 is float, not a list that can grow
append %x, %x
return
== result class: result 0 is int, not bool
%y = not %c : int
return
== result count: it has 1 results, but wants ()
%y = print : int
return
== missing attribute: it has no attribute `index`
%y = item %u : int
return
== attribute type: attribute `axis` is '0', not of type int
%y = dim %x [axis="0"] : int
return
== const: the constant 's' is not int
%y = const "s" : int
return
== const kind: the constant 1 is not float
%y = const 1 : float
return
== widen: int is not wider than float
%y = widen %x : int
return
== unwrap: result is int, not float
%o = widen %x : float?
%y = unwrap %o : int
return
== tuple: not (float, int)
%y = tuple %x, %i : (float, float)
return
== item: there is no item 1
%p = tuple %x : (float)
%y = item %p [index=1] : float
return
== select: operand 2 is int, not float
%y = select %c, %x, %i : float
return
== condition: operand 0 is float, not bool-like
if %x {
  yield
} else {
  yield
}
return
== unknown callee: there is no function @g
call @g %x
return
== if yields: `yield %i`: what it hands on: (int), not (float)
%r = if %c : float {
  yield %x
} else {
  yield %i
}
return
== if without else: it has 1 regions, not 2
if %c {
  yield
}
return
== if with arguments: its region has arguments
if %c {|%k: int|
  yield
} else {
  yield
}
return
== loop carries: `yield %k`: what it hands on: (int), not (float)
%s, %t, %e = loop %k carry (%a: float = %x) {
  yield %k
}
return
== break carries: `break [code=1]`: what it hands on: (), not (float)
%s, %t, %e = loop %k carry (%a: float = %x) {
  break [code=1]
}
return
== break code: it has no attribute `code`
%t, %e = loop %k carry () {
  break
}
return
== loop initial: initial values: (int), not (float)
%s, %t, %e = loop %k carry (%a: float = %i) {
  yield %a
}
return
== loop bounds: bound %x is float, not an integer
%t, %e = loop %k in [%i, %x, %i] {
  yield
}
return
== loop results: results: (float, int), not (int, int)
%s, %t = loop %x [bounded=False] : float, int {|%k: int, %a: float|
  yield %a
}
return
== loop arguments: arguments of the body: (int), not (int, float)
%s, %t, %e = loop %x [bounded=False] : float, int, int {|%k: int|
  yield %x
}
return
== loop index: arguments of the body: (float), not (int)
%t, %e = loop [bounded=False] : int, int {|%k: float|
  yield
}
return
== bounded: no attribute `bounded`
%t, %e = loop : int, int {|%k: int|
  yield
}
return
== break in an if: a region of `if` ends in one of `unreachable`, `yield`
%t, %e = loop %k carry () {
  if %c {
    break [code=1]
  } else {
    yield
  }
  yield
}
return
== break outside: the body of a function ends in one of `return`, `unreachable`
break [code=1]
== branch in an if: a region of `if` ends in one of
if %c {
  branch %c {
    yield
  } else {
    yield
  }
} else {
  yield
}
return
== yield outside: the body of a function ends in one of
yield
== return inside: a block of a loop's decision tree ends in one of `branch`, `break`
%t, %e = loop %k carry () {
  return
}
return
== attempt: what it hands on: (), not (float)
%y, %n, %e = attempt [handlers=()] : float, int, opaque {
  yield
}
return
== heap class: %y is &99, not a class of the heap
%y = undef : &99
return
== nested heap class: %y is &98, not a class of the heap
%y = undef : (int, &98?)
return
== load of a value: not a reference
%y = load %x, %i [path=("int",)] : float
return
== few indices: its path consumes 1 operands, but 0 are given
%r = undef : &0:1
%y = load %r [path=("int",)] : f64
return
== bad token: no token of a path
%r = undef : &0:1
%y = load %r [path=("jump",)] : f64
return
== path: its path is 1, not a tuple
%r = undef : &0:1
%y = load %r [path=1] : f64
return
== index: its index float is not an integer
%r = undef : &0:1
%y = load %r, %x [path=("int",)] : f64
return
== slice bound: its slice bound float is neither an integer nor None
%r = undef : &0:1
%y = load %r, %x, %i, %i [path=("slice",)] : f64[:]
return
== many indices: its path indexes 2 axes, but f64[:] has 1
%r = undef : &0:1
%y = load %r, %i, %i [path=("int", "int")] : f64
return
== element or array: result is f64, but f64[:] lies there
%r = undef : &0:2
%y = load %r, %i [path=("int",)] : f64
return
== store of an array in an element: the array f64[:] does not fit into the element f64
%v = undef : f64[:]
%r = undef : &0:1
store %r, %i, %v [path=("int",)]
return
== complex in real: c128 does not fit into f64[:]: it is complex
%v = undef : c128
%r = undef : &0:1
accum %r, %i, %v [path=("int",)]
return
== list item: the stored value is int, not float
%l = undef : &1
store %l, %i, %i [path=("int",)]
return
== fixed item: result is float, but &0:1 lies there
%z = const 1 : int
%l = undef : &2
%y = load %l, %z [path=("int",)] : float
return
== append: its items have different types: float, int
%l = undef : &1
append %l, %i
return
== pop: its items have different types: float, int
%l = undef : &1
%y = pop %l : int
return
== field: result is int, but float lies there
%o = undef : &4
%y = load %o [path=(("attr", "w"),)] : int
return
== no field: Params has no field 'v'
%o = undef : &4
%y = load %o [path=(("attr", "v"),)] : float
return
== key as attribute: has no ('attr', 'k')
%o = undef : &3
%y = load %o [path=(("attr", "k"),)] : float
return
== cell: the stored value is int, not float
%o = undef : &6
store %o, %i [path=()]
return
== alloc of a list: items are (int), not (float)
%l = alloc %i : &1
return
== alloc of an array: it fills f64[:] with (float)
%a = alloc %x : &0:1
return
== alloc of a dict: fields are (float), not (float, int)
%a = alloc %x : &3
return
== alloc of an object: it has no attribute `symbol`
%a = alloc : &4
return
== alloc of a cell: contents are (), not (float)
%a = alloc : &6
return
== view: result is &0:2, not &0:1
%r = undef : &0:2
%y = view %r, %i [path=("int",)] : &0:2
return
== view of another class: result is &1, a view of &0:1 is of its class
%r = undef : &0:1
%y = view_as %r [fn="ravel"] : &1
return
== view of a list: has no views
%r = undef : &1
%y = view %r [path=()] : &1
return
== accum_at on a list: operand 0 addresses no array
%r = undef : &1
accum_at %r, %i, %x [path=("int",)]
return
== raise: `raise` is not followed by `unreachable`
%e = exception "ValueError" : opaque
raise %e
return
== symbol: 'nobody' is not in the symbol table
%y = symbol "nobody" : opaque
return
== handler: 'Nobody' is not in the symbol table
%n, %e = attempt [handlers=(("Nobody",),)] : int, opaque {
  yield
}
return
== recall: may not stand in a program whose storage is planned
%y = recall %x : float
return
== undo: there is no store at 'a'
undo [label="a"]
return
== type in an attribute: attribute `t` names &77, not a class
g [t=<&77>]
return
"""
CASES = dict(re.findall(r"^== (.*)\n((?:(?!==).*\n)+)", INVALID, re.MULTILINE))


@pytest.mark.parametrize("case", CASES)
def test_violations_are_caught(case: str) -> None:
    name, message = case.split(": ", 1)
    params = "%x: float, %i: int, %c: bool, %u: (int)"
    program = program_of(CASES[case], params)
    assert message in messages(program, allow_recall=name == "undo")


def test_recall_is_allowed_on_request() -> None:
    program = program_of("%y = recall %x : float\nreturn")
    verify(program, allow_recall=True)
    with pytest.raises(VerificationError):
        verify(program)


def test_a_value_is_defined_once() -> None:
    x = Value(FLOAT, "x")
    ops = (Op("g", (), (x,)), Op("g", (), (x,)), Op("return"))
    program = Program("f", {"f": Function("f", Block((), ops))}, {})
    assert "`%x = g : float`: %x is defined twice" in messages(program)


def test_a_value_is_defined_before_it_is_used() -> None:
    x = Value(FLOAT, "x")
    block = Block((), (Op("print", (x,)), Op("g", (), (x,)), Op("return")))
    assert "operand %x is used where its definition is not visible" in messages(
        Program("f", {"f": Function("f", block)}, {})
    )
    nowhere = Block((), (Op("return", (x,)),))
    assert "operand %x is defined nowhere" in messages(
        Program("f", {"f": Function("f", nowhere)}, {})
    )


def test_results_are_not_visible_in_own_regions() -> None:
    r = Value(FLOAT, "r")
    region = Block((), (Op("yield", (r,)),))
    attempt = Op("attempt", (), (r, Value(INT), Value(OPAQUE)), {"handlers": ()}, (region,))
    program = Program("f", {"f": Function("f", Block((), (attempt, Op("return"))))}, {})
    assert "operand %r is used where its definition is not visible" in messages(program)


def test_function_bodies_are_closed() -> None:
    x = Value(FLOAT, "x")
    functions = {
        "f": Function("f", Block((x,), (Op("return", (x,)),))),
        "g": Function("g", Block((), (Op("return", (x,)),))),
    }
    found = messages(Program("f", functions, {}))
    assert "operand %x belongs to @f, and function bodies are closed (in @g)" in found


def test_an_empty_block_has_no_terminator() -> None:
    program = Program("f", {"f": Function("f", Block((), ()))}, {})
    assert "the body of a function ends without a terminator" in messages(program)


def test_calls_agree_with_the_callee() -> None:
    text = """
func @f(%x: float) {{
  %y = call @g {args} : {t}
  return
}}
func @g(%a: float) -> float {{
  return %a
}}
"""
    verify(parse(text.format(args="%x", t="float")))
    assert "arguments are (float, float), not (float)" in messages(
        parse(text.format(args="%x, %x", t="float"))
    )
    assert "results are (int), not (float)" in messages(parse(text.format(args="%x", t="int")))


def test_attributes_are_of_permitted_kinds() -> None:
    for value in ([1], {}, object(), (1, [2]), b"x"):
        block = Block((), (Op("g", (), (), {"a": value}), Op("return")))
        assert "attribute `a` is of type" in messages(Program("f", {"f": Function("f", block)}, {}))


def test_whole_programs_are_checked() -> None:
    body = Block((Value(INT, "x"),), (Op("return"),))
    heap = {0: ListOf(Ref(5)), 1: Record("Gone", ()), 2: Fixed((INT, Tuple((Ref(6),))))}
    found = messages(
        Program("main", {"f": Function("g", body, (("arg", "x"), ("arg", "y")))}, heap)
    )
    assert "the entry @main is not one of its functions" in found
    assert "`func @g`: it is listed as @f" in found
    assert "1 parameters, 2 sources" in found
    assert "heap class &0 holds &5" in found
    assert "heap class &2 holds &6" in found
    assert "heap class &1: 'Gone' is not in the symbol table" in found


def test_all_violations_come_at_once_with_their_places() -> None:
    b = Builder()
    x = Value(FLOAT, "x")
    with b.block((x,)):
        b.span = Span("demo.py", 9, 0, 9, 5)
        b.value("not", (x,), INT, "late")
        b.span = Span("demo.py", 3, 4, 3, 8)
        b.emit("append", (x, x))
        b.emit("return")
        program = function_by(b, [x])
    with pytest.raises(VerificationError) as caught:
        verify(program, "reverse")
    error = caught.value
    assert isinstance(error, InternalError)
    assert [p.span and p.span.line for p in error.problems] == [3, 9]
    assert "pass `reverse` at `append %x, %x`" in str(error)
    assert "`%late = not %x : int`" in str(error)
    assert 'File "demo.py", line 3' in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_subscripts() -> None:
    def rank(array: Array, *tokens: str, mask: Array | None = None) -> object:
        sizes = {"int": 1, "slice": 3, "array": 1}
        operand = Value(mask or INT)
        path = [(t, (operand,) * sizes.get(t, 0)) for t in tokens]
        return subscript(array, path)

    cube = Array("f64", 3)
    assert rank(cube) == cube
    assert rank(cube, "int", "int", "int") == F64
    assert rank(cube, "int", "ellipsis") == Array("f64", 2)
    assert rank(cube, "int", "int", "int", "ellipsis") == Array("f64", 0)
    assert rank(cube, "new", "slice") == Array("f64", 4)
    assert rank(cube, "array", "array", mask=Array("i64", 2)) == Array("f64", 3)
    assert rank(cube, "array", mask=Array("b1", 2)) == Array("f64", 2)
    assert rank(cube, "array", mask=Array("b1", None)) is None
    assert rank(Array("f64", None), "int") is None


def test_widening() -> None:
    yes = [
        (INT, FLOAT), (BOOL, INT), (FLOAT, F64), (F32, F64), (I64, COMPLEX),
        (NONE, Optional(FLOAT)),
        (INT, Optional(FLOAT)), (Ref(1, 2), Ref(1)), (Array("f64", 2), Array("f64", None)),
        (FLOAT, Array("f64", None)), (Tuple((INT, INT)), SHAPE), (Tuple((INT,)), Tuple((FLOAT,))),
        (Known("f"), OPAQUE), (STR, ANY),
    ]  # fmt: skip
    no = [
        (FLOAT, INT), (F64, F32), (COMPLEX, FLOAT), (Optional(FLOAT), FLOAT), (Ref(1), Ref(2)),
        (Ref(1), Ref(1, 2)), (Array("f64", 2), Array("f64", 1)), (FLOAT, STR), (INT, B1),
    ]  # fmt: skip
    assert [pair for pair in yes if not widens(*pair)] == []
    assert [pair for pair in no if widens(*pair)] == []


# ------------------------------------------------------------------------------------- rewriting
class DropOnes(Rewriter):
    """x * 1 = x, for the test."""

    def op(self, op: Op) -> tuple[Value, ...] | None:
        constant = self.constant_of(op.operands[1]) if op.kind == "multiply" else None
        return op.operands[:1] if constant and constant.attrs["value"] == 1.0 else None


def test_rewriter_replaces_values_everywhere() -> None:
    before = parse("""
func @f(%x: float, %c: bool) -> float {
  %one = const 1.0 : float
  %a = multiply %x, %one : float
  %b = multiply %a, %one : float
  %r = if %c : float {
    %d = multiply %b, %one : float
    yield %d
  } else {
    yield %b
  }
  return %r
}
""")
    after = parse("""
func @f(%x: float, %c: bool) -> float {
  %one = const 1.0 : float
  %r = if %c : float {
    yield %x
  } else {
    yield %x
  }
  return %r
}
""")
    assert difference(DropOnes().program(before), after) is None


class Split(Rewriter):
    """Emits two operations for one, deletes prints, inlines `if True`."""

    def op(self, op: Op) -> tuple[Value, ...] | None:
        if op.kind == "double":
            return (self.value("add", (op.operands[0], op.operands[0]), FLOAT),)
        if op.kind == "print":
            return ()
        condition = self.constant_of(op.operands[0]) if op.kind == "if" else None
        if condition and condition.attrs["value"] is True:
            *inner, last = op.regions[0].ops
            for one in inner:
                self.append(one)
            if last.kind == "unreachable":
                self.append(last)
            return last.operands if last.kind == "yield" else tuple(map(self.undef, op.results))
        return None

    def undef(self, value: Value) -> Value:
        return value


def test_rewriter_emits_deletes_and_inlines() -> None:
    before = """
func @f(%x: float) -> float {
  print %x
  %t = const True : bool
  %r = if %t : float {
    %d = double %x : float
    yield %d
  } else {
    yield %x
  }
  return %r
}
"""
    after = """
func @f(%x: float) -> float {
  %t = const True : bool
  %d = add %x, %x : float
  return %d
}
"""
    span = Span("demo.py", 1, 0, 1, 1)
    program = parse(before)
    spanned = Block(
        program.main.body.args, tuple(replace(op, span=span) for op in program.main.body.ops)
    )
    assert equal(Split().program(program), parse(after))
    assert Split().rebuild(spanned).ops[0].span == span


def test_nothing_follows_a_terminator() -> None:
    before = parse("""
func @f(%x: float) {
  %t = const True : bool
  if %t {
    unreachable
  } else {
    yield
  }
  print %x
  return
}
""")
    assert [op.kind for op in Split().program(before).main.body.ops] == ["const", "unreachable"]


def test_substitute_reaches_regions_and_shares_the_rest() -> None:
    program = parse("""
func @f(%x: float, %y: float, %c: bool) -> float {
  %a = sin %y : float
  %r = if %c : float {
    yield %x
  } else {
    yield %y
  }
  return %r
}
""")
    body = program.main.body
    x, y, _ = body.args
    new = substitute(body, {x: y})
    assert new.ops[0] is body.ops[0]
    assert new.ops[1].regions[0].terminator.operands == (y,)
    assert new.ops[1].regions[1] is body.ops[1].regions[1]
    assert substitute(body, {}) is body
    assert uses(body)[y] == 2
    assert uses(new)[y] == 3
    assert uses(new)[x] == 0


def test_free_values_and_clone_with_mapping() -> None:
    body = parse("""
func @f(%x: float, %y: float, %c: bool) -> float {
  %r = if %c : float {
    %z = add %y, %x : float
    yield %z
  } else {
    yield %x
  }
  return %r
}
""").main.body
    x, y, _ = body.args
    region = body.ops[0].regions[0]
    assert free_values(region) == [y, x]
    mapping = {x: y}
    copy = clone(region, mapping)
    assert copy.ops[0].operands == (y, y)
    assert mapping[region.ops[0].result] is copy.ops[0].result
    assert copy.ops[0].result.type == FLOAT
    assert copy.ops[0].result.name == "z"


def test_deep_nesting_is_no_trouble() -> None:
    depth = 100
    c, x = Value(BOOL, "c"), Value(FLOAT, "x")
    block = Block((), (Op("yield", (x,)),))
    for _ in range(depth):
        r = Value(FLOAT)
        inner = Op("if", (c,), (r,), {}, (block, Block((), (Op("yield", (x,)),))))
        block = Block((), (inner, Op("yield", (r,))))
    last = Op("return", block.ops[0].results)
    program = Program("f", {"f": Function("f", Block((c, x), (block.ops[0], last)))}, {})
    verify(program)
    assert equal(program, parse(to_text(program)))
    assert Rewriter().program(program).main is program.main
    assert len(free_values(clone(block))) == 2
    assert Names.of(program.main)[x] == "%x"
