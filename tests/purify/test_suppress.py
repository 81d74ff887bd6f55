"""An exception holds where it stands, with a reason, and only while it is needed."""

import pytest
from tests.purify.sources import source_of

from emberharmony.purify.findings import Entry
from emberharmony.purify.suppress import apply, suppressions

CODES = ("CAST01", "IMP01", "SUP01")


def outcome(text, *places, asked=lambda code: True):
    """What becomes of findings of CAST01 on the lines (first, last), as (line, code, reason)."""
    entries = [Entry("a.py", first, 1, last, 5, "CAST01", "warning", "", "", "") for first, last in places]
    found = apply(source_of(text), entries, CODES, asked)
    return sorted((entry.line, entry.code, entry.reason) for entry in found)


def test_a_comment_speaks_for_its_line():
    text = "x = 1\ny = float(x)  # purify: ignore[CAST01] the plot wants a number\nz = float(x)\n"
    assert outcome(text, (2, 2), (3, 3)) == [(2, "CAST01", "documented"), (3, "CAST01", None)]


def test_a_comment_speaks_on_any_line_of_what_it_accepts():
    text = "y = f(\n    x,\n    z,  # purify: ignore[CAST01] because\n)\n"
    assert outcome(text, (1, 4), (2, 2)) == [(1, "CAST01", "documented"), (2, "CAST01", None)]


def test_a_comment_above_speaks_for_the_statement_below():
    text = "# purify: ignore[CAST01] because\n\n# more words\ny = f(\n    float(x),\n)\nfloat(x)\n"
    assert outcome(text, (5, 5), (7, 7)) == [(5, "CAST01", "documented"), (7, "CAST01", None)]


def test_a_comment_between_lines_speaks_for_the_next():
    text = "y = f(\n    # purify: ignore[CAST01] because\n    float(x),\n    float(y),\n)\n"
    assert outcome(text, (3, 3), (4, 4)) == [(3, "CAST01", "documented"), (4, "CAST01", None)]


def test_a_whole_file_can_be_an_exception():
    text = "x = 1\n# purify: ignore-file[CAST01] a script for one machine\n"
    assert outcome(text, (1, 1)) == [(1, "CAST01", "documented")]


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# purify: ignore[CAST01]", "no reason"),
        ("# purify: ignore[CAST01] --", "no reason"),
        ("# purify: ignore because", "names no rule"),
        ("# purify: ignore[] because", "names no rule"),
        ("# purify: ignore[CAST01, NOPE1] because", "no rule NOPE1"),
        ("# purify: skip[CAST01] because", "'purify: skip' means nothing"),
        ("# purify: ignore[IMP01] because", "no IMP01 here"),
    ],
)
def test_a_poor_comment_accepts_nothing_and_is_a_finding(comment, says):
    text = f"y = float(x)  {comment}\n"
    assert outcome(text, (1, 1)) == [(1, "CAST01", None), (1, "SUP01", None)]
    found = [entry for entry in apply(source_of(text), [], CODES, lambda code: True) if says in entry.note]
    assert [(entry.line, entry.column) for entry in found] == [(1, 15)]


def test_of_a_rule_that_was_not_asked_for_nobody_knows_whether_it_is_needed():
    text = "y = x  # purify: ignore[CAST01] because\n"
    assert outcome(text) == [(1, "SUP01", None)]
    assert outcome(text, asked=lambda code: code != "CAST01") == []


def test_text_in_strings_is_no_comment():
    assert outcome('x = "# purify: ignore[CAST01] no"\n', (1, 1)) == [(1, "CAST01", None)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_form_feeds_do_not_move_a_comment(end):
    text = end.join(["\fx = 1", "\f", "y = float(x)  # purify: ignore[CAST01] because", ""])
    (found,) = suppressions(source_of(text), CODES)
    assert (found.line, found.first, found.last, found.reason) == (3, 3, 3, "because")
