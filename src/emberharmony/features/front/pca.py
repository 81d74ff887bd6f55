"""The features of columns, then their principal components: of all of them, or of each type by itself."""

from __future__ import annotations

from typing import Any, Literal

from emberharmony.errors import ArgumentError
from emberharmony.features.fitted import FittedPipeline
from emberharmony.features.front.choices import SHAPES, Choice
from emberharmony.features.front.columns import ColumnFeatureExtractor
from emberharmony.features.pipeline import Pipeline
from emberharmony.features.sources.source import Source
from emberharmony.features.transforms import PCA, Impute
from emberharmony.features.transforms.step import Step

MOST = 32


class ColumnPCAFeatureExtractor(ColumnFeatureExtractor):
    """`ColumnFeatureExtractor`, reduced to `pca_components` components: `pc0`, ..., or, by type, `numeric_pc0`, ...

    None asks for half as many components as columns, at most 32. A group of one column is left as it is. Which columns
    are a group's is known from where they come from, not from how they are called. Missing values (a time that is
    missing) count as the mean.

    >>> extractor = ColumnPCAFeatureExtractor(pca_components=1)
    >>> z = extractor.fit_transform({"a": [0.0, 1.0, 2.5, 3.0], "b": [0.0, 2.0, 5.0, 6.0]})
    >>> z.column_names, round(extractor.explained["pc0"], 6)
    (['pc0'], 1.0)
    """

    def __init__(
        self,
        numeric_strategy: Literal["standard", "robust", "minmax"] | None = "standard",
        categorical_strategy: Literal["onehot", "ordinal", "target"] = "onehot",
        datetime_strategy: Literal["cyclical", "components", "both"] = "cyclical",
        text_strategy: Literal["basic", "tfidf"] = "basic",
        max_categories: int = 100,
        pca_components: int | None = None,
        pca_per_type: bool = False,
        **ways: Any,
    ) -> None:
        super().__init__(
            numeric_strategy, categorical_strategy, datetime_strategy, text_strategy, max_categories, **ways
        )
        if pca_components is not None and pca_components < 1:
            raise ArgumentError(f"pca_components={pca_components}", expected="at least 1, or None")
        self.pca_components = pca_components
        self.pca_per_type = pca_per_type

    @property
    def explained(self) -> dict[str, float]:
        """The share of each component in the variance of its group."""
        return {
            name: values["share"]
            for step, constants in zip(self.spec.pipeline.steps, self.spec.constants, strict=True)
            if isinstance(step, PCA)
            for name, values in constants.items()
            if "share" in values
        }

    def _fitted(self, rows: Source, steps: list[Step], target: str | None, choice: Choice) -> FittedPipeline:
        # which columns a group has is known when the categories are: so the steps before it are fitted first
        before = Pipeline(steps, target=target).fit(rows)
        groups = self._groups(before, choice)
        reduced: list[Any] = []
        for prefix, names in groups.items():
            if len(names) > 1:
                count = self.pca_components or max(1, min(len(names) // 2, MOST))
                reduced += [Impute(names, "mean"), PCA(names, min(count, len(names)), prefix)]
        return Pipeline([*steps, *reduced], target=target).fit(rows)

    def _groups(self, before: FittedPipeline, choice: Choice) -> dict[str, list[str]]:
        names = before.feature_names
        if not self.pca_per_type:
            return {"pc": names}
        shape = {column: shape for shape in SHAPES for column in choice.columns[shape]}
        groups: dict[str, list[str]] = {}
        for name in names:
            groups.setdefault(f"{shape[before.frame[name].sources[0]]}_pc", []).append(name)
        return groups
