"""New arrays, on the current backend and its device unless `device=` says otherwise."""

from __future__ import annotations

from emberharmony import ops
from emberharmony.ops.dispatch import derived, op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from emberharmony.types import A, Device, DType, Nested, Scalar, Shape

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


@op
def arange(
    start: float,
    /,
    stop: float | None = None,
    step: float = 1,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
) -> Any:
    """`start`, `start + step`, ... up to but without `stop`; with one argument, from 0. Integers become int64.

    >>> ops.arange(1, 7, 2).tolist()
    [1, 3, 5]
    """
    ...


@op
def asarray(
    obj: Nested, /, *, dtype: DType | None = None, device: Device | None = None, copy: bool | None = None
) -> Any:
    """An array of the current backend from numbers, nested lists, or any backend's array.

    Integers become int64, floats the backend's own default; an array keeps its dtype. `copy=False` raises where a copy
    is needed, `copy=True` never shares memory. A gradient does not cross backends.

    >>> ops.asarray([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    ...


@op
def empty(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """An array whose elements are whatever was there.

    >>> ops.empty((2, 3)).shape == (2, 3)
    True
    """
    ...


@op
def empty_like(x: A, /, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """An array like `x` whose elements are whatever was there.

    >>> tuple(ops.empty_like(ops.zeros((2, 3))).shape)
    (2, 3)
    """
    ...


@op
def eye(
    n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DType | None = None, device: Device | None = None
) -> Any:
    """Ones on the diagonal `k` above the main one, zeros elsewhere.

    >>> ops.eye(2, 3, k=1).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    ...


@op
def from_dlpack(x: object, /, *, device: Device | None = None, copy: bool | None = None) -> Any:
    """The array of another library that speaks DLPack, as one of the current backend; memory is shared where it can be.

    >>> ops.from_dlpack(ops.asarray([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """
    ...


@op
def full(shape: Shape, fill_value: Scalar, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """An array filled with one number.

    >>> ops.full((2,), 7).tolist()
    [7, 7]
    """
    ...


@op
def full_like(x: A, /, fill_value: Scalar, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """An array like `x`, filled with one number.

    >>> ops.full_like(ops.zeros(2), 7.0).tolist()
    [7.0, 7.0]
    """
    ...


@op
def linspace(
    start: Scalar,
    stop: Scalar,
    /,
    num: int,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    endpoint: bool = True,
) -> Any:
    """`num` evenly spaced numbers from `start` to `stop`, which is the last one unless `endpoint=False`.

    >>> ops.linspace(0.0, 1.0, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    ...


@derived
def meshgrid(*arrays: A, indexing: Literal["xy", "ij"] = "xy") -> tuple[A, ...]:
    """Coordinate arrays from vectors; the first two axes are swapped with "xy", as in plots.

    >>> [a.tolist() for a in ops.meshgrid(ops.asarray([1, 2]), ops.asarray([3, 4]), indexing="ij")]
    [[[1, 1], [2, 2]], [[3, 4], [3, 4]]]
    """
    sizes = [x.shape[0] for x in arrays]
    grids: list[Any] = []
    for i, x in enumerate(arrays):
        grid = ops.broadcast_to(ops.reshape(x, (*(1,) * i, -1, *(1,) * (len(arrays) - i - 1))), tuple(sizes))
        grids.append(ops.moveaxis(grid, 0, 1) if indexing == "xy" and len(arrays) > 1 else grid)
    return tuple(grids)


@op
def ones(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """An array of ones.

    >>> ops.ones((2,)).tolist()
    [1.0, 1.0]
    """
    ...


@op
def ones_like(x: A, /, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """An array of ones like `x`.

    >>> ops.ones_like(ops.asarray([3, 4])).tolist()
    [1, 1]
    """
    ...


@op
def tril(x: A, /, *, k: int = 0) -> A:
    """`x` with zeros above the diagonal `k`.

    >>> ops.tril(ops.asarray([[1, 2], [3, 4]])).tolist()
    [[1, 0], [3, 4]]
    """
    ...


@op
def triu(x: A, /, *, k: int = 0) -> A:
    """`x` with zeros below the diagonal `k`.

    >>> ops.triu(ops.asarray([[1, 2], [3, 4]])).tolist()
    [[1, 2], [0, 4]]
    """
    ...


@op
def zeros(shape: Shape, *, dtype: DType | None = None, device: Device | None = None) -> Any:
    """An array of zeros.

    >>> ops.zeros((2, 2)).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    ...


@op
def zeros_like(x: A, /, *, dtype: DType | None = None, device: Device | None = None) -> A:
    """An array of zeros like `x`.

    >>> ops.zeros_like(ops.asarray([3, 4])).tolist()
    [0, 0]
    """
    ...
