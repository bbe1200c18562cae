"""What a compiled gradient depends on: captured names at each call, types of arguments, no sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import s2s

X = np.array([1.0, 2.0, 3.0])
skipped = {1}
settings = {"power": 2}
factor = 2.0


def helper(v: Any) -> Any:
    return v * v


def weighted(x: Any) -> Any:
    s = 0.0
    for i in range(len(x)):
        if i not in skipped:
            s += factor * helper(x[i]) ** (settings["power"] / 2)
    return s


def without(x: Any, left_out: set[int]) -> Any:
    s = 0.0
    for i in range(len(x)):
        if i not in left_out:
            s += x[i] ** 2
    return s


def applied(f: Any, x: Any) -> Any:
    return np.sum(f(x))


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setitem(globals(), "skipped", {1})
    monkeypatch.setitem(globals(), "settings", {"power": 2})
    return monkeypatch


def test_captured_data_is_read_anew(module: pytest.MonkeyPatch) -> None:
    gradient = s2s.grad(weighted)
    np.testing.assert_allclose(gradient(X), [4.0, 0.0, 12.0])
    module.setitem(globals(), "factor", 1.0)
    np.testing.assert_allclose(gradient(X), [2.0, 0.0, 6.0])
    settings["power"] = 4
    np.testing.assert_allclose(gradient(X), [4.0, 0.0, 108.0])
    skipped.add(2)
    np.testing.assert_allclose(gradient(X), [4.0, 0.0, 0.0])
    module.setitem(globals(), "skipped", set())
    np.testing.assert_allclose(gradient(X), [4.0, 32.0, 108.0])


def test_a_helper_that_is_defined_anew_changes_the_gradient(module: pytest.MonkeyPatch) -> None:
    gradient = s2s.grad(weighted)
    np.testing.assert_allclose(gradient(X), [4.0, 0.0, 12.0])

    def other(v: Any) -> Any:
        return 5.0 * v

    module.setitem(globals(), "helper", other)
    np.testing.assert_allclose(gradient(X), [10.0, 0.0, 10.0])


def test_a_set_that_changes_between_calls() -> None:
    gradient, left_out = s2s.grad(without), {1}
    np.testing.assert_allclose(gradient(X, left_out), [2.0, 0.0, 6.0])
    left_out.add(2)
    np.testing.assert_allclose(gradient(X, left_out), [2.0, 0.0, 0.0])


def test_functions_as_arguments_are_not_mistaken_for_each_other() -> None:
    gradient = s2s.grad(applied, argnums=1)
    for k in range(1, 4):
        made = (lambda n: lambda v: v**n)(k)  # freed after the call, and its address used again
        np.testing.assert_allclose(gradient(made, X), k * X ** (k - 1))


def test_sizes_do_not_compile_anew() -> None:
    gradient = s2s.grad(without)
    for n in (1, 2, 50):
        gradient(np.ones(n), {1})
    assert len(gradient._cache) == 1
    gradient(np.ones(3, np.float32), {1})
    assert len(gradient._cache) == 2
