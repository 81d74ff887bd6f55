"""Year, month, day, weekday, hour and minute of a time as numbers, in arithmetic that every engine has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from emberharmony.features.errors import SchemaError
from emberharmony.features.transforms import Derive, Drop
from emberharmony.features.transforms.expressions import col, where

PARTS = ("year", "month", "day", "weekday", "hour", "minute")


def components(names: Sequence[str], schema: pa.Schema) -> list[Any]:
    """The steps that make `<column>:year`, ... of times; weekday 0 is Monday. A time with a zone is read in UTC.

    The calendar is counted from 1 March of year 0, so that a leap day is the last day of its year.
    """
    steps: list[Any] = []
    for name in names:
        made = _parts(name)
        for step in made:
            if isinstance(step, Derive) and step.name in schema.names:
                raise SchemaError(
                    f"the components of {name!r} make a column {step.name!r}, which is there already",
                    expected="a name that no column has",
                    mend=f"rename one of the two, or datetime_strategy='cyclical' for {name!r}",
                )
        steps += made
    return steps


def _parts(name: str) -> list[Any]:
    def hidden(part: str) -> str:
        return f"{name}:{part}_"

    def of(part: str) -> Any:
        return col(hidden(part))

    days = of("days")
    era = of("era")
    inner = of("doe")
    year, day = of("yoe"), of("doy")
    month = of("mp")
    march = [
        ("seconds", col(name).seconds()),
        ("days", (of("seconds") / 86400.0).floor()),
        ("rest", of("seconds") - days * 86400.0),
        ("era", ((days + 719468) / 146097.0).floor()),
        ("doe", days + 719468 - era * 146097),
        (
            "yoe",
            (
                (inner - (inner / 1460.0).floor() + (inner / 36524.0).floor() - (inner / 146096.0).floor()) / 365.0
            ).floor(),
        ),
        ("doy", inner - (year * 365 + (year / 4.0).floor() - (year / 100.0).floor())),
        ("mp", ((day * 5 + 2) / 153.0).floor()),
    ]
    weekday = days + 3
    shown = {
        "year": year + era * 400 + where(month >= 10, 1, 0),
        "month": where(month >= 10, month - 9, month + 3),
        "day": day - ((month * 153 + 2) / 5.0).floor() + 1,
        "weekday": weekday - (weekday / 7.0).floor() * 7,
        "hour": (of("rest") / 3600.0).floor(),
        "minute": ((of("rest") - (of("rest") / 3600.0).floor() * 3600.0) / 60.0).floor(),
    }
    steps: list[Any] = [Derive(hidden(part), value) for part, value in march]
    steps += [Derive(f"{name}:{part}", shown[part].cast("int32")) for part in PARTS]
    return [*steps, Drop([hidden(part) for part, _ in march])]
