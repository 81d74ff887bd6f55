"""The sub-commands of `emberharmony purify`, and their options."""

from __future__ import annotations

import math
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, RawDescriptionHelpFormatter
from pathlib import Path

EXAMPLES = """
examples:
  emberharmony purify audit src
  emberharmony purify audit src --format sarif --output purify.sarif
  emberharmony purify audit src --baseline purify-baseline.json --write-baseline
  emberharmony purify fix src --diff
  emberharmony purify port src/signal.py
  emberharmony purify status src --page docs/purification.md
  emberharmony purify report src --output purify.html
  emberharmony purify rules CAST01

exit status: 0 nothing is open, 1 there are open findings, 2 a wrong call or file, 130 interrupted
"""
ACTIONS = {
    "audit": "say what ties the files to an array library",
    "fix": "rewrite them: show the result, its diff, or write it",
    "verify": "prove that rewritten functions compute the same on every backend",
    "port": "audit, fix and verify, and keep what was verified",
    "status": "keep a page that says how far each file has come",
    "report": "write a page of HTML with the findings and the diffs",
    "rules": "list the rules, or explain one",
}
FORMATS = ("text", "json", "sarif", "figures", "table")


def configure(parser: ArgumentParser) -> None:
    """The sub-commands of `emberharmony purify` and their options."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    made = {name: actions.add_parser(name, help=summary, description=summary) for name, summary in ACTIONS.items()}
    for name in ("audit", "fix", "verify", "port", "status", "report"):
        _shared(made[name])
    audit = made["audit"]
    audit.add_argument("--format", choices=FORMATS, default="text", help="how to say it (default: text)")
    audit.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    audit.add_argument("--output", type=Path, metavar="FILE", help="write it there, not to standard output")
    audit.add_argument("--accepted", action="store_true", help="show findings that have a reason, too")
    audit.add_argument("--baseline", type=Path, metavar="FILE", help="findings that are known and wait")
    audit.add_argument("--write-baseline", action="store_true", help="write the open findings into the baseline")
    for name in ("fix", "verify", "port", "report"):
        made[name].add_argument("--target", choices=("ops", "xp"), help="the namespace to write for (default: ops)")
        made[name].add_argument("--operators", choices=("breaking", "all"), help="which to rewrite (default: breaking)")
    how = made["fix"].add_mutually_exclusive_group()
    how.add_argument("--diff", dest="how", action="store_const", const="diff", help="show the change (default)")
    how.add_argument("--stdout", dest="how", action="store_const", const="stdout", help="print the new file, no more")
    how.add_argument("--write", dest="how", action="store_const", const="write", help="change the files")
    made["fix"].set_defaults(how="diff")
    for name in ("verify", "port"):
        made[name].add_argument("--tests", type=Path, metavar="PATH", help="tests whose calls are taken as inputs")
        made[name].add_argument("--seconds", type=_seconds, default=60.0, help="limit for one function (default: 60)")
        made[name].add_argument("--json", action="store_true", help="print one JSON object, for scripts")
    made["verify"].add_argument("--against", type=Path, metavar="ORIGINAL", help="PATH is a port of this file already")
    made["port"].add_argument("--keep-unverified", action="store_true", help="keep what could not be proved, too")
    made["port"].add_argument("--dry-run", action="store_true", help="write nothing")
    made["status"].add_argument("--page", type=Path, metavar="FILE", help="keep this page current (default: print it)")
    made["status"].add_argument("--check", action="store_true", help="write nothing; 1 if the page is not current")
    made["report"].add_argument(
        "--output", type=Path, metavar="FILE", default=Path("purify.html"), help="the page (default: purify.html)"
    )
    made["report"].add_argument(
        "--diff", action=BooleanOptionalAction, default=True, help="show what the fix would change (default: yes)"
    )
    made["rules"].add_argument("code", nargs="?", metavar="CODE", help="the rule to explain")


def _shared(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="a file or folder")
    parser.add_argument("--select", type=_codes, default=[], metavar="CODES", help="only these rules, as IMP01,CAST")
    parser.add_argument("--ignore", type=_codes, default=[], metavar="CODES", help="not these rules")
    parser.add_argument("--jobs", type=_count, default=0, metavar="N", help="processes (default: one for each core)")
    parser.add_argument("--cache", action=BooleanOptionalAction, default=True, help="remember files that do not change")
    parser.add_argument(
        "--trace", metavar="RUN", help="real types: a file that was recorded, or the command to record: 'pytest tests'"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")


def _path(text: str) -> Path:
    if not text:  # `fix "$FOLDER" --write` with a name that is not set would rewrite the folder one is in
        raise ArgumentTypeError("an empty text is no path: write . for the current folder")
    return Path(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise ArgumentTypeError(f"{text!r} is no number of seconds: more than 0")
    return found


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number of processes: one or more")
    return int(text)
