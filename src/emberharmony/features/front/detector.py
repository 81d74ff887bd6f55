"""The types of columns by one call, in the shape that the extractors take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emberharmony.features.errors import NotFittedError
from emberharmony.features.front.inputs import source_of
from emberharmony.features.types import TypeReport, detect_types


class GenericTypeDetector:
    """`detect_types` for a path, a table, a frame or rows; `rules` gives types to columns by name.

    >>> detector = GenericTypeDetector(rules={"code": "categorical"})
    >>> detector.detect_column_types({"code": [3, 1, 2], "ok": [True, False, True]})["boolean"]
    ['ok']
    """

    def __init__(self, sample: float | None = None, rules: Mapping[str, str] | None = None, workers: int = 1) -> None:
        self.sample = sample
        self.rules = dict(rules or {})
        self.workers = workers
        self._report: TypeReport | None = None

    def detect(self, data: Any) -> TypeReport:
        """Each column's type, how sure it is, and why."""
        self._report = detect_types(source_of(data), sample=self.sample, overrides=self.rules, workers=self.workers)
        return self._report

    def detect_column_types(self, data: Any) -> dict[str, list[str]]:
        """The names by type: numeric, categorical, datetime, boolean, text."""
        return self.detect(data).column_types

    @property
    def column_types(self) -> dict[str, list[str]]:
        """Those of the last `detect`."""
        if self._report is None:
            raise NotFittedError("no table was looked at yet", expected="detect(data) first")
        return self._report.column_types
