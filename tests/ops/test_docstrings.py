"""Every public op has a docstring whose example runs on every backend; floats are compared to five digits."""

import doctest
import re

import pytest

import emberharmony.backend_utils
from emberharmony import ops
from emberharmony.backend import dtypes, registry, transfers

FLOAT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?|\b(?:nan|inf)\b")
MODULES = [ops, ops.linalg, ops.fft, ops.special, emberharmony.backend_utils, registry, dtypes, transfers]


class Checker(doctest.OutputChecker):
    """Equal text, or equal but for floats that agree to 1e-5: a float32 has seven digits, an example uses some."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        if FLOAT.sub("#", want) != FLOAT.sub("#", got):
            return False
        pairs = zip(FLOAT.findall(want), FLOAT.findall(got), strict=True)
        return all(a == b or abs(float(a) - float(b)) <= 1e-5 * abs(float(a)) + 1e-6 for a, b in pairs)


def public() -> list[tuple[str, object]]:
    found = {}
    for module in MODULES:
        names = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
        for name in names:
            value = getattr(module, name)
            home = getattr(value, "__module__", "") or ""
            if callable(value) and not isinstance(value, type) and home.startswith("emberharmony"):
                found[f"{home}.{name}"] = value
    return sorted(found.items())


@pytest.mark.parametrize(("name", "function"), public(), ids=[name for name, _ in public()])
def test_the_example_runs(backend, name, function):
    scope = {"ops": ops, **{n: getattr(registry, n) for n in ("use_backend", "available_backends")}}
    scope |= {function.__name__: function}
    case = doctest.DocTestFinder(recurse=False).find(function, name, globs=scope)
    runner = doctest.DocTestRunner(
        Checker(), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    )
    report = []
    for one in case:
        runner.run(one, out=report.append)
    assert not runner.failures, "".join(report)


def test_every_op_has_a_docstring_with_an_example():
    bare = [
        name
        for name, function in public()
        if name.startswith("emberharmony.ops.") and ">>>" not in (function.__doc__ or "")
    ]
    assert bare == []
