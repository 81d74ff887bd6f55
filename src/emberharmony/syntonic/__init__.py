"""Exact arithmetic in the golden field Q(phi): the same bits everywhere."""

from emberharmony._core import Golden
from emberharmony.backend import register_type
from emberharmony.syntonic import linalg
from emberharmony.syntonic.array import GoldenArray, snap
from emberharmony.syntonic.files import load, save
from emberharmony.syntonic.layout import concat, stack
from emberharmony.syntonic.numbers import fib, lucas, phi, phi_power, sqrt5
from emberharmony.syntonic.products import explain, matmul
from emberharmony.syntonic.table import FUNCTIONS

__all__ = [
    "Golden",
    "GoldenArray",
    "GoldenExact",
    "ResonantTensor",
    "concat",
    "explain",
    "fib",
    "linalg",
    "load",
    "lucas",
    "matmul",
    "phi",
    "phi_power",
    "save",
    "snap",
    "sqrt5",
    "stack",
]

GoldenExact = Golden  # the names that these had before
ResonantTensor = GoldenArray

# exact arrays flow through generic code; NumPy's stand beside them as masks, indices and integers
for _type in (GoldenArray, Golden):
    register_type(_type, FUNCTIONS, companion="numpy", name="golden")
