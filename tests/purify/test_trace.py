"""A trace answers with what a run has seen, and never for a file that has changed since."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.purify.trace import Trace, TraceError, record
from emberharmony.purify.trace.hook import _data
from emberharmony.purify.trace.kept import Instance, _value

SOURCE = dedent(
    """
    import functools
    import numpy as np

    def scale(x, k=2.0, *rest, flag=False, **more):
        n = len(x)
        y = np.asarray(x) * k
        total = y.sum()
        y = list(y)
        return y

    def either(x):
        return x

    def outer(x):
        def inner(z):
            return z + 1
        return inner(x)

    class Box:
        def __init__(self, size):
            self.size = size

        def get(self, x):
            return x

    @functools.lru_cache
    def cached(n):
        return n
    """
)
RUN = dedent(
    """
    import subprocess, sys
    import numpy as np
    import mod
    mod.scale(np.arange(3.0), 3.0, 7, flag=True, deep={"a": (1, None)})
    mod.either(np.ones(2)); mod.either("text")
    mod.outer(np.float64(1.0)); mod.Box(3).get([1]); mod.cached(3)
    if len(sys.argv) == 1:
        subprocess.run([sys.executable, __file__, "child"], check=True)
    else:
        mod.either(1.5)
    """
)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[Path, Trace]:
    folder = tmp_path_factory.mktemp("traced")
    (folder / "mod.py").write_text(SOURCE)
    (folder / "run.py").write_text(RUN)
    record([sys.executable, str(folder / "run.py")], [folder], folder / "trace.json")
    return folder / "mod.py", Trace.load(folder / "trace.json")


def line(text: str) -> int:
    return next(i for i, found in enumerate(SOURCE.splitlines(), 1) if text in found)


def test_parameters_and_locals_have_the_kinds_they_had(run):
    path, trace = run
    at = line("def scale")
    kinds = {name: trace.kind(path, "scale", at, name) for name in ("x", "k", "n", "total", "flag", "rest", "absent")}
    assert kinds == {
        "x": "array",
        "k": "other",
        "n": "other",
        "total": "array",
        "flag": "other",
        "rest": "other",
        "absent": None,
    }


def test_a_name_that_changes_from_line_to_line_is_both(run):
    path, trace = run
    assert trace.kind(path, "scale", line("def scale"), "y") == "both"
    assert trace.types(path, "scale", line("def scale"), "y") == ["numpy.ndarray", "list"]


def test_what_a_child_process_saw_is_merged(run):
    path, trace = run
    assert set(trace.types(path, "either", line("def either"), "x")) == {"numpy.ndarray", "str", "float"}


def test_a_numpy_scalar_is_an_array_and_inner_functions_and_methods_have_their_qualified_names(run):
    path, trace = run
    assert trace.kind(path, "outer.inner", line("def inner"), "z") == "array"
    assert trace.kind(path, "outer.<locals>.inner", line("def inner"), "z") == "array"
    assert trace.kind(path, "Box.get", line("def get"), "x") == "other"


def test_the_first_line_of_a_decorated_function_is_its_decorators(run):
    path, trace = run
    assert trace.kind(path, "cached", line("@functools"), "n") == "other"


def test_calls_come_back_as_they_were_made(run):
    path, trace = run
    (call,) = [(args, kwargs) for name, args, kwargs in trace.calls(path) if name == "scale"]
    np.testing.assert_array_equal(call[0][0], np.arange(3.0))
    assert call[0][1:] == (3.0, 7)
    assert call[1] == {"flag": True, "deep": {"a": (1, None)}}


def test_the_object_of_a_method_is_kept_by_its_class_and_what_it_held(run):
    path, trace = run
    calls = {name: args for name, args, _ in trace.calls(path)}
    assert calls["Box.get"] == (Instance("Box", {"size": 3}), [1])
    assert calls["Box.__init__"] == (Instance("Box", {}), 3)


def test_a_changed_file_is_not_answered_for(run, tmp_path):
    path, trace = run
    other = tmp_path / path.name
    other.write_text(SOURCE + "# changed\n")
    assert trace.kind(other, "scale", line("def scale"), "x") is None
    assert list(trace.calls(other)) == []
    assert list(trace.calls(other, SOURCE.encode()))


def test_a_command_that_records_nothing_is_an_error_with_what_it_said(tmp_path):
    with pytest.raises(TraceError, match=r"recorded nothing.*no such luck"):
        record([sys.executable, "-c", "raise SystemExit('no such luck')"], [tmp_path], tmp_path / "t.json")
    with pytest.raises(TraceError, match="cannot be started"):
        record([str(tmp_path / "absent")], [tmp_path], tmp_path / "t.json")


def test_a_file_that_is_no_trace_is_an_error_with_its_name(tmp_path):
    (tmp_path / "t.json").write_text("[]")
    with pytest.raises(TraceError, match=r"t\.json is not a trace"):
        Trace.load(tmp_path / "t.json")


def test_the_users_own_sitecustomize_still_runs(tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import os; os.environ['OWN'] = 'ran'\n")
    (tmp_path / "mod.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "run.py").write_text("import mod, os\nmod.f(os.environ['OWN'])\n")
    monkeypatch.setenv("PYTHONPATH", str(own))
    trace = record([sys.executable, str(tmp_path / "run.py")], [tmp_path], tmp_path / "t.json")
    assert trace.exit_code == 0
    assert trace.kind(tmp_path / "mod.py", "f", 1, "x") == "other"


def test_pytest_with_workers_is_recorded(tmp_path):
    (tmp_path / "mod.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "test_it.py").write_text("import mod\ndef test_a():\n    mod.f(1)\ndef test_b():\n    mod.f('b')\n")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    trace = record([*command, str(tmp_path)], [tmp_path], tmp_path / "t.json")
    assert set(trace.types(tmp_path / "mod.py", "f", 1, "x")) == {"int", "str"}


def test_the_time_limit_ends_the_command_and_keeps_its_exit_code(tmp_path):
    (tmp_path / "mod.py").write_text("import time\ndef f(x):\n    return x\ndef wait():\n    time.sleep(60)\n")
    (tmp_path / "run.py").write_text("import mod, time\nmod.f(1)\ntime.sleep(2.1)\nmod.f(2)\nmod.wait()\n")
    trace = record([sys.executable, str(tmp_path / "run.py")], [tmp_path], tmp_path / "t.json", seconds=4)
    assert trace.exit_code < 0
    assert trace.kind(tmp_path / "mod.py", "f", 2, "x") == "other"


DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(DATA)
def test_data_of_the_host_survives_the_way_through_json(value):
    assert _value(_data(value, [100])) == value


@given(
    st.sampled_from(["float32", "float64", "int64", "bool", "complex128", "<U3"]),
    st.lists(st.integers(0, 3), max_size=3),
)
def test_arrays_survive_bit_for_bit(dtype, shape):
    x = np.arange(int(np.prod(shape, dtype=int))).reshape(shape).astype(dtype)
    y = _value(_data(x, [100]))
    assert (y.dtype, y.shape, y.tobytes()) == (x.dtype, x.shape, x.tobytes())


def test_the_hook_needs_nothing_but_the_standard_library():
    from emberharmony.purify.trace import hook

    code = (
        f"import runpy, sys; runpy.run_path({hook.__file__!r}); print({{'numpy', 'emberharmony'}} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
