"""Start the worker, watch its time, and collect its verdicts. Nothing of the user's runs in this process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from emberharmony.purify.verify.verdict import Verdict, VerifySettings

LOADING = 120.0  # seconds for imports of the user's packages and of the array libraries
_POLL = 0.02


def verify(
    original: str,
    ported: str,
    path: Path,
    functions: list[str] | None = None,
    *,
    settings: VerifySettings | None = None,
    progress: Callable[[Verdict], None] | None = None,
) -> list[Verdict]:
    """Compare every function of two texts of the file at `path`, by running both in a process of their own.

    `functions` are qualified names; None takes all that the original defines. `progress` is called with each verdict
    as it comes. A function that ends the process gets the verdict "error"; the others go on in a new one.
    """
    settings = settings or VerifySettings()
    verdicts: dict[str, Verdict] = {}
    with tempfile.TemporaryDirectory(prefix="purify-") as folder:
        trace, note = _trace(settings, path, Path(folder))
        while True:
            found, at, how = _one_worker(
                _job(original, ported, path, functions, settings, trace, verdicts), Path(folder), settings, progress
            )
            verdicts |= found
            if at is None:
                break
            if at in ("", "loading"):
                for name in functions or ["<module>"]:
                    verdicts.setdefault(name, Verdict(name, "error", how))
                break
            verdicts[at] = Verdict(at, "error", how)
            if progress is not None:
                progress(verdicts[at])
    for verdict in verdicts.values():
        verdict.notes += [note] if note else []
    return [verdicts[name] for name in functions if name in verdicts] if functions else list(verdicts.values())


def _job(
    original: str,
    ported: str,
    path: Path,
    functions: list[str] | None,
    settings: VerifySettings,
    trace: Path | None,
    done: dict[str, Verdict],
) -> dict[str, Any]:
    return {
        "original": original,
        "ported": ported,
        "path": str(path.resolve()),
        "functions": functions,
        "seconds": settings.seconds,
        "backends": settings.backends,
        "seed": settings.seed,
        "memory": settings.memory,
        "trace": None if trace is None else str(trace.resolve()),
        "done": list(done),
    }


def _trace(settings: VerifySettings, path: Path, folder: Path) -> tuple[Path | None, str]:
    """The recorded calls: a file of the user's, or the calls that the tests make; and what is to be said of them."""
    if settings.trace is not None or settings.tests is None:
        return settings.trace, ""
    from emberharmony.purify.trace import TraceError, record
    from emberharmony.purify.verify.loading import package_of

    out = folder / "trace.json"
    tests = settings.tests.resolve()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    root = package_of(path.resolve())[0]
    try:
        record(command, [root], out, only=path.resolve(), lines=False, seconds=10 * settings.seconds)
    except TraceError as error:  # tests of other files: the other sources of inputs remain, and the verdict says so
        return None, f"no calls from the tests: {str(error).splitlines()[0]}"
    return out, ""


def _one_worker(
    job: dict[str, Any], folder: Path, settings: VerifySettings, progress: Callable[[Verdict], None] | None
) -> tuple[dict[str, Verdict], str | None, str]:
    """The verdicts of one process, the function at which it ended early (None: it did all), and how it ended."""
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    said = folder / "said.jsonl"
    said.unlink(missing_ok=True)
    desk = folder / "desk"
    desk.mkdir(exist_ok=True)
    verdicts: dict[str, Verdict] = {}
    at, since, read = "", time.monotonic(), 0
    worker = subprocess.Popen(
        [sys.executable, "-m", "emberharmony.purify.verify.worker", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=desk,
        env=_environment(),
        start_new_session=True,
    )
    try:
        while True:
            ended = worker.poll() is not None
            lines, read = _lines(said, read)
            for line in lines:
                since = time.monotonic()
                if "unloadable" in line:
                    return verdicts, "loading", line["unloadable"]
                if "verdict" in line:
                    verdict = Verdict.from_dict(line["verdict"])
                    verdicts[verdict.function] = verdict
                    if progress is not None:
                        progress(verdict)
                elif line["at"] is None:
                    return verdicts, None, ""
                else:
                    at = line["at"]
            if ended:
                return verdicts, at, _ended(worker.returncode)
            limit = settings.seconds if at not in ("", "loading") else LOADING
            if time.monotonic() - since > limit:
                return verdicts, at, f"time limit: longer than {limit:g} s"
            time.sleep(_POLL)
    finally:
        _kill(worker)


def _lines(path: Path, start: int) -> tuple[list[dict[str, Any]], int]:
    """The whole lines that a file has got since `start`."""
    if not path.is_file():
        return [], start
    with path.open("rb") as file:
        file.seek(start)
        text = file.read()
    whole = text[: text.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], start + len(whole)


def _kill(worker: subprocess.Popen[bytes]) -> None:
    """End the worker and everything it has started."""
    if sys.platform == "win32":
        worker.kill()
    else:
        with suppress(ProcessLookupError):  # it has ended, and all of its children
            os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _ended(code: int) -> str:
    if code >= 0:
        return f"the process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"the process was ended by {name}"


def _environment() -> dict[str, str]:
    """The user's environment, with results that do not depend on hashing, and one thread for each library."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg", **threads}
