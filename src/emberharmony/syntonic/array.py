"""GoldenArray: arrays of exact numbers (a + b phi) / den.

    x = a + b phi,   x y = (ac + bd) + (ad + bc + bd) phi,   phi x = b + (a + b) phi

Two planes of integers and one denominator for all elements. Each operation proves a bound of its result first and takes
the narrowest width that holds it, so nothing overflows: past 64 bits the planes are Python's own integers.
"""
# Longer than 400 lines: one class, whose methods are looked for on it; what they do stands in the files beside it

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import isfinite, lcm
from typing import Any, Literal, TypeAlias

from emberharmony._core import Golden
from emberharmony.backend.numpy import planes
from emberharmony.backend.numpy.planes import BIG, Plane
from emberharmony.errors import ArgumentError, ShapeError, UnsupportedError
from emberharmony.syntonic import kernels, layout, nonlinear, order, products, reductions, rounding
from emberharmony.syntonic.operands import Policy, exact, operand, over_one_denominator, policy, too_wide

Operand: TypeAlias = "GoldenArray | Golden | Fraction | int | float | Plane"


class NoDTypeError(UnsupportedError, AttributeError):
    """The dtype of an exact array was asked for."""


class GoldenArray:
    """An array of exact golden numbers: two planes of integers `a` and `b`, and one positive denominator `den`.

    Never changes in place. `overflow="raise"` stops with a `WidthError` where 64 bits do not suffice, instead of going
    on with Python's integers; results inherit it.

    >>> x = GoldenArray.from_ints([1, 0], [0, 1])       # 1 and phi
    >>> (x * x).tolist()
    [Golden(1, 0), Golden(1, 1)]
    """

    __slots__ = ("_a", "_b", "_bounds", "_den", "_overflow", "_tight")
    __array_ufunc__ = None  # NumPy leaves mixed expressions to us
    __hash__ = None  # pyright: ignore[reportAssignmentType]  equality is element by element, as NumPy's

    _a: Plane
    _b: Plane
    _den: int
    _bounds: tuple[int, int]
    _tight: bool
    _overflow: Policy

    def __init__(self, *parts: object, **named: object) -> None:
        raise TypeError("GoldenArray(...) makes nothing; use GoldenArray.from_ints, from_floats, zeros, eye or snap")

    @classmethod
    def _of(
        cls, a: Plane, b: Plane, den: int, bounds: tuple[int, int], overflow: Policy, *, tight: bool = False
    ) -> GoldenArray:
        """The array of these planes, which nobody else writes, with proven bounds of their elements."""
        new = object.__new__(cls)
        a.flags.writeable = b.flags.writeable = False
        new._a, new._b, new._den, new._bounds, new._overflow, new._tight = a, b, den, bounds, overflow, tight
        return new

    def _like(
        self, a: Plane, b: Plane, *, bounds: tuple[int, int] | None = None, den: int | None = None
    ) -> GoldenArray:
        """Planes with this array's denominator and policy, and its bounds where none are given."""
        return GoldenArray._of(
            a, b, self._den if den is None else den, self._bounds if bounds is None else bounds, self._overflow
        )

    # -- making --

    @classmethod
    def from_ints(cls, a: Any, b: Any = 0, den: int = 1, *, overflow: Policy = "promote") -> GoldenArray:
        """(a + b phi) / den from nested lists, Python integers of any size, or integer arrays; a and b broadcast.

        Arrays are copied: what is written into them later does not reach the numbers.
        """
        if overflow not in ("promote", "raise"):
            raise ArgumentError(f"overflow={overflow!r}", expected="'promote' or 'raise'")
        den = _denominator(den)
        first, second = planes.from_integers(a, what="a"), planes.from_integers(b, what="b")
        if den < 0:
            den, first, second = -den, planes.negative(first), planes.negative(second)
        shape = planes.broadcast_shape(first.shape, second.shape)
        bounds = planes.bound_of(first), planes.bound_of(second)
        width = planes.width_of(max(bounds))
        if width == BIG and overflow == "raise":
            raise too_wide("from_ints", max(bounds))
        first, second = (planes.spread(x, shape).astype(width) for x in (first, second))
        return cls._of(first, second, den, bounds, overflow, tight=True)

    @classmethod
    def from_numbers(cls, values: Any, *, overflow: Policy = "promote") -> GoldenArray:
        """Nested lists of Golden, int, Fraction or float, each taken exactly, over their common denominator."""
        shape, flat = _nested(values)
        numbers = [x if isinstance(x, Golden) else Golden(x) for x in flat]
        den = lcm(1, *(x.den for x in numbers))
        a = [x.a * (den // x.den) for x in numbers]
        b = [x.b * (den // x.den) for x in numbers]
        return cls.from_ints(a, b, den, overflow=overflow).reshape(shape)

    @classmethod
    def zeros(cls, shape: int | Sequence[int]) -> GoldenArray:
        """An array of zeros."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        return cls._of(planes.zeros(shape), planes.zeros(shape), 1, (0, 0), "promote", tight=True)

    @classmethod
    def eye(cls, n: int) -> GoldenArray:
        """The n by n unit matrix."""
        ones = planes.zeros((n, n))
        ones.flat[:: n + 1] = 1
        return cls._of(ones, planes.zeros((n, n)), 1, (min(n, 1), 0), "promote", tight=True)

    # -- what it is --

    @property
    def a(self) -> Plane:
        """The integer plane: a read-only NumPy array, not a copy."""
        return self._a

    @property
    def b(self) -> Plane:
        """The plane of multiples of phi: a read-only NumPy array, not a copy."""
        return self._b

    @property
    def den(self) -> int:
        """The denominator of all elements."""
        return self._den

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._a.shape

    @property
    def ndim(self) -> int:
        """How many axes."""
        return self._a.ndim

    @property
    def size(self) -> int:
        """How many elements."""
        return self._a.size

    @property
    def width(self) -> str:
        """How the integers are kept: "int8" to "int64", or "big"."""
        return "big" if self._a.dtype == BIG else str(self._a.dtype)

    @property
    def dtype(self) -> Any:
        """Exact numbers have none: code that asks for it goes by the rules of rounded ones."""
        raise NoDTypeError(
            "a GoldenArray has no dtype",
            expected="exact operations, which ask for none: the widths of its integers are the array's own affair",
            mend="x.width names the width, x.to_floats() gives an array of float64",
        )

    @property
    def overflow(self) -> Policy:
        """What happens past 64 bits: "promote" goes on with Python's integers, "raise" stops."""
        return self._overflow

    @property
    def T(self) -> GoldenArray:
        """The axes in reverse."""
        return self._like(self._a.T, self._b.T)

    def bounds(self) -> tuple[int, int]:
        """The largest |a| and the largest |b|, exactly; looked for once and kept."""
        if not self._tight:
            self._bounds = planes.bound_of(self._a), planes.bound_of(self._b)
            self._tight = True
        return self._bounds

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a GoldenArray without axes")
        return len(self._a)

    def __iter__(self) -> Iterator[GoldenArray]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> GoldenArray:
        """Any index that NumPy takes: slices, integers, masks, integer arrays. Always an array, if of one element."""
        return self._like(planes.at(self._a, index), planes.at(self._b, index))

    def item(self) -> Golden:
        """The only element."""
        if self.size != 1:
            raise ShapeError(f"item() of {self.size} elements", expected="one")
        return Golden(int(self._a.flat[0]), int(self._b.flat[0]), self._den)

    def tolist(self) -> Any:
        """Nested lists of Golden; one Golden without axes."""

        def nested(a: Any, b: Any) -> Any:
            if isinstance(a, list):
                return [nested(x, y) for x, y in zip(a, b, strict=True)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            return Golden(a, b, self._den)

        return nested(self._a.tolist(), self._b.tolist())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __repr__(self) -> str:
        if self.size > 8:
            return f"<GoldenArray {self.shape} {self.width}, den {self._den}>"
        return f"GoldenArray.from_ints({self._a.tolist()}, {self._b.tolist()}, {self._den})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise TypeError(
            "a GoldenArray is no array of floats; .to_floats() rounds it to one, .a and .b are its integers, "
            ".tolist() its numbers"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self._a, self._b, self._den, self._overflow)

    # -- arithmetic --

    def __add__(self, other: Operand) -> GoldenArray:
        return self._joined("add", other)

    def __sub__(self, other: Operand) -> GoldenArray:
        return self._joined("subtract", other)

    def __rsub__(self, other: Operand) -> GoldenArray:
        mine = operand(self, other)
        return NotImplemented if mine is None else mine._joined("subtract", self)

    def __mul__(self, other: Operand) -> GoldenArray:
        second = operand(self, other)
        if second is None:
            return NotImplemented
        (a1, b1), (a2, b2) = self.bounds(), second.bounds()
        bounds = a1 * a2 + b1 * b2, a1 * b2 + b1 * a2 + b1 * b2
        return self._elementwise("multiply", second, bounds, self._den * second._den)

    __radd__, __rmul__ = __add__, __mul__

    def _joined(self, name: Literal["add", "subtract"], other: Operand) -> GoldenArray:
        second = operand(self, other)
        if second is None:
            return NotImplemented
        first, second = over_one_denominator(self, second)
        bounds = first._bounds[0] + second._bounds[0], first._bounds[1] + second._bounds[1]
        if planes.width_of(max(bounds), first._a) != first._a.dtype:
            (a1, b1), (a2, b2) = first.bounds(), second.bounds()  # a look at the numbers may spare a wider plane
            bounds = a1 + a2, b1 + b2
        return first._elementwise(name, second, bounds, first._den)

    def _elementwise(
        self, name: kernels.Operation, other: GoldenArray, bounds: tuple[int, int], den: int
    ) -> GoldenArray:
        shape = planes.broadcast_shape(self.shape, other.shape)
        width = self._width(name, bounds, other)
        (a, b), bounds = kernels.elementwise(name, (self._a, self._b), (other._a, other._b), shape, width)
        new = GoldenArray._of(a, b, den, bounds, policy(self, other), tight=True)
        return new.compact() if width == BIG else new

    def _width(self, name: str, bounds: tuple[int, int], *others: GoldenArray) -> planes.Width:
        # operands are cast to the width as well: times zero, a large one has a small product
        large = [bound for x in (self, *others) if x._a.dtype == BIG for bound in x.bounds()]
        width = planes.width_of(max(*bounds, *large), self._a, *(x._a for x in others))
        if width == BIG and "raise" in (self._overflow, *(x._overflow for x in others)):
            raise too_wide(name, max(*bounds, *large))
        return width

    def __truediv__(self, other: Operand) -> GoldenArray:
        """By one number, exactly: its conjugate above, its norm below."""
        if (divisor := operand(self, other)) is None:
            return NotImplemented
        if divisor.size != 1:
            raise ArgumentError(
                f"division by an array of shape {divisor.shape}",
                expected="one number: elements would have a denominator each",
                mend="x * y.inverse(), where they may share the product of all norms",
            )
        return self * (1 / divisor.item())

    def __neg__(self) -> GoldenArray:
        return self._like(planes.negative(self._a), planes.negative(self._b))

    def __pos__(self) -> GoldenArray:
        return self

    def __pow__(self, exponent: int) -> GoldenArray:
        """Each element to a whole power that is not negative."""
        if isinstance(exponent, bool) or not hasattr(exponent, "__index__"):
            return NotImplemented
        exponent = exponent.__index__()
        if exponent < 0:
            raise ArgumentError(f"power {exponent}", expected="one that is not negative", mend="x.inverse() ** n")
        power, base = GoldenArray.from_ints(1, overflow=self._overflow).broadcast_to(self.shape), self
        while exponent:
            if exponent & 1:
                power = power * base
            exponent >>= 1
            if exponent:
                base = base * base
        return power

    def __matmul__(self, other: GoldenArray) -> GoldenArray:
        return NotImplemented if (second := operand(self, other)) is None else products.matmul(self, second)

    def __rmatmul__(self, other: Operand) -> GoldenArray:
        return NotImplemented if (first := operand(self, other)) is None else first @ self

    def inverse(self) -> GoldenArray:
        """1 / x of each element, over one denominator: the least common multiple of the norms."""
        numbers = self.reshape(-1).tolist()
        return GoldenArray.from_numbers([x.inverse() for x in numbers], overflow=self._overflow).reshape(self.shape)

    def mul_phi(self, k: int = 1) -> GoldenArray:
        """phi^k x, for any whole k: sums of integers alone, no denominator."""
        from emberharmony.syntonic.numbers import phi_power

        return self * phi_power(k)

    def conj(self) -> GoldenArray:
        """The Galois conjugate: phi becomes 1 - phi."""
        bounds = self._bounds[0] + self._bounds[1], self._bounds[1]
        if planes.width_of(max(bounds), self._a) != self._a.dtype:
            bounds = sum(self.bounds()), self.bounds()[1]  # a look at the numbers may spare a wider plane
        width = self._width("conj", bounds)
        a, b = planes.cast(self._a, width), planes.cast(self._b, width)
        return self._like(planes.add(a, b), planes.negative(b), bounds=bounds)

    # -- order, sums, layout, rounding and functions: each in the file of that name --

    __abs__ = absolute = order.absolute
    sign, compare, argsort, argmax, argmin = order.sign, order.compare, order.argsort, order.argmax, order.argmin
    relu, clip, where, sort, max, min = order.relu, order.clip, order.where, order.sort, order.largest, order.least
    maximum, minimum = order.maximum, order.minimum
    sum, mean, var, prod = reductions.total, reductions.mean, reductions.var, reductions.prod
    split, take, gather, flip = layout.split, layout.take, layout.gather, layout.flip
    broadcast_to, matmul = layout.broadcast_to, products.matmul
    to_floats, floor, snap, project = rounding.to_floats, rounding.floor, rounding.snap, rounding.project
    requantize = rounding.requantize
    exp, log, sin, cos, tanh = nonlinear.exp, nonlinear.log, nonlinear.sin, nonlinear.cos, nonlinear.tanh
    sigmoid, erf, gelu, sqrt = nonlinear.sigmoid, nonlinear.erf, nonlinear.gelu, nonlinear.sqrt
    softmax, layer_norm = nonlinear.softmax, nonlinear.layer_norm
    elementwise_add, elementwise_mul = nonlinear.elementwise_add, nonlinear.elementwise_mul
    scalar_add, scalar_mul = nonlinear.scalar_add, nonlinear.scalar_mul
    negate, one_minus = nonlinear.negate, nonlinear.one_minus
    from_floats, from_dyadic = classmethod(rounding.from_floats), classmethod(rounding.from_dyadic)

    def __lt__(self, other: Operand) -> Plane:
        return self._asked(operator.lt, other)

    def __le__(self, other: Operand) -> Plane:
        return self._asked(operator.le, other)

    def __gt__(self, other: Operand) -> Plane:
        return self._asked(operator.gt, other)

    def __ge__(self, other: Operand) -> Plane:
        return self._asked(operator.ge, other)

    def _asked(self, question: Callable[[Any, Any], Any], other: Operand) -> Plane:
        if _endless(other):
            return planes.filled(self.shape, question(0.0, other))
        return NotImplemented if operand(self, other) is None else question(self.compare(other), 0)

    def __contains__(self, value: object) -> bool:
        return planes.any_true(self == value)

    def __eq__(self, other: object) -> Any:
        """Element by element, as an array of truth values."""
        if _endless(other):
            return planes.filled(self.shape, False)
        if (second := operand(self, other)) is None:
            return NotImplemented
        x, y = over_one_denominator(self, second)
        return planes.equal(x.a, y.a) & planes.equal(x.b, y.b)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if (equal := self.__eq__(other)) is NotImplemented else ~equal

    def reshape(self, *shape: int | Sequence[int]) -> GoldenArray:
        """The same elements in another shape; one length may be -1."""
        wanted: Any = shape[0] if len(shape) == 1 else shape
        try:
            return self._like(self._a.reshape(wanted), self._b.reshape(wanted))
        except ValueError:
            raise ShapeError(f"reshape to {wanted}", expected=f"a shape of {self.size} elements") from None

    def permute(self, *axes: Any) -> GoldenArray:
        """The axes in another order, given one by one or as a tuple; without any, in reverse."""
        return self._like(self._a.transpose(*axes), self._b.transpose(*axes))

    def reduced(self) -> GoldenArray:
        """The same numbers in lowest terms: the common factor of all elements and the denominator taken out."""
        common = planes.gcd_of(self._b, planes.gcd_of(self._a, self._den))
        if common == 1:
            return self
        a, b = planes.divided(self._a, common), planes.divided(self._b, common)
        return GoldenArray._of(a, b, self._den // common, self._bounds, self._overflow).compact()

    def compact(self) -> GoldenArray:
        """The same numbers in the narrowest width that holds them."""
        width = planes.width_of(max(self.bounds()))
        return self if width == self._a.dtype else self._like(planes.cast(self._a, width), planes.cast(self._b, width))


def array_of(x: Any) -> GoldenArray:
    """The array of an exact number, or of integers; an array as it is. A TypeError for anything else."""
    return exact(GoldenArray.zeros(()), x, "GoldenArray", "a value")


def snap(x: Any, bound: int) -> GoldenArray:
    """The nearest element a + b phi with |b| <= bound to each number; the smaller b where two are equally near.

    Floats, in lists or arrays of NumPy, or exact numbers. The error is at most half of the largest gap between two
    elements: 0.0041 for bound 100, 0.00037 for 1000, 0.000034 for 10000.

    >>> snap([1.618033988749895, 0.5], bound=8).tolist()
    [Golden(0, 1), Golden(7, -4)]
    """
    return array_of(x).snap(bound) if isinstance(x, GoldenArray | Golden) else GoldenArray.from_floats(x, bound=bound)


def _endless(value: object) -> bool:
    """Whether this is an infinity or nan: any number stands to it as 0 does."""
    return isinstance(value, float) and not isfinite(value)


def _denominator(den: Any) -> int:
    if isinstance(den, bool) or not hasattr(den, "__index__"):
        raise ArgumentError(f"den={den!r}", expected="an integer")
    den = den.__index__()
    if den == 0:
        raise ZeroDivisionError("den=0; expected a denominator that is not zero")
    return den


def _nested(values: Any) -> tuple[tuple[int, ...], list[Any]]:
    """Shape and elements of nested lists of numbers."""
    if not isinstance(values, list | tuple):
        return (), [values]
    rows = [_nested(row) for row in values]  # pyright: ignore[reportUnknownVariableType]
    shapes = {shape for shape, _ in rows}
    if len(shapes) > 1:
        raise ShapeError("a ragged list", expected=f"rows of one shape, not {sorted(shapes)}")
    shape = (len(rows), *(shapes.pop() if shapes else ()))
    return shape, [x for _, row in rows for x in row]


def _rebuilt(a: Plane, b: Plane, den: int, overflow: Policy) -> GoldenArray:
    """What pickle calls."""
    return GoldenArray.from_ints(a, b, den, overflow=overflow)
