"""Say what ties code to NumPy, rewrite it for every backend, and prove that it computes the same."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from emberharmony.cli.purify_options import configure

if TYPE_CHECKING:
    from emberharmony.purify.audit import Audit
    from emberharmony.purify.port import Port
    from emberharmony.purify.settings import Settings
    from emberharmony.purify.source import Source
    from emberharmony.purify.verify import Verdict, VerifySettings

__all__ = ["configure", "run"]

INTERRUPTED = 130  # as shells count the end by Ctrl-C


def run(args: Namespace, out: TextIO) -> int:
    """Do what was asked for."""
    actions: dict[str, Callable[[Namespace, TextIO], int]] = {
        "audit": _audit,
        "fix": _fix,
        "verify": _verify,
        "port": _port,
        "status": _status,
        "report": _report,
        "rules": _rules,
    }
    from emberharmony.purify.collector import waiting

    try:
        if getattr(args, "trace", None):
            args.trace = _recorded(args)
        with waiting():
            return actions[args.action](args, out)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nemberharmony purify {args.action}: interrupted\n")
        return INTERRUPTED


def _recorded(args: Namespace) -> Path:
    """The file of a recorded run; a command is run first, and what it shows is kept beside the cache."""
    import shlex
    import tempfile

    place = Path(args.trace)
    if place.is_file():
        return place
    from emberharmony.purify.trace import record

    command = shlex.split(args.trace)
    if command[:1] == ["pytest"]:
        command = [sys.executable, "-m", *command]
    with tempfile.NamedTemporaryFile(prefix="purify-trace-", suffix=".json", delete=False) as file:
        place = Path(file.name)
    trace = record(command, [path if path.is_dir() else path.parent for path in args.paths], place)
    sys.stderr.write(f"recorded {len(trace.files):,} files; use it again with --trace {place}\n")
    return place


def _settings(args: Namespace) -> Settings:
    from emberharmony.purify.examine import all_rules
    from emberharmony.purify.settings import read_settings

    codes = all_rules()
    settings = read_settings(args.paths[0], codes).narrowed(args.select, args.ignore, codes)
    asked = {name: getattr(args, name, None) for name in ("target", "operators")}
    return replace(settings, **{name: value for name, value in asked.items() if value})


def _found(args: Namespace, settings: Settings, *, figures: bool = False) -> Audit:
    from emberharmony.purify.audit import audit

    bar = None if args.quiet or not sys.stderr.isatty() else _progress
    try:
        return audit(
            args.paths,
            settings,
            jobs=args.jobs or os.cpu_count() or 1,
            cached=args.cache,
            trace=args.trace,
            figures=figures,
            progress=bar,
        )
    finally:
        if bar:
            sys.stderr.write("\r\x1b[K")


def _progress(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done:,} of {total:,} files")
    sys.stderr.flush()


def _audit(args: Namespace, out: TextIO) -> int:
    settings = _settings(args)
    if args.baseline is not None:
        settings = replace(settings, baseline=str(args.baseline.absolute()))
    if args.write_baseline:
        return _write_baseline(args, out, settings)
    found = _found(args, settings, figures=args.format == "figures")
    _put(_rendered(found, args), args.output, out)
    return 1 if found.open else 0


def _rendered(found: Audit, args: Namespace) -> str:
    from emberharmony.purify.examine import all_rules

    match args.format:
        case "json":
            from emberharmony.purify.report import as_json

            return as_json.render(found)
        case "sarif":
            from importlib.metadata import version

            from emberharmony.purify.report import sarif

            return sarif.render(found, all_rules(), version("emberharmony"))
        case "figures":
            from emberharmony.purify.report import figures

            return figures.render(found)
        case "table":
            from emberharmony.purify.report import status

            return status.table(found)
        case _:
            from emberharmony.purify.report import text

            return text.render(found, accepted=args.accepted)


def _write_baseline(args: Namespace, out: TextIO, settings: Settings) -> int:
    from emberharmony.purify import baseline

    if settings.baseline is None:
        raise baseline.BaselineError(
            "no baseline is named", expected="a file to write", mend="add --baseline purify-baseline.json"
        )
    place = settings.root / settings.baseline
    found = _found(args, replace(settings, baseline=None))
    count = baseline.write(place, (marked for file in found.files for marked in file.marked()))
    out.write(f"{place}: {count:,} finding{'s' * (count != 1)}\n")
    return 0


def _sources(args: Namespace, settings: Settings) -> Iterator[Source]:
    """The files one by one; what cannot be read is told and does not stop the others."""
    from emberharmony.purify.discover import discover
    from emberharmony.purify.source import SourceError, read

    found = discover(args.paths, root=settings.root, exclude=settings.exclude)
    for _, problem in found.problems:
        args.problems.append(problem)
    for file in found.files:
        try:
            source = read(file.path, file.name, max_bytes=settings.max_file_size)
            _ = source.tree
        except SourceError as problem:
            args.problems.append(problem)
        else:
            yield source


def _tell(name: str, port: Port) -> None:
    """Say what was left, and what takes longer now."""
    for left in port.left:
        sys.stderr.write(f"{name}:{left.line}:{left.column} {left.function} is left: {left.why}\n")
    for slower in port.slower:
        sys.stderr.write(f"{name}:{slower.line}:{slower.column} {slower.function} is slower: {slower.why}\n")


def _told(args: Namespace) -> int:
    """Say what could not be read; the exit status that it asks for."""
    for problem in args.problems:
        sys.stderr.write(f"emberharmony purify {args.action}: {problem}\n")
    return 2 if args.problems else 0


def _fix(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.flow import Project
    from emberharmony.purify.port import fix

    settings, args.problems, left = _settings(args), [], 0
    project = Project(ported=True)
    for source in _sources(args, settings):
        port = fix(source, settings, project=project, trace=args.trace)
        left += sum(not each.meant for each in port.left)
        if args.how == "stdout":
            out.write(port.text)
            continue
        _tell(source.name, port)
        if args.how == "diff":
            out.write(port.diff())
        elif port.changed:
            port.write()
            out.write(f"{source.name}: {len(port.ported)} rewritten\n")
    return _told(args) or int(bool(left) and args.how != "stdout")


def _verify(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.port import fix
    from emberharmony.purify.source import read
    from emberharmony.purify.verify import verify

    settings, args.problems = _settings(args), []
    verdicts: dict[str, list[Verdict]] = {}
    for source in _sources(args, settings):
        if args.against is not None:
            original, ported, functions = read(args.against).text, source.text, None
        else:
            port = fix(source, settings, trace=args.trace)
            original, ported, functions = source.text, port.text, [name for name in port.ported if name != "<module>"]
        if functions != []:
            verdicts[source.name] = verify(original, ported, source.path, functions, settings=_how(args))
    return _judged(args, out, verdicts)


def _port(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.flow import Project
    from emberharmony.purify.port import in_order, proved

    project = Project(ported=True)
    settings, args.problems = _settings(args), []
    ports: list[Port] = []
    roots = tuple(str(path.absolute() if path.is_dir() else path.absolute().parent) for path in args.paths)
    code = [source for source in _sources(args, settings) if not _is_test(source.path, args)]
    for source in in_order(code, roots):
        port = proved(source, settings, _how(args), project=project, keep_unverified=args.keep_unverified)
        ports.append(port)
        _tell(source.name, port)
        if port.changed and args.dry_run:
            out.write("" if args.json else port.diff())
        elif port.changed:
            port.write()
        if not args.json:  # each file as it is done: what follows may take minutes, or be stopped
            out.write("".join(_said(source.name, verdict) for verdict in port.verdicts))
            out.flush()
    if args.json:
        _print_verdicts(out, {port.source.name: port.verdicts for port in ports if port.verdicts})
    else:
        kept = sum(len([name for name in port.ported if name != "<module>"]) for port in ports if port.changed)
        asked = sum(len(port.verdicts) + len(port.left) for port in ports)
        files = sum(port.changed for port in ports)
        done = "would be changed" if args.dry_run else "changed"
        out.write(f"{kept:,} of {asked:,} functions are ported and kept; {files:,} of {len(ports):,} files {done}\n")
    good = all(verdict.status == "verified" for port in ports for verdict in port.verdicts)
    return _told(args) or int(not good or any(not each.meant for port in ports for each in port.left))


def _is_test(path: Path, args: Namespace) -> bool:
    """Whether a file is one of the tests that prove the port: below --tests, and, where the code is there as well, by
    its name, as pytest goes by it."""
    if args.tests is None:
        return False
    path, tests = path.resolve(), args.tests.resolve()
    if not path.is_relative_to(tests):
        return False
    apart = any(tests != given and tests.is_relative_to(given) for given in (each.resolve() for each in args.paths))
    return apart or path.name == "conftest.py" or path.stem.startswith("test_") or path.stem.endswith("_test")


def _how(args: Namespace) -> VerifySettings:
    from emberharmony.purify.source import SourceError
    from emberharmony.purify.verify import VerifySettings

    if args.tests is not None and not args.tests.exists():
        raise SourceError(f"{args.tests}: no such file or folder", expected="tests", mend="correct --tests")
    return VerifySettings(seconds=args.seconds, tests=args.tests, trace=args.trace)


def _judged(args: Namespace, out: TextIO, verdicts: dict[str, list[Verdict]]) -> int:
    if args.json:
        _print_verdicts(out, verdicts)
    else:
        out.write("".join(_said(name, verdict) for name, found in verdicts.items() for verdict in found))
    good = all(verdict.status == "verified" for found in verdicts.values() for verdict in found)
    return _told(args) or int(not good)


def _print_verdicts(out: TextIO, verdicts: dict[str, list[Verdict]]) -> None:
    import json

    data = {name: [verdict.to_dict() for verdict in found] for name, found in verdicts.items()}
    out.write(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def _said(name: str, verdict: Verdict) -> str:
    tried = sum(each.counts for each in verdict.inputs)
    how = f"{verdict.status} ({tried} inputs tried)" if verdict.status != "verified" else f"verified on {tried} inputs"
    why = "" if verdict.status == "verified" else f": {verdict.why}"
    notes = "".join(f"; {note}" for note in verdict.notes)
    return f"{name} {verdict.function}: {how}{why}{notes}\n"


def _status(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.durable import write_whole
    from emberharmony.purify.report import status

    found = _found(args, _settings(args))
    if args.page is None:
        out.write(status.table(found))
        return 0
    old = args.page.read_bytes().decode() if args.page.exists() else ""
    new = status.page(found, old)
    if args.check:
        if old != new:
            out.write(f"{args.page} is not current: emberharmony purify status {args.paths[0]} --page {args.page}\n")
        return int(old != new)
    if old != new:
        write_whole(args.page, new.encode())
    out.write(f"{args.page} {'is written' if old != new else 'is current'}\n")
    return 0


def _report(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.durable import write_whole
    from emberharmony.purify.examine import all_rules
    from emberharmony.purify.report import page

    settings, args.problems = _settings(args), []
    found = _found(args, settings)
    diffs = {}
    if args.diff:
        from emberharmony.purify.flow import Project
        from emberharmony.purify.port import fix

        project = Project(ported=True)
        diffs = {source.name: fix(source, settings, project=project).diff() for source in _sources(args, settings)}
    write_whole(args.output, page.render(found, all_rules(), diffs={k: v for k, v in diffs.items() if v}).encode())
    counts = [f"{n:,} {what}{'s' * (n != 1)}" for n, what in ((found.open, "open finding"), (len(found.files), "file"))]
    out.write(f"{args.output}: {' in '.join(counts)}\n")
    return 1 if found.open else 0


def _rules(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.examine import all_rules
    from emberharmony.purify.settings import known_codes

    rules = all_rules()
    if args.code is None:
        out.write("".join(f"{rule.code:8} {rule.severity:8} {rule.what}\n" for rule in rules.values()))
        return 0
    known_codes([args.code], rules, "emberharmony purify rules")
    for code, rule in rules.items():
        if code.startswith(args.code):
            good = f"\nwrite\n{_indented(rule.good)}" if rule.good else ""
            mend = f"\n{rule.mend}\n" if rule.mend else ""
            head = f"{code} {rule.name} ({rule.severity})\n{rule.what}\n{rule.why}\n"
            out.write(f"{head}\ninstead of\n{_indented(rule.bad)}{good}{mend}\n")
    return 0


def _indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.strip("\n").split("\n"))


def _put(text: str, place: Path | None, out: TextIO) -> None:
    if place is None:
        out.write(text)
        return
    from emberharmony.purify.durable import write_whole

    write_whole(place, text.encode())
