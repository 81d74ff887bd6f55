"""The command line: one file per command, imported when it is called."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from emberharmony.errors import EmberError

COMMANDS = {
    "info": "show which backends exist, which one is chosen, and why",
    "demo": "the main job: from raw rows to a report on their anomalies",
    "features": "tables of any size to features: plan, fit, run, resume, explain",
    "purify": "port NumPy code to every backend, and prove it: audit, fix, verify, port, status, report",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; an error of ours becomes a message and exit status 2."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="emberharmony", description="Numerical code on NumPy, PyTorch or MLX.")
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if name in arguments[:1]:  # only the command that is called is imported
            import_module(f"emberharmony.cli.{name}").configure(command)
    options = parser.parse_args(arguments)
    if options.version:
        from importlib.metadata import version

        sys.stdout.write(version("emberharmony") + "\n")
        return 0
    if options.command is None:
        parser.print_help()
        return 0
    try:
        return int(import_module(f"emberharmony.cli.{options.command}").run(options, sys.stdout))
    except EmberError as problem:
        sys.stderr.write(f"emberharmony {options.command}: {problem}\n")
        return 2
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        sys.stderr.close()
        return 141
    except OSError as problem:
        if problem.filename is None:  # not of a place that the user named
            raise
        sys.stderr.write(f"emberharmony {options.command}: {problem.filename}: {problem.strerror}\n")
        return 2
