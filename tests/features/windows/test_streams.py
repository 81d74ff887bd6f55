"""No cut of a stream can be seen in its windows."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.windows.cases import by_definition, in_pieces, rows, seeds, shapes

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.features.errors import BadRowError, CheckpointMismatchError, SchemaError
from emberharmony.features.windows import TerabyteTemporalStrideProcessor

cuts = st.lists(st.integers(0, 60), max_size=6)
kinds = st.sampled_from(["float32", "float64"])


def processor(shape, **more):
    window, hop, dilation = shape
    return TerabyteTemporalStrideProcessor(window, (hop,), dilation, pca=None, **more)


def resumed(old, make):
    return make().load_state_dict(old.state_dict())


@given(seed=seeds, n=st.integers(0, 60), f=st.integers(1, 3), shape=shapes, cuts=cuts, kind=kinds)
def test_arrays_in_any_pieces_have_the_windows_of_the_whole(backend, seed, n, f, shape, cuts, kind):
    x = rows(seed, n, f, kind)
    expected = by_definition(x, *shape)
    native = ops.asarray(x, dtype=kind)
    whole = processor(shape).transform(native)[shape[1]]
    assert type(whole) is type(native)
    assert ops.to_numpy(whole).tobytes() == expected.tobytes()
    stream = processor(shape)
    parts = []
    for piece in in_pieces(n, cuts):
        parts.append(ops.to_numpy(stream.process_batch(native[piece])[shape[1]]))
        stream = resumed(stream, lambda: processor(shape))
    assert np.concatenate(parts).tobytes() == expected.tobytes()


def stream_of(seed, n, entities, kind):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)).astype(kind)
    keys = [f"e{i}" for i in rng.integers(0, entities, n)]
    times = np.cumsum(rng.integers(0, 9, n))
    return pa.table({"who": pa.array(keys, pa.string()), "when": times, "a": x[:, 0].copy(), "b": x[:, 1].copy()}), x


def expected_of(table, x, shape, gap):
    """(row of the end, windows) by a plain loop over entities and their segments."""
    keys, times = table["who"].to_pylist(), table["when"].to_pylist()
    found = []
    for key in set(keys):
        segments, last = [], None
        for row in [i for i, k in enumerate(keys) if k == key]:
            if last is None or (gap is not None and times[row] - last > gap):
                segments.append([])
            segments[-1].append(row)
            last = times[row]
        for segment in segments:
            ends = by_definition(np.array(segment), *shape)[:, -1]
            found += zip(ends.tolist(), by_definition(x[segment], *shape), strict=True)
    found.sort(key=lambda pair: pair[0])
    return [end for end, _ in found], b"".join(window.tobytes() for _, window in found)


@given(
    seed=seeds,
    n=st.integers(0, 60),
    entities=st.integers(1, 5),
    shape=shapes,
    cuts=cuts,
    kind=kinds,
    gap=st.sampled_from([None, 3, 20]),
)
def test_interleaved_entities_are_cut_as_if_each_came_alone(seed, n, entities, shape, cuts, kind, gap):
    def make():
        return processor(shape, key="who", time="when", max_gap=gap)

    table, x = stream_of(seed, n, entities, kind)
    ends, windows = expected_of(table, x, shape, gap)
    stream = make()
    tables = []
    for piece in in_pieces(n, cuts):
        tables.append(stream.process_table(table.slice(piece.start, piece.stop - piece.start))[shape[1]])
        stream = resumed(stream, make)
    made = pa.concat_tables(tables)
    assert made["row"].to_pylist() == ends
    assert made["who"].to_pylist() == [table["who"][end].as_py() for end in ends]
    assert made["when"].to_pylist() == [table["when"][end].as_py() for end in ends]
    numbers = [made[name].to_numpy() for name in made.schema.names if name.startswith("z")]
    assert np.stack(numbers, axis=1).tobytes() == windows
    whole = make().transform(table)[shape[1]]
    assert ops.to_numpy(whole).tobytes() == windows


def test_a_gap_is_carried_over_where_that_is_wanted():
    table = pa.table({"t": [0, 1, 100, 101], "x": [0.0, 1.0, 2.0, 3.0]})
    made = {
        gap: processor((2, 1, 1), time="t", max_gap=5, gap=gap, backend="numpy").transform(table)[1].shape[0]
        for gap in ("break", "carry")
    }
    assert made == {"break": 2, "carry": 3}


def test_timestamps_are_compared_in_their_own_unit():
    start = datetime(2024, 1, 1)
    stamps = [start + timedelta(seconds=s) for s in (0, 1, 3.000001, 4)]
    for unit in ("us", "ns"):
        table = pa.table({"t": pa.array(stamps, pa.timestamp(unit)), "x": [0.0, 1.0, 2.0, 3.0]})
        cut = processor((2, 1, 1), time="t", max_gap=timedelta(seconds=2), backend="numpy").transform(table)[1]
        assert cut[:, :, 0].tolist() == [[0, 1], [2, 3]]


def test_after_a_flush_series_start_anew():
    stream = processor((3, 1, 1))
    x = np.arange(4.0)
    assert stream.process_batch(x)[1].shape[0] == 2
    stream.flush()
    assert stream.process_batch(x)[1].tolist() == by_definition(x[:, None], 3, 1, 1).tolist()


def test_a_large_dataset_is_its_batches_and_ends(backend):
    x = ops.asarray(rows(3, 50, 2, "float32"))
    stream = processor((4, 3, 1))
    for _ in range(2):
        made = stream.process_large_dataset(x[i : i + 7] for i in range(0, 50, 7))
        assert ops.to_numpy(made[3]).tobytes() == by_definition(ops.to_numpy(x), 4, 3, 1).tobytes()


def test_nulls_become_nan_and_integers_become_floats():
    table = pa.table({"a": [1, None, 3], "b": pa.array([True, False, None])})
    made = processor((1, 1, 1), backend="numpy").transform(table)[1][:, 0]
    assert np.array_equal(made, [[1, 1], [np.nan, 0], [3, np.nan]], equal_nan=True)


def test_keys_may_be_a_dictionary_that_differs_from_batch_to_batch():
    stream = processor((2, 1, 1), key="who", backend="numpy")
    made = []
    for names, x in ((["a", "b"], [1.0, 2.0]), (["b", "c", "a"], [3.0, 4.0, 5.0])):
        table = pa.table({"who": pa.array(names).dictionary_encode(), "x": x})
        made.append(stream.process_batch(table)[1])
    assert [part[:, :, 0].tolist() for part in made] == [[], [[2, 3], [1, 5]]]


TABLE = pa.table({"who": ["a", "b", "a"], "when": [1.0, 2.0, 0.5], "x": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize("more", [{}, {"max_gap": 1.0}, {"max_gap": 1.0, "gap": "carry"}])
def test_times_that_fall_are_refused_with_row_and_entity(more):
    with pytest.raises(BadRowError, match=r"row 2 of 'a': 0\.5 is earlier"):
        processor((1, 1, 1), key="who", time="when", **more).process_batch(TABLE)
    with pytest.raises(BadRowError, match=r"row 2: 0\.5 is earlier"):
        processor((1, 1, 1), time="when", columns=["x"], **more).process_batch(TABLE)


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.timestamp("us")])
def test_a_second_table_goes_on_in_time_or_begins_after_a_flush(kind):
    def day(first):
        return pa.table({"t": pa.array([first, first + 1]).cast(kind), "x": [0.0, 1.0]})

    stream = processor((2, 1, 1), time="t", backend="numpy")
    assert stream.process_table(day(1))[1].num_rows == 1
    stream = resumed(stream, lambda: processor((2, 1, 1), time="t", backend="numpy"))
    assert stream.process_table(day(2))[1]["row"].to_pylist() == [2, 3]
    with pytest.raises(BadRowError, match=r"row 0: .* is earlier[\s\S]*flush\(\)"):
        stream.process_table(day(1))
    stream.flush()
    assert stream.process_table(day(1))[1]["row"].to_pylist() == [1]


@pytest.mark.parametrize(
    ("more", "data", "error", "message"),
    [
        ({"key": "id"}, TABLE, SchemaError, "no column 'id'"),
        ({}, TABLE, SchemaError, "'who' is of type string"),
        ({"key": "who"}, np.zeros((3, 1)), ArgumentError, "an array of numpy has no names"),
        ({}, np.zeros((3, 1, 1)), ShapeError, r"\(3, 1, 1\)"),
        ({"key": "who"}, pa.table({"who": ["a", None], "x": [1.0, 2.0]}), BadRowError, "row 1 has no 'who'"),
        ({"time": "t", "max_gap": 1}, pa.table({"t": [None, 1], "x": [1.0, 2.0]}), BadRowError, "row 0 has no 't'"),
        ({"time": "who", "max_gap": 1, "columns": ["x"]}, TABLE, SchemaError, "timestamps, dates or numbers"),
    ],
)
def test_what_cannot_be_read_is_named(more, data, error, message):
    with pytest.raises(error, match=message):
        processor((1, 1, 1), **more).transform(data)


def test_a_batch_of_another_width_is_refused():
    stream = processor((2, 1, 1))
    stream.process_batch(np.zeros((3, 2)))
    with pytest.raises(ShapeError, match="had 2 features, and now came rows of 3"):
        stream.process_batch(np.zeros((3, 3)))


def test_the_state_of_another_shape_is_refused():
    stream = processor((4, 1, 1))
    stream.process_batch(np.zeros((3, 2)))
    with pytest.raises(CheckpointMismatchError, match="window_size"):
        processor((5, 1, 1)).load_state_dict(stream.state_dict())
    state = stream.state_dict()
    state["kept"][1]["rows"] = pa.array(np.zeros(5))
    with pytest.raises(CheckpointMismatchError, match="5 numbers"):
        processor((4, 1, 1)).load_state_dict(state)
