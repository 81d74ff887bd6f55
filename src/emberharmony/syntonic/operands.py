"""What may stand beside an array: exact numbers and integer arrays, over one denominator."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from emberharmony._core import Golden
from emberharmony.backend.numpy import planes
from emberharmony.errors import NotAnArrayError, WidthError

if TYPE_CHECKING:
    from emberharmony.backend.numpy.planes import Plane
    from emberharmony.syntonic.array import GoldenArray

FLOATS = "GoldenArray.from_floats(x, bound=...) snaps floats, GoldenArray.from_dyadic(x) takes them exactly"

Policy: TypeAlias = Literal["promote", "raise"]


def operand(x: GoldenArray, value: Any) -> GoldenArray | None:
    """An array for the other side of an operator; None for what is no exact number.

    A float stands for the binary fraction that it is.
    """
    array = type(x)
    if isinstance(value, array):
        return value
    if planes.is_float(value):
        value = float(value)
    if isinstance(value, Golden | Fraction | int | float) and not isinstance(value, bool):
        number = value if isinstance(value, Golden) else Golden(value)
        return array.from_ints(number.a, number.b, number.den)
    if planes.is_float_array(value):
        raise NotAnArrayError(
            "an array of floats beside a GoldenArray",
            expected="exact numbers: floats would be rounded",
            mend=FLOATS,
        )
    return array.from_ints(value) if planes.is_integer_array(value) else None


def exact(x: GoldenArray, value: Any, function: str, argument: str) -> GoldenArray:
    """The array behind an argument that must be one, or a TypeError that says what was given."""
    found = operand(x, value)
    if found is None:
        raise NotAnArrayError(
            f"{function} got {argument} of type {type(value).__name__}",
            expected="a GoldenArray, an array of integers, or an exact number",
            mend=FLOATS,
        )
    return found


def over_one_denominator(*arrays: GoldenArray) -> list[GoldenArray]:
    """The same numbers over the least common denominator."""
    den = lcm(*(x.den for x in arrays))
    return [_scaled(x, den // x.den, den) for x in arrays]


def _scaled(x: GoldenArray, factor: int, den: int) -> GoldenArray:
    if factor == 1:
        return x
    (a, b), times = x.bounds(), type(x).from_ints(factor)
    return x._elementwise("multiply", times, (a * factor, b * factor), den)


def policy(*arrays: GoldenArray) -> Policy:
    """The stricter policy of several arrays."""
    return "raise" if any(x.overflow == "raise" for x in arrays) else "promote"


def written_over(x: GoldenArray, a: Plane, b: Plane, bounds: Any, overflow: Policy) -> GoldenArray:
    """New planes over the denominator of x."""
    return type(x)._of(a, b, x.den, bounds, overflow)


def too_wide(name: str, bound: int) -> WidthError:
    """The error where 64 bits were asked for and do not suffice."""
    return WidthError(
        f"{name} needs {planes.bits(bound)} bits for results that are proven to be below 2^{bound.bit_length()}",
        expected="at most 64 bits, because an operand was made with overflow='raise'",
        mend="make the operands with overflow='promote', or make them smaller: reduced(), requantize(den)",
    )
