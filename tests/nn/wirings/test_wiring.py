"""A wiring is a value: checked when made, never changed, written as plain data and read back."""

import copy
import json
import pickle
import re
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from emberharmony.errors import ArgumentError, FrozenError
from emberharmony.nn.wirings import NCP, AutoNCP, FullyConnected, Layered, Random, Wiring
from emberharmony.pytree import tree_leaves

from .test_graphs import anything, inputs


def chain():
    """Input 0 -> neuron 2 -> neuron 1 -> neuron 0, the motor."""
    return Wiring(3, 1, 1, layers=[[2], [1], [0]], synapses=[(2, 1, 1), (1, 0, -1)], sensory=[(0, 2, 1)])


def message(text):
    return re.escape(text)


# -- the value --


@given(recipe=anything, size=inputs)
def test_what_was_written_is_read_back_through_json_too(recipe, size):
    w = recipe.build(size)
    assert Wiring.from_config(json.loads(json.dumps(w.get_config()))) == w
    again = type(recipe).from_config(json.loads(json.dumps(recipe.get_config())))
    assert again == recipe
    assert hash(again) == hash(recipe)
    assert again.build(size) == w


@given(recipe=anything, size=inputs)
def test_copies_and_pickles_are_equal(recipe, size):
    w = recipe.build(size)
    for other in (copy.copy(w), copy.deepcopy(w), pickle.loads(pickle.dumps(w))):
        assert other == w
        assert hash(other) == hash(w)


def test_equality_is_by_value_and_sees_every_field():
    w = chain()
    assert w == Wiring(3, 1, 1, [[2], [1], [0]], [[1, 0, -1], [2, 1, 1]], [[0, 2, 1]])
    others = [
        Wiring(4, 1, 1, [[2, 3], [1], [0]], w.synapses, w.sensory),
        Wiring(3, 2, 1, w.layers, w.synapses, w.sensory),
        Wiring(3, 1, 1, (), w.synapses, w.sensory),
        w.add_synapse(1, 0, 1),
        w.add_sensory_synapse(0, 2, -1),
    ]
    assert len({w, *others}) == 6
    assert w != "a wiring"


def test_numbers_of_numpy_become_plain_ones():
    w = Wiring(
        np.int64(3), np.int32(1), np.int8(1), np.array([[2], [1], [0]]), np.array([(2, 1, 1), (1, 0, -1)]), [(0, 2, 1)]
    )
    assert w == chain()
    assert {type(n) for synapse in w.synapses for n in synapse} == {int}


def test_a_wiring_is_one_leaf_of_a_tree_and_one_line_of_text():
    w = AutoNCP(64, 8).build(16)
    assert tree_leaves({"w": w}) == [w]
    assert repr(w) == ("Wiring(units=64, inputs=16, outputs=8, layers=(34, 22, 8), 484 synapses, 272 sensory synapses)")


def test_nothing_can_be_assigned_or_deleted():
    w = chain()
    with pytest.raises(FrozenError, match="a wiring never changes"):
        w.units = 4
    with pytest.raises(FrozenError, match="a wiring never changes"):
        del w.units


# -- building --


def test_a_recipe_is_not_built_and_its_wiring_is():
    for recipe in (
        FullyConnected(8),
        Random(8),
        AutoNCP(8, 2),
        NCP(4, 3, 2, 2, 2, 2, 2),
        Layered([4, 2], [2], 2),
    ):
        w = recipe.build(3)
        assert (recipe.is_built, w.is_built) == (False, True)
        assert w.build(3) is w


def test_a_built_wiring_refuses_another_number_of_inputs():
    with pytest.raises(ArgumentError, match="a wiring of 3 inputs was asked for 4"):
        AutoNCP(8, 2).build(3).build(4)


def test_added_synapses_are_in_a_new_wiring_and_replace_the_sign_of_a_pair():
    w = chain()
    more = w.add_synapse(1, 1, -1).add_sensory_synapse(0, 1, -1)
    assert more.synapses == ((1, 0, -1), (1, 1, -1), (2, 1, 1))
    assert more.sensory == ((0, 1, -1), (0, 2, 1))
    assert w == chain()
    flipped = w.add_synapse(2, 1, -1)
    assert (flipped.synapse_count, flipped.adjacency_matrix[2][1]) == (2, -1)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: chain().add_synapse(3, 0, 1), "the synapse 3 -> 0 with sign 1"),
        (lambda: chain().add_synapse(0, -1, 1), "the synapse 0 -> -1 with sign 1"),
        (lambda: chain().add_synapse(0, 1, 0), "the synapse 0 -> 1 with sign 0"),
        (lambda: chain().add_sensory_synapse(1, 0, 1), "the sensory synapse 1 -> 0 with sign 1"),
        (lambda: Wiring(2, 1, 1, synapses=[(0, 1, 1), (0, 1, 1)]), "two synapses 0 -> 1"),
        (lambda: Wiring(0, 1, 1), "units=0"),
        (lambda: Wiring(2, 1, 3), "outputs=3"),
        (lambda: Wiring(2, 0, 1), "inputs=0"),
        (lambda: Wiring(3, 1, 1, layers=[[1], [0]]), "layers of [1, 1] neurons in a wiring of 3"),
        (lambda: Wiring(2, 1, 1, layers=[[1], [], [0]]), "layers of [1, 0, 1]"),
        (lambda: Wiring(2, 1, 1, layers=[[0], [1]]), "the last layer is (1,)"),
        (lambda: chain().neurons_of_layer(3), "layer 3 of a wiring of 3"),
        (lambda: chain().type_of_neuron(-1), "neuron -1 of a wiring of 3"),
        (lambda: AutoNCP(10, 8), "units=10, output_size=8"),
        (lambda: AutoNCP(10, 0), "output_size=0"),
        (lambda: AutoNCP(10, 2, 1.1), "sparsity_level=1.1"),
        (lambda: AutoNCP(10, 2, float("nan")), "sparsity_level=nan"),
        (lambda: AutoNCP(10, 2, seed=-1), "seed=-1"),
        (lambda: AutoNCP(10, 2, rng="numpy"), "rng='numpy'"),
        (lambda: AutoNCP(10, 2).build(0), "build(0)"),
        (lambda: Random(10, sparsity_level=1.0), "sparsity_level=1.0"),
        (lambda: Random(10, 11), "output_dim=11"),
        (lambda: Random(10).build(0), "inputs=0"),
        (lambda: FullyConnected(10, 0), "output_dim=0"),
        (lambda: FullyConnected(0), "units=0"),
        (lambda: FullyConnected(3).build(-1), "inputs=-1"),
        (lambda: NCP(4, 3, 2, 5, 2, 2, 2), "sensory_fanout is 5 and there are 4 inter neurons"),
        (lambda: NCP(4, 3, 2, 2, 4, 2, 2), "inter_fanout is 4 and there are 3 command neurons"),
        (lambda: NCP(4, 3, 2, 2, 2, 10, 2), "recurrent_command_synapses is 10 and there are 3 command neurons"),
        (lambda: NCP(4, 3, 2, 2, 2, -1, 2, rng="ncps"), "recurrent_command_synapses is -1"),
        (lambda: NCP(4, 3, 2, 2, 2, 2, 0), "motor_fanin is 0 and there are 3 command neurons"),
        (lambda: NCP(4, 0, 2, 2, 2, 2, 2), "(4, 0, 2)"),
        (lambda: Layered([], [], 1), "sizes=()"),
        (lambda: Layered([3, 2], [1, 1], 1), "fanouts=(1, 1)"),
        (lambda: Layered([3, 2], [4], 1), "fanouts[0] is 4 and there are 3 neurons in layer 0"),
        (lambda: Layered([3, 2], [1], 4), "motor_fanin is 4 and there are 3 neurons in layer 0"),
        (lambda: Layered([3, 2], [1], 1, [10, 0]), "recurrent[0] is 10 and there are 3 neurons in layer 0"),
        (lambda: Layered([3], [], 4).build(3), "motor_fanin is 4 and there are 3 inputs"),
    ],
)
def test_what_cannot_be_is_refused_with_its_numbers(make, what):
    with pytest.raises(ArgumentError, match=message(what)):
        make()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"kind": "NCP"}, "kind='NCP', version=1"),
        ({"version": 2}, "kind='AutoNCP', version=2"),
        ({"neurons": 3}, "units, output_size, sparsity_level, seed, rng, neurons"),
        ({"units": 3}, "units=3"),
    ],
)
def test_a_description_of_something_else_is_refused(change, what):
    with pytest.raises(ArgumentError, match=message(what)):
        AutoNCP.from_config({**AutoNCP(8, 2).get_config(), **change})


def test_a_layer_of_motors_alone_listens_to_the_inputs():
    w = Layered([3], [], motor_fanin=2).build(4)
    assert w.layers == ((0, 1, 2),)
    assert all(sum(t == i for _, t, _ in w.sensory) >= 2 for i in range(3))
    assert w.validate() is w


# -- health --


def test_a_neuron_that_nobody_drives_is_named():
    w = chain()
    deaf = Wiring(3, 1, 1, w.layers, [(2, 1, 1)], w.sensory)
    with pytest.raises(ArgumentError, match=message("no input reaches neuron 0 (motor)")):
        deaf.validate()
    alone = Wiring(3, 1, 1, (), [(1, 2, 1), (2, 1, 1), (1, 0, 1)], [(0, 0, 1)])  # two that only drive each other
    with pytest.raises(ArgumentError, match=message("no input reaches neuron 1 (inter)")):
        alone.validate()


def test_a_neuron_that_drives_nobody_is_named():
    mute = Wiring(3, 1, 1, [[1, 2], [0]], [(1, 0, 1), (2, 2, 1)], [(0, 1, 1), (0, 2, 1)])
    with pytest.raises(ArgumentError, match=message("neuron 2 (command) reaches no motor")):
        mute.validate()


def test_a_synapse_to_an_earlier_layer_is_named_and_one_that_skips_a_layer_is_not():
    with pytest.raises(ArgumentError, match=message("the synapse 0 -> 2 leads from layer 2 back to 0")):
        chain().add_synapse(0, 2, 1).validate()
    assert chain().add_synapse(2, 0, 1).validate().synapse_count == 3


# -- other forms --


@given(recipe=anything, size=inputs)
def test_matrices_coordinates_edges_and_counts_tell_of_the_same_synapses(recipe, size):
    w = recipe.build(size)
    for matrix, (sources, targets, signs), synapses in (
        (w.adjacency_matrix, w.to_coo(), w.synapses),
        (w.sensory_adjacency_matrix, w.sensory_to_coo(), w.sensory),
    ):
        dense = np.zeros_like(matrix)
        dense[list(sources), list(targets)] = signs
        assert np.array_equal(dense, matrix)
        assert np.count_nonzero(matrix) == len(synapses)
    assert np.shape(w.adjacency_matrix) == (w.units, w.units)
    assert np.shape(w.sensory_adjacency_matrix) == (size, w.units)
    assert len([*w.edges()]) == w.synapse_count + w.sensory_synapse_count


@given(recipe=anything, size=inputs)
def test_the_graph_of_networkx_has_the_same_edges(recipe, size):
    w = recipe.build(size)
    graph = w.to_networkx()
    assert isinstance(graph, nx.DiGraph)
    assert {**graph.nodes}["neuron_0"] == {"kind": "motor", "label": "0"}
    assert len(graph) == w.units + w.inputs
    signs = {(s, t): 1 if p == "excitatory" else -1 for s, t, p in graph.edges(data="polarity")}
    assert signs == {(s, t): sign for s, t, sign in w.edges()}


def test_without_networkx_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ImportError, match="pip install networkx"):
        chain().to_networkx()
