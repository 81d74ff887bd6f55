"""What is known of an expression without running it."""

from __future__ import annotations

import ast
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Kind(Enum):
    """An array, certainly not an array, or not known. A NumPy scalar is an array without axes, as it is elsewhere."""

    ARRAY = "array"
    OTHER = "other"
    UNKNOWN = "unknown"


# members of an Enum are slow to look up, and nothing is asked as often as these
_IS_ARRAY, _IS_OTHER, _IS_UNKNOWN = Kind.ARRAY, Kind.OTHER, Kind.UNKNOWN


class Value(NamedTuple):
    """One value, as far as it is known: a tuple, because millions of them are made.

    `sure` tells an array that a call has made from one that a parameter is only said to be: the latter may be a list.
    `host` names what an OTHER is: "int", "float", "bool", "str", "None", "tuple", "list", "dtype", "function"... or "".
    `dtype` is the kind of number: "float", "int", "bool", "complex" or "". `items` are the values of a tuple or list
    of known length, `item` is what iteration gives. `fresh` is an array that nobody else holds.
    """

    kind: Kind
    sure: bool = True
    host: str = ""
    dtype: str = ""
    ndim: int | None = None
    items: tuple[Value, ...] | None = None
    item: Value | None = None
    name: str = ""
    fresh: bool = False
    numeric: bool = False  # not known, but a number or an array
    node: ast.AST | None = None  # the definition of a function or class of the project

    @property
    def array(self) -> bool:
        """An array."""
        return self.kind is _IS_ARRAY

    @property
    def other(self) -> bool:
        """Certainly no array."""
        return self.kind is _IS_OTHER

    @property
    def unknown(self) -> bool:
        """Not known."""
        return self.kind is _IS_UNKNOWN

    @property
    def some(self) -> Value:
        """The value where it is not None: what has attributes, places or takes part in arithmetic is not."""
        return self.item if self.name == "optional" and self.item is not None else self

    @property
    def number(self) -> bool:
        """A Python number."""
        return self.kind is _IS_OTHER and self.host in ("int", "float", "bool", "complex", "number")


UNKNOWN = Value(Kind.UNKNOWN)
NUMERIC = Value(Kind.UNKNOWN, numeric=True)
ARRAY = Value(Kind.ARRAY)
OTHER = Value(Kind.OTHER)
NONE = Value(Kind.OTHER, host="None")
BOOL = Value(Kind.OTHER, host="bool", dtype="bool")
INT = Value(Kind.OTHER, host="int", dtype="int")
FLOAT = Value(Kind.OTHER, host="float", dtype="float")
COMPLEX = Value(Kind.OTHER, host="complex", dtype="complex")
STR = Value(Kind.OTHER, host="str")
DTYPE = Value(Kind.OTHER, host="dtype")
SLICE = Value(Kind.OTHER, host="slice")
TESTED = Value(Kind.UNKNOWN, numeric=True, dtype="bool")  # a comparison of what may be arrays
NOTHING = Value(Kind.UNKNOWN, host="nothing")  # no path leads here
DEEPEST = 4  # sequences in each other
SEVERAL = 8  # functions that a value may be
_ORDER = ("bool", "int", "float", "complex")


@lru_cache(maxsize=512)
def array(dtype: str = "", *, ndim: int | None = None, fresh: bool = False, sure: bool = True) -> Value:
    """An array, with what is known of it."""
    return Value(Kind.ARRAY, sure=sure, dtype=dtype, ndim=ndim, fresh=fresh)


def sequence(host: str, items: list[Value] | None = None, item: Value | None = None) -> Value:
    """A tuple, list or other container of the host. What is nested deeper than anybody asks is not kept."""
    if item is None and items:
        item = joined(items)
    if item is not None and _depth(item) >= DEEPEST:
        return Value(Kind.OTHER, host=host)
    return Value(Kind.OTHER, host=host, items=None if items is None else tuple(items), item=item)


def join(a: Value, b: Value) -> Value:
    """What holds on both of two paths."""
    if a is b or b is NOTHING:
        return a
    if a is NOTHING:
        return b
    if a.array and b.array:
        return array(
            a.dtype if a.dtype == b.dtype else "",
            ndim=a.ndim if a.ndim == b.ndim else None,
            fresh=a.fresh and b.fresh,
            sure=a.sure and b.sure,
        )
    none = a.host == "None" or b.host == "None"
    if (none and a.host != b.host) or "optional" in (a.name, b.name):
        return optional(join(*real) if len(real := [v.some for v in (a, b) if v.host != "None"]) == 2 else real[0])
    if a.other and b.other:
        return _others(a, b)
    return a if a == b else NUMERIC if _numeric(a) and _numeric(b) else UNKNOWN


def optional(item: Value) -> Value:
    """None, or what it is otherwise; an optional of an optional is one."""
    return NONE if item.host == "None" else Value(Kind.UNKNOWN, name="optional", item=item.some)


def _depth(value: Value) -> int:
    depth = 0
    while value.item is not None:
        value, depth = value.item, depth + 1
    return depth


def joined(values: list[Value]) -> Value:
    """What holds for all of them."""
    found = NOTHING
    for value in values:
        found = join(found, value)
    return found


def wider(a: str, b: str) -> str:
    """The kind of number that two of them promote to; "" where one is not known and the other does not decide."""
    if "complex" in (a, b):
        return "complex"
    if not a or not b:
        return ""
    return _ORDER[max(_ORDER.index(a), _ORDER.index(b))]


def loosened(value: Value) -> Value:
    """A value that somebody else may hold, too."""
    return value._replace(fresh=False) if value.fresh else value


def _numeric(a: Value) -> bool:
    return a.array or a.numeric or a.number


def _alternatives(value: Value) -> tuple[Value, ...]:
    return value.items if value.items is not None else (value,)


def _place(value: Value) -> tuple[str, int, int]:
    return value.name, getattr(value.node, "lineno", 0), getattr(value.node, "col_offset", 0)


def _others(a: Value, b: Value) -> Value:
    if a.host == b.host == "function":
        several = sorted({*_alternatives(a), *_alternatives(b)}, key=_place)
        known = all(each.node is not None or each.name for each in several)
        return Value(Kind.OTHER, host="function", items=tuple(several) if known and len(several) <= SEVERAL else None)
    if a.host == b.host:
        items = None
        if a.items is not None and b.items is not None and len(a.items) == len(b.items):
            items = tuple(join(x, y) for x, y in zip(a.items, b.items, strict=True))
        item = join(a.item, b.item) if a.item is not None and b.item is not None else a.item or b.item
        if a.host == "number":
            return a._replace(dtype=wider(a.dtype, b.dtype))
        return Value(
            Kind.OTHER,
            host=a.host,
            dtype=a.dtype if a.dtype == b.dtype else "",
            items=items,
            item=item,
            name=a.name if a.name == b.name else "",
            node=a.node if a.node is b.node else None,
        )
    if a.number and b.number:
        return Value(Kind.OTHER, host="number", dtype=wider(a.dtype, b.dtype))
    return OTHER
