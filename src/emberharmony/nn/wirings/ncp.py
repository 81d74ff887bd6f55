"""Neural circuit policies: inputs, inter neurons, command neurons that talk among themselves, motors.

After Lechner, Hasani, Amini, Henzinger, Rus and Grosu, "Neural circuit policies enabling auditable autonomy", Nature
Machine Intelligence 2, 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from emberharmony.errors import ArgumentError
from emberharmony.nn.wirings import config, peer
from emberharmony.nn.wirings.layered import Layered, check_fan, check_input_size, check_pairs
from emberharmony.nn.wirings.stream import Rng, check_seed

if TYPE_CHECKING:
    from emberharmony.nn.wirings.wiring import Wiring


@dataclass(frozen=True)
class NCP:
    """A recipe of three layers: inter, command, motor.

    Each input drives `sensory_fanout` distinct inter neurons, each inter neuron `inter_fanout` distinct command
    neurons, and each motor listens to `motor_fanin` distinct command neurons; `recurrent_command_synapses` distinct
    pairs of command neurons are connected. Inter and command neurons that nobody drives, and command neurons that drive
    no motor, get synapses too. Signs are +1 or -1 with equal chances.

    The same as `Layered([inter, command, motor], [sensory_fanout, inter_fanout], motor_fanin, [0, recurrent, 0])`.
    `rng="ncps"` builds the graph that the package ncps builds of the same seed, with fewer recurrent synapses where it
    draws a pair twice.

    >>> w = NCP(12, 8, 3, sensory_fanout=4, inter_fanout=4, recurrent_command_synapses=6, motor_fanin=4).build(5)
    >>> w.type_of_neuron(0), w.type_of_neuron(3), w.type_of_neuron(11)
    ('motor', 'command', 'inter')
    >>> w.neurons_of_layer(2)
    (0, 1, 2)
    """

    inter_neurons: int
    command_neurons: int
    motor_neurons: int
    sensory_fanout: int
    inter_fanout: int
    recurrent_command_synapses: int
    motor_fanin: int
    seed: int = 22222
    _: KW_ONLY
    rng: Rng = "ember"

    def __post_init__(self) -> None:
        check_seed("NCP", self.seed, self.rng)
        sizes = self.inter_neurons, self.command_neurons, self.motor_neurons
        if min(sizes) < 1:
            raise ArgumentError(f"NCP got {sizes} inter, command and motor neurons", expected="at least one of each")
        check_fan("sensory_fanout", self.sensory_fanout, "inter neurons", self.inter_neurons)
        check_fan("inter_fanout", self.inter_fanout, "command neurons", self.command_neurons)
        check_fan("motor_fanin", self.motor_fanin, "command neurons", self.command_neurons)
        if self.rng == "ember" or self.recurrent_command_synapses < 0:  # the peer draws pairs again and again
            check_pairs(
                "recurrent_command_synapses", self.recurrent_command_synapses, "command neurons", self.command_neurons
            )

    @property
    def units(self) -> int:
        """The number of neurons."""
        return self.inter_neurons + self.command_neurons + self.motor_neurons

    @property
    def output_dim(self) -> int:
        """The number of motors."""
        return self.motor_neurons

    @property
    def is_built(self) -> bool:
        """Never: a recipe becomes a `Wiring` when the number of inputs is known."""
        return False

    def build(self, input_size: int) -> Wiring:
        """The wiring of this recipe for `input_size` inputs, always the same one."""
        layers = Layered(
            sizes=(self.inter_neurons, self.command_neurons, self.motor_neurons),
            fanouts=(self.sensory_fanout, self.inter_fanout),
            motor_fanin=self.motor_fanin,
            recurrent=(0, self.recurrent_command_synapses if self.rng == "ember" else 0, 0),
            seed=self.seed,
        )
        check_input_size(input_size)
        if self.rng == "ncps":
            return peer.ncp(layers, self.recurrent_command_synapses, input_size)
        return layers.build(input_size)

    def get_config(self) -> dict[str, Any]:
        """The recipe as plain data for JSON."""
        return config.of_recipe(self)

    @classmethod
    def from_config(cls, data: Mapping[str, Any]) -> NCP:
        """The recipe that `get_config` described."""
        return config.read(cls, "NCP", data)


@dataclass(frozen=True)
class AutoNCP:
    """An `NCP` of `units` neurons with `output_size` motors, its other numbers chosen from `sparsity_level`.

    With `d = 1 - sparsity_level` and R = units - output_size: `max(int(0.4 R), 1)` command neurons, the rest inter;
    each fan-out and fan-in is `max(int(d n), 1)` of the n neurons it may reach; `max(int(2 d command), 1)` recurrent
    synapses. At a sparsity of 0 every layer is driven by all of the layer before it, and 1 leaves what keeps it
    connected.

    >>> w = AutoNCP(64, 8).build(16)
    >>> [len(layer) for layer in w.layers]
    [34, 22, 8]
    >>> AutoNCP(64, 8, sparsity_level=0.0).build(16).sensory_synapse_count == 16 * 34
    True
    """

    units: int
    output_size: int
    sparsity_level: float = 0.5
    seed: int = 22222
    _: KW_ONLY
    rng: Rng = "ember"

    def __post_init__(self) -> None:
        check_seed("AutoNCP", self.seed, self.rng)
        if not 1 <= self.output_size < self.units - 2:
            raise ArgumentError(
                f"AutoNCP got units={self.units}, output_size={self.output_size}",
                expected="1 <= output_size < units - 2, for the motors need inter and command neurons before them",
            )
        if not 0.0 <= self.sparsity_level <= 1.0:
            raise ArgumentError(
                f"AutoNCP got sparsity_level={self.sparsity_level}", expected="0 (every synapse) to 1 (the fewest)"
            )

    @property
    def output_dim(self) -> int:
        """The number of motors."""
        return self.output_size

    @property
    def is_built(self) -> bool:
        """Never: a recipe becomes a `Wiring` when the number of inputs is known."""
        return False

    def ncp(self) -> NCP:
        """The recipe with all its numbers."""
        dense = 1.0 - self.sparsity_level
        rest = self.units - self.output_size
        command = max(int(0.4 * rest), 1)
        inter = rest - command
        recurrent = max(int(command * dense * 2), 1)
        return NCP(
            inter_neurons=inter,
            command_neurons=command,
            motor_neurons=self.output_size,
            sensory_fanout=max(int(inter * dense), 1),
            inter_fanout=max(int(command * dense), 1),
            recurrent_command_synapses=min(recurrent, command**2),  # one command neuron has one pair, and 2 d may be 2
            motor_fanin=max(int(command * dense), 1),
            seed=self.seed,
            rng=self.rng,
        )

    def build(self, input_size: int) -> Wiring:
        """The wiring of this recipe for `input_size` inputs, always the same one."""
        return self.ncp().build(input_size)

    def get_config(self) -> dict[str, Any]:
        """The recipe as plain data for JSON."""
        return config.of_recipe(self)

    @classmethod
    def from_config(cls, data: Mapping[str, Any]) -> AutoNCP:
        """The recipe that `get_config` described."""
        return config.read(cls, "AutoNCP", data)
