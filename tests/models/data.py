"""Sequences whose answers are known."""

from __future__ import annotations

import numpy as np


def directions(count: int = 48, steps: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two features of which the first rises or falls: (N, T, 2), and the label."""
    rng = np.random.default_rng(seed)
    slope = rng.choice([-1.0, 1.0], count)
    x = rng.normal(0.0, 0.2, (count, steps, 2))
    x[..., 0] += slope[:, None] * np.linspace(-1.0, 1.0, steps)
    return x, np.where(slope > 0, "rises", "falls")


def sums(count: int = 64, steps: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sequences (N, T, 1), and the mean over their steps."""
    x = np.random.default_rng(seed).normal(0.0, 1.0, (count, steps, 1))
    return x, x.mean((1, 2))


def cut(x: np.ndarray, seed: int = 0) -> list[np.ndarray]:
    """The same sequences, each as long as chance has it, from half its length on."""
    rng = np.random.default_rng(seed)
    return [one[: rng.integers(x.shape[1] // 2, x.shape[1] + 1)] for one in x]
