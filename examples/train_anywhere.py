"""One network, one seed, trained on every installed backend: the same losses, side by side, in reports/demo.html.

Two spirals wind around each other; a small network learns which one a point lies on. The model, the data, the loss and
the training step are written once. In float64 on the CPU the curves of the backends differ only by rounding.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import report

import emberharmony as eh
from emberharmony import nn, ops
from emberharmony.backend import registry
from emberharmony.ops import random
from emberharmony.pytree import tree_map

POINTS, HIDDEN, RATE, MOMENTUM = 400, 32, 0.1, 0.9


@nn.module
class Dense:
    """`activation(x weight + bias)`: (..., I) -> (..., O)."""

    weight: Any  # (I, O)
    bias: Any  # (O,)
    activation: str = nn.static(default="tanh")

    def __call__(self, x: Any) -> Any:
        y = x @ self.weight + self.bias
        return ops.tanh(y) if self.activation == "tanh" else y


@nn.module
class Network:
    """Dense layers, one after the other."""

    layers: list[Dense]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


def network(key: random.Key) -> Network:
    """Weights of a normal distribution, scaled by the number of inputs; the same on every backend."""
    sizes = (2, HIDDEN, HIDDEN, 1)
    layers: list[Dense] = []
    for k, i, o in zip(random.split(key, 3), sizes[:-1], sizes[1:], strict=True):
        weight = random.normal(k, (i, o), dtype="float64") / math.sqrt(i)
        layers.append(Dense(weight, ops.zeros(o, dtype="float64"), activation="none" if o == 1 else "tanh"))
    return Network(layers)


def spirals(key: random.Key) -> tuple[Any, Any]:
    """Points on two spirals with a little noise, and 0 or 1 for the spiral."""
    place, noise = random.split(key)
    t = ops.sqrt(random.uniform(place, (POINTS,), dtype="float64")) * 3 * math.pi
    arm = ops.astype(ops.arange(POINTS) % 2, "float64")
    angle = t + arm * math.pi
    x = ops.stack([t * ops.cos(angle), t * ops.sin(angle)], axis=1) / (3 * math.pi)
    return x * 2 + 0.03 * random.normal(noise, (POINTS, 2), dtype="float64"), arm


def loss(model: Network, x: Any, y: Any) -> Any:
    """The mean of `softplus(z) - y z`: binary cross-entropy of the logits `z`."""
    z = model(x)[:, 0]
    return ops.mean(ops.softplus(z) - y * z)


@dataclass
class Run:
    """What training on one backend gave."""

    backend: str
    losses: list[float]
    seconds: float
    accuracy: float
    model: Network


def train(backend: str, steps: int, seed: int = 0) -> Run:
    """Gradient descent with momentum on all points at once."""
    with eh.use_backend(backend, device="cpu"):
        data, init = random.split(random.key(seed))
        x, y = spirals(data)
        model = network(init)
        slope = ops.value_and_grad(loss)
        speed: Any = None
        losses: list[Any] = []
        start = time.perf_counter()
        for _ in range(steps):
            value, gradient = slope(model, x, y)
            speed = gradient if speed is None else tree_map(lambda v, g: MOMENTUM * v + g, speed, gradient)
            model = tree_map(lambda p, v: p - RATE * v, model, speed)
            losses.append(ops.synchronize(value))
        seconds = time.perf_counter() - start
        right = ops.equal(model(x)[:, 0] > 0, y > 0.5)
        accuracy = ops.item(ops.mean(ops.astype(right, "float64")))
        return Run(backend, [ops.item(value) for value in losses], seconds, accuracy, model)


def difference(a: list[float], b: list[float]) -> list[float]:
    """The relative difference of two curves, step by step."""
    return [abs(x - y) / abs(x) for x, y in zip(a, b, strict=True)]


def boundary(model: Network, backend: str, side: int = 64) -> list[list[float]]:
    """The network's probability of the second spiral on a grid over the points."""
    with eh.use_backend(backend, device="cpu"):
        line = ops.linspace(-2.2, 2.2, side, dtype="float64")
        grid = ops.reshape(ops.stack(ops.meshgrid(line, line), axis=-1), (-1, 2))
        return ops.tolist(ops.reshape(ops.sigmoid(model(grid)[:, 0]), (side, side)))


def main() -> None:
    """Train, compare, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=600, help="training steps (600)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the data and the weights (0)")
    parser.add_argument("--out", type=Path, default=Path("reports/demo.html"), help="the page (reports/demo.html)")
    options = parser.parse_args()

    print(f"A network of 3 layers learns two spirals: {options.steps} steps in float64, seed {options.seed}\n")
    print(f"{'backend':<10}{'seconds':>9}{'us a step':>11}{'last loss':>22}{'accuracy':>10}{'differs by':>12}")
    runs: list[Run] = []
    for name in ("numpy", "torch", "mlx"):
        if name not in eh.available_backends():
            print(f"{name:<10}{'not installed:':>20} {registry.how_to_install(name)}")
            continue
        run = train(name, options.steps, options.seed)
        runs.append(run)
        worst = max(difference(runs[0].losses, run.losses))
        each = run.seconds / options.steps * 1e6
        shown = f"{worst:.1e}" if len(runs) > 1 else ""
        print(f"{name:<10}{run.seconds:>9.2f}{each:>11.0f}{run.losses[-1]:>22.17f}{run.accuracy:>10.1%}{shown:>12}")
    with eh.use_backend(runs[0].backend, device="cpu"):
        points, arms = (ops.tolist(a) for a in spirals(random.split(random.key(options.seed))[0]))
    report.write(
        options.out,
        runs=runs,
        differences={run.backend: difference(runs[0].losses, run.losses) for run in runs[1:]},
        points=points,
        arms=arms,
        grid=boundary(runs[0].model, runs[0].backend),
        seed=options.seed,
    )
    print(f"\nThe curves, their difference and the times: {options.out}")


if __name__ == "__main__":
    main()
