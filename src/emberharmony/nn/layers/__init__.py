"""Layers: a cell run over whole sequences, with time spans, masks and states that can be carried on."""

from emberharmony.nn.layers.combined import Bidirectional, Stacked
from emberharmony.nn.layers.recurrent import GRU, LSTM, LTC, RNN, CfC, Recurrent
from emberharmony.nn.layers.stride_aware import MultiStride, StrideAwareCfC

__all__ = [
    "GRU",
    "LSTM",
    "LTC",
    "RNN",
    "Bidirectional",
    "CfC",
    "MultiStride",
    "Recurrent",
    "Stacked",
    "StrideAwareCfC",
]
