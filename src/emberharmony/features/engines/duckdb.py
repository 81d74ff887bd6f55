"""One thread's DuckDB: it sees one shard at a time under the name `rows`, and measures, streams or writes it.

A worker has a database of its own in memory with one thread, so what it computes from a shard is the same on every
run; workers run side by side. Its memory limit and its folder for spilling are part of the whole run's budget.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from emberharmony.features.engines.kinds import ibis_type
from emberharmony.features.engines.sql import Query, duckdb_sql
from emberharmony.features.errors import OperationError
from emberharmony.features.sources.source import ArrowScan, DuckDBScan, ParquetScan, Scan
from emberharmony.features.statistics import Answer, Groups, Measure, Question, TooMany, Totals

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROWS = "rows"
ROW_GROUP = 122_880
COMPACT_AFTER = 16  # partial results of this many shards are added up at once


def quoted(name: str) -> str:
    """An identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


class DuckDBWorker:
    """A single-threaded DuckDB over one scan at a time."""

    def __init__(self, *, memory: int | None = None, spill: Path | None = None) -> None:
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "preserve_insertion_order": True}
        if memory is not None:
            settings["memory_limit"] = f"{max(memory // 1_000_000, 16)}MB"
        if spill is not None:
            settings["temp_directory"] = str(spill)
        self._connection = duckdb.connect(":memory:", config=settings)
        self._connection.execute("SET TimeZone = 'UTC'")
        self._attached: dict[Path, str] = {}
        self._set: dict[str, tuple[object, str]] = {}

    def close(self) -> None:
        """Let go of everything; what runs in another thread ends with an interrupt."""
        self._connection.close()

    def interrupt(self) -> None:
        """End the query that runs in another thread."""
        self._connection.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it sees --

    def see(self, scan: Scan, schema: pa.Schema) -> None:
        """Make `rows` the rows of a scan, with the columns and types of `schema`."""
        match scan:
            case ArrowScan(table):
                self._connection.register("ember_arrow", table)
                found, source = table.schema, "ember_arrow"
            case ParquetScan(path, start, stop, found):
                self.bind({"ember_path": (str(path), "VARCHAR")})
                self.bind({"ember_start": (start, "BIGINT"), "ember_stop": (stop, "BIGINT")})
                source = (
                    "read_parquet(getvariable('ember_path'), file_row_number = true) WHERE file_row_number"
                    " >= getvariable('ember_start') AND file_row_number < getvariable('ember_stop')"
                )
            case DuckDBScan(database, table, start, stop, found):
                self.bind({"ember_start": (start, "BIGINT"), "ember_stop": (stop, "BIGINT")})
                name = ".".join(quoted(part) for part in (self._attach(database), *table))
                source = f"{name} WHERE rowid >= getvariable('ember_start') AND rowid < getvariable('ember_stop')"
            case _:
                raise OperationError(
                    f"the DuckDB engine cannot read a {type(scan).__name__}",
                    expected="Parquet files, Arrow tables or tables in a DuckDB file",
                    mend="stage the source first: ef.stage(source, folder)",
                )
        columns = ", ".join(_column(field, found) for field in schema)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {ROWS} AS SELECT {columns} FROM {source}")

    def _attach(self, database: Path) -> str:
        if database not in self._attached:
            name = f"ember_{len(self._attached)}"
            path = "'" + str(database).replace("'", "''") + "'"  # ATTACH takes no variable
            self._connection.execute(f"ATTACH {path} AS {name} (READ_ONLY)")
            self._attached[database] = name
        return self._attached[database]

    def bind(self, values: Mapping[str, tuple[object, str]]) -> None:
        """Set variables; one that holds this value already is left alone."""
        for name, value in values.items():
            if name not in self._set or (self._set[name] is not value and repr(self._set[name]) != repr(value)):
                self._connection.execute(f"SET VARIABLE {name} = $1::{value[1]}", [value[0]])
                self._set[name] = value

    def register(self, tables: Mapping[str, pa.Table]) -> None:
        """Tables of constants that queries join by name."""
        for name, table in tables.items():
            self._connection.register("ember_table", table)
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS SELECT * FROM ember_table")
            self._connection.unregister("ember_table")

    def see_one(self, schema: pa.Schema) -> None:
        """Make `rows` an empty table that `one` puts a row into."""
        self._connection.register("ember_table", schema.empty_table())
        columns = ", ".join(_column(field, schema) for field in schema)
        self._connection.execute(f"CREATE TEMP TABLE {ROWS} AS SELECT {columns} FROM ember_table")

    def prepare(self, query: Query) -> None:
        """Plan the query that `one` runs."""
        self.bind(query.values)
        self._connection.execute(f"PREPARE one AS {query.sql}")

    def one(self, row: pa.Table) -> dict[str, Any]:
        """The prepared query over one row."""
        self._connection.execute(f"DELETE FROM {ROWS}")
        self._connection.register("ember_table", row)
        self._connection.execute(f"INSERT INTO {ROWS} SELECT * FROM ember_table")
        (found,) = self._connection.sql("EXECUTE one").to_arrow_table().to_pylist()
        return found

    # -- what it does --

    def stream(self, query: Query, rows: int = ROW_GROUP) -> Iterator[pa.RecordBatch]:
        """The rows of a query, in batches of at most `rows`."""
        self.bind(query.values)
        yield from self._connection.sql(query.sql).to_arrow_reader(rows)

    def table(self, query: Query) -> pa.Table:
        """The rows of a query, at once."""
        self.bind(query.values)
        return self._connection.sql(query.sql).to_arrow_table()

    def write(self, query: Query, path: Path) -> int:
        """Write the rows of a query to one Parquet file; the same rows give the same bytes. How many there were."""
        self.bind(query.values)
        self.bind({"ember_out": (str(path), "VARCHAR")})
        (rows,) = self._connection.execute(
            f"COPY ({query.sql}) TO (getvariable('ember_out'))"
            f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, PARQUET_VERSION v2)"
        ).fetchone() or (0,)
        return int(rows)

    def chunk(self, query: Query) -> None:
        """Hold the rows of a query in memory under the name `chunk`, for `Ledger.add`."""
        self.bind(query.values)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE chunk AS {query.sql}")

    def execute(self, sql: str, values: Mapping[str, tuple[object, str]] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement of ours and fetch what it says."""
        self.bind(values or {})
        return self._connection.execute(sql).fetchall()


def _column(field: pa.Field, found: pa.Schema) -> str:
    """One column of the view: as it is, cast to the plan's type, or null where this file has none."""
    name = quoted(field.name)
    place = found.get_field_index(field.name)
    if place >= 0 and found.field(place).type == field.type:
        return name
    from ibis.backends.sql.datatypes import DuckDBType

    kind = DuckDBType.to_string(ibis_type(field.type, field.name))
    return f"CAST({name if place >= 0 else 'NULL'} AS {kind}) AS {name}"


class Ledger:
    """The running answers of one worker to the questions of one pass: sums that grow, extremes that are kept."""

    def __init__(self, worker: DuckDBWorker, rows: ir.Table, questions: Sequence[Question], where: Any | None) -> None:
        import ibis

        self._worker = worker
        operands: dict[Any, str] = {}
        for question in questions:
            for operand in question.operands:
                operands.setdefault(operand.op(), f"c{len(operands)}")
        picked = rows if where is None else rows.filter(where)
        named = {name: op.to_expr() for op, name in operands.items()}
        source = picked.select(**named) if named else picked.select(c=ibis.literal(1))
        self._source = duckdb_sql(source, "s")
        kinds = {name: expression.type() for name, expression in named.items()} or {"c": "int8"}
        chunk: Any = ibis.table(kinds, name="chunk")

        def asked_of(rows: Any) -> list[Totals | Groups]:
            return [question.ask(*(rows[operands[o.op()]] for o in question.operands)) for question in questions]

        self.asked = asked_of(chunk)
        if not any(isinstance(asked, Groups) for asked in self.asked):
            chunk, self.asked = source, asked_of(source)
        totals = {
            f"m{i}_{k}": _measured(measure, chunk)
            for i, asked in enumerate(self.asked)
            if isinstance(asked, Totals)
            for k, measure in enumerate(asked.measures)
        }
        self._totals = duckdb_sql(chunk.aggregate(**totals), "a") if totals else None
        self._sums: dict[int, list[Any]] = {}
        self._groups = {
            i: duckdb_sql(
                chunk.group_by(key=asked.key)
                .aggregate(**{f"m{k}": _measured(measure, chunk) for k, measure in enumerate(asked.measures)})
                .filter(lambda t: t.key.notnull()),
                f"g{i}_",
            )
            for i, asked in enumerate(self.asked)
            if isinstance(asked, Groups)
        }
        self._added = dict.fromkeys(self._groups, 0)
        self._full: set[int] = set()

    def add(self) -> None:
        """Read the rows that the worker sees now, and add what they say."""
        worker = self._worker
        if self._groups:  # they read the operands many times: once from the source, then from memory
            worker.chunk(self._source)
        if self._totals is not None:
            (row,) = worker.execute(self._totals.sql, self._totals.values)
            values = iter(row)
            for i, asked in enumerate(self.asked):
                if isinstance(asked, Totals):
                    fresh = [next(values) for _ in asked.measures]
                    self._sums[i] = joined(asked.measures, self._sums.get(i), fresh)
        for i, query in self._groups.items():
            if i in self._full:
                continue
            verb = f"INSERT INTO ledger{i} BY NAME" if self._added[i] else f"CREATE OR REPLACE TEMP TABLE ledger{i} AS"
            worker.execute(f"{verb} {query.sql}", query.values)
            self._added[i] += 1
            if self._added[i] % COMPACT_AFTER == 0:
                self._compact(i)

    def _compact(self, i: int) -> int:
        asked = self.asked[i]
        sums = ", ".join(
            f"{measure.how if measure.how in ('min', 'max') else 'sum'}(m{k}) AS m{k}"
            for k, measure in enumerate(asked.measures)
        )
        self._worker.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT key, {sums} FROM ledger{i} GROUP BY key")
        self._worker.execute(f"DROP TABLE ledger{i}")
        self._worker.execute(f"ALTER TABLE fresh RENAME TO ledger{i}")
        ((size,),) = self._worker.execute(f"SELECT count(*) FROM ledger{i}")
        assert isinstance(asked, Groups)
        if size > asked.most:
            self._full.add(i)
        return int(size)

    def answers(self) -> list[Answer]:
        """What all rows added so far say, in the order of the questions."""
        found: list[Answer] = []
        for i, asked in enumerate(self.asked):
            if isinstance(asked, Totals):
                found.append(tuple(self._sums.get(i, [None] * len(asked.measures))))
            elif not self._added[i]:
                found.append({})
            else:
                self._compact(i)
                rows = [] if i in self._full else self._worker.execute(f"SELECT * FROM ledger{i}")
                found.append(TooMany(asked.most) if i in self._full else {row[0]: tuple(row[1:]) for row in rows})
                self._worker.execute(f"DROP TABLE ledger{i}")
        self._worker.execute("DROP TABLE IF EXISTS chunk")
        return found


def _measured(measure: Measure, chunk: ir.Table) -> Any:
    return chunk.count() if measure.how == "rows" else getattr(measure.of, measure.how)()


def joined(measures: Sequence[Measure], known: Sequence[Any] | None, fresh: Sequence[Any]) -> list[Any]:
    """Two rows of measures as one; None stands for no rows."""
    if known is None:
        return list(fresh)
    together = dict.fromkeys(("rows", "count", "sum"), operator.add) | {"min": min, "max": max}
    return [
        b if a is None else a if b is None else together[measure.how](a, b)
        for measure, a, b in zip(measures, known, fresh, strict=True)
    ]


def merged(asked: Totals | Groups, parts: Sequence[Answer]) -> Answer:
    """The answers of several workers to one question, as one."""
    if isinstance(asked, Totals):
        total: list[Any] | None = None
        for part in parts:
            total = joined(asked.measures, total, part)
        return tuple(total or [None] * len(asked.measures))
    whole: dict[Any, Any] = {}
    for part in parts:
        if isinstance(part, TooMany):
            return part
        for key, row in part.items():
            whole[key] = tuple(joined(asked.measures, whole.get(key), row))
        if len(whole) > asked.most:
            return TooMany(asked.most)
    return whole
