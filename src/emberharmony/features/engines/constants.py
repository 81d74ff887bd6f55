"""Constants and calls inside Ibis expressions that an engine binds or spells in its own way.

`bind(x)` marks a fitted constant: `sql.compile` takes it out of the text again and hands it to the engine as a bound
value, so no value is ever part of a query. The other functions are spelled by each engine's own built-ins.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir

CONSTANT = "ember_constant"
LOOKUP = "ember_lookup"
MD5_BITS = "ember_md5_bits"
MICROSECONDS = "ember_microseconds"
FAILURE = "ember_failure"
QUANTILE = "ember_quantile"
LOCAL = "ember_local"
WEEKDAY = "ember_weekday"
NUMBER = "ember_number"
TIME = "ember_time"


def _made(name: str, inputs: Any, output: dt.DataType) -> Any:
    import ibis

    def one(_: object) -> None: ...

    def two(_a: object, _b: object) -> None: ...

    call: Any = one if len(inputs) == 1 else two
    builtin: Any = ibis.udf.scalar.builtin
    return builtin(call, name=name, signature=(inputs, output))


_marker: Any = cache(_made)  # one a signature


def bind(value: object, kind: str = "float64") -> Any:
    """A constant that reaches the engine as a bound value; `kind` is an Ibis type: "float64", "array<string>"."""
    import ibis
    import ibis.expr.datatypes as dt

    of = dt.dtype(kind)
    return _marker(CONSTANT, (of,), of)(ibis.literal(value, type=of))


def lookup(values: Sequence[float] | Sequence[str], number: ir.IntegerValue, kind: str = "float64") -> Any:
    """The `number`-th of the values, from 1 on, for a number that is known to be in range; null where it is."""
    import ibis.expr.datatypes as dt

    of = dt.dtype(f"array<{kind}>")
    return _marker(LOOKUP, (of, dt.int64), dt.dtype(kind))(bind(list(values), f"array<{kind}>"), number.cast("int64"))


def md5_bits(text: ir.StringValue) -> Any:
    """The first 60 bits of the MD5 of the UTF-8 text, as an integer from 0 to 2**60 - 1: the same on every engine."""
    import ibis.expr.datatypes as dt

    return _marker(MD5_BITS, (dt.string,), dt.int64)(text)


def microseconds(time: ir.TimestampValue) -> Any:
    """Microseconds since 1970, of the instant (with a zone) or of the clock's reading (without)."""
    import ibis.expr.datatypes as dt

    kind = time.type()
    return _marker(MICROSECONDS, (kind,), dt.int64)(time)


def weekday(time: ir.TimestampValue) -> Any:
    """From 1, Monday, to 7."""
    import ibis.expr.datatypes as dt

    return _marker(WEEKDAY, (time.type(),), dt.int64)(time)


def failure(message: ir.StringValue, kind: dt.DataType) -> Any:
    """An expression of type `kind` whose evaluation ends the run with this message."""
    import ibis.expr.datatypes as dt

    return _marker(FAILURE, (dt.string,), kind)(message)


def list_quantile(values: ir.ArrayValue, level: float) -> Any:
    """The quantile of a list's values, between neighbours by proportion; missing ones are passed over."""
    import ibis.expr.datatypes as dt

    return _marker(QUANTILE, (dt.dtype("array<float64>"), dt.float64), dt.float64)(values, bind(level))


def local_time(instant: ir.TimestampValue, zone: str) -> Any:
    """What the clock of a zone shows at an instant."""
    import ibis.expr.datatypes as dt

    return _marker(LOCAL, (instant.type(), dt.string), dt.Timestamp(scale=6))(instant, bind(zone, "string"))


def parsed_number(text: ir.StringValue) -> Any:
    """The number that a text is, or null."""
    import ibis.expr.datatypes as dt

    return _marker(NUMBER, (dt.string,), dt.float64)(text)


def parsed_time(text: ir.StringValue, form: str) -> Any:
    """The time that a text is in a format of `strptime`, or null."""
    import ibis.expr.datatypes as dt

    return _marker(TIME, (dt.string, dt.string), dt.Timestamp(scale=6))(text, bind(form, "string"))
