"""NumPy."""

import numpy as np

from emberharmony.backend.base import Backend, collect
from emberharmony.backend.numpy import array, device, fft, linalg

BACKEND = Backend(
    "numpy",
    array_types=[np.ndarray, np.generic],
    dtypes={name: np.dtype(name) for name in array.DTYPES},
    functions=collect(array, np)
    | collect(linalg, np.linalg, "linalg.")
    | collect(fft, np.fft, "fft.")
    | collect(device, np),
    version=np.__version__,
)
