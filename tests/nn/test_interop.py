"""A module as a torch.nn.Module: the same numbers, and everything torch does with its own."""

import copy
import io
import os
import pickle
from typing import Any

import pytest
import torch

from emberharmony import nn, ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, NotAnArrayError
from emberharmony.pytree import tree_flatten, tree_map

EPS = 2.0**-23


@nn.module
class Linear:
    weight: Any
    bias: Any
    mask: Any = nn.buffer(default=None)
    activation: Any = nn.static(default=ops.tanh)
    scale: float = 0.5

    def __call__(self, x, shift=0.0):
        y = self.scale * (x @ self.weight) + self.bias
        return self.activation(y if self.mask is None else y * self.mask) + shift


@nn.module
class Net:
    layers: list
    steps: Any
    readout: Any = None

    def __call__(self, x, shift=0.0):
        for layer in self.layers:
            x = layer(x)
        return (x @ ops.permute_dims(self.readout, (1, 0)) if self.readout is not None else x) + shift


def weights(*shape):
    count = 1
    for n in shape:
        count *= n
    return ops.reshape(ops.sin(ops.arange(float(count), dtype="float32") + 1), shape)


def net():
    """Two layers, and a readout that is the first one's weight."""
    w = weights(2, 4)
    mask = ops.asarray([1.0, 0.0, 1.0, 1.0], dtype="float32")
    layers = [Linear(w, weights(4), mask), Linear(weights(4, 4), weights(4))]
    return Net(layers, ops.asarray(3, dtype="int64"), w)


X = torch.sin(torch.arange(12.0)).reshape(6, 2)
Y = torch.cos(torch.arange(12.0)).reshape(6, 2)


def by_hand(x, p):
    """The same network in plain torch; torch names the tied weight by the place that is nearest the root."""
    w, mask = p["readout"], torch.tensor([1.0, 0.0, 1.0, 1.0])
    y = torch.tanh((0.5 * (x @ w) + p["layers.0.bias"]) * mask)
    y = torch.tanh(0.5 * (y @ p["layers.1.weight"]) + p["layers.1.bias"])
    return y @ w.T


def test_the_forward_pass_is_that_of_plain_torch(backend):
    m = nn.to_torch(net())
    assert isinstance(m, torch.nn.Module)
    # each of the 3 sums of at most 4 terms of size at most 1 is rounded at most 2 x 4 times
    torch.testing.assert_close(m(X), by_hand(X, dict(m.named_parameters())), rtol=0, atol=3 * 8 * EPS)
    assert torch.equal(m(X, shift=1.0), m(X) + 1.0)


def test_names_are_our_paths(backend):
    m = nn.to_torch(net())
    assert {*m.state_dict()} == {name for name, x in nn.state_dict(net()).items() if registry.is_array(x)}
    assert {*dict(m.named_parameters(remove_duplicate=False))} == {*nn.parameters(net())}
    assert {*dict(m.named_buffers())} == {"layers.0.mask", "steps"}
    assert m.get_submodule("layers.0") is not None
    assert "Net" in repr(m)


def test_a_tied_weight_stays_tied(backend):
    m = nn.to_torch(net())
    assert m.readout is m.get_parameter("layers.0.weight")
    for other in (copy.deepcopy(m), pickle.loads(pickle.dumps(m)), m.double()):
        assert other.readout is other.get_parameter("layers.0.weight")
    back = nn.from_torch(m)
    assert back.readout is back.layers[0].weight


def test_what_comes_back_is_what_went_in(backend):
    m = net()
    back = nn.from_torch(nn.to_torch(m))
    (leaves, structure), (again, same) = tree_flatten(m), tree_flatten(back)
    assert structure == same
    for x, y in zip(leaves, again, strict=True):
        assert type(x) is type(y)
        if registry.is_array(x):
            assert (x.dtype, ops.tolist(x)) == (y.dtype, ops.tolist(y))
            assert x is not y
        else:
            assert x == y


def test_copies_do_not_change_the_module(backend):
    m = net()
    before = ops.tolist(m.layers[0].weight)
    t = nn.to_torch(m)
    with torch.no_grad():
        for p in t.parameters():
            p += 1.0
    assert ops.tolist(m.layers[0].weight) == before
    assert ops.tolist(nn.from_torch(t).layers[0].weight) == ops.tolist(t.get_parameter("layers.0.weight"))


def train(m, steps=3, forward=None):
    """Adam with a schedule, as any training loop writes it; returns the losses."""
    optimizer = torch.optim.Adam(m.parameters(), lr=0.05)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    losses = []
    m.train()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((forward or m)(X) - Y).square().mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def test_training_equals_training_by_hand(backend):
    m = nn.to_torch(net())
    p = {name: torch.nn.Parameter(x.detach().clone()) for name, x in m.named_parameters()}
    plain = torch.nn.ParameterDict({name.replace(".", "_"): x for name, x in p.items()})
    mine = train(m)
    theirs = train(plain, forward=lambda x: by_hand(x, p))
    assert mine[-1] < mine[0]
    # a gradient is exact to some 50 eps of its terms, and each of 3 steps of Adam, at most lr long, turns a relative
    # error of the gradient into one of the step: 3 x 0.05 x 50 eps = 1e-6 where gradients are not small sums of large
    torch.testing.assert_close(torch.tensor(mine), torch.tensor(theirs), rtol=1e-5, atol=0)
    for name, x in m.named_parameters():
        torch.testing.assert_close(x, p[name], rtol=0, atol=1e-5)
    back = nn.from_torch(m)
    assert registry.backend_of(back.layers[1].bias).name == backend
    assert ops.tolist(back.layers[1].bias) == m.get_parameter("layers.1.bias").tolist()
    assert ops.tolist(back.steps) == 3


@pytest.mark.parametrize("how", ["aot_eager", pytest.param("inductor", marks=pytest.mark.slow)])
def test_a_compiled_module_trains_to_the_same_numbers_in_one_graph(backend, how):
    m = nn.to_torch(net())
    other = nn.to_torch(net())
    compiled = torch.compile(other, backend=how, fullgraph=True)
    # inductor may order the sums of 4 differently
    torch.testing.assert_close(torch.tensor(train(compiled)), torch.tensor(train(m)), rtol=1e-5, atol=0)
    for x, y in zip(other.parameters(), m.parameters(), strict=True):
        torch.testing.assert_close(x, y, rtol=0, atol=1e-5)
    assert isinstance(nn.from_torch(compiled), Net)


def test_modules_are_made_replaced_and_cut_inside_one_graph():
    @nn.module
    class Own(Linear):
        def __init__(self, weight):
            self.weight, self.bias, self.mask, self.activation, self.scale = weight, 1.0, None, ops.exp, 0.25

    def f(m, x):
        m = nn.replace(tree_map(lambda leaf: leaf + 1, m), bias=m.bias * 2)
        return nn.combine(*nn.partition(m))(x) + Linear(m.weight, 0.0, activation=ops.tanh)(x) + Own(m.weight)(x)

    m = Linear(torch.ones(2, 2), torch.ones(2))
    expected = f(m, X)
    torch.testing.assert_close(torch.compile(f, backend="eager", fullgraph=True)(m, X), expected, rtol=0, atol=0)


def test_a_functional_call_sees_other_parameters(backend):
    m = nn.to_torch(net())
    zeros = {name: torch.zeros_like(x) for name, x in m.named_parameters()}
    assert torch.equal(torch.func.functional_call(m, zeros, (X,)), torch.zeros(6, 2))
    gradient = torch.func.grad(lambda p: torch.func.functional_call(m, p, (X,)).sum())(dict(m.named_parameters()))
    m(X).sum().backward()
    for name, g in gradient.items():
        torch.testing.assert_close(g, m.get_parameter(name).grad)


def test_it_moves_and_changes_its_dtype(backend):
    m = nn.to_torch(net()).double()
    assert m(X.double()).dtype == torch.float64
    assert m.steps.dtype == torch.int64
    assert nn.to_torch(net()).to(torch.bfloat16)(X.bfloat16()).dtype == torch.bfloat16
    meta = nn.to_torch(net()).to("meta")
    assert meta(X.to("meta")).device.type == "meta"
    assert meta.steps.device.type == "meta"


def test_a_dtype_given_in_torch_comes_back(backend):
    half = nn.from_torch(nn.to_torch(net()).bfloat16()).layers[1].bias
    assert ops.dtype_name(half) == ("float32" if backend == "numpy" else "bfloat16")
    assert ops.dtype_name(nn.from_torch(nn.to_torch(net()).double()).layers[1].bias) == "float64"


def test_autocast_computes_products_in_bfloat16(backend):
    m = nn.to_torch(Linear(weights(2, 2), weights(2), activation=ops.stop_gradient))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = m(X)
    exact = m(X)
    assert not torch.equal(y.float(), exact)
    # |x| <= 1 and |w| <= 1: two products of rounded factors and a sum, each within 2^-8 of 2
    torch.testing.assert_close(y.float(), exact, rtol=0, atol=4 * 2 * 2.0**-8)


def test_it_is_saved_and_loaded_by_torch(backend):
    m = nn.to_torch(net())
    file = io.BytesIO()
    torch.save(m, file)
    again = torch.load(io.BytesIO(file.getvalue()), weights_only=False)
    assert torch.equal(again(X), m(X))
    other = nn.to_torch(tree_map(lambda x: x * 0 if registry.is_array(x) else x, net()))
    other.load_state_dict(m.state_dict())
    assert torch.equal(other(X), m(X))


def test_a_deep_copy_trains_alone(backend):
    m = nn.to_torch(net())
    other = copy.deepcopy(m)
    train(other)
    assert not torch.equal(other(X), m(X))
    assert torch.equal(m(X), nn.to_torch(net())(X))


def test_parametrizations_are_seen(backend):
    m = nn.to_torch(Linear(weights(2, 2), weights(2)))
    y = m(X)

    class Negative(torch.nn.Module):
        def forward(self, w):
            return -w

    torch.nn.utils.parametrize.register_parametrization(m, "weight", Negative())
    expected = torch.tanh(0.5 * (X @ -m.parametrizations.weight.original) + m.bias)
    torch.testing.assert_close(m(X), expected, rtol=0, atol=8 * EPS)
    assert not torch.equal(m(X), y)


def test_it_trains_under_distributed_data_parallel(backend, tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "GLOO_SOCKET_IFNAME", "lo")
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/ranks", rank=0, world_size=1)
    try:
        m = nn.to_torch(net())
        parallel = torch.nn.parallel.DistributedDataParallel(m)
        alone = nn.to_torch(net())
        assert train(parallel) == train(alone)
        assert ops.tolist(nn.from_torch(parallel).readout) == alone.readout.tolist()
    finally:
        torch.distributed.destroy_process_group()


def test_sharing_changes_the_module_in_place_and_is_only_for_tensors(backend):
    m = Linear(weights(2, 2), weights(2))
    if backend != "torch":
        with pytest.raises(NotAnArrayError, match=f"weight is an array of {backend}"):
            nn.to_torch(m, share=True)
        with pytest.raises(NotAnArrayError, match=f"weight is an array of {backend}"):
            nn.from_torch(nn.to_torch(m), share=True)
        return
    t = nn.to_torch(m, share=True)
    with torch.no_grad():
        t.weight.fill_(2.0)
    assert m.weight.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    back = nn.from_torch(t, share=True)
    assert back.weight.data_ptr() == m.weight.data_ptr()
    assert not back.weight.requires_grad


def test_a_name_that_torch_keeps_for_itself_is_refused():
    @nn.module
    class Taken:
        modules: Any

        def __call__(self, x):
            return x

    with pytest.raises(ArgumentError, match=r"'modules'(.|\n)*another name"):
        nn.to_torch(Taken([torch.ones(2)]))


def test_what_cannot_be_called_and_what_is_not_ours_is_refused():
    with pytest.raises(ArgumentError, match=r"dict, which cannot be called"):
        nn.to_torch({"w": torch.ones(2)})
    with pytest.raises(ArgumentError, match=r"from_torch got Linear(.|\n)*load_state_dict"):
        nn.from_torch(torch.nn.Linear(2, 2))
    m = nn.load_state_dict({"weight": torch.ones(1, 2), "bias": torch.ones(1)}, torch.nn.Linear(2, 1).state_dict())
    assert m["weight"].shape == (1, 2)
