"""Claim: on five plants that nobody has looked at, the demo's detector has the best mean AUC-PR of seven methods.

And it keeps the false alarms that it states. The seeds 100 to 104 are there for this table and for nothing else; plant,
detector and judge were fixed before. Everything is as in `make demo`, 5 million rows of 20 machines, except that the
LSTM is trained on as many batches as the liquid network. `--seeds 7` tries the script on a plant that may be seen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks import harness
from emberharmony.demo import AMPLITUDES, KINDS, Job, Plant
from emberharmony.demo.baselines import BASELINES, LSTM
from emberharmony.demo.stages.training import BATCHES

EPOCHS = 40
FIGURES = ("auc_pr", "auc_roc", "recall", "false_alarms", "seconds")


def one(seed: int, rows: int) -> dict[str, Any]:
    """What the report of one plant says, without curves and signals."""
    baselines = tuple(replace(b, steps=EPOCHS * BATCHES) if isinstance(b, LSTM) else b for b in BASELINES)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        job = Job(
            Plant(rows=rows, seed=seed),
            work / "work",
            work / "report.html",
            epochs=EPOCHS,
            baselines=baselines,
            tell=lambda name, note: print(f"  {name} {note.seconds:.0f} s", file=sys.stderr) if note.result else None,
        )
        data = job.run().data
    methods = {
        method["name"]: {figure: method[figure] for figure in FIGURES} | {"recalls": None}
        for method in data["baselines"]
    }
    recalls = {"liquid network": data["detections"]["recall"], **data["detections"]["recall_of"]}
    for name, recall in recalls.items():
        methods[name]["recalls"] = {
            kind: {str(a): cell for a, cell in zip(recall["amplitudes"], cells, strict=True)}
            for kind, cells in zip(recall["kinds"], recall["cells"], strict=True)
        }
    stages = data["resources"]["stages"]
    return {
        "methods": methods,
        "false alarms": data["detections"]["false_alarms"],
        "seconds": sum(stage["seconds"] for stage in stages),
        "peak memory": max(stage["peak_memory"] for stage in stages),
    }


def show(runs: dict[int, dict[str, Any]]) -> None:
    names = [*next(iter(runs.values()))["methods"]]
    print(f"{'mean of ' + str(len(runs)):18}" + "".join(f"{figure:>14}" for figure in FIGURES))
    for name in names:
        means = [mean(run["methods"][name][figure] for run in runs.values()) for figure in FIGURES]
        print(f"{name:18}" + "".join(f"{value:14.4g}" for value in means))
    for seed, run in runs.items():
        rate = run["false alarms"]
        print(
            f"seed {seed}: false alarms {rate['measured']:.3f}, 95 % from {rate['low']:.3f} to {rate['high']:.3f}, "
            f"stated 1; {run['seconds']:.0f} s, {run['peak memory'] / 1e6:.0f} MB; AUC-PR "
            + ", ".join(f"{name} {run['methods'][name]['auc_pr']:.3f}" for name in names)
        )
    print("faults found at one false alarm per sensor and day, in percent, at", ", ".join(map(str, sorted(AMPLITUDES))))
    for kind in KINDS:
        for name in names:
            shares = []
            for amplitude in sorted(AMPLITUDES):
                cells = [run["methods"][name]["recalls"][kind][str(amplitude)] for run in runs.values()]
                shares.append(100 * sum(cell["found"] for cell in cells) / sum(cell["total"] for cell in cells))
            print(f"{kind:12} {name:18}" + "".join(f"{share:8.1f}" for share in shares))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102, 103, 104])
    parser.add_argument("--rows", type=int, default=5_000_000)
    options = parser.parse_args()
    runs: dict[int, dict[str, Any]] = {}
    for seed in options.seeds:
        print(f"seed {seed}", file=sys.stderr)
        runs[seed] = one(seed, options.rows)
        harness.save({str(seed): run for seed, run in runs.items()}, __file__)
    show(runs)
    ours = mean(run["methods"]["liquid network"]["auc_pr"] for run in runs.values())
    names = runs[options.seeds[0]]["methods"]
    best = max(mean(run["methods"][name]["auc_pr"] for run in runs.values()) for name in names)
    verdicts = [run["false alarms"]["holds"] for run in runs.values()]
    print(f"{'met   ' if ours >= best else 'missed'} best mean AUC-PR")
    print(
        f"{'missed' if False in verdicts else 'met   '} the stated rate: kept for sure on {verdicts.count(True)}, not"
        f" contradicted on {verdicts.count(None)}, broken on {verdicts.count(False)} plants"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
