"""The table of functions that mean something to the compiler itself, by the Python object they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from s2s.frontend.avals import AVal
from s2s.frontend.lowering import Lowering

Handler = Callable[[Lowering, list[AVal], dict[str, AVal]], Any]
BUILTINS: dict[Any, Handler] = {}


def means(*objects: Any) -> Callable[[Handler], Handler]:
    """Register the meaning of Python functions; the handler looks at all arguments itself."""

    def register(handler: Handler) -> Handler:
        BUILTINS.update(dict.fromkeys(objects, handler))
        return handler

    return register


def takes(*objects: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function whose own parameters are those of ``objects``: other arguments are refused."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        form = inspect.signature(function)
        for obj in objects:
            BUILTINS[obj] = bound(function, form, f"np.{obj.__name__}")
        return function

    return register


def bound(function: Callable[..., Any], form: inspect.Signature, name: str) -> Handler:
    """A handler that binds the arguments as Python does."""

    def handler(lo: Lowering, args: list[AVal], kwargs: dict[str, AVal]) -> Any:
        try:
            form.bind(lo, *args, **kwargs)
        except TypeError as problem:
            extra = [key for key in kwargs if key not in form.parameters]
            if extra:
                return lo.unsupported(
                    f"the argument {extra[0]!r} of {name}", "leave it out, or write it differently"
                )
            return lo.raise_error(TypeError, f"{name}: {problem}")
        return function(lo, *args, **kwargs)

    return handler
