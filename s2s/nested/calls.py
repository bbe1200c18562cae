"""Calls of functions of the library, which are lowered like the user's."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from functools import lru_cache

from s2s.frontend.avals import AVal, Closure
from s2s.frontend.calls import call
from s2s.frontend.lowering import Lowering
from s2s.frontend.scope import Code
from s2s.pyast import parse_function


@lru_cache(maxsize=1024)
def code_at(rule: types.FunctionType, depth: int) -> Code:
    """The tree of a library function: one for each depth of calls.

    A function of the user's that stands in its own call is recursive; one of the library's is not.
    """
    own = types.FunctionType(rule.__code__, rule.__globals__, rule.__name__)
    source = parse_function(own)
    return Code(source.tree, source, rule)


def library_call(
    lo: Lowering, rule: types.FunctionType, args: Sequence[AVal], kwargs: Mapping[str, AVal]
) -> AVal:
    """Call a function of the library."""
    return call(lo, Closure(code_at(rule, len(lo.inlining)), {}), args, kwargs)
