"""The same findings whatever the number of processes, the cache and the order; hostile files are findings."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.purify import baseline
from emberharmony.purify.audit import audit
from emberharmony.purify.settings import Excepted, Settings

CLEAN = "from emberharmony import ops\n\n\ndef f(x):\n    return ops.sum(x)\n"
IMPURE = "import numpy as np\n\n\ndef f(x):\n    return np.sum(x)\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def write(project, **texts):
    for name, text in texts.items():
        path = project / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1_700_000_000, 1_700_000_000))


def shown(found):
    return [(entry.path, entry.line, entry.column, entry.code, entry.reason) for entry in found.entries()]


def test_files_come_in_order_with_places_and_functions(home):
    write(home, b=IMPURE, a=CLEAN)
    found = audit([home], Settings(root=home))
    assert [file.path for file in found.files] == ["a.py", "b.py"]
    assert [(e.line, e.column, e.end_column, e.code, e.function) for e in found.entries()] == [
        (1, 1, 19, "IMP01", "<module>"),
        (5, 12, 18, "USE01", "f"),
    ]
    assert found.open == 2
    assert found.counts == {("IMP01", ""): 1, ("USE01", ""): 1}


def test_an_unchanged_file_is_not_read_again(home):
    write(home, a=IMPURE, b=CLEAN)
    first = audit([home], Settings(root=home))
    for name in ("a.py", "b.py"):
        (home / name).chmod(0)
    second = audit([home], Settings(root=home))
    assert (first.fresh, second.fresh) == (2, 0)
    assert second.files == first.files


def test_a_changed_file_is_examined_and_the_others_are_not(home):
    write(home, a=IMPURE, b=CLEAN)
    audit([home], Settings(root=home))
    write(home, b=CLEAN + "\n\nimport torch\n")
    found = audit([home], Settings(root=home))
    assert found.fresh == 1
    assert ("b.py", 8, 1, "IMP01", None) in shown(found)


def test_a_file_is_examined_again_when_what_it_imports_from_has_changed(home):
    write(home, a="from b import make\n\nx = float(make())  # torch\n", b="from c import made as make\n", d=IMPURE)
    write(home, c="def made():\n    return 1.0\n")
    assert [e.path for e in audit([home], Settings(root=home)).entries()] == ["d.py", "d.py"]
    write(home, c="import numpy as np\n\n\ndef made():\n    return np.ones(3)\n")
    second = audit([home], Settings(root=home))
    assert ("a.py", 3, 5, "CAST01", None) in shown(second)
    assert second.files == audit([home], Settings(root=home), cached=False).files
    assert second.fresh < 4
    assert audit([home], Settings(root=home)).fresh == 0


def test_the_same_bytes_under_another_time_are_the_same(home):
    write(home, a=IMPURE)
    first = audit([home], Settings(root=home))
    os.utime(home / "a.py", (1_700_000_009, 1_700_000_009))
    assert audit([home], Settings(root=home)).files == first.files
    assert audit([home], Settings(root=home)).fresh == 0


def test_a_file_that_was_written_this_moment_is_looked_at_again(home):
    write(home, a=IMPURE)
    path = home / "a.py"
    os.utime(path)
    audit([home], Settings(root=home))
    state = path.stat()
    path.write_text(IMPURE.replace("numpy", "torch"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert next(audit([home], Settings(root=home)).entries()).note == "torch"


def test_other_settings_do_not_see_the_old_cache(home):
    write(home, a=IMPURE)
    audit([home], Settings(root=home))
    found = audit([home], Settings(root=home, select=("IMP",)))
    assert [entry.code for entry in found.entries()] == ["IMP01"]


def test_a_damaged_cache_is_told_once_and_changes_nothing(home, tmp_path):
    write(home, a=IMPURE)
    first = audit([home], Settings(root=home))
    (place,) = (tmp_path / "cache").rglob("*.cache")
    place.write_bytes(place.read_bytes()[:-3])
    second = audit([home], Settings(root=home))
    assert "damaged" in second.notes[0]
    assert second.files == first.files
    assert audit([home], Settings(root=home)).notes == ()


def test_two_processes_find_what_one_finds(home):
    for at in range(60):
        write(home, **{f"p{at % 5}__m{at}": IMPURE if at % 3 else CLEAN})
    one = audit([home], Settings(root=home), cached=False)
    seen = []
    two = audit([home], Settings(root=home), cached=False, jobs=2, progress=lambda done, total: seen.append(done))
    assert one.files == two.files
    assert seen[-1] == 60


def test_a_backend_may_import_its_library(home):
    write(home, backend__numpy=IMPURE, backend_utils=IMPURE)
    found = audit([home], Settings(root=home, backend=("backend",)))
    assert {(entry.path, entry.reason) for entry in found.entries()} == {
        ("backend/numpy.py", "backend"),
        ("backend_utils.py", None),
    }


def test_rules_can_be_ignored_by_path(home):
    write(home, tests__a=IMPURE, b=IMPURE)
    found = audit([home], Settings(root=home, per_path_ignores=(("tests/**", ("USE",)),)))
    assert [(e.path, e.code) for e in found.entries()] == [
        ("b.py", "IMP01"),
        ("b.py", "USE01"),
        ("tests/a.py", "IMP01"),
    ]


def test_an_exception_of_the_settings_accepts_with_its_reason(home):
    write(home, io__a=IMPURE, b=IMPURE)
    found = audit([home], Settings(root=home, exceptions=(Excepted("io/**", ("USE", "IMP"), "files are host"),)))
    assert {(entry.path, entry.reason, entry.why) for entry in found.entries()} == {
        ("b.py", None, ""),
        ("io/a.py", "documented", "files are host"),
    }


def test_a_baseline_accepts_what_it_knows_and_tells_what_is_stale(home):
    write(home, a=IMPURE)
    settings = Settings(root=home)
    found = audit([home], settings)
    baseline.write(home / "known.json", (marked for file in found.files for marked in file.marked()))
    settings = replace(settings, baseline="known.json")
    write(home, a="# moved\n\n" + IMPURE)
    moved = audit([home], settings)
    assert (moved.open, moved.notes) == (0, ())
    write(home, a=CLEAN)
    assert len(audit([home], settings).notes) == 2
    (home / "a.py").unlink()
    assert len(audit([home], settings).notes) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"import numpy\ndef f(:\n",
        b"import numpy\n\0",
        b"import numpy # \xff\n",
        b"# coding: klingon\nimport numpy\n",
        b"import numpy\nx = " + b"(" * 10_000,
        b"import numpy\nx = " + b"-" * 10_000 + b"numpy.e",
        b"import numpy\nx = numpy" + b".T" * 10_000,
        b"import numpy\nx = " + b" + ".join([b"numpy.e"] * 10_000),
        b"import numpy\n" + b"x = 1\n" * 1_700_000,
    ],
)
def test_a_hostile_file_is_one_finding_and_hides_no_other(home, data):
    (home / "hostile.py").write_bytes(data)
    write(home, fine=IMPURE)
    found = audit([home], Settings(root=home), cached=False)
    assert [(e.path, e.code) for e in found.entries()] == [
        ("fine.py", "IMP01"),
        ("fine.py", "USE01"),
        ("hostile.py", "SRC01"),
    ]


def test_deep_code_that_python_reads_is_examined(home):
    deep = "import numpy as np\nx = " + "(" * 90 + "np.e" + ")" * 90 + "\n"
    deep += "".join("    " * at + f"if x > {at}:\n" for at in range(20)) + "    " * 20 + "y = np.pi\n"
    deep += "z = np.e" + " + np.e" * 300 + "\n"
    write(home, deep=deep)
    found = audit([home], Settings(root=home), cached=False)
    assert {e.code for e in found.entries()} <= {"IMP01", "USE01", "SRC01"}
    assert found.open > 0


def test_folders_of_links_and_pipes_end_with_findings(home):
    write(home, a=IMPURE)
    (home / "self").symlink_to(home)
    os.mkfifo(home / "pipe.py")
    (home / "gone.py").symlink_to(home / "nowhere")
    found = audit([home], Settings(root=home))
    assert [(e.path, e.code) for e in found.entries()] == [
        ("a.py", "IMP01"),
        ("a.py", "USE01"),
        ("gone.py", "SRC01"),
        ("pipe.py", "SRC01"),
    ]


PIECES = st.lists(
    st.sampled_from(
        [
            *("import numpy as np\n", "np.", "sum(", ")", "(", "x", "[", "]", " = ", "\n", "    ", "def f(x):\n"),
            *("lambda x: ", "x += 1\n", "float(x)", "x[x > 0] = 0\n", ".astype(int)", "if ", ":\n", "\0", "\f", "é"),
            *("𝄞", "'", '"""', "\\\n", "# purify: ignore[USE01]", "return x\n", "for x in x:\n", "*", ", ", ":=", "\r"),
            *("class A:\n", "with x as y:\n", "global np\n", "del np\n", "from numpy import *\n", "match x:\n", "\t"),
            *("case np.e:\n", "async ", "yield ", "await ", "x = y = ", "@np.vectorize\n", "try:\n", "except np:\n"),
        ]
    ),
    max_size=40,
)


@given(pieces=PIECES)
def test_no_text_is_a_crash(tmp_path_factory, pieces):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "it.py").write_bytes(b"import numpy as np\n" + "".join(pieces).encode())
    found = audit([folder], Settings(root=folder), cached=False)
    assert [file.open > 0 for file in found.files] == [True]


@given(data=st.data())
def test_mutated_real_code_is_no_crash(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("mutated")
    text = Path(shutil.__file__).read_text("utf-8")[:4000]
    text = text.replace("os.path", "np.linalg").replace("len(", "np.asarray(")
    at = data.draw(st.integers(0, len(text)))
    size = data.draw(st.integers(0, 30))
    other = data.draw(st.integers(0, len(text)))
    mutated = text[:at] + text[other : other + size] + text[at + size :]
    (folder / "it.py").write_text("import numpy as np\n" + mutated)
    found = audit([folder], Settings(root=folder), cached=False)
    assert [file.open > 0 for file in found.files] == [True]
