"""Fitted state as data: a versioned Arrow table with one row for each constant, and the definition that explains it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from emberharmony.features.errors import CheckpointError
from emberharmony.features.transforms.step import Constants

FORMAT = 1
SCHEMA = pa.schema(
    [
        ("step", pa.int32()),  # -1: the split
        ("transform", pa.string()),
        ("subject", pa.string()),
        ("name", pa.string()),
        ("place", pa.int32()),  # in a list; null for a scalar, -1 for a list without values
        ("real", pa.float64()),
        ("whole", pa.int64()),
        ("text", pa.string()),
        ("flag", pa.bool_()),
    ]
)
Scalar = float | int | str | bool | None


def definition(item: Any) -> dict[str, Any]:
    """A step, split or expression as JSON-able parameters, with its name."""
    values = {field.name: _plain(getattr(item, field.name)) for field in dataclasses.fields(item)}
    return {"is": type(item).__name__, **values}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return definition(value)
    if isinstance(value, Mapping):  # as pairs: a key may be called anything
        return {"is": "mapping", "items": [[str(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, str) or not isinstance(value, Sequence):
        return value
    return [_plain(item) for item in value]


def digest(*parts: object) -> str:
    """Sixteen hexadecimal digits of JSON-able parts."""
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_table(fitted: Sequence[tuple[int, str, Constants]], about: Mapping[str, Any]) -> pa.Table:
    """Constants of steps (place, transform, constants) as one table; `about` goes into its metadata."""
    rows: list[dict[str, Any]] = []
    for step, transform, constants in fitted:
        for subject, values in constants.items():
            for name, value in values.items():
                items = list(enumerate(value)) or [(-1, None)] if isinstance(value, list) else [(None, value)]
                for place, item in items:
                    row = {"step": step, "transform": transform, "subject": subject, "name": name, "place": place}
                    rows.append({**row, **_cell(item)})
    metadata = {"emberharmony": json.dumps({"format": FORMAT, **about}, ensure_ascii=True, sort_keys=True)}
    return pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata(metadata))


def _cell(value: Scalar) -> dict[str, Scalar]:
    match value:
        case None:
            return {}
        case bool():
            return {"flag": value}
        case int():
            return {"whole": value}
        case float():
            return {"real": value}
        case str():
            return {"text": value}


def from_table(table: pa.Table) -> tuple[dict[int, dict[str, dict[str, Any]]], dict[str, Any]]:
    """The constants of each step, and what was said about them."""
    metadata = (table.schema.metadata or {}).get(b"emberharmony")
    if metadata is None or table.schema.names != SCHEMA.names:
        raise CheckpointError(
            "the table is not a fitted state",
            expected=f"columns {', '.join(SCHEMA.names)} and metadata 'emberharmony'",
            mend="load a file that FittedPipeline.save wrote",
        )
    about: dict[str, Any] = json.loads(metadata)
    if about.get("format") != FORMAT:
        raise CheckpointError(
            f"the fitted state has format {about.get('format')!r}",
            expected=f"format {FORMAT}",
            mend="fit the pipeline again, or load it with the version of emberharmony that wrote it",
        )
    steps: dict[int, dict[str, dict[str, Any]]] = {}
    for row in table.to_pylist():
        values = steps.setdefault(row["step"], {}).setdefault(row["subject"], {})
        item = next((row[kind] for kind in ("real", "whole", "text", "flag") if row[kind] is not None), None)
        if row["place"] is None:
            values[row["name"]] = item
        else:
            known = values.setdefault(row["name"], [])
            if row["place"] >= 0:
                known.append(item)
    return steps, about
