"""Ibis expressions to SQL of one dialect, with every constant taken out of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from emberharmony.features.engines import constants

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Query:
    """A SELECT and the values that its variables stand for: name -> (value, SQL type)."""

    sql: str
    values: Mapping[str, tuple[object, str]]


@cache
def _compiler() -> Any:
    from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

    return DuckDBCompiler()


def duckdb_sql(table: ir.Table, prefix: str = "k") -> Query:
    """The SELECT of a table expression for DuckDB; constants become `getvariable('k0')`, ... in order of appearance."""
    import sqlglot.expressions as sge

    values: dict[str, tuple[object, str]] = {}
    names: dict[tuple[str, str], str] = {}

    def spell(node: Any) -> Any:
        if not isinstance(node, sge.Anonymous):
            return node
        call, given = str(node.this).lower(), node.expressions
        if call == constants.CONSTANT:
            value, kind = _value(given[0])
            known = (repr(value), kind)
            if known not in names:
                names[known] = f"{prefix}{len(names)}"
                values[names[known]] = (value, kind)
            return sge.Anonymous(this="getvariable", expressions=[sge.Literal.string(names[known])])
        spelt = [argument.transform(spell) for argument in given]
        if call == constants.LOOKUP:
            return sge.Anonymous(this="list_extract", expressions=spelt)
        if call == constants.MD5_BITS:
            digits = sge.Anonymous(
                this="left", expressions=[sge.Anonymous(this="md5", expressions=spelt), sge.Literal.number(15)]
            )
            text = sge.Anonymous(this="concat", expressions=[sge.Literal.string("0x"), digits])
            return sge.cast(text, "BIGINT")
        if call == constants.FAILURE:
            mark = sge.Anonymous(this="concat", expressions=[sge.Literal.string(constants.FAILURE), *spelt])
            return sge.Anonymous(this="error", expressions=[mark])
        if call == constants.QUANTILE:
            quantile = sge.Literal.string("quantile_cont")
            return sge.Anonymous(this="list_aggregate", expressions=[spelt[0], quantile, spelt[1]])
        if call == constants.LOCAL:
            return sge.Anonymous(this="timezone", expressions=[spelt[1], spelt[0]])
        if call == constants.WEEKDAY:
            return sge.Anonymous(this="isodow", expressions=spelt)
        if call == constants.NUMBER:
            return sge.TryCast(this=spelt[0], to=sge.DataType.build("DOUBLE"))
        if call == constants.TIME:
            return sge.Anonymous(this="try_strptime", expressions=spelt)
        if call == constants.MICROSECONDS:
            return sge.Anonymous(this="epoch_us", expressions=spelt)
        return node

    return Query(_compiler().to_sqlglot(table).transform(spell).sql("duckdb"), values)


def _value(node: Any) -> tuple[object, str]:
    """The Python value of a constant's argument, and its DuckDB type."""
    import sqlglot.expressions as sge

    match node:
        case sge.Array():
            items = [_value(item) for item in node.expressions]
            return [item for item, _ in items], f"{items[0][1] if items else 'DOUBLE'}[]"
        case sge.Boolean():
            return bool(node.this), "BOOLEAN"
        case sge.Null():
            return None, "DOUBLE"
        case sge.Neg():
            value, kind = _value(node.this)
            assert isinstance(value, int | float)
            return -value, kind
        case sge.Cast():
            value, _ = _value(node.this)
            kind = node.to.sql("duckdb")
            return (float(str(value)) if kind in {"DOUBLE", "REAL"} else value), kind
        case sge.Literal() if node.is_string:
            return str(node.this), "VARCHAR"
        case sge.Literal():
            text = str(node.this)
            return (int(text), "BIGINT") if text.lstrip("-").isdigit() else (float(text), "DOUBLE")
        case _:
            raise AssertionError(f"a constant of an unknown form: {node!r}")
