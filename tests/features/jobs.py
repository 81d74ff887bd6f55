"""A fit and a write over many small shards, for a process of its own that a test may end at any moment."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from tests.features.tables import telemetry

from emberharmony import features as ef
from emberharmony.features import gather
from emberharmony.features.flow.checkpoint import CheckpointStore
from emberharmony.features.sources.source import Plan, Scan, Shard, Source, Stream
from emberharmony.features.sources.staging import stage

ROWS, SIZE = 9_000, 750
SHARDS = ROWS // SIZE
KINDS = ("parquet", "csv", "entities")
SPLIT = ef.HashSplit("id")


@dataclass(frozen=True)
class Small:
    """A source in shards of `size` rows, in an order of one's own."""

    source: Source
    size: int = SIZE
    order: Callable[[list[Shard]], list[Shard]] = list

    @property
    def name(self) -> str:
        return self.source.name

    def schema(self) -> pa.Schema:
        return self.source.schema()

    def row_estimate(self) -> int | None:
        return self.source.row_estimate()

    def plan(self, rows_per_shard: int = SIZE) -> Plan:
        plan = self.source.plan(self.size)
        return Plan(plan.schema, tuple(self.order(list(plan.shards))), plan.content)

    def scan(self, shard: Shard) -> Scan:
        return self.source.scan(shard)

    def batches(self, *_: object, **__: object) -> Iterator[Any]:
        raise AssertionError("engines read by scans")


@dataclass(frozen=True)
class SmallStage:
    """A stream that is staged in small files."""

    stream: Stream

    @property
    def name(self) -> str:
        return self.stream.name

    def schema(self) -> pa.Schema:
        return self.stream.schema()

    def row_estimate(self) -> int | None:
        return self.stream.row_estimate()

    def record_batches(self) -> Iterator[pa.RecordBatch]:
        return self.stream.record_batches()

    def stage(self, folder: str | Path) -> Small:
        return Small(stage(self.stream, folder, rows_per_file=SIZE))


def make_data(folder: Path) -> Path:
    """The same rows as three Parquet files and as one CSV, and what pipelines learn from them."""
    table = telemetry(ROWS, entities=200)
    (folder / "parquet").mkdir(parents=True)
    cut = ROWS // 3
    for i in range(3):
        pq.write_table(table.slice(i * cut, cut), folder / "parquet" / f"{i}.parquet")
    pa.csv.write_csv(table.select(["id", "t", "y", "n", "label"]), folder / "rows.csv")
    for kind in KINDS:
        rows = ef.stage(ef.read_csv(folder / "rows.csv"), folder / "stage") if kind == "csv" else ef.from_arrow(table)
        pipeline_of(kind).fit(rows, SPLIT).save(folder / f"{kind}.fitted")
    return folder


def source_of(kind: str, data: Path) -> Source | Stream:
    return SmallStage(ef.read_csv(data / "rows.csv")) if kind == "csv" else Small(ef.read_parquet(data / "parquet"))


def pipeline_of(kind: str) -> ef.Pipeline:
    scale = [ef.Impute(["n"]), ef.StandardScale(["y", "n"]), ef.Calendar(["t"], parts=("hour",))]
    more = {
        "parquet": [ef.OneHot(["kind"])],
        "csv": [],
        "entities": [ef.Lag(["y"], by="id", order="t"), ef.Difference(["y"], by="id", order="t")],
    }
    return ef.Pipeline([*more[kind], *scale], target="label")


def run(kind: str, data: Path, out: Path, workers: int = 2, *, fit: bool = False) -> ef.WriteReport:
    """Write the features of a pipeline that was fitted before, or is fitted first; the stage lies beside `out`."""
    gather.ROWS_PER_SHARD = SIZE  # an entity's bucket has its size from there
    source, place = source_of(kind, data), out.with_name(f"{out.name}-stage")
    if fit:
        rows = replace(source, size=ROWS) if isinstance(source, Small) and kind == "parquet" else source
        fitted = pipeline_of(kind).fit(rows, SPLIT, stage=place, workers=workers)
    else:
        fitted = ef.FittedPipeline.load(data / f"{kind}.fitted")
    return fitted.write(source, out, stage=place, workers=workers)


def end_now() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_to_operation(kind: str, data: Path, out: Path, last: int) -> None:
    """`run` by one worker, killed before its `last`-th change of a file; of a write the first half happens still."""
    lock, count = threading.Lock(), 0

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def operation(*args: Any, **ways: Any) -> Any:
            nonlocal count
            with lock:
                count += 1
                if count == last:
                    if name == "write":
                        real(args[0], args[1][: len(args[1]) // 2])
                    end_now()
            return real(*args, **ways)

        return operation

    for name in ("write", "fsync", "ftruncate", "replace", "unlink"):
        setattr(os, name, counted(name))
    run(kind, data, out, workers=1)


def run_to_share(kind: str, data: Path, out: Path, share: float, held: Connection | None = None) -> None:
    """`run`, ended when the journal has this share of the rows; or there it says its number to `held`, and waits."""
    append = CheckpointStore.append

    def noted(store: CheckpointStore, record: Any) -> None:
        append(store, record)
        rows = [record["rows_in"] for record in store.records if "rows_in" in record]
        if sum(rows[:-1]) < share * ROWS <= sum(rows):
            if held is None:
                end_now()
            held.send(os.getpid())
            held.recv()

    CheckpointStore.append = noted
    run(kind, data, out)
