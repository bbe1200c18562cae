"""Storage planning: what becomes of each primal value that the reverse sweep reads.

In:   a function with a forward sweep, the mark `reverse`, and a reverse sweep with `recall`, `undo`
      and `mirror`.
Out:  the same function without them.  Each recalled value is
        kept       it is at hand: defined at the top level and never changed afterwards
        recomputed from values at hand, where that is cheap
        reloaded   from memory, which holds it again at that point of the reverse sweep
        saved      on a tape: one for each block of the forward sweep, its entry the tuple of all values
                   that are saved there
      A store is undone (what it overwrote is saved and put back) only where a reload needs it.
Cost: near-linear in the number of operations and demands.

A reload of a load is legal if no store that may hit the object lies between the load and the place in
the primal whose adjoint reads it; then all stores that may come after the load must be undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from s2s import kernels
from s2s.analysis.activity import classes_of, parts_of
from s2s.ir.builder import Builder
from s2s.ir.core import Block, Function, Op, Program, Value
from s2s.ir.types import (
    Array,
    Content,
    ListOf,
    Ref,
    Scalar,
    Tuple,
    Type,
)
from s2s.transform.dce import remove_dead_code, remove_dead_reverse

WRITES = frozenset({"store", "accum", "accum_at", "append", "pop", "list_insert", "list_extend",
                    "list_reverse", "list_unpop", "list_uninsert", "dict_pop", "array_back", "list_back",
                    "unview", "seed"})  # fmt: skip
# These are not undone.
LASTING = frozenset({"array_back", "list_back", "unview", "seed"})
WALKS = frozenset({"cotangent", "array_back", "list_back", "walks"})
READS = frozenset({"load", "array_of", "len"})
UNDONE = frozenset({"store", "accum", "accum_at"})
SHAPES = frozenset({"shape", "dim", "ndim", "size"})
CHEAP = frozenset({"widen", "tuple", "item", "not", "dim", "shape", "ndim", "size", "view", "view_as",
                   "shadow", "symbol", "const", "undef", "is_none", "unwrap", "same", "is_array",
                   "range_len", "int_max", "int_min", "len"})  # fmt: skip
ARITHMETIC = frozenset({"add", "subtract", "multiply", "negative", "less", "less_equal", "greater",
                        "greater_equal", "equal", "not_equal", "floor_divide", "remainder"})  # fmt: skip
MAX_RECOMPUTED = 4


@dataclass(eq=False)
class Place:
    """A block of the forward sweep."""

    number: int
    block: Block
    parent: Place | None
    holder: Op | None  # the operation it is a region of
    first: int = 0
    last: int = 0
    saved: dict[Value, None] = field(default_factory=dict)
    tape: Value | None = None

    @property
    def is_loop_body(self) -> bool:
        """Whether the block is run many times for one run of its parent."""
        return self.holder is not None and self.holder.kind == "loop"

    def chain(self) -> list[Place]:
        """This block and those around it, innermost first."""
        found: list[Place] = []
        here: Place | None = self
        while here is not None:
            found.append(here)
            here = here.parent
        return found


class Survey:
    """Where everything stands in the forward sweep."""

    def __init__(self, body: Block, ops: Sequence[Op]) -> None:
        self.places: list[Place] = []
        self.op_at: dict[int, Op] = {}
        self.end_of: dict[int, int] = {}
        self.place_at: dict[int, Place] = {}
        self.defining: dict[Value, Op] = {}
        self.place_of: dict[Value, Place] = {}
        self.position: dict[int, int] = {}
        self.loops: dict[Value, Op] = {}
        self.counter = 0
        self.visit(Block(body.args, tuple(ops)), None, None)

    def visit(self, block: Block, parent: Place | None, holder: Op | None) -> None:
        """Number a block and what it holds, outer before inner."""
        place = Place(len(self.places), block, parent, holder, self.counter)
        self.places.append(place)
        for value in block.args:
            self.place_of[value] = place
        for op in block.ops:
            position = self.counter
            self.counter += 1
            self.position[id(op)] = position
            self.op_at[position] = op
            self.place_at[position] = place
            for value in op.results:
                self.defining[value] = op
                self.place_of[value] = place
            for region in op.regions:
                self.visit(region, place, op)
            self.end_of[position] = self.counter - 1
        place.last = self.counter - 1

    def loops_around(self, position: int) -> list[Place]:
        """Loop bodies that hold an operation, innermost first."""
        return [p for p in self.place_at[position].chain() if p.is_loop_body]

    def may_follow(self, later: int, earlier: int) -> bool:
        """Whether an operation may run after another one has."""
        if later > earlier:
            return True
        around = set(map(id, self.loops_around(earlier)))
        return any(id(p) in around for p in self.loops_around(later))

    def exclude(self, one: int, other: int) -> bool:
        """Whether two operations stand on different sides of a branch."""
        sides = {id(p.holder): p for p in self.place_at[one].chain() if p.holder is not None}
        return any(
            p.holder.kind == "if" and sides.get(id(p.holder), p) is not p
            for p in self.place_at[other].chain()
            if p.holder is not None
        )

    def depth(self, position: int) -> int:
        """Loops around an operation."""
        return len(self.loops_around(position))

    def may_be_new(self, op: Op) -> bool:
        """Whether a store may be the first to an attribute of its object."""
        cls = op.operands[0].type.cls  # type: ignore[attr-defined]
        return sets_attribute(op) and any(
            o.kind == "alloc" and o.result.type.cls == cls  # type: ignore[attr-defined]
            for o in self.op_at.values()
        )


def sets_attribute(op: Op) -> bool:
    """`obj.name = value`."""
    path = op.attrs.get("path")
    return (
        op.kind == "store" and isinstance(path, tuple) and len(path) == 1 and path[0][0] == "attr"
    )


class Planner:
    """Decides the fate of each recalled value of one function."""

    def __init__(
        self,
        function: Function,
        heap: Any,
        always: frozenset[int],
        by_callees: frozenset[int] = frozenset(),
    ) -> None:
        ops = function.body.ops
        at = next(k for k, op in enumerate(ops) if op.kind == "reverse")
        self.function, self.heap, self.always = function, heap, always
        self.forward, self.backward = ops[:at], ops[at + 1 :]
        self.survey = Survey(function.body, self.forward)
        self.stores: dict[int, list[int]] = {}
        self.calls: list[int] = []
        for position, op in self.survey.op_at.items():
            if op.kind in WRITES and op.operands and isinstance(op.operands[0].type, Ref):
                self.stores.setdefault(op.operands[0].type.cls, []).append(position)
            if op.kind == "call":
                self.calls.append(position)
        for cls in always | by_callees:
            self.stores.setdefault(cls, []).extend(self.calls)
        self.allocs: dict[Value, list[Value]] = {}
        for op in self.survey.op_at.values():
            if op.kind == "alloc" and op.operands and isinstance(op.operands[0].type, Array):
                self.allocs.setdefault(op.operands[0], []).append(op.result)
        self.read_by_callees: frozenset[int] = frozenset()
        self.save_loads: set[int] = set()  # classes whose loads are saved rather than reloaded
        self.reset()

    def reset(self) -> None:
        """Start planning anew."""
        self.saved: set[Value] = set()
        self.demands: dict[Value, set[tuple[int, int]]] = {}
        self.reloads: dict[int, set[int]] = {}
        self.undone: set[int] = set()
        self.homes: dict[Value, dict[Place, None]] = {}
        self.queue: list[tuple[Value, int, int]] = []
        self.shape_only: set[int] = set()

    # --------------------------------------------------------------------------------- demands
    def plan(self) -> None:
        """Find all fates; repeated once with the cheaper of saving and undoing for each class."""
        self.collect()
        self.settle()
        cheaper = self.compare_costs()
        if cheaper:
            self.save_loads = cheaper
            self.reset()
            self.collect()
            self.settle()

    def collect(self) -> None:
        """The demands of the reverse sweep."""
        used_for_more: dict[Value, bool] = {}
        recalls: list[Op] = []

        def visit(block_ops: Iterable[Op]) -> None:
            for op in block_ops:
                if op.kind == "recall":
                    recalls.append(op)
                    used_for_more.setdefault(op.result, False)
                if op.kind in WALKS:
                    self.walks(op)
                for value in op.operands:
                    if value in used_for_more and op.kind not in SHAPES:
                        used_for_more[value] = True
                for region in op.regions:
                    visit(region.ops)

        for position in self.calls:  # a callee reloads what it read when it was called
            for cls in self.read_by_callees:
                self.reloads.setdefault(cls, set()).add(position)
        visit(self.backward)
        for op in recalls:
            value = op.operands[0]
            at, block = op.attrs["at"], op.attrs["block"]
            if used_for_more[op.result]:
                self.demand(value, at, block)
            else:
                self.shape_only.add(id(op))
                self.demand_shape(value, at, block)

    def walks(self, op: Op) -> None:
        """A helper that walks through objects reads what they held when the primal did."""
        for value in op.operands:
            if not isinstance(value.type, Ref):
                continue
            for cls in self.containers(value.type.cls):
                self.reloads.setdefault(cls, set()).add(-1)

    def containers(self, cls: int) -> set[int]:
        """Classes of the lists, dicts and objects that can be reached from a class."""
        found: set[int] = set()
        pending = [cls]
        while pending:
            here = pending.pop()
            if here in found or isinstance(self.heap[here], Array):
                continue
            found.add(here)
            for part in parts_of(self.heap[here]):
                pending += classes_of(part)
        return found

    def demand_shape(self, value: Value, at: int, block: int) -> None:
        """Only the shape of an array is needed: from something of the same shape if it is at hand."""
        source = self.shape_source(value)
        self.demand(source, at, block)

    def shape_source(self, value: Value) -> Value:
        """A value whose shape can be asked in the reverse sweep instead."""
        seen: set[Value] = set()
        while value not in seen:
            seen.add(value)
            op = self.survey.defining.get(value)
            if op is None or self.survey.place_of[value].number == 0:
                break
            row = kernels.row(op.kind)
            arrays = [v for v in op.operands if isinstance(v.type, Array)]
            if op.kind in ("copy", "alloc") or (op.kind == "load" and not op.attrs["path"]):
                value = op.operands[0]
            elif row is not None and row.elementwise and len(arrays) == 1:
                value = arrays[0]
        return value

    def demand(self, value: Value, at: int, block: int) -> None:
        """``value`` is read by the adjoint of the operation at a position, in the mirror of a block."""
        known = self.demands.setdefault(value, set())
        if (at, block) not in known:
            known.add((at, block))
            self.queue.append((value, at, block))

    def settle(self) -> None:
        """Follow demands to what they rest on, until nothing new is needed."""
        while True:
            while self.queue:
                self.follow(*self.queue.pop())
            before = len(self.undone)
            self.require_undo()
            if len(self.undone) == before and not self.queue:
                return

    def follow(self, value: Value, at: int, block: int) -> None:
        """Decide on one value, as demanded at one place."""
        if value in self.saved:
            self.save(value, at, block)
            return
        match self.fate(value, at):
            case "kept":
                return
            case "save":
                self.saved.add(value)
                for other_at, other_block in list(self.demands[value]):
                    self.save(value, other_at, other_block)
            case "reload":
                op = self.reload_op(value)
                ref = op.operands[0].type
                assert isinstance(ref, Ref)
                self.reloads.setdefault(ref.cls, set()).add(self.load_position(value))
                for operand in op.operands:
                    self.demand(operand, at, block)
            case "clone":
                for operand in self.survey.defining[value].operands:
                    self.demand(operand, at, block)

    def save(self, value: Value, at: int, block: int) -> None:
        """Record in which block a value is put on the tape for this demand."""
        home = self.survey.place_of[value]
        chain = self.survey.places[block].chain()
        assert home in chain, f"{value} is recalled outside of the mirror of its block"
        below = chain[: chain.index(home)]  # from the demand outwards to just below the home
        place = chain[0]
        for k, inner in enumerate(below):
            if inner.is_loop_body:
                place = chain[k + 1]
        self.homes.setdefault(value, {})[place] = None

    # ----------------------------------------------------------------------------------- fates
    def fate(self, value: Value, at: int) -> str:
        """kept, clone, reload or save."""
        survey = self.survey
        if value not in survey.place_of:  # of the function around
            return "kept"
        place = survey.place_of[value]
        op = survey.defining.get(value)
        if op is not None and op.kind in ("const", "symbol", "undef"):
            return "clone"
        if op is None:  # a parameter, or an argument of a region
            if place.number == 0 or self.is_index(value):
                return "kept"
            return "save"
        if self.is_reload(value):
            ref = self.reload_op(value).operands[0].type
            assert isinstance(ref, Ref)
            legal = self.is_legal(self.load_position(value), ref.cls, at)
            legal = legal and not self.is_lost(value, ref.cls)
            if legal and (ref.cls not in self.save_loads or not self.needs_undo(value, ref.cls)):
                return "reload"
            return "save"
        if self.is_alias(op):
            return "clone"
        if place.number == 0:
            return "kept"
        return "clone" if self.is_cheap(value) else "save"

    def is_index(self, value: Value) -> bool:
        """Whether a value is the index of a loop, which the reversed loop has too."""
        holder = self.survey.place_of[value].holder
        return holder is not None and holder.kind == "loop" and value is holder.regions[0].args[0]

    def is_reload(self, value: Value) -> bool:
        """Whether a value is what memory holds: a load, or an array that became an object."""
        op = self.survey.defining[value]
        if op.kind == "load":
            if "item" in op.attrs["path"]:  # stores of entries are not undone
                return False
            return self.survey.place_of[value].number > 0 or self.is_unstable_load(op)
        return self.is_rebound(value)

    def is_rebound(self, value: Value) -> bool:
        """Whether an array value became an object that is written to later."""
        return any(
            self.stores.get(ref.type.cls)
            for ref in self.allocs.get(value, ())  # type: ignore[attr-defined]
        )

    def is_unstable_load(self, op: Op) -> bool:
        """Whether what a load of a whole array gave may be changed by a later store."""
        if not isinstance(op.result.type, Array):
            return False
        ref = op.operands[0].type
        assert isinstance(ref, Ref)
        position = self.survey.position[id(op)]
        return any(self.survey.may_follow(s, position) for s in self.stores.get(ref.cls, ()))

    def reload_op(self, value: Value) -> Op:
        """The load by which a value is found again."""
        op = self.survey.defining[value]
        if op.kind == "load":
            return op
        ref = self.allocs[value][0]
        return Op("load", (ref,), (value,), {"path": ()}, (), op.span)

    def load_position(self, value: Value) -> int:
        """From where on memory must not have changed."""
        op = self.survey.defining[value]
        if op.kind == "load":
            return self.survey.position[id(op)]
        return self.survey.position[id(self.survey.defining[self.allocs[value][0]])]

    def is_legal(self, position: int, cls: int, at: int) -> bool:
        """Whether no store lies between a load and the operation whose adjoint reads it."""
        survey = self.survey
        if position > at or at not in survey.place_at:
            return position <= at
        last = survey.end_of[at]
        around = {id(p) for p in survey.loops_around(position)}
        for place in survey.loops_around(at):
            if id(place) not in around:
                last = max(last, place.last)
        return not any(position < s <= last for s in self.stores.get(cls, ()))

    def needs_undo(self, value: Value, cls: int) -> bool:
        """Whether a reload rests on stores being undone."""
        position = self.load_position(value)
        return any(self.survey.may_follow(s, position) for s in self.stores.get(cls, ()))

    def is_lost(self, value: Value, cls: int) -> bool:
        """Whether something that cannot be undone may change what a load gave."""
        position = self.load_position(value)
        return any(
            self.survey.op_at[s].kind in LASTING and self.survey.may_follow(s, position)
            for s in self.stores.get(cls, ())
        )

    def is_alias(self, op: Op) -> bool:
        """Whether the result shares memory with an operand that a later store may change."""
        row = kernels.row(op.kind)
        if op.kind not in ("getitem", "widen", "unwrap") and not (row is not None and row.is_view):
            return False
        if not op.operands or not isinstance(op.result.type, Array):
            return False
        source = op.operands[0]
        definition = self.survey.defining.get(source)
        if definition is None:
            return False
        return self.is_reload(source) or self.is_alias(definition)

    def is_cheap(self, value: Value, budget: int = MAX_RECOMPUTED) -> bool:
        """Whether a value can be computed again from what is at hand, in a few operations."""
        return self.cost(value, budget) <= budget

    def cost(self, value: Value, budget: int) -> int:
        """Operations needed to compute a value again; more than ``budget`` if it cannot be."""
        if budget < 0 or value in self.saved:
            return 0 if value in self.saved else 99
        op = self.survey.defining.get(value)
        if value not in self.survey.place_of:
            return 0
        place = self.survey.place_of[value]
        if op is None:
            return 0 if place.number == 0 or self.is_index(value) else 99
        if op.kind in ("const", "symbol"):
            return 0
        if self.is_reload(value):
            ref = self.reload_op(value).operands[0].type
            assert isinstance(ref, Ref)
            if self.stores.get(ref.cls) and self.needs_undo(value, ref.cls):
                return 99
            own = 1
        elif place.number == 0:
            return 0
        elif op.kind in CHEAP:
            own = 0 if op.kind in ("widen", "item", "tuple") else 1
            if op.kind == "len":
                return 99
        elif (op.kind in ARITHMETIC and isinstance(op.result.type, Scalar)) or (
            op.kind == "getitem" and isinstance(op.result.type, Scalar)
        ):
            own = 1
        else:
            return 99
        total = own
        for operand in op.operands:
            total += self.cost(operand, budget - total)
            if total > budget:
                return 99
        return total

    # ------------------------------------------------------------------------------------ undo
    def require_undo(self) -> None:
        """Stores that may come after a load which is read again must be undone."""
        for cls, positions in list(self.stores.items()):
            needed = self.reloads.get(cls, set())
            for s in positions:
                op = self.survey.op_at[s]
                if s in self.undone or not is_undone(op):
                    continue
                if self.is_initial(s):
                    continue
                if cls in self.always or any(self.survey.may_follow(s, p) for p in needed):
                    self.undone.add(s)
                    block = self.survey.place_at[s].number
                    for operand in self.survey.op_at[s].operands[:-1]:
                        self.demand(operand, s, block)

    def is_initial(self, s: int) -> bool:
        """Whether a store gives a new object an attribute for the first time."""
        survey, op = self.survey, self.survey.op_at[s]
        ref = op.operands[0]
        made = survey.defining.get(ref)
        if made is None or made.kind != "alloc" or "symbol" not in made.attrs:
            return False
        start = survey.position[id(made)]
        if list(map(id, survey.loops_around(start))) != list(map(id, survey.loops_around(s))):
            return False
        assert isinstance(ref.type, Ref)
        return not any(
            start < p < s
            and survey.op_at[p].attrs.get("path", op.attrs["path"]) == op.attrs["path"]
            and not survey.exclude(p, s)
            for p in self.stores.get(ref.type.cls, ())
        )

    def compare_costs(self) -> set[int]:
        """Classes for which saving what is loaded is cheaper than undoing stores."""
        cheaper = set()
        for cls, loads in self.reloads.items():
            stores = [s for s in self.stores.get(cls, ()) if s in self.undone]
            forced = self.calls and cls in self.read_by_callees
            if not stores or cls in self.always or -1 in loads or forced:
                continue
            resting = [p for p in loads if any(self.survey.may_follow(s, p) for s in stores)]
            saving = sum(self.weight(p, loaded=True) for p in resting)
            undoing = sum(self.weight(s, loaded=False) for s in stores)
            if saving <= undoing:
                cheaper.add(cls)
        return cheaper

    def weight(self, position: int, *, loaded: bool) -> int:
        """How many numbers a save at a position costs, with every loop run a hundred times."""
        op = self.survey.op_at[position]
        n = 100 ** self.survey.depth(position)
        if loaded:
            whole = op.kind == "alloc" or isinstance(op.result.type, Array)
        else:
            whole = isinstance(stored_type(op, self.heap), Array)
        return n * (100 if whole else 1)


def is_undone(op: Op) -> bool:
    """Whether a store may be undone: not that of an entry of a dict, which may make a new key."""
    return op.kind in UNDONE and "item" not in op.attrs["path"]


def stored_type(op: Op, heap: dict[int, Content | Type]) -> Type:
    """The type of what a store overwrites."""
    from s2s.ir.paths import steps, subscript

    ref = op.operands[0].type
    assert isinstance(ref, Ref)
    content = heap[ref.cls]
    if not isinstance(content, Array):
        return op.operands[-1].type
    if ref.rank is None:
        return Array(content.dtype, None)
    found = subscript(Array(content.dtype, ref.rank), steps(op.attrs["path"], op.operands[1:-1]))
    return found or Array(content.dtype, None)


# ----------------------------------------------------------------------------------------- writing
class Writer:
    """Rebuilds a planned function."""

    def __init__(self, planner: Planner) -> None:
        self.p = planner
        self.b = Builder()
        self.olds: dict[int, Value] = {}
        self.copies: dict[Value, Value] = {}
        self.scopes: list[dict[Value, Value]] = []

    def run(self) -> Function:
        """The function without recall, undo and mirror."""
        p = self.p
        for value, places in p.homes.items():
            for place in outermost(places):
                place.saved[value] = None
        for position in sorted(p.undone):
            op = p.survey.op_at[position]
            self.olds[position] = Value(stored_type(op, p.heap), old_name(op))
            place = p.survey.place_at[position]
            place.saved[self.olds[position]] = None
        with self.b.block(p.function.body.args) as pending:
            self.allocate_tapes()
            self.write_forward(p.survey.places[0], p.forward)
            self.b.emit("reverse", ())
            self.scopes.append({})
            self.write_backward(p.backward)
        return replace(p.function, body=pending.finish())

    def allocate_tapes(self) -> None:
        """One list for each block in which something is saved."""
        for place in self.p.survey.places[1:]:
            if place.saved:
                entry = entry_type(place)
                number = self.p.heap.add(ListOf(entry))
                first = next(iter(place.saved))
                name = f"tape_{first.name}" if first.name else "tape"
                place.tape = self.b.value("alloc", (), Ref(number), name)

    # --------------------------------------------------------------------------------- forward
    def write_forward(self, place: Place, ops: Sequence[Op]) -> None:
        """The forward sweep, which saves."""
        survey = self.p.survey
        for op in ops:
            if op.kind in ("yield", "break", "branch", "return"):
                self.push(place)
            position = survey.position[id(op)]
            if position in self.olds:
                self.save_old(op, self.olds[position])
            if op.regions:
                self.b.append(self.with_regions(op))
            else:
                self.b.append(op)
            for value in op.results:
                self.copy_if_unstable(value)
        if place.number > 0 and not self.b.closed:
            self.push(place)

    def with_regions(self, op: Op) -> Op:
        """An operation whose regions save."""
        regions = []
        for region in op.regions:
            inner = next(x for x in self.p.survey.places if x.block is region)
            with self.b.block(region.args) as pending:
                self.write_forward(inner, region.ops)
            regions.append(pending.finish())
        return replace(op, regions=tuple(regions))

    def save_old(self, op: Op, old: Value) -> None:
        """What a store overwrites, read before it does."""
        loaded = old
        if isinstance(old.type, Array):
            loaded = Value(old.type, old.name)
        self.b.span = op.span
        attrs = {"path": op.attrs["path"]}
        if self.p.survey.may_be_new(op):
            attrs["absent"] = True
        self.b.append(Op("load", op.operands[:-1], (loaded,), attrs, (), op.span))
        if loaded is not old:
            self.b.append(Op("copy", (loaded,), (old,), {}, (), op.span))

    def copy_if_unstable(self, value: Value) -> None:
        """A saved array that a later store may change is copied at once."""
        p = self.p
        if value in p.saved and isinstance(value.type, Array):
            op = p.survey.defining[value]
            if op.kind == "load" or p.is_rebound(value) or p.is_alias(op):
                self.copies[value] = self.b.value("copy", (value,), value.type, value.name)

    def push(self, place: Place) -> None:
        """Put what is saved in a block on its tape."""
        if place.tape is None:
            return
        values = [self.copies.get(v, v) for v in place.saved]
        entry = entry_type(place)
        item = values[0] if len(values) == 1 else self.b.value("tuple", values, entry)
        self.b.emit("append", (place.tape, item), ())

    # -------------------------------------------------------------------------------- backward
    def write_backward(self, ops: Sequence[Op]) -> None:
        """The reverse sweep, which takes from the tapes."""
        for op in ops:
            self.b.span = op.span
            match op.kind:
                case "mirror":
                    place = self.p.survey.places[op.attrs["block"]]
                    if op.operands:
                        index = place.block.args[0]
                        self.scopes[-1][index] = self.known(op.operands[0])
                    self.pop(place)
                case "recall":
                    value = op.operands[0]
                    if id(op) in self.p.shape_only:
                        value = self.p.shape_source(value)
                    self.scopes[-1][op.result] = self.find(value)
                case "undo":
                    self.undo(op.attrs["label"])
                case "walks":
                    pass  # said only that what it walks through must be as it was
                case _:
                    self.copy_op(op)

    def copy_op(self, op: Op) -> None:
        """An operation of the reverse sweep with recalled operands."""
        operands = tuple(self.known(v) for v in op.operands)
        regions = []
        for region in op.regions:
            with self.b.block(region.args) as pending:
                self.scopes.append({})
                self.write_backward(region.ops)
                self.scopes.pop()
            regions.append(pending.finish())
        self.b.append(replace(op, operands=operands, regions=tuple(regions)))

    def known(self, value: Value) -> Value:
        """What stands for a value of the reverse sweep."""
        for scope in reversed(self.scopes):
            if value in scope:
                return scope[value]
        return value

    def pop(self, place: Place) -> None:
        """Take from a tape what was saved in a block."""
        if place.number == 0:
            for value in place.saved:
                self.scopes[-1][value] = self.copies.get(value, value)
            return
        if place.tape is None:
            return
        entry = entry_type(place)
        values = list(place.saved)
        if len(values) == 1:
            item = self.b.value("pop", (place.tape,), entry, values[0].name)
            self.scopes[-1][values[0]] = item
            return
        packed = self.b.value("pop", (place.tape,), entry)
        for k, value in enumerate(values):
            item = self.b.value("item", (packed,), value.type, value.name, index=k)
            self.scopes[-1][value] = item

    def find(self, value: Value) -> Value:
        """A primal value, here."""
        found = self.known(value)
        if found is not value or value in self.p.saved:
            return found
        p = self.p
        op = p.survey.defining.get(value)
        if op is None:
            return value
        if p.is_reload(value):
            source = p.reload_op(value)
        elif op.kind in ("const", "symbol", "undef") or p.is_alias(op):
            source = op
        elif p.survey.place_of[value].number == 0:
            return value
        else:
            source = op
        operands = tuple(self.find(v) for v in source.operands)
        made = Value(value.type, value.name)
        self.b.append(Op(source.kind, operands, (made,), source.attrs, (), self.b.span))
        if not isinstance(value.type, Array) and not p.is_reload(value):
            self.scopes[-1][value] = made
        return made

    def undo(self, label: int) -> None:
        """Put back what a store overwrote."""
        old = self.olds.get(label)
        if old is None:
            return
        op = self.p.survey.op_at[label]
        operands = tuple(self.find(v) for v in op.operands[:-1])
        attrs = {k: v for k, v in op.attrs.items() if k in ("path", "direct")}
        self.b.emit("store", (*operands, self.known(old)), (), **attrs)


def outermost(places: Iterable[Place]) -> list[Place]:
    """Places that lie in none of the others."""
    found = list(places)
    return [p for p in found if not any(q in found for q in p.chain()[1:])]


def entry_type(place: Place) -> Type:
    """The type of an entry of a block's tape."""
    types = tuple(v.type for v in place.saved)
    return types[0] if len(types) == 1 else Tuple(types)


def old_name(op: Op) -> str | None:
    """The name of what a store overwrote."""
    name = op.operands[0].name
    return f"{name}_old" if name else None


def plan_storage(program: Program, heap: Any = None) -> Program:
    """The pass, on every function that has a reverse sweep.

    heap: where new object classes are entered; by default a table of the program's own.
    """
    from s2s.transform.heap import HeapTable

    heap = HeapTable(program.heap) if heap is None else heap
    always: set[int] = set()
    by_callees: set[int] = set()
    if len(program.functions) > 1:
        for function in program.functions.values():
            if function.name == program.entry:
                continue
            for op in _all_ops(function.body):
                if op.kind in WRITES and isinstance(op.operands[0].type, Ref):
                    by_callees.add(op.operands[0].type.cls)
                    if is_undone(op):
                        always.add(op.operands[0].type.cls)
    read = {
        op.operands[0].type.cls
        for function in program.functions.values()
        if function.name != program.entry
        for op in _all_ops(function.body)
        if op.kind in READS and isinstance(op.operands[0].type, Ref)
    }
    functions = {}
    for name, function in program.functions.items():
        if not any(op.kind == "reverse" for op in function.body.ops):
            functions[name] = function
            continue
        function = remove_dead_reverse(function)
        planner = Planner(function, heap, frozenset(always), frozenset(by_callees))
        planner.read_by_callees = frozenset(read)
        planner.plan()
        functions[name] = remove_dead_code(Writer(planner).run())
    return replace(program, functions=functions, heap=heap)


def _all_ops(block: Block) -> Iterable[Op]:
    for op in block.ops:
        if op.kind == "reverse":
            return
        yield op
        for region in op.regions:
            yield from _all_ops(region)
