"""Elements by index. For writing, see `at`."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Array

__all__ = [
    "take",
    "take_along_axis",
]


@op
def take(x: A, indices: Array, /, *, axis: int | None = None) -> A:
    """The elements of `x` at `indices` along `axis`; a vector needs no axis.

    >>> ops.take(ops.asarray([10, 20, 30]), ops.asarray([2, 0])).tolist()
    [30, 10]
    """
    ...


@op
def take_along_axis(x: A, indices: Array, /, *, axis: int = -1) -> A:
    """For each position, the element of `x` at that position's index along `axis`.

    >>> ops.take_along_axis(ops.asarray([[1, 2], [3, 4]]), ops.asarray([[1], [0]]), axis=1).tolist()
    [[2], [3]]
    """
    ...
