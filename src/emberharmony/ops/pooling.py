"""Pooling over windows of the last one (NCL) or two (NCHW) axes."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Shape

__all__ = ["avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d"]


@derived
def max_pool1d(x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0) -> A:
    """max_pool1d."""
    raise NotImplementedError


@derived
def max_pool2d(x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0) -> A:
    """max_pool2d."""
    raise NotImplementedError


@derived
def avg_pool1d(
    x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0, count_include_pad: bool = True
) -> A:
    """avg_pool1d."""
    raise NotImplementedError


@derived
def avg_pool2d(
    x: A, /, kernel: Shape, *, stride: Shape | None = None, padding: Shape = 0, count_include_pad: bool = True
) -> A:
    """avg_pool2d."""
    raise NotImplementedError
