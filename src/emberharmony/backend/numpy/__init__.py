"""NumPy."""

import numpy as np

from emberharmony.backend.base import Backend, collect
from emberharmony.backend.numpy import (
    array,
    device,
    elementwise,
    fft,
    indexing,
    linalg,
    nn,
    products,
    random,
    reductions,
)

BACKEND = Backend(
    "numpy",
    # the scalar types one by one: they are looked up often, and np.generic is far up their MRO
    array_types=[np.ndarray, np.generic, *(getattr(np, name) for name in array.DTYPES)],
    scalars=(np.generic,),
    dtypes={name: getattr(np, name) for name in array.DTYPES},
    functions=collect(array, np)
    | collect(elementwise, np)
    | collect(reductions, np)
    | collect(indexing, np)
    | collect(products, np)
    | collect(linalg, np.linalg, "linalg.")
    | collect(fft, np.fft, "fft.")
    | collect(nn, np)
    | collect(device, np)
    | collect(random, np, "random."),
    version=np.__version__,
)
