"""Random numbers with JAX's names: a draw is a pure function of a key and a shape, and the same on every backend.

    key = random.key(0)
    weights_key, noise_key = random.split(key)
    weights = random.normal(weights_key, (64, 32))

Nothing is remembered between calls: the same key gives the same numbers, so each use needs a key of its own, from
`split` or `fold_in`. Element `i` of a draw depends on the key and on `i` alone: a longer draw begins with the shorter.

On a CPU the numbers come from the Rust core, on all three backends the same. Where a key or a parameter is traced
(`torch.compile`, `vmap`, `mx.compile`) or another device is meant, the same definition is computed there: bits and
uniforms identical, the others within 4 units in the last place. A key of two Python integers is a constant for a
compiler; one that changes from call to call is `Key(*map(ops.asarray, key.words))` there. What the numbers are, says
docs/architecture/random_numbers.md.
"""

from __future__ import annotations

from emberharmony.ops.random.distributions import (
    bernoulli,
    beta,
    binomial,
    categorical,
    dirichlet,
    gamma,
    poisson,
    truncated_normal,
)
from emberharmony.ops.random.draws import bits, exponential, gumbel, normal, randint, uniform
from emberharmony.ops.random.keys import Key, fold_in, key, split
from emberharmony.ops.random.selection import choice, permutation

__all__ = [
    "Key",
    "bernoulli",
    "beta",
    "binomial",
    "bits",
    "categorical",
    "choice",
    "dirichlet",
    "exponential",
    "fold_in",
    "gamma",
    "gumbel",
    "key",
    "normal",
    "permutation",
    "poisson",
    "randint",
    "split",
    "truncated_normal",
    "uniform",
]
