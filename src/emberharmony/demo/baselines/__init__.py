"""What the detector is compared with: methods that people use on telemetry today, each with its usual settings.

fitted = baseline.fit(healthy)          a list of `Series`, standardised
fitted.sensors(one)                     one number a reading, larger is more anomalous
fitted.rows(sensors)                    one number a row
"""

from __future__ import annotations

from emberharmony.demo.baselines.baseline import Baseline, Fitted
from emberharmony.demo.baselines.copod import COPOD
from emberharmony.demo.baselines.ecod import ECOD
from emberharmony.demo.baselines.isolation import IsolationForest
from emberharmony.demo.baselines.lstm import LSTM
from emberharmony.demo.baselines.moving import MovingZScore
from emberharmony.demo.baselines.pca import PCA
from emberharmony.demo.baselines.series import Series, filled

__all__ = [
    "BASELINES",
    "COPOD",
    "ECOD",
    "LSTM",
    "PCA",
    "Baseline",
    "Fitted",
    "IsolationForest",
    "MovingZScore",
    "Series",
    "filled",
]

BASELINES: tuple[Baseline, ...] = (MovingZScore(), IsolationForest(), ECOD(), COPOD(), PCA(), LSTM())
