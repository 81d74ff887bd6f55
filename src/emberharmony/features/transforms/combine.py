"""Columns from several columns: products, principal components, and expressions of your own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind
from emberharmony.features.errors import SchemaError
from emberharmony.features.products import Products, products
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.expressions import Expression, columns_of, to_ibis
from emberharmony.features.transforms.frame import Column, Frame
from emberharmony.features.transforms.step import Constants, no_values, nothing, numeric


@dataclass(frozen=True)
class Interact:
    """The product of each pair of columns: `<a>*<b>`; `squares` adds `<a>*<a>`."""

    columns: Sequence[str]
    squares: bool = False

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            numeric(frame, name, "Interact")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        pairs = list(combinations(self.columns, 2)) + ([(name, name) for name in self.columns] if self.squares else [])
        columns: dict[str, Column] = {}
        for a, b in pairs:
            first, second = numeric(frame, a, "Interact"), numeric(frame, b, "Interact")
            columns[f"{a}*{b}"] = first.after(first.number * second.number, "Interact", second)
        return frame.fresh(columns, owner="Interact")


@dataclass(frozen=True)
class PCA:
    """The first `components` principal components, `<prefix>0`, ...: rows minus the mean, times the eigenvectors.

    The covariance is exact (integer sums on a grid of 2**-31 of each column's range), over the train rows without a
    missing value; an eigenvector's largest entry is positive. Scale the columns first if their units differ. A row with
    a missing value has none of the components. `keep` leaves the columns themselves.
    """

    columns: Sequence[str]
    components: int
    prefix: str = "pc"
    keep: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.components <= len(self.columns) or len(self.columns) > 256:
            raise ArgumentError(
                f"PCA got components={self.components} of {len(self.columns)} columns",
                expected="from 1 to the number of columns, which is at most 256",
            )

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        found = yield from products([numeric(frame, name, "PCA").number for name in self.columns])
        if not isinstance(found, Products):
            raise no_values("PCA", ", ".join(self.columns))
        values, vectors = eigen(found.covariance())
        total = sum(values)
        constants: dict[str, Any] = {
            f"{self.prefix}{k}": {
                "loadings": vectors[k],
                "variance": values[k],
                "share": values[k] / total if total else 0.0,
            }
            for k in range(self.components)
        }
        return {"": {"means": list(found.means)}, **constants}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        columns = [numeric(frame, name, "PCA") for name in self.columns]
        means: Any = constants[""]["means"]
        centred = [c.number - bind(mean) for c, mean in zip(columns, means, strict=True)]
        made: dict[str, Column] = {}
        for k in range(self.components):
            loadings: Any = constants[f"{self.prefix}{k}"]["loadings"]
            value = centred[0] * bind(loadings[0])
            for x, loading in zip(centred[1:], loadings[1:], strict=True):
                value = value + x * bind(loading)
            made[f"{self.prefix}{k}"] = columns[0].after(value, "PCA", *columns[1:])
        return frame.fresh(made, without=() if self.keep else self.columns, owner="PCA")


def eigen(matrix: Sequence[Sequence[float]]) -> tuple[list[float], list[list[float]]]:
    """Eigenvalues, largest first, and eigenvectors of a symmetric matrix; the largest entry of each is positive."""
    from emberharmony import ops, use_backend

    with use_backend("numpy"):
        values, vectors = ops.linalg.eigh(ops.asarray(matrix, dtype="float64"))
    pairs: list[tuple[float, list[float]]] = []
    for k in reversed(range(len(matrix))):
        vector = [float(vectors[i, k]) for i in range(len(matrix))]
        largest = max(range(len(vector)), key=lambda i: (abs(vector[i]), -i))
        sign = -1.0 if vector[largest] < 0.0 else 1.0
        pairs.append((max(float(values[k]), 0.0), [sign * entry + 0.0 for entry in vector]))
    return [value for value, _ in pairs], [vector for _, vector in pairs]


@dataclass(frozen=True)
class Derive:
    """A column from an expression: ``ef.Derive("speed", ef.col("distance") / ef.col("seconds"))``.

    An existing column of that name is replaced.
    """

    name: str
    expression: Expression

    def __post_init__(self) -> None:
        if not isinstance(self.expression, Expression):
            raise ArgumentError(
                f"Derive got {self.expression!r}",
                expected="an expression",
                mend="ef.Derive('z', ef.col('x') + ef.col('y'))",
            )

    @property
    def makes(self) -> tuple[str, ...]:
        """The column that it adds or replaces."""
        return (self.name,)

    def reads(self) -> tuple[str, ...]:
        return columns_of(self.expression)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.reads():
            frame[name]
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        from ibis.common.annotations import ValidationError
        from ibis.common.exceptions import IbisError

        used = [frame[name] for name in self.reads()]
        try:
            value = to_ibis(self.expression, frame)
        except (IbisError, ValidationError, TypeError, ValueError, AttributeError) as error:
            kinds = ", ".join(f"{name}: {frame[name].value.type()}" for name in self.reads())
            raise SchemaError(
                f"Derive cannot make {self.name!r}: {self.expression!r} does not fit the types ({kinds})",
                expected="operations that the types of the columns have",
                mend="ef.col(...).cast('float64'), or another operation",
            ) from error
        made = used[0].after(value, "Derive", *used[1:]) if used else Column(value, (), ("Derive",))
        return frame.put({self.name: made}, owner="Derive")
