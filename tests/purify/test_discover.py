"""Each Python file once, in the order of the names, whatever links and folders do."""

import os

import pytest

from emberharmony.purify.discover import Patterns, discover
from emberharmony.purify.source import SourceError


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def names(found, root):
    return [os.path.relpath(file.path, root) for file in found.files]


def test_files_come_sorted_and_once(tmp_path):
    make(tmp_path, "b/z.py", "a.py", "b/a.py", "b/notes.txt", "b/types.pyi")
    found = discover([tmp_path, tmp_path / "b", tmp_path / "a.py"], root=tmp_path)
    assert names(found, tmp_path) == ["a.py", "b/a.py", "b/z.py"]


def test_what_is_nobodys_source_is_left_out(tmp_path):
    make(tmp_path, ".venv/a.py", "pkg/__pycache__/b.py", "x.egg-info/c.py", "build/d.py", "build_tools/e.py")
    assert names(discover([tmp_path], root=tmp_path), tmp_path) == ["build_tools/e.py"]


def test_a_file_that_is_named_is_taken(tmp_path):
    make(tmp_path, "build/d.py", "script")
    found = discover([tmp_path / "build" / "d.py", tmp_path / "script"], root=tmp_path, exclude=["other"])
    assert names(found, tmp_path) == ["build/d.py", "script"]


def test_what_the_settings_exclude_is_not_taken_when_a_hook_names_it(tmp_path):
    make(tmp_path, "tests/a.py", "b.py")
    found = discover([tmp_path / "tests" / "a.py", tmp_path / "b.py"], root=tmp_path, exclude=["tests"])
    assert names(found, tmp_path) == ["b.py"]


def test_a_notebook_is_no_python_file(tmp_path):
    make(tmp_path, "a.ipynb")
    with pytest.raises(SourceError, match="nbconvert"):
        discover([tmp_path / "a.ipynb"], root=tmp_path)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("backend", "src/backend/a.py", True),
        ("backend", "src/backend_utils/a.py", False),
        ("src/backend", "src/backend/deep/a.py", True),
        ("src/backend", "other/src/backend/a.py", False),
        ("/src", "src/a.py", True),
        ("/src", "a/src/b.py", False),
        ("/src/*.py", "src/a.py", True),
        ("src/*", "src/a/b.py", True),
        ("**/test_*.py", "a/b/test_c.py", True),
        ("**/test_*.py", "test_c.py", True),
        ("a/**/b.py", "a/b.py", True),
        ("a/**", "a/x/y.py", True),
        ("a/**", "b/a/x.py", False),
        ("*.py", "a/b.py", True),
        ("[ab]?.py", "b1.py", True),
        ("[!ab].py", "c.py", True),
        ("[!ab].py", "a.py", False),
        ("a+(b).py", "a+(b).py", True),
    ],
)
def test_patterns_fit_parts_and_not_pieces_of_them(pattern, path, fits):
    assert Patterns([pattern]).fits(path) is fits


def test_a_circle_of_links_ends(tmp_path):
    make(tmp_path, "a/one.py")
    (tmp_path / "a" / "self").symlink_to(tmp_path)
    (tmp_path / "a" / "up").symlink_to(tmp_path / "a")
    assert names(discover([tmp_path], root=tmp_path), tmp_path) == ["a/one.py"]


def test_what_is_reached_by_a_link_is_known_by_its_own_path(tmp_path):
    outside = tmp_path / "outside"
    make(tmp_path, "top/z/one.py", "outside/two.py")
    (tmp_path / "top" / "a_link").symlink_to(outside)
    (tmp_path / "top" / "again.py").symlink_to(tmp_path / "top" / "z" / "one.py")
    assert names(discover([tmp_path / "top"], root=tmp_path), tmp_path) == ["top/a_link/two.py", "top/z/one.py"]


def test_pipes_and_links_to_nothing_are_findings(tmp_path):
    make(tmp_path, "fine.py")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    found = discover([tmp_path], root=tmp_path)
    assert names(found, tmp_path) == ["fine.py"]
    assert [os.path.basename(name) for name, _ in found.problems] == ["gone.py", "pipe.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_a_finding(tmp_path):
    make(tmp_path, "fine.py", "shut/one.py")
    (tmp_path / "shut").chmod(0)
    try:
        found = discover([tmp_path], root=tmp_path)
    finally:
        (tmp_path / "shut").chmod(0o755)
    assert names(found, tmp_path) == ["fine.py"]
    assert [os.path.basename(name) for name, _ in found.problems] == ["shut"]


@pytest.mark.parametrize("name", ["nowhere", "nul\0l"])
def test_a_path_that_does_not_exist_is_an_error(tmp_path, name):
    with pytest.raises(SourceError, match="Mend:"):
        discover([tmp_path / name], root=tmp_path)
