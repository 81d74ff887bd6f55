"""A table of any size to train, validation and test features in one call, leak-free, in flat memory, restartable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features import state
from emberharmony.features.errors import CheckpointError, NotFittedError
from emberharmony.features.fitted import FittedPipeline, Side
from emberharmony.features.flow.checkpoint import write_atomically
from emberharmony.features.front.choices import Strategies, choose
from emberharmony.features.front.inputs import source_of
from emberharmony.features.front.prepared import PreparedData, Report, Rows, before_last
from emberharmony.features.front.views import ROW_NUMBER, view
from emberharmony.features.pipeline import Pipeline
from emberharmony.features.prepare import prepared
from emberharmony.features.sources.arrow import from_arrow
from emberharmony.features.sources.source import Plan, Source
from emberharmony.features.splits import HashSplit, Split
from emberharmony.features.transforms import Drop
from emberharmony.features.transforms.frame import missing_column
from emberharmony.features.types import TypeReport, detect_types

if TYPE_CHECKING:
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.write import WriteReport

SPEC, NOTE = "spec.arrow", "extractor.json"


class TerabyteFeatureExtractor:
    """Types, missing values, scaling, categories, times and texts of a whole table, each learnt from train rows alone.

    `source` is a path, a source, an Arrow table, a frame, rows. What must be on the disk (a CSV as Parquet, progress)
    lies in `checkpoint_dir`. `strategies` says what is done with columns of each kind. Nothing is left out in silence:
    `report.dropped` names each column that is no feature, with the reason.

    >>> table = pa.table({"id": range(100), "x": [i * 0.5 for i in range(100)], "y": [i % 2 for i in range(100)]})
    >>> train, val, test, names, spec, report = TerabyteFeatureExtractor(table).prepare_data(
    ...     target_column="y", index_col="id"
    ... )
    >>> names, train.table().column_names
    (['x'], ['id', 'x', 'y'])
    """

    def __init__(
        self,
        source: Any = None,
        *,
        strategies: Strategies | None = None,
        max_memory: str | int | None = None,
        workers: int | None = None,
        seed: int = 0,
        checkpoint_dir: str | Path | None = None,
        progress: Callable[[Event], None] | None = None,
    ) -> None:
        self.strategies = strategies or Strategies()
        self.seed = seed
        self.checkpoint_dir = None if checkpoint_dir is None else Path(checkpoint_dir)
        self._given = source
        self._ways: dict[str, Any] = {"workers": workers, "memory": max_memory, "progress": progress}
        self._numbered = False
        self._learnt_from: Source | None = None
        self.spec: FittedPipeline | None = None
        self.report: Report | None = None

    def plan(self, source: Any = None) -> Plan:
        """The rows, their columns and how they are cut into shards; a stream is staged for that."""
        return self._rows(source).plan()

    def fit(
        self,
        source: Any = None,
        target: str | None = None,
        *,
        overrides: Mapping[str, str] | None = None,
        force_categorical_columns: Sequence[str] = (),
        drop_columns: Sequence[str] = (),
        high_null_threshold: float = 1.0,
        limit: int | None = None,
        index_col: str | None = None,
        split: Split | Sequence[float] | None = None,
    ) -> FittedPipeline:
        """Choose and fit the steps; the result is `spec`, and `report` says what was chosen.

        Types and missing values are looked at in the train rows alone, so no row of another side changes the spec.
        `overrides` gives types by name. Columns with a larger share of missing values than `high_null_threshold` are
        left out. `index_col` names the rows: it is no feature, and shares such as (.8, .1, .1) split by its hash.
        Without one, rows are numbered in their order, and the number is hashed.
        """
        if not 0.0 <= high_null_threshold <= 1.0:
            raise ArgumentError(f"high_null_threshold={high_null_threshold}", expected="a share from 0 to 1")
        shares = split is not None and not isinstance(split, Split)
        self._numbered = index_col is None and (shares or self.strategies.categorical == "target")
        self._learnt_from = None
        rows = self._rows(source, limit)
        schema = rows.schema()
        for name in (*drop_columns, *force_categorical_columns, target, index_col):
            if name is not None and name not in schema.names:
                raise missing_column(name, schema.names)
        if target is not None and target in (index_col, *drop_columns, *force_categorical_columns):
            raise ArgumentError(
                f"{target!r} is the target, and named for something else, too",
                expected="a target that is neither dropped, forced to a category nor the index",
            )
        index = ROW_NUMBER if self._numbered else index_col
        cut = self._split(split, index)
        types = self._types(rows, cut, {**(overrides or {}), **dict.fromkeys(force_categorical_columns, "categorical")})
        choice = choose(types, schema, leave=(target, index), drop=drop_columns, most_missing=high_null_threshold)
        steps: list[Any] = self.strategies.steps(choice, schema, target=target, key=index)
        if index is not None:
            steps.append(Drop([index]))  # the last one: what is shown beside the features is what was there before it
        self.spec = Pipeline(steps, target=target).fit(rows, cut, **self._ways)
        told = {"is": "none"} if cut is None else state.definition(cut)
        self.report = Report(types, {**choice.columns}, choice.dropped, told)
        self._learnt_from = rows
        return self.spec

    def prepare_data(
        self,
        source: Any = None,
        target_column: str | None = None,
        *,
        force_categorical_columns: Sequence[str] = (),
        drop_columns: Sequence[str] = (),
        high_null_threshold: float = 0.9,
        limit: int | None = None,
        index_col: str | None = None,
        split: Split | Sequence[float] = (0.8, 0.1, 0.1),
        overrides: Mapping[str, str] | None = None,
    ) -> PreparedData:
        """Fit, and the rows of each side: the index if there is one, the features, the target.

        The sides are read when they are asked for: `data.train.table()` in memory, or batch by batch; tensors come from
        ``data.spec.to_tensors(data.train.source, 1024, split="train")``.
        """
        spec = self.fit(
            source,
            target_column,
            overrides=overrides,
            force_categorical_columns=force_categorical_columns,
            drop_columns=drop_columns,
            high_null_threshold=high_null_threshold,
            limit=limit,
            index_col=index_col,
            split=split,
        )
        rows = self._rows()
        names = spec.feature_names
        shown = tuple(name for name in (index_col, *names, target_column) if name is not None)
        fitted = spec if index_col is None else before_last(spec)
        ways = {"workers": self._ways["workers"], "memory": self._ways["memory"]}
        train, val, test = (Rows(fitted, rows, shown, side, **ways) for side in ("train", "val", "test"))
        assert self.report is not None
        return PreparedData(train, val, test, names, spec, self.report)

    def transform(
        self, source: Any = None, spec: FittedPipeline | None = None, *, split: Side | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The features of a source, batch by batch, by the spec of `fit` or by another one; no target is needed."""
        fitted = self._fitted(spec)
        yield from fitted.stream(self._rows(source), split=split, columns=fitted.feature_names, **self._ways)

    def write(self, folder: str | Path, source: Any = None, spec: FittedPipeline | None = None) -> WriteReport:
        """Write the features as Parquet parts; after a crash the same call, or `resume`, goes on."""
        fitted = self._fitted(spec)
        folder = Path(folder)
        if self.checkpoint_dir is not None:
            self.checkpoint_dir.mkdir(parents=True, exist_ok=True)
            fitted.save(self.checkpoint_dir / SPEC)
            note = {"folder": str(folder.resolve()), "numbered": self._numbered}
            write_atomically(self.checkpoint_dir / NOTE, json.dumps(note).encode())
        return fitted.write(self._rows(source), folder, checkpoint=self.checkpoint_dir, **self._ways)

    def resume(self, source: Any = None) -> WriteReport:
        """Go on with the `write` that `checkpoint_dir` knows of, with the spec that was fitted then."""
        place = self.checkpoint_dir
        if place is None or not (place / NOTE).exists():
            raise CheckpointError(
                "there is nothing to go on with" + ("" if place is None else f" in {str(place)!r}"),
                expected="checkpoint_dir= as it was when `write` was called",
                mend="TerabyteFeatureExtractor(source, checkpoint_dir='progress/').resume()",
            )
        note = json.loads((place / NOTE).read_bytes())
        self.spec, self._numbered = FittedPipeline.load(place / SPEC), note["numbered"]
        return self.write(note["folder"], source)

    # -- inside --

    def _rows(self, source: Any = None, limit: int | None = None) -> Source:
        """The rows that were given here, else those that were learnt from, else those of the constructor."""
        if source is None and self._learnt_from is not None:
            return self._learnt_from
        given = self._given if source is None else source
        if given is None:
            raise ArgumentError("there are no rows", mend="TerabyteFeatureExtractor('data/'), or fit('data/')")
        rows = view(source_of(given), limit=limit, extra=ROW_NUMBER if self._numbered else None)
        place = None if self.checkpoint_dir is None else self.checkpoint_dir / "source"
        return prepared(rows, None, place, **self._ways)

    def _split(self, split: Split | Sequence[float] | None, index: str | None) -> Split | None:
        if split is None or isinstance(split, Split):
            return split
        if index is None or len(split) != 3:
            raise ArgumentError(f"split={split!r}", expected="three shares, or a split", mend="split=(.8, .1, .1)")
        return HashSplit(index, train=split[0], val=split[1], test=split[2], seed=self.seed)

    def _types(self, rows: Source, split: Split | None, overrides: Mapping[str, str]) -> TypeReport:
        """The types of the columns, as the train rows show them."""
        if split is None:
            return detect_types(rows, overrides=overrides)
        cut = Pipeline([]).fit(rows, split, **self._ways)
        names = rows.schema().names
        train = Rows(cut, rows, tuple(names), "train")
        return detect_types(from_arrow(lambda: train, name=rows.name), overrides=overrides)

    def _fitted(self, spec: FittedPipeline | None) -> FittedPipeline:
        found = self.spec if spec is None else spec
        if found is None:
            raise NotFittedError(
                "nothing was fitted yet", expected="fit(...) first, or spec=", mend="extractor.fit('data/')"
            )
        return found
