"""Everything that a run will ever need again, as one value that never changes: each batch makes a new one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any

from emberharmony import nn
from emberharmony.nn.modules import shown
from emberharmony.training.errors import RunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.training.checkpoint import Checkpoints

__all__ = ["Record", "Run", "described", "load", "save"]

Record = dict[str, float]
PLAIN = ("epoch", "batch", "position", "step", "total", "weight", "score", "waited", "plateau", "history")


@dataclass(frozen=True)
class Run:
    """The model, what the optimizer remembers, and how far the run is."""

    model: Any
    state: Any
    best: Any = None  # the model with the best score, where somebody will want it back
    epoch: int = 0  # how many are finished
    batch: int = 0  # how many of the epoch under way are done
    position: Any = None  # where the data are, if they told
    step: int = 0
    total: float = 0.0  # of the losses of the epoch under way, times their weights
    weight: float = 0.0
    score: float | None = None  # of the best
    waited: int = 0  # epochs since then
    plateau: dict[str, float] | None = None
    history: tuple[Record, ...] = ()


def save(run: Run, settings: dict[str, Any], store: Checkpoints) -> None:
    """Write a checkpoint of a run."""
    arrays = {"model": run.model, "optimizer": run.state} | ({} if run.best is None else {"best": run.best})
    rest = {name: getattr(run, name) for name in PLAIN}
    store.write(arrays, {"settings": settings, "best": run.best is not None, "run": rest})


def load(start: Run, settings: dict[str, Any], store: Checkpoints) -> Run:
    """The run that a store has a checkpoint of, or `start`, whose arrays say what the loaded ones are to be."""
    found = store.read()
    if found is None:
        return start
    content, path = found
    for name, here in settings.items():
        if content["settings"].get(name) != here:
            raise RunError(
                f"the checkpoint in {store.folder} is of a run with {name} = {content['settings'].get(name)}",
                expected=f"{name} = {here}, as this run has",
                mend="the same settings and data again, or another folder to begin anew in",
            )
    template = {"model": start.model, "optimizer": start.state} | ({"best": start.model} if content["best"] else {})
    arrays: dict[str, Any] = nn.load(template, path)
    rest: dict[str, Any] = content["run"]
    rest["history"] = tuple(rest["history"])
    return replace(start, model=arrays["model"], state=arrays["optimizer"], best=arrays.get("best"), **rest)


def described(rule: Any) -> str | None:
    """An optimizer or a plateau in words that are the same tomorrow: the class and its fields."""
    if not dataclasses.is_dataclass(rule):
        return None if rule is None else type(rule).__qualname__
    fields = [f"{field.name}={shown(getattr(rule, field.name))}" for field in dataclasses.fields(rule)]
    return f"{type(rule).__name__}({', '.join(fields)})"
