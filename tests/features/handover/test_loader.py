"""Loaders: an epoch is every row once, in an order that a key fixes and a position continues."""

import gc
import itertools
import json
import threading

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointMismatchError, SchemaError, SourceError
from emberharmony.features.handover import Loader

ROWS = 53
TABLE = pa.table({"row": np.arange(ROWS, dtype="float32"), "twice": np.arange(ROWS) * 2})


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The table in three files, of row groups of 7 rows."""
    folder = tmp_path_factory.mktemp("parts")
    for i, start in enumerate(range(0, ROWS, 20)):
        pq.write_table(TABLE.slice(start, 20), folder / f"{i}.parquet", row_group_size=7)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def sources(parts):
    """What a loader takes, by name; blocks have 7 rows."""
    sources = pytest.importorskip("emberharmony.features.sources")
    return {
        "table": TABLE,
        "parquet": parts,
        "source": sources.from_arrow(TABLE),
        "function": lambda: iter(TABLE.to_batches(max_chunksize=7)),
    }


def load(sources, kind, batch_size=5, **options):
    return Loader(sources[kind], batch_size, block_rows=7, **options)


def rows(batches) -> list[list[int]]:
    """The row numbers of each batch, with a check that the columns of a row stay together."""
    found = []
    for batch in batches:
        numbers = ops.to_numpy(batch)
        np.testing.assert_array_equal(numbers[:, 1], 2 * numbers[:, 0])
        found.append(numbers[:, 0].astype(int).tolist())
    return found


def joined(lists) -> list[int]:
    return [*itertools.chain.from_iterable(lists)]


kinds = st.sampled_from(["table", "parquet", "source", "function"])
settings = st.fixed_dictionaries(
    {
        "kind": kinds,
        "batch_size": st.integers(1, 60),
        "buffer_blocks": st.integers(1, 9),
        "prefetch": st.integers(0, 3),
        "shuffle_key": st.none() | st.integers(0, 9).map(ops.random.key),
    }
)


@given(options=settings)
def test_an_epoch_is_a_permutation_of_the_rows_in_batches_of_one_size(backend, sources, options):
    found = rows(load(sources, **options))
    assert sorted(joined(found)) == [*range(ROWS)]
    assert {len(batch) for batch in found[:-1]} <= {options["batch_size"]}
    if options["shuffle_key"] is None:
        assert joined(found) == [*range(ROWS)]


@given(options=settings, data=st.data())
def test_a_position_continues_with_exactly_the_batches_of_an_uninterrupted_run(backend, sources, options, data):
    options = {**options, "epochs": 2, "drop_last": data.draw(st.booleans())}
    whole = rows(load(sources, **options))
    loader = load(sources, **options)
    batches, taken = iter(loader), data.draw(st.integers(0, len(whole)))
    for _ in range(taken):
        next(batches)
    token = json.loads(json.dumps(loader.position()))
    batches.close()
    again = load(sources, **{**options, "prefetch": data.draw(st.integers(0, 3))}, start=token)
    assert rows(again) == whole[taken:]
    assert rows(again) == whole[taken:]  # and so does a second pass


@given(options=settings, other=st.integers(1, 60), taken=st.integers(0, 3))
def test_a_position_holds_for_another_size_of_batches(sources, options, other, taken):
    whole = joined(rows(load(sources, **options, backend="numpy")))
    loader = load(sources, **options, backend="numpy")
    for _ in zip(range(taken), loader, strict=False):
        pass
    position = loader.position()
    done = position["epoch"] * ROWS + position["row"]  # after the last batch the next epoch has begun
    rest = load(sources, **{**options, "batch_size": other}, backend="numpy", start=position)
    assert joined(rows(rest)) == whole[done:]


def test_the_order_is_the_same_on_every_backend(backend, sources):
    key = ops.random.key(3)
    found = rows(load(sources, "parquet", shuffle_key=key, buffer_blocks=3, epochs=2))
    assert found == rows(load(sources, "parquet", shuffle_key=key, buffer_blocks=3, epochs=2, backend="numpy"))


def test_epochs_and_keys_differ_and_both_shuffles_are_done(sources):
    both = joined(rows(load(sources, "table", 60, shuffle_key=ops.random.key(0), buffer_blocks=2, epochs=2)))
    first, second = both[:ROWS], both[ROWS:]
    other = joined(rows(load(sources, "table", 60, shuffle_key=ops.random.key(1), buffer_blocks=2)))
    assert first != second
    assert first != other
    blocks = [row // 7 for row in first]
    assert [*dict.fromkeys(blocks)] != sorted({*blocks})  # blocks are permuted
    buffer = blocks[:14] if 7 not in blocks[:14] else blocks[14:28]  # the last block is a short one
    assert len({*buffer}) == 2
    assert sorted(buffer) not in (buffer, buffer[::-1])  # rows are, across the blocks of a buffer
    # of a block's rows in one buffer not all stand in their order
    assert [row for row in first if row // 7 == blocks[0]] != sorted(row for row in first if row // 7 == blocks[0])


@given(world=st.integers(1, 5), kind=kinds, key=st.none() | st.integers(0, 9).map(ops.random.key))
def test_shards_and_parts_hold_every_row_once(sources, world, kind, key):
    shards = [load(sources, kind, shuffle_key=key, shard=(rank, world), backend="numpy") for rank in range(world)]
    found = [joined(rows(shard)) for shard in shards]
    assert sorted(joined(found)) == [*range(ROWS)]
    parts = [[joined(rows(shard.part(i, 2))) for i in range(2)] for shard in shards]
    assert [sorted(joined(part)) for part in parts] == [sorted(rows) for rows in found]


def test_a_part_of_a_loader_that_has_begun_is_refused(sources):
    loader = load(sources, "table")
    next(iter(loader))
    begun = load(sources, "table", start=loader.position())
    assert rows(begun.part(0, 1)) == rows(begun)
    with pytest.raises(ArgumentError, match="part 0 of 2"):
        begun.part(0, 2)


def test_a_position_of_another_order_is_refused(sources, parts):
    key = ops.random.key(0)
    token = load(sources, "parquet", shuffle_key=key).position()
    for other in (
        load(sources, "parquet"),
        load(sources, "parquet", shuffle_key=ops.random.key(1)),
        load(sources, "parquet", shuffle_key=key, buffer_blocks=3),
        load(sources, "table", shuffle_key=key),
        load({"parquet": parts[:2]}, "parquet", shuffle_key=key),
        load(sources, "parquet", shuffle_key=key, shard=(0, 2)),
    ):
        assert other.position()["order"] != token["order"]
    with pytest.raises(CheckpointMismatchError, match="shuffle_key"):
        load(sources, "parquet", start=token)
    with pytest.raises(ArgumentError, match="position"):
        load(sources, "parquet", start={"row": 3})


def test_columns_are_chosen_and_grouped_by_name(backend, sources):
    for kind in sources:
        (batch,) = load(
            sources, kind, 60, columns={"x": ["twice", "row"], "y": ["row"]}, dtype={"x": "float32", "y": "int32"}
        )
        assert registry.backend_of(batch["x"]).name == backend
        assert (ops.dtype_name(batch["x"]), ops.dtype_name(batch["y"])) == ("float32", "int32")
        np.testing.assert_array_equal(ops.to_numpy(batch["x"]), np.stack([np.arange(ROWS) * 2, np.arange(ROWS)], 1))
        np.testing.assert_array_equal(ops.to_numpy(batch["y"]), np.arange(ROWS)[:, None])
        (only,) = load(sources, kind, 60, columns=["twice"], layout="columns")
        assert tuple(only.shape) == (1, ROWS)


def test_a_column_that_is_not_there_is_named(sources):
    for kind in sources:
        with pytest.raises(SchemaError, match="'hight'"):
            next(iter(load(sources, kind, columns=["row", "hight"])))


def test_the_last_batch_is_dropped_when_asked_and_epochs_do_not_mix(sources):
    found = rows(load(sources, "table", 10, epochs=3, drop_last=True))
    assert found == [[*range(i, i + 10)] for i in range(0, 50, 10)] * 3
    assert [len(batch) for batch in rows(load(sources, "table", 50, epochs=2))] == [50, 3, 50, 3]


def test_without_an_end_it_goes_on_until_one_stops_and_no_thread_stays(sources):
    before = threading.active_count()
    loader = load(sources, "function", 50, epochs=None)
    for i, _ in enumerate(loader):
        if i == 9:
            break
    assert loader.position()["epoch"] == 4
    del _
    gc.collect()
    assert threading.active_count() == before


@pytest.mark.parametrize("empty", [TABLE.slice(0, 0), lambda: iter(())])
def test_nothing_is_no_batch_and_ends_even_without_an_end(empty):
    for epochs in (1, None):
        assert list(Loader(empty, 4, epochs=epochs, shuffle_key=ops.random.key(0))) == []


def test_a_batch_that_is_kept_does_not_keep_its_buffer(sources):
    for key in (None, ops.random.key(0)):
        batch = next(iter(load(sources, "table", 5, shuffle_key=key, backend="numpy")))
        assert batch.flags.owndata
        if "torch" in registry.available_backends():
            batch = next(iter(load(sources, "table", 5, shuffle_key=key, backend="torch", device="cpu")))
            assert batch.untyped_storage().nbytes() == batch.nbytes


def test_what_cannot_be_loaded_is_refused(tmp_path):
    (tmp_path / "no.parquet").write_bytes(b"no")
    for bad in (tmp_path / "no.parquet", tmp_path / "missing.parquet"):
        with pytest.raises(SourceError, match=bad.name):
            Loader(bad, 4)
    for data in (7, [], None):
        with pytest.raises(ArgumentError, match="Loader got"):
            Loader(data, 4)
    for wrong in ({"batch_size": 0}, {"prefetch": -1}, {"shard": (2, 2)}, {"layout": "x"}, {"block_rows": 0}):
        with pytest.raises(ArgumentError):
            Loader(TABLE, **{"batch_size": 4} | wrong)
