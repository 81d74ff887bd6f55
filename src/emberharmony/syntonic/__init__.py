"""Exact arithmetic in the golden field Q(phi): the same bits everywhere.

Start with `Golden`, one number; with `GoldenArray.from_ints`, `from_numbers`, `from_dyadic` and `snap`, which make
arrays; and with `linalg`. Functions of NumPy refuse exact arrays; methods, operators and `emberharmony.ops` take them.
`GoldenExact` and `ResonantTensor` are older names of `Golden` and `GoldenArray`.

>>> x = GoldenArray.from_numbers([[phi, 1], [0.5, 2]])
>>> linalg.solve(x, GoldenArray.from_ints([1, 0])).tolist()
[Golden(-12, 16, 19), Golden(3, -4, 19)]
"""

from emberharmony._core import Golden
from emberharmony.backend import register_type
from emberharmony.syntonic import geometry, linalg
from emberharmony.syntonic.array import GoldenArray, snap
from emberharmony.syntonic.expansions import (
    ContinuedFraction,
    beta_expand,
    continued_fraction,
    from_beta,
    from_zeckendorf,
    zeckendorf,
)
from emberharmony.syntonic.files import load, save
from emberharmony.syntonic.geometry import e6_positive_roots, e8_roots, golden_cone, icosians, penrose
from emberharmony.syntonic.layout import concat, stack
from emberharmony.syntonic.number_theory import (
    factors,
    generation,
    mertens,
    mobius,
    mobius_upto,
    pisano,
    squarefree_mask,
    winding_states,
)
from emberharmony.syntonic.numbers import (
    canonical,
    euclidean_divmod,
    fib,
    gcd,
    lucas,
    phi,
    phi_exponent,
    phi_power,
    sqrt5,
)
from emberharmony.syntonic.products import explain, matmul
from emberharmony.syntonic.table import FUNCTIONS
from emberharmony.syntonic.words import beatty, fibonacci_word, lower_wythoff, upper_wythoff

__all__ = [
    "ContinuedFraction",
    "Golden",
    "GoldenArray",
    "GoldenExact",
    "ResonantTensor",
    "beatty",
    "beta_expand",
    "canonical",
    "concat",
    "continued_fraction",
    "e6_positive_roots",
    "e8_roots",
    "euclidean_divmod",
    "explain",
    "factors",
    "fib",
    "fibonacci_word",
    "from_beta",
    "from_zeckendorf",
    "gcd",
    "generation",
    "geometry",
    "golden_cone",
    "icosians",
    "linalg",
    "load",
    "lower_wythoff",
    "lucas",
    "matmul",
    "mertens",
    "mobius",
    "mobius_upto",
    "penrose",
    "phi",
    "phi_exponent",
    "phi_power",
    "pisano",
    "save",
    "snap",
    "sqrt5",
    "squarefree_mask",
    "stack",
    "upper_wythoff",
    "winding_states",
    "zeckendorf",
]

GoldenExact = Golden  # the names that these had before
ResonantTensor = GoldenArray

# exact arrays flow through generic code; NumPy's stand beside them as masks, indices and integers
for _type in (GoldenArray, Golden):
    register_type(_type, FUNCTIONS, companion="numpy", name="golden")
