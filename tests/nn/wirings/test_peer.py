"""`rng="ncps"` is held against the package itself, entry for entry."""

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, composite, integers, sampled_from

from emberharmony.nn.wirings import NCP, AutoNCP, FullyConnected, Random

peer = pytest.importorskip("ncps.wirings", reason="the oracle ncps is not installed")

seeds = integers(0, 2**32 - 1)
inputs = integers(1, 12)
sparsities = sampled_from([0.1, 0.25, 0.5, 0.75, 0.9])


def assert_same_graph(recipe, theirs, size):
    w = recipe.build(size)
    theirs.build(size)
    assert [[*row] for row in w.adjacency_matrix] == theirs.adjacency_matrix.tolist()
    assert [[*row] for row in w.sensory_adjacency_matrix] == theirs.sensory_adjacency_matrix.tolist()
    assert [[*layer] for layer in w.layers] == [[*theirs.get_neurons_of_layer(i)] for i in range(theirs.num_layers)]
    assert [w.type_of_neuron(i) for i in range(w.units)] == [theirs.get_type_of_neuron(i) for i in range(w.units)]
    assert (w.outputs, w.synapse_count) == (theirs.output_dim, theirs.synapse_count)


@composite
def ncp_arguments(draw):
    inter, command, motor = draw(integers(1, 20)), draw(integers(1, 12)), draw(integers(1, 8))
    fans = draw(integers(1, inter)), draw(integers(1, command)), draw(integers(0, 30)), draw(integers(1, command))
    return inter, command, motor, *fans, draw(seeds)


@given(arguments=ncp_arguments(), size=inputs)
def test_ncp_is_the_graph_of_ncps(arguments, size):
    assert_same_graph(NCP(*arguments, rng="ncps"), peer.NCP(*arguments), size)


def test_a_lost_command_neuron_gets_no_more_sources_than_there_are_command_neurons():
    arguments = 6, 2, 1, 1, 1, 0, 1  # six inter neurons choose one of two: the mean fan-in is 3, the peer's limit is 2
    lost = 0
    for seed in range(200):  # all six choose the same one in 1 of 32 graphs
        ours = NCP(*arguments, seed=seed, rng="ncps")
        assert_same_graph(ours, peer.NCP(*arguments, seed=seed), 2)
        lost += sorted(sum(t == i for _, t, _ in ours.build(2).synapses) for i in (1, 2)) == [2, 6]
    assert lost


@given(units=integers(4, 48), outputs=integers(1, 45), sparsity=sparsities, seed=seeds, size=inputs)
def test_auto_ncp_is_the_graph_of_ncps(units, outputs, sparsity, seed, size):
    outputs = min(outputs, units - 3)
    ours = AutoNCP(units, outputs, sparsity, seed, rng="ncps")
    assert_same_graph(ours, peer.AutoNCP(units, outputs, sparsity, seed), size)


@given(units=integers(1, 16), sparsity=sparsities, seed=seeds, size=inputs)
def test_random_is_the_graph_of_ncps(units, sparsity, seed, size):
    assert_same_graph(Random(units, None, sparsity, seed, rng="ncps"), peer.Random(units, None, sparsity, seed), size)


@given(units=integers(1, 12), itself=booleans(), seed=seeds, size=inputs)
def test_fully_connected_is_the_graph_of_ncps(units, itself, seed, size):
    ours = FullyConnected(units, self_connections=itself, seed=seed, rng="ncps")
    assert_same_graph(ours, peer.FullyConnected(units, None, seed, itself), size)


@pytest.mark.parametrize("name", ["AutoNCP", "Random", "FullyConnected"])
def test_the_defaults_are_those_of_ncps(name):
    ours = {"AutoNCP": AutoNCP, "Random": Random, "FullyConnected": FullyConnected}[name]
    arguments = (24, 4)
    assert_same_graph(ours(*arguments, rng="ncps"), getattr(peer, name)(*arguments), 5)
