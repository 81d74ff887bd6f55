"""Tables of any size to features: look at a plan, fit, write, go on after a crash, explain."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import ProgressBar
    from emberharmony.features.write import WriteReport

INTERRUPTED = 130  # as shells count the end by Ctrl-C
FILE = "a pipeline: a .toml file, or a .py file that defines `pipeline` and `source`"
ACTIONS = {
    "plan": "show rows, shards, columns, steps and passes, and try the pipeline on some rows",
    "fit": "learn the constants and save them as an Arrow file",
    "run": "fit and write the features, restartable",
    "resume": "go on with an interrupted run",
    "explain": "show where each feature comes from",
}


def configure(parser: ArgumentParser) -> None:
    """The sub-commands of `emberharmony features` and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    made = {name: actions.add_parser(name, help=summary, description=summary) for name, summary in ACTIONS.items()}
    for name in ("plan", "fit", "run"):
        made[name].add_argument("file", type=Path, metavar="FILE", help=FILE)
    made["fit"].add_argument("--out", type=Path, required=True, help="the Arrow file of the fitted state")
    made["run"].add_argument("--out", type=Path, required=True, help="the folder of the features, in Parquet parts")
    made["run"].add_argument("--checkpoint", type=Path, help="the folder that `resume` needs (default: OUT/_progress)")
    made["resume"].add_argument(
        "checkpoint", type=Path, metavar="CHECKPOINT", help="the folder that --checkpoint named"
    )
    made["explain"].add_argument("file", type=Path, metavar="FILE", help="a fitted state (.arrow), or " + FILE)
    for name in ACTIONS:
        made[name].add_argument(
            "--memory", help="what may be used, such as 2GB or 50%% (default: 70%% of what there is)"
        )
    for name in ("fit", "run", "resume", "explain"):
        made[name].add_argument("--workers", type=int, help="threads (default: one for each processor)")
        made[name].add_argument("--quiet", action="store_true", help="no progress on standard error")
    for name in ACTIONS:
        made[name].add_argument("--json", action="store_true", help="print one JSON object, for scripts")


def run(args: Namespace, out: TextIO) -> int:
    """Do what was asked for; exit status 130 after Ctrl-C, with what can be done then."""
    actions: dict[str, Callable[[Namespace, TextIO], int]] = {
        "plan": _plan,
        "fit": _fit,
        "run": _run,
        "resume": _resume,
        "explain": _explain,
    }
    try:
        return actions[args.action](args, out)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nemberharmony features {args.action}: interrupted. {_after_interrupt(args)}\n")
        return INTERRUPTED


def _after_interrupt(args: Namespace) -> str:
    import shlex

    if args.action not in ("run", "resume"):
        return "Nothing was written."
    place = args.checkpoint or args.out / "_progress"
    return f"What was committed is safe; go on with:\n  emberharmony features resume {shlex.quote(str(place))}"


def _ways(args: Namespace) -> dict[str, Any]:
    """How a run is made: threads, memory, and who is told of it."""
    return {"workers": args.workers, "memory": args.memory, "progress": None if args.quiet else _bar()}


def _bar() -> ProgressBar:
    from emberharmony.features.flow.progress import ProgressBar

    return ProgressBar(sys.stderr)


def _put(args: Namespace, out: TextIO, found: Any, text: str) -> int:
    out.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n" if args.json else text)
    return 0


def _plan(args: Namespace, out: TextIO) -> int:
    from emberharmony.features.outlook import outlook
    from emberharmony.features.recipe import read_recipe

    recipe = read_recipe(args.file)
    found = outlook(recipe.pipeline, recipe.rows(), recipe.split, memory=args.memory)
    _put(args, out, found, _plan_text(found))
    return 2 if found["problem"] else 0


def _fit(args: Namespace, out: TextIO) -> int:
    from emberharmony.features.recipe import read_recipe

    recipe = read_recipe(args.file)
    fitted = recipe.pipeline.fit(recipe.rows(), recipe.split, **_ways(args))
    fitted.save(args.out)
    found = {"state": str(args.out), "hash": fitted.hash, "features": fitted.feature_names}
    text = f"{args.out}  {len(fitted.feature_names)} features, hash {fitted.hash}\n"
    return _put(args, out, found, text)


def _run(args: Namespace, out: TextIO) -> int:
    from emberharmony.features.job import run as run_all
    from emberharmony.features.recipe import read_recipe

    recipe = read_recipe(args.file)
    ways = _ways(args)
    found = run_all(recipe.pipeline, recipe.rows(), recipe.split, args.out, args.checkpoint, recipe=recipe.path, **ways)
    return _written(args, out, *found)


def _resume(args: Namespace, out: TextIO) -> int:
    from emberharmony.features.job import resume

    return _written(args, out, *resume(args.checkpoint, **_ways(args)))


def _written(args: Namespace, out: TextIO, fitted: FittedPipeline, report: WriteReport) -> int:
    found = {**json.loads(report.to_json()), "hash": fitted.hash}
    text = (
        f"{report.rows_read + report.rows_reused:,} rows in {len(report.parts)} parts"
        f" ({report.rows_reused:,} rows were written before), {len(fitted.feature_names)} features\n"
        f"{report.seconds:.1f} s, peak memory {report.peak_memory / 1e6:.0f} MB, hash {fitted.hash}\n"
    )
    return _put(args, out, found, text)


def _explain(args: Namespace, out: TextIO) -> int:
    from emberharmony.features.errors import SourceError
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.outlook import explained
    from emberharmony.features.recipe import read_recipe

    if args.file.suffix in (".toml", ".py"):
        recipe = read_recipe(args.file)
        fitted = recipe.pipeline.fit(recipe.rows(), recipe.split, **_ways(args))
    elif args.file.is_file():
        fitted = FittedPipeline.load(args.file)
    else:
        raise SourceError(
            f"there is no file {str(args.file)!r}",
            expected="a fitted state, as `emberharmony features fit FILE --out state.arrow` writes it, or a pipeline",
        )
    rows = explained(fitted)
    return _put(args, out, rows, _table([_explained(row) for row in rows]))


def _explained(row: dict[str, Any]) -> dict[str, str]:
    constants = "; ".join(
        f"{found['transform']}({', '.join(f'{k}={_short(v)}' for k, v in found.items() if k != 'transform')})"
        for found in row["constants"]
    )
    joined = {"columns": ", ".join(row["columns"]), "transforms": " > ".join(row["transforms"])}
    return {"feature": row["feature"], "type": row["type"], **joined, "constants": constants}


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _plan_text(found: dict[str, Any]) -> str:
    rows = "not known before it is staged" if found["rows"] is None else f"{found['rows']:,}"
    shards = "" if found["shards"] is None else f" in {found['shards']:,} shards"
    lines = [f"source    {found['source']}", f"rows      {rows}{shards}", "", "columns"]
    lines += [
        "  " + line for line in _table([{"c": c, "t": t} for c, t in found["columns"].items()], head=False).splitlines()
    ]
    lines += ["", f"target    {found['target'] or 'none'}"]
    lines.append(f"split     {_call(found['split']) if found['split'] else 'none: all rows are learnt from'}")
    if found["looks_back"]:
        lines.append(
            "order     by {}, {}: the rows are put in that order on the disk first".format(*found["looks_back"])
        )
    lines += ["", "steps", *(f"  {_call(step)}" for step in found["steps"]), ""]
    trial = f"a trial on {found['trial_rows']:,} rows"
    if found["problem"]:
        return "\n".join([*lines, f"{trial} failed:", found["problem"]]) + "\n"
    lines.append(f"passes    {found['passes']} to fit, one to write ({trial})")
    lines.append(f"features  {len(found['features'])} in that trial: {', '.join(found['features'])}")
    return "\n".join(lines) + "\n"


def _call(definition: dict[str, Any]) -> str:
    """A step as it is written in Python."""
    from emberharmony.features.transforms.registry import built

    return repr(built(definition))


def _table(rows: list[dict[str, str]], *, head: bool = True) -> str:
    """Columns of text, each as wide as it must be."""
    if not rows:
        return "nothing\n"
    shown = [{name: name for name in rows[0]}, *rows] if head else rows
    widths = {name: max(len(row[name]) for row in shown) for name in rows[0]}
    return "".join("  ".join(row[name].ljust(widths[name]) for name in row).rstrip() + "\n" for row in shown)
