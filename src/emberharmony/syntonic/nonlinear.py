"""exp, log, tanh, softmax and their like of exact arrays: the same bits on every machine.

No such value is a golden number, so each is rounded: to the nearest a + b phi with |b| <= bound, and to the smaller b
where two are equally near, which only values that are known exactly can be, as sigmoid(0) = 1/2 is. The larger the
bound, the nearer they lie: no further than 0.0041 at 100, 0.00037 at 1000, 0.000034 at 10,000. The native core computes
in integers alone, with a proven bound of the error, and takes more bits where the rounding is not certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from emberharmony import _core
from emberharmony.backend.numpy import planes
from emberharmony.backend.numpy.planes import BIG
from emberharmony.backend.threads import threads
from emberharmony.errors import ArgumentError, EmberError
from emberharmony.syntonic.numbers import phi
from emberharmony.syntonic.operands import exact, policy, too_wide

if TYPE_CHECKING:
    from emberharmony.syntonic.array import GoldenArray, Operand
    from emberharmony.syntonic.operands import Policy

Lack: TypeAlias = tuple[str, int] | None
Integers: TypeAlias = tuple[list[int], list[int], int]

DOMAIN = {
    "log": "positive numbers",
    "sqrt": "numbers that are not negative",
    "layer_norm": "a sum of variance and eps that is positive",
}


def exp(x: GoldenArray, *, bound: int) -> GoldenArray:
    """e^x, rounded to |b| <= bound.

    >>> from emberharmony.syntonic import GoldenArray
    >>> exp(GoldenArray.from_ints([0, 1]), bound=100).tolist()
    [Golden(1, 0), Golden(82, -49)]
    """
    return _each("exp", x, bound)


def log(x: GoldenArray, *, bound: int) -> GoldenArray:
    """The natural logarithm, rounded to |b| <= bound; a number that is not positive is an error."""
    return _each("log", x, bound)


def sin(x: GoldenArray, *, bound: int) -> GoldenArray:
    """The sine, rounded to |b| <= bound, of arguments of any size."""
    return _each("sin", x, bound)


def cos(x: GoldenArray, *, bound: int) -> GoldenArray:
    """The cosine, rounded to |b| <= bound, of arguments of any size."""
    return _each("cos", x, bound)


def tanh(x: GoldenArray, *, bound: int) -> GoldenArray:
    """The hyperbolic tangent, rounded to |b| <= bound."""
    return _each("tanh", x, bound)


def sigmoid(x: GoldenArray, *, bound: int) -> GoldenArray:
    """1 / (1 + e^-x), rounded to |b| <= bound."""
    return _each("sigmoid", x, bound)


def erf(x: GoldenArray, *, bound: int) -> GoldenArray:
    """The error function 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x, rounded to |b| <= bound."""
    return _each("erf", x, bound)


def gelu(x: GoldenArray, *, bound: int) -> GoldenArray:
    """x (1 + erf(x / sqrt 2)) / 2, itself and not its tanh form, rounded to |b| <= bound."""
    return _each("gelu", x, bound)


def sqrt(x: GoldenArray, *, bound: int) -> GoldenArray:
    """The square root, rounded to |b| <= bound; of a negative number it is an error.

    Where the root is a golden integer with so small a b, it is that: the root of phi^2 is phi.
    """
    return _each("sqrt", x, bound)


def softmax(
    x: GoldenArray, axis: int = -1, *, bound: int | None = None, exact_sum: bool = False, den: int | None = None
) -> GoldenArray:
    """e^x_i / sum_j e^x_j along an axis, rounded to |b| <= bound; the sum is then near one, not one.

    With `exact_sum` the results are fractions over `den` whose sum is exactly one: numerators are rounded down, and the
    largest remainders get one more; of equal ones the first.

    >>> from emberharmony.syntonic import GoldenArray
    >>> softmax(GoldenArray.from_ints([0, 1, 1]), exact_sum=True, den=100).a.tolist()
    [16, 42, 42]
    """
    axis = planes.axis_of(axis, x.ndim)
    shape = (*x.shape[:axis], *x.shape[axis + 1 :], x.shape[axis])
    rows = x._like(*(planes.moved(p, axis, -1) for p in (x.a, x.b)))
    if exact_sum:
        if not isinstance(den, int) or bound is not None or den < 1:
            raise ArgumentError(
                f"softmax with exact_sum, den={den!r} and bound={bound!r}", expected="a positive den alone"
            )
        lack, shares = _core.golden_shares(_integers(rows), shape[-1] or 1, den, threads())
        found = _checked("softmax", rows, lack, shares, [0] * len(shares), den)
    elif bound is None or den is not None:
        raise ArgumentError(
            f"softmax with den={den!r} and bound={bound!r}", expected="bound, or exact_sum=True and den"
        )
    else:
        found = _softmax(rows, shape, _bound(bound))
    return found._like(*(planes.moved(p.reshape(shape), -1, axis) for p in (found.a, found.b)))


def layer_norm(
    x: GoldenArray,
    gamma: Operand | None = None,
    beta: Operand | None = None,
    eps: Operand = 1e-8,
    golden_target: bool = True,
    axis: int = -1,
    *,
    bound: int,
) -> GoldenArray:
    """gamma (x - mean) / sqrt(variance + eps) + beta along an axis, rounded once, at the end, to |b| <= bound.

    Golden, the result is phi^(-1/2) times that before beta is added: a variance of 1 / phi. gamma and beta broadcast
    against x. Mean and variance are exact; a float, such as eps, stands for the binary fraction that it is.
    """
    centred = x - x.mean(axis, keepdims=True)
    square = x.var(axis, keepdims=True) + exact(x, eps, "layer_norm", "eps")
    if gamma is not None:
        centred = centred * exact(x, gamma, "layer_norm", "gamma")
    shift = exact(x, 0 if beta is None else beta, "layer_norm", "beta")
    return _quotients("layer_norm", centred, square * phi if golden_target else square, shift, bound)


# -- exact ones, under the names that the first description gave them --


def elementwise_add(x: GoldenArray, y: Operand) -> GoldenArray:
    """x + y, exactly; shapes broadcast."""
    return x + exact(x, y, "elementwise_add", "y")


def elementwise_mul(x: GoldenArray, y: Operand) -> GoldenArray:
    """x y, exactly; shapes broadcast."""
    return x * exact(x, y, "elementwise_mul", "y")


def scalar_add(x: GoldenArray, value: Operand, *, snap: int | None = None) -> GoldenArray:
    """x + value, exactly: a float is the binary fraction that it is, or the nearest a + b phi with |b| <= snap."""
    return x + _scalar(x, value, snap, "scalar_add")


def scalar_mul(x: GoldenArray, value: Operand, *, snap: int | None = None) -> GoldenArray:
    """value x, exactly: a float is the binary fraction that it is, or the nearest a + b phi with |b| <= snap."""
    return x * _scalar(x, value, snap, "scalar_mul")


def negate(x: GoldenArray) -> GoldenArray:
    """-x."""
    return -x


def one_minus(x: GoldenArray) -> GoldenArray:
    """1 - x."""
    return 1 - x


def _scalar(x: GoldenArray, value: Operand, snap: int | None, function: str) -> GoldenArray:
    number = exact(x, value, function, "value")
    if number.size != 1:
        raise ArgumentError(
            f"{function} with shape {number.shape}", expected="one number", mend="x + y, x * y broadcast"
        )
    number = number.reshape(())
    if snap is None:
        return number
    zero, one = type(x).zeros(()), type(x).from_ints(1)
    return _quotients(function, zero, one, number, snap)


# -- to the native core and back --


def _each(name: str, x: GoldenArray, bound: int) -> GoldenArray:
    bound = _bound(bound)
    if x.a.dtype != BIG:
        a, b, memory = _native(x)
        lack = _core.golden_function(name, (a, b), memory, x.den, bound, threads())
        if lack is None or lack[0] != "wide":
            return _checked(name, x, lack, a, b)
    return _checked(name, x, *_core.golden_function_big(name, _integers(x), bound, threads()))


def _softmax(rows: GoldenArray, shape: tuple[int, ...], bound: int) -> GoldenArray:
    length = shape[-1] or 1  # an empty row has no results to be wrong
    if rows.a.dtype != BIG:
        a, b, memory = _native(rows)
        lack = _core.golden_softmax((a, b), memory, length, rows.den, bound, threads())
        return _checked("softmax", rows, lack, a, b)
    return _checked("softmax", rows, *_core.golden_softmax_big(_integers(rows), length, bound, threads()))


def _quotients(name: str, n: GoldenArray, q: GoldenArray, shift: GoldenArray, bound: int) -> GoldenArray:
    """n / sqrt(q) + shift, rounded once."""
    shape = planes.broadcast_shape(n.shape, q.shape, shift.shape)
    n, q, shift = (x.broadcast_to(shape) for x in (n, q, shift))
    found = _core.golden_quotients(_integers(n), _integers(q), _integers(shift), _bound(bound), threads())
    return _checked(name, n, *found, overflow=policy(n, q, shift))


def _bound(bound: Any) -> int:
    if isinstance(bound, bool) or not hasattr(bound, "__index__") or not 0 <= bound.__index__() < 2**63:
        raise ArgumentError(f"bound={bound!r}", expected="an integer from 0 to 2**63 - 1: the largest |b| of a result")
    return bound.__index__()


def _native(x: GoldenArray) -> tuple[Any, Any, tuple[Any, Any]]:
    """Two planes to fill, and those of x in one piece of memory each."""
    a, b = (planes.flat(x.shape, planes.NATIVE[-1]) for _ in "ab")
    return a, b, planes.ready((x.a, x.b), x.shape, x.a.dtype)


def _integers(x: GoldenArray) -> Integers:
    return x.a.reshape(-1).tolist(), x.b.reshape(-1).tolist(), x.den


def _checked(
    name: str, x: GoldenArray, lack: Lack, a: Any, b: Any, den: int = 1, *, overflow: Policy | None = None
) -> GoldenArray:
    """What came back as an array like x, or the error that says which element has no result."""
    if lack is not None:
        _refuse(name, x, *lack)
    a, b = planes.from_integers(a), planes.from_integers(b)
    bounds = planes.bound_of(a), planes.bound_of(b)
    width, overflow = planes.width_of(max(bounds)), overflow or x.overflow
    if width == BIG and overflow == "raise":
        raise too_wide(name, max(bounds))
    a, b = (planes.cast(p, width).reshape(x.shape) for p in (a, b))
    return type(x)._of(a, b, den, bounds, overflow, tight=True)


def _refuse(name: str, x: GoldenArray, kind: str, index: int) -> NoReturn:
    place, number = _place(index, x.shape), str(x.reshape(-1)[index].item())
    number = number if len(number) <= 60 else f"{number[:60]}..."
    came = f"{name} of {number} at {place}" if name != "layer_norm" else f"layer_norm at {place}"
    match kind:
        case "domain":
            raise ArgumentError(came, expected=DOMAIN[name])
        case "range":
            raise ArgumentError(came, expected="results and arguments of at most 2**16 bits")
        case "undecided":
            raise ArgumentError(
                f"{came}: 2**16 bits do not tell which of two golden integers is nearer",
                expected="a value that is not in the middle between two",
                mend="another bound",
            )
        case _:
            raise EmberError(f"{came}: {kind}")


def _place(index: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The index of each axis."""
    place: list[int] = []
    for length in reversed(shape):
        index, last = divmod(index, length)
        place.append(last)
    return tuple(reversed(place))
