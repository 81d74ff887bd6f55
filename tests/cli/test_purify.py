"""`emberharmony purify`, as a user calls it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from emberharmony.cli import main

IMPURE = "import numpy as np\n\n\ndef f(x):\n    return np.sum(x)  # kept\n"
CLEAN = "from emberharmony import ops\n\n\ndef f(x):\n    return ops.sum(x)\n"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.emberharmony.purify]\n")
    (folder / "src" / "a.py").write_text(IMPURE)
    monkeypatch.chdir(folder)
    return folder


def test_the_exit_status_says_whether_anything_is_open(project, capsys):
    assert main(["purify", "audit", "src"]) == 1
    assert "src/a.py:1:1 IMP01" in capsys.readouterr().out
    (project / "src" / "a.py").write_text(CLEAN)
    assert main(["purify", "audit", "src"]) == 0
    assert capsys.readouterr().out == "0 open, 0 accepted, in 1 file\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["audit", "nowhere"], "no such file"),
        (["audit", "src", "--select", "NOPE"], "no rule 'NOPE'"),
        (["audit", "src", "--baseline", "gone.json"], "no such baseline"),
        (["audit", "src", "--write-baseline"], "no baseline is named"),
        (["rules", "NOPE"], "no rule 'NOPE'"),
        (["fix", "nowhere.py"], "no such file"),
    ],
)
def test_a_wrong_call_is_2_with_a_mend(capsys, arguments, says):
    assert main(["purify", *arguments]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "Mend:" in told


def test_a_wrong_setting_is_2(project, capsys):
    (project / "pyproject.toml").write_text("[tool.emberharmony.purify]\nexclud = []\n")
    assert main(["purify", "audit", "src"]) == 2
    assert "write 'exclude'" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "json", "sarif", "figures", "table"])
def test_every_format_is_written_to_a_file_as_it_is_printed(project, capsys, form):
    main(["purify", "audit", "src", "--format", form])
    printed = capsys.readouterr().out
    main(["purify", "audit", "src", "--format", form, "--output", "out"])
    assert capsys.readouterr().out == ""
    assert (project / "out").read_text() == printed
    assert printed.endswith("\n")


def test_a_baseline_lets_the_old_pass_and_no_new(project, capsys):
    assert main(["purify", "audit", "src", "--baseline", "known.json", "--write-baseline"]) == 0
    assert main(["purify", "audit", "src", "--baseline", "known.json"]) == 0
    (project / "src" / "b.py").write_text(IMPURE)
    assert main(["purify", "audit", "src", "--baseline", "known.json"]) == 1


def test_rules_are_listed_and_explained(capsys):
    assert main(["purify", "rules"]) == 0
    listed = capsys.readouterr().out
    assert "IMP01" in listed
    assert "SUP01" in listed
    assert main(["purify", "rules", "USE01"]) == 0
    explained = capsys.readouterr().out
    assert "instead of\n    import numpy as np\n" in explained


def test_a_status_page_is_written_once_and_then_current(project, capsys):
    assert main(["purify", "status", "src", "--page", "status.md", "--check"]) == 1
    assert not (project / "status.md").exists()
    assert main(["purify", "status", "src", "--page", "status.md"]) == 0
    assert "| src/a.py | ⚠️ Partial |" in (project / "status.md").read_text()
    assert main(["purify", "status", "src", "--page", "status.md", "--check"]) == 0
    (project / "src" / "a.py").write_text(CLEAN)
    assert main(["purify", "status", "src", "--page", "status.md", "--check"]) == 1


def test_a_page_of_html_has_findings_and_the_diff(project, capsys):
    assert main(["purify", "report", "src", "--output", "report.html"]) == 1
    written = (project / "report.html").read_text()
    assert "USE01" in written
    assert "+from emberharmony import ops" in written


def test_fix_prints_the_new_file_and_nothing_else(capsys):
    assert main(["purify", "fix", "--stdout", "src/a.py"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("from emberharmony import ops\n")
    assert told.out.endswith("  # kept\n")
    assert told.err == ""


def test_fix_writes_only_when_it_is_asked_to(project, capsys):
    path = project / "src" / "a.py"
    path.chmod(0o640)
    assert main(["purify", "fix", "src"]) == 0
    assert "-import numpy as np\n" in capsys.readouterr().out
    assert path.read_text() == IMPURE
    assert main(["purify", "fix", "src", "--write"]) == 0
    assert "numpy" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    assert main(["purify", "audit", "src"]) == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["a.py"]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(project, capsys):
    (project / "src" / "b.py").write_text("def f(:\n")
    assert main(["purify", "fix", "src", "--write"]) == 2
    told = capsys.readouterr()
    assert "src/b.py:1" in told.err
    assert "src/a.py: " in told.out


def test_port_writes_what_was_verified(project, capsys):
    assert main(["purify", "port", "src", "--dry-run"]) == 0
    assert "f: verified" in capsys.readouterr().out
    assert (project / "src" / "a.py").read_text() == IMPURE
    assert main(["purify", "port", "src", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["src/a.py"][0]["status"] == "verified"
    assert "numpy" not in (project / "src" / "a.py").read_text()


@pytest.mark.parametrize(
    ("tests", "left"),
    [("src/tests", ("test_a.py", "help.py")), pytest.param("src", ("test_a.py",), marks=pytest.mark.slow)],
)
def test_tests_that_prove_a_port_are_not_ported(project, capsys, tests, left):
    folder = project / "src" / "tests"
    folder.mkdir()
    for name in ("test_a.py", "help.py"):
        (folder / name).write_text(IMPURE)
    assert main(["purify", "port", "src", "--tests", tests, "--seconds", "20"]) == 0
    assert "numpy" not in (project / "src" / "a.py").read_text()
    assert {name for name in ("test_a.py", "help.py") if (folder / name).read_text() == IMPURE} == set(left)


def test_a_port_that_differs_is_not_verified(project, capsys):
    (project / "port.py").write_text(CLEAN.replace("ops.sum(x)", "ops.sum(x) + 1.0"))
    assert main(["purify", "verify", "port.py", "--against", "src/a.py"]) == 1
    assert "f: differs" in capsys.readouterr().out


def test_help_is_quick_and_has_examples():
    code = "import sys; from emberharmony.cli import main\ntry: main(['purify', '--help'])\nexcept SystemExit: pass\n"
    code += "print([m for m in sys.modules if m == 'numpy' or '.purify.' in m], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "emberharmony purify audit src" in done.stdout
    assert done.stderr.strip() == "[]"


def test_an_audit_imports_no_array_library():
    code = "import sys; from emberharmony.cli import main; main(['purify', 'audit', 'src'])\n"
    code += "print([m for m in sys.modules if m in ('numpy', 'torch', 'mlx')], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_ctrl_c_ends_it_with_130(project):
    for at in range(200):
        (project / "src" / f"m{at}.py").write_text(IMPURE + "".join(f"x{n} = np.e + {n}\n" for n in range(1500)))
    command = [sys.executable, "-m", "emberharmony.cli", "purify", "audit", "src", "--jobs", "2"]
    done = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(1.5)
    os.killpg(done.pid, signal.SIGINT)
    out, told = done.communicate(timeout=60)
    assert done.returncode == 130, (out[-500:], told)
    assert "interrupted" in told
    assert "Traceback" not in told


def test_helpers_are_ported_before_those_who_import_them(tmp_path, capsys):
    (tmp_path / "a_first.py").write_text(
        'import numpy as np\nfrom z_last import _spread\n\n\ndef scaled(x):\n    """\n    Parameters\n    ----------\n'
        '    x : ndarray\n    """\n    return np.abs(x) / _spread(x)\n'
    )
    (tmp_path / "z_last.py").write_text(
        'import numpy as np\n\n\ndef _spread(x):\n    """\n    Parameters\n    ----------\n    x : ndarray\n    """\n'
        "    return np.std(x, ddof=1)\n"
    )
    assert main(["purify", "port", str(tmp_path), "--quiet"]) == 0
    said = capsys.readouterr().out
    assert said.index("z_last.py _spread: verified") < said.index("a_first.py scaled: verified")
    assert "numpy" not in (tmp_path / "a_first.py").read_text() + (tmp_path / "z_last.py").read_text()


def test_a_recorded_run_says_what_the_text_does_not(tmp_path, capsys):
    file = tmp_path / "thing.py"
    file.write_text("import numpy as np\n\n\ndef scale(thing, by):\n    return thing.sum() * by + np.pi\n")
    (tmp_path / "test_thing.py").write_text(
        "import numpy as np\nfrom thing import scale\n\n\ndef test_it():\n    assert scale(np.ones(4), 2.0) > 11\n"
    )
    assert main(["purify", "fix", str(file)]) == 1
    assert "record types with --trace" in capsys.readouterr().err
    assert main(["purify", "fix", str(file), "--trace", f"pytest -q -p no:xdist {tmp_path}"]) == 0
    assert "+    return" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_does_not_stop_the_others(project, capsys):
    resource = pytest.importorskip("resource", reason="no limits of a process on this system")
    large = IMPURE + "# a comment\n" * 3000
    (project / "src" / "0.py").write_text(large)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))  # as a full disk
    try:
        assert main(["purify", "fix", "src", "--write"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "0.py: File too large; the file is as it was" in capsys.readouterr().err
    assert (project / "src" / "0.py").read_text() == large
    assert "numpy" not in (project / "src" / "a.py").read_text()
    assert sorted(entry.name for entry in (project / "src").iterdir()) == ["0.py", "a.py"]


@pytest.mark.parametrize(
    "call", [["fix", ""], ["verify", "src", "--seconds", "nan"], ["port", "src", "--seconds", "-1"], ["fix", "src", ""]]
)
def test_what_would_be_taken_for_something_else_is_a_wrong_call(project, call):
    with pytest.raises(SystemExit) as ended:
        main(["purify", *call])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (["status", "src", "--page", "page.md"], "page.md: byte 0 is no UTF-8"),
        (["audit", "src", "--trace", "pytest 'x"], "No closing quotation"),
        (["report", "src", "--output", "src"], "src: Is a directory"),
        (["report", "src", "--output", "nowhere/page.html"], "nowhere/page.html: No such file"),
    ],
)
def test_a_wrong_file_is_named_as_it_was_given(project, capsys, call, says):
    (project / "page.md").write_bytes(b"\xff\xfe")
    assert main(["purify", *call]) == 2
    assert says in capsys.readouterr().err
