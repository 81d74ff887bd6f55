"""The contract of scikit-learn: its own checks, and its tools at work. What does not apply must fail, and says why."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator
from tests.models.data import cut, directions

from emberharmony import use_backend
from emberharmony.errors import ArgumentError
from emberharmony.models import LiquidAnomalyDetector, LiquidClassifier, LiquidForecaster, LiquidRegressor

WEIGHTS = "batches hold other examples, so a weight is not the same as a repetition to the last digit"
COLUMN = "y of shape (N, 1) is refused: nothing is reshaped in silence"
PLACE = "the columns of a table are steps of one feature; one of ten cannot be found by its place in so few epochs"
HORIZON = "predict takes a number of steps to forecast, and not X"
VECTOR = "(T,) is a series of one feature"
SETTING = (
    "`score` is a setting of the detector, what it judges by, and no method: scikit-learn has to be told a scoring="
)
PYOD = "a label is 1 for an anomaly and 0 for a normal step, as PyOD has it; scikit-learn has -1 and 1"
PAST = "a step is judged by those before it, hence their order counts"

CASES = {
    "classifier": (
        LiquidClassifier(units=4, cell="cfc", pool="mean", epochs=8, rate=0.05, batch_size=32),
        {"check_supervised_y_2d": COLUMN, "check_sample_weight_equivalence_on_dense_data": WEIGHTS},
    ),
    "regressor": (
        LiquidRegressor(units=4, epochs=4, rate=0.05, batch_size=64, dtype="float64"),
        {"check_sample_weight_equivalence_on_dense_data": WEIGHTS, "check_regressors_train": PLACE},
    ),
    "forecaster": (
        LiquidForecaster(units=4, epochs=2, window=4),
        {
            "check_n_features_in_after_fitting": HORIZON,
            "check_estimators_dtypes": HORIZON,
            "check_dtype_object": HORIZON,
            "check_estimators_pickle": HORIZON,
            "check_f_contiguous_array_estimator": HORIZON,
            "check_methods_sample_order_invariance": HORIZON,
            "check_methods_subset_invariance": HORIZON,
            "check_dict_unchanged": HORIZON,
            "check_fit_idempotent": HORIZON,
            "check_fit2d_predict1d": HORIZON,
            "check_fit1d": VECTOR,
        },
    ),
    "detector": (
        LiquidAnomalyDetector(
            mode="forecast",
            units=4,
            epochs=1,
            window=8,
            batch_size=4,
            spans=(4.0,),
            baseline=None,
            calibration=0.5,
            contamination=0.1,
            threshold="mad",
        ),
        {
            "check_fit_score_takes_y": SETTING,
            "check_n_features_in_after_fitting": SETTING,
            "check_pipeline_consistency": SETTING,
            "check_outliers_train": PYOD,
            "check_outliers_fit_predict": PYOD,
            "check_methods_sample_order_invariance": PAST,
            "check_methods_subset_invariance": PAST,
            "check_fit1d": VECTOR,
            "check_fit2d_predict1d": VECTOR,
        },
    ),
}


def checks():
    found = []
    for kind, (estimator, gaps) in CASES.items():
        with warnings.catch_warnings():  # that they are no children of BaseEstimator, which is not at hand here
            warnings.simplefilter("ignore", UserWarning)
            pairs = [*estimator_checks_generator(estimator)]
        for one, check in pairs:
            name = getattr(check, "func", check).__name__
            marks = [pytest.mark.xfail(strict=True, reason=gaps[name])] if name in gaps else []
            found.append(pytest.param(one, check, id=f"{kind}-{name}", marks=marks))
    return found


def test_models_are_imported_without_scikit_learn_and_without_a_backend():
    script = "import sys, emberharmony.models as m; assert not {'sklearn', 'torch', 'mlx', 'numpy'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks())
def test_the_checks_of_scikit_learn_pass(estimator, check):
    with use_backend("numpy"):
        check(estimator)


def test_a_pipeline_scales_tables_and_classifies_them():
    x, y = directions()
    table = x[..., 0]
    model = Pipeline([("scale", StandardScaler()), ("liquid", LiquidClassifier(units=4, epochs=15))]).fit(table, y)
    assert model.score(table, y) > 0.9


def test_a_pipeline_hands_on_time_spans():
    x, y = directions()
    pick = FunctionTransformer(lambda x: x[..., :1])
    model = Pipeline([("pick", pick), ("liquid", LiquidClassifier(units=4, epochs=15))])
    model.fit(x, y, liquid__timespans=np.full(x.shape[:2], 0.5))
    assert model[-1].n_features_in_ == 1
    assert model[-1].scaling_.span == 0.5


def test_a_grid_search_finds_the_better_epochs():
    x, y = directions()
    search = GridSearchCV(LiquidClassifier(units=4, rate=0.01), {"epochs": [1, 20]}, cv=3).fit(x, y)
    assert search.best_params_ == {"epochs": 20}


def test_a_grid_search_that_routes_metadata_cuts_time_spans_with_the_sequences():
    x, y = directions()
    spans = np.random.default_rng(0).uniform(0.5, 2.0, x.shape[:2])
    search = GridSearchCV(LiquidClassifier(units=4, rate=0.01), {"epochs": [1, 20]}, cv=3, error_score="raise")
    with config_context(enable_metadata_routing=True):
        assert search.fit(x, y, timespans=spans).best_params_ == {"epochs": 20}
    with pytest.raises(ArgumentError, match="no time spans"):  # nobody hands them to the score
        search.fit(x, y, timespans=spans)


def test_cross_validation_takes_lists_of_sequences():
    x, y = directions()
    assert cross_val_score(LiquidClassifier(units=4, epochs=20), cut(x), y, cv=3).mean() > 0.8


def test_folds_that_share_a_folder_for_checkpoints_do_not_share_a_run(tmp_path):
    x, y = directions()
    plain, kept = LiquidClassifier(units=4, epochs=3), LiquidClassifier(units=4, epochs=3, checkpoint=tmp_path)
    assert [*cross_val_score(kept, x, y, cv=3)] == [*cross_val_score(plain, x, y, cv=3)]
    assert len([*tmp_path.iterdir()]) == 3


def test_a_clone_has_the_settings_and_nothing_of_the_fit():
    model = LiquidRegressor(units=5, pool="mean").fit([[1.0, 2.0], [2.0, 1.0]] * 4, [1.0, 2.0] * 4)
    again = clone(model)
    assert again.get_params() == model.get_params()
    assert not hasattr(again, "network_")


def test_a_pickle_holds_arrays_of_numpy_and_predicts_the_same(backend):
    x, y = directions()
    model = LiquidClassifier(units=4, epochs=2, backend=backend).fit(x, y)
    again = pickle.loads(pickle.dumps(model))
    assert again.predict_proba(x).tobytes() == model.predict_proba(x).tobytes()
    assert isinstance(model.network_.head.weight, np.ndarray)
