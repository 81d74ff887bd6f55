"""What the detector finds on a plant for development (seed 7): average precision, and normal readings called wrong.

Fitted on the healthy part of each machine, with the mode, the machine and the hour as context; judged on the rest. The
seeds 100 to 104 are kept for tables. `python -m benchmarks.anomalies --settings "epochs=80"` tries other settings.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks import harness
from emberharmony import set_backend
from emberharmony.demo import Plant
from emberharmony.models import LiquidAnomalyDetector


def telemetry(plant: Plant) -> list[dict[str, Any]]:
    """Of each machine: times, readings, spans, context, and which reading lies in a fault."""
    found: list[dict[str, Any]] = []
    faults = plant.faults().to_pylist()
    names = [sensor.name for sensor in plant.sensors]
    for m, machine in enumerate(plant.names):
        rows = next(plant.batches(plant.rows, machines=[machine]))
        t = rows["time"].cast("int64").to_numpy() / 1e6
        day = 2 * np.pi * (t % 86_400) / 86_400
        mode = np.eye(3)[rows["mode"].indices.to_numpy()]
        own = np.eye(plant.machines)[m][None].repeat(len(t), 0)
        wrong = np.zeros((len(t), len(names)), bool)
        for fault in faults:
            if fault["machine"] == machine:
                inside = (t >= fault["begin"].timestamp()) & (t < fault["end"].timestamp())
                wrong[:, names.index(fault["sensor"])] |= inside
        found.append(
            {
                "t": t,
                "x": np.stack([rows[name].to_numpy(zero_copy_only=False) for name in names], 1),
                "spans": np.diff(t, prepend=t[0] - plant.scan_seconds),
                "context": np.concatenate([mode, own, np.sin(day)[:, None], np.cos(day)[:, None]], 1),
                "wrong": wrong,
            }
        )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--settings", default="units=48, window=384", help="of the detector, as keyword arguments")
    options = parser.parse_args()
    set_backend("numpy")
    plant = Plant(rows=options.rows, machines=6, seed=7)
    machines, cut = telemetry(plant), plant.train_until.timestamp()

    def given(name: str, *, healthy: bool) -> list[Any]:
        return [one[name][one["t"] < cut] if healthy else one[name] for one in machines]

    start = time.process_time()
    detector = LiquidAnomalyDetector(**eval(f"dict({options.settings})", {}))
    detector.fit(
        given("x", healthy=True), timespans=given("spans", healthy=True), context=given("context", healthy=True)
    )
    fitted = time.process_time()
    scores = detector.explain(
        given("x", healthy=False), timespans=given("spans", healthy=False), context=given("context", healthy=False)
    )
    judged = [one["t"] >= cut for one in machines]
    wrong = np.concatenate([one["wrong"][late] for one, late in zip(machines, judged, strict=True)])
    found = np.concatenate([one[late] for one, late in zip(scores, judged, strict=True)])
    record = {
        "average precision": float(average_precision_score(wrong.ravel(), found.ravel())),
        "by chance": float(wrong.mean()),
        "area under the ROC curve": float(roc_auc_score(wrong.ravel(), found.ravel())),
        "normal readings called wrong": float((found[~wrong] > 1).mean()),
        "asked": detector.contamination,
        "fit, CPU seconds": fitted - start,
        "score, CPU seconds": time.process_time() - fitted,
    }
    for what, value in record.items():
        print(f"{what:30} {value:.4g}")
    harness.save(record, __file__)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
