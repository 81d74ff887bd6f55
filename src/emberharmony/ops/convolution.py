"""Convolutions (NCL and NCHW), forward and transposed."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Shape

__all__ = ["conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d"]


@derived
def conv1d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape | str = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> A:
    """conv1d."""
    raise NotImplementedError


@derived
def conv2d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape | str = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> A:
    """conv2d."""
    raise NotImplementedError


@derived
def conv_transpose1d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape = 0,
    output_padding: Shape = 0,
    groups: int = 1,
    dilation: Shape = 1,
) -> A:
    """conv_transpose1d."""
    raise NotImplementedError


@derived
def conv_transpose2d(
    x: A,
    weight: A,
    /,
    bias: A | None = None,
    *,
    stride: Shape = 1,
    padding: Shape = 0,
    output_padding: Shape = 0,
    groups: int = 1,
    dilation: Shape = 1,
) -> A:
    """conv_transpose2d."""
    raise NotImplementedError
