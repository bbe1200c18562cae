"""Options, and the programs that s2s refuses: they must be refused, loudly."""

import os
from collections.abc import Generator
from typing import Any

import pytest

from tests.zoo.refused import refused

os.environ.setdefault("S2S_VERIFY", "1")  # the verifier runs after every pass


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite tests/golden")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A program on the list of refused ones passes if an error of s2s says why, and only then."""
    callspec = getattr(pyfuncitem, "callspec", None)
    program = callspec.params.get("program") if callspec is not None else None
    test = pyfuncitem.originalname or pyfuncitem.name
    if program is None or not refused(test, program.name):
        return (yield)
    from s2s.errors import S2SError

    with pytest.raises(S2SError):
        yield
    return True
