"""RAND01: random numbers from a state that everybody shares."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="RAND01",
    name="global-random-state",
    severity="warning",
    what="Random numbers from a state that the whole process shares.",
    why="The result depends on every call before it, and on the library: nobody can repeat it elsewhere.",
    bad="import numpy as np\n\n\ndef noise(n: int):\n    return np.random.normal(size=n)\n",
    mend="take a key: ops.random.normal(key, (n,)), the same numbers on every backend",
)
NODES = (ast.Call,)
# generators of their own, and what is no state
_OWN = frozenset(
    {
        "Generator", "default_rng", "RandomState", "SeedSequence", "BitGenerator", "PCG64", "PCG64DXSM",
        "MT19937", "Philox", "SFC64", "mtrand", "key", "PRNGKey", "split", "fold_in", "fork_rng",
    }
)  # fmt: skip
_TORCH = frozenset(
    {
        "manual_seed", "seed", "rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial",
        "poisson", "rand_like", "randn_like", "randint_like",
    }
)  # fmt: skip


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """Calls of the functions of numpy.random and mlx.core.random, and of torch's that take no generator."""
    if not isinstance(node.func, ast.Name | ast.Attribute):
        return
    dotted = flow.resolve(node.func)
    if dotted is None:
        return
    module, _, name = dotted.rpartition(".")
    if module in ("numpy.random", "cupy.random", "mlx.core.random") and name not in _OWN:
        drawn = module != "mlx.core.random" or not _given(node, "key")
        if drawn:
            yield Finding(RULE, node, note=dotted)
    elif module == "torch" and name in _TORCH and not _given(node, "generator"):
        yield Finding(RULE, node, note=dotted)


def _given(node: ast.Call, name: str) -> bool:
    return any(word.arg == name for word in node.keywords)
