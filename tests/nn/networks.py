"""Networks and sequences that several tests use."""

import numpy as np

from emberharmony import nn, ops, random
from emberharmony.nn.wirings import AutoNCP, FullyConnected, Random

INPUTS = 3

KINDS = {
    "ltc": lambda **k: nn.LTC(INPUTS, AutoNCP(12, 3), **k),
    "ltc-full": lambda **k: nn.LTC(INPUTS, 6, implicit_param_constraints=False, **k),
    "ltc-exp-euler": lambda **k: nn.LTC(INPUTS, AutoNCP(12, 3), solver="exp_euler", input_mapping=None, **k),
    "ltc-exp-midpoint": lambda **k: nn.LTC(INPUTS, AutoNCP(12, 3), solver="exp_midpoint", **k),
    "ltc-rk4": lambda **k: nn.LTC(INPUTS, AutoNCP(12, 3), solver="rk4", output_mapping="linear", **k),
    "ltc-memory": lambda **k: nn.LTC(INPUTS, Random(7, 3), mixed_memory=True, **k),
    "cfc": lambda **k: nn.CfC(INPUTS, 6, backbone_units=9, **k),
    "cfc-deep": lambda **k: nn.CfC(INPUTS, 6, backbone_units=9, backbone_layers=3, activation="gelu", **k),
    "cfc-bare": lambda **k: nn.CfC(INPUTS, 6, backbone_layers=0, mode="no_gate", **k),
    "cfc-pure": lambda **k: nn.CfC(INPUTS, 6, backbone_units=9, mode="pure", activation="silu", **k),
    "cfc-solution": lambda **k: nn.CfC(INPUTS, 6, backbone_units=9, mode="solution", activation="relu", **k),
    "cfc-memory": lambda **k: nn.CfC(INPUTS, 6, backbone_units=9, mixed_memory=True, activation="tanh", **k),
    "cfc-wired": lambda **k: nn.CfC(INPUTS, AutoNCP(12, 3), **k),
    "cfc-ncps": lambda **k: nn.CfC(INPUTS, AutoNCP(12, 3), compat="ncps", **k),
    "cfc-wired-memory": lambda **k: nn.CfC(INPUTS, FullyConnected(5), mixed_memory=True, **k),
    "rnn": lambda **k: nn.RNN(INPUTS, AutoNCP(12, 3), **k),
    "gru": lambda **k: nn.GRU(INPUTS, 5, **k),
    "lstm": lambda **k: nn.LSTM(INPUTS, 5, proj_size=2, **k),
}


def network(kind, seed=0, dtype="float64", **settings):
    """One of the kinds, with weights of a seed."""
    return KINDS[kind](key=random.key(seed), dtype=dtype, **settings)


def normal(seed, shape, dtype="float64"):
    """Numbers of a seed, the same on every backend to the last bits."""
    return random.normal(random.key(seed), shape, dtype)


def uniform(seed, shape, dtype="float64"):
    return random.uniform(random.key(seed), shape, dtype, 0.0, 2.0)


def distance(x, y):
    """The largest difference of two trees of arrays, in NumPy."""
    x, y = ([x], [y]) if not isinstance(x, tuple) else (x, y)
    return max((float(np.max(np.abs(numpy(a) - numpy(b)), initial=0.0)) for a, b in zip(x, y, strict=True)), default=0)


def numpy(x):
    return np.asarray(ops.to_numpy(ops.stop_gradient(x)), dtype=np.float64)
