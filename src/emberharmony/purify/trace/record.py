"""Run a command of the user's with the hook in every Python process that it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from emberharmony.purify.trace import hook
from emberharmony.purify.trace.kept import CALLS, Trace, TraceError

_SITE = '''\
"""Loads the recorder, then the `sitecustomize` that would have run without it."""
import importlib.machinery, importlib.util, os, sys

def _load(spec):
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

_here = os.path.dirname(os.path.abspath(__file__))
_other = importlib.machinery.PathFinder.find_spec(
    "sitecustomize", [p for p in sys.path if os.path.abspath(p or ".") != _here]
)
if _other is not None:
    sys.modules["sitecustomize"] = _load(_other)
_load(importlib.util.spec_from_file_location("_emberharmony_trace", {hook!r})).begin()
'''


def record(
    command: list[str],
    roots: list[Path],
    out: Path,
    *,
    only: Path | None = None,
    lines: bool = True,
    seconds: float | None = None,
) -> Trace:
    """Run `command`, record the functions in files under `roots`, and write the trace to `out`.

    The command's own exit code is kept in the trace: tests that fail have still shown types. `only` is one file to
    record; without `lines`, arguments alone are recorded, at a tenth of the cost. Another tracer in the same process,
    such as a debugger or a coverage tool, takes the hook's place: then nothing is recorded, and that is an error.
    """
    with tempfile.TemporaryDirectory(prefix="purify-trace-") as name:
        folder = Path(name)
        (folder / "site").mkdir()
        (folder / "parts").mkdir()
        site = folder / "site" / "sitecustomize.py"
        site.write_text(_SITE.format(hook=str(Path(hook.__file__))), encoding="utf-8")
        asked = {
            "roots": [str(root.resolve()) for root in roots],
            "folder": str(folder / "parts"),
            "calls": CALLS,
            "only": None if only is None else str(only.resolve()),
            "lines": lines,
        }
        code, said = _run(command, folder, json.dumps(asked), seconds)
        parts: list[dict[str, Any]] = [
            json.loads(part.read_text(encoding="utf-8")) for part in sorted((folder / "parts").glob("*.json"))
        ]
    trace = Trace.merged(parts)
    trace.exit_code = code
    if not trace.files:
        places = ", ".join(str(root) for root in roots)
        raise TraceError(
            f"`{' '.join(command)}` recorded nothing under {places}; it ended with {code}: {said}",
            expected="a command that runs Python and calls functions in these folders",
            mend="run it by hand, without coverage or a debugger, and look at what it imports",
        )
    trace.save(out)
    return trace


def _run(command: list[str], folder: Path, asked: str, seconds: float | None) -> tuple[int, str]:
    """The exit code, and the end of what the command printed."""
    path = os.pathsep.join(filter(None, [str(folder / "site"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, hook.VARIABLE: asked}
    with (folder / "printed").open("wb") as printed:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise TraceError(
                f"`{' '.join(command)}` cannot be started: {error}", expected="a command", mend="try it by hand"
            ) from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = -signal.SIGTERM
        finally:
            _end(process)
    text = (folder / "printed").read_text(encoding="utf-8", errors="replace").strip()
    return code, text[-400:]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing that the command started outlives it."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
