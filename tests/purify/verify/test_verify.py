"""A right port is verified on every backend; a wrong one never is, and the reason says what is wrong."""

import json
import time
from pathlib import Path

import pytest
from tests.purify.verify.texts import IMPORTS, RIGHT, WRONG, files

from emberharmony.purify.verify import Verdict, VerifySettings, verify

QUICK = VerifySettings(seconds=2, backends=("numpy",))
NOWHERE = Path("/nowhere/module.py")


@pytest.fixture(scope="module")
def right() -> dict[str, Verdict]:
    original, port = files(RIGHT)
    return {v.function: v for v in verify(original, port, NOWHERE, list(RIGHT), settings=VerifySettings(seconds=60))}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_port_is_verified_on_every_backend(right, name):
    verdict = right[name]
    assert (verdict.status, verdict.backends) == ("verified", dict.fromkeys(("numpy", "torch", "mlx"), "same")), (
        verdict.why
    )
    assert verdict.hops == []
    counted = [tried for tried in verdict.inputs if tried.counts]
    assert len(counted) >= 3
    assert max(tried.size for tried in counted) >= 1000


def test_every_documented_choice_and_option_is_tried(right):
    tried = " ".join(tried.what for tried in right["pick"].inputs)
    assert "how='max'" in tried
    assert "how='range'" in tried
    assert "unbiased=True" in " ".join(tried.what for tried in right["moments"].inputs)


def test_the_hard_inputs_are_among_those_tried(right):
    labels = {tried.what.partition(":")[0] for tried in right["standardize"].inputs}
    wanted = {
        "empty",
        "single element",
        "nan",
        "infinities",
        "integers",
        "float32",
        "larger",
        "negative",
        "zeros",
        "ties",
    }
    assert wanted <= labels
    assert any("(4, 6)" in tried.what for tried in right["standardize"].inputs)


def test_reads_of_single_numbers_are_counted_and_allowed(right):
    assert right["halved"].reads > 0
    assert right["standardize"].reads == 0


def test_a_verdict_survives_the_way_through_json(right):
    for verdict in right.values():
        assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


@pytest.fixture(scope="module")
def wrong() -> dict[str, Verdict]:
    """All wrong ports that end by themselves, in one process: each under a name of its own."""
    originals, ports, names = ["import numpy as np"], [IMPORTS], {}
    for i, (what, (original, port, status, _)) in enumerate(WRONG.items()):
        if status != "error":
            names[what] = f"f{i}"
            for text, into in ((original, originals), (port, ports)):
                into.append(text.replace("def f(", f"def f{i}(").replace("T ", f"T{i} ").replace("+ T\n", f"+ T{i}\n"))
    found = {v.function: v for v in verify("\n".join(originals), "\n".join(ports), NOWHERE, list(names.values()))}
    return {what: found[name] for what, name in names.items()}


@pytest.mark.parametrize("what", [what for what, case in WRONG.items() if case[2] != "error"])
def test_a_wrong_port_gets_exactly_its_verdict(wrong, what):
    _, _, status, why = WRONG[what]
    verdict = wrong[what]
    assert (verdict.status, why in verdict.why) == (status, True), verdict


@pytest.mark.parametrize("what", [what for what, case in WRONG.items() if case[2] == "error"])
def test_what_ends_or_holds_the_process_is_an_error_that_says_how(what):
    original, port, status, why = WRONG[what]
    start = time.monotonic()
    (verdict,) = verify(f"import numpy as np\n{original}", f"{IMPORTS}{port}", NOWHERE, ["f"], settings=QUICK)
    assert (verdict.status, why in verdict.why) == (status, True), verdict
    assert time.monotonic() - start < 60


def test_one_function_that_aborts_does_not_take_the_others_with_it():
    original = "import numpy as np\ndef f(x):\n    return np.sin(x)\ndef g(x):\n    return np.cos(x)\n"
    port = f"{IMPORTS}import os\ndef f(x):\n    os.abort()\ndef g(x):\n    return ops.cos(x)\n"
    seen = []
    verdicts = verify(original, port, NOWHERE, settings=QUICK, progress=seen.append)
    assert [(v.function, v.status) for v in verdicts] == [("f", "error"), ("g", "verified")]
    assert seen == verdicts


def test_a_text_that_cannot_be_loaded_is_an_error_of_every_function():
    (verdict,) = verify(
        "import absent_module\ndef f(x): return x\n", "def f(x): return x\n", NOWHERE, ["f"], settings=QUICK
    )
    assert verdict.status == "error"
    assert "the original cannot be loaded: ModuleNotFoundError" in verdict.why


def test_a_backend_that_is_not_there_keeps_a_port_from_being_verified():
    settings = VerifySettings(backends=("numpy", "absent"))
    original, port = files({"relu": RIGHT["relu"]})
    (verdict,) = verify(original, port, NOWHERE, ["relu"], settings=settings)
    assert verdict.backends == {"numpy": "same", "absent": "not installed"}
    assert (verdict.status, verdict.why) == ("not tried", "absent: not installed")


def test_the_same_seed_gives_the_same_verdict():
    original, port = files({"moments": RIGHT["moments"]})
    one, two = (verify(original, port, NOWHERE, ["moments"], settings=QUICK) for _ in range(2))
    assert one == two


def compared(original: str, port: str, *backends: str) -> Verdict:
    (verdict,) = verify(
        f"import numpy as np\n{original}",
        f"from emberharmony import ops\n{port}",
        NOWHERE,
        ["f"],
        settings=VerifySettings(seconds=20, backends=backends),
    )
    return verdict


def test_complex_numbers_are_tried_where_the_original_takes_them():
    original = "def f(x):\n    return np.sum(x * x)\n"
    wrong = "def f(x):\n    return ops.sum(ops.abs(x) ** 2)\n"
    verdict = compared(original, wrong, "numpy")
    assert verdict.status == "differs"
    assert "input complex" in verdict.why


def test_a_function_of_complex_numbers_that_loses_their_precision_differs():
    original = "def f(x):\n    return np.real(np.sum(x))\n"
    verdict = compared(original, original.replace("np.", "ops."), "mlx")
    assert verdict.status == "differs"
    assert "float32, the original's float64 (input complex" in verdict.why


def test_where_complex_numbers_are_not_meant_their_precision_is_a_note():
    original = "def f(x):\n    return np.sum(np.abs(x))\n"
    verdict = compared(original, original.replace("np.", "ops."), "mlx")
    assert verdict.status == "verified", verdict
    assert "complex inputs are answered in single precision on mlx, which has no complex128" in verdict.notes


def test_booleans_are_tried_where_the_original_takes_them():
    original = "def f(x):\n    return np.sum(x) if x.dtype == bool else np.tanh(x)\n"
    verdict = compared(original, "def f(x):\n    return ops.tanh(x)\n", "numpy")
    assert verdict.status == "differs"
    assert "input booleans" in verdict.why


def test_a_verdict_says_why_where_the_time_ends_before_the_first_input():
    original = "import time\nimport numpy as np\ndef f(x):\n    time.sleep(0.9)\n    return np.sin(x)\n"
    port = original.replace("import numpy as np", "from emberharmony import ops").replace("np.", "ops.")
    (verdict,) = verify(original, port, NOWHERE, ["f"], settings=VerifySettings(seconds=2, backends=("numpy",)))
    assert verdict.status in ("not tried", "error")
    assert verdict.why
