"""Text to numbers: counts of characters and words, and hashed words weighted by how rare they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind, md5_bits
from emberharmony.features.statistics import Fit, Measure, Question, Totals, together
from emberharmony.features.transforms.frame import Column, Frame
from emberharmony.features.transforms.step import Constants, nothing, wrong_type


def _text(frame: Frame, name: str, step: str) -> Column:
    column = frame[name]
    if not column.value.type().is_string():
        raise wrong_type(step, name, column.value.type(), "text")
    return column


@dataclass(frozen=True)
class TextStats:
    """Characters, words, and the shares of upper-case letters, digits and signs: `<column>:length`, ...

    Letters and digits are those of ASCII (A-Z, 0-9), the same on every engine; a sign is neither letter, digit, space
    nor beyond ASCII. Shares are of the length; an empty text has 0 of each, a missing one stays missing.
    """

    columns: Sequence[str]
    keep: bool = False

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            _text(frame, name, "TextStats")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        columns: dict[str, Column] = {}
        for name in self.columns:
            column = _text(frame, name, "TextStats")
            text = column.value
            length = text.length().cast("int32")
            words = text.re_replace(r"\s+", " ").strip()
            spaces = words.length() - words.replace(" ", "").length()
            count = ibis.ifelse(words == "", ibis.literal(0, type="int64"), spaces.cast("int64") + 1)
            made = {"length": length, "words": count.cast("int32")}
            for kind, pattern in (("upper", "[A-Z]"), ("digits", "[0-9]"), ("signs", r"[!-/:-@\[-`{-~]")):
                found = (length - text.re_replace(pattern, "").length()).cast("float64")
                made[kind] = ibis.ifelse(length == 0, bind(0.0), found / length.cast("float64"))
            columns |= {f"{name}:{kind}": column.after(value, "TextStats") for kind, value in made.items()}
        return frame.fresh(columns, without=() if self.keep else self.columns, owner="TextStats")


@dataclass(frozen=True)
class HashedTfIdf:
    """``tf (ln((1 + n) / (1 + df)) + 1)`` of words hashed into `buckets`, each row scaled to length 1.

    Words are runs of characters between white space, in lower case; tf counts a bucket's words in the row, df the train
    rows that have any. A text without words, or a missing one, is 0 everywhere.
    """

    columns: Sequence[str]
    buckets: int = 32
    seed: int = 0
    keep: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.buckets <= 1024:
            raise ArgumentError(f"HashedTfIdf got buckets={self.buckets}", expected="from 2 to 1024")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def _words(self, frame: Frame, name: str) -> Any:
        text = _text(frame, name, "HashedTfIdf").value.fill_null(bind("", "string"))
        words = text.lower().re_split(r"\s+").filter(lambda word: word != "")
        return words.map(lambda word: md5_bits(bind(f"{self.seed}:", "string").concat(word)) % self.buckets)

    def fit(self, frame: Frame) -> Fit[Constants]:
        def asked(words: Any) -> Fit[tuple[int, ...]]:
            def ask(found: Any) -> Totals:
                has = (found.contains(k).cast("int64") for k in range(self.buckets))
                return Totals((Measure("rows"), *(Measure("sum", flag) for flag in has)))

            (sums,) = yield [Question((words,), ask)]
            return sums

        found = yield from together({name: asked(self._words(frame, name)) for name in self.columns})
        constants: dict[str, Any] = {}
        for name, (rows, *frequencies) in found.items():
            n = rows or 0
            weights = [math.log((1 + n) / (1 + (df or 0))) + 1.0 for df in frequencies]
            constants[name] = {"rows": n, "weights": weights}
        return constants

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        # the counts are columns of a stage of their own: the norm of a row needs all of them
        made: dict[str, list[str]] = {}
        for name in self.columns:
            column = _text(frame, name, "HashedTfIdf")
            words = self._words(frame, name)
            weights: Any = constants[name]["weights"]
            labels = [f"{name}:word{k}" for k in range(self.buckets)]
            counts: dict[str, Column] = {}
            for k, label in enumerate(labels):
                count = words.filter(lambda w, k=k: w == k).length().cast("float64")
                counts[label] = column.after(count * bind(weights[k]), "HashedTfIdf")
            frame = frame.fresh(counts, without=() if self.keep else (name,), owner="HashedTfIdf")
            made[name] = labels
        frame = frame.staged()
        for labels in made.values():
            values = [frame[label].value for label in labels]
            square = values[0] * values[0]
            for value in values[1:]:
                square = square + value * value
            norm = square.sqrt()
            for label in labels:
                column = frame[label]
                scaled = ibis.ifelse(norm == bind(0.0), bind(0.0), column.value / norm)
                frame = frame.put({label: Column(scaled, column.sources, column.steps)})
        return frame
