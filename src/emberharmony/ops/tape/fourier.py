"""Rules of Fourier transforms, which are multiplications by a symmetric matrix."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.ops.like import made_like


def _fitted(g: Any, size: int, axis: int) -> Any:
    """`g` cut, or continued with zeros, to `size` along one axis: what was cut off gets nothing."""
    axis %= g.ndim
    if g.shape[axis] >= size:
        return g[(slice(None),) * axis + (slice(size),)]
    rest = made_like(g, "zeros", (*g.shape[:axis], size - g.shape[axis], *g.shape[axis + 1 :]), dtype=g.dtype)
    return ops.concat([g, rest], axis=axis)


def _transform(name: str) -> Any:
    def rule(g: Any, y: Any, x: Any, n: Any = None, axis: int = -1, norm: Any = "backward") -> Any:
        same = getattr(ops.fft, name)(g, n=n, axis=axis, norm=norm)
        return _fitted(same, x.shape[axis], axis)

    return rule


def _rfft(g: Any, y: Any, x: Any, n: Any = None, axis: int = -1, norm: Any = "backward") -> Any:
    size = x.shape[axis] if n is None else n
    return _fitted(ops.real(ops.fft.fft(_fitted(g, size, axis), axis=axis, norm=norm)), x.shape[axis], axis)


_OTHER: dict[str, Any] = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _irfft(g: Any, y: Any, x: Any, n: Any = None, axis: int = -1, norm: Any = "backward") -> Any:
    size = y.shape[axis]
    half = ops.conj(ops.fft.rfft(g, n=size, axis=axis, norm=_OTHER[norm]))
    m = half.shape[axis]
    # all but the first (and for an even size the last) stand for themselves and for their mirror image
    twice = [1.0 if k == 0 or 2 * k == size else 2.0 for k in range(m)]
    shape = [1] * half.ndim
    shape[axis] = m
    weight = ops.reshape(made_like(x, "asarray", twice, dtype=g.dtype), shape)
    return _fitted(half * weight, x.shape[axis], axis)


GENERAL: dict[str, tuple[Any, ...]] = {
    "fft.fft": (_transform("fft"),),
    "fft.fftshift": (lambda g, y, x, axes=None: ops.fft.ifftshift(g, axes=axes),),
    "fft.ifft": (_transform("ifft"),),
    "fft.ifftshift": (lambda g, y, x, axes=None: ops.fft.fftshift(g, axes=axes),),
    "fft.irfft": (_irfft,),
    "fft.rfft": (_rfft,),
}
