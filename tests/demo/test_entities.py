"""Entities are read as they were written, whatever the order and kind of their times; pieces cover all rows once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from emberharmony import features as ef
from emberharmony import use_backend
from emberharmony.demo.entities import TEST, VAL, Columns, entities, one_by_one
from emberharmony.demo.moments import is_moment, seconds_of, tick_of
from emberharmony.demo.stages import scoring
from emberharmony.demo.stages.scoring import pieces, scores_in, write_scores

COLUMNS = Columns("t", "who", None, ("x", "y"), ("c",), False)


def rows(seed: int, counts=(300, 200)) -> pa.Table:
    """Two entities, in order; every row has a number of its own."""
    rng = np.random.default_rng(seed)
    total = sum(counts)
    t = np.concatenate([np.cumsum(rng.integers(1, 5, count)) for count in counts])
    side = np.concatenate(
        [np.repeat(["train", "val", "test"], [c // 2, c // 10, c - c // 2 - c // 10]) for c in counts]
    )
    return pa.table(
        {
            "t": t,
            "who": np.repeat(["a", "b"], counts),
            "x": pa.array(np.arange(total, dtype="float32"), mask=rng.random(total) < 0.2),
            "y": rng.normal(size=total).astype("float32"),
            "c": rng.integers(0, 2, total),
            "split": side,
        }
    )


def source(table: pa.Table, folder: Path, by: str | None = "who"):
    return ef.by_entity(ef.from_arrow(table), by, "t", folder, workers=1)


def test_entities_come_whole_and_in_order_of_time(tmp_path):
    table = rows(0)
    shuffled = table.take(np.random.default_rng(1).permutation(len(table)))
    found = {one.name: one for one in entities(source(shuffled, tmp_path), COLUMNS)}
    assert found.keys() == {"a", "b"}
    for name, one in found.items():
        own = table.filter(pa.compute.equal(table["who"], name))
        assert np.array_equal(one.times, own["t"].to_numpy())
        assert np.array_equal(one.values[:, 0], own["x"].to_numpy(), equal_nan=True)
        assert np.array_equal(one.context[:, 0], own["c"].to_numpy())
        assert one.values.dtype == np.float32
        assert one.begin(VAL) == len(own) // 2
        assert one.spans[1:].tolist() == np.diff(one.times).tolist()


def test_rows_without_a_time_or_a_side_are_left_out(tmp_path):
    table = rows(0).set_column(5, "split", pa.array([None if i % 50 == 7 else "train" for i in range(500)]))
    total = sum(len(one) for one in entities(source(table, tmp_path), COLUMNS))
    assert total == 490


def test_a_missing_key_is_an_entity_of_its_own_and_no_column_makes_one(tmp_path):
    table = rows(0).set_column(1, "who", pa.array([None if i < 10 else "a" for i in range(500)]))
    assert {one.name: len(one) for one in entities(source(table, tmp_path / "n"), COLUMNS)} == {
        "(missing)": 10,
        "a": 490,
    }
    columns = Columns("t", None, None, ("x", "y"), (), False)
    (one,) = entities(source(rows(0), tmp_path / "one", None), columns)
    assert (one.name, len(one), one.context.shape) == ("", 500, (500, 0))
    assert (np.diff(one.times) >= 0).all()


@given(cut=integers(1, 60))
def test_batches_of_any_size_give_the_same_entities(cut):
    table = rows(3)
    found = [(key, part.num_rows) for key, part in one_by_one(table.to_batches(max_chunksize=cut), "who")]
    assert found == [("a", 300), ("b", 200)]


@pytest.mark.parametrize("length", [17, 64, 1000])
def test_pieces_cover_every_row_from_the_calibration_part_on_once(length, tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "LENGTH", length)
    monkeypatch.setattr(scoring, "LEAD", 30)
    monkeypatch.setattr(scoring, "SECONDS", 10.0)
    read = source(rows(0), tmp_path)
    found = {"a": [], "b": []}
    for piece in pieces(read, COLUMNS, 1.0):
        one = piece.entity
        assert len(one) - piece.lead <= length
        assert piece.lead >= 30  # the train part is longer
        assert one.times[piece.lead] - one.times[0] >= 30 * one.usual
        found[one.name] += one.times[piece.lead :].tolist()
    for one in entities(read, COLUMNS):
        assert found[one.name] == one.times[one.begin(VAL) :].tolist()
    parts = [piece for piece in pieces(read, COLUMNS, 0.5) if piece.entity.name == "a"]
    assert sum(len(piece.entity) - piece.lead for piece in parts) == 15 + 120  # half of 30, and what is judged


def test_scores_are_written_once_and_read_back_entity_by_entity(tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "LENGTH", 40)
    monkeypatch.setattr(scoring, "TOGETHER", 2)
    read, calls = source(rows(0), tmp_path / "rows"), []

    def scorer(group):
        calls.append(len(group))
        if len(calls) == 3:
            raise KeyboardInterrupt
        with use_backend("numpy"):
            return [(piece.entity.times, np.stack([piece.entity.times, -piece.entity.times], 1)) for piece in group]

    with pytest.raises(KeyboardInterrupt):
        write_scores(read, COLUMNS, 1.0, scorer, tmp_path / "scores", None, "s")
    assert write_scores(read, COLUMNS, 1.0, scorer, tmp_path / "scores", None, "s") == {"rows": 250}
    assert len(calls) == 5  # four files; the third was begun twice
    for one, entity in zip(scores_in(tmp_path / "scores", COLUMNS), entities(read, COLUMNS), strict=True):
        late = entity.times[entity.begin(VAL) :]
        assert one.name == entity.name
        assert one.times.tolist() == late.tolist()
        assert one.sensors.tolist() == np.stack([late, -late], 1).tolist()
        assert set(one.sides.tolist()) == {VAL, TEST}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_of_any_unit_are_seconds(unit):
    when = [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None]
    found = seconds_of(pa.array(when, pa.timestamp(unit, "UTC")))
    assert found[0] == when[0].timestamp()
    assert np.isnan(found[1])
    assert tick_of(pa.timestamp(unit)) == {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]


def test_dates_and_numbers_are_seconds_too():
    day = date(2026, 1, 2)
    expected = (datetime(2026, 1, 2) - datetime(1970, 1, 1)) / timedelta(seconds=1)
    assert seconds_of(pa.array([day], pa.date32())).tolist() == [expected]
    assert seconds_of(pa.array([day], pa.date64())).tolist() == [expected]
    assert seconds_of(pa.array([1.5, 2.5])).tolist() == [1.5, 2.5]
    assert not is_moment(pa.float64())
