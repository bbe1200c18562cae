"""Fourier transforms: linear, and but for halves of spectra symmetric, so that each is its own
transpose."""
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from s2s.kernels.row import Call, Row, defined, inactive, linear


def again(name: str) -> Callable[[Call], tuple[str, None]]:
    """The matrix of a transform is symmetric; to another length zeros are added, or ends cut off."""

    def texts(call: Call) -> tuple[str, None]:
        text, axis = f"{name}(y_bar, None, axis=axis, norm=norm)", call.attrs["axis"]
        return text if call.is_none(1) else f"fit({text}, shape(x)[{axis}], {axis})", None

    return texts


def rfft_back(call: Call) -> tuple[str, None]:
    """The half that is left is a part of a symmetric matrix: the cotangent, with zeros for the rest;
    the driver takes the real part."""
    axis = call.attrs["axis"]
    n = f"shape(x)[{axis}]" if call.is_none(1) else "n"
    text = f"fft(y_bar, {n}, axis=axis, norm=norm)"
    return (text if call.is_none(1) else f"fit({text}, shape(x)[{axis}], {axis})", None)


def irfft_back(call: Call) -> tuple[str, None]:
    """Frequencies inside count twice: their conjugates are not stored."""
    axis = call.attrs["axis"]
    turned = {"backward": "forward", "forward": "backward"}.get(
        call.attrs["norm"] or "backward", "ortho"
    )
    half = f"conj(rfft(y_bar, None, axis=axis, norm={turned!r}))"
    text = f"{half} * twice(shape(y_bar)[{axis}], {axis}, {call.rank(0)})"
    return (text if call.is_none(1) else f"fit({text}, shape(x)[{axis}], {axis})", None)


def over_axes(one):
    """A transform over several axes, one after the other."""

    def transform(x, s, axes, norm):
        if axes is None:
            axes = tuple(range(np.ndim(x) - (np.ndim(x) if s is None else len(s)), np.ndim(x)))
        if s is None:
            for axis in axes[::-1]:
                x = one(x, None, axis=axis, norm=norm)
            return x
        for axis, n in zip(axes[::-1], s[::-1], strict=True):
            x = one(x, n, axis=axis, norm=norm)
        return x

    return transform


def real_axes(x, s, axes, norm):
    """The last axis real to complex, then the others."""
    if axes is None:
        axes = tuple(range(np.ndim(x) - (np.ndim(x) if s is None else len(s)), np.ndim(x)))
    x = np.fft.rfft(x, None if s is None else s[-1], axis=axes[-1], norm=norm)
    if len(axes) > 1:
        x = np.fft.fftn(x, None if s is None else s[:-1], axes=axes[:-1], norm=norm)
    return x


def inverse_real_axes(x, s, axes, norm):
    """The others, then the last axis complex to real."""
    if axes is None:
        axes = tuple(range(np.ndim(x) - (np.ndim(x) if s is None else len(s)), np.ndim(x)))
    if len(axes) > 1:
        x = np.fft.ifftn(x, None if s is None else s[:-1], axes=axes[:-1], norm=norm)
    return np.fft.irfft(x, None if s is None else s[-1], axis=axes[-1], norm=norm)


def hfft(x, n, axis, norm):
    """The transform of a signal of which half is stored: an inverse transform the other way."""
    m = 2 * (np.shape(x)[axis] - 1) if n is None else n
    return np.fft.irfft(np.conj(x), m, axis=axis, norm=other_way(norm))


def ihfft(x, n, axis, norm):
    """The inverse of `hfft`."""
    return np.conj(np.fft.rfft(x, n, axis=axis, norm=other_way(norm)))


def other_way(norm):
    """The factor of the inverse transform."""
    if norm == "ortho":
        return "ortho"
    return "backward" if norm == "forward" else "forward"


def fftshift(x, axes):
    """Frequency 0 in the middle."""
    return shifted(x, axes, 0)


def ifftshift(x, axes):
    """Back again: one less where a length is odd."""
    return shifted(x, axes, 1)


def shifted(x, axes, more):
    """Rolled by half."""
    if axes is None:
        axes = tuple(range(np.ndim(x)))
    elif isinstance(axes, int):
        axes = (axes,)
    for axis in axes:
        n = np.shape(x)[axis]
        x = np.roll(x, (n + 1) // 2 if more else n // 2, axis=axis)
    return x


ONE = ("R(4)", "R(5)", "R(2, 3)", "R(4), 3", "R(3), 5", "R(3, 2), axis=0", "R(4), norm='ortho'", "R(4), 6, norm='forward'",
       "R(2, 4), 3, axis=1")  # fmt: skip
HALF = (
    "R(3)",
    "R(2, 3)",
    "R(3), 5",
    "R(4), 4",
    "R(3, 2), axis=0",
    "R(3), norm='ortho'",
    "R(3), 5, norm='forward'",
)
SEVERAL = ("R(3, 4)", "R(2, 3, 4)", "R(3, 4), norm='ortho'")
SIZED = ("R(3, 4), (4, 3)", "R(3, 4), (2, 5), (0, 1)")

# fmt: off
ROWS: list[Row] = [
    linear("fft(x|a, n: value = None, axis=-1, norm=None) -> y", again("fft"), via="fft spfft", cases=ONE,
           jvp=("fft(x_dot, n, axis=axis, norm=norm)", None)),
    linear("ifft(x|a, n: value = None, axis=-1, norm=None) -> y", again("ifft"), via="fft spfft", cases=ONE,
           jvp=("ifft(x_dot, n, axis=axis, norm=norm)", None)),
    linear("rfft(x|a, n: value = None, axis=-1, norm=None) -> y", rfft_back, via="fft spfft", cases=ONE,
           real_only=True, jvp=("rfft(x_dot, n, axis=axis, norm=norm)", None)),
    linear("irfft(x|a, n: value = None, axis=-1, norm=None) -> y", irfft_back, via="fft spfft", cases=HALF,
           jvp=("irfft(x_dot, n, axis=axis, norm=norm)", None)),
    linear("fft2(x|a, *, axes=(-2, -1), norm=None) -> y", "fft2(y_bar, axes=axes, norm=norm)", via="fft spfft",
           cases=(*SEVERAL, "R(3, 2, 4), axes=(0, 2)")),
    linear("ifft2(x|a, *, axes=(-2, -1), norm=None) -> y", "ifft2(y_bar, axes=axes, norm=norm)", via="fft spfft",
           cases=SEVERAL),
    linear("fftn(x|a, *, axes=None, norm=None) -> y", "fftn(y_bar, axes=axes, norm=norm)", via="fft spfft",
           cases=(*SEVERAL, "R(3, 2, 4), axes=(0, 2)")),
    linear("ifftn(x|a, *, axes=None, norm=None) -> y", "ifftn(y_bar, axes=axes, norm=norm)", via="fft spfft",
           cases=SEVERAL),
    defined("fft2_sized(x|a, s, axes=(-2, -1), norm=None) -> y", over_axes(np.fft.fft), via="np.fft.fft2",
            cases=SIZED),
    defined("ifft2_sized(x|a, s, axes=(-2, -1), norm=None) -> y", over_axes(np.fft.ifft), via="np.fft.ifft2",
            cases=SIZED),
    defined("fftn_sized(x|a, s, axes=None, norm=None) -> y", over_axes(np.fft.fft), via="np.fft.fftn",
            cases=SIZED[1:]),
    defined("ifftn_sized(x|a, s, axes=None, norm=None) -> y", over_axes(np.fft.ifft), via="np.fft.ifftn",
            cases=SIZED[1:]),
    defined("rfft2(x|a, s: value = None, axes=(-2, -1), norm=None) -> y", real_axes, via="fft", real_only=True,
            cases=(*SEVERAL, *SIZED)),
    defined("irfft2(x|a, s: value = None, axes=(-2, -1), norm=None) -> y", inverse_real_axes, via="fft",
            cases=(*SEVERAL, *SIZED)),
    defined("rfftn(x|a, s: value = None, axes=None, norm=None) -> y", real_axes, via="fft", real_only=True,
            cases=(*SEVERAL, SIZED[1])),
    defined("irfftn(x|a, s: value = None, axes=None, norm=None) -> y", inverse_real_axes, via="fft",
            cases=(*SEVERAL, SIZED[1])),
    defined("hfft(x|a, n: value = None, axis=-1, norm=None) -> y", hfft, via="fft", cases=HALF),
    defined("ihfft(x|a, n: value = None, axis=-1, norm=None) -> y", ihfft, via="fft", real_only=True, cases=ONE),
    defined("fftshift(x, axes=None) -> y", fftshift, via="fft", cases=("R(4)", "R(5)", "R(2, 3)", "R(2, 3), axes=1")),
    defined("ifftshift(x, axes=None) -> y", ifftshift, via="fft", cases=("R(4)", "R(5)", "R(2, 3), axes=(0, 1)")),
    inactive("fftfreq(n, d: value = 1.0) -> y", via="fft", cases=("5", "4, 0.5")),
    inactive("rfftfreq(n, d: value = 1.0) -> y", via="fft", cases=("5", "4, 0.5")),
    linear("fit(x, n, axis: static = -1) -> y", "fit(y_bar, shape(x)[axis], axis)", via="rt",
           cases=("R(4), 2", "R(2, 3), 5, axis=1", "R(2, 3), 1, axis=0")),
    inactive("twice(n, axis: static, rank: static) -> y", via="rt", cases=("4, axis=0, rank=1", "5, axis=-1, rank=2")),
]
