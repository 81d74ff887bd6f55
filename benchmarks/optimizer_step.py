"""Claim: a step of Adam over the leaves of a liquid network takes at most 0.5 ms; torch.optim beside."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

import emberharmony
from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony import nn, ops, use_backend
from emberharmony.ops import random
from emberharmony.pytree import tree_leaves, tree_map
from emberharmony.training import Adam


def networks() -> dict[str, Callable[[], object]]:
    key = random.key(0)
    return {
        "CfC(8, 64)": lambda: nn.CfC(8, 64, key=key),
        "LTC(8, AutoNCP(64, 8))": lambda: nn.LTC(8, nn.AutoNCP(64, 8), key=key),
    }


def ours(backend: str, make: Callable[[], object]) -> Callable[[], object]:
    with use_backend(backend, device="cpu"):
        model = make()
        gradients = tree_map(ops.ones_like, nn.partition(model)[0])
        optimizer = Adam(1e-3)
        state = optimizer.init(model)

    def step() -> None:
        with use_backend(backend, device="cpu"):
            stepped, _ = optimizer.step(gradients, state, model)
            for leaf in tree_leaves(nn.partition(stepped)[0]):
                ops.synchronize(leaf)

    return step


def peer(make: Callable[[], object]) -> Callable[[], object]:
    with use_backend("torch", device="cpu"):
        leaves = [torch.nn.Parameter(leaf.clone()) for leaf in tree_leaves(nn.partition(make())[0])]
    for leaf in leaves:
        leaf.grad = torch.ones_like(leaf)
    return torch.optim.Adam(leaves, lr=1e-3).step


def main() -> int:
    torch.set_num_threads(1)
    tables = {}
    for name, make in networks().items():
        calls = {backend: ours(backend, make) for backend in emberharmony.available_backends()}
        calls |= {"torch.optim.Adam": peer(make), "nothing": lambda: None}
        goals = [Goal(backend, minus="nothing", at_most=0.5e6) for backend in emberharmony.available_backends()]
        tables[name] = (harness.measure(calls, clock=time.process_time), goals)
    return harness.show(__doc__ or "", tables, __file__)


if __name__ == "__main__":
    raise SystemExit(main())
