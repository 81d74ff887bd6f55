"""Metrics: sums that can be merged, so that any cutting of the data gives what scikit-learn gives on the whole.

    metric = AUC()
    for batch in batches:
        metric = metric.update(batch["label"], scores(batch), mask=batch["mask"])
    metric.value

They never change: `update(target, prediction, *, mask=None, weight=None)` and `merge(other)` return a new one. Arrays
of any backend are taken to the host and summed in float64. Target and prediction have one shape, `mask` and `weight`
that of their first axes.
"""

from emberharmony.training.metrics.calibration import Calibration
from emberharmony.training.metrics.counting import Accuracy, FBeta
from emberharmony.training.metrics.metric import Metric
from emberharmony.training.metrics.ranking import AUC, AveragePrecision
from emberharmony.training.metrics.regression import MAE, R2, RMSE

__all__ = ["AUC", "MAE", "R2", "RMSE", "Accuracy", "AveragePrecision", "Calibration", "FBeta", "Metric"]
