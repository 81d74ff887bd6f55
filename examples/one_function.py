"""One function, three backends: a smooth curve through noisy points, with its error band.

Gaussian-process regression in six lines of `emberharmony.ops`. The same function runs on every installed backend, in
float64 on the CPU; the results are compared with the first one's, and timed.
"""

from __future__ import annotations

import math
import time
from typing import Any

import emberharmony as eh
from emberharmony import ops
from emberharmony.backend import registry

POINTS, QUERIES = 400, 200


def smooth(t: Any, y: Any, q: Any, width: float = 0.4, noise: float = 0.1) -> tuple[Any, Any]:
    """Posterior mean and standard deviation at `q` of the curve that was seen as `y` at `t`."""

    def kernel(a: Any, b: Any) -> Any:
        return ops.exp(-0.5 * ops.square((a[:, None] - b[None, :]) / width))

    covariance = kernel(t, t) + noise**2 * ops.eye(t.shape[0], dtype=t.dtype)
    weights = ops.linalg.solve(covariance, ops.matrix_transpose(kernel(q, t)))
    mean = ops.matmul(ops.matrix_transpose(weights), y)
    variance = 1.0 - ops.sum(kernel(t, q) * weights, axis=0)
    return mean, ops.sqrt(ops.clip(variance, 0.0))


def data(backend: str) -> tuple[Any, Any, Any]:
    """Points on a wave with a fixed, noise-like ripple; the same numbers on every backend."""
    with eh.use_backend(backend):
        t = ops.linspace(0.0, 6.0, POINTS, dtype="float64")
        y = ops.sin(t) + 0.1 * ops.sin(997.0 * ops.square(t))
        return t, y, ops.linspace(0.0, 6.0, QUERIES, dtype="float64")


def run(backend: str) -> tuple[Any, float]:
    """The mean as a NumPy array, and the least seconds of five calls."""
    t, y, q = data(backend)
    seconds = math.inf
    with eh.use_backend(backend):
        for _ in range(5):
            start = time.perf_counter()
            mean, _ = ops.synchronize(smooth(t, y, q)[0]), None
            seconds = min(seconds, time.perf_counter() - start)
    return ops.to_numpy(mean), seconds


def main() -> None:
    """Run, compare, time."""
    print(f"Gaussian-process regression, {POINTS} points, {QUERIES} queries, float64\n")
    print(f"{'backend':<10}{'milliseconds':>14}{'largest difference':>22}")
    first: Any = None
    for name in ("numpy", "torch", "mlx"):
        if name not in eh.available_backends():
            print(f"{name:<10}{'not installed:':>14} {registry.how_to_install(name)}")
            continue
        mean, seconds = run(name)
        first = mean if first is None else first
        print(f"{name:<10}{seconds * 1e3:>14.2f}{float(abs(mean - first).max()):>22.1e}")
    choice = registry.choose()
    print(f"\nLeft to itself, emberharmony would have chosen {choice.name}: {choice.why}.")
    print("`emberharmony info` says more; `with emberharmony.use_backend(...)` decides otherwise.")


if __name__ == "__main__":
    main()
