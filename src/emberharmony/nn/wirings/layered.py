"""Layers of neurons, each driven by the one before it: the recipe behind `NCP` and `AutoNCP`, of any depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.nn.wirings import config
from emberharmony.nn.wirings.stream import EVEN, OwnStream, Stream, check_seed, sign
from emberharmony.nn.wirings.wiring import Synapse, Wiring


@dataclass(frozen=True)
class Layered:
    """A recipe of layers: `sizes` of the layers, input side first, motors last; synapses only go forward or stay.

    Each input, and each neuron of every layer before the last hidden one, drives `fanouts[l]` distinct neurons of the
    next layer, `len(fanouts) == len(sizes) - 1`; each motor listens to `motor_fanin` distinct neurons of the layer
    before it. A neuron that nobody drew gets about as many synapses as its neighbours have. `recurrent[l]` distinct
    synapses stay within layer l (none by default). Signs are +1 or -1 with equal chances.

    >>> w = Layered([6, 5, 4, 2], fanouts=[3, 2, 2], motor_fanin=3, recurrent=[0, 4, 4, 0]).build(8)
    >>> w.layers
    ((11, 12, 13, 14, 15, 16), (6, 7, 8, 9, 10), (2, 3, 4, 5), (0, 1))
    >>> w.validate() == w
    True
    """

    sizes: Sequence[int]
    fanouts: Sequence[int]
    motor_fanin: int
    recurrent: Sequence[int] = ()
    seed: int = 22222

    def __post_init__(self) -> None:
        sizes, fanouts = tuple(self.sizes), tuple(self.fanouts)
        recurrent = tuple(self.recurrent) or (0,) * len(sizes)
        for name, value in (("sizes", sizes), ("fanouts", fanouts), ("recurrent", recurrent)):
            object.__setattr__(self, name, value)
        check_seed("Layered", self.seed, "ember")
        if not sizes or min(sizes) < 1 or len(fanouts) != len(sizes) - 1 or len(recurrent) != len(sizes):
            raise ArgumentError(
                f"Layered got sizes={sizes}, fanouts={fanouts}, recurrent={recurrent}",
                expected="sizes of at least 1, a fan-out for each layer but the motors, a number for each in recurrent",
            )
        for layer, (fanout, size) in enumerate(zip(fanouts, sizes[:-1], strict=True)):
            check_fan(f"fanouts[{layer}]", fanout, f"neurons in layer {layer}", size)
        if len(sizes) > 1:
            check_fan("motor_fanin", self.motor_fanin, f"neurons in layer {len(sizes) - 2}", sizes[-2])
        for layer, (count, size) in enumerate(zip(recurrent, sizes, strict=True)):
            check_pairs(f"recurrent[{layer}]", count, f"neurons in layer {layer}", size)

    @property
    def units(self) -> int:
        """The number of neurons."""
        return sum(self.sizes)

    @property
    def output_dim(self) -> int:
        """The number of motors."""
        return self.sizes[-1]

    @property
    def is_built(self) -> bool:
        """Never: a recipe becomes a `Wiring` when the number of inputs is known."""
        return False

    def build(self, input_size: int) -> Wiring:
        """The wiring of this recipe for `input_size` inputs, always the same one."""
        check_input_size(input_size)
        if len(self.sizes) == 1:
            check_fan("motor_fanin", self.motor_fanin, "inputs", input_size)
        stream = OwnStream(self.seed)
        layers = layers_of(self.sizes)
        sources: Sequence[int] = range(input_size)
        stages: list[list[Synapse]] = []
        for layer, fanout, count in zip(layers, (*self.fanouts, 0), self.recurrent, strict=True):
            if layer is layers[-1]:
                stages.append(fan_in(stream, sources, layer, self.motor_fanin))
            else:
                stages.append(fan_out(stream, sources, layer, fanout))
            stages.append(within(stream, layer, count))
            sources = layer
        sensory, *stages = stages
        synapses = [synapse for stage in stages for synapse in stage]
        return Wiring(self.units, input_size, self.output_dim, layers, synapses, sensory)

    def get_config(self) -> dict[str, Any]:
        """The recipe as plain data for JSON."""
        return config.of_recipe(self)

    @classmethod
    def from_config(cls, data: Mapping[str, Any]) -> Layered:
        """The recipe that `get_config` described."""
        return config.read(cls, "Layered", data)


def layers_of(sizes: Sequence[int]) -> list[range]:
    """The numbers of the neurons of each layer, input side first: motors have the lowest."""
    ends = accumulate(reversed(sizes))
    return [range(end - size, end) for end, size in zip(ends, reversed(sizes), strict=True)][::-1]


def fan_out(
    stream: Stream, sources: Sequence[int], targets: Sequence[int], count: int, most: int | None = None
) -> list[Synapse]:
    """`count` distinct targets for each source; then sources for each target that nobody drew.

    Those get the mean number of sources of a target, at least 1, and not more than `most`.
    """
    drawn = [(s, t, sign(stream, EVEN)) for s in sources for t in stream.distinct(targets, count)]
    found = {target for _, target, _ in drawn}
    mean = max(1, len(sources) * count // len(targets))  # at most len(sources), for count <= len(targets)
    fanin = mean if most is None else min(mean, most)
    lost = [target for target in targets if target not in found]
    return drawn + [(s, t, sign(stream, EVEN)) for t in lost for s in stream.distinct(sources, fanin)]


def fan_in(stream: Stream, sources: Sequence[int], targets: Sequence[int], count: int) -> list[Synapse]:
    """`count` distinct sources for each target; then targets for each source that nobody drew."""
    return [(source, target, sign) for target, source, sign in fan_out(stream, targets, sources, count)]


def within(stream: Stream, layer: Sequence[int], count: int) -> list[Synapse]:
    """`count` distinct synapses among the neurons of a layer; a neuron may drive itself."""
    n = len(layer)
    return [(layer[p // n], layer[p % n], sign(stream, EVEN)) for p in stream.distinct(range(n * n), count)]


def check_input_size(input_size: int) -> None:
    """There is an input to draw from."""
    if input_size < 1:
        raise ArgumentError(f"build({input_size})", expected="the number of inputs, at least 1")


def check_fan(name: str, count: int, whom: str, size: int) -> None:
    """A fan-out or fan-in finds that many distinct neurons."""
    if not 1 <= count <= size:
        raise ArgumentError(f"{name} is {count} and there are {size} {whom}", expected=f"1 <= {name} <= {size}")


def check_pairs(name: str, count: int, whom: str, size: int) -> None:
    """A layer has that many distinct pairs."""
    if not 0 <= count <= size * size:
        raise ArgumentError(
            f"{name} is {count} and there are {size} {whom}",
            expected=f"0 <= {name} <= {size * size}, for the synapses are distinct pairs",
        )
