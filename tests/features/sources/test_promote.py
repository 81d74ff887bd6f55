from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import KINDS, countable

from emberharmony.features.sources.promote import common_type, conform

kinds = st.sampled_from(KINDS)
alike = st.sampled_from([(a, b) for a in KINDS for b in KINDS if common_type(a[0], b[0]) is not None])


@given(a=kinds, b=kinds)
def test_the_common_type_does_not_depend_on_the_order(a, b):
    assert common_type(a[0], b[0]) == common_type(b[0], a[0])


@given(data=st.data(), pair=alike)
def test_every_value_comes_back_from_the_common_type(data, pair):
    (kind, values), (other, _) = pair
    common = common_type(kind, other)
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    array = pa.array(data.draw(st.lists(st.none() | values, max_size=9)), plain)
    there = conform(array.dictionary_encode() if pa.types.is_dictionary(kind) else array, common)
    assert there.type == common
    if plain != pa.null():
        assert repr(countable(there.cast(plain)).to_pylist()) == repr(countable(array).to_pylist())


@pytest.mark.parametrize(
    ("a", "b", "common"),
    [
        (pa.int8(), pa.uint8(), pa.int16()),
        (pa.int64(), pa.uint64(), None),
        (pa.int64(), pa.float64(), None),
        (pa.uint16(), pa.float32(), pa.float32()),
        (pa.int32(), pa.float32(), pa.float64()),
        (pa.decimal128(5, 2), pa.decimal128(9, 4), pa.decimal128(9, 4)),
        (pa.decimal128(9, 2), pa.decimal128(9, 4), pa.decimal128(11, 4)),
        (pa.decimal128(38, 0), pa.decimal128(38, 38), pa.decimal256(76, 38)),
        (pa.int64(), pa.decimal128(5, 2), pa.decimal128(21, 2)),
        (pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("ns")),
        (pa.timestamp("us", "UTC"), pa.timestamp("us", "Asia/Tokyo"), pa.timestamp("us", "UTC")),
        (pa.timestamp("us"), pa.timestamp("us", "UTC"), None),
        (pa.time32("ms"), pa.time64("us"), pa.time64("us")),
        (pa.dictionary(pa.int8(), pa.string()), pa.string(), pa.string()),
        (pa.string(), pa.large_string(), pa.large_string()),
        (pa.string(), pa.binary(), None),
        (pa.bool_(), pa.int8(), None),
        (pa.null(), pa.list_(pa.int8()), pa.list_(pa.int8())),
        (pa.list_(pa.int8()), pa.list_(pa.int16()), pa.list_(pa.int16())),
        (
            pa.struct([("x", pa.int8())]),
            pa.struct([("y", pa.bool_())]),
            pa.struct([("x", pa.int8()), ("y", pa.bool_())]),
        ),
    ],
)
def test_the_narrowest_type_without_loss_is_taken(a, b, common):
    assert common_type(a, b) == common
