"""The table as the steps so far have made it: names to Ibis expressions, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony.features.engines.kinds import ibis_schema
from emberharmony.features.errors import SchemaError

if TYPE_CHECKING:
    import ibis.expr.types as ir

SPLIT = "__ember_split"  # 0 train, 1 validation, 2 test; null belongs to none
LEARNT = "__ember_train"  # whether the fit may learn from a row
ENTITY = "__ember_entity"  # whose row it is, in pipelines that look at other rows
ROW = "__ember_row"  # the place of a row in its shard, in pipelines that look at other rows
PLACE = pa.field(ROW, pa.int64())
HIDDEN = "__ember"
TRAIN, VALIDATION, TEST = 0, 1, 2


def as_number(x: Any) -> Any:
    """A numeric or boolean column as float64, with NaN as null: both mean that the value is missing."""
    kind = x.type()
    if kind.is_floating():
        import ibis

        return ibis.ifelse(x.isnan(), ibis.null(kind), x).cast("float64")
    return x.cast("int8").cast("float64") if kind.is_boolean() else x.cast("float64")


@dataclass(frozen=True)
class Column:
    """One column: how it is computed, from which columns of the source, and by which transforms."""

    value: Any
    sources: tuple[str, ...]
    steps: tuple[str, ...] = ()
    windowed: bool = False  # looks at other rows: another window over it needs a stage of its own
    clean: bool = False  # float64, and never NaN

    def after(self, value: Any, step: str, *others: Column, windowed: bool = False, clean: bool = False) -> Column:
        """The column that `step` makes of this one and `others`."""
        sources = dict.fromkeys(name for column in (self, *others) for name in column.sources)
        wide = windowed or any(column.windowed for column in (self, *others))
        return Column(value, tuple(sources), (*self.steps, step), wide, clean)

    @property
    def number(self) -> Any:
        """A column of numbers or booleans as float64, with NaN as null: both mean that the value is missing."""
        return self.value if self.clean else as_number(self.value)


@dataclass(frozen=True)
class Frame:
    """Columns over one relation; tables of constants that the relation joins, by name."""

    relation: ir.Table
    columns: Mapping[str, Column]
    tables: Mapping[str, pa.Table] = field(default_factory=dict[str, pa.Table])

    @staticmethod
    def over(schema: pa.Schema, entity: tuple[str, str] | None = None) -> Frame:
        """The rows of a source, as they are; with a hidden copy of the entity's key, which no step can change."""
        import ibis

        relation = ibis.table(ibis_schema(schema), name="rows")
        columns = {name: Column(relation[name], (name,)) for name in schema.names}
        if entity is not None:
            columns[ENTITY] = Column(relation[entity[0]], (entity[0],))
        return Frame(relation, columns)

    def __getitem__(self, name: str) -> Column:
        try:
            return self.columns[name]
        except KeyError:
            raise missing_column(name, self.names) from None

    @property
    def names(self) -> list[str]:
        """The visible columns, in order."""
        return [name for name in self.columns if not name.startswith(HIDDEN)]

    @property
    def train(self) -> Any:
        """Whether a row may be learnt from; None if all may."""
        return self.columns[LEARNT].value if LEARNT in self.columns else None

    def put(self, columns: Mapping[str, Column], *, without: Iterable[str] = (), owner: str = "") -> Frame:
        """With these columns, in place where the name is known, else at the end; `without` some."""
        gone = set(without)
        together = {**{name: column for name, column in self.columns.items() if name not in gone}, **columns}
        seen: dict[str, str] = {}
        for name in together:
            clash = seen.setdefault(name.casefold(), name)
            if clash != name:
                raise SchemaError(
                    f"{owner} makes column {name!r} beside {clash!r}",
                    expected="names that differ in more than capitals: engines do not tell them apart",
                    mend="rename a column, or bring the categories into one case: ef.Derive(c, ef.col(c).lower())",
                )
        return replace(self, columns=together)

    def fresh(self, columns: Mapping[str, Column], *, without: Iterable[str] = (), owner: str = "") -> Frame:
        """With new columns; one that exists already (and does not go) is refused."""
        gone = set(without)
        for name in columns:
            if name in self.columns and name not in gone:
                raise SchemaError(
                    f"{owner} makes column {name!r}, which is there already",
                    expected="a name that no column has",
                    mend="drop or rename the other one: ef.Drop([...]), ef.Rename({...})",
                )
        return self.put(columns, without=without, owner=owner)

    def staged(self) -> Frame:
        """The same columns over a relation that holds them as they are, so that windows may look at windows."""
        relation = self.relation.select(**{name: column.value for name, column in self.columns.items()})
        return replace(
            self,
            relation=relation,
            columns={
                name: replace(column, value=relation[name], windowed=False) for name, column in self.columns.items()
            },
        )

    def joined(self, key: Any, name: str, table: pa.Table) -> tuple[Frame, Any]:
        """With a table of constants looked up by its column `key`; the frame, and the joined relation's columns."""
        import ibis

        here = self.relation.select(**{n: c.value for n, c in self.columns.items()}, __ember_key=key).view()
        # names of its own: a column of the user's may be called as one of the table's
        names = table.schema.names
        table = table.rename_columns([f"{HIDDEN}_{name}_{n}" for n in names])
        other = ibis.table(ibis_schema(table.schema), name=name)
        relation = here.left_join(other, [("__ember_key", f"{HIDDEN}_{name}_key")])
        columns = {n: replace(c, value=relation[n]) for n, c in self.columns.items()}
        values = {n: relation[f"{HIDDEN}_{name}_{n}"] for n in names}
        return replace(self, relation=relation, columns=columns, tables={**self.tables, name: table}), values

    def table(self, names: Sequence[str] | None = None) -> ir.Table:
        """The SELECT of the named columns, all visible ones by default."""
        names = self.names if names is None else names
        return self.relation.select(**{name: self[name].value for name in names})


def missing_column(name: str, names: Sequence[str]) -> SchemaError:
    """The error for a column that is not there, with the nearest name that is."""
    import difflib

    near = difflib.get_close_matches(name, names, n=1)
    shown = ", ".join(map(repr, names[:12])) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
    return SchemaError(
        f"there is no column {name!r}",
        expected=f"one of {shown}",
        mend=f"did you mean {near[0]!r}?" if near else "name a column that the source has or an earlier step makes",
    )
