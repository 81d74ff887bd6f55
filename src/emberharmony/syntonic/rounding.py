"""Between exact numbers and floats, and from one lattice to another: the only places where something is rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emberharmony._core import Golden, golden_nearest
from emberharmony.backend import registry
from emberharmony.backend.numpy import planes
from emberharmony.errors import ArgumentError, NotAnArrayError
from emberharmony.syntonic import kernels
from emberharmony.syntonic.operands import policy, too_wide

if TYPE_CHECKING:
    from fractions import Fraction

    from emberharmony.backend.numpy.planes import Plane
    from emberharmony.syntonic.array import GoldenArray
    from emberharmony.syntonic.operands import Policy

LARGEST_BOUND = 2**22
FRACTION = 64  # bits


def to_floats(x: GoldenArray) -> Any:
    """A float64 array of NumPy: the nearest double to each number, a half to the even one.

    An OverflowError where a number is beyond the largest double.
    """
    return kernels.floats((x.a, x.b), x.den)


def floor(x: GoldenArray) -> GoldenArray:
    """The largest whole number that is not above each element."""
    a = planes.from_each(lambda a, b: Golden(a, b, x.den).__floor__(), _big(x), "O")
    return type(x).from_ints(a, overflow=x.overflow)


def from_floats(cls: type[GoldenArray], x: Any, *, bound: int, overflow: Policy = "promote") -> GoldenArray:
    """The nearest element a + b phi with |b| <= bound to each float; the smaller b where two are equally near.

    The error is at most half of the largest gap: 0.0041 for bound 100, 0.00037 for 1000, 0.000034 for 10000. What is an
    element already comes back as itself. The bound is at most 2**22; NaN and infinities are errors.

    >>> GoldenArray.from_floats([1.618033988749895, 0.5], bound=8).tolist()
    [Golden(0, 1), Golden(7, -4)]
    """
    bound, floats = _checked(bound), planes.float_plane(_host(x))
    try:
        (a, b), bounds = kernels.snap(floats, bound)
    except ValueError:
        planes.check_finite(floats)
        raise
    except OverflowError:  # a double of 63 bits or more is a whole number, and its own nearest
        if overflow == "raise":
            raise too_wide("from_floats", int(planes.largest_float(floats))) from None
        giants = planes.beyond(floats, 2.0**62)
        (a, b), _ = kernels.snap(planes.without(floats, giants), bound)
        return cls.from_ints(planes.with_whole(a, floats, giants), b)
    width = planes.width_of(max(bounds))
    return cls._of(planes.cast(a, width), planes.cast(b, width), 1, bounds, overflow, tight=True)


def snap(x: GoldenArray, bound: int) -> GoldenArray:
    """The nearest elements of the ring with |b| <= bound to exact numbers; the smaller b where two are equally near."""
    bound = _checked(bound)
    numbers = [_nearest(Golden(a, b, x.den), bound) for a, b in planes.pairs(*_big(x))]
    return type(x).from_numbers(numbers, overflow=x.overflow).reshape(x.shape)


def _nearest(x: Golden, bound: int) -> Golden:
    # elements with |b| <= 2^22 lie more than 2^-26 apart: between the nearest of two binary fractions about x, 2^-63
    # from each other, there is none
    below = x.floor_scaled(2**FRACTION, 1)
    around = [Golden(*golden_nearest(n, FRACTION, bound)) for n in (below - 1, below + 1)]
    return min(around, key=lambda z: (abs(z - x), z.b, z.a))


def project(x: GoldenArray, window: Golden | Fraction | float) -> GoldenArray:
    """Cut and project: the nearest elements whose conjugates are at most `window` in size.

    They form a Fibonacci chain of two or three gaps, and products of such numbers stay in a window: |(xy)'| <= w^2.
    """
    numbers = [Golden(a, b, x.den).project(window) for a, b in planes.pairs(*_big(x))]
    return type(x).from_numbers(numbers, overflow=x.overflow).reshape(x.shape)


def from_dyadic(cls: type[GoldenArray], x: Any, *, overflow: Policy = "promote") -> GoldenArray:
    """Floats exactly as the binary fractions that they are, over the least power of two that holds them all.

    >>> GoldenArray.from_dyadic([0.75, -2.0])
    GoldenArray.from_ints([3, -8], [0, 0], 4)
    """
    floats = planes.float_plane(_host(x))
    planes.check_finite(floats)
    numerators, shift = planes.binary_fractions(floats)
    return cls.from_ints(numerators, 0, 2**shift, overflow=overflow)


def requantize(x: GoldenArray, den: int = 1) -> GoldenArray:
    """Both integers rounded to multiples of 1 / den, a half to the even one: what keeps numbers small between layers.

    >>> from emberharmony.syntonic import GoldenArray
    >>> requantize(GoldenArray.from_ints([5, 7], [1, 3], 12), den=4)
    GoldenArray.from_ints([2, 2], [0, 1], 4)

    Not the nearest element, which may have integers of any size: the value moves by at most (1 + phi) / (2 den).
    """
    if den < 1:
        raise ArgumentError(f"den={den}", expected="a positive denominator")
    if x.den == den:
        return x
    a, b = (planes.divided_to_nearest(p, den, x.den) for p in (x.a, x.b))
    return type(x).from_ints(a, b, den, overflow=policy(x))


def _big(x: GoldenArray) -> tuple[Plane, Plane]:
    return planes.cast(x.a, planes.BIG), planes.cast(x.b, planes.BIG)


def _checked(bound: Any) -> int:
    if isinstance(bound, bool) or not isinstance(bound, int) or not 0 <= bound <= LARGEST_BOUND:
        raise ArgumentError(
            f"bound={bound!r}",
            expected=f"the largest |b| of the result, an integer from 0 to {LARGEST_BOUND}",
            mend="bound=1000 has an error of at most 0.00037",
        )
    return bound


def _host(x: Any) -> Any:
    """What NumPy can read without a hidden copy from another library."""
    backend = registry.of_type(type(x))
    if backend is not None and backend.name != "numpy":
        raise NotAnArrayError(
            f"an array of {backend.name}", expected="floats of NumPy, or lists", mend='ops.convert(x, "numpy")'
        )
    return x
