"""Inputs come from examples of the documentation, from tests and from traces; a package is imported as its users do."""

from pathlib import Path
from textwrap import dedent

import pytest

from emberharmony.purify.verify import VerifySettings, verify

# runs on nothing that a guess would find: a list of pairs of a text and an array
PICKY = '''
    import numpy as np
    from .helper import twice

    def picky(pairs):
        """Weighted sum.

        Examples
        --------
        >>> picky([("a", np.array([1.0, 2.0])), ("b", np.array([3.0, 4.0]))])
        array([14., 20.])
        """
        weights = {"a": 1.0, "b": 2.0}
        return twice(sum(weights[name] * np.exp(0 * x) * x for name, x in pairs))
'''
UNDOCUMENTED = PICKY.replace("        Examples\n        --------\n", "").replace(">>> ", "")


def ported(text: str) -> str:
    return text.replace("import numpy as np", "from emberharmony import ops").replace("np.exp", "ops.exp")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "pkg"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .core import picky\n")
    (folder / "helper.py").write_text("def twice(x):\n    return 2 * x\n")
    return folder


def verified(package: Path, text: str, **settings) -> object:
    original = dedent(text)
    (package / "core.py").write_text(original)
    (verdict,) = verify(
        original,
        ported(original),
        package / "core.py",
        ["picky"],
        settings=VerifySettings(backends=("numpy",), **settings),
    )
    return verdict


def test_examples_of_the_documentation_are_inputs(package):
    verdict = verified(package, PICKY)
    assert verdict.status == "verified", verdict
    assert {tried.origin for tried in verdict.inputs} == {"example"}


def test_a_module_that_its_users_cannot_import_is_told(package):
    # the text alone can be loaded; imported as its users do, it leaves
    text = PICKY + "\n    if __name__ == 'pkg.core':\n        raise SystemExit(3)\n"
    (package / "__init__.py").write_text("")
    verdict = verified(package, text)
    assert verdict.status == "verified", verdict
    assert "examples that import the module see no calls: SystemExit: 3" in verdict.notes


def test_without_them_no_input_is_found(package):
    verdict = verified(package, UNDOCUMENTED)
    assert (verdict.status, verdict.why) == ("not tried", "no input was found on which the original runs")


def test_calls_of_the_tests_are_inputs(package):
    test = package.parent / "test_core.py"
    test.write_text(
        "import numpy as np, pkg\ndef test_it():\n    pkg.picky([('a', np.ones(3)), ('b', np.arange(3.0))])\n"
    )
    verdict = verified(package, UNDOCUMENTED, tests=test)
    assert verdict.status == "verified", verdict
    assert {tried.origin for tried in verdict.inputs} == {"recorded"}


def test_tests_that_never_call_the_file_are_reported(package):
    test = package.parent / "test_core.py"
    test.write_text("def test_it():\n    pass\n")
    verdict = verified(package, PICKY, tests=test)
    assert verdict.status == "verified"
    assert any("no calls from the tests" in note for note in verdict.notes)


def test_nothing_of_the_users_is_imported_into_this_process(package):
    import sys

    verified(package, PICKY)
    assert "pkg" not in sys.modules


def test_a_helper_is_tried_on_what_its_callers_pass_to_it():
    original = dedent(
        """
        import numpy as np

        def public(x):
            return _helper({"data": x, "scale": 2.0})

        def _helper(settings):
            return np.tanh(settings["data"]) * settings["scale"]
        """
    )
    (verdict,) = verify(original, ported(original).replace("np.", "ops."), Path("/nowhere/m.py"), ["_helper"])
    assert verdict.status == "verified", verdict
    assert {tried.origin for tried in verdict.inputs} == {"caller"}


def test_one_input_tried_twice_is_one_input():
    original = "import numpy as np\ndef f(how):\n    return np.ones(2000) * len({'a': 1}[how] * 'a')\n"
    port = original.replace("import numpy as np", "from emberharmony import ops").replace("np.", "ops.")
    (verdict,) = verify(original, port, Path("/nowhere/m.py"), ["f"], settings=VerifySettings(backends=("numpy",)))
    assert [tried.what for tried in verdict.inputs] == ["plain: 'a'"]
    assert (verdict.status, verdict.why) == ("not tried", "the original runs on 1 inputs, 3 are needed")
