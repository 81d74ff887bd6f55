"""The layers that people use: constructors with the names that ncps made known, and one way to call them all."""

from __future__ import annotations

import operator
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError
from emberharmony.nn import kernels
from emberharmony.nn.cells.cfc import CfCCell
from emberharmony.nn.cells.gru import GRUCell
from emberharmony.nn.cells.lstm import LSTMCell
from emberharmony.nn.cells.ltc import LTCCell
from emberharmony.nn.cells.mixed_memory import MixedMemoryCell
from emberharmony.nn.cells.rnn import RNNCell
from emberharmony.nn.cells.wired_cfc import WiredCfCCell
from emberharmony.nn.layers.sequence import sequence
from emberharmony.nn.linear import Linear
from emberharmony.nn.modules import module, replace, static
from emberharmony.nn.wirings import NCP, AutoNCP, FullyConnected, Layered, Random, Wiring
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.nn.kernels.stepper import Stepper
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

Units = int | Wiring | FullyConnected | Random | NCP | AutoNCP | Layered

__all__ = ["GRU", "LSTM", "LTC", "RNN", "CfC", "Recurrent"]


@module
class Recurrent:
    """A cell run over sequences, and a linear map of what it gives where `projection` is not None.

    >>> from emberharmony.ops import random
    >>> from emberharmony.nn.cells import GRUCell
    >>> y, state = Recurrent(GRUCell(3, 5, key=random.key(0)))(ops.ones((2, 4, 3), dtype="float32"))
    >>> y.shape == (2, 4, 5), state.shape == (2, 5)
    (True, True)
    """

    cell: Any  # a `Cell`
    projection: Linear | None = None
    return_sequences: bool = static(default=True)

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.cell.input_size

    @property
    def wiring(self) -> Wiring:
        """The graph of its neurons; of a cell that has one."""
        cell = self.cell.cell if isinstance(self.cell, MixedMemoryCell) else self.cell
        if not hasattr(cell, "wiring"):
            raise ArgumentError(
                f"{type(self).__name__} of a {type(cell).__name__} has no wiring", expected="a wired layer"
            )
        return cell.wiring

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.cell.output_size if self.projection is None else self.projection.bias.shape[0]

    def __call__(
        self,
        x: AnyArray,
        state: Any = None,
        *,
        timespans: AnyArray | float | None = None,
        mask: AnyArray | None = None,
        key: Key | None = None,
    ) -> tuple[Any, Any]:
        """x (B, T, I) or (T, I)  ->  y (B, T, O), and the state after the last step, to go on with.

        - `state` (B, N), a pair of these for cells with two; zeros by default. Any cut of a sequence into calls that
          hand the state on gives what one call gives.
        - `timespans`: the time since the step before: a number, (T,), (B, T) or (B, T, 1); 1 by default, 0 is allowed.
          Differences of time stamps, not the stamps; what stands where the mask is false is not looked at.
        - `mask` (B, T) of bool: where it is false, there is no step. The state goes on as it was, y repeats its output,
          and whatever stands in x there changes nothing.
        - `key`: with it, dropout is on.

        Without the axis B in x there is none in the others. With `return_sequences=False`, y is that of the last step.
        """
        s = sequence(self.cell, x, state, timespans, mask)
        if key is None or not _drops(self.cell):
            y, last = kernels.run(self.cell, s.x, s.state, s.dt, s.mask, self.return_sequences)
        else:
            y, last = kernels.steps(self.cell, s.x, s.state, s.dt, s.mask, self.return_sequences, key)
        if self.projection is not None:
            y = self.projection(y)
        elif not self.return_sequences:
            y = ops.concat([y], axis=0)  # memory of its own: it may be a part of the state
        return s.given(y, last)

    def step(self, x: AnyArray, state: Any = None, dt: AnyArray | float = 1.0) -> tuple[Any, Any]:
        """One step: x (B, I) or (I,), dt a number or (B,)  ->  y, state. As a call on a sequence of one step.

        For a loop that only looks, `stepper()` does the same many times faster.
        """
        given: Any = dt
        spans = given[:, None] if registry.is_array(given) and given.ndim else given
        y, state = self(x[..., None, :], state, timespans=spans)
        return (y[..., 0, :] if self.return_sequences else y), state

    def stepper(self) -> Stepper:
        """This layer as it is now, prepared for one step after the other at batch 1: `y, state = step(x, state, dt)`.

        It holds copies of the weights in the order in which the CPU reads them, and gives no gradient.
        """
        return kernels.stepper(self.cell, self.projection)


@module
class LTC(Recurrent):
    """Liquid time-constant network on a wiring: `LTCCell` over sequences. An int for `units` means all-to-all.

    The settings are those of `LTCCell`. With another solver than `fused`, or with `mixed_memory`, no native kernel
    serves: it runs step by step, many times slower.

    >>> from emberharmony.ops import random
    >>> layer = LTC(3, AutoNCP(16, 4), key=random.key(0))
    >>> y, state = layer(ops.ones((2, 5, 3), dtype="float32"), timespans=ops.asarray([0.5, 0.1, 0.0, 2.0, 1.0]))
    >>> y.shape == (2, 5, 4), state.shape == (2, 16)
    (True, True)
    """

    def __init__(
        self,
        input_size: int,
        units: Units,
        *,
        key: Key,
        proj_size: int | None = None,
        return_sequences: bool = True,
        mixed_memory: bool = False,
        input_mapping: str | None = "affine",
        output_mapping: str | None = "affine",
        ode_unfolds: int = 6,
        solver: str = "fused",
        epsilon: float = 1e-8,
        implicit_param_constraints: bool = True,
        dtype: DType = "float32",
    ) -> None:
        keys = random.split(key, 3)
        cell = LTCCell(
            _built("LTC", input_size, units),
            key=keys[0],
            input_mapping=input_mapping,
            output_mapping=output_mapping,
            ode_unfolds=ode_unfolds,
            solver=solver,
            epsilon=epsilon,
            implicit_param_constraints=implicit_param_constraints,
            dtype=dtype,
        )
        self.cell = _with_memory(cell, mixed_memory, keys[1], dtype)
        self.projection = _projection(cell.output_size, proj_size, keys[2], dtype)
        self.return_sequences = return_sequences

    def projected(self) -> LTC:
        """The layer with the parameters that have to be positive raised to zero where they are below.

        For after each step of an optimizer, where `implicit_param_constraints=False` was asked for.
        """
        if isinstance(self.cell, MixedMemoryCell):
            return replace(self, cell=replace(self.cell, cell=self.cell.cell.projected()))
        return replace(self, cell=self.cell.projected())


@module
class CfC(Recurrent):
    """Closed-form continuous-time network: `CfCCell` over sequences, or `WiredCfCCell` where `units` is a wiring.

    The settings are those of `CfCCell`: by default a backbone of one layer of 128 units. A wired one has no backbone
    and takes `compat` instead. With a wiring *and* `mixed_memory` it runs step by step, many times slower.

    >>> from emberharmony.ops import random
    >>> layer = CfC(3, 16, proj_size=2, key=random.key(0))
    >>> y, state = layer(ops.ones((2, 5, 3), dtype="float32"), timespans=0.1)
    >>> y.shape == (2, 5, 2), state.shape == (2, 16)
    (True, True)
    """

    def __init__(
        self,
        input_size: int,
        units: Units,
        *,
        key: Key,
        proj_size: int | None = None,
        return_sequences: bool = True,
        mixed_memory: bool = False,
        mode: str = "default",
        activation: str = "lecun_tanh",
        backbone_units: int | None = None,
        backbone_layers: int | None = None,
        backbone_dropout: float | None = None,
        compat: str | None = None,
        dtype: DType = "float32",
    ) -> None:
        keys = random.split(key, 3)
        backbone = {
            "backbone_units": backbone_units,
            "backbone_layers": backbone_layers,
            "backbone_dropout": backbone_dropout,
        }
        asked: dict[str, Any] = {name: value for name, value in backbone.items() if value is not None}
        if (count := _count(units)) is not None:
            if compat is not None:
                raise ArgumentError(f"CfC got compat={compat!r} and units={units}", expected="compat with a wiring")
            cell: Any = CfCCell(input_size, count, key=keys[0], mode=mode, activation=activation, dtype=dtype, **asked)
        else:
            if asked or activation != "lecun_tanh":
                got = ", ".join(asked) or f"activation={activation!r}"
                raise ArgumentError(f"CfC got {got} and a wiring", expected="none: a wired CfC has no backbone")
            wiring = _built("CfC", input_size, units)
            cell = WiredCfCCell(wiring, key=keys[0], mode=mode, compat=compat, dtype=dtype)
        self.cell = _with_memory(cell, mixed_memory, keys[1], dtype)
        self.projection = _projection(cell.output_size, proj_size, keys[2], dtype)
        self.return_sequences = return_sequences


@module
class RNN(Recurrent):
    """Plain recurrent network on a wiring: `RNNCell` over sequences. An int for `units` means all-to-all."""

    def __init__(
        self,
        input_size: int,
        units: Units,
        *,
        key: Key,
        proj_size: int | None = None,
        return_sequences: bool = True,
        activation: str = "tanh",
        dtype: DType = "float32",
    ) -> None:
        keys = random.split(key)
        cell = RNNCell(_built("RNN", input_size, units), key=keys[0], activation=activation, dtype=dtype)
        self.cell = cell
        self.projection = _projection(cell.output_size, proj_size, keys[1], dtype)
        self.return_sequences = return_sequences


@module
class GRU(Recurrent):
    """Gated recurrent network: `GRUCell` over sequences, step by step, whatever the time spans; for comparison."""

    def __init__(
        self,
        input_size: int,
        units: int,
        *,
        key: Key,
        proj_size: int | None = None,
        return_sequences: bool = True,
        dtype: DType = "float32",
    ) -> None:
        keys = random.split(key)
        self.cell = GRUCell(input_size, units, key=keys[0], dtype=dtype)
        self.projection = _projection(units, proj_size, keys[1], dtype)
        self.return_sequences = return_sequences


@module
class LSTM(Recurrent):
    """Long short-term memory: `LSTMCell` over sequences, step by step, whatever the time spans; for comparison."""

    def __init__(
        self,
        input_size: int,
        units: int,
        *,
        key: Key,
        proj_size: int | None = None,
        return_sequences: bool = True,
        dtype: DType = "float32",
    ) -> None:
        keys = random.split(key)
        self.cell = LSTMCell(input_size, units, key=keys[0], dtype=dtype)
        self.projection = _projection(units, proj_size, keys[1], dtype)
        self.return_sequences = return_sequences


def _count(units: Any) -> int | None:
    """A number of neurons, in whatever integer it comes; None for a wiring."""
    return operator.index(units) if hasattr(units, "__index__") and not isinstance(units, bool) else None


def _built(layer: str, input_size: int, units: Any) -> Wiring:
    if (count := _count(units)) is not None:
        return FullyConnected(count).build(input_size)
    if not isinstance(units, Wiring | FullyConnected | Random | NCP | AutoNCP | Layered):
        raise ArgumentError(
            f"{layer} got units={units!r}",
            expected="a number of neurons, or a wiring of emberharmony.nn.wirings",
            mend='AutoNCP(..., rng="ncps") draws the graph of the package ncps',
        )
    return units.build(input_size)


def _with_memory(cell: Any, mixed: bool, key: Key, dtype: DType) -> Any:
    if not mixed:
        return cell
    return MixedMemoryCell(LSTMCell(cell.input_size, cell.state_sizes[0], key=key, dtype=dtype), cell)


def _projection(size: int, proj_size: int | None, key: Key, dtype: DType) -> Linear | None:
    return None if proj_size is None else Linear(size, proj_size, key=key, dtype=dtype)


def _drops(cell: Any) -> bool:
    """Whether a cell does something with a key."""
    return getattr(getattr(cell, "cell", cell), "dropout", 0.0) > 0
