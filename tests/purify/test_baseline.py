"""What was known stays known when it moves, and what was mended is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.purify import baseline
from emberharmony.purify.baseline import BaselineError
from emberharmony.purify.findings import Entry


def entry(line, code="IMP01", function="f", path="a.py", reason=None):
    return Entry(path, line, 1, line, 5, code, "warning", function, "note", "mend", reason)


MARKED = st.lists(
    st.tuples(
        st.builds(
            entry,
            st.integers(1, 99),
            st.sampled_from(["IMP01", "CAST01"]),
            st.sampled_from(["f", "g"]),
            reason=st.sampled_from([None, "guarded"]),
        ),
        st.sampled_from(["aa", "bb", "cc"]),
    ),
    max_size=20,
)


@given(marked=MARKED, moved=st.integers(0, 50))
def test_what_was_written_is_known_wherever_it_moves(tmp_path_factory, monkeypatch, marked, moved):
    folder = tmp_path_factory.mktemp("baseline")
    monkeypatch.chdir(folder)
    count = baseline.write(folder / "known.json", marked)
    assert count == sum(each.open for each, _ in marked)
    shifted = [(entry(e.line + moved, e.code, e.function, reason=e.reason), mark) for e, mark in reversed(marked)]
    found, stale = baseline.read(folder / "known.json").apply("a.py", shifted)
    assert not any(each.open for each in found)
    assert {each.reason for each in found} <= {"baseline", "guarded"}
    assert not stale


def test_a_second_finding_of_a_kind_is_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    baseline.write(tmp_path / "known.json", [(entry(1), "aa")])
    found, _ = baseline.read(tmp_path / "known.json").apply("a.py", [(entry(1), "aa"), (entry(2), "aa")])
    assert [each.open for each in found] == [False, True]


@pytest.mark.parametrize("other", [entry(1, "CAST01"), entry(1, function="g"), entry(1, path="b.py")])
def test_what_differs_is_open_and_the_old_is_stale(tmp_path, monkeypatch, other):
    monkeypatch.chdir(tmp_path)
    baseline.write(tmp_path / "known.json", [(entry(1), "aa")])
    known = baseline.read(tmp_path / "known.json")
    assert known.apply(other.path, [(other, "aa")])[0][0].open
    assert sum(known.apply("a.py", [])[1].values()) == 1


def test_the_file_is_the_same_in_any_order_and_has_one_line_a_finding(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    marked = [(entry(3, "CAST01"), "bb"), (entry(1), "aa"), (entry(2), "aa")]
    baseline.write(tmp_path / "one.json", marked)
    baseline.write(tmp_path / "two.json", marked[::-1])
    text = (tmp_path / "one.json").read_text()
    assert text == (tmp_path / "two.json").read_text()
    assert len(text.splitlines()) == 4
    assert json.loads(text)["findings"] == [["a.py", "CAST01", "f", "bb", 1], ["a.py", "IMP01", "f", "aa", 2]]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 9, "findings": []}', '{"version": 1, "findings": [[1]]}', "\0"]
)
def test_a_file_that_is_none_is_an_error(tmp_path, text):
    (tmp_path / "known.json").write_text(text)
    with pytest.raises(BaselineError, match="Mend:"):
        baseline.read(tmp_path / "known.json")


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(BaselineError, match="--write-baseline"):
        baseline.read(tmp_path / "known.json")
