"""Calls from a recorded run, as cases; the object of a method as it was at the call."""

from __future__ import annotations

from pathlib import Path

from emberharmony.purify.trace.kept import Instance, Trace
from emberharmony.purify.verify.subject import Case


def cases(trace: Path, path: Path, original: str) -> dict[str, list[Case]]:
    """The recorded calls of the functions and methods of one file, by their names."""
    found: dict[str, list[Case]] = {}
    for name, args, kwargs in Trace.load(trace).calls(path, original.encode()):
        here = found.setdefault(name, [])
        case = Case("recorded", f"call {len(here) + 1}", args, kwargs)
        if args and isinstance(args[0], Instance):
            case.args = args[1:]
            if name.endswith(".__init__"):
                case.start, case.args, case.kwargs = (args[1:], kwargs), (), {}
            else:
                case.state, case.kind = args[0].state, args[0].kind
        here.append(case)
    return found
