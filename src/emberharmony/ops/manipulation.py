"""Shapes and order: nothing here changes a value."""

from __future__ import annotations

from emberharmony.errors import ShapeError
from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emberharmony.types import A, Array, Axis, Shape

__all__ = [
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "tile",
    "unstack",
]


@op
def broadcast_arrays(*arrays: A) -> tuple[A, ...]:
    """All arrays in the shape they broadcast to.

    >>> [a.tolist() for a in ops.broadcast_arrays(ops.asarray([1, 2]), ops.asarray([[3]]))]
    [[[1, 2]], [[3, 3]]]
    """
    ...


@op
def broadcast_to(x: A, /, shape: Shape) -> A:
    """`x` repeated to a shape along axes of length 1; a whole number is a shape of one axis.

    >>> ops.broadcast_to(ops.asarray([1, 2]), (2, 2)).tolist()
    [[1, 2], [1, 2]]
    """
    ...


@op
def concat(arrays: Sequence[A], /, *, axis: int | None = 0) -> A:
    """Arrays joined along an axis that exists; with `axis=None`, flattened first.

    >>> ops.concat([ops.asarray([1, 2]), ops.asarray([3])]).tolist()
    [1, 2, 3]
    """
    ...


@op
def expand_dims(x: A, /, axis: Shape) -> A:
    """`x` with new axes of length 1 at the positions `axis` of the result.

    >>> tuple(ops.expand_dims(ops.zeros((2, 3)), 1).shape)
    (2, 1, 3)
    """
    ...


@op
def flip(x: A, /, *, axis: Axis = None) -> A:
    """`x` backwards along `axis`, along all without.

    >>> ops.flip(ops.asarray([1, 2, 3])).tolist()
    [3, 2, 1]
    """
    ...


@op
def moveaxis(x: A, source: Shape, destination: Shape, /) -> A:
    """`x` with axes moved from `source` to `destination`; the others keep their order.

    >>> tuple(ops.moveaxis(ops.zeros((2, 3, 4)), 0, -1).shape)
    (3, 4, 2)
    """
    ...


@op
def permute_dims(x: A, /, axes: tuple[int, ...]) -> A:
    """`x` with its axes in the order `axes`.

    >>> ops.permute_dims(ops.asarray([[1, 2], [3, 4]]), (1, 0)).tolist()
    [[1, 3], [2, 4]]
    """
    ...


@op
def repeat(x: A, repeats: int | Array, /, *, axis: int | None = None) -> A:
    """Each element `repeats` times, along `axis` or of the flattened array.

    With an array of repeats the shape depends on the data: on MLX this waits for it.

    >>> ops.repeat(ops.asarray([1, 2]), 2).tolist()
    [1, 1, 2, 2]
    """
    ...


@op
def reshape(x: A, /, shape: tuple[int, ...], *, copy: bool | None = None) -> A:
    """`x` in another shape with as many elements, in row-major order; one length may be -1.

    >>> ops.reshape(ops.asarray([1, 2, 3, 4]), (2, -1)).tolist()
    [[1, 2], [3, 4]]
    """
    ...


@op
def roll(x: A, /, shift: Shape, *, axis: Axis = None) -> A:
    """`x` shifted along `axis`; what leaves at one end comes in at the other.

    >>> ops.roll(ops.asarray([1, 2, 3]), 1).tolist()
    [3, 1, 2]
    """
    ...


@op
def squeeze(x: A, /, axis: Shape | None = None) -> A:
    """`x` without the axes `axis`, which must have length 1; without `axis`, without all axes of length 1.

    >>> tuple(ops.squeeze(ops.zeros((1, 3)), 0).shape)
    (3,)
    """
    ...


@op
def stack(arrays: Sequence[A], /, *, axis: int = 0) -> A:
    """Arrays of one shape joined along a new axis.

    >>> ops.stack([ops.asarray([1, 2]), ops.asarray([3, 4])]).tolist()
    [[1, 2], [3, 4]]
    """
    ...


@op
def tile(x: A, repetitions: Shape, /) -> A:
    """`x` repeated as a whole along each axis; a whole number is along the last.

    >>> ops.tile(ops.asarray([1, 2]), (2,)).tolist()
    [1, 2, 1, 2]
    """
    ...


@op
def unstack(x: A, /, *, axis: int = 0) -> tuple[A, ...]:
    """The slices of `x` along `axis`, as a tuple.

    >>> [a.tolist() for a in ops.unstack(ops.asarray([[1, 2], [3, 4]]))]
    [[1, 2], [3, 4]]
    """
    ...


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that all `shapes` broadcast to.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    result: list[int] = []
    width = max((len(shape) for shape in shapes), default=0)
    for sizes in zip(*((1,) * (width - len(shape)) + tuple(shape) for shape in shapes), strict=True):
        wide = {size for size in sizes if size != 1}
        if len(wide) > 1:
            raise ShapeError(
                f"shapes {', '.join(map(str, shapes))} do not broadcast", expected="sizes that are equal or 1"
            )
        result.append(wide.pop() if wide else 1)
    return tuple(result)
