"""What layers ask of a cell; any module that answers can be run by `Recurrent`."""

from __future__ import annotations

from typing import Any, Protocol

from emberharmony.backend import registry
from emberharmony.errors import ShapeError

__all__ = ["Cell", "check_span"]


def check_span(name: str, dt: Any) -> None:
    """A time span for each row stands in a column: one that lies in a row would be spread over the neurons."""
    if registry.is_array(dt) and dt.ndim and dt.shape[-1] != 1:
        raise ShapeError(
            f"{name} got dt of shape {tuple(dt.shape)}", expected="a number, or (..., 1)", mend="dt[..., None]"
        )


class Cell(Protocol):
    """A recurrence: pure, with nothing of a sequence in `self`."""

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        ...

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state: one array, or a tuple where there are several."""
        ...

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        ...

    def __call__(self, x: Any, state: Any, dt: Any = 1.0) -> tuple[Any, Any]:
        """x (..., I), state (..., N), dt a number or (..., 1)  ->  output (..., O), new state."""
        ...

    def output(self, state: Any) -> Any:
        """What is given of a state."""
        ...

    def bare(self) -> Any:
        """The same cell, with what does not depend on x computed once."""
        ...
