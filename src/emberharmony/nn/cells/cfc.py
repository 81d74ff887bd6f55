"""The closed-form continuous-time cell (Hasani et al., Nature Machine Intelligence 4, 2022)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.nn.cells.cell import check_span
from emberharmony.nn.linear import Linear
from emberharmony.nn.modules import buffer, module, replace, static
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["CfCCell"]


def lecun_tanh(u: Any) -> Any:
    """``1.7159 tanh(0.666 u)``, whose slope stays near 1 where inputs have variance 1 (LeCun et al., 1998)."""
    return 1.7159 * ops.tanh(0.666 * u)


def gelu(u: Any) -> Any:
    """``u Phi(u)`` with the normal distribution function itself."""
    return ops.gelu(u, approximate=False)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "lecun_tanh": lecun_tanh,
    "tanh": ops.tanh,
    "relu": ops.relu,
    "silu": ops.silu,
    "gelu": gelu,
}
MODES = ("default", "pure", "no_gate", "solution")


@module
class CfCCell:
    """A network that says where the state is after time dt, without solving for the way there.

    With ``z = [x, h]`` after the backbone (layers of ``activation(z W + b)``) and heads F1, F2, Ta, Tb linear in z:

    - `default`: ``s = sigmoid(Ta dt + Tb)``, ``h' = tanh(F1) (1 - s) + tanh(F2) s``
    - `no_gate`: ``h' = tanh(F1) + tanh(F2) s``
    - `pure`:  ``h' = A - A F1 exp(-dt (|w_tau| + |F1|))``, as ncps has it: h acts through F1 alone
    - `solution`: ``h' = (h - A) exp(-dt (|w_tau| + f)) (1 - f) + A`` with ``f = sigmoid(F1)``, the law of the paper,
      which starts from h

    Note that `default` does not stay where it is at dt = 0: ``s = sigmoid(Tb)`` there. `mask` (K, U) takes synapses
    out of all heads; with `dense_time`, only out of F1 and F2, as ncps does. The output is h, which is zero at first.
    """

    backbone: tuple[Linear, ...]
    ff1: Linear
    ff2: Linear | None
    time_a: Linear | None
    time_b: Linear | None
    w_tau: AnyArray | None  # (U,)
    a: AnyArray | None  # (U,)
    mask: AnyArray | None = buffer()
    mode: str = static()
    activation: str = static()
    dropout: float = static()
    dense_time: bool = static()

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: Key,
        mode: str = "default",
        activation: str = "lecun_tanh",
        backbone_units: int = 128,
        backbone_layers: int = 1,
        backbone_dropout: float = 0.0,
        mask: AnyArray | None = None,
        dense_time: bool = False,
        dtype: DType = "float32",
    ) -> None:
        _check(input_size, hidden_size, mode, activation, backbone_units, backbone_layers, backbone_dropout)
        keys = random.split(key, 4 + backbone_layers)
        width = input_size + hidden_size
        layers: list[Linear] = []
        for i in range(backbone_layers):
            layers.append(Linear(width, backbone_units, key=keys[4 + i], dtype=dtype))
            width = backbone_units
        self.backbone = tuple(layers)
        closed = mode in ("pure", "solution")
        heads = [Linear(width, hidden_size, key=keys[i], dtype=dtype) for i in range(1 if closed else 4)]
        self.ff1 = heads[0]
        self.ff2, self.time_a, self.time_b = (None, None, None) if closed else heads[1:]
        self.w_tau = ops.zeros(hidden_size, dtype=dtype) if closed else None
        self.a = ops.ones(hidden_size, dtype=dtype) if closed else None
        self.mask, self.dense_time = mask, dense_time
        self.mode, self.activation, self.dropout = mode, activation, backbone_dropout

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        first = self.backbone[0] if self.backbone else self.ff1
        return first.weight.shape[0] - self.output_size

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state."""
        return (self.output_size,)

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.ff1.bias.shape[0]

    def bare(self) -> CfCCell:
        """The same cell with its mask in its weights, so that a loop over steps multiplies once."""
        if self.mask is None:
            return self
        mask = self.mask
        gates = None if self.dense_time else mask
        return replace(
            self,
            ff1=_masked(self.ff1, mask),
            ff2=_masked(self.ff2, mask),
            time_a=_masked(self.time_a, gates),
            time_b=_masked(self.time_b, gates),
            mask=None,
        )

    def output(self, state: AnyArray) -> Any:
        """What is given of a state: all of it."""
        return state

    def __call__(self, x: AnyArray, h: AnyArray, dt: AnyArray | float = 1.0, key: Key | None = None) -> tuple[Any, Any]:
        """x (..., I), h (..., U), dt a number or (..., 1)  ->  new h (..., U), twice.

        With a `key`, the backbone drops features between its layers as it was told to.
        """
        check_span("CfCCell", dt)
        bare = self.bare()
        z = self._features(x, h, key)
        f1 = bare.ff1(z)
        if bare.ff2 is None or bare.time_a is None or bare.time_b is None:
            h = self._closed(f1, h, dt)
            return h, h
        f1, f2 = ops.tanh(f1), ops.tanh(bare.ff2(z))
        s = ops.sigmoid(bare.time_a(z) * dt + bare.time_b(z))
        h = f1 + s * f2 if self.mode == "no_gate" else f1 * (1.0 - s) + s * f2
        return h, h

    def _features(self, x: Any, h: Any, key: Key | None) -> Any:
        z = ops.concat([x, h], axis=-1)
        for i, layer in enumerate(self.backbone):
            z = ACTIVATIONS[self.activation](layer(z))
            if key is not None and self.dropout and i > 0:  # where ncps has it: after every layer but the first
                z = dropped(random.fold_in(key, i), z, self.dropout)
        return z

    def _closed(self, f: Any, h: Any, dt: Any) -> Any:
        assert self.w_tau is not None
        assert self.a is not None
        if self.mode == "pure":
            return self.a - self.a * f * ops.exp(-dt * (ops.abs(self.w_tau) + ops.abs(f)))
        return (h - self.a) * ops.exp(-dt * (ops.abs(self.w_tau) + ops.sigmoid(f))) * ops.sigmoid(-f) + self.a


def dropped(key: Key, x: Any, rate: float) -> Any:
    """x with a part `rate` of its numbers set to zero and the rest scaled to make up for it."""
    kept = random.uniform(key, tuple(x.shape), "float32") >= rate
    return ops.where(ops.convert(kept, like=ops.stop_gradient(x)), x / (1.0 - rate), 0.0)


def _masked(linear: Linear | None, mask: Any) -> Linear | None:
    return linear if linear is None or mask is None else replace(linear, weight=linear.weight * mask)


def _check(
    input_size: Any, hidden_size: Any, mode: Any, activation: Any, units: Any, layers: Any, dropout: Any
) -> None:
    if mode not in MODES:
        raise ArgumentError(f"CfC got mode={mode!r}", expected=f"one of {', '.join(MODES)}")
    if activation not in ACTIVATIONS:
        raise ArgumentError(f"CfC got activation={activation!r}", expected=f"one of {', '.join(ACTIVATIONS)}")
    sizes = {"input_size": (input_size, 1), "units": (hidden_size, 1), "backbone_units": (units, 1)}
    for name, (value, least) in (sizes | {"backbone_layers": (layers, 0)}).items():
        if not isinstance(value, int) or value < least:
            raise ArgumentError(f"CfC got {name}={value!r}", expected=f"an integer of at least {least}")
    if dropout and layers < 2:
        raise ArgumentError(
            f"CfC got backbone_dropout={dropout!r} and backbone_layers={layers}",
            expected="two layers or more: it drops features behind every layer but the first",
        )
    if not 0 <= dropout < 1:
        raise ArgumentError(f"CfC got backbone_dropout={dropout!r}", expected="a rate from 0 to below 1")
