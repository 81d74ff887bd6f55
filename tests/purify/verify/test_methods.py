"""Methods are tried on objects seen in a run or an example, or on ones that are made, and fitted where they can be."""

from pathlib import Path
from textwrap import dedent

import pytest

from emberharmony.purify.verify import Verdict, VerifySettings, verify

SCALER = """
    import numpy as np

    class Scaler:
        def __init__(self, power=2.0):
            self.power = power

        def fit(self, X, y=None):
            self.mean_ = np.mean(X, axis=0)
            return self

        def transform(self, X):
            return np.tanh(X - self.mean_) ** self.power
"""
PICKY = '''
    import numpy as np

    class Picky:
        """Scales.

        Examples
        --------
        >>> p = Picky({"scale": np.ones(3)})
        >>> p.scaled(np.arange(3.0))
        array([0., 1., 2.])
        """

        def __init__(self, settings):
            self.scale = settings["scale"]
            self.count = 0

        def scaled(self, x):
            self.count += 1
            return np.exp(0 * x) * x * self.scale
'''
UNDOCUMENTED = PICKY.replace(">>> ", "")


def ported(text: str) -> str:
    return (
        text.replace("import numpy as np", "from emberharmony import ops")
        .replace("= np.", "= ops.")
        .replace("return np.", "return ops.")
    )


def judged(text: str, name: str, path: Path = Path("/nowhere/m.py"), port: str = "", **settings) -> Verdict:
    original = dedent(text)
    how = VerifySettings(**{"seconds": 20, "backends": ("numpy",)} | settings)
    (verdict,) = verify(original, port or ported(original), path, [name], settings=how)
    return verdict


def test_an_object_is_fitted_before_its_method_is_tried():
    verdict = judged(SCALER, "Scaler.transform")
    assert verdict.status == "verified", verdict
    assert ", then (" in verdict.inputs[0].what


def test_a_wrong_fit_is_seen_in_the_methods_that_rest_on_it():
    wrong = ported(dedent(SCALER)).replace("axis=0", "axis=None")
    assert judged(SCALER, "Scaler.transform", port=wrong).status == "differs"
    assert judged(SCALER, "Scaler.fit", port=wrong).status == "differs"


def test_a_method_that_needs_no_fit_is_tried_without_where_none_is_found():
    text = SCALER.replace("np.mean(X, axis=0)", "X['nothing']").replace("X - self.mean_", "X")
    assert judged(text, "Scaler.transform").status == "verified"


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        (UNDOCUMENTED, "Picky.scaled", "no arguments were found with which Picky can be made"),
        (
            "import numpy as np\nimport time\ndef slow(x):\n    time.sleep(9)\n    return np.sin(x)\n",
            "slow",
            "the original runs on no input in 1 s",
        ),
        (
            SCALER.replace("np.mean(X, axis=0)", "X['nothing']"),
            "Scaler.transform",
            "no data was found on which Scaler.fit",
        ),
    ],
)
def test_what_stands_in_the_way_of_a_method_is_said(text, name, why):
    verdict = judged(text, name, seconds=4)
    assert verdict.status == "not tried"
    assert verdict.why.startswith(why)


@pytest.mark.parametrize("name", ["Picky.scaled", "Picky.__init__"])
def test_objects_of_the_examples_are_taken(name):
    verdict = judged(PICKY, name)
    assert {tried.origin for tried in verdict.inputs} == {"example"}
    assert verdict.status == "verified", verdict


def test_objects_of_the_tests_are_taken_as_they_were_at_the_call(tmp_path):
    path, test = tmp_path / "picky.py", tmp_path / "test_picky.py"
    path.write_text(dedent(UNDOCUMENTED))
    test.write_text(
        "import numpy as np, picky\n\ndef test_it():\n    p = picky.Picky({'scale': np.full(3, 2.0)})\n"
        "    p.scaled(np.ones(3))\n    p.scaled(np.arange(3.0))\n"
    )
    verdict = judged(UNDOCUMENTED, "Picky.scaled", path, tests=test)
    assert verdict.status == "verified", verdict
    assert "2 calls recorded" in verdict.notes
    assert [("'count': 1" in tried.what) for tried in verdict.inputs if tried.what.startswith("call 2:")] == [True]


@pytest.mark.slow
def test_a_function_that_the_tests_never_call_has_no_recorded_calls(tmp_path):
    path, test = tmp_path / "scaler.py", tmp_path / "test_scaler.py"
    path.write_text(dedent(SCALER) + "\n\ndef other(x):\n    return np.sin(x)\n")
    test.write_text("import scaler\n\ndef test_it():\n    scaler.Scaler(1.0)\n")
    verdict = judged(path.read_text(), "other", path, tests=test)
    assert "0 calls recorded" in verdict.notes
