"""A memory beside a liquid cell (Lechner and Hasani, 2020: learning long-term dependencies)."""

from __future__ import annotations

from typing import Any

from emberharmony.nn.modules import module, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.nn.cells.lstm import LSTMCell
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray

__all__ = ["MixedMemoryCell"]


@module
class MixedMemoryCell:
    """An LSTM first, whose output then is the state that a liquid cell sees: ``(m, c') = lstm(x, (h, c))``,
    ``(y, h') = cell(x, m, dt)``. The state is the pair (h, c); c carries what dt must not wash away.
    """

    lstm: LSTMCell
    cell: Any

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.cell.input_size

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state."""
        return self.lstm.state_sizes

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.cell.output_size

    def bare(self) -> MixedMemoryCell:
        """The same cell with a bare liquid cell."""
        return replace(self, cell=self.cell.bare())

    def output(self, state: tuple[AnyArray, AnyArray]) -> Any:
        """What is given of a state: what the liquid cell gives of h."""
        return self.cell.output(state[0])

    def __call__(
        self, x: AnyArray, state: tuple[AnyArray, AnyArray], dt: AnyArray | float = 1.0, key: Key | None = None
    ) -> tuple[Any, Any]:
        """x (..., I), (h, c) (..., N) each, dt a number or (..., 1)  ->  output, (new h, new c)."""
        m, (_, c) = self.lstm(x, state)
        y, h = self.cell(x, m, dt) if key is None else self.cell(x, m, dt, key)
        return y, (h, c)
