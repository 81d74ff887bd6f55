"""Layers of layers: one on top of another, and one from each end."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError
from emberharmony.nn.cells.cfc import dropped
from emberharmony.nn.modules import module, static
from emberharmony.ops import random
from emberharmony.ops.like import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.nn.layers.recurrent import Recurrent
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray

__all__ = ["Bidirectional", "Stacked"]


@module
class Stacked:
    """Layers one on top of another: each reads what the one below gives. The state is the tuple of their states.

    With a `key`, a part `dropout` of the features between two layers is dropped.

    >>> from emberharmony.ops import random
    >>> keys = random.split(random.key(0))
    >>> y, states = Stacked((CfC(3, 8, key=keys[0]), CfC(8, 4, key=keys[1])))(ops.ones((2, 5, 3), dtype="float32"))
    >>> y.shape == (2, 5, 4), len(states)
    (True, 2)
    """

    layers: tuple[Any, ...]
    dropout: float = static(default=0.0)

    def __post_init__(self) -> None:
        if not self.layers or not 0 <= self.dropout < 1:
            raise ArgumentError(
                f"Stacked got {len(self.layers)} layers and dropout={self.dropout}",
                expected="at least one layer, and a rate from 0 to below 1",
            )
        for below, above in zip(self.layers, self.layers[1:], strict=False):
            if below.output_size != above.input_size or not below.return_sequences:
                raise ArgumentError(
                    f"Stacked got a layer that gives {below.output_size} features (return_sequences="
                    f"{below.return_sequences}) below one that takes {above.input_size}",
                    expected="as many, at every step",
                )

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.layers[0].input_size

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.layers[-1].output_size

    @property
    def return_sequences(self) -> bool:
        """Whether it gives every step, or the last."""
        return self.layers[-1].return_sequences

    def __call__(
        self,
        x: AnyArray,
        state: Any = None,
        *,
        timespans: AnyArray | float | None = None,
        mask: AnyArray | None = None,
        key: Key | None = None,
    ) -> tuple[Any, Any]:
        """As `Recurrent.__call__`."""
        count = len(self.layers)
        states: Any = [None] * count if state is None else state
        if not listed(states) or len(states) != count:
            raise ArgumentError(f"Stacked got a state of type {type(state).__name__}", expected=f"a tuple of {count}")
        keys: Any = [None] * (2 * count) if key is None else random.split(key, 2 * count)
        y: Any = x
        last: list[Any] = []
        for i, (layer, before) in enumerate(zip(self.layers, states, strict=True)):
            if i and key is not None and self.dropout:
                y = dropped(keys[count + i], y, self.dropout)
            y, after = layer(y, before, timespans=timespans, mask=mask, key=keys[i])
            last.append(after)
        return y, tuple(last)


@module
class Bidirectional:
    """A layer that reads forwards and one that reads backwards, side by side: y has the features of both.

    Backwards, the time since the step before is the time until the step after: the spans move by one place, and the
    last step, which is read first, takes the first span. The state is the pair of their states.

    >>> from emberharmony.ops import random
    >>> keys = random.split(random.key(0))
    >>> both = Bidirectional(CfC(3, 8, key=keys[0]), CfC(3, 8, key=keys[1]))
    >>> both(ops.ones((2, 5, 3), dtype="float32"))[0].shape == (2, 5, 16)
    True
    """

    forwards: Recurrent
    backwards: Recurrent

    def __post_init__(self) -> None:
        one, other = self.forwards, self.backwards
        if one.input_size != other.input_size or one.return_sequences != other.return_sequences:
            raise ArgumentError(
                f"Bidirectional got layers of {one.input_size} and {other.input_size} features, return_sequences="
                f"{one.return_sequences} and {other.return_sequences}",
                expected="the same for both",
            )

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.forwards.input_size

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.forwards.output_size + self.backwards.output_size

    @property
    def return_sequences(self) -> bool:
        """Whether it gives every step, or the last that each layer reads."""
        return self.forwards.return_sequences

    def __call__(
        self,
        x: AnyArray,
        state: Any = None,
        *,
        timespans: AnyArray | float | None = None,
        mask: AnyArray | None = None,
        key: Key | None = None,
    ) -> tuple[Any, Any]:
        """As `Recurrent.__call__`."""
        before: Any = (None, None) if state is None else state
        if not listed(before) or len(before) != 2:
            raise ArgumentError(f"Bidirectional got a state of type {type(state).__name__}", expected="a pair")
        keys: Any = (None, None) if key is None else random.split(key)
        y, after = self.forwards(x, before[0], timespans=timespans, mask=mask, key=keys[0])
        z, other = self.backwards(
            ops.flip(x, axis=-2),
            before[1],
            timespans=_backwards(timespans, mask, x.ndim),
            mask=None if mask is None else ops.flip(mask, axis=_time(mask, x.ndim)),
            key=keys[1],
        )
        z = ops.flip(z, axis=-2) if self.return_sequences else z
        return ops.concat([y, z], axis=-1), (after, other)


def _time(a: Any, ndim: int) -> int:
    """The axis of time in spans or a mask, which may have an axis of length 1 behind it."""
    return -1 if a.ndim < ndim else -2


def _backwards(timespans: Any, mask: Any, ndim: int) -> Any:
    """For each step the span of the next one that is there, turned around; for the last one, the first span."""
    if not registry.is_array(timespans) or not timespans.ndim:
        return timespans
    dt: Any = timespans if timespans.ndim < ndim else timespans[..., 0]
    if mask is None:
        return ops.concat([dt[..., :1], ops.flip(dt[..., 1:], axis=-1)], axis=-1)
    there = ops.astype(mask if mask.ndim < ndim else mask[..., 0], "int64")
    order = ops.argsort(1 - there, axis=-1, stable=True)  # steps that are there first, in their order
    listed = ops.take_along_axis(ops.broadcast_to(dt, there.shape), order, axis=-1)
    following = ops.cumulative_sum(there, axis=-1)  # the place in the list of the next one
    following = ops.where(following < ops.sum(there, axis=-1, keepdims=True), following, 0)
    return ops.flip(ops.take_along_axis(listed, following, axis=-1), axis=-1)
