"""Expressions: one function for each, in a table by node type."""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Sequence
from typing import Any

from s2s.frontend.avals import (
    NONE_A,
    UNBOUND,
    AVal,
    Bound,
    Choice,
    Closure,
    ExceptionA,
    Iter,
    Leaf,
    Partial,
    RangeA,
    SliceA,
    Star,
    Static,
    Structure,
    TupleA,
)
from s2s.frontend.lowering import Lowering
from s2s.frontend.streams import yielded
from s2s.frontend.unsupported import problem_of
from s2s.ir.core import Value
from s2s.ir.types import (
    BOOL,
    NONE,
    OPAQUE,
    STR,
    Array,
    DictOf,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Scalar,
)
from s2s.pyast import gast
from s2s.runtime import library

Handler = Callable[[Lowering, Any], AVal]
EXPRESSIONS: dict[type, Handler] = {}

BINARY = {
    gast.Add: ("+", operator.add, "__add__", "__radd__"),
    gast.Sub: ("-", operator.sub, "__sub__", "__rsub__"),
    gast.Mult: ("*", operator.mul, "__mul__", "__rmul__"),
    gast.Div: ("/", operator.truediv, "__truediv__", "__rtruediv__"),
    gast.FloorDiv: ("//", operator.floordiv, "__floordiv__", "__rfloordiv__"),
    gast.Mod: ("%", operator.mod, "__mod__", "__rmod__"),
    gast.Pow: ("**", operator.pow, "__pow__", "__rpow__"),
    gast.MatMult: ("@", operator.matmul, "__matmul__", "__rmatmul__"),
    gast.BitAnd: ("&", operator.and_, "__and__", "__rand__"),
    gast.BitOr: ("|", operator.or_, "__or__", "__ror__"),
    gast.BitXor: ("^", operator.xor, "__xor__", "__rxor__"),
    gast.LShift: ("<<", operator.lshift, "__lshift__", "__rlshift__"),
    gast.RShift: (">>", operator.rshift, "__rshift__", "__rrshift__"),
}
UNARY = {
    gast.USub: ("u-", operator.neg, "__neg__"),
    gast.UAdd: ("u+", operator.pos, "__pos__"),
    gast.Invert: ("u~", operator.invert, "__invert__"),
}
COMPARE = {
    gast.Lt: ("<", operator.lt, "__lt__"),
    gast.LtE: ("<=", operator.le, "__le__"),
    gast.Gt: (">", operator.gt, "__gt__"),
    gast.GtE: (">=", operator.ge, "__ge__"),
    gast.Eq: ("==", operator.eq, "__eq__"),
    gast.NotEq: ("!=", operator.ne, "__ne__"),
}


def lowers(*kinds: type) -> Callable[[Handler], Handler]:
    """Register a function as the one for a kind of expression."""

    def register(function: Handler) -> Handler:
        EXPRESSIONS.update(dict.fromkeys(kinds, function))
        return function

    return register


def evaluate(lo: Lowering, node: Any) -> AVal:
    """Lower an expression."""
    handler = EXPRESSIONS.get(type(node))
    if handler is None:
        problem = problem_of(node, lo.scope.code.source)
        if problem is not None:
            return lo.refuse(problem.message, problem.hint or "", node)
        name = type(node).__name__.lower()
        return lo.unsupported(f"`{name}`", node=node)
    with lo.at(node):
        return handler(lo, node)


# ----------------------------------------------------------------------------- names and literals
@lowers(gast.Constant)
def constant(lo: Lowering, node: Any) -> AVal:
    """A literal."""
    return Static(node.value)


@lowers(gast.Name)
def name(lo: Lowering, node: Any) -> AVal:
    """A variable."""
    return lo.lookup(node.id)


@lowers(gast.Tuple)
def tuple_(lo: Lowering, node: Any) -> AVal:
    """A tuple, which only the compiler sees."""
    return display(lo, node.elts)


def elements(lo: Lowering, nodes: list[Any]) -> list[AVal]:
    """Values of a display or a call; a star whose length is not known stays a `Star`."""
    from s2s.frontend.iterate import indexable, known_items

    found: list[AVal] = []
    for node in nodes:
        if isinstance(node, gast.Starred):
            value = evaluate(lo, node.value)
            items = known_items(lo, value, unroll_ranges=True)
            found += [Star(indexable(lo, value))] if items is None else items
        else:
            found.append(evaluate(lo, node))
    return found


def display(lo: Lowering, nodes: list[Any]) -> AVal:
    """The items of `[a, *b]` as a tuple, or a new list where their number is not known."""
    from s2s.frontend.containers import joined_list

    items = elements(lo, nodes)
    return joined_list(lo, items) if any_star(items) else TupleA(tuple(items))


def any_star(items: Sequence[AVal]) -> bool:
    """Whether the number of arguments is not known."""
    return any(isinstance(item, Star) for item in items)


@lowers(gast.List)
def list_(lo: Lowering, node: Any) -> AVal:
    """A list: an object of its own."""
    from s2s.frontend.containers import make_list

    found = display(lo, node.elts)
    return make_list(lo, found.items, node) if isinstance(found, TupleA) else found


@lowers(gast.Set)
def set_(lo: Lowering, node: Any) -> AVal:
    """`{a, b}`."""
    from s2s.frontend.standard_library import make_set

    return make_set(lo, display(lo, node.elts))


@lowers(gast.Dict)
def dict_(lo: Lowering, node: Any) -> AVal:
    """A dict: an object of its own."""
    from s2s.frontend.containers import make_dict, merge_dict

    if any(key is None for key in node.keys):
        return merge_dict(lo, node)
    keys = [evaluate(lo, key) for key in node.keys]
    values = [evaluate(lo, value) for value in node.values]
    return make_dict(lo, list(zip(keys, values, strict=True)), node)


@lowers(gast.Lambda)
def lambda_(lo: Lowering, node: Any) -> AVal:
    """A function without a name."""
    from s2s.frontend.statements import closure

    return closure(lo, node)


@lowers(gast.Slice)
def slice_(lo: Lowering, node: Any) -> AVal:
    """lower:upper:step."""
    parts = [NONE_A if p is None else evaluate(lo, p) for p in (node.lower, node.upper, node.step)]
    return SliceA(*parts)


@lowers(gast.JoinedStr)
def f_string(lo: Lowering, node: Any) -> AVal:
    """An f-string."""
    template: list[Any] = []
    operands: list[Value] = []
    text = ""
    known = True
    for part in node.values:
        if isinstance(part, gast.Constant):
            template.append(part.value)
            text += str(part.value)
            continue
        value = evaluate(lo, part.value)
        spec = ""
        if part.format_spec is not None:
            found = evaluate(lo, part.format_spec)
            if not isinstance(found, Static):
                lo.unsupported("a format that is computed", "write the format out", part)
            spec = found.obj
        conversion = chr(part.conversion) if part.conversion > 0 else ""
        if isinstance(value, Static) and known:
            shown = {"r": repr, "s": str, "a": ascii, "": lambda x: x}[conversion](value.obj)
            text += format(shown, spec)
            template.append(format(shown, spec))
            continue
        known = False
        template.append((len(operands), conversion, spec))
        operands.append(shown_value(lo, value))
    if known:
        return Static(text)
    return Leaf(lo.b.value("format", operands, STR, template=tuple(template)))


def shown_value(lo: Lowering, aval: AVal) -> Value:
    """A value as print and f-strings take it."""
    if isinstance(aval, ExceptionA):
        from s2s.frontend.exceptions import text_of

        return lo.value(text_of(lo, aval))
    return lo.value(aval)


@lowers(gast.FormattedValue)
def formatted(lo: Lowering, node: Any) -> AVal:
    """One part of an f-string."""
    return f_string(lo, gast.JoinedStr(values=[node]))


@lowers(gast.NamedExpr)
def walrus(lo: Lowering, node: Any) -> AVal:
    """`(name := value)`."""
    value = evaluate(lo, node.value)
    lo.assign(node.target.id, value)
    return value


# ------------------------------------------------------------------------------------- operators
@lowers(gast.BinOp)
def binary_operation(lo: Lowering, node: Any) -> AVal:
    """`a + b` and its like."""
    left = evaluate(lo, node.left)
    right = evaluate(lo, node.right)
    return binary(lo, type(node.op), left, right, node)


def binary(lo: Lowering, kind: type, a: AVal, b: AVal, node: Any = None) -> AVal:
    """Apply a binary operator."""
    from s2s.frontend.arrays import apply_operator
    from s2s.frontend.containers import sequence_operation
    from s2s.frontend.objects import operator_method

    symbol, function, method, reflected = BINARY[kind]
    if isinstance(a, Static) and isinstance(b, Static) and is_plain(a.obj) and is_plain(b.obj):
        try:
            return Static(function(a.obj, b.obj))
        except Exception:
            if isinstance(a.obj, str) or isinstance(b.obj, str):
                lo.cannot_infer(f"{a.obj!r} {symbol} {b.obj!r} has no meaning")
    if kind is gast.BitOr and is_class(a) and is_class(b):  # int | None
        return Static(a.obj | b.obj)  # type: ignore[attr-defined]
    for found in (
        sequence_operation(lo, symbol, a, b, node),
        operator_method(lo, a, b, method, reflected),
    ):
        if found is not None:
            return found
    return apply_operator(lo, symbol, [a, b])


def is_class(aval: AVal) -> bool:
    """Whether this is a class, a union of classes, or None."""
    return isinstance(aval, Static) and isinstance(aval.obj, type | types.UnionType | type(None))


def is_plain(obj: object) -> bool:
    """Numbers and strings: what the compiler computes with itself."""
    return type(obj) in (int, float, complex, bool, str)


@lowers(gast.UnaryOp)
def unary(lo: Lowering, node: Any) -> AVal:
    """`-a`, `+a`, `~a`, `not a`."""
    if isinstance(node.op, gast.Not):
        return negated(lo, condition(lo, node.operand))
    return unary_of(lo, type(node.op), evaluate(lo, node.operand))


def negated(lo: Lowering, test: AVal) -> AVal:
    """`not test` of a truth value."""
    if isinstance(test, Static):
        return Static(not test.obj)
    return Leaf(lo.b.value("not", (lo.value(test),), BOOL))


def unary_of(lo: Lowering, kind: type, value: AVal) -> AVal:
    """Apply an operator with one operand."""
    from s2s.frontend.arrays import apply_operator
    from s2s.frontend.objects import operator_method

    symbol, function, method = UNARY[kind]
    if isinstance(value, Static) and is_plain(value.obj):
        return Static(function(value.obj))
    found = operator_method(lo, value, None, method, None)
    return found if found is not None else apply_operator(lo, symbol, [value])


@lowers(gast.Compare)
def compare(lo: Lowering, node: Any) -> AVal:
    """`a < b < c`: each operand once, from left to right, stopping at the first that fails."""
    left = evaluate(lo, node.left)
    return chain(lo, left, list(zip(node.ops, node.comparators, strict=True)))


def chain(lo: Lowering, left: AVal, rest: list[tuple[Any, Any]]) -> AVal:
    """The remaining comparisons of a chain."""
    (op, right_node), *more = rest
    right = evaluate(lo, right_node)
    found = compare_two(lo, op, left, right)
    if not more:
        return found
    return both(lo, found, lambda: chain(lo, right, more))


def compare_two(lo: Lowering, op: Any, a: AVal, b: AVal) -> AVal:
    """One comparison."""
    from s2s.frontend.arrays import apply_operator
    from s2s.frontend.containers import contains
    from s2s.frontend.objects import operator_method

    match op:
        case gast.Is() | gast.IsNot():
            found = identical(lo, a, b)
            return found if isinstance(op, gast.Is) else negated(lo, found)
        case gast.In() | gast.NotIn():
            found = truth(lo, contains(lo, a, b))
            return found if isinstance(op, gast.In) else negated(lo, found)
    symbol, function, method = COMPARE[type(op)]
    if isinstance(a, Static) and isinstance(b, Static):
        try:
            return Static(bool(function(a.obj, b.obj)))
        except TypeError as error:
            return lo.cannot_infer(str(error))
    if isinstance(a, TupleA) and isinstance(b, TupleA):
        return compare_tuples(lo, op, a, b)
    lists = compare_lists(lo, op, a, b)
    if lists is not None:
        return lists
    if symbol in ("==", "!="):
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Static) and not is_plain(x.obj) and not isinstance(y, Static):
                return Static((x.obj is None and lo.type_of(y) == NONE) == (symbol == "=="))
            if isinstance(x, Static) and isinstance(x.obj, str) and isinstance(y, Leaf):
                test = lo.b.value("str_equal", (lo.value(x), y.value), BOOL, via=symbol)
                return Leaf(test)
    reflected = {"<": "__gt__", ">": "__lt__", "<=": "__ge__", ">=": "__le__"}.get(symbol, method)
    found = operator_method(lo, a, b, method, reflected)
    return found if found is not None else apply_operator(lo, symbol, [a, b])


def compare_lists(lo: Lowering, op: Any, a: AVal, b: AVal) -> AVal | None:
    """Lists compare item by item; None if neither operand is one."""
    from s2s.frontend.containers import in_library, list_content
    from s2s.frontend.iterate import known_items

    sides = [list_content(lo, x) is not None for x in (a, b)]
    if not any(sides) or any(
        isinstance(x, Leaf) and not s for x, s in zip((a, b), sides, strict=True)
    ):
        return None  # with an array or a number NumPy compares
    if not all(sides):  # with a tuple, None or a string
        known = isinstance(op, gast.Eq | gast.NotEq)
        return Static(isinstance(op, gast.NotEq)) if known else None
    left, right = known_items(lo, a), known_items(lo, b)
    if left is not None and right is not None:
        return compare_tuples(lo, op, TupleA(tuple(left)), TupleA(tuple(right)))
    if not isinstance(op, gast.Eq | gast.NotEq):
        return lo.unsupported("the order of two lists", "compare their items")
    equal = truth(lo, in_library(lo, library.lists_equal, a, b))
    return equal if isinstance(op, gast.Eq) else negated(lo, equal)


def compare_tuples(lo: Lowering, op: Any, a: TupleA, b: TupleA) -> AVal:
    """Tuples compare item by item."""
    if isinstance(op, gast.Eq | gast.NotEq):
        equal: AVal = Static(len(a.items) == len(b.items))
        if equal.obj:
            for x, y in zip(a.items, b.items, strict=True):
                step = compare_two(lo, gast.Eq(), x, y)
                equal = both(lo, equal, lambda step=step: step)
        return equal if isinstance(op, gast.Eq) else negated(lo, equal)
    if not a.items or not b.items:
        _, function, _ = COMPARE[type(op)]
        return Static(function(len(a.items), len(b.items)))
    strict = gast.Lt() if isinstance(op, gast.Lt | gast.LtE) else gast.Gt()
    first = compare_two(lo, strict, a.items[0], b.items[0])
    rest = TupleA(a.items[1:]), TupleA(b.items[1:])

    def otherwise() -> AVal:
        same = compare_two(lo, gast.Eq(), a.items[0], b.items[0])
        return both(lo, same, lambda: compare_tuples(lo, op, *rest))

    return either(lo, first, otherwise)


def identical(lo: Lowering, a: AVal, b: AVal) -> AVal:
    """`a is b`."""
    if isinstance(a, Static) and isinstance(b, Static):
        return Static(a.obj is b.obj or (is_plain(a.obj) and a.obj == b.obj))
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Static) and x.obj is None:
            if isinstance(y, Leaf) and isinstance(y.type, Optional):
                return Leaf(lo.b.value("is_none", (y.value,), BOOL))
            return Static(False)
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        if a.value is b.value:
            return Static(True)
        if isinstance(a.type, Ref) and isinstance(b.type, Ref):
            if lo.heap.find(a.type.cls) != lo.heap.find(b.type.cls):
                return Static(False)
            return Leaf(lo.b.value("same", (a.value, b.value), BOOL))
    if a is b:
        return Static(True)
    if isinstance(a, Static) or isinstance(b, Static):
        return Static(False)
    return lo.cannot_infer("whether these are the same object is not known")


# --------------------------------------------------------------------------------- truth and choice
def truth(lo: Lowering, aval: AVal) -> AVal:
    """The truth of a value: Static, or a Leaf of type bool."""
    match aval:
        case Static(obj):
            return Static(bool(obj))
        case TupleA(items):
            return Static(bool(items))
        case Leaf(value):
            return truth_value(lo, value)
    if isinstance(aval, Choice | Closure | Bound | Partial | SliceA | Iter | Structure):
        return Static(True)
    if isinstance(aval, RangeA):
        from s2s.frontend.iterate import length

        return truth(lo, length(lo, aval))
    return lo.cannot_infer("the truth of this value is not known")


def condition(lo: Lowering, node: Any) -> AVal:
    """The truth of an expression where nothing else of it counts: `and` and `or` give bools."""
    match node:
        case gast.BoolOp():
            combine = both if isinstance(node.op, gast.And) else either

            def rest(values: list[Any]) -> AVal:
                first = condition(lo, values[0])
                if len(values) == 1:
                    return first
                return combine(lo, first, lambda: rest(values[1:]))

            with lo.at(node):
                return truth(lo, rest(node.values))
        case gast.UnaryOp() if isinstance(node.op, gast.Not):
            with lo.at(node):
                return negated(lo, condition(lo, node.operand))
    return truth(lo, evaluate(lo, node))


def truth_value(lo: Lowering, value: Value) -> AVal:
    """The truth of an SSA value."""
    match value.type:
        case Scalar("bool"):
            return Leaf(value)
        case Scalar() | Array():
            return Leaf(lo.b.value("bool_of", (value,), BOOL))
        case Optional(item):
            absent = Leaf(lo.b.value("is_none", (value,), BOOL))
            inner = lo.b  # the value is looked at only where it is not None

            def look() -> AVal:
                return truth(lo, lo.aval(inner.value("unwrap", (value,), item)))

            if isinstance(item, Ref) and isinstance(lo.heap.of(item), Record):
                return Leaf(lo.b.value("not", (absent.value,), BOOL))
            present = Leaf(lo.b.value("not", (absent.value,), BOOL))
            return both(lo, present, look)
        case Ref():
            content = lo.heap.of(value.type)
            if isinstance(content, Array):
                loaded = lo.b.value("load", (value,), content, path=())
                return Leaf(lo.b.value("bool_of", (loaded,), BOOL))
            if isinstance(content, Fixed):
                return Static(bool(content.items))
            if isinstance(content, ListOf | DictOf):
                return Leaf(lo.b.value("bool_of", (value,), BOOL))
            if isinstance(content, Record) and content.cls == "dict":
                return Static(bool(content.fields))
            return object_truth(lo, value)
    if value.type in (STR, OPAQUE):
        return Leaf(lo.b.value("bool_of", (value,), BOOL))
    return lo.cannot_infer(f"the truth of {value.type} is not known")


def object_truth(lo: Lowering, value: Value) -> AVal:
    """`bool(obj)` by __bool__ or __len__, true where the class has neither."""
    from s2s.frontend.objects import class_of, method_of

    cls = class_of(lo, Leaf(value))
    for special in ("__bool__", "__len__"):
        if cls is not None and hasattr(cls, special):
            from s2s.frontend.calls import call

            return truth(lo, call(lo, method_of(lo, Leaf(value), special), [], {}))
    return Static(True)


def choose(lo: Lowering, test: AVal, yes: Callable[[], AVal], no: Callable[[], AVal]) -> AVal:
    """Evaluate one of two expressions, depending on ``test``."""
    if isinstance(test, Static):
        return yes() if test.obj else no()
    key = (lo.scope, f"${id(yes)}")

    def run(side: Callable[[], AVal]) -> Callable[[], None]:
        def store() -> None:
            lo.state[key] = side()

        return store

    lo.conditional(lo.value(test), run(yes), run(no))
    return lo.state.pop(key, UNBOUND)


def both(lo: Lowering, a: AVal, b: Callable[[], AVal]) -> AVal:
    """`a and b`, which is a where a is false."""
    test = truth(lo, a)
    if not isinstance(test, Static) and _is_bool(a):
        return choose(lo, test, b, lambda: Static(False))
    return choose(lo, test, b, lambda: a)


def either(lo: Lowering, a: AVal, b: Callable[[], AVal]) -> AVal:
    """`a or b`, which is a where a is true."""
    test = truth(lo, a)
    if not isinstance(test, Static) and _is_bool(a):
        return choose(lo, test, lambda: Static(True), b)
    return choose(lo, test, lambda: a, b)


def _is_bool(aval: AVal) -> bool:
    return isinstance(aval, Leaf) and aval.type == BOOL


@lowers(gast.BoolOp)
def bool_operation(lo: Lowering, node: Any) -> AVal:
    """`and`, `or`: later operands are evaluated only where needed."""
    combine = both if isinstance(node.op, gast.And) else either

    def rest(values: list[Any]) -> AVal:
        first = evaluate(lo, values[0])
        return first if len(values) == 1 else combine(lo, first, lambda: rest(values[1:]))

    return rest(node.values)


@lowers(gast.IfExp)
def ternary(lo: Lowering, node: Any) -> AVal:
    """`a if c else b`."""
    test = condition(lo, node.test)
    return choose(lo, test, lambda: evaluate(lo, node.body), lambda: evaluate(lo, node.orelse))


# -------------------------------------------------------------------- attributes, items and calls
@lowers(gast.Attribute)
def attribute(lo: Lowering, node: Any) -> AVal:
    """`obj.name`."""
    from s2s.frontend.objects import get_attribute

    return get_attribute(lo, evaluate(lo, node.value), node.attr)


@lowers(gast.Subscript)
def subscript(lo: Lowering, node: Any) -> AVal:
    """`obj[index]`."""
    from s2s.frontend.containers import get_item

    return get_item(lo, evaluate(lo, node.value), evaluate(lo, node.slice), node)


@lowers(gast.Call)
def call_(lo: Lowering, node: Any) -> AVal:
    """A call."""
    from s2s.frontend.calls import call_expression

    return call_expression(lo, node)


@lowers(gast.ListComp)
def list_comprehension(lo: Lowering, node: Any) -> AVal:
    """`[e for x in xs if c]`."""
    from s2s.frontend.comprehensions import list_of

    return list_of(lo, node)


@lowers(gast.SetComp)
def set_comprehension(lo: Lowering, node: Any) -> AVal:
    """`{e for x in xs}`."""
    from s2s.frontend.comprehensions import expression_of
    from s2s.frontend.standard_library import make_set

    return make_set(lo, expression_of(lo, node))


@lowers(gast.DictComp)
def dict_comprehension(lo: Lowering, node: Any) -> AVal:
    """`{k: v for ...}`."""
    from s2s.frontend.comprehensions import dict_of

    return dict_of(lo, node)


@lowers(gast.GeneratorExp)
def generator(lo: Lowering, node: Any) -> AVal:
    """A generator expression: runs where it is consumed."""
    from s2s.frontend.comprehensions import expression_of

    return expression_of(lo, node)


@lowers(gast.Yield)
def yield_(lo: Lowering, node: Any) -> AVal:
    """`yield value`."""
    return yielded(lo, NONE_A if node.value is None else evaluate(lo, node.value))


@lowers(gast.YieldFrom)
def yield_from(lo: Lowering, node: Any) -> AVal:
    """`yield from items`."""
    from s2s.frontend.iterate import for_each

    found: list[AVal] = []

    def keep(item: AVal) -> None:
        found[:] = [item]

    for_each(lo, node, evaluate(lo, node.value), keep, lambda: yielded(lo, found[0]) and None)
    return NONE_A
