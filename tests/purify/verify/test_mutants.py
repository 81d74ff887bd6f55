"""No port that was made wrong on purpose is verified, as an oracle of NumPy's own comparison sees it."""

import warnings
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from tests.purify.verify.mutants import mutants
from tests.purify.verify.texts import IMPORTS, RIGHT

import emberharmony
from emberharmony import ops
from emberharmony.purify.verify import VerifySettings, verify

NAMES = [name for name in RIGHT if "." not in name and name != "parts"]


def oracle_inputs(name: str) -> list[tuple[tuple, dict]]:
    """Inputs that know nothing of those that verification draws."""
    rng = np.random.default_rng(99)
    one = [rng.normal(size=n) for n in (1, 2, 9, 50)] + [
        np.array([-1.0, -1.0, 0.0, 2.0, 2.0]),
        np.ones(4),
        np.array([0, 1, 1]),
    ]
    two = [rng.normal(size=(5, 3)), rng.normal(size=(6, 6))]
    match name:
        case "window":
            return [((n,), {"alpha": a}) for n in (1, 2, 5, 40) for a in (0.5, 0.54)]
        case "distances":
            return [((a, b), {}) for a in two for b in two if a.shape[1] == b.shape[1]]
        case "solve":
            return [((two[1] + 4 * np.eye(6), two[1]), {})]
        case "standardize":
            return [((x,), {"ddof": d}) for x in one[1:] for d in (0, 1)]
        case "moments":
            return [((x,), {"axis": a, "unbiased": u}) for x in two for a in (0, 1) for u in (False, True)]
        case "pick":
            return [((x,), {"how": h}) for x in one for h in ("mean", "max", "range")]
        case _:
            return [((x,), {}) for x in one]


def outcome(function, args, kwargs):
    args = [np.copy(x) if isinstance(x, np.ndarray) else x for x in args]
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return "raised", type(error).__mro__[-3]
    leaves = []

    def walk(x):
        if isinstance(x, (tuple, list)):
            leaves.append(type(x).__name__)
            list(map(walk, x))
        elif isinstance(x, dict):
            leaves.append(tuple(x))
            list(map(walk, x.values()))
        else:
            leaves.append(x)

    walk((result, [x for x in args if isinstance(x, np.ndarray)]))
    return "returned", leaves


def computes_the_same(one, two) -> bool:
    if one[0] != two[0] or one[0] == "raised":
        return one[0] == two[0]
    if len(one[1]) != len(two[1]):
        return False
    for a, b in zip(one[1], two[1], strict=True):
        if isinstance(a, (np.ndarray, np.generic, float)):
            a, b = np.asarray(a), np.asarray(b)
            same = a.shape == b.shape and a.dtype == b.dtype
            if not same or not np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True):
                return False
        elif a != b:
            return False
    return True


def collected(names: list[str]) -> tuple[str, str, dict[str, tuple[str, str, bool]]]:
    """All mutants in one file, each under its own name, with whether the oracle sees them differ."""
    originals, ports, found = ["import numpy as np"], [IMPORTS], {}
    for name in names:
        original, port = (dedent(text) for text in RIGHT[name])
        space = {"np": np}
        exec(original, space)
        for i, (what, text) in enumerate(mutants(port)):
            new = f"{name}_{i}"
            here = {"ops": ops}
            exec(text, here)
            with warnings.catch_warnings(), emberharmony.use_backend("numpy"):
                warnings.simplefilter("ignore")
                differs = not all(
                    computes_the_same(outcome(space[name], *case), outcome(here[name], *case))
                    for case in oracle_inputs(name)
                )
            found[new] = (name, what, differs)
            originals.append(original.replace(f"def {name}(", f"def {new}("))
            ports.append(text.replace(f"def {name}(", f"def {new}("))
    return "\n".join(originals), "\n".join(ports), found


def survivors(names: list[str], settings: VerifySettings) -> tuple[list[str], int]:
    original, port, found = collected(names)
    verdicts = {v.function: v for v in verify(original, port, Path("/nowhere/m.py"), list(found), settings=settings)}
    assert verdicts.keys() == found.keys()
    wrong = [new for new, (_, _, differs) in found.items() if differs]
    return [f"{found[new][:2]}" for new in wrong if verdicts[new].status == "verified"], len(wrong)


def test_no_mutant_that_computes_something_else_is_verified():
    left, wrong = survivors(NAMES, VerifySettings(backends=("numpy",)))
    assert wrong >= 40
    assert left == []


@pytest.mark.slow
def test_no_mutant_is_verified_on_all_backends():
    left, _ = survivors(NAMES, VerifySettings())
    assert left == []
