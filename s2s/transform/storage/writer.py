"""Rebuilding a planned function: the forward sweep saves, the reverse sweep finds what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from s2s import kernels
from s2s.analysis.survey import Place
from s2s.ir.builder import Builder
from s2s.ir.core import Function, Op, Value
from s2s.ir.types import INT, Array, ListOf, Ref, Tuple, Type
from s2s.transform.heap import HeapTable
from s2s.transform.storage.fates import CONSTANT, Fates
from s2s.transform.storage.memory import stored_type
from s2s.transform.storage.planner import Planner


class Writer:
    """Rebuilds one function."""

    def __init__(self, planner: Planner, fates: Fates, heap: HeapTable) -> None:
        self.p, self.fates, self.survey = planner, fates, planner.survey
        self.heap = heap
        self.b = Builder()
        self.olds: dict[int, Value] = {}
        self.copies: dict[Value, Value] = {}
        self.scopes: list[dict[Value, Value]] = []
        self.saved: dict[Place, dict[Value, None]] = {}
        self.tapes: dict[Place, Value] = {}
        self.places = {id(place.block): place for place in self.survey.places}
        self.shapes: dict[Value, Value] = {}  # recalls that stand for a shape, by result

    def run(self) -> Function:
        """The function without recall, undo and mirror."""
        for value, places in self.fates.homes.items():
            for place in outermost(places):
                self.saved.setdefault(place, {})[value] = None
        for position in sorted(self.fates.undone):
            op = self.survey.op_at[position]
            self.olds[position] = Value(stored_type(op, self.heap), old_name(op))
            self.saved.setdefault(self.survey.place_at[position], {})[self.olds[position]] = None
        with self.b.block(self.p.function.body.args) as pending:
            self.allocate_tapes()
            self.write_forward(self.survey.places[0], self.p.forward)
            self.b.emit("reverse", ())
            self.scopes.append({})
            self.write_backward(self.p.backward)
        return replace(self.p.function, body=pending.finish())

    def allocate_tapes(self) -> None:
        """One list for each block in which something is saved."""
        for place in self.survey.places[1:]:
            if place in self.saved:
                number = self.heap.add(ListOf(self.entry_type(place)))
                first = next(iter(self.saved[place]))
                name = f"tape_{first.name}" if first.name else "tape"
                self.tapes[place] = self.b.value("alloc", (), Ref(number), name)

    def entry_type(self, place: Place) -> Type:
        """The type of an entry of a block's tape."""
        types = tuple(v.type for v in self.saved[place])
        return types[0] if len(types) == 1 else Tuple(types)

    # --------------------------------------------------------------------------------- forward
    def write_forward(self, place: Place, ops: Sequence[Op]) -> None:
        """The forward sweep, which saves."""
        for value in place.block.args:
            self.note_shape(value)
        for op in ops:
            if op.kind in ("yield", "break", "branch", "return"):
                self.push(place)
            position = self.survey.position[id(op)]
            if position in self.olds:
                self.save_old(op, self.olds[position])
            self.b.append(self.with_regions(op) if op.regions else op)
            for value in op.results:
                self.copy_if_unstable(value)
                self.note_shape(value)
        if place.number > 0 and not self.b.closed:
            self.push(place)

    def with_regions(self, op: Op) -> Op:
        """An operation whose regions save."""
        regions = []
        for region in op.regions:
            inner = self.places[id(region)]
            with self.b.block(region.args) as pending:
                self.write_forward(inner, region.ops)
            regions.append(pending.finish())
        return replace(op, regions=tuple(regions))

    def note_shape(self, value: Value) -> None:
        """A shape that is saved is asked where the array is defined."""
        wanted = self.p.outlines.saved.get(value)
        if wanted is not None:
            self.b.append(Op("shape", (value,), (wanted,), {}, (), self.b.span))

    def save_old(self, op: Op, old: Value) -> None:
        """What a store overwrites, read before it does."""
        loaded = Value(old.type, old.name) if isinstance(old.type, Array) else old
        self.b.span = op.span
        attrs = {"path": op.attrs["path"]}
        if self.fates.memory.may_be_new(op):
            attrs["absent"] = True
        self.b.append(Op("load", op.operands[:-1], (loaded,), attrs, (), op.span))
        if loaded is not old:
            self.b.append(Op("copy", (loaded,), (old,), {}, (), op.span))

    def copy_if_unstable(self, value: Value) -> None:
        """A saved array that a later store may change is copied at once."""
        if value in self.fates.saved and isinstance(value.type, Array):
            op = self.survey.defining[value]
            fates = self.fates
            if op.kind == "load" or fates.memory.is_rebound(value) or fates.is_alias(op):
                self.copies[value] = self.b.value("copy", (value,), value.type, value.name)

    def push(self, place: Place) -> None:
        """Put what is saved in a block on its tape."""
        tape = self.tapes.get(place)
        if tape is None:
            return
        values = [self.copies.get(v, v) for v in self.saved[place]]
        item = values[0]
        if len(values) > 1:
            item = self.b.value("tuple", values, self.entry_type(place))
        self.b.emit("append", (tape, item), ())

    # -------------------------------------------------------------------------------- backward
    def write_backward(self, ops: Sequence[Op]) -> None:
        """The reverse sweep, which takes from the tapes."""
        for op in ops:
            self.b.span = op.span
            match op.kind:
                case "mirror":
                    self.mirror(op)
                case "recall":
                    self.recall(op)
                case "undo":
                    self.undo(op.attrs["label"])
                case "walks":
                    pass  # said only that what it walks through must be as it was
                case "shape" | "dim" if op.operands[0] in self.shapes:
                    self.shape_of(op, self.shapes[op.operands[0]])
                case _:
                    self.copy_op(op)

    def mirror(self, op: Op) -> None:
        """The reverse of a block begins: what it is given, and what it takes from its tape."""
        place = self.survey.places[op.attrs["block"]]
        for k, value in zip(op.attrs["args"], op.operands, strict=True):
            self.scopes[-1][place.block.args[k]] = self.known(value)
        self.pop(place)

    def recall(self, op: Op) -> None:
        """A primal value; where only its shape is asked, something of that shape."""
        value = op.operands[0]
        if "thread" in op.attrs:
            self.thread(op)
            return
        source = self.p.outlines.sources.get(id(op))
        if source is None:
            self.scopes[-1][op.result] = self.find(value)
        elif isinstance(source, Op):
            self.scopes[-1][op.result] = self.repeat(source.result, source)
        elif isinstance(source.type, Tuple):
            self.shapes[op.result] = self.known(source)
        else:
            self.scopes[-1][op.result] = self.known(source)

    def thread(self, op: Op) -> None:
        """What is carried backwards through a loop; nothing where nobody reads it."""
        body = self.survey.places[op.attrs["thread"]].block
        if any(body.args[k] in self.fates.threaded for k in op.attrs["args"]):
            self.scopes[-1][op.result] = self.find(op.operands[0])
        else:
            self.b.append(Op("undef", (), op.results, {}, (), op.span))

    def shape_of(self, op: Op, shape: Value) -> None:
        """A shape, or the length of one axis, out of a saved shape."""
        if op.kind == "shape":
            self.scopes[-1][op.result] = shape
            return
        self.b.append(Op("item", (shape,), op.results, {"index": op.attrs["axis"]}, (), op.span))

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
        saved = self.saved.get(place)
        if saved is None:
            return
        if place.number == 0:
            for value in saved:
                self.scopes[-1][value] = self.copies.get(value, value)
            return
        values = list(saved)
        entry, tape = self.entry_type(place), self.tapes[place]
        if len(values) == 1:
            self.scopes[-1][values[0]] = self.b.value("pop", (tape,), entry, values[0].name)
            return
        packed = self.b.value("pop", (tape,), entry)
        for k, value in enumerate(values):
            item = self.b.value("item", (packed,), value.type, value.name, index=k)
            self.scopes[-1][value] = item

    def find(self, value: Value) -> Value:
        """A primal value, here."""
        found = self.known(value)
        fates = self.fates
        if found is not value or value in fates.saved:
            return found
        if value in fates.sources:
            return self.repeat(value, fates.sources[value])
        definition = self.survey.defining.get(value)
        if definition is not None and definition.kind in CONSTANT:
            return self.repeat(value, definition)
        place = self.survey.place_of.get(value)
        if definition is None and place is not None and place.number > 0:
            return self.counted(value, place)
        return value

    def repeat(self, value: Value, source: Op) -> Value:
        """Do again what gave a value; a number or an array of its own is found once in a block."""
        operands = tuple(self.find(v) for v in source.operands)
        made = Value(value.type, value.name)
        self.b.append(Op(source.kind, operands, (made,), source.attrs, (), self.b.span))
        if source.kind != "load" and (not isinstance(value.type, Array) or is_fresh(source)):
            self.scopes[-1][value] = made
        return made

    def counted(self, value: Value, place: Place) -> Value:
        """A counter of a loop, out of the number of the iteration."""
        if self.survey.is_index(value):
            return value
        start, step = self.p.counters[value]
        found = self.known(place.block.args[0])
        if step != 1:
            factor = self.b.const(step)
            found = self.b.value("multiply", (factor, found), INT, via="*")
        first = self.survey.defining.get(start)
        if first is None or first.attrs.get("value") != 0:
            found = self.b.value("add", (self.find(start), found), INT, value.name, via="+")
        self.scopes[-1][value] = found
        return found

    def undo(self, label: int) -> None:
        """Put back what a store overwrote."""
        old = self.olds.get(label)
        if old is None:
            return
        op = self.survey.op_at[label]
        operands = tuple(self.find(v) for v in op.operands[:-1])
        attrs = {k: v for k, v in op.attrs.items() if k in ("path", "direct")}
        self.b.emit("store", (*operands, self.known(old)), (), **attrs)


def is_fresh(op: Op) -> bool:
    """Whether the result of an operation shares memory with nothing."""
    row = kernels.row(op.kind)
    return row is not None and row.is_fresh


def outermost(places: Iterable[Place]) -> list[Place]:
    """Places that lie in none of the others."""
    found = list(places)
    return [p for p in found if not any(q in found for q in p.chain()[1:])]


def old_name(op: Op) -> str | None:
    """The name of what a store overwrote."""
    name = op.operands[0].name
    return f"{name}_old" if name else None
