"""MLX."""

import mlx.core as mx

from emberharmony.backend.base import Backend, collect
from emberharmony.backend.mlx import (
    array,
    autodiff,
    convolution,
    device,
    elementwise,
    fft,
    indexing,
    kinds,
    linalg,
    nn,
    products,
    random,
    reductions,
)

BACKEND = Backend(
    "mlx",
    array_types=[mx.array],
    dtypes=kinds.DTYPES,
    functions=collect(array, mx)
    | collect(elementwise, mx)
    | collect(reductions, mx)
    | collect(indexing, mx)
    | collect(products, mx)
    | collect(linalg, mx.linalg, "linalg.")
    | collect(fft, mx.fft, "fft.")
    | collect(nn, mx)
    | collect(convolution, mx)
    | collect(device, mx)
    | collect(autodiff, mx, "autodiff.")
    | collect(random, mx, "random."),
    by_rule=autodiff.BY_RULE,
    version=str(getattr(mx, "__version__", "")),
)
