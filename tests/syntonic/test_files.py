from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from tests.syntonic.numbers import arrays

from emberharmony import _core
from emberharmony.errors import NotAnArrayError, WeightsError
from emberharmony.syntonic import GoldenArray, load, phi, save

PROGRAM = """
import hashlib, sys
import numpy as np
from emberharmony.syntonic import GoldenArray, linalg, snap

def spread(n, m):
    return ((np.arange(n * m) * 7919) % 6007 - 3003).reshape(n, m) / 1001.0

x, y = snap(spread(70, 90), 1000), snap(spread(90, 50), 100)
digest = hashlib.sha256()
def add(z):
    digest.update(repr((z.shape, z.den, z.a.tolist(), z.b.tolist())).encode())
z = x @ y
square = (z @ z.T)[:8, :8]
for part in (x, z, square, square @ square @ square, (z * z).sum(0), z.mean(), z.var(1), z.sort(1), z.relu(),
             linalg.solve(z[:9, :9], z[:9, 9]), linalg.charpoly(z[:6, :6]), snap(z.to_floats() / 7, 50)):
    add(part)
digest.update(np.asarray(z.to_floats(), "<f8").tobytes() + z.argsort(0).astype("<i8").tobytes())
print(digest.hexdigest())
"""
GOLDEN_HASH = "e33f8de64d200449efeeefca058e72c9df838fc82444dd95c3f58698e3e7c600"


@given(x=arrays())
def test_what_is_saved_is_loaded(x, tmp_path_factory):
    path = tmp_path_factory.mktemp("golden") / "x.npz"
    save(path, x)
    y = load(path)
    assert (y.shape, y.den, y.a.tolist(), y.b.tolist()) == (x.shape, x.den, x.a.tolist(), x.b.tolist())
    first = path.read_bytes()
    save(path, y)
    assert path.read_bytes() == first


def test_numbers_of_ten_thousand_bits_come_back(tmp_path):
    x = GoldenArray.from_numbers([phi**15000, -(phi**14000), phi])
    save(tmp_path / "x.npz", x)
    assert (load(tmp_path / "x.npz") == x).all()


def test_files_of_the_other_byte_order_are_read(tmp_path):
    x = GoldenArray.from_ints([1, 2**40, -3], [4, -5, 2**35])
    save(tmp_path / "x.npz", x)
    with np.load(tmp_path / "x.npz") as archive:
        swapped = {name: archive[name].astype(archive[name].dtype.newbyteorder(">")) for name in archive.files}
    np.savez(tmp_path / "y.npz", **swapped)
    assert (load(tmp_path / "y.npz") == x).all()


def test_what_is_no_such_file_is_named(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    save(tmp_path / "cut.npz", GoldenArray.from_ints([1, 2, 3]))
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("text.npz", "other.npz", "cut.npz"):
        with pytest.raises(WeightsError, match=name):
            load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.npz")
    with pytest.raises(OSError, match="none"):
        save(tmp_path / "none" / "x.npz", GoldenArray.from_ints([1]))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "damage",
    [{"format": [1, 1]}, {"format": 1.0}, {"shape": [-1]}, {"shape": [[3]]}, {"shape": 3}, {"shape": [4]}, {"den": []},
     {"den": 2.5}, {"den": 0}, {"den": [[]]}, {"den": [1, 1]}, {"a": [1.0, 2.0, 3.0]}, {"a": ["1", "2", "3"]},
     {"a": np.zeros((3, 0), np.uint64)}, {"a": np.zeros((3, 0), np.int8)}, {"b": np.zeros((3, 2))}],
)  # fmt: skip
def test_a_file_that_means_ill_is_damaged(tmp_path, damage):
    good = {"format": 1, "shape": [3], "a": [1, 2, 3], "b": [0, 0, 0], "den": [1]}
    np.savez(tmp_path / "good.npz", **{name: np.asarray(part) for name, part in good.items()})
    np.savez(tmp_path / "bad.npz", **{name: np.asarray(part) for name, part in (good | damage).items()})
    assert load(tmp_path / "good.npz").tolist() == [1, 2, 3]
    with pytest.raises(WeightsError, match=r"bad\.npz"):
        load(tmp_path / "bad.npz")


def test_one_bit_that_turns_in_a_compressed_file_is_damage(tmp_path):
    path = tmp_path / "x.npz"
    x = GoldenArray.from_ints(np.arange(3000) ** 2)
    parts = {"format": 1, "shape": [3000], "a": x.a, "b": x.b, "den": [1]}
    np.savez_compressed(path, **{name: np.asarray(part) for name, part in parts.items()})
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 200):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with suppress(WeightsError):  # a bit of a date turns nothing that is read
            assert (load(path) == x).all()


def run(**environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("threads", ["1", "2", "7"])
def test_the_bytes_are_those_of_the_repository_for_any_number_of_threads(threads):
    assert run(EMBERHARMONY_THREADS=threads, OMP_NUM_THREADS=threads) == GOLDEN_HASH


@pytest.mark.parametrize("level", _core.simd_levels())
def test_the_bytes_do_not_depend_on_the_instructions(level):
    assert run(EMBERHARMONY_SIMD=level) == GOLDEN_HASH
    said = "from emberharmony import _core; print(_core.simd_level())"
    environment = {**os.environ, "EMBERHARMONY_SIMD": level}
    done = subprocess.run([sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == level


def test_the_golden_hash_is_a_hash():
    assert len(bytes.fromhex(GOLDEN_HASH)) == hashlib.sha256().digest_size


@pytest.mark.parametrize("x", [phi, [1, 2], np.arange(3)])
def test_what_is_no_exact_array_is_not_saved(x, tmp_path):
    with pytest.raises(NotAnArrayError, match=type(x).__name__):
        save(tmp_path / "x.npz", x)
    assert not [*tmp_path.iterdir()]


def test_a_file_keeps_the_numbers_and_not_what_happens_past_64_bits(tmp_path):
    save(tmp_path / "x.npz", GoldenArray.from_ints([2**40], overflow="raise"))
    assert (load(tmp_path / "x.npz") ** 2).item() == 2**80
