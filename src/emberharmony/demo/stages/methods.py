"""The detector and the methods that it is compared with, each as a function from pieces to scores."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.baselines import LSTM, Series
from emberharmony.demo.entities import VAL
from emberharmony.demo.stages.training import context_of, healthy, told
from emberharmony.training import ProgressBar

if TYPE_CHECKING:
    from emberharmony.demo.entities import Columns, Entity
    from emberharmony.demo.stages.scoring import Piece, Scorer
    from emberharmony.features.gather import Entities
    from emberharmony.models import LiquidAnomalyDetector

__all__ = ["baseline", "liquid"]


def liquid(detector: LiquidAnomalyDetector, names: Sequence[str]) -> Scorer:
    """The scores of a fitted detector: those of its features, and in each row the highest of them."""

    def scorer(group: Sequence[Piece]) -> list[tuple[Any, Any]]:
        found = detector.explain(**told([piece.entity for piece in group], names))
        with use_backend("numpy"):
            return [(ops.max(sensors, axis=1), sensors) for sensors in found]

    return scorer


def baseline(
    which: Any, source: Entities, columns: Columns, names: Sequence[str], folder: Path, *, verbose: bool
) -> Scorer:
    """The scores of a baseline, after it was fitted on the same rows; one that is trained keeps checkpoints."""

    def series(one: Entity) -> Series:
        return Series(one.values, one.spans, context_of(one, names))

    given = [series(one.part(0, one.begin(VAL))) for one in healthy(source, columns)]
    more: dict[str, Any] = {}
    if isinstance(which, LSTM):
        more = {"checkpoint": folder / "checkpoint", "callbacks": [ProgressBar(sys.stderr)] if verbose else []}
    fitted = which.fit(given, **more)

    def scorer(group: Sequence[Piece]) -> list[tuple[Any, Any]]:
        found = (fitted.sensors(series(piece.entity)) for piece in group)
        return [(fitted.rows(sensors), sensors) for sensors in found]

    return scorer
