"""Which backend is current, and how that is overridden."""

import asyncio
import contextvars
import json
import os
import subprocess
import sys
import threading

import pytest

import emberharmony as eh
from emberharmony import ops
from emberharmony.backend import from_namespace, registry
from emberharmony.errors import MissingBackendError, UnknownBackendError


def python(code: str, **environment: str) -> str:
    """The output of `code` in a fresh interpreter."""
    env = {k: v for k, v in os.environ.items() if k != registry.ENVIRONMENT} | environment
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_use_backend_nests_and_ends_with_its_block():
    with eh.use_backend("numpy"):
        outer = ops.float32
        with eh.use_backend("numpy", device="cpu"):
            assert registry.current_device() == "cpu"
        assert registry.current_device() is None
        assert ops.float32 == outer


def test_use_backend_ends_when_the_block_raises():
    before = registry._override.get()
    with pytest.raises(ZeroDivisionError), eh.use_backend("numpy"):
        raise ZeroDivisionError
    assert registry._override.get() is before


def test_another_thread_does_not_see_the_override(backend):
    seen = []
    with eh.use_backend(backend):
        thread = threading.Thread(target=lambda: seen.append(registry._override.get()))
        thread.start()
        thread.join()
        copied = threading.Thread(target=contextvars.copy_context().run, args=(lambda: seen.append(eh.get_backend()),))
        copied.start()
        copied.join()
    assert seen == [None, backend]


def test_tasks_hold_their_own_backend():
    names = eh.available_backends()

    async def one(name):
        with eh.use_backend(name):
            await asyncio.sleep(0)
            return eh.get_backend()

    async def every():
        return await asyncio.gather(*map(one, names))

    assert asyncio.run(every()) == names


def test_set_backend_holds_for_the_process_and_keeps_imported_functions_valid():
    code = """
import threading, numpy as np
from emberharmony.ops import add, zeros
import emberharmony as eh
old = zeros(2)
eh.set_backend("numpy")
t = threading.Thread(target=lambda: print(eh.get_backend()))
t.start(); t.join()
print(type(add(old, zeros(2))).__module__, registry_why())
""".replace("registry_why()", "__import__('emberharmony.backend.registry', fromlist=['x']).choose().why")
    assert python(code) == "numpy\nnumpy set_backend was called"


def test_the_environment_chooses_and_a_bad_name_raises():
    ask = "import emberharmony as eh; print(eh.get_backend())"
    assert python(ask, EMBERHARMONY_BACKEND="numpy") == "numpy"
    with pytest.raises(subprocess.CalledProcessError) as failure:
        python(ask, EMBERHARMONY_BACKEND="nunpy")
    assert "there is no backend 'nunpy'" in failure.value.stderr


def test_importing_ops_imports_no_array_library():
    code = "import sys, emberharmony.ops; print([m for m in ('numpy', 'torch', 'mlx') if m in sys.modules])"
    assert python(code) == "[]"


def test_an_unknown_name_says_what_is_installed():
    with pytest.raises(UnknownBackendError, match="numpy") as failure:
        eh.set_backend("jaxx")
    assert isinstance(failure.value, ValueError)


def test_a_missing_library_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(
        registry._specs, "absent", registry.Spec("absent", "no.such", "no_such_library", "pip install x")
    )
    with pytest.raises(MissingBackendError, match="pip install x") as failure:
        eh.set_backend("absent")
    assert isinstance(failure.value, ImportError)
    assert "absent" not in eh.available_backends()


def test_a_third_party_backend_joins_with_every_derived_op():
    strict = pytest.importorskip("array_api_strict")
    types = (type(strict.zeros(1)),)
    eh.register_backend(
        "strict", lambda: from_namespace("strict", strict, array_types=types), requires="array_api_strict"
    )
    try:
        x = strict.asarray([0.0, 1.0])
        assert type(ops.add(x, 1.0)) is types[0]
        y = ops.softmax(x, axis=-1)
        assert type(y) is types[0]
        assert abs(float(ops.sum(y)) - 1) < 4e-16  # two terms, each rounded once
        with eh.use_backend("strict"):
            assert ops.asarray([1.0], dtype="float32").dtype == strict.float32
    finally:
        registry._specs.pop("strict")
        registry._loaded.pop("strict", None)
        for cls in types:
            registry._types.pop(cls, None)
        registry._tell()


def test_an_entry_point_adds_a_backend(tmp_path):
    package = tmp_path / "plugged_arrays.py"
    package.write_text(
        "import numpy as np\nfrom emberharmony.backend import Backend\nclass Plugged(np.ndarray): pass\n"
        "BACKEND = Backend('plugged', array_types=[Plugged], functions={'add': lambda a, b: 'plugged'}, dtypes={})\n"
    )
    info = tmp_path / "plugged_arrays-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged-arrays\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[emberharmony.backends]\nplugged = plugged_arrays\n")
    code = """
import emberharmony as eh, numpy as np
from emberharmony import ops
import json
found = "plugged" in eh.available_backends()
import plugged_arrays
x = np.zeros(1).view(plugged_arrays.Plugged)
eh.set_backend("plugged")
print(json.dumps([found, ops.add(x, x), eh.get_backend()]))
"""
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert json.loads(python(code, PYTHONPATH=path)) == [True, "plugged", "plugged"]
