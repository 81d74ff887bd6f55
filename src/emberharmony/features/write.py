"""Features written as Parquet parts, one for each shard: a part is whole or not there, and never computed twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.duckdb import Crew
from emberharmony.features.errors import CheckpointError
from emberharmony.features.sources.source import ParquetScan

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.resources import Resources
    from emberharmony.features.sources.source import Plan, Shard, Source, Stream

MANIFEST = "_manifest.json"  # readers of a folder of Parquet pass over names that begin so
PROGRESS = "_progress"


@dataclass(frozen=True)
class WriteReport:
    """What a call of `write` did: rows computed now, rows that earlier calls had written, files, time, memory."""

    rows_read: int
    rows_reused: int
    parts: tuple[str, ...] = field(repr=False)  # there may be thousands
    seconds: float
    peak_memory: int

    def to_json(self) -> str:
        """The same as one JSON object."""
        return json.dumps(asdict(self))


def write(
    fitted: FittedPipeline,
    source: Source | Stream,
    folder: Path,
    checkpoint: str | Path | None,
    stage: str | Path | None,
    resources: Resources,
    progress: Callable[[Event], None] | None,
) -> WriteReport:
    """Shards are computed side by side, each by one engine into one file; the journal says which are done."""
    from emberharmony.features.flow.checkpoint import CheckpointStore, clear_unfinished, write_atomically
    from emberharmony.features.flow.gate import Gate
    from emberharmony.features.flow.parallel import as_done
    from emberharmony.features.flow.progress import Progress
    from emberharmony.features.parts import kept, published
    from emberharmony.features.prepare import prepared, scan_of, shards_of

    start = time.monotonic()
    place = Path(checkpoint) if checkpoint is not None else folder / PROGRESS
    readable = prepared(
        source, fitted.pipeline.entity, stage or place / "source", workers=resources.workers, progress=progress
    )
    plan = readable.plan()
    fitted.check(plan.schema)
    _check_apart(folder, place, readable, plan)
    folder.mkdir(parents=True, exist_ok=True)
    query = fitted.query()
    gate = Gate(resources.memory)
    identity = {"pipeline": fitted.hash, "source": plan.fingerprint, "folder": str(folder.resolve())}
    with ExitStack() as stack:
        store = stack.enter_context(CheckpointStore(place / "write", identity))
        if store.state is None:
            _check_empty(folder, place)
            store.save(fitted.to_bytes())
        done = kept(folder, store.records, "shard", resources.workers)
        reused = sum(record["rows_in"] for record in done.values())
        told = stack.enter_context(
            Progress(plan.rows, progress, stage="write", rows_before=reused, peak_memory=lambda: gate.monitor.peak)
        )
        crew = stack.enter_context(Crew(resources, fitted.frame.tables))
        for left in folder.glob(".part-*.parquet"):  # of a process that was killed while it wrote
            left.unlink()
        clear_unfinished(folder / MANIFEST)

        def work(shard: Shard) -> dict[str, Any]:
            with gate.admitted():
                worker = crew.worker()
                worker.see(scan_of(readable, shard, fitted.read_schema), fitted.read_schema)
                about = published(folder, f"part-{shard.index:06d}.parquet", lambda path: worker.write(query, path))
            return {"shard": shard.index, "rows_in": shard.rows, **about}

        shards = shards_of(plan)
        todo = [shard for shard in shards if shard.index not in done]
        for shard, record in as_done(
            work, todo, workers=resources.workers_for(len(todo)), ahead=0, halt=crew.interrupt
        ):
            store.append(record)
            done[shard.index] = record
            told.add(shard.rows, record["bytes"])
        gate.monitor.sample()
        parts = [done[shard.index] for shard in shards]
        shown = [{k: record[k] for k in ("file", "rows", "bytes", "sha256")} for record in parts]
        about = {
            "format": 1,
            "pipeline": fitted.hash,
            "source": plan.fingerprint,
            "rows": sum(p["rows"] for p in shown),
        }
        write_atomically(folder / MANIFEST, json.dumps({**about, "parts": shown}, indent=1).encode())
    read = sum(shard.rows for shard in todo)
    return WriteReport(read, reused, tuple(p["file"] for p in shown), time.monotonic() - start, gate.monitor.peak)


def _check_apart(folder: Path, place: Path, source: Source, plan: Plan) -> None:
    """Refuse to write among the files that are read: the next reading would take both."""
    scan = source.scan(plan.shards[0]) if plan.shards else None
    above = scan.path.resolve().parents if isinstance(scan, ParquetScan) else ()
    if isinstance(scan, ParquetScan) and folder.resolve() in above and place.resolve() not in above:
        raise ArgumentError(
            f"the folder {str(folder)!r} holds the source ({scan.path.name})",
            expected="a folder of its own for the features",
            mend=f"write to {str(folder) + '_features'!r}",
        )


def _check_empty(folder: Path, place: Path) -> None:
    """Refuse to mix the parts of two runs."""
    found = next(folder.glob("part-*.parquet"), None)
    if found is not None:
        raise CheckpointError(
            f"the folder {str(folder)!r} holds {found.name} and the checkpoint {str(place)!r} knows nothing of it",
            expected="an empty folder, or the checkpoint of the run that wrote it",
            mend="write to another folder, or remove the old parts",
        )
