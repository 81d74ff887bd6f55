"""Windows of a series of rows, by their definition.

Window `i` of rows `X` (n x f) holds the rows ``X[i hop + j dilation]`` for j = 0, ..., window - 1.
"""

from __future__ import annotations

from typing import NamedTuple

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from emberharmony.types import A

__all__ = ["Cut", "frames", "window_count"]


class Cut(NamedTuple):
    """How windows are cut: rows in a window, rows from window to window, rows from one row of a window to the next."""

    window: int
    hop: int = 1
    dilation: int = 1

    @property
    def span(self) -> int:
        """Rows from the first of a window to its last, both counted."""
        return (self.window - 1) * self.dilation + 1

    def checked(self) -> Cut:
        """Itself, where no part of it is below one."""
        for name, n in self._asdict().items():
            if isinstance(n, bool) or not isinstance(n, int) or n < 1:
                raise ArgumentError(f"windows got {name} {n!r}", expected="a whole number from 1 on")
        return self


def window_count(rows: int, window: int, hop: int = 1, dilation: int = 1) -> int:
    """How many whole windows `rows` rows have: ``floor((n - (w - 1) d - 1) / h) + 1``, and never less than 0.

    >>> window_count(10, 4), window_count(10, 4, hop=3), window_count(10, 4, dilation=4)
    (7, 3, 0)
    """
    return max(0, (rows - Cut(window, hop, dilation).checked().span) // hop + 1)


def frames(x: A, window: int, hop: int = 1, dilation: int = 1) -> A:
    """The windows of a series, one after the other: (n, f) -> (m, window, f), and (n,) -> (m, window).

    A row of `x` is read once for each window that holds it; gradients flow back to it.

    >>> frames(ops.arange(6), 3, hop=2).tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    cut = Cut(window, hop, dilation).checked()
    if x.ndim not in (1, 2):
        raise ShapeError(f"frames got shape {tuple(x.shape)}", expected="rows (n, f), or one feature (n,)")
    count = window_count(x.shape[0], *cut)
    if count == 0:
        return ops.reshape(x[:0], (0, window, *x.shape[1:]))
    index: Any = ops.arange(count)[:, None] * hop + ops.arange(window)[None, :] * dilation
    index = ops.convert(index, like=x)
    rows = ops.take(x, ops.reshape(index, (-1,)), axis=0)
    return ops.reshape(rows, (count, window, *x.shape[1:]))
