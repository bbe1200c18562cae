"""The function that an inner transformation differentiates, as a block.

The block's arguments stand for the arguments of the function.  They are objects of their own: what the
function around calls by the same name is a constant for the inner transformation, and is never written to.
What the block returns is the result, then the variables of the function around that it rebinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from s2s.analysis.activity import classes_of, holds_float, reachable
from s2s.errors import BadArgnums, NoActiveInput
from s2s.frontend.arrays import array_type, box, read
from s2s.frontend.avals import AVal, Bound, Closure, Leaf, Partial, Static, TupleA
from s2s.frontend.calls import call
from s2s.frontend.lowering import Exit, Key, Lowering, Retry, Slot
from s2s.frontend.program import parameter_names
from s2s.frontend.templates import Template, build, conform, leaf_types, template_of
from s2s.ir.core import Block, Function, Op, Program, Value, walk
from s2s.ir.rewrite import clone, free_values, substitute
from s2s.ir.types import Array, Ref, Scalar, Type, carries_derivative
from s2s.nested.heap import SharedHeap, contents
from s2s.transform.plan_storage import WRITES

Name = int | str


@dataclass
class Inner:
    """A lowered function: ``block`` with arguments ``inputs``, which stand for ``actual``."""

    block: Block
    inputs: list[Value]
    actual: list[Value]
    active: list[int]
    given: dict[Name, AVal]  # the arguments that are differentiated, as the block sees them
    result: Template
    rebound: dict[Key, Template]
    functions: dict[str, Function] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many values of the block are the result."""
        return len(list(leaf_types(self.result)))

    def program(self, heap: SharedHeap) -> Program:
        """The block and the functions that it calls."""
        functions = {"inner": Function("inner", self.block), **self.functions}
        return Program("inner", functions, heap, heap.lo.symbols)


# --------------------------------------------------------------------------------------- parameters
def names_of(function: AVal) -> list[str]:
    """Names of the positional parameters of a function."""
    match function:
        case Closure(code):
            spec = code.node.args
            return [a.id for a in (*spec.posonlyargs, *spec.args)]
        case Static(obj):
            return parameter_names(obj)
        case Bound(_, inner) if isinstance(inner, AVal):
            names = names_of(inner)
            return names if isinstance(inner, Static) and names[:1] != ["self"] else names[1:]
        case Partial(inner, args):
            return names_of(inner)[len(args) :]
    inner = getattr(function, "function", None)
    return names_of(inner) if isinstance(inner, AVal) else []


def position(lo: Lowering, function: AVal, wanted: object, args: Sequence[AVal],
             kwargs: Mapping[str, AVal]) -> Name:  # fmt: skip
    """Which argument is meant: its position, or its name where it is a keyword."""
    names = names_of(function)
    found: Name | None = None
    if isinstance(wanted, str):
        at = names.index(wanted) if wanted in names else len(args)
        found = wanted if wanted in kwargs else at
    elif isinstance(wanted, int) and not isinstance(wanted, bool):
        found = wanted + len(args) if wanted < 0 else wanted
    if isinstance(found, int) and len(args) <= found < len(names) and names[found] in kwargs:
        found = names[found]
    if found is None or (isinstance(found, int) and not 0 <= found < len(args)):
        raise BadArgnums.of(wanted, "the inner function", names, lo.b.span)  # type: ignore[arg-type]
    return found


class Arguments:
    """Makes the arguments of the block."""

    def __init__(self, lo: Lowering, key: object) -> None:
        self.lo, self.key = lo, key
        self.inputs: list[Value] = []
        self.actual: list[Value] = []
        self.active: list[int] = []

    def fresh(self, aval: AVal, active: bool) -> AVal:
        """An argument of its own for the inner function."""
        lo = self.lo
        if isinstance(aval, TupleA):
            return TupleA(tuple(self.fresh(item, active) for item in aval.items), aval.cls)
        if array_type(lo, aval) is not None:
            copied = read(lo, aval)
            copied = lo.b.value("copy", (copied,), copied.type, copied.name)
            kind = f"argument{len(self.inputs)} of {lo.depth}"
            boxed = box(lo, copied, kind, copied.name)
            assert isinstance(boxed, Leaf)
            return self.entered(boxed.value, active)
        if isinstance(aval, Static) and not isinstance(aval.obj, float | complex):
            return aval
        if not isinstance(aval, Leaf | Static):
            return aval
        value = lo.value(aval)
        if not active and not isinstance(value.type, Ref):
            return aval
        if isinstance(value.type, Scalar) and not carries_derivative(value.type):
            return aval
        return self.entered(value, active)

    def entered(self, value: Value, active: bool) -> Leaf:
        """One more argument of the block."""
        given = Value(self.lo.heap.resolve(value.type), value.name)
        if active:
            self.active.append(len(self.inputs))
        self.inputs.append(given)
        self.actual.append(value)
        return Leaf(given)


# ---------------------------------------------------------------------------------------- the block
def lower_inner(
    lo: Lowering,
    function: AVal,
    wanted: Sequence[object],
    args: Sequence[AVal],
    kwargs: Mapping[str, AVal],
) -> Inner:
    """Lower ``function(*args)`` into a block of its own.

    wanted: what is differentiated, by position or name.
    """
    where = [position(lo, function, w, args, kwargs) for w in wanted]
    copied = lo.facts.nested_copies
    made = Arguments(lo, (lo.scope.path, lo.b.span))
    inner_args, inner_kwargs = list(args), dict(kwargs)
    given: dict[Name, AVal] = {}
    for k, aval in [*enumerate(args), *kwargs.items()]:
        if k in where or (made.key, k) in copied:
            fresh = made.fresh(aval, k in where)
            if k in where:
                given[k] = fresh
                check_floating(lo, names_of(function), k, fresh)
            if isinstance(k, int):
                inner_args[k] = fresh
            else:
                inner_kwargs[k] = fresh
    found: list[AVal] = []
    lo.depth += 1
    root = lo.subtree(
        lambda: found.append(call(lo, function, inner_args, inner_kwargs)), made.inputs
    )
    lo.depth -= 1
    result, rebound, block = finish(lo, root, found, made)
    settle(lo, block)
    functions = callees(lo, block)
    inner = Inner(block, made.inputs, made.actual, made.active, given, result, rebound, functions)
    isolate(lo, inner, made, args, kwargs, where)
    return inner


def check_floating(lo: Lowering, names: Sequence[str], k: Name, aval: AVal) -> None:
    """What is differentiated must hold a floating-point number.  Raises NoActiveInput."""
    if not any(floating(lo, leaf.value.type) for leaf in leaves_of(aval)):
        name = names[k] if isinstance(k, int) and k < len(names) else str(k)
        leaf = next(iter(leaves_of(aval)), None)
        shown = str(leaf.type) if leaf is not None else type(getattr(aval, "obj", ())).__name__
        raise NoActiveInput.of(name, shown, lo.b.span)


def leaves_of(aval: AVal) -> Iterator[Leaf]:
    """The values of a structure."""
    if isinstance(aval, TupleA):
        for item in aval.items:
            yield from leaves_of(item)
    elif isinstance(aval, Leaf):
        yield aval


def floating(lo: Lowering, t: Type) -> bool:
    """Whether a value of this type holds a floating-point number anywhere."""
    program = Program("", {}, contents(lo))
    held = reachable(program, classes_of(lo.heap.resolve(t)))
    return carries_derivative(t) or any(holds_float(program, cls) for cls in held)


def finish(
    lo: Lowering, root: Slot, found: list[AVal], made: Arguments
) -> tuple[Template, dict[Key, Template], Block]:
    """Write the `return` of the block."""
    if any(leaf.exit is not None for leaf in root.leaves()):
        lo.unsupported("a derivative inside of a `try` that catches what it may raise")
    if not found:
        never_returns(lo, root, made)
    (leaf,) = root.open()
    result = template_of(lo, found[0], loop=True)
    changed = {k: leaf.state[k] for k, a in lo.state.items() if leaf.state.get(k, a) is not a}
    rebound = {key: template_of(lo, aval, loop=True) for key, aval in changed.items()}
    with lo.into(leaf):
        values = conform(lo, found[0], result)
        for key, template in rebound.items():
            values += conform(lo, changed[key], template)
    values = lo.close_as_if(root, {leaf: values}, [v.type for v in values])
    with lo.into(root):
        lo.b.emit("return", values)
    return result, rebound, root.pending.finish()


def never_returns(lo: Lowering, root: Slot, made: Arguments) -> None:
    """A function that only raises, or whose result is not yet known: nothing follows."""
    lo.close_as_if(root, {}, [])
    block = substitute(root.pending.finish(), dict(zip(made.inputs, made.actual, strict=True)))
    for op in block.ops:
        if op.kind != "unreachable":
            lo.b.append(op)
    lo.leave(Exit("unreachable"))


def settle(lo: Lowering, block: Block) -> None:
    """Let all types of a block name the representatives of their classes."""
    values = list(block.args)
    for op in walk(block):
        values += op.results
        for region in op.regions:
            values += region.args
    for value in values:
        value.type = lo.heap.resolve(value.type)


def callees(lo: Lowering, block: Block) -> dict[str, Function]:
    """Copies of the functions that a block calls, under names of their own."""
    found: dict[str, Function] = {}
    pending = [block]
    while pending:
        for op in walk(pending.pop()):
            name = op.attrs["callee"] if op.kind == "call" else None
            if name is None or name in found:
                continue
            if name not in lo.functions:
                lo.unsupported("a derivative of a function that is still being called",
                               "differentiate it outside of the recursion")  # fmt: skip
            function = lo.functions[name]
            body = clone(function.body)
            settle(lo, body)
            found[name] = replace(function, body=body)
            pending.append(function.body)
    for inner in (block, *(f.body for f in found.values())):
        for op in walk(inner):
            if op.kind == "call" and not fits(op, found[op.attrs["callee"]]):
                raise Retry  # more was learnt of the function since this call was written
    return found


def fits(op: Op, function: Function) -> bool:
    """Whether a call is one of the function as it is now."""
    last = function.body.terminator
    returned = last.operands if last.kind == "return" else op.results
    return [v.type for v in op.operands] == [v.type for v in function.body.args] and [
        v.type for v in op.results
    ] == [v.type for v in returned]


# ---------------------------------------------------------------------------------------- isolation
def isolate(
    lo: Lowering,
    inner: Inner,
    made: Arguments,
    args: Sequence[AVal],
    kwargs: Mapping[str, AVal],
    where: Sequence[Name],
) -> None:
    """See to it that the inner function writes to nothing that exists outside of it.

    Arguments that it writes to are copied; so are containers that it also sees from outside.
    """
    program = Program("", {}, contents(lo))

    def held(t: Type) -> set[int]:
        return reachable(program, classes_of(lo.heap.resolve(t)))

    written = set().union(*(writes(lo, f.body) for f in inner.functions.values()),
                          writes(lo, inner.block))  # fmt: skip
    for k, aval in [*enumerate(args), *kwargs.items()]:
        if k in where or (made.key, k) in lo.facts.nested_copies:
            continue
        if any(held(leaf.value.type) & written for leaf in leaves_of(aval)):
            lo.facts.nested_copies.add((made.key, k))
            raise Retry
    outside = {v: held(v.type) for v in free_values(inner.block)}
    containers = [k for k, v in enumerate(inner.inputs) if not is_array(lo, v.type)]
    shared = [k for k in containers if held(inner.inputs[k].type) & written]
    seen = set().union(*outside.values())
    shared += [k for k in containers if k not in shared and held(inner.inputs[k].type) & seen]
    if shared:
        shared = [k for k in containers if isinstance(inner.inputs[k].type, Ref)]
        operands = [inner.actual[k] for k in shared]
        op = lo.b.emit("private", operands, [v.type for v in operands], inner=True)
        for k, copy in zip(shared, op.results, strict=True):
            inner.actual[k] = copy
    for value, classes in outside.items():
        if classes & written:
            name = f"`{value.name}`" if value.name else "an object"
            lo.unsupported(
                f"a derivative of a function that writes to {name}, which lives outside of it",
                "pass it as an argument",
            )


def writes(lo: Lowering, block: Block) -> set[int]:
    """Classes of the objects that a block writes to."""
    return {
        lo.heap.find(op.operands[0].type.cls)
        for op in walk(block)
        if is_write(op) and isinstance(op.operands[0].type, Ref)
    }


def is_write(op: Op) -> bool:
    """Whether an operation changes an object; filling a new one does not count."""
    return op.kind in WRITES and bool(op.operands)


def is_array(lo: Lowering, t: Type) -> bool:
    """Whether a value refers to an array, or is no reference at all."""
    return not isinstance(t, Ref) or isinstance(lo.heap.of(t), Array)


# --------------------------------------------------------------------------------- back to the caller
def results(lo: Lowering, inner: Inner, values: Iterator[Value]) -> AVal:
    """The result of the inner function; the variables that it rebinds are rebound here."""
    value = rebox(lo, build(lo, inner.result, values), "value")
    for number, (key, template) in enumerate(inner.rebound.items()):
        lo.state = {**lo.state, key: rebox(lo, build(lo, template, values), f"rebound{number}")}
    return value


def rebox(lo: Lowering, value: AVal, kind: str) -> AVal:
    """Results that a sweep gave as array values are objects again."""
    if isinstance(value, Leaf) and isinstance(value.type, Array):
        return box(lo, value.value, kind, value.value.name)
    if isinstance(value, TupleA):
        items = (rebox(lo, item, f"{kind}{k}") for k, item in enumerate(value.items))
        return TupleA(tuple(items), value.cls)
    return value


__all__ = ["Inner", "lower_inner", "results"]
