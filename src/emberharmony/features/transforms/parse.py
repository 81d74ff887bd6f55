"""Text that holds numbers or times, turned into them: decimal commas, thousands, dates in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind, failure, parsed_number, parsed_time
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import Column, Frame
from emberharmony.features.transforms.step import Constants, nothing, wrong_type


@dataclass(frozen=True)
class Parse:
    """Text as numbers (`to="number"`), or as times by a `format` of `strptime`: `to="time"`, ``"%d.%m.%Y %H:%M"``.

    Spaces around the text are no part of it; an empty text and those in `missing` are missing values. For numbers,
    `strip` lists characters to leave out, such as a currency's sign, and `thousands` the one between groups of digits.
    What does not parse ends the run with the text in the message, or is missing with `unparsed="missing"`.
    """

    columns: Sequence[str]
    to: Literal["number", "time"] = "number"
    format: str | None = None
    decimal: str = "."
    thousands: str = ""
    strip: str = ""
    missing: Sequence[str] = ("NA", "N/A", "null", "-")
    unparsed: Literal["error", "missing"] = "error"

    def __post_init__(self) -> None:
        if self.to not in ("number", "time") or self.unparsed not in ("error", "missing"):
            raise ArgumentError(
                f"Parse got to={self.to!r}, unparsed={self.unparsed!r}",
                expected="to='number' or 'time', unparsed='error' or 'missing'",
            )
        if (self.format is None) != (self.to == "number"):
            raise ArgumentError(
                f"Parse got to={self.to!r} and format={self.format!r}",
                expected="a format with 'time', and only with it",
                mend="ef.Parse([...], to='time', format='%d/%m/%Y')",
            )
        if isinstance(self.missing, str):
            raise ArgumentError(f"Parse got missing={self.missing!r}", expected="a list of texts")
        if len(self.decimal) != 1 or len(self.thousands) > 1 or self.decimal == self.thousands:
            raise ArgumentError(
                f"Parse got decimal={self.decimal!r}, thousands={self.thousands!r}", expected="two different characters"
            )

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            if not frame[name].value.type().is_string():
                raise wrong_type("Parse", name, frame[name].value.type(), "text")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        return frame.put({name: self._parsed(frame[name], name) for name in self.columns})

    def _parsed(self, column: Column, name: str) -> Column:
        import ibis

        text: Any = column.value.strip()
        absent = [bind(word, "string") for word in ("", *self.missing)]
        words: Any = ibis.ifelse(text.isin(absent), ibis.null("string"), text)
        if self.to == "time":
            value: Any = parsed_time(words, str(self.format))
        else:
            digits: Any = words
            for character in (*self.strip, *self.thousands):
                digits = digits.replace(bind(character, "string"), bind("", "string"))
            if self.decimal != ".":
                digits = digits.replace(bind(self.decimal, "string"), bind(".", "string"))
            value = parsed_number(digits.strip())
        if self.unparsed == "error":
            problem = bind(f"Parse: a text of column {name!r} is no {self.to}: ", "string").concat(words)
            value = ibis.ifelse(words.notnull() & value.isnull(), failure(problem, value.type()), value)
        return column.after(value, "Parse")
