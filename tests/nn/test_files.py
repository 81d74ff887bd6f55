"""One file: every dtype, whole or not at all, readable by others, refused by name when it is not what it should be."""

import json
import os
import resource
import stat
import struct
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from emberharmony import EmberError, nn, ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, DTypeError, WeightsError
from emberharmony.nn import files
from emberharmony.pytree import tree_leaves, tree_map

DTYPES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
]  # fmt: skip
SHAPES = [(), (0,), (3,), (2, 0, 3), (2, 3)]


@nn.module
class Layer:
    weight: Any
    bias: Any = nn.buffer(default=None)
    size: int = nn.static(default=3)
    activation: Any = nn.static(default=ops.tanh)


def blank(tree):
    """The tree with zeros in its arrays."""
    return tree_map(lambda x: ops.zeros_like(x) if registry.is_array(x) else type(x)(0), tree)


def assert_same(a, b):
    for x, y in zip(tree_leaves(a), tree_leaves(b), strict=True):
        assert type(x) is type(y)
        assert not registry.is_array(x) or (x.dtype, tuple(x.shape)) == (y.dtype, tuple(y.shape))
        np.testing.assert_array_equal(*((ops.to_numpy(v) if registry.is_array(v) else v) for v in (x, y)))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "weights.safetensors"


# -- there and back --


def test_every_dtype_and_shape_comes_back(backend, file):
    known = [dtype for dtype in DTYPES if dtype in registry.load(backend).dtypes]
    assert len(known) >= 14
    tree = {
        dtype: [ops.reshape(ops.astype(ops.arange(int(np.prod(s))) % 2, dtype), s) for s in SHAPES] for dtype in known
    }
    nn.save(tree, file)
    assert_same(nn.load(blank(tree), file), tree)


def test_numbers_come_back_as_numbers(backend, file):
    tree = {"a": True, "b": -3, "c": 0.1, "d": 1 + 2j, "key": ops.random.key(2**40 + 1)}
    nn.save(tree, file)
    assert nn.load({"a": False, "b": 0, "c": 0.0, "d": 0j, "key": ops.random.key(0)}, file) == tree


@given(st.lists(st.floats(width=16, allow_nan=False), min_size=1, max_size=9))
def test_bits_come_back(backend, tmp_path_factory, values):
    tree = [ops.asarray(values, dtype=d) for d in ("float16", "float32")]
    if backend != "numpy":
        tree.append(ops.astype(tree[1], "bfloat16"))
    path = tmp_path_factory.getbasetemp() / "bits.safetensors"
    nn.save(tree, path)
    for x, y in zip(nn.load(blank(tree), path), tree, strict=True):
        assert ops.to_numpy(x).tobytes() == ops.to_numpy(y).tobytes()  # also the sign of zero


def test_views_shared_and_foreign_byte_orders_are_written_as_they_read(backend, file):
    x = ops.reshape(ops.arange(12.0), (3, 4))
    tree = [ops.permute_dims(x, (1, 0)), x[::2, 1:], x, x, ops.broadcast_to(x[0], (2, 4))]
    if backend == "numpy":
        tree.append(np.arange(3, dtype=">f4"))
    nn.save(tree, file)
    for read, x in zip(load_file(file).values(), tree, strict=True):
        np.testing.assert_array_equal(read, ops.to_numpy(x))
    assert_same(nn.load([ops.zeros(tuple(x.shape), dtype=ops.dtype_name(x)) for x in tree], file)[2], tree[2])


def test_gradients_and_conjugates_do_not_disturb(file):
    import torch

    z = torch.tensor([1 + 2j]).conj()
    w = torch.nn.Parameter(torch.ones(2))
    nn.save([z, w, w * 2], file)
    assert [x.tolist() for x in load_file(file).values()] == [[1 - 2j], [1, 1], [2, 2]]


@pytest.mark.parametrize("source", ["numpy", "torch", "mlx"])
def test_a_file_of_one_backend_loads_into_another(backend, file, source):
    import emberharmony

    with emberharmony.use_backend(source):
        nn.save(Layer(ops.asarray([1.5, -2.0], dtype="float32"), ops.asarray([1, 0], dtype="bool")), file)
    m = nn.load(Layer(ops.zeros(2, dtype="float32"), ops.zeros(2, dtype="bool")), file)
    assert registry.backend_of(m.weight).name == backend
    assert (ops.tolist(m.weight), ops.tolist(m.bias)) == ([1.5, -2.0], [True, False])


def test_a_bfloat16_file_loads_into_numpy_by_cast_alone(file):
    import torch

    nn.save({"w": torch.tensor([1.5, -2.0], dtype=torch.bfloat16)}, file)
    with pytest.raises(DTypeError, match="w is float32 and was given bfloat16"):
        nn.load({"w": np.zeros(2, np.float32)}, file)
    assert nn.load({"w": np.zeros(2, np.float32)}, file, cast=True)["w"].tolist() == [1.5, -2.0]


# -- with others --


def test_the_torch_and_numpy_loaders_of_safetensors_read_it(backend, file):
    import safetensors.torch

    m = Layer(ops.asarray([[1.0, 2.0]], dtype="float32"), ops.asarray([1], dtype="int8"))
    nn.save({"a": [m]}, file)
    found = safetensors.torch.load_file(file)
    assert {name: x.tolist() for name, x in found.items()} == {"a.0.weight": [[1.0, 2.0]], "a.0.bias": [1]}
    assert load_file(file)["a.0.weight"].dtype == np.float32


def test_a_file_from_elsewhere_loads(backend, file):
    import safetensors.torch
    import torch

    linear = torch.nn.Linear(3, 2)
    safetensors.torch.save_file(linear.state_dict(), file, metadata={"format": "pt"})
    tree = {"weight": ops.zeros((2, 3), dtype="float32"), "bias": ops.zeros(2, dtype="float32")}
    assert ops.tolist(nn.load(tree, file)["weight"]) == linear.weight.tolist()
    save_file({"w": np.arange(3.0)}, file)
    assert ops.tolist(nn.load({"w": ops.zeros(3, dtype="float64")}, file)["w"]) == [0.0, 1.0, 2.0]


def test_the_header_says_in_words_what_is_inside(backend, file):
    nn.save({"net": [Layer(ops.ones(2), size=7)]}, file)
    with safe_open(file, "numpy") as opened:
        said = opened.metadata()
    assert (said["format"], said["schema"]) == ("emberharmony", "1")
    assert json.loads(said["classes"]) == {"net.0": f"{__name__}.Layer"}
    assert json.loads(said["static"]) == {"net.0.size": 7, "net.0.activation": {"text": "tanh"}}


# -- structure, names, versions --


def test_another_static_value_is_an_error_unless_it_is_meant(backend, file, caplog):
    nn.save(Layer(ops.ones(2)), file)
    with pytest.raises(WeightsError, match="size is 4 and was 3"):
        nn.load(Layer(ops.zeros(2), size=4), file)
    assert ops.tolist(nn.load(Layer(ops.zeros(2), size=4), file, strict=False).weight) == [1.0, 1.0]
    assert "size is 4 and was 3" in caplog.text
    nn.load(Layer(ops.zeros(2), activation=ops.exp), file)  # a function is described for people, and not compared


def test_a_static_nan_is_the_same_nan(file):
    nn.save(Layer(1.0, size=float("nan")), file)
    assert nn.load(Layer(0.0, size=float("nan")), file).weight == 1.0


def test_names_that_do_not_fit_are_listed_with_the_file(backend, file):
    nn.save({"a": 1.0, "b": 2.0}, file)
    with pytest.raises(WeightsError, match=r"weights\.safetensors does not fit: missing 'c'; unexpected 'b'"):
        nn.load({"a": 1.0, "c": 2.0}, file)
    assert nn.load({"a": 0.0, "c": 2.0}, file, strict=False) == {"a": 1.0, "c": 2.0}


def test_a_name_the_format_keeps_for_itself_is_refused(file):
    with pytest.raises(ArgumentError, match="__metadata__"):
        nn.save({"__metadata__": 1.0}, file)
    assert not file.exists()


def test_a_newer_schema_is_refused_with_the_way_out(file):
    meta = {"format": "emberharmony", "schema": "2", "library": "9.1", "static": "means something else"}
    save_file({"w": np.ones(1)}, file, metadata=meta)
    with pytest.raises(WeightsError, match=r"schema 2, written by emberharmony 9\.1(.|\n)*pip install --upgrade"):
        nn.load({"w": np.zeros(1)}, file)
    save_file({"w": np.ones(1)}, file, metadata=meta | {"schema": "two"})
    with pytest.raises(WeightsError, match="schema 'two'"):
        nn.load({"w": np.zeros(1)}, file)


def test_an_old_schema_climbs_the_table_of_upgrades(file, monkeypatch):
    def renamed(contents):
        return files.Contents({name.replace("old", "w"): x for name, x in contents.state.items()}, contents.metadata)

    save_file({"old": np.ones(1)}, file, metadata={"format": "emberharmony", "schema": "1"})
    monkeypatch.setattr(files, "SCHEMA", 2)
    monkeypatch.setitem(files.UPGRADES, 1, renamed)
    assert nn.load({"w": np.zeros(1)}, file)["w"].tolist() == [1.0]


def test_every_older_schema_has_an_upgrade():
    assert [*files.UPGRADES] == [*range(files.SCHEMA)]


# -- damage --


def broken(file, data):
    file.write_bytes(data)
    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        nn.load({"w": np.zeros(4)}, file)


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 8, b"\0" * 100, b"PK\x03\x04" + b"x" * 50, struct.pack("<Q", 2**62), b"\x02\0\0\0\0\0\0\0[]"]
)
def test_what_is_no_safetensors_file_is_refused(file, data):
    broken(file, data)


@given(st.integers(0, 10_000))
def test_a_file_cut_off_anywhere_is_refused(tmp_path_factory, cut):
    file = tmp_path_factory.getbasetemp() / "cut.safetensors"
    nn.save({"w": np.ones(4)}, file)
    data = file.read_bytes()
    broken(file, data[: cut % len(data)])


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_header_loads_or_is_refused_by_name(tmp_path_factory, where, change):
    file = tmp_path_factory.getbasetemp() / "changed.safetensors"
    nn.save({"w": np.ones(4)}, file)
    data = bytearray(file.read_bytes())
    data[where % (len(data) - 32)] ^= change
    file.write_bytes(data)
    try:
        found = nn.load({"w": np.zeros(4)}, file)
    except EmberError:
        return
    assert found["w"].tolist() == [1.0] * 4


@pytest.mark.parametrize(
    "damage",
    [{"static": "{"}, {"static": "[1]"}, {"complex128": "5"}, {"complex128": '["x"]'}, {"complex128": '["w"]'},
     {"complex128": "[[]]"}],
)  # fmt: skip
def test_metadata_that_make_no_sense_are_refused(file, damage):
    save_file({"w": np.ones(4)}, file, metadata={"format": "emberharmony", "schema": "1"} | damage)
    broken(file, file.read_bytes())


def test_a_missing_file_is_not_found(file):
    with pytest.raises(FileNotFoundError):
        nn.load({}, file)


# -- whole or not at all --


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_while_writing_leaves_the_old_file(backend, file, monkeypatch, call):
    nn.save({"w": ops.ones(2)}, file)
    before = file.read_bytes()

    def fails(*_):
        raise OSError("no space")

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OSError, match="no space"):
        nn.save({"w": ops.zeros(2)}, file)
    monkeypatch.undo()
    assert file.read_bytes() == before
    assert [*file.parent.iterdir()] == [file]


def test_a_disk_that_fills_up_leaves_the_old_file(file):
    code = """
import resource, sys
import numpy as np
from emberharmony import nn
nn.save({"w": np.ones(2)}, sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    nn.save({"w": np.zeros(100_000)}, sys.argv[1])
except OSError as problem:
    print(problem.errno)
"""
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "27"  # EFBIG, which a full disk answers as ENOSPC
    assert load_file(file)["w"].tolist() == [1.0, 1.0]
    assert [*file.parent.iterdir()] == [file]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_killed_process_leaves_the_old_file(file):
    code = """
import os, signal, sys
import numpy as np
from emberharmony import nn
nn.save({"w": np.ones(2)}, sys.argv[1])
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
nn.save({"w": np.zeros(2)}, sys.argv[1])
"""
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, check=False)
    assert done.returncode == -9
    assert nn.load({"w": np.zeros(2)}, file)["w"].tolist() == [1.0, 1.0]


def test_the_file_has_the_permissions_of_any_new_file_and_links_stay_links(file):
    nn.save({"w": 1.0}, file)
    other = file.with_name("other")
    other.touch()
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)
    link = file.with_name("link")
    link.symlink_to(file)
    nn.save({"w": 2.0}, link)
    assert link.is_symlink()
    assert nn.load({"w": 0.0}, file) == {"w": 2.0}
