"""manipulation."""

from __future__ import annotations

from emberharmony.errors import ShapeError
from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

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
    """broadcast_arrays."""
    ...


@op
def broadcast_to(x: A, /, shape: tuple[int, ...]) -> A:
    """broadcast_to."""
    ...


@op
def concat(arrays: Sequence[A], /, *, axis: int | None = 0) -> A:
    """concat."""
    ...


@op
def expand_dims(x: A, /, axis: Shape) -> A:
    """expand_dims."""
    ...


@op
def flip(x: A, /, *, axis: Axis = None) -> A:
    """flip."""
    ...


@op
def moveaxis(x: A, source: Shape, destination: Shape, /) -> A:
    """moveaxis."""
    ...


@op
def permute_dims(x: A, /, axes: tuple[int, ...]) -> A:
    """permute_dims."""
    ...


@op
def repeat(x: A, repeats: int | A, /, *, axis: int | None = None) -> A:
    """repeat."""
    ...


@op
def reshape(x: A, /, shape: tuple[int, ...], *, copy: bool | None = None) -> A:
    """reshape."""
    ...


@op
def roll(x: A, /, shift: Shape, *, axis: Axis = None) -> A:
    """roll."""
    ...


@op
def squeeze(x: A, /, axis: Shape) -> A:
    """squeeze."""
    ...


@op
def stack(arrays: Sequence[A], /, *, axis: int = 0) -> A:
    """stack."""
    ...


@op
def tile(x: A, repetitions: tuple[int, ...], /) -> A:
    """tile."""
    ...


@op
def unstack(x: A, /, *, axis: int = 0) -> tuple[A, ...]:
    """unstack."""
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
            raise ShapeError(f"shapes {', '.join(map(str, shapes))} do not broadcast", expected="sizes that are equal or 1")
        result.append(wide.pop() if wide else 1)
    return tuple(result)
