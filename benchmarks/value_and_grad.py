"""Claim: on NumPy `ops.value_and_grad` of sum(tanh(x) exp(-x) + x @ x), 100 float64, takes at most 45 us.

The peers: HIPS autograd, PyTorch (its own `autograd.grad`, and ours over it), MLX in float32 (ours over its own). The
limit: the same sums written out by hand in NumPy, value and gradient.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony import ops

X = np.linspace(-1.0, 1.0, 100)


def f(x):
    return ops.sum(ops.tanh(x) * ops.exp(-x) + x @ x)


def by_hand(x):
    t, e = np.tanh(x), np.exp(-x)
    return np.sum(t * e + x @ x), (1 - t * t - t) * e + (2 * x.size) * x


def contenders() -> dict[str, Callable[[], object]]:
    import autograd
    import autograd.numpy as anp
    import mlx.core as mx
    import torch

    torch.set_num_threads(1)
    ours = ops.value_and_grad(f)
    hips = autograd.value_and_grad(lambda x: anp.sum(anp.tanh(x) * anp.exp(-x) + x @ x))
    tensor, lazy = torch.from_numpy(X), mx.array(X, dtype=mx.float32)

    def native(x):
        leaf = x.detach().requires_grad_()
        value = torch.sum(torch.tanh(leaf) * torch.exp(-leaf) + leaf @ leaf)
        return value.detach(), torch.autograd.grad(value, leaf)[0]

    def evaluated(x):
        answer = ours(x)
        mx.eval(answer)
        return answer

    wanted = by_hand(X)
    for answer in (ours(X), hips(X), native(tensor), ours(tensor)):  # equal work
        assert np.allclose(float(answer[0]), wanted[0], rtol=1e-12)
        assert np.allclose(np.asarray(answer[1]), wanted[1], rtol=1e-12)
    return {
        "ours on NumPy": lambda: ours(X),
        "HIPS autograd": lambda: hips(X),
        "torch.autograd.grad": lambda: native(tensor),
        "ours on PyTorch": lambda: ours(tensor),
        "ours on MLX": lambda: evaluated(lazy),
        "limit: by hand": lambda: by_hand(X),
        "nothing": lambda: None,
    }


def main() -> int:
    times = harness.measure(contenders())
    return harness.show(
        __doc__ or "",
        {"value and gradient": (times, [Goal("ours on NumPy", minus="nothing", at_most=45e3)])},
        __file__,
    )


if __name__ == "__main__":
    raise SystemExit(main())
