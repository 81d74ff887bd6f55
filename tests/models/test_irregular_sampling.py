"""A liquid network that is told when its samples were taken needs only half of them."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.irregular_sampling import LOSS, NOISE, STEPS, oscillations, scores

from emberharmony import use_backend


def test_half_of_the_samples_are_those_that_were_kept_and_their_spans_say_when():
    task = oscillations(0, 50)
    assert task.half.shape == (50, STEPS // 2, 1)
    assert (task.spans[:, 0] == 0).all()
    assert (task.spans[:, 1:] >= 1).all()
    first = [int(np.flatnonzero(whole == half[0])[0]) for whole, half in zip(task.whole, task.half, strict=True)]
    places = (np.array(first)[:, None] + np.cumsum(task.spans, axis=1)).astype(int)
    assert (places[:, -1] == STEPS - 1).all()
    assert (np.take_along_axis(task.whole[..., 0], places, axis=1) == task.half[..., 0]).all()
    # the target lies two steps after the last sample: at ten steps a period or more, the phase has moved by at most
    # 0.4 pi, a chord of 1.18; the damping and the noise come on top
    assert np.abs(task.y - task.whole[:, -1, 0]).max() < 2 * np.sin(0.2 * np.pi) + 0.04 + 5 * NOISE


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["ltc", "cfc"])
def test_with_times_half_of_the_samples_lose_less_than_a_tenth_of_r2_and_without_them_more(cell):
    with use_backend("numpy"):
        found = [scores(cell, seed) for seed in range(3)]
    assert all(one.lost < LOSS for one in found)
    assert all(one.untimed < one.half for one in found)
