"""A stage is done once; what changed is done anew, what was interrupted goes on, what is not ours is left alone."""

from __future__ import annotations

import json

import pytest

from emberharmony.demo.journal import Journal, Note
from emberharmony.errors import ArgumentError


def never(folder):
    raise AssertionError("a stage that is done was done again")


def test_a_stage_that_is_done_is_not_done_again(tmp_path):
    assert Journal(tmp_path).stage("a", {"n": 1}, lambda folder: {"rows": 7, "sum": 3}) == {"rows": 7, "sum": 3}
    again = Journal(tmp_path)
    assert again.stage("a", {"n": 1}, never) == {"rows": 7, "sum": 3}
    assert again.notes["a"].rows == 7
    assert again.notes["a"].peak_memory > 1_000_000


def test_a_change_begins_a_stage_anew_and_all_that_follow(tmp_path):
    def leave(folder):
        (folder / "left").touch()
        return {}

    journal = Journal(tmp_path)
    journal.stage("a", 1, leave)
    journal.stage("b", 1, leave)
    seen = []
    journal = Journal(tmp_path)
    journal.stage("a", 2, lambda folder: seen.append((folder / "left").exists()) or {})
    journal.stage("b", 1, lambda folder: seen.append((folder / "left").exists()) or {})
    assert seen == [False, False]


def test_what_was_interrupted_finds_what_it_left_and_adds_up_its_cost(tmp_path):
    def interrupted(folder):
        (folder / "half").touch()
        sum(range(200_000))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Journal(tmp_path).stage("a", 1, interrupted)
    spent = Note(**json.loads((tmp_path / "a" / "stage.json").read_bytes()))
    assert spent.result is None
    assert spent.seconds > 0
    journal = Journal(tmp_path)
    assert journal.stage("a", 1, lambda folder: {"half": (folder / "half").exists()}) == {"half": True}
    assert journal.notes["a"].attempts == 2
    assert journal.notes["a"].seconds > spent.seconds


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "thesis.tex").write_text("years")
    with pytest.raises(ArgumentError, match="is not a stage"):
        Journal(tmp_path).stage("a", 1, never)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "stage.json").write_text("{")
    with pytest.raises(ArgumentError, match="no note of a stage"):
        Journal(tmp_path).stage("b", 1, never)
    assert (tmp_path / "a" / "thesis.tex").read_text() == "years"


def test_whoever_wants_is_told_when_a_stage_begins_and_when_it_is_done(tmp_path):
    told = []
    Journal(tmp_path, lambda name, note: told.append((name, note.result))).stage("a", 1, lambda folder: {"n": 1})
    assert told == [("a", None), ("a", {"n": 1})]
