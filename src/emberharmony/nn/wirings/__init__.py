"""Wirings: which neuron drives which. A recipe is built into a graph when the number of inputs is known.

recipe = AutoNCP(units=64, output_size=8)        FullyConnected, Random, NCP, AutoNCP, Layered
wiring = recipe.build(input_size=16)             Wiring: immutable, compared by value
"""

from emberharmony.nn.wirings.flat import FullyConnected, Random
from emberharmony.nn.wirings.layered import Layered
from emberharmony.nn.wirings.ncp import NCP, AutoNCP
from emberharmony.nn.wirings.wiring import Wiring

__all__ = ["NCP", "AutoNCP", "FullyConnected", "Layered", "Random", "Wiring"]
