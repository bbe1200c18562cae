"""`match`: each case tests the subject, then binds its names.

Tests and bindings read the subject twice: what a test looked at is no value behind the test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2s.frontend import statements
from s2s.frontend.arrays import apply_operator
from s2s.frontend.avals import AVal, Leaf, SliceA, Static, TupleA
from s2s.frontend.builtins import isinstance_
from s2s.frontend.containers import contains, get_item, is_dict, list_content
from s2s.frontend.expressions import both, compare_two, either, evaluate, identical, truth
from s2s.frontend.iterate import length
from s2s.frontend.lowering import Lowering
from s2s.frontend.names import pattern_names
from s2s.frontend.objects import get_attribute
from s2s.frontend.statements import run_body
from s2s.ir.types import Optional
from s2s.pyast import gast

# Classes whose one positional pattern is matched by the subject itself.
WHOLE = (bool, bytes, dict, float, frozenset, int, list, set, str, tuple)


@statements.lowers(gast.Match)
def match_(lo: Lowering, node: Any) -> None:
    """`match`: the first case that fits."""
    subject = evaluate(lo, node.subject)

    def among(cases: list[Any]) -> None:
        if not cases:
            return
        case, *others = cases

        def guard() -> AVal:
            bind(lo, case.pattern, subject)
            return truth(lo, evaluate(lo, case.guard))

        def run() -> None:
            bind(lo, case.pattern, subject)
            run_body(lo, case.body)

        test = truth(lo, fits(lo, case.pattern, subject))
        if case.guard is not None:
            test = truth(lo, both(lo, test, guard))
        if isinstance(test, Static):
            run() if test.obj else among(others)
            return
        lo.conditional(lo.value(test), run, lambda: among(others))

    among(node.cases)


def fits(lo: Lowering, pattern: Any, subject: AVal) -> AVal:
    """Whether a pattern matches."""
    match pattern:
        case gast.MatchValue():
            return equals(lo, subject, evaluate(lo, pattern.value))
        case gast.MatchSingleton():
            return identical(lo, subject, Static(pattern.value))
        case gast.MatchAs():
            inner = pattern.pattern
            return Static(True) if inner is None else fits(lo, inner, subject)
        case gast.MatchStar():
            return Static(True)
        case gast.MatchOr():
            found: AVal = Static(False)
            for choice in pattern.patterns:
                found = either(lo, found, lambda choice=choice: fits(lo, choice, subject))
            return found
        case gast.MatchSequence():
            return fits_sequence(lo, pattern, subject)
        case gast.MatchMapping():
            return fits_mapping(lo, pattern, subject)
        case gast.MatchClass():
            return fits_class(lo, pattern, subject)
    return lo.unsupported("this pattern", "use if / elif", pattern)


def equals(lo: Lowering, subject: AVal, value: AVal) -> AVal:
    """Whether the subject equals the value of a pattern."""
    if isinstance(subject, TupleA) and not isinstance(value, TupleA):
        return Static(False)
    return truth(lo, compare_two(lo, gast.Eq(), subject, value))


def all_fit(lo: Lowering, first: AVal, parts: list[tuple[Any, Callable[[], AVal]]]) -> AVal:
    """Whether the parts of a subject match, looked at in order while they do."""
    found = first
    for pattern, part in parts:
        found = both(lo, found, lambda pattern=pattern, part=part: fits(lo, pattern, part()))
        found = truth(lo, found)
    return found


def fits_sequence(lo: Lowering, pattern: Any, subject: AVal) -> AVal:
    """`[a, *b, c]`: tuples and lists of a length; arrays are no sequences."""
    if isinstance(subject, Leaf) and isinstance(subject.type, Optional):
        present = truth(lo, isinstance_(lo, [subject, Static(object)], {}))
        inner = lo.aval(lo.b.value("unwrap", (subject.value,), subject.type.item))
        return both(lo, present, lambda: fits_sequence(lo, pattern, inner))
    if not isinstance(subject, TupleA) and list_content(lo, subject) is None:
        return Static(False)
    wanted = len(pattern.patterns)
    starred = any(isinstance(p, gast.MatchStar) for p in pattern.patterns)
    size = length(lo, subject)
    op, count = (gast.GtE(), wanted - 1) if starred else (gast.Eq(), wanted)
    right_size = truth(lo, compare_two(lo, op, size, Static(count)))
    parts = [(p, lambda key=key: get_item(lo, subject, key)) for p, key in keyed(pattern)]
    return all_fit(lo, right_size, parts)


def keyed(pattern: Any) -> list[tuple[Any, AVal]]:
    """The patterns of a sequence with the indices of what they stand for, but for the star."""
    patterns = pattern.patterns
    stars = [k for k, p in enumerate(patterns) if isinstance(p, gast.MatchStar)]
    last = stars[0] if stars else len(patterns)
    found = [(p, Static(k)) for k, p in enumerate(patterns[:last])]
    after = patterns[last + 1 :]
    return [*found, *((p, Static(k - len(after))) for k, p in enumerate(after))]


def fits_mapping(lo: Lowering, pattern: Any, subject: AVal) -> AVal:
    """`{"k": p}`: dicts that have the keys."""
    if not is_dict(lo, subject):
        return Static(False)
    found: AVal = Static(True)
    for key_node, inner in zip(pattern.keys, pattern.patterns, strict=True):
        key = evaluate(lo, key_node)
        found = truth(lo, both(lo, found, lambda key=key: truth(lo, contains(lo, key, subject))))
        parts = [(inner, lambda key=key: get_item(lo, subject, key))]
        found = all_fit(lo, found, parts)
    return found


def fits_class(lo: Lowering, pattern: Any, subject: AVal) -> AVal:
    """`C(p, name=q)`: instances with such attributes."""
    cls = evaluate(lo, pattern.cls)
    fitting = truth(lo, isinstance_(lo, [subject, cls], {}))
    if isinstance(fitting, Static) and not fitting.obj:
        return fitting
    parts = [(p, lambda part=part: part(subject)) for p, part in class_parts(lo, pattern, cls)]
    return all_fit(lo, fitting, parts)


def class_parts(lo: Lowering, pattern: Any, cls: AVal) -> list[tuple[Any, Callable[[AVal], AVal]]]:
    """The patterns inside `C(...)` and how to find what they stand for."""
    assert isinstance(cls, Static)
    if cls.obj in WHOLE and len(pattern.patterns) == 1:
        return [(pattern.patterns[0], lambda subject: subject)]
    names = [*getattr(cls.obj, "__match_args__", ())[: len(pattern.patterns)], *pattern.kwd_attrs]
    inner = [*pattern.patterns, *pattern.kwd_patterns]
    if len(names) != len(inner):
        lo.raise_error(TypeError, f"{cls.obj.__name__}() accepts fewer positional sub-patterns")
    return [
        (p, lambda subject, name=name: get_attribute(lo, subject, name))
        for p, name in zip(inner, names, strict=True)
    ]


# ------------------------------------------------------------------------------------------- binding
def bind(lo: Lowering, pattern: Any, subject: AVal) -> None:
    """Bind the names of a pattern that matches."""
    match pattern:
        case gast.MatchAs():
            if pattern.pattern is not None:
                bind(lo, pattern.pattern, subject)
            if pattern.name is not None:
                lo.assign(pattern.name, subject)
        case gast.MatchOr():
            bind_alternative(lo, pattern, subject)
        case gast.MatchSequence():
            bind_sequence(lo, pattern, subject)
        case gast.MatchMapping():
            if pattern.rest is not None:
                lo.unsupported("`**rest` in a pattern", "name the keys", pattern)
            for key, inner in zip(pattern.keys, pattern.patterns, strict=True):
                bind(lo, inner, get_item(lo, subject, evaluate(lo, key)))
        case gast.MatchClass():
            for inner, part in class_parts(lo, pattern, evaluate(lo, pattern.cls)):
                if pattern_names(inner):
                    bind(lo, inner, part(subject))


def bind_alternative(lo: Lowering, pattern: Any, subject: AVal) -> None:
    """Bind the names of the alternative that matches, which must be known."""
    if not pattern_names(pattern):
        return
    for choice in pattern.patterns:
        test = truth(lo, fits(lo, choice, subject))
        if not isinstance(test, Static):
            lo.unsupported("alternatives that bind names", "write a case for each", pattern)
        if test.obj:  # type: ignore[union-attr]
            bind(lo, choice, subject)
            return


def bind_sequence(lo: Lowering, pattern: Any, subject: AVal) -> None:
    """Bind the names of the items, and that of the star to a list of the rest."""
    for inner, key in keyed(pattern):
        if pattern_names(inner):
            bind(lo, inner, get_item(lo, subject, key))
    for k, inner in enumerate(pattern.patterns):
        if isinstance(inner, gast.MatchStar) and inner.name is not None:
            after = len(pattern.patterns) - k - 1
            none = Static(None)
            size = length(lo, subject)
            stop = apply_operator(lo, "-", [size, Static(after)]) if after else none
            if isinstance(size, Static):
                stop = Static(size.obj - after)
            lo.assign(inner.name, get_item(lo, subject, SliceA(Static(k), stop, none)))
