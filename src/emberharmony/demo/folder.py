"""A plant in a folder: files that are whole or not there, and know which plant they belong to.

folder/telemetry/part-000000.parquet ...    one for each machine
folder/faults.parquet                       the truth, out of reach of whoever reads the telemetry's folder
folder/plant.json                           the definition and the sensors; written last
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from emberharmony.demo.machine import MODES
from emberharmony.errors import ArgumentError
from emberharmony.features.flow.checkpoint import clear_unfinished, write_atomically
from emberharmony.features.parts import published

if TYPE_CHECKING:
    from emberharmony.demo.plant import Plant

FORMAT = 1
MARK = b"emberharmony.plant"
OPTIONS: dict[str, Any] = {
    "compression": "snappy",
    "use_dictionary": ["machine", "mode"],  # measured values hardly ever repeat
}


def write(plant: Plant, folder: Path) -> tuple[Path, ...]:
    """Make what is missing, part by part; see `Plant.write`."""
    about = _about(plant)
    mark = hashlib.sha256(about).hexdigest().encode()
    telemetry, truth, paper = folder / "telemetry", folder / "faults.parquet", folder / "plant.json"
    telemetry.mkdir(parents=True, exist_ok=True)
    _refuse_others(folder, mark, about, plant)
    made: list[Path] = []
    for m, name in enumerate(plant.names):
        path = telemetry / f"part-{m:06d}.parquet"
        if _mark_of(path) != mark:
            published(telemetry, path.name, partial(_write, plant.batches(machines=[name]), plant.schema, mark))
            made.append(path)
    if _mark_of(truth) != mark:
        faults = plant.faults()
        published(folder, truth.name, partial(_write, faults.to_batches(), faults.schema, mark))
        made.append(truth)
    if not paper.exists():
        clear_unfinished(paper)
        write_atomically(paper, about)
        made.append(paper)
    return tuple(made)


def _about(plant: Plant) -> bytes:
    """The definition in full, so that a change of the sensors makes another plant."""
    facts = {
        "format": FORMAT,
        "definition": asdict(plant),
        "start": plant.start.isoformat(),
        "train_until": plant.train_until.isoformat(),
        "modes": MODES,
        "sensors": [asdict(sensor) for sensor in plant.sensors],
    }
    return json.dumps(facts, indent=1).encode()


def _write(batches: Iterable[pa.RecordBatch], schema: pa.Schema, mark: bytes, path: Path) -> int:
    rows = 0
    with pq.ParquetWriter(path, schema.with_metadata({MARK: mark}), **OPTIONS) as writer:
        for batch in batches:  # a row group each
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _mark_of(path: Path) -> bytes | None:
    """The plant that a file of Parquet belongs to; None if it is not there, or torn."""
    try:
        with pq.ParquetFile(path) as file:
            return (file.schema_arrow.metadata or {}).get(MARK, b"")
    except (FileNotFoundError, pa.ArrowInvalid):
        return None


def _refuse_others(folder: Path, mark: bytes, about: bytes, plant: Plant) -> None:
    """Two plants in one folder would be read as one."""
    found = [*sorted(folder.glob("telemetry/*.parquet")), folder / "faults.parquet"]
    other = next((path for path in found if _mark_of(path) not in (None, mark)), None)
    paper = folder / "plant.json"
    if other is None and paper.exists() and paper.read_bytes() != about:
        other = paper
    if other is not None:
        raise ArgumentError(
            f"the folder {str(folder)!r} holds another plant: {other.name} is not of {plant}",
            expected="an empty folder, or one that this plant was written to",
            mend=f"write to another folder, or remove {str(folder)!r}",
        )
