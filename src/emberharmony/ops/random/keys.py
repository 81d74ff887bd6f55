"""Keys: two 32-bit words from which every number of a draw follows. No state moves; what is new needs a new key.

key = random.key(0)
first, second = random.split(key)           two keys that have nothing in common
step = random.fold_in(key, 7)               the key of step 7
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import Any

from emberharmony import _core, ops
from emberharmony.backend.dtypes import KINDS, name_of
from emberharmony.errors import ArgumentError, DTypeError, ShapeError
from emberharmony.ops.random.questions import is_array, is_readable, is_traced
from emberharmony.ops.random.twin import MASK, threefry
from emberharmony.pytree import rebuilt, register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import Array

SPLIT, FOLD = 0x80000000, 0xC0000000  # the high words of counters above those of draws


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Key:
    """Two 32-bit words: Python integers, or integer arrays of one shape, `()` for a traced key and `(n,)` for a batch.

    Numbers are drawn from one key; `ops.vmap` maps over the keys of a batch. Saved as `key.words`, restored by
    `Key(hi, lo)`. Two keys are equal where their integers are; those of arrays are equal only to themselves.

    >>> ops.random.Key(0, 42) == ops.random.key(42)
    True
    """

    hi: Any
    lo: Any

    def __post_init__(self) -> None:
        for word in (self.hi, self.lo):
            if isinstance(word, int):
                if not 0 <= word <= MASK:
                    raise ArgumentError(
                        f"a word of a Key is {word}", expected=f"0 to {MASK}", mend="random.key(seed) takes 64 bits"
                    )
            elif not hasattr(word, "dtype") or name_of(word.dtype) not in KINDS["integral"]:
                got = name_of(word.dtype) if hasattr(word, "dtype") else f"{type(word).__name__} {word!r:.40}"
                raise DTypeError(f"a word of a Key is {got}", expected="an int or an integer array")
        if isinstance(self.hi, int) != isinstance(self.lo, int):
            raise ArgumentError("a Key has one int and one array", expected="two of a kind")

    @property
    def is_int(self) -> bool:
        """Whether the words are Python integers."""
        return isinstance(self.hi, int)

    @property
    def words(self) -> tuple[int, int]:
        """`(hi, lo)` as Python integers, from which `Key(hi, lo)` makes the same key again.

        >>> ops.random.key(7).words
        (0, 7)
        """
        if self.is_int:
            return self.hi, self.lo
        return int(ops.item(self.hi)) & MASK, int(ops.item(self.lo)) & MASK

    def __eq__(self, other: object) -> bool:
        if not (isinstance(other, Key) and self.is_int and other.is_int):
            return self is other
        return self.words == other.words

    def __hash__(self) -> int:
        return hash((self.hi, self.lo)) if self.is_int else object.__hash__(self)

    def __repr__(self) -> str:
        return f"Key({self.hi:#010x}, {self.lo:#010x})" if self.is_int else f"Key({self.hi!r}, {self.lo!r})"


def _unflatten(_: Any, children: Any) -> Key:
    return rebuilt(Key, zip(("hi", "lo"), children, strict=True))  # a tree may hold anything for a while


register(Key, lambda key: ((key.hi, key.lo), None), _unflatten, names=lambda _: ("hi", "lo"))


def key(seed: int) -> Key:
    """The key of a seed from 0 to `2**64 - 1`; its words are the two halves of it.

    >>> ops.random.key(42)
    Key(0x00000000, 0x0000002a)
    """
    number = _index("key", "seed", seed, 64)
    return Key(number >> 32, number & MASK)


def split(key: Key, n: int | tuple[int, ...] = 2) -> Any:
    """`n` keys that have nothing in common with each other nor with what is drawn from `key`: a tuple.

    Where `n` is a shape, one key whose words are arrays of it, for `ops.vmap`; the same keys, row by row.

    >>> first, second = ops.random.split(ops.random.key(0))
    >>> first
    Key(0x0660c005, 0xc88b10f0)
    >>> tuple(ops.random.split(ops.random.key(0), (3,)).hi.shape)
    (3,)
    """
    check = check_one_key if isinstance(n, tuple) else check_key
    check("split", key)
    shape = n if isinstance(n, tuple) else (n,)
    count = 1
    for size in shape:
        count *= _index("split", "n", size, 31)
    if not isinstance(n, tuple):
        return tuple([_block(key, SPLIT, i) for i in range(count)])
    make: Any = ops.arange if key.is_int else functools.partial(ops.made_like, key.hi, "arange")
    keys = _block(key, SPLIT, make(count, dtype="int64"))
    return Key(ops.reshape(keys.hi, shape), ops.reshape(keys.lo, shape))


def fold_in(key: Key, data: int | Array) -> Key:
    """The key that a number from 0 to `2**61 - 1` (a step, a layer, a rank) makes of `key`.

    Inside a compiler or `vmap` the number may be an integer array; nobody looks at its range there.

    >>> ops.random.fold_in(ops.random.key(0), 1) == ops.random.fold_in(ops.random.key(0), 2)
    False
    """
    check_key("fold_in", key)
    number: Any = data
    if is_array(number) and (name_of(number.dtype) not in KINDS["integral"] or tuple(number.shape) != ()):
        raise DTypeError(
            f"random.fold_in got an array of {name_of(number.dtype)} and shape {tuple(number.shape)}",
            expected="one integer",
        )
    if is_array(number) and key.is_int and not is_traced() and is_readable(number):
        number = int(ops.item(number))
    if not is_array(number):
        number = _index("fold_in", "data", number, 61)
        if is_traced():
            number = ops.full((), number, dtype="int64")
    if not isinstance(number, int):
        number = ops.astype(number, "int64")
        return _block(key, (number >> 32 & 0x1FFFFFFF) | FOLD, number & MASK)
    return _block(key, FOLD | number >> 32, number & MASK)


def check_key(name: str, key: Any) -> None:
    """Refuse what is not a key, and say how to get one."""
    if isinstance(key, Key):
        return
    kind: type = key.__class__
    if kind is int:
        mend = f"random.key({key})"
    elif kind.__module__.partition(".")[0] == "numpy" and hasattr(key, "integers"):
        mend = "random.key(int(generator.integers(2**63)))"
    else:
        mend = "random.key(0)"
    raise ArgumentError(f"random.{name} got {kind.__name__} {key!r:.40} as its key", expected="a Key", mend=mend)


def check_one_key(name: str, key: Any) -> None:
    """Refuse what is not one key."""
    check_key(name, key)
    if not key.is_int and tuple(key.hi.shape) != ():
        raise ShapeError(
            f"random.{name} got a batch of keys of shape {tuple(key.hi.shape)}",
            expected="one key",
            mend=f"ops.vmap(lambda key: random.{name}(key, ...))(keys)",
        )


def lifted(key: Key) -> Key:
    """The key as a compiler takes it: integers as arrays, for it would reason about their bits when they change."""
    if key.is_int and is_traced():
        return Key(ops.full((), key.hi, dtype="int64"), ops.full((), key.lo, dtype="int64"))
    return key


def _block(key: Key, c0: Any, c1: Any) -> Key:
    key = lifted(key)
    block = _core.threefry if key.is_int and isinstance(c1, int) else threefry
    return Key(*block(key.hi, key.lo, c0, c1))


def _index(name: str, argument: str, value: Any, bits: int) -> int:
    try:
        number = value if isinstance(value, int) else operator.index(value)
    except TypeError:
        raise ArgumentError(
            f"random.{name} got {argument}={value!r:.40}", expected=f"an integer from 0 to 2**{bits} - 1"
        ) from None
    if isinstance(value, bool) or not 0 <= number < 1 << bits:
        raise ArgumentError(f"random.{name} got {argument}={value!r}", expected=f"an integer from 0 to 2**{bits} - 1")
    return number
