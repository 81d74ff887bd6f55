"""Show which backends exist, which one is chosen, and why."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, TextIO


def configure(parser: ArgumentParser) -> None:
    """The options of `emberharmony info`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object, for scripts")


def run(args: Namespace, out: TextIO) -> int:
    """Write the report; exit status 1 where no backend can be chosen."""
    from emberharmony.backend.report import report

    found = report()
    if args.json:
        import json

        out.write(json.dumps(found, indent=2) + "\n")
    else:
        out.write(text(found))
    return 0 if found["chosen"]["backend"] else 1


def text(found: dict[str, Any]) -> str:
    """The report for people."""
    chosen, core = found["chosen"], found["core"]
    lines = [
        f"emberharmony {found['emberharmony']}   Python {found['python']}   {found['platform']}",
        f"native core  {core['version']}, vector instructions: {core['simd']} (of {', '.join(core['levels'])})",
        f"memory       {_memory(found['memory'])}",
        "",
        f"chosen       {chosen['backend'] or 'nothing'}: {chosen['why']}",
        "",
    ]
    for name, backend in found["backends"].items():
        lines.append(f"{name:<12} {_backend(backend)}")
        lines += [f"  {device:<10} {_memory(memory)}" for device, memory in backend.get("memory", {}).items()]
    return "\n".join(lines) + "\n"


def _backend(backend: dict[str, Any]) -> str:
    if not backend["installed"]:
        return f"not installed: {backend['install']}"
    return f"installed, but broken: {backend['broken']}" if "broken" in backend else str(backend["version"])


def _memory(memory: dict[str, int]) -> str:
    return "{free:.1f} GiB free of {total:.1f} GiB".format(**{key: value / 2**30 for key, value in memory.items()})
