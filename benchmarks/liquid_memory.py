"""Claim: a training step of an LTC takes memory of O(B T U) with ours, and of O(B T K U^2) with ncps 1.0.1.

B sequences of T steps, K unfolds, U neurons, all connected: the memory that one forward and backward pass adds to the
process at its peak (VmHWM after a reset, less what the process had before), each in a fresh process, after a small pass
that loads all code. Only Linux says this. A growth is the exponent between the first and the last size of a sweep.
Ours keeps the state before each step and computes the unfolds again on the way back; it needs no U^2 but for the
parameters and their gradients.
"""
# ruff: noqa: E402 (the number of threads is set before NumPy is imported)

from __future__ import annotations

import argparse
import math
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "EMBERHARMONY_THREADS"):
    os.environ[name] = "1"  # also for the processes that are started here

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import harness

BATCH, INPUTS = 32, 8
TOGETHER = {"T": 128, "K": 6, "U": 64}
# The sizes of each: what ours adds at the sizes of ncps is less than the allocator's noise.
START = {"ours": {"T": 1024, "K": 6, "U": 64}, "ncps": {"T": 32, "K": 6, "U": 64}}
SWEEPS = {
    "T": {"ours": (512, 1024, 2048, 4096), "ncps": (16, 32, 64, 128)},
    "K": {"ours": (2, 6, 12), "ncps": (2, 6, 12)},
    "U": {"ours": (32, 64, 128), "ncps": (32, 64, 128)},
}
# The most for ours and the least for ncps. The slack of 0.15 is the allocator's; gradients of the U^2 weights of ours,
# which neither B nor T multiplies, are a part of its growth with U.
GOALS = {"T": (1.15, 0.85), "K": (0.15, 0.85), "U": (1.4, 1.7)}


def status(field: str) -> int:
    """Bytes, from what the kernel says of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def peak(who: str, steps: int, unfolds: int, units: int) -> int:
    """Bytes that one pass adds at its peak. For a process of its own."""
    import ncps.torch
    import ncps.wirings
    import torch

    from emberharmony import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    network: Any = ncps.torch.LTC(INPUTS, ncps.wirings.FullyConnected(units), ode_unfolds=unfolds)
    if who == "ours":
        network = nn.to_torch(nn.from_ncps(network))

    def run(rows: int, length: int) -> None:
        network(torch.zeros(rows, length, INPUTS))[0].sum().backward()

    run(1, 1)
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    before = status("VmRSS")
    run(BATCH, steps)
    return status("VmHWM") - before


def measured(who: str, at: dict[str, int]) -> int:
    command = [sys.executable, "-m", "benchmarks.liquid_memory", "--one", who, *(str(at[k]) for k in "TKU")]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=4, metavar=("WHO", "T", "K", "U"), help="one pass in this process: bytes")
    args = parser.parse_args()
    out = sys.stdout
    if args.one:
        who, *sizes = args.one
        out.write(f"{peak(who, *map(int, sizes))}\n")
        return 0
    out.write(f"{(__doc__ or '').strip()}\n\n")
    both = {who: measured(who, TOGETHER) for who in ("ours", "ncps")}
    ratio = both["ncps"] / both["ours"]
    sizes = ", ".join(f"{k} = {v}" for k, v in ({"B": BATCH} | TOGETHER).items())
    out.write(f"{sizes}: ours {mib(both['ours'])}, ncps {mib(both['ncps'])}: {ratio:.0f} times as much\n\n")
    sweeps: dict[str, Any] = {}
    missed = 0
    for axis, values in SWEEPS.items():
        most, least = GOALS[axis]
        sweeps[axis] = {}
        for who, steps in values.items():
            found = [measured(who, START[who] | {axis: value}) for value in steps]
            growth = math.log(found[-1] / found[0]) / math.log(steps[-1] / steps[0])
            met = growth <= most if who == "ours" else growth >= least
            missed += not met
            rest = ", ".join(f"{k} = {v}" for k, v in START[who].items() if k != axis)
            line = "; ".join(f"{axis} = {v}: {mib(m)}" for v, m in zip(steps, found, strict=True))
            bound = f"at most {most}" if who == "ours" else f"at least {least}"
            out.write(f"{who} at {rest}\n  {line}\n")
            out.write(
                f"  {'met   ' if met else 'MISSED'} grows as {axis} to the power {growth:.2f}, expected {bound}\n"
            )
            out.flush()
            sweeps[axis][who] = {"values": steps, "bytes": found, "growth": growth, "met": met}
    harness.save({"claim": (__doc__ or "").strip(), "start": START, "together": both, "sweeps": sweeps}, __file__)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
