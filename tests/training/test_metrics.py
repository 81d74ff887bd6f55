"""Metrics are scikit-learn's, for any cutting of the data, merged in any order."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as peers
from sklearn.calibration import calibration_curve
from sklearn.exceptions import UndefinedMetricWarning

from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError
from emberharmony.training.metrics import (
    AUC,
    MAE,
    R2,
    RMSE,
    Accuracy,
    AveragePrecision,
    Calibration,
    FBeta,
    Metric,
)

LIMIT = 1e-12
SEEDS = st.integers(0, 2**32 - 1)
CUTS = st.lists(st.integers(0, 60), max_size=5).map(sorted)
SIZES = st.integers(1, 60)


def numbers(generator, n):
    return generator.normal(1e6, 1, n), generator.normal(1e6, 1, n)  # a mean that would cost twelve digits of a square


def scores(generator, n):
    return generator.integers(0, 2, n), generator.integers(0, 8, n) / 7  # with ties


def binary(generator, n):
    return generator.integers(0, 2, n), generator.integers(0, 2, n)


def classes(generator, n):
    return generator.integers(0, 5, n), generator.integers(0, 4, n)


CASES = {
    "accuracy": (Accuracy(), classes, peers.accuracy_score),
    "f1": (FBeta(), binary, peers.f1_score),
    "f2": (FBeta(2.0), binary, lambda y, p, **w: peers.fbeta_score(y, p, beta=2.0, **w)),
    "macro": (FBeta(average="macro"), classes, lambda y, p, **w: peers.f1_score(y, p, average="macro", **w)),
    "micro": (
        FBeta(0.5, "micro"),
        classes,
        lambda y, p, **w: peers.fbeta_score(y, p, beta=0.5, average="micro", **w),
    ),
    "auc": (AUC(), scores, peers.roc_auc_score),
    "average precision": (AveragePrecision(), scores, peers.average_precision_score),
    "r2": (R2(), numbers, peers.r2_score),
    "mae": (MAE(), numbers, peers.mean_absolute_error),
    "rmse": (RMSE(), numbers, peers.root_mean_squared_error),
    "brier": (Calibration(), scores, peers.brier_score_loss),
}


def value_of(metric):
    return metric.brier if isinstance(metric, Calibration) else metric.value


def seen(metric, generator, cuts, *arrays):
    """The metric of the pieces, each seen alone, merged in a random order."""
    pieces = [metric]
    for start, stop in zip([0, *cuts], [*cuts, None], strict=True):
        y, p, *w = (ops.asarray(a[start:stop]) for a in arrays)
        pieces.append(metric.update(y, p, weight=w[0] if w else None))
    while len(pieces) > 1:
        i, j = generator.choice(len(pieces), 2, replace=False)
        merged = pieces[i].merge(pieces[j])
        pieces = [merged, *(piece for k, piece in enumerate(pieces) if k not in (i, j))]
    return pieces[0]


@pytest.mark.parametrize("case", CASES)
@given(seed=SEEDS, n=SIZES, cuts=CUTS, weighted=st.booleans())
def test_any_cutting_in_any_order_is_scikit_learn_on_the_whole(backend, case, seed, n, cuts, weighted):
    metric, make, peer = CASES[case]
    generator = np.random.default_rng(seed)
    y, p = make(generator, n)
    if backend == "mlx" and p.dtype == np.float64:  # float32 unless asked: the peer sees the same numbers
        y, p = (a.astype("float32") if a.dtype == np.float64 else a for a in (y, p))
    w = [generator.integers(0, 4, n) / 3 if generator.random() < 0.5 else generator.uniform(0.1, 2, n)] * weighted
    if weighted and backend == "mlx":
        w = [w[0].astype("float32")]
    if weighted and not w[0].sum():
        w[0][0] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)  # scikit-learn warns where it gives 0 or nan
        warnings.simplefilter("ignore", UserWarning)
        arguments = (y.astype("float64"), p.astype("float64")) if make is numbers else (y, p.astype("float64"))
        theirs = peer(*arguments, **({"sample_weight": w[0].astype("float64")} if w else {}))
    ours = value_of(seen(metric, generator, [c for c in cuts if c <= n], y, p, *w))
    assert math.isclose(ours, theirs, rel_tol=LIMIT, abs_tol=LIMIT) or (math.isnan(ours) and math.isnan(theirs))


@given(seed=SEEDS, n=SIZES, cuts=CUTS, bins=st.integers(1, 12))
def test_the_calibration_error_is_that_of_the_bins_of_scikit_learn(backend, seed, n, cuts, bins):
    generator = np.random.default_rng(seed)
    y, p = generator.integers(0, 2, n), np.round(generator.random(n).astype("float32"), 2)
    y[0], p = (0 if y.all() else y[0]), p.astype("float64")
    calibration = seen(Calibration(bins), generator, [c for c in cuts if c <= n], y, p.astype("float32"))
    p = p.astype("float32").astype("float64")
    share, mean = calibration_curve(y, p, n_bins=bins) if 0 < y.sum() < n else ([], [])
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], p)
    counts = np.bincount(place, minlength=bins)
    theirs = np.sum(counts[counts > 0] / n * np.abs(share - mean)) if len(share) else None
    if theirs is not None:
        assert math.isclose(calibration.value, theirs, rel_tol=LIMIT, abs_tol=LIMIT)


@pytest.mark.parametrize("case", CASES)
@given(seed=SEEDS, n=SIZES)
def test_what_the_mask_leaves_out_is_not_seen(backend, case, seed, n):
    metric, make, _ = CASES[case]
    generator = np.random.default_rng(seed)
    y, p = make(generator, n)
    kept = generator.random(n) < 0.6
    wrong = np.where(kept, p, np.nan) if make in (scores, numbers) else p
    whole = metric.update(*map(ops.asarray, (y, wrong)), mask=ops.asarray(kept))
    part = metric.update(ops.asarray(y[kept]), ops.asarray(p[kept]))
    ours, theirs = value_of(whole), value_of(part)
    assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))


@pytest.mark.parametrize("case", CASES)
def test_before_anything_was_seen_the_value_is_nan(backend, case):
    metric: Metric = CASES[case][0]
    assert math.isnan(value_of(metric))
    empty = ops.zeros(0, dtype="int64")
    assert math.isnan(value_of(metric.update(empty, empty)))
    assert math.isnan(value_of(metric.merge(metric)))


def test_one_class_alone_gives_what_scikit_learn_gives(backend):
    ones, some = ops.asarray([1, 1]), ops.asarray([0.1, 0.7])
    assert math.isnan(AUC().update(ones, some).value)
    assert math.isnan(AUC().update(0 * ones, some).value)
    assert AveragePrecision().update(0 * ones, some).value == 0.0
    assert AveragePrecision().update(ones, some).value == 1.0
    assert FBeta().update(0 * ones, 0 * ones).value == 0.0
    assert R2().update(ops.asarray([2.0, 2.0]), ops.asarray([2.0, 2.0])).value == 1.0
    assert R2().update(ops.asarray([2.0, 2.0]), ops.asarray([2.0, 3.0])).value == 0.0
    assert math.isnan(R2().update(ops.asarray([2.0]), ops.asarray([3.0])).value)


def test_a_prediction_may_be_classes_scores_or_a_number_above_a_threshold(backend):
    target = ops.asarray([0, 1, 1])
    logits = ops.asarray([[2.0, -1.0], [0.0, 3.0], [1.0, 0.0]])
    for metric in (Accuracy, FBeta):
        by_class = metric().update(target, ops.asarray([0, 1, 0])).value
        assert metric().update(target, logits).value == by_class
        assert metric().update(target, ops.asarray([0.2, 0.9, 0.4])).value == by_class
        assert metric(threshold=0.0).update(target, ops.asarray([-2.0, 3.0, -0.1])).value == by_class


def test_weights_and_masks_of_leading_axes_count_for_all_behind_them(backend):
    y, p = ops.asarray([[1.0, 2.0], [3.0, 4.0]]), ops.asarray([[1.0, 1.0], [0.0, 0.0]])
    assert MAE().update(y, p, mask=ops.asarray([True, False])).value == 0.5
    assert MAE().update(y, p, weight=ops.asarray([1.0, 3.0])).value == (0.0 + 1.0 + 9.0 + 12.0) / 8


def test_mistakes_are_named(backend):
    y = ops.asarray([0, 1])
    with pytest.raises(ShapeError, match=r"MAE got a target of shape \(2,\) and a prediction of shape \(2, 1\)"):
        MAE().update(y, y[:, None])
    with pytest.raises(ShapeError, match=r"a weight of shape \(3,\)"):
        MAE().update(y, y, weight=ops.ones(3))
    with pytest.raises(ArgumentError, match="AUC got a target of 2"):
        AUC().update(y + 1, y)
    with pytest.raises(ArgumentError, match="a prediction of nan"):
        AUC().update(y, ops.asarray([0.0, float("nan")]))
    with pytest.raises(ArgumentError, match="a weight of -1"):
        MAE().update(y, y, weight=y - 1)
    with pytest.raises(ArgumentError, match=r"a probability of 1\.5"):
        Calibration().update(y, ops.asarray([0.0, 1.5]))
    with pytest.raises(DTypeError, match="a mask of int64"):
        MAE().update(y, y, mask=y)
    with pytest.raises(NotAnArrayError, match="a target of type list"):
        Accuracy().update([0, 1], y)
    for mistake in (lambda: FBeta(0), lambda: FBeta(average="all"), lambda: Calibration(0)):
        with pytest.raises(ArgumentError, match="Expected:"):
            mistake()
    with pytest.raises(ArgumentError, match="in 2 and in 3 bins"):
        Calibration(2).merge(Calibration(3))
