"""Keys: what they are made of, that they are values, and what is made of them."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from emberharmony import _core, ops
from emberharmony.errors import ArgumentError, DTypeError, EmberError, ShapeError
from emberharmony.ops import random
from emberharmony.ops.random.twin import threefry
from emberharmony.pytree import tree_flatten, tree_map, tree_paths

words = integers(0, 2**32 - 1)
# Random123's kat_vectors for threefry2x32 with 20 rounds: counter, key, result
KNOWN = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


def batch(*keys):
    """Keys as one whose words are arrays."""
    return random.Key(*(ops.asarray([k.words[i] for k in keys], dtype="int64") for i in (0, 1)))


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_threefry_gives_the_known_answers(backend, counter, key, answer):
    assert _core.threefry(*key, *counter) == answer
    assert threefry(*key, *counter) == answer
    arrays = [ops.asarray([word], dtype="int64") for word in (*key, *counter)]
    assert tuple(int(x[0]) for x in threefry(*arrays)) == answer


@given(hi=words, lo=words, c0=words, c1=words)
def test_threefry_of_the_twin_is_that_of_the_core(backend, hi, lo, c0, c1):
    hi_, lo_, c1_ = (ops.asarray([word], dtype="int64") for word in (hi, lo, c1))
    got = threefry(hi_, lo_, c0, c1_)
    assert tuple(int(x[0]) for x in got) == threefry(hi, lo, c0, c1) == _core.threefry(hi, lo, c0, c1)


def test_a_seed_is_cut_in_halves():
    assert random.key(2**64 - 1).words == (2**32 - 1, 2**32 - 1)
    assert random.key(5 << 32 | 7) == random.Key(5, 7)


def test_a_key_is_a_value():
    key = random.key(2**40 + 3)
    assert key == random.Key(*key.words) != random.key(3)
    assert hash(key) == hash(random.Key(*key.words))
    assert pickle.loads(pickle.dumps(key)) == copy.copy(key) == copy.deepcopy(key) == key
    assert eval(repr(key), {"Key": random.Key}) == key
    assert key != (256, 3)
    with pytest.raises(AttributeError):
        key.hi = 1


def test_a_key_of_arrays_equals_only_itself(backend):
    one, other = batch(random.key(1)), batch(random.key(1))
    assert one == one != other
    assert len({one, other, one}) == 2
    assert random.Key(one.hi[0], one.lo[0]).words == random.key(1).words
    assert pickle.loads(pickle.dumps(random.Key(3, 4))).hi == 3


def test_a_key_is_a_tree_of_its_words(backend):
    leaves, _ = tree_flatten({"a": random.key(7)})
    assert leaves == [0, 7]
    assert tree_paths({"a": random.key(7)}) == ["a.hi", "a.lo"]
    assert tree_map(lambda word: word, random.key(7)) == random.key(7)


def test_split_and_fold_in_give_the_blocks_of_the_definition():
    key = random.key(99)
    assert [k.words for k in random.split(key, 3)] == [_core.threefry(0, 99, 0x80000000, i) for i in range(3)]
    for data in (0, 1, 2**32, 2**61 - 1):
        block = _core.threefry(0, 99, 0xC0000000 | data >> 32, data & 0xFFFFFFFF)
        assert random.fold_in(key, data).words == block


def test_keys_that_are_made_of_one_are_all_different():
    key = random.key(0)
    made = [key, *random.split(key, 3000), *(random.fold_in(key, i) for i in range(3000))]
    made += [k for parent in made[1:20] for k in random.split(parent)]
    assert len(set(made)) == len(made)  # 6039 of 2**64: two agree by chance in one case of 1e12


def test_a_shape_of_keys_is_the_same_keys(backend):
    keys = random.split(random.key(5), (2, 3))
    assert tuple(keys.hi.shape) == tuple(keys.lo.shape) == (2, 3)
    flat = [(int(h), int(low)) for h, low in zip(ops.reshape(keys.hi, (-1,)), ops.reshape(keys.lo, (-1,)), strict=True)]
    assert flat == [k.words for k in random.split(random.key(5), 6)]
    assert random.split(random.key(5), 0) == ()


def test_array_words_split_and_fold_as_integers_do(backend):
    key = random.key(2**63 + 11)
    traced = random.Key(*(ops.asarray(word, dtype="int64") for word in key.words))
    assert [k.words for k in random.split(traced, 3)] == [k.words for k in random.split(key, 3)]
    assert random.fold_in(traced, 2**40).words == random.fold_in(key, 2**40).words
    assert random.fold_in(traced, ops.asarray(9)).words == random.fold_in(key, 9).words
    assert random.fold_in(key, ops.asarray(9)) == random.fold_in(key, np.int64(9)) == random.fold_in(key, 9)


@pytest.mark.parametrize("wrong", [0, None, "key", np.random.default_rng(0), (0, 1)], ids=lambda x: type(x).__name__)
def test_what_is_no_key_is_refused_with_a_mend(wrong):
    for draw in (lambda k: random.normal(k, (2,)), random.split, lambda k: random.fold_in(k, 1)):
        with pytest.raises(ArgumentError, match=r"expected|Expected: a Key\n  Mend:     random\.key\("):
            draw(wrong)


def test_a_batch_of_keys_is_refused_by_a_draw(backend):
    with pytest.raises(ShapeError, match=r"ops\.vmap"):
        random.normal(batch(random.key(0), random.key(1)), (3,))


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "a", None, True])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ArgumentError, match="seed="):
        random.key(seed)


def test_words_out_of_range_are_refused(backend):
    with pytest.raises(ArgumentError, match="a word of a Key is -1"):
        random.Key(-1, 0)
    with pytest.raises(DTypeError, match="float32"):
        random.Key(ops.asarray(1.0, dtype="float32"), ops.asarray(1))
    with pytest.raises(ArgumentError):
        random.Key(1, ops.asarray(1))
    for data in (-1, 2**61, 0.5):
        with pytest.raises(EmberError):
            random.fold_in(random.key(0), data)
    with pytest.raises(DTypeError):
        random.fold_in(random.key(0), ops.asarray(0.5))
    with pytest.raises(ArgumentError):
        random.split(random.key(0), -1)
