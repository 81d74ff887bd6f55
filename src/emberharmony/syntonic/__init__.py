"""Exact arithmetic in the golden field Q(phi): the same bits everywhere."""

from emberharmony._core import Golden
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.numbers import fib, lucas, phi, phi_power, sqrt5

__all__ = ["Golden", "GoldenArray", "fib", "lucas", "phi", "phi_power", "sqrt5"]
