"""Arrow to tensors: every number arrives, and what is no number does not."""

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, DTypeError
from emberharmony.features.errors import SchemaError
from emberharmony.features.handover import to_tensor

KINDS = [
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "bool",
]


@st.composite
def batches(draw, kinds=KINDS, min_rows=0):
    """A batch of columns of any type, cut out of a longer one, and what it holds."""
    rows, before, after = draw(st.integers(min_rows, 20)), draw(st.integers(0, 9)), draw(st.integers(0, 9))
    kinds = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=5))
    columns = [draw(arrays.arrays(kind, before + rows + after)) for kind in kinds]
    batch = pa.record_batch(columns, names=[f"c{i}" for i in range(len(columns))])
    return batch.slice(before, rows), [column[before : before + rows] for column in columns]


@given(case=batches(), layout=st.sampled_from(["columns", "rows"]))
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_every_number_is_the_one_numpy_would_round_to(backend, case, layout):
    batch, columns = case
    tensor = to_tensor(batch, layout=layout, missing="nan")
    assert registry.backend_of(tensor).name == backend
    expected = np.stack([column.astype("float32") for column in columns])
    expected = expected if layout == "columns" else expected.T
    found = ops.to_numpy(tensor)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@given(case=batches(["int32", "uint8", "bool"]))
def test_an_integer_dtype_is_exact(backend, case):
    batch, columns = case
    found = ops.to_numpy(to_tensor(batch, dtype="int64"))
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, np.stack([column.astype("int64") for column in columns]))


@pytest.mark.parametrize(
    ("column", "dtype"),
    [([1.5], "int64"), ([300], "uint8"), ([-1], "uint64"), ([2**40], "int32"), ([2], "bool"), ([float("inf")], "int8")],
)
def test_a_number_that_an_integer_dtype_cannot_hold_is_refused_by_column(backend, column, dtype):
    with pytest.raises(SchemaError, match=f"column 'amount' of .* does not go into {dtype}"):
        to_tensor(pa.record_batch({"amount": column}), dtype=dtype)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_floats_are_those_of_the_backend(backend, dtype):
    batch = pa.record_batch({"x": [0.5, -2.0, 3.0]})
    try:
        registry.current().dtype(dtype)
    except DTypeError:
        with pytest.raises(DTypeError):
            to_tensor(batch, dtype=dtype)
        return
    tensor = to_tensor(batch, dtype=dtype)
    assert (ops.dtype_name(tensor), ops.tolist(ops.astype(tensor, "float32"))) == (dtype, [[0.5, -2.0, 3.0]])


def test_text_times_and_the_like_are_refused_by_name_and_all_at_once(backend):
    batch = pa.record_batch(
        {
            "x": [1.0],
            "city": ["Ulm"],
            "when": [dt.datetime(2026, 1, 1)],
            "price": [decimal.Decimal("1.5")],
            "tags": [[1, 2]],
            "kind": pa.array(["a"]).dictionary_encode(),
            "nothing": pa.nulls(1),
        }
    )
    with pytest.raises(SchemaError) as caught:
        to_tensor(batch)
    message = str(caught.value)
    assert all(repr(name) in message for name in batch.schema.names[1:])
    assert "'x'" not in message
    assert "Mend" in message


@given(values=st.lists(st.none() | st.floats(width=32, allow_nan=False), min_size=1, max_size=20))
@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_nulls_are_an_error_by_name_or_nan(backend, values, kind):
    batch = pa.record_batch([pa.array(values, kind), pa.array([0.0] * len(values))], names=["age", "whole"])
    if None in values:
        with pytest.raises(SchemaError, match=f"'age' has {values.count(None)}") as caught:
            to_tensor(batch)
        assert "whole" not in str(caught.value)
    found = ops.to_numpy(to_tensor(batch, missing="nan"))[0]
    np.testing.assert_array_equal(found, np.asarray([np.nan if v is None else v for v in values], "float32"))


def test_nulls_of_integers_and_booleans_become_nan_too(backend):
    batch = pa.record_batch({"n": [1, None, 3], "flag": [None, True, False]})
    np.testing.assert_array_equal(
        ops.to_numpy(to_tensor(batch, missing="nan")), np.asarray([[1, np.nan, 3], [np.nan, 1, 0]], "float32")
    )


def test_a_table_is_its_batches_in_a_row(backend):
    batch = pa.record_batch({"x": [1.0, 2.0], "n": [3, 4]})
    table = pa.Table.from_batches([batch, batch.slice(1), batch.slice(0, 0)])
    assert ops.tolist(to_tensor(table)) == [[1.0, 2.0, 2.0], [3.0, 4.0, 4.0]]
    assert tuple(to_tensor(table.slice(0, 0)).shape) == (2, 0)


def test_the_tensor_is_not_the_memory_of_arrow():
    torch = pytest.importorskip("torch")
    column = pa.array(np.arange(4, dtype="float32"))
    tensor = to_tensor(pa.record_batch([column], names=["x"]), backend="torch")
    tensor += 1.0
    assert column.to_pylist() == [0.0, 1.0, 2.0, 3.0]
    assert torch.equal(tensor, torch.arange(1.0, 5.0)[None])


def test_each_row_is_in_one_piece():
    torch = pytest.importorskip("torch")
    batch = pa.record_batch({"x": [1.0, 2.0], "y": [3.0, 4.0]})
    for name in ("torch", "numpy"):
        tensor = to_tensor(batch, backend=name, layout="rows")
        assert tensor.is_contiguous() if isinstance(tensor, torch.Tensor) else tensor.flags.c_contiguous


def test_another_backend_than_the_current_one_is_named(backend):
    batch = pa.record_batch({"x": [1.0, 2.0]})
    for name in ("numpy", "torch", "mlx"):
        if name in registry.available_backends():
            tensor = to_tensor(batch, backend=name, device="cpu")
            assert registry.backend_of(tensor).name == name
    assert registry.get_backend() == backend


def test_what_makes_no_sense_is_refused(backend):
    batch = pa.record_batch({"x": [1.0]})
    for wrong in (
        {"layout": "diagonal"},
        {"missing": "zero"},
        {"missing": "nan", "dtype": "int32"},
        {"dtype": "complex64"},
    ):
        with pytest.raises(ArgumentError):
            to_tensor(batch, **wrong)
