"""s2s: gradients of ordinary Python, as source that one can read."""

from s2s import errors
from s2s.api import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)
from s2s.batching import vmap
from s2s.checking import check_grad

__version__ = "0.1.0"
__all__ = [
    "check_grad",
    "errors",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jvp",
    "stop_gradient",
    "value_and_grad",
    "vjp",
    "vmap",
]
