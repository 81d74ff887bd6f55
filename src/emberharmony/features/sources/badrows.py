"""Rows that do not parse: an error that shows the row, or a line in a file of such rows. None is lost in silence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import BadRowError

OnBadRows = Literal["error", "quarantine"]
SHOWN = 120  # characters of a row in a message


class BadRow(NamedTuple):
    """Where a row stands (rows count from 1, a header is none of them), what is wrong, and its text as it was read."""

    file: str
    row: int
    reason: str
    text: str


Report = Callable[[BadRow], None]


class Quarantine:
    """What becomes of bad rows. With a path they are lines of JSON there, written anew by every whole reading."""

    def __init__(self, on_bad_rows: OnBadRows, path: str | Path | None) -> None:
        if on_bad_rows not in ("error", "quarantine"):
            raise ArgumentError(
                f"on_bad_rows={on_bad_rows!r}",
                expected="'error' or 'quarantine'",
                mend="on_bad_rows='quarantine', quarantine='bad.jsonl'",
            )
        if (on_bad_rows == "quarantine") != (path is not None):
            raise ArgumentError(
                f"on_bad_rows={on_bad_rows!r} and quarantine={path!r}",
                expected="both or neither: a file for the rows that are set aside",
                mend="on_bad_rows='quarantine', quarantine='bad.jsonl'",
            )
        self.path = None if path is None else Path(os.path.abspath(path))
        self.count = 0  # of the last whole reading

    def look(self, row: BadRow) -> None:
        """For a reading that only looks for types: the one that reads the rows reports what is set aside."""
        if self.path is None:
            refuse(row)

    def mark(self) -> dict[str, str]:
        """What a stage remembers: with bad rows set aside it has other rows."""
        return {"bad rows": "error" if self.path is None else "quarantine"}

    @contextmanager
    def reading(self) -> Generator[Report]:
        """Take in the bad rows of one reading; their file appears when it ends, and stays as it was if it does not."""
        if self.path is None:
            yield refuse
            return
        new = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        count = 0
        try:
            with new.open("w", encoding="utf-8") as file:

                def write(row: BadRow) -> None:
                    nonlocal count
                    count += 1
                    file.write(json.dumps(row._asdict(), ensure_ascii=False) + "\n")

                yield write
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self.path)
            self.count = count
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def refuse(row: BadRow) -> None:
    """The strict answer."""
    shown = row.text if len(row.text) <= SHOWN else f"{row.text[:SHOWN]}... ({len(row.text)} characters)"
    raise BadRowError(
        f"{row.file}, row {row.row}: {row.reason}: {shown!r}",
        expected="rows that parse; rows count from 1, a header is none of them",
        mend="mend the row; or set such rows aside: on_bad_rows='quarantine', quarantine='bad.jsonl'",
    )
