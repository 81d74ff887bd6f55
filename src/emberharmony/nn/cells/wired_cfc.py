"""CfC over a wiring: a small closed-form cell for each of its layers."""

from __future__ import annotations

import itertools
from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.nn.cells.cfc import CfCCell
from emberharmony.nn.modules import module, replace, static
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.nn.wirings import Wiring
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["WiredCfCCell"]


@module
class WiredCfCCell:
    """The layers of a wiring in turn, each a `CfCCell` without backbone that sees the layer before it and itself.

    All heads follow the wiring: a neuron sees those that have a synapse to it, and its own past. With `compat="ncps"`
    the numbers are those of ncps, which lets every neuron of a layer see all of its layer, and cuts F1 and F2 only.

    The state is all layers side by side, in their order; the output is the last of them.
    """

    layers: tuple[CfCCell, ...]
    wiring: Wiring = static()
    compat: str | None = static()

    def __init__(
        self,
        wiring: Wiring,
        *,
        key: Key,
        mode: str = "default",
        compat: str | None = None,
        dtype: DType = "float32",
    ) -> None:
        if compat not in (None, "ncps"):
            raise ArgumentError(f"CfC got compat={compat!r}", expected="None or 'ncps'")
        keys = random.split(key, wiring.num_layers)
        cells: list[CfCCell] = []
        for number, rows in enumerate(_masks(wiring, full=compat is not None)):
            units = len(rows[0])
            made = CfCCell(
                len(rows) - units,
                units,
                key=keys[number],
                mode=mode,
                backbone_layers=0,
                mask=ops.asarray(rows, dtype=dtype),
                dense_time=compat is not None,
                dtype=dtype,
            )
            cells.append(made)
        self.layers, self.wiring, self.compat = tuple(cells), wiring, compat

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.wiring.inputs

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state."""
        return (self.wiring.units,)

    @property
    def output_size(self) -> int:
        """How many features it gives; ncps gives its last layer, whatever the wiring says."""
        return self.wiring.outputs if self.compat is None else len(self.wiring.layers[-1])

    def parts(self, state: Any) -> list[Any]:
        """The state of each layer."""
        found: list[Any] = []
        start = 0
        for layer in self.layers:
            found.append(state[..., start : start + layer.output_size])
            start += layer.output_size
        return found

    def bare(self) -> WiredCfCCell:
        """The same cell with bare layers."""
        return replace(self, layers=tuple(layer.bare() for layer in self.layers))

    def output(self, state: AnyArray) -> Any:
        """What is given of a state: the motor neurons, which are first in the last layer."""
        return self.parts(state)[-1][..., : self.output_size]

    def __call__(self, x: AnyArray, state: AnyArray, dt: AnyArray | float = 1.0) -> tuple[Any, Any]:
        """x (..., I), state (..., N), dt a number or (..., 1)  ->  output (..., O), new state (..., N)."""
        signal: Any = x
        states: list[Any] = []
        for layer, h in zip(self.layers, self.parts(state), strict=True):
            signal, _ = layer(signal, h, dt)
            states.append(signal)
        state = ops.concat(states, axis=-1)
        return self.output(state), state


def _masks(wiring: Wiring, full: bool) -> list[list[list[float]]]:
    """For each layer, who sees whom: rows for what comes in and for the layer itself, a column for each neuron."""
    place = {neuron: (number, i) for number, layer in enumerate(wiring.layers) for i, neuron in enumerate(layer)}
    widths = [wiring.inputs, *map(len, wiring.layers)]
    masks = [
        [[0.0] * width for _ in range(before)] + [[float(full or i == j) for j in range(width)] for i in range(width)]
        for before, width in itertools.pairwise(widths)
    ]
    for source, target, _ in wiring.sensory:
        number, column = place[target]
        if number > 0:
            raise _skipping(f"input {source}", target)
        masks[0][source][column] = 1.0
    for source, target, _ in wiring.synapses:
        (before, row), (number, column) = place[source], place[target]
        if number - before not in (0, 1):
            raise _skipping(f"neuron {source}", target)
        masks[number][row + (0 if before < number else widths[number])][column] = 1.0
    return masks


def _skipping(source: str, target: int) -> ArgumentError:
    return ArgumentError(
        f"CfC got a wiring with a synapse from {source} to neuron {target}, over a layer or back",
        expected="synapses within a layer and to the next: the layers run one after the other",
        mend="LTC runs any wiring",
    )
