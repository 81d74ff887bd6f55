"""The questions of one pass as SQL, and the running answers of one engine: sums that grow, extremes that are kept."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emberharmony.features.engines.sql import Query, duckdb_sql
from emberharmony.features.statistics import Answer, Groups, Measure, Question, TooMany, Totals

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from emberharmony.features.engines.duckdb import DuckDBWorker

COMPACT_AFTER = 16  # partial results of this many shards are added up at once
TOGETHER = 64  # groupings in one statement


class Survey:
    """All questions of one pass over one relation, compiled once for every worker.

    Operands are read from the source once: straight into the totals, or, if there are groupings, into a chunk in
    memory that each of them reads. Groupings with keys and measures of the same types are one statement.
    """

    def __init__(self, rows: ir.Table, questions: Sequence[Question], where: Any | None) -> None:
        import ibis

        operands: dict[Any, str] = {}
        for question in questions:
            for operand in question.operands:
                operands.setdefault(operand.op(), f"c{len(operands)}")
        named = {name: op.to_expr() for op, name in operands.items()}
        if where is None:
            source = rows.select(**named)
        else:  # operands first: a window among them looks at the rows of the other sides, too
            picked = rows.select(**named, __ember_train=where)
            source = picked.filter(picked["__ember_train"]).select(*named)
        chunk: Any = ibis.table({name: expression.type() for name, expression in named.items()}, name="chunk")

        def asked_of(rows: Any) -> list[Totals | Groups]:
            return [question.ask(*(rows[operands[o.op()]] for o in question.operands)) for question in questions]

        self.asked = asked_of(chunk)
        self.grouped = any(isinstance(asked, Groups) for asked in self.asked)
        if not self.grouped:
            chunk, self.asked = source, asked_of(source)
        self.source = duckdb_sql(source, "s")
        totals = {
            f"m{i}_{k}": _measured(measure, chunk)
            for i, asked in enumerate(self.asked)
            if isinstance(asked, Totals)
            for k, measure in enumerate(asked.measures)
        }
        self.totals = duckdb_sql(chunk.aggregate(**totals), "a") if totals else None
        self.groups: dict[tuple[str, ...], dict[int, Query]] = {}  # signature -> question -> SELECT
        for i, asked in enumerate(self.asked):
            if isinstance(asked, Groups):
                key = asked.key.cast("int64") if asked.key.type().is_integer() else asked.key
                measures = {f"m{k}": _measured(measure, chunk) for k, measure in enumerate(asked.measures)}
                table = chunk.group_by(key=key).aggregate(**measures)
                table = table.filter(table.key.notnull()).mutate(question=ibis.literal(i, type="int32"))
                kinds = (str(key.type()), *(f"{m.how} {table[f'm{k}'].type()}" for k, m in enumerate(asked.measures)))
                self.groups.setdefault(kinds, {})[i] = duckdb_sql(table, f"g{i}_")


class Ledger:
    """One worker's answers to a survey so far."""

    def __init__(self, worker: DuckDBWorker, survey: Survey) -> None:
        self._worker, self._survey = worker, survey
        self._totals: dict[int, list[Any]] = {}
        self._added = 0
        self._full: set[int] = set()

    def add(self) -> None:
        """Read the rows that the worker sees now, and add what they say."""
        worker, survey = self._worker, self._survey
        if survey.grouped:
            worker.chunk(survey.source)
        if survey.totals is not None:
            values = iter(worker.execute(survey.totals.sql, survey.totals.values)[0])
            for i, asked in enumerate(survey.asked):
                if isinstance(asked, Totals):
                    fresh = [next(values) for _ in asked.measures]
                    self._totals[i] = joined(asked.measures, self._totals.get(i), fresh)
        for name, queries in self._named():
            open_ones = [query for i, query in queries.items() if i not in self._full]
            for start in range(0, len(open_ones), TOGETHER):
                some = open_ones[start : start + TOGETHER]
                rows = " UNION ALL ".join(f"({query.sql})" for query in some)
                fresh = self._added == 0 and start == 0
                verb = f"CREATE OR REPLACE TEMP TABLE {name} AS" if fresh else f"INSERT INTO {name} BY NAME"
                worker.execute(f"{verb} {rows}", {k: v for query in some for k, v in query.values.items()})
        self._added += 1
        if self._added % COMPACT_AFTER == 0:
            self._compact()

    def _named(self) -> list[tuple[str, dict[int, Query]]]:
        return [(f"ledger{n}", queries) for n, queries in enumerate(self._survey.groups.values())]

    def _compact(self) -> None:
        """Add up what the shards said; a question with too many keys is not asked any more."""
        for (name, _), kinds in zip(self._named(), self._survey.groups, strict=True):
            hows = [kind.split()[0] for kind in kinds[1:]]
            sums = ", ".join(f"{how if how in ('min', 'max') else 'sum'}(m{k}) AS m{k}" for k, how in enumerate(hows))
            execute = self._worker.execute
            execute(
                f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT question, key, {sums} FROM {name} GROUP BY question, key"
            )
            execute(f"DROP TABLE {name}")
            execute(f"ALTER TABLE fresh RENAME TO {name}")
            for i, size in execute(f"SELECT question, count(*) FROM {name} GROUP BY question"):
                asked = self._survey.asked[i]
                if isinstance(asked, Groups) and size > asked.most:
                    self._full.add(i)
                    execute(f"DELETE FROM {name} WHERE question = {int(i)}")

    def answers(self) -> list[Answer]:
        """What all rows added so far say, in the order of the questions."""
        found: list[Answer] = [
            tuple(self._totals.get(i, [None] * len(asked.measures))) if isinstance(asked, Totals) else dict[Any, Any]()
            for i, asked in enumerate(self._survey.asked)
        ]
        if self._added:
            self._compact()
            for name, _ in self._named():
                for row in self._worker.execute(f"SELECT question, key, * EXCLUDE (question, key) FROM {name}"):
                    found[row[0]][row[1]] = tuple(row[2:])
                self._worker.execute(f"DROP TABLE {name}")
            self._worker.execute("DROP TABLE IF EXISTS chunk")
        for i in self._full:
            asked = self._survey.asked[i]
            assert isinstance(asked, Groups)
            found[i] = TooMany(asked.most)
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
