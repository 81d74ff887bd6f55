"""A liquid network with a slower clock: it moves at every s-th step, over the time that has gone by since."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.nn.layers.recurrent import CfC, Units
from emberharmony.nn.layers.sequence import sequence
from emberharmony.nn.modules import module, static
from emberharmony.ops import random
from emberharmony.ops.like import listed
from emberharmony.pytree import tree_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["MultiStride", "StrideAwareCfC"]

POOLS = ("last", "mean", "conv")


@module
class StrideAwareCfC:
    """A `CfC` that steps where ``(t - phase) mod stride == 0`` and holds in between; t counts from 0.

        h_t = C(pool(x of the steps since its last), h, time_scale * the time since its last)

    `pool` is `last`, `mean`, or `conv`, a learned weight for each step of a block and each feature. C makes one step
    for `stride` of them. The state is (state of C, inputs that wait, their time spans, the number of steps so far):
    any cut into calls gives what one call gives. There is no mask.

    >>> from emberharmony.ops import random
    >>> layer = StrideAwareCfC(3, 8, stride=4, key=random.key(0))
    >>> y, state = layer(ops.ones((2, 10, 3), dtype="float32"))
    >>> y.shape == (2, 10, 8), state[-1], bool(ops.all(y[:, 1] == y[:, 3])), bool(ops.all(y[:, 3] == y[:, 4]))
    (True, 10, True, False)
    """

    layer: CfC
    time_scale: AnyArray | float
    weights: AnyArray | None  # (stride, I) of `conv`
    stride: int = static()
    phase: int = static()
    pool: str = static()

    def __init__(
        self,
        input_size: int,
        units: Units,
        *,
        key: Key,
        stride: int = 1,
        phase: int = 0,
        pool: str = "last",
        time_scale: float = 1.0,
        learn_time_scale: bool = False,
        dtype: DType = "float32",
        **settings: Any,
    ) -> None:
        if stride != int(stride) or stride < 1 or not 0 <= phase < stride:
            raise ArgumentError(
                f"StrideAwareCfC got stride={stride}, phase={phase}", expected="stride >= 1 and 0 <= phase < stride"
            )
        if pool not in POOLS or not time_scale > 0:
            raise ArgumentError(
                f"StrideAwareCfC got pool={pool!r}, time_scale={time_scale}",
                expected=f"one of {', '.join(POOLS)}, and a scale above 0",
            )
        if settings.get("return_sequences") is False:
            raise ArgumentError("StrideAwareCfC got return_sequences=False", mend="y[:, -1] is the last output")
        self.layer = CfC(input_size, units, key=key, dtype=dtype, **settings)
        self.time_scale = ops.asarray(time_scale, dtype=dtype) if learn_time_scale else float(time_scale)
        self.weights = ops.full((stride, input_size), 1.0 / stride, dtype=dtype) if pool == "conv" else None
        self.stride, self.phase, self.pool = int(stride), int(phase), pool

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.layer.input_size

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.layer.output_size

    @property
    def return_sequences(self) -> bool:
        """Always: it gives every step."""
        return True

    def __call__(
        self,
        x: AnyArray,
        state: Any = None,
        *,
        timespans: AnyArray | float | None = None,
        mask: None = None,
        key: Key | None = None,
    ) -> tuple[Any, Any]:
        """x (B, T, I) or (T, I)  ->  y (B, T, O), and the state; `timespans` and `key` as of `Recurrent`."""
        if mask is not None:
            raise ArgumentError(
                "StrideAwareCfC got a mask",
                expected="none: a block that is partly there has no meaning yet",
                mend="nn.CfC takes masks",
            )
        waiting: Any
        spans: Any
        given, waiting, spans, count = (None, None, None, 0) if state is None else self._opened(state)
        s = sequence(self.layer.cell, x, given, timespans, None)
        inner: Any = s.state[0] if s.single else s.state
        length: int = s.x.shape[1]
        dt: Any = _spread(s.dt, s.x)
        whole: Any = s.x
        if waiting is not None:
            whole = ops.concat([waiting if s.batched else waiting[None], whole], axis=1)
            dt = ops.concat([spans if s.batched else spans[None], dt], axis=1)
        before = whole.shape[1] - length
        moves = [t + before for t in range(length) if (count + t - self.phase) % self.stride == 0]
        held = self.layer.cell.output(inner)
        held = held if self.layer.projection is None else self.layer.projection(held)
        y, after = held[:, None], inner
        if moves:
            pooled, time = self._pooled(whole, dt, moves)
            made, after = self.layer(pooled, inner, timespans=time, key=key)
            y = ops.concat([y, made], axis=1)
        which = [sum(move <= t + before for move in moves) for t in range(length)]
        y = ops.take(y, ops.made_like(y, "asarray", which, dtype="int32"), axis=1) if which else y[:, :0]
        start = moves[-1] + 1 if moves else 0
        waits = [ops.concat([a[:, start:]], axis=1) for a in (whole, dt)]  # copies: the caller may use its memory again
        rest: Any = (after, *waits)
        if not s.batched:
            y = y[0]
            rest = (tree_map(_first, after), rest[1][0], rest[2][0])
        return y, (*rest, count + length)

    def _opened(self, state: Any) -> tuple[Any, Any, Any, int]:
        if not listed(state) or len(state) != 4:
            raise ShapeError(
                f"StrideAwareCfC got a state of type {type(state).__name__}", expected="what the last call returned"
            )
        parts: Any = state
        return parts[0], parts[1], parts[2], parts[3]

    def _pooled(self, x: Any, dt: Any, moves: list[int]) -> tuple[Any, Any]:
        """The input and the time span of every move: of the first, and of the full blocks after it."""
        first, n, s = moves[0] + 1, len(moves) - 1, self.stride
        rows, _, features = x.shape
        blocks = ops.reshape(x[:, first : first + n * s], (rows, n, s, features))
        times = ops.reshape(dt[:, first : first + n * s], (rows, n, s))
        pooled = [self._pool(x[:, None, :first]), self._pool(blocks)]
        time = ops.concat([ops.sum(dt[:, :first], axis=1, keepdims=True), ops.sum(times, axis=2)], axis=1)
        return ops.concat(pooled, axis=1), time * self.time_scale

    def _pool(self, blocks: Any) -> Any:
        """(B, n, s, I) -> (B, n, I)."""
        if self.pool == "last":
            return blocks[:, :, -1]
        if self.pool == "mean":
            return ops.mean(blocks, axis=2)
        assert self.weights is not None
        return ops.sum(blocks * self.weights[self.stride - blocks.shape[2] :], axis=2)


@module
class MultiStride:
    """Networks with different clocks side by side: y has the features of all of them.

    >>> from emberharmony.ops import random
    >>> layer = MultiStride(3, 8, strides=(1, 3, 5), key=random.key(0))
    >>> layer(ops.ones((2, 10, 3), dtype="float32"))[0].shape == (2, 10, 24)
    True
    """

    layers: tuple[StrideAwareCfC, ...]

    def __init__(
        self, input_size: int, units_per_stride: Units, *, strides: tuple[int, ...], key: Key, **settings: Any
    ) -> None:
        if not strides:
            raise ArgumentError("MultiStride got no strides", expected="at least one, such as (1, 3, 5)")
        keys = random.split(key, len(strides))
        self.layers = tuple(
            StrideAwareCfC(input_size, units_per_stride, stride=stride, key=keys[i], **settings)
            for i, stride in enumerate(strides)
        )

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.layers[0].input_size

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return sum(layer.output_size for layer in self.layers)

    @property
    def return_sequences(self) -> bool:
        """Always: it gives every step."""
        return True

    def __call__(
        self,
        x: AnyArray,
        state: Any = None,
        *,
        timespans: AnyArray | float | None = None,
        mask: None = None,
        key: Key | None = None,
    ) -> tuple[Any, Any]:
        """As `StrideAwareCfC.__call__`; the state is the tuple of their states."""
        states: Any = [None] * len(self.layers) if state is None else state
        keys: Any = [None] * len(self.layers) if key is None else random.split(key, len(self.layers))
        found = [
            layer(x, before, timespans=timespans, mask=mask, key=k)
            for layer, before, k in zip(self.layers, states, keys, strict=True)
        ]
        return ops.concat([y for y, _ in found], axis=-1), tuple(after for _, after in found)


def _first(a: Any) -> Any:
    return a[0]


def _spread(dt: Any, x: Any) -> Any:
    """Time spans of any form as (B, T)."""
    shape = tuple(x.shape[:2])
    if not registry.is_array(dt):
        return ops.made_like(x, "full", shape, dt, dtype=x.dtype)
    return ops.broadcast_to(dt, shape)
