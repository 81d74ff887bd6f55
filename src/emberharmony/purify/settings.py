"""What a project says of itself in `[tool.emberharmony.purify]` of its pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, cast, get_args

from emberharmony.errors import EmberError
from emberharmony.purify.source import MAX_BYTES

Target = Literal["ops", "xp"]
Operators = Literal["breaking", "all"]
TABLE = "tool.emberharmony.purify"


class SettingsError(EmberError, ValueError):
    """A setting that nobody knows, or of the wrong kind."""


@dataclass(frozen=True, slots=True)
class Excepted:
    """Rules that need no action in some paths, and why: what is done there is meant."""

    pattern: str
    rules: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Settings:
    """The settings of a project; paths and patterns are relative to `root`, the folder of its pyproject.toml."""

    root: Path
    select: tuple[str, ...] = ()  # codes, or how they begin; all if empty
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    backend: tuple[str, ...] = ()  # where array libraries may be imported
    boundaries: tuple[str, ...] = ()  # modules that take host arrays only, besides those that are known
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exceptions: tuple[Excepted, ...] = ()
    baseline: str | None = None
    target: Target = "ops"
    operators: Operators = "breaking"
    max_file_size: int = MAX_BYTES

    def wants(self, code: str) -> bool:
        """Whether a rule is asked for; of a selection and an exception the longer one holds, as `USE01` over `USE`."""
        chosen = max((len(each) for each in self.select if code.startswith(each)), default=0 if self.select else 1)
        ignored = max((len(each) for each in self.ignore if code.startswith(each)), default=0)
        return chosen > ignored

    def narrowed(self, select: Collection[str], ignore: Collection[str], codes: Collection[str]) -> Settings:
        """The same with what the command line adds; `codes` are those that exist."""
        known_codes((*select, *ignore), codes, "the command line")
        return replace(self, select=tuple(select) or self.select, ignore=(*self.ignore, *ignore))


def read_settings(start: Path, codes: Collection[str]) -> Settings:
    """Those of the nearest pyproject.toml, at `start` or above it; the plain ones where there is none."""
    start = start.absolute()
    folder = start if start.is_dir() else start.parent
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        if file.is_file():
            return _read(file, codes)
    return Settings(root=folder)


def _read(file: Path, codes: Collection[str]) -> Settings:
    try:
        table: dict[str, Any] = tomllib.loads(file.read_bytes().decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{file}: {problem}", expected="TOML", mend="correct the file") from None
    for name in TABLE.split("."):
        found = table.get(name, {})
        if not isinstance(found, dict):
            raise SettingsError(f"{file}: {name} is {found!r}", expected=f"a table [{TABLE}]", mend=f"write [{TABLE}]")
        table = cast("dict[str, Any]", found)
    return from_table(table, file.parent, codes, str(file))


def from_table(table: Mapping[str, Any], root: Path, codes: Collection[str], where: str = TABLE) -> Settings:
    """Settings from a table, each key and kind looked at."""
    made = Settings(root)
    for key, value in table.items():
        if key not in _READERS:
            near = get_close_matches(key, _READERS, n=1, cutoff=0.4)
            raise SettingsError(
                f"{where}: there is no setting {key!r}",
                expected=", ".join(sorted(_READERS)),
                mend=f"write {near[0]!r}" if near else "take it out",
            )
        read = _READERS[key](key, value, where)
        made = replace(made, **{key.replace("-", "_"): read})
    known_codes((*made.select, *made.ignore), codes, where)
    for _, ignored in made.per_path_ignores:
        known_codes(ignored, codes, where)
    for exception in made.exceptions:
        known_codes(exception.rules, codes, where)
    return made


def known_codes(asked: Collection[str], codes: Collection[str], where: str) -> None:
    """An error for a code that no rule has, or begins with."""
    for code in asked:
        if not code or not any(known.startswith(code) for known in codes):
            near = get_close_matches(code.upper(), codes, n=1, cutoff=0.3)
            raise SettingsError(
                f"{where}: there is no rule {code!r}",
                expected="a code, or how codes begin: " + ", ".join(sorted(codes)),
                mend=f"write {near[0]!r}" if near else "see `emberharmony purify rules`",
            )


def _wrong(key: str, value: Any, where: str, expected: str) -> SettingsError:
    return SettingsError(f"{where}: {key} is {value!r}", expected=expected, mend=f"correct {key} in [{TABLE}]")


def _words(key: str, value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, list):
        words = cast("list[Any]", value)
        if all(isinstance(word, str) and word for word in words):
            return tuple(words)
    raise _wrong(key, value, where, 'a list of texts, such as ["one", "two"]')


def _patterns(key: str, value: Any, where: str) -> tuple[str, ...]:
    found = _words(key, value, where)
    if any(pattern.startswith("!") for pattern in found):
        raise _wrong(key, value, where, "patterns of what is meant; one that begins with ! takes nothing back here")
    return found


def _by_path(key: str, value: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise _wrong(key, value, where, 'a table from patterns to codes, such as {"tests/**" = ["CAST01"]}')
    table = cast("dict[str, Any]", value)
    _patterns(key, list(table), where)
    return tuple((pattern, _words(f"{key}.{pattern}", codes, where)) for pattern, codes in table.items())


def _exceptions(key: str, value: Any, where: str) -> tuple[Excepted, ...]:
    expected = 'a table from patterns to rules and the reason, such as {"io/**" = {rules = ["CAST"], why = "..."}}'
    if not isinstance(value, dict):
        raise _wrong(key, value, where, expected)
    _patterns(key, list(cast("dict[str, Any]", value)), where)
    found: list[Excepted] = []
    for pattern, said in cast("dict[str, Any]", value).items():
        if not isinstance(said, dict) or set(cast("dict[str, Any]", said)) != {"rules", "why"}:
            raise _wrong(f"{key}.{pattern}", said, where, expected)
        table = cast("dict[str, Any]", said)
        rules = _words(f"{key}.{pattern}.rules", table["rules"], where)
        found.append(Excepted(pattern, rules, _text(f"{key}.{pattern}.why", table["why"], where)))
    return tuple(found)


def _text(key: str, value: Any, where: str) -> str:
    if isinstance(value, str) and value:
        return value
    raise _wrong(key, value, where, "a text")


def _target(key: str, value: Any, where: str) -> str:
    return _one_of(key, value, where, get_args(Target))


def _operators(key: str, value: Any, where: str) -> str:
    return _one_of(key, value, where, get_args(Operators))


def _one_of(key: str, value: Any, where: str, choices: tuple[str, ...]) -> str:
    if value in choices:
        return value
    raise _wrong(key, value, where, " or ".join(repr(choice) for choice in choices))


def _size(key: str, value: Any, where: str) -> int:
    if isinstance(value, str) and (found := re.fullmatch(r"(\d+) ?(kB|MB|GB)", value)):
        return int(found[1]) * {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}[found[2]]
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise _wrong(key, value, where, 'a number of bytes, or a text such as "20 MB"')


_READERS = {
    "select": _words,
    "ignore": _words,
    "exclude": _patterns,
    "backend": _patterns,
    "boundaries": _words,
    "per-path-ignores": _by_path,
    "exceptions": _exceptions,
    "baseline": _text,
    "target": _target,
    "operators": _operators,
    "max-file-size": _size,
}
