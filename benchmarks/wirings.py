"""Claim: a wiring is built faster than ncps 1.0.1 builds the same one, and compared by its hash."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony.nn.wirings import AutoNCP, FullyConnected

SIZES = {"AutoNCP(32, 4), 8 inputs": (32, 4, 8), "AutoNCP(64, 8), 16 inputs": (64, 8, 16)}


def contenders(units: int, outputs: int, inputs: int) -> dict[str, Callable[[], object]]:
    """Both build one graph; that it is the same one is checked first."""
    import ncps.wirings

    def theirs() -> object:
        wiring = ncps.wirings.AutoNCP(units, outputs)
        wiring.build(inputs)
        return wiring

    ours = AutoNCP(units, outputs, rng="ncps").build(inputs)
    assert theirs().adjacency_matrix.tolist() == [list(row) for row in ours.adjacency_matrix]  # type: ignore[attr-defined]
    return {"ours": lambda: AutoNCP(units, outputs).build(inputs), "ncps": theirs}


def main() -> int:
    """Print the tables."""
    tables = {
        name: (harness.measure(contenders(*sizes), rounds=15), [Goal("ours", over="ncps", at_most=1.0)])
        for name, sizes in SIZES.items()
    }
    full = FullyConnected(64).build(8)
    again = FullyConnected(64).build(8)
    tables["two graphs of 4096 synapses"] = (
        harness.measure({"equal": lambda: full == again, "hash": lambda: hash(full)}, rounds=15),
        [],
    )
    return harness.show(__doc__ or "", tables, __file__)


if __name__ == "__main__":
    sys.exit(main())
