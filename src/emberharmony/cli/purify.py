"""Say what ties code to NumPy, rewrite it for every backend, and prove that it computes the same."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from emberharmony.cli.purify_options import configure
from emberharmony.errors import EmberError

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
    from emberharmony.purify.trace import TraceError, record

    try:
        command = shlex.split(args.trace)
    except ValueError as problem:
        raise TraceError(
            f"--trace {args.trace!r} is no command: {problem}",
            expected="a file that was recorded, or a command as a shell takes it",
            mend="close the quotation",
        ) from None
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


@contextmanager
def _one_of_many(args: Namespace) -> Generator[None]:
    """What goes wrong with one file is told, and does not stop the others."""
    try:
        yield
    except EmberError as problem:
        args.problems.append(problem)
    except OSError as problem:
        if problem.filename is None:  # of what we write to, not of a file
            raise
        args.problems.append(f"{problem.filename}: {problem.strerror}; the file is as it was")


def _told(args: Namespace) -> int:
    """Say what could not be read; the exit status that it asks for."""
    for problem in args.problems:
        sys.stderr.write(f"emberharmony purify {args.action}: {problem}\n")
    return 2 if args.problems else 0


def _fix(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.collector import tidied
    from emberharmony.purify.flow import Project
    from emberharmony.purify.port import fix

    settings, args.problems, left = _settings(args), [], 0
    project = Project(ported=True)
    for source in tidied(_sources(args, settings)):
        with _one_of_many(args):
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
    how, against = _how(args), args.against and read(args.against).text
    for source in _sources(args, settings):
        with _one_of_many(args):
            if against is not None:
                original, ported, functions = against, source.text, None
            else:
                port = fix(source, settings, trace=args.trace)
                names = [name for name in port.ported if name != "<module>"]
                original, ported, functions = source.text, port.text, names
            if functions != []:
                verdicts[source.name] = verify(original, ported, source.path, functions, settings=how)
    return _judged(args, out, verdicts)


def _port(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.collector import tidied
    from emberharmony.purify.flow import Project
    from emberharmony.purify.port import in_order, proved
    from emberharmony.purify.report import verdicts as said

    project = Project(ported=True)
    settings, how, args.problems = _settings(args), _how(args), []
    ports: list[Port] = []
    roots = tuple(str(path.absolute() if path.is_dir() else path.absolute().parent) for path in args.paths)
    code = [source for source in _sources(args, settings) if not _is_test(source.path, args)]
    for source in tidied(in_order(code, roots)):
        with _one_of_many(args):
            port = proved(source, settings, how, project=project, keep_unverified=args.keep_unverified)
            _tell(source.name, port)
            if port.changed and args.dry_run:
                out.write("" if args.json else port.diff())
            elif port.changed:
                port.write()
            ports.append(port)
            if not args.json:  # each file as it is done: what follows may take minutes, or be stopped
                out.write("".join(said.line(source.name, verdict) for verdict in port.verdicts))
                out.flush()
    if args.json:
        out.write(said.as_json({port.source.name: port.verdicts for port in ports if port.verdicts}))
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
    from emberharmony.purify.report import verdicts as said

    if args.json:
        out.write(said.as_json(verdicts))
    else:
        out.write("".join(said.line(name, verdict) for name, found in verdicts.items() for verdict in found))
    good = all(verdict.status == "verified" for found in verdicts.values() for verdict in found)
    return _told(args) or int(not good)


def _status(args: Namespace, out: TextIO) -> int:
    from emberharmony.purify.durable import write_whole
    from emberharmony.purify.report import status

    found = _found(args, _settings(args))
    if args.page is None:
        out.write(status.table(found))
        return 0
    try:
        old = args.page.read_bytes().decode() if args.page.exists() else ""
    except UnicodeDecodeError as problem:
        raise status.StatusError(
            f"{args.page}: byte {problem.start} is no UTF-8", expected="a page in UTF-8", mend="name another file"
        ) from None
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
    diffs: dict[str, str] = {}
    if args.diff:
        from emberharmony.purify.flow import Project
        from emberharmony.purify.port import fix

        project = Project(ported=True)
        for source in _sources(args, settings):
            with _one_of_many(args):
                diffs[source.name] = fix(source, settings, project=project).diff()
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
