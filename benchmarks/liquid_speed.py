"""Claim: the liquid layers train and run many times faster than ncps 1.0.1 on PyTorch, on one core.

Batch 32, 128 steps, 8 inputs, float32. Every pair has the same weights (`from_ncps`), and equal outputs and gradients
before a time is taken. Ours on PyTorch is `to_torch(layer)`, called and `.backward()`ed like theirs. A figure is the
median over rounds in which the contenders take turns; CPU time of the process, with one thread, unless said. A training
step is forward, sum, backward and Adam. Freed memory stays with the process: otherwise ncps pays, in some runs and not
in others, as much for page faults in a training step as for the step. The floor of a CfC: its multiplications at the
speed of this core's sgemm.
"""
# ruff: noqa: E402 (the number of threads is set before NumPy is imported)

from __future__ import annotations

import argparse
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "EMBERHARMONY_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported: one thread for all

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import ncps.torch
import ncps.wirings
import numpy as np
import torch

from benchmarks import harness
from benchmarks.harness import Row
from emberharmony import nn, ops
from emberharmony.pytree import tree_leaves, tree_map

BATCH, STEPS, INPUTS = 32, 128, 8
# Single precision through 128 recurrent steps, in parts of the largest number; a wrong formula is off by far more.
CLOSE, CLOSE_SLOPES = 2e-4, 1e-3
Calls = Mapping[str, Callable[[], object]]


# -- networks, and the proof that they are equal --


def inputs(batch: int = BATCH) -> torch.Tensor:
    return torch.randn(batch, STEPS, INPUTS, generator=torch.Generator().manual_seed(1))


def cfc(units: int = 64, **named: Any) -> torch.nn.Module:
    torch.manual_seed(0)
    return ncps.torch.CfC(INPUTS, units, **named)


def wired(kind: type[torch.nn.Module]) -> torch.nn.Module:
    torch.manual_seed(0)
    return kind(INPUTS, ncps.wirings.AutoNCP(64, 8))


def dense() -> torch.nn.Module:
    torch.manual_seed(0)
    return ncps.torch.LTC(INPUTS, ncps.wirings.FullyConnected(64))


def ours_of(peer: torch.nn.Module) -> torch.nn.Module:
    return nn.to_torch(nn.from_ncps(peer))


def both(network: torch.nn.Module, x: torch.Tensor, weights: torch.Tensor) -> Callable[[], object]:
    """Forward and backward; the loss is a weighted sum of the outputs."""

    def run():
        network.zero_grad()
        y, _ = network(x)
        (y * weights).sum().backward()
        return y

    return run


def forward(network: torch.nn.Module, x: torch.Tensor, **named: Any) -> Callable[[], object]:
    def run():
        with torch.no_grad():
            return network(x, **named)[0]

    return run


def training(network: torch.nn.Module, x: torch.Tensor, weights: torch.Tensor) -> Callable[[], object]:
    step, adam = both(network, x, weights), torch.optim.Adam(network.parameters(), lr=1e-5)

    def run():
        step()
        adam.step()

    return run


def probe(y: torch.Tensor) -> torch.Tensor:
    return torch.randn(y.shape, generator=torch.Generator().manual_seed(2)) / y.shape[0]


def pair(peer: torch.nn.Module, batch: int = BATCH) -> tuple[torch.nn.Module, torch.Tensor, torch.Tensor]:
    """Ours with the weights of `peer`, an input and weights for the loss; outputs and every gradient are compared."""
    ours, x = ours_of(peer), inputs(batch)
    weights = probe(peer(x)[0])
    xs = [x.clone().requires_grad_() for _ in "ab"]
    ys = [both(network, x, weights)() for network, x in zip((ours, peer), xs, strict=True)]
    close("outputs", *ys, CLOSE)
    close("gradient of x", *[x.grad for x in xs], CLOSE_SLOPES)
    slopes = {name: p.grad for name, p in peer.named_parameters() if p.grad is not None}
    state = {name: slopes.get(name, torch.zeros_like(value)) for name, value in peer.state_dict().items()}
    state |= {name: value for name, value in peer.state_dict().items() if name.endswith("mask")}
    kept = {name: value.clone() for name, value in peer.state_dict().items()}
    peer.load_state_dict(state)
    theirs = dict(nn.to_torch(nn.from_ncps(peer)).named_parameters())  # their gradients, where our weights would be
    peer.load_state_dict(kept)
    for path, parameter in ours.named_parameters():
        close(f"gradient of {path}", parameter.grad, theirs[path].detach(), CLOSE_SLOPES)
    return ours, x, weights


def close(what: str, a: Any, b: Any, part: float) -> None:
    a, b = a.detach(), b.detach()
    largest = float(b.abs().max())
    error = float((a - b).abs().max())
    if not error <= part * max(largest, 1e-6):
        raise AssertionError(f"{what}: differs by {error:.2e}, the largest number is {largest:.2e}")


# -- the rows --


def timed(calls: Calls, rounds: int, clock: Callable[[], float] = time.process_time) -> Mapping[str, harness.Time]:
    return harness.measure(calls, rounds=rounds, clock=clock)


def sgemm() -> float:
    """Multiply-and-adds, two operations each, that this core does in a second: the best of many products."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return 2 * 1024**3 / harness.measure({"sgemm": lambda: a @ b}, rounds=21, clock=time.process_time)["sgemm"].seconds


def operations(units: int, heads: int) -> float:
    """Of a forward pass of a CfC with a backbone of 128: its matrix products; a backward pass has twice as many."""
    return 2.0 * BATCH * STEPS * 128 * (INPUTS + units + heads * units)


def against_ncps(
    what: str,
    peer: torch.nn.Module,
    bars: Iterable[tuple[float, float | None]],
    rounds: int,
    floor: float | None = None,
) -> Iterator[Row]:
    """Two rows: forward, and forward and backward."""
    ours, x, weights = pair(peer)
    (bar, stretch), (bar2, stretch2) = bars
    floors = (None, None) if floor is None else (floor, 3 * floor)
    t = timed({"ours": forward(ours, x), "ncps": forward(peer, x)}, rounds)
    yield Row(f"{what}, forward", *middle(t), bar, stretch, floor=floors[0], spread=t["ours"].spread)
    t = timed({"ours": both(ours, x, weights), "ncps": both(peer, x, weights)}, rounds)
    yield Row(f"{what}, forward and backward", *middle(t), bar2, stretch2, floor=floors[1], spread=t["ours"].spread)


def middle(times: Mapping[str, harness.Time]) -> tuple[float, float]:
    ours, theirs = times.values()
    return ours.median, theirs.median


def ltc(rounds: int, peak: float) -> Iterator[Row]:
    yield from against_ncps("LTC AutoNCP(64, 8)", wired(ncps.torch.LTC), [(45, 70), (60, 100)], rounds)
    yield from against_ncps("LTC fully connected 64", dense(), [(7, 10), (9, 12)], rounds)


def closed(rounds: int, peak: float) -> Iterator[Row]:
    bars64, bars128 = [(10, 12), (7, 10)], [(6.5, 8), (5, 8)]
    yield from against_ncps("CfC 64, constant dt", cfc(), bars64, rounds, operations(64, 3) / peak)
    yield from against_ncps("CfC 128, constant dt", cfc(128), bars128, rounds, operations(128, 3) / peak)


def spans(rounds: int, peak: float) -> Iterator[Row]:
    """ncps cannot take a span for each sample and step of a batch: its time with dt = 1 stands in."""
    peer = cfc()
    ours, x, _ = pair(peer)
    dt = torch.rand(BATCH, STEPS, generator=torch.Generator().manual_seed(3)) + 0.1
    with torch.no_grad():  # equal work: one row at a time, ncps can
        alone = torch.cat([peer(x[i : i + 1], timespans=dt[i : i + 1])[0] for i in range(4)])
        close("outputs with spans", ours(x, timespans=dt)[0][:4], alone, CLOSE)
    t = timed({"ours": forward(ours, x, timespans=dt), "ncps, dt = 1": forward(peer, x)}, rounds)
    floor = operations(64, 4) / peak
    yield Row(
        "CfC 64, a span per sample (theirs: dt = 1), forward", *middle(t), 8, 10, floor=floor, spread=t["ours"].spread
    )


def lstm(rounds: int, peak: float) -> Iterator[Row]:
    ours, x, weights = pair(cfc())
    torch.manual_seed(0)
    theirs = torch.nn.LSTM(INPUTS, 64, batch_first=True)
    t = timed({"ours": forward(ours, x), "LSTM": forward(theirs, x)}, rounds)
    yield Row("CfC 64 and torch nn.LSTM(64), forward", *middle(t), 1.1, at_most=True, spread=t["ours"].spread)
    t = timed({"ours": both(ours, x, weights), "LSTM": both(theirs, x, weights)}, rounds)
    yield Row(
        "CfC 64 and torch nn.LSTM(64), forward and backward", *middle(t), 1.3, at_most=True, spread=t["ours"].spread
    )


def trained(rounds: int, peak: float) -> Iterator[Row]:
    cases = [
        ("CfC 64 with mixed memory, training step", cfc(mixed_memory=True), 8, None),
        ("CfC wired, AutoNCP(64, 8), training step", wired(ncps.torch.CfC), 15, 25),
    ]
    for what, peer, bar, stretch in cases:
        ours, x, weights = pair(peer)
        t = timed({"ours": training(ours, x, weights), "ncps": training(peer, x, weights)}, rounds)
        yield Row(what, *middle(t), bar, stretch, spread=t["ours"].spread)


def single(rounds: int, peak: float) -> Iterator[Row]:
    """A control loop: one sample, one step, the Python call included."""
    for what, peer in (("CfC 64", cfc()), ("LTC AutoNCP(64, 8)", wired(ncps.torch.LTC))):
        step, cell = nn.from_ncps(peer).stepper(), peer.rnn_cell
        row = inputs(1)[0, 0]
        x, start = row.numpy(), torch.zeros(1, 64)
        state, state_torch, h = None, None, start
        with torch.no_grad():
            for _ in range(20):
                (y, state), (_, state_torch), (yt, h) = step(x, state), step(row, state_torch), cell(row[None], h, 1.0)
        close(f"a step of {what}", torch.from_numpy(y), yt[0], CLOSE)

        def theirs(cell=cell, row=row[None], h=h):
            with torch.no_grad():
                return cell(row, h, 1.0)

        calls = {
            "numpy": lambda step=step, x=x, state=state: step(x, state),
            "torch": lambda step=step, x=row, state=state_torch: step(x, state),
            "ncps": theirs,
        }
        t = timed(calls, rounds)
        numpy, tensors, peers = (v.median for v in t.values())
        yield Row(f"{what}, one step, NumPy", numpy, peers, 30, 50, spread=t["numpy"].spread)
        yield Row(f"{what}, one step, torch tensors", tensors, peers, 12, 50, spread=t["torch"].spread)


def backends(rounds: int, peak: float) -> Iterator[Row]:
    """The same layers where the arrays are NumPy's or MLX's; `ours` is the backend, `theirs` ours on PyTorch."""
    for what, peer in (("CfC 64", cfc()), ("LTC AutoNCP(64, 8)", wired(ncps.torch.LTC))):
        network, x, weights = pair(peer)
        layer = nn.from_ncps(peer)
        torch_calls = {"torch": forward(network, x), "torch slopes": both(network, x, weights)}
        calls = dict(torch_calls)
        for backend in ("numpy", "mlx"):
            calls |= on_backend(backend, layer, x, weights)
        close(f"{what} on MLX", torch.from_numpy(np.array(calls["mlx"]())), calls["torch"](), CLOSE)  # type: ignore[call-overload]
        close(f"{what} on NumPy", torch.from_numpy(np.array(calls["numpy"]())), calls["torch"](), CLOSE)  # type: ignore[call-overload]
        t = timed(calls, rounds)
        for backend, label in (("numpy", "NumPy"), ("mlx", "MLX")):
            for suffix, kind in (("", "forward"), (" slopes", "value_and_grad")):
                mine = t[backend + suffix]
                bar = {"bar": 1.25, "at_most": True, "spread": mine.spread}
                yield Row(f"{what} on {label} and on torch, {kind}", mine.median, t["torch" + suffix].median, **bar)


def on_backend(backend: str, layer: Any, x: torch.Tensor, weights: torch.Tensor) -> dict[str, Callable[[], object]]:
    mine = tree_map(lambda a: ops.convert(a, backend), layer)
    x, weights = (ops.convert(a, backend) for a in (x, weights))

    def evaluated(result):
        if backend == "mlx":
            import mlx.core as mx

            mx.eval(result)
        return result

    def loss(layer, x):
        return ops.sum(layer(x)[0] * weights)

    slopes = ops.value_and_grad(loss)
    return {
        backend: lambda: evaluated(mine(x)[0]),
        f"{backend} slopes": lambda: evaluated([a for a in tree_leaves(slopes(mine, x)) if a is not None]),
    }


FIRST = """
import time
import torch
from emberharmony import nn, ops
from emberharmony.ops import random
torch.set_num_threads(1)
layer = nn.to_torch({layer})
x = torch.zeros(32, 128, 8)
start = time.perf_counter()
y, _ = layer(x)
print(time.perf_counter() - start)
"""


def first(rounds: int, peak: float) -> Iterator[Row]:
    """In a fresh process, wall time; `theirs` is the bar."""
    made = {
        "CfC 64": "nn.CfC(8, 64, key=random.key(0))",
        "LTC AutoNCP(64, 8)": "nn.LTC(8, nn.AutoNCP(64, 8), key=random.key(0))",
    }
    for what, layer in made.items():
        command = [sys.executable, "-c", FIRST.format(layer=layer)]
        took = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(5)]
        mine = statistics.median(took)
        yield Row(f"{what}, first call (theirs: 50 ms)", mine, 0.050, 1.0, at_most=True, spread=mine / min(took))


def threads(rounds: int, peak: float) -> Iterator[Row]:
    """Ours with two threads and, as `theirs`, with one: the least wall time, for both cores have to be free."""
    for what, peer in (("CfC 64", cfc()), ("LTC AutoNCP(64, 8)", wired(ncps.torch.LTC))):
        ours, x, weights = pair(peer, 2 * BATCH)
        step = training(ours, x, weights)

        def run(count: str, step=step):
            os.environ["EMBERHARMONY_THREADS"] = count
            step()
            os.environ["EMBERHARMONY_THREADS"] = "1"

        calls = {"two": lambda run=run: run("2"), "one": lambda run=run: run("1")}
        t = timed(calls, 3 * rounds, time.perf_counter)
        two, one = t["two"], t["one"]
        yield Row(f"{what}, batch 64, training step: 2 threads", two.seconds, one.seconds, 1.7, spread=two.spread)


SECTIONS = {f.__name__: f for f in (ltc, closed, spans, lstm, trained, single, backends, first, threads)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=[*SECTIONS], help="these rows alone; writes no JSON")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    torch.set_num_threads(1)
    harness.keep_memory()
    peak = sgemm()
    out = sys.stdout
    out.write(
        f"{(__doc__ or '').strip()}\n\nPyTorch {torch.__version__}; sgemm: {peak / 1e9:.0f} GFLOP/s\n{harness.HEADER}\n"
    )
    rows: list[Row] = []
    for name in args.only or SECTIONS:
        for row in SECTIONS[name](args.rounds, peak):
            rows.append(row)
            out.write(f"{row}\n")
            out.flush()
    missed = [row for row in rows if not row.met]
    out.write(f"{len(rows) - len(missed)} of {len(rows)} bars met\n")
    if not args.only:
        record = [asdict(row) | {"ratio": row.ratio, "limit": row.limit, "met": row.met} for row in rows]
        versions = {"torch": torch.__version__, "ncps": "1.0.1", "sgemm": peak}
        harness.save({"claim": (__doc__ or "").strip(), "versions": versions, "rows": record}, __file__)
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
