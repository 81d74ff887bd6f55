"""A stage is done once; what changed is done anew, what was interrupted goes on, what is not ours is left alone."""

from __future__ import annotations

import json

import pytest

from emberharmony.demo.journal import Journal, Note
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointError


def once(folder, *stages, tell=None):
    """What the stages (name, about, work) give, and their notes, in one run."""
    with Journal(folder, tell) as journal:
        return [journal.stage(*stage) for stage in stages], journal.notes


def never(folder):
    raise AssertionError("a stage that is done was done again")


def test_a_stage_that_is_done_is_not_done_again(tmp_path):
    stage = ("a", {"n": 1})
    assert once(tmp_path, (*stage, lambda folder: {"rows": 7, "sum": 3}))[0] == [{"rows": 7, "sum": 3}]
    found, notes = once(tmp_path, (*stage, never))
    assert found == [{"rows": 7, "sum": 3}]
    assert notes["a"].rows == 7
    assert notes["a"].peak_memory > 1_000_000


def test_a_change_begins_a_stage_anew_and_all_that_follow(tmp_path):
    def leave(folder):
        (folder / "left").touch()
        return {}

    def look(folder):
        return {"left": (folder / "left").exists()}

    once(tmp_path, ("a", 1, leave), ("b", 1, leave))
    assert once(tmp_path, ("a", 2, look), ("b", 1, look))[0] == [{"left": False}, {"left": False}]


def test_what_was_interrupted_finds_what_it_left_and_adds_up_its_cost(tmp_path):
    def interrupted(folder):
        (folder / "half").touch()
        sum(range(200_000))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        once(tmp_path, ("a", 1, interrupted))
    spent = Note(**json.loads((tmp_path / "a" / "stage.json").read_bytes()))
    assert spent.result is None
    assert spent.seconds > 0
    found, notes = once(tmp_path, ("a", 1, lambda folder: {"half": (folder / "half").exists()}))
    assert found == [{"half": True}]
    assert notes["a"].attempts == 2
    assert notes["a"].seconds > spent.seconds


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "thesis.tex").write_text("years")
    with pytest.raises(ArgumentError, match="is not a stage"):
        once(tmp_path, ("a", 1, never))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "stage.json").write_text("{")
    with pytest.raises(ArgumentError, match="no note of a stage"):
        once(tmp_path, ("b", 1, never))
    assert (tmp_path / "a" / "thesis.tex").read_text() == "years"


def test_a_kill_while_a_folder_is_emptied_locks_nobody_out(tmp_path, monkeypatch):
    once(tmp_path, ("a", 1, lambda folder: (folder / "big").touch() or {}))

    def killed(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            once(tmp_path, ("a", 2, never))
    assert once(tmp_path, ("a", 2, lambda folder: {"big": (folder / "big").exists()}))[0] == [{"big": False}]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".a")] == []


def test_two_runs_in_one_folder_are_refused(tmp_path):
    with Journal(tmp_path), pytest.raises(CheckpointError, match="in use by process"):
        once(tmp_path, ("a", 1, never))


def test_whoever_wants_is_told_when_a_stage_begins_and_when_it_is_done(tmp_path):
    told = []
    once(tmp_path, ("a", 1, lambda folder: {"n": 1}), tell=lambda name, note: told.append((name, note.result)))
    assert told == [("a", None), ("a", {"n": 1})]
