"""Linear algebra on NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from emberharmony.backend.results import EigResult

SAME = (
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matrix_norm", "matrix_power", "matrix_rank",
    "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "trace", "vector_norm",
)  # fmt: skip
_COMPLEX = {"f": np.complex64, "d": np.complex128}


def eig(x: Any, /) -> EigResult[Any]:
    # numpy returns real arrays where all eigenvalues are real: a type that depends on the values
    values, vectors = np.linalg.eig(x)
    return EigResult(_complex(values), _complex(vectors))


def eigvals(x: Any, /) -> Any:
    return _complex(np.linalg.eigvals(x))


def _complex(x: Any) -> Any:
    return x.astype(_COMPLEX.get(x.dtype.char, x.dtype), copy=False)
