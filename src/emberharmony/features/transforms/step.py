"""What a step of a pipeline is: a pure pair. `fit` asks for statistics of the train rows, `apply` gives expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import Column, Frame

Constants = Mapping[str, Mapping[str, Any]]
"""What a fit found: for each column (or other subject) named values: numbers, texts, booleans, None, lists of them."""


@runtime_checkable
class Step(Protocol):
    """A frozen dataclass of parameters; the same parameters and constants always give the same expressions.

    A step may have more, and is asked for it by name: `columns`, the names it works on; `makes`, the names of columns
    that it puts in, for which a step that reads them waits; `target`, the answer, which it alone may read and which is
    no feature then; and, all three or none, `by`, `order` and `looks_back`: the entity, the time, and how many earlier
    rows of the entity it needs, for which rows come in that order.
    """

    def reads(self) -> tuple[str, ...]:
        """The columns that must be there before it can fit."""
        ...

    def fit(self, frame: Frame) -> Fit[Constants]:
        """Ask for statistics of the columns as they are before this step."""
        ...

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        """The table after this step."""
        ...


def check_columns(step: Step) -> None:
    """Refuse what a step cannot work on: a text for a list of names, a list without a name, a name twice."""
    columns: Any = getattr(step, "columns", None)
    if columns is None:
        return
    owner = type(step).__name__
    names = [columns] if isinstance(columns, str) else list(dict.fromkeys(columns))
    if isinstance(columns, str) or not names or len(names) < len(columns):
        raise ArgumentError(
            f"{owner} got columns={columns!r}",
            expected="a list of names, each once",
            mend=f"ef.{owner}({names!r}, ...)" if names else f"name a column, or leave {owner} out",
        )


def nothing() -> Fit[Constants]:
    """The fit of a step that learns nothing."""
    yield from ()
    return {}


def numeric(frame: Frame, name: str, step: str) -> Column:
    """A column of numbers or booleans, or an error that says what it is."""
    column = frame[name]
    kind = column.value.type()
    if not (kind.is_numeric() or kind.is_boolean()):
        raise wrong_type(step, name, kind, "numbers or booleans")
    return column


def wrong_type(step: str, name: str, kind: object, expected: str, mend: str = "") -> SchemaError:
    """The error for a column that this step cannot use."""
    return SchemaError(
        f"{step} got column {name!r} of type {kind}",
        expected=expected,
        mend=mend or f"leave {name!r} out of {step}, or turn it into {expected} with an earlier step",
    )


def no_values(step: str, name: str) -> SchemaError:
    """The error for a column without a single value in the train rows."""
    return SchemaError(
        f"{step} has nothing to learn from: column {name!r} has no value in the train rows",
        expected="at least one value that is not missing",
        mend=f"ef.Drop([{name!r}]), or ef.Impute([{name!r}], strategy='constant', value=0.0) before it",
    )


def in_place(frame: Frame, names: Sequence[str], make: Callable[[str, Any], Any], step: str) -> Frame:
    """Each numeric column replaced by `make(name, column as float64)`, which makes no NaN of a number."""
    columns = {name: numeric(frame, name, step) for name in names}
    return frame.put({name: c.after(make(name, c.number), step, clean=True) for name, c in columns.items()})
