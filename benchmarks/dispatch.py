"""Claim: `ops.add`, `mean` and `matmul` cost at most 120, 200 and 200 ns over the raw call on NumPy, 250 ns on PyTorch
and 150 ns on MLX (graph building alone, nothing evaluated), for 100 float32 elements and one thread.

The peers find the backend per array, as we do: array-api-compat's `array_namespace(x)` and autoray's `do`.
"""

from __future__ import annotations

from collections.abc import Callable

import array_api_compat
import autoray
import numpy as np

from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony import available_backends, ops

BARS = {"numpy": (120, 200, 200), "torch": (250, 250, 250), "mlx": (150, 150, 150)}


def raw(backend: str) -> object:
    if backend == "numpy":
        return np
    if backend == "torch":
        import torch

        torch.set_num_threads(1)
        return torch
    import mlx.core as mx

    return mx


def contenders(backend: str, name: str) -> dict[str, Callable[[], object]]:
    library, ours = raw(backend), getattr(ops, name)
    host = np.ones((10, 10) if name == "matmul" else 100, dtype=np.float32)
    x = ops.convert(host, backend)
    ops.synchronize(x)
    native = getattr(library, name)
    count = 1 if name == "mean" else 2
    assert np.array_equal(ops.to_numpy(ours(*[x] * count)), np.asarray(native(*[x] * count)))  # equal work
    if count == 1:
        calls = {"raw": lambda: native(x), "ours": lambda: ours(x)}
    else:
        calls = {"raw": lambda: native(x, x), "ours": lambda: ours(x, x)}
    if backend != "mlx":  # array-api-compat knows no MLX
        namespace = array_api_compat.array_namespace
        calls["array-api-compat"] = lambda: getattr(namespace(x), name)(*[x] * count)
    calls["autoray"] = lambda: autoray.do(name, *[x] * count)
    return calls


def main() -> int:
    tables = {}
    for backend in available_backends():
        for name, bar in zip(("add", "mean", "matmul"), BARS[backend], strict=True):
            times = harness.measure(contenders(backend, name))
            tables[f"{name} on {backend}"] = (times, [Goal("ours", minus="raw", at_most=bar)])
    return harness.show(__doc__ or "", tables, __file__)


if __name__ == "__main__":
    raise SystemExit(main())
