"""Rows that are to be judged, what their columns are for, and, where somebody knows it, the truth about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from emberharmony.errors import ArgumentError

if TYPE_CHECKING:
    from emberharmony.demo.plant import Plant
    from emberharmony.features.sources.source import Source, Stream

__all__ = ["Stretch", "Telemetry"]


class Stretch(NamedTuple):
    """From `begin` up to `end` something was wrong with an entity; seconds since 1970."""

    entity: str
    sensor: str | None  # None where only the entity is known
    kind: str
    amplitude: float | None
    begin: float
    end: float


@dataclass(frozen=True)
class Telemetry:
    """A table of readings over time.

    - `time`: the column that says when; moments, dates, whole numbers, or numbers of seconds.
    - `entity`: the column that says whose readings these are; None where all are of one.
    - `label`: a column that is true, or not 0, where something is wrong. It is kept from every model.
    - `sensors`: the columns to judge; None for all that are measured numbers.
    - `held_from`: rows from here on are judged and nothing is learnt from them; None for the last 40 % of the rows.
    - `truth`: what is known to be wrong, where there is no label.
    """

    title: str
    subtitle: str
    source: Callable[[], Source | Stream] = field(repr=False)
    about: Mapping[str, Any]  # what the rows depend on: a change of it begins the job anew
    time: str
    entity: str | None = None
    label: str | None = None
    sensors: tuple[str, ...] | None = None
    held_from: datetime | float | None = None
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    truth: tuple[Stretch, ...] | None = None

    @staticmethod
    def of_plant(plant: Plant, folder: Path) -> Telemetry:
        """The telemetry that `plant.write(folder)` wrote, and the truth that lies apart from it."""
        from emberharmony import features as ef

        faults = [
            Stretch(
                row["machine"],
                row["sensor"],
                row["kind"],
                row["amplitude"],
                row["begin"].timestamp(),
                row["end"].timestamp(),
            )
            for row in plant.faults().to_pylist()
        ]
        machines = "1 machine" if plant.machines == 1 else f"{plant.machines} machines"
        return Telemetry(
            title="A plant whose faults are known",
            subtitle=f"{plant.rows:,} rows of {machines}, {len(plant.sensors)} sensors each; faults are injected and "
            f"known, from 0.5 to 4 sigma of a sensor's noise. Generated from seed {plant.seed}.",
            source=lambda: ef.read_parquet(folder / "telemetry"),
            about={},  # the stage before has made them
            time="time",
            entity="machine",
            held_from=plant.train_until,
            units={sensor.name: sensor.unit for sensor in plant.sensors},
            truth=tuple(faults),
        )

    @staticmethod
    def of_file(
        path: str | Path,
        time: str,
        *,
        entity: str | None = None,
        label: str | None = None,
        sensors: tuple[str, ...] | None = None,
        held_from: str | datetime | float | None = None,
    ) -> Telemetry:
        """A file, a folder or a glob of CSV, JSON lines or Parquet; `held_from` may be text, ISO 8601 or a number."""
        named = {"time": time, "entity": entity, "label": label}
        files = _files(path)
        return Telemetry(
            title=Path(path).name,
            subtitle=", ".join(f"{what}: {column}" for what, column in named.items() if column is not None),
            source=lambda: _reader(files)(path),
            about={str(file.resolve()): [file.stat().st_size, file.stat().st_mtime_ns] for file in files},
            time=time,
            entity=entity,
            label=label,
            sensors=sensors,
            held_from=_instant(held_from) if isinstance(held_from, str) else held_from,
        )

    @property
    def definition(self) -> dict[str, Any]:
        """All of it that decides what comes out, JSON-able."""
        held = self.held_from.isoformat() if isinstance(self.held_from, datetime) else self.held_from
        return {
            "rows": dict(self.about),
            "time": self.time,
            "entity": self.entity,
            "label": self.label,
            "sensors": self.sensors,
            "held_from": held,
        }


def _instant(text: str) -> datetime | float:
    for read in (float, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    raise ArgumentError(
        f"the judged part was said to begin at {text!r}",
        expected="a time such as 2026-01-31T12:00, or a number where the time is one",
    )


def _files(path: str | Path) -> list[Path]:
    given = Path(path)
    if given.is_dir():
        found = [file for file in sorted(given.rglob("*")) if file.is_file() and not file.name.startswith((".", "_"))]
    elif any(mark in str(path) for mark in "*?["):
        found = sorted(Path(given.anchor or ".").glob(str(given.relative_to(given.anchor) if given.anchor else given)))
    else:
        found = [given] if given.is_file() else []
    if not found:
        raise ArgumentError(
            f"there is no file {str(path)!r}", expected="a file, a folder or a glob of CSV, JSON lines or Parquet"
        )
    return found


def _reader(files: list[Path]) -> Callable[[str | Path], Source | Stream]:
    from emberharmony import features as ef

    readers: dict[str, Callable[[str | Path], Source | Stream]] = {
        **dict.fromkeys((".parquet", ".pq"), ef.read_parquet),
        **dict.fromkeys((".jsonl", ".ndjson", ".json"), ef.read_jsonl),
        **dict.fromkeys((".csv", ".tsv", ".txt"), ef.read_csv),
    }
    kinds = {next((s for s in reversed(file.suffixes) if s not in (".gz", ".zst", ".bz2")), "") for file in files}
    found = {readers.get(kind.lower()) for kind in kinds}
    reader = found.pop() if len(found) == 1 else None
    if reader is None:
        raise ArgumentError(
            f"the data are in files called *{', *'.join(sorted(kinds))}",
            expected=f"files of one kind: {', '.join(readers)}, or one of these and .gz, .zst or .bz2",
            mend="convert it to Parquet or CSV, or give one file",
        )
    return reader
