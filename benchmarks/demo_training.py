"""Claim: a training step of the demo's network, a wired CfC, is 10 times faster than with ncps 1.0.1, on one core.

As the demo trains: 16 windows of 384 rows at irregular times, 8 features of which one is hidden, 8 marks and 25 numbers
of context, its wiring, a head for means and variances, Gaussian likelihood of what is hidden, the gradient clipped,
AdamW. Beside it a CfC (5 times) and an LTC (10 times) of 48 units that are all connected. ncps takes no time spans of a
batch in its layer, so its cell is called row by row, as its layer does. Both have the same weights, and the same loss
and gradients before a time is taken; CPU time, one thread.
"""
# ruff: noqa: E402 (the number of threads is set before NumPy is imported)

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "EMBERHARMONY_THREADS"):
    os.environ[name] = "1"

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony import nn, ops, use_backend
from emberharmony.demo.stages.training import WIRING
from emberharmony.models.network import Network, network
from emberharmony.ops import random
from emberharmony.pytree import tree_map
from emberharmony.training import AdamW, clip_norm, gaussian_nll

WINDOWS, ROWS, FEATURES, CONTEXT, UNITS = 16, 384, 8, 25, 48
INPUTS = 2 * FEATURES + CONTEXT
LARGEST = 12.0  # of the logarithm of a variance
RATE, DECAY, CLIP = 1e-5, 0.01, 1.0  # so small a rate that the thousandth step is the first's work
# Single precision through 384 recurrent steps; a formula that is wrong is off by far more.
CLOSE, CLOSE_SLOPES = 1e-4, 5e-3
# at most this part of their time, and how many rounds their step, of up to ten seconds, is worth
CELLS = {"wired cfc": (1 / 10, 7), "cfc": (1 / 5, 11), "ltc": (1 / 10, 5)}
Arrays = dict[str, np.ndarray]


def batch() -> Arrays:
    """One batch of riddles: readings of which 0.7 were observed, one feature of each window hidden."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(WINDOWS, ROWS, FEATURES))
    seen = rng.uniform(size=values.shape) < 0.7
    hidden = np.eye(FEATURES, dtype=bool)[rng.integers(0, FEATURES, WINDOWS)][:, None]
    late = np.arange(ROWS)[:, None] >= ROWS // 4
    shown = seen & ~hidden
    context = rng.normal(size=(WINDOWS, ROWS, CONTEXT))
    found = {
        "x": np.concatenate([values * shown, shown, context], axis=-1),
        "timespans": rng.uniform(0.1, 1.9, (WINDOWS, ROWS)),
        "target": values,
    }
    return {name: x.astype("float32") for name, x in found.items()} | {"asked": seen & hidden & late}


# -- ours --


def model_of(cell: str) -> Network:
    key = random.key(0)
    if cell == "wired cfc":  # masks as ncps has them, to have the same weights
        body = nn.CfC(INPUTS, WIRING, key=key, compat="ncps", return_sequences=True)
        return Network(body, nn.Linear(body.output_size, 2 * FEATURES, key=random.fold_in(key, 1)), "each")
    named: dict[str, Any] = {"layers": 1, "bidirectional": False, "mixed_memory": False, "pool": "each"}
    return network(INPUTS, 2 * FEATURES, cell=cell, units=UNITS, key=key, dtype="float32", **named)


def loss_of(model: Network, given: dict[str, Any]) -> Any:
    both = model(given)
    spread = LARGEST * ops.tanh(both[..., FEATURES:] / LARGEST)
    return gaussian_nll(both[..., :FEATURES], spread, given["target"], mask=given["asked"])


def ours(backend: str, model: Network, given: Arrays) -> tuple[Callable[[], float], Any]:
    """A step that goes on from the one before, and the gradient of the first."""
    with use_backend(backend, device="cpu"):
        own = tree_map(lambda x: ops.convert(x, backend), model)
        data = {name: ops.asarray(x) for name, x in given.items()}
        slopes = ops.value_and_grad(loss_of)
        optimizer = AdamW(RATE, DECAY)
        now = [own, optimizer.init(own)]
        first = tree_map(ops.to_numpy, slopes(own, data)[1])

    def step() -> float:
        with use_backend(backend, device="cpu"):
            value, gradients = slopes(now[0], data)
            now[:] = optimizer.step(clip_norm(gradients, CLIP)[0], now[1], now[0])
            return float(ops.item(value))

    return step, first


# -- theirs --


class Peer(torch.nn.Module):
    """The same network of ncps: its cell, called with the time span of each window."""

    def __init__(self, model: Network) -> None:
        super().__init__()
        self.cell = nn.to_ncps(model.body).rnn_cell
        self.units = model.body.cell.wiring.units if hasattr(model.body.cell, "wiring") else UNITS
        self.head = torch.nn.Linear(model.body.output_size, 2 * FEATURES)
        self.head.weight.data = torch.from_numpy(ops.to_numpy(model.head.weight).T.copy())
        self.head.bias.data = torch.from_numpy(ops.to_numpy(model.head.bias).copy())

    def forward(self, x: torch.Tensor, spans: torch.Tensor) -> torch.Tensor:
        state, outputs = torch.zeros(len(x), self.units), []
        for t in range(x.shape[1]):
            y, state = self.cell(x[:, t], state, spans[:, t, None])
            outputs.append(y)
        return self.head(torch.stack(outputs, dim=1))


def theirs(model: Network, given: Arrays) -> tuple[Callable[[], float], Peer]:
    peer = Peer(model)
    data = {name: torch.from_numpy(x) for name, x in given.items()}
    adam = torch.optim.AdamW(peer.parameters(), lr=RATE, weight_decay=DECAY)

    def step() -> float:
        adam.zero_grad()
        both = peer(data["x"], data["timespans"])
        mean, spread = both[..., :FEATURES], LARGEST * torch.tanh(both[..., FEATURES:] / LARGEST)
        d = mean - data["target"]
        nll = 0.5 * (math.log(2 * math.pi) + spread + d * d * torch.exp(-spread))
        value = nll[data["asked"]].mean()
        value.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), CLIP)
        adam.step()
        return float(value.detach())

    return step, peer


def proven(steps: dict[str, Callable[[], float]], gradient: Any, peer: Peer) -> None:
    """Refuse to time what does not compute the same: the loss of two steps, and the gradients of head and cell."""
    norm = math.sqrt(sum(float((x**2).sum()) for x in nn.state_dict(gradient).values()))
    for number in range(2):
        values = {name: step() for name, step in steps.items()}
        if not number:
            scale = min(1.0, CLIP / norm)
            grads = {name: p.grad.clone() for name, p in peer.named_parameters() if p.grad is not None}
            close("gradient of the head", gradient.head.weight.T * scale, grads["head.weight"].numpy())
            square = math.sqrt(sum(float((g**2).sum()) for g in grads.values()))
            close("norm of the gradient", np.asarray(norm * scale), np.asarray(square))
        for name, value in values.items():
            if abs(value - values["ncps"]) > CLOSE * abs(values["ncps"]):
                raise AssertionError(f"step {number}: the losses are {values}; {name} differs")


def close(what: str, a: np.ndarray, b: np.ndarray) -> None:
    if np.abs(a - b).max() > CLOSE_SLOPES * np.abs(b).max():
        raise AssertionError(f"{what} differs by {np.abs(a - b).max():.2e} of {np.abs(b).max():.2e}")


def main() -> int:
    torch.set_num_threads(1)
    harness.keep_memory()
    given, tables = batch(), {}
    for cell, (part, rounds) in CELLS.items():
        with use_backend("numpy"):
            model = model_of(cell)
        made = {backend: ours(backend, model, given) for backend in ("numpy", "torch")}
        step, peer = theirs(model, given)
        steps = {f"ours, {backend}": own for backend, (own, _) in made.items()} | {"ncps": step}
        proven(steps, made["numpy"][1], peer)
        goals = [Goal("ours, numpy", over="ncps", at_most=part), Goal("ours, torch", over="ncps", at_most=part)]
        tables[f"{cell}, {WINDOWS} windows of {ROWS} rows"] = (
            harness.measure(steps, rounds=rounds, clock=time.process_time),
            goals,
        )
    return harness.show(__doc__ or "", tables, __file__)


if __name__ == "__main__":
    raise SystemExit(main())
