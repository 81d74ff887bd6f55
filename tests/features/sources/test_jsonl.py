from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import together

from emberharmony.features.errors import BadRowError, SchemaError, SourceError
from emberharmony.features.sources import Stream, jsonlines, read_jsonl


def write(folder: Path, text: str | bytes, name: str = "t.jsonl") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table(path, **options) -> pa.Table:
    stream = read_jsonl(path, **options)
    return together(list(stream.record_batches()), stream.schema())


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_rows = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(-(2**40), 2**40)},
        optional={
            "n": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-99, 99),
            "s": st.none() | _texts,
            "flag": st.booleans(),
            "list": st.lists(st.integers(0, 9), max_size=3),
            "inner": st.fixed_dictionaries({}, optional={"x": st.integers(0, 9), "y": st.lists(_texts, max_size=2)}),
        },
    ),
    min_size=1,
    max_size=20,
)


@given(rows=_rows, block=st.sampled_from([1, 30, 200, 1 << 20]))
def test_objects_come_back_as_they_were_written_whatever_the_blocks(rows, block):
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    before, jsonlines.BLOCK = jsonlines.BLOCK, block
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = table(write(Path(folder), text))
    finally:
        jsonlines.BLOCK = before
    for row, came in zip(rows, found.to_pylist(), strict=True):
        for name, value in row.items():
            expected = {**dict.fromkeys(came[name]), **value} if isinstance(value, dict) else value
            assert came[name] == expected


@given(data=st.data(), block=st.sampled_from([20, 90, 1 << 20]))
def test_good_and_bad_lines_are_all_lines_and_know_their_numbers(data, block):
    bad_lines = [
        b"[1]",
        b"null",
        b"7",
        b'{"id": 1',
        b'{"id": "x"}',
        b'{"id": 1} null',
        b'{"id":1}{"id":2}',
        b'{"id":"\xff"}',
    ]
    kinds = data.draw(st.lists(st.none() | st.sampled_from([*bad_lines, b"", b" \t"]), min_size=1, max_size=40))
    text = b"\n".join(b'{"id": %d}' % number if kind is None else kind for number, kind in enumerate(kinds, 1))
    before, jsonlines.BLOCK = jsonlines.BLOCK, block
    try:
        with tempfile.TemporaryDirectory() as folder:
            aside = Path(folder, "bad.jsonl")
            schema = pa.schema([("id", pa.int64())])
            stream = read_jsonl(write(Path(folder), text), schema=schema, on_bad_rows="quarantine", quarantine=aside)
            good = [x for batch in stream.record_batches() for x in batch["id"].to_pylist()]
            bad = [json.loads(line) for line in aside.read_text().splitlines()]
    finally:
        jsonlines.BLOCK = before
    assert good == [number for number, kind in enumerate(kinds, 1) if kind is None]
    assert [row["row"] for row in bad] == [n for n, kind in enumerate(kinds, 1) if kind is not None and kind.strip()]
    assert stream.quarantined == len(bad)


def test_types_come_from_the_last_line_as_much_as_from_the_first(tmp_path):
    start = '{"n": 1, "day": "2024-01-01", "at": "2024-01-01", "code": "7"}\n' * 3000
    path = write(tmp_path, start + '{"n": 0.5, "day": null, "at": "2024-01-01 10:00:00.5", "new": {"x": []}}\n')
    before, jsonlines.BLOCK = jsonlines.BLOCK, 4096
    try:
        found = table(path)
    finally:
        jsonlines.BLOCK = before
    assert found.column_names == ["n", "day", "at", "code", "new"]
    assert [str(kind) for kind in found.schema.types[:4]] == ["double", "date32[day]", "timestamp[us]", "string"]
    assert found.num_rows == 3001


def test_a_column_of_two_kinds_is_refused_by_name_or_set_aside(tmp_path):
    path = write(tmp_path, '{"a": 1}\n{"a": "x"}\n{"a": 2}\n')
    with pytest.raises(SchemaError, match=r"'a' is string in the lines 2 to 2 of 't\.jsonl'; it was int64 before"):
        table(path)
    with pytest.raises(BadRowError, match=r"t\.jsonl, row 2: .*'\{\"a\": \"x\"\}'"):
        table(path, schema={"a": "int64"})
    aside = tmp_path / "bad.jsonl"
    found = table(path, schema={"a": "int64"}, on_bad_rows="quarantine", quarantine=aside)
    assert found.to_pydict() == {"a": [1, 2]}
    assert json.loads(aside.read_text())["text"] == '{"a": "x"}'


def test_an_integer_that_a_float_would_round_is_refused(tmp_path):
    path = write(tmp_path, '{"id": 9007199254740993}\n{"id": 9007199254740992}\n')
    assert table(path).to_pydict() == {"id": [2**53 + 1, 2**53]}
    for other in ("1.5", "12345678901234567890"):
        path = write(tmp_path, f'{{"id": 9007199254740993}}\n{{"id": {other}}}\n')
        with pytest.raises(SchemaError, match="row 1: 9007199254740993 in the column 'id' would be rounded"):
            table(path)
        assert table(path, schema={"id": "float64"}).num_rows == 2


def test_all_packings_and_encodings_give_the_same_rows(tmp_path):
    text = "".join(f'{{"s": "ü{i}", "n": {i}}}\n' for i in range(50))
    expected = table(write(tmp_path, text))
    paths = {
        write(tmp_path, gzip.compress(text.encode()), "t.jsonl.gz"): {},
        write(tmp_path, text.encode("utf-8-sig"), "bom.jsonl"): {},
        write(tmp_path, text.encode("latin-1"), "latin.jsonl"): {"encoding": "latin-1"},
        write(tmp_path, text.replace("\n", "\r\n\r\n"), "windows.ndjson"): {},
    }
    for path, options in paths.items():
        assert table(path, **options).equals(expected), path


def test_a_schema_gives_types_and_chooses_columns(tmp_path):
    path = write(tmp_path, '{"a": "2024-01-01", "b": 1.50, "c": "x", "d": 1}\n')
    schema = pa.schema(
        [
            ("c", pa.dictionary(pa.int8(), pa.string())),
            ("a", pa.timestamp("s")),
            ("b", pa.decimal128(9, 2)),
            ("z", pa.int8()),
        ]
    )
    found = table(path, schema=schema)
    assert found.schema == schema
    assert found.num_rows == 1
    with pytest.raises(SchemaError, match=r"no line of .* has a value in the column 'z'"):
        table(path, schema={"z": "int8"})
    with pytest.raises(SchemaError, match="cannot be read as large_list"):
        table(path, schema={"a": pa.large_list(pa.duration("s"))})


def test_files_without_a_column_or_with_names_alike_are_refused(tmp_path):
    for text in ("", "\n\n", "{}\n"):
        with pytest.raises(SourceError, match="no row with a column"):
            table(write(tmp_path, text))
    for text in ('{"A": 1, "a": 2}', '{"": 1}', '{"__ember": 1}'):
        with pytest.raises(SchemaError):
            table(write(tmp_path, text))


def test_lines_of_json_are_a_stream_that_is_staged(tmp_path):
    path = write(tmp_path, '{"x": {"y": [1, null]}}\n{"x": null}\n')
    stream = read_jsonl(path)
    assert isinstance(stream, Stream)
    staged = stream.stage(tmp_path / "stage")
    assert [row for batch in staged.batches() for row in batch.data.to_pylist()] == [
        {"x": {"y": [1, None]}},
        {"x": None},
    ]
