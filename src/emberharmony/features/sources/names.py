"""What a column may be called. DuckDB does not tell upper from lower case, so two such names would be one column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError

RESERVED = "__ember"


def check_names(names: Iterable[str], where: str) -> None:
    """Refuse names that are empty, reserved, doubled, or the same but for their case.

    >>> check_names(["n", "N"], "t.csv")
    Traceback (most recent call last):
    ...
    emberharmony.features.errors.SchemaError: t.csv: the columns 1 'n' and 2 'N' have the same name but for case
      Expected: names that differ without regard to case, as SQL engines see them
      Mend:     rename one of them
    """
    seen: dict[str, tuple[int, str]] = {}
    for number, name in enumerate(names, 1):
        if not name:
            raise SchemaError(
                f"{where}: column {number} has no name",
                expected="a name for every column",
                mend=f"name column {number}",
            )
        if "\0" in name:
            raise SchemaError(
                f"{where}: the name of column {number}, {name!r}, has a zero byte in it",
                expected="text that SQL engines take for a name",
                mend=f"rename column {number}",
            )
        if name.lower().startswith(RESERVED) or name.lower() == "file_row_number":
            raise SchemaError(
                f"{where}: column {number} is called {name!r}",
                expected=f"names other than 'file_row_number' and {RESERVED}...: those are for columns of our own",
                mend=f"rename {name!r}",
            )
        before, other = seen.setdefault(_as_sql(name), (number, name))
        if before != number:
            what = f"are both called {name!r}" if other == name else "have the same name but for case"
            columns = f"{before} and {number}" if other == name else f"{before} {other!r} and {number} {name!r}"
            raise SchemaError(
                f"{where}: the columns {columns} {what}",
                expected="names that differ without regard to case, as SQL engines see them",
                mend="rename one of them",
            )


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def chosen(schema: pa.Schema, columns: Sequence[str] | None, where: str) -> pa.Schema:
    """The schema of `columns` in their order; None is all of them. Without any, rows are counted and not read."""
    if columns is None:
        return schema
    if isinstance(columns, str):
        raise ArgumentError(f"columns={columns!r}", expected="a list of names", mend=f"columns=[{columns!r}]")
    if len({*columns}) < len(columns):
        raise ArgumentError(
            f"columns={list(columns)!r} of {where} names a column twice",
            expected="each column once",
            mend=f"columns={list(dict.fromkeys(columns))!r}",
        )
    missing = [name for name in columns if schema.get_field_index(name) < 0]
    if missing:
        known = ", ".join(map(repr, schema.names[:20])) + (", ..." if len(schema.names) > 20 else "")
        raise SchemaError(
            f"{where} has no column {', '.join(map(repr, missing))}",
            expected=f"some of its {len(schema.names)} columns: {known}",
            mend="correct the name; upper and lower case count",
        )
    return pa.schema([schema.field(name) for name in columns])


def plain(schema: pa.Schema) -> pa.Schema:
    """Names and types alone: what else a file says about its columns would make equal schemas differ."""
    return pa.schema([pa.field(field.name, field.type) for field in schema])


def _as_sql(name: str) -> str:
    """What DuckDB compares: ASCII letters have no case there, all others do."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in name)
