"""The cache never changes what is found, and no damage to it does any harm."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.purify import cache
from emberharmony.purify.cache import Kept

KEPT = {"/p/a.py": Kept(5, 7, b"h" * 16, (("/p/b.py", b"i" * 16),), {("IMP01", ""): 2}, {"numpy": 1}, b"rows")}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def saved(root, settings="s"):
    store = cache.load(root, settings)
    store.files.update(KEPT)
    store.save()
    assert store.note == ""
    return store


def test_what_is_saved_is_loaded(home):
    saved(home)
    assert cache.load(home, "s").files == KEPT


def test_other_settings_and_projects_have_nothing(home):
    saved(home)
    assert cache.load(home, "t").files == {}
    assert cache.load(home / "other", "s").files == {}
    assert cache.load(home, "t").note == ""


@given(at=st.integers(0, 10_000), change=st.integers(1, 255), cut=st.booleans())
def test_damage_is_told_and_empties_the_cache(tmp_path_factory, at, change, cut):
    home = tmp_path_factory.mktemp("home")
    os.environ["XDG_CACHE_HOME"] = str(home)
    try:
        store = saved(home)
        data = bytearray(store.place.read_bytes())
        at %= len(data)
        if cut:
            del data[at:]
        else:
            data[at] ^= change
        store.place.write_bytes(data)
        found = cache.load(home, "s")
    finally:
        del os.environ["XDG_CACHE_HOME"]
    assert found.files == {}
    # the key alone cannot tell damage from other settings
    start = len(cache.MAGIC)
    assert "damaged" in found.note or start <= at < start + cache.DIGEST


def test_a_cache_that_cannot_be_written_is_told(home):
    (home / "cache").write_text("a file where the folder should be")
    store = cache.load(home, "s")
    store.files.update(KEPT)
    store.save()
    assert "cannot be" in store.note
