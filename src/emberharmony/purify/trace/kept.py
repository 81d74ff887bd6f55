"""A recorded run: which kinds every name of every function has had, and some calls."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from emberharmony.errors import EmberError

VERSION = 1
CALLS = 5  # kept of each function, over all processes

Kind = Literal["array", "other", "both"]


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the recorded file, by the class's name and by what it held."""

    kind: str
    state: dict[str, Any]


class TraceError(EmberError, ValueError):
    """A trace that cannot be read, or a run that recorded nothing."""


@dataclass(slots=True)
class Trace:
    """What was seen, by file (as below its root), function and name; a file that has changed since is not answered for.

    A function is known by its qualified name without `<locals>` and by its first line, that of its first decorator.
    `exit_code` is that of the recorded command.
    """

    files: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    exit_code: int = 0
    _hashes: dict[Path, str] = field(default_factory=dict[Path, str], repr=False, compare=False)

    def kind(self, path: Path, qualname: str, first_line: int, name: str) -> Kind | None:
        """What a variable was each time: an array, something else, now this and now that; None if it was not seen."""
        file = self._file(path, None)
        seen = [] if file is None else self._types(file, qualname, first_line, name)
        kinds = {kind.partition(" ")[0] for kind in seen}
        if not kinds:
            return None
        return "both" if len(kinds) > 1 else "array" if "array" in kinds else "other"

    def types(self, path: Path, qualname: str, first_line: int, name: str) -> list[str]:
        """The names of the types that a variable had."""
        file = self._file(path, None)
        seen = [] if file is None else self._types(file, qualname, first_line, name)
        return [kind.partition(" ")[2] for kind in seen]

    def calls(self, path: Path, content: bytes | None = None) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
        """Functions with the arguments they were called with. `content` stands for the file if it has moved on."""
        file = self._file(path, content) or {"functions": {}}
        for function, found in file["functions"].items():
            for call in found["calls"]:
                args = tuple(_value(x) for x in call["args"])
                yield function.rpartition(":")[0], args, {name: _value(x) for name, x in call["kwargs"].items()}

    def save(self, path: Path) -> None:
        """Write the trace as JSON. The arguments of calls are in it, as data."""
        whole = {"version": VERSION, "exit_code": self.exit_code, "files": self.files}
        path.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @staticmethod
    def load(path: Path) -> Trace:
        """Read what `save` has written."""
        try:
            found: Any = json.loads(path.read_text(encoding="utf-8"))
            version, files = found["version"], found["files"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TraceError(
                f"{path} is not a trace: {type(error).__name__}: {error}",
                expected="a file that `emberharmony purify ... --trace` has written",
                mend="record it again",
            ) from error
        if version != VERSION:
            raise TraceError(f"{path} has version {version}", expected=f"version {VERSION}", mend="record it again")
        return Trace(files, found.get("exit_code", 0))

    @staticmethod
    def merged(parts: Iterable[dict[str, Any]]) -> Trace:
        """One trace from what several processes have seen. A file that changed between them is left out."""
        whole: dict[str, dict[str, Any]] = {}
        changed: set[str] = set()
        for part in parts:
            for path, file in part["files"].items():
                known = whole.setdefault(path, {"hash": file["hash"], "functions": {}})
                if known["hash"] != file["hash"]:
                    changed.add(path)
                for function, found in file["functions"].items():
                    ours = known["functions"].setdefault(function, {"names": {}, "calls": []})
                    for name, types in found["names"].items():
                        ours["names"][name] = sorted({*ours["names"].get(name, ()), *types})
                    fresh = [call for call in found["calls"] if call not in ours["calls"]]
                    ours["calls"] = (ours["calls"] + fresh)[:CALLS]
        return Trace({path: file for path, file in whole.items() if path not in changed})

    def _types(self, file: dict[str, Any], qualname: str, first_line: int, name: str) -> list[str]:
        function = file["functions"].get(f"{qualname.replace('.<locals>', '')}:{first_line}", {"names": {}})
        return function["names"].get(name, [])

    def _file(self, path: Path, content: bytes | None) -> dict[str, Any] | None:
        """The record of a file, if its content is the one that was run."""
        whole = path.resolve().as_posix()
        for known, file in self.files.items():
            if whole.endswith(f"/{known}") and file["hash"] == self._hash(path, content):
                return file
        return None

    def _hash(self, path: Path, content: bytes | None) -> str:
        if content is not None:
            return hashlib.sha256(content).hexdigest()
        if path not in self._hashes:
            self._hashes[path] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        return self._hashes[path]


def _value(data: Any) -> Any:
    """The value that the hook wrote as data."""
    if isinstance(data, list):
        return [_value(item) for item in _items(data)]
    if not isinstance(data, dict):
        return data
    ((what, inner),) = _entries(data)
    match what:
        case "float":
            return float.fromhex(inner)
        case "complex":
            return complex(float.fromhex(inner[0]), float.fromhex(inner[1]))
        case "tuple":
            return tuple(_value(item) for item in inner)
        case "dict":
            return {key: _value(item) for key, item in inner}
        case "object":
            return Instance(inner[0], {key: _value(item) for key, item in inner[1]})
        case _:
            from importlib import import_module

            numpy = import_module("numpy")
            array = numpy.frombuffer(base64.b64decode(inner[2]), dtype=inner[0]).reshape(inner[1]).copy()
            return array if what == "array" else array[()]


def _items(data: Any) -> list[Any]:
    return data


def _entries(data: Any) -> list[tuple[str, Any]]:
    return list(data.items())
