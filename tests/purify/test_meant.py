"""What a comment or the settings explain is left as it was by the rewrite, with the function that holds it."""

from pathlib import Path

import pytest

from emberharmony.cli import main
from emberharmony.purify.port import fix
from emberharmony.purify.settings import Excepted, Settings
from emberharmony.purify.source import read

WHY = "the file format is NumPy's own"
TEXT = """\
import numpy as np


def kept(x: np.ndarray):
    return np.sin(x)


def ported(x: np.ndarray):
    return np.cos(x)
"""


def fixed(folder: Path, text: str, **settings):
    path = folder / "a.py"
    path.write_text(text)
    return fix(read(path), Settings(folder, **settings))


def line_with(text: str, part: str) -> list[str]:
    return [line for line in text.splitlines() if part in line]


@pytest.mark.parametrize(
    "comment",
    [f"return np.sin(x)  # purify: ignore[USE01] {WHY}", f"# purify: ignore[USE01] {WHY}\n    return np.sin(x)"],
)
def test_a_use_that_a_comment_explains_stays_with_its_function(tmp_path, comment):
    port = fixed(tmp_path, TEXT.replace("return np.sin(x)", comment))
    assert port.ported == ["ported"]
    assert "def kept(x: np.ndarray):" in port.text
    assert [(left.function, left.meant) for left in port.left] == [("kept", True)]
    assert WHY in port.left[0].why
    assert "import numpy as np\n" in port.text


def test_an_import_that_is_explained_stays_when_its_last_use_is_gone(tmp_path):
    port = fixed(tmp_path, TEXT.replace("as np\n", f"as np  # purify: ignore[IMP01] {WHY}\n", 1))
    assert port.ported == ["kept", "ported"]
    assert f"import numpy as np  # purify: ignore[IMP01] {WHY}\n" in port.text


def test_a_copy_that_is_explained_stays_and_the_array_in_it_is_ported(tmp_path):
    comment = "  # purify: ignore[CAST01] the plot wants a number"
    port = fixed(
        tmp_path, f"import numpy as np\n\n\ndef f(x):\n    x = np.sin(x)\n    return float(np.sum(x)){comment}\n"
    )
    assert port.ported == ["f"]
    (line,) = line_with(port.text, "float(")
    assert line == f"    return float(ops.sum(x)){comment}"


def test_what_a_statement_at_import_explains_stays_alone(tmp_path):
    text = f"import numpy as np\n\nA = np.float32  # purify: ignore[USE01] {WHY}\nB = np.float32\n"
    port = fixed(tmp_path, text)
    assert f"A = np.float32  # purify: ignore[USE01] {WHY}\n" in port.text


def test_a_comment_without_a_reason_keeps_nothing(tmp_path):
    assert "np." not in fixed(tmp_path, TEXT.replace("np.sin(x)", "np.sin(x)  # purify: ignore[USE01]")).text


@pytest.mark.parametrize(
    "settings",
    [
        {"backend": ("a.py",)},
        {"exceptions": (Excepted("a.py", ("USE", "IMP"), WHY),)},
        {"per_path_ignores": (("a.py", ("USE01",)),)},
        {"ignore": ("USE01",)},
        {"select": ("CAST",)},
    ],
)
def test_what_the_settings_except_or_do_not_ask_for_stays(tmp_path, settings):
    port = fixed(tmp_path, TEXT, **settings)
    assert not port.changed
    assert port.left
    assert all(left.meant for left in port.left)
    other = fixed(tmp_path, TEXT, backend=("b.py",), ignore=("CAST",))
    assert other.ported == ["kept", "ported"]


def test_what_stays_in_the_first_round_stays_in_all(tmp_path):
    # `outer` can be ported only after `helper`: the places have moved by then
    text = (
        "import numpy as np\n\n\ndef helper(x: np.ndarray):\n    return np.sin(x)\n\n\n"
        f"def kept(x: np.ndarray):\n    return np.cos(x)  # purify: ignore[USE01] {WHY}\n\n\n"
        "def strange(x: np.ndarray):\n    return np.memmap(x)\n"
    )
    port = fixed(tmp_path, text)
    assert port.ported == ["helper"]
    assert {left.function: left.meant for left in port.left} == {"kept": True, "strange": False}


@pytest.mark.parametrize("target", ["ops", "xp"])
def test_both_targets_keep_what_is_meant(tmp_path, target):
    port = fixed(tmp_path, TEXT.replace("np.sin(x)", f"np.sin(x)  # purify: ignore[USE01] {WHY}"), target=target)
    assert port.ported == ["ported"]
    assert line_with(port.text, "np.sin(x)")


def test_what_is_meant_to_stay_is_no_failure_of_the_command(tmp_path, capsys):
    path = tmp_path / "a.py"
    path.write_text(TEXT.replace("np.sin(x)", f"np.sin(x)  # purify: ignore[USE01] {WHY}"))
    assert main(["purify", "fix", str(path), "--write"]) == 0
    assert "np.sin(x)" in path.read_text()
    assert "ops.cos" in path.read_text()
    assert WHY in capsys.readouterr().err
