"""Expressions over columns, as data: built with Python's operators, saved with a pipeline, compiled for any engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind, microseconds

if TYPE_CHECKING:
    from emberharmony.features.transforms.frame import Frame

Scalar = float | int | str | bool
TYPES = ("float32", "float64", "int8", "int16", "int32", "int64", "string", "boolean")


@dataclass(frozen=True, eq=False)
class Expression:
    """What `col` starts: `+ - * / % **`, comparisons, `& | ~`, and the methods below give expressions again.

    >>> (col("distance") / col("seconds")).clip(0.0, 90.0)
    ((distance / seconds) clip [0.0, 90.0])
    """

    does: str
    parts: Sequence[Expression]
    value: Scalar | Sequence[Scalar] | None = None

    def __repr__(self) -> str:
        match self.does:
            case "column":
                return str(self.value)
            case "value":
                return repr(self.value)
            case _ if len(self.parts) == 2 and self.value is None:
                return f"({self.parts[0]!r} {self.does} {self.parts[1]!r})"
            case _:
                shown = " ".join(map(repr, self.parts))
                return f"({shown} {self.does}{'' if self.value is None else f' {self.value}'})"

    def __bool__(self) -> bool:
        raise ArgumentError(
            f"the expression {self!r} is not true or false before it sees rows",
            mend="use & | ~ between expressions, not `and`, `or`, `not`; ef.where(condition, a, b), not `if`",
        )

    def _with(self, does: str, other: object, *, swap: bool = False) -> Expression:
        pair = (_lifted(other), self) if swap else (self, _lifted(other))
        return Expression(does, pair)

    def __add__(self, other: object) -> Expression:
        return self._with("+", other)

    def __radd__(self, other: object) -> Expression:
        return self._with("+", other, swap=True)

    def __sub__(self, other: object) -> Expression:
        return self._with("-", other)

    def __rsub__(self, other: object) -> Expression:
        return self._with("-", other, swap=True)

    def __mul__(self, other: object) -> Expression:
        return self._with("*", other)

    def __rmul__(self, other: object) -> Expression:
        return self._with("*", other, swap=True)

    def __truediv__(self, other: object) -> Expression:
        return self._with("/", other)

    def __rtruediv__(self, other: object) -> Expression:
        return self._with("/", other, swap=True)

    def __mod__(self, other: object) -> Expression:
        return self._with("%", other)

    def __pow__(self, other: object) -> Expression:
        return self._with("**", other)

    def __neg__(self) -> Expression:
        return Expression("negative", (self,))

    def __abs__(self) -> Expression:
        return Expression("abs", (self,))

    def __lt__(self, other: object) -> Expression:
        return self._with("<", other)

    def __le__(self, other: object) -> Expression:
        return self._with("<=", other)

    def __gt__(self, other: object) -> Expression:
        return self._with(">", other)

    def __ge__(self, other: object) -> Expression:
        return self._with(">=", other)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._with("==", other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._with("!=", other)

    __hash__ = object.__hash__

    def __and__(self, other: object) -> Expression:
        return self._with("&", other)

    def __or__(self, other: object) -> Expression:
        return self._with("|", other)

    def __invert__(self) -> Expression:
        return Expression("not", (self,))

    def log(self) -> Expression:
        """The natural logarithm; missing where it is not defined."""
        return Expression("log", (self,))

    def exp(self) -> Expression:
        """The exponential."""
        return Expression("exp", (self,))

    def sqrt(self) -> Expression:
        """The square root; missing below 0."""
        return Expression("sqrt", (self,))

    def floor(self) -> Expression:
        """The greatest whole number that is at most this."""
        return Expression("floor", (self,))

    def clip(self, low: float, high: float) -> Expression:
        """Held between two bounds."""
        return Expression("clip", (self,), (float(low), float(high)))

    def is_missing(self) -> Expression:
        """Whether it is null, or NaN."""
        return Expression("missing", (self,))

    def fill(self, other: object) -> Expression:
        """This, or `other` where it is missing."""
        return self._with("fill", other)

    def isin(self, values: Sequence[Scalar]) -> Expression:
        """Whether it is one of these."""
        if isinstance(values, str):
            raise ArgumentError(f"isin got {values!r}", expected="a list of values", mend=f"isin([{values!r}])")
        return Expression("isin", (self,), tuple(values))

    def lower(self) -> Expression:
        """Text in lower case."""
        return Expression("lower", (self,))

    def length(self) -> Expression:
        """How many characters a text has."""
        return Expression("length", (self,))

    def contains(self, text: str) -> Expression:
        """Whether a text has this inside."""
        return Expression("contains", (self,), text)

    def seconds(self) -> Expression:
        """Seconds since 1970 of a time, with fractions."""
        return Expression("seconds", (self,))

    def cast(self, kind: str) -> Expression:
        """As another type, one of those in `TYPES`; a value that does not fit ends the run, a fraction is rounded."""
        if kind not in TYPES:
            raise ArgumentError(f"cast got {kind!r}", expected=", ".join(TYPES))
        return Expression("cast", (self,), kind)


def col(name: str) -> Expression:
    """The column of this name, as the steps before have left it."""
    return Expression("column", (), name)


def where(condition: Expression, a: object, b: object) -> Expression:
    """`a` where the condition holds, `b` elsewhere (where it is missing as well)."""
    return Expression("where", (condition, _lifted(a), _lifted(b)))


NODES = (Expression,)


def _lifted(other: object) -> Expression:
    if isinstance(other, Expression):
        return other
    if isinstance(other, bool | int | float | str):
        return Expression("value", (), other)
    raise ArgumentError(f"an expression met {other!r}", expected="a column, a number, text or a boolean")


def columns_of(expression: Expression) -> tuple[str, ...]:
    """The columns that an expression reads, each once."""
    own = (str(expression.value),) if expression.does == "column" else ()
    return tuple(dict.fromkeys([*own, *(name for part in expression.parts for name in columns_of(part))]))


def to_ibis(e: Expression, frame: Frame) -> Any:
    """The expression over a frame's columns; every constant is bound."""
    import operator

    import ibis

    parts = [to_ibis(part, frame) for part in e.parts]
    value: Any = e.value
    binary: dict[str, Any] = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
        "&": operator.and_,
        "|": operator.or_,
    }
    if e.does in binary:
        return binary[e.does](*parts)
    match e.does:
        case "column":
            column = frame[str(value)]
            return column.number if column.value.type().is_floating() else column.value  # NaN is a missing value
        case "value":
            kinds = {bool: "boolean", int: "int64", float: "float64", str: "string"}
            return bind(value, kinds[type(value)])
        case "/":
            # a division by zero is missing, on every engine
            return parts[0].cast("float64") / parts[1].cast("float64").nullif(bind(0.0))
        case "%":
            # the sign of the divisor, as in Python; SQL's is that of the dividend
            over = parts[1].nullif(0)
            return (parts[0] % over + over) % over
        case "**":
            power = parts[0].cast("float64") ** parts[1].cast("float64")
            return ibis.ifelse(power.isnan(), ibis.null("float64"), power)
        case "where":
            return ibis.ifelse(parts[0].fill_null(ibis.literal(False)), parts[1], parts[2])
        case "fill":
            return ibis.ifelse(_missing(parts[0]), parts[1], parts[0])
        case "missing":
            return _missing(parts[0])
        case "clip":
            low, high = (bind(float(bound)) for bound in value)
            x = parts[0]
            return ibis.ifelse(x < low, low, ibis.ifelse(x > high, high, x))
        case "isin":
            return parts[0].isin([to_ibis(_lifted(item), frame) for item in value])
        case "log":
            return _where(parts[0] > bind(0.0), parts[0]).ln()
        case "sqrt":
            return _where(parts[0] >= bind(0.0), parts[0]).sqrt()
        case "negative":
            return -parts[0]
        case "not":
            return ~parts[0]
        case "abs" | "exp" | "floor" | "lower" | "length":
            return getattr(parts[0], e.does)()
        case "contains":
            return parts[0].contains(bind(value, "string"))
        case "seconds":
            return microseconds(parts[0]).cast("float64") / bind(1e6)
        case "cast":
            return parts[0].cast(value)
        case _:
            raise ArgumentError(f"an expression does {e.does!r}", expected="what ef.col(...) and its methods build")


def _where(condition: Any, x: Any) -> Any:
    import ibis

    return ibis.ifelse(condition, x, ibis.null("float64"))


def _missing(x: Any) -> Any:
    return x.isnull() | x.isnan() if x.type().is_floating() else x.isnull()
