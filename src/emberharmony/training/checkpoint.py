"""A run on the disk: a file of arrays and a file of everything else, twice, so that one of them is always whole.

    run-00000007.safetensors    model, optimizer state, best model
    run-00000007.json           the rest, the checksum of the arrays, and one of its own
    run-00000006.*              the one before, for the day on which a byte of the newest is lost

The arrays are written first. A run that is killed in between leaves arrays without their JSON: nobody looks at them.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from emberharmony import nn
from emberharmony.log import logger
from emberharmony.nn.files import replaced
from emberharmony.training.errors import RunError

__all__ = ["Checkpoints"]

FORMAT = "emberharmony run"
SCHEMA = 1


class Checkpoints:
    """The checkpoints of one run, in a folder that is made when the first one is written."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._last = 0  # the number of the newest one that is whole

    def write(self, arrays: Any, content: dict[str, Any]) -> None:
        """Add a checkpoint, and take away all but the one before it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        number = self._last + 1
        nn.save(arrays, self._arrays(number))
        body = {"format": FORMAT, "schema": SCHEMA, "arrays": _digest(self._arrays(number)), **content}
        with replaced(os.path.realpath(self._rest(number))) as file:
            file.write(json.dumps({"sha256": _checksum(body), "body": body}, indent=1).encode())
        self._last = number
        for old in self._numbers():
            if old < number - 1:
                self._rest(old).unlink()
                self._arrays(old).unlink(missing_ok=True)

    def read(self) -> tuple[dict[str, Any], Path] | None:
        """The newest whole checkpoint: its content, and the file of its arrays. None where there is none at all."""
        problems: list[str] = []
        for number in sorted(self._numbers(), reverse=True):
            try:
                body = self._checked(number)
            except ValueError as problem:
                problems.append(str(problem))
                logger(__name__).warning("%s; going back to the checkpoint before it", problem)
                continue
            self._last = number
            return body, self._arrays(number)
        if problems:
            raise RunError(
                f"no checkpoint in {self.folder} is whole: {'; '.join(problems)}",
                expected="files that a run wrote, as it wrote them",
                mend="a copy of the folder, or another one to begin anew in",
            )
        return None

    def _checked(self, number: int) -> dict[str, Any]:
        path = self._rest(number)
        body = _body(path)
        if body.get("format") != FORMAT or body["schema"] > SCHEMA:
            raise RunError(
                f"{path} has schema {body.get('schema')} of {body.get('format')!r}",
                expected=f"schema {SCHEMA} of {FORMAT!r} or older",
                mend="pip install --upgrade emberharmony",
            )
        arrays = self._arrays(number)
        if not arrays.exists() or _digest(arrays) != body["arrays"]:
            raise ValueError(f"{arrays.name} is damaged: it is not the file that was written")
        return body

    def _numbers(self) -> list[int]:
        return [int(path.stem.removeprefix("run-")) for path in self.folder.glob("run-" + "[0-9]" * 8 + ".json")]

    def _rest(self, number: int) -> Path:
        return self.folder / f"run-{number:08}.json"

    def _arrays(self, number: int) -> Path:
        return self.folder / f"run-{number:08}.safetensors"


def _body(path: Path) -> dict[str, Any]:
    try:
        whole: dict[str, Any] = json.loads(path.read_bytes())
        body: dict[str, Any] = whole["body"]
        if whole["sha256"] == _checksum(body):
            return body
    except (ValueError, KeyError, TypeError):  # no JSON, or not ours: damaged, too
        pass
    raise ValueError(f"{path.name} is damaged: it is not what was written")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
