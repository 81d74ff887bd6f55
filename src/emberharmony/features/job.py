"""From rows to written features in one run that a crash does not undo: staged once, fitted once, written in parts.

The checkpoint is a folder with `run/` (whose run it is, and the fitted state), `source/` (what had to be staged),
`write/` (the parts that are done) and `run.json` (where the pipeline is written down, so that `resume` finds it).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.features import state
from emberharmony.features.errors import CheckpointError, CheckpointMismatchError
from emberharmony.features.fitted import FittedPipeline
from emberharmony.features.flow.checkpoint import CheckpointStore, write_atomically
from emberharmony.features.prepare import prepared
from emberharmony.features.write import PROGRESS, WriteReport

if TYPE_CHECKING:
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.pipeline import Pipeline
    from emberharmony.features.sources.source import Source, Stream
    from emberharmony.features.splits import Split

NOTE = "run.json"


def run(
    pipeline: Pipeline,
    source: Source | Stream,
    split: Split | None,
    folder: str | Path,
    checkpoint: str | Path | None = None,
    *,
    workers: int | None = None,
    memory: str | int | None = None,
    progress: Callable[[Event], None] | None = None,
    recipe: str | Path | None = None,
) -> tuple[FittedPipeline, WriteReport]:
    """Fit `pipeline` and write its features to `folder`; a second call goes on where the first one was ended.

    What was fitted is kept in `checkpoint` (inside `folder` by default), and never fitted again. A checkpoint of
    another pipeline, split, source or folder is refused. With `recipe`, the path of the file that describes all this,
    `resume` needs nothing but the checkpoint.
    """
    folder = Path(folder)
    place = Path(checkpoint) if checkpoint is not None else folder / PROGRESS
    cut = "none" if split is None else state.digest(state.definition(split))
    identity = {"pipeline": state.digest(pipeline.definition), "split": cut, "folder": str(folder.resolve())}
    with CheckpointStore(place / "run", identity) as store:
        if recipe is not None:
            note = {"recipe": str(Path(recipe).resolve()), "folder": str(folder.resolve())}
            note = {**note, "workers": workers, "memory": memory}
            write_atomically(place / NOTE, json.dumps(note, indent=1).encode() + b"\n")
        readable = prepared(
            source, pipeline.entity, place / "source", workers=workers, memory=memory, progress=progress
        )
        content = readable.plan().fingerprint
        if not store.records:
            store.append({"source": content})
        if (known := store.records[0]["source"]) != content:
            raise CheckpointMismatchError(
                f"the checkpoint {place} is of another source: it was {known}, {source.name} is {content}",
                expected="the rows it was begun with: going on would mix two tables in one result",
                mend=f"another folder for this run, or remove {place} and {folder} to begin again",
            )
        if store.state is None:
            fitted = pipeline.fit(readable, split, workers=workers, memory=memory, progress=progress)
            store.save(fitted.to_bytes())
        assert store.state is not None
        fitted = FittedPipeline.from_bytes(store.state)
        report = fitted.write(readable, folder, checkpoint=place, workers=workers, memory=memory, progress=progress)
        return fitted, report


def resume(
    checkpoint: str | Path,
    *,
    workers: int | None = None,
    memory: str | int | None = None,
    progress: Callable[[Event], None] | None = None,
) -> tuple[FittedPipeline, WriteReport]:
    """Go on with a run from its checkpoint alone; its file, its source and its output are where they were.

    `workers` and `memory` are as they were, unless they are given.
    """
    from emberharmony.features.recipe import read_recipe

    path = Path(checkpoint) / NOTE
    try:
        note = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CheckpointError(
            f"there is no {path}",
            expected="the checkpoint of a run that was begun from a file: emberharmony features run FILE --out OUT",
            mend="give the folder that --checkpoint named, or OUT/_progress where it was left out",
        ) from None
    recipe = read_recipe(note["recipe"])
    return run(
        recipe.pipeline,
        recipe.rows(),
        recipe.split,
        note["folder"],
        checkpoint,
        workers=workers if workers is not None else note["workers"],
        memory=memory if memory is not None else note["memory"],
        progress=progress,
        recipe=note["recipe"],
    )
