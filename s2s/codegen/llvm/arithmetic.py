"""Scalar operations: Python's meaning for Python's numbers, NumPy's for NumPy's.

Python's numbers raise (overflow, division by zero, ``math`` outside of its domain); NumPy's give inf and nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from s2s.codegen.llvm.values import F64, I64, NotNative, const, register
from s2s.ir.core import Op
from s2s.ir.types import PYTHON_SCALARS, Array, Scalar, Type

if TYPE_CHECKING:
    from s2s.codegen.llvm.lowering import Lowering

LIBM = {
    "sin": "sin", "cos": "cos", "tan": "tan", "exp": "exp", "log": "log", "tanh": "tanh",
    "sinh": "sinh", "cosh": "cosh", "expm1": "expm1", "log1p": "log1p", "log2": "log2",
    "log10": "log10", "exp2": "exp2", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arctan2": "atan2", "hypot": "hypot", "cbrt": "cbrt", "erf": "erf",
}  # fmt: skip
ORDER = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
         "equal": "==", "not_equal": "!="}  # fmt: skip
OVERFLOWING = {"add": "sadd", "subtract": "ssub", "multiply": "smul"}
FLOATING = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
INTEGER = {"add": "add", "subtract": "sub", "multiply": "mul"}
BITS = {"bitwise_and": "and_", "bitwise_or": "or_", "bitwise_xor": "xor",
        "logical_and": "and_", "logical_or": "or_"}  # fmt: skip


def name_of(t: Type) -> str:
    """The name of the elements of a number's type."""
    match t:
        case Scalar(name) | Array(name, _):
            return name
    raise NotNative(f"arithmetic on {t}")


def is_floating(name: str) -> bool:
    """True for real floating-point numbers."""
    return name[0] == "f"


def convert(low: Lowering, value: ir.Value, old: str, new: str) -> ir.Value:
    """A number of type ``old`` as one of type ``new``."""
    b, source, target = low.builder, register(old), register(new)
    if source == target:
        return value
    if new in ("bool", "b1"):
        zero = ir.Constant(source, 0)
        return (b.fcmp_unordered if is_floating(old) else b.icmp_signed)("!=", value, zero)
    if is_floating(old):
        if not is_floating(new):
            return b.fptosi(value, target)
        return (b.fptrunc if new == "f32" else b.fpext)(value, target)
    unsigned = old in ("bool", "b1")
    if is_floating(new):
        return (b.uitofp if unsigned else b.sitofp)(value, target)
    if unsigned:
        return b.zext(value, target)
    return (b.trunc if target.width < source.width else b.sext)(value, target)


def compute(low: Lowering, op: Op, given: Sequence[ir.Value]) -> ir.Value:
    """One element of an elementwise operation, from one element of each operand."""
    names = [name_of(v.type) for v in op.operands]
    result = name_of(op.result.type)
    function = FUNCTIONS.get(op.kind)
    if function is None:
        raise NotNative(f"the operation {op.kind}")
    if op.kind in ORDER or op.kind == "where":
        return function(low, op, names, given)
    operands = [convert(low, v, n, result) for v, n in zip(given, names, strict=True)]
    return function(low, op, result, operands)


def _arithmetic(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    b = low.builder
    if is_floating(name):
        if op.kind == "divide" and name == "float":
            low.check(_nonzero(low, given[1]), "ZeroDivisionError", "float division by zero", op)
        return getattr(b, FLOATING[op.kind])(*given)
    if name == "int":
        pair = getattr(b, f"{OVERFLOWING[op.kind]}_with_overflow")(*given)
        fine = b.not_(b.extract_value(pair, 1))
        low.check(fine, "OverflowError", "an integer of native code has 64 bits", op)
        return b.extract_value(pair, 0)
    if name in ("bool", "b1"):
        raise NotNative(f"{op.kind} of truth values")
    return getattr(b, INTEGER[op.kind])(*given)


def _nonzero(low: Lowering, value: ir.Value) -> ir.Value:
    zero = ir.Constant(value.type, 0)
    if isinstance(value.type, ir.IntType):
        return low.builder.icmp_signed("!=", value, zero)
    return low.builder.fcmp_unordered("!=", value, zero)


def _power(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    """Where the exponent is a known small number; others may leave the real numbers."""
    exponent = low.constant(op.operands[1])
    if not is_floating(name) or not isinstance(exponent, int | float) or exponent < 0:
        raise NotNative(f"the power of {name} to an exponent that is not known, or negative")
    if exponent != int(exponent) and name == "float":
        raise NotNative("a fractional power of Python numbers: it may be complex")
    found = low.builder.call(low.intrinsic("llvm.pow", given[0].type, 2), given)
    if name == "float":
        _check_finite(low, op, given[:1], found)
    return found


def _check_finite(
    low: Lowering,
    op: Op,
    given: Sequence[ir.Value],
    found: ir.Value,
    message: str = "Result too large",
) -> None:
    """Python's numbers raise where a finite argument has an infinite result."""
    b = low.builder
    finite = _finite(low, found)
    for value in given:
        finite = b.or_(finite, b.not_(_finite(low, value)))
    low.check(finite, "OverflowError", message, op)


def _finite(low: Lowering, value: ir.Value) -> ir.Value:
    return low.builder.fcmp_ordered("==", low.builder.fsub(value, value), ir.Constant(F64, 0.0))


def _libm(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    if not is_floating(name):
        raise NotNative(f"{op.kind} of {name}")
    wide = [convert(low, v, name, "f64") for v in given]
    found = low.builder.call(low.external(LIBM[op.kind], F64, [F64] * len(given)), wide)
    if name == "float":
        _check_math(low, op, wide, found)
    return convert(low, found, "f64", name)


def _check_math(low: Lowering, op: Op, given: Sequence[ir.Value], found: ir.Value) -> None:
    """What `math` refuses: results that are no number, or infinite, of arguments that are finite."""
    b = low.builder
    number = b.fcmp_ordered("ord", found, found)
    for value in given:
        number = b.or_(number, b.fcmp_unordered("uno", value, value))
    low.check(number, "ValueError", "math domain error", op)
    if op.kind in ("log", "log2", "log10", "log1p"):
        fine = b.or_(_finite(low, found), b.not_(_finite(low, given[0])))
        low.check(fine, "ValueError", "math domain error", op)
    else:
        _check_finite(low, op, given, found, "math range error")


def _sqrt(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    found = low.builder.call(low.intrinsic("llvm.sqrt", given[0].type, 1), given)
    if name == "float":
        _check_math(low, op, given, found)
    return found


def _negative(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    if is_floating(name):
        return low.builder.fneg(given[0])
    zero = ir.Constant(given[0].type, 0)
    return _arithmetic(low, Op("subtract", span=op.span), name, [zero, given[0]])


def _abs(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    if not is_floating(name):
        raise NotNative(f"the absolute value of {name}")
    return low.builder.call(low.intrinsic("llvm.fabs", given[0].type, 1), given)


def _sign(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    (x,) = given
    if not is_floating(name):
        raise NotNative(f"the sign of {name}")
    b, zero = low.builder, ir.Constant(x.type, 0.0)
    one, minus = ir.Constant(x.type, 1.0), ir.Constant(x.type, -1.0)
    below = b.select(b.fcmp_ordered("<", x, zero), minus, b.fadd(x, zero))
    return b.select(b.fcmp_ordered(">", x, zero), one, below)


def _modulo(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    """The sign of the result is that of the divisor."""
    if name != "int":
        raise NotNative(f"{op.kind} of {name}")
    b, (x, y) = low.builder, given
    low.check(_nonzero(low, y), "ZeroDivisionError", "integer modulo by zero", op)
    minus = b.icmp_signed("==", y, const(-1))  # the lowest number over -1 does not exist
    safe = b.select(minus, const(1), y)
    rest = b.srem(x, safe)
    moved = b.and_(_nonzero(low, rest), b.icmp_signed("<", b.xor(rest, y), const(0)))
    if op.kind == "mod":
        return b.select(moved, b.add(rest, y), rest)
    low.check(b.not_(minus), "OverflowError", "a quotient may exceed 64 bits", op)
    return b.sub(b.sdiv(x, safe), b.zext(moved, I64))


def _compare(low: Lowering, op: Op, names: Sequence[str], given: Sequence[ir.Value]) -> ir.Value:
    b, sign = low.builder, ORDER[op.kind]
    if any(map(is_floating, names)):
        wide = [convert(low, v, n, "f64") for v, n in zip(given, names, strict=True)]
        return (b.fcmp_unordered if sign == "!=" else b.fcmp_ordered)(sign, *wide)
    wide = [convert(low, v, n, "i64") for v, n in zip(given, names, strict=True)]
    return b.icmp_signed(sign, *wide)


def _where(low: Lowering, op: Op, names: Sequence[str], given: Sequence[ir.Value]) -> ir.Value:
    result = name_of(op.result.type)
    c = convert(low, given[0], names[0], "b1")
    sides = [convert(low, v, n, result) for v, n in zip(given[1:], names[1:], strict=True)]
    return low.builder.select(c, *sides)


def _extreme(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    """As NumPy: nan wins."""
    if not is_floating(name) or op.attrs.get("via") in ("max", "min"):
        raise NotNative(f"{op.attrs.get('via')} of {name}")
    which = "llvm.maximum" if op.kind == "maximum" else "llvm.minimum"
    return low.builder.call(low.intrinsic(which, given[0].type, 2), given)


def _bits(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    if is_floating(name):
        raise NotNative(f"{op.kind} of {name}")
    return getattr(low.builder, BITS[op.kind])(*given)


def _same(low: Lowering, op: Op, name: str, given: Sequence[ir.Value]) -> ir.Value:
    return given[0]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(FLOATING, _arithmetic),
    **dict.fromkeys(LIBM, _libm),
    **dict.fromkeys(ORDER, _compare),
    **dict.fromkeys(BITS, _bits),
    **dict.fromkeys(("mod", "floor_divide"), _modulo),
    **dict.fromkeys(("maximum", "minimum"), _extreme),
    **dict.fromkeys(("float", "float64", "positive", "copy", "real", "conj"), _same),
    "power": _power,
    "sqrt": _sqrt,
    "negative": _negative,
    "abs": _abs,
    "sign": _sign,
    "where": _where,
}


def is_python(t: Type) -> bool:
    """True for Python's own numbers."""
    return isinstance(t, Scalar) and t.name in PYTHON_SCALARS
