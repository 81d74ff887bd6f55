"""What the estimators reach with their defaults, or other settings, on data that come with sktime and on five series.

Accuracy on the test sets, mean and spread over seeds; R2 of the next step, trained on the first 400 of 600 steps,
beside the last value. `python -m benchmarks.estimators --settings "cell='cfc', rate=0.003"` tries others.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness
from emberharmony import set_backend
from emberharmony.models import LiquidClassifier, LiquidForecaster

SETS = ("JapaneseVowels", "ItalyPowerDemand", "GunPoint", "BasicMotions", "ArrowHead")
TRAINED = 400


def sequences(name: str, part: str) -> tuple[Any, Any]:
    """The file of sktime, which need not be imported for it: a line is features and a label, with colons between."""
    spec = importlib.util.find_spec("sktime")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("sktime, which carries the data: see benchmarks/peers.txt")
    path = Path(spec.origin).parent / "datasets" / "data" / name / f"{name}_{part}.ts"
    x, y = [], []
    for line in filter(None, map(str.strip, path.read_text().split("@data", 1)[1].splitlines())):
        *features, label = line.split(":")
        x.append(np.array([[float(v) for v in f.split(",")] for f in features]).T)
        y.append(label)
    return (np.stack(x) if len({len(v) for v in x}) == 1 else x), np.array(y)


def accuracies(name: str, seeds: int, settings: dict[str, Any]) -> list[float]:
    train, test = sequences(name, "TRAIN"), sequences(name, "TEST")
    return [100 * LiquidClassifier(seed=seed, **settings).fit(*train).score(*test) for seed in range(seeds)]


def series(rng: np.random.Generator, steps: int = 600) -> dict[str, tuple[Any, Any]]:
    """Five series, with times where these are irregular."""
    walk = np.zeros(steps)
    for t in range(1, steps):
        walk[t] = 0.8 * walk[t - 1] + rng.normal()
    slow, fast = np.cumsum(rng.uniform(0.2, 2, steps)), np.cumsum(rng.exponential(1, steps))
    at, chaos = np.ones(3), np.zeros((steps, 3))
    for i in range(5 * steps + 500):
        a, b, c = at
        at = at + 0.01 * np.array([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c])
        if i >= 500 and i % 5 == 0:
            chaos[(i - 500) // 5] = at
    clocks = np.stack([np.sin(fast), np.cos(0.3 * fast)], 1) + 0.1 * rng.normal(size=(steps, 2))
    season = np.tile([0, 3, 1, -2.0], steps)[:steps] + rng.normal(0, 0.5, steps)
    return {
        "AR(1)": (walk, None),
        "sine, irregular": (np.sin(slow), slow),
        "season": (season, None),
        "Lorenz": (chaos, None),
        "two clocks, irregular": (clocks, fast),
    }


def r2(x: Any, times: Any, settings: dict[str, Any]) -> tuple[float, float]:
    """Of the last value, and of the forecaster."""
    known, rest = slice(None, TRAINED), slice(TRAINED, None)
    model = LiquidForecaster(**settings).fit(x[known], times=None if times is None else times[known])
    naive = 1 - ((x[TRAINED + 1 :] - x[TRAINED:-1]) ** 2).sum(0) / (
        (x[TRAINED + 1 :] - x[TRAINED + 1 :].mean(0)) ** 2
    ).sum(0)
    return float(np.mean(naive)), model.score(x[rest], times=None if times is None else times[rest])


def timed(what: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    return what(), time.process_time() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--settings", default="", help="of the classifier, as Python's keyword arguments")
    parser.add_argument("--forecaster", default="window=16, epochs=50", help="of the forecaster")
    options = parser.parse_args()
    set_backend("numpy")
    settings, ahead = (eval(f"dict({text})", {}) for text in (options.settings, options.forecaster))
    record: dict[str, Any] = {}
    for name in options.sets:
        found, seconds = timed(lambda name=name: accuracies(name, options.seeds, settings))
        record[name] = {"mean": float(np.mean(found)), "spread": float(np.std(found)), "cpu_seconds": seconds}
        print(f"{name:24} {np.mean(found):5.1f} % +- {np.std(found):.1f}  {seconds:.0f} s of CPU", flush=True)
    for name, (x, times) in series(np.random.default_rng(0)).items():
        (naive, ours), seconds = timed(lambda x=x, times=times: r2(x, times, ahead))
        record[name] = {"last value": naive, "r2": ours, "cpu_seconds": seconds}
        print(f"{name:24} R2 {ours:.2f}, last value {naive:.2f}  {seconds:.0f} s of CPU", flush=True)
    harness.save(record, __file__)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
