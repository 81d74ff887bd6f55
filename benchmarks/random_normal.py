"""Claim: 1e7 float32 normals in one thread take at most half the time of NumPy's ziggurat, float64 ones at most two
thirds, and 64-bit words at most four fifths of its PCG64, memory included.

NumPy's numbers come from a state that moves (PCG64, Philox), ours from a key and a position. `reused` fills memory that
is there already, `new` allocates it in the same call.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony import _core

KEY = (0x13198A2E, 0x03707344)


def ours(draw: Callable[..., None], size: int, dtype: type) -> dict[str, Callable[[], object]]:
    out = np.empty(size, dtype)
    return {
        "ours, reused": lambda: draw(out, *KEY, 0, 1),
        "ours, new": lambda: draw(np.empty(size, dtype), *KEY, 0, 1),
        "limit: write the same bytes": lambda: out.fill(1),
    }


def normals(size: int, dtype: type) -> dict[str, Callable[[], object]]:
    calls = ours(_core.random_normal, size, dtype)
    for name, bits in (("PCG64", np.random.PCG64), ("Philox", np.random.Philox)):
        peer, out = np.random.Generator(bits(1)), np.empty(size, dtype)
        calls[f"numpy {name}, reused"] = lambda peer=peer, out=out: peer.standard_normal(dtype=dtype, out=out)
        calls[f"numpy {name}, new"] = lambda peer=peer: peer.standard_normal(size, dtype=dtype)
    return calls


def words(size: int) -> dict[str, Callable[[], object]]:
    calls = ours(_core.random_bits, size, np.uint64)
    peer = np.random.PCG64(1)
    calls["numpy PCG64, new"] = lambda: peer.random_raw(size)
    return calls


def equal_work() -> None:
    """Both fill every element, with a mean and a deviation that differ from 0 and 1 by six standard errors at most."""
    size = 10**6
    for draw in (normals(size, np.float32)["numpy PCG64, new"], lambda: _filled(size)):
        x = np.asarray(draw(), np.float64)
        assert abs(x.mean()) < 6 / size**0.5
        assert abs(x.std() - 1) < 6 / (2 * size) ** 0.5


def _filled(size: int) -> np.ndarray:
    out = np.full(size, np.nan, np.float32)
    _core.random_normal(out, *KEY, 0, 1)
    return out


def goals(at_most: float) -> list[Goal]:
    return [Goal(f"ours, {memory}", over=f"numpy PCG64, {memory}", at_most=at_most) for memory in ("reused", "new")]


def main() -> int:
    equal_work()
    tables = {
        "1e7 float32 normals": (harness.measure(normals(10**7, np.float32), rounds=11), goals(0.5)),
        "1e5 float32 normals": (harness.measure(normals(10**5, np.float32)), goals(0.5)),
        "1e7 float64 normals": (harness.measure(normals(10**7, np.float64), rounds=11), goals(0.67)),
        "1e5 float64 normals": (harness.measure(normals(10**5, np.float64)), goals(0.67)),
        "1e7 words of 64 bits": (harness.measure(words(10**7), rounds=11), goals(0.8)[1:]),
    }
    return harness.show(__doc__ or "", tables, __file__)


if __name__ == "__main__":
    raise SystemExit(main())
