"""Claim: a training step of a 3-layer network, batch 32, width 64, takes on NumPy at most the time of PyTorch eager.

Forward, mean squared error, gradient, SGD; float32, one thread. PyTorch as it is used: `nn.Linear`, `loss.backward()`,
`optim.SGD`. Also ours over PyTorch and MLX, and HIPS autograd. The limit: the same products and sums by hand in NumPy.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported: one thread for all

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony import ops
from emberharmony.pytree import tree_map

BATCH, WIDTH, RATE = 32, 64, 0.01


def start() -> tuple[list[dict[str, Any]], Any, Any]:
    rng = np.random.default_rng(0)
    layers = [
        {"w": (rng.normal(size=(WIDTH, WIDTH)) / 8).astype(np.float32), "b": np.zeros(WIDTH, np.float32)} for _ in "123"
    ]
    x, y = (rng.normal(size=(BATCH, WIDTH)).astype(np.float32) for _ in "xy")
    return layers, x, y


def loss(layers, x, y):
    for layer in layers[:-1]:
        x = ops.tanh(x @ layer["w"] + layer["b"])
    return ops.mean(ops.square(x @ layers[-1]["w"] + layers[-1]["b"] - y))


def step(layers, x, y):
    value, slopes = ops.value_and_grad(loss)(layers, x, y)
    return tree_map(lambda p, g: p - RATE * g, layers, slopes), value


def ours(backend: str) -> Callable[[], object]:
    layers, x, y = start()
    layers, x, y = tree_map(lambda a: ops.convert(a, backend), (layers, x, y))

    def run():
        nonlocal layers
        layers, value = step(layers, x, y)
        if backend == "mlx":
            import mlx.core as mx

            mx.eval(value, layers)
        return value

    return run


def torch_eager() -> Callable[[], object]:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    layers, x, y = start()
    model = nn.Sequential(
        nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH)
    )
    with torch.no_grad():
        for linear, layer in zip((model[0], model[2], model[4]), layers, strict=True):
            linear.weight.copy_(torch.from_numpy(layer["w"].T))
            linear.bias.copy_(torch.from_numpy(layer["b"]))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    a, b = torch.from_numpy(x), torch.from_numpy(y)

    def run():
        optimizer.zero_grad()
        value = nn.functional.mse_loss(model(a), b)
        value.backward()
        optimizer.step()
        return value

    return run


def hips() -> Callable[[], object]:
    import autograd
    import autograd.numpy as anp

    layers, x, y = start()
    flat = [a for layer in layers for a in (layer["w"], layer["b"])]

    def f(flat):
        h = x
        for w, b in zip(flat[:4:2], flat[1:4:2], strict=True):
            h = anp.tanh(h @ w + b)
        return anp.mean((h @ flat[4] + flat[5] - y) ** 2)

    both = autograd.value_and_grad(f)

    def run():
        nonlocal flat
        value, slopes = both(flat)
        flat = [p - np.float32(RATE) * g for p, g in zip(flat, slopes, strict=True)]
        return value

    return run


def by_hand() -> Callable[[], object]:
    layers, x, y = start()

    def run():
        hidden = [x]
        for layer in layers[:-1]:
            hidden.append(np.tanh(hidden[-1] @ layer["w"] + layer["b"]))
        error = hidden[-1] @ layers[-1]["w"] + layers[-1]["b"] - y
        g = error * np.float32(2 / error.size)
        for i in (2, 1, 0):
            layer, h = layers[i], hidden[i]
            back = g @ layer["w"].T if i else None
            layers[i] = {"w": layer["w"] - RATE * (h.T @ g), "b": layer["b"] - RATE * g.sum(0)}
            g = back * (1 - h * h) if i else None
        return np.mean(error * error)

    return run


def main() -> int:
    made = {
        "torch eager": torch_eager(),
        "ours on NumPy": ours("numpy"),
        "ours on PyTorch": ours("torch"),
        "ours on MLX": ours("mlx"),
        "HIPS autograd": hips(),
        "limit: by hand": by_hand(),
    }
    curves = {name: [float(run()) for _ in range(20)] for name, run in made.items()}
    for name, curve in curves.items():  # equal work: the same loss after 20 steps, to single precision
        assert np.allclose(curve, curves["limit: by hand"], rtol=2e-5), name
    times = harness.measure(made)
    return harness.show(
        __doc__ or "", {"one step": (times, [Goal("ours on NumPy", over="torch eager", at_most=1.0)])}, __file__
    )


if __name__ == "__main__":
    raise SystemExit(main())
