"""Claim: with `memory="512MB"` and two workers, fit, stream and write of a table of any size stay within 512 MB at
their peak, and take less than 1 MB more for every 10 million rows.

Each stage runs in a process of its own; the peak is the kernel's high-water mark of its resident memory (VmHWM), from
the start of the interpreter on. Only Linux says this. The table is that of `features_speed`, one file linked under many
names: 10 and 40 million rows, or those named on the command line. A figure is the median of three runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.features_speed import drain, make_table, pipeline
from emberharmony import features as ef

MILLION = 1_000_000
FILE_ROWS = 2 * MILLION
MEMORY, WORKERS = "512MB", 2
MOST, SLOPE = 512e6, 1e6  # bytes; bytes for every 10 million rows
RUNS = 3
STAGES = ("fit", "stream", "write")


def status(field: str) -> int:
    """Bytes, from what the kernel says of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def run(stage: str, table: Path, state: Path) -> None:
    """One stage. For a process of its own: it prints rows, peak, and what was used before the stage."""
    source, ways = ef.read_parquet(table), {"memory": MEMORY, "workers": WORKERS}
    fitted = None if stage == "fit" else ef.FittedPipeline.load(state)
    before, start = status("VmRSS"), time.process_time()
    if fitted is None:
        fitted = pipeline().fit(source, ef.HashSplit("id"), **ways)
        fitted.save(state)
        rows = source.plan().rows
    elif stage == "stream":
        rows = drain(fitted.stream(source, **ways))
    else:
        with tempfile.TemporaryDirectory(dir=table.parent) as folder:
            rows = fitted.write(source, folder, **ways).rows_read
    sys.stdout.write(f"{rows} {status('VmHWM')} {before} {time.process_time() - start}\n")


def measured(stage: str, table: Path, state: Path) -> dict[str, float]:
    """The run whose peak is the middle one: two equal runs differ by 10 MB, by how the allocator's pages fell."""
    runs = sorted((once(stage, table, state) for _ in range(RUNS)), key=lambda run: run["peak"])
    return runs[RUNS // 2]


def once(stage: str, table: Path, state: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.features_memory", "--one", stage, str(table), str(state)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return dict(zip(("rows", "peak", "before", "seconds"), map(float, said), strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("millions", type=int, nargs="*", default=[10, 40], help="sizes, in millions of rows")
    parser.add_argument("--one", nargs=3, metavar=("STAGE", "TABLE", "STATE"), help="one stage in this process")
    args = parser.parse_args()
    out = sys.stdout
    if args.one:
        stage, table, state = args.one
        run(stage, Path(table), Path(state))
        return 0
    out.write(f"{(__doc__ or '').strip()}\n\n")
    found: dict[str, dict[int, dict[str, float]]] = {stage: {} for stage in STAGES}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        first = make_table(folder / "first.parquet", FILE_ROWS)
        for millions in args.millions:
            table = folder / f"{millions}"
            table.mkdir()
            for i in range(millions * MILLION // FILE_ROWS):
                os.link(first, table / f"{i:04}.parquet")
            size = sum(path.stat().st_size for path in table.iterdir())
            out.write(f"{millions} million rows, {size / 1e6:.0f} MB of Parquet\n")
            for stage in STAGES:
                one = found[stage][millions] = measured(stage, table, folder / "state.arrow")
                speed = one["rows"] / one["seconds"] / 1e6
                out.write(
                    f"  {stage:<8}peak {one['peak'] / 1e6:6.0f} MB, {one['before'] / 1e6:.0f} MB of it before it began;"
                    f" {speed:.1f} million rows a CPU-second\n"
                )
                out.flush()
    missed = 0
    results: dict[str, Any] = {}
    low, high = min(args.millions), max(args.millions)
    for stage, sizes in found.items():
        peak = max(one["peak"] for one in sizes.values())
        slope = (sizes[high]["peak"] - sizes[low]["peak"]) / max(high - low, 1) * 10
        met = peak <= MOST, slope < SLOPE
        missed += met.count(False)
        for ok, text in zip(
            met,
            (
                f"peak {peak / 1e6:.0f} MB, goal at most {MOST / 1e6:.0f} MB",
                f"{slope / 1e6:.2f} MB for every 10 million rows, goal less than {SLOPE / 1e6:g} MB",
            ),
            strict=True,
        ):
            out.write(f"{'met   ' if ok else 'MISSED'} {stage}: {text}\n")
        results[stage] = {"sizes": sizes, "peak": peak, "slope": slope, "met": met}
    harness.save({"claim": (__doc__ or "").strip(), "stages": results}, __file__)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
