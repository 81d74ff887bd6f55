"""Claim: of a table of ten columns, 19 features stream at 8 million rows a CPU-second or more, are written to Parquet
at 3 million and fitted at 6 million, in at most 1.05 times the time of the same SQL by hand; one row takes 5 ms at p99.

The table: a whole number, a time, two float64, two float32 of which one has 5 % nulls, an int32, two strings, a
boolean. The features: four z-scores with fill, six of one-hot, sine and cosine of hour, weekday and month, the split,
id and time. The fit: moments and three quantiles of five columns, all counts of two. CPU time of all threads,
everything in one process with one thread each. `nothing` is an empty call: a goal in seconds is the time without it.
"""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from benchmarks import harness
from benchmarks.harness import Goal, Time
from emberharmony import features as ef
from emberharmony.features import statistics as exact
from emberharmony.features.engines.duckdb import ROW_GROUP

if TYPE_CHECKING:
    from emberharmony.features.transforms.frame import Frame

NUMBERS = ("a", "b", "c", "d", "e")
SCALED = NUMBERS[:4]
KINDS = 5  # columns of their own; the sixth is for the others
QUANTILES = (0.25, 0.5, 0.75)
TABLE = """
SELECT (hash(i) % 20000)::INT AS id, TIMESTAMP '2024-01-01' + INTERVAL (i * 3) SECOND AS t,
    (random() + random() + random() - 1.5) * 10 + 1e3 AS a, random() * 100 AS b, (random() * 5)::FLOAT AS c,
    CASE WHEN random() < 0.05 THEN NULL ELSE (random() * 3 - 1)::FLOAT END AS d, (random() * 1000)::INT AS e,
    'k' || (random() * random() * 6)::INT AS kind, 'city_' || (random() * random() * 500)::INT AS city,
    random() < 0.3 AS flag
FROM range($rows) r(i)
"""


def make_table(path: Path, rows: int) -> Path:
    """The table, as one Parquet file."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SELECT setseed(0.3)")
        connection.execute(
            f"COPY ({TABLE}) TO $path (FORMAT parquet, COMPRESSION zstd)", {"rows": rows, "path": str(path)}
        )
    return path


def pipeline() -> ef.Pipeline:
    """The 19 features, in the order: id, time, z-scores, one-hot, sines and cosines, split."""
    return ef.Pipeline(
        [
            ef.Drop(["e", "city", "flag"]),
            ef.StandardScale(SCALED),
            ef.Impute(SCALED, strategy="constant", value=0.0),
            ef.OneHot(["kind"], most=KINDS),
            ef.Calendar(["t"]),
        ]
    )


@dataclass(frozen=True)
class Profile:
    """A step that learns all and changes nothing: moments, quantiles and counts."""

    columns: tuple[str, ...] = NUMBERS
    categories: tuple[str, ...] = ("kind", "city")

    def reads(self) -> tuple[str, ...]:
        return (*self.columns, *self.categories)

    def fit(self, frame: Frame) -> Any:
        asked: dict[str, Any] = {
            name: exact.distribution(
                frame[name].number, quantiles=QUANTILES, whole=frame[name].value.type().is_integer()
            )
            for name in self.columns
        }
        found = yield from exact.together(asked | {name: exact.counts(frame[name].value) for name in self.categories})
        learnt: dict[str, dict[str, Any]] = {
            name: {"mean": found[name].mean, "std": math.sqrt(found[name].variance())}
            | {f"q{q}": found[name].quantile(q) for q in QUANTILES}
            for name in self.columns
        }
        return learnt | {
            name: {"distinct": len(found[name]), "top": list(found[name])[:10]} for name in self.categories
        }

    def apply(self, frame: Frame, constants: Any) -> Frame:
        return frame


# -- by hand --


class ByHand:
    """DuckDB with one thread, as one would write it."""

    def __init__(self, path: Path, fitted: ef.FittedPipeline) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.file = f"read_parquet('{path}')"
        self.learnt = fitted.constants[1]  # of the scaling
        self.query = fitted.query()
        for name, (value, kind) in self.query.values.items():
            self.connection.execute(f"SET VARIABLE {name} = $1::{kind}", [value])
        self.connection.execute(f"CREATE TEMP VIEW rows AS SELECT * FROM {self.file}")

    def features(self, wave: Callable[[str, str, int], str]) -> str:
        """The SELECT of the 19 features; `wave(function, phase, period)` is a sine or cosine."""
        scaled = [
            f"coalesce(({n} - {c['shift']!r}::DOUBLE) / {c['scale']!r}::DOUBLE, 0) AS {n}"
            for n in SCALED
            for c in [self.learnt[n]]
        ]
        kinds = [f"coalesce(kind = 'k{i}', false)::TINYINT AS kind{i}" for i in range(KINDS)]
        known = ", ".join(f"'k{i}'" for i in range(KINDS))
        phases = (("hour(t)", 24), ("isodow(t) - 1", 7), ("month(t) - 1", 12))
        waves = [f"{wave(f, phase, n)} AS {f}{n}" for phase, n in phases for f in ("sin", "cos")]
        other = f"coalesce(kind NOT IN ({known}), true)::TINYINT AS other"
        bucket = "hash(id) % 10"
        split = f"CASE WHEN {bucket} < 8 THEN 'train' WHEN {bucket} < 9 THEN 'val' ELSE 'test' END AS split"
        return f"SELECT {', '.join(['id', 't', *scaled, *kinds, other, *waves, split])} FROM {self.file}"

    @property
    def lookup(self) -> str:
        """Sines from lists of constants."""

        def wave(function: str, phase: str, period: int) -> str:
            table = [getattr(math, function)(math.tau * (i / period)) for i in range(period)]
            return f"list_extract({table!r}::DOUBLE[], {phase} + 1)"

        return self.features(wave)

    @property
    def trigonometry(self) -> str:
        """Sines computed."""
        return self.features(lambda function, phase, period: f"{function}(2 * pi() * ({phase}) / {period})")

    def stream(self, sql: str) -> int:
        return drain(self.connection.sql(sql).to_arrow_reader(ROW_GROUP))

    def write(self, sql: str, path: Path) -> None:
        ways = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, PARQUET_VERSION v2"
        self.connection.execute(f"COPY ({sql}) TO '{path}' ({ways})")

    def run(self, *statements: str) -> list[Any]:
        return [self.connection.execute(sql.replace("FILE", self.file)).fetchall() for sql in statements]


APPROXIMATE = (
    "SELECT "
    + ", ".join(
        f"count({n}), avg({n}), stddev_pop({n}), min({n}), max({n}), approx_quantile({n}, {list(QUANTILES)})"
        for n in NUMBERS
    )
    + ", approx_count_distinct(kind), approx_count_distinct(city) FROM FILE",
    "SELECT kind, count(*) FROM FILE GROUP BY kind ORDER BY count(*) DESC LIMIT 10",
    "SELECT city, count(*) FROM FILE GROUP BY city ORDER BY count(*) DESC LIMIT 10",
)
SUMS = (
    "SELECT "
    + ", ".join(f"count({n}), sum({n}), sum({n}::DOUBLE * {n}), min({n}), max({n})" for n in NUMBERS)
    + " FROM FILE"
)


def polars_calls(path: Path, folder: Path, fitted: ef.FittedPipeline) -> dict[str, dict[str, Callable[[], object]]]:
    """The same with Polars' streaming engine, where it is installed; its threads are set before it is imported."""
    try:
        import polars as pl
    except ImportError:
        return {"stream": {}, "write": {}}
    learnt = fitted.constants[1]  # of the scaling
    scaled = [((pl.col(n) - learnt[n]["shift"]) / learnt[n]["scale"]).fill_null(0.0) for n in SCALED]
    kinds = [(pl.col("kind") == f"k{i}").fill_null(False).cast(pl.Int8).alias(f"kind{i}") for i in range(KINDS)]
    other = (~pl.col("kind").is_in([f"k{i}" for i in range(KINDS)])).fill_null(True).cast(pl.Int8).alias("other")
    t = pl.col("t").dt
    waves = [
        getattr((phase.cast(pl.Float64) * (math.tau / n)), f)().alias(f"{f}{n}")
        for phase, n in ((t.hour(), 24), (t.weekday() - 1, 7), (t.month() - 1, 12))
        for f in ("sin", "cos")
    ]
    bucket = pl.col("id").hash() % 10
    split = pl.when(bucket < 8).then(pl.lit("train")).when(bucket < 9).then(pl.lit("val")).otherwise(pl.lit("test"))
    lazy = pl.scan_parquet(path).select(["id", "t", *scaled, *kinds, other, *waves, split.alias("split")])
    return {
        "stream": {"polars": lambda: lazy.collect(engine="streaming")},
        "write": {
            "polars": lambda: lazy.sink_parquet(folder / "polars.parquet", compression="zstd", engine="streaming")
        },
    }


# -- contenders --


def drain(batches: Iterable[pa.RecordBatch]) -> int:
    return sum(batch.num_rows for batch in batches)


def nothing() -> None: ...


def check(hand: ByHand, fitted: ef.FittedPipeline, source: ef.Source) -> None:
    """Ours are the features by hand, bit for bit, but for the split, whose hash is another."""
    ours = next(fitted.stream(source, workers=1))
    for sql, bound in ((hand.lookup, 0.0), (hand.trigonometry, 16 * sys.float_info.epsilon)):
        theirs = next(iter(hand.connection.sql(sql).to_arrow_reader(ROW_GROUP)))
        for mine, other in zip(ours.columns[:-1], theirs.columns[:-1], strict=True):
            worst = (
                max(abs(x - y) for x, y in zip(mine.to_pylist(), other.to_pylist(), strict=True))
                if (pa.types.is_floating(mine.type))
                else float(not mine.cast(other.type).equals(other))
            )
            assert worst <= bound, f"{worst} between ours and\n{sql}"


def percentiles(fitted: ef.FittedPipeline, row: Mapping[str, Any], calls: int = 3000) -> dict[str, Time]:
    """How long one row takes, by the clock."""
    for _ in range(50):
        fitted.transform_row(row)
    times: list[float] = []
    for _ in range(calls):
        start = time.perf_counter()
        fitted.transform_row(row)
        times.append(time.perf_counter() - start)
    cuts = statistics.quantiles(times, n=100)
    return {"p50": Time(cuts[49], 1.0), "p99": Time(cuts[98], 1.0), "nothing": Time(0.0, 1.0)}


def imports(statement: str) -> Time:
    """CPU seconds of an import in a process of its own."""
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(7)
    ]
    return Time(min(times), statistics.median(times) / min(times))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    tables: dict[str, tuple[Mapping[str, Time], list[Goal]]] = {}

    def measured(title: str, calls: dict[str, Callable[[], object]], goals: list[Goal]) -> None:
        times = harness.measure(calls, rounds=3, target=0.0, clock=time.process_time)
        tables[f"{title}, {rows:,} rows"] = (times, goals)

    def at_least(millions: float) -> Goal:
        return Goal("ours", minus="nothing", at_most=rows / millions * 1e3)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = make_table(folder / "table.parquet", rows)
        source = ef.read_parquet(path)
        fitted = pipeline().fit(source, ef.HashSplit("id"), workers=1)
        hand, peers = ByHand(path, fitted), polars_calls(path, folder, fitted)
        check(hand, fitted, source)
        streams: dict[str, Callable[[], object]] = {
            "ours": lambda: drain(fitted.stream(source, workers=1)),
            "the same SQL": lambda: hand.stream(hand.query.sql),
            "by hand, lookup": lambda: hand.stream(hand.lookup),
            "by hand, trigonometry": lambda: hand.stream(hand.trigonometry),
            **peers["stream"],
            "limit: all columns to Arrow": lambda: hand.stream(f"SELECT * FROM {hand.file}"),
            "limit: the bytes": lambda: path.read_bytes(),
            "nothing": nothing,
        }
        measured("19 features to Arrow", streams, [at_least(8), Goal("ours", over="the same SQL", at_most=1.05)])
        turn = iter(range(1000))
        writes: dict[str, Callable[[], object]] = {
            "ours": lambda: fitted.write(source, folder / f"out{next(turn)}", workers=1),
            "the same SQL": lambda: hand.write(hand.query.sql, folder / "same.parquet"),
            "by hand, lookup": lambda: hand.write(hand.lookup, folder / "lookup.parquet"),
            "by hand, trigonometry": lambda: hand.write(hand.trigonometry, folder / "sines.parquet"),
            **peers["write"],
            "nothing": nothing,
        }
        measured("19 features to Parquet", writes, [at_least(3), Goal("ours", over="the same SQL", at_most=1.05)])
        fits: dict[str, Callable[[], object]] = {
            "ours": lambda: ef.Pipeline([Profile()]).fit(source, workers=1),
            "DuckDB, approximate": lambda: hand.run(*APPROXIMATE),
            "limit: sums alone": lambda: hand.run(SUMS),
            "nothing": nothing,
        }
        measured("full fit", fits, [at_least(6)])
        row = next(source.batches(rows=1)).data.to_pylist()[0]
        tables["one row"] = (percentiles(fitted, row), [Goal("p99", minus="nothing", at_most=5e6)])
    package = {
        "import emberharmony.features": imports("import emberharmony.features"),
        "with Pipeline, read_parquet": imports("from emberharmony.features import Pipeline, read_parquet"),
        "nothing": Time(0.0, 1.0),
    }
    tables["import"] = (package, [Goal("import emberharmony.features", minus="nothing", at_most=0.25e9)])
    return harness.show(__doc__ or "", tables, __file__)


if __name__ == "__main__":
    raise SystemExit(main())
