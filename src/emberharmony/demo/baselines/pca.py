"""Principal components: how far a row lies from the healthy ones, along each direction in units of its own spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.baselines.series import Series, checked, filled, sample
from emberharmony.errors import ArgumentError

__all__ = ["PCA"]

LEAST = 1e-9  # of the largest eigenvalue, or of 1 where all are 0: what never varied is as sure as this


@dataclass(frozen=True)
class PCA:
    """`sum((x - mean) . v_i)^2 / l_i` over the minor components v_i, whose eigenvalues l_i are small.

    Minor are those with less than `minor` of the mean eigenvalue, 0.2 as in Shyu et al. 2003, and the smallest in any
    case: they break where features no longer agree. The major ones are the plant's daily work, and only add to the
    noise. A column that never varied has the smallest eigenvalue there is: a row where it does is far off, and finite.

    >>> x = ops.to_numpy(ops.random.normal(ops.random.key(0), (200, 1), "float32"))
    >>> both = ops.concat([x, x], axis=1)
    >>> fitted = PCA().fit([Series(both, x[:, 0] * 0 + 10, x[:, :0])])
    >>> scores = fitted.rows(fitted.sensors(Series(both[:2] * 0 + [[3, 3], [1, -1]], x[:2, 0] * 0 + 10, x[:2, :0])))
    >>> bool(scores[1] > 1000 * scores[0])
    True
    """

    minor: float = 0.2
    rows: int = 100_000  # at most, to learn from

    name: ClassVar[str] = "PCA"

    def __post_init__(self) -> None:
        if self.rows < 1 or not self.minor > 0:
            raise ArgumentError(f"got {self!r}", expected="minor above 0, and rows from 1 on")

    def fit(self, series: list[Series]) -> FittedPCA:
        """Learn the mean and the components of filled readings."""
        with use_backend("numpy"):
            x = ops.astype(sample(checked(self.name, series), self.rows)[0], "float64")
            mean = ops.mean(x, axis=0)
            z = x - mean
            values, vectors = ops.linalg.eigh(z.T @ z / z.shape[0])
            largest = float(values[-1])
            count = max(1, int(ops.sum(values < self.minor * ops.mean(values))))  # they come in order
            sizes = ops.sqrt(ops.maximum(values, LEAST * (largest if largest > 0 else 1.0)))
            return FittedPCA(mean, (vectors / sizes)[:, :count])


@dataclass(frozen=True, eq=False)
class FittedPCA:
    """The mean of healthy rows, and their minor components, each over the root of its eigenvalue."""

    mean: Any  # (F,)
    components: Any  # (F, K), one a column

    def sensors(self, one: Series) -> Any:
        """What each feature adds to the score; one that makes up for another may take away: (T, F)."""
        z = ops.astype(filled(one.values), "float64") - self.mean
        return z * ((z @ self.components) @ ops.matrix_transpose(self.components))

    def rows(self, sensors: Any) -> Any:
        """The sum of squares along the components: (T,)."""
        return ops.sum(sensors, axis=1)
