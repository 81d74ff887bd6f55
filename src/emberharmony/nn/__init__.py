"""Modules: frozen dataclasses that are trees of arrays, and how they are cut, saved, and handed to PyTorch."""

from emberharmony.nn.files import load, save
from emberharmony.nn.interop import from_torch, to_torch
from emberharmony.nn.modules import buffer, combine, module, parameters, partition, replace, static
from emberharmony.nn.weights import load_state_dict, state_dict

__all__ = [
    "buffer",
    "combine",
    "from_torch",
    "load",
    "load_state_dict",
    "module",
    "parameters",
    "partition",
    "replace",
    "save",
    "state_dict",
    "static",
    "to_torch",
]
