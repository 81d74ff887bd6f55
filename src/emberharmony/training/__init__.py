"""Training: optimizers, schedules, losses, metrics, and a loop that can be stopped at any step and goes on.

    trainer = Trainer(model, loss, Adam(1e-3), clip_norm=1.0)
    history = trainer.fit(train, validation, epochs=50, patience=5, checkpoint="run")

Each part works alone: an optimizer is a function of a gradient, a state and a model.
"""

from emberharmony.training.activations import Activity, activations
from emberharmony.training.batches import Batches
from emberharmony.training.callbacks import Event, ProgressBar
from emberharmony.training.errors import NonFiniteError, RunError
from emberharmony.training.liquid import LiquidTrainer
from emberharmony.training.losses import bce, cross_entropy, gaussian_nll, huber, mae, mse, quantile
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
from emberharmony.training.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop, clip_norm
from emberharmony.training.schedules import Cosine, OneCycle, Plateau
from emberharmony.training.trainer import Trainer

__all__ = [
    "AUC",
    "MAE",
    "R2",
    "RMSE",
    "SGD",
    "Accuracy",
    "Activity",
    "Adam",
    "AdamW",
    "AveragePrecision",
    "Batches",
    "Calibration",
    "Cosine",
    "Event",
    "FBeta",
    "LiquidTrainer",
    "Metric",
    "NonFiniteError",
    "OneCycle",
    "Optimizer",
    "Plateau",
    "ProgressBar",
    "RMSprop",
    "RunError",
    "Trainer",
    "activations",
    "bce",
    "clip_norm",
    "cross_entropy",
    "gaussian_nll",
    "huber",
    "mae",
    "mse",
    "quantile",
]
