"""What each operation of docs/ir.md demands of its operands, attributes, results and regions.

`SIGNATURES` says it coarsely, one line a kind: classes of operands, required attributes in braces,
an arrow, classes of results, and the number of regions.  ``*`` means any number, ``?`` at most one.
The finer rules stand in `s2s.ir.op_rules`.  A kind that is not listed is a row of the kernel table;
nothing is demanded of it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from s2s.ir.core import Op, Value
from s2s.ir.op_rules import RULES, Context, is_int_tuple
from s2s.ir.paths import Mismatch, is_bound, is_int
from s2s.ir.types import (
    ANY,
    B1,
    BOOL,
    OPAQUE,
    SHAPE,
    STR,
    Array,
    DictOf,
    Fixed,
    ListOf,
    Optional,
    Record,
    Ref,
    Tuple,
    Type,
    is_number,
)

SIGNATURES = """
const           {value} -> value
symbol          {symbol:str} -> value
undef           -> value
widen           value -> value
unwrap          optional -> value
is_none         value -> bool
tuple           value* -> tuple
item            tuple {index:int} -> value
getitem         value value* {path} -> value
select          cond value value -> value
bool_of         value -> bool
not             value -> bool
dim             arrayish {axis:int} -> int
shape           arrayish -> shape
len             sized -> int
copy            array -> array
format          value* {template:tuple} -> str
is_array        value -> bool
same            ref ref -> bool
alloc           value* -> ref
load            ref value* {path} -> value
store           ref value* value {path} ->
accum           ref value* value {path} ->
accum_at        ref value* value {path} ->
view            ref value* {path} -> ref
view_as         ref value* {fn:str} -> ref
append          list value ->
pop             list int? -> value
list_insert     list int value ->
list_extend     list sequence ->
list_concat     sequence sequence -> sequence
list_repeat     sequence int -> sequence
list_slice      sequence bound bound bound -> sequence
slice_item      int bound bound bound int -> int
array_of        sequence -> array
contains        value value -> bool
list_of         dict -> list
sort_order      sequence {reverse:bool} -> list
dict_pop        dict value -> value
raise           opaque ->
exception       value* {symbol:str} -> opaque
print           value* ->
call            value* {callee:str} -> value*
pycall          value* {symbol:str} -> value*
shadows         -> opaque
shadow          opaque ref -> ref
recall          value -> value
undo            {label} ->
private         value* -> value*
stop            value -> value
walks           value ->
if              cond -> value* ; 2
loop            value* {bounded:bool} -> value* ; 1
attempt         {handlers:tuple} -> value* ; 1
yield           value* ->
break           value* {code:int} ->
branch          cond -> ; 2
return          value* ->
unreachable     ->
"""


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of `SIGNATURES`."""

    operands: tuple[str, ...]
    attrs: tuple[tuple[str, str], ...]
    results: tuple[str, ...]
    regions: int

    @classmethod
    def read(cls, text: str) -> Signature:
        """Parse what stands behind the kind."""
        text, _, regions = text.partition(";")
        left, _, right = text.partition("->")
        operands, _, attrs = left.partition("{")
        named = [attr.partition(":")[::2] for attr in attrs.strip(" }").split(", ") if attr.strip()]
        return cls(tuple(operands.split()), tuple(named), tuple(right.split()), int(regions or 0))

    def problems(self, op: Op, context: Context) -> list[str]:
        """Everything about ``op`` that does not fit."""
        found = [
            *_class_problems("operand", self.operands, op.operands, context),
            *_class_problems("result", self.results, op.results, context),
            *(p for name, kind in self.attrs if (p := _attr_problem(op, name, kind))),
        ]
        if len(op.regions) != self.regions:
            found.append(f"it has {len(op.regions)} regions, not {self.regions}")
        return found


_LINES = (line.split(maxsplit=1) for line in SIGNATURES.strip().splitlines())
TABLE: Mapping[str, Signature] = {kind: Signature.read(text) for kind, text in _LINES}
ATTR_TYPES = {"int": int, "str": str, "tuple": tuple, "bool": bool}


def problems(op: Op, context: Context) -> list[str]:
    """What is wrong with ``op`` by itself: empty if nothing is, or if it is a kernel row."""
    signature = TABLE.get(op.kind)
    found = signature.problems(op, context) if signature else []
    if not found and op.kind in RULES:  # a rule relies on the signature
        try:
            RULES[op.kind](op, context)
        except Mismatch as problem:
            return [str(problem)]
    return found


# --------------------------------------------------------------------------------------- classes
def _class_problems(
    what: str, classes: Sequence[str], values: Sequence[Value], context: Context
) -> list[str]:
    words = _stretched(classes, len(values))
    if words is None:
        return [f"it has {len(values)} {what}s, but wants ({' '.join(classes)})"]
    return [
        f"{what} {number} is {value.type}, not {CLASSES[word][0]}"
        for number, (word, value) in enumerate(zip(words, values, strict=True))
        if not CLASSES[word][1](value.type, context.content(value.type))
    ]


def _stretched(classes: Sequence[str], count: int) -> list[str] | None:
    """One class for each value, or None if there is no such number of them."""
    flexible = next((i for i, word in enumerate(classes) if word[-1] in "*?"), None)
    if flexible is None:
        return list(classes) if len(classes) == count else None
    repeat = count - len(classes) + 1
    if repeat < 0 or (classes[flexible][-1] == "?" and repeat > 1):
        return None
    middle = [classes[flexible][:-1]] * repeat
    return [*classes[:flexible], *middle, *classes[flexible + 1 :]]


def _attr_problem(op: Op, name: str, kind: str) -> str | None:
    if name not in op.attrs:
        return f"it has no attribute `{name}`"
    value = op.attrs[name]
    if kind and type(value) is not ATTR_TYPES[kind]:
        return f"attribute `{name}` is {value!r}, not of type {kind}"
    return None


_SIZED = (ListOf, Fixed, DictOf, Record)
# The words of `SIGNATURES`: how a message calls them, and a test of the type and what it addresses.
CLASSES: Mapping[str, tuple[str, Callable[[Type, object], bool]]] = {
    "value": ("a value", lambda t, c: True),
    "bool": ("bool", lambda t, c: t == BOOL),
    "cond": ("bool-like", lambda t, c: t in (BOOL, B1)),
    "int": ("an integer", lambda t, c: is_int(t) or t == ANY),
    "bound": ("an integer or None", lambda t, c: is_bound(t)),
    "str": ("str", lambda t, c: t == STR),
    "shape": ("a shape", lambda t, c: t == SHAPE or is_int_tuple(t)),
    "tuple": ("a tuple", lambda t, c: isinstance(t, Tuple)),
    "optional": ("optional", lambda t, c: isinstance(t, Optional)),
    "opaque": ("opaque", lambda t, c: t in (OPAQUE, ANY)),
    "array": ("an array", lambda t, c: isinstance(t, Array) or t == ANY),
    "arrayish": ("an array", lambda t, c: is_number(t) or t == ANY or isinstance(c, Array)),
    "sized": ("a list, dict or str", lambda t, c: t in (STR, SHAPE, ANY) or isinstance(c, _SIZED)),
    "ref": ("a reference", lambda t, c: isinstance(t, Ref)),
    "list": ("a list that can grow", lambda t, c: isinstance(c, ListOf)),
    "sequence": ("a list", lambda t, c: isinstance(c, ListOf | Fixed)),
    "dict": ("a dict", lambda t, c: isinstance(c, DictOf) or _is_record_dict(c)),
}


def _is_record_dict(content: object) -> bool:
    return isinstance(content, Record) and content.cls == "dict"
