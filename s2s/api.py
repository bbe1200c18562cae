"""The public transformations.

Names, order and meaning of parameters are those of JAX where JAX has them.  What a transformation returns
is a `Transformed`: a callable that compiles for the types of its arguments when it is called, and shows what
it made: ``.source(*args)``, ``.ssa(*args, stage=...)``.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2s.codegen.python.checks import with_checks
from s2s.compiled import Compiled, assumptions, compile_gradient, seeds_of
from s2s.derivatives import jacobian_columns, jacobian_rows, zeros_like
from s2s.errors import S2SError
from s2s.nested.transformations import (
    bound_transformed,
    lower_grad,
    lower_hessian,
    lower_hvp,
    lower_jacfwd,
    lower_jacrev,
    lower_jvp,
    lower_stop_gradient,
    lower_transformed,
    lower_value_and_grad,
    lower_vjp,
)
from s2s.runtime.apart import apart
from s2s.runtime.dispatch import signature
from s2s.runtime.reference import is_code, private
from s2s.tapes import Tape, report
from s2s.traceback import explained
from s2s.transform.pipeline import PIPELINES, STAGES

__all__ = [
    "STAGES",
    "Transformed",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jvp",
    "source",
    "ssa",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

Argnums = int | str | Sequence[int | str]


class Transformed:
    """A function made by a transformation; compiled once for each signature of its arguments."""

    mode = "grad"
    only_gradient = False  # though the program gives the value, too

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: Argnums = 0,
        *,
        has_aux: bool = False,
        with_value: bool = False,
        pipeline: str = "optimised",
    ) -> None:
        if pipeline not in PIPELINES:
            raise ValueError(f"pipeline must be one of {', '.join(PIPELINES)}, not {pipeline!r}")
        if not callable(function):
            raise TypeError(f"what is differentiated must be a function, not {function!r}")
        functools.update_wrapper(self, function)
        self.__s2s_function__ = function
        self.argnums = argnums
        self.has_aux = has_aux
        self.with_value = with_value
        self.pipeline = pipeline
        self._cache: dict[Any, Compiled] = {}
        self._static_ints = False

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a method: bound to its instance, whose own parameters are counted from after `self`."""
        if instance is None:
            return self
        bound = self.__s2s_function__.__get__(instance, owner)
        return type(self)(bound, self.argnums, **self.options())

    def compiled(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Compiled:
        """The program for these arguments."""
        key = signature(args, kwargs, self._static_ints)
        found = self._cache.get(key)
        if found is None or not found.is_valid():
            found = compile_gradient(
                self.__s2s_function__,
                args,
                kwargs,
                self._numbers(),
                mode=self.mode,
                pipeline=self.pipeline,
                with_value=self.with_value,
                aux=self.has_aux,
            )
            if any(type(v) is int for v in found.lowered.static.values()):
                self._static_ints = True
                key = signature(args, kwargs, True)
            self._cache[key] = found
        return found

    def _numbers(self) -> tuple[int | str, ...]:
        return (self.argnums,) if isinstance(self.argnums, int | str) else tuple(self.argnums)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The gradient, or the value and the gradient."""
        compiled = self.compiled(args, kwargs)
        values = compiled.values(args, kwargs)
        with explained:
            found = compiled.parts[0](*values)
        leaves, bars = found[: compiled.results], found[compiled.results :]
        gradient = self.gradient(bars, (*values, *leaves))
        if self.has_aux:
            value, aux = compiled.result(leaves) if self.with_value else (None, None)
            if not self.with_value:
                return gradient, aux
            return (value, aux), gradient
        return (compiled.result(leaves), gradient) if self.with_value else gradient

    def gradient(self, bars: Sequence[Any], given: Sequence[Any]) -> Any:
        """One cotangent, or a tuple of them where argnums is a sequence; they share no memory."""
        bars = apart(bars, given)
        return bars[0] if isinstance(self.argnums, int | str) else tuple(bars)

    def __reduce__(self) -> Any:
        """Pickled by name where it is what its name means, as decorated functions are."""
        try:
            named: Any = sys.modules[self.__module__]
            for part in self.__qualname__.split("."):  # type: ignore[attr-defined]
                named = getattr(named, part)
        except (AttributeError, KeyError):
            named = None
        if named is self:
            return self.__qualname__  # type: ignore[attr-defined]
        return _again, (type(self), self.__s2s_function__, self.argnums, self.options())

    def options(self) -> dict[str, Any]:
        """Everything but the function and `argnums`."""
        return {
            "has_aux": self.has_aux,
            "with_value": self.with_value,
            "pipeline": self.pipeline,
        }

    # ---------------------------------------------------------------------------------- views
    def source(self, *args: Any, **kwargs: Any) -> str:
        """The generated Python that runs for arguments like these."""
        return "\n\n".join(part.source for part in self.compiled(args, kwargs).parts)

    def ssa(self, *args: Any, stage: str | None = None, **kwargs: Any) -> str:
        """The program after a stage (the last by default) as text."""
        from s2s.ir.text import to_text

        stages = {s.stage: s.program for s in self.compiled(args, kwargs).stages}
        wanted = stage or list(stages)[-1]
        if wanted not in stages:
            raise ValueError(f"stage must be one of {', '.join(stages)}, not {wanted!r}")
        return to_text(stages[wanted])

    def tape(self, *args: Any, **kwargs: Any) -> Tape:
        """What is recorded for arguments like these: for each value that the reverse sweep reads its
        fate, and for what is saved its bytes, as a formula and as measured in a run.

        ``str`` makes a table of it.  Forward mode records nothing.
        """
        if self.mode == "jvp":
            return Tape(getattr(self, "__name__", "?"), ())
        return report(self.compiled(args, kwargs), args, kwargs)

    def __s2s_lower__(self, lo: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """A call inside of a function that is being lowered."""
        return lower_transformed(lo, self, args, kwargs)

    def __s2s_bound__(self, receiver: Any) -> Any:
        """The method of an instance in code that is lowered."""
        return bound_transformed(self, receiver)

    def __repr__(self) -> str:
        return f"<s2s {type(self).__name__.lower()} of {getattr(self, '__qualname__', '?')}>"


def _again(kind: type[Transformed], function: Any, argnums: Argnums, options: Any) -> Transformed:
    """A transformed function out of a pickle."""
    return kind(function, argnums, **options)


class Gradient(Transformed):
    """`grad` and `value_and_grad`."""


class Vjp(Transformed):
    """Both sweeps apart."""

    mode = "vjp"


class Tangent(Transformed):
    """Forward mode."""

    mode = "jvp"


def _decorator(make: Callable[..., Any], function: Any, options: dict[str, Any]) -> Any:
    if function is None:
        return lambda f: make(f, **options)
    return make(function, **options)


def grad(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    pipeline: str = "optimised",
) -> Any:
    """The gradient of a function that returns one real number.

    f: a plain Python/NumPy function;  argnums: position or name of the parameter to differentiate with
    respect to, or a sequence of these;  has_aux: f returns (number, anything), and the result is
    (gradient, anything).

    The gradient has the structure, shapes and dtypes of the parameter: arrays, numbers, lists, dicts,
    tuples and objects of these, with None for what holds no floating-point number.  With respect to complex
    z it is df/dx - i df/dy.  Also a decorator, bare or with options.

    Raises errors of `s2s.errors` when f cannot be differentiated, and whatever f raises.
    """
    options = {"argnums": argnums, "has_aux": has_aux, "with_value": has_aux, "pipeline": pipeline}
    made = _decorator(AuxGradient if has_aux else Gradient, f, options)
    return made


class AuxGradient(Gradient):
    """`grad` of a function that returns something besides."""

    only_gradient = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """(gradient, aux)."""
        (_, aux), gradient = super().__call__(*args, **kwargs)
        return gradient, aux


def value_and_grad(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    pipeline: str = "optimised",
) -> Any:
    """As `grad`, but returns ``(value, gradient)``; with has_aux ``((value, aux), gradient)``."""
    options = {"argnums": argnums, "has_aux": has_aux, "with_value": True, "pipeline": pipeline}
    return _decorator(Gradient, f, options)


def vjp(
    f: Callable[..., Any], *primals: Any, has_aux: bool = False, pipeline: str = "optimised"
) -> Any:
    """``(value, pullback)``: the pullback maps a cotangent of the value to a tuple of cotangents.

    The pullback may be called any number of times.  Its argument has the structure of the value, its
    result one entry for each of ``primals``, None for those that hold no floating-point number.
    has_aux: f returns (value, anything), and the result is ``(value, pullback, anything)``.
    """
    numbers = _floating(primals)
    transformed = Vjp(f, numbers, with_value=True, pipeline=pipeline)
    value, pullback = _split(transformed, primals)
    if not has_aux:
        return value, pullback
    value, aux = value
    return value, without_aux(pullback, aux), aux


def without_aux(pullback: Any, aux: Any) -> Any:
    """The pullback of the first of two results."""

    def first(bar: Any) -> tuple[Any, ...]:
        """Cotangents of the primals."""
        found: tuple[Any, ...] = pullback((bar, zeros_like(aux)))
        return found

    return first


def _split(transformed: Vjp, primals: Sequence[Any]) -> tuple[Any, Any]:
    compiled = transformed.compiled(primals, {})
    forward, reverse = compiled.parts
    with explained:
        found = forward(*compiled.values(primals, {}))
    leaves, residuals = found[: compiled.results], found[compiled.results :]
    kept = private(*residuals) if len(residuals) > 1 else tuple(private(r) for r in residuals)
    numbers = transformed._numbers()

    def pullback(bar: Any) -> tuple[Any, ...]:
        """Cotangents of the primals."""
        seeds = list(seeds_of(compiled.lowered.result, bar, iter(compiled.seeds)))
        mine = private(*kept) if len(kept) > 1 else tuple(private(r) for r in kept)
        with explained:
            bars = apart(reverse(*mine, *map(_seed, seeds)), seeds)
        by_number = dict(zip(numbers, bars, strict=True))
        return tuple(by_number.get(k) for k in range(len(primals)))

    return compiled.result(leaves), pullback


def _seed(bar: Any) -> Any:
    return 0.0 if bar is None else bar


def _floating(primals: Sequence[Any]) -> tuple[int, ...]:
    """Positions of arguments that hold a floating-point number."""
    return tuple(k for k, p in enumerate(primals) if holds_float(p))


def holds_float(obj: Any) -> bool:
    """Whether an argument holds a floating-point number anywhere."""
    from s2s.runtime.reference import attributes

    if isinstance(obj, np.ndarray):
        return obj.dtype.kind in "fc"
    if isinstance(obj, float | complex | np.inexact):
        return True
    if isinstance(obj, list | tuple):
        return any(map(holds_float, obj))
    if isinstance(obj, dict):
        return any(map(holds_float, obj.values()))
    if isinstance(obj, bool | int | str | type(None)) or is_code(obj):
        return False
    return any(map(holds_float, attributes(obj).values()))


def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    has_aux: bool = False,
    pipeline: str = "optimised",
) -> Any:
    """``(value, tangent)``: the derivative of f at ``primals`` in the direction ``tangents``.

    A tangent has the structure of its primal; None stands for zero.  has_aux: f returns
    (value, anything), and the result is ``(value, tangent, anything)``.
    """
    if len(primals) != len(tangents):
        raise ValueError(f"{len(primals)} primals, but {len(tangents)} tangents")
    numbers = tuple(k for k in _floating(primals) if tangents[k] is not None)
    transformed = Tangent(f, numbers, with_value=True, pipeline=pipeline)
    value, tangent = push(transformed, primals, tangents)
    if not has_aux:
        return value, tangent
    return value[0], tangent[0], value[1]


def push(transformed: Tangent, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Run a compiled forward mode."""
    from s2s.compiled import rebuild_tangent

    compiled = transformed.compiled(primals, {})
    values = compiled.values(primals, {})
    given = [tangents[k] for k in transformed._numbers()]
    with explained:
        found = compiled.parts[0](*values, *given)
    leaves, dots = found[: compiled.results], found[compiled.results :]
    dots = apart(dots, (*values, *given, *leaves))
    tangent = rebuild_tangent(compiled.lowered.result, iter(dots), iter(compiled.seeds))
    return compiled.result(leaves), tangent


class Jacobian(Transformed):
    """`jacrev` and `jacfwd`."""

    def __init__(
        self,
        function: Any,
        argnums: Argnums = 0,
        *,
        reverse: bool,
        has_aux: bool = False,
        pipeline: str = "optimised",
    ) -> None:
        super().__init__(function, argnums, has_aux=has_aux, with_value=True, pipeline=pipeline)
        self.mode = "vjp" if reverse else "jvp"
        self.reverse = reverse

    def options(self) -> dict[str, Any]:
        """Everything but the function and `argnums`."""
        return {"reverse": self.reverse, "has_aux": self.has_aux, "pipeline": self.pipeline}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The Jacobian; with has_aux (Jacobian, aux)."""
        args = self._positional(args, kwargs)
        numbers = [k if isinstance(k, int) else self._position(k) for k in self._numbers()]
        numbers = [k + len(args) if k < 0 else k for k in numbers]
        single = isinstance(self.argnums, int | str)
        if self.reverse:
            inner = Vjp(
                self.__s2s_function__, tuple(numbers), with_value=True, pipeline=self.pipeline
            )
            inner._cache = self._cache
            value, pullback = _split(inner, args)
            aux = None
            if self.has_aux:
                value, aux = value
                pullback = without_aux(pullback, aux)
            found = jacobian_rows(value, pullback, [args[k] for k in numbers], numbers, single)
        else:
            inner_forward = Tangent(self.__s2s_function__, tuple(numbers), pipeline=self.pipeline)
            inner_forward._cache = self._cache
            aux = None

            def pushed(tangents: Sequence[Any]) -> tuple[Any, Any]:
                nonlocal aux
                full = list(args)
                for k, t in zip(numbers, tangents, strict=True):
                    full[k] = t
                value, tangent = push(inner_forward, args, full)
                if self.has_aux:
                    (value, aux), (tangent, _) = value, tangent
                return value, tangent

            found = jacobian_columns(pushed, [args[k] for k in numbers], single)
        return (found, aux) if self.has_aux else found

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Arguments by position."""
        if not kwargs:
            return args
        bound = inspect.signature(self.__s2s_function__).bind(*args, **kwargs)
        if bound.kwargs:
            raise S2SError("a Jacobian takes no keyword-only arguments")
        return bound.args

    def _position(self, name: str) -> int:
        from s2s.errors import BadArgnums
        from s2s.frontend.program import parameter_names

        names = parameter_names(self.__s2s_function__)
        if name not in names:
            raise BadArgnums.of(name, self.__name__, names)  # type: ignore[attr-defined]
        return names.index(name)


def jacrev(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    pipeline: str = "optimised",
) -> Any:
    """The Jacobian by reverse mode: one forward sweep, one reverse sweep for each output number.

    Its shape is that of the output followed by that of the parameter; for structures, a structure like
    the output of structures like the parameter; where argnums is a sequence, a structure like the output
    of tuples.  has_aux: f returns (output, anything), and the result is (Jacobian, anything).
    """
    options = {"argnums": argnums, "has_aux": has_aux, "pipeline": pipeline, "reverse": True}
    return _decorator(Jacobian, f, options)


def jacfwd(
    f: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    pipeline: str = "optimised",
) -> Any:
    """As `jacrev`, by forward mode: one sweep for each input number."""
    options = {"argnums": argnums, "has_aux": has_aux, "pipeline": pipeline, "reverse": False}
    return _decorator(Jacobian, f, options)


def hessian(
    f: Callable[..., Any] | None = None, argnums: Argnums = 0, *, pipeline: str = "optimised"
) -> Any:
    """The second derivatives of a function that returns one real number: `jacfwd` of `grad`.

    Its shape is that of the parameter, twice; where argnums is a sequence, a tuple of tuples.
    """

    def make(function: Callable[..., Any]) -> Jacobian:
        gradient = Gradient(function, argnums, pipeline=pipeline)
        return Jacobian(gradient, argnums, reverse=False, pipeline=pipeline)

    return make if f is None else make(f)


def hvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    pipeline: str = "optimised",
) -> Any:
    """The Hessian of f at ``primals`` times ``tangents``, without the Hessian: forward over reverse.

    One array for one primal; for several a tuple, with None for those that hold no floating-point number.
    """
    numbers = _floating(primals)
    _, found = jvp(Gradient(f, numbers, pipeline=pipeline), primals, tangents, pipeline=pipeline)
    by_number = dict(zip(numbers, found, strict=True))
    ordered = tuple(by_number.get(k) for k in range(len(primals)))
    return ordered[0] if len(ordered) == 1 else ordered


def stop_gradient(x: Any) -> Any:
    """``x``, as a constant for every transformation around."""
    return x


def source(f: Any, args: Sequence[Any], argnums: Argnums = 0, mode: str = "reverse") -> str:
    """The generated Python of the gradient (or, with mode "forward", of the tangent) of f.

    It is meant for a file: its first lines check the types that it was made for.
    """
    transformed = _transformed(f, argnums, mode)
    lowered = transformed.compiled(args, {}).lowered
    return with_checks(transformed.source(*args), assumptions(lowered))


def ssa(
    f: Any,
    args: Sequence[Any],
    argnums: Argnums = 0,
    mode: str = "reverse",
    stage: str | None = None,
) -> str:
    """As `source`, the SSA after a stage."""
    return _transformed(f, argnums, mode).ssa(*args, stage=stage)


def _transformed(f: Any, argnums: Argnums, mode: str) -> Transformed:
    if mode == "forward":
        return Tangent(f, argnums)
    return Gradient(f, argnums, with_value=True)


for _transformation, _lowering in (
    (grad, lower_grad),
    (value_and_grad, lower_value_and_grad),
    (vjp, lower_vjp),
    (jvp, lower_jvp),
    (jacrev, lower_jacrev),
    (jacfwd, lower_jacfwd),
    (hessian, lower_hessian),
    (hvp, lower_hvp),
    (stop_gradient, lower_stop_gradient),
):
    _transformation.__s2s_lower__ = _lowering  # type: ignore[attr-defined]
