"""Exact arrays in the tables of `ops`: generic code runs on them, and what cannot be exact raises by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emberharmony import ops
from emberharmony.backend.numpy import planes
from emberharmony.errors import AxisError, UnsupportedError
from emberharmony.syntonic import kernels, layout, linalg, order, products, reductions, rounding
from emberharmony.syntonic.array import GoldenArray, array_of
from emberharmony.syntonic.operands import operand

# what leaves the field, and the method that takes a bound for the lattice that it is rounded to
ROUNDED = ("exp", "log", "sin", "cos", "tanh", "sqrt", "sigmoid", "softmax", "gelu", "special.erf")
# what leaves the field and has no method
BEYOND = (
    *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cosh", "sinh", "tan", "expm1", "hypot"),
    *("log10", "log1p", "log2", "logaddexp", "std"),
)

LEAVING = "x.to_floats() gives the nearest doubles, for ops.convert as well; x.a, x.b and x.den are the integers"


def _pair(function: Callable[[GoldenArray, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator whose exact array may stand on either side."""

    def joined(x: Any, y: Any, /) -> Any:
        first, second = array_of(x), array_of(y)
        return function(first, second)

    return joined


def _sum(x: GoldenArray, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> GoldenArray:
    _exact_only("sum", dtype)
    return x.sum(axis, keepdims=keepdims)


def _prod(x: GoldenArray, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> GoldenArray:
    _exact_only("prod", dtype)
    return x.prod(axis, keepdims=keepdims)


def _exact_only(name: str, dtype: Any) -> None:
    if dtype is not None:
        raise UnsupportedError(
            f"ops.{name}(..., dtype={dtype})", expected="no dtype: exact numbers have one kind", mend="x.to_floats()"
        )


def _var(x: GoldenArray, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> GoldenArray:
    if correction != int(correction):
        raise UnsupportedError(f"ops.var(..., correction={correction})", expected="a whole number")
    return x.var(axis, correction=int(correction), keepdims=keepdims)


def _pow(x: Any, n: Any, /) -> GoldenArray:
    if (power := operand(array_of(x), n)) is None or power.size != 1 or power.item() - power.item().__floor__():
        raise UnsupportedError(f"ops.pow to the power {n!r}", expected="one whole number", mend="x ** n")
    return array_of(x) ** power.item().__floor__()


def _divide(x: Any, y: Any, /) -> GoldenArray:
    return array_of(x) / array_of(y)


def _reshape(x: GoldenArray, /, shape: tuple[int, ...], *, copy: bool | None = None) -> GoldenArray:
    del copy  # exact arrays never change: a copy cannot be told from the array
    return x.reshape(shape)


def _where(condition: Any, x: Any, y: Any, /) -> GoldenArray:
    return order.where(array_of(x), condition, y)


def _clip(x: GoldenArray, /, min: Any = None, max: Any = None) -> GoldenArray:
    return order.clip(x, min, max)


def _sorted(x: GoldenArray, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> GoldenArray:
    del stable  # it is
    return x.sort(axis, descending=descending)


def _argsort(x: GoldenArray, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    del stable
    return x.argsort(axis, descending=descending)


def _take(x: GoldenArray, indices: Any, /, *, axis: int | None = None) -> GoldenArray:
    return layout.take(x, indices, 0 if axis is None else axis)


def _squeeze(x: GoldenArray, /, axis: Any = None) -> GoldenArray:
    axes = planes.axes_of(axis, x.ndim) if axis is not None else tuple(i for i, n in enumerate(x.shape) if n == 1)
    wrong = [i for i in axes if x.shape[i] != 1]
    if wrong:
        raise AxisError(f"squeeze of axis {wrong[0]} of shape {x.shape}", expected="axes of length 1")
    return x.reshape(tuple(n for i, n in enumerate(x.shape) if i not in axes))


def _expand_dims(x: GoldenArray, /, axis: Any) -> GoldenArray:
    count = x.ndim + (len(axis) if isinstance(axis, tuple) else 1)
    axes, rest = planes.axes_of(axis, count), iter(x.shape)
    return x.reshape(tuple(1 if i in axes else next(rest) for i in range(count)))


def _moveaxis(x: GoldenArray, source: Any, destination: Any, /) -> GoldenArray:
    return x._like(planes.moved(x.a, source, destination), planes.moved(x.b, source, destination))


def _matrix_transpose(x: GoldenArray, /) -> GoldenArray:
    return _moveaxis(x, -1, -2)


def _filled(value: int) -> Callable[..., GoldenArray]:
    def like(x: GoldenArray, /, *, dtype: Any = None, device: Any = None) -> GoldenArray:
        _exact_only("zeros_like", dtype)
        del device
        return GoldenArray.from_ints(value, overflow=x.overflow).broadcast_to(x.shape)

    return like


def _full_like(x: GoldenArray, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> GoldenArray:
    _exact_only("full_like", dtype)
    del device
    filled = array_of(fill_value)
    return type(x)._of(filled.a, filled.b, filled.den, filled.bounds(), x.overflow).broadcast_to(x.shape)


def _vecdot(x: Any, y: Any, /, *, axis: int = -1) -> GoldenArray:
    return (array_of(x) * array_of(y)).sum(axis)


def _dot(x: Any, y: Any, /) -> GoldenArray:
    first, second = array_of(x), array_of(y)
    return first * second if not first.ndim or not second.ndim else products.tensordot(first, second, 1)


def _tensordot(x: Any, y: Any, /, *, axes: Any = 2) -> GoldenArray:
    return products.tensordot(array_of(x), array_of(y), axes)


def _cumulative_sum(
    x: GoldenArray, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> GoldenArray:
    _exact_only("cumulative_sum", dtype)
    return reductions.cumulative_sum(x, axis, include_initial=include_initial)


def _unstack(x: GoldenArray, /, *, axis: int = 0) -> tuple[GoldenArray, ...]:
    return tuple(_moveaxis(x, axis, 0))


def _triangle(lower: bool) -> Callable[..., GoldenArray]:
    def triangle(x: GoldenArray, /, *, k: int = 0) -> GoldenArray:
        return order.where(x, planes.triangle(x.shape, k, lower=lower), 0)

    return triangle


def _trace(x: GoldenArray, /, *, offset: int = 0, dtype: Any = None) -> GoldenArray:
    _exact_only("linalg.trace", dtype)
    return _diagonal(x, offset=offset).sum(-1)


def _diagonal(x: GoldenArray, /, *, offset: int = 0) -> GoldenArray:
    return x._like(planes.diagonal(x.a, offset), planes.diagonal(x.b, offset))


def _broadcast_arrays(*arrays: Any) -> tuple[GoldenArray, ...]:
    found = [*map(array_of, arrays)]
    shape = planes.broadcast_shape(*(x.shape for x in found))
    return tuple(layout.broadcast_to(x, shape) for x in found)


def _truth(name: str) -> Callable[..., Any]:
    """any, all or the count of what is not zero: of truth values, which are NumPy's."""

    def asked(x: GoldenArray, /, **named: Any) -> Any:
        return getattr(ops, name)(x != 0, **named)

    return asked


def _rank(x: GoldenArray, /, *, rtol: Any = None) -> Any:
    del rtol  # a rank is exact here: nothing is nearly zero
    return planes.from_integers(linalg.rank(x))


def _named(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method whose axis is positional, as an op, whose axis is a keyword."""

    def called(x: GoldenArray, /, **named: Any) -> Any:
        return function(x, **named)

    return called


def _refused(name: str, mend: str, result: str = "no exact number") -> Callable[..., Any]:
    def refused(*arguments: Any, **named: Any) -> Any:
        raise UnsupportedError(f"ops.{name} of exact numbers is {result}", expected="what stays in Q(phi)", mend=mend)

    return refused


def _missing(name: str) -> Callable[..., Any]:
    def missing(*arguments: Any, **named: Any) -> Any:
        raise UnsupportedError(
            f"ops.{name} does not exist for exact numbers",
            expected="one of the ops that do: sorted(emberharmony.syntonic.table.FUNCTIONS)",
            mend=f"ops.{name}(x.to_floats()) rounds to doubles first",
        )

    return missing


FUNCTIONS: dict[str, Callable[..., Any]] = {
    # arithmetic
    "add": _pair(lambda x, y: x + y),
    "subtract": _pair(lambda x, y: x - y),
    "multiply": _pair(lambda x, y: x * y),
    "divide": _divide,
    "pow": _pow,
    "negative": lambda x, /: -x,
    "positive": lambda x, /: x,
    "abs": order.absolute,
    "square": lambda x, /: x * x,
    "sign": lambda x, /: GoldenArray.from_ints(order.sign(x)),
    "floor": rounding.floor,
    "relu": order.relu,
    # order
    "less": _pair(lambda x, y: x < y),
    "less_equal": _pair(lambda x, y: x <= y),
    "greater": _pair(lambda x, y: x > y),
    "greater_equal": _pair(lambda x, y: x >= y),
    "equal": _pair(lambda x, y: x == y),
    "not_equal": _pair(lambda x, y: x != y),
    "maximum": _pair(order.maximum),
    "minimum": _pair(order.minimum),
    "clip": _clip,
    "where": _where,
    "max": _named(order.largest),
    "min": _named(order.least),
    "argmax": _named(order.argmax),
    "argmin": _named(order.argmin),
    "sort": _sorted,
    "argsort": _argsort,
    # sums
    "sum": _sum,
    "prod": _prod,
    "cumulative_sum": _cumulative_sum,
    "mean": _named(reductions.mean),
    "var": _var,
    # layout
    "reshape": _reshape,
    "permute_dims": lambda x, /, axes: x.permute(axes),
    "matrix_transpose": _matrix_transpose,
    "moveaxis": _moveaxis,
    "expand_dims": _expand_dims,
    "squeeze": _squeeze,
    "concat": lambda arrays, /, *, axis=0: layout.concat(arrays, axis),
    "stack": lambda arrays, /, *, axis=0: layout.stack(arrays, axis),
    "split": layout.split,
    "take": _take,
    "take_along_axis": lambda x, indices, /, *, axis=-1: layout.gather(x, indices, axis),
    "broadcast_to": lambda x, /, shape: layout.broadcast_to(x, shape),
    "broadcast_arrays": _broadcast_arrays,
    "flip": _named(layout.flip),
    "ravel": lambda x, /: x.reshape(-1),
    "unstack": _unstack,
    "tril": _triangle(lower=True),
    "triu": _triangle(lower=False),
    "linalg.diagonal": _diagonal,
    "zeros_like": _filled(0),
    "ones_like": _filled(1),
    "full_like": _full_like,
    # products
    "matmul": _pair(products.matmul),
    "vecdot": _vecdot,
    "dot": _dot,
    "tensordot": _tensordot,
    "linalg.outer": _pair(products.outer),
    "linalg.trace": _trace,
    "linalg.det": linalg.det,
    "linalg.solve": _pair(linalg.solve),
    "linalg.inv": linalg.inv,
    "linalg.matrix_power": linalg.matrix_power,
    "linalg.matrix_rank": _rank,
    # what is known of every exact number
    "any": _truth("any"),
    "all": _truth("all"),
    "count_nonzero": _truth("count_nonzero"),
    "nonzero": lambda x, /: ops.nonzero(x != 0),
    "isfinite": lambda x, /: kernels.signs((x.a, x.b)) <= 1,
    "isnan": lambda x, /: kernels.signs((x.a, x.b)) > 1,
    "isinf": lambda x, /: kernels.signs((x.a, x.b)) > 1,
    # to the host: exact numbers are Python's Golden there, and floats where they are asked for by name
    "tolist": lambda x, /: array_of(x).tolist(),
    "item": lambda x, /: array_of(x).item(),
    **{name: _refused(name, LEAVING, "rounded") for name in ("convert", "to_numpy")},
    "unsupported": _missing,
    # what is not exact
    **{
        name: _refused(name, f"x.{name.rpartition('.')[2]}(bound=...) rounds to a lattice, the same bits everywhere")
        for name in ROUNDED
    },
    **{name: _refused(name, f"ops.{name}(x.to_floats())") for name in BEYOND},
}
