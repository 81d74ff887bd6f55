"""What a classifier does with sequences of every form, and what it learns."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from tests.models.data import cut, directions

from emberharmony import nn, ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import LiquidClassifier

EPS = 2.0**-23


def small(**settings):
    return LiquidClassifier(**({"units": 6, "epochs": 12} | settings))


def test_it_learns_what_rises_and_what_falls(backend):
    x, y = directions()
    fresh, truth = directions(seed=1)
    assert small().fit(x, y).score(fresh, truth) > 0.9


@pytest.mark.parametrize(
    "settings",
    [
        {"pool": "mean", "epochs": 20},
        {"cell": "cfc", "rate": 0.01},
        {"cell": "cfc", "rate": 0.01, "pool": "mean"},
        {"cell": "cfc", "rate": 0.01, "mixed_memory": True},
        {"layers": 2},
        {"bidirectional": True},
        {"wiring": nn.AutoNCP(16, 4)},
        {"scale": False},
        {"dtype": "float64"},
    ],
    ids=str,
)
def test_it_learns_that_with_all_kinds_of_networks(settings):
    x, y = directions()
    fresh, truth = directions(seed=1)
    assert small(**settings).fit(x, y).score(fresh, truth) > 0.85


@pytest.mark.slow
def test_digits_that_are_read_row_by_row_are_told_apart():
    digits = load_digits()
    model = LiquidClassifier(epochs=20).fit(digits.images[:1200], digits.target[:1200])
    # 597 of which 92 % were right, with a deviation of 1.1 %: four of them below
    assert model.score(digits.images[1200:], digits.target[1200:]) > 0.88


def test_backends_agree(backend):
    """Rounding is carried through 24 steps of training: seen 2e-6, allowed 64 roundings of probabilities up to 1."""
    x, y = directions()
    found = small(epochs=8).fit(x, y).predict_proba(x)
    oracle = small(epochs=8, backend="numpy").fit(x, y).predict_proba(x)
    assert np.abs(found - oracle).max() < 64 * EPS


def test_the_same_seed_gives_the_same_bits_and_another_gives_others(backend):
    x, y = directions()
    first, again, other = (small(epochs=2, seed=s).fit(x, y).predict_proba(x).tobytes() for s in (0, 0, 1))
    assert first == again
    assert first != other


def test_arrays_of_every_backend_are_taken_and_numpy_is_given_back(backend):
    x, y = directions()
    given = ops.asarray(x, dtype="float32")
    model = small(epochs=2).fit(given, y)
    probabilities = model.predict_proba(given)
    assert isinstance(probabilities, np.ndarray)
    assert (
        probabilities.tobytes()
        == small(epochs=2).fit(x.astype("float32"), y).predict_proba(x.astype("float32")).tobytes()
    )


def test_labels_come_back_as_they_were_given():
    x, _ = directions()
    sign = x[:, -1, 0] > x[:, 0, 0]
    for labels in (np.array(["no", "yes"]), np.array([-1, 7]), np.array([False, True]), np.array([0.0, 3.0])):
        model = small().fit(x, labels[sign.astype(int)])
        assert model.classes_.tolist() == labels.tolist()
        assert model.classes_.dtype == labels.dtype
        assert model.predict(x).dtype == labels.dtype
    assert small(epochs=1).fit(x, [("yes" if s else "no") for s in sign]).classes_.tolist() == ["no", "yes"]


def test_probabilities_and_decisions_and_labels_say_the_same():
    x, _ = directions()
    three = np.array(["a", "b", "c"])[np.arange(len(x)) % 3]
    model = small(epochs=3).fit(x, three)
    p, d = model.predict_proba(x), model.decision_function(x)
    assert p.shape == d.shape == (len(x), 3)
    # five roundings of numbers below 1 in each softmax
    assert np.abs(p.sum(1) - 1).max() < 5 * EPS
    assert (model.classes_[p.argmax(1)] == model.predict(x)).all()
    assert (d.argmax(1) == p.argmax(1)).all()
    two = model.fit(x, three == "a")
    assert ((two.decision_function(x) > 0) == two.predict(x)).all()
    assert two.predict_proba(x).shape == (len(x), 2)


def test_a_masked_step_is_a_step_that_is_not_there():
    x, y = directions()
    mask = np.random.default_rng(0).random(x.shape[:2]) < 0.7
    mask[:, 0] = True
    spoiled = np.where(mask[..., None], x, np.nan)
    kept = [one[m] for one, m in zip(x, mask, strict=True)]
    by_mask = small(epochs=2).fit(spoiled, y, mask=mask)
    by_list = small(epochs=2).fit(kept, y)
    assert by_mask.predict_proba(spoiled, mask=mask).tobytes() == by_list.predict_proba(kept).tobytes()


def test_padding_says_nothing(backend):
    """A sequence alone, and beside a longer one: the same sums in another order of rows, seen equal to 1e-7."""
    x, y = directions()
    parts = cut(x)
    model = small(epochs=2).fit(parts, y)
    alone = np.concatenate([model.predict_proba([one]) for one in parts[:6]])
    assert np.abs(alone - model.predict_proba(parts)[:6]).max() < 64 * EPS


def test_time_spans_tell_what_values_cannot():
    rng = np.random.default_rng(0)
    slow = rng.random(64) < 0.5
    x = rng.normal(0, 1, (64, 6, 1))
    spans = np.where(slow[:, None], 3.0, 1.0) * np.ones((64, 6))
    for cell in ("cfc", "ltc"):
        model = small(cell=cell, epochs=40, rate=0.02)
        assert model.fit(x, slow, timespans=spans).score(x, slow, timespans=spans) > 0.95


def test_time_spans_may_have_any_unit():
    x, y = directions()
    spans = np.random.default_rng(1).uniform(0.5, 2.0, x.shape[:2])
    found = [
        small(epochs=2).fit(x, y, timespans=spans * unit).predict_proba(x, timespans=spans * unit)
        for unit in (1.0, 1024.0)
    ]
    assert found[0].tobytes() == found[1].tobytes()  # a power of two is exact


def test_inputs_may_have_any_unit():
    x, y = directions()
    found = [small(epochs=2).fit(x * unit, y).predict_proba(x * unit) for unit in (1.0, 1024.0)]
    assert found[0].tobytes() == found[1].tobytes()


def test_what_is_missing_is_told_and_can_be_learnt():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (64, 6, 2))
    y = rng.random(64) < 0.5
    x[y, 2, 1] = np.nan
    model = small(epochs=40, rate=0.02).fit(x, y)
    assert model.network_.body.input_size == 3  # two features, and the indicator of the second
    assert model.score(x, y) > 0.95


def test_weights_of_zero_are_examples_that_do_not_count():
    x, y = directions(96)
    wrong = np.where(np.arange(96) % 3 == 0, np.where(y == "rises", "falls", "rises"), y)
    model = small(epochs=20).fit(x, wrong, sample_weight=(wrong == y).astype(float))
    assert model.score(x, y) > 0.95
    assert model.score(x, wrong, sample_weight=(wrong == y).astype(float)) == model.score(x[wrong == y], y[wrong == y])


def test_rare_classes_are_found_when_classes_are_balanced():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 20 == 0
    x = rng.normal(0, 1, (120, 5, 1)) + 1.0 * y[:, None, None]
    found = [small(class_weight=w).fit(x, y).predict(x)[y].mean() for w in (None, "balanced", {True: 19.0})]
    assert found[1] > found[0]
    assert found[1] == found[2]  # a common factor changes nothing but roundings


def test_patience_keeps_the_best_network_of_the_data_held_out():
    x, y = directions(80)
    noisy = np.where(np.random.default_rng(0).random(80) < 0.3, "falls", y)
    model = small(epochs=60, rate=0.05, patience=5, validation=0.25).fit(x, noisy)
    losses = [record["validation_loss"] for record in model.history_]
    assert len(losses) < 60
    assert len(losses) - 1 - int(np.argmin(losses)) == 5


def test_validation_data_may_be_given():
    x, y = directions()
    model = small(epochs=2).fit(x, y, validation=directions(seed=1))
    assert "validation_accuracy" in model.history_[-1]
    fresh, truth = directions(seed=1)
    named = {"X": fresh, "y": truth, "sample_weight": np.ones(48)}
    assert small(epochs=2).fit(x, y, validation=named).history_ == model.history_


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        (np.zeros((3, 4)), ["a", "b"], "3 sequences and y of shape (2,)"),
        (np.zeros((3, 4)), ["a", "a", "a"], "one class, 'a'"),
        (np.zeros((3, 4)), [0.0, np.nan, 1.0], "y[1] = nan"),
        (np.zeros((3, 4)), [0.5, 1.0, 2.0], "continuous"),
        (np.zeros((3, 4)), None, "y is None"),
        (np.zeros((3, 4)), ["a", 1, "b"], "labels of int, str"),
        (np.full((3, 4), np.inf), ["a", "b", "a"], "inf in sequence 0, step 0, feature 0"),
        (np.zeros((2, 3, 4, 5)), ["a", "b"], "shape (2, 3, 4, 5)"),
        ([np.zeros((2, 3)), np.zeros((2, 4))], ["a", "b"], "3, 4 features"),
        ([np.zeros((2, 3)), np.zeros((0, 3))], ["a", "b"], "sequence 1"),
    ],
)
def test_what_cannot_be_learnt_is_refused_by_name(X, y, said):
    with pytest.raises((ArgumentError, ShapeError)) as caught:
        small().fit(X, y)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"timespans": -np.ones((4, 3))}, "-1.0 in sequence 0, step 0"),
        ({"timespans": np.ones((4, 2))}, "shape (2,) for sequence 0, which has 3 steps"),
        ({"timespans": np.ones((3, 3))}, "3 sequences and X of 4"),
        ({"mask": np.zeros((4, 3), bool)}, "no step that the mask keeps"),
        ({"mask": np.ones((4, 3))}, "a mask of float64"),
        ({"sample_weight": [1.0, 1.0]}, "shape (2,)"),
        ({"sample_weight": [1.0, -1.0, 1.0, 1.0]}, "-1.0"),
        ({"validation": (np.zeros((2, 3)), ["a", "z"])}, "'z'"),
        ({"validation": np.zeros((2, 3))}, "validation="),
        ({"validation": (np.zeros((2, 3, 2)), ["a", "b"])}, "X has 2 features, but LiquidClassifier (validation)"),
        ({"validation": {"X": np.zeros((1, 3)), "y": ["a"], "timespans": np.ones((1, 3))}}, "got time spans"),
    ],
)
def test_what_does_not_fit_the_sequences_is_refused_by_name(named, said):
    with pytest.raises((ArgumentError, ShapeError, TypeError)) as caught:
        small().fit(np.zeros((4, 3)), ["a", "b", "a", "b"], **named)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cell": "gru"}, "gru"),
        ({"pool": "max"}, "max"),
        ({"epochs": 0}, "epochs=0"),
        ({"layers": 0}, "layers=0"),
        ({"class_weight": {"c": 1.0}}, "['c']"),
        ({"class_weight": "even"}, "'even'"),
        ({"patience": 2, "validation": 0.01}, "hold out 0.01"),
        ({"backend": "jax"}, "jax"),
    ],
)
def test_settings_that_mean_nothing_are_refused_in_fit(settings, said):
    model = small(**settings)
    with pytest.raises(ValueError, match=r"Expected:|jax") as caught:
        model.fit(np.zeros((4, 3)), ["a", "b", "a", "b"])
    assert said in str(caught.value)


def test_other_features_than_those_of_the_fit_are_refused():
    x, y = directions()
    model = small(epochs=1).fit(x, y)
    with pytest.raises(ShapeError, match="X has 3 features, but LiquidClassifier is expecting 2"):
        model.predict(np.zeros((2, 8, 3)))
    table = small(epochs=1).fit(x[..., 0], y)
    with pytest.raises(ShapeError, match="X has 7 features, but LiquidClassifier is expecting 8"):
        table.predict(x[:, :7, 0])
    assert table.predict([*x[:, :7, 0]]).shape == (48,)  # a list says that lengths are free
