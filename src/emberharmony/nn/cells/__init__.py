"""Recurrent cells: each a pure function `cell(x, state, dt) -> (y, state)` with its equation in its docstring."""

from emberharmony.nn.cells.cfc import CfCCell
from emberharmony.nn.cells.gru import GRUCell
from emberharmony.nn.cells.lstm import LSTMCell
from emberharmony.nn.cells.ltc import LTCCell
from emberharmony.nn.cells.mixed_memory import MixedMemoryCell
from emberharmony.nn.cells.rnn import RNNCell
from emberharmony.nn.cells.synapses import Synapses
from emberharmony.nn.cells.wired_cfc import WiredCfCCell

__all__ = [
    "CfCCell",
    "GRUCell",
    "LSTMCell",
    "LTCCell",
    "MixedMemoryCell",
    "RNNCell",
    "Synapses",
    "WiredCfCCell",
]
