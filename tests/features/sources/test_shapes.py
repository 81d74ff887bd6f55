from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emberharmony.features.errors import BadRowError
from emberharmony.features.sources import read_csv, read_jsonl
from emberharmony.features.sources.text import Parser, parsed

KINDS = (
    pa.bool_(), pa.int8(), pa.uint64(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(9, 2), pa.date32(),
    pa.date64(), pa.time32("s"), pa.time64("us"), pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.duration("s"),
    pa.null(), pa.string(), pa.dictionary(pa.int32(), pa.int64()),
)  # fmt: skip
_texts = st.one_of(
    st.text(st.sampled_from("0123456789+-.,:eExXTZ /nafitrulsNA\u00a0"), max_size=12),
    st.datetimes().map(str),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.dates().map(str),
    st.times().map(str),
    st.floats().map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["inf", "-Infinity", "NaN", "0x1F", "TRUE", "1e400", "N/A", "\t7 ", "-0", ".5", "5.", "٣"]),
)


@given(values=st.lists(st.none() | _texts, min_size=1, max_size=8), decimal=st.sampled_from(".,"))
@example(values=["2024-01-31T10", "2024-01-31 10:00Z", "0x1f", "+1.5", "1,5"], decimal=",")
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_nothing_that_parses_looks_hopeless_and_what_is_left_out_is_what_does_not_parse(kind, values, decimal):
    parse = Parser(kind, decimal=decimal)

    def parses(value: str | None) -> bool:
        try:
            parse(pa.array([value], pa.string()))
        except pa.ArrowInvalid:
            return False
        return True

    bad = [place for place, value in enumerate(values) if not parses(value)]
    for array in (pa.array(values, pa.string()), pa.array([v and v.encode() for v in values], pa.binary())):
        assert {*parse.hopeless(array)} <= {*bad}
        found, places = parsed(array, parse)
        assert places == bad
        rest = parse(pa.array([None if i in bad else v for i, v in enumerate(values)], pa.string()))
        assert str(found) == str(rest)  # where one nan is like another


def test_bytes_that_are_no_text_are_told_from_those_that_are():
    found, places = parsed(pa.array([b"a", b"\xff", None, b"\xed\xa0\x80", "é".encode()]), Parser(pa.string()))
    assert places == [1, 3]
    assert found.to_pylist() == ["a", None, None, None, "é"]


@pytest.mark.parametrize("decimal", ["x", "x\xe4"])
def test_words_for_a_missing_value_never_look_hopeless(decimal):
    words = ("", "a.b(c", "- -", decimal)
    assert Parser(pa.int64(), absent=words).hopeless(pa.array([*words, " - - "])) == []


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """How many values were parsed at once, at each call."""
    sizes: list[int] = []
    call = Parser.__call__

    def counted(self: Parser, values: pa.Array) -> pa.Array:
        sizes.append(len(values))
        return call(self, values)

    monkeypatch.setattr(Parser, "__call__", counted)
    return sizes


def test_rows_that_look_bad_are_set_aside_together(tmp_path, asked):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"x{i},{i}\n" for i in range(1000)))
    schema = {"a": "float64", "b": "int64"}
    rows = read_csv(path, schema=schema, on_bad_rows="quarantine", quarantine=tmp_path / "bad.jsonl")
    asked.clear()  # the schema asks, too
    assert sum(batch.num_rows for batch in rows.record_batches()) == 0
    assert rows.quarantined == 1000
    assert len(asked) == 3  # of a: all, and what is left; b: all


def test_a_bad_line_of_json_is_named_before_those_after_it_are_looked_at(tmp_path, monkeypatch):
    from emberharmony.features.sources import jsonlines

    path = tmp_path / "t.jsonl"
    path.write_text("".join(f'{{"a": {i}, "b": "x{i}"}}\n' for i in range(1024)))
    calls = []
    parse = jsonlines._parse
    monkeypatch.setattr(jsonlines, "_parse", lambda *given: calls.append(1) or parse(*given))
    with pytest.raises(BadRowError, match=r"t\.jsonl, row 1: "):
        list(read_jsonl(path, schema=pa.schema([("a", pa.int64()), ("b", pa.float64())])).record_batches())
    assert len(calls) == 11  # halves of 1024 lines, down to one
