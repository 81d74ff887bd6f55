"""The split of rows that were not learnt from: none of them is a train row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import TEST, Frame
from emberharmony.features.transforms.step import Constants, nothing


@dataclass(frozen=True)
class Elsewhere:
    """Every row is a test row."""

    def fit(self, frame: Frame) -> Fit[Constants]:
        """Nothing has to be known."""
        return nothing()

    def assign(self, frame: Frame, constants: Constants) -> Any:
        """The same side for all."""
        import ibis

        return ibis.literal(TEST, type="int8")

    def train_rows(self, frame: Frame, constants: Constants) -> Any:
        """None of them."""
        import ibis

        return ibis.literal(False)
