"""Wirings without layers: every synapse there is, or a random part of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.nn.wirings import config, peer
from emberharmony.nn.wirings.stream import MOSTLY_EXCITATORY, NumpyStream, OwnStream, Rng, check_seed, sign
from emberharmony.nn.wirings.wiring import Wiring


@dataclass(frozen=True)
class FullyConnected:
    """A recipe with every synapse: from each input and each neuron to each neuron; the first `output_dim` are motors.

    `self_connections=False` leaves out those of a neuron with itself. Two signs of three are +1.

    >>> w = FullyConnected(4, output_dim=2, self_connections=False).build(3)
    >>> w.synapse_count, w.sensory_synapse_count, w.density
    (12, 12, 0.75)
    """

    units: int
    output_dim: int | None = None  # all of them; afterwards a number
    _: KW_ONLY
    self_connections: bool = True
    seed: int = 1111
    rng: Rng = "ember"

    def __post_init__(self) -> None:
        check_seed("FullyConnected", self.seed, self.rng)
        object.__setattr__(self, "output_dim", _motors("FullyConnected", self.units, self.output_dim))

    @property
    def is_built(self) -> bool:
        """Never: a recipe becomes a `Wiring` when the number of inputs is known."""
        return False

    def build(self, input_size: int) -> Wiring:
        """The wiring of this recipe for `input_size` inputs, always the same one."""
        stream = OwnStream(self.seed) if self.rng == "ember" else NumpyStream("Generator", self.seed)
        synapses = [
            (source, target, sign(stream, MOSTLY_EXCITATORY))
            for source in range(self.units)
            for target in range(self.units)
            if source != target or self.self_connections
        ]
        sensory = [
            (source, target, sign(stream, MOSTLY_EXCITATORY))
            for source in range(input_size)
            for target in range(self.units)
        ]
        return Wiring(self.units, input_size, self.output_dim or self.units, (), synapses, sensory)

    def get_config(self) -> dict[str, Any]:
        """The recipe as plain data for JSON."""
        return config.of_recipe(self)

    @classmethod
    def from_config(cls, data: Mapping[str, Any]) -> FullyConnected:
        """The recipe that `get_config` described."""
        return config.read(cls, "FullyConnected", data)


@dataclass(frozen=True)
class Random:
    """A recipe with `round((1 - sparsity_level) n)` of the n possible synapses, of inputs and of neurons each.

    Two signs of three are +1. Nothing is repaired: `Wiring.validate` tells whether a neuron was left alone.

    >>> w = Random(32, output_dim=4, sparsity_level=0.75).build(8)
    >>> w.synapse_count, w.sensory_synapse_count
    (256, 64)
    """

    units: int
    output_dim: int | None = None  # all of them; afterwards a number
    sparsity_level: float = 0.0
    seed: int = 1111
    _: KW_ONLY
    rng: Rng = "ember"

    def __post_init__(self) -> None:
        check_seed("Random", self.seed, self.rng)
        object.__setattr__(self, "output_dim", _motors("Random", self.units, self.output_dim))
        if not 0.0 <= self.sparsity_level < 1.0:
            raise ArgumentError(
                f"Random got sparsity_level={self.sparsity_level}",
                expected="0 <= sparsity_level < 1: the part of the synapses that is left out",
            )

    @property
    def is_built(self) -> bool:
        """Never: a recipe becomes a `Wiring` when the number of inputs is known."""
        return False

    def build(self, input_size: int) -> Wiring:
        """The wiring of this recipe for `input_size` inputs, always the same one."""
        units, outputs, dense = self.units, self.output_dim or self.units, 1 - self.sparsity_level
        counts = round(units * units * dense), round(input_size * units * dense)
        if self.rng == "ncps":
            return peer.random(units, outputs, input_size, counts, self.seed)
        stream = OwnStream(self.seed)
        synapses, sensory = (
            [
                (pair // units, pair % units, sign(stream, MOSTLY_EXCITATORY))
                for pair in stream.distinct(range(sources * units), count)
            ]
            for sources, count in zip((units, input_size), counts, strict=True)
        )
        return Wiring(units, input_size, outputs, (), synapses, sensory)

    def get_config(self) -> dict[str, Any]:
        """The recipe as plain data for JSON."""
        return config.of_recipe(self)

    @classmethod
    def from_config(cls, data: Mapping[str, Any]) -> Random:
        """The recipe that `get_config` described."""
        return config.read(cls, "Random", data)


def _motors(recipe: str, units: int, output_dim: int | None) -> int:
    motors = units if output_dim is None else output_dim
    if not 1 <= motors <= units:
        raise ArgumentError(f"{recipe} got units={units}, output_dim={output_dim}", expected="1 <= output_dim <= units")
    return motors
