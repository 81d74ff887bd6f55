"""Principal components of a covariance matrix, in float64 on the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

import emberharmony
from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.features.windows.memory import host

__all__ = ["Components", "principal"]

MOST = 32  # components, where nobody says how many
ITERATIONS = 12  # of the subspace: an eigenvalue half as large as the last wanted one is out by 2**-24
MORE = 16  # columns beyond those wanted


@dataclass(frozen=True, eq=False)
class Components:
    """The directions in which windows vary most: ``z = (v - mean) loadings``."""

    mean: Any  # (p,)
    loadings: Any  # (p, k), orthonormal columns; in each the largest in size is positive
    variances: Any  # (k,), from the largest down
    total: float  # the trace of the covariance

    @property
    def explained(self) -> Any:
        """(k,): the share of each direction in the total variance; 0 where nothing varies."""
        return self.variances / self.total if self.total > 0 else self.variances

    @property
    def importance(self) -> Any:
        """(p,): ``sum_i l_i V_ji^2 / trace C``: the share of each element of a window; `explained` has the same sum."""
        return ops.matmul(ops.square(self.loadings), self.explained)

    def inverse(self, z: Any) -> Any:
        """The windows (m, p) whose components are z (m, k), but for what was dropped."""
        return ops.matmul(z, self.loadings.T) + self.mean

    def state_dict(self) -> dict[str, Any]:
        """Plain data; the loadings row by row."""
        names = ("mean", "loadings", "variances")
        return {name: pa.array(getattr(self, name).reshape(-1)) for name in names} | {"total": self.total}

    @classmethod
    def of_state(cls, state: Mapping[str, Any]) -> Components:
        """As `state_dict` gave it."""
        mean, loadings, variances = (state[name].to_numpy() for name in ("mean", "loadings", "variances"))
        return cls(mean, host(loadings.reshape(len(mean), len(variances))), variances, float(state["total"]))


def principal(
    mean: Any, covariance: Any, windows: int, components: float | None = None, *, key: Any = None
) -> Components:
    """The components of `windows` windows with this mean (p,) and covariance (p, p), NumPy arrays in float64.

    `components` is their number, the share of the variance they must explain (a float up to 1.0), or None for
    ``min(p // 2, 32, windows - 1)``, at least one. With a random `key` they come from a random subspace, iterated: for
    wide windows, from which few components are wanted; a share cannot be asked for then.

    >>> c = host(ops.asarray([[4.0, 0.0], [0.0, 1.0]], dtype="float64"))
    >>> found = principal(c[0] * 0, c, 100, 2)
    >>> found.variances.tolist(), found.explained.tolist(), found.loadings.tolist()
    ([4.0, 1.0], [0.8, 0.2], [[1.0, 0.0], [0.0, 1.0]])
    """
    width = len(mean)
    if windows < 2:
        raise ArgumentError(
            f"principal components of {windows} windows",
            expected="at least two whole windows of finite numbers",
            mend="more rows, or a shorter window_size",
        )
    share = components if isinstance(components, float) else None
    k = _number(components, width, windows)
    with emberharmony.use_backend("numpy"):
        if key is None:
            values, vectors = ops.linalg.eigh(covariance)
        else:
            if share is not None:
                raise ArgumentError(
                    f"pca_components={share} with randomized components", expected="how many components are wanted"
                )
            values, vectors = _from_subspace(covariance, min(k + MORE, width), key)
        values, vectors = ops.flip(values), ops.flip(vectors, axis=1)
        values = ops.maximum(values, 0.0)  # what is below was rounded there
        total = float(ops.linalg.trace(covariance))
        if share is not None:
            missing = ops.cumulative_sum(values) < share * total * (1 - 1e-12)
            k = min(int(ops.sum(missing)) + 1, k)
        values, vectors = values[:k], vectors[:, :k]
        largest = ops.argmax(ops.abs(vectors), axis=0)
        vectors = vectors * ops.where(ops.take_along_axis(vectors, largest[None, :], axis=0) < 0, -1.0, 1.0)
    return Components(mean, host(vectors), host(values), total)


def _number(components: float | None, width: int, windows: int) -> int:
    most = min(width, windows - 1)
    if components is None:
        return max(1, min(width // 2, MOST, most))
    if isinstance(components, float):
        if not 0 < components <= 1:
            raise ArgumentError(
                f"pca_components={components}", expected="a share of the variance, above 0 and up to 1.0"
            )
        return most
    if not 1 <= components <= most:
        raise ArgumentError(
            f"pca_components={components} of {windows} windows of {width} numbers", expected=f"1 to {most}"
        )
    return components


def _from_subspace(covariance: Any, size: int, key: Any) -> tuple[Any, Any]:
    """The largest eigenvalues, ascending, and their vectors, by subspace iteration from a random start."""
    basis = ops.random.normal(key, (covariance.shape[0], size), dtype="float64")
    for _ in range(ITERATIONS):
        basis, _triangle = ops.linalg.qr(ops.matmul(covariance, basis))
    inner = ops.matmul(basis.T, ops.matmul(covariance, basis))
    values, vectors = ops.linalg.eigh((inner + inner.T) / 2)
    return values, ops.matmul(basis, vectors)
