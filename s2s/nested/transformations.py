"""What the transformations are in code that is lowered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from s2s.frontend.arrays import array_type, box, read
from s2s.frontend.avals import AVal, Bound, Leaf, Static, Structure, TupleA
from s2s.frontend.calls import call
from s2s.frontend.facts import static_value
from s2s.frontend.iterate import known_items
from s2s.frontend.lowering import Lowering
from s2s.frontend.templates import Template, TNode, leaf_types
from s2s.ir.types import Scalar
from s2s.nested import library
from s2s.nested.calls import library_call
from s2s.nested.inner import Inner, floating, leaves_of, lower_inner, position
from s2s.nested.seeds import seeds_of
from s2s.nested.sweeps import Residuals, both_sweeps, forward_sweep, plain, reverse_sweep
from s2s.nested.tangents import push

ONE_OPTION = frozenset({"argnums", "has_aux", "pipeline"})


# ---------------------------------------------------------------------------------------- gradients
@dataclass(frozen=True, eq=False)
class GradientA(Structure):
    """`grad(f)` or `value_and_grad(f)`: called, it is lowered in place."""

    function: AVal
    argnums: Any
    with_value: bool
    has_aux: bool = False

    form_fields = ("argnums", "with_value", "has_aux")
    part_fields = ("function",)

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """A call of the gradient."""
        inner = lower_inner(lo, self.function, listed(self.argnums), args, kwargs)
        value, bars = both_sweeps(lo, inner, self.has_aux)
        found = chosen(lo, self.function, self.argnums, args, kwargs, bars)
        if self.has_aux and not self.with_value:
            assert isinstance(value, TupleA)
            return TupleA((found, value.items[1]))
        return TupleA((value, found)) if self.with_value else found


def listed(argnums: Any) -> tuple[Any, ...]:
    """What `argnums` names."""
    return (argnums,) if isinstance(argnums, int | str) else tuple(argnums)


def chosen(
    lo: Lowering, function: AVal, argnums: Any, args: Sequence[AVal], kwargs: Any, found: Any
) -> AVal:
    """One derivative, or a tuple of them where `argnums` is a sequence."""
    bars = [found[position(lo, function, w, args, kwargs)] for w in listed(argnums)]
    return bars[0] if isinstance(argnums, int | str) else TupleA(tuple(bars))


# -------------------------------------------------------------------------------------- vjp and jvp
@dataclass(frozen=True, eq=False)
class PullbackA(Structure):
    """What `vjp` gives beside the value."""

    handed: tuple[AVal, ...]
    residuals: Residuals
    count: int
    place: object
    aux: bool = False

    form_fields = ("count", "place", "aux")
    part_fields = ("handed",)

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """A call of the pullback."""
        if len(args) != 1 or kwargs:
            lo.unsupported("a pullback called with other than one cotangent")
        seeds = list(seeds_of(lo, primary(lo, self.residuals.inner, self.aux), args[0]))
        bars = reverse_sweep(lo, self.residuals, self.handed, seeds)
        return TupleA(tuple(bars.get(k, Static(None)) for k in range(self.count)))


def floating_places(lo: Lowering, args: Sequence[AVal]) -> list[int]:
    """Positions of arguments that hold a floating-point number."""

    def holds(aval: AVal) -> bool:
        if isinstance(aval, TupleA):
            return any(map(holds, aval.items))
        if isinstance(aval, Static):
            return isinstance(aval.obj, float | complex)
        return any(floating(lo, leaf.value.type) for leaf in leaves_of(aval))

    return [k for k, aval in enumerate(args) if holds(aval)]


def lower_vjp(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """``vjp(f, *primals)``."""
    if not args or not kwargs.keys() <= {"pipeline", "has_aux"}:
        return lo.unsupported("this use of `vjp` inside of a function")
    function, *primals = args
    value, pullback = split(lo, function, floating_places(lo, primals), primals, flag(kwargs))
    if not pullback.aux:
        return TupleA((value, pullback))
    assert isinstance(value, TupleA)
    return TupleA((value.items[0], pullback, value.items[1]))


def split(
    lo: Lowering, function: AVal, places: Sequence[int], primals: list[AVal], aux: bool
) -> tuple[AVal, PullbackA]:
    """The value and the pullback."""
    inner = lower_inner(lo, function, places, primals, {})
    seeded = len(list(leaf_types(primary(lo, inner, aux))))
    value, residuals = forward_sweep(lo, inner, seeded)
    place = (lo.scope.path, lo.b.span)
    return value, PullbackA(residuals.handed, residuals, len(primals), place, aux)


def primary(lo: Lowering, inner: Inner, aux: bool) -> Template:
    """The part of the result that is differentiated."""
    if not aux:
        return inner.result
    if not isinstance(inner.result, TNode) or len(inner.result.parts) != 2:
        lo.unsupported("has_aux of a function that does not return a pair")
    assert isinstance(inner.result, TNode)
    return inner.result.parts[0]


def flag(kwargs: dict[str, AVal]) -> bool:
    """Whether `has_aux` is given."""
    return bool(getattr(kwargs.get("has_aux", Static(False)), "obj", False))


def lower_jvp(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """``jvp(f, primals, tangents)``."""
    named = dict(zip(("f", "primals", "tangents"), args, strict=False)) | kwargs
    known = {"f", "primals", "tangents", "pipeline", "has_aux"}
    if not named.keys() <= known or not {"f", "primals", "tangents"} <= named.keys():
        return lo.unsupported("this use of `jvp` inside of a function")
    primals = known_items(lo, named["primals"])
    tangents = known_items(lo, named["tangents"])
    if primals is None or tangents is None or len(primals) != len(tangents):
        return lo.unsupported("`jvp` of primals and tangents that are not tuples of one length")
    value, tangent = pushed(lo, named["f"], list(primals), list(tangents))
    if not flag(named):
        return TupleA((value, tangent))
    if not isinstance(value, TupleA) or not isinstance(tangent, TupleA) or len(value.items) != 2:
        return lo.unsupported("has_aux of a function that does not return a pair")
    return TupleA((value.items[0], tangent.items[0], value.items[1]))


def pushed(
    lo: Lowering, function: AVal, primals: list[AVal], tangents: list[AVal]
) -> tuple[AVal, AVal]:
    """Value and tangent."""
    moved = [k for k, t in enumerate(tangents) if not (isinstance(t, Static) and t.obj is None)]
    places = [k for k in floating_places(lo, primals) if k in moved]
    inner = lower_inner(lo, function, places, primals, {})
    return push(lo, inner, {k: tangents[k] for k in places})


def lower_hvp(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """``hvp(f, primals, tangents)``."""
    named = dict(zip(("f", "primals", "tangents"), args, strict=False)) | kwargs
    primals = known_items(lo, named["primals"]) if "primals" in named else None
    tangents = known_items(lo, named["tangents"]) if "tangents" in named else None
    if primals is None or tangents is None or len(primals) != len(tangents) or "f" not in named:
        return lo.unsupported("`hvp` of primals and tangents that are not tuples of one length")
    places = tuple(floating_places(lo, primals))
    gradient = GradientA(named["f"], places, False)
    found = pushed(lo, gradient, list(primals), list(tangents))[1]
    assert isinstance(found, TupleA)
    by_place = dict(zip(places, found.items, strict=True))
    ordered = tuple(by_place.get(k, Static(None)) for k in range(len(primals)))
    return ordered[0] if len(ordered) == 1 else TupleA(ordered)


def lower_stop_gradient(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
    """``stop_gradient(x)``."""
    if len(args) != 1 or kwargs:
        return lo.unsupported("`stop_gradient` of other than one value")
    return stopped(lo, args[0], "stopped")


def stopped(lo: Lowering, aval: AVal, kind: str) -> AVal:
    """A number or an array that nothing flows through; tuples item by item."""
    if isinstance(aval, TupleA):
        items = (stopped(lo, item, f"{kind}{k}") for k, item in enumerate(aval.items))
        return TupleA(tuple(items), aval.cls)
    if isinstance(aval, Static):
        return aval
    if array_type(lo, aval) is None and not (
        isinstance(aval, Leaf) and isinstance(aval.type, Scalar)
    ):
        return lo.unsupported("`stop_gradient` of a container", "stop its arrays one by one")
    value = read(lo, aval)
    return box(lo, lo.b.value("stop", (value,), value.type, value.name), kind)


# ---------------------------------------------------------------------------------------- Jacobians
@dataclass(frozen=True, eq=False)
class JacobianA(Structure):
    """`jacrev(f)` or `jacfwd(f)`."""

    function: AVal
    argnums: Any
    reverse: bool

    form_fields = ("argnums", "reverse")
    part_fields = ("function",)

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """The Jacobian, by a loop over rows or columns."""
        if kwargs:
            lo.unsupported("a Jacobian called with keyword arguments")
        places = [position(lo, self.function, w, args, {}) for w in listed(self.argnums)]
        one = self.by_rows if self.reverse else self.by_columns
        found = one(lo, args, [k for k in places if isinstance(k, int)])
        return found[0] if isinstance(self.argnums, int | str) else TupleA(tuple(found))

    def by_rows(self, lo: Lowering, args: list[AVal], places: list[int]) -> list[AVal]:
        """One pullback for each number of the value."""
        value, pullback = split(lo, self.function, places, args, False)
        found = []
        for k in places:
            pulled = ItemA(pullback, k)
            if not is_array(lo, value):
                found.append(call(lo, pulled, [Static(1.0)], {}))
                continue
            rule = library.rows if is_array(lo, args[k]) else library.rows_of_number
            found.append(library_call(lo, rule, [value, args[k], pulled], {}))
        return found

    def by_columns(self, lo: Lowering, args: list[AVal], places: list[int]) -> list[AVal]:
        """One pushforward for each number of an argument."""
        inner = lower_inner(lo, self.function, places, args, {})
        if inner.rebound:
            lo.unsupported("`jacfwd` of a function that rebinds variables around it",
                           "use `jacrev`, which runs it once")  # fmt: skip
        value = plain(lo, inner)
        found = []
        for k in places:
            pushes = PushA(self.function, tuple(args), k)
            if not is_array(lo, args[k]):
                found.append(call(lo, pushes, [Static(1.0)], {}))
                continue
            rule = library.columns if is_array(lo, value) else library.columns_of_number
            found.append(library_call(lo, rule, [value, args[k], pushes], {}))
        return found


@dataclass(frozen=True, eq=False)
class MainA(JacobianA):
    """A Jacobian of a function that returns something besides."""

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """Refused."""
        return lo.unsupported("a Jacobian with `has_aux` inside of a function",
                              "take the Jacobian of the first result")  # fmt: skip


def is_array(lo: Lowering, aval: AVal) -> bool:
    """Whether a Jacobian has axes for this; refuses what is neither an array nor a number."""
    seen = array_type(lo, aval)
    if seen is not None:
        return True
    number = isinstance(aval, Leaf) and array_type(lo, aval) is None
    if isinstance(aval, TupleA) or (not number and not isinstance(aval, Static)):
        lo.unsupported("a Jacobian of a structure inside of a function", "take it part by part")
    return False


@dataclass(frozen=True, eq=False)
class ItemA(Structure):
    """One cotangent of those that a pullback gives."""

    pullback: AVal
    index: int

    form_fields = ("index",)
    part_fields = ("pullback",)

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """The cotangent of one primal."""
        found = call(lo, self.pullback, args, kwargs)
        assert isinstance(found, TupleA)
        return found.items[self.index]


@dataclass(frozen=True, eq=False)
class PushA(Structure):
    """A function from the tangent of one argument to that of the value."""

    function: AVal
    args: tuple[AVal, ...]
    index: int

    form_fields = ("index",)
    part_fields = ("function", "args")

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """The tangent of the value."""
        tangents: list[AVal] = [Static(None)] * len(self.args)
        tangents[self.index] = args[0]
        return pushed(lo, self.function, list(self.args), tangents)[1]


# ---------------------------------------------------------------------------------- making of these
@dataclass(frozen=True, eq=False)
class MakerA(Structure):
    """A transformation with its options, waiting for the function: a decorator."""

    make: Callable[[AVal], AVal]

    form_fields = ("make",)
    part_fields = ()

    def lower_call(self, lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        """The transformed function."""
        return self.make(args[0])


def known_argnums(lo: Lowering, aval: AVal) -> Any:
    """`argnums` as Python has it."""
    items = None if isinstance(aval, Static) else known_items(lo, aval)
    if items is not None:
        return tuple(known_argnums(lo, item) for item in items)
    found = getattr(aval, "obj", None)
    if not isinstance(found, int | str):
        lo.unsupported("`argnums` that is computed", "write it out")
    return found


def maker(make: Callable[[AVal, Any, bool], AVal]) -> Any:
    """The lowering of a transformation that takes a function, argnums and options."""

    def lower(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> AVal:
        named = dict(zip(("f", "argnums"), args, strict=False)) | kwargs
        if not named.keys() <= ONE_OPTION | {"f"} or len(args) > 2:
            return lo.unsupported("this use of a transformation inside of a function")
        argnums = known_argnums(lo, named.get("argnums", Static(0)))
        aux = bool(getattr(named.get("has_aux", Static(False)), "obj", False))
        if "f" not in named:
            return MakerA(lambda function: make(function, argnums, aux))
        return make(named["f"], argnums, aux)

    return lower


lower_grad = maker(lambda f, argnums, aux: GradientA(f, argnums, False, aux))
lower_value_and_grad = maker(lambda f, argnums, aux: GradientA(f, argnums, True, aux))
lower_hessian = maker(
    lambda f, argnums, aux: JacobianA(GradientA(f, argnums, False), argnums, False)
)
lower_jacrev = maker(lambda f, argnums, aux: jacobian(f, argnums, True, aux))
lower_jacfwd = maker(lambda f, argnums, aux: jacobian(f, argnums, False, aux))


def jacobian(function: AVal, argnums: Any, reverse: bool, aux: bool) -> Structure:
    """`jacrev` or `jacfwd`."""
    return MainA(function, argnums, reverse) if aux else JacobianA(function, argnums, reverse)


def lower_transformed(
    lo: Lowering, transformed: Any, args: list[AVal], kwargs: dict[str, AVal]
) -> AVal:
    """A call of a transformed function in the user's code."""
    function = static_value(transformed.__s2s_function__)
    return transformed_as(transformed, function).lower_call(lo, args, kwargs)


def bound_transformed(transformed: Any, receiver: AVal) -> AVal:
    """A transformed method of an instance."""
    return transformed_as(transformed, Bound(receiver, Static(transformed.__s2s_function__)))


def transformed_as(transformed: Any, function: AVal) -> Structure:
    """The same transformation of an abstract function."""
    argnums = transformed.argnums
    if hasattr(transformed, "reverse"):
        return jacobian(function, argnums, transformed.reverse, transformed.has_aux)
    with_value = transformed.with_value and not transformed.only_gradient
    return GradientA(function, argnums, with_value, transformed.has_aux)
