"""Streams to cut: rows, cuts, entities."""

import itertools

import numpy as np
from hypothesis import strategies as st

seeds = st.integers(0, 2**32 - 1)
shapes = st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 3))  # window, hop, dilation


def rows(seed: int, n: int, f: int, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, f)).astype(dtype)


def in_pieces(n: int, cuts: list[int]) -> list[slice]:
    """Slices from 0 to n with these inner ends; some are empty."""
    ends = [0, *sorted(min(cut, n) for cut in cuts), n]
    return [slice(a, b) for a, b in itertools.pairwise(ends)]


def by_definition(x: np.ndarray, window: int, hop: int, dilation: int) -> np.ndarray:
    """The windows of one series, by the formula of the page."""
    found = [
        [x[start + j * dilation] for j in range(window)]
        for start in range(0, len(x), hop)
        if start + (window - 1) * dilation < len(x)
    ]
    return np.array(found, dtype=x.dtype).reshape(-1, window, *x.shape[1:])
