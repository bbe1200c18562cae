"""What forward mode must know beforehand: what varies, where, and which arrays stay at home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from s2s.analysis.activity import Activity, activity, classes_of, reachable
from s2s.ir.core import Block, Op, Program, Value, walk
from s2s.ir.paths import Heap, seen
from s2s.ir.types import Array, Ref

# Operations that read their first operand, an array, or write to it, and do not hand it on.
READS = frozenset({"load", "dim", "shape", "len", "ndim", "size"})
STAYS = READS | {"store", "accum", "accum_at"}


def varied(program: Program, active: Sequence[Value]) -> Activity:
    """As `activity`, and along what adjoint programs do to shadows by identity."""
    extra: list[Value] = []
    while True:
        found = activity(program, [*active, *extra])
        flown = flows(program, found, frozenset(active))
        new = [v for v in flown if not found.is_varied(v) and v not in extra]
        if not new:
            return found
        extra += new


def flows(program: Program, act: Activity, active: frozenset[Value]) -> Iterable[Value]:
    """Values that operations of such programs make varied.

    Functions may have classes of their own for the shadows of the same objects.
    """
    ops = [op for function in program.functions.values() for op in walk(function.body)]
    shadows = [op for op in ops if op.kind == "shadow"]
    moved = {
        c for op in shadows if act.is_varied(op.result) for c in classes_of(op.operands[1].type)
    }
    for op in ops:
        match op.kind:
            case "shadow" if classes_of(op.operands[1].type) & moved:
                yield op.result
            case "list_unpop" if act.is_varied(op.operands[-1]):
                yield op.operands[0]
            case "list_uninsert" if act.is_varied(op.operands[0]):
                yield op.result
            case "list_back" | "unview" if any(map(act.is_varied, op.operands)):
                count = op.attrs.get("shadows", len(op.operands))
                refs = [v for v in op.operands if isinstance(v.type, Ref)]
                bars = refs[len(refs) - count :]
                if any(map(act.is_varied, bars)):
                    yield from bars
            case "array_back" | "seed" if op.operands[2] in act.values | active:
                yield from shadows_of(program, shadows, op.operands[1])
            case "pycall" if op.attrs["symbol"] == "rt.seed_tangent" and op.operands[2] in active:
                yield from shadows_of(program, shadows, op.operands[1])


def shadows_of(program: Program, shadows: Sequence[Op], obj: Value) -> Iterable[Value]:
    """References to shadows of what is reached from ``obj``."""
    held = reachable(program, classes_of(obj.type))
    return [op.result for op in shadows if classes_of(op.operands[1].type) & held]


def touched(program: Program, act: Activity) -> frozenset[str]:
    """Functions in which anything carries a derivative."""
    found: set[str] = set()
    while True:
        new = {
            name
            for name, f in program.functions.items()
            if name not in found
            and (
                any(map(act.is_varied, f.body.args))
                or any(
                    any(map(act.is_varied, op.results))
                    or (op.kind == "call" and op.attrs["callee"] in found)
                    for op in walk(f.body)
                )
            )
        }
        if not new:
            return frozenset(found)
        found |= new


def local_arrays(body: Block, heap: Heap, handed: tuple[str, ...]) -> frozenset[Value]:
    """Arrays that are made here, and views of them, which nothing else can get hold of.

    handed: operations that may have them all the same
    """
    uses: defaultdict[Value, list[Op]] = defaultdict(list)
    made: list[Value] = []
    for op in walk(body):
        for value in op.operands:
            uses[value].append(op)
        match op.kind, [r.type for r in op.results]:
            case "alloc", [Ref() as t] if isinstance(seen(heap, t), Array):
                made.append(op.result)
    found: set[Value] = set()

    def stays(ref: Value) -> bool:
        return all(
            op.kind in handed
            or (op.kind in STAYS and ref not in op.operands[1:])
            or (op.kind == "view" and stays(op.result))
            for op in uses[ref]
        )

    while made:
        ref = made.pop()
        if stays(ref):
            found.add(ref)
            made += [op.result for op in uses[ref] if op.kind == "view"]
    return frozenset(found)
