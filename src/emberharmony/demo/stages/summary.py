"""What came out of all stages, as the report takes it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from emberharmony.backend.memory import host_memory
from emberharmony.demo.stages.verdict import recalls
from emberharmony.viz.words import count, duration, moment, quantity, share, size

if TYPE_CHECKING:
    from emberharmony.demo.journal import Note
    from emberharmony.demo.telemetry import Telemetry

__all__ = ["OURS", "period_in_words", "summary"]

OURS = "liquid network"
DAY = 86_400.0
PACKAGES = ("emberharmony", "numpy", "pyarrow", "duckdb", "ibis-framework", "torch", "mlx", "scikit-learn")


def summary(
    telemetry: Telemetry,
    results: Mapping[str, Any],
    found: Mapping[str, Any],
    notes: Mapping[str, Note],
    *,
    missing: Mapping[str, str],
    seeds: Mapping[str, int],
    command: str,
) -> dict[str, Any]:
    """The data of the page; `missing` are methods that could not be run, and why."""
    profile, features, training = (results[name] for name in ("profile", "features", "training"))
    verdicts, alarms = found["methods"], found["alarms"]
    ours = verdicts[OURS]
    per = period_in_words(ours["period"] * training["slot_seconds"])
    table = [_method(name, verdict, notes) for name, verdict in verdicts.items()]
    known = ours.get("faults") is not None
    return {
        "title": telemetry.title,
        "subtitle": telemetry.subtitle,
        "verdict": {
            "text": _text(table, ours, per, alarms, found["loudest"]),
            "figures": _figures(table, ours, per, notes, alarms),
        },
        "profile": {
            **{name: profile[name] for name in ("rows", "entities", "columns")},
            **({"start": profile["first"], "end": profile["last"]} if profile["is_moment"] else {}),
        },
        "provenance": features["provenance"],
        "training": _training(training, notes["training"], profile, features),
        "wiring": training["wiring"],
        "detections": {
            "loudest": found["loudest"],
            "of_alarms": alarms,
            "signals": found["signals"],
            "recall": recalls(ours["faults"]) if known else None,
            "recall_of": {
                name: recalls(found["faults"])
                for name, found in verdicts.items()
                if name != OURS and found.get("faults")
            },
            "false_alarms": None if not ours.get("rate") else _false_alarms(ours["rate"], per),
        },
        "baselines": [*table, *({"name": f"{name} (not run: {why})"} for name, why in missing.items())]
        if known
        else None,
        "resources": {
            "stages": [
                {
                    "name": name,
                    "seconds": note.seconds,
                    "cpu_seconds": note.cpu_seconds,
                    "peak_memory": note.peak_memory,
                    "rows": note.rows or None,
                }
                for name, note in notes.items()
                if note.result is not None
            ],
            "versions": {"python": platform.python_version(), **_versions()},
            "seeds": dict(seeds),
            "machine": f"{os.cpu_count()} cores, {size(host_memory()['total'])}, {platform.system()} "
            f"{platform.release()} ({platform.machine()})",
            "command": command,
        },
    }


def period_in_words(seconds: float) -> str:
    """What a rate is told for: a sensor and so long.

    >>> period_in_words(86_500.0), period_in_words(7200.0)
    ('sensor and day', 'sensor and 2 h')
    """
    return f"sensor and {'day' if abs(seconds / DAY - 1) < 0.02 else duration(seconds)}"


def _method(name: str, found: Mapping[str, Any], notes: Mapping[str, Note]) -> dict[str, Any]:
    stages = ("training", "scoring") if name == OURS else (name,)
    curves, faults = found.get("curves") or {}, found.get("faults") or ()
    return {
        "name": name,
        "ours": name == OURS,
        "auc_pr": curves.get("auc_pr"),
        "auc_roc": curves.get("auc_roc"),
        "recall": sum(fault["delay"] is not None for fault in faults) / len(faults) if faults else None,
        "false_alarms": found["rate"]["measured"] if found.get("rate") else None,
        "seconds": sum(notes[stage].seconds for stage in stages),
        "roc": curves.get("roc"),
        "pr": curves.get("pr"),
    }


def _text(
    table: Sequence[Mapping[str, Any]],
    ours: Mapping[str, Any],
    per: str,
    alarms: int,
    loudest: Sequence[Mapping[str, Any]],
) -> str:
    own = table[0]
    if own["auc_pr"] is None:
        why = "no label was given" if ours.get("faults") is None else "the labels call all of the judged rows the same"
        loud = "".join(
            f" The loudest is {' · '.join(filter(None, (alarm['entity'], alarm['sensor'])))},"
            f" {moment(alarm['begin'])}, {quantity(alarm['peak'])} times its level."
            for alarm in loudest[:1]
        )
        return f"The liquid network raised {count(alarms)} alarms.{loud} How many are right cannot be told: {why}."
    if len(table) == 1:
        text = f"The liquid network has an average precision of {quantity(own['auc_pr'])}."
    else:
        text = _ranked(table)
    if own["recall"] is not None:
        faults = ours["faults"]
        chance = sum(fault["chance"] for fault in faults) / len(faults)
        text += f" At one false alarm per {per} it finds {share(own['recall'])} of {count(len(faults))} faults"
        text += f", where chance would find {share(chance)}."
    if ours.get("rate"):
        text += f" It promised at most that rate, and {quantity(ours['rate']['measured'])} was measured: "
        kept = "less" if ours["rate"]["measured"] <= 1.0 else "more"
        unsure = f"{kept}, and within the error of such a count."
        text += {True: "the promise holds.", None: unsure, False: "the promise is broken."}[_holds(ours["rate"])]
    return text


def _ranked(table: Sequence[Mapping[str, Any]]) -> str:
    own = table[0]
    better = [method for method in table if (method["auc_pr"] or 0.0) > own["auc_pr"]]
    place = "ranks first" if not better else f"comes after {' and '.join(str(method['name']) for method in better)}"
    return f"By average precision the liquid network {place} of {len(table)} methods ({quantity(own['auc_pr'])})."


def _holds(rate: Mapping[str, float]) -> bool | None:
    """Whether at most 1 was kept: sure, sure not, or, with 1 inside of the interval, neither."""
    return True if rate["high"] <= 1.0 else False if rate["low"] > 1.0 else None


def _figures(
    table: Sequence[Mapping[str, Any]], ours: Mapping[str, Any], per: str, notes: Mapping[str, Note], alarms: int
) -> list[dict[str, str]]:
    own = table[0]
    found: list[tuple[str, str, str]] = []
    if own["auc_pr"] is not None:
        others = [method for method in table[1:] if method["auc_pr"] is not None]
        best = max(others, key=lambda method: method["auc_pr"], default=None)
        note = "" if best is None else f"next best: {quantity(best['auc_pr'])}, {best['name']}"
        found.append(("AUC-PR", quantity(own["auc_pr"]), note))
    if own["recall"] is not None:
        found.append(("Faults found", share(own["recall"]), f"at one false alarm per {per}"))
    if ours.get("rate"):
        found.append(("False alarms", quantity(ours["rate"]["measured"]), f"per {per}; promised: 1"))
    else:
        found.append(("Alarms", count(alarms), f"one of them per {per} may be false"))
    found.append(("Training", duration(notes["training"].seconds), f"{count(notes['training'].rows)} rows"))
    found.append(("All stages", duration(sum(note.seconds for note in notes.values())), "from rows to this page"))
    found.append(("Peak memory", size(max(note.peak_memory for note in notes.values())), "of the whole process"))
    return [{"label": label, "value": value, "note": note} for label, value, note in found]


def _training(
    training: Mapping[str, Any], note: Note, profile: Mapping[str, Any], features: Mapping[str, Any]
) -> dict[str, Any]:
    names = {"epoch": "epoch", "loss": "loss", "validation_loss": "validation"}
    epochs = [{names[name]: record[name] for name in names if name in record} for record in training["history"]]
    return {
        "epochs": epochs,
        "parameters": training["parameters"],
        "model": training["model"],
        "steps_per_second": training["steps"] / note.seconds if note.seconds else None,
        "notes": [*training["notes"], *_roles(profile, features)],
    }


def _roles(profile: Mapping[str, Any], features: Mapping[str, Any]) -> list[str]:
    """What became of the columns that are not judged."""
    silent = [name for name in profile["sensors"] if name not in features["sensors"]]
    left = {**profile["left"], **dict.fromkeys(silent, "it has too few readings before the part that is judged")}
    shown = (
        [f"The network is shown {', '.join(profile['contexts'])}; nobody judges that."] if profile["contexts"] else []
    )
    return [*shown, *(f"Left out is {name}: {why}." for name, why in left.items())]


def _false_alarms(rate: Mapping[str, float], per: str) -> dict[str, Any]:
    return {**rate, "stated": 1.0, "holds": _holds(rate), "per": per}


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
