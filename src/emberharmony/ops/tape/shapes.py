"""Rules of ops that move elements about, and of sums of products: `(g, y, *arguments)` -> cotangent of one argument."""

from __future__ import annotations

import builtins
import math
from typing import Any

from emberharmony import ops
from emberharmony.ops.at import index_add, index_get, index_multiply, index_set
from emberharmony.ops.like import axes_of, made_like

_all = slice(None)


def along(axis: int, part: Any) -> tuple[Any, ...]:
    """The index that takes `part` of one axis."""
    return (*(_all,) * axis, part)


# -- shapes --


def _reshape(g: Any, y: Any, x: Any, *_: Any, **__: Any) -> Any:
    return ops.reshape(g, x.shape)


def _permute_dims(g: Any, y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    axes = axes_of("permute_dims", x, axes)
    return ops.permute_dims(g, tuple(builtins.sorted(range(x.ndim), key=axes.__getitem__)))


def _repeat(g: Any, y: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        return ops.reshape(_repeat(g, y, ops.reshape(x, (-1,)), repeats, 0), x.shape)
    axis %= x.ndim
    if hasattr(repeats, "dtype"):
        source = ops.repeat(made_like(x, "arange", x.shape[axis]), repeats)
        return index_add(ops.zeros_like(x), along(axis, source), g)
    return ops.sum(ops.reshape(g, (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :])), axis=axis + 1)


def _roll(g: Any, y: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    back = tuple(-s for s in shift) if isinstance(shift, list | tuple) else -shift
    return ops.roll(g, back, axis=axis)


def _tile(g: Any, y: Any, x: Any, repetitions: tuple[int, ...]) -> Any:
    ndim = max(x.ndim, len(repetitions))
    times = (*(1,) * (ndim - len(repetitions)), *repetitions)
    sizes = (*(1,) * (ndim - x.ndim), *x.shape)
    split = ops.reshape(g, tuple(n for pair in zip(times, sizes, strict=True) for n in pair))
    return ops.reshape(ops.sum(split, axis=tuple(range(0, 2 * ndim, 2))), x.shape)


def _concat(arrays: Any, axis: int | None = 0) -> list[Any]:
    def rule(start: int, end: int, shape: Any) -> Any:
        place = along(0 if axis is None else axis % len(shape), slice(start, end))
        return lambda g, *_, **__: ops.reshape(g[place], shape)

    rules: list[Any] = []
    start = 0
    for a in arrays:
        end = start + (a.size if axis is None else a.shape[axis])
        rules.append(rule(start, end, a.shape))
        start = end
    return rules


def _stack(arrays: Any, axis: int = 0) -> list[Any]:
    return [lambda g, y, *_, i=i, **__: g[along(axis % y.ndim, i)] for i in range(len(arrays))]


def _broadcast_arrays(arrays: Any) -> list[Any]:
    return [lambda g, *_, i=i: g[i] for i in range(len(arrays))]  # the caller sums over what was broadcast


def _trace(g: Any, y: Any, x: Any, offset: int = 0, dtype: Any = None) -> Any:
    eye = made_like(x, "eye", x.shape[-2], x.shape[-1], k=offset, dtype=g.dtype)
    return g[..., None, None] * eye


def _diagonal(g: Any, y: Any, x: Any, offset: int = 0) -> Any:
    rows, columns = x.shape[-2:]
    eye = made_like(x, "eye", rows, columns, k=offset, dtype=g.dtype)
    # each row holds at most one element of the diagonal: place it in its row, then let the mask keep its column
    before = max(0, -offset)
    empty = (*g.shape[:-1],)
    full = ops.concat(
        [
            made_like(x, "zeros", (*empty, before), dtype=g.dtype),
            g,
            made_like(x, "zeros", (*empty, rows - before - g.shape[-1]), dtype=g.dtype),
        ],
        axis=-1,
    )
    return full[..., None] * eye


def _framed(g: Any, y: Any, x: Any, widths: Any, value: Any) -> Any:
    return g[tuple(slice(before, before + n) for (before, _), n in zip(widths, x.shape, strict=True))]


# -- places --


def getitem(g: Any, y: Any, x: Any, index: Any) -> Any:
    """Of `x[index]`: every place that was read gets what its copy got."""
    index = index if isinstance(index, tuple) else (index,)
    zeros = ops.zeros_like(x, dtype=g.dtype)
    return index_add(zeros, index, g) if is_basic(index) else ops.at(zeros)[index].add(g)


def is_basic(index: Any) -> bool:
    """Whether an index names no place twice: numbers, slices, None and an ellipsis."""
    items = index if isinstance(index, tuple) else (index,)
    return builtins.all(item is None or item is ... or item.__class__ in (int, slice) for item in items)


def _take(g: Any, y: Any, x: Any, indices: Any, axis: int | None = None) -> Any:
    return index_add(ops.zeros_like(x, dtype=g.dtype), along((axis or 0) % x.ndim, indices), g)


def _take_along_axis(g: Any, y: Any, x: Any, indices: Any, axis: int = -1) -> Any:
    axis %= x.ndim
    grid = [
        ops.reshape(made_like(x, "arange", n), (*(1,) * a, n, *(1,) * (x.ndim - a - 1))) for a, n in enumerate(y.shape)
    ]
    places = tuple(indices if a == axis else i for a, i in enumerate(grid))
    return index_add(ops.zeros_like(x, dtype=g.dtype), places, g)


def _sort(g: Any, y: Any, x: Any, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    order = ops.argsort(x, axis=axis, descending=descending, stable=stable)
    return _take_along_axis(g, y, x, order, axis)


def _placed(g: Any, y: Any, x: Any, index: Any, value: Any) -> Any:
    """Of `index_set`: a place that was named twice keeps one of the values, and only that one gets its cotangent."""
    number = ops.reshape(made_like(x, "arange", 1, y[index].size + 1), y[index].shape)
    last = index_set(ops.zeros_like(x, dtype=number.dtype), index, number)
    mine = ops.equal(index_get(last, index), number)
    return ops.where(mine, index_get(g, index), ops.zeros_like(y[index]))


def _scale(g: Any, y: Any, x: Any, index: Any, value: Any) -> Any:
    """The product of all others at the place: of zeros the first is spared, a second one is not."""
    zero = ops.equal(value, 0)
    some = ops.where(zero, ops.ones_like(value), value)
    count = index_add(ops.zeros_like(x), index, ops.astype(zero, x.dtype))
    alone = ops.equal(index_get(count, index), 1)
    spared = ops.where(alone, index_get(index_multiply(x, index, some), index), 0.0)
    return index_get(g, index) * ops.where(zero, spared, index_get(y, index) / some)


def _shares(y: Any, x: Any, index: Any, value: Any) -> tuple[Any, Any, Any]:
    """Whether an element, and whether a value, is the extreme one; and how many are at each place."""
    mine = ops.astype(ops.equal(x, y), y.dtype)
    given = ops.astype(ops.equal(index_get(y, index), value), y.dtype)
    return mine, given, index_add(mine, index, given)


def _stayed(g: Any, y: Any, x: Any, index: Any, value: Any) -> Any:
    mine, _, count = _shares(y, x, index, value)
    return g * mine / count


def _came(g: Any, y: Any, x: Any, index: Any, value: Any) -> Any:
    _, given, count = _shares(y, x, index, value)
    return index_get(g / count, index) * given


# -- products --


def _matmul_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:  # (..., M, K) (K) -> (..., M)
        return g * b if a.ndim == 1 else g[..., None] * b
    if a.ndim == 1:  # (K) (..., K, N) -> (..., N)
        return ops.matmul(b, g[..., None])[..., 0]
    return ops.matmul(g, ops.matrix_transpose(b))


def _matmul_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return g * a if b.ndim == 1 else a[:, None] * g[..., None, :]
    if b.ndim == 1:
        return ops.matmul(ops.matrix_transpose(a), g[..., None])[..., 0]
    if b.ndim == 2 and a.ndim > 2:  # a weight under a stack: one product instead of many and a sum
        rows = math.prod(a.shape[:-1])
        left = ops.matrix_transpose(ops.reshape(a, (rows, a.shape[-1])))
        return ops.matmul(left, ops.reshape(g, (rows, g.shape[-1])))
    return ops.matmul(ops.matrix_transpose(a), g)


GENERAL: dict[str, tuple[Any, ...]] = {
    "broadcast_to": (lambda g, y, x, shape: g,),  # the caller sums
    "expand_dims": (_reshape,),
    "flip": (lambda g, y, x, axis=None: ops.flip(g, axis=axis),),
    "framed": (_framed,),
    "index_add": (lambda g, y, x, index, value: g, None, lambda g, y, x, index, value: index_get(g, index)),
    "index_get": (getitem,),
    "index_max": (_stayed, None, _came),
    "index_min": (_stayed, None, _came),
    "index_multiply": (lambda g, y, x, index, value: index_multiply(g, index, value), None, _scale),
    "index_set": (lambda g, y, x, index, value: index_set(g, index, 0.0), None, _placed),
    "linalg.diagonal": (_diagonal,),
    "linalg.trace": (_trace,),
    "matrix_transpose": (lambda g, y, x: ops.matrix_transpose(g),),
    "moveaxis": (lambda g, y, x, source, destination: ops.moveaxis(g, destination, source),),
    "permute_dims": (_permute_dims,),
    "repeat": (_repeat,),
    "reshape": (_reshape,),
    "roll": (_roll,),
    "sort": (_sort,),
    "squeeze": (_reshape,),
    "take": (_take,),
    "take_along_axis": (_take_along_axis,),
    "tile": (_tile,),
    "tril": (lambda g, y, x, k=0: ops.tril(g, k=k),),
    "triu": (lambda g, y, x, k=0: ops.triu(g, k=k),),
    "unstack": (lambda g, y, x, axis=0: ops.stack(g, axis=axis),),
}
BINARY = {"matmul": (_matmul_left, _matmul_right)}
LISTED = {"broadcast_arrays": _broadcast_arrays, "concat": _concat, "stack": _stack}
CONSTANT = (
    "argsort", "device", "empty_like", "full_like", "isin", "linalg.matrix_rank", "nonzero", "ones_like",
    "searchsorted", "unique_all", "unique_counts", "unique_inverse", "unique_values", "zeros_like",
)  # fmt: skip
