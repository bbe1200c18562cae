"""Random loop nests with affine indices: reverse mode against forward mode."""

import itertools
import linecache
from typing import Any

import numpy as np
import pytest

import s2s
from tests import affine_programs

COUNT = 40
SWEEP = 2000


def disagreement(seed: int, text: str) -> float:
    """How far the gradient is from what forward mode says, along one direction, relatively."""
    file = f"<affine {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": "affine"}
    exec(compile(text, file, "exec"), namespace)
    f = namespace["f"]
    random = np.random.default_rng(seed)
    args = affine_programs.make_args()
    dots = tuple(random.normal(size=x.shape) for x in args)
    value, tangent = s2s.jvp(f, args, dots)
    found, bars = s2s.value_and_grad(f, (0, 1))(*args)
    assert found == pytest.approx(value, rel=1e-12)
    along = sum(np.sum(bar * dot) for bar, dot in zip(bars, dots, strict=True))
    return float(abs(along - tangent) / (1.0 + abs(tangent)))


@pytest.mark.parametrize(
    ("seed", "text"), list(itertools.islice(affine_programs.programs(0), COUNT))
)
def test_reverse_agrees_with_forward(seed: int, text: str) -> None:
    assert disagreement(seed, text) < 1e-9, text


@pytest.mark.sweep
def test_many_agree() -> None:
    for seed, text in itertools.islice(affine_programs.programs(1000), SWEEP):
        assert disagreement(seed, text) < 1e-9, text


def test_many_stores_are_not_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many stores to compare each with each load, the plan is coarser, not wrong."""
    monkeypatch.setattr("s2s.transform.storage.memory.CROWDED", 0)
    for seed, text in itertools.islice(affine_programs.programs(400), 12):
        assert disagreement(seed, text) < 1e-9, text
