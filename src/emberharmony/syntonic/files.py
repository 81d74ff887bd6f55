"""Exact arrays in files: one .npz, with integers of any size, read alike on machines of either byte order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.backend.numpy import planes
from emberharmony.errors import NotAnArrayError, WeightsError
from emberharmony.syntonic.array import GoldenArray

if TYPE_CHECKING:
    from os import PathLike

FORMAT = 1


def save(path: str | PathLike[str], x: GoldenArray) -> None:
    """Write an array to an .npz of its integers. It is there whole or not at all: written beside its place, then moved.

    The name is taken as it is, and the folder must be there. `overflow` is not kept, which pickle does.
    """
    if not isinstance(x, GoldenArray):  # pyright: ignore[reportUnnecessaryIsInstance]  what users pass
        raise NotAnArrayError(
            f"save got x of type {type(x).__name__}",
            expected="a GoldenArray",
            mend="GoldenArray.from_numbers(x) takes Golden, Fraction, int and float, also in lists",
        )
    planes.write(
        Path(path),
        {
            "format": planes.from_integers(FORMAT),
            "shape": planes.from_integers([*x.shape]) if x.ndim else planes.zeros((0,)),
            "a": planes.stored(x.a),
            "b": planes.stored(x.b),
            "den": planes.stored(planes.cast(planes.from_integers(x.den), planes.BIG)),
        },
    )


def load(path: str | PathLike[str]) -> GoldenArray:
    """Read an array that `save` wrote, with overflow="promote"; a file that is anything else is named in the error.

    Nothing in the file is run: pickled objects are refused.
    """
    found = planes.read(Path(path), ("format", "shape", "a", "b", "den"))
    if (
        found is None
        or any(part.dtype.kind not in "iu" for part in found.values())
        or found["format"].reshape(-1).tolist() != [FORMAT]
    ):
        raise WeightsError(
            f"{path} is no file of exact numbers", expected=f"what save(path, x) writes, format {FORMAT}"
        )
    try:
        shape = tuple(map(int, found["shape"]))
        if min(shape, default=0) < 0:
            raise ValueError(f"shape {shape}")
        a, b = (planes.restored(found[name]).reshape(shape) for name in ("a", "b"))
        (den,) = planes.restored(found["den"])
        return GoldenArray.from_ints(a, b, int(den))
    except (ValueError, TypeError, IndexError, ZeroDivisionError) as problem:
        raise WeightsError(f"{path} is damaged: {problem}", expected="what save(path, x) writes") from None
