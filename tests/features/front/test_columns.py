"""Features by column: what the first versions got wrong, and what every strategy means."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.features.tables import telemetry

from emberharmony import features as ef
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError
from emberharmony.features.front import (
    ColumnFeatureExtractor,
    ColumnPCAFeatureExtractor,
    TemporalColumnFeatureExtractor,
)
from emberharmony.features.front.choices import Strategies


def test_fitted_columns_are_those_of_a_pipeline_by_hand():
    rng = np.random.default_rng(0)
    price = pa.array(rng.normal(50, 9, 300), mask=rng.random(300) < 0.1)
    table = pa.table({"price": price, "kind": rng.choice(["a", "b", "c"], 300)})
    steps = [ef.Finite(["price"]), ef.Impute(["price"]), ef.RobustScale(["price"]), ef.OneHot(["kind"], most=2)]
    source = ef.from_arrow(table)
    expected = ef.Pipeline(steps).fit(source)
    found = ColumnFeatureExtractor("robust", max_categories=2).fit_transform(table)
    assert found.equals(pa.Table.from_batches(expected.stream(source)))


def test_components_are_what_the_calendar_says():
    moments = [datetime(1899, 12, 31, 23, 59, 59), datetime(1970, 1, 1), datetime(2000, 2, 29, 12, 30)]
    moments += [datetime(1900, 3, 1), datetime(2023, 12, 31, 1, 1)] + [
        datetime(2024, 2, 1) + timedelta(days=i) for i in range(40)
    ]
    table = pa.table({"t": pa.array(moments, pa.timestamp("us"))})
    extractor = ColumnFeatureExtractor(datetime_strategy="components")
    found = extractor.fit_transform(table, time_column="t").to_pylist()
    for moment, row in zip(moments, found, strict=True):
        parts = {"year": moment.year, "month": moment.month, "day": moment.day, "weekday": moment.weekday()}
        parts |= {"hour": moment.hour, "minute": moment.minute}
        assert row == {f"t:{part}": value for part, value in parts.items()}
    days = pa.table({"t": pa.array([m.date() for m in moments])})
    assert [
        row["t:day"] for row in ColumnFeatureExtractor(datetime_strategy="components").fit_transform(days).to_pylist()
    ] == [m.day for m in moments]
    taken = table.append_column("t:year", pa.array(range(len(moments))))
    with pytest.raises(SchemaError, match="'t:year'"):
        extractor.fit(taken)


def test_the_last_hour_is_as_near_to_the_first_as_any_two_neighbours():
    table = pa.table({"t": pa.array([datetime(2024, 1, 1, h) for h in range(24)], pa.timestamp("us"))})
    found = ColumnFeatureExtractor().fit_transform(table, time_column="t")
    points = list(zip(found["t:hour_sin"].to_pylist(), found["t:hour_cos"].to_pylist(), strict=True))
    chords = [math.dist(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True)]
    # an angle below 8 is off by 2**-51 at most, its sine by 2**-53 more; a chord has four of them, two are compared
    assert max(chords) - min(chords) < 2 * 4 * (2**-51 + 2**-53)


def test_target_encoding_needs_a_target_and_tells_a_row_nothing_of_itself():
    rng = np.random.default_rng(3)
    rows = 4000
    table = pa.table({"c": pa.array(rng.permutation(rows) // 2), "y": rng.normal(size=rows)})
    extractor = ColumnFeatureExtractor(categorical_strategy="target", types={"c": "categorical"})
    with pytest.raises(ArgumentError, match="without a target"):
        extractor.fit(table)
    own = extractor.fit_transform(table, target_column="y")["c"].to_numpy()
    # with 4000 rows an independent column has |r| < 4/sqrt(4000) = 0.063; the leak of the first version had 0.71
    assert abs(np.corrcoef(own, table["y"].to_numpy())[0, 1]) < 0.063
    later = extractor.transform(table.drop_columns(["y"]))
    means = {row["c"]: row for row in table.group_by("c").aggregate([("y", "sum"), ("y", "count")]).to_pylist()}
    prior = float(np.mean(table["y"].to_numpy()))
    expected = [(means[c]["y_sum"] + 20 * prior) / (means[c]["y_count"] + 20) for c in table["c"].to_pylist()]
    # the target is summed on a grid of 2**-31 of its range, some 8 wide
    np.testing.assert_allclose(later["c"].to_numpy(), expected, atol=8 * 2**-31 * 4)


def test_an_unknown_category_is_not_the_first_one():
    extractor = ColumnFeatureExtractor(categorical_strategy="ordinal").fit({"c": ["a", "b"] * 3})
    assert extractor.transform({"c": ["a", "new", None]})["c"].to_pylist() == [0, -1, -1]


def test_booleans_are_no_numbers_to_scale():
    rows = {"b": [True, False, None, True], "x": [1.0, 2.0, 3.0, 4.0]}
    found = ColumnFeatureExtractor().fit_transform(rows)
    assert found["b"].to_pylist() == [1.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("name", ["numeric", "categorical", "datetime", "text"])
def test_a_strategy_that_does_not_exist_is_refused(name):
    with pytest.raises(ArgumentError, match=f"{name}_strategy='magic'"):
        ColumnFeatureExtractor(**{f"{name}_strategy": "magic"})
    with pytest.raises(ArgumentError, match="magic"):
        Strategies(**{name: "magic"})


def test_components_by_type_keep_groups_of_one_and_mix_no_names():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    table = pa.table({"a": x, "a_b": 2 * x + 1, "kind": rng.choice(["u", "v"], 200), "flag": rng.random(200) < 0.5})
    extractor = ColumnPCAFeatureExtractor(pca_per_type=True, pca_components=1)
    found = extractor.fit_transform(table)
    assert found.column_names == ["flag", "numeric_pc0", "categorical_pc0"]
    # two columns that are one line: all of the variance lies on it, up to the grid's 2**-31
    assert extractor.explained["numeric_pc0"] == pytest.approx(1.0, abs=1e-8)
    assert set(extractor.spec.frame["numeric_pc0"].sources) == {"a", "a_b"}


def test_windows_end_at_their_row_and_know_nothing_of_the_future():
    table = telemetry(200, entities=3, missing=0.0).select(["id", "t", "y"])
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(200)))
    extractor = TemporalColumnFeatureExtractor(numeric_strategy=None, window_size=4)
    found = extractor.fit_transform(shuffled, time_column="t", key_column="id")
    assert found.num_rows == 200
    assert found.column_names == ["id", "t", "y", *(f"y:{s}4" for s in ("mean", "std", "min", "max", "slope"))]
    for entity in range(3):
        rows = table.filter(pc.equal(table["id"], entity)).sort_by("t")
        mine = found.filter(pc.equal(found["id"], entity))
        assert mine["t"].to_pylist() == rows["t"].to_pylist()
        y = rows["y"].to_numpy().astype("f8")
        for i, row in enumerate(mine.to_pylist()):
            window = y[max(0, i - 3) : i + 1]
            assert row["y:mean4"] == pytest.approx(window.mean(), abs=1e-12)
            assert (row["y:min4"], row["y:max4"]) == (window.min(), window.max())
            if len(window) == 4:
                assert row["y:slope4"] == pytest.approx(np.polyfit(range(4), window, 1)[0], abs=1e-12)
    early = shuffled.filter(
        pc.less(
            shuffled["t"], pc.quantile(shuffled["t"].cast(pa.int64()), 0.5)[0].cast(pa.int64()).cast(pa.timestamp("us"))
        )
    )
    assert extractor.transform(early).to_pylist() == [
        row for row in found.to_pylist() if row["t"] <= pc.max(early["t"]).as_py()
    ]


def test_a_stride_keeps_every_nth_whole_window_of_an_entity():
    table = pa.table({"k": [1] * 7 + [2] * 3 + [3] * 4, "t": [*range(7), *range(3), *range(4)], "x": np.arange(14.0)})
    ways = {"numeric_strategy": None, "window_size": 3, "statistics": ["mean"]}
    found = TemporalColumnFeatureExtractor(**ways, stride=2).fit_transform(table, time_column="t", key_column="k")
    assert [(row["k"], row["t"]) for row in sorted(found.to_pylist(), key=lambda r: (r["k"], r["t"]))] == [
        (1, 2), (1, 4), (1, 6), (2, 2), (3, 2),
    ]  # fmt: skip
    with pytest.raises(ArgumentError, match="time_column"):
        TemporalColumnFeatureExtractor().fit(table)


def test_a_time_is_the_same_in_every_unit():
    times = pa.array([datetime(1969, 12, 31, 23), datetime(2024, 5, 1, 8), None], pa.timestamp("us"))
    table = pa.table({unit: times.cast(pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")})
    found = ColumnFeatureExtractor(datetime_strategy="components").fit_transform(table)
    for part, expected in (("year", [1969, 2024, None]), ("weekday", [2, 2, None]), ("hour", [23, 8, None])):
        assert [found[f"{unit}:{part}"].to_pylist() for unit in table.column_names] == [expected] * 4
