"""The main job in one command: from raw rows to a report on their anomalies."""

from __future__ import annotations

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from emberharmony.demo.journal import Note
    from emberharmony.demo.plant import Plant
    from emberharmony.demo.telemetry import Telemetry

INTERRUPTED = 130  # as shells count the end by Ctrl-C
ROWS = 5_000_000
ROWS_OF_A_MACHINE, MOST_MACHINES = 50_000, 20


def configure(parser: ArgumentParser) -> None:
    """The options of `emberharmony demo`."""
    parser.description = (
        "Find the anomalies in telemetry with a liquid network, compare with simpler methods, and write one HTML page. "
        "Without --data a plant is generated whose faults are known. Interrupted? The same command goes on."
    )
    own = parser.add_argument_group("your own data")
    own.add_argument("--data", metavar="FILE", help="a file, a folder or a glob of CSV, JSON lines or Parquet")
    own.add_argument("--time", metavar="COL", help="the column that says when: moments, or numbers of seconds")
    own.add_argument("--entity", metavar="COL", help="the column that says whose reading it is, such as a machine")
    own.add_argument(
        "--label", metavar="COL", help="a column that is not 0 where something is wrong: to count what was found"
    )
    own.add_argument("--sensors", metavar="COL,COL", help="the columns to judge (default: all measured numbers)")
    own.add_argument("--held-from", metavar="TIME", help="judge from here on (default: the last 40 %% of the rows)")
    plant = parser.add_argument_group("the generated plant")
    plant.add_argument("--rows", type=int, help=f"how many rows (default: {ROWS:,})")
    plant.add_argument("--machines", type=int, help=f"how many machines (default: {MOST_MACHINES}, fewer for few rows)")
    plant.add_argument("--plant-seed", type=int, metavar="N", help="another plant (default: 0)")
    parser.add_argument(
        "--out", type=Path, help="the page (default: reports/demo.html, or reports/NAME.html of a file)"
    )
    parser.add_argument("--work", type=Path, help="the folder of what is kept between (default: beside the page)")
    parser.add_argument(
        "--epochs", type=int, default=40, help="of the training, 40 batches each (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the training (default: %(default)s)")
    parser.add_argument("--no-baselines", action="store_true", help="compare with nothing: less than half the time")
    parser.add_argument("--memory", default="1GB", help="for the streaming of features (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="threads of the features (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    parser.add_argument("--json", action="store_true", help="print the data of the report, without its signals")


def run(args: Namespace, out: TextIO) -> int:
    """Do the job; exit status 130 after Ctrl-C."""
    from emberharmony.demo.job import Job
    from emberharmony.features.flow.progress import ProgressBar

    subject, page = _subject(args), args.out or _page(args.data)
    job = Job(
        subject,
        args.work or (page.with_suffix("") if page.name else page),
        page,
        seed=args.seed,
        epochs=args.epochs,
        **({"baselines": ()} if args.no_baselines else {}),
        workers=args.workers,
        memory=args.memory,
        verbose=not args.quiet,
        tell=None if args.quiet else _tell,
        progress=ProgressBar(sys.stderr) if sys.stderr.isatty() and not args.quiet else None,
        command=shlex.join(["emberharmony", *sys.argv[1:]]),
    )
    try:
        result = job.run()
    except KeyboardInterrupt:
        sys.stderr.write("\nemberharmony demo: interrupted. What is done is kept; the same command goes on.\n")
        return INTERRUPTED
    if args.json:
        out.write(json.dumps({**result.data, "detections": _without_signals(result.data)}, indent=1) + "\n")
    else:
        out.write(f"{result.verdict}\n\n{result.report}  the report\n{result.alarms}  the alarms\n")
    return 0


def _subject(args: Namespace) -> Plant | Telemetry:
    from emberharmony.demo.plant import Plant
    from emberharmony.demo.telemetry import Telemetry
    from emberharmony.errors import ArgumentError

    of_file = ("time", "entity", "label", "sensors", "held_from")
    if args.data is None:
        given = next((name for name in of_file if getattr(args, name) is not None), None)
        if given is not None:
            raise ArgumentError(f"--{given.replace('_', '-')} was given without --data", expected="--data FILE too")
        rows = ROWS if args.rows is None else args.rows
        machines = args.machines if args.machines is not None else max(1, min(MOST_MACHINES, rows // ROWS_OF_A_MACHINE))
        return Plant(rows=rows, machines=machines, seed=args.plant_seed or 0)
    given = next((name for name in ("rows", "machines", "plant_seed") if getattr(args, name) is not None), None)
    if given is not None:
        raise ArgumentError(
            f"--{given.replace('_', '-')} was given with --data", expected="one of them: it is for the generated plant"
        )
    if args.time is None:
        raise ArgumentError("--data was given without --time", expected="--time COL: the column that says when")
    return Telemetry.of_file(
        args.data,
        args.time,
        entity=args.entity,
        label=args.label,
        sensors=None if args.sensors is None else tuple(args.sensors.split(",")),
        held_from=args.held_from,
    )


def _page(data: str | None) -> Path:
    """A page of its own for each file: what is kept beside it must not push out what another run has kept."""
    name = "demo" if data is None else Path(data).name.split(".")[0].strip("*?[] ") or "data"
    return Path("reports") / f"{name}.html"


def _tell(name: str, note: Note) -> None:
    if note.result is None:
        sys.stderr.write(f"{name} ...\n" if note.attempts == 1 else f"{name} ... goes on\n")
    else:
        cost = f"{note.seconds:.1f} s, {note.peak_memory / 1e6:.0f} MB"
        sys.stderr.write(f"{name}: done in {cost}" + (f", {note.rows:,} rows\n" if note.rows else "\n"))
    sys.stderr.flush()


def _without_signals(data: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in data["detections"].items() if name != "signals"}
