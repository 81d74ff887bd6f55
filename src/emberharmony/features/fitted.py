"""A fitted pipeline: constants, the one SELECT they make of the steps, and the ways to run it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features import state
from emberharmony.features.engines.constants import bind
from emberharmony.features.engines.sql import Query, duckdb_sql
from emberharmony.features.errors import CheckpointError, SchemaError
from emberharmony.features.pipeline import Pipeline, with_split
from emberharmony.features.resources import Resources
from emberharmony.features.splits import NAMES, SPLIT_COLUMN
from emberharmony.features.transforms.frame import PLACE, ROW, SPLIT, Column, Frame
from emberharmony.features.transforms.step import Constants

if TYPE_CHECKING:
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.handover import Loader
    from emberharmony.features.rows import RowTransformer
    from emberharmony.features.sources.source import Source, Stream
    from emberharmony.features.splits import Split
    from emberharmony.features.write import WriteReport

Side = Literal["train", "val", "test"]


def _side(code: Any) -> Any:
    """The name of a side, from its number."""
    import ibis

    named = ((code == ibis.literal(number, "int8"), bind(name, "string")) for number, name in NAMES.items())
    return ibis.cases(*named, else_=ibis.null("string"))


class FittedPipeline:
    """What a fit learnt, as data, and the features it makes: streamed, written, as tensors, or of one row.

    All of them run the same compiled expressions over the same constants, so they agree bit for bit.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        schema: pa.Schema,
        split: Split | None,
        split_constants: Constants,
        constants: Sequence[Constants],
    ) -> None:
        self.pipeline = pipeline
        self.schema = schema
        self.split = split
        self.split_constants = split_constants
        self.constants = tuple(constants)
        self._queries: dict[Any, Query] = {}

    def __repr__(self) -> str:
        steps = ", ".join(type(step).__name__ for step in self.pipeline.steps)
        return (
            f"FittedPipeline([{steps}], {len(self.schema)} columns -> {len(self.feature_names)} features, {self.hash})"
        )

    @property
    def read_schema(self) -> pa.Schema:
        """The columns that an engine sees: with the places of rows, where steps look back."""
        return self.schema if self.pipeline.entity is None else self.schema.append(PLACE)

    @cached_property
    def _start(self) -> Frame:
        """The columns before the first step."""
        frame = Frame.over(self.read_schema, self.pipeline.entity)
        return frame if self.split is None else with_split(frame, self.split, self.split_constants)

    @cached_property
    def frame(self) -> Frame:
        """The columns after the last step, as expressions."""
        frame = self._start
        for step, constants in zip(self.pipeline.steps, self.constants, strict=True):
            frame = step.apply(frame, constants)
        if self.split is None:
            return frame
        column = {SPLIT_COLUMN: Column(_side(frame.columns[SPLIT].value), (), (type(self.split).__name__,))}
        return frame.fresh(column, owner=type(self.split).__name__)

    @property
    def feature_names(self) -> list[str]:
        """The columns that a model may see: numbers that are neither the target nor the split."""
        kinds = {name: self.frame[name].value.type() for name in self.frame.names}
        answers = {getattr(step, "target", None) for step in self.pipeline.steps}
        hidden = {self.pipeline.target, SPLIT_COLUMN, *self.pipeline.index, *answers}
        return [n for n, k in kinds.items() if n not in hidden and (k.is_numeric() or k.is_boolean())]

    def query(self, split: Side | None = None, columns: Sequence[str] | None = None) -> Query:
        """The SELECT that an engine runs."""
        if isinstance(columns, str):
            raise ArgumentError(f"columns={columns!r}", expected="a list of names", mend=f"columns=[{columns!r}]")
        key = split, None if columns is None else tuple(columns)
        if key not in self._queries:
            self._queries[key] = self._compiled(split, columns)
        return self._queries[key]

    def _compiled(self, split: Side | None, columns: Sequence[str] | None) -> Query:
        names = self.frame.names if columns is None else list(columns)
        named = self.split is not None and SPLIT_COLUMN in names
        needed = {SPLIT: self.split is not None and (named or split is not None), ROW: self.pipeline.entity is not None}
        hidden = {name: self.frame.columns[name].value for name, need in needed.items() if need}
        shown = {name: self.frame[name].value for name in names if not (named and name == SPLIT_COLUMN)}
        # windows are computed before rows are picked: they look at rows of the other sides, too
        table = self.frame.relation.select(**shown, **hidden)
        if split is not None:
            if self.split is None:
                raise ArgumentError(
                    f"split={split!r} of a pipeline that was fitted without one", mend="fit(source, split=...)"
                )
            codes = {name: code for code, name in NAMES.items()}
            if split not in codes:
                raise ArgumentError(f"split={split!r}", expected="'train', 'val' or 'test'")
            table = table.filter(table[SPLIT] == codes[split])
        if ROW in hidden:  # windows leave their rows in any order
            table = table.order_by(ROW)
        # the side's name is made of its number here, so that the text of a query holds the hash once
        return duckdb_sql(table.select(**{n: table[n] if n in shown else _side(table[SPLIT]) for n in names}))

    # -- the ways to run it --

    def stream(
        self,
        source: Source | Stream,
        *,
        split: Side | None = None,
        columns: Sequence[str] | None = None,
        stage: str | Path | None = None,
        workers: int | None = None,
        memory: str | int | None = None,
        progress: Callable[[Event], None] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Features of all rows or of one side, in the order of the source; by entity and time if a step looks back."""
        from emberharmony.features.prepare import prepared
        from emberharmony.features.streaming import stream

        entity = self.pipeline.entity
        readable = prepared(source, entity, stage, workers=workers, memory=memory, progress=progress)
        yield from stream(self, readable, self.query(split, columns), Resources.of(workers, memory), progress)

    def write(
        self,
        source: Source | Stream,
        folder: str | Path,
        *,
        checkpoint: str | Path | None = None,
        stage: str | Path | None = None,
        workers: int | None = None,
        memory: str | int | None = None,
        progress: Callable[[Event], None] | None = None,
    ) -> WriteReport:
        """Write Parquet parts to `folder`, one for each shard; a second call goes on where the first was ended.

        `checkpoint` is the folder that notes what is done, inside `folder` by default. The bytes of the parts depend on
        the source, its cut and the fitted constants alone.
        """
        from emberharmony.features.write import write

        return write(self, source, Path(folder), checkpoint, stage, Resources.of(workers, memory), progress)

    def to_tensors(
        self,
        source: Source | Stream,
        batch_size: int,
        *,
        split: Side | None = None,
        stage: str | Path | None = None,
        workers: int | None = None,
        memory: str | int | None = None,
        **ways: Any,
    ) -> Loader:
        """A `Loader` of the features of one side: tensors (batch, features), or, with a target, dicts of two.

        `ways` are the loader's: `shuffle_key=`, `dtype=`, `backend=`, `device=`, `missing="nan"`, `epochs=`, ... The
        names of the features, in the order of the tensor's columns, are `feature_names`.
        """
        from emberharmony.features.handover import Loader
        from emberharmony.features.prepare import prepared

        readable = prepared(source, self.pipeline.entity, stage, workers=workers, memory=memory)
        target = self.pipeline.target
        wanted = [*self.feature_names, *([] if target is None else [target])]
        columns = wanted if target is None else {"features": self.feature_names, "target": [target]}

        def batches() -> Iterator[pa.RecordBatch]:
            return self.stream(readable, split=split, columns=wanted, workers=workers, memory=memory)

        # a position belongs to these rows as this pipeline makes them
        mark = f"{self.hash} {readable.plan().fingerprint} {split}"
        return Loader(batches, batch_size, columns=columns, mark=mark, **ways)

    @cached_property
    def _row_transformer(self) -> RowTransformer:
        from emberharmony.features.rows import RowTransformer

        return RowTransformer(self)

    def transform_row(self, row: Mapping[str, Any], history: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The features of one row, bit for bit those that `stream` gives it.

        The target may be left out. `history` holds earlier rows of the same entity, oldest first, for steps that look
        back in time.
        """
        return self._row_transformer(row, history)

    # -- what it is --

    def explain(self) -> pa.Table:
        """One row for each output column: its type, the source columns it comes from, the transforms, the constants."""
        constants = self._history()
        rows = [
            {
                "feature": name,
                "type": str(self.frame[name].value.type()),
                "columns": list(self.frame[name].sources),
                "transforms": list(self.frame[name].steps),
                "constants": json.dumps(constants.get(name, []), ensure_ascii=False),
            }
            for name in self.frame.names
        ]
        kinds = [("feature", pa.string()), ("type", pa.string()), ("columns", pa.list_(pa.string()))]
        more = [("transforms", pa.list_(pa.string())), ("constants", pa.string())]
        return pa.Table.from_pylist(rows, schema=pa.schema([*kinds, *more]))

    def _history(self) -> dict[str, list[dict[str, Any]]]:
        """For each column the constants that went into it, step by step; long lists are left out."""
        frame, known = self._start, dict[str, list[dict[str, Any]]]()
        for step, constants in zip(self.pipeline.steps, self.constants, strict=True):
            before, frame = frame, step.apply(frame, constants)
            fresh: dict[str, list[dict[str, Any]]] = {}
            for name in frame.names:
                column = frame[name]
                if name in before.columns and column.steps == before[name].steps:
                    fresh[name] = known.get(name, [])
                    continue
                parts = [name] if name in before.columns and name in step.reads() else step.reads()
                inside = [p for p in parts if p in before.columns and set(before[p].sources) <= set(column.sources)]
                subjects = [s for s in constants if name == s or name.startswith((f"{s}=", f"{s}:"))]
                own = [
                    {"transform": type(step).__name__, "column": subject}
                    | {k: v for k, v in constants[subject].items() if not isinstance(v, list) or len(v) <= 16}
                    for subject in subjects
                ]
                earlier = {id(entry): entry for part in inside for entry in known.get(part, [])}
                fresh[name] = [*earlier.values(), *own]
            known = fresh
        return known

    @property
    def definition(self) -> dict[str, Any]:
        """Steps, split, target and schema, JSON-able: everything but what was learnt."""
        import base64

        return {
            **self.pipeline.definition,
            "split": None if self.split is None else state.definition(self.split),
            "schema": base64.b64encode(self.schema.remove_metadata().serialize().to_pybytes()).decode(),
        }

    def _learnt(self) -> list[tuple[int, str, Constants]]:
        """Place, name and constants of the split and of every step."""
        steps = zip(self.pipeline.steps, self.constants, strict=True)
        split = [] if self.split is None else [(-1, type(self.split).__name__, self.split_constants)]
        return [*split, *((i, type(step).__name__, constants) for i, (step, constants) in enumerate(steps))]

    def table(self) -> pa.Table:
        """The constants as a versioned Arrow table."""
        return state.to_table(self._learnt(), {**self.definition, "hash": self.hash})

    @cached_property
    def hash(self) -> str:
        """Sixteen digits that differ when a step, a constant, the split or the schema does."""
        plain = [[i, name, {k: dict(v) for k, v in constants.items()}] for i, name, constants in self._learnt()]
        return state.digest(self.definition, plain)

    def to_bytes(self) -> bytes:
        """The state as an Arrow IPC file."""
        table, sink = self.table(), pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue().to_pybytes()

    def save(self, path: str | Path) -> None:
        """Write the state to one Arrow file, whole or not at all."""
        from emberharmony.features.flow.checkpoint import write_atomically

        write_atomically(path, self.to_bytes())

    @staticmethod
    def load(path: str | Path) -> FittedPipeline:
        """Read what `save` wrote; nothing in the file is executed."""
        return FittedPipeline.from_bytes(Path(path).read_bytes())

    @staticmethod
    def from_bytes(data: bytes) -> FittedPipeline:
        """The pipeline that `to_bytes` described."""
        import base64

        from emberharmony.features.transforms.registry import built

        try:
            table = pa.ipc.open_file(pa.py_buffer(data)).read_all()
        except pa.ArrowInvalid as error:
            raise SchemaError(
                f"the data are not a fitted state: {error}", expected="an Arrow file that FittedPipeline.save wrote"
            ) from error
        constants, about = state.from_table(table)
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(about["schema"])))
        pipeline = Pipeline([built(step) for step in about["steps"]], target=about["target"], index=about["index"])
        split = None if about["split"] is None else built(about["split"])
        steps = [constants.get(i, {}) for i in range(len(pipeline.steps))]
        fitted = FittedPipeline(pipeline, schema, split, constants.get(-1, {}), steps)
        if fitted.hash != about["hash"]:
            raise CheckpointError(
                "the fitted state does not match its own hash", mend="it was changed or damaged: fit again"
            )
        return fitted

    def check(self, schema: pa.Schema) -> None:
        """Refuse a source whose columns are not those of the fit."""
        for field in self.schema:
            place = schema.get_field_index(field.name)
            if place < 0 and field.name != self.pipeline.target:
                raise SchemaError(
                    f"the source has no column {field.name!r}, which the fit saw",
                    expected=", ".join(self.schema.names[:20]),
                    mend="give a source with the columns of the fit, or fit again",
                )
            if place >= 0 and schema.field(place).type != field.type:
                raise SchemaError(
                    f"column {field.name!r} is {schema.field(place).type}, and was {field.type} when fitted",
                    expected=str(field.type),
                    mend="cast it in the source, or fit again",
                )
