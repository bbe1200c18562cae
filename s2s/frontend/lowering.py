"""The state of lowering one function, and control flow.

Lowering is abstract interpretation that writes down what it does: the tree is walked once, types are
known at each step, calls are inlined, and what is known is computed at once.  Two things need
repetition: loops, until the types of what they carry no longer change, and the whole function, until
its heap (see `heap`) no longer grows.

Exits.  At any moment operations go to one open *slot*.  `break`, `continue`, `return` and exceptions
that are caught close the slot; where only one side of a condition leaves, lowering goes on inside the
other, so that what follows an `if` that leaves is sunk into the branch that stays and nothing is
duplicated.  Where it is decided deeper, `collapse` turns the decision tree into an `if` that yields a
code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from s2s.errors import Problem, TypeInferenceError, UnsupportedSyntax
from s2s.frontend import functions
from s2s.frontend.avals import UNBOUND, AVal, Choice, ExceptionA, Leaf, Static, TupleA
from s2s.frontend.facts import Facts
from s2s.frontend.heap import CannotJoin
from s2s.frontend.members import plain_member
from s2s.frontend.scope import Scope
from s2s.frontend.templates import (
    Template,
    TUnbound,
    build,
    conform,
    describe,
    is_kept,
    join_templates,
    leaf_types,
    put_together,
    take_apart,
    template_of,
)
from s2s.ir.builder import CONST_TYPES, Builder, Pending
from s2s.ir.core import Block, Value
from s2s.ir.span import Span
from s2s.ir.types import (
    DTYPES,
    INT,
    NONE,
    OPAQUE,
    STR,
    Array,
    Known,
    Optional,
    Ref,
    Scalar,
    Tuple,
    Type,
)
from s2s.pyast import gast

Key = tuple[Scope, str]
State = dict[Key, AVal]


class Dead(Exception):
    """Nothing after this point is reached."""


class Retry(Exception):
    """Something was learnt that earlier steps must know: lower the function again."""


@dataclass(eq=False, frozen=True)
class Exit:
    """Why a slot was left.  ``target`` is a loop, an activation or a try."""

    kind: str  # break, continue, return, raise, unreachable
    target: object = None
    payload: tuple[AVal, ...] = ()

    @property
    def group(self) -> tuple[str, object]:
        """Exits with the same group go to the same place."""
        return self.kind, self.target


class Slot:
    """A leaf or an inner node of the decision tree under construction."""

    def __init__(self, args: Sequence[Value] = ()) -> None:
        self.pending = Pending(args)
        self.state: State = {}
        self.exit: Exit | None = None
        self.test: Value | None = None
        self.yes: Slot | None = None
        self.no: Slot | None = None

    @property
    def sides(self) -> tuple[Slot, Slot]:
        """Both sides of an inner node."""
        assert self.yes is not None and self.no is not None
        return self.yes, self.no

    def leaves(self) -> Iterator[Slot]:
        """The leaves below, without those that are never reached the end of."""
        if self.test is None:
            if self.exit is None or self.exit.kind != "unreachable":
                yield self
        else:
            for side in self.sides:
                yield from side.leaves()

    def open(self) -> list[Slot]:
        """Leaves that fall through."""
        return [leaf for leaf in self.leaves() if leaf.exit is None]

    def exits(self) -> list[Slot]:
        """Leaves that leave."""
        return [leaf for leaf in self.leaves() if leaf.exit is not None]


class Lowering:
    """Lowers one function: the builder, what variables hold, where control may go."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.heap = facts.heap
        self.symbols = facts.symbols
        self.b = Builder()
        self.state: State = {}
        self.scope: Scope = None  # type: ignore[assignment]  # set by the first call
        self.slot: Slot = None  # type: ignore[assignment]
        self.tries: list[Any] = []
        self.loops: list[Any] = []
        self.problems: list[Problem] = []
        self.inlining: list[tuple[object, ...]] = []
        self.consumers: list[tuple[Any, Scope]] = []  # loops over generators that are running
        self.place: object = None  # where in the library's code, whose spans are the caller's
        self.functions: dict[str, Any] = {}
        self.sources: dict[int, Any] = {}  # the code of functions that were lowered
        self.returned_at: Span | None = None  # the last `return` of the user's function
        self.depth = 0  # inner transformations around what is being lowered
        self.transformed: dict[object, int] = {}  # how many stand at a place
        self.snapshots: dict[int, str] = {}  # classes that a snapshot shows, and its function
        self.values_only = False  # arrays are values: in rules, which never mutate

    # --------------------------------------------------------------------------------- messages
    def unsupported(
        self, what: str, hint: str = "write it differently", node: gast.AST | None = None
    ) -> Any:
        """Raise UnsupportedSyntax: ``what``, a noun, is not supported."""
        return self.refuse(f"{what} is not supported", hint, node)

    def refuse(self, message: str, hint: str, node: gast.AST | None = None) -> Any:
        """Raise UnsupportedSyntax at ``node``, or at the current place."""
        at_node = node is not None and not self.scope.is_foreign
        span = self.scope.code.source.span(node) if at_node else self.b.place
        raise UnsupportedSyntax(message, span, hint)

    def cannot_infer(self, message: str, hint: str = "write it differently") -> Any:
        """Raise TypeInferenceError at the current place."""
        raise TypeInferenceError(message, self.b.place, hint)

    @contextmanager
    def at(self, node: gast.AST) -> Iterator[None]:
        """Operations emitted inside carry the place of ``node``."""
        before = self.b.span, self.place
        if self.scope.code.is_library:
            self.place = id(node)
        else:
            self.b.span, self.place = self.scope.code.source.span(node) or self.b.span, None
        try:
            yield
        finally:
            self.b.span, self.place = before

    @property
    def here(self) -> object:
        """The present place in the user's code, and in the library's that it calls."""
        return self.b.span, self.place

    # ----------------------------------------------------------------------------------- values
    def type_of(self, aval: AVal) -> Type:
        """The type that the SSA value of ``aval`` has."""
        match aval:
            case Leaf(value):
                return self.heap.resolve(value.type)
            case TupleA(items, cls):
                symbol = self.facts.symbol(cls) if cls is not None else None
                return Tuple(tuple(self.type_of(item) for item in items), symbol)
            case Static(obj):
                plain = plain_member(obj)
                if type(plain) in CONST_TYPES and not isinstance(plain, str):
                    return CONST_TYPES[type(plain)]
                return Known(self.facts.symbol(obj))
            case ExceptionA():
                return OPAQUE
            case Choice(type_):
                found = self.heap.resolve(type_)
                return Tuple((*found.items[:2], *map(self.type_of, aval.items[1:])))  # type: ignore[attr-defined]
        if aval is not UNBOUND and is_kept(aval):
            form, parts = take_apart(aval)
            return functions.type_of(self, form, aval, map(self.type_of, parts))
        raise CannotJoin(describe(self, template_of(self, aval)) + " cannot be kept in memory")

    def value(self, aval: AVal) -> Value:
        """The SSA value of ``aval``."""
        match aval:
            case Leaf(value):
                return value
            case Static(obj) if type(obj) in CONST_TYPES:
                return self.b.const(obj)
            case Static(obj) if type(plain_member(obj)) in CONST_TYPES:
                return self.b.const(plain_member(obj))
            case Static(obj):
                name = self.facts.symbol(obj)
                return self.b.symbol(name, Known(name))
            case TupleA(items, cls):
                values = [self.value(item) for item in items]
                symbol = self.facts.symbol(cls) if cls is not None else None
                return self.b.value("tuple", values, Tuple(tuple(v.type for v in values), symbol))
            case ExceptionA(_, _, _, _, made) if made is not None:
                return self.value(made)
            case ExceptionA(cls, args, keywords):
                values = [self.value(a) for a in (*args, *keywords.values())]
                named = {"keywords": tuple(keywords)} if keywords else {}
                name = self.facts.symbol(cls)
                return self.b.value("exception", values, OPAQUE, symbol=name, **named)
            case Choice():
                return functions.choice_value(self, aval)
        if aval is UNBOUND:
            return self.b.value("undef", (), OPAQUE)
        if is_kept(aval):
            form, parts_ = take_apart(aval)
            return functions.value_of(self, form, aval, parts_)
        return self.not_a_value(aval)

    def not_a_value(self, aval: AVal) -> Any:
        """Raise TypeInferenceError for what only the compiler sees: methods, functions, ranges."""
        what = describe(self, template_of(self, aval))
        hint = "call it: add ()" if what.startswith("the method") else None
        return self.cannot_infer(f"{what} is used as a value here", hint)

    def aval(self, value: Value, unbound: bool = False) -> AVal:
        """What is known of an SSA value: known objects and tuples are taken apart."""
        match value.type:
            case Known(symbol):
                kept = functions.rebuilt(self, symbol, ())
                return Static(self.symbols[symbol]) if kept is None else kept
            case Tuple(items, cls):
                parts = []
                for k, t in enumerate(items):
                    if k == 0 and self.heap.functions.options(value.type):
                        continue  # the name of a function, which its type tells
                    item = self.b.value("item", (value,), t, value.name, index=k)
                    parts.append(self.aval(item))
                if len(parts) < len(items):
                    if self.heap.functions.is_choice(value.type):
                        return Choice(value.type, tuple(parts))
                    made = functions.rebuilt(self, items[0].symbol, tuple(parts))  # type: ignore[attr-defined]
                    assert made is not None
                    return made
                known = self.symbols[cls] if cls is not None else None
                return TupleA(tuple(parts), known)  # type: ignore[arg-type]
        if value.type == NONE:
            return Static(None)
        return Leaf(value, unbound)

    def widen(self, value: Value, target: Type) -> Value:
        """``value`` as one of a wider type."""
        source = self.heap.resolve(value.type)
        if source == target:
            return value
        if self.heap.functions.is_choice(target):
            assert isinstance(target, Tuple)
            return functions.widen_to_choice(self, value, target)
        if isinstance(target, Tuple) and isinstance(source, Tuple):
            parts = []
            for k, (s, t) in enumerate(zip(source.items, target.items, strict=True)):
                parts.append(self.widen(self.b.value("item", (value,), s, index=k), t))
            return self.b.value("tuple", parts, target)
        if isinstance(target, Known):
            known = self.symbols[target.symbol]
            if isinstance(known, str):
                return self.b.value("const", (), target, value=str(known))
            return self.b.symbol(target.symbol, target)
        if isinstance(target, Ref) and isinstance(source, Scalar):  # a number among arrays
            content = self.heap.of(target)
            assert isinstance(content, Array)
            same = content.dtype in (source.name, {"float": "f64", "int": "i64"}.get(source.name))
            dtype = {} if same else {"dtype": DTYPES[content.dtype]}
            boxed_type = Array(content.dtype, None)
            boxed = self.b.value("asarray", (value,), boxed_type, via="np.asarray", **dtype)
            return self.b.value("alloc", (boxed,), target)
        if isinstance(target, Optional) and not isinstance(source, Optional) and source != NONE:
            value = self.widen(value, target.item)
        if target == STR and isinstance(source, Known):
            return self.b.const(str(self.symbols[source.symbol]))
        if target == Scalar("bool") and source == Scalar("b1"):
            return self.b.value("bool_of", (value,), target, value.name)
        return self.b.value("widen", (value,), target, value.name)

    # -------------------------------------------------------------------------------- variables
    def lookup(self, name: str) -> AVal:
        """What ``name`` means here."""
        owner = self.scope.owner(name)
        if owner is None:
            return self.facts.outside(self, name)
        found = self.visible(name, owner)
        if found is UNBOUND:
            self.raise_error(UnboundLocalError, f"cannot access local variable {name!r} "
                             "where it is not associated with a value")  # fmt: skip
        return found

    def visible(self, name: str, owner: Scope) -> AVal:
        """What a variable of ``owner`` holds as seen from here; UNBOUND if nothing."""
        held = self.state.get((owner, name))
        if self.scope is owner or (held is not None and name in owner.code.shared):
            return UNBOUND if held is None else held
        scope: Scope | None = self.scope
        while scope is not owner and scope is not None and not scope.is_boundary:
            if name in scope.captured:
                return scope.captured[name]
            scope = scope.parent
        return UNBOUND if held is None else held

    def parts_of(self, aval: AVal) -> tuple[AVal, ...]:
        """What a structure of the compiler is made of."""
        if isinstance(aval, Leaf | Static) or aval is UNBOUND:
            return ()
        return aval.items if isinstance(aval, Choice) else take_apart(aval)[1]

    def put_together(self, example: AVal, parts: list[AVal]) -> AVal:
        """A structure like ``example`` of other parts."""
        return put_together(example, parts)

    def assign(self, name: str, aval: AVal) -> None:
        """Bind a variable."""
        owner = self.scope.owner(name)
        if owner is None:
            self.unsupported(f"assignment to the global name {name!r}", "return the value instead")
        if isinstance(aval, Leaf) and aval.value.name is None and not name.startswith("$"):
            aval.value.name = name
        self.state[(owner, name)] = aval

    # ---------------------------------------------------------------------------- decision trees
    @contextmanager
    def into(self, slot: Slot) -> Iterator[None]:
        """Continue in ``slot``; afterwards return to the present one."""
        before = self.slot, self.state, self.b.stack[:]
        self.slot, self.state = slot, dict(slot.state)
        self.b.stack.append(slot.pending)
        try:
            yield
        finally:
            self.slot, self.state = before[0], before[1]
            self.b.stack[:] = before[2]

    def subtree(self, run: Callable[[], None], args: Sequence[Value] = ()) -> Slot:
        """The tree that ``run`` writes, starting from what variables hold now."""
        root = Slot(args)
        root.state = self.state
        scope = self.scope
        with self.into(root):
            try:
                run()
            except Dead:
                pass
            else:
                self.slot.state = self.state
            finally:
                self.scope = scope
        return root

    def go_on_in(self, slot: Slot) -> None:
        """From here on, operations go to ``slot``."""
        self.slot, self.state = slot, dict(slot.state)
        self.b.stack[-1] = slot.pending

    def leave(self, exit_: Exit) -> Any:
        """Close the slot."""
        self.slot.exit = exit_
        self.slot.state = self.state
        if exit_.kind == "unreachable":
            self.b.emit("unreachable")
        raise Dead

    def split(self, test: Value, exit_: Exit) -> None:
        """Leave if ``test`` holds; go on otherwise."""

        def leave() -> None:
            self.leave(exit_)

        self.conditional(test, leave, lambda: None)

    def conditional(self, test: Value, yes: Callable[[], None], no: Callable[[], None]) -> None:
        """Run one of two, depending on ``test``; afterwards lowering goes on where both may end."""
        a, b = self.subtree(yes), self.subtree(no)
        slot = self.slot
        slot.test, slot.yes, slot.no = test, a, b
        if not a.exits() and not b.exits():
            if not a.open() and not b.open():
                self.close_as_if(slot, {}, [])
                slot.test = None
                self.leave(Exit("unreachable"))
            self.merge(slot, {})
            return
        falling = slot.open()
        if not falling:
            raise Dead
        if len(falling) == 1:
            self.go_on_in(falling[0])
        else:
            self.collapse(slot)

    def merge(self, slot: Slot, codes: dict[tuple[str, object], int]) -> dict[str, Any]:
        """Turn the tree below ``slot`` into `if` operations; its leaves' states are joined.

        ``codes`` numbers the groups of exits among the leaves; if there are any, a code is yielded
        and the payloads of each group are joined.
        """
        leaves = list(slot.leaves())
        joined = self.join_states([leaf.state for leaf in leaves if _keeps_state(leaf)])
        payloads: dict[tuple[str, object], list[Template]] = {}
        for leaf in leaves:
            if leaf.exit is not None:
                payloads[leaf.exit.group] = self.join_payloads(payloads.get(leaf.exit.group), leaf)
        types: list[Type] = [INT] if codes else []
        types += [t for template in joined.values() for t in leaf_types(template)]
        types += [t for group in payloads.values() for p in group for t in leaf_types(p)]
        yields: dict[Slot, list[Value]] = {}
        for leaf in leaves:
            with self.into(leaf):
                yields[leaf] = self.leaf_values(leaf, codes, joined, payloads)
        values = iter(self.close_as_if(slot, yields, types))
        slot.test = None
        result: dict[str, Any] = {"code": next(values) if codes else None}
        state = dict(self.state)
        for key, template in joined.items():
            state[key] = self.named(build(self, template, values), key[1])
        self.state = state
        result["payloads"] = {
            group: tuple(build(self, p, values) for p in templates)
            for group, templates in payloads.items()
        }
        return result

    def named(self, aval: AVal, name: str) -> AVal:
        """Give the SSA value of a variable its name."""
        if isinstance(aval, Leaf) and aval.value.name is None and not name.startswith("$"):
            aval.value.name = name
        return aval

    def leaf_values(
        self,
        leaf: Slot,
        codes: dict[tuple[str, object], int],
        joined: dict[Key, Template],
        payloads: dict[tuple[str, object], list[Template]],
    ) -> list[Value]:
        """What a leaf yields: its code, its state, the payload of its exit."""
        group = leaf.exit.group if leaf.exit is not None else None
        values: list[Value] = []
        if codes:
            values.append(self.b.const(codes[group] if group is not None else 0))
        for key, template in joined.items():
            if _keeps_state(leaf):
                values += conform(self, leaf.state.get(key, UNBOUND), template)
            else:
                values += self.nothing(template)
        for other, templates in payloads.items():
            for k, template in enumerate(templates):
                if other == group:
                    assert leaf.exit is not None
                    values += conform(self, leaf.exit.payload[k], template)
                else:
                    values += self.nothing(template)
        return values

    def nothing(self, template: Template) -> list[Value]:
        """Values that nobody will read."""
        return [self.b.value("undef", (), t) for t in leaf_types(template)]

    def join_payloads(self, known: list[Template] | None, leaf: Slot) -> list[Template]:
        """Join the payload of an exit to those of its group."""
        assert leaf.exit is not None
        mine = [template_of(self, p) for p in leaf.exit.payload]
        if known is None:
            return mine
        return [self.join(a, b, "the result") for a, b in zip(known, mine, strict=True)]

    def join(self, a: Template, b: Template, what: str) -> Template:
        """Join two templates or say that it cannot be."""
        shown = describe(self, a), describe(self, b)  # before: what fails to join is half joined
        try:
            return join_templates(self, a, b)
        except CannotJoin:
            return self.cannot_infer(
                f"{what} is {shown[0]} on one path and {shown[1]} on another",
                "give each its own name, or make both the same type",
            )

    def join_states(self, states: list[State]) -> dict[Key, Template]:
        """Templates of the variables that differ between ``states`` or from the present state."""
        changed: dict[Key, None] = {}
        for state in states:
            if state is self.state:
                continue
            for key, aval in state.items():
                if self.state.get(key) is not aval and self.is_live(key):
                    changed[key] = None
        joined: dict[Key, Template] = {}
        for key in changed:
            avals = [state.get(key, UNBOUND) for state in states]
            template = template_of(self, avals[0])
            for other in avals[1:]:
                if other is not avals[0]:
                    template = self.join_loosely(template, template_of(self, other), key)
            joined[key] = template
        return joined

    def join_loosely(self, a: Template, b: Template, key: Key) -> Template:
        """As `join`; a variable that cannot be joined becomes unbound (an error only if read)."""
        unread = isinstance(a, TUnbound) or isinstance(b, TUnbound) or not self.is_running(key[0])
        if unread:
            try:
                return join_templates(self, a, b)
            except CannotJoin:
                return TUnbound()
        return self.join(a, b, "this value" if key[1].startswith("$") else f"`{key[1]}`")

    def is_live(self, key: Key) -> bool:
        """Whether a variable can still be seen from here: of an activation, or of a closure."""
        scope, name = key
        return name in scope.code.shared or self.is_running(scope)

    def is_running(self, scope: Scope) -> bool:
        """Whether an activation is one of those around this place."""
        here: Scope | None = self.scope
        while here is not None:
            around: Scope | None = here
            while around is not None:
                if around is scope:
                    return True
                around = around.parent
            here = here.caller
        return False

    def close_as_if(
        self, slot: Slot, yields: dict[Slot, list[Value]], types: list[Type]
    ) -> list[Value]:
        """Write the tree below ``slot`` as nested `if` operations; returns the results."""
        if slot.test is None:
            return yields.get(slot, [])
        regions = []
        for side in slot.sides:
            with self.into(side):
                values = self.close_as_if(side, yields, types)
                if not self.b.closed:
                    if len(values) == len(types):
                        self.b.emit("yield", values)
                    else:
                        self.b.emit("unreachable")
            regions.append(side.pending.finish())
        if all(region.terminator.kind == "unreachable" for region in regions):
            with self.into(slot):
                self.b.emit("if", (slot.test,), (), regions=regions)
            return []
        with self.into(slot):
            op = self.b.emit("if", (slot.test,), types, regions=regions)
        return list(op.results)

    def collapse(self, slot: Slot) -> None:
        """Several leaves fall through: yield a code, go on if it is 0, leave otherwise."""
        groups: dict[tuple[str, object], int] = {}
        for leaf in slot.exits():
            assert leaf.exit is not None
            groups.setdefault(leaf.exit.group, len(groups) + 1)
        merged = self.merge(slot, groups)
        for group, number in groups.items():
            test = self.compare(merged["code"], number)
            self.split(test, Exit(*group, payload=merged["payloads"][group]))

    def compare(self, code: Value, number: int) -> Value:
        """``code == number``."""
        from s2s.ir.types import BOOL

        return self.b.value("equal", (code, self.b.const(number)), BOOL, via="==")

    # ------------------------------------------------------------------------------- exceptions
    def raise_error(self, cls: type[BaseException], message: str) -> Any:
        """Write code that raises ``cls(message)``."""
        args = (Static(message),)
        return self.raise_value(ExceptionA(cls, args, {}, {"args": TupleA(args)}), cls)

    def raise_value(self, error: AVal, cls: type[BaseException] | None) -> Any:
        """Raise an exception, of class ``cls`` if it is known: to a handler, or out of the function."""
        for frame in reversed(self.tries):
            handler = frame.handler_for(cls)
            if cls is None and handler != 0:
                self.refuse(
                    "which handler catches this exception is not known",
                    "raise it where its class is known",
                )
            if handler is not None:
                self.leave(frame.exit(handler, error))
        self.facts.may_raise((cls or BaseException,))
        self.b.emit("raise", (self.value(error),))
        return self.leave(Exit("unreachable"))

    # ------------------------------------------------------------------------------------- loops
    def templates_at_head(self, loop: Any, keys: Sequence[Key]) -> dict[Key, Template]:
        """What the variables a loop carries look like at its head, as far as is known."""
        known = self.facts.carried.setdefault(loop.key, {})
        for scope, name in keys:
            known.setdefault((scope.path, name), None)
        heads: dict[Key, Template] = {}
        scopes = {s.path: s for s, name in self.state if name in s.code.shared}
        scopes.update((s.path, s) for s in self.live_scopes())
        for path, name in list(known):
            if path not in scopes:
                continue
            key = (scopes[path], name)
            mine = template_of(self, self.state.get(key, UNBOUND), loop=True)
            seen = known[(path, name)]
            heads[key] = mine if seen is None else self.join_loosely(mine, seen, key)
        return heads

    def live_scopes(self) -> Iterator[Scope]:
        """Activations that can be seen from here."""
        here: Scope | None = self.scope
        while here is not None:
            around: Scope | None = here
            while around is not None:
                yield around
                around = around.parent
            here = here.caller

    def close_block(self, slot: Slot, values: Sequence[Value]) -> Block:
        """Finish a block that yields ``values``."""
        with self.into(slot):
            self.b.emit("yield", values)
        return slot.pending.finish()


def _keeps_state(leaf: Slot) -> bool:
    """Whether what variables hold at the end of a leaf may be read behind it."""
    if leaf.exit is None or leaf.exit.kind != "return":
        return True
    return getattr(leaf.exit.target, "cleans_up", False)
