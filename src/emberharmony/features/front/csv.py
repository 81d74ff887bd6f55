"""A CSV as a table in memory: types by the evidence of all rows, names from a file of their own if they stand there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.front.inputs import table_of
from emberharmony.features.sources import read_csv
from emberharmony.features.sources.bytestream import PACKED
from emberharmony.features.transforms.frame import missing_column


class GenericCSVLoader:
    """`read_csv` for tables that fit in memory. With `compression_support=False` a packed file is refused.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rows.csv"
    >>> _ = path.write_text("x,day,id\\n1,2024-01-31,007\\n")
    >>> GenericCSVLoader().load_csv(path, index_col="id", datetime_cols=["day"]).to_pylist()
    [{'id': '007', 'x': 1, 'day': datetime.datetime(2024, 1, 31, 0, 0)}]
    """

    def __init__(self, compression_support: bool = True) -> None:
        self.compression_support = compression_support

    def load_csv(
        self,
        path: str | Path,
        header_file: str | Path | None = None,
        index_col: str | None = None,
        datetime_cols: Sequence[str] = (),
        encoding: str = "utf-8",
    ) -> pa.Table:
        """All rows. `header_file` holds the names of the columns, if the file does not; it changes no type.

        `index_col` becomes the first column, and must not be missing or doubled in any row. `datetime_cols` become
        timestamps; a value there that is no time is an error that shows the row.
        """
        if not self.compression_support and str(path).endswith(tuple(PACKED)):
            raise ArgumentError(
                f"{str(path)!r} is packed", expected="a plain file", mend="GenericCSVLoader(compression_support=True)"
            )
        times = dict.fromkeys(datetime_cols, "timestamp[us]")
        header = True if header_file is None else Path(header_file)
        table = table_of(read_csv(path, header=header, encoding=encoding, schema=times or None))
        return table if index_col is None else _indexed(table, index_col)


def _indexed(table: pa.Table, index: str) -> pa.Table:
    if index not in table.column_names:
        raise missing_column(index, table.column_names)
    column = table[index]
    distinct = len(column.unique())
    if column.null_count or distinct != len(column):
        raise ArgumentError(
            f"index_col={index!r} has {column.null_count} missing values and {len(column) - distinct} repeated ones",
            expected="a value of its own for each row",
            mend="another column, or leave index_col out",
        )
    return table.select([index, *(name for name in table.column_names if name != index)])
