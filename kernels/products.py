"""Products of arrays: bilinear, most of them an einsum whose transposes are einsums."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters
from typing import Any

from s2s.kernels.row import Call, Row, linear


# ------------------------------------------------------------------------------------ einsum
def einsum_transpose(subscripts: list[str], result: str, names: list[str], k: int, bar: str) -> str:
    """The cotangent of operand ``k``: its subscripts and the result's change places.

    A subscript that only this operand has was summed over: ones repeat it.  A subscript that it has
    twice was read on the diagonal: an identity puts it there.

    >>> einsum_transpose(["ij", "jk"], "ik", ["a", "b"], 0, "y_bar")
    "einsum('ik,jk->ij', y_bar, b)"
    >>> einsum_transpose(["ii"], "i", ["a"], 0, "y_bar")
    "einsum('i,ia->ia', y_bar, eye(shape(a)[1]))"
    """
    others = [i for i in range(len(names)) if i != k]
    inputs = [result, *(subscripts[i] for i in others)]
    operands = [bar, *(names[i] for i in others)]
    free = (c for c in ascii_letters if c not in "".join([*subscripts, result]))
    wanted = ""
    for axis, letter in enumerate(subscripts[k]):
        size = f"shape({names[k]})[{axis}]"
        if letter in wanted:
            new = next(free)
            inputs.append(letter + new)
            operands.append(f"eye({size})")
            wanted += new
        else:
            if letter not in "".join(inputs):
                inputs.append(letter)
                operands.append(f"ones({size})")
            wanted += letter
    return f"einsum('{','.join(inputs)}->{wanted}', {', '.join(operands)})"


def einsum_transposes(call: Call) -> tuple[str, ...]:
    """One einsum for each operand.

    NumPy also lets an axis of length 1 meet a longer one of the same letter: the operand with the
    short axis gets its sum (`stretches`); the other gets too little, and `sum_to` raises.
    """
    text = call.attrs["subscripts"].replace(" ", "")
    if "." in text:
        raise call.refuse("with an ellipsis")
    left, arrow, result = text.partition("->")
    subscripts = left.split(",")
    if not arrow:  # NumPy's rule: what occurs once, in the order of the alphabet
        letters = left.replace(",", "")
        result = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    names = [f"xs[{i}]" for i in range(len(subscripts))]
    return tuple(einsum_transpose(subscripts, result, names, k, "y_bar") for k in range(len(names)))


def einsum_view(rank: int | None, attrs: Mapping[str, Any]) -> bool:
    """Of one operand without a sum NumPy returns a view: a diagonal, other axes."""
    left, arrow, result = attrs["subscripts"].replace(" ", "").partition("->")
    if not arrow:
        return len(set(left)) == len(left)
    return set(left) == set(result)


def pair(a: str, b: str, result: str) -> tuple[str, str]:
    """The transposes of a product of ``a`` and ``b`` in the notation of einsum."""
    first, second = (einsum_transpose([a, b], result, ["a", "b"], k, "y_bar") for k in (0, 1))
    return first, second


# ---------------------------------------------------------------------------------- matrices
SMALL = {
    (1, 1): ("y_bar * b", "y_bar * a"),
    (2, 1): ("outer(y_bar, b)", "a.T @ y_bar"),
    (1, 2): ("b @ y_bar", "outer(a, y_bar)"),
    (2, 2): ("y_bar @ b.T", "a.T @ y_bar"),
}


def matmul_transposes(call: Call) -> tuple[str, str]:
    """Stacks of matrices; the driver sums over the stack where an operand has none."""
    ranks = call.rank(0), call.rank(1)
    if ranks in SMALL:
        return SMALL[ranks]
    if ranks[0] == 1:
        return "(b @ expand_dims(y_bar, -1))[..., 0]", "expand_dims(a, -1) * expand_dims(y_bar, -2)"
    if ranks[1] == 1:
        return "expand_dims(y_bar, -1) * b", "(a.mT @ expand_dims(y_bar, -1))[..., 0]"
    return "y_bar @ b.mT", "a.mT @ y_bar"


def scaled(p: int, q: int) -> tuple[str, str]:
    """A number times an array of any rank."""
    a, b = SMALL[1, 1]
    return f"sum({a})" if p < q else a, f"sum({b})" if q < p else b


def dot_transposes(call: Call) -> tuple[str, str]:
    """As matmul up to rank 2; beyond, the last axis of a with the last but one of b."""
    p, q = call.rank(0), call.rank(1)
    if p == 0 or q == 0:
        return scaled(p, q)
    if (p, q) in SMALL:
        return SMALL[p, q]
    a, b = ascii_letters[:p], ascii_letters[p : p + q]
    summed = b[max(q - 2, 0)]
    a = a[:-1] + summed
    return pair(a, b, a[:-1] + b.replace(summed, ""))


def inner_transposes(call: Call) -> tuple[str, str]:
    """The last axes."""
    p, q = call.rank(0), call.rank(1)
    if p == 0 or q == 0:
        return scaled(p, q)
    if p == q == 1:
        return SMALL[1, 1]
    a, b = ascii_letters[: p - 1] + "z", ascii_letters[p - 1 : p + q - 2] + "z"
    return pair(a, b, a[:-1] + b[:-1])


def tensordot_transposes(call: Call) -> tuple[str, str]:
    """The axes that ``axes`` pairs."""
    p, q, axes = call.rank(0), call.rank(1), call.attrs["axes"]
    if isinstance(axes, int):
        axes = (tuple(range(p - axes, p)), tuple(range(axes)))
    of_a, of_b = (x if isinstance(x, tuple) else (x,) for x in axes)
    a, b = list(ascii_letters[:p]), list(ascii_letters[p : p + q])
    for i, j in zip(of_a, of_b, strict=True):
        b[j] = a[i]
    result = [c for c in a if c not in b] + [c for c in b if c not in a]
    return pair("".join(a), "".join(b), "".join(result))


def kron_transposes(call: Call) -> tuple[str, str]:
    """Axis k of the result is the pair (axis k of a, axis k of b)."""
    p, q = call.rank(0), call.rank(1)
    rank = max(p, q)
    a, b = ascii_letters[rank - p : rank], ascii_letters[2 * rank - q : 2 * rank]
    sizes, letters = [], ""
    for k in range(rank):
        for name, own, offset in (("a", p, 0), ("b", q, rank)):
            axis = k - (rank - own)
            if axis >= 0:
                sizes.append(f"shape({name})[{axis}]")
                letters += ascii_letters[offset + k]
    folded = f"reshape(y_bar, ({', '.join(sizes)},))"
    first, second = (einsum_transpose([a, b], letters, ["a", "b"], k, folded) for k in (0, 1))
    return first, second


LINES = ("R(3), R(3)", "R(2, 3), R(3)", "R(3), R(3, 2)", "R(2, 3), R(3, 2)")

# fmt: off
ROWS: list[Row] = [
    linear("matmul(a, b) -> y", matmul_transposes, via="np @", stretches=2,
           cases=(*LINES, "R(3), R(2, 3, 2)", "R(2, 2, 3), R(3)", "R(4, 2, 3), R(4, 3, 2)",
                  "R(2, 3), R(4, 3, 2)", "R(4, 2, 3), R(3, 2)", "R(1, 2, 3), R(4, 3, 2)")),
    linear("dot(a, b) -> y", dot_transposes, via="np .",
           cases=(*LINES, "S, R(2, 3)", "R(3), S", "R(), R(3)", "R(2, 2, 3), R(3)",
                  "R(2, 2, 3), R(4, 3, 2)", "R(2, 3), R(2, 3, 2)")),
    linear("inner(a, b) -> y", inner_transposes,
           cases=("R(3), R(3)", "R(2, 3), R(3)", "R(3), R(2, 3)", "R(2, 3), R(4, 3)", "S, R(3)")),
    linear("outer(a, b) -> y", "reshape(y_bar @ ravel(b), shape(a))",
           "reshape(ravel(a) @ y_bar, shape(b))", cases=("R(3), R(2)", "R(2, 2), R(3)", "S, R(3)")),
    linear("vdot(a, b) -> y", "reshape(conj(y_bar * ravel(b)), shape(a))",
           "reshape(y_bar * conj(ravel(a)), shape(b))",
           cases=("R(3), R(3)", "R(2, 3), R(2, 3)", "S, S")),
    linear("tensordot(a, b, axes=2) -> y", tensordot_transposes,
           cases=("R(2, 3), R(2, 3)", "R(2, 3), R(3, 4), axes=1", "R(2), R(3), axes=0",
                  "R(2, 3, 4), R(4, 2), axes=((0, 2), (1, 0))", "R(2, 3), R(4, 3), axes=(1, -1)")),
    linear("einsum(subscripts: static, *xs, optimize=False) -> y", einsum_transposes, stretches=0,
           is_view=True, view_if=einsum_view,
           cases=("R(2, 3), R(3, 4), subscripts='ij,jk->ik'", "R(2, 3), R(3), subscripts='ij,j'",
                  "R(3, 3), subscripts='ii'", "R(3, 3), subscripts='ii->i'",
                  "R(2, 3), subscripts='ij->j'", "R(2, 3), subscripts='ij -> '",
                  "R(2, 3), subscripts='ji'", "R(2, 2, 3), R(2, 3), R(3), subscripts='aab,ab,b->a'",
                  "R(2), R(3), subscripts='i,j->ij'", "R(3), R(3), subscripts='i,i'",
                  "R(3, 3, 3), subscripts='iii->i'",
                  "R(4, 2, 3), R(4, 3, 2), subscripts='bij,bjk->bik'")),
    linear("kron(a, b) -> y", kron_transposes,
           cases=("R(2, 3), R(3, 2)", "R(2), R(3)", "R(2, 2), R(3)", "R(3), R(2, 2)")),
    linear("cross(a, b, *, axis=-1) -> y", "cross(b, y_bar, axis=axis)",
           "cross(y_bar, a, axis=axis)", stretches=1,
           cases=("R(3), R(3)", "R(2, 3), R(3)", "R(3, 2), R(3, 2), axis=0")),
]
