"""A reference interpreter of the intermediate representation: what a program means.

Values are Python and NumPy objects; array values are copies that nobody writes to, references are
the objects themselves.  Slow and simple on purpose: codegen is compared with it.

>>> from s2s.ir.parse import parse
>>> run(parse('''
... func @f(%n: int) -> int {
...   %0 = const 0 : int
...   %1 = const 1 : int
...   %s, %2, %3 = loop %i in [%0, %n, %1] carry (%s.1: int = %0) {
...     %s.2 = add %s.1, %i [via="+"] : int
...     yield %s.2
...   }
...   return %s
... }'''), 5)
10
"""

from __future__ import annotations

import builtins
import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from s2s import kernels
from s2s.ir.core import Block, Function, Op, Program, Value
from s2s.ir.types import Array, Cell, DictOf, Record, Ref

SUBSCRIPT = {"int": 1, "slice": 3, "array": 1, "new": 0, "ellipsis": 0}


class CellObject:
    """A closure cell."""

    def __init__(self, *value: Any) -> None:
        if value:
            (self.value,) = value


class Unbound:
    """What a variable holds that was never assigned."""


UNBOUND = Unbound()


def run(program: Program, *args: Any, name: str | None = None) -> Any:
    """Call a function of the program (the entry); several results come as a tuple."""
    return Interpreter(program).call(program.functions[name or program.entry], args)


class Interpreter:
    """Runs one program."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def call(self, function: Function, args: Sequence[Any]) -> Any:
        frame = Frame(self.program, self)
        frame.bind(function.body.args, args)
        _, values = frame.block(function.body)
        return None if not values else values[0] if len(values) == 1 else tuple(values)


class Frame:
    """The values of one call."""

    def __init__(self, program: Program, interpreter: Interpreter) -> None:
        self.program = program
        self.interpreter = interpreter
        self.values: dict[Value, Any] = {}

    def bind(self, targets: Sequence[Value], values: Sequence[Any]) -> None:
        self.values.update(zip(targets, values, strict=True))

    def get(self, value: Value) -> Any:
        found = self.values[value]
        if found is UNBOUND:
            raise UnboundLocalError(f"cannot access local variable {value.name!r}")
        return found

    def block(self, block: Block) -> tuple[Op, list[Any]]:
        """Run a block; its last terminator and the values of that."""
        for op in block.ops:
            match op.kind:
                case "yield" | "break":
                    return op, [self.values[value] for value in op.operands]
                case "return":
                    return op, [self.get(value) for value in op.operands]
                case "branch":
                    return self.block(op.regions[0 if self.get(op.operands[0]) else 1])
                case "if":
                    _, values = self.block(op.regions[0 if self.get(op.operands[0]) else 1])
                    self.bind(op.results, values)
                case "loop":
                    self.loop(op)
                case "attempt":
                    self.attempt(op)
                case "unreachable":
                    raise AssertionError("unreachable")
                case _:
                    self.simple(op)
        raise AssertionError("a block without a terminator")

    def loop(self, op: Op) -> None:
        (body,) = op.regions
        bounds = [self.get(v) for v in op.operands[:3]] if op.attrs["bounded"] else None
        carried = [self.values[v] for v in op.operands[3 if bounds else 0 :]]
        trips = code = 0
        order: Any = range(*bounds) if bounds else None
        if op.attrs.get("reversed"):
            order = reversed(order)
        indices = iter(order) if order is not None else None
        while True:
            index = next(indices, None) if indices is not None else trips
            if index is None:
                break
            self.bind(body.args, [index, *carried])
            leaf, carried = self.block(body)
            if leaf.kind == "break":
                code = leaf.attrs["code"]
                break
            trips += 1
        self.bind(op.results, [*carried, trips, code])

    def attempt(self, op: Op) -> None:
        symbols = self.program.symbols
        try:
            _, values = self.block(op.regions[0])
        except Exception as error:
            for k, handler in enumerate(op.attrs["handlers"], 1):
                kinds = tuple(symbols.get(s) or getattr(builtins, s) for s in handler)
                if isinstance(error, kinds):
                    nothing = [UNBOUND] * (len(op.results) - 2)
                    self.bind(op.results, [*nothing, k, error])
                    return
            raise
        self.bind(op.results, [*values, 0, None])

    def simple(self, op: Op) -> None:
        if op.kind == "undef":
            self.bind(op.results, [UNBOUND])
            return
        operands = [self.get(value) for value in op.operands]
        function = OPS.get(op.kind)
        result = function(self, op, *operands) if function else _row(op, operands)
        if len(op.results) == 1:
            self.bind(op.results, [result])
        elif op.results:
            self.bind(op.results, result)


def _row(op: Op, operands: Sequence[Any]) -> Any:
    row = kernels.row(op.kind)
    assert row is not None, op.kind
    attrs = {k: v for k, v in op.attrs.items() if k != "via"}
    result = row.call(*operands, via=op.attrs.get("via"), **attrs)
    return result.copy() if isinstance(result, np.ndarray) else result


# ------------------------------------------------------------------------------------------ memory
def _steps(path: Sequence[Any], operands: Sequence[Any]) -> list[tuple[str, Any]]:
    """A path as ("[]", subscript), ("[]", key) and (".", name)."""
    rest = list(operands)
    found: list[tuple[str, Any]] = []
    group: list[Any] = []
    for token in [*path, "end"]:
        if token in SUBSCRIPT:
            taken = [rest.pop(0) for _ in range(SUBSCRIPT[token])]
            single = {"slice": lambda: slice(*taken), "new": lambda: None, "ellipsis": lambda: ...}
            group.append(single[token]() if token in single else taken[0])
            continue
        if group:
            found.append(("[]", group[0] if len(group) == 1 else tuple(group)))
            group = []
        if token == "item":
            found.append(("[]", rest.pop(0)))
        elif token != "end":
            found.append(("." if token[0] == "attr" else "[]", token[1]))
    return found


def _walk(thing: Any, steps: Sequence[tuple[str, Any]]) -> Any:
    for how, key in steps:
        thing = getattr(thing, key) if how == "." else thing[key]
    return thing


def _content(frame: Frame, value: Value) -> Any:
    return frame.program.heap.get(value.type.cls) if isinstance(value.type, Ref) else None


def _frozen(op: Op, value: Any) -> Any:
    shares = isinstance(value, np.ndarray) and not isinstance(op.results[0].type, Ref)
    return value.copy() if shares else value


def load(frame: Frame, op: Op, ref: Any, *indices: Any) -> Any:
    steps = _steps(op.attrs["path"], indices)
    if not steps and isinstance(_content(frame, op.operands[0]), Cell):
        return ref.value
    return _frozen(op, _walk(ref, steps))


def store(frame: Frame, op: Op, ref: Any, *rest: Any) -> None:
    *indices, value = rest
    steps = _steps(op.attrs["path"], indices)
    if not steps:
        if isinstance(_content(frame, op.operands[0]), Cell):
            ref.value = value
        else:
            ref[...] = value
        return
    _set(_walk(ref, steps[:-1]), steps[-1], value)


def _set(thing: Any, step: tuple[str, Any], value: Any) -> None:
    how, key = step
    if how == ".":
        setattr(thing, key, value)
    else:
        thing[key] = value


def accum(frame: Frame, op: Op, ref: Any, *rest: Any) -> None:
    *indices, value = rest
    steps = _steps(op.attrs["path"], indices) or [("[]", ...)]
    thing = _walk(ref, steps[:-1])
    _set(thing, steps[-1], _walk(thing, steps[-1:]) + value)


def accum_at(frame: Frame, op: Op, ref: Any, *rest: Any) -> None:
    *indices, value = rest
    ((_, where),) = _steps(op.attrs["path"], indices)
    np.add.at(ref, where, value)


def alloc(frame: Frame, op: Op, *operands: Any) -> Any:
    match _content(frame, op.results[0]):
        case Array():
            return np.array(operands[0])
        case Record("dict", fields):
            return {key: value for (key, _), value in zip(fields, operands, strict=True)}
        case Record(cls):
            kind: Any = frame.program.symbols[op.attrs.get("symbol", cls)]
            return object.__new__(kind)
        case DictOf():
            return {}
        case Cell():
            return CellObject(*operands)
    return list(operands)


def format_(frame: Frame, op: Op, *operands: Any) -> str:
    text = ""
    for part in op.attrs["template"]:
        if isinstance(part, str):
            text += part
        else:
            index, conversion, spec = part
            convert = {"r": repr, "s": str, "a": ascii}.get(conversion, lambda x: x)
            text += format(convert(operands[index]), spec)
    return text


def print_(frame: Frame, op: Op, *operands: Any) -> None:
    print(*operands, **dict(op.attrs.get("keywords") or ()))


def call(frame: Frame, op: Op, *operands: Any) -> Any:
    return frame.interpreter.call(frame.program.functions[op.attrs["callee"]], operands)


def object_(frame: Frame, op: Op, *operands: Any) -> Any:
    symbol = op.attrs["symbol"]
    found: Any = frame.program.symbols.get(symbol) or getattr(builtins, symbol)
    return found if op.kind == "symbol" else found(*operands)


def raise_(frame: Frame, op: Op, error: Any) -> None:
    raise error


OPS: Mapping[str, Callable[..., Any]] = {
    "const": lambda f, op: op.attrs["value"],
    "symbol": object_,
    "widen": lambda f, op, v: v,
    "unwrap": lambda f, op, v: v,
    "is_none": lambda f, op, v: v is None,
    "tuple": lambda f, op, *v: v,
    "item": lambda f, op, v: v[op.attrs["index"]],
    "getitem": lambda f, op, v, *i: _frozen(op, _walk(v, _steps(op.attrs["path"], i))),
    "select": lambda f, op, c, a, b: a if c else b,
    "bool_of": lambda f, op, v: bool(v),
    "not": lambda f, op, v: not v,
    "dim": lambda f, op, v: np.shape(v)[op.attrs["axis"]],
    "shape": lambda f, op, v: np.shape(v),
    "len": lambda f, op, v: len(v),
    "copy": lambda f, op, v: v.copy(),
    "format": format_,
    "is_array": lambda f, op, v: np.ndim(v) > 0,
    "same": lambda f, op, a, b: a is b,
    "alloc": alloc,
    "load": load,
    "store": store,
    "accum": accum,
    "accum_at": accum_at,
    "view": lambda f, op, r, *i: _walk(r, _steps(op.attrs["path"], i)),
    "append": lambda f, op, r, v: r.append(v),
    "pop": lambda f, op, r, *i: r.pop(*i),
    "list_insert": lambda f, op, r, i, v: r.insert(i, v),
    "list_extend": lambda f, op, r, s: r.extend(s),
    "list_concat": lambda f, op, r, s: r + s,
    "list_repeat": lambda f, op, r, n: r * n,
    "list_slice": lambda f, op, r, lo, hi, step: r[lo:hi:step],
    "array_of": lambda f, op, r: np.array(r),
    "contains": lambda f, op, v, r: v in r,
    "list_of": lambda f, op, r: list(r),
    "sort_order": lambda f, op, r: sorted(
        range(len(r)), key=r.__getitem__, reverse=op.attrs["reverse"]
    ),
    "dict_pop": lambda f, op, r, k: r.pop(k),
    "raise": raise_,
    "exception": object_,
    "print": print_,
    "call": call,
    "pycall": object_,
    "private": lambda f, op, *v: copy.deepcopy(v[0] if len(v) == 1 else v),
    "comment": lambda f, op: None,
}
