"""A wiring: which neuron drives which, and with which sign. Plain Python numbers, the same for every backend."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import index
from typing import Any

from emberharmony.errors import ArgumentError, FrozenError, MissingPackageError
from emberharmony.nn.wirings import config

Synapse = tuple[int, int, int]  # source, target, sign
Synapses = tuple[Synapse, ...]
Matrix = tuple[tuple[int, ...], ...]


class Wiring:
    """A signed graph of `inputs` inputs and `units` neurons, of which the first `outputs` are the motors.

    `synapses` and `sensory` are triples `(source, target, sign)`, sorted by target, then by source; the source is a
    neuron in `synapses` and an input in `sensory`; the sign is +1 (excitatory) or -1 (inhibitory). `layers` are the
    numbers of the neurons of each layer, input side first; in more than one layer the last one is the motors. Neurons
    are numbered from the motors backwards: motors, command, inter.

    A wiring never changes: it is compared by value, hashed once, and fits a static field of a module.

    >>> w = Wiring(units=3, inputs=2, outputs=1, sensory=[(0, 1, 1), (1, 2, -1)], synapses=[(2, 0, 1), (1, 0, -1)])
    >>> w
    Wiring(units=3, inputs=2, outputs=1, layers=(3,), 2 synapses, 2 sensory synapses)
    >>> w.synapses
    ((1, 0, -1), (2, 0, 1))
    >>> w == w.add_synapse(1, 0, -1), w == w.add_synapse(1, 0, 1)
    (True, False)
    """

    # Not a dataclass: those are nodes of trees, and a graph is one value, shown in one line and compared by its hash.
    units: int
    inputs: int
    outputs: int
    layers: tuple[tuple[int, ...], ...]
    synapses: Synapses
    sensory: Synapses

    def __init__(
        self,
        units: int,
        inputs: int,
        outputs: int,
        layers: Iterable[Iterable[int]] = (),
        synapses: Iterable[Sequence[int]] = (),
        sensory: Iterable[Sequence[int]] = (),
    ) -> None:
        units, inputs, outputs = index(units), index(inputs), index(outputs)
        if units < 1 or inputs < 1 or not 1 <= outputs <= units:
            raise ArgumentError(
                f"a wiring got units={units}, inputs={inputs}, outputs={outputs}",
                expected="at least one neuron, one input, and 1 <= outputs <= units, for the motors are neurons",
            )
        fields = {
            "units": units,
            "inputs": inputs,
            "outputs": outputs,
            "layers": _checked_layers(layers, units, outputs),
            "synapses": _checked("synapse", synapses, ("neuron", units), units),
            "sensory": _checked("sensory synapse", sensory, ("input", inputs), units),
        }
        self.__dict__.update(fields, _hash=hash(tuple(fields.values())))

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenError(
            f"Wiring.{name} was assigned; a wiring never changes",
            expected="a new wiring",
            mend="w = w.add_synapse(source, target, sign)",
        )

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Wiring):
            return NotImplemented
        return self is other or (hash(self) == hash(other) and self._fields == other._fields)

    def __hash__(self) -> int:
        value: int = self.__dict__["_hash"]
        return value

    @property
    def _fields(self) -> tuple[Any, ...]:
        return self.units, self.inputs, self.outputs, self.layers, self.synapses, self.sensory

    def __reduce__(self) -> tuple[type[Wiring], tuple[Any, ...]]:
        return Wiring, self._fields  # without what is cached: another Python may hash otherwise

    def __repr__(self) -> str:
        sizes = tuple(len(layer) for layer in self.layers)
        return (
            f"Wiring(units={self.units}, inputs={self.inputs}, outputs={self.outputs}, layers={sizes}, "
            f"{self.synapse_count} synapses, {self.sensory_synapse_count} sensory synapses)"
        )

    # -- building --

    @property
    def is_built(self) -> bool:
        """Always true: a recipe such as `NCP` is what is not built yet."""
        return True

    def build(self, input_size: int) -> Wiring:
        """The wiring itself, if it has `input_size` inputs; else an error."""
        if input_size != self.inputs:
            raise ArgumentError(
                f"a wiring of {self.inputs} inputs was asked for {input_size}",
                expected=f"input_size={self.inputs}: a wiring that is built keeps its inputs",
                mend=f"build the recipe again: recipe.build({input_size})",
            )
        return self

    def add_synapse(self, source: int, target: int, sign: int) -> Wiring:
        """A new wiring with one more synapse between neurons; on a pair that has one, the new sign replaces it."""
        return self._with(_replaced(self.synapses, source, target, sign), self.sensory)

    def add_sensory_synapse(self, source: int, target: int, sign: int) -> Wiring:
        """A new wiring with one more synapse, from the input `source` to the neuron `target`."""
        return self._with(self.synapses, _replaced(self.sensory, source, target, sign))

    def _with(self, synapses: Iterable[Sequence[int]], sensory: Iterable[Sequence[int]]) -> Wiring:
        return Wiring(self.units, self.inputs, self.outputs, self.layers, synapses, sensory)

    # -- asking --

    @property
    def num_layers(self) -> int:
        """How many layers of neurons there are; the inputs are none."""
        return len(self.layers)

    def neurons_of_layer(self, layer: int) -> tuple[int, ...]:
        """The numbers of the neurons of a layer; 0 is next to the inputs, the last one holds the motors."""
        if not 0 <= layer < len(self.layers):
            raise ArgumentError(
                f"layer {layer} of a wiring of {len(self.layers)}", expected=f"0 to {self.num_layers - 1}"
            )
        return self.layers[layer]

    def type_of_neuron(self, neuron: int) -> str:
        """`motor`, `command` (in the layer before the motors) or `inter`."""
        if not 0 <= neuron < self.units:
            raise ArgumentError(f"neuron {neuron} of a wiring of {self.units}", expected=f"0 to {self.units - 1}")
        return self._types[neuron]

    @cached_property
    def _types(self) -> tuple[str, ...]:
        command = frozenset(self.layers[-2]) if len(self.layers) > 1 else frozenset[int]()
        return tuple("motor" if i < self.outputs else "command" if i in command else "inter" for i in range(self.units))

    @property
    def synapse_count(self) -> int:
        """The number of synapses between neurons."""
        return len(self.synapses)

    @property
    def sensory_synapse_count(self) -> int:
        """The number of synapses from inputs to neurons."""
        return len(self.sensory)

    @property
    def density(self) -> float:
        """`synapse_count / units ** 2`: the part of the possible synapses between neurons that exists."""
        return len(self.synapses) / self.units**2

    def edges(self) -> Iterator[tuple[str, str, int]]:
        """Every synapse by names, `("sensory_0", "neuron_3", 1)`, those of the inputs first."""
        for source, target, sign in self.sensory:
            yield f"sensory_{source}", f"neuron_{target}", sign
        for source, target, sign in self.synapses:
            yield f"neuron_{source}", f"neuron_{target}", sign

    # -- other forms --

    @cached_property
    def adjacency_matrix(self) -> Matrix:
        """(units, units) numbers `[source][target]`: +1, -1, or 0 where there is no synapse."""
        return _matrix(self.synapses, self.units, self.units)

    @cached_property
    def sensory_adjacency_matrix(self) -> Matrix:
        """(inputs, units) numbers `[source][target]`: +1, -1, or 0 where there is no synapse."""
        return _matrix(self.sensory, self.inputs, self.units)

    def to_coo(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Sources, targets and signs of `synapses`, as sparse matrices in coordinate form are given."""
        return _columns(self.synapses)

    def sensory_to_coo(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Sources, targets and signs of `sensory`."""
        return _columns(self.sensory)

    def to_networkx(self) -> Any:
        """A `networkx.DiGraph`: nodes `sensory_i` and `neuron_i` with `kind` and `label`, edges with `polarity`.

        The polarity is "excitatory" or "inhibitory".
        """
        try:
            networkx: Any = importlib.import_module("networkx")
        except ModuleNotFoundError as error:
            raise MissingPackageError("to_networkx needs networkx", mend="pip install networkx") from error
        graph = networkx.DiGraph()
        for i in range(self.inputs):
            graph.add_node(f"sensory_{i}", kind="sensory", label=f"x{i}")
        for i in range(self.units):
            graph.add_node(f"neuron_{i}", kind=self.type_of_neuron(i), label=f"{i}")
        for source, target, sign in self.edges():
            graph.add_edge(source, target, polarity="excitatory" if sign > 0 else "inhibitory")
        return graph

    def get_config(self) -> dict[str, Any]:
        """The wiring as plain data for JSON."""
        return config.write(
            "Wiring",
            units=self.units,
            inputs=self.inputs,
            outputs=self.outputs,
            layers=[list(layer) for layer in self.layers],
            synapses=[list(synapse) for synapse in self.synapses],
            sensory=[list(synapse) for synapse in self.sensory],
        )

    @classmethod
    def from_config(cls, data: Mapping[str, Any]) -> Wiring:
        """The wiring that `get_config` described."""
        return config.read(cls, "Wiring", data)

    # -- health --

    def validate(self) -> Wiring:
        """The wiring itself, if every neuron listens and is heard; else an error that names the neuron.

        Every neuron is reached from some input and reaches some motor, and with more than one layer no synapse leads
        from a layer to one before it. What recipes of layers build is always valid; what `Random` draws need not be.

        >>> Wiring(units=2, inputs=1, outputs=1, sensory=[(0, 1, 1)]).validate()
        Traceback (most recent call last):
        emberharmony.errors.ArgumentError: no input reaches neuron 0 (motor)
          Expected: a path from an input to every neuron
          Mend:     w.add_synapse(source, 0, 1) or w.add_sensory_synapse(source, 0, 1)
        """
        heard = _reached({target for _, target, _ in self.sensory}, [(s, t) for s, t, _ in self.synapses])
        speaks = _reached(set(range(self.outputs)), [(t, s) for s, t, _ in self.synapses])
        for i in range(self.units):
            if i not in heard:
                raise ArgumentError(
                    f"no input reaches neuron {i} ({self.type_of_neuron(i)})",
                    expected="a path from an input to every neuron",
                    mend=f"w.add_synapse(source, {i}, 1) or w.add_sensory_synapse(source, {i}, 1)",
                )
            if i not in speaks:
                raise ArgumentError(
                    f"neuron {i} ({self.type_of_neuron(i)}) reaches no motor",
                    expected="a path from every neuron to a motor",
                    mend=f"w.add_synapse({i}, target, 1)",
                )
        layer_of = {i: number for number, layer in enumerate(self.layers) for i in layer}
        for source, target, _ in self.synapses:
            if layer_of[source] > layer_of[target]:
                raise ArgumentError(
                    f"the synapse {source} -> {target} leads from layer {layer_of[source]} back to {layer_of[target]}",
                    expected="synapses within a layer or to a later one",
                )
        return self


def _checked_layers(layers: Iterable[Iterable[int]], units: int, outputs: int) -> tuple[tuple[int, ...], ...]:
    made = tuple(tuple(sorted(index(i) for i in layer)) for layer in layers) or (tuple(range(units)),)
    if sorted(i for layer in made for i in layer) != [*range(units)] or not all(made):
        raise ArgumentError(
            f"layers of {[len(layer) for layer in made]} neurons in a wiring of {units}",
            expected=f"every neuron from 0 to {units - 1} in one layer, and no layer empty",
        )
    if len(made) > 1 and made[-1] != tuple(range(outputs)):
        raise ArgumentError(
            f"the last layer is {made[-1]} in a wiring of outputs={outputs}",
            expected=f"the motors, neurons 0 to {outputs - 1}",
        )
    return made


def _checked(what: str, given: Iterable[Sequence[int]], sources: tuple[str, int], units: int) -> Synapses:
    kind, size = sources
    found: dict[tuple[int, int], Synapse] = {}
    for item in given:
        source, target, sign = (index(number) for number in item)
        if not (0 <= source < size and 0 <= target < units and sign in (1, -1)):
            raise ArgumentError(
                f"the {what} {source} -> {target} with sign {sign}",
                expected=f"from {kind} 0 to {size - 1}, to neuron 0 to {units - 1}, sign 1 or -1",
            )
        if (target, source) in found:
            raise ArgumentError(
                f"two {what}s {source} -> {target}",
                expected="one for each pair",
                mend="keep one, or change a sign with add_synapse and add_sensory_synapse",
            )
        found[target, source] = (source, target, sign)
    return tuple(found[pair] for pair in sorted(found))


def _replaced(synapses: Synapses, source: int, target: int, sign: int) -> list[Sequence[int]]:
    return [*(s for s in synapses if s[:2] != (source, target)), (source, target, sign)]


def _matrix(synapses: Synapses, sources: int, targets: int) -> Matrix:
    rows = [[0] * targets for _ in range(sources)]
    for source, target, sign in synapses:
        rows[source][target] = sign
    return tuple(tuple(row) for row in rows)


def _columns(synapses: Synapses) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    return tuple(s for s, _, _ in synapses), tuple(t for _, t, _ in synapses), tuple(sign for _, _, sign in synapses)


def _reached(start: set[int], edges: Sequence[tuple[int, int]]) -> set[int]:
    """What can be reached from `start` along the edges, `start` included."""
    following: dict[int, list[int]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    reached, open_ = set(start), [*start]
    while open_:
        fresh = [target for target in following.get(open_.pop(), ()) if target not in reached]
        reached.update(fresh)
        open_ += fresh
    return reached
