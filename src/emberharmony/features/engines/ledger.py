"""The questions of one pass as SQL, and the running answers of one engine: sums that grow, extremes that are kept."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emberharmony.features.engines.bins import Bins
from emberharmony.features.engines.sql import Query, duckdb_sql
from emberharmony.features.statistics import Answer, Groups, Histogram, Measure, Question, TooMany, Totals

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from emberharmony.features.engines.duckdb import DuckDBWorker

COMPACT_AFTER = 16  # partial results of this many shards are added up at once
TOGETHER = 64  # groupings in one statement
BATCH = 500_000  # values that go to histograms at once: they stay in the processor's cache


class Survey:
    """All questions of one pass over one relation, compiled once for every worker.

    Totals are measured straight from the source, in one query; the values of all histograms are streamed to the core by
    another. Groupings read the source's own rows straight, too, a column or two each; where rows are picked or computed
    by windows or joins, that is done once and held in memory as a chunk. Groupings whose keys and measures have the
    same types are one statement.
    """

    def __init__(self, rows: ir.Table, questions: Sequence[Question], where: Any | None) -> None:
        import ibis

        operands: dict[Any, str] = {}
        for question in questions:
            for operand in question.operands:
                operands.setdefault(operand.op(), f"c{len(operands)}")

        def table(used: Sequence[Question]) -> ir.Table:
            ops = set[Any](operand.op() for question in used for operand in question.operands)
            named = {name: op.to_expr() for op, name in operands.items() if op in ops}
            if where is None:
                return rows.select(**named)
            # operands first: a window among them looks at the rows of the other sides, too
            picked = rows.select(**named, __ember_train=where)
            return picked.filter(picked["__ember_train"]).select(*named)

        def asked_of(question: Question, rows: ir.Table) -> Any:
            return question.ask(*(rows[operands[operand.op()]] for operand in question.operands))

        def of_kind(kind: type) -> list[Question]:
            return [q for q, asked in zip(questions, self.asked, strict=True) if isinstance(asked, kind)]

        everything = table(questions)
        self.asked: list[Totals | Groups | Histogram] = [asked_of(question, everything) for question in questions]
        grouped, counted, others = of_kind(Groups), of_kind(Histogram), of_kind(Totals)
        single = table(others) if others else everything
        self.values = duckdb_sql(table(counted), "h") if counted else None
        self.histograms = {i: asked for i, asked in enumerate(self.asked) if isinstance(asked, Histogram)}
        source = table(grouped) if grouped else everything
        straight = where is None and isinstance(rows.op(), ibis.expr.operations.UnboundTable)
        self.chunk = duckdb_sql(source, "s") if grouped and not straight else None
        held: Any = ibis.table(source.schema(), name="chunk")
        totals: dict[str, Any] = {}
        self.groups: dict[tuple[str, ...], dict[int, Query]] = {}  # signature -> question -> SELECT
        for i, (question, asked) in enumerate(zip(questions, self.asked, strict=True)):
            if isinstance(asked, Histogram):
                continue
            if isinstance(asked, Totals):
                measures = asked_of(question, single).measures
                totals |= {f"m{i}_{k}": _measured(measure, single) for k, measure in enumerate(measures)}
                continue
            # a grouping that reads the source names its own operands alone: text grows with their number
            chunk: Any = table([question]) if straight else held
            group = asked_of(question, chunk)
            key = group.key.cast("int64") if group.key.type().is_integer() else group.key
            columns = {f"m{k}": _measured(measure, chunk) for k, measure in enumerate(group.measures)}
            rows_of = chunk.group_by(key=key).aggregate(**columns)
            rows_of = rows_of.filter(rows_of.key.notnull()).mutate(question=ibis.literal(i, type="int32"))
            kinds = (str(key.type()), *(f"{m.how} {rows_of[f'm{k}'].type()}" for k, m in enumerate(group.measures)))
            self.groups.setdefault(kinds, {})[i] = duckdb_sql(rows_of, f"g{i}_")
        self.totals = duckdb_sql(single.aggregate(**totals), "a") if totals else None


class Ledger:
    """One worker's answers to a survey so far."""

    def __init__(self, worker: DuckDBWorker, survey: Survey) -> None:
        self._worker, self._survey = worker, survey
        self._totals: dict[int, list[Any]] = {}
        self._bins = {i: Bins(histogram.grid) for i, histogram in survey.histograms.items()}
        self._added = 0
        self._full: set[int] = set()

    def add(self) -> None:
        """Read the rows that the worker sees now, and add what they say."""
        worker, survey = self._worker, self._survey
        if survey.chunk is not None:
            worker.chunk(survey.chunk)
        if survey.totals is not None:
            values = iter(worker.execute(survey.totals.sql, survey.totals.values)[0])
            for i, asked in enumerate(survey.asked):
                if isinstance(asked, Totals):
                    fresh = [next(values) for _ in asked.measures]
                    self._totals[i] = joined(asked.measures, self._totals.get(i), fresh)
        if survey.values is not None:
            for batch in worker.stream(survey.values, max(BATCH // len(self._bins), 1)):
                for i, bins in self._bins.items():
                    bins.add(batch.column(survey.histograms[i].of.get_name()))
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
        for i, bins in self._bins.items():
            found[i] = bins.answer()
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


def merged(asked: Totals | Groups | Histogram, parts: Sequence[Answer]) -> Answer:
    """The answers of several workers to one question, as one."""
    if isinstance(asked, Histogram):
        asked = asked.groups
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
