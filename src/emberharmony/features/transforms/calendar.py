"""Times as places on circles: the hour of the day, the day of the week, of the month and of the year, the month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind, lookup, microseconds, weekday
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import Column, Frame
from emberharmony.features.transforms.step import Constants, nothing, wrong_type

Part = Literal["hour", "weekday", "day", "month", "yearday"]
PARTS: tuple[Part, ...] = ("hour", "weekday", "day", "month", "yearday")
DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Calendar:
    """``sin`` and ``cos`` of ``2 pi k phase`` for each part of a time: `<column>:<part>_sin`, `<column>:<part>_cos`.

    Parts and their periods: "hour" 24 hours, "weekday" 7 days, "day" the days of that month, "month" 12, "yearday" the
    days of that year: the last hour is as near to the first as any two neighbours. `phase="step"` takes whole steps (a
    table of precomputed values), "continuous" counts on inside them: 12:30 lies between 12:00 and 13:00. `harmonics`
    adds the multiples up to k. A time with a zone is read on the clock of `zone` (UTC by default), one without as it
    is. `keep` leaves the time itself among the columns.
    """

    columns: Sequence[str]
    parts: Sequence[Part] = ("hour", "weekday", "month")
    harmonics: int = 1
    phase: Literal["step", "continuous"] = "step"
    zone: str | None = None
    keep: bool = True

    def __post_init__(self) -> None:
        for part in self.parts:
            if part not in PARTS:
                raise ArgumentError(f"Calendar got the part {part!r}", expected=", ".join(map(repr, PARTS)))
        if not 1 <= self.harmonics <= 16:
            raise ArgumentError(f"Calendar got harmonics={self.harmonics}", expected="from 1 to 16")
        if self.phase not in ("step", "continuous"):
            raise ArgumentError(f"Calendar got phase={self.phase!r}", expected="'step' or 'continuous'")
        if self.zone is not None:
            from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

            try:
                ZoneInfo(self.zone)
            except (ZoneInfoNotFoundError, ValueError):
                raise ArgumentError(
                    f"Calendar got zone={self.zone!r}", expected="a name such as 'Europe/Berlin'"
                ) from None

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def _local(self, column: Column, name: str) -> Any:
        """The clock's reading, as a time without a zone."""
        time = column.value
        kind = time.type()
        if kind.is_date():
            return time.cast("timestamp")
        if not kind.is_timestamp():
            raise wrong_type("Calendar", name, kind, "timestamps or dates")
        if kind.timezone is None:
            if self.zone is not None:
                raise wrong_type(
                    "Calendar",
                    name,
                    kind,
                    f"times with a zone, for zone={self.zone!r}",
                    "leave zone out: they are read as they are",
                )
            return time
        from emberharmony.features.engines.constants import local_time

        return local_time(time, self.zone or "UTC")

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            self._local(frame[name], name)
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        columns: dict[str, Column] = {}
        for name in self.columns:
            column = frame[name]
            local = self._local(column, name)
            for part in self.parts:
                for k in range(1, self.harmonics + 1):
                    label = f"{name}:{part}" if k == 1 else f"{name}:{part}{k}"
                    for wave, of in (("sin", math.sin), ("cos", math.cos)):
                        if self.phase == "step":
                            value = _stepped(part, local, lambda turn, of=of, k=k: of(math.tau * k * turn))
                        else:
                            angle = _turn(part, local) * bind(math.tau * k)
                            value = angle.sin() if wave == "sin" else angle.cos()
                        columns[f"{label}_{wave}"] = column.after(value, "Calendar")
        return frame.fresh(columns, without=() if self.keep else self.columns, owner="Calendar")


def _stepped(part: Part, t: Any, of: Any) -> Any:
    """`of(turn)` of whole steps, looked up: sines cost ten times as much as all the rest of a pipeline."""
    match part:
        case "hour":
            return lookup([of(i / 24) for i in range(24)], t.hour() + 1)
        case "weekday":
            return lookup([of(i / 7) for i in range(7)], weekday(t))
        case "month":
            return lookup([of(i / 12) for i in range(12)], t.month())
        case "day":
            # one row of 31 for each length of a month, from 28 to 31
            table = [of(i / days) if i < days else 0.0 for days in range(28, 32) for i in range(31)]
            return lookup(table, (_days_of_month(t) - 28) * 31 + t.day())
        case "yearday":
            table = [of(i / days) if i < days else 0.0 for days in (365, 366) for i in range(366)]
            return lookup(table, (_days_of_year(t) - 365) * 366 + t.day_of_year())


def _turn(part: Part, t: Any) -> Any:
    """How much of the period has passed, from 0 to 1."""
    day = (microseconds(t) % DAY + DAY) % DAY / bind(float(DAY))
    match part:
        case "hour":
            return day
        case "weekday":
            return (weekday(t) - 1 + day) / bind(7.0)
        case "month":
            return (t.month() - 1 + (t.day() - 1 + day) / _days_of_month(t).cast("float64")) / bind(12.0)
        case "day":
            return (t.day() - 1 + day) / _days_of_month(t).cast("float64")
        case "yearday":
            return (t.day_of_year() - 1 + day) / _days_of_year(t).cast("float64")


def _leap(t: Any) -> Any:
    year = t.year()
    return ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)


def _days_of_year(t: Any) -> Any:
    return _leap(t).cast("int64") + 365


def _days_of_month(t: Any) -> Any:
    import ibis

    month = t.month()
    short = ibis.ifelse(month == 2, _leap(t).cast("int64") + 28, ibis.literal(30, type="int64"))
    return ibis.ifelse(month.isin([2, 4, 6, 9, 11]), short, ibis.literal(31, type="int64"))
