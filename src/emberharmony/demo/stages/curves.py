"""What a score tells apart, at every threshold at once."""

from __future__ import annotations

from typing import Any, NamedTuple

from emberharmony import ops
from emberharmony.backend.registry import use_backend

__all__ = ["Curves", "curves"]

POINTS = 120


class Curves(NamedTuple):
    """Areas under both curves, and some points of each: (false positives, true positives), (recall, precision)."""

    auc_roc: float
    auc_pr: float
    roc: list[tuple[float, float]]
    pr: list[tuple[float, float]]


def curves(scores: Any, wrong: Any) -> Curves | None:
    """The curves of scores (n,) that should be high where `wrong` (n,); None where all or none are.

    >>> found = curves(ops.asarray([0.1, 0.2, 0.3, 0.4]), ops.asarray([False, False, True, True]))
    >>> found.auc_roc, found.auc_pr, found.pr[-1]
    (1.0, 1.0, (1.0, 0.5))
    """
    with use_backend("numpy"):
        scores, wrong = ops.to_numpy(scores), ops.to_numpy(wrong)
        total, count = int(ops.sum(ops.astype(wrong, "int64"))), int(wrong.shape[0])
        if total in (0, count):
            return None
        order = ops.argsort(scores, descending=True, stable=True)
        ordered = scores[order]
        hits = ops.cumulative_sum(ops.astype(wrong[order], "int64"))
        # equal scores pass a threshold together
        ends = ops.nonzero(ops.concat([ordered[1:] != ordered[:-1], ops.asarray([True])]))[0]
        true = ops.astype(hits[ends], "float64")
        recall, fall, precision = true / total, (ends + 1 - true) / (count - total), true / (ends + 1)
        gained, passed = (ops.diff(x, prepend=ops.zeros(1, dtype="float64")) for x in (recall, fall))
        # places that are dense where few rows are above the threshold: there the curves bend
        steps = ops.linspace(0.0, 1.0, POINTS, dtype="float64") ** 3
        chosen = ops.sort(ops.unique_values(ops.searchsorted(ends, ops.astype(steps * (count - 1), "int64"))))
        points = [x[chosen].tolist() for x in (fall, recall, precision)]
        return Curves(
            auc_roc=float(ops.sum(passed * (recall - gained / 2))),
            auc_pr=float(ops.sum(gained * precision)),
            roc=[(0.0, 0.0), *zip(points[0], points[1], strict=True)],
            pr=list(zip(points[1], points[2], strict=True)),
        )
