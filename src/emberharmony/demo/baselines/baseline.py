"""What a baseline is: settings that learn from healthy rows, and what they have learnt, which scores any rows."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.demo.baselines.series import Series

__all__ = ["Baseline", "Fitted"]


class Fitted(Protocol):
    """What `fit` gives."""

    def sensors(self, one: Series) -> Any:
        """How anomalous each feature of each row is: (T, F), float64 of NumPy, finite; larger is more."""
        ...

    def rows(self, sensors: Any) -> Any:
        """How anomalous each row is (T,), from what `sensors` gave."""
        ...


class Baseline(Protocol):
    """A frozen dataclass of settings."""

    name: ClassVar[str]  # as it stands in the table

    def fit(self, series: list[Series]) -> Fitted:
        """Learn what is normal from healthy rows."""
        ...
