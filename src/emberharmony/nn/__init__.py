"""Networks: frozen dataclasses that are trees of arrays. Liquid ones, and what every module can do."""

from emberharmony.nn import cells, layers, wirings
from emberharmony.nn.files import load, save
from emberharmony.nn.interop import from_torch, to_torch
from emberharmony.nn.layers import (
    GRU,
    LSTM,
    LTC,
    RNN,
    Bidirectional,
    CfC,
    MultiStride,
    Recurrent,
    Stacked,
    StrideAwareCfC,
)
from emberharmony.nn.linear import Linear
from emberharmony.nn.modules import buffer, combine, module, parameters, partition, replace, static
from emberharmony.nn.ncps import from_ncps, to_ncps
from emberharmony.nn.weights import load_state_dict, state_dict
from emberharmony.nn.wirings import NCP, AutoNCP

__all__ = [
    "GRU",
    "LSTM",
    "LTC",
    "NCP",
    "RNN",
    "AutoNCP",
    "Bidirectional",
    "CfC",
    "Linear",
    "MultiStride",
    "Recurrent",
    "Stacked",
    "StrideAwareCfC",
    "buffer",
    "cells",
    "combine",
    "from_ncps",
    "from_torch",
    "layers",
    "load",
    "load_state_dict",
    "module",
    "parameters",
    "partition",
    "replace",
    "save",
    "state_dict",
    "static",
    "to_ncps",
    "to_torch",
    "wirings",
]
