"""Data types on PyTorch: promotion by the standard, and how the wide unsigned ones are done.

PyTorch computes little with uint16, uint32 and uint64. Their bits are those of the signed type of the same width: sums,
products and moves work on the signed view as they are, and with the top bit flipped the order is right too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from emberharmony.backend.dtypes import NAMES, promote
from emberharmony.errors import DTypeError

DTYPES: dict[str, torch.dtype] = {name: getattr(torch, name) for name in NAMES}
NAME_OF = {dtype: name for name, dtype in DTYPES.items()}
SIGNED_VIEW = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}
TOP_BIT = {torch.int16: -(2**15), torch.int32: -(2**31), torch.int64: -(2**63)}
SMALL = frozenset({torch.bool, torch.int8, torch.int16, torch.int32})
FLOATING = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128})
INTEGERS = frozenset(
    {torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64}
)


@functools.cache
def promoted(a: torch.dtype, b: torch.dtype) -> torch.dtype:
    """The standard's result of two dtypes; a 0-d tensor counts like any other, which torch does not do."""
    return DTYPES[promote(NAME_OF[a], NAME_OF[b])]


def with_scalar(dtype: torch.dtype, scalar: Any) -> torch.dtype:
    """The dtype of an operation on a tensor and a Python number: the tensor's, unless the number's kind is higher."""
    if isinstance(scalar, complex):
        return dtype if dtype.is_complex else promoted(dtype, torch.complex64) if dtype in FLOATING else torch.complex64
    if isinstance(scalar, float):
        return dtype if dtype in FLOATING else torch.get_default_dtype()
    return torch.int64 if dtype is torch.bool and not isinstance(scalar, bool) else dtype


def pair(x1: Any, x2: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Two tensors of one dtype from tensors or Python numbers."""
    if not isinstance(x2, torch.Tensor):
        if not isinstance(x1, torch.Tensor):
            return pair(torch.as_tensor(x1), torch.as_tensor(x2))
        second, first = pair(x2, x1)
        return first, second
    if isinstance(x1, torch.Tensor):
        dtype = x1.dtype if x1.dtype is x2.dtype else promoted(x1.dtype, x2.dtype)
        return x1.to(dtype), x2.to(dtype)
    dtype = with_scalar(x2.dtype, x1)
    return torch.full((), x1, dtype=dtype, device=x2.device), x2.to(dtype)


def on_bits(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """A function of one tensor that treats bits alike: unsigned tensors go through their signed view."""

    @functools.wraps(function)
    def call(x: torch.Tensor, /, *arguments: Any, **named: Any) -> torch.Tensor:
        signed = SIGNED_VIEW.get(x.dtype)
        if signed is None:
            return function(x, *arguments, **named)
        return function(x.view(signed), *arguments, **named).view(x.dtype)

    return call


def ordered(x: torch.Tensor) -> torch.Tensor:
    """`x`, or for a wide unsigned tensor signed numbers in the same order."""
    signed = SIGNED_VIEW.get(x.dtype)
    return x if signed is None else torch.bitwise_xor(x.view(signed), TOP_BIT[signed])


def disordered(y: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The inverse of `ordered`, back to `dtype`."""
    signed = SIGNED_VIEW.get(dtype)
    return y if signed is None else torch.bitwise_xor(y, TOP_BIT[signed]).view(dtype)


def floating(x: torch.Tensor) -> torch.Tensor:
    """`x` itself, or an integer tensor as the default float."""
    return x if x.dtype in FLOATING else x.to(torch.get_default_dtype())


def floats(
    native: Callable[[torch.Tensor], torch.Tensor], *, real: bool = True
) -> Callable[[torch.Tensor], torch.Tensor]:
    """`native` on floats: integers become floats first, and complex numbers are refused where it is for `real` ones."""

    def call(x: torch.Tensor, /) -> torch.Tensor:
        if real and x.is_complex():
            raise DTypeError(f"ops.{native.__name__} got {NAME_OF[x.dtype]}", expected="real numbers")
        return native(floating(x))

    return call
