"""Ready models, shaped like scikit-learn's: sequences in, answers out.

model = LiquidClassifier().fit(X, y)          X (N, T, F), (N, T), or a list of (T, F); NaN where nothing was seen
model.predict(X), model.score(X, y), model.save("model.safetensors")
"""

from emberharmony.models.anomaly import LiquidAnomalyDetector
from emberharmony.models.classifier import LiquidClassifier
from emberharmony.models.errors import UnfittedError
from emberharmony.models.forecaster import LiquidForecaster
from emberharmony.models.regressor import LiquidRegressor

__all__ = ["LiquidAnomalyDetector", "LiquidClassifier", "LiquidForecaster", "LiquidRegressor", "UnfittedError"]
