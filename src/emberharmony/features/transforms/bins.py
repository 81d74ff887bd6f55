"""Numbers to intervals: by quantiles, by equal widths or by edges that you give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import Frame
from emberharmony.features.transforms.scale import distributions, extents, finite
from emberharmony.features.transforms.step import Constants, in_place, nothing, numeric


def place(x: Any, edges: Sequence[float], at: Any, first: int = 0) -> Any:
    """`at(i)` for the number i of `edges` that are at most x, as a balanced tree of comparisons; null stays null."""
    import ibis

    if not edges:
        return at(first)
    middle = len(edges) // 2
    below = place(x, edges[:middle], at, first)
    above = place(x, edges[middle + 1 :], at, first + middle + 1)
    return ibis.ifelse(x < bind(edges[middle]), below, above)


@dataclass(frozen=True)
class Bin:
    """The number of the interval that x lies in, from 0: x in [edge_i-1, edge_i); missing values stay missing.

    `edges` gives the inner edges; without them the train rows do, as `count` intervals with about the same number of
    rows (`by="quantile"`) or the same width. Equal edges are taken once, so there may be fewer intervals.
    """

    columns: Sequence[str]
    count: int = 10
    by: Literal["quantile", "width"] = "quantile"
    edges: Sequence[float] | None = None

    def __post_init__(self) -> None:
        if self.by not in ("quantile", "width"):
            raise ArgumentError(f"Bin got by={self.by!r}", expected="'quantile' or 'width'")
        if self.edges is None and not 2 <= self.count <= 4096:
            raise ArgumentError(f"Bin got count={self.count}", expected="from 2 to 4096 intervals")
        if self.edges is not None and (not self.edges or sorted(set(self.edges)) != list(self.edges)):
            raise ArgumentError(f"Bin got edges={list(self.edges)}", expected="at least one, each above the one before")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        shares = [i / self.count for i in range(1, self.count)]
        if self.edges is not None:
            for name in self.columns:
                numeric(frame, name, "Bin")
            yield from nothing()
            return {name: {"edges": [float(edge) for edge in self.edges]} for name in self.columns}
        if self.by == "quantile":
            found = yield from distributions(frame, self.columns, "Bin", shares, min(1e-3, 0.1 / self.count))
            return {n: {"edges": sorted({d.quantile(share) for share in shares})} for n, d in found.items()}
        wide = yield from extents(frame, self.columns, "Bin")
        ends = {name: finite("Bin", name, within) for name, within in wide.items()}
        return {n: {"edges": sorted({a + (b - a) * share for share in shares})} for n, (a, b) in ends.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        columns = {}
        for name in self.columns:
            column, known = numeric(frame, name, "Bin"), constants[name]
            x = column.number
            edges: Any = known["edges"]
            found = place(x, edges, lambda i: ibis.literal(i, type="int16"))
            columns[name] = column.after(ibis.ifelse(x.isnull(), ibis.null("int16"), found), "Bin")
        return frame.put(columns)


@dataclass(frozen=True)
class QuantileScale:
    """The share of train rows below x, from 0 to 1: any distribution becomes uniform.

    Straight lines between `points` quantiles of the train rows; what lies outside of them is 0 or 1.
    """

    columns: Sequence[str]
    points: int = 101

    def __post_init__(self) -> None:
        if not 2 <= self.points <= 1025:
            raise ArgumentError(f"QuantileScale got points={self.points}", expected="from 2 to 1025")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        shares = [i / (self.points - 1) for i in range(self.points)]
        found = yield from distributions(frame, self.columns, "QuantileScale", shares, min(1e-3, 0.1 / self.points))
        constants: dict[str, Any] = {}
        for name, spread in found.items():
            knots: dict[float, list[float]] = {}
            for share in shares:
                knots.setdefault(spread.quantile(share), []).append(share)
            # a value that many rows share stands for the middle of their ranks
            constants[name] = {"at": list(knots), "share": [sum(s) / len(s) for s in knots.values()]}
        return constants

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        def make(name: str, x: Any) -> Any:
            known: Any = constants[name]
            import ibis

            at, share = known["at"], known["share"]

            def line(i: int) -> Any:
                if i == 0:
                    return bind(0.0)
                if i == len(at):
                    return ibis.ifelse(x > bind(at[-1]), bind(1.0), bind(share[-1]))
                slope = (share[i] - share[i - 1]) / (at[i] - at[i - 1])
                return bind(share[i - 1]) + (x - bind(at[i - 1])) * bind(slope)

            return ibis.ifelse(x.isnull(), ibis.null("float64"), place(x, at, line))

        return in_place(frame, self.columns, make, "QuantileScale")
