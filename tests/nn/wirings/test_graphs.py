"""What holds for every graph that a recipe builds."""

import random
from collections import Counter

from hypothesis import given
from hypothesis.strategies import booleans, composite, floats, integers, lists

from emberharmony.nn.wirings import NCP, AutoNCP, FullyConnected, Layered, Random

seeds = integers(0, 2**64)
inputs = integers(1, 12)


@composite
def ncps(draw, rng="ember"):
    inter, command, motor = draw(integers(1, 20)), draw(integers(1, 12)), draw(integers(1, 8))
    return NCP(
        inter,
        command,
        motor,
        sensory_fanout=draw(integers(1, inter)),
        inter_fanout=draw(integers(1, command)),
        recurrent_command_synapses=draw(integers(0, command**2)),
        motor_fanin=draw(integers(1, command)),
        seed=draw(seeds if rng == "ember" else integers(0, 2**32 - 1)),
        rng=rng,
    )


@composite
def autos(draw, sparsity=None):
    units = draw(integers(4, 60))
    outputs = draw(integers(1, units - 3))
    return AutoNCP(units, outputs, draw(floats(0, 1)) if sparsity is None else sparsity, draw(seeds))


@composite
def layereds(draw):
    sizes = draw(lists(integers(1, 9), min_size=2, max_size=6))
    return Layered(
        sizes,
        fanouts=[draw(integers(1, size)) for size in sizes[:-1]],
        motor_fanin=draw(integers(1, sizes[-2])),
        recurrent=[draw(integers(0, size**2)) for size in sizes],
        seed=draw(seeds),
    )


@composite
def flats(draw):
    units = draw(integers(1, 16))
    outputs = draw(integers(1, units))
    if draw(booleans()):
        return FullyConnected(units, outputs, self_connections=draw(booleans()), seed=draw(seeds))
    return Random(units, outputs, draw(floats(0, 1, exclude_max=True)), draw(seeds))


anything = ncps() | autos() | layereds() | flats()


def sources_and_targets(synapses):
    return Counter(s for s, _, _ in synapses), Counter(t for _, t, _ in synapses)


def average(sources, count, targets):
    """What a neuron that nobody drew gets: the mean number of partners, at least one."""
    return max(1, sources * count // targets)


@given(recipe=anything, size=inputs)
def test_synapses_are_distinct_signed_pairs_sorted_by_target_then_source(recipe, size):
    w = recipe.build(size)
    for synapses, sources in ((w.synapses, w.units), (w.sensory, w.inputs)):
        pairs = [(target, source) for source, target, _ in synapses]
        assert pairs == sorted(set(pairs))
        assert all(0 <= s < sources and 0 <= t < w.units and sign in (-1, 1) for s, t, sign in synapses)
    assert (w.units, w.inputs, w.outputs) == (recipe.units, size, recipe.output_dim)


@given(recipe=anything, size=inputs)
def test_a_recipe_always_builds_the_same_graph_and_leaves_the_global_stream_alone(recipe, size):
    before = random.getstate()
    one, other = recipe.build(size), recipe.build(size)
    assert one == other
    assert hash(one) == hash(other)
    assert random.getstate() == before


def test_another_seed_gives_another_graph():
    for make in (
        lambda seed: AutoNCP(32, 4, seed=seed),
        lambda seed: FullyConnected(16, seed=seed),
        lambda seed: Random(32, sparsity_level=0.5, seed=seed),
        lambda seed: Layered([16, 8, 4], [4, 4], 4, seed=seed),
    ):
        assert len({make(seed).build(8) for seed in range(20)}) == 20


@given(recipe=ncps() | autos() | layereds(), size=inputs)
def test_layers_drive_themselves_and_the_next_one_only_and_every_neuron_lies_on_a_path(recipe, size):
    w = recipe.build(size)
    layer_of = {i: number for number in range(w.num_layers) for i in w.neurons_of_layer(number)}
    assert {layer_of[t] for _, t, _ in w.sensory} == {0}
    assert {layer_of[t] - layer_of[s] for s, t, _ in w.synapses} <= {0, 1}
    assert w.validate() is w
    assert {s for s, _, _ in w.sensory} == {*range(size)}


@given(recipe=ncps() | autos(), size=inputs)
def test_in_an_ncp_motors_drive_nobody_and_only_command_neurons_talk_among_themselves(recipe, size):
    w = recipe.build(size)
    kinds = Counter((w.type_of_neuron(s), w.type_of_neuron(t)) for s, t, _ in w.synapses)
    assert {*kinds} <= {("inter", "command"), ("command", "command"), ("command", "motor")}
    ncp = recipe if isinstance(recipe, NCP) else recipe.ncp()
    assert kinds["command", "command"] == ncp.recurrent_command_synapses


@given(recipe=ncps(), size=inputs)
def test_fans_are_what_was_asked_and_only_neurons_that_nobody_drew_get_more(recipe, size):
    w = recipe.build(size)
    inter, command, motor = recipe.inter_neurons, recipe.command_neurons, recipe.motor_neurons
    up = [s for s in w.synapses if w.type_of_neuron(s[1]) == "command" and w.type_of_neuron(s[0]) == "inter"]
    out = [(t, s, sign) for s, t, sign in w.synapses if w.type_of_neuron(t) == "motor"]  # motors choose their sources
    for synapses, sources, fan, targets in (
        (w.sensory, size, recipe.sensory_fanout, inter),
        (up, inter, recipe.inter_fanout, command),
        (out, motor, recipe.motor_fanin, command),
    ):
        fanout, fanin = sources_and_targets(synapses)
        repair = average(sources, fan, targets)
        extra = sum(fanout.values()) - sources * fan
        assert len(fanin) == targets
        assert min(fanout.values()) >= fan
        assert extra % repair == 0
        assert sum(count == repair for count in fanin.values()) >= extra // repair
        assert extra // repair <= max(0, targets - fan)  # the first source alone draws `fan` of them


@given(recipe=ncps(), size=inputs)
def test_an_ncp_is_three_layers(recipe, size):
    layered = Layered(
        [recipe.inter_neurons, recipe.command_neurons, recipe.motor_neurons],
        [recipe.sensory_fanout, recipe.inter_fanout],
        recipe.motor_fanin,
        [0, recipe.recurrent_command_synapses, 0],
        recipe.seed,
    )
    assert layered.build(size) == recipe.build(size)


@given(recipe=autos(), size=inputs)
def test_auto_ncp_shares_out_its_neurons(recipe, size):
    w = recipe.build(size)
    inter, command, motor = map(len, w.layers)
    rest = recipe.units - recipe.output_size
    assert (motor, command, inter) == (recipe.output_size, max(int(0.4 * rest), 1), rest - max(int(0.4 * rest), 1))


@given(recipe=autos(sparsity=0.0), size=inputs)
def test_without_sparsity_each_layer_hears_all_of_the_one_before(recipe, size):
    w = recipe.build(size)
    inter, command, motor = map(len, w.layers)
    assert w.sensory_synapse_count == size * inter
    assert w.synapse_count == inter * command + min(2 * command, command**2) + command * motor


@given(recipe=flats(), size=inputs)
def test_flat_wirings_have_the_number_of_synapses_that_was_asked(recipe, size):
    w = recipe.build(size)
    assert w.layers == (tuple(range(recipe.units)),)
    assert w.density == w.synapse_count / w.units**2
    if isinstance(recipe, Random):
        dense = 1 - recipe.sparsity_level
        assert w.synapse_count == round(recipe.units**2 * dense)
        assert w.sensory_synapse_count == round(size * recipe.units * dense)
    else:
        assert w.synapse_count == recipe.units**2 - (0 if recipe.self_connections else recipe.units)
        assert w.sensory_synapse_count == size * recipe.units


def test_layered_signs_are_even_and_flat_ones_are_excitatory_two_times_of_three():
    for w, p in ((Layered([100, 100], [100], 100).build(100), 1 / 2), (FullyConnected(100).build(100), 2 / 3)):
        signs = [sign for _, _, sign in (*w.synapses, *w.sensory)]
        n = len(signs)  # 20 000 draws: six standard deviations are missed once in 10^9
        assert abs(signs.count(1) / n - p) < 6 * (p * (1 - p) / n) ** 0.5


def test_a_seed_keeps_its_graph():
    """Weights are trained on a graph, so these numbers never change: a test that fails here has found a mistake."""
    w = NCP(4, 3, 2, 2, 2, 3, 2, seed=7).build(3)
    assert w.sensory == ((0, 5, -1), (1, 5, 1), (2, 5, -1), (0, 6, 1), (1, 7, -1), (2, 7, -1), (1, 8, 1))
    assert w.to_coo() == (
        (3, 4, 2, 3, 2, 3, 5, 6, 8, 5, 6, 7, 3, 7, 8),
        (0, 0, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4),
        (1, -1, 1, 1, -1, -1, 1, -1, -1, 1, 1, -1, -1, -1, 1),
    )
    signs = [sign for _, _, sign in Random(4, 2, 0.5, seed=7).build(3).synapses]
    assert signs == [-1, -1, 1, -1, -1, 1, 1, -1]
