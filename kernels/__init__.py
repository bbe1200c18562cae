"""What each operation is, one row each; imported as `s2s.kernels`."""

from s2s.kernels.advice import advice
from s2s.kernels.infer import dummy, infer, type_of
from s2s.kernels.names import call, dtype_name, is_attribute, object_of
from s2s.kernels.row import Derivative, NoDerivativeError, Row, TypeRuleError
from s2s.kernels.signature import BindError, Default, Signature
from s2s.kernels.table import (
    ROWS,
    attribute,
    bind,
    lookup,
    lookup_all,
    may_raise,
    method,
    method_all,
    operator_row,
    resolve,
    row,
)

__all__ = [
    "ROWS",
    "BindError",
    "Default",
    "Derivative",
    "NoDerivativeError",
    "Row",
    "Signature",
    "TypeRuleError",
    "advice",
    "attribute",
    "bind",
    "call",
    "dtype_name",
    "dummy",
    "infer",
    "is_attribute",
    "lookup",
    "lookup_all",
    "may_raise",
    "method",
    "method_all",
    "object_of",
    "operator_row",
    "resolve",
    "row",
    "type_of",
]
