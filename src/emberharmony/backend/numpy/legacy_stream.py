"""NumPy's own generators, for what must draw the same numbers as another library does."""

from __future__ import annotations

from typing import Literal

import numpy as np


def legacy_stream(kind: Literal["RandomState", "Generator"], seed: int) -> np.random.RandomState | np.random.Generator:
    """A generator with its own state; the stream of `RandomState` is frozen, NumPy may change the other one's."""
    return np.random.RandomState(seed) if kind == "RandomState" else np.random.default_rng(seed)
