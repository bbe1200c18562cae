"""Functions as data: what only the compiler sees, kept in memory or chosen while the program runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from s2s.frontend.avals import UNBOUND, AVal, Choice, Closure, Static, TupleA
from s2s.frontend.scope import Code, Scope
from s2s.ir.core import Value
from s2s.ir.types import NONE, Known, Optional, Scalar, Tuple, Type

if TYPE_CHECKING:
    from s2s.frontend.lowering import Key, Lowering


class FunctionName(str):
    """The name under which a function is kept; ``example``: one such function, to rebuild others."""

    __slots__ = ("example",)

    example: AVal


def make_closure(lo: Lowering, node: Any, defaults: Any, kw_defaults: Any) -> Closure:
    """A function defined here, with what it can see."""
    code = lo.facts.code(node, lo.scope.code.source)
    captured = {}
    for name, owner in outer_names(code, lo.scope):
        found = lo.visible(name, owner)
        if found is not UNBOUND:
            captured[name] = found
    return Closure(code, captured, defaults, kw_defaults, lo.scope)


def outer_names(code: Code, parent: Scope | None) -> list[tuple[str, Scope]]:
    """Names that a nested function reads of the functions around it, with the owner of each."""
    found = []
    for name in sorted(code.free):
        owner = parent.owner(name) if parent is not None and name not in code.locals else None
        if owner is not None:
            found.append((name, owner))
    return found


def by_reference(closure: Closure) -> list[Key]:
    """Variables whose latest value counts when the closure is called, not what it captured."""
    return [
        (owner, name)
        for name, owner in outer_names(closure.code, closure.scope)
        if name in owner.code.shared or name not in closure.captured
    ]


def reached(lo: Lowering, avals: Iterable[AVal]) -> dict[Key, AVal]:
    """Variables by reference of all the closures among ``avals``, and of what they captured."""
    found: dict[Key, AVal] = {}
    seen: set[int] = set()
    pending = list(avals)
    while pending:
        aval = pending.pop()
        if id(aval) in seen or aval is UNBOUND:
            continue
        seen.add(id(aval))
        if isinstance(aval, Closure):
            for key in by_reference(aval):
                held = lo.state.get(key, UNBOUND)
                if key not in found and held is not UNBOUND:
                    found[key] = held
                    pending.append(held)
        pending.extend(lo.parts_of(aval))
    return found


# --------------------------------------------------------------------------------------- in memory
def name_of(lo: Lowering, form: tuple[Any, ...], example: AVal, size: int) -> str:
    """The symbol of a form of function that captures ``size`` things."""
    known = lo.facts.forms
    if form not in known:
        kind = form[0]
        base = form[1].name if kind == "closure" else getattr(kind, "__name__", str(kind))
        base = "".join(c if c.isalnum() else "_" for c in base).strip("_") or "function"
        symbol, n = base, 2
        while symbol in lo.symbols:
            symbol, n = f"{base}_{n}", n + 1
        known[form] = symbol
        lo.symbols[symbol] = FunctionName(symbol)
        lo.heap.functions.register(symbol, size)
    symbol = known[form]
    named = lo.symbols[symbol]
    assert isinstance(named, FunctionName)
    named.example = example
    return symbol


def type_of(lo: Lowering, form: Any, example: AVal, parts: Iterable[Type]) -> Type:
    """The type of a function whose captured things have these types."""
    types = tuple(parts)
    symbol = name_of(lo, form, example, len(types))
    return Tuple((Known(symbol), *types)) if types else Known(symbol)


def value_of(lo: Lowering, form: Any, aval: AVal, parts: Iterable[AVal]) -> Value:
    """A function as a value that can be kept: its name and what it captured."""
    if isinstance(aval, Closure):
        check_variables(lo, aval)
    values = [lo.value(part) for part in parts]
    symbol = name_of(lo, form, aval, len(values))
    return with_name(lo, symbol, values)


def with_name(lo: Lowering, symbol: str, values: list[Value]) -> Value:
    """The tuple of a name and values; the name alone if there are none."""
    name = lo.b.value("const", (), Known(symbol), value=str(symbol))
    if not values:
        return name
    whole = [name, *values]
    return lo.b.value("tuple", whole, Tuple(tuple(v.type for v in whole)))


def check_variables(lo: Lowering, closure: Closure) -> None:
    """Refuse to keep a function whose variables change and may be those of several activations."""
    for owner, name in by_reference(closure):
        if not owner.is_single:
            lo.refuse(
                f"a function is kept here whose variable {name!r} may change later",
                f"give the function its own, as in `{name}={name}` among its parameters",
            )


def rebuilt(lo: Lowering, symbol: str, parts: tuple[AVal, ...]) -> AVal | None:
    """The function that a tuple stands for; None if the symbol names no such thing."""
    named = lo.symbols[symbol]
    if isinstance(named, FunctionName):
        return lo.put_together(named.example, list(parts))
    return None


def options(lo: Lowering, chosen: Choice) -> list[tuple[int, AVal]]:
    """The functions that ``chosen`` may be, each with its number."""
    found = []
    start = 1
    functions = lo.heap.functions
    for symbol in functions.members[chosen.type.items[0].symbol]:  # type: ignore[attr-defined]
        stop = start + functions.sizes[symbol]
        known = lo.symbols[symbol]
        aval = rebuilt(lo, symbol, chosen.items[start:stop])
        found.append((functions.numbers[symbol], Static(known) if aval is None else aval))
        start = stop
    return found


def choice_value(lo: Lowering, chosen: Choice) -> Value:
    """The value of one of several functions."""
    marker = lo.b.value("const", (), chosen.type.items[0], value=chosen.type.items[0].symbol)  # type: ignore[attr-defined]
    values = [marker, *(lo.value(item) for item in chosen.items)]
    return lo.b.value("tuple", values, Tuple(tuple(v.type for v in values)))


def widen_to_choice(lo: Lowering, value: Value, target: Tuple) -> Value:
    """A function as one of several, among which it is."""
    functions = lo.heap.functions
    source = lo.heap.resolve(value.type)
    mine = functions.options(source)
    assert mine is not None
    given = items_of(lo, value, source)
    if functions.is_choice(source):
        number, given = given[0], given[1:]
    else:
        number = lo.b.const(functions.numbers[next(iter(mine))])
    parts: Mapping[str, list[Value]] = {
        symbol: [given.pop(0) for _ in types] for symbol, types in mine.items()
    }
    marker = lo.b.value("const", (), target.items[0], value=target.items[0].symbol)  # type: ignore[attr-defined]
    values = [marker, number]
    for symbol, types in (functions.options(target) or {}).items():
        if symbol in parts:
            values += [lo.widen(v, t) for v, t in zip(parts[symbol], types, strict=True)]
        else:
            values += [absent(lo, t) for t in types]
    return lo.b.value("tuple", values, target)


def items_of(lo: Lowering, value: Value, t: Type) -> list[Value]:
    """What stands behind the name in the tuple of a function."""
    if not isinstance(t, Tuple):
        return []
    return [lo.b.value("item", (value,), s, index=k) for k, s in enumerate(t.items)][1:]


def flat_types(t: Type) -> Iterator[Type]:
    """Types of what a function's tuple holds and is not known from its type."""
    match t:
        case Tuple(items):
            for item in items:
                yield from flat_types(item)
        case Known():
            return
        case _:
            yield t


def flattened(lo: Lowering, value: Value) -> list[Value]:
    """The values that `flat_types` describes."""
    match value.type:
        case Tuple(items):
            parts = [lo.b.value("item", (value,), t, index=k) for k, t in enumerate(items)]
            return [v for part in parts for v in flattened(lo, part)]
        case Known():
            return []
    return [value]


def unflattened(lo: Lowering, t: Type, values: Iterator[Value]) -> AVal:
    """The function of type ``t`` that is made of some values."""
    match t:
        case Tuple(items, cls):
            parts = tuple(unflattened(lo, item, values) for item in items)
            if lo.heap.functions.is_choice(t):
                return Choice(t, parts[1:])
            if lo.heap.functions.options(t):
                made = rebuilt(lo, items[0].symbol, parts[1:])  # type: ignore[attr-defined]
                assert made is not None
                return made
            return TupleA(parts, lo.symbols[cls] if cls is not None else None)  # type: ignore[arg-type]
        case Known(symbol):
            if symbol in lo.heap.functions.members or lo.heap.functions.sizes.get(symbol):
                return Static(symbol)  # the name before what was captured
            made = rebuilt(lo, symbol, ())
            return Static(lo.symbols[symbol]) if made is None else made
    return lo.aval(next(values))


def absent(lo: Lowering, t: Type) -> Value:
    """A value that nobody will read."""
    match t:
        case Tuple(items):
            return lo.b.value("tuple", [absent(lo, item) for item in items], t)
        case Scalar("int" | "float" | "bool" | "complex" as name):
            zero = {"int": 0, "float": 0.0, "bool": False, "complex": 0j}[name]
            return lo.b.const(zero)
        case Scalar():
            return lo.widen(lo.b.const(0), t)
        case Known():
            return lo.widen(lo.b.const(None), t)
        case Optional():
            return lo.b.value("widen", (lo.b.const(None),), t)
    assert t == NONE
    return lo.b.const(None)
