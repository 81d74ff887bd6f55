"""Elementwise functions on PyTorch. Two tensors of one dtype go straight to torch; the rest is promoted first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from emberharmony.backend.torch.kinds import (
    FLOATING,
    INTEGERS,
    SIGNED_VIEW,
    disordered,
    on_bits,
    ordered,
    pair,
)
from emberharmony.errors import ArgumentError, DTypeError

SAME = (
    "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log", "log2", "log10", "sin", "sinh",
    "sqrt", "tan", "isfinite", "isinf", "isnan", "signbit", "logical_not", "reciprocal",
)  # fmt: skip


def _binary(native: Callable[..., Tensor], unsigned: Callable[..., Tensor] | None = None) -> Any:
    """`native` on two of one dtype; `unsigned`, where given, does the wide unsigned ones.

    The common case, two tensors of one dtype that torch computes with, makes one test; `mixed` is what dispatch calls
    where the arguments are not of one type, so that a Python number costs no test here.
    """

    def mixed(x1: Any, x2: Any, /) -> Tensor:
        x1, x2 = pair(x1, x2)
        return unsigned(x1, x2) if unsigned and x1.dtype in SIGNED_VIEW else native(x1, x2)

    def call(x1: Tensor, x2: Tensor, /) -> Tensor:
        if x1.dtype is x2.dtype:
            try:
                return native(x1, x2)
            except NotImplementedError:  # the wide unsigned integers
                pass
        return mixed(x1, x2)

    cast("Any", call).mixed = mixed
    return call


def _bits(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """On the signed views: what wraps, wraps to the same bits."""

    def call(x1: Tensor, x2: Tensor) -> Tensor:
        signed = SIGNED_VIEW[x1.dtype]
        return native(x1.view(signed), x2.view(signed)).view(x1.dtype)

    return call


def _compare(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda x1, x2: native(ordered(x1), ordered(x2))


def _extreme(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda x1, x2: disordered(native(ordered(x1), ordered(x2)), x1.dtype)


# -- arithmetic --


def _unsigned_division(x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
    """Quotient and remainder of wide unsigned numbers, in int64 and exact; uint64 needs the half-and-correct step."""
    dtype = x1.dtype
    if dtype is not torch.uint64:
        a, b = x1.to(torch.int64), x2.to(torch.int64)
        q = torch.div(a, b, rounding_mode="floor")
        return q.to(dtype), (a - q * b).to(dtype)
    a, b = x1.view(torch.int64), x2.view(torch.int64)
    half = torch.bitwise_and(torch.bitwise_right_shift(a, 1), 2**63 - 1)  # a / 2, as a positive number
    low = torch.where(b > 0, b, torch.ones_like(b))
    q = torch.div(half, low, rounding_mode="floor") * 2
    q = q + _reaches(a - q * low, low).to(torch.int64)
    q = torch.where(b > 0, q, _reaches(a, b).to(torch.int64))  # a divisor of 2**63 and more goes in once or not at all
    if torch.compiler.is_compiling() or not bool((b == 0).any()):
        return q.view(dtype), (a - q * b).view(dtype)
    raise ZeroDivisionError("integer division by zero")


def _reaches(a: Tensor, b: Tensor) -> Tensor:
    """`a >= b` of the unsigned numbers with these bits."""
    return torch.bitwise_xor(a, -(2**63)) >= torch.bitwise_xor(b, -(2**63))


def _floor_divide(x1: Tensor, x2: Tensor) -> Tensor:
    q = torch.div(x1, x2, rounding_mode="floor")
    if x1.dtype not in FLOATING:
        return q
    # with one infinity the standard wants the quotient itself; torch gives nan, or -1 for -0
    return torch.where(torch.isinf(x1) != torch.isinf(x2), torch.div(x1, x2), q)


def _remainder(x1: Tensor, x2: Tensor) -> Tensor:
    r = torch.remainder(x1, x2)
    return torch.where(r == 0, torch.copysign(r, x2), r) if x1.dtype in FLOATING else r


def _pow(x1: Tensor, x2: Tensor) -> Tensor:
    if x1.dtype not in SIGNED_VIEW:
        return torch.pow(x1, x2)
    return torch.pow(x1.to(torch.int64), x2.to(torch.int64)).to(x1.dtype)  # the low bits are the same


add = _binary(torch.add, _bits(torch.add))
multiply = _binary(torch.mul)
subtract = _binary(torch.sub, _bits(torch.sub))
divide = _binary(torch.div)
floor_divide = _binary(_floor_divide, lambda a, b: _unsigned_division(a, b)[0])
remainder = _binary(_remainder, lambda a, b: _unsigned_division(a, b)[1])
pow = _binary(_pow)
_tensors = pow.mixed


def _mixed_pow(x1: Any, x2: Any, /) -> Tensor:
    if type(x2) is int and x2 < 0 and x1.dtype in INTEGERS:  # torch would give zeros
        raise ArgumentError(
            f"ops.pow got the power {x2} of integers", expected="a power from 0 on", mend="a float power"
        )
    return _tensors(x1, x2)


pow.mixed = _mixed_pow
maximum = _binary(torch.maximum, _extreme(torch.maximum))
minimum = _binary(torch.minimum, _extreme(torch.minimum))
atan2 = _binary(torch.atan2)
copysign = _binary(torch.copysign)
hypot = _binary(torch.hypot)
logaddexp = _binary(torch.logaddexp)
nextafter = _binary(torch.nextafter)


# -- comparisons, logic and bits --

equal = _binary(torch.eq)
not_equal = _binary(torch.ne)
greater = _binary(torch.gt, _compare(torch.gt))
greater_equal = _binary(torch.ge, _compare(torch.ge))
less = _binary(torch.lt, _compare(torch.lt))
less_equal = _binary(torch.le, _compare(torch.le))
logical_and = _binary(torch.logical_and)
logical_or = _binary(torch.logical_or)
logical_xor = _binary(torch.logical_xor)
bitwise_and = _binary(torch.bitwise_and)
bitwise_or = _binary(torch.bitwise_or)
bitwise_xor = _binary(torch.bitwise_xor)


def _left(x1: Tensor, x2: Tensor) -> Tensor:
    bits = 8 * x1.element_size()
    far = x2 >= bits  # the processor takes the count modulo the width
    return torch.where(far, torch.zeros_like(x1), torch.bitwise_left_shift(x1, torch.where(far, 0, x2)))


def _right(x1: Tensor, x2: Tensor) -> Tensor:
    bits = 8 * x1.element_size()
    far = x2 >= bits
    gone = torch.where(x1 < 0, -1, 0).to(x1.dtype) if x1.dtype is not torch.uint8 else torch.zeros_like(x1)
    return torch.where(far, gone, torch.bitwise_right_shift(x1, torch.where(far, 0, x2)))


def _unsigned_right(x1: Tensor, x2: Tensor) -> Tensor:
    if x1.dtype is not torch.uint64:
        return _right(x1.to(torch.int64), x2.to(torch.int64)).to(x1.dtype)
    a, n = x1.view(torch.int64), x2.view(torch.int64)
    first = torch.bitwise_and(torch.bitwise_right_shift(a, 1), 2**63 - 1)  # the sign bit moves in as a value
    rest = _right(first, torch.clamp(n - 1, min=0))
    return torch.where((n == 0), a, torch.where(n < 0, torch.zeros_like(a), rest)).view(torch.uint64)


def _signed_shift(shift: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def call(x1: Tensor, x2: Tensor) -> Tensor:
        signed = SIGNED_VIEW[x1.dtype]
        return shift(x1.view(signed), x2.view(signed)).view(x1.dtype)

    return call


bitwise_left_shift = _binary(_left, _signed_shift(_left))
bitwise_right_shift = _binary(_right, _unsigned_right)


@on_bits
def bitwise_invert(x: Tensor, /) -> Tensor:
    return torch.bitwise_not(x)


# -- of one array --


def _keeping_integers(native: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Rounding leaves integers alone, which torch refuses for some."""

    def call(x: Tensor, /) -> Tensor:
        return native(x) if x.dtype in FLOATING else x.clone()

    return call


ceil = _keeping_integers(torch.ceil)
floor = _keeping_integers(torch.floor)
trunc = _keeping_integers(torch.trunc)


def round(x: Tensor, /) -> Tensor:
    if x.is_complex():
        return torch.complex(torch.round(x.real), torch.round(x.imag))
    return torch.round(x) if x.dtype in FLOATING else x.clone()


def abs(x: Tensor, /) -> Tensor:
    return x.clone() if x.dtype in SIGNED_VIEW else torch.abs(x)


@on_bits
def negative(x: Tensor, /) -> Tensor:
    return torch.neg(x)


def positive(x: Tensor, /) -> Tensor:
    return torch.positive(x) if x.dtype is not torch.bool else x.clone()


def sign(x: Tensor, /) -> Tensor:
    if x.is_complex():
        return torch.sgn(x)
    if x.dtype in SIGNED_VIEW:
        return (x != 0).to(x.dtype)
    # torch calls the sign of nan 0
    return torch.where(torch.isnan(x), x, torch.sign(x)) if x.dtype in FLOATING else torch.sign(x)


@on_bits
def square(x: Tensor, /) -> Tensor:
    return torch.mul(x, x)


def conj(x: Tensor, /) -> Tensor:
    return torch.conj_physical(x)


def real(x: Tensor, /) -> Tensor:
    return torch.real(x)


def imag(x: Tensor, /) -> Tensor:
    return torch.imag(x) if x.is_complex() else torch.zeros_like(x)


def expm1(x: Tensor, /) -> Tensor:
    if not x.is_complex():
        return torch.expm1(x)
    # exp(a + ib) - 1 = expm1(a) cos b - 2 sin(b/2)^2 + i exp(a) sin b, without cancellation near zero
    a, b = x.real, x.imag
    near = torch.complex(
        torch.expm1(a) * torch.cos(b) - 2 * torch.square(torch.sin(b / 2)), torch.exp(a) * torch.sin(b)
    )
    near = torch.where(b == 0, torch.complex(torch.expm1(a) + 0.0, b), near)  # -0 + 0j gives 0 + 0j
    nice = torch.isfinite(a) & torch.isfinite(b)
    limit = torch.exp(x) - 1
    limit = torch.where(
        torch.isneginf(a), torch.complex(-torch.ones_like(a), torch.copysign(torch.zeros_like(b), b)), limit
    )
    limit = torch.where((b == 0) & ~torch.isneginf(a), torch.complex(torch.expm1(a), b), limit)
    return torch.where(nice, near, limit)


def log1p(x: Tensor, /) -> Tensor:
    if not x.is_complex():
        return torch.log1p(x)
    # torch's own is right but where a part is infinite or nan; there the logarithm's rules hold
    return torch.where(torch.isfinite(x.real) & torch.isfinite(x.imag), torch.log1p(x), torch.log(x + 1))


def acos(x: Tensor, /) -> Tensor:
    if not x.is_complex():
        return torch.acos(x)
    y = torch.acos(x)
    # above the real axis the angle falls: torch loses that sign at zero
    return torch.where((x.real == 0) & (x.imag == 0), torch.complex(y.real, -x.imag), y)


def tanh(x: Tensor, /) -> Tensor:
    if not x.is_complex():
        return torch.tanh(x)
    return torch.where(
        torch.isinf(x.real) & torch.isfinite(x.imag),
        torch.complex(torch.sign(x.real), torch.copysign(torch.zeros_like(x.imag), x.imag)),
        torch.tanh(x),
    )


def clip(x: Tensor, /, min: Any = None, max: Any = None) -> Tensor:
    for bound, choose in ((min, maximum), (max, minimum)):
        if bound is None:
            continue
        if isinstance(bound, float) and x.dtype in INTEGERS and not bound.is_integer():
            raise DTypeError(
                f"ops.clip got {x.dtype} and the bound {bound}",
                expected="a whole number: the result keeps the dtype of x",
                mend='ops.clip(ops.astype(x, "float64"), ...)',
            )
        if not isinstance(bound, Tensor):
            bound = torch.full((), bound, dtype=x.dtype if x.dtype not in INTEGERS else torch.int64, device=x.device)
            wide = ordered(x).dtype
            if x.dtype in SIGNED_VIEW:
                bound = bound.to(x.dtype)
            elif x.dtype in INTEGERS:  # a bound beyond the type's range bounds nothing
                info = torch.iinfo(wide)
                bound = torch.clamp(bound, info.min, info.max).to(x.dtype)
        x = choose(x, bound.to(x.dtype))
    return x.clone() if min is None and max is None else x
