"""`rng="ncps"`: the graphs of the package ncps 1.0.1, synapse by synapse, for weights that were trained on them.

Its stream is NumPy's, and three habits differ from ours: recurrent pairs are drawn with replacement, the sources that a
lost command neuron gets are limited by the number of command neurons, and `Random` draws the sign of a sensory synapse
twice. On a pair that is drawn twice the last sign stays.
"""

from __future__ import annotations

from emberharmony.nn.wirings.layered import Layered, fan_in, fan_out, layers_of
from emberharmony.nn.wirings.stream import EVEN, MOSTLY_EXCITATORY, NumpyStream, sign
from emberharmony.nn.wirings.wiring import Synapse, Wiring


def ncp(recipe: Layered, recurrent: int, inputs: int) -> Wiring:
    """The graph of `NCP`; `recipe` has all but its recurrent synapses."""
    stream = NumpyStream("RandomState", recipe.seed)
    inter, command, motor = layers_of(recipe.sizes)
    sensory = fan_out(stream, range(inputs), inter, recipe.fanouts[0])
    synapses = fan_out(stream, inter, command, recipe.fanouts[1], most=len(command))
    for _ in range(recurrent):
        source, target = command[stream.below(len(command))], command[stream.below(len(command))]
        synapses.append((source, target, sign(stream, EVEN)))
    synapses += fan_in(stream, command, motor, recipe.motor_fanin)
    return Wiring(recipe.units, inputs, recipe.output_dim, (inter, command, motor), _last(synapses), sensory)


def random(units: int, outputs: int, inputs: int, counts: tuple[int, int], seed: int) -> Wiring:
    """The graph of `Random` with `counts` synapses and sensory synapses."""
    stream = NumpyStream("Generator", seed)
    synapses = [
        (pair // units, pair % units, sign(stream, MOSTLY_EXCITATORY))
        for pair in stream.distinct(range(units * units), counts[0])
    ]
    sensory: list[Synapse] = []
    for pair in stream.distinct(range(inputs * units), counts[1]):
        sign(stream, MOSTLY_EXCITATORY)  # drawn and overwritten
        sensory.append((pair // units, pair % units, sign(stream, MOSTLY_EXCITATORY)))
    return Wiring(units, inputs, outputs, (), synapses, sensory)


def _last(synapses: list[Synapse]) -> list[Synapse]:
    return [*{(source, target): (source, target, sign) for source, target, sign in synapses}.values()]
