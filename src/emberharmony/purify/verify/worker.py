"""The process that runs the user's code. It is told what to do in a file, and writes what it finds to another, one
JSON object a line; standard output belongs to the user's code alone."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, TextIO

from emberharmony.purify.verify.verdict import Verdict, VerifySettings


def main(folder: Path) -> None:
    """Do the job in `folder`."""
    job: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    with (folder / "said.jsonl").open("a", encoding="utf-8") as out:
        _work(job, out)
    # what the user's code has started (threads, hooks at exit) does not decide when this process ends
    sys.stdout.flush()
    os._exit(0)


def _work(job: dict[str, Any], out: TextIO) -> None:
    settings = VerifySettings(
        seconds=job["seconds"], backends=tuple(job["backends"]), seed=job["seed"], memory=job["memory"]
    )
    _limit(settings.memory)
    sys.argv = [job["path"]]
    _say(out, {"at": "loading"})
    from emberharmony.purify.verify.hops import watched
    from emberharmony.purify.verify.judge import Judge
    from emberharmony.purify.verify.loading import installed_module, load
    from emberharmony.purify.verify.placing import on
    from emberharmony.purify.verify.subject import functions_in

    path = Path(job["path"])
    modules: dict[str, Any] = {}
    with watched(settings.backends) as hops, on("numpy"):
        for role in ("original", "ported"):
            try:
                modules[role] = load(job[role], path, role)
            except BaseException as error:  # the user's code: whatever stops it from loading is the answer
                said = f"the {role} cannot be loaded: {type(error).__name__}: {error}"
                _say(out, {"unloadable": said})
                return
        recorded = _recorded(job)
        texts = (job["original"], job["ported"])
        standing = installed_module(path)
        judge = Judge(modules["original"], modules["ported"], texts, settings, hops, recorded, standing)
        for name in job["functions"] if job["functions"] is not None else functions_in(modules["original"]):
            if name in job["done"]:
                continue
            _say(out, {"at": name})
            try:
                verdict = judge.verdict(name)
            except Exception as error:  # the user's objects may raise when they are looked at
                verdict = Verdict(name, "error", f"{type(error).__name__}: {error}")
            _say(out, {"verdict": verdict.to_dict()})
    _say(out, {"at": None})


def _recorded(job: dict[str, Any]) -> dict[str, Any] | None:
    """The recorded calls; None where there was no run."""
    if job["trace"] is None:
        return None
    from emberharmony.purify.verify.recorded import cases

    return cases(Path(job["trace"]), Path(job["path"]), job["original"])


def _say(out: TextIO, what: dict[str, Any]) -> None:
    out.write(json.dumps(what) + "\n")
    out.flush()


def _limit(memory: int) -> None:
    """Bound what the user's code may allocate, where the system can: a guessed size must not fill the machine."""
    if sys.platform == "win32":
        return
    import resource

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (memory if most == resource.RLIM_INFINITY else min(memory, most), most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
