"""A pipeline written down in a file: a source, a split, steps. TOML is read as data; a Python file is run as it is.

    target = "price"                        the column to predict, if there is one

    [source]
    kind = "parquet"                        or "csv", "jsonl", "duckdb"; paths are relative to this file
    path = "data/"

    [split]
    is = "HashSplit"
    key = "id"

    [[step]]
    is = "Impute"
    columns = ["x"]

    [[step]]
    is = "Derive"
    name = "speed"
    expression = "col('distance') / col('seconds')"

A Python file defines `pipeline`, and `source` and `split` if it likes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import inspect
import runpy
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SourceError
from emberharmony.features.formula import formula
from emberharmony.features.pipeline import Pipeline
from emberharmony.features.sources.source import Source, Stream
from emberharmony.features.splits import HashSplit, Split, StratifiedSplit, TimeSplit
from emberharmony.features.transforms import ALL
from emberharmony.features.transforms.registry import built

PATHS = ("path", "quarantine", "header")  # of a source: relative to the file that names them


@dataclass(frozen=True)
class Recipe:
    """What a file describes."""

    path: Path
    pipeline: Pipeline
    source: Source | Stream | None
    split: Split | None

    def rows(self) -> Source | Stream:
        """The source, which must be there."""
        if self.source is None:
            raise ArgumentError(
                f"{self.path} says what to do, and not with which rows",
                expected="[source] in TOML, or `source = ...` in Python",
                mend='[source]\n            kind = "parquet"\n            path = "data/"',
            )
        return self.source


def read_recipe(path: str | Path) -> Recipe:
    """The pipeline, source and split of a `.toml` or `.py` file.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "orders.toml"
    >>> _ = path.write_text('[[step]]\\nis = "Log"\\ncolumns = ["price"]')
    >>> read_recipe(path).pipeline.steps
    (Log(columns=['price'], unit=1.0),)
    """
    path = Path(path)
    if path.suffix not in (".toml", ".py") or not path.is_file():
        raise SourceError(
            f"{str(path)!r} is not the file of a pipeline" + ("" if path.exists() else ": there is no such file"),
            expected="a file whose name ends in .toml or .py",
            mend=f"correct the path; it is looked up from {Path.cwd()}",
        )
    return _of_python(path) if path.suffix == ".py" else _of_toml(path)


def _of_python(path: Path) -> Recipe:
    found = runpy.run_path(str(path))
    for name, kind, needed in (
        ("pipeline", Pipeline, True),
        ("source", Source | Stream, False),
        ("split", Split, False),
    ):
        value = found.get(name)
        if not isinstance(value, kind) and (needed or value is not None):
            raise ArgumentError(
                f"{path} defines {name} = {value!r}" if name in found else f"{path} defines no `{name}`",
                expected="`pipeline = ef.Pipeline([...])`, and perhaps `source = ef.read_parquet(...)`, `split = ...`",
            )
    return Recipe(path, found["pipeline"], found.get("source"), found.get("split"))


def _of_toml(path: Path) -> Recipe:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise ArgumentError(f"{path} is not TOML: {error}", mend="correct that line") from None
    _check_keys(found, ("source", "split", "step", "target"), str(path))
    steps = _table_list(found.get("step", []), path)
    kinds = {kind.__name__: kind for kind in ALL}
    made = [_made(step, kinds, f"{path}, step {place}") for place, step in enumerate(steps, 1)]
    target = found.get("target")
    if target is not None and not isinstance(target, str):
        raise ArgumentError(f"{path}: target = {target!r}", expected="the name of a column", mend='target = "y"')
    splits = {kind.__name__: kind for kind in (HashSplit, StratifiedSplit, TimeSplit)}
    split = None if "split" not in found else _made(_table(found["split"], path, "split"), splits, f"{path}, [split]")
    source = None if "source" not in found else _source(_table(found["source"], path, "source"), path)
    return Recipe(path, Pipeline(made, target=target), source, split)


def _table(value: Any, path: Path, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ArgumentError(f"{path}: {name} = {value!r}", expected=f"a table: [{name}]")
    return value


def _table_list(value: Any, path: Path) -> list[dict[str, Any]]:
    if not isinstance(value, list) or any(not isinstance(item, dict) for item in value):
        raise ArgumentError(f"{path}: step is no list of tables", expected="[[step]], with two brackets, for each step")
    return value


def _made(table: Mapping[str, Any], kinds: Mapping[str, type], where: str) -> Any:
    """A step or split: `is` names the class, the other keys are its parameters."""
    name = table.get("is")
    if name is None:
        raise ArgumentError(f"{where} does not say what it is", expected=f'is = "{next(iter(kinds))}", for example')
    if name not in kinds:
        raise _unknown(name, kinds, where)
    kind: Any = kinds[name]
    fields = {field.name: field for field in dataclasses.fields(kind)}
    given = {key: value for key, value in table.items() if key != "is"}
    _check_keys(given, fields, f"{where} ({name})")
    for key, field in fields.items():
        if key not in given and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ArgumentError(f"{where} ({name}) does not give {key!r}", expected=f"{name} needs it: {key} = ...")
    return kind(**{key: _value(key, value) for key, value in given.items()})


def _value(key: str, value: Any) -> Any:
    """TOML's values as the parameters of steps."""
    if key == "expression":
        return formula(value) if isinstance(value, str) else built(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _source(table: Mapping[str, Any], path: Path) -> Source | Stream:
    from emberharmony.features.sources import read_csv, read_duckdb, read_jsonl, read_parquet

    readers: dict[str, Callable[..., Source | Stream]] = {
        "parquet": read_parquet,
        "csv": read_csv,
        "jsonl": read_jsonl,
        "duckdb": read_duckdb,
    }
    where, kind = f"{path}, [source]", table.get("kind")
    if kind not in readers:
        raise _unknown(str(kind), readers, f"{where} kind")
    parameters = inspect.signature(readers[kind]).parameters.values()
    first, *options = (one for one in parameters if one.kind is not one.VAR_KEYWORD)  # what only catches a wrong name
    given = {key: value for key, value in table.items() if key != "kind"}
    _check_keys(given, ("path", *(option.name for option in options)), f'{where} (kind = "{kind}")')
    for key in ("path", *(option.name for option in options if option.default is option.empty)):
        if key not in given:
            raise ArgumentError(f"{where} does not give {key!r}", expected=f'{key} = "..."')
    for key in PATHS:
        if isinstance(value := given.get(key), str):
            given[key] = str(path.parent / value)
        elif isinstance(value, list) and key == "path":
            given[key] = [str(path.parent / str(item)) for item in value]
    if isinstance(names := given.get("table"), list):
        given["table"] = tuple(names)
    return readers[kind](**{first.name if key == "path" else key: value for key, value in given.items()})


def _check_keys(given: Iterable[str], known: Iterable[str], where: str) -> None:
    known = list(known)
    for key in given:
        if key not in known:
            raise _unknown(key, known, where)


def _unknown(name: object, known: Iterable[str], where: str) -> ArgumentError:
    known = list(known)
    lower = {word.lower(): word for word in known}
    near = difflib.get_close_matches(str(name).lower(), lower, n=1, cutoff=0.5)
    return ArgumentError(
        f"{where}: there is no {name!r}",
        expected=f"one of {', '.join(known)}",
        mend=f"did you mean {lower[near[0]]!r}?" if near else "",
    )
