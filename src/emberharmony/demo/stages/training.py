"""The liquid detector: trained on the healthy part of every entity, as much of it as is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.entities import TEST, VAL, Columns, Entity, entities
from emberharmony.demo.stages.judging import SLOT
from emberharmony.errors import ArgumentError
from emberharmony.models import LiquidAnomalyDetector
from emberharmony.nn import AutoNCP, parameters
from emberharmony.viz import draw_wiring

if TYPE_CHECKING:
    from emberharmony.features.gather import Entities

__all__ = ["DETECTOR", "context_of", "healthy", "told", "train"]

DETECTOR = "detector.safetensors"
MOST_ROWS = 3_000_000  # of a table: of a larger one each entity is learnt from by as much smaller a part
MOST_NAMES = 64  # entities that the network knows by name
FEWEST = 64  # rows of an entity that is learnt from
WIRING = AutoNCP(80, 48, sparsity_level=0.2)
WINDOW = 384
RATE = 0.012
CAPTION = (
    f"The wiring: {WIRING.units} neurons, of which {WIRING.output_size} are read. From these a linear map computes, "
    "for each sensor, what it should read and how far it may be off."
)
RARE, OFTEN = 0.01, 0.05  # how much of the calibration part is above 1, which is the unit of scores; the latter of few
BATCHES = 40  # of an epoch, whatever the number of rows
# what a trained detector depends on
SETTINGS = [WIRING.get_config(), WINDOW, RATE, BATCHES, MOST_ROWS, MOST_NAMES, FEWEST, RARE, OFTEN]


def train(source: Entities, columns: Columns, folder: Path, *, seed: int, epochs: int, verbose: bool) -> dict[str, Any]:
    """Fit the detector, or go on fitting it, and keep it in `folder`."""
    series = healthy(source, columns)
    names = _names(series)
    rows = sum(map(len, series))
    learnt = sum(one.begin(VAL) for one in series)
    detector = LiquidAnomalyDetector(
        mode="reconstruct" if len(columns.sensors) > 1 else "forecast",
        wiring=WIRING,
        window=WINDOW,
        rate=RATE,
        epochs=epochs,
        batches=BATCHES,
        contamination=RARE if _readings(series) > 2 / RARE else OFTEN,
        seed=seed,
        checkpoint=folder / "checkpoint",
        verbose=verbose,
    )
    detector.fit(**told(series, names), learn_until=[one.begin(VAL) for one in series])
    detector.save(folder / DETECTOR)
    return {
        "rows": rows,
        "share": _share(source),
        "slot_seconds": SLOT * median(one.usual for one in series),
        "names": names,
        "history": detector.history_,
        "model": f"CfC of {WIRING.units} neurons, mode {detector.mode!r}",
        "wiring": {"svg": _drawn(columns, names), "caption": CAPTION},
        "notes": [
            f"{learnt:,} rows were trained on; {rows - learnt:,} later ones say what is normal, and what validates."
        ],
        "parameters": sum(math.prod(x.shape) for x in parameters(detector.network_).values()),
        "steps": int(detector.history_[-1]["step"]),
    }


def healthy(source: Entities, columns: Columns) -> list[Entity]:
    """Of every entity the rows that nobody judges; of a large table those about the begin of the calibration part."""
    share = _share(source)
    found: list[Entity] = []
    for one in entities(source, columns):
        middle, stop = one.begin(VAL), one.begin(TEST)
        before, after = round(middle * share), round((stop - middle) * share)
        if before >= FEWEST and after >= FEWEST:
            found.append(one.part(middle - before, middle + after).copied())
    if not found:
        raise ArgumentError(
            f"nothing has {FEWEST} rows to learn from, and as many after them that say what is normal",
            expected="some hundred rows at least before the part that is judged",
            mend="more rows before it: a longer file, or a later --held-from",
        )
    return found


def _share(source: Entities) -> float:
    return MOST_ROWS / max(source.row_estimate(), MOST_ROWS)


def _readings(series: Sequence[Entity]) -> int:
    """How often the sensor was read that was read least, after what is trained on."""
    with use_backend("numpy"):
        counts = [ops.sum(ops.astype(~ops.isnan(one.values[one.begin(VAL) :]), "int64"), axis=0) for one in series]
        return int(ops.min(ops.sum(ops.stack(counts), axis=0)))


def _names(series: Sequence[Entity]) -> list[str]:
    """The names that the network is told, if it is worth it."""
    return [one.name for one in series] if 1 < len(series) <= MOST_NAMES else []


def _drawn(columns: Columns, names: Sequence[str]) -> str:
    inputs = [*columns.sensors, *(f"{name} is read" for name in columns.sensors), *columns.contexts, *names]
    return draw_wiring(WIRING.build(len(inputs)), inputs=inputs).svg


def told(series: Sequence[Entity], names: Sequence[str]) -> dict[str, Any]:
    """Series as a detector takes them."""
    return {
        "X": [one.values for one in series],
        "timespans": [one.spans for one in series],
        "context": [context_of(one, names) for one in series],
    }


def context_of(one: Entity, names: Sequence[str]) -> Any:
    """What the network may see and is not judged: the context of the features, and which entity it is (T, C)."""
    with use_backend("numpy"):
        own = ops.asarray([[float(one.name == name) for name in names]], dtype="float32")
        return ops.concat([one.context, ops.broadcast_to(own, (len(one), len(names)))], axis=1)
