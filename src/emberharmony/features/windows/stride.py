"""A table seen through windows at several strides, each reduced to its principal components."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, cast

import pyarrow as pa

from emberharmony import _core, ops
from emberharmony.backend.host import empty
from emberharmony.backend.threads import threads
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointMismatchError, NotFittedError
from emberharmony.features.windows.batch import Batch, Reader, Table
from emberharmony.features.windows.covariance import Grid, WindowCovariance
from emberharmony.features.windows.cutters import Many, Piece, Single
from emberharmony.features.windows.frames import Cut, window_count
from emberharmony.features.windows.memory import native
from emberharmony.features.windows.pca import Components, principal

__all__ = ["TerabyteTemporalStrideProcessor"]

VERSION = 1


class TerabyteTemporalStrideProcessor:
    """Windows of a stream at several strides, and their principal components; memory does not grow with the rows.

    A window holds `window_size` rows, `dilation` apart; at stride h one starts every h rows. With a `key` column each
    entity is a series of its own, in whatever order their rows come. With `time`, rows of a series that go back in time
    are refused; with `max_gap`, too, it starts anew after a longer step (`gap="break"`), or never (`gap="carry"`). A
    window is known by its last row (`label="end"`).

    Two phases. First `fit` (or `scan` every batch, `partial_fit` every batch, `freeze`): two passes, for the sums of
    the second are integers on a grid that the first one finds, or `ranges=(low, high)` says. Then `transform` for a
    whole series, or `process_batch` for a stream. No cut into batches changes a bit of either. `pca=None` needs no
    first phase, and gives the windows themselves.

    >>> x = ops.reshape(ops.sin(ops.arange(60, dtype=ops.float32)), (30, 2))
    >>> processor = TerabyteTemporalStrideProcessor(window_size=3, stride_perspectives=(1, 2), pca_components=2).fit(x)
    >>> {stride: tuple(z.shape) for stride, z in processor.transform(x).items()}
    {1: (28, 2), 2: (14, 2)}
    """

    def __init__(
        self,
        window_size: int = 5,
        stride_perspectives: Sequence[int] = (1, 3, 5),
        dilation: int = 1,
        pca_components: float | None = None,
        pca: Literal["exact", "randomized"] | None = "exact",
        key: str | None = None,
        time: str | None = None,
        gap: Literal["break", "carry"] = "break",
        label: Literal["end"] = "end",
        dtype: Any = None,
        backend: str | None = None,
        *,
        max_gap: float | timedelta | None = None,
        columns: Sequence[str] | None = None,
        ranges: tuple[Any, Any] | None = None,
        random_key: Any = None,
    ) -> None:
        for name, value, allowed in (
            ("pca", pca, ("exact", "randomized", None)),
            ("gap", gap, ("break", "carry")),
            ("label", label, ("end",)),
            ("dtype", dtype if dtype is None else ops.dtype_name(dtype), (None, "float32", "float64")),
        ):
            if value not in allowed:
                raise ArgumentError(f"{name}={value!r}", expected=" or ".join(map(repr, allowed)))
        if pca == "randomized" and random_key is None:
            raise ArgumentError(
                'pca="randomized" without a random_key', expected="a key", mend="random_key=ops.random.key(0)"
            )
        if max_gap is not None and time is None:
            raise ArgumentError(f"max_gap={max_gap!r} without time=", expected="the column that says when a row was")
        if not stride_perspectives or len(set(stride_perspectives)) != len(stride_perspectives):
            raise ArgumentError(f"stride_perspectives={stride_perspectives!r}", expected="strides that differ")
        self.cuts = {h: Cut(window_size, h, dilation).checked() for h in stride_perspectives}
        self.window_size, self.pca, self.pca_components = window_size, pca, pca_components
        self.backend, self.random_key = backend, random_key
        if isinstance(columns, str):
            raise ArgumentError(f"columns={columns!r}", expected="a list of names", mend=f"columns=[{columns!r}]")
        self._columns = None if columns is None else list(columns)
        self._new_reader: Callable[[], Reader] = lambda: Reader(
            key,
            time,
            max_gap if gap == "break" else None,
            None if dtype is None else ops.dtype_name(dtype),
            self._columns,
        )
        self._reader = self._new_reader()
        self._single = key is None and time is None
        self._grid = None if ranges is None else Grid.of_ranges(*ranges)
        self._is_grid_given = ranges is not None
        self._sums: dict[int, WindowCovariance] = {}
        self._cutters: dict[int, Single | Many] = {}
        self._components: dict[int, Components] = {}
        self._rows = 0

    # -- the first phase --

    def scan(self, batch: Any) -> TerabyteTemporalStrideProcessor:
        """The first pass: take the ranges of a batch in. Order and cuts do not matter."""
        self._unfrozen("scan")
        if self._sums or self._is_grid_given:
            raise ArgumentError("scan after the grid was fixed", expected="every scan before the first partial_fit")
        read = self._fitted(batch)
        self._grid = (self._grid or Grid(_width(self._reader))).scan(read.matrix)
        return self

    def partial_fit(self, batch: Any) -> TerabyteTemporalStrideProcessor:
        """The second pass: add the windows that this batch completes. Rows of a series come in order."""
        self._unfrozen("partial_fit")
        if self._grid is None:
            raise NotFittedError(
                "partial_fit came before the ranges of the columns are known",
                expected="scan(batch) of every batch first, or ranges=(low, high)",
                mend="fit(batches) makes both passes",
            )
        for stride, piece in self._pieces(self._fitted(batch)):
            self._sums.setdefault(stride, WindowCovariance(self._grid, self.cuts[stride])).add(piece.rows, piece.cut)
        return self

    def freeze(self) -> TerabyteTemporalStrideProcessor:
        """End the first phase: the components of all windows so far. Kept rows are forgotten."""
        self._unfrozen("freeze")
        if not self._sums:
            raise NotFittedError("freeze came before any partial_fit", expected="windows to find components of")
        key = self.random_key if self.pca == "randomized" else None
        self._components = {
            stride: principal(sums.mean, sums.covariance, sums.windows, self.pca_components, key=key)
            for stride, sums in self._sums.items()
        }
        self.flush()
        return self

    def fit(self, data: Any) -> TerabyteTemporalStrideProcessor:
        """Both passes over an array, a table, a list of batches, or a function that gives them anew; then `freeze`."""
        batches = _repeatable(data)
        if self._grid is None:
            for batch in batches():
                self.scan(batch)
        for batch in batches():
            self.partial_fit(batch)
        return self.freeze()

    def merge(self, other: TerabyteTemporalStrideProcessor) -> None:
        """Add what another has scanned or summed; the order of merging changes no bit.

        Parts that are fitted apart need one grid: scan each, merge, and give the merged `ranges` to all.
        Rows that another keeps for windows to come are not taken over: no window reaches from one part into another.
        """
        self._unfrozen("merge")
        mine, theirs = (part._settings() | {"columns": part._columns} for part in (self, other))
        if mine != theirs:
            raise ArgumentError(f"merge got {theirs}", expected=f"{mine}")
        if other._grid is not None and not (self._sums or other._sums):
            self._grid = self._grid or Grid(len(other._grid.low))
            self._grid.merge(other._grid)
            return
        for stride, sums in other._sums.items():
            self._sums.setdefault(stride, WindowCovariance(self._grid or sums.grid, self.cuts[stride])).merge(sums)

    @property
    def ranges(self) -> tuple[Any, Any]:
        """The least and the largest value of each feature that were scanned."""
        if self._grid is None:
            raise NotFittedError("nothing was scanned", expected="scan(batch) or fit(data) first")
        return self._grid.low, self._grid.high

    # -- the second phase --

    def transform(self, data: Any) -> dict[int, Any]:
        """{stride: array} of a whole table or array: components (m, k), or with `pca=None` windows (m, window, f).

        Nothing is kept: a stream goes through `process_batch`.
        """
        reader = self._new_reader()
        batch = reader.read(data)
        cutters = self._new_cutters(reader)
        return {stride: self._result(stride, cutters[stride].push(batch), batch) for stride in self.cuts}

    def process_batch(self, batch: Any) -> dict[int, Any]:
        """{stride: array} of the windows that this batch completes; the rows that others need are kept."""
        self._frozen()
        read = self._reader.read(batch)
        return {stride: self._result(stride, piece, read) for stride, piece in self._pieces(read)}

    def process_table(self, batch: Table) -> dict[int, pa.Table]:
        """As `process_batch`, as tables: key, time and number of the last row of each window, and its components.

        The table goes on where the one before it ended; call `flush` where another stream begins.
        """
        self._frozen()
        read, before = self._reader.read(batch), self._rows
        tables: dict[int, pa.Table] = {}
        for stride, piece in self._pieces(read):
            ends = pa.array(piece.ends)
            labels = {self._reader.key: read.keys, self._reader.time: read.stamps}
            columns = {
                name: column.take(ends) for name, column in labels.items() if name is not None and column is not None
            }
            z = self._projected(stride, piece, read.dtype)
            z = z.reshape(len(ends), math.prod(z.shape[1:]))
            columns["row"] = pa.array(piece.ends + before)
            tables[stride] = pa.table(columns | {f"z{i}": pa.array(z[:, i].copy()) for i in range(z.shape[1])})
        return tables

    def process_large_dataset(self, batches: Iterable[Any]) -> dict[int, Any]:
        """{stride: array} of all windows of a stream, which ends with it: `process_batch` of each, put together.

        The results are held in memory. Where they do not fit, loop over `process_batch`.
        """
        self._frozen()
        parts: dict[int, list[Any]] = {stride: [] for stride in self.cuts}
        for batch in batches:
            for stride, z in self.process_batch(batch).items():
                parts[stride].append(z)
        self.flush()
        if not next(iter(parts.values())):
            raise ArgumentError("process_large_dataset got no batch", expected="at least one, which may have no rows")
        return {stride: ops.concat(list_) for stride, list_ in parts.items()}

    def flush(self) -> None:
        """The stream has ended: forget the rows that are kept, and the keys. Rows that come later start series anew."""
        self._cutters, self._reader, self._rows = {}, self._new_reader(), 0

    def inverse_transform(self, z: Mapping[int, Any]) -> dict[int, Any]:
        """{stride: windows (m, window, f)} for {stride: components (m, k)}, but for what the components leave out."""
        self._frozen()
        made: dict[int, Any] = {}
        for stride, array in z.items():
            found = self._of(stride)
            x = found.inverse(ops.to_numpy(array)).astype(ops.dtype_name(array))
            made[stride] = ops.convert(x.reshape(len(x), self.window_size, -1), like=array)
        return made

    def get_explained_variance(self, stride: int) -> Any:
        """(k,): the share of each component in the variance of the windows at this stride."""
        return native(self._of(stride).explained, self.backend)

    def get_feature_importance(self, stride: int) -> Any:
        """(window_size f,): the share of the variance that is kept of each element of a window, row after row."""
        return native(self._of(stride).importance, self.backend)

    def components(self, stride: int) -> Components:
        """Mean, loadings and variances at a stride, as NumPy arrays in float64."""
        return self._of(stride)

    def covariance(self, stride: int) -> WindowCovariance:
        """The sums behind the components: how many windows there were, how many were left out, their covariance."""
        if stride not in self._sums:
            raise ArgumentError(f"no sums of stride {stride!r}", expected=f"one of {list(self._sums)}")
        return self._sums[stride]

    # -- to stop and go on --

    def state_dict(self) -> dict[str, Any]:
        """Everything, as plain data and Arrow arrays: a processor made alike goes on from it in the same bits."""
        reader, grid = self._reader, self._grid
        return {
            "version": VERSION,
            "settings": self._settings(),
            "columns": self._columns,
            "reader": {"columns": reader.columns, "features": reader.features, "dtype": reader.dtype},
            "keys": pa.array(list(reader.codes)) if reader.codes else None,
            "rows": self._rows,
            "ranges": None if grid is None else (grid.low.tolist(), grid.high.tolist()),
            "sums": {stride: sums.state_dict() for stride, sums in self._sums.items()},
            "kept": {stride: cutter.state() for stride, cutter in self._cutters.items()},
            "components": {stride: found.state_dict() for stride, found in self._components.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> TerabyteTemporalStrideProcessor:
        """Go on where `state_dict` was taken, in a processor with the same settings; returns itself."""
        if state["version"] != VERSION or state["settings"] != self._settings():
            raise CheckpointMismatchError(
                f"a state of version {state['version']} with {state['settings']}",
                expected=f"version {VERSION} with {self._settings()}",
            )
        self._columns = state["columns"]
        self.flush()
        for name, value in state["reader"].items():
            setattr(self._reader, name, value)
        keys = [] if state["keys"] is None else state["keys"].to_pylist()
        self._reader.codes = {value: code for code, value in enumerate(keys)}
        self._rows = state["rows"]
        self._grid = None if state["ranges"] is None else Grid.of_ranges(*state["ranges"])
        self._sums, self._cutters = {}, {}
        for stride, sums in state["sums"].items():
            if self._grid is None:
                raise CheckpointMismatchError("a state with sums and without ranges", expected="both")
            self._sums[stride] = WindowCovariance(self._grid, self.cuts[stride])
            self._sums[stride].load_state_dict(sums)
        if state["kept"]:
            self._cutters = self._new_cutters(self._reader)
            for stride, kept in state["kept"].items():
                self._cutters[stride].load(kept)
        self._components = {stride: Components.of_state(found) for stride, found in state["components"].items()}
        return self

    # -- inside --

    def _fitted(self, batch: Any) -> Batch:
        """A batch of the first phase: what its columns are called, is what those of the second are."""
        read = self._reader.read(batch)
        self._columns = self._reader.columns
        return read

    def _settings(self) -> dict[str, Any]:
        reader = self._new_reader()
        gap = reader.max_gap
        return {
            "window_size": self.window_size,
            "strides": list(self.cuts),
            "dilation": next(iter(self.cuts.values())).dilation,
            "pca": self.pca,
            "pca_components": self.pca_components,
            "key": reader.key,
            "time": reader.time,
            "max_gap": gap.total_seconds() if isinstance(gap, timedelta) else gap,
        }

    def _pieces(self, batch: Batch) -> Iterator[tuple[int, Piece]]:
        if not self._cutters:
            self._cutters = self._new_cutters(self._reader)
        self._rows += batch.rows
        for stride, cutter in self._cutters.items():
            yield stride, cutter.push(batch)

    def _new_cutters(self, reader: Reader) -> dict[int, Single | Many]:
        kind = Single if self._single else Many
        return {h: kind(_width(reader), cut, reader.dtype or "float64") for h, cut in self.cuts.items()}

    def _result(self, stride: int, piece: Piece, batch: Batch) -> Any:
        return native(self._projected(stride, piece, batch.dtype), self.backend, like=batch.like)

    def _projected(self, stride: int, piece: Piece, dtype: str) -> Any:
        if self.pca is None:
            return piece.windows(self.window_size)
        found = self._of(stride)
        if len(found.mean) != piece.rows.shape[1] * piece.cut.window:
            raise ArgumentError(
                f"rows of {piece.rows.shape[1] * piece.cut.window // self.window_size} features",
                expected=f"{len(found.mean) // self.window_size}, as in fit",
            )
        out = empty((window_count(len(piece.rows), *piece.cut), len(found.variances)), dtype)
        _core.windows_project(piece.rows, piece.cut, found.mean, found.loadings, out, threads())
        return out

    def _of(self, stride: int) -> Components:
        self._frozen()
        if stride not in self._components:
            raise ArgumentError(f"no components of stride {stride!r}", expected=f"one of {list(self._components)}")
        return self._components[stride]

    def _unfrozen(self, what: str) -> None:
        if self.pca is None:
            raise ArgumentError(
                f"{what} with pca=None", expected="components to fit: windows alone need no first phase"
            )
        if self._components:
            raise ArgumentError(
                f"{what} after freeze", expected="one fit: other components would not fit what was transformed before"
            )

    def _frozen(self) -> None:
        if self.pca is not None and not self._components:
            raise NotFittedError(
                "this processor has no components yet",
                expected="fit(data) first, or scan, partial_fit and freeze",
                mend="pca=None for the windows themselves",
            )


def _width(reader: Reader) -> int:
    return reader.features or 0


def _repeatable(data: Any) -> Callable[[], Iterable[Any]]:
    """Batches that can be gone through twice."""
    if callable(data):
        return cast("Callable[[], Iterable[Any]]", data)
    if isinstance(data, list | tuple):
        return lambda: data
    if isinstance(data, Iterator):
        raise ArgumentError(
            f"fit got {type(data).__name__}, which can be read once",
            expected="data for two passes: an array, a table, a list of batches, or a function that gives them anew",
            mend="fit(lambda: read_batches())",
        )
    return lambda: (data,)
