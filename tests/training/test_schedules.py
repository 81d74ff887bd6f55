"""Schedules are PyTorch's closed forms; a plateau is seen where PyTorch sees it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.errors import ArgumentError
from emberharmony.training.schedules import Cosine, OneCycle, Plateau


def rates_of_torch(scheduler, optimizer, steps):
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def sgd(rate):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], rate)


@given(peak=st.floats(1e-4, 10), steps=st.integers(2, 40), share=st.floats(0, 1))
def test_cosine_is_that_of_torch(peak, steps, share):
    optimizer = sgd(peak)
    theirs = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: 1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=share * peak)
    schedule = Cosine(peak, steps, floor=share * peak)
    for i, rate in enumerate(rates_of_torch(theirs, optimizer, steps + 1)):
        # torch goes from step to step by a quotient of 1 + cos, which near its zero, at i = steps - 1, has a relative
        # error of eps (steps / pi)^2 of its own
        assert math.isclose(schedule(i), rate, rel_tol=2**-52 * 8 * steps**3, abs_tol=2**-52 * 8 * steps**2 * peak)


@given(warmup=st.integers(1, 20), rest=st.integers(1, 20))
def test_a_warmup_is_a_line_to_the_peak_and_the_floor_is_kept(warmup, rest):
    schedule = Cosine(2.0, warmup + rest, warmup, floor=0.5)
    assert [schedule(i) for i in range(warmup)] == [2.0 * (i + 1) / warmup for i in range(warmup)]
    assert schedule(warmup) == 2.0
    assert schedule(warmup + rest) == schedule(10**9) == 0.5
    falling = [schedule(i) for i in range(warmup, warmup + rest + 1)]
    assert falling == sorted(falling, reverse=True)


@given(peak=st.floats(1e-4, 10), steps=st.integers(8, 60), rise=st.floats(0.2, 0.8))
def test_one_cycle_is_that_of_torch(peak, steps, rise):
    optimizer = sgd(peak)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, steps, pct_start=rise, cycle_momentum=False)
    schedule = OneCycle(peak, steps, rise)
    for i, rate in enumerate(rates_of_torch(theirs, optimizer, steps - 1)):
        assert math.isclose(schedule(i), rate, rel_tol=1e-12, abs_tol=2**-52 * 8 * peak)  # a cosine near its zero


@given(
    scores=st.lists(st.floats(0.1, 2.0) | st.sampled_from([1.0, 0.5, math.nan]), max_size=30),
    patience=st.integers(0, 4),
    mode=st.sampled_from(["min", "max"]),
)
def test_a_plateau_is_seen_where_torch_sees_it(scores, patience, mode):
    optimizer = sgd(1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode, factor=0.5, patience=patience, threshold=0.01, min_lr=0.1, eps=0.0
    )
    ours = Plateau(0.5, patience, 0.01, minimum=0.1, mode=mode)
    state = ours.init()
    for score in scores:
        theirs.step(score)
        state = ours.observe(state, score)
        assert ours.scale(state) == optimizer.param_groups[0]["lr"]  # halves are exact


@given(score=st.floats(-100, -0.1))
def test_staying_is_not_better_below_zero_either(score):
    plateau = Plateau(patience=0)
    state = plateau.observe(plateau.observe(plateau.init(), score), score)
    assert plateau.scale(state) == plateau.factor


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: Cosine(1.0, 3, warmup=3),
        lambda: Cosine(1.0, 3, floor=2.0),
        lambda: OneCycle(1.0, 3),
        lambda: OneCycle(1.0, 30, start=0.5),
        lambda: Plateau(factor=1.0),
        lambda: Plateau(mode="up"),
        lambda: Plateau(minimum=2.0),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(mistake):
    with pytest.raises(ArgumentError, match=r"Expected:"):
        mistake()
