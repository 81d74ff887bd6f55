"""What verification said, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberharmony.purify.verify import Verdict


def line(name: str, verdict: Verdict) -> str:
    """One line on a function of the file `name`."""
    tried = sum(each.counts for each in verdict.inputs)
    good = verdict.status == "verified"
    how = f"verified on {tried} inputs" if good else f"{verdict.status} ({tried} inputs tried): {verdict.why}"
    return f"{name} {verdict.function}: {'; '.join([how, *verdict.notes])}\n"


def as_json(verdicts: Mapping[str, Sequence[Verdict]]) -> str:
    """One object, from the names of files to what was said of their functions, with every input."""
    data = {name: [verdict.to_dict() for verdict in found] for name, found in verdicts.items()}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
