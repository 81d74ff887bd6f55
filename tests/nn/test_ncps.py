"""Our layers against ncps with the same weights, both ways, values and gradients."""

import numpy as np
import pytest
from tests.nn.networks import network, numpy

from emberharmony import nn, ops, random
from emberharmony.errors import ArgumentError

torch = pytest.importorskip("torch")
peer = pytest.importorskip("ncps.torch")
wirings = pytest.importorskip("ncps.wirings")

THEIRS = {
    "ltc": lambda: peer.LTC(3, wirings.AutoNCP(20, 4)),
    "ltc-full": lambda: peer.LTC(3, 8, implicit_param_constraints=True, input_mapping="linear", output_mapping=None),
    "ltc-random": lambda: peer.LTC(3, wirings.Random(9, 4), ode_unfolds=3, return_sequences=False),
    "ltc-memory": lambda: peer.LTC(3, wirings.AutoNCP(12, 2), mixed_memory=True),
    "cfc": lambda: peer.CfC(3, 8),
    "cfc-deep": lambda: peer.CfC(3, 8, backbone_layers=2, backbone_units=10, activation="gelu", backbone_dropout=0.0),
    "cfc-bare": lambda: peer.CfC(3, 8, backbone_layers=0, proj_size=2),
    "cfc-pure": lambda: peer.CfC(3, 8, mode="pure", activation="silu"),
    "cfc-no-gate": lambda: peer.CfC(3, 8, mode="no_gate", activation="relu"),
    "cfc-memory": lambda: peer.CfC(3, 8, mixed_memory=True, activation="tanh", return_sequences=False),
    "cfc-wired": lambda: peer.CfC(3, wirings.AutoNCP(20, 4)),
    "cfc-wired-pure": lambda: peer.CfC(3, wirings.AutoNCP(20, 4), mode="pure", mixed_memory=True),
    "cfc-random": lambda: peer.CfC(3, wirings.Random(9, 4), mode="no_gate"),
}
every_kind = pytest.mark.parametrize("kind", THEIRS)


def theirs(kind, dtype):
    torch.manual_seed(7)
    return THEIRS[kind]().to(dtype)


def case(module, dtype, steps=50):
    """x, spans and a state, for one row: ncps cannot take spans for several."""
    torch.manual_seed(8)
    x, dt = torch.randn(1, steps, 3, dtype=dtype), torch.rand(1, steps, dtype=dtype) + 0.1
    h = torch.randn(1, module.state_size, dtype=dtype) / 4
    return x, dt, (h, h / 2) if module.use_mixed else h


def ours(x, backend):
    if isinstance(x, tuple):
        return tuple(ours(y, backend) for y in x)
    return ops.convert(x.detach(), backend)


@every_kind
@pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-10), ("float32", 5e-6)])
def test_outputs_and_states_are_those_of_the_peer(backend, kind, dtype, bound):
    module = theirs(kind, getattr(torch, dtype))
    x, dt, state = case(module, getattr(torch, dtype))
    with torch.no_grad():
        y, after = module(x, state, dt)
    found, last = nn.from_ncps(module)(ours(x, backend), ours(state, backend), timespans=ours(dt, backend))
    assert np.abs(numpy(found) - numpy(y)).max() <= bound
    for a, b in zip(*(s if isinstance(s, tuple) else (s,) for s in (last, after)), strict=True):
        assert np.abs(numpy(a) - numpy(b)).max() <= bound


@every_kind
@pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-9), ("float32", 5e-5)])
def test_gradients_are_those_of_the_peer(backend, kind, dtype, bound):
    module = theirs(kind, getattr(torch, dtype))
    x, dt, state = case(module, getattr(torch, dtype), steps=20)
    x.requires_grad_()
    (module(x, state, dt)[0] ** 2).sum().backward()
    layer = nn.from_ncps(module)

    def loss(layer, x):
        return ops.sum(layer(x, ours(state, backend), timespans=ours(dt, backend))[0] ** 2)

    gradient, dx = ops.grad(loss, argnums=(0, 1))(layer, ours(x, backend))
    scale = float(x.grad.abs().max())
    assert np.abs(numpy(dx) - numpy(x.grad)).max() <= bound * max(scale, 1)
    # their gradients, read as weights, come in through the same door
    names = dict(module.named_parameters())
    with torch.no_grad():
        for p in names.values():
            if p.requires_grad:
                p.copy_(p.grad if p.grad is not None else torch.zeros_like(p))
    expected = nn.parameters(nn.from_ncps(module))
    for name, g in nn.parameters(gradient).items():
        e = numpy(expected[name])
        assert np.abs(numpy(g) - e).max() <= bound * max(np.abs(e).max(), 1), name


@every_kind
def test_there_and_back_changes_nothing(backend, kind):
    module = theirs(kind, torch.float32)
    x, dt, state = case(module, torch.float32, steps=10)
    if kind == "cfc-random":
        # ncps gives the whole last layer, so that is what came, and what goes back
        assert nn.from_ncps(module).cell.output_size == 9
    again = nn.to_ncps(nn.from_ncps(module))
    with torch.no_grad():
        assert float((again(x, state, dt)[0] - module(x, state, dt)[0]).abs().max()) <= 1e-6


def test_in_torch_ours_is_called_like_theirs(backend):
    module = theirs("cfc", torch.float32)
    x, dt, state = case(module, torch.float32)
    layer = nn.to_torch(nn.from_ncps(module))
    y, after = layer(x, state, timespans=dt)
    expected, last = module(x, state, timespans=dt)
    assert np.abs(numpy(y) - numpy(expected)).max() <= 5e-6
    assert np.abs(numpy(after) - numpy(last)).max() <= 5e-6
    y.sum().backward()
    assert all(p.grad is not None for p in layer.parameters())


def test_what_the_peer_lacks_is_refused(backend):
    for kind in ("ltc-rk4", "cfc-solution", "cfc-wired", "gru"):
        with pytest.raises(ArgumentError, match="to_ncps got"):
            nn.to_ncps(network(kind))
    with pytest.raises(ArgumentError, match="batch_first"):
        nn.from_ncps(peer.CfC(3, 8, batch_first=False))
    with pytest.raises(ArgumentError, match=r"torch.nn.modules.linear.Linear"):
        nn.from_ncps(torch.nn.Linear(2, 2))


@pytest.mark.parametrize("kind", ["ltc-full", "cfc-deep", "cfc-memory", "cfc-ncps"])
def test_ours_goes_to_the_peer_and_gives_the_same(backend, kind):
    layer = network(kind, dtype="float32")
    module = nn.to_ncps(layer)
    x, _, _ = case(module, torch.float32, steps=10)
    with torch.no_grad():
        y, _ = module(x)
    assert np.abs(numpy(layer(ours(x, backend))[0]) - numpy(y)).max() <= 5e-6


def test_random_weights_differ_by_key_alone(backend):
    one, same, other = (nn.LTC(3, 8, key=random.key(seed)) for seed in (0, 0, 1))
    weights = [numpy(layer.cell.neurons.mu) for layer in (one, same, other)]
    assert (weights[0] == weights[1]).all()
    assert (weights[0] != weights[2]).any()
