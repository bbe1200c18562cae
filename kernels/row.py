"""A row of the table: what one operation is, and its derivative.

The derivative of a row is Python text over the names of its operands (``x``), of its result (``y``)
and of tangents and cotangents (``x_dot``, ``y_bar``); operations in it are called by the names of
their rows or as in NumPy, so it can be executed as it stands, and differentiated again.  Nothing in
it sums to a shape, takes a real part or casts: the driver closes every contribution for whom it is
meant.

`scalar`     partial derivatives of an elementwise function
`linear`     transposes of a function that is linear in each operand (``jointly``: in all at once)
`reduction`  the partial derivative of a function that takes axes away, in the shape of its operand
`rule`       VJP and JVP themselves, as texts or as Python functions
`defined`    a Python function of other rows, which stands in place of every call
`inactive`   the result carries no derivative

A partial may depend on what is static: then it is a function ``(call: Call)`` that returns the
texts.

Complex numbers: transposes are plain, without conjugation; the cotangent of z is df/dx - i df/dy.
So a holomorphic function has x_bar = f'(x) y_bar, and one with real values has the same text in
both modes because the driver takes the real part of what a real number receives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from s2s.ir.types import NONE, Array, Scalar, Tuple, Type, is_complex
from s2s.kernels import names
from s2s.kernels.signature import Signature
from s2s.kernels.text import call_text, literal, substitute, times

Texts = tuple[str | None, ...]
EMPTY: Mapping[Any, Any] = MappingProxyType({})


class Refusal:
    """``refuse(message, hint)`` in a definition: this use of the row is not supported."""

    def __call__(self, message: str, hint: str | None = None) -> Any:
        """As plain Python runs it."""
        raise TypeRuleError(message)

    def __s2s_lower__(self, lo: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """As the front end meets it: an error at the user's line."""
        return lo.cannot_infer(*(a.obj for a in args))


refuse = Refusal()


class TypeRuleError(TypeError):
    """An operation does not accept operands of these types."""


class NoDerivativeError(TypeRuleError):
    """An operation has no derivative, or not for these types and attributes."""


@dataclass(frozen=True)
class Call:
    """What is static about one use of a row: types, attributes, operands with known values."""

    row: Row
    types: tuple[Type, ...]
    attrs: Mapping[str, Any]
    constants: Mapping[int, Any] = field(default_factory=dict)

    def rank(self, i: int) -> int:
        """The rank of operand ``i``; raises `NoDerivativeError` if only the run knows it."""
        match self.types[i]:
            case Array(_, rank) if rank is not None:
                return rank
            case Scalar():
                return 0
        raise NoDerivativeError(f"{self.row.name}: the rank of operand {i + 1} must be known")

    def length(self, i: int) -> int | None:
        """The number of items if operand ``i`` is a tuple, else None."""
        t = self.types[i]
        return len(t.items) if isinstance(t, Tuple) else None

    def is_none(self, i: int) -> bool:
        """True if operand ``i`` is None or absent."""
        return i >= len(self.types) or self.types[i] == NONE

    @property
    def is_complex(self) -> bool:
        """True if any operand is complex."""
        return any(map(is_complex, self.types))

    def refuse(self, what: str) -> NoDerivativeError:
        """An error that says what cannot be differentiated."""
        return NoDerivativeError(f"{self.row.name} has no derivative {what}")


@dataclass(frozen=True, slots=True)
class Derivative:
    """The derivative of one use of a row.

    ``vjp``    one text for each operand (None: inactive): its cotangent; or a function
               ``(*operands, y, y_bar, **attributes)`` that returns them, several as a tuple
    ``jvp``    one text for each operand: its contribution to ``y_dot``; or a function
               ``(*operands, y, *operand_dots, **attributes)`` that returns them likewise
    ``joint``  ``jvp`` is one text for all operands, whose tangents are all given (zeros where
               inactive)

    A function gets every operand of the signature (`Signature.filled`) and every attribute.
    """

    vjp: Texts | Callable[..., Any]
    jvp: Texts | Callable[..., Any]
    joint: bool = False


Form = Literal["scalar", "linear", "reduction", "rule", "defined", "inactive"]
Partials = Texts | Callable[[Call], Sequence[str | None]] | Callable[..., Any]


@dataclass(frozen=True, eq=False, repr=False)
class Row:
    """One row; made by `scalar`, `linear`, `reduction`, `rule`, `defined` or `inactive`.

    definition      of a row that is `defined`
    via             every name by which a call prints; the first is used in derivatives
    spread          of these, methods that also take their last argument spread out
    real_only       there is no derivative for complex operands
    stretches       operands broadcast although the row is not elementwise: axes beyond so many of
                    the other operands; -1: always
    is_view         of an array it is the same memory, seen otherwise ..
    view_if         .. if this function of rank and attributes says so
    returns         the named tuple that it returns
    aliases         it may share memory, though nothing is made of that
    shape_only      no element is read
    typed_by_value  the type of the result depends on values
    in_memory       the definition sees arrays as objects: it writes to them, or returns views
    raises          True, False; None: it depends, see `may_raise`
    chooses         names under which it returns one of its two or more operands (``max``)
    singular        values that may safely stand for operands where the result is not used
    kinks           points, and the partial derivatives that are agreed there
    is_gauge        complex results are defined up to a factor, which differences do not fix
    domain, cases   for the tests: where to sample (all operands, or one each), and how to call
    """

    signature: Signature
    form: Form
    partials: Partials
    via: tuple[str, ...]
    spread: frozenset[str] = frozenset()
    jvp: Partials = ()
    jointly: bool = False
    complex_partials: Texts | None = None
    real_only: bool = False
    elementwise: bool = False
    stretches: int | None = None
    is_view: bool = False
    view_if: Callable[[int | None, Mapping[str, Any]], bool] | None = None
    returns: type | None = None
    aliases: bool = False
    shape_only: bool = False
    typed_by_value: bool = False
    definition: Callable[..., Any] | None = None
    in_memory: bool = False
    raises: bool | None = None
    chooses: tuple[str, ...] = ()
    singular: tuple[float | None, ...] = ()
    is_gauge: bool = False
    domain: tuple[Any, ...] = (-2.0, 2.0)
    kinks: Mapping[tuple[float, ...], tuple[float, ...]] = field(default_factory=lambda: EMPTY)
    cases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The kind of the operation."""
        return self.signature.name

    def __repr__(self) -> str:
        return f"<{self.form} row {self.name}>"

    @property
    def is_fresh(self) -> bool:
        """True if the result never shares memory with an operand."""
        return not (self.is_view or self.aliases)

    def gives_view(self, operands: int, rank: int | None, attrs: Mapping[str, Any]) -> bool:
        """True if the result of this use is the memory of its first operand, an array of
        ``rank``."""
        if not self.is_view or (self.signature.star is not None and operands > 1):
            return False
        return self.view_if is None or self.view_if(rank, attrs)

    def may_stretch(self, types: Sequence[Type], k: int) -> bool:
        """True if the contribution to operand ``k`` may have to be summed to its shape."""
        core = 0 if self.elementwise else self.stretches
        if core is None or core < 0:
            return core is not None
        others = [t for i, t in enumerate(types) if i != k and isinstance(t, Array)]
        return any(t.rank is None or t.rank > core for t in others)

    @cached_property
    def packed(self) -> bool:
        """True if the operands are passed as one list."""
        return self.signature.star is not None and self.signature.star.star == "list"

    def call(self, *operands: Any, via: str | None = None, **attrs: Any) -> Any:
        """Do what the row means, on Python and NumPy values."""
        return names.call(self.signature, via or self.via[0], operands, attrs)

    def derivative(
        self,
        types: Sequence[Type],
        attrs: Mapping[str, Any] = EMPTY,
        constants: Mapping[int, Any] = EMPTY,
    ) -> Derivative:
        """The derivative for operands of these types; attributes are written into the texts.

        ``attrs`` may hold more than the row's own (``via``).  ``constants``: known values of
        operands. Raises `NoDerivativeError`.
        """
        all_attrs = self.signature.attributes(attrs)
        call = Call(self, tuple(types), all_attrs, constants)
        if self.real_only and call.is_complex:
            raise call.refuse("for complex numbers")
        match self.form:
            case "inactive":
                nothing = (None,) * len(types)
                return Derivative(nothing, nothing)
            case "defined":
                raise AssertionError(f"{self.name} is never an operation")
            case "rule":
                return Derivative(self._texts(self.partials, call), self._texts(self.jvp, call))
            case "linear":
                return self._linear(call)
            case "scalar":
                bar, dots = f"{self.signature.result}_bar", self._dots(call)
                partials = self._padded(self.partials, call)
                vjp = tuple(times(p, bar) for p in partials)
                jvp = tuple(times(p, d) for p, d in zip(partials, dots, strict=True))
                return Derivative(vjp, jvp)
            case "reduction":
                return self._reduction(call)

    # ------------------------------------------------------------------------------ each form
    def _linear(self, call: Call) -> Derivative:
        vjp = self._texts(self.partials, call)
        if self.jvp != ():
            return Derivative(vjp, self._texts(self.jvp, call))
        primals, dots = self.signature.names(len(call.types)), self._dots(call)
        assert not callable(vjp)
        if self.jointly:
            mixed = [d if t else p for p, d, t in zip(primals, dots, vjp, strict=True)]
            return Derivative(vjp, (self._again(mixed, call),), joint=True)
        jvp = []
        for i, transpose in enumerate(vjp):
            replaced = [*primals[:i], dots[i], *primals[i + 1 :]]
            jvp.append(self._again(replaced, call) if transpose else None)
        return Derivative(vjp, tuple(jvp))

    def _again(self, operands: Sequence[str], call: Call) -> str:
        """The text of the operation itself, on other operands."""
        statics = {name: literal(value) for name, value in call.attrs.items()}
        args, keywords = self.signature.arguments(operands, call.attrs)
        shown = [a if isinstance(a, list) or a in operands else literal(a) for a in args]
        return call_text(self.name, shown, {k: statics[k] for k in keywords})

    def _reduction(self, call: Call) -> Derivative:
        """``x_bar = partial * y_bar``, ``y_dot = sum(partial * x_dot)``; y with its axes kept."""
        axis, keepdims = call.attrs["axis"], call.attrs.get("keepdims", False)
        axes = axis if isinstance(axis, tuple) else (axis,)
        sizes = ["size(x)"] if axis is None else [f"shape(x)[{k}]" for k in axes]
        kept = "" if axis is None else f", axis={axis}, keepdims=True"
        lost = axis is not None and not keepdims
        statics = {
            "count": f"({' * '.join(sizes)})" if len(sizes) > 1 else "".join(sizes) or "1",
            "kept_y": f"expand_dims(y, {axis})" if lost else "y",
        }
        lines = self.partials(call) if callable(self.partials) else self.partials
        over = "" if axis is None else f", axis={axis}"
        over += ", keepdims=True" if keepdims else ""
        bar = f"expand_dims(y_bar, {axis})" if lost else "y_bar"

        def written(text: str | None, as_kept: bool = True) -> str:
            known = {**statics, "y": statics["kept_y"] if as_kept else "y"}
            return substitute((text or "").replace(", **kept", kept if as_kept else over), known)

        total = f"sum({times(written(lines[0]), 'x_dot')}{over})"
        if len(lines) == 1:
            return Derivative((times(written(lines[0]), bar),), (total,))
        vjp = f"{written(lines[0])} * ({times(written(lines[1]), bar)})"
        return Derivative((vjp,), (times(written(lines[1], as_kept=False), total),))

    # ---------------------------------------------------------------------------------- texts
    def _dots(self, call: Call) -> tuple[str, ...]:
        star = self.signature.star
        found = self.signature.names(len(call.types))
        return tuple(n.replace("[", "_dot[", 1) if star else f"{n}_dot" for n in found)

    def _texts(self, source: Any, call: Call) -> Any:
        """Texts with attributes written in; a Python function of a `rule` stays."""
        if callable(source) and not _takes_call(source):
            return source
        return self._padded(source, call)

    def _padded(self, source: Any, call: Call) -> Texts:
        """One text for each operand."""
        if callable(source):
            found = tuple(source(call))
        elif self.complex_partials is not None and call.is_complex and source is self.partials:
            found = self.complex_partials
        else:
            found = tuple(source)
        statics = {name: literal(value) for name, value in call.attrs.items()}
        found = tuple(t and substitute(t, statics) for t in found)
        return (found + (None,) * len(call.types))[: len(call.types)]


def _takes_call(source: Any) -> bool:
    """True for a function that returns texts: its only parameter is called ``call``."""
    code = source.__code__
    return bool(code.co_varnames[: code.co_argcount] == ("call",))


# -------------------------------------------------------------------------------- constructors
def scalar(signature: str, *partials: Any, via: str = "np", **facts: Any) -> Row:
    """An elementwise function, by its partial derivative in each operand (None: none)."""
    facts = {"elementwise": True} | facts
    return _row("scalar", signature, _source(partials), via, facts)


def linear(signature: str, *transposes: Any, via: str = "np", **facts: Any) -> Row:
    """A function that is linear in each operand with a transpose, by these transposes."""
    return _row("linear", signature, _source(transposes), via, facts)


def reduction(signature: str, *partial: Any, via: str = "np", **facts: Any) -> Row:
    """A function ``x -> y`` over ``axis``, by dy/dx in the shape of x.

    In the text ``y`` has its axes kept, ``count`` is the number of elements taken together, and
    ``**kept`` stands for ``axis=axis, keepdims=True``.  A second text is a factor that is one
    number for each element of y, so that it is taken once: there the axes are kept or not as they
    are in the place where it stands, except in ``kept_y``.
    """
    return _row("reduction", signature, _source(partial), via, facts)


def rule(signature: str, vjp: Any, jvp: Any, *, via: str = "np", **facts: Any) -> Row:
    """Both modes written out, as tuples of texts or as Python functions."""
    return _row("rule", signature, vjp, via, facts | {"jvp": jvp})


def defined(signature: str, definition: Any, *, via: str = "np", **facts: Any) -> Row:
    """A function of other rows: the front end puts ``definition`` in place of the call.

    The definition takes the parameters of the signature by their names, and decides only by what is
    known when the gradient is made: attributes, ranks, kinds of numbers.
    """
    return _row("defined", signature, (), via, facts | {"definition": definition})


def inactive(signature: str, *, via: str = "np", **facts: Any) -> Row:
    """A function whose result carries no derivative: integers, truth, piecewise constants,
    sizes."""
    return _row("inactive", signature, (), via, facts)


def _source(partials: tuple[Any, ...]) -> Any:
    return partials[0] if len(partials) == 1 and callable(partials[0]) else partials


def _row(form: Form, signature: str, partials: Any, via: str, facts: dict[str, Any]) -> Row:
    parsed = Signature.read(signature)
    vias, spread = names.expand(parsed.name, via)
    singular = facts.pop("singular", ())
    if not isinstance(singular, tuple):
        singular = (singular,)
    return Row(parsed, form, partials, vias, spread, singular=singular, **facts)
