"""s2s: gradients of ordinary Python, as source that one can read."""

from s2s import errors
from s2s.api import grad, jacfwd, jacrev, jvp, value_and_grad, vjp

__version__ = "0.1.0"
__all__ = ["errors", "grad", "jacfwd", "jacrev", "jvp", "value_and_grad", "vjp"]
