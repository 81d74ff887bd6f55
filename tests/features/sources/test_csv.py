from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import together

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import BadRowError, SchemaError, SourceError
from emberharmony.features.sources import Source, Stream, delimited, read_csv


def write(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table(path, **options) -> pa.Table:
    stream = read_csv(path, **options)
    return together(list(stream.record_batches()), stream.schema())


def types(path, **options) -> list[str]:
    return [str(field.type) for field in read_csv(path, **options).schema()]


_fields = st.text(st.sampled_from('ab1,;"\n\r\t 0.é'), max_size=6)


@given(data=st.data(), width=st.integers(1, 4), delimiter=st.sampled_from(",;\t|"), quoting=st.sampled_from([0, 1]))
def test_text_that_was_written_comes_back(data, width, delimiter, quoting):
    """Against Python's own writer; an empty field without quotes is the one text that has no sign of its own."""
    rows = data.draw(st.lists(st.lists(_fields, min_size=width, max_size=width), max_size=8))
    names = [f"c{i}" for i in range(width)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerows([names, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), out.getvalue())
        schema = pa.schema([(name, pa.string()) for name in names])
        found = table(path, schema=schema, delimiter=delimiter)
    assert [[row[name] or "" for name in names] for row in found.to_pylist()] == rows


@given(data=st.data(), block=st.sampled_from([64, 100, 257, 1 << 20]))
def test_good_and_bad_rows_are_all_rows_and_know_their_numbers(data, block):
    kinds = data.draw(st.lists(st.sampled_from(["good", "few", "many", "type", "bytes"]), min_size=1, max_size=60))
    lines = {"good": b"%d,x", "few": b"%d", "many": b"%d,x,y", "type": b"n%d,x", "bytes": b"%d,\xff"}
    text = b"id,s\n" + b"".join(lines[kind] % number + b"\n" for number, kind in enumerate(kinds, 1))
    before = delimited.BLOCK
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder, "bad.jsonl")
        options = {"on_bad_rows": "quarantine", "quarantine": aside, "schema": {"id": "int64"}, "delimiter": ","}
        stream = read_csv(write(Path(folder), text), **options)
        try:
            delimited.BLOCK = block
            good = [x for batch in stream.record_batches() for x in batch["id"].to_pylist()]
        finally:
            delimited.BLOCK = before
        bad = [json.loads(line) for line in aside.read_text().splitlines()]
    assert good == [number for number, kind in enumerate(kinds, 1) if kind == "good"]
    assert [row["row"] for row in bad] == [number for number, kind in enumerate(kinds, 1) if kind != "good"]
    assert stream.quarantined == len(bad)
    assert all(row["file"] == "t.csv" and row["reason"] and str(row["row"]) in row["text"] for row in bad)


def test_types_come_from_the_last_row_as_much_as_from_the_first(tmp_path):
    start = "id,n,code,flag,day\n" + "1,1,10,true,2024-01-01\n" * 50_000
    assert types(write(tmp_path, start)) == ["int64", "int64", "int64", "bool", "date32[day]"]
    path = write(tmp_path, start + "2,0.5,007,maybe,2024-01-01 12:00\n")
    before, delimited.BLOCK = delimited.BLOCK, 4096
    try:
        found = table(path)
    finally:
        delimited.BLOCK = before
    assert [str(kind) for kind in found.schema.types] == ["int64", "double", "string", "string", "timestamp[us]"]
    assert found.num_rows == 50_001
    assert found.slice(50_000).to_pylist() == [
        {"id": 2, "n": 0.5, "code": "007", "flag": "maybe", "day": dt.datetime(2024, 1, 1, 12)}
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", ""], "int64"),
        (["1", "2.5", "1e3"], "double"),
        (["nan", "inf", "1"], "double"),
        (["007", "008"], "string"),
        (["00.5"], "string"),
        (["0", "0.5", "-0.5"], "double"),
        (["+4917112345678"], "string"),
        (["12345678901234567890"], "string"),
        (["12345678901234567", "0.5"], "string"),
        (["1e999"], "string"),
        (["0x1F"], "string"),
        (["true", "FALSE", ""], "bool"),
        (["0", "1"], "int64"),
        (["2024-01-31", "NA"], "date32[day]"),
        (["12:30:00", "23:59:59.5"], "time64[us]"),
        (["2024-01-31", "2024-01-31T10:00:00.123456"], "timestamp[us]"),
        (["2024-01-31 10:00:00.123456789"], "timestamp[ns]"),
        (["2024-01-31T10:00:00Z", "2024-01-31T10:00:00+02:00"], "timestamp[us, tz=UTC]"),
        (["2024-01-31T10:00:00Z", "2024-01-31T10:00:00"], "string"),
        (["", "NA", "null"], "null"),
        ([" 1", "2 "], "int64"),
    ],
)
def test_a_column_has_the_narrowest_type_that_loses_nothing(tmp_path, values, kind):
    path = write(tmp_path, "x,y\n" + "".join(f"{value},\n" for value in values))
    assert types(path)[0] == kind
    assert table(path).num_rows == len(values)


def test_a_missing_value_is_an_empty_field_and_in_text_nothing_else(tmp_path):
    path = write(tmp_path, 'country,n\nNA,NA\n,\n"",""\nDE,1\n')
    assert table(path).to_pydict() == {"country": ["NA", None, "", "DE"], "n": [None, None, None, 1]}
    path = write(tmp_path, "country,n\nNA,-999\nDE,5\n")
    found = table(path, null_values=["NA", "-999"])
    assert found.to_pydict() == {"country": [None, "DE"], "n": [None, 5]}
    assert str(found.schema.field("n").type) == "int64"


def test_all_packings_encodings_and_folders_give_the_same_rows(tmp_path):
    text = "näme;wert\n" + "".join(f"ü{i};{i},5\n" for i in range(100))
    (tmp_path / "plain").mkdir()
    expected = table(write(tmp_path / "plain", text), decimal=",")
    assert [str(kind) for kind in expected.schema.types] == ["string", "double"]
    zst = tmp_path / "t.csv.zst"
    with pa.output_stream(zst, compression="zstd") as out:
        out.write(text.encode())
    paths = {
        write(tmp_path, gzip.compress(text.encode()), "t.csv.gz"): {},
        zst: {},
        write(tmp_path, text.encode("utf-8-sig"), "bom.csv"): {},
        write(tmp_path, text.encode("latin-1"), "latin.csv"): {"encoding": "latin-1"},
        write(tmp_path, text.encode("utf-16"), "utf16.csv"): {"encoding": "utf-16"},
        write(tmp_path, text.replace("\n", "\r\n"), "windows.csv"): {},
        write(tmp_path, text.replace(";", "\t"), "tabs.tsv"): {},
        tmp_path / "plain": {},
    }
    for path, options in paths.items():
        assert table(path, decimal=",", **options).equals(expected), path
    write(tmp_path / "plain", "wert;näme\n7;x\n", "u.csv")  # another order of columns
    assert table(tmp_path / "plain", decimal=",").slice(100).to_pylist() == [{"näme": "x", "wert": 7.0}]
    write(tmp_path / "plain", "wert;other\n7;x\n", "v.csv")
    with pytest.raises(SchemaError, match=r"'v.csv' lacks the column 'näme'"):
        table(tmp_path / "plain", decimal=",")


def test_text_that_is_longer_in_utf8_is_read_in_blocks_of_any_size(tmp_path):
    rows = ["ü" * (i % 40) for i in range(3000)]
    path = write(tmp_path, ("a,b\n" + "".join(f"{row}ä,{i}\n" for i, row in enumerate(rows))).encode("latin-1"))
    for block in (200, 1001, 1 << 20):
        before, delimited.BLOCK = delimited.BLOCK, block
        try:
            found = table(path, encoding="latin-1", schema={"a": "string", "b": "int64"})
        finally:
            delimited.BLOCK = before
        assert found.to_pydict() == {"a": [row + "ä" for row in rows], "b": [*range(3000)]}


def test_names_come_from_the_first_row_a_list_or_a_file(tmp_path):
    path = write(tmp_path, "1,2\n3,4\n", "data.csv")
    assert table(path, header=["a", "b"]).to_pydict() == {"a": [1, 3], "b": [2, 4]}
    for text in ("a,b\n", "a\nb\n", "a\tb"):
        assert table(path, header=write(tmp_path, text, "names.txt")).column_names == ["a", "b"]
    assert table(write(tmp_path, 'a,"two\nlines"\n1,2\n')).column_names == ["a", "two\nlines"]
    for header in (False, ["a", "a"], ["a", ""], tmp_path / "none.txt"):
        with pytest.raises((ArgumentError, SchemaError, SourceError)):
            read_csv(path, header=header)
    with pytest.raises(SourceError, match="is empty"):
        table(write(tmp_path, ""))
    assert table(write(tmp_path, ""), header=["a"]).num_rows == 0
    assert table(write(tmp_path, "a,b\n")).num_rows == 0


def test_a_schema_gives_types_and_chooses_columns(tmp_path):
    path = write(tmp_path, "id,price,when,tag\n007,1.50,2024-01-01,x\n")
    kinds = {"price": pa.decimal128(9, 2), "when": "timestamp[ms]", "tag": pa.dictionary(pa.int8(), pa.string())}
    assert types(path, schema=kinds) == ["string", "decimal128(9, 2)", "timestamp[ms]", str(kinds["tag"])]
    found = table(path, schema=pa.schema([("tag", pa.binary()), ("id", pa.int32())]))
    assert found.to_pylist() == [{"tag": b"x", "id": 7}]
    for wrong in ({"nope": "int8"}, {"id": "no type"}, {"id": pa.list_(pa.int8())}):
        with pytest.raises(SchemaError):
            read_csv(path, schema=wrong).schema()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3\n", r"t\.csv, row 2: 1 fields, not 2: '3'"),
        ("a,b\n1,2\n3,4,5\n", r"t\.csv, row 2: 3 fields, not 2: '3,4,5'"),
        ("a,b\n1,2\nx,4\n", r"t\.csv, row 2: 'x' in the column 'a' is no int64: 'x,4'"),
        (b"a,b\n1,2\n3,\xff\n", r"t\.csv, row 2: bytes in the column 'b' that are not of the encoding"),
        ('a,b\n1,2\n3,"4\n5,6\n', r"t\.csv, row 2: a quote that is never closed"),
    ],
)
def test_a_bad_row_is_an_error_with_its_place_and_text(tmp_path, text, message):
    with pytest.raises(BadRowError, match=message):
        table(write(tmp_path, text), schema={"a": "int64"})


@pytest.mark.parametrize("last", ['"x\n"', '""', '"a""b"', '"""a"""', '"a\n""\n"', "x", '"x"', 'x"'])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_quote_that_is_closed_is_no_fault(tmp_path, last, end):
    assert table(write(tmp_path, f"a,b\n1,{last}{end}")).num_rows == 1


def test_a_file_that_was_cut_off_is_an_error_and_leaves_the_last_quarantine(tmp_path):
    aside = tmp_path / "bad.jsonl"
    aside.write_text("of an earlier reading\n")
    packed = gzip.compress(("a,b\n" + "1,2\n" * 100_000).encode())
    path = write(tmp_path, packed[: len(packed) // 2], "t.csv.gz")
    with pytest.raises(SourceError, match=r"t\.csv\.gz cannot be read any further"):
        list(
            read_csv(
                path, on_bad_rows="quarantine", quarantine=aside, schema={"a": "int64", "b": "int64"}
            ).record_batches()
        )
    assert aside.read_text() == "of an earlier reading\n"


def test_options_that_make_no_sense_are_refused(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n")
    for options in (
        {"delimiter": "ab"}, {"decimal": "x"}, {"encoding": "no-such"}, {"on_bad_rows": "skip"},
        {"on_bad_rows": "quarantine"}, {"quarantine": "bad.jsonl"},
    ):  # fmt: skip
        with pytest.raises(ArgumentError):
            read_csv(path, **options).schema()


def test_a_csv_is_a_stream_and_its_stage_counts_what_was_set_aside(tmp_path):
    path = write(tmp_path, "a,b\n1,2\nx,4\n5\n6,7\n")
    stream = read_csv(path, schema={"a": "int64"}, on_bad_rows="quarantine", quarantine=tmp_path / "bad.jsonl")
    assert isinstance(stream, Stream)
    assert not isinstance(stream, Source)
    assert stream.stage(tmp_path / "stage").plan().rows == 2
    assert json.loads((tmp_path / "stage" / "stage.json").read_text())["quarantined"] == 2


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"sep": ";"}, "delimiter="), ({"usecols": ["a"]}, "schema="), ({"dtype": {"a": "int"}}, "schema="),
        ({"na_values": ["-"]}, "null_values="), ({"parse_dates": ["a"]}, "schema="), ({"names": ["a"]}, "header="),
        ({"no_such": 1}, "leave it out"), ({"header": None}, "header="), ({"header": 0}, "header="),
    ],
)  # fmt: skip
def test_an_argument_of_pandas_is_refused_with_the_name_it_has_here(tmp_path, given, ours):
    with pytest.raises(ArgumentError, match=rf"{next(iter(given))}=[\s\S]*Mend: +[\s\S]*{ours}"):
        read_csv(write(tmp_path, "a,b\n1,2\n"), **given)
