"""Batches of tensors from a table of any size, in an order that can be repeated, dealt out and continued."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import name_of
from emberharmony.backend.host import empty
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointMismatchError, SchemaError
from emberharmony.features.flow.parallel import in_order
from emberharmony.features.handover.blocks import Blocks, StreamBlocks, Tabular, blocks_of
from emberharmony.features.handover.tensors import Layout, Missing, pack, turned
from emberharmony.ops import random

if TYPE_CHECKING:
    from emberharmony.backend.torch.data import DealtOut

__all__ = ["Loader"]


class Group(NamedTuple):
    """Blocks whose rows are shuffled together: its number in the epoch, the blocks, and how many rows they have."""

    number: int
    blocks: list[Any]
    rows: int


class Loader:
    """Iterates over batches of device tensors, `epochs` times through the table in one go; None never ends.

    `data` is a `pyarrow.Table`, one or more paths of Parquet files, a `Source`, or a function that returns batches
    from the start.
    With a `shuffle_key` the blocks of an epoch are permuted, then the rows within `buffer_blocks` blocks at a time: so
    much lies in memory, and `prefetch` such buffers more, read ahead by a thread. Blocks are `block_rows` rows of a
    table or source, row groups of a file, batches of a function; these last stay in order, rows move within a buffer.
    What a function returns is not known beforehand: `mark`, any text, says which rows they are, and a position is of
    that mark. Tables, files and sources tell by themselves when they have changed.

    A batch is (B, C), or (C, B) with `layout="columns"`; where `columns` is a mapping, a dict of one tensor a name.
    `shard=(rank, world)` deals the blocks of an epoch out, for several processes. The order follows from the key, the
    blocks, `buffer_blocks` and `shard` alone: the same on every backend, and whatever `batch_size` or `prefetch` are.

    >>> table = pa.table({"x": [0.0, 1.0, 2.0, 3.0, 4.0], "y": [0, 1, 0, 1, 0]})
    >>> for batch in Loader(table, 2, columns={"inputs": ["x"], "labels": ["y"]}):
    ...     print(tuple(batch["inputs"].shape), ops.tolist(batch["labels"]))
    (2, 1) [[0.0], [1.0]]
    (2, 1) [[0.0], [1.0]]
    (1, 1) [[0.0]]
    """

    def __init__(
        self,
        data: Tabular,
        batch_size: int,
        *,
        columns: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        shuffle_key: random.Key | None = None,
        block_rows: int = 122_880,
        buffer_blocks: int = 8,
        epochs: int | None = 1,
        drop_last: bool = False,
        dtype: Any = "float32",
        layout: Layout = "rows",
        missing: Missing = "error",
        backend: str | None = None,
        device: Any = None,
        prefetch: int = 2,
        shard: tuple[int, int] = (0, 1),
        mark: str = "",
        start: Mapping[str, Any] | None = None,
    ) -> None:
        if batch_size < 1 or buffer_blocks < 1 or prefetch < 0 or not 0 <= shard[0] < shard[1]:
            raise ArgumentError(
                f"Loader got {batch_size=}, {buffer_blocks=}, {prefetch=}, {shard=}",
                expected="batch_size and buffer_blocks of at least 1, prefetch from 0, a rank below the world's size",
            )
        if layout not in ("columns", "rows"):
            raise ArgumentError(f"Loader got layout={layout!r}", expected='"columns" or "rows"')
        self.batch_size = batch_size
        self._key = shuffle_key
        self._buffer_blocks = 1 if shuffle_key is None else buffer_blocks
        self._epochs = epochs
        self._drop_last = drop_last
        self._layout: Layout = layout
        self._missing: Missing = missing
        self._backend = backend
        self._device = device
        self._prefetch = prefetch
        self._shard = shard
        self._mark = mark
        self._names = {name: [*chosen] for name, chosen in columns.items()} if isinstance(columns, Mapping) else None
        self._columns = _all_of(columns)
        self._dtypes = dtype
        self._blocks: Blocks | StreamBlocks = blocks_of(data, block_rows)
        self._start = self._at = (0, 0) if start is None else self._checked(start)

    def position(self) -> dict[str, Any]:
        """Where the batch after the last one handed out begins: JSON-able, for `Loader(..., start=position)`.

        The loader that goes on may have another `batch_size`, backend or `prefetch`; another table, key,
        `buffer_blocks` or shard is refused, because its rows come in another order.

        >>> table = pa.table({"x": [0.0, 1.0, 2.0, 3.0]})
        >>> loader = Loader(table, 1, shuffle_key=ops.random.key(0))
        >>> for batch in loader:
        ...     break
        >>> rest = Loader(table, 1, shuffle_key=ops.random.key(0), start=loader.position())
        >>> sum(1 for _ in rest)
        3
        """
        epoch, row = self._at
        return {"epoch": epoch, "row": row, "order": self._order()}

    def __iter__(self) -> Generator[Any]:
        """All batches from `start` on; each call begins there anew."""
        epoch, row = self._at = self._start
        while self._epochs is None or epoch < self._epochs:
            nothing = row == 0
            for batch in self._epoch(epoch, row):
                nothing = False
                yield batch
            if nothing and self._epochs is None:
                return  # no batch, in this epoch or in any other
            epoch, row = self._at = (epoch + 1, 0)

    def part(self, index: int, count: int) -> Loader:
        """The loader of the part `index` of `count` of this one's blocks: no row is in two parts, each is in one.

        >>> loader = Loader(pa.table({"x": [0.0, 1.0, 2.0]}), 8, block_rows=1)
        >>> [ops.tolist(batch) for batch in loader.part(1, 2)]
        [[[1.0]]]
        """
        if self._start != (0, 0) and count > 1:
            raise ArgumentError(
                f"a loader that starts at {self.position()} was asked for part {index} of {count}",
                expected="one part: a position counts the rows of one order, and parts have other orders",
                mend="num_workers=0, or begin at the start of an epoch",
            )
        if not 0 <= index < count:
            raise ArgumentError(f"part got index={index}, count={count}", expected="an index from 0 and below count")
        rank, world = self._shard
        part = copy(self)
        part._shard = (rank + world * index, world * count)
        return part

    def to_torch(self) -> DealtOut:
        """A `torch.utils.data.IterableDataset` of these batches, for `DataLoader(dataset, batch_size=None)`.

        Its tensors are on the CPU: `pin_memory=True` and the training loop bring them to a GPU. Each of `num_workers`
        processes goes through blocks of its own, so no row comes twice.

        >>> from torch.utils.data import DataLoader
        >>> dataset = Loader(pa.table({"x": [0.0, 1.0, 2.0]}), 2).to_torch()
        >>> [batch.tolist() for batch in DataLoader(dataset, batch_size=None)]
        [[[0.0], [1.0]], [[2.0]]]
        """
        registry.load("torch")  # says how to install it
        from emberharmony.backend.torch.data import DealtOut

        return DealtOut(self._for_torch)

    def _for_torch(self, index: int, count: int) -> Loader:
        part = self.part(index, count)
        part._backend, part._device = "torch", "cpu"
        return part

    # -- the order of rows --

    def _groups(self, epoch: int) -> Iterator[Group]:
        """The blocks of an epoch in its order, this shard's only, `buffer_blocks` at a time."""
        rank, world = self._shard
        blocks, number = self._blocks, 0
        if isinstance(blocks, StreamBlocks):
            held: list[Any] = []
            for i, batch in enumerate(blocks):
                if i % world == rank:
                    held.append(batch)
                if len(held) == self._buffer_blocks:
                    yield Group(number, held, sum(batch.num_rows for batch in held))
                    held, number = [], number + 1
            if held:
                yield Group(number, held, sum(batch.num_rows for batch in held))
            return
        order = self._permutation(len(blocks.sizes), epoch, 0)
        mine = (order if order is not None else [*range(len(blocks.sizes))])[rank::world]
        for number, i in enumerate(range(0, len(mine), self._buffer_blocks)):
            indices = [int(index) for index in mine[i : i + self._buffer_blocks]]
            yield Group(number, indices, sum(blocks.sizes[index] for index in indices))

    def _permutation(self, n: int, epoch: int, what: int) -> Any:
        """Numbers below `n`, in NumPy, shuffled for one purpose in one epoch: 0 are the blocks, 1 + g is group g."""
        if self._key is None:
            return None
        with registry.use_backend("numpy"):
            return random.permutation(random.fold_in(random.fold_in(self._key, epoch), what), n)

    def _order(self) -> str:
        key = None if self._key is None else self._key.words
        content = repr((self._blocks.mark, self._mark, key, self._buffer_blocks, self._shard))
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def _checked(self, start: Mapping[str, Any]) -> tuple[int, int]:
        if {*start} != {"epoch", "row", "order"}:
            raise ArgumentError(
                f"Loader got start={dict(start)!r:.80}", expected="what `position()` of a loader returned"
            )
        if start["order"] != (order := self._order()):
            raise CheckpointMismatchError(
                f"the position is of the order {start['order']}, this loader's is {order}",
                expected="the same rows, mark, shuffle_key, block_rows, buffer_blocks and shard: they make the order",
                mend="make the loader as it was, or begin without start=",
            )
        return int(start["epoch"]), int(start["row"])

    # -- from blocks to batches --

    def _epoch(self, epoch: int, row: int) -> Iterator[Any]:
        """The batches of one epoch after its first `row` rows; moves the position before each is handed out."""
        done = row
        with closing(self._loaded(epoch, row)) as groups:
            for rows in _cut(groups, self.batch_size):
                if self._drop_last and len(rows) < self.batch_size:
                    return
                done += len(rows)
                self._at = (epoch, done)
                yield self._tensors(rows)

    def _loaded(self, epoch: int, skip: int) -> Generator[Rows]:
        def tasks() -> Iterator[tuple[Group, int]]:
            before = 0
            for group in self._groups(epoch):
                if before + group.rows > skip:
                    yield group, max(0, skip - before)
                before += group.rows

        def load(task: tuple[Group, int]) -> Rows:
            group, skipped = task
            rows = Rows(self._hosts(group), self._permutation(group.rows, epoch, 1 + group.number), 0, group.rows)
            return rows.part(skipped, len(rows))

        if self._prefetch:
            yield from in_order(load, tasks(), workers=1, ahead=self._prefetch - 1)
        else:
            yield from map(load, tasks())

    def _hosts(self, group: Group) -> dict[str, Any]:
        """The numbers of a group, (N, C) in NumPy, by the names of the tensors; one block at a time is read."""
        hosts: dict[str, Any] = {}
        start = 0
        for table in self._tables(group):
            stop = start + table.num_rows
            for name, chosen in (self._names or {"": self._columns or table.column_names}).items():
                part = _chosen(table, chosen)
                columns = pack(part.schema, part.to_batches(), self._dtype(name), self._missing)
                if name not in hosts:
                    hosts[name] = empty((group.rows, len(chosen)), columns.dtype)
                hosts[name][start:stop] = columns.T
            start = stop
        return hosts

    def _tables(self, group: Group) -> Iterator[pa.Table]:
        if isinstance(self._blocks, StreamBlocks):
            return (pa.Table.from_batches([batch]) for batch in group.blocks)
        return (self._blocks.read(index, self._columns) for index in group.blocks)

    def _tensors(self, rows: Rows) -> Any:
        chosen = nullcontext() if self._backend is None else registry.use_backend(self._backend)
        with chosen:
            tensors = {name: self._placed(name, host) for name, host in rows.taken().items()}
        return tensors if self._names is not None else tensors[""]

    def _placed(self, name: str, host: Any) -> Any:
        tensor = ops.asarray(host, dtype=self._dtype(name), device=self._device)
        return tensor if self._layout == "rows" else turned(tensor)

    def _dtype(self, name: str) -> str:
        chosen: Any = self._dtypes
        return name_of(chosen[name] if isinstance(chosen, Mapping) else chosen)


class Rows:
    """A run of the rows of a group, in the group's order; nothing is copied before it is taken."""

    def __init__(self, hosts: dict[str, Any], order: Any, start: int, stop: int) -> None:
        self._hosts = hosts
        self._order = order
        self._start = start
        self._stop = stop

    def __len__(self) -> int:
        return self._stop - self._start

    def part(self, start: int, stop: int) -> Rows:
        """Rows `start` to `stop` of these."""
        return Rows(self._hosts, self._order, self._start + start, self._start + stop)

    def taken(self) -> dict[str, Any]:
        """The rows in memory of their own."""
        if self._order is None:
            return {name: host[self._start : self._stop].copy() for name, host in self._hosts.items()}
        chosen = self._order[self._start : self._stop]
        return {name: ops.take(host, chosen, axis=0) for name, host in self._hosts.items()}

    def followed_by(self, other: Rows) -> Rows:
        """These rows, then those of `other`."""
        mine, more = self.taken(), other.taken()
        return Rows({name: ops.concat([mine[name], more[name]]) for name in mine}, None, 0, len(self) + len(other))


def _chosen(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    absent = [column for column in columns if column not in table.column_names]
    if absent:
        raise SchemaError(
            f"Loader was asked for columns that are not there: {', '.join(map(repr, absent))}",
            expected=f"some of {', '.join(table.column_names)}",
        )
    return table.select([*columns])


def _cut(groups: Iterable[Rows], size: int) -> Iterator[Rows]:
    """Runs of `size` rows across groups; the last may be shorter."""
    rest: Rows | None = None
    for rows in groups:
        start = 0
        if rest is not None:
            start = min(size - len(rest), len(rows))
            rest = rest.followed_by(rows.part(0, start))
            if len(rest) < size:
                continue
            yield rest
        whole = start + (len(rows) - start) // size * size
        for i in range(start, whole, size):
            yield rows.part(i, i + size)
        rest = rows.part(whole, len(rows)) if whole < len(rows) else None
    if rest is not None:
        yield rest


def _all_of(columns: Sequence[str] | Mapping[str, Sequence[str]] | None) -> list[str] | None:
    """The names of the columns that are read at all; None for every one."""
    if not isinstance(columns, Mapping):
        return None if columns is None else [*columns]
    return [*dict.fromkeys(name for chosen in columns.values() for name in chosen)]
