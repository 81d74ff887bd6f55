"""Steps, splits and expressions by name, for states that are read back: a list of classes, nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from emberharmony.features.errors import CheckpointError


@cache
def _known() -> dict[str, type]:
    from emberharmony.features import splits
    from emberharmony.features.transforms import ALL, expressions

    classes = [*ALL, splits.HashSplit, splits.StratifiedSplit, splits.TimeSplit, *expressions.NODES]
    return {kind.__name__: kind for kind in classes}


def built(value: Any) -> Any:
    """The object that a definition describes."""
    if isinstance(value, Mapping):
        items = {str(key): built(item) for key, item in value.items() if key != "is"}
        if "is" not in value:
            return items
        if value["is"] == "mapping":
            return {key: built(item) for key, item in value["items"]}
        kind = _known().get(str(value["is"]))
        if kind is None:
            raise CheckpointError(
                f"the fitted state has a step {value['is']!r}, which this version does not know",
                expected=f"one of {', '.join(sorted(_known()))}",
                mend="load it with the version of emberharmony that wrote it, or fit again",
            )
        return kind(**items)
    return [built(item) for item in value] if isinstance(value, list) else value
