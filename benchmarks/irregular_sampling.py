"""What half of the samples cost, dropped at random: R2 of where a damped oscillation goes next, for LTC and CfC.

Each sequence has a frequency, a phase and a damping of its own, 48 noisy samples one unit apart, and the value two
units after the last as its target. Without half of them, and with the time since the sample before, less than a tenth
of R2 may be lost; without these times a network cannot know the frequency, and is the worse for it.
`python -m benchmarks.irregular_sampling`
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks import harness
from emberharmony import set_backend
from emberharmony.models import LiquidRegressor

STEPS = 48
AHEAD = 2
NOISE = 0.05  # of an amplitude of 1 at the last sample
LOSS = 0.1  # of R2, that may be lost


class Task(NamedTuple):
    """Sequences with all samples, (N, T, 1), and with half of them, the time spans between these, and the targets."""

    whole: Any
    half: Any
    spans: Any
    y: Any


class Scores(NamedTuple):
    """R2 on fresh sequences: all samples, half of them with their times, half of them without."""

    whole: float
    half: float
    untimed: float

    @property
    def lost(self) -> float:
        """The share of R2 that went with half of the samples."""
        return 1 - self.half / self.whole


def oscillations(seed: int, count: int) -> Task:
    """Ten to twenty steps a period, each of which takes up to 2 % of the amplitude. The last sample is always kept."""
    rng = np.random.default_rng(seed)
    frequency, phase, damping = (rng.uniform(0, high, (count, 1)) for high in (0.05, 2 * np.pi, 0.02))
    t = np.arange(STEPS + AHEAD) - (STEPS - 1.0)
    clean = np.exp(-damping * t) * np.cos(2 * np.pi * (0.05 + frequency) * t + phase)
    x = clean[:, :STEPS] + NOISE * rng.normal(size=(count, STEPS))
    others = rng.permuted(np.tile(np.arange(STEPS - 1), (count, 1)), axis=1)[:, : STEPS // 2 - 1]
    kept = np.concatenate([np.sort(others, axis=1), np.full((count, 1), STEPS - 1)], axis=1)
    half = np.take_along_axis(x, kept, axis=1)
    spans = np.diff(kept, axis=1, prepend=kept[:, :1]).astype(float)
    return Task(x[..., None], half[..., None], spans, clean[:, -1])


def scores(cell: str, seed: int, count: int = 1000, epochs: int = 30) -> Scores:
    """Of three networks with the same settings, by `count` sequences."""
    learnt, fresh = oscillations(seed, count), oscillations(seed + 1000, 400)

    def score(of: Callable[[Task], tuple[Any, Any]]) -> float:
        (x, spans), (other, its_spans) = of(learnt), of(fresh)
        model = LiquidRegressor(cell=cell, units=16, epochs=epochs, seed=seed).fit(x, learnt.y, timespans=spans)
        return model.score(other, fresh.y, timespans=its_spans)

    return Scores(
        whole=score(lambda task: (task.whole, np.ones(task.whole.shape[:2]))),
        half=score(lambda task: (task.half, task.spans)),
        untimed=score(lambda task: (task.half, None)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    set_backend("numpy")
    record: dict[str, Any] = {}
    print(f"{'':6}{'seed':>6}{'all':>8}{'half':>8}{'untimed':>9}{'lost':>8}   CPU")
    for cell in ("ltc", "cfc"):
        for seed in range(options.seeds):
            start = time.process_time()
            found = scores(cell, seed)
            seconds = time.process_time() - start
            record[f"{cell}, seed {seed}"] = found._asdict() | {"lost": found.lost, "cpu_seconds": seconds}
            figures = f"{found.whole:8.3f}{found.half:8.3f}{found.untimed:9.3f}{found.lost:8.1%}"
            print(f"{cell:6}{seed:6}{figures}{seconds:6.0f} s", flush=True)
    met = all(one["lost"] < LOSS and one["untimed"] < one["half"] for one in record.values())
    print(f"less than {LOSS:.0%} lost, and better than without times, with each seed: {'yes' if met else 'no'}")
    harness.save(record, __file__)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
