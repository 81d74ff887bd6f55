"""Where rows come from. Sources are read in place, shard by shard; streams are staged as Parquet once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .source import (
    ROWS_PER_SHARD,
    START,
    ArrowScan,
    Batch,
    DuckDBScan,
    ParquetScan,
    Plan,
    Position,
    Scan,
    Shard,
    Source,
    Stream,
)

if TYPE_CHECKING:
    from .arrow import ArrowSource, IterableSource, from_arrow
    from .csv import CsvSource, read_csv
    from .duckdb import DuckDBSource, read_duckdb
    from .jsonl import JsonlSource, read_jsonl
    from .parquet import ParquetSource, read_parquet
    from .staging import frozen, stage

__all__ = [
    "ROWS_PER_SHARD",
    "START",
    "ArrowScan",
    "ArrowSource",
    "Batch",
    "CsvSource",
    "DuckDBScan",
    "DuckDBSource",
    "IterableSource",
    "JsonlSource",
    "ParquetScan",
    "ParquetSource",
    "Plan",
    "Position",
    "Scan",
    "Shard",
    "Source",
    "Stream",
    "from_arrow",
    "frozen",
    "read_csv",
    "read_duckdb",
    "read_jsonl",
    "read_parquet",
    "stage",
]

_HOMES = {
    "ArrowSource": "arrow",
    "CsvSource": "csv",
    "DuckDBSource": "duckdb",
    "IterableSource": "arrow",
    "JsonlSource": "jsonl",
    "ParquetSource": "parquet",
    "from_arrow": "arrow",
    "frozen": "staging",
    "read_csv": "csv",
    "read_duckdb": "duckdb",
    "read_jsonl": "jsonl",
    "read_parquet": "parquet",
    "stage": "staging",
}


def __getattr__(name: str) -> object:
    """Import a reader when it is asked for: those of Arrow take a tenth of a second together."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
